//! The answer for one field of the table: found, of the right kind and size, and beyond doubt.

use detector_common::offsets::{FieldSpec, Shape};

use super::{
    member::{Place, walk},
    raw::{Kind, TypeId},
    reason::Reason,
    types::Btf,
};

/// How many structures of one name are compared; more are no kernel's.
pub(super) const MAX_NAMESAKES: usize = 16;

/// The answer for one field: its offset in bytes, or a size where the field asks for one.
///
/// # Errors
/// When the kernel has no such field, or it is not certain that a read of it means what it should.
pub fn locate(btf: &Btf<'_>, field: &FieldSpec) -> Result<u32, Reason> {
    let structures = btf.structures(field.structure);
    if structures.len() > MAX_NAMESAKES {
        return Err(Reason::Ambiguous(structures.len()));
    }
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
            Err(reason @ (Reason::NoMember(_) | Reason::NotEmbedded(_))) => {
                absent = absent.or(Some(reason));
            }
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
    let integer = matches!(kind, Kind::Int | Kind::Enum | Kind::Enum64);
    let fits = match expected {
        Shape::U8 => integer && size == 1,
        Shape::U16 => integer && size == 2,
        Shape::U32 => integer && size == 4,
        Shape::U64 => integer && size == 8,
        Shape::Low32 => integer && (size == 4 || size == 8),
        Shape::Pointer => kind == Kind::Pointer,
        Shape::Embedded(bytes) => (found.is_composite() || kind == Kind::Array) && size == bytes,
        Shape::Structure => found.is_composite(),
        Shape::Array => kind == Kind::Array,
        Shape::Size => true,
    };
    if !fits {
        return Err(Reason::other_shape(expected, kind, size));
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

#[cfg(test)]
mod tests {
    use detector_common::offsets::Need;

    use super::{super::samples::Blob, *};

    const PID: FieldSpec = FieldSpec {
        name: "task_pid",
        structure: "task_struct",
        paths: &["pid", "old_pid"],
        shape: Shape::U32,
        need: Need::Required,
        purpose: "tests",
    };

    fn locate_in_blob(blob: &Blob, field: &FieldSpec) -> Result<u32, Reason> {
        locate(&Btf::parse(&blob.bytes(), "a test").unwrap(), field)
    }

    #[test]
    fn members_of_anonymous_structures_count_as_their_parents() {
        let mut blob = Blob::default();
        let int = blob.int("int", 4, 32);
        let inner = blob.structure("", 8, &[("other", int, 0), ("pid", int, 32)]);
        let qualified = blob.refer(Kind::Const, "", inner);
        let middle = blob.structure("", 16, &[("", qualified, 64)]);
        blob.structure("task_struct", 32, &[("flags", int, 0), ("", middle, 128)]);
        assert_eq!(locate_in_blob(&blob, &PID), Ok(16 + 8 + 4));
    }

    #[test]
    fn dots_step_into_embedded_structures_and_not_through_pointers() {
        let mut blob = Blob::default();
        let int = blob.int("int", 4, 32);
        let inner = blob.structure("inner", 8, &[("pid", int, 32)]);
        let alias = blob.refer(Kind::Typedef, "inner_t", inner);
        let pointer = blob.refer(Kind::Pointer, "", inner);
        let members = [("near", alias, 64), ("far", pointer, 128)];
        blob.structure("task_struct", 24, &members);
        let near = FieldSpec {
            paths: &["near.pid"],
            ..PID
        };
        assert_eq!(locate_in_blob(&blob, &near), Ok(12));
        let far = FieldSpec {
            paths: &["far.pid"],
            ..PID
        };
        assert_eq!(
            locate_in_blob(&blob, &far),
            Err(Reason::NotEmbedded("far.pid".to_owned()))
        );
    }

    #[test]
    fn sizes_and_arrays() {
        let mut blob = Blob::default();
        let int = blob.int("int", 4, 32);
        let (row, open) = (blob.array(int, 3), blob.array(int, 0));
        blob.structure(
            "task_struct",
            20,
            &[("row", row, 0), ("pid", int, 96), ("tail", open, 160)],
        );
        let field = |path, shape| FieldSpec {
            paths: path,
            shape,
            ..PID
        };
        assert_eq!(locate_in_blob(&blob, &field(&[""], Shape::Size)), Ok(20));
        assert_eq!(locate_in_blob(&blob, &field(&["row"], Shape::Size)), Ok(12));
        assert_eq!(
            locate_in_blob(&blob, &field(&["row"], Shape::Embedded(12))),
            Ok(0)
        );
        assert_eq!(
            locate_in_blob(&blob, &field(&["tail"], Shape::Array)),
            Ok(20)
        );
    }

    #[test]
    fn the_older_name_is_taken_where_the_newer_is_absent() {
        let mut blob = Blob::default();
        let int = blob.int("int", 4, 32);
        blob.structure("task_struct", 8, &[("old_pid", int, 32)]);
        assert_eq!(locate_in_blob(&blob, &PID), Ok(4));
    }

    #[test]
    fn another_size_or_kind_is_refused() {
        let mut blob = Blob::default();
        let long = blob.int("long", 8, 64);
        blob.structure("task_struct", 8, &[("pid", long, 0)]);
        let reason = locate_in_blob(&blob, &PID).unwrap_err();
        assert_eq!(
            reason.to_string(),
            "an integer of 8 bytes stands there, not an integer of 4 bytes"
        );
    }

    #[test]
    fn a_member_beyond_its_structure_is_refused() {
        let mut blob = Blob::default();
        let int = blob.int("int", 4, 32);
        blob.structure("task_struct", 8, &[("pid", int, 64)]);
        assert_eq!(locate_in_blob(&blob, &PID), Err(Reason::Damaged));
    }

    #[test]
    fn bit_fields_are_refused_in_both_encodings() {
        let bit_field = Err(Reason::BitField("pid".to_owned()));
        let mut flagged = Blob::default();
        let int = flagged.int("int", 4, 32);
        flagged.flagged_structure("task_struct", 8, &[("pid", int, 3 << 24 | 32)]);
        assert_eq!(locate_in_blob(&flagged, &PID), bit_field);

        let mut partial = Blob::default();
        let bits = partial.int("int", 4, 3);
        partial.structure("task_struct", 8, &[("pid", bits, 32)]);
        assert_eq!(locate_in_blob(&partial, &PID), bit_field);

        let mut whole = Blob::default();
        let int = whole.int("int", 4, 32);
        whole.flagged_structure("task_struct", 8, &[("pid", int, 32)]);
        assert_eq!(locate_in_blob(&whole, &PID), Ok(4));
    }

    #[test]
    fn namesakes_are_refused_only_when_they_differ_in_the_field() {
        let mut blob = Blob::default();
        let int = blob.int("int", 4, 32);
        blob.structure("task_struct", 0, &[]);
        blob.structure("task_struct", 8, &[("pid", int, 32)]);
        assert_eq!(
            locate_in_blob(&blob, &PID),
            Ok(4),
            "an empty one is a declaration"
        );
        blob.structure("task_struct", 12, &[("pid", int, 32), ("more", int, 64)]);
        assert_eq!(
            locate_in_blob(&blob, &PID),
            Ok(4),
            "the field is at the same place"
        );
        blob.structure("task_struct", 8, &[("pid", int, 0)]);
        assert_eq!(locate_in_blob(&blob, &PID), Err(Reason::Ambiguous(3)));
    }

    #[test]
    fn a_structure_that_contains_itself_ends() {
        let mut blob = Blob::default();
        let next = blob.next_id();
        blob.structure("", 8, &[("", next, 0), ("", next, 0)]);
        blob.structure("task_struct", 8, &[("", next, 0)]);
        assert_eq!(locate_in_blob(&blob, &PID), Err(Reason::Damaged));
        let mut typedef = Blob::default();
        let itself = typedef.next_id();
        typedef.refer(Kind::Typedef, "loop", itself);
        typedef.structure("task_struct", 8, &[("pid", itself, 0)]);
        assert_eq!(locate_in_blob(&typedef, &PID), Err(Reason::Damaged));
    }
}
