//! Rules for the tests of the verbs.

use crate::rules::{RuleSource, Survey};

/// The rules of a text, as `x.yaml`.
pub(super) fn survey(text: &str) -> Survey {
    let (name, text) = ("x.yaml".into(), text.to_owned().into());
    Survey::load(&[RuleSource::Text { name, text }]).unwrap_or_else(|errors| panic!("{errors}"))
}
