//! The items of a file, one after the other, with what stands between them.

use super::Left;
use super::value::{Style, extent, indent, is_blank, is_comment, moved};
use crate::rules::language::{
    layout, parser,
    place::{At, Place},
    text::Text,
};
use crate::rules::loading::yaml::{Content, Entry, Node};

/// Where keys stand.
const KEYS: usize = 2;
/// Where values stand that go over several lines.
const VALUES: usize = 4;
/// A condition that fits a line of this length stands beside its key.
const LINE: usize = 96;

/// The new text, as far as it has come.
pub(super) struct Page<'a> {
    lines: Vec<&'a str>,
    pub(super) text: String,
    pub(super) left: Vec<At<Left>>,
}

/// The lines of an item: from the first to behind its last value.
struct Span {
    begin: usize,
    end: usize,
    /// Where its dash stands.
    dash: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            lines: text.split('\n').collect(),
            text: String::new(),
            left: Vec::new(),
        }
    }

    /// Lays out all items, in their order.
    pub(super) fn all(&mut self, items: &[&Node]) {
        let begins: Vec<usize> = items.iter().map(|item| self.begin(item)).collect();
        let distinct = begins
            .windows(2)
            .all(|pair| matches!(pair, [one, other] if one < other));
        if !distinct {
            self.left
                .extend(items.first().map(|item| At::new(item.place, Left::Form)));
            self.text = self.lines.join("\n");
            return;
        }
        let mut after = 0;
        let mut apart = false;
        for (index, item) in items.iter().enumerate() {
            let begin = begins.get(index).copied().unwrap_or_default();
            let next = begins.get(index + 1).copied().unwrap_or(self.lines.len());
            let laid_out = self.item(item, begin, next);
            let is_block = laid_out.is_some();
            let (text, end) = laid_out.unwrap_or_else(|| self.verbatim(item, begin, next));
            let between = self.lines.get(after..begin).unwrap_or_default().to_vec();
            self.between(&between, index > 0 && (apart || is_block));
            self.text += &text;
            after = end;
            apart = is_block;
        }
        let rest = self.lines.get(after..).unwrap_or_default().to_vec();
        self.between(&rest, false);
        self.text.truncate(self.text.trim_end_matches('\n').len());
        self.text.push('\n');
    }

    /// The line in which an item begins, which can be one with nothing but a dash.
    fn begin(&self, item: &Node) -> usize {
        let line = (item.place.line as usize).saturating_sub(1);
        let before = self.lines.get(line).map_or("", |text| text.trim_start());
        if before.starts_with('-') || before.starts_with('[') {
            return line;
        }
        let above = self.lines.get(..line).unwrap_or_default();
        let dash = above
            .iter()
            .rposition(|line| !is_blank(line) && !is_comment(line));
        let is_dash = |index: &usize| {
            self.lines
                .get(*index)
                .is_some_and(|line| line.trim_start().starts_with('-'))
        };
        dash.filter(is_dash).unwrap_or(line)
    }

    /// What stands between two items: comments at the left edge, at most one empty line in a row.
    fn between(&mut self, lines: &[&str], apart: bool) {
        let mut empty = apart && !self.text.is_empty();
        let mut any = !self.text.is_empty();
        for line in lines {
            if is_blank(line) {
                empty |= any;
                continue;
            }
            if empty {
                self.text.push('\n');
            }
            self.text += &format!("{}\n", line.trim());
            (empty, any) = (false, true);
        }
        if empty {
            self.text.push('\n');
        }
    }

    /// An item as it stands, moved to the left edge as a whole.
    fn verbatim(&mut self, item: &Node, begin: usize, next: usize) -> (String, usize) {
        self.left.push(At::new(item.place, Left::Form));
        let lines = self.lines.get(begin..next).unwrap_or_default();
        let dash = lines.first().map_or(0, |line| indent(line));
        // A block of text may end in what only looks like a comment.
        let own = |line: &&str| {
            !is_blank(line) && (indent(line) > dash || !super::value::is_trivia(line))
        };
        let end = lines.iter().rposition(own).map_or(0, |last| last + 1);
        let lines = lines.get(..end).unwrap_or_default();
        let moved = lines.iter().map(|line| {
            let columns = indent(line).min(dash);
            format!("{}\n", line.get(columns..).unwrap_or_default())
        });
        (moved.collect(), begin + end)
    }

    /// An item laid out, and the line behind it; nothing if it is not a block of keys.
    fn item(&mut self, item: &Node, begin: usize, next: usize) -> Option<(String, usize)> {
        let Content::Mapping(entries) = &item.content else {
            return None;
        };
        let first = self.lines.get(begin)?;
        let span = Span {
            begin,
            end: next,
            dash: indent(first),
        };
        let column = entries.first()?.key.whole().column;
        let known = self.left.len();
        let mut text = String::new();
        let mut end = begin;
        for (index, entry) in entries.iter().enumerate() {
            let begin = self.key_line(entry, column, &span, index)?;
            let next = match entries.get(index + 1) {
                Some(next) => (next.key.whole().line as usize).checked_sub(1)?,
                None => span.end,
            };
            let is_last = index + 1 == entries.len();
            let is_condition = entry.key.as_str() == "condition" && is_conditional(entries);
            text += if index == 0 { "- " } else { "  " };
            let Some((value, after)) = self.entry(entry, begin, next, is_condition) else {
                self.left.truncate(known);
                return None;
            };
            text += &value;
            end = after + self.comments(after, next, is_last.then_some(span.dash), &mut text);
        }
        Some((text, end))
    }

    /// The line of a key, if it is where keys of a block are: a line for each, below each other.
    fn key_line(&self, entry: &Entry, column: u32, span: &Span, index: usize) -> Option<usize> {
        let place = entry.key.whole();
        let line = (place.line as usize).checked_sub(1)?;
        let text = self.lines.get(line)?;
        let before = text.get(..(column as usize).checked_sub(1)?)?;
        let fits = if index == 0 {
            line == span.begin && before.trim() == "-"
        } else {
            line > span.begin && before.trim_matches(' ').is_empty()
        };
        let plain = text.get(before.len()..)?.starts_with(entry.key.as_str());
        (fits && plain && place.column == column).then_some(line)
    }

    /// A key with its value, and the line behind them.
    fn entry(
        &mut self,
        entry: &Entry,
        begin: usize,
        next: usize,
        is_condition: bool,
    ) -> Option<(String, usize)> {
        let key = entry.key.as_str();
        let line = self.lines.get(begin)?;
        let (_, rest) = line.split_at_checked(line.find(key)? + key.len())?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let style = Style::of(rest);
        let below = self.lines.get(begin + 1..next).unwrap_or_default();
        let below = below
            .get(..extent(style, below))
            .unwrap_or_default()
            .to_vec();
        let end = begin + 1 + below.len();
        if is_condition {
            match condition(&entry.value, style, rest, &below) {
                Ok(Some(text)) => return Some((text, end)),
                Ok(None) => {}
                Err(left) => self.left.push(At::new(whole(&entry.value), left)),
            }
        }
        // A block whose header says how deep it stands, or that its last empty lines count.
        let header = rest.split('#').next().unwrap_or_default();
        if style == Style::Block && header.contains(|c: char| c == '+' || c.is_ascii_digit()) {
            return None;
        }
        let below = moved(style, &below, VALUES, KEYS)?;
        let rest = match style {
            Style::Quoted(_) if !below.is_empty() => rest,
            _ => rest.trim_end(),
        };
        let blank = if rest.is_empty() { "" } else { " " };
        let lines = below.iter().map(|line| format!("{line}\n"));
        Some((
            format!("{key}:{blank}{rest}\n{}", lines.collect::<String>()),
            end,
        ))
    }

    /// The comments below a value, and how many lines they take. Those below the last value are the
    /// item's if they are deeper than its dash.
    fn comments(&self, begin: usize, next: usize, dash: Option<usize>, text: &mut String) -> usize {
        let lines = self.lines.get(begin..next).unwrap_or_default();
        let own = |line: &&&str| dash.is_none_or(|dash| is_comment(line) && indent(line) > dash);
        let lines: Vec<_> = lines.iter().take_while(own).collect();
        for line in lines.iter().filter(|line| !is_blank(line)) {
            *text += &format!("{:KEYS$}{}\n", "", line.trim());
        }
        lines.len()
    }
}

fn whole(node: &Node) -> Place {
    match &node.content {
        Content::Scalar(text) => text.whole(),
        _ => node.place,
    }
}

fn is_conditional(entries: &[Entry]) -> bool {
    let has = |key| entries.iter().any(|entry| entry.key.as_str() == key);
    (has("rule") || has("macro")) && !has("list")
}

/// The key `condition` with its value laid out; nothing for a piece that another condition gets
/// appended, which is no condition.
fn condition(
    value: &Node,
    style: Style,
    rest: &str,
    below: &[&str],
) -> Result<Option<String>, Left> {
    let Content::Scalar(text) = &value.content else {
        return Ok(None);
    };
    let is_piece = ["and", "or"].iter().any(|word| {
        let behind = text.as_str().trim_start().strip_prefix(word);
        behind.is_some_and(|behind| behind.starts_with(|c: char| c.is_whitespace() || c == '('))
    });
    if is_piece {
        return Ok(None);
    }
    if style == Style::Special {
        return Err(Left::Anchor);
    }
    if has_comment(text, style, rest, below) {
        return Err(Left::Comment);
    }
    let tree = parser::condition(text).map_err(|_| Left::Syntax)?;
    let laid_out = layout::lay_out(&tree);
    let beside = format!("condition: {laid_out}");
    if KEYS + beside.chars().count() <= LINE && is_plain(&laid_out) {
        return Ok(Some(beside + "\n"));
    }
    let lines = laid_out
        .lines()
        .map(|line| format!("{:VALUES$}{line}\n", ""));
    Ok(Some(format!("condition: >\n{}", lines.collect::<String>())))
}

/// Whether there is more in these lines than the value.
fn has_comment(value: &Text, style: Style, rest: &str, below: &[&str]) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let below_bare: String = below.iter().map(|line| bare(line)).collect();
    match style {
        Style::Block => {
            let header = rest.trim_start_matches(['|', '>', '-']);
            !header.trim().is_empty() || below_bare != bare(value.as_str())
        }
        Style::Quoted(quote) => {
            let whole = format!("{}{below_bare}", bare(rest));
            !whole.ends_with(quote) || whole.len() < 2
        }
        _ => format!("{}{below_bare}", bare(rest)) != bare(value.as_str()),
    }
}

/// Whether YAML takes it as one plain scalar.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(');
    let breaks = [": ", " #", "\n", "\t"]
        .iter()
        .any(|part| text.contains(part));
    begins && !breaks && !text.ends_with(':')
}
