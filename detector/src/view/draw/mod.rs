//! A model on a screen: a head, five panes, a foot, and perhaps a sheet over the panes.
//!
//! On the smallest screen, 24 rows of 80 columns, each pane has its own; larger ones give their room
//! to all. The focused pane has a thick frame and the chosen row a mark, so that neither needs colour.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use super::model::{Model, Pane, Scroll, Sheet};

mod alerts;
mod containers;
mod details;
mod edges;
mod events;
mod help;
mod losses;
mod text;
mod theme;

pub(super) use theme::Theme;

/// Draws a model.
pub(super) fn draw(frame: &mut Frame<'_>, model: &mut Model, theme: Theme) {
    let edge = Constraint::Length(1);
    let rows = Layout::vertical([edge, Constraint::Min(0), edge]);
    let [head, body, foot] = rows.areas(frame.area());
    frame.render_widget(edges::head(model, head, theme), head);
    match model.sheet {
        None => panes(frame, body, model, theme),
        Some(sheet) => draw_sheet(frame, body, model, sheet, theme),
    }
    frame.render_widget(edges::foot(model, foot, theme), foot);
}

fn panes(frame: &mut Frame<'_>, body: Rect, model: &mut Model, theme: Theme) {
    let [upper, middle, lower] = Layout::vertical([
        Constraint::Ratio(8, 22),
        Constraint::Ratio(7, 22),
        Constraint::Ratio(7, 22),
    ])
    .areas(body);
    let [left, right] = Layout::horizontal([Constraint::Fill(5), Constraint::Fill(3)]).areas(upper);
    containers::draw(frame, left, model, theme);
    events::draw(frame, right, model, theme);
    alerts::draw(frame, middle, model, theme);
    let [left, right] = Layout::horizontal([Constraint::Fill(5), Constraint::Fill(3)]).areas(lower);
    details::draw(frame, left, model, theme);
    losses::draw(frame, right, model, theme);
}

fn draw_sheet(frame: &mut Frame<'_>, body: Rect, model: &mut Model, sheet: Sheet, theme: Theme) {
    let width = text::inner(body);
    let (title, lines) = match sheet {
        Sheet::Help => ("Keys", help::lines()),
        Sheet::Alert => {
            let alert = model.chosen_alert().and_then(|at| model.alerts.get(at));
            let lines = alert.map(|alert| details::whole(alert, width, theme));
            ("Alert", lines.unwrap_or_default())
        }
        Sheet::Container => {
            let lines = containers::whole(model, width);
            ("Container", lines)
        }
    };
    frame.render_widget(Clear, body);
    scrolled(
        frame,
        body,
        theme.block(title, true),
        &mut model.over_sheet,
        lines,
    );
}

/// Lines in a frame, from where they were scrolled to; where there is more below, the frame says so.
fn scrolled(
    frame: &mut Frame<'_>,
    area: Rect,
    mut block: Block<'_>,
    scroll: &mut Scroll,
    lines: Vec<Line<'_>>,
) {
    let height = usize::from(block.inner(area).height);
    let from = scroll.fit(lines.len(), height);
    if scroll.has_more() {
        block = block.title_bottom(Line::from(" more ").right_aligned());
    }
    let shown: Text<'_> = lines.into_iter().skip(from).take(height).collect();
    frame.render_widget(Paragraph::new(shown).block(block), area);
}

/// Rows of which one is chosen, in a frame, such that it is among those shown.
fn listed(frame: &mut Frame<'_>, area: Rect, block: Block<'_>, head: Line<'_>, rows: Rows<'_>) {
    let Rows { lines, chosen } = rows;
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inner.height.saturating_sub(1));
    let from = chosen.map_or(0, |at| (at + 1).saturating_sub(height));
    let shown = lines.into_iter().skip(from).take(height);
    let text: Text<'_> = std::iter::once(head).chain(shown).collect();
    frame.render_widget(Paragraph::new(text), inner);
}

/// Rows, and which of them is chosen.
struct Rows<'a> {
    lines: Vec<Line<'a>>,
    chosen: Option<usize>,
}

impl Theme {
    /// The frame of a pane or sheet.
    fn block(self, title: &str, focused: bool) -> Block<'static> {
        let title = Line::styled(format!(" {title} "), self.title(focused));
        let border = if focused {
            BorderType::Thick
        } else {
            BorderType::Plain
        };
        Block::bordered().border_type(border).title(title)
    }

    fn pane(self, model: &Model, pane: Pane, title: &str) -> Block<'static> {
        self.block(title, model.focus == pane)
    }
}

#[cfg(test)]
mod tests;
