//! A rule file as data: what the generator makes, the product reads as YAML, and the reference takes
//! as it is.

use super::print::Style;

/// What an object of a file does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    List {
        name: String,
        items: Vec<String>,
        change: Change,
    },
    Macro {
        name: String,
        condition: String,
        change: Change,
    },
    Rule {
        name: String,
        condition: Option<String>,
        exceptions: Vec<Exception>,
        change: Change,
    },
}

/// Whether it stands for itself or changes an earlier one, and by which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Define,
    Append,
    OverrideAppend,
    OverrideReplace,
}

/// An exception of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exception {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Whether it only adds rows to an earlier one.
    pub(super) adds: bool,
}

/// The fields of an exception and how each is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    One(String, Option<String>),
    Tuple(Vec<String>, Option<Vec<String>>),
}

/// An entry of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Scalar(String),
    Sequence(Vec<String>),
}

/// The file as YAML.
pub(super) fn yaml(items: &[Item], style: &mut Style) -> String {
    items.iter().map(|item| object(item, style)).collect()
}

fn object(item: &Item, style: &mut Style) -> String {
    match item {
        Item::List {
            name,
            items,
            change,
        } => {
            let key = changed(*change, &["items"]);
            let items = sequence(items, style);
            format!("- list: {name}\n  items: {items}\n{key}")
        }
        Item::Macro {
            name,
            condition,
            change,
        } => {
            let key = changed(*change, &["condition"]);
            let condition = block(condition, style);
            format!("- macro: {name}\n  condition: {condition}\n{key}")
        }
        Item::Rule {
            name,
            condition,
            exceptions,
            change,
        } => {
            let mut text = format!("- rule: {name}\n");
            let mut keys = Vec::new();
            if let Some(condition) = condition {
                keys.push("condition");
                text += &format!("  condition: {}\n", block(condition, style));
            }
            if !exceptions.is_empty() {
                keys.push("exceptions");
                text += "  exceptions:\n";
                text.extend(exceptions.iter().map(|one| exception(one, style)));
            }
            if *change == Change::Define {
                text += "  desc: d\n  output: o\n  priority: INFO\n  warn_evttypes: false\n";
            }
            text + &changed(*change, &keys)
        }
    }
}

fn changed(change: Change, keys: &[&str]) -> String {
    let by = match change {
        Change::Define => return String::new(),
        Change::Append => return "  append: true\n".to_owned(),
        Change::OverrideAppend => "append",
        Change::OverrideReplace => "replace",
    };
    let entries: Vec<String> = keys.iter().map(|key| format!("{key}: {by}")).collect();
    format!("  override: {{{}}}\n", entries.join(", "))
}

fn exception(exception: &Exception, style: &mut Style) -> String {
    let (fields, comps) = match &exception.shape {
        Shape::One(field, comp) => {
            let comp = comp.as_ref().map(|comp| scalar(comp, style));
            (scalar(field, style), comp)
        }
        Shape::Tuple(fields, comps) => {
            let comps = comps.as_ref().map(|comps| sequence(comps, style));
            (sequence(fields, style), comps)
        }
    };
    let mut text = format!("  - name: {}\n", exception.name);
    if !exception.adds {
        text += &format!("    fields: {fields}\n");
        text.extend(comps.map(|comps| format!("    comps: {comps}\n")));
    }
    let rows = exception.rows.iter().map(|row| {
        let cells: Vec<String> = row.iter().map(|value| cell(value, style)).collect();
        match &exception.shape {
            Shape::One(..) => cells.concat(),
            Shape::Tuple(..) => format!("[{}]", cells.join(", ")),
        }
    });
    let rows: Vec<String> = rows.collect();
    text + &format!("    values: [{}]\n", rows.join(", "))
}

fn cell(cell: &Cell, style: &mut Style) -> String {
    match cell {
        Cell::Scalar(text) => scalar(text, style),
        Cell::Sequence(texts) => sequence(texts, style),
    }
}

fn sequence(texts: &[String], style: &mut Style) -> String {
    let texts: Vec<String> = texts.iter().map(|text| scalar(text, style)).collect();
    format!("[{}]", texts.join(", "))
}

/// A scalar in a flow: plain where that is possible, or in quotes.
fn scalar(text: &str, style: &mut Style) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_./*+-".contains(c));
    match style.pick(3) {
        0 if is_plain => text.to_owned(),
        1 => format!("'{}'", text.replace('\'', "''")),
        _ => serde_json::to_string(text).unwrap(),
    }
}

/// A condition behind its key.
fn block(text: &str, style: &mut Style) -> String {
    let is_printable = !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t');
    let is_line = is_printable && !text.contains('\n');
    match style.pick(4) {
        0 if is_printable => format!("|\n    {}", text.replace('\n', "\n    ")),
        1 if is_line => format!("'{}'", text.replace('\'', "''")),
        2 if is_line => format!(">\n    {text}"),
        _ => serde_json::to_string(text).unwrap(),
    }
}

/// What [`Item::key`] says of rules.
pub(super) const RULE: u8 = 2;

impl Item {
    /// What it is called, with the kind of it.
    pub(super) fn key(&self) -> (u8, &str) {
        match self {
            Self::List { name, .. } => (0, name),
            Self::Macro { name, .. } => (1, name),
            Self::Rule { name, .. } => (RULE, name),
        }
    }
}
