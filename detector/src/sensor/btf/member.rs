//! From a structure along a path of members to a place and the type that stands there.
//!
//! Members of anonymous structures and unions count as their parent's. The walk never follows a
//! pointer: an offset is a distance within one piece of memory.

use detector_common::offsets::Shape;
use thiserror::Error;

use super::types::{Btf, Type, TypeId};

/// How deep anonymous structures may nest.
const MAX_DEPTH: u32 = 16;

/// How many members a step may look at: no real structure comes near, a crafted one ends here.
const MAX_MEMBERS: u32 = 1 << 16;

/// Why a field cannot be read on this kernel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// The structure does not exist, or only as a declaration.
    #[error("there is no such structure")]
    NoStructure,
    /// The structure exists without the member.
    #[error("there is no member {0}")]
    NoMember(String),
    /// The path goes on behind something that has no members.
    #[error("{0} has no members")]
    NotEmbedded(String),
    /// The member shares its bytes with others.
    #[error("{0} is a bit field")]
    BitField(String),
    /// The member is something else than the programs read.
    #[error("{found} stands there, not {}", article(*expected))]
    Shape {
        /// What the programs read.
        expected: Shape,
        /// What was found.
        found: String,
    },
    /// Several structures bear the name, and the field is not at the same place in all of them.
    #[error("{0} structures of this name differ in it")]
    Ambiguous(usize),
    /// The BTF contradicts itself.
    #[error("its description is damaged")]
    Damaged,
}

/// Where a path leads.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Bytes from the start of the structure.
    pub(super) offset: u32,
    pub(super) id: TypeId,
}

/// A member, as found in one structure.
struct Found {
    bits: u64,
    /// In bits; 0 where the member is no bit field.
    width: u32,
    id: TypeId,
}

/// Follows `path` from the start of the structure; an empty path stays there.
pub(super) fn walk(btf: &Btf<'_>, structure: TypeId, path: &str) -> Result<Place, Reason> {
    let mut place = Place {
        offset: 0,
        id: structure,
    };
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let (id, found) = btf.strip(place.id).ok_or(Reason::Damaged)?;
        if !found.is_composite() {
            return Err(Reason::NotEmbedded(path.to_owned()));
        }
        let member = find(btf, id, name, MAX_DEPTH, &mut { MAX_MEMBERS })?
            .ok_or_else(|| Reason::NoMember(name.to_owned()))?;
        if member.width != 0 || member.bits % 8 != 0 {
            return Err(Reason::BitField(name.to_owned()));
        }
        let bytes = u32::try_from(member.bits / 8).ok();
        let offset = bytes.and_then(|bytes| place.offset.checked_add(bytes));
        place = Place {
            offset: offset.ok_or(Reason::Damaged)?,
            id: member.id,
        };
    }
    Ok(place)
}

/// Looks for a member, in anonymous members too.
fn find(
    btf: &Btf<'_>,
    id: TypeId,
    name: &str,
    depth: u32,
    budget: &mut u32,
) -> Result<Option<Found>, Reason> {
    let structure = btf.get(id).ok_or(Reason::Damaged)?;
    for member in structure.members() {
        *budget = budget.checked_sub(1).ok_or(Reason::Damaged)?;
        let (bits, width) = position(structure, member.offset.get());
        let inner = TypeId(member.r#type.get());
        let called = btf.string(member.name.get()).ok_or(Reason::Damaged)?;
        if called == name {
            return Ok(Some(Found {
                bits,
                width,
                id: inner,
            }));
        }
        let anonymous = if called.is_empty() {
            btf.strip(inner)
        } else {
            None
        };
        if let Some((inner, found)) = anonymous
            && found.is_composite()
        {
            let depth = depth.checked_sub(1).ok_or(Reason::Damaged)?;
            if let Some(found) = find(btf, inner, name, depth, budget)? {
                return Ok(Some(Found {
                    bits: bits.saturating_add(found.bits),
                    ..found
                }));
            }
        }
    }
    Ok(None)
}

/// Offset and width in bits: packed into one word where the structure's flag says so.
fn position(structure: Type<'_>, offset: u32) -> (u64, u32) {
    if structure.header.flag() {
        (u64::from(offset & 0x00ff_ffff), offset >> 24)
    } else {
        (u64::from(offset), 0)
    }
}

fn article(shape: Shape) -> String {
    match shape {
        Shape::U8 => "an integer of 1 byte".to_owned(),
        Shape::U16 => "an integer of 2 bytes".to_owned(),
        Shape::U32 => "an integer of 4 bytes".to_owned(),
        Shape::U64 => "an integer of 8 bytes".to_owned(),
        Shape::Pointer => "a pointer".to_owned(),
        Shape::Embedded(size) => format!("a structure or array of {size} bytes"),
        Shape::Structure => "a structure".to_owned(),
        Shape::Array => "an array".to_owned(),
        Shape::Size => "something that has a size".to_owned(),
    }
}
