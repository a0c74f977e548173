//! Conditions as the generator makes them.

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Check(Check),
    /// One of the macros, by its number.
    Macro(usize),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

/// A comparison of a field, or of what functions make.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) subject: Subject,
    pub(super) operator: &'static str,
    pub(super) modifier: Option<&'static str>,
    pub(super) operand: Operand,
}

/// What stands behind an operator.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// Nothing, behind `exists`.
    Nothing,
    Constants(Vec<Constant>),
    Subject(Subject),
}

/// A constant.
#[derive(Clone, Debug)]
pub(super) enum Constant {
    Value(Vec<u8>),
    /// The name of a list.
    List(String),
}

/// What is compared.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// As it is written, with an argument.
    Field(&'static str),
    Text(&'static str),
    List(Vec<Subject>),
    /// A function, what it is given, and what stands in brackets behind it.
    Call(&'static str, Vec<Subject>, Option<char>),
}

impl Tree {
    /// The same with macros below this number only.
    pub(super) fn below(&self, number: usize) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.below(number)).collect();
        match self {
            Self::Macro(other) if number > 0 => Self::Macro(other % number),
            Self::Macro(_) => Self::Check(Check {
                subject: Subject::Field("evt.type"),
                operator: "exists",
                modifier: None,
                operand: Operand::Nothing,
            }),
            Self::Check(check) => Self::Check(check.clone()),
            Self::Not(inner) => Self::Not(Box::new(inner.below(number))),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
        }
    }
}
