//! The kernel fields that the sensor reads: one table, from which both sides are made.
//!
//! A kernel structure's layout changes from build to build, so no offset is written down. User
//! space looks every [`FieldSpec`] of [`FIELDS`] up in the running kernel's BTF and hands the
//! answers to the programs as one read-only [`Offsets`] before they are loaded. Both the structure
//! and the list come from the same line of the table below, so a name cannot drift from what it
//! stands for.
//!
//! Invariants: word *n* of [`Offsets`] answers entry *n* of [`FIELDS`]; a field that this kernel
//! lacks is [`ABSENT`], never 0. Names are the structure's without `_struct`, then the member's.

/// The offset of a field that the running kernel does not have.
pub const ABSENT: u32 = u32::MAX;

/// What a field must look like in the kernel, so that a read of it means what we think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An integer or enumeration of one byte, of either sign.
    U8,
    /// An integer or enumeration of two bytes.
    U16,
    /// An integer or enumeration of four bytes.
    U32,
    /// An integer or enumeration of eight bytes.
    U64,
    /// An integer of four or eight bytes, of which the lower four are read.
    Bits,
    /// A pointer, to whatever it may be.
    Pointer,
    /// A structure, union or array of exactly so many bytes, lying in place.
    Embedded(u32),
    /// A structure or union of any size, lying in place.
    Structure,
    /// An array of any length, also one that the structure does not bound.
    Array,
    /// Not a place: the answer is the size of what the path leads to.
    Size,
}

/// What becomes of the sensor on a kernel without the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The sensor does not work without it.
    Required,
    /// The named feature is off.
    Optional(&'static str),
}

/// One kernel field: where it stands and what it must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name in [`Offsets`].
    pub name: &'static str,
    /// The kernel structure it belongs to.
    pub structure: &'static str,
    /// Member paths from that structure, the name of newer kernels first; dots step into embedded
    /// structures, anonymous ones are passed through unnamed. An empty path is the structure
    /// itself.
    pub paths: &'static [&'static str],
    /// What must be found there.
    pub shape: Shape,
    /// Whether the sensor can do without.
    pub need: Need,
    /// What the sensor wants it for.
    pub purpose: &'static str,
}

/// Name and offset of a field.
pub type NamedOffset = (&'static str, fn(&Offsets) -> u32);

/// Fields that a program reads with one copy, and which therefore must lie [`WORD`](Self::WORD)
/// bytes apart, in this order.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Who reads them so.
    pub reader: &'static str,
    /// Name and offset of each.
    pub fields: &'static [NamedOffset],
}

impl Run {
    /// The distance from one field to the next: a pointer's.
    pub const WORD: u32 = 8;
}

/// Makes [`Offsets`] and [`FIELDS`] of the table's lines.
macro_rules! kernel_fields {
    ($($structure:literal { $(
        $name:ident = $($path:literal)|+ : $shape:expr, $need:expr, $purpose:literal;
    )+ })+) => {
        /// Byte offsets (and a few sizes) of kernel fields on the running kernel, one per entry of
        /// [`FIELDS`]; [`ABSENT`] where it has no such field.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout)]
        pub struct Offsets {
            $($(
                #[doc = concat!("`", $structure, "`: ", $purpose, ".")]
                pub $name: u32,
            )+)+
        }

        impl Offsets {
            /// No field known: what the programs hold until user space has patched them.
            pub const ABSENT: Self = Self { $($($name: ABSENT,)+)+ };
        }

        /// Every kernel field that the sensor knows of, in the order of [`Offsets`].
        pub const FIELDS: &[FieldSpec] = &[$($(
            FieldSpec {
                name: stringify!($name),
                structure: $structure,
                paths: &[$($path),+],
                shape: $shape,
                need: $need,
                purpose: $purpose,
            },
        )+)+];
    };
}

mod table;

pub use self::table::{FIELDS, Offsets};

macro_rules! run {
    ($reader:literal: $($field:ident),+) => {
        Run {
            reader: $reader,
            fields: &[$((stringify!($field), |offsets| offsets.$field)),+],
        }
    };
}

/// What the path walker copies at once where the kernel offers it no typed pointers.
pub const RUNS: &[Run] = &[
    run!("path walk, names": dentry_d_parent, dentry_d_name_hash_len, dentry_d_name_name),
    run!("path walk, mounts": mount_mnt_parent, mount_mnt_mountpoint, mount_mnt_root),
];

const _: () = assert!(size_of::<Offsets>() == size_of::<u32>() * FIELDS.len());

impl Offsets {
    /// From the answers to [`FIELDS`], in their order.
    #[must_use]
    pub const fn from_words(words: [u32; FIELDS.len()]) -> Self {
        zerocopy::transmute!(words)
    }

    /// The answers to [`FIELDS`], in their order.
    #[must_use]
    pub const fn words(&self) -> [u32; FIELDS.len()] {
        zerocopy::transmute!(*self)
    }
}

impl FieldSpec {
    /// The feature that is off without the field; none where the sensor itself is.
    #[must_use]
    pub const fn feature(&self) -> Option<&'static str> {
        match self.need {
            Need::Required => None,
            Need::Optional(feature) => Some(feature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_structure_and_member() {
        for field in FIELDS {
            let structure = field.structure.trim_end_matches("_struct");
            let rest = field
                .name
                .strip_prefix(structure)
                .and_then(|rest| rest.strip_prefix('_'));
            let rest = rest.unwrap_or_else(|| panic!("{} is not of {structure}", field.name));
            let member = |path: &&str| match path.rsplit('.').next() {
                Some("") | None => rest == "size",
                Some(last) => rest.ends_with(last),
            };
            assert!(
                field.paths.iter().any(member),
                "{} is none of {:?}",
                field.name,
                field.paths
            );
        }
    }

    #[test]
    fn no_name_stands_twice() {
        for (at, field) in FIELDS.iter().enumerate() {
            assert!(
                FIELDS
                    .iter()
                    .skip(at + 1)
                    .all(|other| other.name != field.name)
            );
        }
    }

    #[test]
    fn words_and_fields_agree() {
        let mut words = [ABSENT; FIELDS.len()];
        let at = FIELDS
            .iter()
            .position(|field| field.name == "cred_euid")
            .unwrap();
        words[at] = 24;
        let offsets = Offsets::from_words(words);
        assert_eq!(
            offsets,
            Offsets {
                cred_euid: 24,
                ..Offsets::ABSENT
            }
        );
        assert_eq!(offsets.words(), words);
    }

    #[test]
    fn runs_name_the_fields_that_they_read() {
        for (name, offset) in RUNS.iter().flat_map(|run| run.fields) {
            let mut words = [ABSENT; FIELDS.len()];
            words[FIELDS.iter().position(|field| field.name == *name).unwrap()] = 7;
            assert_eq!(offset(&Offsets::from_words(words)), 7);
        }
    }
}
