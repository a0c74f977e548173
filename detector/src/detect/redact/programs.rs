//! Secrets that are recognised by their place in a command line: behind an option that is named for
//! one, and behind the few short options of programs that everybody uses.

use std::ops::Range;

use super::{names, values};

/// How a program takes its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `-p SECRET` or `-pSECRET`.
    Value,
    /// `-pSECRET` alone: `-p` asks for it.
    Attached,
    /// `-u USER:SECRET`.
    BehindColon,
}

const OPTIONS: &[(&[u8], &[u8], Form)] = &[
    (b"curl", b"-u", Form::BehindColon),
    (b"curl", b"--user", Form::BehindColon),
    (b"curl", b"-U", Form::BehindColon),
    (b"curl", b"--proxy-user", Form::BehindColon),
    (b"sshpass", b"-p", Form::Value),
    (b"redis-cli", b"-a", Form::Value),
    (b"ldapsearch", b"-w", Form::Value),
    (b"mysql", b"-p", Form::Attached),
    (b"mysqldump", b"-p", Form::Attached),
    (b"mysqladmin", b"-p", Form::Attached),
    (b"mariadb", b"-p", Form::Attached),
];

/// An option of the program at hand, and where in its word the value begins (the word's length:
/// it is the next word).
type Taken = (Form, usize);

/// In which part of each word of an argument vector a secret lies.
pub(super) fn secrets(words: &[&[u8]]) -> Vec<Option<Range<usize>>> {
    let mut program: &[u8] = b"";
    let mut before: &[u8] = b"";
    let mut expected = None;
    let mut spans = Vec::with_capacity(words.len());
    for &word in words {
        let span = match expected.take() {
            Some(form) => narrow(form, word, 0),
            None if follows_option(before, word) => Some(0..word.len()),
            None => assigned(word),
        };
        program = known_program(word).unwrap_or(program);
        let option = option(program, word);
        spans.push(span.or_else(|| option.and_then(|(form, at)| narrow(form, word, at))));
        expected = option
            .filter(|(_, at)| *at == word.len())
            .map(|(form, _)| form);
        before = word;
    }
    spans
}

/// Where in a text that may be a shell's command line such secrets lie.
pub(super) fn find(text: &[u8], spans: &mut Vec<Range<usize>>) {
    let mut program: &[u8] = b"";
    for (start, word) in words(text) {
        let bare = word.trim_ascii_start();
        let bare = bare
            .strip_prefix(b"$(")
            .or(bare.strip_prefix(b"`"))
            .unwrap_or(bare);
        program = known_program(bare).unwrap_or(program);
        if let Some((form, at)) = option(program, word) {
            let blanks = text
                .iter()
                .skip(start + at)
                .take_while(|b| **b == b' ')
                .count();
            let value = values::at(text, start + at + blanks);
            let secret = text.get(value.clone()).unwrap_or_default();
            if !values::is_reference(secret) {
                let narrowed = narrow(form, secret, 0);
                spans.extend(narrowed.map(|s| value.start + s.start..value.start + s.end));
            }
        }
        // The next word begins another command.
        if word.iter().any(|b| b";|&".contains(b)) {
            program = b"";
        }
    }
}

fn known_program(word: &[u8]) -> Option<&[u8]> {
    let name = word.rsplit(|b| *b == b'/').next()?;
    OPTIONS
        .iter()
        .any(|(program, ..)| *program == name)
        .then_some(name)
}

fn option(program: &[u8], word: &[u8]) -> Option<Taken> {
    OPTIONS
        .iter()
        .filter(|(of, ..)| *of == program)
        .find_map(|(_, option, form)| {
            let rest = word.strip_prefix(*option)?;
            match (option.starts_with(b"--"), rest) {
                (_, []) => (*form != Form::Attached).then_some((*form, word.len())),
                (true, [b'=', ..]) => Some((*form, option.len() + 1)),
                (true, _) => None,
                (false, _) => Some((*form, option.len())),
            }
        })
}

/// The secret in a value from `at` on.
fn narrow(form: Form, word: &[u8], at: usize) -> Option<Range<usize>> {
    let value = word.get(at..)?;
    let start = match form {
        Form::Value | Form::Attached => at,
        Form::BehindColon => at + value.iter().position(|b| *b == b':')? + 1,
    };
    (start < word.len()).then_some(start..word.len())
}

/// `--password` `VALUE`.
fn follows_option(before: &[u8], word: &[u8]) -> bool {
    before.starts_with(b"-")
        && before.iter().all(in_name)
        && !word.starts_with(b"-")
        && names::is_secret(before)
}

/// `--password=VALUE` to the argument's end, whatever is in it. `PASSWORD=VALUE` only if it is one
/// word: else it is a script that begins with an assignment.
fn assigned(word: &[u8]) -> Option<Range<usize>> {
    let equals = word.iter().position(|b| *b == b'=')?;
    let (name, value) = (word.get(..equals)?, word.get(equals + 1..)?);
    let whole = name.starts_with(b"-") || !value.iter().any(u8::is_ascii_whitespace);
    (whole && !value.is_empty() && name.iter().all(in_name) && names::is_secret(name))
        .then_some(equals + 1..word.len())
}

fn in_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(byte)
}

/// The words between blanks, and where each begins.
fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    text.split(|b| *b <= b' ').filter_map(move |word| {
        let at = start;
        start += word.len() + 1;
        (!word.is_empty()).then_some((at, word))
    })
}
