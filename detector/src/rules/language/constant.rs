//! The constants of a rule, read as what the field holds.

use std::net::IpAddr;

use super::{
    ast::{Literal, Operator},
    place::At,
    services,
};
use crate::rules::matching::{
    comparison::{Comparison, NumberTest, Order, Regex, TextTest},
    fields::Kind,
    glob::Glob,
    network::Network,
    prefixes::Prefixes,
};

/// A compiled regular expression may take this many bytes.
const MAX_REGEX: usize = 1 << 20;

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// It is of another kind.
    #[error("'{value}' is no {wanted}{hint}")]
    BadValue {
        /// The value.
        value: String,
        /// What the field holds.
        wanted: String,
        /// Perhaps what to write instead.
        hint: String,
    },
    /// A zero byte where text is compared.
    #[error("\\x00 cannot occur in a field: kernel strings end there")]
    Zero,
    /// A regular expression that cannot be compiled.
    #[error("invalid regular expression: {0}")]
    BadRegex(String),
}

type Result<T> = std::result::Result<T, Vec<At<ValueError>>>;

/// Compiles a comparison that is known to suit the kind of field.
pub(super) fn comparison(
    kind: Kind,
    operator: Operator,
    literals: &[Literal],
) -> Result<Comparison> {
    if operator == Operator::Exists {
        return Ok(Comparison::Exists);
    }
    if kind != Kind::Bytes {
        no_zero(literals)?;
    }
    if operator == Operator::NotEqual {
        let equal = comparison(kind, Operator::Equal, literals)?;
        return Ok(Comparison::Unlike(Box::new(equal)));
    }
    Ok(match kind {
        Kind::Text | Kind::Word(_) | Kind::EventType | Kind::Bytes => {
            Comparison::Text(text(operator, literals)?)
        }
        Kind::Number => Comparison::Number(number(operator, &each(literals, "number", integer)?)),
        Kind::Port => Comparison::Number(number(operator, &each(literals, "port", port)?)),
        Kind::Bool => Comparison::Truth(each(literals, "truth value: write true or false", truth)?),
        Kind::Ip => Comparison::Address(each(literals, "address", address)?),
        Kind::Network => Comparison::Network(each(
            literals,
            "network: write one such as 10.0.0.0/8",
            |text| text.parse::<Network>().ok(),
        )?),
    })
}

/// Only bytes can have a zero among them.
fn no_zero(literals: &[Literal]) -> Result<()> {
    let zero = literals.iter().filter(|literal| literal.has_zero());
    let errors: Vec<_> = zero
        .map(|literal| At::new(literal.value.place, ValueError::Zero))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Reads each value, and reports each that is not `wanted`.
fn each<T>(literals: &[Literal], wanted: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let mut errors = Vec::new();
    for literal in literals {
        let text = literal.lossy();
        match read(&text) {
            Some(value) => values.push(value),
            None => {
                let hint = hint(wanted, &text);
                let (value, wanted) = (text.into_owned(), wanted.to_owned());
                let fault = ValueError::BadValue {
                    value,
                    wanted,
                    hint,
                };
                errors.push(At::new(literal.value.place, fault));
            }
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

fn hint(wanted: &str, text: &str) -> String {
    let hint = match wanted {
        "address" if text.parse::<Network>().is_ok() => {
            ": it is a network, compare it with fd.snet, fd.rnet or another such field"
        }
        "port" => ": write a number from 0 to 65535, or the name of a well-known service",
        "number" if text.parse::<f64>().is_ok() => {
            ": only whole numbers of 64 bits can be compared"
        }
        _ => "",
    };
    hint.to_owned()
}

fn integer(text: &str) -> Option<i128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(i128::from),
        None => text
            .parse::<i128>()
            .ok()
            .filter(|number| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(number)),
    }
}

fn port(text: &str) -> Option<i128> {
    match services::port(text) {
        Some(port) => Some(port.into()),
        None => integer(text).filter(|port| (0..=65535).contains(port)),
    }
}

fn truth(text: &str) -> Option<bool> {
    text.parse().ok()
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

pub(super) fn order(operator: Operator) -> Option<Order> {
    Some(match operator {
        Operator::Less => Order::Less,
        Operator::LessOrEqual => Order::LessOrEqual,
        Operator::Greater => Order::Greater,
        Operator::GreaterOrEqual => Order::GreaterOrEqual,
        _ => return None,
    })
}

fn number(operator: Operator, values: &[i128]) -> NumberTest {
    match (order(operator), values) {
        (Some(order), [value]) => NumberTest::Ordered(order, *value),
        _ => NumberTest::Among(values.iter().copied().collect()),
    }
}

fn text(operator: Operator, literals: &[Literal]) -> Result<TextTest> {
    let bytes = || literals.iter().map(|literal| literal.value.node.as_slice());
    let among = || TextTest::Among(bytes().map(Box::from).collect());
    let Some(first) = literals.first() else {
        return Ok(among());
    };
    let value = || Box::from(first.value.node.as_slice());
    Ok(match operator {
        Operator::Contains => TextTest::Contains(value()),
        Operator::ContainsFolded => TextTest::ContainsFolded(value()),
        Operator::StartsWith => TextTest::StartsWith(value()),
        Operator::ContainsBytes => TextTest::Contains(digits(first)?),
        Operator::StartsWithBytes => TextTest::StartsWith(digits(first)?),
        Operator::EndsWith => TextTest::EndsWith(value()),
        Operator::Glob => TextTest::Glob(Glob::new(&first.value.node, false)),
        Operator::GlobFolded => TextTest::Glob(Glob::new(&first.value.node, true)),
        Operator::PathPrefix => TextTest::Prefixes(Prefixes::new(bytes())),
        Operator::Regex => TextTest::Regex(Regex::new(regex(first)?)),
        _ => match order(operator) {
            Some(order) => TextTest::Ordered(order, value()),
            None => among(),
        },
    })
}

/// Reads bytes that are written as pairs of hexadecimal digits.
fn digits(literal: &Literal) -> Result<Box<[u8]>> {
    const WANTED: &str = "text of bytes: write two hexadecimal digits for each";
    let bytes = |text: &str| {
        let pairs = text.as_bytes().chunks(2);
        pairs
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect()
    };
    let mut values = each(std::slice::from_ref(literal), WANTED, bytes)?;
    Ok(values.pop().unwrap_or_default())
}

fn digit(character: u8) -> Option<u8> {
    char::from(character)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Compiles a regular expression that has to match the whole value.
fn regex(literal: &Literal) -> Result<regex::Regex> {
    let build = |pattern: &str| {
        regex::RegexBuilder::new(pattern)
            .size_limit(MAX_REGEX)
            .build()
    };
    let pattern = literal.lossy();
    // Alone first: `a)|(b` must not become valid by what is put around it.
    build(&pattern)
        .and_then(|_| build(&format!(r"\A(?:{pattern})\z")))
        .map_err(|error| {
            let message = match error {
                regex::Error::CompiledTooBig(limit) => {
                    format!("larger than {limit} bytes when compiled: make its repetitions smaller")
                }
                other => other
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .to_owned(),
            };
            vec![At::new(literal.value.place, ValueError::BadRegex(message))]
        })
}
