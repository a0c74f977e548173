//! Fields with their arguments, and functions with what is given to them.

use super::{
    ast::{FieldName, Literal},
    lexer::{Cursor, Result, SyntaxError},
    parser::Parser,
    place::{At, Placed},
    subject::{Call, Function, Given, Subject},
    suggest,
};
use crate::rules::matching::fields::Field;

/// How deeply functions may nest.
const MAX_CALLS: usize = 32;

/// The name of what only compares with a field.
const VAL: &str = "val";

/// Reads the argument in brackets that may follow a field.
pub(super) fn bracket(cursor: &mut Cursor<'_>, name: Placed<String>) -> Result<FieldName> {
    let argument = argument(cursor, &name.node)?;
    Ok(FieldName { name, argument })
}

fn argument(cursor: &mut Cursor<'_>, of: &str) -> Result<Option<Placed<String>>> {
    if !cursor.eat("[") {
        return Ok(None);
    }
    let argument = match cursor.quoted()? {
        Some(Placed { node, place }) if node.contains(&0) => {
            return Err(At::new(place, SyntaxError::Zero));
        }
        Some(Placed { node, place }) => Some(Placed::new(
            String::from_utf8_lossy(&node).into_owned(),
            place,
        )),
        None => cursor.bare_argument(),
    };
    if argument.is_none() {
        return Err(cursor.expected(format!("an argument for '{of}'")));
    }
    if !cursor.eat("]") {
        return Err(cursor.expected("']'"));
    }
    Ok(argument)
}

impl Parser<'_> {
    /// A function, if this word is the name of one and a parenthesis follows.
    pub(super) fn call(&mut self, word: &Placed<String>) -> Result<Option<Box<Call>>> {
        let function = Function::named(&word.node).filter(|_| self.cursor.peek() == Some('('));
        let Some(function) = function else {
            return Ok(None);
        };
        if self.calls >= MAX_CALLS {
            return Err(At::new(word.place, SyntaxError::CallsTooDeep(MAX_CALLS)));
        }
        self.calls += 1;
        let given = self.given_list()?;
        self.calls -= 1;
        let selector = argument(&mut self.cursor, function.name())?;
        Ok(Some(Box::new(Call {
            function: Placed::new(function, word.place),
            given,
            selector,
        })))
    }

    /// What stands in parentheses behind the name of a function, or in a list among that.
    fn given_list(&mut self) -> Result<Vec<Given>> {
        self.cursor.eat("(");
        let mut given = Vec::new();
        self.cursor.skip_blanks();
        if self.cursor.eat(")") {
            return Ok(given);
        }
        loop {
            given.push(self.given()?);
            self.cursor.skip_blanks();
            if self.cursor.eat(")") {
                return Ok(given);
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.expected("',' or ')'"));
            }
            self.cursor.skip_blanks();
        }
    }

    fn given(&mut self) -> Result<Given> {
        let start = self.cursor.offset();
        if let Some(value) = self.cursor.quoted()? {
            let quoted = true;
            return Ok(Given::Constant(Literal { value, quoted }));
        }
        if self.cursor.peek() == Some('(') {
            if self.calls >= MAX_CALLS {
                let place = self.cursor.place(start..start + 1);
                return Err(At::new(place, SyntaxError::CallsTooDeep(MAX_CALLS)));
            }
            self.calls += 1;
            let parts = self.given_list()?;
            self.calls -= 1;
            let place = self.cursor.place(start..start + 1);
            return Ok(Given::List(Placed::new(parts, place)));
        }
        let before = self.cursor.clone();
        if let Some(word) = self.cursor.word(true) {
            if let Some(call) = self.call(&word)? {
                return Ok(Given::Subject(Subject::Call(call)));
            }
            self.refuse_call(&word)?;
            if word.node.contains('.') || Field::named(&word.node).is_some() {
                let field = bracket(&mut self.cursor, word)?;
                return Ok(Given::Subject(Subject::Field(field)));
            }
        } else if let Some(Placed { node, place }) = self.cursor.bare().filter(is_number) {
            let value = Placed::new(node.into_bytes(), place);
            let quoted = false;
            return Ok(Given::Constant(Literal { value, quoted }));
        }
        Err(before.expected("a field, a function, a text in quotes, a number or a list"))
    }

    /// `val(field)` or a function, where one begins here: the right side of a comparison.
    pub(super) fn right_subject(&mut self) -> Result<Option<Subject>> {
        self.cursor.skip_blanks();
        let before = self.cursor.clone();
        if let Some(word) = self.cursor.word(false) {
            if word.node == VAL && self.cursor.eat("(") {
                return self.val().map(Some);
            }
            if let Some(call) = self.call(&word)? {
                return Ok(Some(Subject::Call(call)));
            }
        }
        self.cursor = before;
        Ok(None)
    }

    /// The field in `val(...)`, behind the parenthesis.
    fn val(&mut self) -> Result<Subject> {
        self.cursor.skip_blanks();
        let before = self.cursor.clone();
        let expected = "a field: 'val' is for a field alone, a function needs none";
        let Some(word) = self.cursor.word(true) else {
            return Err(before.expected(expected));
        };
        if self.cursor.peek() == Some('(') {
            return Err(before.expected(expected));
        }
        let field = bracket(&mut self.cursor, word)?;
        self.cursor.skip_blanks();
        if !self.cursor.eat(")") {
            return Err(self.cursor.expected("')'"));
        }
        Ok(Subject::Field(field))
    }

    /// Refuses a word with a parenthesis behind it, which is no function, or not one for this place.
    pub(super) fn refuse_call(&self, word: &Placed<String>) -> Result<()> {
        if self.cursor.peek() != Some('(') {
            return Ok(());
        }
        let name = word.node.as_str();
        let fault = if name == VAL {
            SyntaxError::Misplaced {
                name: name.to_owned(),
                instead: "it makes of a field the one right side of a comparison, as in 'proc.name = val(proc.pname)'",
            }
        } else if Function::named(name).is_some() {
            SyntaxError::Misplaced {
                name: name.to_owned(),
                instead: "compare with it alone, without a list around it",
            }
        } else {
            let names = Function::ALL.iter().map(|function| function.name());
            SyntaxError::UnknownFunction {
                name: name.to_owned(),
                hint: suggest::hint(name, names),
            }
        };
        Err(At::new(word.place, fault))
    }
}

/// Digits, perhaps with a sign, a point and an exponent, or hexadecimal digits behind `0x`.
fn is_number(word: &Placed<String>) -> bool {
    let text = word.node.as_str();
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<f64>().is_ok(),
    }
}
