//! Blocks: frames packed together, compressed, with a checksum.
//!
//! A block is `compressed length, raw length, CRC-32 of the compressed bytes` (three `u32`, little
//! endian) and the bytes, in LZ4's block format. Frames do not cross blocks, so a capture that was
//! cut loses its last block and nothing else.

use std::io::{self, Read, Write};

use super::CaptureError;

/// From this size on a block is written.
pub(super) const FULL: usize = 256 * 1024;
/// No block is longer when unpacked: one that is nearly full, and the longest frame.
pub(super) const LONGEST: usize = 20 * 1024 * 1024;

/// The head of a block.
const HEAD: usize = 12;

/// Writes a block.
pub(super) fn write(raw: &[u8], out: &mut impl Write) -> io::Result<()> {
    let packed = lz4_flex::block::compress(raw);
    let mut head = [0; HEAD];
    let (lengths, sum) = head.split_at_mut(8);
    let (packed_length, raw_length) = lengths.split_at_mut(4);
    packed_length.copy_from_slice(&length(packed.len())?.to_le_bytes());
    raw_length.copy_from_slice(&length(raw.len())?.to_le_bytes());
    sum.copy_from_slice(&crc32fast::hash(&packed).to_le_bytes());
    out.write_all(&head)?;
    out.write_all(&packed)
}

fn length(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(io::Error::other)
}

/// Reads a block at a position; nothing at the end of the file.
pub(super) fn read(from: &mut impl Read, at: &mut u64) -> Result<Option<Vec<u8>>, CaptureError> {
    let start = *at;
    let mut head = [0; HEAD];
    match fill(from, &mut head)? {
        0 => return Ok(None),
        HEAD => {}
        _ => return Err(cut(start)),
    }
    let [packed, raw, sum] = numbers(head);
    let (packed_length, raw_length) = (packed as usize, raw as usize);
    // LZ4 never makes more than this of what it cannot compress.
    let most = lz4_flex::block::get_maximum_output_size(LONGEST);
    if raw_length > LONGEST || packed_length > most {
        let what = format!("a block claims {packed_length} bytes for {raw_length}");
        return Err(damaged(what, start));
    }
    let mut packed = Vec::new();
    from.by_ref()
        .take(u64::from(u32::try_from(packed_length).unwrap_or(u32::MAX)))
        .read_to_end(&mut packed)?;
    if packed.len() != packed_length {
        return Err(cut(start));
    }
    if crc32fast::hash(&packed) != sum {
        return Err(damaged("the checksum of a block is wrong".into(), start));
    }
    let raw = lz4_flex::block::decompress(&packed, raw_length)
        .map_err(|error| damaged(format!("a block cannot be unpacked: {error}"), start))?;
    if raw.len() != raw_length {
        return Err(damaged(
            "a block has another length than it says".into(),
            start,
        ));
    }
    *at = start.saturating_add((HEAD + packed_length) as u64);
    Ok(Some(raw))
}

fn numbers(head: [u8; HEAD]) -> [u32; 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = head;
    [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(u32::from_le_bytes)
}

/// Reads until the buffer is full or nothing more comes.
pub(super) fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn cut(at: u64) -> CaptureError {
    let what = "a block";
    CaptureError::Cut { what, at }
}

pub(super) fn damaged(what: String, at: u64) -> CaptureError {
    CaptureError::Damaged { what, at }
}
