//! The containers, and one of them whole.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::text::{cell, count, inner, rate, wrapped};
use super::theme::Theme;
use super::{Rows, listed};
use crate::control::Container;
use crate::view::model::{Alert, Model, Pane};

/// Columns beside name and id: a mark, level, rate and alerts, and a blank before each.
const OTHERS: usize = 2 + 11 + 7 + 7;
/// Columns of the shortest and of a comfortable id.
const ID: [usize; 2] = [6, 12];

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: Theme) {
    let focused = model.focus == Pane::Containers;
    let chosen = model.chosen_container();
    let columns = Columns::of(inner(area));
    let rows = model.status.containers.iter().enumerate();
    let lines = rows.map(|(at, container)| {
        let is_chosen = chosen == Some(at);
        let style = match is_chosen {
            true => theme.chosen(focused),
            false => ratatui::style::Style::new(),
        };
        Line::styled(columns.row(container, model, is_chosen), style)
    });
    let rows = Rows {
        lines: lines.collect(),
        chosen,
    };
    let head = Line::styled(columns.head(), theme.columns());
    let title = format!("Containers ({})", model.status.containers.len());
    listed(
        frame,
        area,
        theme.pane(model, Pane::Containers, &title),
        head,
        rows,
    );
}

/// Columns of name and id.
struct Columns {
    name: usize,
    id: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let [short, long] = ID;
        let room = width.saturating_sub(OTHERS + 1);
        let id = if room >= 2 * long { long } else { short };
        Self {
            name: room.saturating_sub(id),
            id,
        }
    }

    fn head(&self) -> String {
        let Self { name, id } = self;
        format!(
            "  {:<name$} {:<id$} {:<10} {:>6} {:>6}",
            "name", "id", "level", "ev/s", "alerts"
        )
    }

    fn row(&self, container: &Container, model: &Model, is_chosen: bool) -> String {
        let mark = if is_chosen { "> " } else { "  " };
        let id: String = container.id.chars().take(self.id).collect();
        format!(
            "{mark}{} {} {} {:>6} {:>6}",
            cell(container.name.as_deref().unwrap_or("-"), self.name),
            cell(&id, self.id),
            cell(&level(container, "?"), 10),
            rate(model.rates.container(&container.id)),
            count(container.alerts),
        )
    }
}

/// The chosen container with its last alerts.
pub(super) fn whole(model: &Model, width: usize) -> Vec<Line<'static>> {
    let chosen = model.chosen_container();
    let Some(container) = chosen.and_then(|at| model.status.containers.get(at)) else {
        return vec![Line::from("no container is watched")];
    };
    let events = format!(
        "{}, {} a second at present",
        container.events,
        rate(model.rates.container(&container.id))
    );
    let rows = [
        (
            "name      ",
            container
                .name
                .as_deref()
                .unwrap_or("(no engine has told it)"),
        ),
        ("id        ", &container.id),
        (
            "level     ",
            &level(
                container,
                " (no engine has said yet whether it is selected)",
            ),
        ),
        ("events    ", &events),
        ("alerts    ", &container.alerts.to_string()),
    ];
    let own = model.alerts.iter().filter(|alert| {
        let of = alert.container.as_ref();
        of.is_some_and(|of| of.id == container.id)
    });
    rows.iter()
        .flat_map(|(label, text)| wrapped(label, text, width))
        .chain(own.flat_map(|alert| wrapped("          ", &told(alert), width)))
        .map(Line::from)
        .collect()
}

/// How closely it is watched, and a mark where that is not decided.
fn level(container: &Container, undecided: &str) -> String {
    let mark = if container.undecided { undecided } else { "" };
    format!("{}{mark}", container.level)
}

fn told(alert: &Alert) -> String {
    let time = super::alerts::time(alert);
    format!(
        "{time} {} {} ({})",
        alert.priority, alert.rule, alert.outcome
    )
}
