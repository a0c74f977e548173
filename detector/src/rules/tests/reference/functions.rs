//! What functions make, each in the plainest way; nothing where one fails.

use super::evaluate::Subject;
use super::event::{Datum, Kind, Reach};

/// What a function makes of what it is given.
pub(super) fn made(name: &str, given: &[Subject], argument: Option<u8>) -> Option<Subject> {
    match name {
        "tolower" => each(&given[0], |text| Some(text.to_ascii_lowercase())),
        "toupper" => each(&given[0], |text| Some(text.to_ascii_uppercase())),
        "basename" => each(&given[0], |text| {
            text.rsplit(|byte| *byte == b'/').next().map(<[u8]>::to_vec)
        }),
        "b64" => each(&given[0], decoded),
        "len" => Some(number(length(&given[0]))),
        "concat" => {
            let parts: Vec<Vec<u8>> = given.iter().map(|part| texts(part).concat()).collect();
            Some(Subject::text(parts.concat()))
        }
        "join" => {
            let between = texts(&given[0]).concat();
            Some(Subject::text(texts(&given[1]).join(between.as_slice())))
        }
        "getopt" => {
            let letters = texts(&given[1]).concat();
            let options = options(&texts(&given[0]), &letters);
            match argument {
                None => {
                    let parts = options.into_iter().flat_map(Found::parts);
                    Some(Subject {
                        values: parts.map(Datum::Bytes).collect(),
                        kind: Kind::Text,
                        reach: Reach::List,
                    })
                }
                Some(letter) => {
                    let last = options
                        .into_iter()
                        .rev()
                        .find_map(|found| found.value_of(letter));
                    last.map(Subject::text)
                }
            }
        }
        other => panic!("no function: {other}"),
    }
}

fn number(number: usize) -> Subject {
    Subject {
        values: vec![Datum::Number(i128::try_from(number).unwrap())],
        kind: Kind::Number,
        reach: Reach::One,
    }
}

fn length(subject: &Subject) -> usize {
    match (subject.reach, &subject.values[..]) {
        (Reach::List, values) => values.len(),
        (_, [Datum::Bytes(bytes)]) => bytes.len(),
        (_, other) => panic!("no length: {other:?}"),
    }
}

fn texts(subject: &Subject) -> Vec<Vec<u8>> {
    let text = |value: &Datum| match value {
        Datum::Bytes(bytes) => bytes.clone(),
        other => panic!("no text: {other:?}"),
    };
    subject.values.iter().map(text).collect()
}

fn each(subject: &Subject, make: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Subject> {
    let made = texts(subject)
        .into_iter()
        .map(|text| make(&text).map(Datum::Bytes));
    Some(Subject {
        values: made.collect::<Option<_>>()?,
        ..subject.clone()
    })
}

/// Base64, with or without padding; bits that are left over have to be clear.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let digit = |byte: &u8| DIGITS.iter().position(|digit| digit == byte);
    let digits: Vec<usize> = text.iter().map(digit).collect::<Option<_>>()?;
    let bits = digits
        .iter()
        .flat_map(|digit| (0..6).rev().map(move |n| digit >> n & 1));
    let bits: Vec<usize> = bits.collect();
    let bytes = bits.chunks_exact(8);
    let left = bytes.remainder();
    if digits.len() % 4 == 1 || left.contains(&1) {
        return None;
    }
    let byte = |bits: &[usize]| {
        bits.iter()
            .fold(0, |byte, bit| byte << 1 | u8::from(*bit == 1))
    };
    Some(bytes.map(byte).collect())
}

/// An option that was found.
enum Found {
    Unknown,
    Plain(u8),
    With(u8, Vec<u8>),
    /// Its value is missing.
    Without(u8),
}

impl Found {
    fn parts(self) -> Vec<Vec<u8>> {
        match self {
            Self::Unknown => vec![b"?".to_vec()],
            Self::Plain(letter) => vec![vec![letter]],
            Self::With(letter, value) => vec![vec![letter], value],
            Self::Without(_) => vec![Vec::new()],
        }
    }

    fn value_of(self, wanted: u8) -> Option<Vec<u8>> {
        match self {
            Self::Plain(letter) if letter == wanted => Some(vec![letter]),
            Self::With(letter, value) if letter == wanted => Some(value),
            Self::Without(letter) if letter == wanted => Some(Vec::new()),
            _ => None,
        }
    }
}

/// The options of a command line, up to the first word that is none.
fn options(words: &[Vec<u8>], letters: &[u8]) -> Vec<Found> {
    let takes_value = |at: usize| letters.get(at + 1) == Some(&b':');
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut letters_of_word = match word.as_slice() {
            b"--" => break,
            [b'-', b'-', ..] => continue,
            [b'-', rest @ ..] if !rest.is_empty() => rest,
            _ => break,
        };
        while let [letter, rest @ ..] = letters_of_word {
            letters_of_word = rest;
            let places = || (0..letters.len()).filter(|at| letters[*at] == *letter);
            if *letter == b':' || places().next().is_none() {
                found.push(Found::Unknown);
            } else if !places().any(takes_value) {
                found.push(Found::Plain(*letter));
            } else {
                let value = if rest.is_empty() {
                    words.next().cloned()
                } else {
                    Some(rest.to_vec())
                };
                found.push(match value {
                    Some(value) => Found::With(*letter, value),
                    None => Found::Without(*letter),
                });
                break;
            }
        }
    }
    found
}
