//! Paths as the kernel resolved them, and names as callers gave them.
//!
//! The sensor climbs from a file to its task's root and writes the names as it meets them, leaf
//! first, in three runs: from the file to the root of its mount, from there to the root of the file
//! system, and from the mount point on upwards. Two views come out of that: the path that the
//! container sees, and the path inside the file system, which no bind mount can change.
//!
//! A climb that did not arrive at the task's root says so in its [`WalkEnd`]. A path whose upper
//! part is missing begins with `...`, so that no test for a beginning takes it for an absolute one.

use bytes::Bytes;
pub use detector_common::section::WalkEnd;
use detector_common::section::{PathHeader, Tag};
use zerocopy::FromBytes;

use super::decode::DecodeError;
use super::text::Text;

/// What stands for the missing upper part of a path.
const MISSING: &[u8] = b"...";

/// A path as the kernel resolved it: three runs of names, each leaf first, each name behind a `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPath {
    end: WalkEnd,
    inside: Bytes,
    mount_root: Bytes,
    above: Bytes,
}

impl ResolvedPath {
    /// Reads a path section: its header and three runs that fill the rest.
    pub(super) fn new(tag: Tag, mut text: Bytes) -> Result<Self, DecodeError> {
        let malformed = DecodeError::Path { tag };
        let Ok((header, _)) = PathHeader::read_from_prefix(&text) else {
            return Err(malformed);
        };
        let end = WalkEnd::from_number(header.end);
        let _ = text.split_to(size_of::<PathHeader>());
        let lengths = [header.inside, header.mount_root, header.above].map(usize::from);
        if lengths.iter().sum::<usize>() != text.len() {
            return Err(malformed);
        }
        let [inside, mount_root, above] = lengths.map(|length| text.split_to(length));
        let begins = |run: &Bytes| run.is_empty() || run.starts_with(b"/");
        match end {
            Some(end) if [&inside, &mount_root, &above].into_iter().all(begins) => Ok(Self {
                end,
                inside,
                mount_root,
                above,
            }),
            _ => Err(malformed),
        }
    }

    /// How the climb ended: only [`WalkEnd::Root`] is an ordinary path of the task's own view.
    /// [`WalkEnd::Top`] and [`WalkEnd::Disconnected`] are of a file outside it.
    pub fn end(&self) -> WalkEnd {
        self.end
    }

    /// Whether the upper part is missing.
    pub fn is_cut(&self) -> bool {
        matches!(self.end, WalkEnd::Truncated | WalkEnd::Unreadable)
    }

    /// Whether the file has no name at all: a memfd, a pipe, a socket. Its views are empty.
    pub fn is_nameless(&self) -> bool {
        let runs = [&self.inside, &self.mount_root, &self.above];
        self.end == WalkEnd::Disconnected && runs.into_iter().all(Bytes::is_empty)
    }

    /// The path in the task's view, or as much of it as there is: from the top of the mount tree
    /// where the climb did not pass the task's root.
    pub fn visible(&self) -> Vec<u8> {
        let mut path = Vec::new();
        self.write_visible(&mut path);
        path
    }

    /// The same, behind what a text holds already.
    pub fn write_visible(&self, text: &mut Vec<u8>) {
        self.downwards(&[&self.inside, &self.above], self.is_cut(), text);
    }

    /// The path from the root of its own file system, whatever the mount.
    pub fn in_filesystem(&self) -> Vec<u8> {
        let mut path = Vec::new();
        self.write_in_filesystem(&mut path);
        path
    }

    /// The same, behind what a text holds already.
    pub fn write_in_filesystem(&self, text: &mut Vec<u8>) {
        let runs = [&self.inside, &self.mount_root];
        self.downwards(&runs, self.is_cut_below(), text);
    }

    /// Which directory of the file system the mount shows: `/` unless a directory was bound. For a
    /// task whose root lies inside the mount it is that root.
    pub fn mount_root(&self) -> Vec<u8> {
        let mut path = Vec::new();
        self.downwards(&[&self.mount_root], self.is_cut_below(), &mut path);
        path
    }

    /// Whether the climb ended before it had left the file's own mount. One that ended at the mount
    /// point itself looks the same.
    fn is_cut_below(&self) -> bool {
        self.is_cut() && self.above.is_empty()
    }

    /// Turns runs, given from the leaf upwards, into a path.
    fn downwards(&self, runs: &[&Bytes], cut: bool, path: &mut Vec<u8>) {
        if self.is_nameless() {
            return;
        }
        let before = path.len();
        if cut {
            path.extend_from_slice(MISSING);
        }
        for run in runs.iter().rev() {
            let Some(names) = run.strip_prefix(b"/") else {
                continue;
            };
            for name in names.rsplit(|byte| *byte == b'/') {
                path.push(b'/');
                path.extend_from_slice(name);
            }
        }
        if path.len() == before {
            path.push(b'/');
        }
    }
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// The kernel, which resolved it.
    Kernel,
    /// The caller.
    Claim,
}

impl Truth {
    /// The word in fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Claim => "claim",
        }
    }
}

/// A file's name, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// The name: a path in the container's view.
    pub path: Vec<u8>,
    /// Who gave it.
    pub truth: Truth,
}

impl Named {
    /// The kernel's name; `None` for a file without one.
    pub fn resolved(path: &ResolvedPath) -> Option<Self> {
        (!path.is_nameless()).then(|| Self {
            path: path.visible(),
            truth: Truth::Kernel,
        })
    }

    /// The caller's name made absolute; `None` where nothing could be read.
    pub fn claimed(base: Option<&ResolvedPath>, name: &Text) -> Option<Self> {
        let name = name.known().filter(|name| !name.is_empty())?;
        let base = base.map(ResolvedPath::visible).unwrap_or_default();
        Some(Self {
            path: absolute(&base, name),
            truth: Truth::Claim,
        })
    }
}

/// Makes a name absolute by its words alone: symbolic links are not followed, so a `..` behind one
/// counts as if it were a directory. Without a base a relative name stays relative.
fn absolute(base: &[u8], name: &[u8]) -> Vec<u8> {
    let whole = if name.starts_with(b"/") {
        [b"", name]
    } else {
        [base, name]
    };
    let rooted = whole.concat().starts_with(b"/");
    let mut names: Vec<&[u8]> = Vec::new();
    for part in whole
        .iter()
        .flat_map(|text| text.split(|byte| *byte == b'/'))
    {
        match (part, names.last().copied()) {
            (b"" | b".", _) => {}
            (b"..", None) if rooted => {}
            (b"..", None | Some(b"..")) => names.push(part),
            (b"..", Some(MISSING)) => {}
            (b"..", Some(_)) => drop(names.pop()),
            _ => names.push(part),
        }
    }
    let joined = names.join(&b'/');
    if rooted {
        [b"/", joined.as_slice()].concat()
    } else {
        joined
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::path_section;
    use super::super::text::Extent;
    use super::*;

    fn resolved(end: WalkEnd, runs: [&[&[u8]]; 3]) -> ResolvedPath {
        ResolvedPath::new(Tag::Path, path_section(end, runs).into()).unwrap()
    }

    fn claimed(base: Option<&ResolvedPath>, name: &'static [u8]) -> Option<String> {
        let text = Text {
            bytes: Bytes::from_static(name),
            extent: Extent::Whole,
        };
        let named = Named::claimed(base, &text)?;
        assert_eq!(named.truth, Truth::Claim);
        Some(String::from_utf8(named.path).unwrap())
    }

    /// Names as a file system may hold them.
    fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let byte = any::<u8>().prop_filter("no part of a name", |byte| !matches!(byte, 0 | b'/'));
        proptest::collection::vec(proptest::collection::vec(byte, 1..20), 0..8)
    }

    fn path_of(names: &[&[u8]]) -> Vec<u8> {
        let path = names
            .iter()
            .flat_map(|name| [b"/", *name].concat())
            .collect::<Vec<u8>>();
        if path.is_empty() { b"/".to_vec() } else { path }
    }

    proptest! {
        #[test]
        fn names_climbed_are_read_back(
            inside in names(), mount_root in names(), above in names(), top in any::<bool>(),
        ) {
            let end = if top { WalkEnd::Top } else { WalkEnd::Root };
            let [inside, mount_root, above] = [&inside, &mount_root, &above]
                .map(|names| names.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let path = resolved(end, [&inside, &mount_root, &above]);
            prop_assert_eq!(path.visible(), path_of(&[above, inside.clone()].concat()));
            prop_assert_eq!(path.in_filesystem(), path_of(&[mount_root.clone(), inside].concat()));
            prop_assert_eq!(path.mount_root(), path_of(&mount_root));
            prop_assert_eq!(path.end(), end);
        }

        #[test]
        fn any_name_is_made_absolute(base in names(), name in proptest::collection::vec(any::<u8>(), 1..60)) {
            let base: Vec<_> = base.iter().map(Vec::as_slice).collect();
            let path = absolute(&path_of(&base), &name);
            prop_assert!(path.starts_with(b"/"));
            let parts: Vec<_> = path[1..].split(|byte| *byte == b'/').collect();
            let clean = |part: &&[u8]| !matches!(*part, b"." | b".." | b"");
            prop_assert!(path == b"/" || parts.iter().all(clean), "{:?}", path);
        }
    }

    #[test]
    fn a_path_that_was_cut_is_not_taken_for_an_absolute_one() {
        let cut = resolved(WalkEnd::Truncated, [&[b"etc", b"shadow"], &[], &[]]);
        assert_eq!(cut.visible(), b".../etc/shadow");
        assert_eq!(cut.in_filesystem(), b".../etc/shadow");
        let above = resolved(WalkEnd::Unreadable, [&[b"shadow"], &[b"etc"], &[b"x"]]);
        assert_eq!(above.visible(), b".../x/shadow");
        assert_eq!(
            above.in_filesystem(),
            b"/etc/shadow",
            "the climb had left the mount"
        );
        let nothing = resolved(WalkEnd::Truncated, [&[], &[], &[]]);
        assert_eq!(nothing.visible(), b"...");
    }

    #[test]
    fn what_has_no_name_is_told_without() {
        let memfd = resolved(WalkEnd::Disconnected, [&[], &[], &[]]);
        assert!(memfd.is_nameless());
        assert_eq!(memfd.visible(), b"");
        assert_eq!(Named::resolved(&memfd), None);
        let outside = resolved(WalkEnd::Disconnected, [&[b"etc"], &[], &[]]);
        assert_eq!(Named::resolved(&outside).unwrap().path, b"/etc");
    }

    #[test]
    fn claims_are_made_absolute_by_their_words() {
        let base = resolved(WalkEnd::Root, [&[b"srv", b"app"], &[], &[]]);
        let claimed_from = |name| claimed(Some(&base), name).unwrap();
        assert_eq!(claimed_from(b"x"), "/srv/app/x");
        assert_eq!(claimed_from(b"./x//y/"), "/srv/app/x/y");
        assert_eq!(claimed_from(b"../../../etc"), "/etc");
        assert_eq!(claimed_from(b"/etc/../root"), "/root");
        assert_eq!(claimed_from(b"/"), "/");
        assert_eq!(claimed(Some(&base), b""), None);
    }

    #[test]
    fn a_claim_without_a_whole_base_stays_relative() {
        assert_eq!(claimed(None, b"../x").unwrap(), "../x");
        let cut = resolved(WalkEnd::Truncated, [&[b"app"], &[], &[]]);
        assert_eq!(claimed(Some(&cut), b"x").unwrap(), ".../app/x");
        assert_eq!(claimed(Some(&cut), b"../../x").unwrap(), ".../x");
    }
}
