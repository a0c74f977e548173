//! Faults planted on purpose: a table that is green then proves nothing.
//!
//! The product knows nothing of them. An offset is made wrong by giving the detector, in place of
//! the kernel's own description of its types, a copy in which one member has moved.

use std::fs;

use anyhow::{Context, Result};
use rustix::mount::mount_bind;
use serde_json::Value;

const BTF: &str = "/sys/kernel/btf/vmlinux";

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
    let mut btf = fs::read(BTF)?;
    shift(&mut btf, STRUCTURE, MEMBER)?;
    fs::write(COPY, btf)?;
    Ok(mount_bind(COPY, BTF)?)
}

/// Moves a member of a structure by eight bytes.
fn shift(btf: &mut [u8], structure: &str, member: &str) -> Result<()> {
    const WORD: usize = 4;
    let header = usize::try_from(word(btf, WORD)?)?;
    let types = header + usize::try_from(word(btf, 2 * WORD)?)?;
    let end = types + usize::try_from(word(btf, 3 * WORD)?)?;
    let strings = header + usize::try_from(word(btf, 4 * WORD)?)?;
    let mut place = types;
    while place < end {
        let (name, info) = (word(btf, place)?, word(btf, place + WORD)?);
        let (kind, count) = (info >> 24 & 0x1f, usize::try_from(info & 0xffff)?);
        let body = place + 3 * WORD;
        let size = body_size(kind, count)?;
        if kind == STRUCT && called(btf, strings, name, structure) {
            for at in (body..body + size).step_by(3 * WORD) {
                if called(btf, strings, word(btf, at)?, member) {
                    let offset = word(btf, at + 2 * WORD)? + 64;
                    let slot = btf.get_mut(at + 2 * WORD..at + 3 * WORD).context("cut")?;
                    slot.copy_from_slice(&offset.to_le_bytes());
                    return Ok(());
                }
            }
        }
        place = body + size;
    }
    anyhow::bail!("this kernel has no {structure}.{member}")
}

const STRUCT: u32 = 4;

/// How many bytes follow a type's header.
fn body_size(kind: u32, count: usize) -> Result<usize> {
    Ok(match kind {
        2 | 7..=12 | 16 | 18 => 0,
        1 | 14 | 17 => 4,
        3 => 12,
        STRUCT | 5 | 15 | 19 => 12 * count,
        6 | 13 => 8 * count,
        other => anyhow::bail!("the kernel's types have one of unknown kind {other}"),
    })
}

fn word(bytes: &[u8], at: usize) -> Result<u32> {
    let word = bytes
        .get(at..at + 4)
        .context("the kernel's types are cut")?;
    Ok(u32::from_le_bytes(word.try_into()?))
}

/// Whether the string at an offset is this one.
fn called(btf: &[u8], strings: usize, offset: u32, name: &str) -> bool {
    let start = strings + offset as usize;
    let found = btf.get(start..start + name.len() + 1);
    found.is_some_and(|found| found.strip_suffix(&[0]) == Some(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(btf: &[u8]) -> u32 {
        word(btf, btf.len() - 8 - 4).unwrap()
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
