//! A second evaluator of rules, slow and plain, written from the description of the language and
//! apart from the one that serves; and random files and events for which the two are compared.
//!
//! `tree`, `checks`, `subjects`, `constants`, `exceptions` and `generate` make files, `print` and
//! `file` write them, `event` makes events. The reference is in `merge`, `parse`, `expression`,
//! `evaluate`, `functions`, `operators` and `pattern`: lists and exceptions as text that is put into
//! text, macros as trees, and each operator as one would explain it. `compare` asks both sides;
//! `tally` sees to it that both outcomes occur for every operator. `damage` spoils the files.

mod checks;
mod compare;
mod constants;
mod damage;
mod evaluate;
mod event;
mod exceptions;
mod expression;
mod file;
mod functions;
mod generate;
mod merge;
mod operators;
mod parse;
mod pattern;
mod print;
mod subjects;
mod tally;
mod tree;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use self::compare::Comparison;
use self::event::Event;
use self::generate::File;
use self::tally::Tally;
use super::super::rule_set::Workspace;

/// How many files are tried, and events at each.
const FILES: u32 = 300;
const EVENTS: usize = 20;

/// How many times as much is tried as usually.
fn thoroughness() -> u32 {
    match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => 100,
        None => 1,
    }
}

/// The same files each time, unless everything is tried: what is found there is mended there.
fn seed() -> RngSeed {
    match std::env::var_os("ESCAPE_DETECTOR_TEST_ALL") {
        Some(_) => RngSeed::Random,
        None => RngSeed::Fixed(1),
    }
}

#[test]
fn the_same_rules_match_as_in_the_reference() {
    let config = Config {
        cases: FILES * thoroughness(),
        rng_seed: seed(),
        failure_persistence: None,
        max_shrink_iters: 3_000,
        ..Config::default()
    };
    let tally = Tally::default();
    // One for all files: nothing of a file may be left in it.
    let workspace = RefCell::new(Workspace::default());
    let cases = (vec(event::event(), EVENTS), generate::file());
    let result = TestRunner::new(config).run(&cases, |(events, file)| {
        compare(&file, &events, &tally, &mut workspace.borrow_mut())
    });
    match result {
        Ok(()) => tally.assert_telling(FILES * thoroughness()),
        Err(TestError::Fail(reason, (events, file))) => {
            let shown = least(file.clone(), &events);
            let whole = || format!("{reason}\nin\n{}\nat{events:?}", file.yaml());
            panic!("{}", shown.unwrap_or_else(whole))
        }
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
    }
}

/// Whether both sides say the same of every event.
fn compare(
    file: &File,
    events: &[Event],
    tally: &Tally,
    workspace: &mut Workspace,
) -> Result<(), TestCaseError> {
    let comparison = Comparison::new(file, tally)?;
    events
        .iter()
        .try_for_each(|event| comparison.at(event, workspace))
}

/// What is still wrong once everything is left out that has no part in it; nothing where it is not
/// so simple: it panics, or needs the files that were read before.
fn least(mut file: File, events: &[Event]) -> Option<String> {
    let tally = Tally::default();
    let fault = |file: &File| {
        // Without what others need, the reference panics.
        let compare = || compare(file, events, &tally, &mut Workspace::default());
        let result = catch_unwind(AssertUnwindSafe(compare)).ok()?;
        result.err().map(|error| error.to_string())
    };
    // A difference stays one, and a fault the same, wherever it stands.
    let kind = |text: &str| match text.contains(" expected [") {
        true => "a difference".to_owned(),
        false => text
            .lines()
            .take(1)
            .flat_map(|line| line.splitn(4, ':').skip(3))
            .collect(),
    };
    let mut shown = fault(&file)?;
    // Twice: what rules needed is not needed once they are gone.
    for _ in 0..2 {
        for index in (0..file.items.len()).rev() {
            let mut less = file.clone();
            less.items.remove(index);
            if let Some(text) = fault(&less).filter(|text| kind(text) == kind(&shown)) {
                (file, shown) = (less, text);
            }
        }
    }
    Some(shown)
}
