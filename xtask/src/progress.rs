//! What a person sees while a task works: a spinner on a terminal, plain lines elsewhere.
//!
//! Everything goes to standard error; standard output belongs to the programs that tasks start.

use std::fs::{self, File};
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::command::Invocation;
use crate::workspace;

/// How many lines of a failed command's output are shown.
const LAST_LINES: usize = 30;

/// Runs a long command, its output kept in a file named after `log` and shown only when it fails.
///
/// A file and not a pipe: a package may start a daemon, which would hold a pipe open for ever.
pub(crate) fn quietly(what: &str, log: &str, invocation: &Invocation) -> Result<()> {
    fs::create_dir_all(workspace::logs())?;
    let path = workspace::logs().join(log).with_extension("log");
    let output = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("$ {invocation}");

    let started = Instant::now();
    let mut command = invocation.command()?;
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{invocation}`"))?;
    let spinner = spinner(what);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        spinner.set_message(last_line(&path).unwrap_or_default());
        thread::sleep(Duration::from_millis(100));
    };
    spinner.finish_and_clear();

    let done = invocation.checked(Ok(status));
    match &done {
        Ok(()) => eprintln!("  {what}: done in {}", span(started.elapsed())),
        Err(_) => {
            eprintln!("{}", end_of(&fs::read_to_string(&path).unwrap_or_default()));
            eprintln!(
                "  {what}: the whole output is in {}",
                workspace::shown(&path)
            );
        }
    }
    done
}

/// A length of time as people say it.
pub(crate) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

fn spinner(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        eprintln!("  {what} ...");
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("  {spinner} {prefix} [{elapsed}] {wide_msg:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let spinner = ProgressBar::new_spinner()
        .with_style(style)
        .with_prefix(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// The last line that is not empty, read from the end alone since this is asked ten times a second.
fn last_line(path: &Path) -> Option<String> {
    const ENOUGH: u64 = 512;
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))
        .ok()?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).ok()?;
    let end = String::from_utf8_lossy(&end);
    end.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(str::to_owned)
}

fn end_of(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let skipped = lines.len().saturating_sub(LAST_LINES);
    lines
        .into_iter()
        .skip(skipped)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        assert_eq!(span(Duration::from_millis(1_540)), "1.5 s");
        assert_eq!(span(Duration::from_secs(72)), "1 min 12 s");
    }

    #[test]
    fn the_end_of_a_log_is_shown() {
        let log = (0..100).map(|n| format!("line {n}\n")).collect::<String>();
        let end = end_of(&log);
        assert_eq!(end.lines().count(), LAST_LINES);
        assert!(end.starts_with("line 70\n") && end.ends_with("line 99"));
        assert_eq!(end_of("short\n"), "short");
    }
}
