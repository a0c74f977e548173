//! Putting lists and macros into the conditions that name them.
//!
//! Substitution works on trees, never on text, so a macro cannot change the precedence of what
//! surrounds it and a list cannot break a string. Everything is bounded: cycles are found, and
//! neither depth nor size of the result can exceed a limit, however names multiply each other.

use std::collections::{HashMap, HashSet};

use super::{
    ast::{Expr, Literal, Operand},
    field_name,
    place::{At, Place},
    subject::{self, Subject},
    suggest,
};
use crate::rules::matching::fields::Field;

/// Nodes and values of one condition after substitution.
const MAX_SIZE: usize = 100_000;
/// A condition may nest 1000 parentheses, each of which can be two nodes.
const MAX_DEPTH: usize = 2500;
/// How deeply lists may name lists.
const MAX_LISTS: usize = 100;

/// A name that cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// No macro has this name.
    #[error("unknown macro '{name}'{hint}")]
    UnknownMacro {
        /// The name.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// No list has this name.
    #[error("unknown list '{name}'{hint}; a single value needs parentheses: ({name})")]
    UnknownList {
        /// The name.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// A macro that contains itself.
    #[error("macro '{0}' contains itself")]
    MacroLoop(String),
    /// A list that contains itself.
    #[error("list '{0}' contains itself")]
    ListLoop(String),
    /// A list where one value is needed.
    #[error(
        "list '{0}' stands where one value is needed: write 'in ({0})', or 'anyof ({0})' behind the operator"
    )]
    ListAsValue(String),
    /// Too much after substitution.
    #[error(
        "with its macros and lists, the condition has more than {MAX_SIZE} parts or nests more \
         than {MAX_DEPTH} levels deep: split the rule"
    )]
    TooLarge,
}

/// The lists and macros of all files.
#[derive(Debug, Default)]
pub(in crate::rules) struct Names {
    /// Resolved.
    pub(in crate::rules) lists: HashMap<String, Vec<Literal>>,
    /// Not resolved; nothing for a macro that has been found wrong already.
    pub(in crate::rules) macros: HashMap<String, Option<Expr>>,
}

impl Names {
    /// Resolves lists that name lists; an item that is its own list's name is just a value.
    pub(in crate::rules) fn set_lists(
        &mut self,
        lists: &HashMap<String, Vec<Literal>>,
    ) -> Vec<At<ResolveError>> {
        let mut errors = Vec::new();
        let mut names: Vec<&String> = lists.keys().collect();
        names.sort();
        for name in names {
            let mut active = Vec::new();
            if let Err(error) = self.list(name, lists, &mut active) {
                errors.push(error);
                self.lists.insert(name.clone(), Vec::new());
            }
        }
        errors
    }

    fn list<'a>(
        &mut self,
        name: &'a str,
        lists: &'a HashMap<String, Vec<Literal>>,
        active: &mut Vec<&'a str>,
    ) -> Result<(), At<ResolveError>> {
        if self.lists.contains_key(name) {
            return Ok(());
        }
        active.push(name);
        let mut resolved = Vec::new();
        for literal in lists.get(name).into_iter().flatten() {
            let place = literal.value.place;
            let inner = literal.name().filter(|inner| *inner != name);
            match inner.filter(|inner| lists.contains_key(*inner)) {
                None => resolved.push(literal.clone()),
                Some(inner) => {
                    if active.contains(&inner) || active.len() > MAX_LISTS {
                        let fault = ResolveError::ListLoop(inner.to_owned());
                        return Err(At::new(place, fault));
                    }
                    self.list(inner, lists, active)?;
                    resolved.extend(self.lists.get(inner).into_iter().flatten().cloned());
                }
            }
            if resolved.len() > MAX_SIZE {
                return Err(At::new(place, ResolveError::TooLarge));
            }
        }
        active.pop();
        self.lists.insert(name.to_owned(), resolved);
        Ok(())
    }
}

impl Literal {
    /// The text that may be the name of a list.
    fn name(&self) -> Option<&str> {
        if self.quoted {
            None
        } else {
            std::str::from_utf8(&self.value.node).ok()
        }
    }
}

/// A suspicion: the rule loads, and perhaps does not mean what its author meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Suspicion {
    /// A value that is almost the name of a list.
    #[error("'{value}' is taken as a plain value: did you mean the list '{list}'?")]
    AlmostList {
        /// The value.
        value: String,
        /// The list.
        list: String,
    },
    /// A value that is the name of a field.
    #[error(
        "'{0}' is the name of a field, taken as a plain value here: compare with val({0}), or quote it if so meant"
    )]
    FieldAsValue(String),
    /// A value that looks like a function.
    #[error("'{0}' is taken as a plain value here: leave the quotes out if the function is meant")]
    FunctionAsValue(String),
}

/// One substitution: what it found on the way.
pub(in crate::rules) struct Resolver<'a> {
    names: &'a Names,
    active: Vec<&'a str>,
    /// The macro substituted last.
    at: Place,
    size: usize,
    /// The macros that the condition uses, directly or not.
    pub(in crate::rules) used: HashSet<&'a str>,
    pub(in crate::rules) errors: Vec<At<ResolveError>>,
    pub(in crate::rules) suspicions: Vec<At<Suspicion>>,
}

impl<'a> Resolver<'a> {
    pub(in crate::rules) fn new(names: &'a Names) -> Self {
        Self {
            names,
            active: Vec::new(),
            at: Place::default(),
            size: 0,
            used: HashSet::new(),
            errors: Vec::new(),
            suspicions: Vec::new(),
        }
    }

    /// Puts lists and macros into the condition, as far as they are known; false if it has become
    /// too large to go on with.
    pub(in crate::rules) fn resolve(&mut self, condition: &mut Expr) -> bool {
        self.expression(condition, 0);
        !self
            .errors
            .iter()
            .any(|error| error.fault == ResolveError::TooLarge)
    }

    /// Goes on after an error, so that each is reported.
    fn expression(&mut self, expression: &mut Expr, depth: usize) {
        self.size += 1;
        if self.size > MAX_SIZE || depth > MAX_DEPTH {
            return self.too_large(self.at);
        }
        match expression {
            Expr::And(parts) | Expr::Or(parts) => {
                for part in parts {
                    self.expression(part, depth + 1);
                }
            }
            Expr::Not(inner) => self.expression(inner, depth + 1),
            Expr::Macro(_) => self.substitute(expression, depth),
            Expr::Check(check) => {
                self.subject(&check.subject);
                self.operand(&mut check.operand);
            }
        }
    }

    fn substitute(&mut self, expression: &mut Expr, depth: usize) {
        let Expr::Macro(name) = &*expression else {
            return;
        };
        let names = self.names;
        let Some((known, body)) = names.macros.get_key_value(&name.node) else {
            return self.fail(name.place, self.unknown_macro(&name.node));
        };
        self.used.insert(known);
        let Some(body) = body else {
            return;
        };
        if self.active.contains(&known.as_str()) {
            return self.fail(name.place, ResolveError::MacroLoop(name.node.clone()));
        }
        self.at = name.place;
        self.active.push(known);
        *expression = body.clone();
        self.expression(expression, depth + 1);
        self.active.pop();
    }

    fn unknown_macro(&self, name: &str) -> ResolveError {
        let hint = if Field::named(name).is_some() {
            format!(": it is a field, write for example '{name} = true'")
        } else {
            suggest::hint(name, self.names.macros.keys().map(String::as_str))
        };
        ResolveError::UnknownMacro {
            name: name.to_owned(),
            hint,
        }
    }

    /// Nothing in it is a list's name or a macro's; but it has its size.
    fn subject(&mut self, subject: &Subject) {
        self.size += subject.size();
        if self.size > MAX_SIZE {
            self.too_large(subject.place());
        }
    }

    fn operand(&mut self, operand: &mut Operand) {
        match operand {
            Operand::None => {}
            Operand::Subject(subject) => self.subject(subject),
            Operand::One(literal) => self.single(literal),
            Operand::Many(literals) => self.many(literals),
            Operand::List(name) => match self.names.lists.get(&name.node) {
                Some(literals) => {
                    self.size += literals.len();
                    *operand = Operand::Many(literals.clone());
                }
                None => {
                    let lists = self.names.lists.keys().map(String::as_str);
                    let hint = suggest::hint(&name.node, lists);
                    let name_text = name.node.clone();
                    self.fail(
                        name.place,
                        ResolveError::UnknownList {
                            name: name_text,
                            hint,
                        },
                    );
                }
            },
        }
    }

    fn single(&mut self, literal: &mut Literal) {
        let list = literal.name().and_then(|name| self.names.lists.get(name));
        match list.map(Vec::as_slice) {
            None => self.suspect(literal),
            Some([only]) => *literal = only.clone(),
            Some(_) => {
                let fault = ResolveError::ListAsValue(literal.lossy().into_owned());
                self.fail(literal.value.place, fault);
            }
        }
    }

    fn many(&mut self, literals: &mut Vec<Literal>) {
        let mut resolved = Vec::new();
        for literal in literals.drain(..) {
            self.size += 1;
            match literal.name().and_then(|name| self.names.lists.get(name)) {
                Some(items) => {
                    self.size += items.len();
                    if self.size > MAX_SIZE {
                        return self.too_large(literal.value.place);
                    }
                    resolved.extend(items.iter().cloned());
                }
                None => {
                    self.suspect(&literal);
                    resolved.push(literal);
                }
            }
        }
        *literals = resolved;
    }

    fn suspect(&mut self, literal: &Literal) {
        let Some(value) = literal.name() else {
            let text = literal.lossy();
            if subject::looks_like_call(&text) {
                let suspicion = Suspicion::FunctionAsValue(text.into_owned());
                self.suspicions
                    .push(At::new(literal.value.place, suspicion));
            }
            return;
        };
        let suspicion = if value.contains('.') && field_name::look_up(value).is_some() {
            Suspicion::FieldAsValue(value.to_owned())
        } else if let Some(list) = value
            .contains('_')
            .then(|| suggest::nearest(value, self.names.lists.keys().map(String::as_str)))
            .flatten()
        {
            Suspicion::AlmostList {
                value: value.to_owned(),
                list: list.to_owned(),
            }
        } else {
            return;
        };
        self.suspicions
            .push(At::new(literal.value.place, suspicion));
    }

    fn too_large(&mut self, place: Place) {
        // Once is enough: a bomb would say so a hundred thousand times.
        if !self
            .errors
            .iter()
            .any(|error| error.fault == ResolveError::TooLarge)
        {
            self.fail(place, ResolveError::TooLarge);
        }
    }

    fn fail(&mut self, place: Place, fault: ResolveError) {
        self.errors.push(At::new(place, fault));
    }
}
