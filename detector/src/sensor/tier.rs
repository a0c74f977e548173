//! Which of the sensor's two objects this kernel takes.
//!
//! What the kernel offers decides, not what its version says: distributions carry functions back.

use aya::include_bytes_aligned;
use aya::programs::{ProgramError, ProgramType};
use aya::sys::{BpfHelper, is_helper_supported};
use detector_common::tier::Tier;

use super::error::{Hook, program_reason};

/// The objects, built by `cargo xtask build`.
static NORMAL: &[u8] = include_bytes_aligned!(env!("SENSOR_OBJECT"));
static LEGACY: &[u8] = include_bytes_aligned!(env!("SENSOR_OBJECT_LEGACY"));

/// What the normal object stands on, and the legacy one does without.
const HELPERS: [(&str, BpfHelper); 2] = [
    ("bpf_loop", BpfHelper::BPF_FUNC_loop),
    (
        "bpf_get_current_task_btf",
        BpfHelper::BPF_FUNC_get_current_task_btf,
    ),
];

/// The name of the hook that says how deep paths are read.
const DEEP_PATHS: &str = "deep paths";

/// An object, and why it is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub tier: Tier,
    /// Why.
    pub reason: String,
}

impl Choice {
    /// The one that was asked for, or else the best that this kernel takes.
    #[must_use]
    pub fn make(wanted: Option<Tier>) -> Self {
        wanted.map_or_else(Self::of_this_kernel, Self::asked_for)
    }

    fn asked_for(tier: Tier) -> Self {
        Self {
            tier,
            reason: "it was asked for".to_owned(),
        }
    }

    fn of_this_kernel() -> Self {
        let supported = |helper| is_helper_supported(ProgramType::RawTracePoint, helper);
        Self::by(HELPERS.map(|(name, helper)| (name, supported(helper))))
    }

    /// By what the kernel says of each function. Where it cannot be asked, the load of the normal
    /// object says why.
    fn by<'a>(answers: impl IntoIterator<Item = (&'a str, Result<bool, ProgramError>)>) -> Self {
        let mut missing = Vec::new();
        for (name, answer) in answers {
            match answer {
                Ok(true) => {}
                Ok(false) => missing.push(name),
                Err(error) => {
                    return Self {
                        tier: Tier::Normal,
                        reason: format!(
                            "the kernel does not say whether it has {name}: {}",
                            program_reason(&error)
                        ),
                    };
                }
            }
        }
        if missing.is_empty() {
            return Self {
                tier: Tier::Normal,
                reason: "this kernel has all that it stands on".to_owned(),
            };
        }
        Self {
            tier: Tier::Legacy,
            reason: format!("this kernel has no {}", missing.join(" and no ")),
        }
    }

    /// The object's bytes.
    pub(super) const fn bytes(&self) -> &'static [u8] {
        match self.tier {
            Tier::Normal => NORMAL,
            Tier::Legacy => LEGACY,
        }
    }

    /// What the status says of it.
    pub(super) fn hook(&self) -> Hook {
        match self.tier {
            Tier::Normal => Hook::on(DEEP_PATHS),
            Tier::Legacy => Hook {
                name: DEEP_PATHS.to_owned(),
                attached: false,
                reason: Some(format!(
                    "the legacy object runs, since {}: of a path it reads the last {} components",
                    self.reason,
                    Tier::Legacy.steps()
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(answers: [Result<bool, ProgramError>; 2]) -> Choice {
        Choice::by(["first", "second"].into_iter().zip(answers))
    }

    #[test]
    fn what_the_kernel_lacks_decides_and_is_named() {
        assert_eq!(by([Ok(true), Ok(true)]).tier, Tier::Normal);
        let one = by([Ok(true), Ok(false)]);
        assert_eq!(one.tier, Tier::Legacy);
        assert_eq!(one.reason, "this kernel has no second");
        let both = by([Ok(false), Ok(false)]);
        assert_eq!(both.reason, "this kernel has no first and no second");
    }

    #[test]
    fn a_kernel_that_does_not_answer_gets_the_normal_object_and_its_error() {
        let choice = by([Err(ProgramError::UnexpectedProgramType), Ok(false)]);
        assert_eq!(choice.tier, Tier::Normal);
        assert!(choice.reason.contains("first"), "{}", choice.reason);
    }

    #[test]
    fn what_was_asked_for_is_taken_and_only_the_legacy_object_is_less() {
        for tier in Tier::ALL {
            let choice = Choice::make(Some(tier));
            assert_eq!(choice.tier, tier);
            let hook = choice.hook();
            assert_eq!(hook.attached, tier == Tier::Normal);
            assert_eq!(hook.reason.is_some(), tier == Tier::Legacy);
        }
    }

    #[test]
    fn the_objects_differ() {
        assert_ne!(NORMAL, LEGACY);
    }
}
