//! The syntax tree of a condition, as written: nothing resolved, nothing checked.
//!
//! Printing a tree gives text that parses to an equal tree.

use std::fmt;

use super::{
    place::Placed,
    subject::{Subject, separated},
};
use crate::rules::matching::comparison::Quantifier;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum Expr {
    /// All of them, left to right; two or more.
    And(Vec<Self>),
    /// Any of them, left to right; two or more.
    Or(Vec<Self>),
    Not(Box<Self>),
    /// A macro, by its name.
    Macro(Placed<String>),
    Check(Box<Check>),
}

/// A question about one field, or about what a function makes of some.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Check {
    pub(in crate::rules) subject: Subject,
    pub(in crate::rules) operator: Placed<Operator>,
    pub(in crate::rules) quantifier: Option<Quantifier>,
    pub(in crate::rules) operand: Operand,
}

/// A field as written: `evt.type`, `proc.aname[2]`, `container.label["a b"]`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct FieldName {
    pub(in crate::rules) name: Placed<String>,
    pub(in crate::rules) argument: Option<Placed<String>>,
}

/// The right side of a check.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum Operand {
    /// Nothing: `exists`.
    None,
    One(Literal),
    Many(Vec<Literal>),
    /// A list by its name, without parentheses.
    List(Placed<String>),
    /// `val(field)`, or a function.
    Subject(Subject),
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Literal {
    /// Escapes decoded; they can make bytes that are not UTF-8.
    pub(in crate::rules) value: Placed<Vec<u8>>,
    /// A quoted value is never the name of a list.
    pub(in crate::rules) quoted: bool,
}

impl Quantifier {
    /// Each with its word.
    pub(in crate::rules) const ALL: [(Self, &'static str); 3] = [
        (Self::One, "oneof"),
        (Self::Any, "anyof"),
        (Self::All, "allof"),
    ];
}

macro_rules! operators {
    ($($variant:ident $text:literal $shape:ident,)*) => {
        /// A comparison.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(in crate::rules) enum Operator { $($variant,)* }

        impl Operator {
            pub(in crate::rules) const ALL: &[Self] = &[$(Self::$variant,)*];

            pub(in crate::rules) const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            pub(in crate::rules) const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)* }
            }
        }
    };
}

/// What stands to the right of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Shape {
    Unary,
    /// A value; order comparisons know no quantifier.
    Ordered,
    /// A value, or a quantifier and a list.
    Value,
    List,
}

operators! {
    Exists "exists" Unary,
    Equal "=" Value,
    NotEqual "!=" Value,
    Less "<" Ordered,
    LessOrEqual "<=" Ordered,
    Greater ">" Ordered,
    GreaterOrEqual ">=" Ordered,
    Contains "contains" Value,
    ContainsFolded "icontains" Value,
    ContainsBytes "bcontains" Value,
    StartsWith "startswith" Value,
    StartsWithBytes "bstartswith" Value,
    EndsWith "endswith" Value,
    Glob "glob" Value,
    GlobFolded "iglob" Value,
    Regex "regex" Value,
    In "in" List,
    Intersects "intersects" List,
    PathPrefix "pmatch" List,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str, loose: bool| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Self::Or(_) => write!(f, "({part})")?,
                    Self::And(_) if !loose => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::And(parts) => join(f, parts, "and", false),
            Self::Or(parts) => join(f, parts, "or", true),
            Self::Not(inner) => match **inner {
                Self::And(_) | Self::Or(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::Macro(name) => write!(f, "{name}"),
            Self::Check(check) => write!(f, "{check}"),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.operator)?;
        for (quantifier, word) in Quantifier::ALL {
            if self.quantifier == Some(quantifier) {
                write!(f, " {word}")?;
            }
        }
        match &self.operand {
            Operand::None => Ok(()),
            Operand::One(literal) => write!(f, " {literal}"),
            Operand::List(name) => write!(f, " {name}"),
            Operand::Many(literals) => {
                f.write_str(" (")?;
                separated(f, literals)?;
                f.write_str(")")
            }
            Operand::Subject(Subject::Field(field)) => write!(f, " val({field})"),
            Operand::Subject(call) => write!(f, " {call}"),
        }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        match &self.argument {
            None => Ok(()),
            Some(argument) => bracket(f, &argument.node),
        }
    }
}

/// An argument in brackets.
pub(super) fn bracket(f: &mut fmt::Formatter<'_>, argument: &str) -> fmt::Result {
    f.write_str("[")?;
    quote(f, argument.as_bytes())?;
    f.write_str("]")
}

impl Literal {
    /// The value for messages: what is not UTF-8 shows as a replacement character.
    pub(super) fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.value.node)
    }

    pub(super) fn has_zero(&self) -> bool {
        self.value.node.contains(&0)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted {
            quote(f, &self.value.node)
        } else {
            f.write_str(&self.lossy())
        }
    }
}

/// Double quotes, with an escape for whatever would not survive between them.
fn quote(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("\"")?;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                _ if character.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(character))?,
                _ => write!(f, "{character}")?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    f.write_str("\"")
}
