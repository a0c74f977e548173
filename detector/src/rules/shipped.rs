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
        .map(|(name, text)| RuleSource::Text {
            name: Cow::Borrowed(name),
            text: Cow::Borrowed(text),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use detector_common::{call::by_number, ring::REQUESTS};

    use super::{
        super::{
            RuleSet,
            loading::yaml::{self, Content, Entry, Node},
            matching::fields::Field,
            testing::Event,
        },
        *,
    };

    fn rules() -> RuleSet {
        RuleSet::load(&shipped()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn entries(node: &Node) -> &[Entry] {
        let Content::Mapping(entries) = &node.content else {
            panic!("no mapping: {node:?}")
        };
        entries
    }

    fn scalar(node: &Node) -> &str {
        let Content::Scalar(text) = &node.content else {
            panic!("no scalar: {node:?}")
        };
        text.as_str()
    }

    fn entry<'a>(node: &'a Node, key: &str) -> &'a Node {
        let found = entries(node).iter().find(|entry| entry.key.as_str() == key);
        &found.unwrap_or_else(|| panic!("no {key}: {node:?}")).value
    }

    /// The rules that an event matches, with the priorities of their alerts.
    fn alerts(rules: &RuleSet, event: &Event) -> BTreeMap<String, String> {
        let refused = event.text(Field::Outcome).as_deref() == Some("refused");
        let event_type = event.text(Field::EvtType).unwrap();
        rules
            .matches(&event_type, event)
            .map(|rule| (rule.name.clone(), rule.priority_when(refused).to_string()))
            .collect()
    }

    fn cases(path: &Path) -> Vec<Node> {
        let text = fs::read_to_string(path).unwrap();
        let mut documents = yaml::read(0, &text).unwrap();
        let Content::Sequence(cases) = documents.remove(0).content else {
            panic!("{path:?}")
        };
        cases
    }

    fn event(case: &Node) -> Event {
        let defaults = [
            ("workload", "true"),
            ("userns.own", "false"),
            ("outcome", "done"),
        ];
        let given = entries(entry(case, "event"))
            .iter()
            .map(|at| (at.key.as_str(), scalar(&at.value)));
        defaults
            .into_iter()
            .chain(given)
            .fold(Event::default(), |event, (name, value)| {
                event.with(name, value)
            })
    }

    #[test]
    fn load_without_errors_or_warnings() {
        let warnings: Vec<String> = rules().warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn each_theme_raises_what_its_cases_say() {
        let rules = rules();
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/tests");
        let mut wrong = Vec::new();
        for (name, _) in SHIPPED {
            let path = directory.join(Path::new(name).file_name().unwrap());
            for case in cases(&path) {
                let expected: BTreeMap<String, String> = entries(entry(&case, "alerts"))
                    .iter()
                    .map(|at| (at.key.as_str().to_owned(), scalar(&at.value).to_owned()))
                    .collect();
                let found = alerts(&rules, &event(&case));
                if found != expected {
                    let case = scalar(entry(&case, "case"));
                    wrong.push(format!("{name}: {case}: {found:?} instead of {expected:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_rule_has_a_case_and_every_alert_can_be_read() {
        let rules = rules();
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/tests");
        let files = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let events: Vec<Event> = files
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .flat_map(|path| cases(&path).iter().map(event).collect::<Vec<_>>())
            .collect();
        for rule in rules.rules() {
            let event = events
                .iter()
                .find(|event| rule.matches(*event))
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
            let (_, values) = rule.output.render(&Event::default());
            assert_eq!(values.contains_key("evt.via"), concerned, "{}", rule.name);
        }
    }

    #[test]
    fn no_rule_decides_by_what_a_workload_can_choose() {
        for (name, text) in SHIPPED {
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
