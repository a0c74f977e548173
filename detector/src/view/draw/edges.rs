//! The first row, which says how things stand, and the last, which says what keys do.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::losses::total;
use super::text::cell;
use super::theme::Theme;
use crate::sinks::escape::escape;
use crate::sinks::layout::uptime;
use crate::view::model::{Model, Sheet};

/// How things stand, in one row.
pub(super) fn head(model: &Model, area: Rect, theme: Theme) -> Line<'static> {
    let status = &model.status;
    let state = match (&model.lost, status.ready) {
        (Some(_), _) => "NOT CONNECTED",
        (None, true) => "ready",
        (None, false) => "NOT READY",
    };
    let up = uptime(Duration::from_secs(status.uptime_seconds));
    let lost = total(status.dropped.values().flatten());
    let pause = if model.is_paused() { "  PAUSED" } else { "" };
    let text = format!(
        " escape-detector {}  {state}{pause}  up {up}  containers {}  alerts {}  lost {}",
        escape(&status.version),
        status.containers.len(),
        status.alerts,
        match lost {
            0 => "nothing".to_owned(),
            lost => lost.to_string(),
        },
    );
    edge(&text, area, theme)
}

/// What keys do; or what is wrong, where that matters more.
pub(super) fn foot(model: &Model, area: Rect, theme: Theme) -> Line<'static> {
    if let Some(reason) = &model.lost {
        return edge(&format!(" {reason} (asking again)"), area, theme);
    }
    if let (false, Some(reason)) = (model.status.ready, &model.status.waiting_for) {
        return edge(&format!(" waits for: {reason}"), area, theme);
    }
    let keys = match (model.sheet, model.is_paused()) {
        (None, false) => " Tab pane  j/k move  Enter details  p pause  ? help  q quit",
        (None, true) => " PAUSED: p goes on  Tab pane  j/k move  Enter details  ? help  q quit",
        (Some(Sheet::Help), _) => " Esc back  q quit",
        (Some(_), _) => " j/k scroll  Enter or Esc back  p pause  ? help  q quit",
    };
    edge(keys, area, theme)
}

fn edge(text: &str, area: Rect, theme: Theme) -> Line<'static> {
    let text = cell(text, usize::from(area.width));
    Line::from(Span::styled(text, theme.edge()))
}
