//! What the host is told: one JSON object a line, over the second serial port.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::Mutex;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The port; the kernel's own messages go to the first.
const PORT: &str = "/dev/ttyS1";

/// The line to the host.
pub(crate) struct Host {
    out: Mutex<File>,
}

impl Host {
    /// Opens the port. Devices must be there.
    pub(crate) fn reach() -> Result<Self> {
        let out = OpenOptions::new().write(true).open(PORT);
        let out = out.with_context(|| format!("cannot open {PORT}"))?;
        Ok(Self {
            out: Mutex::new(out),
        })
    }

    /// Tells one thing. A host that is gone has ended this machine, so failure is no matter.
    pub(crate) fn tell(&self, line: &Value) {
        if let Ok(mut out) = self.out.lock() {
            let _ = writeln!(out, "{line}");
        }
    }

    /// Tells which rows there are: those of which no more is told are red.
    pub(crate) fn rows(&self, names: impl Iterator<Item = &'static str>) {
        let names: Vec<_> = names.collect();
        self.tell(&json!({"say": "rows", "rows": names}));
    }

    /// Tells how a row of the table came out.
    pub(crate) fn cell(&self, row: &str, verdict: &Verdict) {
        let (word, reason) = match verdict {
            Verdict::Ok => ("ok", ""),
            Verdict::Off(reason) => ("off", reason.as_str()),
            Verdict::Red(reason) => ("red", reason.as_str()),
        };
        self.tell(&json!({"say": "cell", "row": row, "verdict": word, "reason": reason}));
    }
}

/// How a row came out on this kernel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The event says, field by field, what was done.
    Ok,
    /// This kernel cannot tell of it, and nothing was told; why.
    Off(String),
    /// It does not; why.
    Red(String),
}
