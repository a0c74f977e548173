//! What is right and yet can hardly be meant: a check that never holds here, or that costs more
//! than it has to.

use super::{
    ast::{Literal, Operator},
    place::At,
};
use crate::rules::matching::fields::Field;

/// What fits and yet never holds here, or means something else than it looks like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// An event type that exists and is not reported.
    #[error("the sensor does not report '{0}': this part of the condition never holds")]
    Unreported(String),
    /// A field that exists elsewhere.
    #[error(
        "field '{0}': Falco has it, this detector does not supply it: it is absent at every event"
    )]
    Unsupplied(&'static str),
    /// The direction of events before the call.
    #[error("evt.dir is '<' at every event and never '>': leave the check out, it is deprecated")]
    Entry,
    /// What outputs show where a field is missing.
    #[error("'<NA>' is no value: a check of a missing field is false, write 'not {0} exists'")]
    NoValue(String),
    /// A regular expression that is none.
    #[error(
        "the regular expression '{0}' has nothing special in it: '=', 'contains', 'startswith' or \
         'endswith' say the same and cost less"
    )]
    PlainRegex(String),
    /// A field in an output with letters or brackets behind it that do not belong to it.
    #[error("'{written}' is read as '{field}' with text behind it")]
    TextBehind {
        /// As written.
        written: String,
        /// What was understood.
        field: String,
    },
    /// What older rules end their outputs with.
    #[error("'%container.info' is deprecated and says nothing: leave it out")]
    ContainerInfo,
}

impl Doubt {
    /// The doubt about a field, where there is one.
    pub(super) fn of(field: Field) -> Option<Self> {
        let definition = field.definition();
        (!definition.supplied).then_some(Self::Unsupplied(definition.name))
    }

    /// The doubts about the constants that a field, if it is one, or something made of fields is
    /// compared with.
    pub(super) fn of_constants(
        field: Option<Field>,
        subject: &str,
        operator: Operator,
        literals: &[Literal],
    ) -> Vec<At<Self>> {
        let doubt = |literal: &Literal| {
            let text = literal.lossy();
            let doubt = match (operator, &*text) {
                (_, ">") if field == Some(Field::EvtDir) => Self::Entry,
                (Operator::Equal, "<NA>") => Self::NoValue(subject.to_owned()),
                (Operator::Regex, pattern) if is_plain(pattern) => {
                    Self::PlainRegex(pattern.to_owned())
                }
                _ => return None,
            };
            Some(At::new(literal.value.place, doubt))
        };
        literals.iter().filter_map(doubt).collect()
    }
}

/// Whether a regular expression is a text, perhaps with anything before or behind it.
fn is_plain(pattern: &str) -> bool {
    let text = pattern.strip_prefix('^').unwrap_or(pattern);
    let text = text.strip_suffix('$').unwrap_or(text);
    let any = [".*", ".+", ".?"];
    let start = any.iter().find_map(|any| text.strip_prefix(any));
    let text = start.unwrap_or(text);
    let end = any.iter().find_map(|any| text.strip_suffix(any));
    !end.unwrap_or(text)
        .contains(|character| ".+*?^$()[]{}|\\".contains(character))
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn what_needs_no_regular_expression() {
        for (pattern, expected) in [
            ("abc", true),
            ("^/etc/shadow$", true),
            (".*shadow", true),
            ("/etc/.+", true),
            ("^.*shadow.*$", true),
            ("", true),
            ("a.c", false),
            ("/etc/.*/x", false),
            ("a|b", false),
            ("[ab]", false),
            (r"a\.b", false),
        ] {
            assert_eq!(is_plain(pattern), expected, "{pattern}");
        }
    }
}
