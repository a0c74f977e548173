//! Parsing: precedence, words, errors with their columns, bounds; and properties.

use proptest::prelude::*;

use super::super::language::{ast::Expr, parser, text::Text};
use super::super::{Names, testing::Event};
use super::trees::{START, expression};

fn parse(text: &str) -> Result<Expr, (u32, String)> {
    parser::condition(&Text::of(text, START))
        .map_err(|error| (error.place.column, error.fault.to_string()))
}

#[test]
fn prints_what_it_understood() {
    for (text, printed) in [
        ("evt.type=open", "evt.type = open"),
        ("evt.type == open", "evt.type = open"),
        ("a and b or c", "a and b or c"),
        ("(a and b) or c", "a and b or c"),
        ("a and (b or c)", "a and (b or c)"),
        ("a or b and not c", "a or b and not c"),
        ("not(a)and(b)", "not a and b"),
        ("not not a", "not not a"),
        ("not (a or b)", "not (a or b)"),
        ("andx and notx", "andx and notx"),
        (
            "proc.aname[2] in (a, 'b c',\"d\")",
            "proc.aname[\"2\"] in (a, \"b c\", \"d\")",
        ),
        ("proc.name in (shells)", "proc.name in (shells)"),
        ("proc.name in shells", "proc.name in shells"),
        ("proc.name in ()", "proc.name in ()"),
        ("fd.name exists", "fd.name exists"),
        (
            "fd.name endswith anyof (/a,/b)",
            "fd.name endswith anyof (/a, /b)",
        ),
        ("fd.name = anyof", "fd.name = anyof"),
        ("fd.name = anyof and x", "fd.name = anyof and x"),
        ("evt.rawres >= -1", "evt.rawres >= -1"),
        ("workload = true", "workload = true"),
        (
            "container.label[\"a b\"] = x",
            "container.label[\"a b\"] = x",
        ),
        (r#"fd.name = "a\"\\\x41\n""#, r#"fd.name = "a\"\\A\x0a""#),
        (r"fd.name = 'a\ b'", r#"fd.name = "a\\b""#),
        ("a\n  and\tb", "a and b"),
        ("tolower( proc.name )=x", "tolower(proc.name) = x"),
        (
            "proc.name = val( proc.aname[1] )",
            "proc.name = val(proc.aname[\"1\"])",
        ),
        (
            "proc.name in val(proc.pname)",
            "proc.name in val(proc.pname)",
        ),
        (
            "len(fd.name)>len(fd.nameraw)",
            "len(fd.name) > len(fd.nameraw)",
        ),
        (
            "join(\"-\",(proc.name , 'a b',0x1F,-1.5, toupper(b64(proc.pname)))) contains x",
            "join(\"-\", (proc.name, \"a b\", 0x1F, -1.5, toupper(b64(proc.pname)))) contains x",
        ),
        (
            "getopt((\"-n\"), 'n:')[n] exists",
            "getopt((\"-n\"), \"n:\")[\"n\"] exists",
        ),
        ("join(\"\", ()) = ''", "join(\"\", ()) = \"\""),
        ("basename(fd.name)in(x)", "basename(fd.name) in (x)"),
        ("fd.name = tolower and x", "fd.name = tolower and x"),
        ("tolower and len", "tolower and len"),
    ] {
        assert_eq!(
            parse(text).map(|tree| tree.to_string()),
            Ok(printed.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    let operator = "an operator such as '=', 'in' or 'contains'";
    let primary = "a field, a macro, 'not' or '('";
    for (text, column, message) in [
        ("", 1, format!("expected {primary}, found the end")),
        ("a and", 6, format!("expected {primary}, found the end")),
        ("a and and b", 7, format!("expected {primary}, found 'and'")),
        ("fd.name", 8, format!("expected {operator}, found the end")),
        (
            "fd.name and a",
            9,
            format!("expected {operator}, found 'and'"),
        ),
        (
            "fd.name =",
            10,
            "expected a value after '=', found the end".into(),
        ),
        (
            "fd.name = )",
            11,
            "expected a value after '=', found ')'".into(),
        ),
        (
            "a b",
            3,
            "expected 'and', 'or' or the end of the condition, found 'b'".into(),
        ),
        ("(a b", 4, "expected 'and', 'or' or ')', found 'b'".into()),
        ("(a", 3, "expected 'and', 'or' or ')', found the end".into()),
        (
            "fd.name in (a b)",
            15,
            "expected ',' or ')', found 'b'".into(),
        ),
        (
            "fd.name in (a,",
            15,
            "expected a value, found the end".into(),
        ),
        (
            "fd.name startwith a",
            9,
            "unknown operator 'startwith': did you mean 'startswith'?".into(),
        ),
        ("fd.name = 'a", 11, "the string has no closing '".into()),
        (
            "proc.aname[]",
            12,
            "expected an argument for 'proc.aname', found ']'".into(),
        ),
        ("proc.aname[1 = a", 14, "expected ']', found '='".into()),
        (
            r"fd.name = 'a\q'",
            13,
            r"unknown escape '\q': write \\ for a backslash, or one of \b \f \n \r \t \/ \xHH"
                .into(),
        ),
        (
            "proc.name = val(tolower(proc.pname))",
            17,
            "expected a field: 'val' is for a field alone, a function needs none, found 'tolower'"
                .into(),
        ),
        (
            "val(proc.name) = x",
            1,
            "'val(...)' cannot stand here: it makes of a field the one right side of a comparison, as in 'proc.name = val(proc.pname)'".into(),
        ),
        (
            "proc.name in (val(proc.pname))",
            15,
            "'val(...)' cannot stand here: it makes of a field the one right side of a comparison, as in 'proc.name = val(proc.pname)'".into(),
        ),
        (
            "proc.name in (a, tolower(proc.pname))",
            18,
            "'tolower(...)' cannot stand here: compare with it alone, without a list around it".into(),
        ),
        (
            "fd.name startswith anyof tolower(fd.nameraw)",
            26,
            "'tolower(...)' cannot stand here: compare with it alone, without a list around it".into(),
        ),
        (
            "tolowr(proc.name) = x",
            1,
            "unknown function 'tolowr': did you mean 'tolower'?".into(),
        ),
        (
            "proc.name = lcase(proc.pname)",
            13,
            "unknown function 'lcase'".into(),
        ),
        (
            "tolower(proc.name",
            18,
            "expected ',' or ')', found the end".into(),
        ),
        (
            "tolower(name) = x",
            9,
            "expected a field, a function, a text in quotes, a number or a list, found 'name'".into(),
        ),
        (
            "concat(proc.name, 1x) = x",
            19,
            "expected a field, a function, a text in quotes, a number or a list, found '1x'".into(),
        ),
        (
            "getopt((\"-n\"), \"n\")[ = x",
            22,
            "expected an argument for 'getopt', found '='".into(),
        ),
    ] {
        assert_eq!(parse(text), Err((column, message)), "{text}");
    }
}

#[test]
fn depth_is_an_error_and_never_an_overflow() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(1000)).is_ok());
    assert!(
        parse(&nested(1001))
            .unwrap_err()
            .1
            .contains("nested more than 1000 levels")
    );
    assert!(parse(&"(".repeat(1_000_000)).is_err());
    assert!(parse(&"not ".repeat(1_000_000)).is_err());
    assert!(parse(&"a or (b and not ".repeat(100_000)).is_err());
    let calls = |depth: usize| {
        format!(
            "{}fd.name{} = x",
            "tolower(".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert!(parse(&calls(32)).is_ok());
    assert_eq!(
        parse(&calls(33)),
        Err((257, "functions nested more than 32 levels deep".to_owned()))
    );
    assert!(parse(&calls(100_000)).is_err());
    assert!(parse(&format!("len{} = x", "(".repeat(100_000))).is_err());
    assert!(parse(&format!("fd.name = {}", "concat('', ".repeat(100_000))).is_err());
}

/// The stack of a thread that nobody asked to be larger, halved.
#[test]
fn the_deepest_condition_fits_a_small_stack() {
    let condition = format!(
        "{}{}fd.name{}=x{}",
        "user.uid=0 or (user.gid=0 and ".repeat(999),
        "tolower(".repeat(32),
        ")".repeat(32),
        ")".repeat(999)
    );
    let check = move || {
        super::with_condition(&condition).map(|rules| {
            let event = Event::default()
                .with("evt.type", "open")
                .with("user.uid", "1")
                .with("user.gid", "0")
                .with("fd.name", "X");
            let matching = rules.matches("open", &event).count();
            (matching, rules.interest().reads)
        })
    };
    let thread = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(check)
        .unwrap();
    assert_eq!(thread.join().unwrap().unwrap(), (1, Names::Any));
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(tree in expression()) {
        let text = tree.to_string();
        prop_assert_eq!(parse(&text), Ok(tree), "{}", text);
    }

    #[test]
    fn never_panics(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn never_panics_on_words_of_the_language(
        words in prop::collection::vec(prop::sample::select(vec![
            "and", "or", "not", "(", ")", "in", "=", "!=", "<", "evt.type", "proc.aname[", "]",
            "'", "\"", "\\", "\\x4", ",", " ", "\n", "anyof", "contains", "a", "é", "val(", "0x1",
            "tolower(", "join(", "getopt(", "-1", "1.5e+3",
        ]), 0..30)
    ) {
        let _ = parse(&words.concat());
        let _ = parse(&words.join(" "));
    }

    #[test]
    fn never_panics_on_damaged_conditions(
        tree in expression(), at in any::<prop::sample::Index>(), damage in "\\PC{0,3}"
    ) {
        let mut text: Vec<char> = tree.to_string().chars().collect();
        let at = at.index(text.len());
        text.splice(at..(at + 2).min(text.len()), damage.chars());
        let _ = parse(&text.into_iter().collect::<String>());
    }
}
