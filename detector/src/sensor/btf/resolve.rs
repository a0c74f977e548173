//! The answers to the table of kernel fields on one kernel.

use detector_common::offsets::{ABSENT, FIELDS, FieldSpec, Need, Offsets, RUNS, Run};
use thiserror::Error;

use super::{locate::locate, reason::Reason, types::Btf};

/// How many missing fields a message names.
const NAMED: usize = 4;

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
        "{kernel} differs from the kernels that this version knows ({}): \
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
        "{kernel} does not keep {first} and {second} together as {reader} reads them \
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
    let mut text = missing
        .iter()
        .take(NAMED)
        .map(one)
        .collect::<Vec<_>>()
        .join("; ");
    if let Some(more) = missing.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{super::samples::SAMPLES, *};

    #[test]
    fn stored_kernels_resolve_to_what_the_c_compiler_says() {
        for (name, bytes, expected) in SAMPLES {
            let Resolution { offsets, missing } =
                resolve(&Btf::parse(bytes, name).unwrap()).unwrap();
            let needed = missing
                .iter()
                .find(|missing| missing.field.feature().is_none());
            assert_eq!(needed, None, "{name}");
            let expected = expected.lines().map(|line| line.split_once(' ').unwrap());
            let expected = expected.collect::<HashMap<_, _>>();
            assert_eq!(expected.len(), FIELDS.len(), "{name}");
            for (field, offset) in FIELDS.iter().zip(offsets.words()) {
                let said = match offset {
                    ABSENT => "-".to_owned(),
                    offset => offset.to_string(),
                };
                assert_eq!(expected[field.name], said, "{} of {name}", field.name);
            }
        }
    }

    #[test]
    fn a_missing_required_field_names_the_kernel_and_the_member() {
        let (_, bytes, _) = SAMPLES[0];
        let bytes = renamed(bytes, "self_exec_id", "self_exec_ix");
        let error = resolve(&Btf::parse(&bytes, "kernel 9.9").unwrap())
            .unwrap_err()
            .to_string();
        let wanted = "kernel 9.9 differs from the kernels that this version knows \
                      (task_struct.self_exec_id: there is no member self_exec_id)";
        assert!(error.starts_with(wanted), "{error}");
    }

    #[test]
    fn a_missing_optional_field_switches_its_feature_off() {
        let (_, bytes, _) = SAMPLES[0];
        let bytes = renamed(bytes, "loginuid", "loginuix");
        let Resolution { offsets, missing } = resolve(&Btf::parse(&bytes, "9.9").unwrap()).unwrap();
        assert_eq!(offsets.task_loginuid, ABSENT);
        let features = missing.iter().map(|missing| missing.field.feature());
        let lost = features.filter(|feature| *feature == Some("audit session"));
        assert_eq!(lost.count(), 1);
    }

    #[test]
    fn fields_that_are_read_together_must_lie_together() {
        let (_, bytes, _) = SAMPLES[0];
        let btf = Btf::parse(bytes, "kernel 9.9").unwrap();
        let offsets = Offsets {
            dentry_d_parent: 100,
            ..resolve(&btf).unwrap().offsets
        };
        let error = check_run(&btf, &RUNS[0], &offsets).unwrap_err().to_string();
        assert!(
            error.starts_with("kernel 9.9 does not keep dentry_d_parent and"),
            "{error}"
        );
        check_run(&btf, &RUNS[1], &offsets).unwrap();
    }

    /// The bytes with one string replaced by another of the same length.
    fn renamed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let at = bytes
            .windows(from.len())
            .position(|window| window == from.as_bytes())
            .unwrap();
        let mut bytes = bytes.to_owned();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    }
}
