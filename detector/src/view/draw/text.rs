//! Texts of others in cells of ours: escaped, cut to a width as the terminal counts it, wrapped.

use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::sinks::escape::escape;

/// Columns inside a frame.
pub(super) fn inner(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2))
}

/// Columns that a text takes.
fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// A text in exactly so many columns: escaped, filled with blanks, or cut with a mark at the end.
pub(super) fn cell(text: &str, columns: usize) -> String {
    fitted(&escape(text), columns)
}

/// As [`cell`], of a text that is escaped already.
pub(super) fn fitted(escaped: &str, columns: usize) -> String {
    let mut fitted = match width(escaped) <= columns {
        true => escaped.to_owned(),
        false => {
            let mut cut = beginning(escaped, columns.saturating_sub(1)).to_owned();
            cut.extend((columns > 0).then_some('…'));
            cut
        }
    };
    let missing = columns.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// The longest beginning that fits into so many columns.
fn beginning(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (place, c) in text.char_indices() {
        taken += width(c.encode_utf8(&mut [0; 4]));
        if taken > columns {
            return text.get(..place).unwrap_or_default();
        }
    }
    text
}

/// A text behind a label, escaped and broken into lines of at most so many columns; all but the
/// first are indented. Breaks stand between words, or in a word that is longer than a line.
pub(super) fn wrapped(label: &str, text: &str, columns: usize) -> Vec<String> {
    broken_up(label, &escape(text), columns)
}

/// As [`wrapped`], of a text that is escaped already.
pub(super) fn broken_up(label: &str, escaped: &str, columns: usize) -> Vec<String> {
    let indent = width(label).min(columns / 2);
    let room = columns.saturating_sub(indent).max(1);
    let mut rest = escaped;
    let mut lines = Vec::new();
    loop {
        let start = match lines.is_empty() {
            true => beginning(label, indent).to_owned(),
            false => " ".repeat(indent),
        };
        let (line, more) = broken(rest, room);
        lines.push(start + line);
        match more {
            Some(more) => rest = more,
            None => return lines,
        }
    }
}

/// The first line of a text, and what is left of it.
fn broken(text: &str, columns: usize) -> (&str, Option<&str>) {
    if width(text) <= columns {
        return (text, None);
    }
    let fitting = beginning(text, columns);
    let next_is_blank = text
        .get(fitting.len()..)
        .is_some_and(|rest| rest.starts_with(' '));
    let blank = match next_is_blank {
        true => Some(fitting.len()),
        false => fitting.rfind(' ').filter(|place| *place > 0),
    };
    if let Some((line, rest)) = blank.and_then(|place| text.split_at_checked(place)) {
        return (line, Some(rest.strip_prefix(' ').unwrap_or(rest)));
    }
    // At least one character, however wide.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let (line, rest) = text
        .split_at_checked(fitting.len().max(first))
        .unwrap_or((text, ""));
    (line, (!rest.is_empty()).then_some(rest))
}

/// A count in few columns: `9999`, `12k`, `3.4M`.
pub(super) fn count(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    if count < 10_000 {
        return count.to_string();
    }
    let unit = UNITS.into_iter().find(|(unit, _)| count >= *unit);
    let (unit, name) = unit.unwrap_or((1, ""));
    let whole = count / unit;
    match whole {
        0..10 => format!("{whole}.{}{name}", count % unit * 10 / unit),
        _ => format!("{whole}{name}"),
    }
}

/// A rate in few columns: `0`, `0.4`, `12`, `34k`.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        _ if rate <= 0.0 => "0".to_owned(),
        _ if rate < 9.95 => format!("{rate:.1}"),
        // A rate is a positive number below 2^64.
        _ => count(rate.round() as u64),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sinks::escape::is_harmless;

    #[test]
    fn cells_have_their_width() {
        assert_eq!(cell("claw", 6), "claw  ");
        assert_eq!(cell("claw-1", 6), "claw-1");
        assert_eq!(cell("claw-12", 6), "claw-…");
        assert_eq!(cell("文件文件", 6), "文件… ");
        assert_eq!(cell("x\n", 6), "x\\n   ");
        assert_eq!(cell("x", 0), "");
    }

    #[test]
    fn texts_are_broken_between_words() {
        let lines = wrapped("output  ", "one two three fourteen", 18);
        assert_eq!(
            lines,
            ["output  one two", "        three", "        fourteen"]
        );
        assert_eq!(wrapped("", "abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("x ", "", 10), ["x "]);
    }

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0, "0"),
            (9_999, "9999"),
            (12_345, "12k"),
            (999_999, "999k"),
            (3_450_000, "3.4M"),
            (12_000_000_000, "12G"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(
            [0.0, 0.04, 0.4, 9.97, 1234.6].map(rate),
            ["0", "0.0", "0.4", "10", "1235"]
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_fits(text in any::<String>(), columns in 4_usize..40) {
            let fitted = cell(&text, columns);
            prop_assert_eq!(width(&fitted), columns);
            for line in wrapped("ab ", &text, columns) {
                prop_assert!(width(&line) <= columns, "{line:?}");
                prop_assert!(line.chars().all(is_harmless));
            }
        }

        #[test]
        fn narrow_places_end_too(text in any::<String>(), columns in 0_usize..4) {
            prop_assert_eq!(width(&cell(&text, columns)), columns);
            prop_assert!(!wrapped("ab ", &text, columns).is_empty());
        }

        #[test]
        fn breaking_loses_nothing_but_blanks(text in "[a-z ]{0,80}", columns in 1_usize..40) {
            let lines = wrapped("", &text, columns).concat();
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines), bare(&text));
        }
    }
}
