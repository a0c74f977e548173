//! From a structure along a path of members to a place and the type that stands there.
//!
//! Members of anonymous structures and unions count as their parent's. The walk never follows a
//! pointer: an offset is a distance within one piece of memory.

use super::{
    raw::{Type, TypeId},
    reason::Reason,
    types::Btf,
};

/// How deep anonymous structures may nest.
const MAX_DEPTH: u32 = 16;

/// How many members a step may look at: no real structure comes near, a crafted one ends here.
const MAX_MEMBERS: u32 = 1 << 14;

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
        let partial = btf
            .strip(member.id)
            .is_some_and(|(_, inner)| inner.is_partial_int());
        if member.width != 0 || member.bits % 8 != 0 || partial {
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
