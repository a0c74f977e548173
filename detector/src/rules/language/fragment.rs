//! Pieces of the condition language that stand alone in YAML: in exceptions and lists.

use super::{
    ast::{FieldName, Literal, Operator, Shape},
    lexer::{Result, is_blank},
    parser::{Parser, bracket},
    place::Placed,
    text::Text,
};
use crate::rules::matching::comparison::Quantifier;

/// Parses a field alone, as exceptions name them.
pub(in crate::rules) fn field(text: &Text) -> Result<FieldName> {
    let mut parser = Parser::new(text);
    parser.cursor.skip_blanks();
    let Some(name) = parser.cursor.word(true) else {
        return Err(parser.cursor.expected("a field"));
    };
    parser.refuse_transformer(&name)?;
    let field = bracket(&mut parser.cursor, name)?;
    parser.end()?;
    Ok(field)
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
    let value = Placed::new(text.as_str().as_bytes().to_vec(), text.whole());
    Ok(Literal {
        value,
        quoted: text.as_str().contains(is_blank),
    })
}
