//! The names of fields as conditions write them, and what to say where there is no such field.

use super::suggest;
use crate::rules::matching::fields::{Accepts, Field};

/// The field of a name as written, which may end in `.ARGUMENT`, and that argument.
pub(super) fn look_up(name: &str) -> Option<(Field, Option<&str>)> {
    if let Some(field) = Field::named(name) {
        return Some((field, None));
    }
    let (stem, argument) = name.rsplit_once('.')?;
    let field = Field::named(stem)?;
    let takes = matches!(
        field.definition().accepts,
        Accepts::Name | Accepts::NameOrIndex
    );
    takes.then_some((field, Some(argument)))
}

/// What to say about a name that is no field.
pub(super) fn hint(name: &str) -> String {
    let definitions = Field::ALL.iter().map(|field| field.definition());
    let supplied = definitions.filter(|definition| definition.supplied);
    suggest::hint(name, supplied.map(|definition| definition.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for field in Field::ALL {
            let name = field.definition().name;
            assert_eq!(look_up(name), Some((*field, None)));
        }
    }

    #[test]
    fn an_argument_may_follow_a_dot_where_names_are_taken() {
        assert_eq!(
            look_up("evt.arg.flags"),
            Some((Field::EvtArg, Some("flags")))
        );
        assert_eq!(
            look_up("evt.rawarg.fd"),
            Some((Field::EvtRawarg, Some("fd")))
        );
        assert_eq!(look_up("proc.aname.x"), None);
    }
}
