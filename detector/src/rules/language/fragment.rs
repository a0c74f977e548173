//! Pieces of the condition language that stand alone in YAML: in exceptions and lists.

use super::{
    ast::{FieldName, Literal, Operand, Operator, Shape},
    call::bracket,
    lexer::{Result, SyntaxError, is_blank},
    parser::Parser,
    place::{At, Placed},
    subject::Subject,
    text::Text,
};
use crate::rules::matching::comparison::Quantifier;

/// Parses a field alone, as events name them.
pub(in crate::rules) fn field(text: &Text) -> Result<FieldName> {
    let mut parser = Parser::new(text);
    parser.cursor.skip_blanks();
    let Some(name) = parser.cursor.word(true) else {
        return Err(parser.cursor.expected("a field"));
    };
    let field = bracket(&mut parser.cursor, name)?;
    parser.end()?;
    Ok(field)
}

/// Parses a field or a function alone, as exceptions name them.
pub(in crate::rules) fn subject(text: &Text) -> Result<Subject> {
    let mut parser = Parser::new(text);
    parser.cursor.skip_blanks();
    let Some(name) = parser.cursor.word(true) else {
        return Err(parser.cursor.expected("a field or a function"));
    };
    let subject = match parser.call(&name)? {
        Some(call) => Subject::Call(call),
        None => {
            parser.refuse_call(&name)?;
            Subject::Field(bracket(&mut parser.cursor, name)?)
        }
    };
    parser.end()?;
    Ok(subject)
}

/// Parses an operator alone, perhaps with a quantifier.
pub(in crate::rules) fn operator(text: &Text) -> Result<(Placed<Operator>, Option<Quantifier>)> {
    let mut parser = Parser::new(text);
    let operator = parser.operator()?;
    parser.cursor.skip_blanks();
    let mut ahead = parser.cursor.clone();
    let word = ahead.bare().map(|word| word.node);
    let found = Quantifier::ALL
        .iter()
        .find(|(_, text)| word.as_deref() == Some(*text));
    if found.is_some() && operator.node.shape() == Shape::Value {
        parser.cursor = ahead;
    }
    parser.end()?;
    Ok((operator, found.map(|(quantifier, _)| *quantifier)))
}

/// Parses a list in parentheses alone.
pub(in crate::rules) fn list(text: &Text) -> Result<Vec<Literal>> {
    let mut parser = Parser::new(text);
    parser.cursor.skip_blanks();
    let literals = parser.parenthesised()?;
    parser.end()?;
    Ok(literals)
}

/// Parses one value that a YAML scalar holds: the whole scalar, unless it has quotes of its own.
pub(in crate::rules) fn literal(text: &Text) -> Result<Literal> {
    let mut parser = Parser::new(text);
    parser.cursor.skip_blanks();
    if let Some(value) = parser.cursor.quoted()? {
        parser.end()?;
        return Ok(Literal {
            value,
            quoted: true,
        });
    }
    if !text.as_str().contains(is_blank) && parser.right_subject()?.is_some() {
        return Err(misplaced(text));
    }
    let value = Placed::new(text.as_str().as_bytes().to_vec(), text.whole());
    Ok(Literal {
        value,
        quoted: text.as_str().contains(is_blank),
    })
}

/// Parses one right side that a YAML scalar holds: a function if it is one and has no blanks in it,
/// else a value.
pub(in crate::rules) fn operand(text: &Text) -> Result<Operand> {
    if !text.as_str().contains(is_blank) {
        let mut parser = Parser::new(text);
        if let Some(subject) = parser.right_subject()? {
            parser.end()?;
            return Ok(Operand::Subject(subject));
        }
    }
    literal(text).map(Operand::One)
}

/// A function where only values are.
fn misplaced(text: &Text) -> At<SyntaxError> {
    let name = text.as_str().split('(').next().unwrap_or_default();
    let fault = SyntaxError::Misplaced {
        name: name.trim().to_owned(),
        instead: "a list holds values only",
    };
    At::new(text.whole(), fault)
}
