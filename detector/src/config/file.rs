//! The configuration file: TOML, read by the table of options.
//!
//! All that is wrong is found in one go, except what a fault of the syntax hides. Relative paths
//! count from the file's directory.

use std::ffi::OsStr;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{Said, Wrong};
use super::value::{self, Word};
use super::{
    Arity, ConfigProblem, ConfigProblems, ContainerLevel, Fault, Layer, OPTIONS, Opt, Origin,
    Setting, ValueError,
};
use crate::document::{Document, Problem, suggest};

/// A hundred times what a person writes.
const LONGEST: u64 = 1 << 20;
/// Problems that are shown.
const MOST: usize = 50;

/// The tables of single containers.
pub(super) const CONTAINER: &str = "container";
/// Their keys, each with a value as it stands in the file.
pub(super) const CONTAINER_KEYS: [(&str, &str); 2] =
    [("watch", "\"container=gateway\""), ("level", "\"all\"")];

type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a file.
///
/// # Errors
/// With everything that is wrong in it.
pub(super) fn read(path: &Path) -> Result<Layer, ConfigProblems> {
    let document = Document::read(path, LONGEST).map_err(Problem::widen)?;
    parse(&document, path)
}

/// Reads the text of a file.
pub(super) fn parse(document: &Document, path: &Path) -> Result<Layer, ConfigProblems> {
    let (table, errors) = DeTable::parse_recoverable(&document.text);
    let mut reader = Reader {
        document,
        path,
        layer: Layer::default(),
        faults: Vec::new(),
    };
    reader.root(table.get_ref());
    let Reader { layer, faults, .. } = reader;
    let syntax = errors.into_iter().map(|error| {
        let fault = Fault::Syntax(error.message().to_owned());
        (error.span().unwrap_or_default(), fault)
    });
    let problems = problems(document, syntax.collect(), faults);
    if problems.is_empty() {
        Ok(layer)
    } else {
        Err(ConfigProblems { problems })
    }
}

/// A fault and the bytes that are at fault.
type Located = (Range<usize>, Fault);

/// The first problems, by their places. What was made of a line that is no TOML tells nothing more.
fn problems(document: &Document, syntax: Vec<Located>, faults: Vec<Located>) -> Vec<ConfigProblem> {
    let place = |located: Vec<Located>| {
        let mut located = located;
        located.sort_by_key(|(range, _)| range.start);
        let more = located.len() > MOST;
        located.truncate(MOST);
        let placed = located.into_iter().map(|(range, fault)| {
            let width = document.width(range.clone());
            ConfigProblem::at(document, document.position(range.start), width, fault)
        });
        (placed.collect::<Vec<_>>(), more)
    };
    let line = |problem: &ConfigProblem| problem.position.map(|position| position.line);
    let (mut problems, more_syntax) = place(syntax);
    let (mut others, more_faults) = place(faults);
    others.retain(|other| problems.iter().all(|problem| line(problem) != line(other)));
    problems.append(&mut others);
    problems.sort_by_key(|problem| problem.position);
    if more_syntax || more_faults || problems.len() > MOST {
        problems.truncate(MOST);
        problems.push(ConfigProblem::with_file(&document.name, Fault::More));
    }
    problems
}

struct Reader<'a> {
    document: &'a Document,
    path: &'a Path,
    layer: Layer,
    faults: Vec<Located>,
}

impl<'a> Reader<'a> {
    fn root(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match (Opt::by_key(name), value.get_ref()) {
                (Some(option), _) => self.option(option, key.span(), value),
                (None, DeValue::Array(entries)) if name == CONTAINER => {
                    for entry in entries {
                        self.container(entry);
                    }
                }
                (None, found) if name == CONTAINER => {
                    self.container_type(value.span(), found);
                }
                (None, _) => {
                    let known = OPTIONS.iter().map(|option| option.key);
                    self.unknown(name, key.span(), known.chain([CONTAINER]).collect());
                }
            }
        }
    }

    fn option(&mut self, option: &Opt, key: Range<usize>, value: &Value<'_>) {
        let Some(strings) = self.strings(option, value) else {
            return;
        };
        let words: Vec<_> = strings.iter().map(|(_, text)| self.word(text)).collect();
        let said = Said {
            words: &words,
            origin: self.origin(key.start),
        };
        for Wrong { index, error } in (option.read)(&mut self.layer, said) {
            let span = strings
                .get(index)
                .map_or(key.clone(), |(span, _)| span.clone());
            self.fault(span, error.into());
        }
    }

    /// The strings that an option has for its value, where the value is of its type.
    fn strings<'v>(
        &mut self,
        option: &Opt,
        value: &'v Value<'_>,
    ) -> Option<Vec<(Range<usize>, &'v str)>> {
        let values = match (option.arity.is_list(), value.get_ref()) {
            (true, DeValue::Array(values)) => values.iter().collect(),
            (false, _) => vec![value],
            (true, _) => {
                self.strange(option, value);
                return None;
            }
        };
        if option.arity == Arity::Some && values.is_empty() {
            self.fault(value.span(), Fault::Nothing(option.key));
            return None;
        }
        let mut strings = Vec::new();
        for value in &values {
            match value.get_ref() {
                DeValue::String(text) => strings.push((value.span(), text.as_ref())),
                _ => self.strange(option, value),
            }
        }
        (strings.len() == values.len()).then_some(strings)
    }

    /// Notes a value of a type that an option has not.
    fn strange(&mut self, option: &Opt, value: &Value<'_>) {
        let wanted = if option.arity.is_list() {
            "a list of strings"
        } else {
            "a string"
        };
        let fault = Fault::Type {
            key: option.key,
            wanted,
            found: kind(value.get_ref()),
            example: format!("{} = {}", option.key, option.example),
        };
        self.fault(value.span(), fault);
    }

    fn container(&mut self, entry: &Value<'_>) {
        let DeValue::Table(table) = entry.get_ref() else {
            return self.container_type(entry.span(), entry.get_ref());
        };
        let known = CONTAINER_KEYS.map(|(key, _)| key);
        for key in table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            self.unknown(key.get_ref(), key.span(), known.to_vec());
        }
        let [watch, level] = CONTAINER_KEYS;
        let watch = self.field(table, entry.span(), watch, value::selector);
        let level = self.field(table, entry.span(), level, value::level);
        if let (Some(watch), Some(level)) = (watch, level) {
            let value = ContainerLevel { watch, level };
            let origin = self.origin(entry.span().start);
            self.layer.containers.push(Setting { value, origin });
        }
    }

    /// One value of a table, where it is there and right.
    fn field<T>(
        &mut self,
        table: &DeTable<'_>,
        place: Range<usize>,
        (key, example): (&'static str, &'static str),
        read: fn(Word<'_>) -> Result<T, ValueError>,
    ) -> Option<T> {
        let example = || format!("{key} = {example}");
        let Some(value) = table.get(key) else {
            let fault = Fault::Missing {
                table: CONTAINER,
                key,
                example: example(),
            };
            self.fault(place, fault);
            return None;
        };
        let fault = match value.get_ref() {
            DeValue::String(text) => match read(self.word(text)) {
                Ok(value) => return Some(value),
                Err(error) => error.into(),
            },
            found => Fault::Type {
                key,
                wanted: "a string",
                found: kind(found),
                example: example(),
            },
        };
        self.fault(value.span(), fault);
        None
    }

    fn container_type(&mut self, span: Range<usize>, found: &DeValue<'_>) {
        let fault = Fault::Type {
            key: CONTAINER,
            wanted: "tables, each under a [[container]] of its own",
            found: kind(found),
            example: format!("[[{CONTAINER}]]"),
        };
        self.fault(span, fault);
    }

    fn unknown(&mut self, key: &str, span: Range<usize>, known: Vec<&'static str>) {
        let hint = match suggest::hint(key, known.iter().copied()) {
            hint if hint.is_empty() => format!("; there is {}", known.join(", ")),
            hint => hint,
        };
        let key = key.to_owned();
        self.fault(span, Fault::UnknownKey { key, hint });
    }

    fn fault(&mut self, span: Range<usize>, fault: Fault) {
        self.faults.push((span, fault));
    }

    fn word<'w>(&self, text: &'w str) -> Word<'w>
    where
        'a: 'w,
    {
        Word {
            text: OsStr::new(text),
            base: self.path.parent(),
        }
    }

    fn origin(&self, byte: usize) -> Origin {
        Origin::File {
            path: self.path.to_owned(),
            line: self.document.position(byte).line,
        }
    }
}

/// The type of a value, for people.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
