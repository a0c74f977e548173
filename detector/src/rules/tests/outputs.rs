//! Outputs: what an alert says, and what it keeps for machines.

use proptest::prelude::*;

use super::super::language::{output, text::Text};
use super::super::{Field, Fields, testing::Event};
use super::trees::START;
use super::{first_line, functions, load};

#[test]
fn templates_render_for_people_and_machines() {
    let rules = load(
        "- rule: R\n  desc: d\n  priority: INFO\n  condition: evt.type = open\n\
         \x20 output: '%proc.name. opened %fd.name (%proc.aname[2] %5proc.pid|%evt.arg.flags) %outcome'\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    let event = Event::default()
        .with("evt.type", "open")
        .with("evt.time", "7")
        .with("proc.name", "sh")
        .with("proc.pid", "42")
        .with("evt.arg.flags", "O_RDONLY")
        .with("fd.name", "/a\n\u{1b}[2Jb\u{202e}");
    let rule = rules.matches("open", &event).next().unwrap();
    let (sentence, values) = rule.output.render(&event);
    assert_eq!(
        sentence,
        r"sh. opened /a\n\u001b[2Jb\u202e (<NA> 42   |O_RDONLY) <NA>"
    );
    let expected = serde_json::json!({
        "evt.arg.flags": "O_RDONLY", "evt.time": 7, "fd.name": "/a\n\u{1b}[2Jb\u{202e}",
        "outcome": null, "proc.aname[2]": null, "proc.name": "sh", "proc.pid": 42,
    });
    assert_eq!(serde_json::Value::Object(values), expected);
}

#[test]
fn outputs_show_what_functions_make_and_keep_what_they_are_made_of() {
    let rules = load(
        "- rule: R\n  desc: d\n  priority: INFO\n  condition: evt.type = open\n\
         \x20 output: '%toupper(proc.name)|%5basename(fd.name)|%len(proc.exepath)|%getopt((\"-n\", fd.name), \"n:\")|%concat(proc.pname, \"%x\")!'\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    let output = &rules.rules()[0].output;
    let event = functions::event();
    let (sentence, values) = output.render(&event);
    assert_eq!(sentence, "SH|File |<NA>|(n,/tmp/File)|sh%x!");
    let expected = serde_json::json!({
        "proc.name": "sh", "fd.name": "/tmp/File", "proc.exepath": null, "proc.pname": "sh",
    });
    assert_eq!(serde_json::Value::Object(values), expected);
    assert_eq!(
        output.to_string(),
        "%toupper(proc.name)|%5basename(fd.name)|%len(proc.exepath)|%getopt((\"-n\", fd.name), \"n:\")|%concat(proc.pname, \"%x\")!"
    );
    assert!(event.value(Field::EvtTime, None).is_none());
}

#[test]
fn functions_in_outputs_are_checked() {
    for (output, expected) in [
        (
            "%toupper(proc.pid)",
            "5:21: 'toupper' takes one text, and 'proc.pid' is a number",
        ),
        (
            "%toupper(proc.aname)",
            "5:21: 'proc.aname' can have several values at an event, and one is needed here: ask for one, such as 'proc.aname[1]'",
        ),
        (
            "%toupper(proc.name",
            "5:30: expected ',' or ')', found the end",
        ),
        ("%upper(proc.name)", "5:13: unknown function 'upper'"),
    ] {
        let errors = load(&format!(
            "- rule: R\n  desc: d\n  priority: INFO\n  condition: evt.type = open\n  output: '{output}'\n"
        ))
        .map(drop);
        let text = format!("{}", errors.unwrap_err());
        assert_eq!(first_line(&text), format!("x.yaml:{expected}"), "{output}");
    }
}

#[test]
fn a_field_is_the_longest_beginning_that_is_one() {
    let event = Event::default()
        .with("evt.type", "open")
        .with("evt.time", "1700000000123456789")
        .with("proc.name", "sh")
        .with("proc.pid", "42")
        .with("fd.name", "/a")
        .with("proc.aname[1]", "up")
        .with("evt.arg.flags", "F");
    for (output, sentence) in [
        ("%proc.name", "sh"),
        ("%proc.name.", "sh."),
        ("%proc.name.old", "sh.old"),
        ("%proc.names", "shs"),
        ("%proc.name_x", "sh_x"),
        ("%proc.name[%proc.pid]", "sh[42]"),
        ("%proc.name]", "sh]"),
        ("%proc.name(x)", "sh(x)"),
        ("%proc.name%proc.pid", "sh42"),
        ("%proc.name %fd.name", "sh /a"),
        ("%proc.aname[1]", "up"),
        ("%proc.aname[x", "<NA>[x"),
        ("%evt.arg.flags.x", "F.x"),
        ("%evt.arg[flags]", "F"),
        ("%8proc.name|", "sh      |"),
        ("%1proc.name|", "s|"),
        ("%0proc.name|", "sh|"),
        ("%6proc.cwd|", "<NA>  |"),
        ("%evt.time", "22:13:20.123456789"),
        ("end %container.info", "end "),
    ] {
        let rules = load(&format!(
            "- rule: R\n  desc: d\n  priority: INFO\n  condition: evt.type = open\n  output: '{output}'\n"
        ))
        .unwrap_or_else(|errors| panic!("{output}: {errors}"));
        assert_eq!(
            rules.rules()[0].output.render(&event).0,
            sentence,
            "{output}"
        );
    }
}

#[test]
fn what_an_output_may_not_mean_is_warned_of() {
    for (output, expected) in [
        (
            "%proc.names",
            "5:13: 'proc.names' is read as 'proc.name' with text behind it",
        ),
        (
            "%proc.aname[x]",
            "5:13: 'proc.aname[x]' is read as 'proc.aname' with text behind it",
        ),
        (
            "a %container.info",
            "5:15: '%container.info' is deprecated and says nothing: leave it out",
        ),
    ] {
        let rules = load(&format!(
            "- rule: R\n  desc: d\n  priority: INFO\n  condition: evt.type = open\n  output: '{output}'\n"
        ))
        .unwrap_or_else(|errors| panic!("{output}: {errors}"));
        let warnings: Vec<_> = rules
            .warnings()
            .iter()
            .map(|one| first_line(&one.to_string()))
            .collect();
        assert_eq!(warnings, [format!("x.yaml:{expected}")], "{output}");
    }
}

#[test]
fn outputs_that_are_wrong() {
    for (output, expected) in [
        (
            "100%",
            "5:15: '%' must be followed by a field, such as %proc.name: there is no way to write the sign itself",
        ),
        (
            "%% proc.name",
            "5:12: '%' must be followed by a field, such as %proc.name: there is no way to write the sign itself",
        ),
        (
            "%5",
            "5:12: '%' must be followed by a field, such as %proc.name: there is no way to write the sign itself",
        ),
        (
            "%1001proc.name",
            "5:12: a field can be padded to 1000 characters at most",
        ),
        (
            "%99999999999999999999proc.name",
            "5:12: a field can be padded to 1000 characters at most",
        ),
        (
            "%evt.arg",
            "5:13: field 'evt.arg' needs an argument: write for example 'evt.arg.flags'",
        ),
        (
            "%container.label[",
            "5:29: expected an argument for 'container.label', found the end",
        ),
        ("%name", "5:13: unknown field 'name'"),
    ] {
        let errors = load(&format!(
            "- rule: R\n  desc: d\n  priority: INFO\n  condition: evt.type = open\n  output: '{output}'\n"
        ))
        .map(drop);
        let text = errors.unwrap_err().to_string();
        assert_eq!(first_line(&text), format!("x.yaml:{expected}"), "{output}");
    }
}

proptest! {
    #[test]
    fn reading_an_output_never_panics(text in "\\PC*") {
        let _ = output::compile(&Text::of(&text, START));
    }

    // Without %container.info: it is left out, and what stands on its sides may then read as one.
    #[test]
    fn reading_words_of_outputs_never_panics(
        words in prop::collection::vec(prop::sample::select(vec![
            "%", "%proc.name", "%proc.aname", "[", "]", "1", "(", ")", "%toupper(", "%5", "evt.arg.",
            "%evt.arg", ".", "'", "\"", "\\", ",", " ", "é", "%join(", "%getopt((", "proc.args",
        ]), 0..20)
    ) {
        let text = words.concat();
        if let Ok((template, _)) = output::compile(&Text::of(&text, START)) {
            // What is shown of a template is a template that says the same.
            let again = output::compile(&Text::of(&template.to_string(), START));
            prop_assert_eq!(again.unwrap().0.to_string(), template.to_string());
            template.render(&Event::default());
        }
    }
}
