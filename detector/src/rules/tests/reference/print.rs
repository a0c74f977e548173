//! From trees to the text of conditions, in all the ways in which one may write.

use super::tree::{Check, Constant, Operand, Subject, Tree};

/// Choices between ways to write, made by bytes: where these end, the plainest way.
pub(super) struct Style<'a> {
    choices: std::slice::Iter<'a, u8>,
}

impl<'a> Style<'a> {
    pub(super) fn new(choices: &'a [u8]) -> Self {
        Self {
            choices: choices.iter(),
        }
    }

    /// A number below this one; 0 is the plainest way.
    pub(super) fn pick(&mut self, ways: u8) -> u8 {
        self.choices.next().map_or(0, |choice| choice % ways)
    }

    /// What may stand between two words.
    fn blank(&mut self) -> &'static str {
        [" ", " ", "  ", "\t", "\n", "\n  ", " \u{8} "][usize::from(self.pick(7))]
    }

    /// What may stand where nothing has to.
    fn gap(&mut self) -> &'static str {
        match self.pick(2) {
            0 => "",
            _ => self.blank(),
        }
    }
}

/// The text of a condition.
pub(super) fn condition(tree: &Tree, style: &mut Style) -> String {
    expression(tree, Level::Or, style).text
}

/// How tightly a place binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
}

struct Piece {
    text: String,
    /// Whether it is one pair of parentheses.
    is_wrapped: bool,
}

fn expression(tree: &Tree, place: Level, style: &mut Style) -> Piece {
    let is_loose = match tree {
        Tree::Or(parts) if parts.len() > 1 => place > Level::Or,
        Tree::And(parts) if parts.len() > 1 => place > Level::And,
        _ => false,
    };
    if is_loose || style.pick(8) == 1 {
        let inner = expression(tree, Level::Or, style).text;
        let (before, after) = (style.gap(), style.gap());
        return Piece {
            text: format!("({before}{inner}{after})"),
            is_wrapped: true,
        };
    }
    let text = match tree {
        Tree::Check(check) => self::check(check, style),
        Tree::Macro(number) => format!("m_{number}"),
        Tree::Not(inner) => {
            let inner = expression(inner, Level::Not, style);
            format!("not{}{}", after_word(&inner, style), inner.text)
        }
        Tree::And(parts) => joined("and", parts, Level::And, style),
        Tree::Or(parts) => joined("or", parts, Level::Or, style),
    };
    Piece {
        text,
        is_wrapped: false,
    }
}

fn joined(word: &str, parts: &[Tree], level: Level, style: &mut Style) -> String {
    let place = match level {
        Level::Or => Level::And,
        _ => Level::Not,
    };
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        let piece = expression(part, if parts.len() > 1 { place } else { level }, style);
        if index > 0 {
            let before = if text.ends_with(')') {
                style.gap()
            } else {
                style.blank()
            };
            text += &format!("{before}{word}{}", after_word(&piece, style));
        }
        text += &piece.text;
    }
    text
}

/// Between a word and what it is about: nothing needs to stand before a parenthesis.
fn after_word(piece: &Piece, style: &mut Style) -> &'static str {
    match style.pick(3) {
        1 if piece.is_wrapped => "",
        _ => style.blank(),
    }
}

fn check(check: &Check, style: &mut Style) -> String {
    let is_word = check.operator.starts_with(|c: char| c.is_alphabetic());
    let space = |style: &mut Style| if is_word { style.blank() } else { style.gap() };
    let mut text = subject(&check.subject, style);
    text += space(style);
    text += check.operator;
    let values = match &check.operand {
        Operand::Nothing => return text,
        Operand::Subject(right) => {
            let right = match right {
                Subject::Field(name) => format!("val({name})"),
                made => subject(made, style),
            };
            return text + space(style) + &right;
        }
        Operand::Constants(values) => values,
    };
    if let Some(modifier) = check.modifier {
        text += space(style);
        text += modifier;
    }
    let takes_list = matches!(check.operator, "in" | "intersects" | "pmatch");
    if takes_list || check.modifier.is_some() {
        let values: Vec<String> = values.iter().map(|value| listed(value, style)).collect();
        return text + style.gap() + "(" + &values.join(",") + ")";
    }
    let is_number = ["<", "<=", ">", ">="].contains(&check.operator);
    text + space(style) + &constant(&values[0], is_number, style)
}

fn subject(subject: &Subject, style: &mut Style) -> String {
    let all = |parts: &[Subject], style: &mut Style| {
        let parts = parts.iter().map(|part| {
            let before = style.gap();
            let part = self::subject(part, style);
            format!("{before}{part}{}", style.gap())
        });
        parts.collect::<Vec<_>>().join(",")
    };
    match subject {
        Subject::Field(name) => (*name).to_owned(),
        Subject::Text(text) => {
            let quote = if style.pick(2) == 0 { b'\'' } else { b'"' };
            quoted(text.as_bytes(), quote, style)
        }
        Subject::List(parts) => format!("({})", all(parts, style)),
        Subject::Call(name, parts, argument) => {
            let argument = argument.map_or_else(String::new, |argument| format!("[{argument}]"));
            format!("{name}({}){argument}", all(parts, style))
        }
    }
}

fn listed(value: &Constant, style: &mut Style) -> String {
    let before = style.gap();
    let value = constant(value, false, style);
    format!("{before}{value}{}", style.gap())
}

/// A constant, bare where that is possible, or in either kind of quotes.
fn constant(constant: &Constant, prefers_bare: bool, style: &mut Style) -> String {
    let bytes = match constant {
        Constant::List(name) => return name.clone(),
        Constant::Value(bytes) => bytes,
    };
    let bare = std::str::from_utf8(bytes).ok().filter(|text| {
        !text.is_empty() && !text.contains(|c: char| c <= ' ' || "()\"'=,".contains(c))
    });
    match (bare, style.pick(3)) {
        (Some(text), 0) => text.to_owned(),
        (Some(text), _) if prefers_bare => text.to_owned(),
        (_, 1) => quoted(bytes, b'\'', style),
        _ => quoted(bytes, b'"', style),
    }
}

fn quoted(bytes: &[u8], quote: u8, style: &mut Style) -> String {
    let mut text = String::from(char::from(quote));
    let chunks = bytes.utf8_chunks();
    for chunk in chunks {
        for c in chunk.valid().chars() {
            text += &match c {
                '\\' => r"\\".to_owned(),
                '\n' => r"\n".to_owned(),
                '\0' => r"\x00".to_owned(),
                _ if c == char::from(quote) => format!("\\{c}"),
                '/' if style.pick(8) == 1 => r"\/".to_owned(),
                _ if c.is_ascii() && style.pick(8) == 1 => format!("\\x{:02X}", u32::from(c)),
                _ => c.to_string(),
            };
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text.push(char::from(quote));
    text
}
