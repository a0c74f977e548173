//! Alerts in `alerts.jsonl`, each a whole line or not there at all.
//!
//! A line goes out in a single write to a file opened for appending. If the disk takes a part of it,
//! the part is cut off again, and the alert waits in memory for a second try, in order, with those
//! that follow; the status counts them as unwritten. The backlog holds [`BACKLOG`] alerts: past
//! that, alerts reach standard output only, and stay in the count.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use super::{Outgoing, Sink, Tally};

/// Alerts that wait in memory for a disk that takes none.
const BACKLOG: usize = 8192;

/// What the sink needs of its file.
pub trait Append: Send {
    /// Appends bytes in one system call, and says how many were taken.
    ///
    /// # Errors
    /// As `write(2)`.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts the last bytes off.
    ///
    /// # Errors
    /// As `ftruncate(2)`.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;

    /// Brings what was written to the disk.
    ///
    /// # Errors
    /// As `fdatasync(2)`.
    fn sync(&mut self) -> io::Result<()>;
}

impl Append for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.write(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        let length = self.metadata()?.len();
        self.set_len(length.saturating_sub(bytes))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// `alerts.jsonl` as a sink.
pub struct AlertsFile<F> {
    file: F,
    tally: Arc<Tally>,
    backlog: VecDeque<Arc<Outgoing>>,
    /// Alerts for which the backlog had no place.
    given_up: u64,
    /// A part of a line could not be cut off: the next line starts with a line break.
    torn: bool,
    failing: bool,
    unsynced: bool,
}

impl<F: Append> AlertsFile<F> {
    /// Appends to `file`, whose last line is whole.
    pub fn new(file: F, tally: Arc<Tally>) -> Self {
        Self {
            file,
            tally,
            backlog: VecDeque::new(),
            given_up: 0,
            torn: false,
            failing: false,
            unsynced: false,
        }
    }

    /// Writes what waits, the oldest first, until the disk refuses.
    fn drain(&mut self) {
        while let Some(alert) = self.backlog.front().cloned() {
            if let Err(error) = self.write(alert.json_line()) {
                self.begin_failing(&error);
                break;
            }
            self.backlog.pop_front();
            self.unsynced = true;
        }
        if self.failing && self.backlog.is_empty() {
            self.failing = false;
            let missing = self.given_up;
            tracing::warn!(missing, "alerts.jsonl takes alerts again");
        }
        let waiting = u64::try_from(self.backlog.len()).unwrap_or(u64::MAX);
        self.tally
            .set_unwritten(self.given_up.saturating_add(waiting));
    }

    fn begin_failing(&mut self, error: &io::Error) {
        if !self.failing {
            self.failing = true;
            tracing::error!(
                %error,
                "alerts.jsonl takes no alerts; make room on its disk. They are kept and written then"
            );
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let mended;
        let bytes = if self.torn {
            mended = format!("\n{line}");
            mended.as_bytes()
        } else {
            line.as_bytes()
        };
        let taken = self.file.append(bytes)?;
        if taken == bytes.len() {
            self.torn = false;
            return Ok(());
        }
        let part = u64::try_from(taken).unwrap_or(u64::MAX);
        if part > 0 && self.file.cut(part).is_err() {
            self.torn = true;
        }
        Err(ErrorKind::StorageFull.into())
    }
}

impl<F: Append> Sink for AlertsFile<F> {
    fn name(&self) -> &'static str {
        "alerts.jsonl"
    }

    fn deliver(&mut self, alert: &Arc<Outgoing>) {
        if self.backlog.len() < BACKLOG {
            self.backlog.push_back(Arc::clone(alert));
        } else {
            self.given_up += 1;
        }
        self.drain();
    }

    /// An alert is worth a sync: the act that it tells of may be about to stop the machine.
    fn settle(&mut self) {
        if !self.backlog.is_empty() {
            self.drain();
        }
        if self.unsynced {
            self.unsynced = false;
            if let Err(error) = self.file.sync() {
                tracing::error!(%error, "alerts.jsonl may not survive a crash of this machine");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::alert::sample;

    /// A disk of so many bytes, whose files perhaps cannot be cut.
    struct Disk {
        bytes: Vec<u8>,
        size: usize,
        cuts: bool,
    }

    impl Disk {
        fn of(size: usize) -> Self {
            Self {
                bytes: Vec::new(),
                size,
                cuts: true,
            }
        }

        fn lines(&self) -> Vec<&str> {
            std::str::from_utf8(&self.bytes).unwrap().lines().collect()
        }
    }

    impl Append for &mut Disk {
        fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = self.size - self.bytes.len();
            if room == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            let taken = room.min(bytes.len());
            self.bytes.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn cut(&mut self, bytes: u64) -> io::Result<()> {
            if !self.cuts {
                return Err(ErrorKind::PermissionDenied.into());
            }
            self.bytes
                .truncate(self.bytes.len() - usize::try_from(bytes).unwrap());
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn outgoing() -> Arc<Outgoing> {
        Arc::new(Outgoing::new(sample::alert()))
    }

    #[test]
    fn alerts_stand_in_the_file_line_by_line() {
        let mut file = tempfile::tempfile().unwrap();
        let alerts = [outgoing(), outgoing()];
        let mut sink = AlertsFile::new(file.try_clone().unwrap(), Arc::default());
        alerts.iter().for_each(|alert| sink.deliver(alert));
        sink.settle();
        let mut text = String::new();
        io::Seek::rewind(&mut file).unwrap();
        io::Read::read_to_string(&mut file, &mut text).unwrap();
        assert_eq!(
            text,
            alerts.map(|alert| alert.json_line().to_owned()).concat()
        );
    }

    #[test]
    fn a_full_disk_gets_whole_lines_only_and_the_rest_later() {
        let alerts = [outgoing(), outgoing(), outgoing()];
        let tally = Arc::new(Tally::default());
        let length = alerts[0].json_line().len();
        let mut disk = Disk::of(length + length / 2);
        let mut sink = AlertsFile::new(&mut disk, Arc::clone(&tally));
        alerts.iter().for_each(|alert| sink.deliver(alert));
        assert_eq!(sink.file.bytes, alerts[0].json_line().as_bytes());
        assert_eq!(tally.unwritten(), 2);

        sink.file.size = 10 * length;
        sink.settle();
        let expected = alerts.map(|alert| alert.json_line().trim_end().to_owned());
        assert_eq!(sink.file.lines(), expected);
        assert_eq!(tally.unwritten(), 0);
    }

    #[test]
    fn a_part_that_cannot_be_cut_off_is_ended() {
        let alert = outgoing();
        let mut disk = Disk {
            cuts: false,
            ..Disk::of(10)
        };
        let mut sink = AlertsFile::new(&mut disk, Arc::default());
        sink.deliver(&alert);
        sink.file.size = 100_000;
        sink.settle();
        let lines = disk.lines();
        assert_eq!(
            lines,
            [&alert.json_line()[..10], alert.json_line().trim_end()]
        );
    }

    #[test]
    fn the_backlog_is_bounded_and_what_it_cannot_hold_stays_counted() {
        let tally = Arc::new(Tally::default());
        let mut disk = Disk::of(0);
        let mut sink = AlertsFile::new(&mut disk, Arc::clone(&tally));
        let alert = outgoing();
        (0..BACKLOG + 5).for_each(|_| sink.deliver(&alert));
        assert_eq!(sink.backlog.len(), BACKLOG);
        assert_eq!(tally.unwritten(), BACKLOG as u64 + 5);
        sink.file.size = usize::MAX;
        sink.settle();
        assert_eq!(tally.unwritten(), 5);
    }
}
