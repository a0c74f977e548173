//! `escape-detector rules test`: do rules raise the alerts that their tests expect?

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::super::terminal;
use super::{lines, named, sources};
use crate::config::Output;
use crate::replay::Replay;
use crate::rules::{
    Alerts, Case, CaseErrors, Input, RuleSet, Survey, TestFile, beside, shipped_tests, tests_in,
};
use crate::sinks::escape::{escape, is_harmless};
use crate::sinks::to_line;

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

/// A case that came out otherwise.
#[derive(Debug, Serialize)]
struct Failure<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    case: &'a str,
    expected: &'a Alerts,
    got: Alerts,
    because: Vec<Because<'a>>,
    /// Whether `rules explain` can be asked.
    #[serde(skip)]
    has_event: bool,
}

/// Why there was no alert of a rule.
#[derive(Debug, Serialize)]
struct Because<'a> {
    rule: &'a str,
    checks: Vec<String>,
}

fn judge<'a>(
    file: &'a TestFile,
    case: &'a Case,
    rules: &RuleSet,
    survey: &Survey,
) -> anyhow::Result<Option<Failure<'a>>> {
    let got = match &case.input {
        Input::Event(event) => Alerts::of(rules, event),
        Input::Events(path) => of_lines(path, rules)?,
        Input::Capture(path) => of_capture(path, rules)?,
    };
    if got == case.expected {
        return Ok(None);
    }
    let mut because = Vec::new();
    if let Input::Event(event) = &case.input {
        for rule in case.expected.without(&got) {
            let tree = named(survey, rule)?.question.explain(event);
            let check = |value: &Option<String>| match value {
                Some(value) => format!("it is {value}"),
                None => "the event does not have it".to_owned(),
            };
            let checks = tree.decisive();
            let checks = checks
                .iter()
                .map(|part| format!("{} is {}: {}", part.text, part.holds, check(&part.value)));
            because.push(Because {
                rule,
                checks: checks.collect(),
            });
        }
    }
    Ok(Some(Failure {
        file: &file.document.name,
        line: case.position.line,
        column: case.position.column,
        case: &case.name,
        expected: &case.expected,
        got,
        because,
        has_event: matches!(case.input, Input::Event(_)),
    }))
}

fn of_lines(path: &Path, rules: &RuleSet) -> anyhow::Result<Alerts> {
    let mut alerts = Alerts::default();
    let name = path.display().to_string();
    regular(path)?;
    lines::each(&mut *lines::open(path)?, &name, |told| {
        alerts.extend(Alerts::of(rules, &told));
        Ok(())
    })?;
    Ok(alerts)
}

fn of_capture(path: &Path, rules: &RuleSet) -> anyhow::Result<Alerts> {
    let name = || path.display().to_string();
    let file = regular(path)?;
    let mut replay = Replay::new(BufReader::new(file), rules.clone()).with_context(name)?;
    let mut alerts = Alerts::default();
    loop {
        let step = replay.advance();
        for alert in replay.alerts() {
            alerts.add(&alert.rule, alert.priority);
        }
        if step.with_context(name)?.is_none() {
            return Ok(alerts);
        }
    }
}

fn regular(path: &Path) -> anyhow::Result<File> {
    let name = path.display();
    if !fs::metadata(path)
        .with_context(|| format!("{name} cannot be opened"))?
        .is_file()
    {
        bail!("{name} is no regular file");
    }
    File::open(path).with_context(|| format!("{name} cannot be opened"))
}

impl Failure<'_> {
    fn page(&self, rules: &[PathBuf]) -> String {
        let Self {
            file,
            line,
            column,
            case,
            expected,
            got,
            because,
            ..
        } = self;
        let mut text = format!(
            "{}:{line}:{column}: {}\n  expected  {}\n  got       {}\n",
            escape(file),
            escape(case),
            escape(&expected.to_string()),
            escape(&got.to_string()),
        );
        for Because { rule, checks } in because {
            for check in checks {
                text += &format!("  because   {}\n", escape(check));
            }
            text += &self.tree(rule, rules);
        }
        if let (Some(rule), true) = (got.without(expected).next(), self.has_event) {
            text += &self.tree(rule, rules);
        }
        text
    }

    /// The command that shows all of a rule's condition, where it can be shown and typed.
    fn tree(&self, rule: &str, rules: &[PathBuf]) -> String {
        let mut command = format!(
            "escape-detector rules explain --event {} --case {} --rule {}",
            quoted(self.file),
            quoted(self.case),
            quoted(rule)
        );
        for path in rules {
            command += &format!(" --rules {}", quoted(&path.display().to_string()));
        }
        if command.chars().all(is_harmless) {
            format!("  the tree  {command}\n")
        } else {
            String::new()
        }
    }
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Output;

    const RULES: &str = "\
- rule: Read
  desc: d
  condition: evt.type in (open, openat) and (fd.name = /etc/shadow or fd.name = /x)
  output: o
  priority: ERROR
  priority_refused: INFO
- {rule: Run, desc: d, condition: evt.type = execve, output: o, priority: DEBUG}
";

    /// What the verb says of these tests.
    fn run(tests: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, TestOptions) {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("r.yaml"), RULES).unwrap();
        fs::write(path("r.test.yaml"), tests).unwrap();
        for (name, text) in files {
            fs::write(path(name), text).unwrap();
        }
        let files = super::super::Files {
            files: vec![path("r.yaml")],
            rules: Vec::new(),
        };
        (
            directory,
            TestOptions {
                files,
                output: Output::Json,
            },
        )
    }

    fn failures(tests: &str) -> Vec<String> {
        let (directory, options) = run(tests, &[]);
        let plan = Plan::of(&options.files).unwrap();
        let rules = RuleSet::load(&sources(&plan.rules)).unwrap();
        let survey = Survey::load(&sources(&plan.rules)).unwrap();
        let files = plan.files(&rules).unwrap();
        let file = &files[0];
        let failed = file
            .cases
            .iter()
            .filter_map(|case| judge(file, case, &rules, &survey).unwrap());
        let place = directory.path().display().to_string() + "/";
        failed
            .map(|failure| failure.page(&plan.rules).replace(&place, ""))
            .collect()
    }

    #[test]
    fn a_case_that_fails_says_why() {
        let failed = failures(
            "- case: missed\n  event: {evt.type: open, fd.name: /etc/passwd}\n  alerts: {Read: ERROR}\n\
             - case: it's too much\n  event: {evt.type: execve}\n  alerts: {}\n\
             - case: other\n  event: {evt.type: open, fd.name: /x, outcome: refused}\n  alerts: {Read: ERROR}\n\
             - case: right\n  event: {evt.type: open, fd.name: /x, outcome: refused}\n  alerts: {Read: INFO}\n",
        );
        assert_eq!(
            failed,
            [
                "r.test.yaml:1:9: missed\n  expected  Read: Error\n  got       no alert\n  \
                 because   fd.name = /etc/shadow is false: it is /etc/passwd\n  \
                 because   fd.name = /x is false: it is /etc/passwd\n  \
                 the tree  escape-detector rules explain --event r.test.yaml --case missed \
                 --rule Read --rules r.yaml\n",
                "r.test.yaml:4:9: it's too much\n  expected  no alert\n  got       Run: Debug\n  \
                 the tree  escape-detector rules explain --event r.test.yaml \
                 --case 'it'\\''s too much' --rule Run --rules r.yaml\n",
                "r.test.yaml:7:9: other\n  expected  Read: Error\n  got       Read: Informational\n",
            ]
        );
    }

    #[test]
    fn events_of_a_file_are_asked_together() {
        let lines = "{\"evt.type\": \"open\", \"fd.name\": \"/x\"}\n\n{\"skipped\": 3}\n\
                     {\"evt.type\": \"openat\", \"fd.name\": \"/x\", \"outcome\": \"refused\"}\n";
        let case = |alerts: &str| format!("- {{case: c, events: e.jsonl, alerts: {alerts}}}\n");
        let (_directory, options) = run(&case("{Read: [ERROR, INFO]}"), &[("e.jsonl", lines)]);
        test(&options).unwrap();
        let (_directory, options) = run(&case("{Read: ERROR}"), &[("e.jsonl", lines)]);
        assert_eq!(
            test(&options).unwrap_err().to_string(),
            "1 of 1 cases failed"
        );
        let (_directory, options) = run(&case("{}"), &[("e.jsonl", "\n{\n")]);
        let error = format!("{:#}", test(&options).unwrap_err());
        assert!(error.contains("e.jsonl:2: no JSON"), "{error}");
    }

    #[test]
    fn files_that_a_case_names_must_be_files() {
        for input in [
            "events: .",
            "capture: /dev/zero",
            "capture: gone",
            "capture: r.yaml",
        ] {
            let (_directory, options) =
                run(&format!("- {{case: c, {input}, alerts: {{}}}}\n"), &[]);
            let error = format!("{:#}", test(&options).unwrap_err());
            let known = ["is no regular file", "cannot be opened", "no capture"];
            assert!(known.iter().any(|said| error.contains(said)), "{error}");
        }
    }

    #[test]
    fn tests_are_found_beside_rules_and_in_their_folder() {
        let (directory, options) = run("- {case: c, event: {evt.type: dup}, alerts: {}}\n", &[]);
        test(&options).unwrap();
        let of = |files: Vec<PathBuf>| {
            let files = super::super::Files {
                files,
                rules: Vec::new(),
            };
            test(&TestOptions {
                files,
                output: Output::Json,
            })
        };
        of(vec![directory.path().to_owned()]).unwrap();
        of(vec![directory.path().join("r.test.yaml")]).unwrap();
        of(Vec::new()).unwrap();
        fs::create_dir(directory.path().join("tests")).unwrap();
        fs::write(
            directory.path().join("tests/any.yaml"),
            "- {case: c, event: {evt.type: execve}, alerts: {}}",
        )
        .unwrap();
        assert!(of(vec![directory.path().to_owned()]).is_err());
        fs::write(directory.path().join("alone.yaml"), RULES).unwrap();
        let error = of(vec![directory.path().join("alone.yaml")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("has no tests beside it"), "{error}");
    }
}
