//! Exceptions of rules: tuples of fields, and the values for which the rule stays silent.
//!
//! An exception becomes `and not (...)` behind the rule's condition, as a tree and not as text:
//! a value cannot become syntax.

use std::collections::HashSet;

use super::{
    items::{self, ItemError, Object},
    problem::Caution,
    yaml::{Content, Node},
};
use crate::rules::language::{
    ast::{Check, Expr, Literal, Operand, Operator, Shape},
    fragment,
    lexer::{self, SyntaxError},
    place::{At, Placed},
    subject::Subject,
    text::Text,
};
use crate::rules::matching::comparison::Quantifier;

/// An exception that is not well formed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// Keys or types.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// A field, operator or value.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Tuples of another length than the fields.
    #[error("{what} have {found} entries, the fields of exception '{name}' {wanted}")]
    Length {
        /// The name of the exception.
        name: String,
        /// Operators or values.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// Values for an exception that nobody defined.
    #[error("no earlier exception '{0}' of this rule: give its fields too")]
    Unknown(String),
    /// Fields for an exception that exists.
    #[error("exception '{0}' of this rule exists already: only values can be added to it")]
    Redefined(String),
    /// An exception that somebody adds, and that says nothing.
    #[error("exception '{0}', which is added to the rule, needs values")]
    NoValues(String),
}

/// The keys of an exception.
pub(in crate::rules) const KEYS: [&str; 4] = ["name", "fields", "comps", "values"];

type Result<T> = std::result::Result<T, At<ExceptionError>>;
type Comparison = (Placed<Operator>, Option<Quantifier>);

/// An exception as written.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Exception {
    pub(in crate::rules) name: Text,
    /// Nothing where only values are added.
    shape: Option<Vec<(Subject, Comparison)>>,
    values: Vec<Node>,
}

impl Exception {
    /// All exceptions of a rule.
    pub(super) fn all(nodes: &[Node]) -> Result<Vec<Self>> {
        nodes.iter().map(Self::read).collect()
    }

    fn read(node: &Node) -> Result<Self> {
        let object = Object::part("exception", node).map_err(At::widen)?;
        if let Some(error) = object.allow_only(&KEYS).into_iter().next() {
            return Err(error.widen());
        }
        let Some(name) = object.text("name").map_err(At::widen)? else {
            let name = Text::at(object.place);
            return Err(object.required("name", &name).widen());
        };
        let fields = object.get("fields").map(one_or_many);
        let comparisons = object.get("comps").map(one_or_many);
        let tuple = object.get("fields").is_some_and(is_sequence);
        let shape = match (fields, comparisons) {
            (None, None) => None,
            (None, Some(_)) => return Err(object.required("fields", &name).widen()),
            (Some(fields), comparisons) => Some(shape(&name, &fields, comparisons, tuple)?),
        };
        let values = object
            .sequence("values")
            .map_err(At::widen)?
            .unwrap_or_default()
            .to_vec();
        Ok(Self {
            name,
            shape,
            values,
        })
    }

    /// Adds the exceptions of a later object to those of an earlier one.
    pub(super) fn append(earlier: &mut Vec<Self>, later: Vec<Self>) -> Result<()> {
        for exception in later {
            let name = exception.name.as_str().to_owned();
            let known = earlier.iter_mut().find(|other| other.name.as_str() == name);
            let place = exception.name.whole();
            match (known, &exception.shape) {
                (Some(known), None) => known.values.extend(exception.values),
                (None, Some(_)) if exception.values.is_empty() => {
                    return Err(At::new(place, ExceptionError::NoValues(name)));
                }
                (None, Some(_)) => earlier.push(exception),
                (Some(_), Some(_)) => return Err(At::new(place, ExceptionError::Redefined(name))),
                (None, None) => return Err(At::new(place, ExceptionError::Unknown(name))),
            }
        }
        Ok(())
    }

    /// Its fields, all asked to be there, if there are no values to compare them with.
    pub(super) fn unused(&self) -> Option<Expr> {
        let shape = self.shape.as_ref().filter(|_| self.values.is_empty())?;
        let exists = |(subject, (operator, _)): &(Subject, Comparison)| {
            let operator = Placed::new(Operator::Exists, operator.place);
            check(subject, &operator, None, Operand::None)
        };
        joined(shape.iter().map(exists).collect(), Expr::And)
    }

    /// The condition under which the rule stays silent, if there are values.
    pub(super) fn condition(&self) -> Result<Option<Expr>> {
        let Some(shape) = &self.shape else {
            let fault = ExceptionError::Unknown(self.name.as_str().to_owned());
            return Err(At::new(self.name.whole(), fault));
        };
        // A single field is compared with all values at once, as a list.
        if let [(subject, (operator, quantifier))] = shape.as_slice()
            && takes_list(operator.node, *quantifier)
            && self.values.iter().all(|value| !is_sequence(value))
        {
            let mut literals = Vec::new();
            for value in &self.values {
                literals.extend(list(value)?);
            }
            let many = Operand::Many(literals);
            let check = check(subject, operator, *quantifier, many);
            return Ok((!self.values.is_empty()).then_some(check));
        }
        let tuples: Vec<Expr> = self
            .values
            .iter()
            .map(|tuple| self.tuple(shape, tuple))
            .collect::<Result<_>>()?;
        Ok(joined(tuples, Expr::Or))
    }

    fn tuple(&self, shape: &[(Subject, Comparison)], tuple: &Node) -> Result<Expr> {
        let values = one_or_many(tuple);
        if values.len() != shape.len() {
            return Err(At::new(
                tuple.place,
                self.length("these values", values.len(), shape.len()),
            ));
        }
        let mut checks = Vec::new();
        for ((subject, (operator, quantifier)), value) in shape.iter().zip(values) {
            let operand = if takes_list(operator.node, *quantifier) {
                Operand::Many(list(value)?)
            } else {
                let text = items::scalar(value, "values").map_err(At::widen)?;
                fragment::operand(text).map_err(At::widen)?
            };
            checks.push(check(subject, operator, *quantifier, operand));
        }
        joined(checks, Expr::And)
            .ok_or_else(|| At::new(tuple.place, self.length("these values", 0, shape.len())))
    }

    fn length(&self, what: &'static str, found: usize, wanted: usize) -> ExceptionError {
        ExceptionError::Length {
            name: self.name.as_str().to_owned(),
            what,
            found,
            wanted,
        }
    }
}

/// Those of a name that an earlier one has.
pub(super) fn twice(exceptions: &[Exception]) -> Vec<At<Caution>> {
    let mut names = HashSet::new();
    let again = exceptions
        .iter()
        .map(|exception| &exception.name)
        .filter(|name| !names.insert(name.as_str()));
    again
        .map(|name| {
            At::new(
                name.whole(),
                Caution::ExceptionTwice(name.as_str().to_owned()),
            )
        })
        .collect()
}

/// Fields with their operators; by default `in` for one field and `=` for a tuple.
fn shape(
    name: &Text,
    fields: &[&Node],
    comparisons: Option<Vec<&Node>>,
    tuple: bool,
) -> Result<Vec<(Subject, Comparison)>> {
    let text = |node: &Node| items::scalar(node, "fields").cloned().map_err(At::widen);
    let fields: Vec<Subject> = fields
        .iter()
        .map(|node| fragment::subject(&text(node)?).map_err(At::widen))
        .collect::<Result<_>>()?;
    let comparisons: Vec<Comparison> = match comparisons {
        None => {
            let operator = if tuple { Operator::Equal } else { Operator::In };
            let default = |subject: &Subject| (Placed::new(operator, subject.place()), None);
            fields.iter().map(default).collect()
        }
        Some(nodes) => nodes
            .iter()
            .map(|node| comparison(&text(node)?).map_err(At::widen))
            .collect::<Result<_>>()?,
    };
    if comparisons.len() != fields.len() {
        let fault = ExceptionError::Length {
            name: name.as_str().to_owned(),
            what: "the comps",
            found: comparisons.len(),
            wanted: fields.len(),
        };
        return Err(At::new(name.whole(), fault));
    }
    Ok(fields.into_iter().zip(comparisons).collect())
}

fn comparison(text: &Text) -> lexer::Result<Comparison> {
    let (operator, quantifier) = fragment::operator(text)?;
    if operator.node.shape() == Shape::Unary {
        let what = format!("'{operator}' in an exception");
        let instead = "write it into the condition";
        return Err(At::new(
            operator.place,
            SyntaxError::Unsupported { what, instead },
        ));
    }
    Ok((operator, quantifier))
}

fn takes_list(operator: Operator, quantifier: Option<Quantifier>) -> bool {
    operator.shape() == Shape::List || quantifier.is_some()
}

fn is_sequence(node: &Node) -> bool {
    matches!(node.content, Content::Sequence(_))
}

fn one_or_many(node: &Node) -> Vec<&Node> {
    match &node.content {
        Content::Sequence(items) => items.iter().collect(),
        _ => vec![node],
    }
}

/// A value for an operator that wants several: a sequence, a text in parentheses, or one value.
fn list(node: &Node) -> Result<Vec<Literal>> {
    let mut literals = Vec::new();
    for node in one_or_many(node) {
        let text = items::scalar(node, "values").map_err(At::widen)?;
        if text.as_str().trim_start().starts_with('(') {
            literals.extend(fragment::list(text).map_err(At::widen)?);
        } else {
            literals.push(fragment::literal(text).map_err(At::widen)?);
        }
    }
    Ok(literals)
}

fn check(
    subject: &Subject,
    operator: &Placed<Operator>,
    quantifier: Option<Quantifier>,
    operand: Operand,
) -> Expr {
    let (subject, operator) = (subject.clone(), operator.clone());
    Expr::Check(Box::new(Check {
        subject,
        operator,
        quantifier,
        operand,
    }))
}

/// One of them alone, or all joined; nothing if there are none.
pub(super) fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Option<Expr> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(join(parts)),
    }
}
