//! The rules that ship with the detector.

use super::check::{Area, Check, Checks};
use crate::rules::{self, RuleSet};

/// Reads them as `run` would.
pub(super) fn check() -> Vec<Check> {
    let mut checks = Checks::of(Area::Rules);
    let sources = rules::shipped();
    match RuleSet::load(&sources) {
        Ok(set) => {
            let found = format!("{} rules of {} files", set.rules().len(), sources.len());
            match set.warnings() {
                [] => checks.ok("shipped", found),
                warnings => checks.less(
                    "shipped",
                    format!("{found}, {} warnings", warnings.len()),
                    "see the warnings",
                    "`escape-detector rules check` shows them",
                ),
            }
        }
        Err(error) => checks.failed(
            "shipped",
            error.to_string(),
            "the detector does not start without rules",
            "build it again",
        ),
    }
    checks.done()
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    #[test]
    fn the_shipped_rules_are_fine() {
        let checks = check();
        let shipped = named(&checks, "shipped");
        assert_eq!(shipped.verdict.name(), "ok", "{shipped:?}");
        let files = format!("of {} files", rules::shipped().len());
        assert!(shipped.found.ends_with(&files), "{shipped:?}");
    }
}
