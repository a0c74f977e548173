//! The rules that ship with the detector, embedded in the binary, and their tests.

use std::borrow::Cow;

use super::load::RuleSource;
use crate::document::Document;

/// A shipped file: the name of its rules and their text, and the same of their tests.
struct Shipped {
    name: &'static str,
    text: &'static str,
    tests: &'static str,
    cases: &'static str,
}

macro_rules! shipped {
    ($($theme:literal)*) => {
        const SHIPPED: &[Shipped] = &[$(Shipped {
            name: concat!("rules/", $theme, ".yaml"),
            text: include_str!(concat!("../../../rules/", $theme, ".yaml")),
            tests: concat!("rules/tests/", $theme, ".yaml"),
            cases: include_str!(concat!("../../../rules/tests/", $theme, ".yaml")),
        },)*];
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
    "drift"
    "shell"
    "setuid"
    "own-sight"
    "boundary"
    "trace"
    "detector"
    "clock"
    "log"
    "objects"
}

/// The sources of the shipped rules, for [`super::RuleSet::load`].
#[must_use]
pub fn shipped() -> Vec<RuleSource> {
    SHIPPED
        .iter()
        .map(|file| RuleSource::Text {
            name: Cow::Borrowed(file.name),
            text: Cow::Borrowed(file.text),
        })
        .collect()
}

/// The texts of their tests, for [`super::TestFile::read`].
#[must_use]
pub fn shipped_tests() -> Vec<Document> {
    SHIPPED
        .iter()
        .map(|file| Document {
            name: file.tests.to_owned(),
            text: file.cases.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use detector_common::{call::by_number, ring::REQUESTS};

    use super::{
        super::{Alerts, Case, Input, RuleSet, TestFile, Told},
        *,
    };

    fn rules() -> RuleSet {
        RuleSet::load(&shipped()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn files() -> impl Iterator<Item = TestFile> {
        let documents = shipped_tests().into_iter();
        documents.map(|file| TestFile::read(file).unwrap_or_else(|errors| panic!("{errors}")))
    }

    /// The cases of all themes: where each stands, its event, and the alerts expected.
    fn cases() -> Vec<(String, Told, Alerts)> {
        let of_file = |file: TestFile| {
            let name = file.document.name;
            file.cases.into_iter().map(move |case: Case| {
                let Input::Event(event) = case.input else {
                    panic!("{name}: {} has no event", case.name)
                };
                (format!("{name}: {}", case.name), event, case.expected)
            })
        };
        files().flat_map(of_file).collect()
    }

    #[test]
    fn load_without_errors_or_warnings() {
        let warnings: Vec<String> = rules().warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn each_theme_raises_what_its_cases_say() {
        let rules = rules();
        let mut wrong = Vec::new();
        for (place, event, expected) in cases() {
            let found = Alerts::of(&rules, &event);
            if found != expected {
                wrong.push(format!("{place}: {found} instead of {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let unknown = files().flat_map(|file| file.unknown_rules(&rules));
        let unknown: Vec<_> = unknown.map(|problem| problem.to_string()).collect();
        assert_eq!(unknown, Vec::<String>::new());
    }

    #[test]
    fn every_file_of_tests_belongs_to_a_theme() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/tests");
        let files = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let yaml = files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        assert_eq!(yaml.count(), SHIPPED.len());
    }

    #[test]
    fn every_rule_has_a_case_and_every_alert_can_be_read() {
        let rules = rules();
        let cases = cases();
        for rule in rules.rules() {
            let (_, event, _) = cases
                .iter()
                .find(|(_, event, _)| rule.matches(event))
                .unwrap_or_else(|| panic!("no case raises '{}'", rule.name));
            let (sentence, values) = rule.output.render(event);
            assert!(!sentence.contains('%'), "{sentence}");
            assert!(values.contains_key("container.id"), "{sentence}");
            assert!(
                !rule.description.is_empty() && !rule.tags.is_empty(),
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn every_alert_of_what_a_ring_can_do_says_by_which_way_it_was_done() {
        let by_ring: BTreeSet<&str> = REQUESTS
            .iter()
            .filter_map(|request| by_number(request.call).map(|call| call.name))
            .collect();
        assert!(by_ring.contains("openat") && by_ring.contains("connect"));
        for rule in rules().rules() {
            let concerned = by_ring.iter().any(|call| rule.condition.can_match(call));
            let (_, values) = rule.output.render(&Told::default());
            assert_eq!(values.contains_key("evt.via"), concerned, "{}", rule.name);
        }
    }

    #[test]
    fn no_rule_decides_by_what_a_workload_can_choose() {
        for Shipped { name, text, .. } in SHIPPED {
            for condition in text.split("condition:").skip(1) {
                let condition = condition.split("\n\n").next().unwrap();
                let condition = condition.split("output:").next().unwrap();
                for forbidden in [
                    "proc.name",
                    "proc.pname",
                    "proc.exe ",
                    "container.",
                    "cmdline",
                ] {
                    assert!(
                        !condition.contains(forbidden),
                        "{name} asks for {forbidden}"
                    );
                }
            }
        }
    }
}
