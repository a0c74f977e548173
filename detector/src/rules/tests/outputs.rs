//! Outputs: what an alert says, and what it keeps for machines.

use super::super::{Field, Fields, testing::Event};
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
