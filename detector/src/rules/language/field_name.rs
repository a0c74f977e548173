//! The names of fields as conditions write them, and what to say where there is no such field.

use super::{ast::FieldName, check::CheckError, place::At, suggest};
use crate::rules::matching::fields::{Accepts, Argument, Field, Reach};

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

impl FieldName {
    /// As written, and as outputs name it.
    pub(super) fn key(&self) -> String {
        let Self { name, argument } = self;
        argument.as_ref().map_or_else(
            || name.node.clone(),
            |argument| format!("{name}[{argument}]"),
        )
    }
}

/// What to say about a name that is no field.
fn hint(name: &str) -> String {
    let definitions = Field::ALL.iter().map(|field| field.definition());
    let supplied = definitions.filter(|definition| definition.supplied);
    suggest::hint(name, supplied.map(|definition| definition.name))
}

/// The field that a name means, with its argument.
pub(in crate::rules) fn field(
    name: &FieldName,
) -> Result<(Field, Option<Argument>), At<CheckError>> {
    let (place, text) = (name.name.place, name.name.node.as_str());
    let Some((field, dotted)) = look_up(text) else {
        let hint = hint(text);
        let fault = CheckError::UnknownField {
            name: text.to_owned(),
            hint,
        };
        return Err(At::new(place, fault));
    };
    let bracket = name.argument.as_ref();
    let place = bracket.map_or(place, |argument| argument.place);
    let argument = match (dotted, bracket) {
        (None, None) => None,
        (Some(argument), None) => Some(argument.to_owned()),
        (None, Some(argument)) => Some(argument.node.clone()),
        (Some(first), Some(second)) => Some(format!("{first}[{second}]")),
    };
    let fit = match argument {
        Some(text) => fit_argument(field, Some(&text), dotted.is_some() && bracket.is_some()),
        None => fit_argument(field, None, false),
    };
    fit.map(|argument| (field, argument))
        .map_err(|fault| At::new(place, fault))
}

fn fit_argument(
    field: Field,
    text: Option<&str>,
    twice: bool,
) -> Result<Option<Argument>, CheckError> {
    let definition = field.definition();
    let (takes, example) = match definition.accepts {
        Accepts::Nothing => ("no argument", ""),
        Accepts::MaybeIndex if definition.reach == Reach::Ancestors => {
            ("the number of an ancestor", "[1]")
        }
        Accepts::MaybeIndex => ("the number of one, from 0", "[0]"),
        Accepts::Name => ("the name of an argument", ".flags"),
        Accepts::NameOrIndex => ("the name or number of an argument", ".flags"),
        Accepts::Key | Accepts::MaybeKey => ("a key", "[key]"),
        Accepts::KeyOrIndex => ("a number or a pattern", "[0]"),
    };
    let name = definition.name;
    let Some(text) = text else {
        return match definition.accepts {
            Accepts::Nothing | Accepts::MaybeIndex | Accepts::MaybeKey => Ok(None),
            _ => Err(CheckError::ArgumentMissing { name, example }),
        };
    };
    let index = text.parse().ok().map(Argument::Index);
    let word = || Some(Argument::Name(text.into()));
    let argument = match definition.accepts {
        _ if twice => None,
        Accepts::Nothing => None,
        Accepts::MaybeIndex => index,
        Accepts::Name => word().filter(|_| index.is_none()),
        Accepts::NameOrIndex | Accepts::KeyOrIndex => index.or_else(word),
        Accepts::Key | Accepts::MaybeKey => word(),
    };
    match argument {
        Some(argument) => Ok(Some(argument)),
        None => Err(CheckError::BadArgument {
            name,
            argument: text.to_owned(),
            takes,
        }),
    }
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
