//! A value where it stands: how it is written, where it ends, and its lines moved.

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `|` or `>`, and lines below.
    Block,
    Quoted(char),
    /// `[` or `{`.
    Flow,
    /// With an anchor, an alias or a tag before it.
    Special,
    /// Words, or keys and items below.
    Other,
}

impl Style {
    /// Of a value that begins so.
    pub(super) fn of(text: &str) -> Self {
        match text.chars().next() {
            Some('|' | '>') => Self::Block,
            Some(quote @ ('"' | '\'')) => Self::Quoted(quote),
            Some('[' | '{') => Self::Flow,
            Some('&' | '*' | '!') => Self::Special,
            _ => Self::Other,
        }
    }
}

/// The columns before the text of a line.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Lines that are nobody's value: empty, a comment, or the mark of a document.
pub(super) fn is_trivia(line: &str) -> bool {
    is_blank(line)
        || is_comment(line)
        || ["---", "...", "%"]
            .iter()
            .any(|mark| line.starts_with(mark))
}

/// A line that only closes brackets.
fn closes(line: &str) -> bool {
    let bare = line.trim();
    bare.starts_with([']', '}']) && bare.trim_matches([']', '}', ',', ' ']).is_empty()
}

/// How many of the lines below the first belong to the value: what follows is trivia.
pub(super) fn extent(style: Style, below: &[&str]) -> usize {
    if style == Style::Block {
        let first = below.iter().find(|line| !is_blank(line));
        let depth = first.map_or(0, |line| indent(line)).max(1);
        let within = |line: &&&str| is_blank(line) || indent(line) >= depth;
        let within = below.iter().take_while(within).count();
        let lines = below.get(..within).unwrap_or_default();
        return lines
            .iter()
            .rposition(|line| !is_blank(line))
            .map_or(0, |last| last + 1);
    }
    below
        .iter()
        .rposition(|line| !is_trivia(line))
        .map_or(0, |last| last + 1)
}

/// The lines below the first, so that the leftmost stands at this column; nothing if they cannot be
/// moved.
pub(super) fn moved(
    style: Style,
    below: &[&str],
    to: usize,
    closing: usize,
) -> Option<Vec<String>> {
    if below
        .iter()
        .any(|line| line.trim_start_matches(' ').starts_with('\t') && !is_blank(line))
    {
        return None;
    }
    let is_text = |line: &str| style == Style::Block || !(is_comment(line) || closes(line));
    let depth = below
        .iter()
        .filter(|line| !is_blank(line) && is_text(line))
        .map(|line| indent(line))
        .min()
        .unwrap_or(to);
    let line = |line: &&str| {
        let text = line.trim_start_matches(' ');
        // What is behind the indentation of a block belongs to it, be it only blanks.
        if is_blank(line) && !(style == Style::Block && line.len() > depth) {
            return String::new();
        }
        let at = (indent(line) + to).saturating_sub(depth);
        let at = match () {
            () if is_text(line) => at,
            () if closes(line) => at.clamp(closing, at.max(closing)),
            () => at.max(to),
        };
        format!("{:at$}{text}", "")
    };
    Some(below.iter().map(line).collect())
}
