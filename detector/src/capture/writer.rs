//! Writing a capture.

use std::io::Write;
use std::time::{Duration, Instant};

use super::block::{self, FULL};
use super::{Frame, Header, WriteError};

/// How long frames may wait for their block to fill: what a kill may cost.
const PATIENCE: Duration = Duration::from_secs(1);

/// A capture in the making.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    block: Vec<u8>,
    since: Instant,
}

impl<W: Write> Writer<W> {
    /// Begins a capture.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn new(mut out: W, header: &Header) -> Result<Self, WriteError> {
        header.write(&mut out)?;
        out.flush()?;
        Ok(Self {
            out,
            block: Vec::with_capacity(FULL),
            since: Instant::now(),
        })
    }

    /// Adds a frame. It is in the file when its block is full, a second later with the next frame,
    /// or at the end.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn write(&mut self, frame: &Frame) -> Result<(), WriteError> {
        if self.block.is_empty() {
            self.since = Instant::now();
        }
        frame.write(&mut self.block)?;
        if self.block.len() >= FULL || self.since.elapsed() >= PATIENCE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        if !self.block.is_empty() {
            block::write(&self.block, &mut self.out)?;
            self.block.clear();
        }
        self.out.flush()?;
        Ok(())
    }

    /// Completes the capture.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn end(mut self) -> Result<W, WriteError> {
        self.write(&Frame::End)?;
        self.flush()?;
        Ok(self.out)
    }
}
