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

/// A comparison of a field.
#[derive(Clone, Debug)]
pub(super) struct Check {
    /// As it is written, with an argument.
    pub(super) field: &'static str,
    pub(super) operator: &'static str,
    pub(super) modifier: Option<&'static str>,
    /// Nothing behind `exists`.
    pub(super) values: Option<Vec<Constant>>,
}

/// What a field is compared with.
#[derive(Clone, Debug)]
pub(super) enum Constant {
    Value(Vec<u8>),
    /// The name of a list.
    List(String),
}

impl Tree {
    /// The same with macros below this number only.
    pub(super) fn below(&self, number: usize) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.below(number)).collect();
        match self {
            Self::Macro(other) if number > 0 => Self::Macro(other % number),
            Self::Macro(_) => Self::Check(Check {
                field: "evt.type",
                operator: "exists",
                modifier: None,
                values: None,
            }),
            Self::Check(check) => Self::Check(check.clone()),
            Self::Not(inner) => Self::Not(Box::new(inner.below(number))),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
        }
    }
}
