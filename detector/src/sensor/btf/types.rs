//! An index over BTF: types by id, structures and typedefs by name.
//!
//! One pass over the file notes where each type stands; nothing is copied or decoded until it is
//! asked for. A module's BTF continues the ids and strings of the kernel's.

use std::ffi::CStr;

use thiserror::Error;
use zerocopy::FromBytes;

use super::raw::{self, BodyLayout, Header, Kind, Section, Type, TypeHeader, TypeId};

/// How many typedefs and qualifiers may stand before a type, or arrays in arrays.
const MAX_DEPTH: usize = 32;

/// A pointer's size on the kernels that are supported.
const POINTER_SIZE: u32 = 8;

/// Why bytes are not BTF that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Truncated, or not BTF at all.
    #[error(
        "the BTF of {kernel} is damaged ({what}): when `bpftool btf dump file` refuses it too, \
         reinstall the kernel's package; otherwise report this as a bug"
    )]
    Damaged {
        /// Whose it is.
        kernel: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A newer format.
    #[error(
        "the BTF of {kernel} has types of kind {kind}, which this version does not know: \
         a newer escape-detector is needed"
    )]
    UnknownKind {
        /// Whose it is.
        kernel: String,
        /// The kind's number.
        kind: u32,
    },
}

/// The types of a kernel, or of one of its modules on top of the kernel's.
#[derive(Debug)]
pub struct Btf<'a> {
    kernel: &'a str,
    base: Option<&'a Btf<'a>>,
    types: &'a [u8],
    strings: &'a [u8],
    first_id: u32,
    first_string: u32,
    /// Where each type stands in `types`.
    starts: Vec<u32>,
    /// Structures and typedefs, sorted by name.
    named: Vec<(&'a str, TypeId)>,
}

impl<'a> Btf<'a> {
    /// Indexes the BTF of a kernel, which messages call `kernel` (as "kernel 6.1.0-50-amd64").
    ///
    /// # Errors
    /// When the bytes are not little-endian BTF of version 1, or end too early.
    pub fn parse(bytes: &'a [u8], kernel: &'a str) -> Result<Self, ParseError> {
        Self::index(bytes, kernel, None)
    }

    /// Indexes the BTF of a module on top of that of the kernel that it was built for. The two must
    /// belong together: a module's file does not say which kernel it continues.
    ///
    /// # Errors
    /// As [`Btf::parse`].
    pub fn parse_module(
        bytes: &'a [u8],
        module: &'a str,
        base: &'a Self,
    ) -> Result<Self, ParseError> {
        Self::index(bytes, module, Some(base))
    }

    /// Whose types these are.
    #[must_use]
    pub fn kernel(&self) -> &'a str {
        self.kernel
    }

    fn index(bytes: &'a [u8], kernel: &'a str, base: Option<&'a Self>) -> Result<Self, ParseError> {
        let damaged = |what| ParseError::Damaged {
            kernel: kernel.to_owned(),
            what,
        };
        let (header, _) = Header::ref_from_prefix(bytes).map_err(|_| damaged("no header"))?;
        if header.magic.get() != raw::MAGIC || header.version != 1 {
            return Err(damaged("not little-endian BTF of version 1"));
        }
        let header_length = header.header_length.get() as usize;
        let content = bytes
            .get(header_length..)
            .ok_or_else(|| damaged("the header is cut off"))?;
        let types = section(content, &header.types).ok_or_else(|| damaged("types are cut off"))?;
        let strings =
            section(content, &header.strings).ok_or_else(|| damaged("strings are cut off"))?;
        let mut btf = Self {
            kernel,
            base,
            types,
            strings,
            first_id: base.map_or(1, Self::end_id),
            first_string: base.map_or(0, Self::end_string),
            starts: Vec::with_capacity(types.len() / 24),
            named: Vec::new(),
        };
        btf.scan(body_layout(bytes, header_length, content))?;
        btf.named.sort_unstable();
        Ok(btf)
    }

    /// Notes where each type stands, and the names that are looked up later.
    fn scan(&mut self, layout: &[BodyLayout]) -> Result<(), ParseError> {
        let damaged = |what| ParseError::Damaged {
            kernel: self.kernel.to_owned(),
            what,
        };
        let mut rest = self.types;
        while !rest.is_empty() {
            let start = self.types.len() - rest.len();
            let start = u32::try_from(start).map_err(|_| damaged("more than 4 GiB of types"))?;
            let (header, body) =
                TypeHeader::ref_from_prefix(rest).map_err(|_| damaged("a type is cut off"))?;
            let kind = header.kind();
            let length = kind.body_length(header.count(), layout).ok_or_else(|| {
                ParseError::UnknownKind {
                    kernel: self.kernel.to_owned(),
                    kind: kind.number(),
                }
            })?;
            rest = body
                .get(length..)
                .ok_or_else(|| damaged("a type is cut off"))?;
            let id = u32::try_from(self.starts.len())
                .ok()
                .and_then(|n| self.first_id.checked_add(n));
            let id = TypeId(id.ok_or_else(|| damaged("too many types"))?);
            self.starts.push(start);
            if matches!(kind, Kind::Struct | Kind::Typedef) && header.name.get() != 0 {
                let name = self
                    .string(header.name.get())
                    .ok_or_else(|| damaged("a bad name"))?;
                self.named.push((name, id));
            }
        }
        Ok(())
    }

    fn end_id(&self) -> u32 {
        self.first_id
            .saturating_add(u32::try_from(self.starts.len()).unwrap_or(u32::MAX))
    }

    fn end_string(&self) -> u32 {
        self.first_string
            .saturating_add(u32::try_from(self.strings.len()).unwrap_or(u32::MAX))
    }

    /// The string at `offset`; offset 0 is the empty one.
    pub(super) fn string(&self, offset: u32) -> Option<&'a str> {
        let Some(own) = offset.checked_sub(self.first_string) else {
            return self.base?.string(offset);
        };
        CStr::from_bytes_until_nul(self.strings.get(own as usize..)?)
            .ok()?
            .to_str()
            .ok()
    }

    pub(super) fn get(&self, id: TypeId) -> Option<Type<'a>> {
        let Some(own) = id.0.checked_sub(self.first_id) else {
            return self.base?.get(id);
        };
        let start = *self.starts.get(own as usize)? as usize;
        let end = self
            .starts
            .get(own as usize + 1)
            .map_or(self.types.len(), |end| *end as usize);
        let (header, body) = TypeHeader::ref_from_prefix(self.types.get(start..end)?).ok()?;
        Some(Type { header, body })
    }

    /// The ids of all types of this kind and name.
    pub(super) fn named(&self, kind: Kind, name: &str) -> Vec<TypeId> {
        let first = self.named.partition_point(|(other, _)| *other < name);
        let same = self
            .named
            .iter()
            .skip(first)
            .take_while(|(other, _)| *other == name);
        let is_kind = |id: &TypeId| {
            self.get(*id)
                .is_some_and(|found| found.header.kind() == kind)
        };
        let mut ids = self
            .base
            .map_or_else(Vec::new, |base| base.named(kind, name));
        ids.extend(same.map(|(_, id)| *id).filter(is_kind));
        ids
    }

    /// The structures of this name; ones without members are mere declarations and left out.
    pub(super) fn structures(&self, name: &str) -> Vec<TypeId> {
        let mut ids = self.named(Kind::Struct, name);
        ids.retain(|id| self.get(*id).is_some_and(|found| found.header.count() > 0));
        ids
    }

    /// What is behind typedefs and qualifiers; none for `void`.
    pub(super) fn strip(&self, mut id: TypeId) -> Option<(TypeId, Type<'a>)> {
        for _ in 0..MAX_DEPTH {
            let found = self.get(id)?;
            match found.header.kind() {
                Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => {
                    id = found.target();
                }
                _ => return Some((id, found)),
            }
        }
        None
    }

    /// Bytes that a value of the type takes; none for types that have no values.
    pub(super) fn size(&self, mut id: TypeId) -> Option<u32> {
        let mut times = 1_u32;
        for _ in 0..MAX_DEPTH {
            let (_, found) = self.strip(id)?;
            let each = match found.header.kind() {
                Kind::Pointer => POINTER_SIZE,
                Kind::Array => {
                    let array = found.array()?;
                    times = times.checked_mul(array.count.get())?;
                    id = TypeId(array.element.get());
                    continue;
                }
                Kind::Int
                | Kind::Struct
                | Kind::Union
                | Kind::Enum
                | Kind::Enum64
                | Kind::Float => found.header.size_or_type.get(),
                _ => return None,
            };
            return times.checked_mul(each);
        }
        None
    }
}

fn section<'a>(content: &'a [u8], section: &Section) -> Option<&'a [u8]> {
    let start = section.offset.get() as usize;
    content.get(start..start.checked_add(section.length.get() as usize)?)
}

/// The lengths of type bodies, where the header is long enough to point to them.
fn body_layout<'a>(bytes: &'a [u8], header_length: usize, content: &'a [u8]) -> &'a [BodyLayout] {
    let find = || {
        let tail = bytes.get(size_of::<Header>()..header_length)?;
        let (at, _) = Section::ref_from_prefix(tail).ok()?;
        <[BodyLayout]>::ref_from_bytes(section(content, at)?).ok()
    };
    find().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{
        super::samples::{Blob, SAMPLES},
        *,
    };

    #[test]
    fn a_module_continues_ids_and_strings_of_its_kernel() {
        let mut kernel = Blob::default();
        let int = kernel.int("int", 4, 32);
        let base = kernel.structure("inode", 4, &[("i_count", int, 0)]);
        let mut module = Blob::on(&kernel);
        let own = module.structure(
            "ovl_inode",
            8,
            &[("vfs_inode", base, 0), ("flags", int, 32)],
        );
        let (kernel, module) = (kernel.bytes(), module.bytes());
        let kernel = Btf::parse(&kernel, "a kernel").unwrap();
        let module = Btf::parse_module(&module, "a module", &kernel).unwrap();
        assert_eq!(module.structures("inode"), [TypeId(base)]);
        assert_eq!(module.structures("ovl_inode"), [TypeId(own)]);
        assert_eq!(module.size(TypeId(own)), Some(8));
        assert_eq!(kernel.structures("ovl_inode"), []);
    }

    #[test]
    fn what_is_not_btf_is_refused() {
        let (_, sample, _) = SAMPLES[0];
        let swapped = [&sample[1..2], &sample[..1], &sample[2..]].concat();
        for bytes in [&[][..], &sample[..23], &swapped, b"\x7fELF"] {
            let error = Btf::parse(bytes, "kernel 9.9").unwrap_err();
            assert!(matches!(error, ParseError::Damaged { .. }), "{error}");
        }
        let mut unknown = Blob::default();
        unknown.push("", Kind::Unknown(42), (false, 0), 0, &[]);
        let error = Btf::parse(&unknown.bytes(), "kernel 9.9").unwrap_err();
        assert_eq!(
            error,
            ParseError::UnknownKind {
                kernel: "kernel 9.9".to_owned(),
                kind: 42
            }
        );
    }
}
