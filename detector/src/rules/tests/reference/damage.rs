//! Damaged files: whatever is done to one, it loads, or the errors say where.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::super::{Fault, FileError};
use super::super::load;
use super::generate;

/// What is done to a file, at two places and with an odd piece.
#[derive(Clone, Debug)]
enum Damage {
    Insert,
    Delete,
    Double,
    Swap,
    Replace,
}

type Deed = (Damage, Index, Index, &'static [u8]);

const PIECES: &[&[u8]] = &[
    b"\"",
    b"'",
    b"(",
    b")",
    b"[",
    b"]",
    b"{",
    b"}",
    b":",
    b",",
    b"\\",
    b"\\x",
    b"\n",
    b"\t",
    b" ",
    b"-",
    b"#",
    b"&a",
    b"*a",
    b"!",
    b"|",
    b">",
    b"%",
    b"=",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"and",
    b"or",
    b"not",
    b"in",
    b"val(",
    b"---\n",
    b"append: true",
    b"\xe2\x80\xa8",
];

fn deed() -> impl Strategy<Value = Deed> {
    let damage = prop_oneof![
        Just(Damage::Insert),
        Just(Damage::Delete),
        Just(Damage::Double),
        Just(Damage::Swap),
        Just(Damage::Replace),
    ];
    (
        damage,
        any::<Index>(),
        any::<Index>(),
        prop::sample::select(PIECES),
    )
}

/// A file cut into pieces, each done to in order.
fn damaged(mut parts: Vec<Vec<u8>>, deeds: &[Deed]) -> String {
    for (damage, first, second, piece) in deeds {
        if parts.is_empty() {
            break;
        }
        let (first, second) = (first.index(parts.len()), second.index(parts.len()));
        match damage {
            Damage::Insert => parts.insert(first, piece.to_vec()),
            Damage::Delete => drop(parts.remove(first)),
            Damage::Double => parts.insert(second, parts[first].clone()),
            Damage::Swap => parts.swap(first, second),
            Damage::Replace => parts[first] = piece.to_vec(),
        }
    }
    String::from_utf8_lossy(&parts.concat()).into_owned()
}

/// Words, and the bytes between them one by one.
fn tokens(text: &str) -> Vec<Vec<u8>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
    let parts = text
        .as_bytes()
        .chunk_by(|one, next| is_word(one) && is_word(next));
    parts.map(<[u8]>::to_vec).collect()
}

fn bytes(text: &str) -> Vec<Vec<u8>> {
    text.bytes().map(|byte| vec![byte]).collect()
}

/// Loads a text; every error has to lie in it.
fn assert_told(text: &str) -> Result<(), TestCaseError> {
    let Err(errors) = load(text) else {
        return Ok(());
    };
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in &errors.problems {
        let is_inside = match problem.position {
            None => matches!(problem.fault, Fault::File(FileError::Empty)),
            Some(position) => lines.get(position.line as usize - 1).is_some_and(|line| {
                (1..=line.chars().count() + 1).contains(&(position.column as usize))
            }),
        };
        prop_assert!(is_inside, "{problem}\nis said of\n{text}\n{text:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400 * super::thoroughness(),
        rng_seed: super::seed(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_damaged_file_loads_or_is_told_where_it_is_wrong(
        file in generate::file(), deeds in vec(deed(), 1..6)
    ) {
        let text = file.yaml();
        assert_told(&damaged(bytes(&text), &deeds))?;
        assert_told(&damaged(tokens(&text), &deeds))?;
    }
}
