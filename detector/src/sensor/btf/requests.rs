//! How this kernel tells of requests to io_urings: its tracepoints for that have changed more than
//! once, in name and in what they pass.

use detector_common::call;
use detector_common::offsets::FieldSpec;
use detector_common::record::Kind;
use detector_common::ring::{self, OPERATION_LIMIT};

use super::{
    resolve::Missing,
    tracepoint::{Argument, TracepointError, TracepointSpec, arguments, check},
    types::Btf,
};
use crate::sensor::families;

/// The feature that the fields belong to without which no request can be read.
const FEATURE: &str = "io_uring";

/// The one without which none can be read that acts on names.
const NAMES: &str = "io_uring names";

const REQUEST: Argument<'static> = Argument::Pointer(Some("io_kiocb"));
const ENTRY: Argument<'static> = Argument::Pointer(Some("io_uring_cqe"));

/// Where a submitted request is told, the newer name first. Before 5.16 another thing comes first
/// under the second name.
const SUBMITTED: &[TracepointSpec] = &[
    TracepointSpec {
        name: "io_uring_submit_req",
        arguments: &[REQUEST],
    },
    TracepointSpec {
        name: "io_uring_submit_sqe",
        arguments: &[REQUEST],
    },
];

/// How a kernel tells of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    submitted: Result<&'static str, TracepointError>,
    ended: Result<Ending, TracepointError>,
    /// Whether requests that act on names can be read.
    names: bool,
}

/// What the end of a request is told by, behind the ring and the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The caller's number and the result.
    Numbers,
    /// The entry of the queue of results.
    Entry,
}

impl Shape {
    /// The tracepoint that tells of submitted requests.
    pub fn submitted(&self) -> &'static str {
        self.submitted
            .as_ref()
            .copied()
            .unwrap_or(families::SUBMITTED)
    }

    /// Whether the end of a request is told by its queue entry.
    pub fn ends_as_entry(&self) -> bool {
        self.ended == Ok(Ending::Entry)
    }

    /// For each request the number of the call that it equals; 0 for one that cannot be read here.
    pub fn calls(&self) -> [u16; OPERATION_LIMIT] {
        let mut calls = ring::calls();
        for call in &mut calls {
            let known = call::by_number((*call).into());
            if !self.names && known.is_some_and(|call| call.kind == Kind::Alter) {
                *call = 0;
            }
        }
        calls
    }

    /// The hooks that this kernel cannot have, and why.
    pub fn unfit(&self) -> impl Iterator<Item = (&'static str, TracepointError)> + use<> {
        let submitted = self.submitted.clone().err();
        let ended = self.ended.clone().err();
        let submitted = submitted.map(|error| (families::SUBMITTED, error));
        submitted
            .into_iter()
            .chain(ended.map(|error| (families::ENDED, error)))
    }
}

/// Looks at the tracepoints, and whether the fields of a request are known.
#[must_use]
pub fn shape(btf: &Btf<'_>, missing: &[Missing]) -> Shape {
    let unknown = |feature| {
        let mut fields = missing.iter().map(|missing| missing.field);
        fields.find(|field| field.feature() == Some(feature))
    };
    let names = unknown(NAMES).is_none();
    if let Some(field) = unknown(FEATURE) {
        let absent = |name| TracepointError::Unreadable {
            kernel: btf.kernel().to_owned(),
            name,
            field: named(field),
        };
        return Shape {
            submitted: Err(absent(families::SUBMITTED)),
            ended: Err(absent(families::ENDED)),
            names,
        };
    }
    Shape {
        submitted: submitted(btf),
        ended: ended(btf),
        names,
    }
}

fn named(field: &FieldSpec) -> String {
    let path = field.paths.first().copied().unwrap_or_default();
    format!("{}.{path}", field.structure)
}

fn submitted(btf: &Btf<'_>) -> Result<&'static str, TracepointError> {
    let mut last = None;
    for spec in SUBMITTED {
        match check(btf, spec) {
            Ok(_) => return Ok(spec.name),
            // What is passed under the older name is better known than that the newer is missing.
            Err(error @ TracepointError::Different { .. }) => last = Some(error),
            Err(error) => last = last.or(Some(error)),
        }
    }
    Err(last.unwrap_or_else(|| absent(btf, families::SUBMITTED)))
}

fn ended(btf: &Btf<'_>) -> Result<Ending, TracepointError> {
    let name = families::ENDED;
    let passed = arguments(btf, name).ok_or_else(|| absent(btf, name))?;
    let pointer = |at: usize| matches!(passed.get(at), Some(Argument::Pointer(_)));
    match (passed.get(2), passed.get(3)) {
        (Some(found), _) if *found == ENTRY && pointer(1) => Ok(Ending::Entry),
        (Some(Argument::Value(8)), Some(Argument::Value(4))) if pointer(1) => Ok(Ending::Numbers),
        (found, _) => Err(TracepointError::Different {
            kernel: btf.kernel().to_owned(),
            name,
            position: 3,
            expected: ENTRY,
            found: found.map_or_else(|| "nothing".to_owned(), ToString::to_string),
        }),
    }
}

fn absent(btf: &Btf<'_>, name: &'static str) -> TracepointError {
    TracepointError::Absent {
        kernel: btf.kernel().to_owned(),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples::SAMPLES, *};

    #[test]
    fn stored_kernels_from_6_1_on_tell_of_requests_each_in_its_way() {
        let expected = [
            ("5.10", None),
            ("6.1", Some(("io_uring_submit_sqe", false))),
            ("6.12", Some(("io_uring_submit_req", false))),
            ("6.18", Some(("io_uring_submit_req", true))),
            ("6.18-microvm", Some(("io_uring_submit_req", true))),
            ("7.3", Some(("io_uring_submit_req", true))),
        ];
        for (name, bytes, _) in SAMPLES {
            let btf = Btf::parse(bytes, name).unwrap();
            let shape = shape(&btf, &[]);
            let found =
                (shape.unfit().count() == 0).then(|| (shape.submitted(), shape.ends_as_entry()));
            if let Some((_, known)) = expected.iter().find(|(known, _)| known == name) {
                assert_eq!(found, *known, "{name}");
            }
        }
    }

    #[test]
    fn a_kernel_whose_requests_cannot_be_read_has_neither_hook() {
        let (name, bytes, _) = SAMPLES.last().unwrap();
        let btf = Btf::parse(bytes, name).unwrap();
        let field = detector_common::offsets::FIELDS
            .iter()
            .find(|field| field.feature() == Some(FEATURE))
            .unwrap();
        let missing = Missing {
            field,
            reason: super::super::reason::Reason::NoStructure,
        };
        let unfit: Vec<_> = shape(&btf, &[missing]).unfit().collect();
        assert_eq!(unfit.len(), 2);
        assert!(unfit[0].1.to_string().contains("io_kiocb"), "{unfit:?}");
    }

    #[test]
    fn without_the_fields_of_names_opens_and_connections_are_told_all_the_same() {
        let (name, bytes, _) = SAMPLES.last().unwrap();
        let btf = Btf::parse(bytes, name).unwrap();
        let mut fields = detector_common::offsets::FIELDS.iter();
        let missing = Missing {
            field: fields.find(|field| field.feature() == Some(NAMES)).unwrap(),
            reason: super::super::reason::Reason::NoStructure,
        };
        let told = |shape: &Shape| shape.calls().iter().filter(|call| **call != 0).count();
        let whole = shape(&btf, &[]);
        let partly = shape(&btf, &[missing]);
        assert_eq!(partly.unfit().count(), 0);
        assert_eq!(told(&whole), ring::REQUESTS.len());
        assert_eq!(told(&partly), 3);
    }
}
