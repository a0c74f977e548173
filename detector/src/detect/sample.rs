//! Rules at work, for the tests of whoever has them asked.

use std::sync::Arc;

use super::Matcher;
use super::redact::Redactor;
use crate::event::Clock;
use crate::rules::{RuleSet, RuleSource};

/// What asks the rules of this text.
pub(crate) fn matcher(text: &str) -> Matcher {
    Matcher::new(
        Arc::new(rules(text)),
        Redactor::new().unwrap(),
        "forge".into(),
        "6a8bd2a3-3b4e-4d0a-9b59-7c3b0c7e1f20".parse().unwrap(),
        Clock::with_offset(0),
    )
}

/// The rules of a text.
pub(crate) fn rules(text: &str) -> RuleSet {
    let source = RuleSource::Text {
        name: "sample.yaml".into(),
        text: text.to_owned().into(),
    };
    RuleSet::load(&[source]).unwrap()
}
