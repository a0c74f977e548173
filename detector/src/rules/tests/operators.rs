//! Each operator for each type: whether it is allowed, and what it means.

use super::super::language::ast::{Operator, Shape};
use super::super::testing::Event;
use super::matching::assert_all;
use super::{first_line, with_condition};

/// A subject of each type with a constant that suits it, and the operators of the type.
const TYPES: &[(&str, &str, &str)] = &[
    ("proc.name", "x", TEXT),
    ("evt.arg.flags", "x", TEXT),
    ("outcome", "done", TEXT),
    ("evt.type", "open", TEXT),
    ("proc.aname", "x", TEXT),
    ("tolower(proc.name)", "x", TEXT),
    ("join('', (proc.name))", "x", TEXT),
    ("getopt((proc.name), 'a')[a]", "x", TEXT),
    ("proc.pid", "1", NUMBER),
    ("evt.rawarg.fd", "1", NUMBER),
    ("len(proc.name)", "1", NUMBER),
    ("fd.rport", "1", NUMBER),
    ("fd.port", "1", NUMBER),
    ("workload", "true", COMMON),
    ("fd.rip", "1.1.1.1", COMMON),
    ("fd.ip", "1.1.1.1", COMMON),
    ("fd.rnet", "1.0.0.0/8", COMMON),
    ("fd.net", "1.0.0.0/8", COMMON),
    (
        "evt.buffer",
        "aa",
        "exists = != contains bcontains startswith bstartswith endswith in intersects",
    ),
    ("fd.types", "file", "exists in intersects"),
    ("getopt((proc.name), 'a')", "a", "exists in intersects"),
];

const TEXT: &str = "exists = != < <= > >= contains icontains startswith endswith glob iglob regex in intersects pmatch";
const NUMBER: &str = "exists = != < <= > >= in intersects";
const COMMON: &str = "exists = != in intersects";

/// A check with this operator, and one for each quantifier where it takes any.
fn checks(subject: &str, operator: Operator, value: &str) -> Vec<String> {
    let plain = format!("{subject} {operator}");
    match operator.shape() {
        Shape::Unary => vec![plain],
        Shape::Ordered => vec![format!("{plain} {value}")],
        Shape::List => vec![format!("{plain} ({value})"), format!("{plain} ()")],
        Shape::Value => vec![
            format!("{plain} {value}"),
            format!("{plain} oneof ({value}, {value})"),
            format!("{plain} anyof ({value})"),
            format!("{plain} allof ()"),
        ],
    }
}

#[test]
fn each_type_has_its_operators() {
    for (subject, value, allowed) in TYPES {
        let allowed: Vec<&str> = allowed.split(' ').collect();
        for operator in Operator::ALL {
            for check in checks(subject, *operator, value) {
                // Beside something true, so that no rule is refused for never matching.
                let loaded = with_condition(&format!("user.uid exists or {check}")).map(drop);
                if allowed.contains(&operator.text()) {
                    assert!(loaded.is_ok(), "{check}: {}", loaded.unwrap_err());
                    continue;
                }
                let error = loaded.unwrap_err().to_string();
                let told = format!("operator '{operator}' does not suit");
                let list = format!("use one of {}", allowed.join(" "));
                assert!(
                    error.contains(&told) && error.contains(&list),
                    "{check}: {error}"
                );
            }
        }
    }
}

#[test]
fn one_sign_for_equal_is_as_good_as_two() {
    let event = Event::default()
        .with("proc.name", "a")
        .with("proc.pid", "1");
    assert_all(
        &event,
        &[
            ("proc.name == a", true),
            ("proc.name==a", true),
            ("proc.name=a", true),
            ("proc.name!=a", false),
            ("proc.pid>=1 and proc.pid<2", true),
            ("proc.pid <= 1", true),
            ("proc.pid > 1", false),
        ],
    );
}

#[test]
fn quantifiers_count_what_matches() {
    let event = Event::default()
        .with("fd.name", "/etc/a")
        .with("fd.rport", "80");
    assert_all(
        &event,
        &[
            ("fd.name startswith oneof (/etc, /var)", true),
            ("fd.name startswith oneof (/etc, /e)", false),
            ("fd.name startswith oneof (/var)", false),
            ("fd.name startswith anyof (/var, /etc)", true),
            ("fd.name startswith anyof (/var)", false),
            ("fd.name startswith allof (/e, /etc)", true),
            ("fd.name startswith allof (/e, /var)", false),
            ("fd.name != allof (a, b)", true),
            ("fd.name != anyof (/etc/a, b)", true),
            ("fd.name != allof (/etc/a, b)", false),
            ("fd.name != oneof (/etc/a, b)", true),
            ("fd.name regex anyof ('/e.*', '/v.*')", true),
            ("fd.name glob oneof (/e*, /v*)", true),
            ("fd.rport = anyof (80, 443)", true),
            ("fd.rport != allof (81, 443)", true),
            ("not fd.name = allof ()", true),
            ("not fd.name = anyof ()", true),
            ("not fd.name != oneof ()", true),
            ("not fd.name in ()", true),
            ("not fd.name pmatch ()", true),
            // A quantifier without a list behind it is a value.
            ("fd.name = anyof", false),
            ("fd.name != oneof and fd.rport = 80", true),
        ],
    );
}

#[test]
fn ports_have_names() {
    let event = Event::default()
        .with("fd.rport", "443")
        .with("fd.lport", "22");
    assert_all(
        &event,
        &[
            ("fd.rport = https", true),
            ("fd.rport in (http, https)", true),
            ("fd.lport != ssh", false),
            ("fd.rport > domain", true),
            ("fd.rport = 0x1bb", true),
        ],
    );
}

#[test]
fn families_of_addresses_are_different_and_never_alike() {
    let event = Event::default()
        .with("fd.rip", "10.0.0.1")
        .with("fd.lip", "fd00::1")
        .with("fd.rnet", "10.0.0.1")
        .with("fd.lnet", "fd00::1");
    assert_all(
        &event,
        &[
            ("fd.rip = ::1", false),
            ("fd.rip != ::1", true),
            ("fd.rip in (::1, fd00::1)", false),
            ("fd.lip = 10.0.0.1", false),
            ("fd.lip != 10.0.0.1", true),
            ("fd.lip = fd00:0::1", true),
            ("fd.rip = ::ffff:10.0.0.1", true),
            ("fd.rnet = ::/0", false),
            ("fd.rnet != ::/0", true),
            ("fd.rnet = 0.0.0.0/0", true),
            ("fd.lnet = fd00::/8", true),
            ("fd.lnet in (10.0.0.0/8, fd00::/8)", true),
            ("fd.lnet != fd00::/8", false),
        ],
    );
}

#[test]
fn paths_are_compared_by_components() {
    let event = Event::default().with("fd.name", "/var/run/docker/x");
    assert_all(
        &event,
        &[
            ("fd.name pmatch (/var/run)", true),
            ("fd.name pmatch (/var/run/)", true),
            ("fd.name pmatch (/var/ru)", false),
            ("fd.name pmatch (/var/run/docker/x/y)", false),
            ("fd.name pmatch (/var/*/docker)", true),
            ("fd.name pmatch (/var/r?n)", true),
            ("fd.name pmatch (/var/[a-r]un)", true),
            ("fd.name pmatch (/*/docker)", false),
            ("fd.name pmatch (/etc, /var)", true),
            ("fd.name pmatch (/)", true),
            ("fd.name pmatch (var/run)", true),
        ],
    );
}

#[test]
fn patterns_cover_the_whole_value() {
    let event = Event::default()
        .with("fd.name", "/a/b.sh")
        .with("proc.name", "a\nb");
    assert_all(
        &event,
        &[
            ("fd.name glob /a", false),
            ("fd.name glob /*.sh", true),
            ("fd.name glob '/a/?.[s]h'", true),
            ("fd.name iglob /A/*.SH", true),
            ("fd.name glob /A/*", false),
            ("fd.name regex '/a/b'", false),
            ("fd.name regex '/a/b[.]sh'", true),
            ("fd.name regex '^/a/.*[.]sh$'", true),
            ("fd.name regex 'x|/a/b[.](sh|py)'", true),
            ("proc.name regex 'a.b'", false),
            ("proc.name regex 'a[^x]b'", true),
            ("fd.name contains ''", true),
            ("fd.name startswith ''", true),
            ("fd.name endswith ''", true),
            ("fd.name glob ''", false),
        ],
    );
}

#[test]
fn values_that_no_field_of_the_type_has_are_refused() {
    for (condition, expected) in [
        ("proc.pid = ''", "'' is no number"),
        ("proc.pid = 0x", "'0x' is no number"),
        ("proc.pid = -0x1", "'-0x1' is no number"),
        (
            "proc.pid = 99999999999999999999",
            "'99999999999999999999' is no number: only whole numbers of 64 bits can be compared",
        ),
        ("proc.pid in (1, b)", "'b' is no number"),
        (
            "workload = True",
            "'True' is no truth value: write true or false",
        ),
        (
            "workload in (true, 1)",
            "'1' is no truth value: write true or false",
        ),
        ("fd.rip = localhost", "'localhost' is no address"),
        ("fd.rip = 1.2.3", "'1.2.3' is no address"),
        (
            "fd.rnet = 10.0.0.0/33",
            "'10.0.0.0/33' is no network: write one such as 10.0.0.0/8",
        ),
        (
            "fd.rport = -1",
            "'-1' is no port: write a number from 0 to 65535, or the name of a well-known service",
        ),
        (
            "fd.name = \"a\\x00\"",
            "\\x00 cannot occur in a field: kernel strings end there",
        ),
        (
            "concat('a', \"\\x00\") = a",
            "\\x00 cannot occur in a field: kernel strings end there",
        ),
        (
            "fd.name regex '['",
            "invalid regular expression: error: unclosed character class",
        ),
    ] {
        let error = with_condition(condition).map(drop).unwrap_err().to_string();
        let found = first_line(&error);
        let found = found.splitn(4, ':').nth(3).unwrap_or_default().trim_start();
        assert_eq!(found, expected, "{condition}");
    }
    for condition in [
        "evt.buffer contains \"\\x00\"",
        "evt.buffer bcontains 00ff",
        "evt.buffer bstartswith anyof (CAFE, 00)",
        "proc.pid = +5",
        "proc.pid in (0XFF, -0)",
    ] {
        assert!(with_condition(condition).is_ok(), "{condition}");
    }
}
