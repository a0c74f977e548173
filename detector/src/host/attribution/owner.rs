//! Whose an agent's data is: the table of what marks the place where an agent itself lives, apart
//! from the sandboxes into which it sends its commands. A new product is a new row.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::tree::Image;

/// What marks a product's own places.
struct Own {
    /// Last names of the directories in which it keeps its data.
    homes: &'static [&'static str],
    /// Labels of its sandboxes.
    sandboxes: &'static [&'static str],
    /// The argument, and its place, of the command by which it writes files in a sandbox itself.
    bridge: Option<(usize, &'static str)>,
}

const OWN: &[Own] = &[
    Own {
        homes: &[".openclaw", ".moltbot", ".clawdbot"],
        sandboxes: &["openclaw.sandbox", "moltbot.sandbox", "clawdbot.sandbox"],
        bridge: Some((3, "openclaw-sandbox-fs")),
    },
    Own {
        homes: &[".claude"],
        sandboxes: &[],
        bridge: None,
    },
    Own {
        homes: &[".codex"],
        sandboxes: &[],
        bridge: None,
    },
    Own {
        homes: &[".gemini"],
        sandboxes: &[],
        bridge: None,
    },
];

/// Whether a directory is, by its name, one in which an agent keeps its data.
pub fn is_home(directory: &Path) -> bool {
    let name = directory.file_name().and_then(|name| name.to_str());
    OWN.iter()
        .any(|own| name.is_some_and(|name| own.homes.contains(&name)))
}

/// Whether the labels are those of a sandbox, which an agent sends commands into.
pub fn is_sandbox(labels: &BTreeMap<String, String>) -> bool {
    let mut sandboxes = OWN.iter().flat_map(|own| own.sandboxes);
    sandboxes.any(|label| labels.contains_key(*label))
}

/// Whether a program is that by which an agent itself writes files in a sandbox. It counts only as
/// the program by which somebody entered from outside: inside, anybody may call it.
pub fn is_bridge(entry: &Image) -> bool {
    let bridges = OWN.iter().filter_map(|own| own.bridge);
    bridges.into_iter().any(|(place, word)| {
        entry
            .argv
            .get(place)
            .is_some_and(|given| **given == *word.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn homes_are_known_by_their_last_name() {
        assert!(is_home(Path::new("/home/joe/.openclaw")));
        assert!(is_home(Path::new("/srv/.claude/")));
        assert!(!is_home(Path::new("/home/joe/.openclaw/workspace")));
        assert!(!is_home(Path::new("/")));
    }

    #[test]
    fn the_bridge_is_known_by_one_argument_in_its_place() {
        let image = |argv: &[&'static str]| Image {
            argv: argv
                .iter()
                .map(|word| Bytes::from_static(word.as_bytes()))
                .collect(),
            ..Image::default()
        };
        assert!(is_bridge(&image(&[
            "sh",
            "-c",
            "cat >$1",
            "openclaw-sandbox-fs",
            "x"
        ])));
        assert!(!is_bridge(&image(&[
            "sh",
            "-lc",
            "echo openclaw-sandbox-fs"
        ])));
        assert!(!is_bridge(&image(&["openclaw-sandbox-fs", "-c", "x"])));
    }

    #[test]
    fn sandboxes_are_known_by_a_label() {
        let labels = |key: &str| BTreeMap::from([(key.to_owned(), "1".to_owned())]);
        assert!(is_sandbox(&labels("openclaw.sandbox")));
        assert!(!is_sandbox(&labels("openclaw.fleet.tenant")));
    }
}
