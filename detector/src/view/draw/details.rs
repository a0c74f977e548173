//! The chosen alert: who did it, who started whom, and the rest of the evidence.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::scrolled;
use super::text::{broken_up, cell, fitted, inner, wrapped};
use super::theme::Theme;
use crate::sinks::escape::{command_line, escape};
use crate::view::model::{Alert, Model, Pane, Process};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: Theme) {
    let width = inner(area);
    let alert = model.chosen_alert().and_then(|at| model.alerts.get(at));
    let lines = match alert {
        Some(alert) => short(alert, width, theme),
        None => vec![Line::from("no alert is chosen")],
    };
    let block = theme.pane(model, Pane::Details, "Process and lineage");
    scrolled(frame, area, block, &mut model.details, lines);
}

/// What there is to see at a glance: one row for each process, then the rest.
fn short(alert: &Alert, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![heading(alert, width, theme)];
    let lineage = lineage(alert);
    lines.extend(lineage.map(|text| Line::from(fitted(&text, width))));
    lines.extend(evidence(alert, width));
    lines
}

/// The whole alert, nothing cut.
pub(super) fn whole(alert: &Alert, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![heading(alert, width, theme)];
    let output = wrapped("", &alert.output, width);
    lines.extend(output.into_iter().map(Line::from));
    lines.push(Line::from("lineage, who acted first:"));
    lines.extend(lineage(alert).flat_map(|text| {
        let lines = broken_up("  ", &text, width);
        lines.into_iter().map(Line::from)
    }));
    lines.extend(evidence(alert, width));
    lines
}

fn heading(alert: &Alert, width: usize, theme: Theme) -> Line<'static> {
    let refused = if alert.is_refused() { " (refused)" } else { "" };
    let priority = alert.priority.to_uppercase();
    let text = format!("{priority} {}{refused}", alert.rule);
    Line::styled(cell(&text, width), theme.alert(alert))
}

/// The process that acted, and those above it, each marked by its distance.
fn lineage(alert: &Alert) -> impl Iterator<Item = String> {
    let ancestors = alert
        .lineage
        .iter()
        .map(|one| format!("< {}", process(one)));
    std::iter::once(process(&alert.process)).chain(ancestors)
}

/// `4711 /usr/bin/curl: curl -s http://d/`, escaped.
fn process(process: &Process) -> String {
    let exe = escape(process.exe.as_deref().unwrap_or("(executable unknown)"));
    let command = command_line(&process.argv);
    match process.argv.is_empty() {
        true => format!("{} {exe}", process.pid),
        false => format!("{} {exe}: {command}", process.pid),
    }
}

fn evidence(alert: &Alert, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut row = |label: &str, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let label = format!("{label:<10} ");
            lines.extend(wrapped(&label, text, width).into_iter().map(Line::from));
        }
    };
    let container = alert.container.as_ref();
    row("container", container.and_then(|one| one.name.as_deref()));
    row("id", container.map(|one| one.id.as_str()));
    row("image", container.and_then(|one| one.image.as_deref()));
    for (label, said) in [
        ("agent", &alert.agent),
        ("session", &alert.session),
        ("user", &alert.user),
    ] {
        row(label, said.as_ref().map(|said| said.value.as_str()));
    }
    row("directory", alert.process.cwd.as_deref());
    row("time", alert.time.map(|time| time.to_string()).as_deref());
    let missing = "part of what led here was not seen";
    row("incomplete", alert.incomplete.then_some(missing));
    row("alert", Some(&alert.uid));
    lines
}
