//! Keys, and what they mean.

use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use super::model::Key;

/// What a key means; `None` for one without meaning, and for what is no key.
pub(super) fn key(event: &Event) -> Option<Key> {
    let Event::Key(key) = event else {
        return None;
    };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        // In a terminal's raw mode Ctrl-C is a key like any other.
        return (key.code == KeyCode::Char('c')).then_some(Key::Quit);
    }
    Some(match key.code {
        KeyCode::Up | KeyCode::Char('k') => Key::Up,
        KeyCode::Down | KeyCode::Char('j') => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home | KeyCode::Char('g') => Key::First,
        KeyCode::End | KeyCode::Char('G') => Key::Last,
        KeyCode::Tab | KeyCode::Right | KeyCode::Char('l') => Key::NextPane,
        KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h') => Key::PreviousPane,
        KeyCode::Enter => Key::Open,
        KeyCode::Esc => Key::Close,
        KeyCode::Char('p' | ' ') => Key::Pause,
        KeyCode::Char('?') => Key::Help,
        KeyCode::Char('q' | 'Q') => Key::Quit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyEvent;

    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
        key(&Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn keys_have_their_meaning() {
        for (code, meaning) in [
            (KeyCode::Char('j'), Some(Key::Down)),
            (KeyCode::Up, Some(Key::Up)),
            (KeyCode::Tab, Some(Key::NextPane)),
            (KeyCode::BackTab, Some(Key::PreviousPane)),
            (KeyCode::Enter, Some(Key::Open)),
            (KeyCode::Esc, Some(Key::Close)),
            (KeyCode::Char('?'), Some(Key::Help)),
            (KeyCode::Char('q'), Some(Key::Quit)),
            (KeyCode::Char('z'), None),
        ] {
            assert_eq!(pressed(code, KeyModifiers::NONE), meaning, "{code}");
        }
        let control = KeyModifiers::CONTROL;
        assert_eq!(pressed(KeyCode::Char('c'), control), Some(Key::Quit));
        assert_eq!(pressed(KeyCode::Char('p'), control), None);
        assert_eq!(key(&Event::Resize(80, 24)), None);
    }
}
