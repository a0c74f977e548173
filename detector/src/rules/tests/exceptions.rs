//! Exceptions: what keeps a rule silent, and what is wrong with one.

use super::super::testing::Event;
use super::changes::{fires, loaded};
use super::{GOOD, first_line, load, problems};

#[test]
fn exceptions_silence() {
    let rules = load(
        "- list: tools\n  items: [/usr/bin/a, /usr/bin/b]\n\
         - rule: R\n  desc: d\n  priority: INFO\n  output: o\n  condition: evt.type = open\n\
         \x20 exceptions:\n\
         \x20 - {name: n, fields: proc.name, values: [x, 'y z']}\n\
         \x20 - {name: t, fields: [proc.exepath, proc.is_exe_lower_layer], comps: [in, =],\n\
         \x20    values: [[tools, true], [[/c, /d], true], ['(/e, \"/f g\")', true]]}\n\
         \x20 - {name: p, fields: fd.name, comps: pmatch}\n\
         - {rule: R, append: true, exceptions: [{name: p, values: [/tmp]}]}\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    for (fields, fires) in [
        (&[("proc.name", "x")][..], false),
        (&[("proc.name", "y z")], false),
        (&[("proc.name", "q")], true),
        (
            &[
                ("proc.exepath", "/usr/bin/b"),
                ("proc.is_exe_lower_layer", "true"),
            ],
            false,
        ),
        (
            &[
                ("proc.exepath", "/usr/bin/b"),
                ("proc.is_exe_lower_layer", "false"),
            ],
            true,
        ),
        (
            &[("proc.exepath", "/d"), ("proc.is_exe_lower_layer", "true")],
            false,
        ),
        (
            &[
                ("proc.exepath", "/f g"),
                ("proc.is_exe_lower_layer", "true"),
            ],
            false,
        ),
        (&[("fd.name", "/tmp/x")], false),
        (&[("fd.name", "/tmpx")], true),
    ] {
        let event = Event::default().with("evt.type", "open");
        let event = fields
            .iter()
            .fold(event, |event, (name, value)| event.with(name, value));
        assert_eq!(
            rules.matches("open", &event).count() == 1,
            fires,
            "{fields:?}"
        );
    }
}

#[test]
fn exceptions_take_operators_quantifiers_and_lists() {
    let rule = |exception: &str| {
        format!(
            "- {{list: names, items: [a, 'x y']}}\n{GOOD}  exceptions: [{{name: n, {exception}}}]\n"
        )
    };
    for (exception, silent) in [
        ("fields: proc.name, values: [a, 'x y']", &["a", "x y"][..]),
        ("fields: proc.name, values: [names]", &["a", "x y"]),
        ("fields: proc.name, comps: in, values: ['(a, b)']", &["a"]),
        (
            "fields: proc.name, comps: pmatch, values: [a]",
            &["a", "a/b"],
        ),
        ("fields: proc.name, comps: intersects, values: [a]", &["a"]),
        (
            "fields: proc.name, comps: startswith anyof, values: [x, a]",
            &["a", "x y", "a/b"],
        ),
        (
            "fields: proc.name, comps: ' startswith   oneof ', values: [x, a]",
            &["a", "x y", "a/b"],
        ),
        ("fields: [proc.name], values: [[a], ['x y']]", &["a", "x y"]),
        (
            "fields: [proc.name, fd.name], values: [[a, /x], ['x y', /y]]",
            &["a"],
        ),
        (
            "fields: [proc.name, fd.name], comps: [startswith, '!='], values: [[a, /y]]",
            &["a", "a/b"],
        ),
        (
            "fields: [proc.name, fd.name], comps: [in, pmatch], values: [[[a, 'x y'], [/x]]]",
            &["a", "x y"],
        ),
        (
            "fields: [proc.name, fd.name], comps: [in, in], values: [[names, '(/x, /z)']]",
            &["a", "x y"],
        ),
        (
            "fields: [proc.name, fd.name], comps: [glob anyof, =], values: [['(a*, x*)', /x]]",
            &["a", "x y", "a/b"],
        ),
        ("fields: [proc.name], values: [[\"'x y'\"]]", &["x y"]),
        ("fields: proc.name, values: []", &[]),
        ("fields: proc.name", &[]),
    ] {
        let rules = loaded(&rule(exception));
        let found: Vec<_> = ["a", "x y", "a/b"]
            .into_iter()
            .filter(|name| !fires(&rules, name))
            .collect();
        assert_eq!(found, silent, "{exception}");
    }
}

#[test]
fn exceptions_may_use_functions() {
    let rules = load(
        "- rule: R\n  desc: d\n  priority: INFO\n  output: o\n  condition: evt.type = open\n\
         \x20 exceptions:\n\
         \x20 - {name: l, fields: tolower(proc.name), values: [cat]}\n\
         \x20 - {name: t, fields: [proc.name, basename(fd.name)], values: [[val(proc.pname), x], ['val( y )', x]]}\n",
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    for (name, parent, path, fires) in [
        ("CAT", "q", "/y", false),
        ("a", "a", "/y/x", false),
        ("a", "b", "/y/x", true),
        ("val( y )", "b", "x", false),
    ] {
        let event = Event::default()
            .with("evt.type", "open")
            .with("proc.name", name)
            .with("proc.pname", parent)
            .with("fd.name", path);
        assert_eq!(
            rules.matches("open", &event).count() == 1,
            fires,
            "{name} {parent}"
        );
    }
    let errors = load(
        "- rule: R\n  desc: d\n  priority: INFO\n  output: o\n  condition: evt.type = open\n\
         \x20 exceptions: [{name: l, fields: proc.name, values: [val(proc.pname)]}]\n",
    );
    assert_eq!(
        first_line(&errors.map(drop).unwrap_err().to_string()),
        "x.yaml:6:54: 'val(...)' cannot stand here: a list holds values only"
    );
}

#[test]
fn exceptions_that_are_wrong() {
    for (exceptions, expected) in [
        (
            "[{name: n, fields: proc.nmae}]",
            "6:34: unknown field 'proc.nmae': did you mean 'proc.name'?",
        ),
        (
            "[{name: n, fields: [proc.name, fd.nme]}]",
            "6:46: unknown field 'fd.nme': did you mean 'fd.name'?",
        ),
        (
            "[{name: n, fields: tolower(proc.pid)}]",
            "6:42: 'tolower' takes one text, and 'proc.pid' is a number",
        ),
        (
            "[{name: n, fields: [proc.name, fd.name], comps: [=]}]",
            "6:23: the comps have 1 entries, the fields of exception 'n' 2",
        ),
        (
            "[{name: n, fields: [proc.name], comps: [like], values: [[a]]}]",
            "6:55: unknown operator 'like'",
        ),
        (
            "[{name: n, fields: [proc.pid], comps: [contains], values: [[1]]}]",
            "6:54: operator 'contains' does not suit 'proc.pid', which is a number: use one of exists = != < <= > >= in intersects",
        ),
        (
            "[{name: n, fields: [proc.name, fd.name], values: [[a], [b, c]]}]",
            "6:65: these values have 1 entries, the fields of exception 'n' 2",
        ),
        (
            "[{name: n, fields: [proc.name], values: [[[a, b]]]}]",
            "6:57: 'values' must be a sequence of plain values",
        ),
        (
            "[{name: n, values: [a]}]",
            "6:23: no earlier exception 'n' of this rule: give its fields too",
        ),
        (
            "[{name: n, comps: =}]",
            "6:23: the exception 'n' needs the key 'fields'",
        ),
        ("[n]", "6:16: 'exception' must be a mapping"),
        ("{name: n}", "6:15: 'exceptions' must be a sequence"),
    ] {
        let found = problems(&format!("{GOOD}  exceptions: {exceptions}\n"));
        let expected = format!("x.yaml:{expected}");
        assert_eq!(found.first(), Some(&expected), "{exceptions}");
    }
    let with_one = format!("{GOOD}  exceptions: [{{name: n, fields: proc.name}}]\n");
    for (added, expected) in [
        (
            "{name: n, fields: fd.name, values: [a]}",
            "7:47: exception 'n' of this rule exists already: only values can be added to it",
        ),
        (
            "{name: m, values: [a]}",
            "7:47: no earlier exception 'm' of this rule: give its fields too",
        ),
        (
            "{name: m, fields: proc.name}",
            "7:47: exception 'm', which is added to the rule, needs values",
        ),
        (
            "{name: n, comps: in, values: [a]}",
            "7:47: the exception 'n' needs the key 'fields'",
        ),
    ] {
        let found = problems(&format!(
            "{with_one}- {{rule: R, append: true, exceptions: [{added}]}}\n"
        ));
        let expected = format!("x.yaml:{expected}");
        assert_eq!(found.first(), Some(&expected), "{added}");
    }
}
