//! The rules that ship with the detector, embedded in the binary.

use std::borrow::Cow;

use super::load::RuleSource;

macro_rules! shipped {
    ($($theme:literal)*) => {
        /// Name and text of each shipped file.
        const SHIPPED: &[(&str, &str)] = &[$((
            concat!("rules/", $theme, ".yaml"),
            include_str!(concat!("../../../rules/", $theme, ".yaml")),
        ),)*];
    };
}

shipped! {
    "engine"
    "kernel-interface"
    "device"
    "mount"
    "namespace"
    "foreign-mount"
    "kernel-code"
    "memfd"
    "credentials"
    "metadata"
}

/// The sources of the shipped rules, for [`super::RuleSet::load`].
#[must_use]
pub fn shipped() -> Vec<RuleSource> {
    SHIPPED
        .iter()
        .map(|(name, text)| RuleSource::Text {
            name: Cow::Borrowed(name),
            text: Cow::Borrowed(text),
        })
        .collect()
}
