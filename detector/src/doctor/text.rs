//! A report as a person reads it: by area, one line for what is well, with costs and mend under what
//! is not. A word says each verdict; colour only repeats it.

use super::check::{Check, Verdict};
use super::report::{Overall, Report};
use crate::sinks::escape::escape;
use crate::sinks::layout::Layout;

/// Columns of a verdict and of a name; a longer name pushes its text on.
const VERDICT: usize = 7;
const NAME: usize = 20;
/// Columns before what is found.
const HANGING: usize = 2 + VERDICT + 1 + NAME + 1;

/// The report as text.
#[must_use]
pub fn render(report: &Report, colour: bool) -> String {
    let mut text = headline(report, colour);
    for (area, checks) in report.areas() {
        text.push_str(&format!("\n{}\n", area.name()));
        for check in checks {
            text.push_str(&paint(&block(check), &check.verdict, colour));
        }
    }
    text
}

fn headline(report: &Report, colour: bool) -> String {
    let (paint, words) = match report.verdict {
        Overall::Ok => ("\x1b[1;32m", "The detector can run here."),
        Overall::Less => (
            "\x1b[1;33m",
            "The detector can run here, with less coverage.",
        ),
        Overall::Failed => ("\x1b[1;31m", "The detector cannot run here."),
    };
    let words = match colour {
        true => format!("{paint}{words}\x1b[0m"),
        false => words.to_owned(),
    };
    let counts = ["ok", "less", "failed", "skipped"]
        .map(|verdict| format!("{} {verdict}", report.count(verdict)));
    format!(
        "{words}\nescape-detector {} on Linux {} {}: {}\n",
        escape(&report.version),
        escape(&report.kernel),
        escape(&report.machine),
        counts.join(", ")
    )
}

/// The lines of a check, without colour.
fn block(check: &Check) -> String {
    let mut layout = Layout::default();
    let start = format!(
        "  {:<VERDICT$} {:<NAME$} ",
        check.verdict.name(),
        escape(&check.name)
    );
    layout.hanging(&start, HANGING, &escape(&check.found));
    for (label, text) in [
        ("costs", check.verdict.costs()),
        ("mend", check.verdict.mend()),
    ] {
        if let Some(text) = text {
            let start = format!("{:>width$}: ", label, width = HANGING - 2);
            layout.hanging(&start, HANGING, &escape(text));
        }
    }
    layout.text()
}

/// The block with its verdict coloured: the first word of it.
fn paint(block: &str, verdict: &Verdict, colour: bool) -> String {
    let paint = match verdict {
        Verdict::Ok => "\x1b[32m",
        Verdict::Less { .. } => "\x1b[33m",
        Verdict::Failed { .. } => "\x1b[1;31m",
        Verdict::Skipped { .. } => "\x1b[2m",
    };
    let word = verdict.name();
    match colour {
        true => block.replacen(word, &format!("{paint}{word}\x1b[0m"), 1),
        false => block.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{Area, Checks};
    use super::super::report::tests::sample;
    use super::*;
    use crate::sinks::escape::is_harmless;

    #[test]
    fn a_report_reads_well() {
        let expected = "\
The detector cannot run here.
escape-detector 0.1.0 on Linux 5.15.0-91-generic x86_64: 1 ok, 1 less, 1 failed, 1 skipped

kernel
  ok      types                /sys/kernel/btf/vmlinux, 5.5 MiB
  less    release              5.15.0 is older than 6.1
                        costs: nobody has tried this kernel
                         mend: boot one from 6.1 on

disk
  failed  directory            cannot make /x/state: there is no /x
                        costs: alerts cannot be kept
                         mend: make that first, or name another directory with
                               --state-dir
  skipped use                  a detector (pid 42) uses it
";
        assert_eq!(render(&sample(), false), expected);
    }

    #[test]
    fn colour_adds_to_the_words_and_takes_none_away() {
        let coloured = render(&sample(), true);
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, behind)) = rest.split_once('\x1b') {
            plain.push_str(before);
            rest = behind.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, render(&sample(), false));
        assert!(coloured.contains("\x1b[1;31mfailed\x1b[0m"), "{coloured}");
    }

    #[test]
    fn nothing_that_was_found_steers_the_terminal() {
        let mut checks = Checks::of(Area::Engines);
        checks.less("/run/\x1b[2J.sock", "a\nb\u{202e}", "c\r", "d\x07");
        let mut report = sample();
        report.checks = checks.done();
        report.kernel = "6.1\x1b]0;x\x07".to_owned();
        let text = render(&report, false);
        assert!(
            text.chars().all(|c| c == '\n' || is_harmless(c)),
            "{text:?}"
        );
    }
}
