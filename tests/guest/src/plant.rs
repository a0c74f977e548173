//! Faults planted on purpose: a table that is green then proves nothing.
//!
//! The product knows nothing of them. An offset is made wrong by giving the detector, in place of
//! the kernel's own description of its types, a copy in which one member has moved.

use std::fs;

use anyhow::{Context, Result};
use rustix::mount::mount_bind;
use serde_json::Value;

use crate::btf;

/// Where the altered copy lies.
const COPY: &str = "/run/vmlinux.btf";

/// The member that moves, by a word: the type of a file system, which nothing checks at the start.
const STRUCTURE: &str = "super_block";
const MEMBER: &str = "s_magic";

/// Makes the actor's account wrong in one place: a file's inode is the next one.
pub(crate) fn wrong_expectation(told: &mut [Value]) -> Result<()> {
    let inode = told
        .iter_mut()
        .find_map(|line| line.pointer_mut("/told/files/~1tmp~1file/inode"));
    let inode = inode.context("nobody told of the inode")?;
    *inode = (inode.as_u64().context("an inode is a number")? + 1).into();
    Ok(())
}

/// Gives everybody from now on a description of the kernel's types that is wrong in one place.
pub(crate) fn wrong_offset() -> Result<()> {
    let mut btf = fs::read(btf::FILE)?;
    shift(&mut btf, STRUCTURE, MEMBER)?;
    fs::write(COPY, btf)?;
    Ok(mount_bind(COPY, btf::FILE)?)
}

/// Moves a member of a structure by eight bytes.
fn shift(btf: &mut [u8], structure: &str, member: &str) -> Result<()> {
    let place = btf::member(btf, structure, member)?;
    let offset = btf::word(btf, place)? + 64;
    let slot = btf.get_mut(place..place + 4).context("cut")?;
    slot.copy_from_slice(&offset.to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(btf: &[u8]) -> u32 {
        btf::word(btf, btf.len() - 8 - 4).unwrap()
    }

    #[test]
    fn the_member_alone_moves() {
        let words: [u32; 16] = [
            // Magic and version, header's length, then types and strings: offset and length.
            0x0001_eb9f,
            24,
            0,
            40,
            40,
            8, // an integer
            1,
            1 << 24,
            4,
            32, // a structure `a` of one member `b`
            1,
            4 << 24 | 1,
            4,
            3,
            1,
            32,
        ];
        let mut btf: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        btf.extend(b"\0a\0b\0\0\0\0");
        assert_eq!(member(&btf), 32);
        let before = btf.clone();
        shift(&mut btf, "a", "b").unwrap();
        assert_eq!(member(&btf), 96);
        let changed = before.iter().zip(&btf).filter(|(old, new)| old != new);
        assert_eq!(changed.count(), 1);
        assert!(shift(&mut btf, "a", "c").is_err());
        assert!(shift(&mut btf, "b", "b").is_err());
    }
}
