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

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::*;

    #[test]
    fn load_without_errors_or_warnings() {
        let rules = RuleSet::load(&shipped()).unwrap_or_else(|errors| panic!("{errors}"));
        let warnings: Vec<String> = rules.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, Vec::<String>::new());
    }
}
