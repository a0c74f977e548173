//! Rust source as tokens, and the ways that lead from one room to another.
//!
//! No parser of the whole language: paths that begin at the crate's root are all that is looked for,
//! spelt as `crate::`, or as so many `super::` that they leave the room.

use std::collections::BTreeSet;

/// The words and marks of a source text; comments, strings and characters are left out.
pub(crate) fn tokens(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let blank = blank(rest);
        let length = match blank {
            0 if rest.starts_with("::") => 2,
            0 if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            0 => first.len_utf8(),
            blank => blank,
        };
        let (token, behind) = rest.split_at(length);
        if blank == 0 {
            found.push(token);
        }
        rest = behind;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Bytes at the beginning of `rest` that are no code: a blank, a comment, a literal.
fn blank(rest: &str) -> usize {
    let ends_behind = |end: &str, from: usize| {
        let found = rest.get(from..).and_then(|text| text.find(end));
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return ends_behind("\n", 0);
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if let Some(hashes) = raw_string(rest) {
        let quote = rest.find('"').unwrap_or_default();
        return ends_behind(&format!("\"{}", "#".repeat(hashes)), quote + 1);
    }
    let mut chars = rest.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('"'), ..) => quoted(rest, '"'),
        // Else a lifetime or a label.
        (Some('\''), Some('\\'), _) | (Some('\''), Some(_), Some('\'')) => quoted(rest, '\''),
        (Some(c), ..) if c.is_whitespace() => c.len_utf8(),
        _ => 0,
    }
}

/// Length of a block comment; they nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(text) = rest.get(at..).filter(|text| !text.is_empty()) {
        if text.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of a literal between quotes, in which a backslash takes the next character with it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The number of hashes, where a raw string begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let rest = rest
        .strip_prefix(['b', 'c'])
        .unwrap_or(rest)
        .strip_prefix('r')?;
    let text = rest.trim_start_matches('#');
    text.starts_with('"').then(|| rest.len() - text.len())
}

/// What stands first behind the root of the crate: behind `root`, or behind as many `super` as
/// there are modules. `depth` counts those that lead to the file; modules written in it add to it.
pub(crate) fn used<'a>(tokens: &[&'a str], root: &str, depth: usize) -> BTreeSet<&'a str> {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut used = BTreeSet::new();
    // For each open brace whether a module began there.
    let mut braces = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match token(at) {
            "{" => braces.push(at > 1 && token(at - 2) == "mod"),
            "}" => {
                braces.pop();
            }
            "super" => {
                let mut up = 0;
                while token(at) == "super" && token(at + 1) == "::" {
                    up += 1;
                    at += 2;
                }
                if up == depth + braces.iter().filter(|module| **module).count() {
                    used.extend(heads(tokens, at));
                }
                // What stands here now has not been looked at, unless there was no path.
                if up > 0 {
                    continue;
                }
            }
            word if word == root && token(at + 1) == "::" => used.extend(heads(tokens, at + 2)),
            // Not `pub(crate)`: another name for the root, behind which anything could be used.
            "crate" if token(at + 1) != ")" => {
                used.insert("crate");
            }
            _ => {}
        }
        at += 1;
    }
    used
}

/// The first words of a path, or of all paths of a group in braces.
fn heads<'a>(tokens: &[&'a str], at: usize) -> Vec<&'a str> {
    let rest = tokens.get(at..).unwrap_or_default();
    if rest.first() != Some(&"{") {
        return rest.first().copied().into_iter().collect();
    }
    let mut depth = 0_usize;
    let mut heads = Vec::new();
    for (token, next) in rest.iter().zip(rest.iter().skip(1)) {
        match *token {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 1 && matches!(*token, "{" | ",") && *next != "}" {
            heads.push(*next);
        }
    }
    heads
}

#[test]
fn tokens_are_code_alone() {
    let source = r##"a/* b /* c */ d */::'e'f('\'', "g \" h", r#"i"j"#, br"k\", b"l") // m
        'n: 'static r#o /// p"##;
    let expected = "a :: f ( , , , , b ) ' n : ' static r # o";
    assert_eq!(tokens(source).join(" "), expected);
}

#[test]
fn every_way_to_another_room_is_seen() {
    for (source, expected) in [
        ("use crate::host::Host;", &["host"][..]),
        ("pub(crate) fn f(x: &crate::event::Event) {}", &["event"]),
        (
            "use crate::{cli, host::{self, tree}, live::{Live,},};",
            &["cli", "host", "live"],
        ),
        ("use super::super::sinks::Sink; use super::own;", &["sinks"]),
        (
            "mod t { mod u {} use super::super::own; use super::super::super::cli; }",
            &["cli"],
        ),
        ("use super::super::{rules, sensor};", &["rules", "sensor"]),
        ("use crate as house;", &["crate"]),
        ("use crate::*;", &["*"]),
        ("// crate::host\nlet text = \"crate::host\";", &[]),
    ] {
        let used: Vec<_> = used(&tokens(source), "crate", 2).into_iter().collect();
        assert_eq!(used, expected, "{source}");
    }
}
