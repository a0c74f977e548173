//! Reading a capture.

use std::io::Read;

use bytes::Bytes;

use super::{CaptureError, Frame, Header, block};

/// A capture being read.
#[derive(Debug)]
pub struct Reader<R: Read> {
    from: R,
    header: Header,
    block: Bytes,
    /// Where the block in hand begins.
    block_at: u64,
    /// Where the next block begins.
    at: u64,
    unknown: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When this is no capture, or one of a newer version.
    pub fn new(mut from: R) -> Result<Self, CaptureError> {
        let (header, at) = Header::read(&mut from)?;
        Ok(Self {
            from,
            header,
            block: Bytes::new(),
            block_at: at,
            at,
            unknown: 0,
            ended: false,
        })
    }

    /// What the capture says of itself.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of the file that have been read.
    pub const fn position(&self) -> u64 {
        self.at
    }

    /// Frames that were skipped since this version does not know them.
    pub const fn unknown(&self) -> u64 {
        self.unknown
    }

    /// The next frame; nothing behind [`Frame::End`].
    ///
    /// # Errors
    /// When the capture is cut or damaged. What came before is right.
    pub fn frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        while !self.ended {
            if self.block.is_empty() {
                self.block_at = self.at;
                match block::read(&mut self.from, &mut self.at)? {
                    Some(raw) => self.block = raw.into(),
                    None => return Err(CaptureError::Endless { at: self.at }),
                }
                continue;
            }
            match Frame::take(&mut self.block, self.block_at)? {
                Some(frame) => {
                    self.ended = frame == Frame::End;
                    return Ok(Some(frame));
                }
                None => self.unknown += 1,
            }
        }
        Ok(None)
    }
}
