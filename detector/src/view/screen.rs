//! The terminal: taken over, and given back as it was.

use std::io;

use ratatui::DefaultTerminal;

use super::draw::{Theme, draw};
use super::model::Model;

/// The terminal while it is ours. It is given back with this value, and before the message of a
/// panic is written.
pub(super) struct Screen {
    terminal: DefaultTerminal,
    theme: Theme,
}

impl Screen {
    pub(super) fn enter(theme: Theme) -> io::Result<Self> {
        match ratatui::try_init() {
            Ok(terminal) => Ok(Self { terminal, theme }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, model: &mut Model) -> io::Result<()> {
        let theme = self.theme;
        self.terminal.draw(|frame| draw(frame, model, theme))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        // Beside the point where the terminal is gone.
        let _ = self.terminal.show_cursor();
    }
}

/// Where this fails the terminal is gone, and nobody is left to tell.
fn give_back() {
    let _ = ratatui::try_restore();
}
