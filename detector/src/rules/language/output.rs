//! Output templates as written: text with `%field`, `%field[argument]` and `%function(field)`.

use super::{
    ast::FieldName,
    call::bracket,
    check::CheckError,
    doubt::Doubt,
    field_name,
    lexer::{Cursor, SyntaxError},
    made::{self, Asked},
    parser::Parser,
    place::{At, Placed},
    subject::Subject,
    text::Text,
};
use crate::rules::matching::{
    fields::{Accepts, Field},
    template::{Asked as Kept, Part, Slot, Template},
};

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// A percent sign that begins nothing.
    #[error(
        "'%' must be followed by a field, such as %proc.name: there is no way to write the sign itself"
    )]
    NoField,
    /// A column wider than any terminal.
    #[error("a field can be padded to {MAX_WIDTH} characters at most")]
    Width,
    /// The field is wrong.
    #[error(transparent)]
    Field(#[from] CheckError),
    /// The argument is wrong.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

/// No column needs to be wider.
const MAX_WIDTH: usize = 1000;

/// A template that was read, and what is to be doubted of it.
type Read = (Template, Vec<At<Doubt>>);

/// Reads a template, or reports every fault in it.
pub(in crate::rules) fn compile(text: &Text) -> Result<Read, Vec<At<OutputError>>> {
    let mut parts = Vec::new();
    let mut doubts = Vec::new();
    let mut errors = Vec::new();
    let mut plain = String::new();
    let mut parser = Parser::new(text);
    while let Some(character) = parser.cursor.bump() {
        if character != '%' {
            plain.push(character);
            continue;
        }
        match slot(&mut parser, &mut doubts) {
            Ok((_, asked)) if is_container_info(&asked) => {
                let places = asked.iter().map(|(_, _, _, place)| *place);
                doubts.extend(places.map(|place| At::new(place, Doubt::ContainerInfo)));
            }
            Ok((slot, asked)) => {
                doubts.extend(asked.iter().filter_map(|(field, _, _, place)| {
                    Doubt::of(*field).map(|doubt| At::new(*place, doubt))
                }));
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Field(slot));
            }
            Err(error) => errors.push(error),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    if errors.is_empty() {
        Ok((Template::new(parts), doubts))
    } else {
        Err(errors)
    }
}

/// What rules elsewhere end with: it stands for nothing, there as here.
fn is_container_info(asked: &Asked) -> bool {
    matches!(asked.as_slice(), [(Field::ContainerInfo, ..)])
}

/// Reads what follows a percent sign, and says which fields it asks for.
fn slot(
    parser: &mut Parser<'_>,
    doubts: &mut Vec<At<Doubt>>,
) -> Result<(Slot, Asked), At<OutputError>> {
    let cursor = &mut parser.cursor;
    let start = cursor.offset();
    let sign = cursor.place(start.saturating_sub(1)..start);
    let width = cursor.number();
    let digits = cursor.offset();
    if digits > start && width.is_none_or(|width| width > MAX_WIDTH) {
        return Err(At::new(sign, OutputError::Width));
    }
    let Some(name) = cursor.word(true) else {
        return Err(At::new(sign, OutputError::NoField));
    };
    let subject = match parser.call(&name).map_err(At::widen)? {
        Some(call) => Subject::Call(call),
        None => {
            if !name.node.contains('.') && field_name::look_up(&name.node).is_none() {
                parser.refuse_call(&name).map_err(At::widen)?;
            }
            let place = name.place;
            let (subject, doubt) = field(&mut parser.cursor, name, digits)?;
            doubts.extend(doubt.map(|doubt| At::new(place, doubt)));
            subject
        }
    };
    let mut asked = Vec::new();
    let (compiled, _) = match subject {
        Subject::Call(_) => made::single(&subject, &mut asked),
        Subject::Field(_) => made::subject(&subject, &mut asked),
    }
    .map_err(At::widen)?;
    let text = match &subject {
        Subject::Field(name) => name.key(),
        Subject::Call(call) => call.to_string(),
    };
    let fields = asked.iter().map(|(field, argument, key, _)| Kept {
        key: key.clone(),
        field: *field,
        argument: argument.clone(),
    });
    let slot = Slot {
        text,
        subject: compiled,
        fields: fields.collect(),
        // A width of 0 is none.
        width: width.filter(|width| *width > 0),
    };
    Ok((slot, asked))
}

/// No field has a longer name.
const MAX_NAME: usize = 100;

/// The longest beginning that is a field: the rest of `%fd.name.old` or `%proc.name[` is text.
fn field(
    cursor: &mut Cursor<'_>,
    mut name: Placed<String>,
    start: usize,
) -> Result<(Subject, Option<Doubt>), At<OutputError>> {
    let whole = name.node.len();
    let known = |length: &usize| {
        let name = name.node.get(..*length);
        name.is_some_and(|name| field_name::look_up(name).is_some())
    };
    let shorter = (1..whole.min(MAX_NAME)).rev();
    let length = [whole].into_iter().chain(shorter).find(known);
    let length = length.unwrap_or(whole);
    if length < whole {
        let inside = !name.node.get(length..).unwrap_or_default().starts_with('.');
        let written = name.node.clone();
        cursor.rewind(start + length);
        name.node.truncate(length);
        name = Placed::new(name.node, cursor.place(start..start + length));
        let field = name.node.clone();
        let doubt = inside.then_some(Doubt::TextBehind { written, field });
        let argument = None;
        return Ok((Subject::Field(FieldName { name, argument }), doubt));
    }
    let alone = FieldName {
        name: name.clone(),
        argument: None,
    };
    let before = cursor.offset();
    let bracketed = bracket(cursor, name).map_err(At::widen);
    let bracketed = bracketed.and_then(|name| {
        field_name::field(&name).map_err(At::widen)?;
        Ok(name)
    });
    match bracketed {
        Ok(name) => Ok((Subject::Field(name), None)),
        Err(error) => match field_name::field(&alone) {
            Ok((field, _)) => {
                let end = cursor.offset();
                cursor.rewind(before);
                let takes = field.definition().accepts != Accepts::Nothing;
                let doubt = takes.then(|| Doubt::TextBehind {
                    written: cursor.text(start..end),
                    field: alone.name.node.clone(),
                });
                Ok((Subject::Field(alone), doubt))
            }
            Err(_) => Err(error),
        },
    }
}
