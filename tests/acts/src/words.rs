//! The words of the command line, taken one by one.

use std::ffi::CString;
use std::fmt;

/// A command line that is not one.
#[derive(Debug)]
pub(crate) struct Misuse(String);

impl Misuse {
    pub(crate) fn unknown(what: &str, word: &str) -> Self {
        Self(format!("unknown {what} `{word}`"))
    }

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is left of the words of one act.
pub(crate) struct Words<'a> {
    rest: std::slice::Iter<'a, String>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(words: &'a [String]) -> Self {
        Self { rest: words.iter() }
    }

    /// The next word; `what` names it in the message when there is none.
    pub(crate) fn text(&mut self, what: &str) -> Result<&'a str, Misuse> {
        self.rest
            .next()
            .map(String::as_str)
            .ok_or_else(|| Misuse::new(format!("expected {what}")))
    }

    /// The next word, if there is one.
    pub(crate) fn optional(&mut self) -> Option<&'a str> {
        self.rest.next().map(String::as_str)
    }

    /// The next word as the kernel takes strings.
    pub(crate) fn c_string(&mut self, what: &str) -> Result<CString, Misuse> {
        c_string(self.text(what)?)
    }

    pub(crate) fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, Misuse> {
        let word = self.text(what)?;
        word.parse()
            .map_err(|_| Misuse::new(format!("{what}: `{word}` is not one")))
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [String] {
        let rest = self.rest.as_slice();
        self.rest = [].iter();
        rest
    }

    pub(crate) fn end(&mut self) -> Result<(), Misuse> {
        self.optional()
            .map_or(Ok(()), |word| Err(Misuse::unknown("argument", word)))
    }
}

pub(crate) fn c_string(text: &str) -> Result<CString, Misuse> {
    CString::new(text).map_err(|_| Misuse::new("a word holds a zero byte"))
}

/// Flags by name, joined by commas: `newns,newuser`.
pub(crate) fn flags(word: &str, names: &[(&str, libc::c_int)]) -> Result<libc::c_int, Misuse> {
    word.split(',').try_fold(0, |sum, name| {
        let found = names.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, bit)| sum | bit)
            .ok_or_else(|| Misuse::unknown("flag", name))
    })
}
