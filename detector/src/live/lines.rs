//! `record --output json`: every event as a line of JSON.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::rc::Rc;

use crate::detect::Teller;
use crate::host::Observation;
use crate::pipeline::Witness;

/// A file that takes one line for each event, until it takes no more.
#[derive(Clone)]
pub(super) struct Lines(Rc<RefCell<State>>);

struct State {
    teller: Teller,
    out: BufWriter<File>,
    written: u64,
    failed: Option<io::Error>,
}

impl Lines {
    pub(super) fn new(file: File, teller: Teller) -> Self {
        Self(Rc::new(RefCell::new(State {
            teller,
            out: BufWriter::new(file),
            written: 0,
            failed: None,
        })))
    }

    /// Lines that were written.
    pub(super) fn written(&self) -> u64 {
        self.0.borrow().written
    }

    /// Whether the file took everything so far.
    pub(super) fn is_whole(&self) -> bool {
        self.0.borrow().failed.is_none()
    }

    /// Hands over what is still held back.
    ///
    /// # Errors
    /// When the file did not take all of it.
    pub(super) fn end(&self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        match state.failed.take() {
            Some(error) => Err(error),
            None => {
                state.out.flush()?;
                state.out.get_ref().sync_all()
            }
        }
    }
}

impl Witness for Lines {
    fn wants(&self) -> bool {
        self.is_whole()
    }

    fn saw(&mut self, observation: &Observation) {
        let mut state = self.0.borrow_mut();
        let sighting = state.teller.sighting(observation);
        let written = serde_json::to_writer(&mut state.out, &sighting)
            .map_err(io::Error::from)
            .and_then(|()| state.out.write_all(b"\n"));
        match written {
            Ok(()) => state.written += 1,
            Err(error) => state.failed = Some(error),
        }
    }
}
