//! The reference, third part: whether a condition holds at an event.

use std::net::IpAddr;

use super::event::{Datum, Event, FIELDS, Kind, Reach};
use super::expression::{self, Check, Expr, Modifier, Operand};
use super::functions;
use super::merge::Book;
use super::operators::{self, ordered};
use super::pattern;
use super::tally::Tally;

/// An event, and the file whose rules are asked.
pub(super) struct Evaluation<'a> {
    pub(super) book: &'a Book,
    pub(super) event: &'a Event,
    pub(super) tally: &'a Tally,
}

/// What is compared: its values at the event, and of which sort these are.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) values: Vec<Datum>,
    pub(super) kind: Kind,
    pub(super) reach: Reach,
}

impl Evaluation<'_> {
    pub(super) fn holds(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Or(parts) => parts.iter().any(|part| self.holds(part)),
            Expr::And(parts) => parts.iter().all(|part| self.holds(part)),
            Expr::Not(inner) => !self.holds(inner),
            Expr::Macro(name) => self.holds(&self.book.macros[name]),
            Expr::Check(check) => self.check(check),
        }
    }

    fn check(&self, check: &Check) -> bool {
        // A check of a missing field is false, whatever the operator.
        let Some(left) = self.subject(&check.subject) else {
            return false;
        };
        let holds = match &check.operand {
            Operand::Subject(right) => match self.subject(right) {
                Some(right) => compared(&left, check.operator, &right),
                None => return false,
            },
            _ => compare(&left, check),
        };
        self.tally.count(check, &left, holds);
        holds
    }

    pub(super) fn subject(&self, subject: &expression::Subject) -> Option<Subject> {
        match subject {
            expression::Subject::Field(name) => self.field(name),
            expression::Subject::Text(text) => Some(Subject::text(text.clone())),
            expression::Subject::List(parts) => {
                let parts = parts.iter().map(|part| self.subject(part));
                let parts = parts.collect::<Option<Vec<Subject>>>()?;
                Some(Subject {
                    values: parts.into_iter().flat_map(|part| part.values).collect(),
                    kind: Kind::Text,
                    reach: Reach::List,
                })
            }
            expression::Subject::Call(name, given, argument) => {
                let given = given.iter().map(|given| self.subject(given));
                let given = given.collect::<Option<Vec<Subject>>>()?;
                functions::made(name, &given, *argument)
            }
        }
    }

    fn field(&self, name: &str) -> Option<Subject> {
        let known = |name: &str| FIELDS.iter().find(|field| field.0 == name);
        if let Some((name, kind, reach)) = known(name) {
            let values = self.event.values(name)?;
            let values = match reach {
                // The process itself is no ancestor of its own.
                Reach::Chain => values.get(1..).filter(|ancestors| !ancestors.is_empty())?,
                _ => values,
            };
            return Some(Subject {
                values: values.to_vec(),
                kind: *kind,
                reach: *reach,
            });
        }
        let (chain, index) = name.split_once('[').unwrap();
        let index: usize = index.trim_end_matches(']').parse().unwrap();
        let (chain, kind, _) = known(chain).unwrap();
        Some(Subject {
            values: vec![self.event.values(chain)?.get(index)?.clone()],
            kind: *kind,
            reach: Reach::One,
        })
    }
}

impl Subject {
    pub(super) fn text(text: Vec<u8>) -> Self {
        Self {
            values: vec![Datum::Bytes(text)],
            kind: Kind::Text,
            reach: Reach::One,
        }
    }
}

/// Against what an event has, or functions make.
fn compared(left: &Subject, operator: &str, right: &Subject) -> bool {
    let is_among = |value: &Datum| right.values.contains(value);
    let canonical = |value: &Datum| match value {
        Datum::Ip(address) => Datum::Ip(address.to_canonical()),
        other => other.clone(),
    };
    match (left.reach, operator) {
        (Reach::List, "in") => left.values.iter().all(is_among),
        (Reach::List, "intersects") => left.values.iter().any(is_among),
        _ => match (canonical(&left.values[0]), canonical(&right.values[0])) {
            (left, right) if matches!(operator, "in" | "intersects") => left == right,
            (Datum::Bytes(left), Datum::Bytes(right)) => {
                operators::of_text(operator, &left, &right)
            }
            (Datum::Number(left), Datum::Number(right)) => ordered(operator, &left, &right),
            (Datum::Bool(left), Datum::Bool(right)) => ordered(operator, &left, &right),
            (Datum::Ip(left), Datum::Ip(right)) => ordered(operator, &left, &right),
            other => panic!("not of one type: {other:?}"),
        },
    }
}

/// Against constants.
fn compare(subject: &Subject, check: &Check) -> bool {
    let Subject {
        values,
        kind,
        reach,
    } = subject;
    let any = |test: &dyn Fn(&Datum) -> bool| values.iter().any(test);
    match (&check.operand, reach, check.operator) {
        (Operand::Nothing, ..) => true,
        (Operand::Subject(_), ..) => panic!("no constant"),
        (Operand::Many(_, constants), Reach::List, operator) => {
            let is_among = |value: &Datum| {
                let mut constants = constants.iter();
                constants.any(|constant| test(*kind, "=", value, constant))
            };
            match operator {
                "in" => values.iter().all(is_among),
                _ => values.iter().any(is_among),
            }
        }
        // Of two ends both have to differ.
        (Operand::One(constant), Reach::Ends, "!=") => {
            !any(&|value| test(*kind, "=", value, constant))
        }
        (Operand::One(constant), _, operator) => {
            any(&|value| test(*kind, operator, value, constant))
        }
        (Operand::Many(modifier, constants), _, operator) => any(&|value| {
            let operator = if operator == "in" || operator == "intersects" {
                "="
            } else {
                operator
            };
            let matching = constants
                .iter()
                .filter(|constant| test(*kind, operator, value, constant));
            match (modifier, matching.count()) {
                (Some(Modifier::One), count) => count == 1,
                // Where nothing is named, nothing matches.
                (Some(Modifier::All), count) => count > 0 && count == constants.len(),
                (Some(Modifier::Any) | None, count) => count > 0,
            }
        }),
    }
}

/// One value against one constant.
fn test(kind: Kind, operator: &str, value: &Datum, constant: &[u8]) -> bool {
    match value {
        Datum::Bytes(bytes) if kind == Kind::Bytes => {
            operators::of_bytes(operator, bytes, constant)
        }
        Datum::Bytes(bytes) if operator == "regex" => pattern::matches(constant, bytes),
        Datum::Bytes(bytes) => operators::of_text(operator, bytes, constant),
        Datum::Number(number) => ordered(operator, number, &number_of(constant)),
        Datum::Bool(truth) => {
            let wanted = match constant {
                b"true" => true,
                b"false" => false,
                other => panic!("{other:?} is no truth"),
            };
            ordered(operator, truth, &wanted)
        }
        Datum::Ip(address) => {
            let constant = std::str::from_utf8(constant).unwrap();
            let equals = match constant.split_once('/') {
                None => address.to_canonical() == constant.parse::<IpAddr>().unwrap(),
                Some((network, length)) => {
                    lies_in(address.to_canonical(), network.parse().unwrap(), length)
                }
            };
            equals == (operator == "=")
        }
    }
}

fn number_of(constant: &[u8]) -> i128 {
    let text = std::str::from_utf8(constant).unwrap();
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    match digits {
        Some(digits) => i128::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}

/// Whether an address is one of a network: the families and the first bits agree.
fn lies_in(address: IpAddr, network: IpAddr, length: &str) -> bool {
    let length: usize = length.parse().unwrap();
    let bits = |address: IpAddr| -> Vec<bool> {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let bits = octets
            .iter()
            .flat_map(|octet| (0..8).rev().map(move |n| octet >> n & 1 == 1));
        bits.take(length).collect()
    };
    address.is_ipv4() == network.is_ipv4() && bits(address) == bits(network)
}
