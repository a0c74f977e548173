//! The kernel's description of its own types, as far as it says where a member stands.

use anyhow::{Context, Result};

/// Where the kernel shows it.
pub(crate) const FILE: &str = "/sys/kernel/btf/vmlinux";

const WORD: usize = 4;
const STRUCT: u32 = 4;

/// How many bytes a member stands behind the start of its structure.
pub(crate) fn offset(btf: &[u8], structure: &str, member: &str) -> Result<u32> {
    let offset = word(btf, self::member(btf, structure, member)?)?;
    // Where a structure has bit fields, the upper byte is the width of one, and else 0.
    Ok((offset & 0x00ff_ffff) / 8)
}

/// The place of the word that says where a member stands.
pub(crate) fn member(btf: &[u8], structure: &str, member: &str) -> Result<usize> {
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
                    return Ok(at + 2 * WORD);
                }
            }
        }
        place = body + size;
    }
    anyhow::bail!("this kernel has no {structure}.{member}")
}

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

/// A word of it.
pub(crate) fn word(bytes: &[u8], at: usize) -> Result<u32> {
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
