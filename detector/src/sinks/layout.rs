//! Lines of at most 80 columns: labelled rows whose text hangs under its own start.
//!
//! What comes in is escaped already. A word longer than the line is not cut, so that a path can be
//! copied whole; the terminal breaks it.

use std::time::Duration;

/// Columns of a line.
const WIDTH: usize = 80;
/// Columns before the text of a row: two, a label of ten, a space.
const HANGING: usize = 13;

/// Text under construction.
#[derive(Debug, Default)]
pub struct Layout(String);

impl Layout {
    /// A line as it is.
    pub fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A wrapped text, indented by two.
    pub fn paragraph(&mut self, text: &str) {
        self.wrap("  ", 2, text);
    }

    /// A labelled, wrapped text.
    pub fn row(&mut self, label: &str, text: &str) {
        self.wrap(&format!("  {label:<10} "), HANGING, text);
    }

    /// A row, or nothing if its text is empty.
    pub fn row_of(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.row(label, text);
        }
    }

    /// A text behind this start, its further lines indented by so much.
    pub fn hanging(&mut self, start: &str, indent: usize, text: &str) {
        self.wrap(start, indent, text);
    }

    /// The text.
    #[must_use]
    pub fn text(self) -> String {
        self.0
    }

    /// The text, closed by an empty line.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push('\n');
        self.0
    }

    fn wrap(&mut self, start: &str, hanging: usize, text: &str) {
        self.0.push_str(start);
        let mut column = start.chars().count();
        let mut fresh = true;
        for word in text.split(' ') {
            let width = word.chars().count();
            if !fresh && column + 1 + width > WIDTH {
                self.0.push('\n');
                self.0.extend(std::iter::repeat_n(' ', hanging));
                column = hanging;
            } else if !fresh {
                self.0.push(' ');
                column += 1;
            }
            self.0.push_str(word);
            column += width;
            fresh = false;
        }
        self.0.push('\n');
    }
}

/// The first characters of a text, and how many were left out.
#[must_use]
pub fn clip(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => {
            let (shown, rest) = text.split_at(end);
            format!("{shown}…(+{})", rest.chars().count())
        }
    }
}

/// `3 d 4 h`, `2 h 5 min`, `40 s`: the two greatest units.
#[must_use]
pub fn uptime(up: Duration) -> String {
    let seconds = up.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_hang_under_their_start() {
        let mut layout = Layout::default();
        layout.row("command", &["word"; 30].join(" "));
        let text = layout.finish();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("  command    word word"));
        assert!(lines[1].starts_with("             word"));
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn a_long_word_stays_whole() {
        let path = "/a".repeat(80);
        let mut layout = Layout::default();
        layout.paragraph(&format!("open {path} now"));
        assert!(layout.finish().contains(&path));
    }

    #[test]
    fn clipping_says_how_much_is_missing() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß!", 3), "äöü…(+2)");
    }

    #[test]
    fn uptime_has_two_units() {
        let cases = [
            (59, "59 s"),
            (61, "1 min"),
            (3_600, "1 h 0 min"),
            (90_000, "1 d 1 h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(uptime(Duration::from_secs(seconds)), text);
        }
    }

    proptest! {
        #[test]
        fn wrapping_loses_no_word(words in prop::collection::vec("[a-z]{1,90}", 0..40)) {
            let mut layout = Layout::default();
            layout.paragraph(&words.join(" "));
            let text = layout.finish();
            prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>(), words);
            for line in text.lines() {
                prop_assert!(line.chars().count() <= 80 || line.split_whitespace().count() == 1);
            }
        }
    }
}
