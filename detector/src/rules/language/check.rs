//! From a resolved tree to a compiled condition: do fields, operators and values fit together?
//!
//! A value that could never match is an error here, so that it is not a rule that silently never
//! fires: a misspelt event type, a word that the field never has, a network where an address is
//! compared.

use super::{
    ast::{Check, Expr, FieldName, Literal, Operand, Operator},
    constant::{self, ValueError},
    field_name,
    place::At,
    suggest,
};
use crate::rules::matching::{
    comparison::{Comparison, Quantifier},
    condition::{Condition, Test},
    events::{REPORTED, UNREPORTED},
    fields::{Accepts, Argument, Field, Kind, Reach},
};

/// A field, operator or value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// No such field.
    #[error("unknown field '{name}'{hint}")]
    UnknownField {
        /// The name.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// A field without the argument that it needs.
    #[error("field '{name}' needs an argument: write for example '{name}{example}'")]
    ArgumentMissing {
        /// The field.
        name: &'static str,
        /// How an argument looks.
        example: &'static str,
    },
    /// A field with an argument that it cannot take.
    #[error("field '{name}' takes {takes}, not '{argument}'")]
    BadArgument {
        /// The field.
        name: &'static str,
        /// The argument.
        argument: String,
        /// What it takes instead.
        takes: &'static str,
    },
    /// An operator that the type of the field does not have.
    #[error("operator '{operator}' does not suit '{field}', which is {kind}: use one of {allowed}")]
    BadOperator {
        /// The operator.
        operator: &'static str,
        /// The field.
        field: &'static str,
        /// Its type in words.
        kind: &'static str,
        /// The operators that suit it.
        allowed: String,
    },
    /// An event type that exists nowhere.
    #[error("unknown event type '{name}'{hint}")]
    UnknownEventType {
        /// The name.
        name: String,
        /// Perhaps a suggestion.
        hint: String,
    },
    /// A value that does not fit its field.
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// What fits and yet never holds here.
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
}

impl Doubt {
    /// The doubt about a field, where there is one.
    pub(super) fn of(field: Field) -> Option<Self> {
        let definition = field.definition();
        (!definition.supplied).then_some(Self::Unsupplied(definition.name))
    }
}

/// The check of one condition: all that is wrong in it.
#[derive(Debug, Default)]
pub(in crate::rules) struct Checker {
    pub(in crate::rules) errors: Vec<At<CheckError>>,
    pub(in crate::rules) doubts: Vec<At<Doubt>>,
}

impl Checker {
    /// Compiles a resolved condition, unless something in it is wrong.
    pub(in crate::rules) fn condition(&mut self, expression: &Expr) -> Option<Condition> {
        match expression {
            Expr::And(parts) => self.parts(parts).map(Condition::All),
            Expr::Or(parts) => self.parts(parts).map(Condition::Any),
            Expr::Not(inner) => self
                .condition(inner)
                .map(|inner| Condition::Not(Box::new(inner))),
            // Unknown or wrong, which has been reported.
            Expr::Macro(_) => None,
            Expr::Check(check) => self.check(check),
        }
    }

    /// All of them even after an error, so that each is reported.
    fn parts(&mut self, parts: &[Expr]) -> Option<Vec<Condition>> {
        let mut checked = Vec::with_capacity(parts.len());
        for part in parts {
            checked.extend(self.condition(part));
        }
        (checked.len() == parts.len()).then_some(checked)
    }

    fn check(&mut self, check: &Check) -> Option<Condition> {
        match self.test(check) {
            Ok(test) => Some(Condition::Test(Box::new(test))),
            Err(errors) => {
                self.errors.extend(errors);
                None
            }
        }
    }

    fn test(&mut self, check: &Check) -> Result<Test, Vec<At<CheckError>>> {
        let (field, argument) = field(&check.field).map_err(|error| vec![error])?;
        let operator = check.operator.node;
        let definition = field.definition();
        let doubt = Doubt::of(field).map(|doubt| At::new(check.field.name.place, doubt));
        self.doubts.extend(doubt);
        if !allowed(definition.kind, operator) {
            let fault = CheckError::BadOperator {
                operator: operator.text(),
                field: definition.name,
                kind: in_words(definition.kind),
                allowed: allowed_list(definition.kind),
            };
            return Err(vec![At::new(check.operator.place, fault)]);
        }
        let literals: &[Literal] = match &check.operand {
            Operand::None | Operand::List(_) => &[],
            Operand::One(literal) => std::slice::from_ref(literal),
            Operand::Many(literals) => literals,
        };
        self.check_words(definition.kind, operator, literals)?;
        if field == Field::EvtDir {
            let entries = literals.iter().filter(|literal| literal.lossy() == ">");
            self.doubts
                .extend(entries.map(|entry| At::new(entry.value.place, Doubt::Entry)));
        }
        Ok(Test {
            field,
            argument,
            every: definition.reach == Reach::Endpoints && operator == Operator::NotEqual,
            comparison: compile(definition.kind, operator, check.quantifier, literals)?,
        })
    }

    /// Values of a field that knows all its values.
    fn check_words(
        &mut self,
        kind: Kind,
        operator: Operator,
        literals: &[Literal],
    ) -> Result<(), Vec<At<CheckError>>> {
        use Operator::{Equal, In, Intersects, NotEqual};
        if !matches!(operator, Equal | NotEqual | In | Intersects) {
            return Ok(());
        }
        let mut errors = Vec::new();
        for literal in literals {
            let (place, value) = (literal.value.place, literal.lossy().into_owned());
            match kind {
                Kind::Word(words) if !words.contains(&value.as_str()) => {
                    let wanted = format!("value of this field ({})", words.join(", "));
                    let hint = suggest::hint(&value, words.iter().copied());
                    errors.push(At::new(
                        place,
                        ValueError::BadValue {
                            value,
                            wanted,
                            hint,
                        }
                        .into(),
                    ));
                }
                Kind::EventType if UNREPORTED.contains(&value.as_str()) => {
                    self.doubts.push(At::new(place, Doubt::Unreported(value)));
                }
                Kind::EventType if !REPORTED.contains(&value.as_str()) => {
                    let names = REPORTED.iter().chain(UNREPORTED).copied();
                    let hint = suggest::hint(&value, names);
                    errors.push(At::new(
                        place,
                        CheckError::UnknownEventType { name: value, hint },
                    ));
                }
                _ => {}
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

fn compile(
    kind: Kind,
    operator: Operator,
    quantifier: Option<Quantifier>,
    literals: &[Literal],
) -> Result<Comparison, Vec<At<CheckError>>> {
    let widen = |errors: Vec<At<ValueError>>| errors.into_iter().map(At::widen).collect();
    let Some(quantifier) = quantifier else {
        return constant::comparison(kind, operator, literals).map_err(widen);
    };
    let tests: Result<Vec<_>, _> = literals
        .iter()
        .map(|literal| constant::comparison(kind, operator, std::slice::from_ref(literal)))
        .collect();
    tests
        .map(|tests| Comparison::Quantified(quantifier, tests))
        .map_err(widen)
}

/// The field that a name means, with its argument.
pub(in crate::rules) fn field(
    name: &FieldName,
) -> Result<(Field, Option<Argument>), At<CheckError>> {
    let (place, text) = (name.name.place, name.name.node.as_str());
    let Some((field, dotted)) = field_name::look_up(text) else {
        let hint = field_name::hint(text);
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
        Accepts::MaybeIndex => ("the number of an ancestor", "[1]"),
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

/// Whether a kind of field has an operator.
fn allowed(kind: Kind, operator: Operator) -> bool {
    use Operator::{
        Contains, ContainsBytes, EndsWith, Equal, Exists, Greater, GreaterOrEqual, In, Intersects,
        Less, LessOrEqual, NotEqual, StartsWith, StartsWithBytes,
    };
    let common = matches!(operator, Exists | Equal | NotEqual | In | Intersects);
    match kind {
        Kind::Text | Kind::Word(_) | Kind::EventType => {
            !matches!(operator, ContainsBytes | StartsWithBytes)
        }
        Kind::Number | Kind::Port => {
            common || matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual)
        }
        Kind::Bool | Kind::Ip | Kind::Network => common,
        Kind::Bytes => {
            let within = matches!(operator, Contains | StartsWith | EndsWith);
            common || within || matches!(operator, ContainsBytes | StartsWithBytes)
        }
    }
}

fn allowed_list(kind: Kind) -> String {
    let operators = Operator::ALL
        .iter()
        .filter(|operator| allowed(kind, **operator));
    operators
        .map(|operator| operator.text())
        .collect::<Vec<_>>()
        .join(" ")
}

fn in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Word(_) => "a word",
        Kind::EventType => "an event type",
        Kind::Number => "a number",
        Kind::Port => "a port",
        Kind::Bool => "true or false",
        Kind::Ip => "an address",
        Kind::Network => "an address compared with networks",
        Kind::Bytes => "bytes",
    }
}
