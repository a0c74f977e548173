//! An alert as a person reads it: on a terminal of 80 columns, the gravest first to the eye.

use std::fmt::Write;

use crate::detect::alert::{Alert, Ancestor, Attributed, Container, Outcome, Priority};

use super::escape::{command_line, escape};
use super::layout::{Layout, clip};

/// Characters of a command line that are shown; the rest stands in the JSON.
const LONGEST_COMMAND: usize = 480;
/// Ancestors that are shown.
const LONGEST_LINEAGE: usize = 8;

/// The alert as lines of text, the last one empty, so that alerts stand apart.
#[must_use]
pub fn render(alert: &Alert, colour: bool) -> String {
    let mut layout = Layout::default();
    headline(&mut layout, alert, colour);
    layout.paragraph(&escape(&alert.message));
    if let Some(container) = &alert.container {
        layout.row("container", &container_line(container));
    }
    layout.row_of("agent", &agent_line(alert));
    let process = &alert.process;
    layout.row("process", &image(process.pid, process.exe.as_deref()));
    layout.row_of(
        "command",
        &clip(&command_line(&process.argv), LONGEST_COMMAND),
    );
    layout.row_of(
        "directory",
        &escape(process.cwd.as_deref().unwrap_or_default()),
    );
    layout.row_of("lineage", &lineage_line(&alert.lineage));
    if alert.incomplete {
        layout.row("incomplete", "part of what led here was not seen");
    }
    layout.row("alert", &alert.uid.to_string());
    layout.finish()
}

fn headline(layout: &mut Layout, alert: &Alert, colour: bool) {
    let time = alert.time.strftime("%Y-%m-%d %H:%M:%S%.3fZ");
    let priority = alert.priority.name().to_uppercase();
    let rule = escape(&alert.rule);
    let refused = match alert.outcome {
        Outcome::Done => "",
        Outcome::Refused => " (refused)",
    };
    let (on, off) = match colour {
        true => (colour_of(alert.priority), "\x1b[0m"),
        false => ("", ""),
    };
    layout.line(&format!("{time} {on}{priority}{off} {rule}{refused}"));
}

/// Red for what needs somebody now, yellow for what needs a look.
fn colour_of(priority: Priority) -> &'static str {
    match priority {
        Priority::Emergency | Priority::Alert | Priority::Critical => "\x1b[1;31m",
        Priority::Error => "\x1b[31m",
        Priority::Warning => "\x1b[33m",
        Priority::Notice | Priority::Informational | Priority::Debug => "\x1b[36m",
    }
}

fn container_line(container: &Container) -> String {
    let id: String = container.id.chars().take(12).collect();
    let id = escape(&id);
    let mut line = match &container.name {
        Some(name) => format!("{} ({id})", escape(name)),
        None => id.into_owned(),
    };
    if let Some(image) = &container.image {
        // Infallible, as every write to a String.
        let _ = write!(line, " of {}", escape(image));
    }
    line
}

/// `main, session 9f2, user telegram:42`, or nothing.
fn agent_line(alert: &Alert) -> String {
    let said = |label: &str, value: &Option<Attributed>| {
        let value = value.as_ref()?;
        Some(format!("{label}{}", escape(&value.value)))
    };
    let parts = [
        said("", &alert.agent),
        said("session ", &alert.session),
        said("user ", &alert.user),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn image(pid: u32, exe: Option<&str>) -> String {
    format!("{pid} {}", escape(exe.unwrap_or("(executable unknown)")))
}

/// The parent first, as `4700 /usr/bin/bash < 4600 /usr/bin/node`.
fn lineage_line(lineage: &[Ancestor]) -> String {
    let shown = lineage.iter().take(LONGEST_LINEAGE);
    let mut images: Vec<_> = shown.map(|a| image(a.pid, a.exe.as_deref())).collect();
    if lineage.len() > LONGEST_LINEAGE {
        images.push(format!("{} more", lineage.len() - LONGEST_LINEAGE));
    }
    images.join(" < ")
}

#[cfg(test)]
mod tests {
    use super::super::escape::is_harmless;
    use super::*;
    use crate::detect::alert::sample;

    #[test]
    fn an_alert_reads_well() {
        let mut alert = sample::alert();
        alert.session = Some(Attributed {
            value: "telegram:42".into(),
            source: "env S".into(),
        });
        let expected = format!(
            "\
2026-01-05 14:03:07.120Z CRITICAL Engine socket connection
  A workload connected to the engine's socket (socket=/run/docker.sock)
  container  claw-1 (3f4e8a1b2c3d) of openclaw:latest
  agent      main, session telegram:42
  process    4711 /usr/bin/curl
  command    curl -s --unix-socket /var/run/docker.sock http://d/v1.43/info
  directory  /workspace
  lineage    4700 /usr/bin/bash
  alert      {}

",
            alert.uid
        );
        assert_eq!(render(&alert, false), expected);
    }

    #[test]
    fn colour_is_only_added_around_the_priority() {
        let alert = sample::alert();
        let coloured = render(&alert, true);
        assert!(coloured.contains("\x1b[1;31mCRITICAL\x1b[0m"));
        let plain = coloured.replace("\x1b[1;31m", "").replace("\x1b[0m", "");
        assert_eq!(plain, render(&alert, false));
    }

    #[test]
    fn a_refused_act_and_gaps_are_named() {
        let mut alert = sample::alert();
        alert.outcome = Outcome::Refused;
        alert.incomplete = true;
        alert.container = None;
        alert.agent = None;
        alert.process.exe = None;
        let text = render(&alert, false);
        assert!(text.contains("Engine socket connection (refused)\n"));
        assert!(text.contains("incomplete"));
        assert!(text.contains("4711 (executable unknown)"));
        assert!(
            !text.contains("container ") && !text.contains("agent "),
            "{text}"
        );
    }

    #[test]
    fn no_string_of_a_container_reaches_the_terminal_raw() {
        let bad = "x\x1b[2J\n2026-01-05 CRITICAL forged\u{202e}".to_owned();
        let mut alert = sample::alert();
        alert.message = bad.clone();
        alert.rule = bad.clone();
        alert.process.argv = vec![bad.clone(); 3];
        alert.process.cwd = Some(bad.clone());
        alert.process.exe = Some(bad.clone());
        let container = alert.container.as_mut().unwrap();
        container.id = bad.clone();
        container.name = Some(bad.clone());
        container.image = Some(bad.clone());
        let value = Attributed {
            value: bad.clone(),
            source: bad.clone(),
        };
        alert.agent = Some(value.clone());
        alert.session = Some(value.clone());
        alert.user = Some(value);
        alert.lineage = vec![
            Ancestor {
                exe: Some(bad),
                ..alert.lineage[0].clone()
            };
            20
        ];
        let text = render(&alert, false);
        assert!(text.chars().all(|c| c == '\n' || is_harmless(c)), "{text}");
        let forged = |line: &str| line.starts_with("2026-01-05 CRITICAL");
        assert!(!text.lines().any(forged), "{text}");
        assert!(text.contains("12 more"));
    }
}
