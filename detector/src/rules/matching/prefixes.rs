//! `pmatch`: is a path one of these, or below one of them?
//!
//! Paths are compared component by component, empty ones left out: `/var/run` is a prefix of
//! `/var//run/x` and not of `/var/runner`. A component with `?`, `*` or `[` is a pattern.

use super::glob::Glob;

/// The paths on the right side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) struct Prefixes(Vec<Vec<Component>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Component {
    Exactly(Box<[u8]>),
    Like(Glob),
}

pub(super) fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|component| !component.is_empty())
}

impl Component {
    fn literal(&self) -> Option<&[u8]> {
        match self {
            Self::Exactly(text) => Some(text),
            Self::Like(_) => None,
        }
    }
}

impl Prefixes {
    pub(in crate::rules) fn new<'a>(paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let component = |text: &[u8]| {
            if text.iter().any(|byte| b"?*[".contains(byte)) {
                Component::Like(Glob::new(text, false))
            } else {
                Component::Exactly(text.into())
            }
        };
        Self(
            paths
                .into_iter()
                .map(|path| components(path).map(component).collect())
                .collect(),
        )
    }

    /// The components of each path.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[Component]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Of each path, the components that are no patterns.
    pub(super) fn components(&self) -> impl Iterator<Item = impl Iterator<Item = &[u8]>> {
        self.0
            .iter()
            .map(|prefix| prefix.iter().filter_map(Component::literal))
    }

    pub(super) fn matches(&self, path: &[u8]) -> bool {
        self.0.iter().any(|prefix| {
            let mut found = components(path);
            prefix.iter().all(|wanted| {
                found.next().is_some_and(|component| match wanted {
                    Component::Exactly(text) => **text == *component,
                    Component::Like(glob) => glob.matches(component),
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_whole_components() {
        let prefixes = Prefixes::new(["/var/run", "/home/*/.ssh"].map(str::as_bytes));
        for (path, expected) in [
            ("/var/run", true),
            ("/var/run/docker", true),
            ("//var//run/x", true),
            ("/var/runner", false),
            ("/var", false),
            ("/home/ann/.ssh/id_rsa", true),
            ("/home/ann/x/.ssh", false),
        ] {
            assert_eq!(prefixes.matches(path.as_bytes()), expected, "{path}");
        }
    }
}
