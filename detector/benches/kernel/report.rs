//! What was measured, for people and for programs.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

use crate::acts::Act;
use crate::aims::{self, Aim, Limit};
use crate::conditions::Conditions;
use crate::flood::Flood;
use crate::options::Form;
use crate::rounds::{Column, Rounds};
use crate::statistics::Spread;

/// The columns of the table.
const COLUMNS: [(Column, &str); 4] = [
    (Column::Empty, "empty programs"),
    (Column::Unwatched, "unwatched"),
    (Column::Rules, "rules"),
    (Column::Operations, "operations"),
];

/// All that there is to tell.
#[derive(Serialize)]
pub(crate) struct Report {
    host: Conditions,
    rounds: u32,
    rounds_discarded: u32,
    records_lost: u64,
    acts: Vec<Line>,
    floods: Vec<Flood>,
    aims: Vec<Aim>,
}

/// An act: what it takes with nothing attached, and the ratios to that.
#[derive(Serialize)]
struct Line {
    act: &'static str,
    nothing_attached_ns: Option<Spread>,
    empty_programs: Option<Spread>,
    unwatched: Option<Spread>,
    rules: Option<Spread>,
    operations: Option<Spread>,
}

impl Line {
    fn of(rounds: &Rounds, act: Act) -> Self {
        Self {
            act: act.name(),
            nothing_attached_ns: rounds.bare(act),
            empty_programs: rounds.ratio(act, Column::Empty),
            unwatched: rounds.ratio(act, Column::Unwatched),
            rules: rounds.ratio(act, Column::Rules),
            operations: rounds.ratio(act, Column::Operations),
        }
    }

    fn ratios(&self) -> [Option<Spread>; 4] {
        [
            self.empty_programs,
            self.unwatched,
            self.rules,
            self.operations,
        ]
    }
}

impl Report {
    /// Of what was measured on a host.
    pub(crate) fn new(host: Conditions, rounds: Rounds, floods: Vec<Flood>) -> Self {
        let aims = aims::all(&rounds, &floods);
        Self {
            host,
            rounds: rounds.kept,
            rounds_discarded: rounds.discarded,
            records_lost: rounds.lost,
            acts: Act::ALL.map(|act| Line::of(&rounds, act)).into(),
            floods,
            aims,
        }
    }

    /// In the form that was asked for.
    pub(crate) fn rendered(&self, form: Form) -> Result<String> {
        match form {
            Form::Json => Ok(serde_json::to_string_pretty(self)? + "\n"),
            Form::Text => Ok(self.text()?),
        }
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let host = &self.host;
        writeln!(
            text,
            "Linux {}, {} processors, load {}; {} rounds, {} discarded, {} records lost",
            host.kernel,
            host.processors,
            host.load,
            self.rounds,
            self.rounds_discarded,
            self.records_lost
        )?;
        for falsified in host.falsified_by() {
            writeln!(text, "FALSIFIED: {falsified}")?;
        }
        writeln!(
            text,
            "\nratios to nothing attached: median, and between what the middle half lies\n"
        )?;
        write!(text, "{:22} {:>10}", "", "nothing")?;
        for (_, name) in COLUMNS {
            write!(text, "  {name:>19}")?;
        }
        writeln!(text)?;
        for line in &self.acts {
            let bare = line.nothing_attached_ns.map_or(0.0, |bare| bare.median);
            write!(text, "{:22} {:>7.0} ns", line.act, bare)?;
            for ratio in line.ratios() {
                write!(text, "  {:>19}", ratio.map(shown).unwrap_or_default())?;
            }
            writeln!(text)?;
        }
        self.floods(&mut text)?;
        self.aims(&mut text)?;
        Ok(text)
    }

    fn floods(&self, text: &mut String) -> std::fmt::Result {
        if self.floods.is_empty() {
            return Ok(());
        }
        let heads = ["opens a second", "opens told", "records lost"];
        write!(text, "\n{:22}", "flood at level")?;
        for head in heads {
            write!(text, "  {head:>14}")?;
        }
        writeln!(text)?;
        for flood in &self.floods {
            let (rate, sent, lost) = (flood.opens_per_second, flood.sent, flood.lost);
            writeln!(
                text,
                "{:22}  {rate:>14.0}  {sent:>14}  {lost:>14}",
                flood.level
            )?;
        }
        Ok(())
    }

    fn aims(&self, text: &mut String) -> std::fmt::Result {
        let falsified = if self.host.falsified_by().is_empty() {
            ""
        } else {
            "  in a falsified run"
        };
        writeln!(
            text,
            "\n{:42} {:>12}  {:>10}{falsified}",
            "aim", "", "measured"
        )?;
        for aim in &self.aims {
            let limit = match aim.limit {
                Limit::AtMost(most) => format!("<= {}", number(most)),
                Limit::AtLeast(least) => format!(">= {}", number(least)),
            };
            let verdict = if aim.met { "met" } else { "MISSED" };
            let measured = number(aim.measured);
            writeln!(
                text,
                "{:42} {limit:>12}  {measured:>10}  {verdict}",
                aim.what
            )?;
        }
        Ok(())
    }
}

fn shown(spread: Spread) -> String {
    let Spread { median, low, high } = spread;
    format!("{median:.2} [{low:.2}, {high:.2}]")
}

/// A ratio with its decimals, a count without.
fn number(value: f64) -> String {
    if value >= 100.0 || value == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}
