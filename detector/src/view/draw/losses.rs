//! What was lost, by lane and cause, and what was held back.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::scrolled;
use super::text::{cell, count, inner};
use super::theme::Theme;
use crate::control::Status;
use crate::view::model::{Model, Pane};

/// Columns of a count and the blank before it.
const NUMBER: usize = 7;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: Theme) {
    let lines = lines(&model.status, inner(area), theme);
    let block = theme.pane(model, Pane::Losses, "Lost, by lane");
    scrolled(frame, area, block, &mut model.losses, lines);
}

fn lines(status: &Status, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let name = width.saturating_sub(NUMBER);
    let row = |label: &str, number: u64| {
        let text = format!("{} {:>6}", cell(label, name), count(number));
        match number {
            0 => Line::from(text),
            _ => Line::styled(text, theme.wrong()),
        }
    };
    let mut lines = Vec::new();
    for (lane, causes) in &status.dropped {
        lines.push(row(lane, total(causes)));
        let lost = causes.iter().filter(|(_, number)| **number > 0);
        lines.extend(lost.map(|(cause, number)| row(&format!("  {cause}"), *number)));
    }
    let others = [
        ("not in alerts.jsonl", status.alerts_unwritten),
        ("held back", status.suppressed),
        ("of no container", status.discarded),
    ];
    let hooks = status.hooks.iter().filter(|hook| !hook.attached).count();
    lines.extend(others.map(|(label, number)| row(label, number)));
    lines.push(row("hooks that are off", hooks as u64));
    lines
}

/// All counts of some causes.
pub(super) fn total<'a>(causes: impl IntoIterator<Item = (&'a String, &'a u64)>) -> u64 {
    let counts = causes.into_iter().map(|(_, count)| *count);
    counts.fold(0, u64::saturating_add)
}
