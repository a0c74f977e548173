//! The reference, first part: from the objects of a file to conditions, by replacing text in text.

use std::collections::HashMap;

use super::expression::Expr;
use super::file::{Cell, Change, Exception, Item, Shape};
use super::parse;

/// A file that was read: its macros, and its rules in order.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) macros: HashMap<String, Expr>,
    pub(super) rules: Vec<(String, Expr)>,
}

#[derive(Default)]
struct Rule {
    name: String,
    condition: String,
    exceptions: Vec<Exception>,
}

struct List {
    name: String,
    items: Vec<String>,
    /// As many lists stood before the object that touched it last.
    sees: usize,
}

#[derive(Default)]
struct Objects {
    lists: Vec<List>,
    macros: Vec<(String, String)>,
    rules: Vec<Rule>,
}

/// Reads a file.
pub(super) fn read(items: &[Item]) -> Result<Book, String> {
    let mut objects = Objects::default();
    for item in items {
        objects.take(item);
    }
    let lists = objects.lists();
    let parse = |text: &str| {
        let text = with_lists(text, &lists);
        parse::condition(text.as_bytes()).map_err(|fault| format!("{fault} in: {text}"))
    };
    let macros = objects.macros.iter();
    let macros = macros.map(|(name, text)| Ok((name.clone(), parse(text)?)));
    let rules = objects.rules.iter();
    let rules = rules.map(|rule| Ok((rule.name.clone(), parse(&rule.text())?)));
    Ok(Book {
        macros: macros.collect::<Result<_, String>>()?,
        rules: rules.collect::<Result<_, String>>()?,
    })
}

impl Objects {
    fn take(&mut self, item: &Item) {
        match item {
            Item::List {
                name,
                items,
                change,
            } => self.list(name, items, *change),
            Item::Macro {
                name,
                condition,
                change,
            } => match self.macros.iter_mut().find(|(other, _)| other == name) {
                None => self.macros.push((name.clone(), condition.clone())),
                Some((_, text)) => merge(text, condition, *change),
            },
            Item::Rule {
                name,
                condition,
                exceptions,
                change,
            } => self.rule(name, condition.as_deref(), exceptions, *change),
        }
    }

    fn list(&mut self, name: &str, items: &[String], change: Change) {
        let sees = self.lists.len();
        match self.lists.iter_mut().find(|list| list.name == name) {
            None => self.lists.push(List {
                name: name.to_owned(),
                items: items.to_vec(),
                sees,
            }),
            Some(list) => {
                list.sees = sees;
                if matches!(change, Change::Define | Change::OverrideReplace) {
                    list.items.clear();
                }
                list.items.extend_from_slice(items);
            }
        }
    }

    fn rule(
        &mut self,
        name: &str,
        condition: Option<&str>,
        exceptions: &[Exception],
        change: Change,
    ) {
        let Some(rule) = self.rules.iter_mut().find(|rule| rule.name == name) else {
            self.rules.push(Rule {
                name: name.to_owned(),
                condition: condition.unwrap().to_owned(),
                exceptions: exceptions.to_vec(),
            });
            return;
        };
        if let Some(condition) = condition {
            merge(&mut rule.condition, condition, change);
        }
        match change {
            // A rule that is defined anew has nothing of the old one.
            Change::Define => rule.exceptions = exceptions.to_vec(),
            Change::OverrideReplace if !exceptions.is_empty() => {
                rule.exceptions = exceptions.to_vec();
            }
            Change::OverrideReplace => {}
            Change::Append | Change::OverrideAppend => {
                for exception in exceptions {
                    let mut known = rule.exceptions.iter_mut();
                    match known.find(|known| known.name == exception.name) {
                        Some(known) => known.rows.extend_from_slice(&exception.rows),
                        None => rule.exceptions.push(exception.clone()),
                    }
                }
            }
        }
    }

    /// Each list with the items of those that it names.
    fn lists(&self) -> HashMap<&str, Vec<String>> {
        let names = self.lists.iter().map(|list| list.name.as_str());
        let items = self.lists.iter().map(|list| self.items(list));
        names.zip(items).collect()
    }

    fn items(&self, list: &List) -> Vec<String> {
        let visible = &self.lists[..list.sees];
        let items = list.items.iter();
        let each = items.map(
            |item| match visible.iter().find(|other| other.name == *item) {
                Some(other) if other.name != list.name => self.items(other),
                _ => vec![item.clone()],
            },
        );
        each.flatten().collect()
    }
}

fn merge(text: &mut String, other: &str, change: Change) {
    match change {
        Change::Define | Change::OverrideReplace => *text = other.to_owned(),
        Change::Append | Change::OverrideAppend => *text = format!("{text} {other}"),
    }
}

/// What bounds the name of a list.
const BOUNDS: &[char] = &[' ', '\t', '\n', '\r', '(', ')', ',', '='];

const BLANKS: &[char] = &[' ', '\t', '\n', '\r', '\u{8}'];

/// The text with the items of lists where their names stood.
fn with_lists(text: &str, lists: &HashMap<&str, Vec<String>>) -> String {
    let mut done = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(BOUNDS).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        match lists.get(word) {
            None => done += word,
            Some(items) if items.is_empty() => {
                // One comma beside an empty list goes with it.
                if done.trim_end_matches(BLANKS).ends_with(',') {
                    done.truncate(done.trim_end_matches(BLANKS).len() - 1);
                } else if let Some(behind) = rest.trim_start_matches(BLANKS).strip_prefix(',') {
                    rest = behind;
                }
            }
            Some(items) => {
                let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
                done += &items.join(", ");
            }
        }
        let bounds = rest.len() - rest.trim_start_matches(BOUNDS).len();
        done += &rest[..bounds];
        rest = &rest[bounds..];
    }
    done
}

/// In quotes if there is a blank in it.
fn quoted(item: &str) -> String {
    match item.contains(' ') && !item.starts_with(['"', '\'']) {
        true => format!("\"{item}\""),
        false => item.to_owned(),
    }
}

impl Rule {
    /// The condition with all exceptions.
    fn text(&self) -> String {
        let mut text = format!("({})", self.condition);
        for exception in self.exceptions.iter().filter(|one| !one.rows.is_empty()) {
            text += " and not ";
            text += &silenced(exception);
        }
        text
    }
}

/// What an exception excepts.
fn silenced(exception: &Exception) -> String {
    match &exception.shape {
        Shape::One(field, comp) => {
            let comp = comp.as_deref().unwrap_or("in");
            let values = exception.rows.iter().flatten();
            let values: Vec<String> = values.map(|value| operand("=", value)).collect();
            format!("({field} {comp} ({}))", values.join(", "))
        }
        Shape::Tuple(fields, comps) => {
            let comp = |n: usize| comps.as_ref().map_or("=", |comps| &comps[n]);
            let test = |(n, value): (usize, &Cell)| {
                format!("{} {} {}", fields[n], comp(n), operand(comp(n), value))
            };
            let row = |row: &Vec<Cell>| {
                let tests: Vec<String> = row.iter().enumerate().map(test).collect();
                format!("({})", tests.join(" and "))
            };
            let rows: Vec<String> = exception.rows.iter().map(row).collect();
            format!("({})", rows.join(" or "))
        }
    }
}

fn operand(comp: &str, value: &Cell) -> String {
    let words: Vec<&str> = comp.split_whitespace().collect();
    let takes_list = matches!(words[..], ["in" | "intersects" | "pmatch"]) || words.len() > 1;
    match value {
        Cell::Sequence(items) => {
            let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
            format!("({})", items.join(", "))
        }
        Cell::Scalar(text) if !takes_list => quoted(text),
        Cell::Scalar(text) if text.starts_with('(') => text.clone(),
        Cell::Scalar(text) => format!("({text})"),
    }
}
