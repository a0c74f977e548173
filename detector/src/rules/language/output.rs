//! Output templates as written: text with `%field` and `%field[argument]`.

use super::{
    ast::FieldName,
    check::{self, CheckError, Doubt},
    field_name,
    lexer::{Cursor, SyntaxError},
    parser,
    place::{At, Place, Placed},
    text::Text,
};
use crate::rules::matching::template::{Part, Slot, Template};

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
    let mut cursor = Cursor::new(text);
    while let Some(character) = cursor.bump() {
        if character != '%' {
            plain.push(character);
            continue;
        }
        match slot(&mut cursor) {
            Ok((slot, place)) => {
                doubts.extend(Doubt::of(slot.field).map(|doubt| At::new(place, doubt)));
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

/// Reads what follows a percent sign.
fn slot(cursor: &mut Cursor<'_>) -> Result<(Slot, Place), At<OutputError>> {
    let start = cursor.offset();
    let sign = cursor.place(start.saturating_sub(1)..start);
    let width = cursor.number();
    let digits = cursor.offset();
    if digits > start && width.is_none_or(|width| width > MAX_WIDTH) {
        return Err(At::new(sign, OutputError::Width));
    }
    let Some(mut name) = cursor.word(true) else {
        return Err(At::new(sign, OutputError::NoField));
    };
    // The longest prefix that is a field: the rest of `%fd.name.old` is text.
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
        cursor.rewind(digits + length);
        name.node.truncate(length);
        name = Placed::new(name.node, cursor.place(digits..digits + length));
    }
    let name = parser::bracket(cursor, name).map_err(At::widen)?;
    let (field, argument) = check::field(&name).map_err(At::widen)?;
    let place = name.name.place;
    let slot = Slot {
        key: key(&name),
        field,
        argument,
        width,
    };
    Ok((slot, place))
}

fn key(FieldName { name, argument }: &FieldName) -> String {
    argument.as_ref().map_or_else(
        || name.node.clone(),
        |argument| format!("{name}[{argument}]"),
    )
}
