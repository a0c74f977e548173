//! Functions of fields: does what is given to them fit, and what do they make of it?

use super::{
    check::CheckError,
    constant::ValueError,
    field_name,
    kind::Sort,
    place::{At, Place},
    subject::{Call, Function, Given, Subject},
};
use crate::rules::matching::{
    fields::{Argument, Field, Kind, Reach},
    subject::{self as compiled, Made},
};

type Result<T> = std::result::Result<T, At<CheckError>>;

/// The fields that something is made of, each where it is named.
pub(super) type Asked = Vec<(Field, Option<Argument>, String, Place)>;

/// Compiles what a check is about, and says what its values are; adds the fields that it asks for.
pub(super) fn subject(subject: &Subject, asked: &mut Asked) -> Result<(compiled::Subject, Sort)> {
    match subject {
        Subject::Call(call) => made(call, asked),
        Subject::Field(name) => {
            let (field, argument) = field_name::field(name)?;
            let definition = field.definition();
            let key = name.key();
            asked.push((field, argument.clone(), key, name.name.place));
            let sort = Sort::one(definition.kind).with_list(definition.reach == Reach::List);
            Ok((compiled::Subject::Field(field, argument), sort))
        }
    }
}

/// The same, of a field that has to have one value to be computed with.
pub(super) fn single(of: &Subject, asked: &mut Asked) -> Result<(compiled::Subject, Sort)> {
    let (compiled, sort) = subject(of, asked)?;
    if let compiled::Subject::Field(field, argument) = &compiled {
        let definition = field.definition();
        let name = definition.name;
        let fault = match definition.reach {
            _ if definition.kind == Kind::Network => Some(CheckError::OnlyConstants(name)),
            Reach::Endpoints => Some(CheckError::Several(name, endpoint(*field).to_owned())),
            Reach::Ancestors if argument.is_none() => {
                Some(CheckError::Several(name, format!("{name}[1]")))
            }
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(At::new(of.place(), fault));
        }
    }
    Ok((compiled, sort))
}

/// The field of one end, for one of either.
fn endpoint(field: Field) -> &'static str {
    match field {
        Field::FdPort => "fd.rport",
        Field::FdProto => "fd.rproto",
        _ => "fd.rip",
    }
}

fn made(call: &Call, asked: &mut Asked) -> Result<(compiled::Subject, Sort)> {
    let function = call.function.node;
    let letter = selector(call)?;
    let mut given = Vec::new();
    for part in &call.given {
        given.push(compile(part, asked)?);
    }
    for ((_, sort), part) in given.iter().zip(&call.given) {
        if !suits(function, *sort) {
            let fault = CheckError::Given {
                function: function.name(),
                takes: function.takes(),
                given: part.to_string(),
                is: sort.to_string(),
            };
            return Err(At::new(part.place(), fault));
        }
    }
    let sorts: Vec<Sort> = given.iter().map(|(_, sort)| *sort).collect();
    let parts = given.into_iter().map(|(part, _)| part).collect();
    let (made, sort) = build(function, parts, &sorts, letter).ok_or_else(|| {
        let fault = CheckError::Takes {
            function: function.name(),
            takes: function.takes(),
        };
        At::new(call.function.place, fault)
    })?;
    Ok((compiled::Subject::Made(Box::new(made)), sort))
}

/// The letter in the brackets of `getopt(...)[c]`.
fn selector(call: &Call) -> Result<Option<u8>> {
    let Some(selector) = &call.selector else {
        return Ok(None);
    };
    let fault = match (call.function.node, selector.node.as_bytes()) {
        (Function::Options, [letter]) => return Ok(Some(*letter)),
        (Function::Options, _) => CheckError::Letter(selector.node.clone()),
        (function, _) => CheckError::NoBrackets(function.name()),
    };
    Err(At::new(selector.place, fault))
}

fn compile(given: &Given, asked: &mut Asked) -> Result<(compiled::Subject, Sort)> {
    match given {
        Given::Subject(subject) => single(subject, asked),
        Given::Constant(literal) if literal.has_zero() => {
            Err(At::new(literal.value.place, ValueError::Zero.into()))
        }
        Given::Constant(literal) => {
            let text = Box::from(literal.value.node.as_slice());
            Ok((compiled::Subject::Constant(text), Sort::TEXT))
        }
        Given::List(parts) => {
            let mut list = Vec::new();
            for part in &parts.node {
                list.push(compile(part, asked)?.0);
            }
            Ok((compiled::Subject::List(list), Sort::TEXT.with_list(true)))
        }
    }
}

/// Whether a function can do anything with such values, wherever they are given.
fn suits(function: Function, sort: Sort) -> bool {
    match function {
        Function::ToLower | Function::ToUpper | Function::Basename => sort.is_text(),
        Function::Base64 => sort.is_text() || sort.kind == Kind::Bytes,
        Function::Length => sort.list || sort.is_text() || sort.kind == Kind::Bytes,
        Function::Concat => sort.is_text() && !sort.list,
        Function::Join => sort.is_text() || sort.list,
        Function::Options => sort.is_text(),
    }
}

/// The function with what is given to it; nothing if that is too little, too much, or a list where
/// there should be none.
fn build(
    function: Function,
    given: Vec<compiled::Subject>,
    sorts: &[Sort],
    letter: Option<u8>,
) -> Option<(Made, Sort)> {
    let first = *sorts.first()?;
    let lists: Vec<bool> = sorts.iter().map(|sort| sort.list).collect();
    if function == Function::Concat {
        return (given.len() >= 2).then_some((Made::Concatenated(given), Sort::TEXT));
    }
    let mut given = given.into_iter();
    let one = given.next()?;
    Some(match (function, lists.as_slice(), given.next()) {
        (Function::ToLower, [_], None) => (Made::Lower(one), first.made()),
        (Function::ToUpper, [_], None) => (Made::Upper(one), first.made()),
        (Function::Basename, [_], None) => (Made::Basename(one), first.made()),
        (Function::Base64, [_], None) => (Made::Decoded(one), first.made()),
        (Function::Length, [_], None) => (Made::Length(one), Sort::one(Kind::Number)),
        (Function::Join, [false, true], Some(list)) => {
            let separator = one;
            (Made::Joined { separator, list }, Sort::TEXT)
        }
        (Function::Options, [true, false], Some(options)) => {
            let arguments = one;
            let made = Made::Options {
                arguments,
                options,
                letter,
            };
            (made, Sort::TEXT.with_list(letter.is_none()))
        }
        _ => return None,
    })
}

impl Sort {
    /// What a function of text makes of it: of a word that is one of few, any text.
    fn made(self) -> Self {
        if self.is_text() {
            Self::TEXT.with_list(self.list)
        } else {
            self
        }
    }
}
