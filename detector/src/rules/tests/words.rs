//! The words of conditions: quotes, escapes, blanks, names, and what binds how strongly.

use super::super::testing::Event;
use super::matching::assert_all;
use super::{first_line, load, with_condition};

/// The bytes that a quoted string stands for.
#[track_caller]
fn assert_means(quoted: &str, bytes: &[u8]) {
    let condition = format!("proc.name = {quoted}").replace('\n', "\n    ");
    let rules = with_condition(&condition).unwrap_or_else(|errors| panic!("{quoted}: {errors}"));
    let value = super::super::Value::Bytes(bytes.to_vec().into());
    let event = Event::default()
        .with("evt.type", "open")
        .set("proc.name", value);
    assert_eq!(rules.matches("open", &event).count(), 1, "{quoted}");
}

#[test]
fn each_escape_has_its_byte() {
    for (quoted, bytes) in [
        (r"'\b'", &b"\x08"[..]),
        (r"'\f'", b"\x0c"),
        (r"'\n'", b"\n"),
        (r"'\r'", b"\r"),
        (r"'\t'", b"\t"),
        (r"'\\'", b"\\"),
        (r"'\/'", b"/"),
        (r"'\''", b"'"),
        (r#""\"""#, b"\""),
        (r"'\x41\xff\x0a'", b"A\xff\n"),
        (r"'\xAb'", b"\xab"),
        (r"'a\ b'", b"a\\b"),
        (r#"'say "x"'"#, b"say \"x\""),
        (r#""it's""#, b"it's"),
        (r"'a, b (c) = d'", b"a, b (c) = d"),
        ("''", b""),
        ("'é'", "é".as_bytes()),
    ] {
        assert_means(quoted, bytes);
    }
}

#[test]
fn other_escapes_are_errors() {
    for (quoted, escape) in [
        (r"'\q'", r"\q"),
        (r"'\0'", r"\0"),
        (r"'\x4'", r"\x"),
        (r"'\xg1'", r"\x"),
        (r"'\x+1'", r"\x"),
        (r"'\u0041'", r"\u"),
        (r#"'\"'"#, r#"\""#),
        (r#""\'""#, r"\'"),
    ] {
        let errors = with_condition(&format!("proc.name = {quoted}")).map(drop);
        let found = first_line(&errors.unwrap_err().to_string());
        let start = format!("x.yaml:5:18: unknown escape '{escape}': write");
        assert!(found.starts_with(&start), "{quoted}: {found}");
    }
}

#[test]
fn a_value_without_quotes_ends_where_another_word_may_begin() {
    for (value, bytes) in [
        ("/usr/bin/[", &b"/usr/bin/["[..]),
        ("a|b&c;d*", b"a|b&c;d*"),
        ("-1", b"-1"),
        ("{x}", b"{x}"),
        ("a\\b", b"a\\b"),
        ("exists", b"exists"),
        ("and", b"and"),
        ("é", "é".as_bytes()),
    ] {
        assert_means(value, bytes);
    }
    for condition in [
        "proc.name = a b",
        "proc.name = a,b",
        "proc.name = a=b",
        "proc.name = a'b'",
    ] {
        assert!(with_condition(condition).is_err(), "{condition}");
    }
}

#[test]
fn blanks_are_free() {
    let event = Event::default()
        .with("proc.name", "a")
        .with("proc.pid", "1");
    assert_all(
        &event,
        &[
            ("proc.name=a", true),
            ("  proc.name  =  a  ", true),
            ("proc.name\t=\ta", true),
            ("proc.name\n    =\n    a\n    and proc.pid = 1", true),
            ("proc.name in(a,b)", true),
            ("proc.name in ( 'a' , b )", true),
            ("not(proc.name = b)", true),
            ("proc.name = a and(proc.pid = 1)", true),
            ("proc.name = b or(proc.pid = 1)", true),
            ("not not proc.name = a", true),
            ("not not not proc.name = a", false),
            ("(((proc.name = a)))", true),
            ("proc.name exists and not proc.pname exists", true),
        ],
    );
}

#[test]
fn not_binds_before_and_and_before_or() {
    let event = Event::default()
        .with("proc.name", "a")
        .with("proc.pid", "1");
    let (t, f) = ("proc.name = a", "proc.name = b");
    for (condition, expected) in [
        (format!("{t} or {f} and {f}"), true),
        (format!("({t} or {f}) and {f}"), false),
        (format!("{f} and {f} or {t}"), true),
        (format!("not {f} and {t}"), true),
        (format!("not {t} or {t}"), true),
        (format!("not ({t} or {t})"), false),
        (format!("not {f} and not {f} or {f}"), true),
        (format!("{f} or {t} and {t} or {f}"), true),
    ] {
        assert_all(&event, &[(condition.as_str(), expected)]);
    }
}

#[test]
fn words_of_the_language_are_lower_case_and_whole() {
    let rules = load(
        "- macro: andy\n  condition: evt.type = open\n- macro: notx\n  condition: evt.type = open\n\
         - macro: or_not\n  condition: evt.type = open\n- macro: in\n  condition: evt.type = open\n\
         - rule: R\n  desc: d\n  condition: andy and notx or or_not\n  output: o\n  priority: INFO\n",
    );
    assert!(rules.is_ok());
    for condition in [
        "proc.name = a AND proc.pid = 1",
        "NOT proc.name = a",
        "proc.name = a andproc.pid = 1",
        "proc.name IN (a)",
        "Proc.name = a",
    ] {
        assert!(with_condition(condition).is_err(), "{condition}");
    }
}

#[test]
fn arguments_stand_in_brackets() {
    let event = Event::default()
        .with("container.label['a b']", "x")
        .with("container.label[com.example/team]", "y")
        .with("proc.aname[0]", "self")
        .with("proc.aname[1]", "parent")
        .with("evt.arg.flags", "O_RDONLY")
        .with("evt.arg[1]", "z");
    assert_all(
        &event,
        &[
            ("container.label['a b'] = x", true),
            ("container.label[\"a b\"] = x", true),
            ("container.label[com.example/team] = y", true),
            ("container.label[nothing] exists", false),
            ("proc.aname[0] = self", true),
            ("proc.aname['1'] = parent", true),
            ("evt.arg[flags] = O_RDONLY", true),
            ("evt.arg.flags = O_RDONLY", true),
            ("evt.arg[1] = z", true),
        ],
    );
    for condition in [
        "container.label [a] = x",
        "container.label[a = x",
        "container.label[] = x",
        "container.label[a b] = x",
        "proc.aname[-1] = x",
        "proc.name[a] = x",
    ] {
        assert!(with_condition(condition).is_err(), "{condition}");
    }
}

#[test]
fn what_looks_like_something_else_is_warned_of() {
    for (condition, expected) in [
        (
            "proc.name = '<NA>'",
            "5:17: '<NA>' is no value: a check of a missing field is false, write 'not proc.name exists'",
        ),
        (
            "proc.name = 'tolower(proc.pname)'",
            "5:17: 'tolower(proc.pname)' is taken as a plain value here: leave the quotes out if the function is meant",
        ),
        (
            "proc.name in (a, proc.pname)",
            "5:22: 'proc.pname' is the name of a field, taken as a plain value here: compare with val(proc.pname), or quote it if so meant",
        ),
        (
            "fd.name regex '.*shadow'",
            "5:19: the regular expression '.*shadow' has nothing special in it: '=', 'contains', 'startswith' or 'endswith' say the same and cost less",
        ),
    ] {
        let rules = with_condition(condition).unwrap_or_else(|errors| panic!("{errors}"));
        let warnings: Vec<_> = rules
            .warnings()
            .iter()
            .map(|one| first_line(&one.to_string()))
            .collect();
        assert_eq!(warnings, [format!("x.yaml:{expected}")], "{condition}");
    }
    for condition in [
        "proc.name != '<NA>'",
        "proc.name = 'proc.pname'",
        "fd.name regex 'a.*b'",
        "proc.name = 'a (b)'",
    ] {
        let rules = with_condition(condition).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(rules.warnings().is_empty(), "{condition}");
    }
}
