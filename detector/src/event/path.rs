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
        self.downwards(&[&self.inside, &self.above], self.is_cut())
    }

    /// The path from the root of its own file system, whatever the mount.
    pub fn in_filesystem(&self) -> Vec<u8> {
        self.downwards(&[&self.inside, &self.mount_root], self.is_cut_below())
    }

    /// Which directory of the file system the mount shows: `/` unless a directory was bound. For a
    /// task whose root lies inside the mount it is that root.
    pub fn mount_root(&self) -> Vec<u8> {
        self.downwards(&[&self.mount_root], self.is_cut_below())
    }

    /// Whether the climb ended before it had left the file's own mount. One that ended at the mount
    /// point itself looks the same.
    fn is_cut_below(&self) -> bool {
        self.is_cut() && self.above.is_empty()
    }

    /// Turns runs, given from the leaf upwards, into a path.
    fn downwards(&self, runs: &[&Bytes], cut: bool) -> Vec<u8> {
        if self.is_nameless() {
            return Vec::new();
        }
        let mut path = if cut { MISSING.to_vec() } else { Vec::new() };
        for run in runs.iter().rev() {
            let Some(names) = run.strip_prefix(b"/") else {
                continue;
            };
            for name in names.rsplit(|byte| *byte == b'/') {
                path.push(b'/');
                path.extend_from_slice(name);
            }
        }
        if path.is_empty() {
            path.push(b'/');
        }
        path
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
