//! What rules can match at all.

use std::collections::BTreeSet;

use super::super::{Interest, Names, RuleSet, shipped};
use super::with_condition;

fn interest(condition: &str) -> Interest {
    let rules = with_condition(condition).unwrap_or_else(|errors| panic!("{errors}"));
    rules.interest()
}

/// What a condition on plain opens for reading needs; `None` for a rule that may match any.
#[track_caller]
fn assert_needs(condition: &str, names: Option<&[&str]>) {
    let expected = match names {
        None => Names::Any,
        Some([]) => Names::Nobody,
        Some(names) => some(names),
    };
    assert_eq!(interest(condition).reads, expected, "{condition}");
}

fn some(names: &[&str]) -> Names {
    Names::Some(
        names
            .iter()
            .map(|name| Box::from(name.as_bytes()))
            .collect(),
    )
}

#[test]
fn names_come_from_whole_components_only() {
    for (condition, names) in [
        ("fd.name = /etc/shadow", Some(&["shadow"][..])),
        (
            "fd.name in (/etc/shadow, /srv/long/x)",
            Some(&["shadow", "long"]),
        ),
        ("fd.name = shadow", Some(&["shadow"])),
        ("fd.name startswith /srv/one/tw", Some(&["srv"])),
        ("fd.name startswith one/tw", Some(&["one"])),
        ("fd.name startswith /srv", None),
        ("fd.name endswith /one/tw", Some(&["one"])),
        ("fd.name endswith wo/t", Some(&["t"])),
        ("fd.name endswith .pub", None),
        ("fd.name contains ne/two/th", Some(&["two"])),
        ("fd.name contains two/", None),
        ("fd.name contains two", None),
        ("fd.name glob */.ssh/id_*", Some(&[".ssh"])),
        ("fd.name glob '*[ab]/x/long?er/ab'", Some(&["ab"])),
        (r"fd.name glob '/a/b\\*c*'", Some(&["a"])),
        ("fd.name glob *x/y*", None),
        (
            "fd.name pmatch (/srv/one/*, /opt/th?ee)",
            Some(&["srv", "opt"]),
        ),
        ("fd.name pmatch (/)", None),
        ("fd.name in (/, /srv)", None),
        ("fd.name in ()", Some(&[])),
        ("fd.directory = /srv/one", Some(&["srv"])),
        ("fd.filename = shadow", Some(&["shadow"])),
        ("file.path_in_fs endswith /shadow", Some(&["shadow"])),
        ("basename(fd.name) = shadow", Some(&["shadow"])),
        (
            "basename(fd.name) in (shadow, gshadow)",
            Some(&["shadow", "gshadow"]),
        ),
    ] {
        assert_needs(condition, names);
    }
}

#[test]
fn the_most_telling_name_is_one_that_few_paths_have() {
    assert_needs("fd.name = /usr/share/x/local", Some(&["x"]));
    assert_needs("fd.name startswith /var/lib/", Some(&["var"]));
    assert_needs("fd.name glob */.aws/cli/cache/*", Some(&[".aws"]));
    assert_needs("fd.name glob */.config/doctl/config.yaml", Some(&["doctl"]));
    assert_needs(
        "fd.name startswith /etc/ and fd.name endswith anyof (/one, /two)",
        Some(&["one", "two"]),
    );
}

#[test]
fn what_says_nothing_of_names_may_match_any() {
    for condition in [
        "not fd.name = /etc/shadow",
        "fd.name != /etc/shadow",
        "fd.name exists",
        "fd.name icontains /shadow/",
        "fd.name iglob */shadow",
        "fd.name regex '/etc/shadow'",
        "fd.name >= /etc/shadow",
        "fd.nameraw = /etc/shadow",
        "proc.name = cat",
        "fd.name = /etc/shadow or proc.name = cat",
        "not (fd.name = /etc/shadow and proc.name = cat)",
        "fd.name = anyof (/etc/shadow, /)",
        "tolower(fd.name) = /etc/shadow",
        "basename(fd.name) = val(proc.name)",
        "basename(fd.name) startswith shadow",
        "fd.name = val(fd.nameraw)",
        "not basename(fd.name) = shadow",
        "basename(proc.exepath) = cat",
    ] {
        assert_needs(condition, None);
    }
    assert_needs("not not fd.name = /etc/shadow", Some(&["shadow"]));
    assert_needs("fd.name endswith allof (x, /shadow)", Some(&["shadow"]));
    assert_needs("fd.name = oneof (/a, /b)", Some(&["a", "b"]));
}

#[test]
fn what_a_plain_open_is_not_needs_no_names() {
    for condition in [
        "evt.type = connect",
        "evt.failed = true",
        "outcome = refused",
        "file.truth = claim",
        "file.kind = block",
        "file.foreign_mount = true and fd.name endswith .x",
        "evt.is_open_write = true",
        "tolower(evt.type) = connect",
        "tolower(evt.type) != open and basename(evt.type) = connect",
        "toupper(target.exepath) = /BIN/SH",
        "proc.exepath = val(target.exepath)",
        "concat(file.kind, outcome) = regularrefused",
    ] {
        assert_needs(condition, Some(&[]));
    }
    let written = interest("evt.is_open_write = true and evt.is_open_read = true");
    assert_eq!((written.reads, written.writes), (Names::Nobody, Names::Any));
    let neither = interest("evt.is_open_write = false and evt.is_open_read = false");
    assert_eq!(neither.reads, Names::Any, "O_PATH");
    assert_needs("file.kind = directory and fd.name = /x/y", Some(&["x"]));
}

#[test]
fn shipped_rules_read_few_names() {
    let interest = RuleSet::load(&shipped()).unwrap().interest();
    let expected = some(&[
        "shadow",
        "shadow-",
        "gshadow",
        "gshadow-",
        ".ssh",
        "ssh",
        "serviceaccount",
        "kubernetes.io~projected",
        "eks.amazonaws.com",
        "pods.eks.amazonaws.com",
        "secrets",
        ".aws",
        "credentials.db",
        "access_tokens.db",
        "application_default_credentials.json",
        "legacy_credentials",
        ".azure",
        ".oci",
        ".kube",
        "kubernetes",
        "kubelet",
        "doctl",
        ".aliyun",
        ".terraform.d",
    ]);
    assert_eq!(interest.reads, expected);
    // Whatever is opened for writing may lie in a debugfs.
    assert_eq!(interest.writes, Names::Any);
    assert!(interest.event_types.contains("openat") && interest.event_types.contains("mount"));
    assert!(!interest.event_types.contains("procexit"));
}

#[test]
fn acts_on_names_are_asked_for_of_files_in_foreign_mounts_alone_where_rules_say_so() {
    let foreign = interest("evt.type in (mkdir, openat) and file.foreign_mount = true");
    assert!(foreign.event_types.contains("mkdir"));
    assert!(foreign.alters.is_empty(), "{foreign:?}");
    let either = "evt.type in (mkdir, chmod) and (file.foreign_mount = true or evt.type = chmod)";
    assert_eq!(interest(either).alters, BTreeSet::from(["chmod"]));
    let named = interest("evt.type = mkdir and fd.name = /x");
    assert_eq!(named.alters, BTreeSet::from(["mkdir"]));
    let shipped = RuleSet::load(&shipped()).unwrap().interest();
    assert!(shipped.event_types.contains("mkdir") && !shipped.alters.contains("mkdir"));
    assert!(shipped.alters.contains("unlink"));
}

#[test]
fn a_rule_knows_whether_it_asks_the_engine() {
    for (condition, asks) in [
        ("evt.type = open and fd.name = /x", false),
        ("evt.type = open and container.id = abc", false),
        (
            "evt.type = open and not (fd.name = /x or container.name = a)",
            true,
        ),
        ("evt.type = open and container.label[a] exists", true),
        ("evt.type = open and agent.id exists", true),
        ("evt.type = open and len(container.name) > 3", true),
        ("evt.type = open and proc.name = val(container.name)", true),
        ("evt.type = open and proc.name = val(proc.pname)", false),
    ] {
        let rules = with_condition(condition).unwrap();
        assert_eq!(rules.rules()[0].asks_engine(), asks, "{condition}");
    }
    let rules = RuleSet::load(&shipped()).unwrap();
    assert!(!rules.rules().iter().any(|rule| rule.asks_engine()));
}
