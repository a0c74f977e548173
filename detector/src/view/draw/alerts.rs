//! The last alerts, the newest first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text::{cell, inner};
use super::theme::Theme;
use super::{Rows, listed};
use crate::view::model::{Alert, Model, Pane};

/// Columns beside rule and container: a mark, time, priority and outcome, and a blank after each.
const OTHERS: usize = 2 + 9 + 9 + 8;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: Theme) {
    let chosen = model.chosen_alert();
    let focused = model.focus == Pane::Alerts;
    let room = inner(area).saturating_sub(OTHERS + 1);
    let columns = (room - room / 3, room / 3);
    let lines = model.alerts.iter().enumerate().map(|(at, alert)| {
        let is_chosen = chosen == Some(at);
        let style = match is_chosen {
            true => theme.chosen(focused),
            false => Style::new(),
        };
        row(alert, columns, is_chosen, theme).style(style)
    });
    let rows = Rows {
        lines: lines.collect(),
        chosen,
    };
    let (rule, container) = columns;
    let head = format!(
        "  {:<8} {:<8} {:<7} {:<rule$} {:<container$}",
        "time", "priority", "outcome", "rule", "container"
    );
    let head = Line::styled(head, theme.columns());
    let title = match model.alerts.len() {
        0 => "Alerts: none so far".to_owned(),
        kept => format!("Alerts (the last {kept})"),
    };
    listed(
        frame,
        area,
        theme.pane(model, Pane::Alerts, &title),
        head,
        rows,
    );
}

fn row(
    alert: &Alert,
    (rule, container): (usize, usize),
    is_chosen: bool,
    theme: Theme,
) -> Line<'static> {
    let mark = if is_chosen { "> " } else { "  " };
    Line::from(vec![
        Span::raw(format!("{mark}{} ", time(alert))),
        Span::styled(cell(&alert.priority.to_uppercase(), 8), theme.alert(alert)),
        Span::raw(format!(
            " {} {} {}",
            cell(&alert.outcome, 7),
            cell(&alert.rule, rule),
            cell(&place(alert), container),
        )),
    ])
}

/// The time of day, in UTC.
pub(super) fn time(alert: &Alert) -> String {
    match &alert.time {
        Some(time) => time.strftime("%H:%M:%S").to_string(),
        None => "--:--:--".to_owned(),
    }
}

/// The container's name, else its id.
fn place(alert: &Alert) -> String {
    match &alert.container {
        None => "(host)".to_owned(),
        Some(container) => container
            .name
            .clone()
            .unwrap_or_else(|| container.id.clone()),
    }
}
