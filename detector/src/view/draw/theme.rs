//! How things look: by weight and reversal, and where it is allowed by colour besides.

use ratatui::style::{Color, Modifier, Style};

use crate::view::model::Alert;

/// Whether there is colour.
#[derive(Debug, Clone, Copy)]
pub(in crate::view) struct Theme {
    /// Colours may be used.
    pub(in crate::view) colour: bool,
}

impl Theme {
    fn with(self, style: Style, colour: Color) -> Style {
        match self.colour {
            true => style.fg(colour),
            false => style,
        }
    }

    /// The first and the last row.
    pub(super) fn edge(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Something is wrong.
    pub(super) fn wrong(self) -> Style {
        self.with(Style::new().add_modifier(Modifier::BOLD), Color::Red)
    }

    pub(super) fn title(self, focused: bool) -> Style {
        match focused {
            true => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
            false => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// Names of columns.
    pub(super) fn columns(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    /// The chosen row; reversed where its list has the focus.
    pub(super) fn chosen(self, focused: bool) -> Style {
        match focused {
            true => Style::new().add_modifier(Modifier::REVERSED),
            false => Style::new(),
        }
    }

    /// An alert, by its priority.
    pub(super) fn alert(self, alert: &Alert) -> Style {
        match alert.priority.as_str() {
            _ if alert.is_grave() => self.wrong(),
            "Warning" => self.with(Style::new(), Color::Yellow),
            _ => Style::new(),
        }
    }
}
