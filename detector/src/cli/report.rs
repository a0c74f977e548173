//! A status as a person reads it: first whether all is well, then what and how much.
//!
//! Names come from containers and engines, so every one of them is escaped.

use std::fmt::Write;
use std::time::Duration;

use crate::control::{Container, Engine, EventCounts, Hook, Objects, Reload, Service, Status};
use crate::sinks::escape::{escape, escape_message};
use crate::sinks::layout::{Layout, clip, uptime};

/// Characters of a name in a table.
const LONGEST_NAME: usize = 40;

/// The status as text.
pub(super) fn render(status: &Status, colour: bool) -> String {
    let mut report = Layout::default();
    report.line(&headline(status, colour));
    losses(&mut report, status);
    hooks(&mut report, &status.hooks);
    engines(&mut report, &status.engines);
    containers(&mut report, &status.containers);
    services(&mut report, &status.services);
    objects(&mut report, status.objects);
    if let Some(told) = &status.reload {
        reload(&mut report, told);
    }
    report.row("alerts", &alerts(status));
    events(&mut report, status);
    report.finish()
}

fn headline(status: &Status, colour: bool) -> String {
    let (paint, word) = match status.ready {
        true => ("\x1b[1;32m", "ready"),
        false => ("\x1b[1;33m", "not ready"),
    };
    let word = match colour {
        true => format!("{paint}{word}\x1b[0m"),
        false => word.to_owned(),
    };
    let mut line = format!(
        "{word}, version {}, up {}",
        escape(&status.version),
        uptime(Duration::from_secs(status.uptime_seconds))
    );
    if let Some(reason) = &status.waiting_for {
        // Infallible, as every write to a String.
        let _ = write!(line, ", waits for: {}", escape(reason));
    }
    line
}

/// Seconds after which a state that is renewed twice a second is old.
const STALE: u64 = 5;

fn losses(report: &mut Layout, status: &Status) {
    let mut lost = Vec::new();
    for (lane, causes) in &status.dropped {
        for (cause, count) in causes.iter().filter(|(_, count)| **count > 0) {
            lost.push(format!(
                "{count} of lane {} ({})",
                escape(lane),
                escape(cause)
            ));
        }
    }
    let lost = match lost.is_empty() {
        true => "nothing".to_owned(),
        false => lost.join(", "),
    };
    report.row("lost", &lost);
    if status.suppressed > 0 {
        report.row(
            "suppressed",
            &format!("{} records over budget", status.suppressed),
        );
    }
    if status.alterations > 0 {
        let times = format!("{} times by somebody: see its alerts", status.alterations);
        report.row("altered", &times);
    }
    let age = status.heartbeat.state_age_seconds;
    if status.ready && age > STALE {
        report.row(
            "stalled",
            &format!("nothing was taken for {age} s: see its log"),
        );
    }
}

fn hooks(report: &mut Layout, hooks: &[Hook]) {
    let attached = hooks.iter().filter(|hook| hook.attached).count();
    report.row("hooks", &format!("{attached} of {} attached", hooks.len()));
    for hook in hooks.iter().filter(|hook| !hook.attached) {
        let reason = hook.reason.as_deref().unwrap_or("no reason given");
        report.row(
            "",
            &format!("{} is off: {}", name(&hook.name), escape(reason)),
        );
    }
}

fn engines(report: &mut Layout, engines: &[Engine]) {
    let mut label = "engines";
    for engine in engines {
        let state = match (engine.up, engine.pending, &engine.reason) {
            (true, ..) => "answers".to_owned(),
            (false, true, _) => "is being asked".to_owned(),
            (false, false, None) => "does not answer".to_owned(),
            (false, false, Some(reason)) => format!("does not answer: {}", escape(reason)),
        };
        report.row(label, &format!("{} {state}", escape(&engine.socket)));
        label = "";
    }
    report.row_of("engines", if engines.is_empty() { "none" } else { "" });
}

fn containers(report: &mut Layout, containers: &[Container]) {
    report.row("containers", &format!("{} watched", containers.len()));
    for container in containers {
        let id: String = container.id.chars().take(12).collect();
        let called = container.name.as_deref().map_or_else(String::new, name);
        let level = escape(&container.level);
        let open = match container.undecided {
            true => "  (no engine has said yet whether it is selected)",
            false => "",
        };
        report.row("", &format!("{}  {level}  {called}{open}", escape(&id)));
    }
}

fn services(report: &mut Layout, services: &[Service]) {
    if services.is_empty() {
        return;
    }
    report.row("services", &format!("{} watched", services.len()));
    for service in services {
        let level = escape(&service.level);
        report.row("", &format!("{}  {level}", escape(&service.cgroup)));
    }
}

fn objects(report: &mut Layout, objects: Objects) {
    let Objects { marks, left_out } = objects;
    let rest = match left_out {
        0 => String::new(),
        left_out => format!(", {left_out} left out"),
    };
    report.row("objects", &format!("{marks} marked{rest}"));
}

fn reload(report: &mut Layout, told: &Reload) {
    let time = escape(&told.time);
    let Some(error) = &told.error else {
        let waiting = told.changes.iter().filter(|change| !change.in_force);
        let waiting: Vec<_> = waiting.map(|change| name(&change.option)).collect();
        let rest = match waiting.is_empty() {
            true => String::new(),
            false => format!("; at the next start: {}", waiting.join(", ")),
        };
        return report.row("reload", &format!("{time}, {} rules{rest}", told.rules));
    };
    report.row("reload", &format!("failed at {time}; all is as before it:"));
    // Carets stand below what they point at.
    for line in error.lines() {
        report.line(&format!("    {}", escape_message(line)));
    }
}

fn alerts(status: &Status) -> String {
    match status.alerts_unwritten {
        0 => status.alerts.to_string(),
        unwritten => format!(
            "{}, of which {unwritten} are not in alerts.jsonl: make room on its disk",
            status.alerts
        ),
    }
}

/// A table, its first column as wide as its longest type.
fn events(report: &mut Layout, status: &Status) {
    if status.events.is_empty() {
        return;
    }
    let rows: Vec<_> = status
        .events
        .iter()
        .map(|(kind, counts)| (name(kind), counts))
        .collect();
    let widths = rows.iter().map(|(kind, _)| kind.chars().count());
    let width = widths.max().unwrap_or(0).max(5);
    let mut row = |kind: &str, columns: [&str; 6]| {
        let mut line = format!("  {kind:<width$}");
        for column in columns {
            // Infallible, as every write to a String.
            let _ = write!(line, " {column:>9}");
        }
        report.line(&line);
    };
    row(
        "event",
        ["made", "seen", "filtered", "held back", "lost", "matched"],
    );
    for (kind, counts) in rows {
        let EventCounts {
            made,
            seen,
            filtered,
            suppressed,
            dropped,
            matched,
        } = *counts;
        let columns = [made, seen, filtered, suppressed, dropped, matched].map(short);
        row(&kind, columns.each_ref().map(String::as_str));
    }
}

/// A count in at most nine characters: millions and billions where it has more.
fn short(count: u64) -> String {
    match count {
        0..=999_999_999 => count.to_string(),
        1_000_000_000..=999_999_999_999 => format!("{}M", count / 1_000_000),
        _ => format!("{}G", count / 1_000_000_000),
    }
}

fn name(text: &str) -> String {
    clip(&escape(text), LONGEST_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Change, sample_status};
    use crate::sinks::escape::is_harmless;

    #[test]
    fn a_status_reads_well() {
        let expected = "\
ready, version 0.1.0, up 1 h 2 min
  lost       7 of lane volume (full)
  suppressed 5 records over budget
  hooks      1 of 2 attached
             inet_sock_set_state is off: this kernel lacks it
  engines    /run/docker.sock does not answer: connection refused
  containers 1 watched
             3f4e8a1b2c3d  rules  claw-1
  services   1 watched
             /system.slice/gateway.service  operations
  objects    12 marked, 1 left out
  reload     failed at 2026-03-01T12:00:00Z; all is as before it:
    config.toml:1:1: unknown key 'levl'
     1 | levl
       | ^^^^
  alerts     4, of which 1 are not in alerts.jsonl: make room on its disk
  event      made      seen  filtered held back      lost   matched
  mount        17        12         0         5         0         1
  open      90000      1993     88000         0         7         3

";
        assert_eq!(render(&sample_status(), false), expected);
    }

    #[test]
    fn a_reload_tells_what_waits_for_the_next_start() {
        let mut status = sample_status();
        let change = |option: &str, in_force| Change {
            option: option.into(),
            in_force,
            ..Change::default()
        };
        status.reload = Some(Reload {
            time: "2026-03-01T12:00:00Z".into(),
            ok: true,
            rules: 12,
            changes: vec![change("level", true), change("output", false)],
            ..Reload::default()
        });
        let text = render(&status, false);
        let row = "reload     2026-03-01T12:00:00Z, 12 rules; at the next start: output\n";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn an_empty_status_reads_well_too() {
        let text = render(&Status::default(), false);
        assert!(text.starts_with("not ready, version"), "{text}");
        assert!(
            text.contains("lost       nothing\n") && text.contains("engines    none\n"),
            "{text}"
        );
    }

    #[test]
    fn an_engine_that_has_not_answered_yet_is_no_missing_one() {
        let mut status = sample_status();
        status.engines[0] = Engine {
            socket: "/run/docker.sock".into(),
            pending: true,
            ..Engine::default()
        };
        let text = render(&status, false);
        let row = "engines    /run/docker.sock is being asked\n";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn counts_fit_their_columns() {
        for (count, text) in [
            (999_999_999, "999999999"),
            (1_000_000_000, "1000M"),
            (999_999_999_999, "999999M"),
            (1_000_000_000_000, "1000G"),
        ] {
            assert_eq!(short(count), text);
        }
        let mut status = sample_status();
        let most = EventCounts {
            made: u64::from(u32::MAX),
            ..EventCounts::default()
        };
        status.events.insert("cgroup_removed".into(), most);
        let text = render(&status, false);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }

    #[test]
    fn no_name_reaches_the_terminal_raw() {
        let bad = "\x1b[2J\u{202e}\n".repeat(40);
        let mut status = sample_status();
        status.version = bad.clone();
        status.waiting_for = Some(bad.clone());
        status.hooks[1].name = bad.clone();
        status.hooks[1].reason = Some(bad.clone());
        status.containers[0].name = Some(bad.clone());
        status.containers[0].id = bad.clone();
        status.containers[0].level = bad.clone();
        status.containers[0].undecided = true;
        status.services[0].cgroup = bad.clone();
        status.services[0].level = bad.clone();
        status.engines[0].socket = bad.clone();
        status.engines[0].reason = Some(bad.clone());
        status.events.insert(bad.clone(), EventCounts::default());
        status.reload = Some(Reload {
            time: bad.clone(),
            error: Some(bad.clone()),
            ..Reload::default()
        });
        status.dropped.insert(bad.clone(), [(bad, 1)].into());
        let text = render(&status, false);
        assert!(
            text.chars()
                .all(|c| c == '\n' || is_harmless(c) || c == '…'),
            "{text}"
        );
    }
}
