//! The v2 cgroup hierarchy as the host's file system shows it.
//!
//! A cgroup's id is its directory's inode, so one walk says which id belongs to which path: that is
//! how containers that run already are known before the first event, and how a lost event is made
//! good. The walk is bounded, breadth first (containers stand high, what they make inside stands
//! deep), and counts what it leaves out.

use crate::event::CgroupId;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::fstatfs;

/// The superblock magic of cgroup2.
const CGROUP2_MAGIC: u64 = 0x6367_7270;
/// The inode of the hierarchy's root; any other directory here means that we see only a part.
const ROOT_INODE: u64 = 1;
/// Where distributions mount it: alone, or beside v1 hierarchies.
const USUAL: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// A cgroup as found in the file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cgroup {
    /// Its id.
    pub id: CgroupId,
    /// Its path from the hierarchy's root, as `/proc/PID/cgroup` has it.
    pub path: Vec<u8>,
}

/// What a walk found, and what it had to leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// The cgroups, parents before children. The root comes first.
    pub cgroups: Vec<Cgroup>,
    /// Directories that were not looked at: too deep, too many, or unreadable. Those that vanished
    /// while we looked are not among them.
    pub left_out: u64,
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Levels below the root.
    pub depth: usize,
    /// Cgroups in all.
    pub count: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            depth: 32,
            count: 65_536,
        }
    }
}

/// Why there is no hierarchy to walk.
#[derive(Debug, thiserror::Error)]
pub enum CgroupfsError {
    /// No cgroup2 mount.
    #[error(
        "this host has no v2 cgroup hierarchy, which containers are told apart by; boot with \
         `systemd.unified_cgroup_hierarchy=1`, or mount it beside the v1 hierarchies: \
         `mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified`"
    )]
    NoV2,
    /// The mount shows a subtree, as inside a container or a cgroup namespace.
    #[error(
        "{} shows only a part of the host's cgroups; run the detector on the host itself, or give \
         its container `--cgroupns=host` and the host's /sys/fs/cgroup",
        .0.display()
    )]
    Partial(PathBuf),
    /// A file could not be read.
    #[error("cannot read {}: {cause}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the kernel said.
        cause: io::Error,
    },
}

/// The mounted v2 hierarchy of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    mount: PathBuf,
}

impl Hierarchy {
    /// Finds the hierarchy among this process's mounts.
    ///
    /// # Errors
    /// Where there is none (hosts with v1 alone), or only a part of it is visible.
    pub fn find() -> Result<Self, CgroupfsError> {
        let path = Path::new("/proc/self/mountinfo");
        let mountinfo = fs::read(path).map_err(|cause| io_error(path, cause))?;
        Self::at(choose(&mountinfo).ok_or(CgroupfsError::NoV2)?)
    }

    /// Takes the hierarchy mounted at a directory.
    ///
    /// # Errors
    /// Where that is not the root of a v2 hierarchy.
    pub fn at(mount: PathBuf) -> Result<Self, CgroupfsError> {
        let dir = File::open(&mount).map_err(|cause| io_error(&mount, cause))?;
        let magic = fstatfs(&dir)
            .map_err(|cause| io_error(&mount, cause.into()))?
            .f_type;
        let inode = dir
            .metadata()
            .map_err(|cause| io_error(&mount, cause))?
            .ino();
        match (u64::try_from(magic), inode) {
            (Ok(CGROUP2_MAGIC), ROOT_INODE) => Ok(Self { mount }),
            (Ok(CGROUP2_MAGIC), _) => Err(CgroupfsError::Partial(mount)),
            _ => Err(CgroupfsError::NoV2),
        }
    }

    /// Where it is mounted.
    #[must_use]
    pub fn mount(&self) -> &Path {
        &self.mount
    }

    /// All cgroups of the host within bounds.
    #[must_use]
    pub fn walk(&self, bounds: Bounds) -> Walk {
        walk(&self.mount, CgroupId(ROOT_INODE), bounds)
    }
}

fn io_error(path: &Path, cause: io::Error) -> CgroupfsError {
    CgroupfsError::Io {
        path: path.to_owned(),
        cause,
    }
}

/// The best cgroup2 mount: a usual place first, and the hierarchy's root rather than a bound part.
fn choose(mountinfo: &[u8]) -> Option<PathBuf> {
    let mounts = || mountinfo.split(|b| *b == b'\n').filter_map(cgroup2_mount);
    let usual = |wanted: &str| mounts().find(|m| m.point == Path::new(wanted));
    USUAL
        .iter()
        .find_map(|wanted| usual(wanted))
        .or_else(|| mounts().find(|mount| mount.root == b"/"))
        .or_else(|| mounts().next())
        .map(|mount| mount.point)
}

struct Mount<'a> {
    root: &'a [u8],
    point: PathBuf,
}

/// Root and mount point of a line of mountinfo that shows a cgroup2 file system.
fn cgroup2_mount(line: &[u8]) -> Option<Mount<'_>> {
    let mut fields = line.split(|b| *b == b' ');
    let root = fields.nth(3)?;
    let point = fields.next()?;
    // Optional fields end with a dash; the type follows it.
    fields.find(|field| *field == b"-")?;
    (fields.next()? == b"cgroup2").then(|| Mount {
        root,
        point: unescape(point),
    })
}

/// mountinfo writes space, tab, newline and backslash as three octal digits.
fn unescape(field: &[u8]) -> PathBuf {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, tail)) = rest.split_first() {
        match (byte, octal(tail)) {
            (b'\\', Some((value, tail))) => {
                out.push(value);
                rest = tail;
            }
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    PathBuf::from(std::ffi::OsString::from_vec(out))
}

fn octal(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, tail) = text.split_at_checked(3)?;
    let value = str::from_utf8(digits)
        .ok()
        .and_then(|d| u8::from_str_radix(d, 8).ok())?;
    Some((value, tail))
}

/// Walks the directories below `root`, which is a parameter so that any tree can stand in for it.
fn walk(root: &Path, root_id: CgroupId, bounds: Bounds) -> Walk {
    let mut walk = Walk::default();
    walk.cgroups.push(Cgroup {
        id: root_id,
        path: b"/".to_vec(),
    });
    // Every cgroup found is itself a place to look into, in the order in which they were found.
    let mut next = 0;
    while let Some(parent) = walk.cgroups.get(next).map(|c| c.path.clone()) {
        next += 1;
        match children(root, &parent) {
            Ok(found) => {
                let deep = depth(&parent) >= bounds.depth;
                for child in found {
                    if deep || walk.cgroups.len() >= bounds.count {
                        walk.left_out += 1;
                    } else {
                        walk.cgroups.push(child);
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => walk.left_out += 1,
        }
    }
    walk
}

fn depth(path: &[u8]) -> usize {
    path.split(|b| *b == b'/')
        .filter(|name| !name.is_empty())
        .count()
}

fn children(root: &Path, parent: &[u8]) -> io::Result<Vec<Cgroup>> {
    let below = parent.strip_prefix(b"/").unwrap_or(parent);
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(OsStr::from_bytes(below)))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let separator: &[u8] = if below.is_empty() { b"" } else { b"/" };
            let path = [parent, separator, entry.file_name().as_bytes()].concat();
            found.push(Cgroup {
                id: CgroupId(entry.ino()),
                path,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
