//! From the text of a test file to cases, or all that is wrong with them.

use std::path::{Path, PathBuf};

use super::{Alerts, Case, CaseError, CaseErrors, CaseProblem, Input, Named, TestFile};
use crate::document::{Document, Position, Problem, ReadError};
use crate::rules::language::{
    place::{At, Place},
    suggest,
    text::Text,
};
use crate::rules::loading::{
    files::MAX_FILE,
    items::{self, Object},
    priority::{Priority, UnknownPriority},
    yaml::{self, Content, Entry, Node},
};
use crate::rules::rule_set::RuleSet;
use crate::rules::told::{Given, Told};

type Result<T> = std::result::Result<T, At<CaseError>>;

/// Fields that an event has unless its case says otherwise.
const DEFAULTS: [(&str, &str); 3] = [
    ("workload", "true"),
    ("userns.own", "false"),
    ("outcome", "done"),
];

impl TestFile {
    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn open(path: &Path) -> std::result::Result<Self, CaseErrors> {
        let document = Document::read(path, MAX_FILE).map_err(CaseProblem::from)?;
        Self::read(document)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(document: Document) -> std::result::Result<Self, CaseErrors> {
        let mut reader = Reader {
            folder: Path::new(&document.name)
                .parent()
                .map(Path::to_owned)
                .unwrap_or_default(),
            cases: Vec::new(),
            errors: Vec::new(),
        };
        match yaml::read(0, &document.text) {
            Ok(roots) => roots.iter().for_each(|root| reader.root(root)),
            Err(error) => reader.errors.push(error.widen()),
        }
        let Reader {
            cases, mut errors, ..
        } = reader;
        errors.sort_by_key(|error| error.place);
        if !errors.is_empty() {
            let problems = errors.into_iter().map(|error| show(&document, error));
            let problems = problems.collect();
            return Err(CaseErrors { problems });
        }
        if cases.is_empty() {
            return Err(CaseProblem::with_file(&document.name, CaseError::Empty).into());
        }
        Ok(Self { document, cases })
    }

    /// Expected rules that are not among these.
    #[must_use]
    pub fn unknown_rules(&self, rules: &RuleSet) -> Vec<CaseProblem> {
        let names = || rules.rules().iter().map(|rule| rule.name.as_str());
        let named = self.cases.iter().flat_map(|case| &case.named);
        let unknown = named.filter(|named| !names().any(|name| name == named.rule));
        unknown
            .map(|named| {
                let name = named.rule.clone();
                let hint = suggest::hint(&name, names());
                let fault = CaseError::UnknownRule { name, hint };
                CaseProblem::at(&self.document, named.position, named.width, fault)
            })
            .collect()
    }
}

impl From<Problem<ReadError>> for CaseProblem {
    fn from(problem: Problem<ReadError>) -> Self {
        problem.widen()
    }
}

fn show(document: &Document, error: At<CaseError>) -> CaseProblem {
    let Place {
        line,
        column,
        width,
        ..
    } = error.place;
    CaseProblem::at(document, Position { line, column }, width, error.fault)
}

/// Reads on after an error, so that all are found at once.
struct Reader {
    folder: PathBuf,
    cases: Vec<Case>,
    errors: Vec<At<CaseError>>,
}

impl Reader {
    fn root(&mut self, root: &Node) {
        let Content::Sequence(cases) = &root.content else {
            return self.errors.push(At::new(root.place, CaseError::Root));
        };
        for case in cases {
            if let Some(case) = self.case(case) {
                self.cases.push(case);
            }
        }
    }

    fn case(&mut self, node: &Node) -> Option<Case> {
        let object = Object::part("case", node).map_err(At::widen);
        let object = self.note(object)?;
        let unknown = object.allow_only(&["case", "event", "events", "capture", "alerts"]);
        self.errors.extend(unknown.into_iter().map(At::widen));
        let name = match object.text("case") {
            Ok(Some(name)) => name,
            Ok(None) => {
                let missing = object.required("case", &Text::at(node.place));
                self.errors.push(missing.widen());
                return None;
            }
            Err(error) => {
                self.errors.push(error.widen());
                return None;
            }
        };
        let input = self.input(&object, &name);
        let mut named = Vec::new();
        let expected = match object.get("alerts") {
            Some(alerts) => self.alerts(alerts, &mut named),
            None => {
                self.errors.push(object.required("alerts", &name).widen());
                None
            }
        };
        let Place { line, column, .. } = name.whole();
        Some(Case {
            name: name.as_str().trim().to_owned(),
            position: Position { line, column },
            input: input?,
            expected: expected?,
            named,
        })
    }

    fn input(&mut self, object: &Object<'_>, name: &Text) -> Option<Input> {
        let keys = ["event", "events", "capture"];
        let mut given = keys.iter().filter_map(|key| Some((*key, object.get(key)?)));
        let (Some((key, node)), None) = (given.next(), given.next()) else {
            let fault = CaseError::Input(name.as_str().trim().to_owned());
            self.errors.push(At::new(name.whole(), fault));
            return None;
        };
        if key == "event" {
            return self.event(node).map(Input::Event);
        }
        let text = object.text(key).map_err(At::widen);
        let text = self.note(text)??;
        let path = self.folder.join(text.as_str().trim());
        Some(match key {
            "events" => Input::Events(path),
            _ => Input::Capture(path),
        })
    }

    fn event(&mut self, node: &Node) -> Option<Told> {
        let fields = self.note(mapping(node, "event", "a mapping of fields to values"))?;
        let mut told = Told::default();
        for (name, value) in DEFAULTS {
            // The names are known, and a test asks for them.
            let _ = told.add(name, &Given::One(value.to_owned()));
        }
        let before = self.errors.len();
        for entry in fields {
            let added = field(&mut told, entry);
            self.note(added);
        }
        if told.event_type().is_none() && self.errors.len() == before {
            self.errors.push(At::new(node.place, CaseError::NoType));
        }
        (self.errors.len() == before).then_some(told)
    }

    fn alerts(&mut self, node: &Node, named: &mut Vec<Named>) -> Option<Alerts> {
        let wanted = "a mapping of rules to priorities; {} where no rule must match";
        let rules = self.note(mapping(node, "alerts", wanted))?;
        let mut alerts = Alerts::default();
        for entry in rules {
            let rule = entry.key.as_str().to_owned();
            let Place {
                line,
                column,
                width,
                ..
            } = entry.key.whole();
            for priority in self
                .note(priorities(&entry.value, &rule))
                .unwrap_or_default()
            {
                alerts.add(&rule, priority);
            }
            let position = Position { line, column };
            named.push(Named {
                rule,
                position,
                width,
            });
        }
        Some(alerts)
    }

    fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }
}

/// The entries of a mapping; none of a key with nothing behind it.
fn mapping<'a>(node: &'a Node, key: &str, wanted: &'static str) -> Result<&'a [Entry]> {
    match &node.content {
        Content::Mapping(entries) => Ok(entries),
        Content::Scalar(text) if text.as_str().is_empty() => Ok(&[]),
        _ => Err(items::wrong(node.place, key, wanted).widen()),
    }
}

fn field(told: &mut Told, entry: &Entry) -> Result<()> {
    let name = entry.key.as_str();
    let given = match &entry.value.content {
        Content::Scalar(text) => Given::One(text.as_str().to_owned()),
        Content::Sequence(values) => {
            let texts = values.iter().map(|value| items::scalar(value, name));
            let texts = texts.map(|text| text.map(|text| text.as_str().to_owned()));
            Given::Many(
                texts
                    .collect::<items::Result<_>>()
                    .map_err(|error| error.widen::<CaseError>())?,
            )
        }
        Content::Mapping(_) => {
            let wanted = "a value, or a sequence of values";
            return Err(items::wrong(entry.value.place, name, wanted).widen());
        }
    };
    told.add(name, &given).map_err(|fault| {
        let place = if fault.is_about_value() {
            match &entry.value.content {
                Content::Scalar(text) => text.whole(),
                _ => entry.value.place,
            }
        } else {
            entry.key.whole()
        };
        At::new(place, fault.into())
    })
}

/// One priority, or several, of the alerts of a rule.
fn priorities(node: &Node, rule: &str) -> Result<Vec<Priority>> {
    let nodes = match &node.content {
        Content::Sequence(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let wrong = |node: &Node| {
        let wanted = "a priority, or a sequence of priorities";
        items::wrong(node.place, rule, wanted).widen()
    };
    let one = |node: &Node| match &node.content {
        Content::Scalar(text) if !text.as_str().is_empty() => {
            let priority: std::result::Result<_, UnknownPriority> = text.as_str().trim().parse();
            priority.map_err(|fault| At::new(text.whole(), fault.into()))
        }
        _ => Err(wrong(node)),
    };
    if nodes.is_empty() {
        return Err(wrong(node));
    }
    nodes.iter().map(one).collect()
}
