//! BTF as it lies in the file: little-endian records without alignment.
//!
//! A header, a section of type records (each a [`TypeHeader`] and a body whose length follows from
//! its kind and count) and a section of strings. A newer writer may add a third section that says how long
//! the bodies are, kind by kind, so that a reader can step over kinds that it does not know.

use zerocopy::{
    FromBytes, Immutable, KnownLayout, Unaligned,
    little_endian::{U16, U32},
};

/// First two bytes of BTF of this byte order.
pub(super) const MAGIC: u16 = 0xeb9f;

#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: U16,
    pub(super) version: u8,
    pub(super) flags: u8,
    pub(super) header_length: U32,
    pub(super) types: Section,
    pub(super) strings: Section,
}

/// Where a section stands, counted from the end of the header.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Section {
    pub(super) offset: U32,
    pub(super) length: U32,
}

/// Length of a kind's body: once, and for each of its elements.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct BodyLayout {
    pub(super) fixed: u8,
    pub(super) each: u8,
    flags: U16,
}

#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct TypeHeader {
    pub(super) name: U32,
    info: U32,
    /// Size in bytes, or the type referred to: which, depends on the kind.
    pub(super) size_or_type: U32,
}

impl TypeHeader {
    pub(super) fn kind(&self) -> Kind {
        Kind::from((self.info.get() >> 24) & 0x7f)
    }

    /// Number of elements. Older kernels use 16 bits of it and leave the others zero.
    pub(super) fn count(&self) -> u32 {
        self.info.get() & 0x00ff_ffff
    }

    /// Of structures: whether members carry their width in bits; of forward declarations: union.
    pub(super) fn flag(&self) -> bool {
        self.info.get() >> 31 != 0
    }
}

#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Member {
    pub(super) name: U32,
    pub(super) r#type: U32,
    /// In bits; below the width where the structure's flag is set.
    pub(super) offset: U32,
}

#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Parameter {
    pub(super) name: U32,
    pub(super) r#type: U32,
}

#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Array {
    pub(super) element: U32,
    pub(super) index: U32,
    pub(super) count: U32,
}

/// What a type record describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Pointer,
    Array,
    Struct,
    Union,
    Enum,
    Forward,
    Typedef,
    Volatile,
    Const,
    Restrict,
    Function,
    Prototype,
    Variable,
    Section,
    Float,
    DeclTag,
    TypeTag,
    Enum64,
    Unknown(u32),
}

impl Kind {
    const KNOWN: [Self; 19] = [
        Self::Int,
        Self::Pointer,
        Self::Array,
        Self::Struct,
        Self::Union,
        Self::Enum,
        Self::Forward,
        Self::Typedef,
        Self::Volatile,
        Self::Const,
        Self::Restrict,
        Self::Function,
        Self::Prototype,
        Self::Variable,
        Self::Section,
        Self::Float,
        Self::DeclTag,
        Self::TypeTag,
        Self::Enum64,
    ];

    /// The number that stands in the file.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Unknown(number) => number,
            known => (1..)
                .zip(Self::KNOWN)
                .find(|(_, kind)| *kind == known)
                .map_or(0, |(n, _)| n),
        }
    }

    /// Length of the body that follows a type header with `count` elements; none for a kind that
    /// neither this code nor the file's own `layout` knows.
    pub(super) fn body_length(self, count: u32, layout: &[BodyLayout]) -> Option<usize> {
        let (fixed, each) = match self {
            Self::Int | Self::Variable | Self::DeclTag => (4, 0),
            Self::Array => (12, 0),
            Self::Struct | Self::Union | Self::Section | Self::Enum64 => (0, 12),
            Self::Enum | Self::Prototype => (0, 8),
            Self::Unknown(number) => {
                let BodyLayout { fixed, each, .. } = layout.get(number as usize)?;
                (usize::from(*fixed), usize::from(*each))
            }
            _ => (0, 0),
        };
        (count as usize).checked_mul(each)?.checked_add(fixed)
    }
}

impl From<u32> for Kind {
    fn from(number: u32) -> Self {
        let known = (number as usize)
            .checked_sub(1)
            .and_then(|at| Self::KNOWN.get(at));
        known.copied().unwrap_or(Self::Unknown(number))
    }
}

/// Number of a type; 0 is `void`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub(super) u32);

/// One type record.
#[derive(Clone, Copy)]
pub(super) struct Type<'a> {
    pub(super) header: &'a TypeHeader,
    pub(super) body: &'a [u8],
}

impl<'a> Type<'a> {
    /// The type that a pointer, typedef, qualifier or function refers to.
    pub(super) fn target(&self) -> TypeId {
        TypeId(self.header.size_or_type.get())
    }

    pub(super) fn is_composite(&self) -> bool {
        matches!(self.header.kind(), Kind::Struct | Kind::Union)
    }

    pub(super) fn members(&self) -> &'a [Member] {
        let body = if self.is_composite() { self.body } else { &[] };
        <[Member]>::ref_from_bytes(body).unwrap_or_default()
    }

    pub(super) fn parameters(&self) -> &'a [Parameter] {
        let body = if self.header.kind() == Kind::Prototype {
            self.body
        } else {
            &[]
        };
        <[Parameter]>::ref_from_bytes(body).unwrap_or_default()
    }

    pub(super) fn array(&self) -> Option<&'a Array> {
        (self.header.kind() == Kind::Array).then(|| Array::ref_from_bytes(self.body).ok())?
    }

    /// Of an integer: whether it is a bit field by itself, as old compilers described them.
    pub(super) fn is_partial_int(&self) -> bool {
        let encoding = self
            .body
            .first_chunk()
            .map_or(0, |word| u32::from_le_bytes(*word));
        let (start, bits) = ((encoding >> 16) & 0xff, encoding & 0xff);
        let size = u64::from(self.header.size_or_type.get());
        self.header.kind() == Kind::Int && (start != 0 || u64::from(bits) != size * 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_numbers_agree() {
        for number in 0..=127 {
            assert_eq!(Kind::from(number).number(), number);
        }
        assert_eq!(Kind::from(4), Kind::Struct);
        assert_eq!(Kind::from(19), Kind::Enum64);
    }

    #[test]
    fn a_kind_of_the_future_is_stepped_over_when_the_file_says_how() {
        let layout = [0_u8; 20 * 4]
            .into_iter()
            .chain([8, 12, 0, 0])
            .collect::<Vec<_>>();
        let layout = <[BodyLayout]>::ref_from_bytes(&layout).unwrap();
        assert_eq!(Kind::Unknown(20).body_length(3, layout), Some(8 + 3 * 12));
        assert_eq!(Kind::Unknown(21).body_length(3, layout), None);
    }
}
