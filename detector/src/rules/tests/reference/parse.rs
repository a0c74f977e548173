//! The reference, second part: the grammar of conditions, one function a rule.

use super::expression::{Check, Expr, Modifier, Operand, Subject};

const NUMERIC: &[&str] = &["<=", "<", ">=", ">"];
const TEXTUAL: &[&str] = &[
    "==",
    "=",
    "!=",
    "glob",
    "iglob",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "regex",
];
const LISTED: &[&str] = &["intersects", "in", "pmatch"];

const FUNCTIONS: &[&str] = &[
    "tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt",
];

/// Fields whose last name is their argument.
const WITH_NAMES: &[&str] = &["evt.arg.", "evt.rawarg."];

/// Parses a condition.
pub(super) fn condition(text: &[u8]) -> Result<Expr, String> {
    let mut parser = Parser { text, at: 0 };
    let expression = parser.or()?;
    parser.blanks();
    match parser.rest() {
        [] => Ok(expression),
        rest => Err(format!("'{}' behind the end", rest.escape_ascii())),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    fn fails<T>(&self, wanted: &str) -> Result<T, String> {
        Err(format!("{wanted} at '{}'", self.rest().escape_ascii()))
    }

    /// Takes all bytes of a kind.
    fn span(&mut self, is_part: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| is_part(**byte)).count();
        self.at += length;
        &rest[..length]
    }

    /// Takes blanks, and says whether there were any.
    fn blanks(&mut self) -> bool {
        !self.span(is_blank).is_empty()
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text.as_bytes());
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.and()?];
        while self.keyword("or") {
            parts.push(match self.blanks() {
                true => self.and()?,
                false => self.parenthesised()?,
            });
        }
        Ok(only(parts).unwrap_or_else(Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.not()?];
        while self.keyword("and") {
            parts.push(match self.blanks() {
                true => self.not()?,
                false => self.parenthesised()?,
            });
        }
        Ok(only(parts).unwrap_or_else(Expr::And))
    }

    fn not(&mut self) -> Result<Expr, String> {
        if !self.keyword("not") {
            return self.check();
        }
        let inner = match self.blanks() {
            true => self.not()?,
            false => self.parenthesised()?,
        };
        Ok(Expr::Not(Box::new(inner)))
    }

    /// Takes a keyword: a blank or a parenthesis stands behind it.
    fn keyword(&mut self, word: &str) -> bool {
        let start = self.at;
        self.blanks();
        let found = self.take(word);
        let next = self.rest().first().copied();
        if found && next.is_some_and(|byte| is_blank(byte) || byte == b'(') {
            return true;
        }
        self.at = start;
        false
    }

    fn parenthesised(&mut self) -> Result<Expr, String> {
        if !self.take("(") {
            return self.fails("expected (");
        }
        let inner = self.or()?;
        self.blanks();
        match self.take(")") {
            true => Ok(inner),
            false => self.fails("expected )"),
        }
    }

    fn check(&mut self) -> Result<Expr, String> {
        self.blanks();
        if self.rest().starts_with(b"(") {
            return self.parenthesised();
        }
        let name = self.name()?;
        let is_function = FUNCTIONS.contains(&name.as_str()) && self.rest().starts_with(b"(");
        let subject = match name.contains('.') || is_function {
            true => self.subject(name)?,
            false => return Ok(Expr::Macro(name)),
        };
        self.blanks();
        let (operator, operand) = self.comparison()?;
        Ok(Expr::Check(Check {
            subject,
            operator,
            operand,
        }))
    }

    fn name(&mut self) -> Result<String, String> {
        let name = self.span(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
        match name {
            [] => self.fails("expected a name"),
            name => Ok(String::from_utf8_lossy(name).into_owned()),
        }
    }

    /// A field or a function, by the name that was taken.
    fn subject(&mut self, name: String) -> Result<Subject, String> {
        if !FUNCTIONS.contains(&name.as_str()) {
            return Ok(Subject::Field(self.field(name)?));
        }
        let given = self.given()?;
        let argument = match *self.rest() {
            [b'[', option, b']', ..] => {
                self.at += 3;
                Some(option)
            }
            _ => None,
        };
        Ok(Subject::Call(name, given, argument))
    }

    /// In parentheses what a function is given, or a list of that.
    fn given(&mut self) -> Result<Vec<Subject>, String> {
        if !self.take("(") {
            return self.fails("expected (");
        }
        let mut parts = Vec::new();
        self.blanks();
        while !self.take(")") {
            if !parts.is_empty() && !self.take(",") {
                return self.fails("expected , or )");
            }
            self.blanks();
            parts.push(match self.rest().first() {
                Some(b'(') => Subject::List(self.given()?),
                Some(b'"' | b'\'') => Subject::Text(self.quoted()?),
                _ => {
                    let name = self.name()?;
                    self.subject(name)?
                }
            });
            self.blanks();
        }
        Ok(parts)
    }

    /// What stands on the right and is no constant.
    fn right(&mut self) -> Result<Option<Subject>, String> {
        if self.take("val(") {
            self.blanks();
            let name = self.name()?;
            let field = self.field(name)?;
            self.blanks();
            return match self.take(")") {
                true => Ok(Some(Subject::Field(field))),
                false => self.fails("expected )"),
            };
        }
        let start = self.at;
        match self.name() {
            Ok(name) if FUNCTIONS.contains(&name.as_str()) && self.rest().starts_with(b"(") => {
                self.subject(name).map(Some)
            }
            _ => {
                self.at = start;
                Ok(None)
            }
        }
    }

    fn field(&mut self, name: String) -> Result<String, String> {
        if self.take("[") {
            let argument = match self.rest().first() {
                Some(b'"' | b'\'') => self.quoted()?,
                _ => self
                    .span(|byte| !is_blank(byte) && !b"[]\"'".contains(&byte))
                    .to_vec(),
            };
            if argument.is_empty() || !self.take("]") {
                return self.fails("expected an argument and ]");
            }
            return Ok(format!("{name}[{}]", String::from_utf8_lossy(&argument)));
        }
        let split = WITH_NAMES
            .iter()
            .find_map(|prefix| Some((prefix, name.strip_prefix(prefix)?)));
        Ok(match split {
            Some((prefix, argument)) => format!("{}[{argument}]", prefix.trim_end_matches('.')),
            None => name,
        })
    }

    fn comparison(&mut self) -> Result<(&'static str, Operand), String> {
        if self.take("exists") {
            return Ok(("exists", Operand::Nothing));
        }
        let all = NUMERIC.iter().chain(TEXTUAL).chain(LISTED);
        let operator = all.copied().find(|operator| self.take(operator));
        let Some(operator) = operator else {
            return self.fails("expected an operator");
        };
        let is_word = TEXTUAL.contains(&operator) && operator.as_bytes()[0].is_ascii_alphabetic();
        if !self.blanks() && is_word {
            return self.fails("expected a blank");
        }
        let operand = match self.right()? {
            Some(subject) => Operand::Subject(subject),
            None if LISTED.contains(&operator) => Operand::Many(None, self.list()?),
            // The grammar wants a number here. Any text is taken, since text has an order too.
            None if NUMERIC.contains(&operator) => Operand::One(self.value()?),
            None => self.one_or_many()?,
        };
        Ok((if operator == "==" { "=" } else { operator }, operand))
    }

    fn one_or_many(&mut self) -> Result<Operand, String> {
        let start = self.at;
        for (word, modifier) in [
            ("oneof", Modifier::One),
            ("anyof", Modifier::Any),
            ("allof", Modifier::All),
        ] {
            // A list in parentheses makes it a modifier; a named one is resolved before this.
            if self.take(word) {
                self.blanks();
                if self.rest().starts_with(b"(") {
                    return Ok(Operand::Many(Some(modifier), self.list()?));
                }
                self.at = start;
            }
        }
        Ok(Operand::One(self.value()?))
    }

    fn list(&mut self) -> Result<Vec<Vec<u8>>, String> {
        if !self.take("(") {
            return self.fails("expected a list");
        }
        let mut values = Vec::new();
        self.blanks();
        while !self.take(")") {
            if !values.is_empty() && !self.take(",") {
                return self.fails("expected , or )");
            }
            self.blanks();
            values.push(self.value()?);
            self.blanks();
        }
        Ok(values)
    }

    fn value(&mut self) -> Result<Vec<u8>, String> {
        if self.rest().starts_with(b"\"") || self.rest().starts_with(b"'") {
            return self.quoted();
        }
        let bare = self.span(|byte| !is_blank(byte) && !b"()\"'=,".contains(&byte));
        match bare {
            [] => self.fails("expected a value"),
            bare => Ok(bare.to_vec()),
        }
    }

    fn quoted(&mut self) -> Result<Vec<u8>, String> {
        let quote = self.rest()[0];
        self.at += 1;
        let mut value = Vec::new();
        loop {
            value.extend(self.span(|byte| byte != quote && byte != b'\\'));
            match *self.rest() {
                [byte, ..] if byte == quote => {
                    self.at += 1;
                    return Ok(value);
                }
                [b'\\', escape, ..] => {
                    self.at += 2;
                    value.push(self.escaped(quote, escape)?);
                }
                _ => return self.fails("expected the end of a string"),
            }
        }
    }

    fn escaped(&mut self, quote: u8, escape: u8) -> Result<u8, String> {
        Ok(match escape {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' | b'/' => escape,
            // A blank is lost behind a backslash.
            b' ' => b'\\',
            _ if escape == quote => quote,
            b'x' => {
                let digits = self.rest().get(..2).map(String::from_utf8_lossy);
                self.at += 2;
                let byte = digits.and_then(|digits| u8::from_str_radix(&digits, 16).ok());
                return byte.ok_or_else(|| "expected two digits".to_owned());
            }
            _ => return self.fails("unknown escape"),
        })
    }
}

fn only(mut parts: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
    match parts.len() {
        1 => Ok(parts.remove(0)),
        _ => Err(parts),
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 8)
}
