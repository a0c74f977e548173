//! Rules of the shapes that rules written for Falco have.

use super::{first_line, load, with_condition};

/// Every field, operator and event type that Falco's own rule files use, in rules of ours.
const SHAPES: &str = include_str!("falco-shapes.yaml");

#[test]
fn rules_of_falcos_shapes_load_whole() {
    let rules = load(SHAPES).unwrap_or_else(|errors| panic!("{errors}"));
    let written = SHAPES.matches("\n- rule: ").count();
    assert_eq!(rules.rules().len(), written);
    for warning in rules.warnings() {
        let text = first_line(&warning.to_string());
        let is_expected = text.contains("does not report")
            || text.contains("does not supply")
            || text.contains("reports none");
        assert!(is_expected, "{text}");
    }
}

/// The first line of each warning about one rule with this condition, without its place.
fn warnings(condition: &str) -> Vec<String> {
    let rules = with_condition(condition).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(rules.rules().len(), 1, "{condition}");
    let lines = rules
        .warnings()
        .iter()
        .map(|warning| first_line(&warning.to_string()));
    lines
        .map(|line| line.strip_prefix("x.yaml:").unwrap_or(&line).to_owned())
        .collect()
}

#[test]
fn what_never_holds_here_is_warned_of() {
    for (condition, expected) in [
        (
            "proc.pvpid != 0",
            "5:5: field 'proc.pvpid': Falco has it, this detector does not supply it: it is absent at every event",
        ),
        (
            "evt.buffer bcontains CAFE",
            "5:5: field 'evt.buffer': Falco has it, this detector does not supply it: it is absent at every event",
        ),
        (
            "evt.type = open and evt.dir = >",
            "5:35: evt.dir is '<' at every event and never '>': leave the check out, it is deprecated",
        ),
    ] {
        assert_eq!(warnings(condition), [expected], "{condition}");
    }
    assert_eq!(
        warnings("evt.type = getcwd"),
        [
            "5:5: rule 'R' never matches here: the sensor reports none of its event types",
            "5:16: the sensor does not report 'getcwd': this part of the condition never holds",
        ]
    );
    assert!(warnings("evt.type = open and evt.dir = <").is_empty());
}

#[test]
fn an_output_tells_of_an_absent_field_once_a_file() {
    let rule = |name: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: evt.type = open\n  output: '%proc.pvpid'\n  priority: INFO\n"
        )
    };
    let rules = load(&(rule("A") + &rule("B"))).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(rules.warnings().len(), 1);
}

#[test]
fn operators_that_do_not_suit_are_refused() {
    for (condition, expected) in [
        (
            "evt.buffer bcontains 0xy1",
            "'0xy1' is no text of bytes: write two hexadecimal digits for each",
        ),
        (
            "evt.buffer bcontains abc",
            "'abc' is no text of bytes: write two hexadecimal digits for each",
        ),
        (
            "evt.buffer icontains ab",
            "operator 'icontains' does not suit 'evt.buffer', which is bytes: use one of exists = != contains bcontains startswith bstartswith endswith in intersects",
        ),
        (
            "proc.duration contains 1",
            "operator 'contains' does not suit 'proc.duration', which is a number: use one of exists = != < <= > >= in intersects",
        ),
        (
            "fd.connected = yes",
            "'yes' is no truth value: write true or false",
        ),
        ("proc.tty = tty1", "'tty1' is no number"),
        (
            "container.mount.dest = /",
            "field 'container.mount.dest' needs an argument: write for example 'container.mount.dest[0]'",
        ),
        (
            "proc.pexe[1] = a",
            "field 'proc.pexe' takes no argument, not '1'",
        ),
    ] {
        let errors = with_condition(condition).map(drop).unwrap_err();
        let found = first_line(&errors.to_string());
        let found = found.splitn(4, ':').nth(3).unwrap_or_default().trim_start();
        assert_eq!(found, expected, "{condition}");
    }
}
