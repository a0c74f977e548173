//! Redaction: the one stage that everything passes before it leaves the process.
//!
//! Command lines and environments carry keys and passwords. What is recognised as one is replaced
//! by `***`; what tells its kind (`ghp_`, `sk-`, the name before the `=`) stays, since an
//! investigation needs to know *which* secret went *where*, never its value. Recognised are tokens
//! by their form, values by the name before them, and passwords by their place in a command line
//! or URL. A doubtful case is masked when it looks like a value and left when it is prose, a path
//! or a reference (`$TOKEN`).
//!
//! Masking twice gives what masking once gave, and takes time linear in the text.

use std::borrow::Cow;
use std::ops::Range;

use regex::bytes::Regex;

mod names;
mod places;
mod programs;
mod tokens;
mod values;

use places::Places;
use tokens::Tokens;
use values::Values;

/// What stands in a secret's place.
const MASK: &[u8] = b"***";
/// A mask may bring a new match about where two kinds of secrets overlapped; twice is rare.
const PASSES: usize = 4;

/// Finds and masks secrets. Made once, used from everywhere.
#[derive(Debug, Clone)]
pub struct Redactor {
    tokens: Tokens,
    values: Values,
    places: Places,
}

impl Redactor {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// Where a pattern is malformed: a fault of this program's, which its tests exclude.
    pub fn new() -> Result<Self, regex::Error> {
        let (tokens, values, places) = (Tokens::new()?, Values::new()?, Places::new()?);
        Ok(Self {
            tokens,
            values,
            places,
        })
    }

    /// Text without its secrets; borrowed where there are none.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(masked) => Cow::Owned(lossy(masked)),
        }
    }

    /// As [`Self::text`], for bytes that need not be UTF-8.
    #[must_use]
    pub fn bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let mut masked = Cow::Borrowed(text);
        for _ in 0..PASSES {
            let spans = self.spans(&masked);
            if spans.is_empty() {
                break;
            }
            masked = Cow::Owned(replace(&masked, &spans));
        }
        masked
    }

    /// Overwrites secrets with asterisks, keeping every byte's place; says whether there were any.
    #[must_use]
    pub fn in_place(&self, text: &mut [u8]) -> bool {
        let mut found = false;
        for _ in 0..PASSES {
            let spans = self.spans(text);
            if spans.is_empty() {
                break;
            }
            found = true;
            for span in spans {
                text.get_mut(span).unwrap_or_default().fill(b'*');
            }
        }
        found
    }

    /// An argument vector without its secrets. It knows more than its joined text: where an
    /// argument ends, and that no shell expands it any more.
    #[must_use]
    pub fn argv<'a, A: AsRef<[u8]>>(&self, argv: &'a [A]) -> Vec<Cow<'a, [u8]>> {
        let mut masked: Vec<_> = argv
            .iter()
            .map(|word| Cow::Borrowed(word.as_ref()))
            .collect();
        for _ in 0..PASSES {
            let words: Vec<&[u8]> = masked.iter().map(AsRef::as_ref).collect();
            let changes = self.changes(&words);
            if changes.iter().all(Option::is_none) {
                break;
            }
            for (word, change) in masked.iter_mut().zip(changes) {
                if let Some(change) = change {
                    *word = Cow::Owned(change);
                }
            }
        }
        masked
    }

    /// The words that hold secrets, without them.
    fn changes(&self, words: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let change = |(word, span): (&&[u8], Option<Range<usize>>)| {
            let span = span.filter(|span| is_secret(word, span));
            // What is in front of that secret may hold another (`--url=... --token=...`).
            let by_place = span.map(|span| replace(word, &[span]));
            match self.bytes(by_place.as_deref().unwrap_or(word)) {
                Cow::Owned(masked) => Some(masked),
                Cow::Borrowed(_) => by_place,
            }
        };
        words
            .iter()
            .zip(programs::secrets(words))
            .map(change)
            .collect()
    }

    /// As [`Self::argv`], for text.
    #[must_use]
    pub fn argv_text<A: AsRef<str>>(&self, argv: &[A]) -> Vec<String> {
        let words: Vec<&[u8]> = argv.iter().map(|word| word.as_ref().as_bytes()).collect();
        self.argv(&words)
            .into_iter()
            .map(|word| lossy(word.into_owned()))
            .collect()
    }

    /// The value of an environment variable without its secrets.
    #[must_use]
    pub fn variable<'a>(&self, name: &[u8], value: &'a [u8]) -> Cow<'a, [u8]> {
        match names::is_secret(name) && is_secret(value, &(0..value.len())) {
            true => Cow::Borrowed(MASK),
            false => self.bytes(value),
        }
    }

    /// An environment block (NUL-separated `NAME=VALUE`) without its secrets.
    #[must_use]
    pub fn environ(&self, block: &[u8]) -> Vec<u8> {
        let entries = block.split(|b| *b == 0).map(|entry| {
            let equals = entry.iter().position(|b| *b == b'=');
            match equals.and_then(|at| entry.split_at_checked(at + 1)) {
                Some((name, value)) => {
                    let value = self.variable(name.strip_suffix(b"=").unwrap_or(name), value);
                    [name, &value].concat()
                }
                None => self.bytes(entry).into_owned(),
            }
        });
        entries.collect::<Vec<_>>().join(&0)
    }

    /// Where the secrets are, in order and apart from each other.
    fn spans(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        self.tokens.find(text, &mut spans);
        self.values.find(text, &mut spans);
        self.places.find(text, &mut spans);
        programs::find(text, &mut spans);
        spans.retain(|span| is_secret(text, span));
        spans.sort_by_key(|span| (span.start, span.end));
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(spans.len());
        for span in spans {
            match apart.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => apart.push(span),
            }
        }
        apart
    }
}

/// Neither empty nor masked already.
fn is_secret(text: &[u8], span: &Range<usize>) -> bool {
    text.get(span.clone())
        .is_some_and(|secret| secret.iter().any(|b| *b != b'*'))
}

fn replace(text: &[u8], spans: &[Range<usize>]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(text.len() + spans.len() * MASK.len());
    let mut done = 0;
    for span in spans {
        masked.extend_from_slice(text.get(done..span.start).unwrap_or_default());
        masked.extend_from_slice(MASK);
        done = span.end;
    }
    masked.extend_from_slice(text.get(done..).unwrap_or_default());
    masked
}

/// Masks begin and end at ASCII bytes, so text stays text; anything else would be a fault.
fn lossy(masked: Vec<u8>) -> String {
    String::from_utf8(masked).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// A pattern over bytes, where letters, digits and word boundaries are ASCII's.
fn pattern(text: &str) -> Result<Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(text).unicode(false).build()
}

#[cfg(test)]
mod tests;
