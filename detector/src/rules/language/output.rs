//! Output templates as written: text with `%field`, `%field[argument]` and `%function(field)`.

use super::{
    call::bracket,
    check::{CheckError, Doubt},
    field_name,
    lexer::{Cursor, SyntaxError},
    made::{self, Asked},
    parser::Parser,
    place::{At, Placed},
    subject::Subject,
    text::Text,
};
use crate::rules::matching::template::{Asked as Field, Part, Slot, Template};

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
        match slot(&mut parser) {
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

/// Reads what follows a percent sign, and says which fields it asks for.
fn slot(parser: &mut Parser<'_>) -> Result<(Slot, Asked), At<OutputError>> {
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
            field(&mut parser.cursor, name, digits)?
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
    let fields = asked.iter().map(|(field, argument, key, _)| Field {
        key: key.clone(),
        field: *field,
        argument: argument.clone(),
    });
    let slot = Slot {
        text,
        subject: compiled,
        fields: fields.collect(),
        width,
    };
    Ok((slot, asked))
}

/// The longest prefix that is a field: the rest of `%fd.name.old` is text.
fn field(
    cursor: &mut Cursor<'_>,
    mut name: Placed<String>,
    start: usize,
) -> Result<Subject, At<OutputError>> {
    let known = |name: &str| field_name::look_up(name).is_some();
    let longest = name
        .node
        .match_indices('.')
        .map(|(dot, _)| dot)
        .chain([name.node.len()])
        .rev();
    let length = longest
        .into_iter()
        .find(|length| name.node.get(..*length).is_some_and(known));
    if let Some(length) = length.filter(|length| *length < name.node.len()) {
        cursor.rewind(start + length);
        name.node.truncate(length);
        name = Placed::new(name.node, cursor.place(start..start + length));
    }
    let name = bracket(cursor, name).map_err(At::widen)?;
    Ok(Subject::Field(name))
}
