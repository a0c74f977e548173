//! From a resolved tree to a compiled condition: do fields, operators and values fit together?
//!
//! A value that could never match is an error here, so that it is not a rule that silently never
//! fires: a misspelt event type, a word that the field never has, a network where an address is
//! compared.

use super::{
    ast::{Check, Expr, Literal, Operand, Operator},
    constant::{self, ValueError},
    doubt::Doubt,
    kind::Sort,
    made::{self, Asked},
    place::At,
    subject as written, suggest,
};
use crate::rules::matching::{
    comparison::{Comparison, Quantifier},
    condition::{Condition, Free, Plain, Right, Test},
    events::{REPORTED, UNREPORTED},
    fields::{Kind, Reach},
    relation::Relation,
    subject::Subject,
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
    #[error(
        "operator '{operator}' does not suit '{subject}', which is {kind}: use one of {allowed}"
    )]
    BadOperator {
        /// The operator.
        operator: &'static str,
        /// What it stands behind: a field or a function.
        subject: String,
        /// Its type in words.
        kind: String,
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
    /// A field of several values where one is needed.
    #[error(
        "'{0}' can have several values at an event, and one is needed here: ask for one, such as '{1}'"
    )]
    Several(&'static str, String),
    /// A field of networks that is not compared with some.
    #[error(
        "'{0}' can only be compared with networks that the rule names: compute with an address, such as 'fd.rip'"
    )]
    OnlyConstants(&'static str),
    /// An operator that compares with constants only.
    #[error("operator '{0}' compares with constants only, and not with what an event has")]
    NoSubject(&'static str),
    /// Both sides of different types.
    #[error("'{left}' is {left_is}, and '{right}' is {right_is}: both sides must be of one type")]
    Unlike {
        /// The left side.
        left: String,
        /// Its type in words.
        left_is: String,
        /// The right side.
        right: String,
        /// Its type in words.
        right_is: String,
    },
    /// A function that cannot use what is given to it.
    #[error("'{function}' takes {takes}, and '{given}' is {is}")]
    Given {
        /// The function.
        function: &'static str,
        /// What it takes.
        takes: &'static str,
        /// What it was given.
        given: String,
        /// What that is.
        is: String,
    },
    /// A function with too little, too much or something in the wrong place.
    #[error("'{function}' takes {takes}")]
    Takes {
        /// The function.
        function: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// An option of more than one letter.
    #[error("'{0}' is no option: 'getopt(...)[c]' takes one letter")]
    Letter(String),
    /// Brackets behind a function without any.
    #[error("'{0}(...)' takes no brackets: leave them out")]
    NoBrackets(&'static str),
    /// A value that does not fit its field.
    #[error(transparent)]
    Value(#[from] ValueError),
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
        let one = |error| vec![error];
        let mut asked = Vec::new();
        let compared = matches!(check.operand, Operand::Subject(_));
        let left = if compared {
            made::single(&check.subject, &mut asked)
        } else {
            made::subject(&check.subject, &mut asked)
        };
        let (left, sort) = left.map_err(one)?;
        let operator = check.operator.node;
        if !sort.allows(operator) {
            let fault = CheckError::BadOperator {
                operator: operator.text(),
                subject: name_of(&check.subject),
                kind: sort.to_string(),
                allowed: sort.allowed(),
            };
            self.doubt(&asked);
            return Err(vec![At::new(check.operator.place, fault)]);
        }
        if let Operand::Subject(right) = &check.operand {
            let right = compare(check, sort, right, &mut asked).map_err(one)?;
            self.doubt(&asked);
            let subject = left;
            return Ok(Test::Free(Free { subject, right }));
        }
        self.doubt(&asked);
        let literals: &[Literal] = match &check.operand {
            Operand::None | Operand::List(_) | Operand::Subject(_) => &[],
            Operand::One(literal) => std::slice::from_ref(literal),
            Operand::Many(literals) => literals,
        };
        self.check_words(sort.kind, operator, literals)?;
        let field = asked.first().filter(|_| matches!(left, Subject::Field(..)));
        let field = field.map(|(field, ..)| *field);
        let name = name_of(&check.subject);
        self.doubts
            .extend(Doubt::of_constants(field, &name, operator, literals));
        let comparison = compile(sort.kind, operator, check.quantifier, literals)?;
        let every = sort.list && operator == Operator::In;
        Ok(match left {
            Subject::Field(field, argument) => {
                let reach = field.definition().reach;
                Test::Plain(Plain {
                    field,
                    argument,
                    every: every || reach == Reach::Endpoints && operator == Operator::NotEqual,
                    comparison,
                })
            }
            subject => Test::Free(Free {
                subject,
                right: Right::Constants { every, comparison },
            }),
        })
    }

    fn doubt(&mut self, asked: &Asked) {
        let doubts = asked.iter().filter_map(|(field, _, _, place)| {
            Doubt::of(*field).map(|doubt| At::new(*place, doubt))
        });
        self.doubts.extend(doubts);
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

/// The right side that the event has too.
fn compare(
    check: &Check,
    left: Sort,
    right: &written::Subject,
    asked: &mut Asked,
) -> Result<Right, At<CheckError>> {
    let operator = check.operator.node;
    let Some(relation) = relation(operator) else {
        let fault = CheckError::NoSubject(operator.text());
        return Err(At::new(check.operator.place, fault));
    };
    let (compiled, sort) = made::single(right, asked)?;
    if !left.is_like(sort) {
        let fault = CheckError::Unlike {
            left: name_of(&check.subject),
            left_is: left.to_string(),
            right: name_of(right),
            right_is: sort.to_string(),
        };
        return Err(At::new(right.place(), fault));
    }
    Ok(Right::Subject(relation, compiled))
}

fn relation(operator: Operator) -> Option<Relation> {
    Some(match operator {
        Operator::Equal => Relation::Equal,
        Operator::NotEqual => Relation::Unequal,
        Operator::Contains | Operator::ContainsBytes => Relation::Contains,
        Operator::ContainsFolded => Relation::ContainsFolded,
        Operator::StartsWith | Operator::StartsWithBytes => Relation::StartsWith,
        Operator::EndsWith => Relation::EndsWith,
        Operator::Glob => Relation::Glob { fold: false },
        Operator::GlobFolded => Relation::Glob { fold: true },
        Operator::In => Relation::Within,
        Operator::Intersects => Relation::Meets,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Relation::Ordered(constant::order(operator)?)
        }
        Operator::Exists | Operator::Regex | Operator::PathPrefix => return None,
    })
}

/// A side of a check in messages: a field by its name, whatever its argument.
fn name_of(subject: &written::Subject) -> String {
    match subject {
        written::Subject::Field(field) => field.name.node.clone(),
        written::Subject::Call(call) => call.to_string(),
    }
}
