//! A second evaluator of rules, slow and plain, written from the description of the language and
//! apart from the one that serves; and random files and events for which the two are compared.
//!
//! `tree`, `checks`, `constants`, `exceptions` and `generate` make files, `print` and `file` write
//! them, `event` makes events. `merge`, `parse`, `evaluate`, `operators` and `pattern` are the
//! reference: lists and exceptions as text that is put into text, macros as trees, and each operator
//! as one would explain it. `tally` sees to it that both outcomes occur for every operator.

mod checks;
mod constants;
mod damage;
mod evaluate;
mod event;
mod exceptions;
mod file;
mod generate;
mod merge;
mod operators;
mod parse;
mod pattern;
mod print;
mod tally;
mod tree;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::vec;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use self::evaluate::Evaluation;
use self::event::Event;
use self::file::Item;
use self::generate::File;
use self::print::Style;
use self::tally::Tally;
use super::super::rule_set::Workspace;
use super::super::{Fault, LoadErrors, RuleError, RuleSet};

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

#[test]
fn the_same_rules_match_as_in_the_reference() {
    let config = Config {
        cases: FILES * thoroughness(),
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
        Ok(()) => tally.assert_telling(FILES / 60),
        Err(TestError::Fail(_, (events, file))) => panic!("{}", least(file, events)),
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
    }
}

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

/// What is still wrong once everything is left out that has no part in it.
fn least(mut file: File, events: Vec<Event>) -> String {
    let tally = Tally::default();
    let fault = |file: &File| {
        let result = compare(file, &events, &tally, &mut Workspace::default());
        result.err().map(|error| error.to_string())
    };
    let Some(mut shown) = fault(&file) else {
        return "it depends on files that were read before".to_owned();
    };
    let unknown = |text: &str| text.contains("unknown") || text.contains("cannot read");
    for index in (0..file.items.len()).rev() {
        let mut less = file.clone();
        less.items.remove(index);
        let readable = catch_unwind(AssertUnwindSafe(|| fault(&less)))
            .ok()
            .flatten();
        if let Some(text) = readable.filter(|text| !unknown(text)) {
            (file, shown) = (less, text);
        }
    }
    shown
}

/// A file, read by both sides.
struct Comparison<'a> {
    yaml: String,
    book: merge::Book,
    rules: RuleSet,
    /// Rules of which the product says that they can never match.
    never: Vec<String>,
    tally: &'a Tally,
}

impl<'a> Comparison<'a> {
    fn new(file: &File, tally: &'a Tally) -> Result<Self, TestCaseError> {
        let book = merge::read(&file.items);
        let yaml = yaml(&file.items, file);
        let fail = |reason: String| TestCaseError::fail(format!("{reason}\n\n{yaml}"));
        let book = book.map_err(|fault| fail(format!("the reference cannot read it: {fault}")))?;
        let (rules, never) = match super::load(&yaml) {
            Ok(rules) => (rules, Vec::new()),
            Err(errors) => {
                let never = never(&errors).ok_or_else(|| fail(errors.to_string()))?;
                let others = file
                    .items
                    .iter()
                    .filter(|item| !never.contains(&item.key().1.into()));
                let others: Vec<Item> = others.cloned().collect();
                let others = yaml_or_nothing(&others, file);
                let rules =
                    others.map_or_else(|| Ok(RuleSet::default()), |text| super::load(&text));
                (rules.map_err(|errors| fail(errors.to_string()))?, never)
            }
        };
        Ok(Self {
            yaml,
            book,
            rules,
            never,
            tally,
        })
    }

    /// Compares at one event: all rules together, each for itself, and those that never match.
    fn at(&self, event: &Event, workspace: &mut Workspace) -> Result<(), TestCaseError> {
        let evaluation = Evaluation {
            book: &self.book,
            event,
            tally: self.tally,
        };
        let mut expected = Vec::new();
        for (name, condition) in &self.book.rules {
            let holds = evaluation.holds(condition);
            self.tally.rule(holds);
            if holds {
                expected.push(name.as_str());
            }
        }
        let seen = event.as_seen();
        let rules = self.rules.rules();
        let together = self.rules.matching(event.event_type(), &seen, workspace);
        let together: Vec<&str> = together
            .iter()
            .map(|place| rules[*place].name.as_str())
            .collect();
        let apart = rules.iter().filter(|rule| rule.matches(&seen));
        let apart: Vec<&str> = apart.map(|rule| rule.name.as_str()).collect();
        if together == expected && apart == expected {
            return Ok(());
        }
        Err(TestCaseError::fail(format!(
            "expected {expected:?}\ntogether {together:?}\napart    {apart:?}\nnever    {:?}\n\nat{event:?}\n\n{}",
            self.never, self.yaml
        )))
    }
}

fn yaml(items: &[Item], file: &File) -> String {
    file::yaml(items, &mut Style::new(&file.style))
}

fn yaml_or_nothing(items: &[Item], file: &File) -> Option<String> {
    (!items.is_empty()).then(|| yaml(items, file))
}

/// The rules that can never match, if nothing else is wrong.
fn never(errors: &LoadErrors) -> Option<Vec<String>> {
    let problems = errors.problems.iter();
    let never = problems.map(|problem| match &problem.fault {
        Fault::Rule(RuleError::NeverMatches(name)) => Some(name.clone()),
        _ => None,
    });
    never.collect()
}
