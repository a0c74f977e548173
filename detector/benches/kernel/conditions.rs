//! What there is on this host that falsifies the measurement.

use std::collections::BTreeSet;
use std::fs;

use detector::sensor::measure::tracing_programs;
use serde::Serialize;

use crate::audit::{self, Audit};

/// Where the kernel says whether it keeps time of programs.
const STATISTICS: &str = "/proc/sys/kernel/bpf_stats_enabled";

/// The host as it was when measuring began.
#[derive(Serialize)]
pub(crate) struct Conditions {
    /// Release of the kernel.
    pub(crate) kernel: String,
    /// Processors.
    pub(crate) processors: usize,
    /// Load of the last minute.
    pub(crate) load: String,
    falsified_by: Vec<String>,
}

impl Conditions {
    /// Looks.
    pub(crate) fn now() -> Self {
        let statistics = fs::read_to_string(STATISTICS).ok();
        let facts = Facts {
            statistics: statistics.is_some_and(|value| value.trim() != "0"),
            audit: audit::ask(),
            others: tracing_programs(),
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load: load.split(' ').next().unwrap_or_default().to_owned(),
            falsified_by: falsified_by(&facts),
        }
    }

    /// What is wrong with this host for measuring, in words.
    pub(crate) fn falsified_by(&self) -> &[String] {
        &self.falsified_by
    }
}

struct Facts {
    statistics: bool,
    audit: Audit,
    others: BTreeSet<u32>,
}

fn falsified_by(facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    if facts.statistics {
        found.push(
            "kernel.bpf_stats_enabled is on, which adds to every run of a program, our own and the \
             empty ones alike: `sysctl kernel.bpf_stats_enabled=0`"
                .to_owned(),
        );
    }
    match facts.audit {
        Audit::Off => {}
        Audit::On { rules } => found.push(format!(
            "auditing is on, with {rules} rules, and keeps every call on a slow path: `auditctl -D` \
             and `auditctl -e 0`, and begin from a new login, since tasks made meanwhile keep it"
        )),
        Audit::Unknown(ref reason) => found.push(format!(
            "whether auditing keeps calls on a slow path cannot be told: {reason}"
        )),
    }
    if !facts.others.is_empty() {
        found.push(format!(
            "{} programs of others are loaded that may hang on the same tracepoints: end what loaded \
             them, another detector perhaps (`bpftool prog` lists them)",
            facts.others.len()
        ));
    }
    found
}
