//! `escape-detector rules test`: do rules raise the alerts that their tests expect?

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::super::terminal;
use super::sources;
use crate::config::Output;
use crate::rules::{CaseErrors, RuleSet, Survey, TestFile, beside, shipped_tests, tests_in};
use crate::sinks::to_line;

mod failure;

use failure::judge;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules test my.yaml
  escape-detector rules test /etc/escape-detector/rules
  escape-detector rules test my.yaml --rules shared-macros.yaml
  escape-detector rules test                 the shipped rules, by their own tests

The tests of NAME.yaml are NAME.test.yaml beside it, or NAME.yaml in a folder `tests` beside it:
either file may be named. A test file is a sequence of cases:

  - case: reads the shadow file
    event: {evt.type: open, fd.name: /etc/shadow}
    alerts: {Shadow read: WARNING}
  - case: an ordinary day
    capture: quiet.capture
    alerts: {}

`alerts` are all that must be raised, with their priorities, and no other rule of all that are read
may match. The fields of an event that are not named are missing, but for `workload` (true),
`userns.own` (false) and `outcome` (done). Instead of `event` a case may have `events`, a file with
one event in each line as `record --output json` writes it, or `capture`, a file that `record` or
`run --capture` made, both relative to the test file. Then `alerts` are those of the whole, and a
rule that is raised with several priorities has a list of them.

Exit code 0 means that all cases came out as expected. With `--output json` an object: `ok`, `files`,
`cases` (how many), and `failed` with `file`, `line`, `column`, `case`, `expected`, `got` (rules with
lists of priorities) and `because` (of each rule expected in vain, the checks that did not hold).";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct TestOptions {
    #[command(flatten)]
    files: super::Files,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) fn test(options: &TestOptions) -> anyhow::Result<()> {
    let plan = Plan::of(&options.files)?;
    let rules = RuleSet::load(&sources(&plan.rules))?;
    let survey = Survey::load(&sources(&plan.rules))?;
    let files = plan.files(&rules)?;
    let mut failed = Vec::new();
    for (file, case) in files
        .iter()
        .flat_map(|file| file.cases.iter().map(move |case| (file, case)))
    {
        failed.extend(judge(file, case, &rules, &survey)?);
    }
    let cases: usize = files.iter().map(|file| file.cases.len()).sum();
    let text = match options.output {
        Output::Text => {
            let pages: String = failed
                .iter()
                .map(|failure| failure.page(&plan.rules))
                .collect();
            let plural = if files.len() == 1 { "" } else { "s" };
            let right = cases - failed.len();
            format!(
                "{pages}{right} of {cases} cases in {} file{plural} right\n",
                files.len()
            )
        }
        Output::Json => {
            let ok = failed.is_empty();
            to_line(&json!({"ok": ok, "files": files.len(), "cases": cases, "failed": failed}))?
                + "\n"
        }
    };
    terminal::answer(&text)?;
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{} of {cases} cases failed", failed.len())
}

/// Which rules are read, and which tests are run.
#[derive(Debug, Default)]
struct Plan {
    /// None for the shipped ones.
    rules: Vec<PathBuf>,
    /// None for those of the shipped ones.
    tests: Vec<PathBuf>,
}

impl Plan {
    fn of(files: &super::Files) -> anyhow::Result<Self> {
        let mut plan = Self::default();
        // Rules that are only read before others bring no tests of their own.
        let tested = if files.files.is_empty() {
            &files.rules
        } else {
            plan.rules.clone_from(&files.rules);
            &files.files
        };
        for path in tested {
            let (rules, tests) = if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
                let tests = tests_in(path).with_context(|| path.display().to_string())?;
                (Some(path.clone()), tests)
            } else {
                beside(path)
            };
            add(&mut plan.rules, rules);
            add(&mut plan.tests, tests);
        }
        match tested.first() {
            Some(first) if plan.tests.is_empty() => bail!(
                "{} has no tests beside it: write NAME.test.yaml for NAME.yaml, or let `rules new` \
                 begin both",
                first.display()
            ),
            _ => Ok(plan),
        }
    }

    /// The test files, all of them right.
    fn files(&self, rules: &RuleSet) -> anyhow::Result<Vec<TestFile>> {
        let read: Vec<_> = if self.tests.is_empty() {
            shipped_tests().into_iter().map(TestFile::read).collect()
        } else {
            self.tests.iter().map(|path| TestFile::open(path)).collect()
        };
        let mut problems = Vec::new();
        let mut files = Vec::new();
        for file in read {
            match file {
                Ok(file) => {
                    problems.extend(file.unknown_rules(rules));
                    files.push(file);
                }
                Err(errors) => problems.extend(errors.problems),
            }
        }
        if problems.is_empty() {
            Ok(files)
        } else {
            Err(CaseErrors { problems }.into())
        }
    }
}

fn add(paths: &mut Vec<PathBuf>, more: impl IntoIterator<Item = PathBuf>) {
    for path in more {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
}

#[cfg(test)]
mod tests;
