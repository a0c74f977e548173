//! What a check is about, as written: a field, or a function of fields and constants.

use std::fmt;

use super::{
    ast::{FieldName, Literal},
    place::{Place, Placed},
};

/// A side of a check that is no constant.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum Subject {
    Field(FieldName),
    Call(Box<Call>),
}

/// A function and what is given to it: `join("-", (proc.name, proc.pname))`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Call {
    pub(in crate::rules) function: Placed<Function>,
    pub(in crate::rules) given: Vec<Given>,
    /// `getopt(...)[c]`
    pub(in crate::rules) selector: Option<Placed<String>>,
}

/// Something given to a function.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum Given {
    Subject(Subject),
    Constant(Literal),
    /// In parentheses.
    List(Placed<Vec<Self>>),
}

macro_rules! functions {
    ($($variant:ident $name:literal $takes:literal,)*) => {
        /// A function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::rules) enum Function { $($variant,)* }

        impl Function {
            pub(in crate::rules) const ALL: &[Self] = &[$(Self::$variant,)*];

            pub(in crate::rules) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it takes, in words.
            pub(super) const fn takes(self) -> &'static str {
                match self { $(Self::$variant => $takes,)* }
            }
        }
    };
}

functions! {
    ToLower "tolower" "one text",
    ToUpper "toupper" "one text",
    Base64 "b64" "one text or bytes",
    Basename "basename" "one text",
    Length "len" "one text, bytes or a list",
    Join "join" "a text to put between and a list: join(\"-\", (proc.name, proc.pname))",
    Concat "concat" "two texts or more: concat(proc.name, \":\", proc.pname)",
    Options "getopt" "a list and the letters of its options, those that take a value with a colon: getopt((\"-n\", \"-t\", \"x\"), \"nt:\")",
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|function| function.name() == name)
    }
}

/// Whether a text is a function as it would be written without quotes.
pub(super) fn looks_like_call(text: &str) -> bool {
    let text: String = text.split_whitespace().collect();
    let (name, rest) = text.split_once('(').unwrap_or_default();
    (name == "val" || Function::named(name).is_some()) && rest.ends_with(')')
}

impl Subject {
    /// Where it begins.
    pub(in crate::rules) fn place(&self) -> Place {
        match self {
            Self::Field(field) => field.name.place,
            Self::Call(call) => call.function.place,
        }
    }

    /// How many parts it has.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Field(_) => 1,
            Self::Call(call) => 1 + call.given.iter().map(Given::size).sum::<usize>(),
        }
    }
}

impl Given {
    fn size(&self) -> usize {
        match self {
            Self::Subject(subject) => subject.size(),
            Self::Constant(_) => 1,
            Self::List(parts) => 1 + parts.node.iter().map(Self::size).sum::<usize>(),
        }
    }

    pub(super) fn place(&self) -> Place {
        match self {
            Self::Subject(subject) => subject.place(),
            Self::Constant(literal) => literal.value.place,
            Self::List(parts) => parts.place,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "{field}"),
            Self::Call(call) => write!(f, "{call}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.node.name())?;
        separated(f, &self.given)?;
        f.write_str(")")?;
        match &self.selector {
            None => Ok(()),
            Some(selector) => super::ast::bracket(f, &selector.node),
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(subject) => write!(f, "{subject}"),
            Self::Constant(literal) => write!(f, "{literal}"),
            Self::List(parts) => {
                f.write_str("(")?;
                separated(f, &parts.node)?;
                f.write_str(")")
            }
        }
    }
}

/// Them with commas between.
pub(super) fn separated(f: &mut fmt::Formatter<'_>, parts: &[impl fmt::Display]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        write!(f, "{}{part}", if index > 0 { ", " } else { "" })?;
    }
    Ok(())
}
