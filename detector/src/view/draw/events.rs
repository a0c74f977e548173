//! How many events of each family come, and how many matched a rule.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::scrolled;
use super::text::{cell, count, inner, rate};
use super::theme::Theme;
use crate::view::model::{Model, Pane};

/// Columns of the three numbers, and the blanks before them.
const NUMBERS: usize = 3 * 6;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: Theme) {
    let name = inner(area).saturating_sub(NUMBERS);
    let head = format!(
        "{:<name$} {:>5} {:>5} {:>5}",
        "family", "/s", "seen", "match"
    );
    let rows = model.status.events.iter().map(|(family, counts)| {
        let text = format!(
            "{} {:>5} {:>5} {:>5}",
            cell(family, name),
            rate(model.rates.family(family)),
            count(counts.seen),
            count(counts.matched),
        );
        Line::from(text)
    });
    let lines = std::iter::once(Line::styled(head, theme.columns()))
        .chain(rows)
        .collect();
    let block = theme.pane(model, Pane::Events, "Events");
    scrolled(frame, area, block, &mut model.events, lines);
}
