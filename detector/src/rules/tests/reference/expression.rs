//! Conditions as the reference understands them.

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    Macro(String),
    Check(Check),
}

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    pub(super) subject: Subject,
    pub(super) operator: &'static str,
    pub(super) operand: Operand,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    /// A field, with its argument in brackets.
    Field(String),
    Text(Vec<u8>),
    List(Vec<Subject>),
    /// A function, what it is given, and what stands in brackets behind it.
    Call(String, Vec<Subject>, Option<u8>),
}

/// What it compares with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Nothing,
    One(Vec<u8>),
    /// What the event has, or functions make of that.
    Subject(Subject),
    /// Without a modifier only where the operator takes a list.
    Many(Option<Modifier>, Vec<Vec<u8>>),
}

/// How many of several values have to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Modifier {
    One,
    Any,
    All,
}
