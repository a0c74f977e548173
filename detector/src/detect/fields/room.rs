//! Memory for texts that are put together for an answer.

use std::cell::RefCell;
use std::fmt;

use bumpalo::Bump;

/// Room for the texts of one event. It is used again for the next, so that asking takes no memory.
#[derive(Default)]
pub struct Room {
    texts: Bump,
    draft: RefCell<Vec<u8>>,
}

impl Room {
    /// Forgets the texts of the event before.
    pub fn clear(&mut self) {
        self.texts.reset();
    }

    /// A text that is written here; `write` may not ask for another meanwhile.
    pub(super) fn text(&self, write: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        let mut draft = self.draft.take();
        draft.clear();
        write(&mut draft);
        let text = self.texts.alloc_slice_copy(&draft);
        self.draft.replace(draft);
        text
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_until_it_is_cleared() {
        let mut room = Room::default();
        for round in 0..3 {
            let first = room.text(|text| text.extend_from_slice(b"/etc"));
            let second = room.text(|text| text.push(b'0' + round));
            assert_eq!((first, second), (&b"/etc"[..], &[b'0' + round][..]));
            room.clear();
        }
    }
}
