//! The answers to the table of kernel fields on one kernel.

use detector_common::offsets::{ABSENT, FIELDS, FieldSpec, Need, Offsets, RUNS, Run, Shape};
use thiserror::Error;

use super::{
    member::{Place, Reason, walk},
    raw::Kind,
    types::{Btf, TypeId},
};

/// A field that this kernel does not have as the sensor needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which; its [`feature`](FieldSpec::feature) is off.
    pub field: &'static FieldSpec,
    /// Why.
    pub reason: Reason,
}

/// Where the fields are on a kernel that the sensor can run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// For the programs.
    pub offsets: Offsets,
    /// The optional fields that are [`ABSENT`].
    pub missing: Vec<Missing>,
}

/// Why the sensor cannot run on a kernel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// It lacks fields, or has others under their names.
    #[error(
        "kernel {kernel} differs from those that this version knows, {}: \
         a newer escape-detector may know it; `escape-detector doctor` shows what works",
        listed(missing)
    )]
    Missing {
        /// Which kernel.
        kernel: String,
        /// Every required field that is missing.
        missing: Vec<Missing>,
    },
    /// Fields that are read together lie apart.
    #[error(
        "kernel {kernel} does not keep {first} and {second} together as {reader} reads them \
         (offsets {} and {}): kernels built with CONFIG_RANDSTRUCT are not supported",
        offsets.0, offsets.1
    )]
    Apart {
        /// Which kernel.
        kernel: String,
        /// What reads them.
        reader: &'static str,
        /// The field before.
        first: &'static str,
        /// The one that should follow it.
        second: &'static str,
        /// Where they are.
        offsets: (u32, u32),
    },
}

/// Looks every field of the table up.
///
/// # Errors
/// When a required field is missing, or fields that are read together lie apart.
pub fn resolve(btf: &Btf<'_>) -> Result<Resolution, ResolveError> {
    let mut words = [ABSENT; FIELDS.len()];
    let mut missing = Vec::new();
    for (word, field) in words.iter_mut().zip(FIELDS) {
        match locate(btf, field) {
            Ok(offset) => *word = offset,
            Err(reason) => missing.push(Missing { field, reason }),
        }
    }
    let offsets = Offsets::from_words(words);
    if missing
        .iter()
        .any(|missing| missing.field.need == Need::Required)
    {
        missing.retain(|missing| missing.field.need == Need::Required);
        return Err(ResolveError::Missing {
            kernel: btf.kernel().to_owned(),
            missing,
        });
    }
    RUNS.iter()
        .try_for_each(|run| check_run(btf, run, &offsets))?;
    Ok(Resolution { offsets, missing })
}

/// The answer for one field: its offset in bytes, or a size where the field asks for one.
///
/// # Errors
/// When the kernel has no such field, or it is not certain that a read of it means what it should.
pub fn locate(btf: &Btf<'_>, field: &FieldSpec) -> Result<u32, Reason> {
    let structures = btf.structures(field.structure);
    let mut answers = structures.iter().map(|id| locate_in(btf, *id, field));
    let first = answers.next().ok_or(Reason::NoStructure)?;
    if answers.all(|other| other == first) {
        first
    } else {
        Err(Reason::Ambiguous(structures.len()))
    }
}

/// Tries the field's paths in one structure. The first that exists decides.
fn locate_in(btf: &Btf<'_>, structure: TypeId, field: &FieldSpec) -> Result<u32, Reason> {
    let mut absent = None;
    for path in field.paths {
        match walk(btf, structure, path) {
            Ok(place) => return check(btf, structure, place, field.shape),
            Err(reason @ Reason::NoMember(_)) => absent = absent.or(Some(reason)),
            Err(reason) => return Err(reason),
        }
    }
    Err(absent.unwrap_or(Reason::Damaged))
}

/// Whether what stands at the place is what the programs read.
fn check(btf: &Btf<'_>, outer: TypeId, place: Place, expected: Shape) -> Result<u32, Reason> {
    let (id, found) = btf.strip(place.id).ok_or(Reason::Damaged)?;
    let size = btf.size(id).ok_or(Reason::Damaged)?;
    let kind = found.header.kind();
    let integer = matches!(kind, Kind::Int | Kind::Enum | Kind::Enum64) && !found.is_partial_int();
    let fits = match expected {
        Shape::U8 => integer && size == 1,
        Shape::U16 => integer && size == 2,
        Shape::U32 => integer && size == 4,
        Shape::U64 => integer && size == 8,
        Shape::Pointer => kind == Kind::Pointer,
        Shape::Embedded(bytes) => (found.is_composite() || kind == Kind::Array) && size == bytes,
        Shape::Structure => found.is_composite(),
        Shape::Array => kind == Kind::Array,
        Shape::Size => true,
    };
    if !fits {
        let found = format!("a value of {size} bytes (kind {kind:?})");
        return Err(Reason::Shape { expected, found });
    }
    let end = place.offset.checked_add(size).ok_or(Reason::Damaged)?;
    if btf.size(outer).is_none_or(|bound| end > bound) {
        return Err(Reason::Damaged);
    }
    Ok(if expected == Shape::Size {
        size
    } else {
        place.offset
    })
}

fn check_run(btf: &Btf<'_>, run: &Run, offsets: &Offsets) -> Result<(), ResolveError> {
    for ((first, before), (second, behind)) in run.fields.iter().zip(run.fields.iter().skip(1)) {
        let offsets = (before(offsets), behind(offsets));
        if offsets.0.checked_add(Run::WORD) != Some(offsets.1) {
            let kernel = btf.kernel().to_owned();
            return Err(ResolveError::Apart {
                kernel,
                reader: run.reader,
                first,
                second,
                offsets,
            });
        }
    }
    Ok(())
}

fn listed(missing: &[Missing]) -> String {
    let one = |Missing { field, reason }: &Missing| {
        let path = field.paths.first().copied().unwrap_or_default();
        let dot = if path.is_empty() { "" } else { "." };
        format!("{}{dot}{path}: {reason}", field.structure)
    };
    missing.iter().map(one).collect::<Vec<_>>().join("; ")
}
