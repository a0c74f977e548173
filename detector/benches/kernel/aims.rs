//! What is aimed at, beside what was measured. A missed aim stays printed as missed; it fails
//! nothing.

use serde::Serialize;

use crate::acts::Act;
use crate::flood::Flood;
use crate::rounds::{Column, Rounds};

/// Opens a second of which none may be lost.
const OPENS: f64 = 450_000.0;

/// One aim.
#[derive(Serialize)]
pub(crate) struct Aim {
    pub(crate) what: String,
    pub(crate) limit: Limit,
    pub(crate) measured: f64,
    pub(crate) met: bool,
}

/// Which side is right.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Aim {
    fn new(what: impl Into<String>, limit: Limit, measured: f64) -> Self {
        let met = match limit {
            Limit::AtMost(most) => measured <= most,
            Limit::AtLeast(least) => measured >= least,
        };
        Self {
            what: what.into(),
            limit,
            measured,
            met,
        }
    }
}

/// All of them that were measured.
pub(crate) fn all(rounds: &Rounds, floods: &[Flood]) -> Vec<Aim> {
    let mut aims = Vec::new();
    let mut ratio = |what: &str, act, column, most| {
        if let Some(spread) = rounds.ratio(act, column) {
            aims.push(Aim::new(what, Limit::AtMost(most), spread.median));
        }
    };
    ratio("getpid, unwatched", Act::GetPid, Column::Unwatched, 1.6);
    ratio(
        "getpid, unwatched, to an empty program",
        Act::GetPid,
        Column::BesideEmpty,
        1.1,
    );
    ratio("open+close, unwatched", Act::Open, Column::Unwatched, 1.15);
    for (act, of) in [
        (Act::Open, "open+close"),
        (Act::OpenToWrite, "open+close for writing"),
    ] {
        for (column, level) in [(Column::Rules, "rules"), (Column::Operations, "operations")] {
            ratio(&format!("{of}, watched, {level}"), act, column, 1.35);
        }
    }
    for flood in floods {
        let level = flood.level;
        aims.push(Aim::new(
            format!("flood, {level}: records lost"),
            Limit::AtMost(0.0),
            flood.lost as f64,
        ));
        aims.push(Aim::new(
            format!("flood, {level}: opens a second"),
            Limit::AtLeast(OPENS),
            flood.opens_per_second,
        ));
    }
    aims
}
