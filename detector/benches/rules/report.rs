//! What was measured, beside what is aimed at.

use std::fmt::Write as _;

use anyhow::Result;
use detector::rules::Size;
use serde_json::json;

/// A set of rules, and what asking it came to.
pub(crate) struct Set {
    pub(crate) rules: usize,
    pub(crate) size: Size,
    /// Bytes that the loaded set holds.
    pub(crate) memory: usize,
    pub(crate) load_milliseconds: f64,
    pub(crate) events_per_second: f64,
    pub(crate) allocations_per_event: f64,
}

/// All that there is to tell.
pub(crate) struct Report {
    events: usize,
    once: Set,
    often: Set,
    /// How much longer the larger set takes, the median of what stood in one round.
    ratio: f64,
}

struct Aim {
    what: &'static str,
    limit: &'static str,
    measured: f64,
    met: bool,
}

impl Report {
    pub(crate) const fn new(events: usize, once: Set, often: Set, ratio: f64) -> Self {
        Self {
            events,
            once,
            often,
            ratio,
        }
    }

    fn aims(&self) -> [Aim; 3] {
        let Set {
            events_per_second,
            allocations_per_event,
            ..
        } = self.once;
        [
            Aim {
                what: "events a second on one processor",
                limit: ">= 2000000",
                measured: events_per_second,
                met: events_per_second >= 2e6,
            },
            Aim {
                what: "time with ten times as many rules, as ratio",
                limit: "< 2",
                measured: self.ratio,
                met: self.ratio < 2.0,
            },
            Aim {
                what: "allocations per event",
                limit: "0",
                measured: allocations_per_event,
                met: allocations_per_event < 0.001,
            },
        ]
    }

    /// For people, or for programs.
    pub(crate) fn rendered(&self, as_json: bool) -> Result<String> {
        if as_json {
            return Ok(serde_json::to_string_pretty(&self.json())? + "\n");
        }
        let mut text = String::new();
        writeln!(
            text,
            "{} different events, none of which matches",
            self.events
        )?;
        writeln!(
            text,
            "\n{:>8} {:>8} {:>8} {:>8} {:>8} {:>10} {:>9} {:>12}",
            "rules", "nodes", "tests", "fields", "classes", "memory KiB", "load ms", "events/s"
        )?;
        for set in [&self.once, &self.often] {
            let Size {
                nodes,
                tests,
                fields,
                classes,
            } = set.size;
            writeln!(
                text,
                "{:>8} {nodes:>8} {tests:>8} {fields:>8} {classes:>8} {:>10} {:>9.0} {:>12.0}",
                set.rules,
                set.memory / 1024,
                set.load_milliseconds,
                set.events_per_second
            )?;
        }
        writeln!(text, "\n{:46} {:>12}  {:>10}", "aim", "", "measured")?;
        for aim in self.aims() {
            let verdict = if aim.met { "met" } else { "MISSED" };
            let measured = match aim.measured {
                large if large >= 1000.0 => format!("{large:.0}"),
                small => format!("{small:.3}"),
            };
            writeln!(
                text,
                "{:46} {:>12}  {measured:>10}  {verdict}",
                aim.what, aim.limit
            )?;
        }
        Ok(text)
    }

    fn json(&self) -> serde_json::Value {
        let set = |set: &Set| {
            json!({
                "rules": set.rules,
                "nodes": set.size.nodes,
                "tests": set.size.tests,
                "fields": set.size.fields,
                "classes": set.size.classes,
                "memory_bytes": set.memory,
                "load_milliseconds": set.load_milliseconds,
                "events_per_second": set.events_per_second,
                "allocations_per_event": set.allocations_per_event,
            })
        };
        let aims = self.aims().map(|aim| {
            json!({"what": aim.what, "limit": aim.limit, "measured": aim.measured, "met": aim.met})
        });
        json!({
            "events": self.events,
            "once": set(&self.once),
            "often": set(&self.often),
            "ratio": self.ratio,
            "aims": aims,
        })
    }
}
