//! The header: on which host and boot a capture was made, by what, and of what.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::block::{damaged, fill};
use super::{CaptureError, MAGIC, VERSION, WriteError};
use crate::event::{NamespaceId, Namespaces};
use crate::host::selection::Selection;

/// No header is longer.
const LONGEST: usize = 1024 * 1024;
/// Magic, version, length and checksum.
const HEAD: usize = 8 + 2 + 4 + 4;

/// What a capture says of itself. Keys that a newer detector added are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of escape-detector that made it.
    pub made_by: String,
    /// The host's name.
    pub hostname: String,
    /// The kernel's release.
    pub kernel: String,
    /// The processor's architecture.
    pub machine: String,
    /// SHA-256 of the kernel's BTF, in hex.
    pub btf_sha256: String,
    /// The boot, by which its processes are named.
    pub boot_id: String,
    /// Nanoseconds to add to CLOCK_BOOTTIME for wall time.
    pub clock_offset: i64,
    /// CLOCK_BOOTTIME at its beginning, in ns.
    pub began: u64,
    /// The version of the records' layout.
    pub record_format: u8,
    /// The host's own namespaces.
    pub namespaces: Spaces,
    /// What was watched.
    pub selection: Selection,
}

/// Numbers of namespaces; null where one could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of /proc/PID/ns")]
pub struct Spaces {
    pub mnt: Option<u32>,
    pub pid: Option<u32>,
    pub user: Option<u32>,
    pub net: Option<u32>,
    pub cgroup: Option<u32>,
    pub ipc: Option<u32>,
}

impl From<Namespaces> for Spaces {
    fn from(of: Namespaces) -> Self {
        let number = |space: Option<NamespaceId>| space.map(|NamespaceId(number)| number);
        Self {
            mnt: number(of.mnt),
            pid: number(of.pid),
            user: number(of.user),
            net: number(of.net),
            cgroup: number(of.cgroup),
            ipc: number(of.ipc),
        }
    }
}

impl From<Spaces> for Namespaces {
    fn from(of: Spaces) -> Self {
        Self {
            mnt: of.mnt.map(NamespaceId),
            pid: of.pid.map(NamespaceId),
            user: of.user.map(NamespaceId),
            net: of.net.map(NamespaceId),
            cgroup: of.cgroup.map(NamespaceId),
            ipc: of.ipc.map(NamespaceId),
        }
    }
}

impl Header {
    pub(super) fn write(&self, out: &mut impl Write) -> Result<(), WriteError> {
        let text = serde_json::to_vec(self)?;
        let length = u32::try_from(text.len()).map_err(std::io::Error::other)?;
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&crc32fast::hash(&text).to_le_bytes())?;
        out.write_all(&text)?;
        Ok(())
    }

    /// Reads a header, and says how many bytes it had.
    pub(super) fn read(from: &mut impl Read) -> Result<(Self, u64), CaptureError> {
        let mut head = [0; HEAD];
        let filled = fill(from, &mut head)?;
        let [
            m0,
            m1,
            m2,
            m3,
            m4,
            m5,
            m6,
            m7,
            v0,
            v1,
            l0,
            l1,
            l2,
            l3,
            s0,
            s1,
            s2,
            s3,
        ] = head;
        let magic = [m0, m1, m2, m3, m4, m5, m6, m7];
        let begins = magic.get(..filled.min(8)) == MAGIC.get(..filled.min(8));
        if !begins || filled == 0 {
            return Err(CaptureError::Foreign);
        }
        let what = "its header";
        let cut = |at: usize| CaptureError::Cut {
            what,
            at: at as u64,
        };
        if filled < HEAD {
            return Err(cut(filled));
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version > VERSION {
            return Err(CaptureError::Newer { found: version });
        }
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if version == 0 || length > LONGEST {
            return Err(damaged("its header makes no sense".into(), 8));
        }
        let mut text = vec![0; length];
        let filled = fill(from, &mut text)?;
        if filled < length {
            return Err(cut(HEAD + filled));
        }
        if crc32fast::hash(&text) != u32::from_le_bytes([s0, s1, s2, s3]) {
            return Err(damaged("the checksum of its header is wrong".into(), 8));
        }
        let header = serde_json::from_slice(&text)
            .map_err(|error| damaged(format!("its header: {error}"), HEAD as u64))?;
        Ok((header, (HEAD + length) as u64))
    }
}
