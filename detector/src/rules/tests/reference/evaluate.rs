//! The reference, third part: whether a condition holds at an event.

use std::net::IpAddr;

use super::event::{Datum, Event, FIELDS, Kind, Reach};
use super::merge::Book;
use super::operators;
use super::parse::{Check, Expr, Modifier, Operand};
use super::pattern;
use super::tally::Tally;

/// An event, and the file whose rules are asked.
pub(super) struct Evaluation<'a> {
    pub(super) book: &'a Book,
    pub(super) event: &'a Event,
    pub(super) tally: &'a Tally,
}

/// The field of a check: its values at the event, and what is known of it.
struct Subject<'a> {
    values: &'a [Datum],
    kind: Kind,
    reach: Reach,
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
        let Some(subject) = self.subject(&check.field) else {
            return false;
        };
        let holds = compare(&subject, check);
        self.tally.count(check, subject.kind, subject.reach, holds);
        holds
    }

    fn subject(&self, name: &str) -> Option<Subject<'_>> {
        let known = |name: &str| FIELDS.iter().find(|field| field.0 == name);
        if let Some((name, kind, reach)) = known(name) {
            let values = self.event.values(name)?;
            let values = match reach {
                // The process itself is no ancestor of its own.
                Reach::Chain => &values[1..],
                Reach::One | Reach::Ends => values,
            };
            return Some(Subject {
                values,
                kind: *kind,
                reach: *reach,
            })
            .filter(|subject| !subject.values.is_empty());
        }
        let (chain, index) = name.split_once('[').unwrap();
        let index: usize = index.trim_end_matches(']').parse().unwrap();
        let (chain, kind, _) = known(chain).unwrap();
        let value = self.event.values(chain)?.get(index)?;
        Some(Subject {
            values: std::slice::from_ref(value),
            kind: *kind,
            reach: Reach::One,
        })
    }
}

fn compare(subject: &Subject<'_>, check: &Check) -> bool {
    let Subject {
        values,
        kind,
        reach,
    } = subject;
    let any = |test: &dyn Fn(&Datum) -> bool| values.iter().any(test);
    match (&check.operand, reach, check.operator) {
        (Operand::Nothing, ..) => true,
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
                (Some(Modifier::OneOf), count) => count == 1,
                (Some(Modifier::AllOf), count) => count == constants.len(),
                (Some(Modifier::AnyOf) | None, count) => count > 0,
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
        Datum::Number(number) => operators::ordered(operator, number, &number_of(constant)),
        Datum::Bool(truth) => {
            let wanted = match constant {
                b"true" => true,
                b"false" => false,
                other => panic!("{other:?} is no truth"),
            };
            operators::ordered(operator, truth, &wanted)
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
