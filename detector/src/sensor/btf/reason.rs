//! Why a field cannot be read on a kernel, in words.

use detector_common::offsets::Shape;
use thiserror::Error;

use super::raw::Kind;

/// Why a field cannot be read on this kernel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// The structure does not exist, or only as a declaration.
    #[error("there is no such structure")]
    NoStructure,
    /// The structure exists without the member.
    #[error("there is no member {0}")]
    NoMember(String),
    /// The path goes on behind something that has no members in place.
    #[error("a part of {0} is no structure")]
    NotEmbedded(String),
    /// The member shares its bytes with others.
    #[error("{0} is a bit field")]
    BitField(String),
    /// The member is something else than the programs read.
    #[error("{found} stands there, not {}", expected_words(*expected))]
    Shape {
        /// What the programs read.
        expected: Shape,
        /// What was found.
        found: String,
    },
    /// Several structures bear the name, and the field is not at the same place in all of them.
    #[error("the {0} structures of this name differ in it")]
    Ambiguous(usize),
    /// The BTF contradicts itself.
    #[error("its description is damaged")]
    Damaged,
}

impl Reason {
    pub(super) fn other_shape(expected: Shape, kind: Kind, size: u32) -> Self {
        let found = match kind {
            Kind::Int | Kind::Enum | Kind::Enum64 => format!("an integer of {size} bytes"),
            Kind::Pointer => "a pointer".to_owned(),
            Kind::Array => format!("an array of {size} bytes"),
            Kind::Struct | Kind::Union => format!("a structure of {size} bytes"),
            _ => "something else".to_owned(),
        };
        Self::Shape { expected, found }
    }
}

fn expected_words(shape: Shape) -> String {
    match shape {
        Shape::U8 => "an integer of 1 byte".to_owned(),
        Shape::U16 => "an integer of 2 bytes".to_owned(),
        Shape::U32 => "an integer of 4 bytes".to_owned(),
        Shape::U64 => "an integer of 8 bytes".to_owned(),
        Shape::Bits => "an integer of 4 or 8 bytes".to_owned(),
        Shape::Pointer => "a pointer".to_owned(),
        Shape::Embedded(size) => format!("a structure or array of {size} bytes"),
        Shape::Structure => "a structure".to_owned(),
        Shape::Array => "an array".to_owned(),
        Shape::Size => "something that has a size".to_owned(),
    }
}
