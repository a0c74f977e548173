//! Texts as the kernel or a caller gave them: bytes, not UTF-8, and possibly not all of them.

use bytes::Bytes;

/// How much of a text arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: more existed than a record may hold.
    Cut,
    /// Nothing: it lay in a page of the caller's that was not resident, or could not be read.
    Unreadable,
}

/// A text out of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// What arrived; empty where unreadable.
    pub bytes: Bytes,
    /// How much that is.
    pub extent: Extent,
}

impl Text {
    /// What arrived, or `None` where nothing could be read: an unreadable text is not an empty one.
    pub fn known(&self) -> Option<&[u8]> {
        (self.extent != Extent::Unreadable).then_some(&self.bytes)
    }
}

/// Strings that each ended with NUL: argument or environment strings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Strings {
    /// What arrived of them.
    pub text: Text,
    /// Bytes that they have in all, as the kernel counts them.
    pub length: u32,
}

impl Strings {
    /// The strings in their order; where the text was cut the last one is a beginning.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let text = self
            .text
            .bytes
            .strip_suffix(&[0])
            .unwrap_or(&self.text.bytes);
        let present = !self.text.bytes.is_empty();
        text.split(|byte| *byte == 0)
            .take(if present { usize::MAX } else { 0 })
    }

    /// Whether strings are missing, or part of the last one.
    pub fn is_cut(&self) -> bool {
        self.text.extent != Extent::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(bytes: &'static [u8]) -> Strings {
        let text = Text {
            bytes: Bytes::from_static(bytes),
            extent: Extent::Whole,
        };
        Strings {
            text,
            length: bytes.len() as u32,
        }
    }

    #[test]
    fn strings_are_parted_at_nul_and_empty_ones_kept() {
        let parts = |bytes| {
            strings(bytes)
                .iter()
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        assert_eq!(parts(b"ls\0-l\0"), [b"ls".to_vec(), b"-l".to_vec()]);
        assert_eq!(
            parts(b"ls\0\0x\0"),
            [b"ls".to_vec(), Vec::new(), b"x".to_vec()]
        );
        assert_eq!(parts(b"\0"), [Vec::<u8>::new()]);
        assert_eq!(parts(b"cut of"), [b"cut of".to_vec()]);
        assert!(parts(b"").is_empty());
    }

    #[test]
    fn what_could_not_be_read_is_not_empty() {
        let text = Text {
            bytes: Bytes::new(),
            extent: Extent::Unreadable,
        };
        assert_eq!(text.known(), None);
        let text = Text {
            bytes: Bytes::new(),
            extent: Extent::Whole,
        };
        assert_eq!(text.known(), Some(&b""[..]));
    }
}
