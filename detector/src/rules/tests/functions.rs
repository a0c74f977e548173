//! Functions of fields, and comparisons of one field with another.

use super::super::{Value, testing::Event};
use super::matching::assert_all;
use super::{first_line, with_condition};

pub(super) fn event() -> Event {
    Event::default()
        .with("fd.name", "/tmp/File")
        .with("fd.directory", "/tmp")
        .with("fd.filename", "File")
        .with("fd.nameraw", "/TMP/FILE")
        .with("proc.name", "sh")
        .with("proc.pname", "sh")
        .with("proc.aname[2]", "bash")
        .with("proc.exe", "aGVsbG8=")
        .with("proc.cwd", "*/F?le")
        .with("proc.pid", "42")
        .with("proc.ppid", "42")
        .with("user.uid", "7")
        .with("user.name", "x")
        .with("fd.rport", "80")
        .with("fd.lport", "80")
        .with("fd.rip", "10.0.0.1")
        .with("fd.lip", "::1")
        .with("fd.sip", "::ffff:10.0.0.1")
        .with("evt.failed", "true")
        .with("workload", "false")
        .with("outcome", "done")
        .set(
            "container.name",
            Value::Bytes(b"\xff\xe9A".as_slice().into()),
        )
}

#[test]
fn what_functions_make() {
    assert_all(
        &event(),
        &[
            ("tolower(fd.name) = /tmp/file", true),
            ("tolower(fd.name) = /tmp/File", false),
            ("toupper(fd.name) = /TMP/FILE", true),
            ("tolower(container.name) = \"\\xff\\xe9a\"", true),
            ("toupper(tolower(fd.filename)) = FILE", true),
            ("tolower(outcome) = done", true),
            ("basename(fd.name) = File", true),
            ("basename(fd.directory) = tmp", true),
            ("basename(proc.name) = sh", true),
            ("basename('/a/') = ''", true),
            ("basename('/') = ''", true),
            ("b64(proc.exe) = hello", true),
            ("b64('aGVsbG8') = hello", true),
            ("b64(fd.name) exists", false),
            ("b64(fd.name) != x", false),
            ("not b64(fd.name) = x", true),
            ("len(fd.name) = 9", true),
            ("len(fd.name) > 8", true),
            ("len(fd.name) in (1, 9)", true),
            ("len('') = 0", true),
            ("len(('a', 'b')) = 2", true),
            ("len(()) = 0", true),
            ("len(container.name) = 3", true),
            ("concat(proc.name, '-', fd.directory) = sh-/tmp", true),
            ("concat('a', 1, 0x2) = a10x2", true),
            ("concat(tolower(fd.filename), 'x') startswith file", true),
            ("join('-', (proc.name, fd.directory)) = sh-/tmp", true),
            ("join(proc.name, ('a', 'b')) = ashb", true),
            ("join(',', (proc.pid, user.uid)) = '42,7'", true),
            ("join(',', (evt.failed, fd.rip)) = 'true,10.0.0.1'", true),
            ("join('->', ('a')) = a", true),
            ("join(',', ()) = ''", true),
            (
                "join('-', (fd.directory, join('+', ('a', 'b')))) = /tmp-a+b",
                true,
            ),
            ("join('-', ('a', ('b', 'c'))) = a-b-c", true),
            ("toupper(join('-', ('a', 'b'))) endswith B", true),
            ("len(join('-', (fd.name, fd.directory))) = 14", true),
            ("basename(fd.name) pmatch (File)", true),
            ("basename(fd.name) regex 'F[il]+e'", true),
            ("basename(fd.name) glob F*", true),
            ("basename(fd.name) endswith anyof (x, le)", true),
            ("basename(fd.name) < G", true),
            ("basename(fd.name) exists", true),
            ("basename(fd.name) in (a, File)", true),
        ],
    );
}

#[test]
fn options_of_a_command_line() {
    assert_all(
        &event(),
        &[
            (
                "getopt(('-n', '-t', user.name), 'nt:') intersects (t, q)",
                true,
            ),
            (
                "getopt(('-n', '-t', user.name), 'nt:') intersects (q)",
                false,
            ),
            (
                "getopt(('-n', '-t', user.name), 'nt:') in (n, t, x, q)",
                true,
            ),
            ("getopt(('-n', '-t', user.name), 'nt:') in (n, t)", false),
            ("getopt(('-n', '-t', user.name), 'nt:') exists", true),
            ("len(getopt(('-n', '-t', user.name), 'nt:')) = 3", true),
            ("getopt(('x'), 'n') exists", true),
            ("getopt(('x'), 'n') in (n)", true),
            ("getopt((user.name), 'n') intersects (n)", false),
            ("getopt(('-t', 'x'), 't:')[t] = x", true),
            ("getopt(('-t', fd.name), 't:')[t] = /tmp/File", true),
            ("getopt(('-n'), 'nt:')[n] = n", true),
            ("getopt(('-n'), 'nt:')[t] exists", false),
            ("getopt(('-n'), 'nt:')[t] != ''", false),
            ("getopt(('-t'), 't:')[t] = ''", true),
            ("getopt(('-t'), proc.name)[t] exists", false),
            ("getopt(('-s'), proc.name)[s] exists", true),
            (
                "getopt(('-a', 'x'), 'a:') in getopt(('-b', '-x', '-a'), 'bax')",
                true,
            ),
            (
                "getopt(('-a', user.name), 'a:') in getopt(('-b', '-x'), 'bx')",
                false,
            ),
            (
                "getopt(('-a', 'x'), 'a:') intersects getopt(('-x'), 'x')",
                true,
            ),
            ("join('.', getopt(('-ab'), 'ab')) = a.b", true),
            ("toupper(getopt(('-ab'), 'ab')) in (A, B)", true),
        ],
    );
}

#[test]
fn one_field_against_another() {
    assert_all(
        &event(),
        &[
            ("proc.name = val(proc.pname)", true),
            ("proc.name == val(fd.name)", false),
            ("proc.name != val(fd.name)", true),
            ("proc.name != val(proc.exepath)", false),
            ("proc.exepath = val(proc.exepath)", false),
            ("not proc.exepath = val(proc.name)", true),
            ("proc.name = val(proc.aname[2])", false),
            ("proc.aname[2] endswith val(proc.name)", true),
            ("fd.name startswith val(fd.directory)", true),
            ("fd.name contains val(fd.filename)", true),
            ("fd.name icontains val(fd.nameraw)", true),
            ("fd.name endswith val(fd.filename)", true),
            ("fd.name glob val(proc.cwd)", true),
            ("fd.nameraw glob val(proc.cwd)", false),
            ("fd.nameraw iglob val(proc.cwd)", true),
            ("fd.name > val(fd.directory)", true),
            ("fd.name <= val(fd.directory)", false),
            ("proc.name in val(proc.pname)", true),
            ("proc.name intersects val(proc.pname)", true),
            ("proc.pid = val(proc.ppid)", true),
            ("proc.pid != val(user.uid)", true),
            ("proc.pid > val(user.uid)", true),
            ("proc.pid in val(proc.ppid)", true),
            ("fd.rport = val(fd.lport)", true),
            ("fd.rip = val(fd.sip)", true),
            ("fd.rip = val(fd.lip)", false),
            ("fd.rip != val(fd.lip)", true),
            ("evt.failed = val(workload)", false),
            ("evt.failed != val(workload)", true),
            ("outcome != val(proc.name)", true),
            ("tolower(fd.name) = tolower(fd.nameraw)", true),
            ("toupper(fd.name) = val(fd.nameraw)", true),
            ("fd.nameraw = toupper(fd.name)", true),
            ("len(fd.name) = len(fd.nameraw)", true),
            ("len(fd.name) < val(proc.pid)", true),
            ("basename(fd.name) = val(fd.filename)", true),
            (
                "concat(fd.directory, '/', fd.filename) = val(fd.name)",
                true,
            ),
        ],
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    for (condition, expected) in [
        (
            "tolower(proc.pid) = 1",
            "5:13: 'tolower' takes one text, and 'proc.pid' is a number",
        ),
        (
            "len(proc.pid) = 1",
            "5:9: 'len' takes one text, bytes or a list, and 'proc.pid' is a number",
        ),
        ("tolower() = x", "5:5: 'tolower' takes one text"),
        (
            "tolower(proc.name, proc.pname) = x",
            "5:5: 'tolower' takes one text",
        ),
        (
            "basename(evt.buffer) = x",
            "5:14: 'basename' takes one text, and 'evt.buffer' is bytes",
        ),
        (
            "concat(proc.name) = x",
            "5:5: 'concat' takes two texts or more: concat(proc.name, \":\", proc.pname)",
        ),
        (
            "concat(proc.name, proc.pid) = x",
            "5:23: 'concat' takes two texts or more: concat(proc.name, \":\", proc.pname), and 'proc.pid' is a number",
        ),
        (
            "concat(proc.name, ('a', 'b')) = x",
            "5:23: 'concat' takes two texts or more: concat(proc.name, \":\", proc.pname), and '(\"a\", \"b\")' is a list",
        ),
        (
            "join('-') = x",
            "5:5: 'join' takes a text to put between and a list: join(\"-\", (proc.name, proc.pname))",
        ),
        (
            "join(('a'), ('b')) = x",
            "5:5: 'join' takes a text to put between and a list: join(\"-\", (proc.name, proc.pname))",
        ),
        (
            "join('a', 'b') = x",
            "5:5: 'join' takes a text to put between and a list: join(\"-\", (proc.name, proc.pname))",
        ),
        (
            "getopt('a', 'n') intersects (n)",
            "5:5: 'getopt' takes a list and the letters of its options, those that take a value with a colon: getopt((\"-n\", \"-t\", \"x\"), \"nt:\")",
        ),
        (
            "getopt(('-n'), 'n')[no] = n",
            "5:25: 'no' is no option: 'getopt(...)[c]' takes one letter",
        ),
        (
            "tolower(proc.name)[1] = n",
            "5:24: 'tolower(...)' takes no brackets: leave them out",
        ),
        (
            "getopt(('-n'), 'n') = n",
            "5:25: operator '=' does not suit 'getopt((\"-n\"), \"n\")', which is a list: use one of exists in intersects",
        ),
        (
            "len(proc.name) contains 1",
            "5:20: operator 'contains' does not suit 'len(proc.name)', which is a number: use one of exists = != < <= > >= in intersects",
        ),
        ("len(proc.name) = x", "5:22: 'x' is no number"),
        (
            "tolower(proc.aname) = x",
            "5:13: 'proc.aname' can have several values at an event, and one is needed here: ask for one, such as 'proc.aname[1]'",
        ),
        (
            "proc.name = val(proc.aname)",
            "5:21: 'proc.aname' can have several values at an event, and one is needed here: ask for one, such as 'proc.aname[1]'",
        ),
        (
            "proc.aname = val(proc.name)",
            "5:5: 'proc.aname' can have several values at an event, and one is needed here: ask for one, such as 'proc.aname[1]'",
        ),
        (
            "fd.ip = val(fd.rip)",
            "5:5: 'fd.ip' can have several values at an event, and one is needed here: ask for one, such as 'fd.rip'",
        ),
        (
            "fd.rport = val(fd.port)",
            "5:20: 'fd.port' can have several values at an event, and one is needed here: ask for one, such as 'fd.rport'",
        ),
        (
            "fd.rnet = val(fd.rip)",
            "5:5: 'fd.rnet' can only be compared with networks that the rule names: compute with an address, such as 'fd.rip'",
        ),
        (
            "fd.rip = val(fd.net)",
            "5:18: 'fd.net' can only be compared with networks that the rule names: compute with an address, such as 'fd.rip'",
        ),
        (
            "fd.name pmatch val(fd.nameraw)",
            "5:13: operator 'pmatch' compares with constants only, and not with what an event has",
        ),
        (
            "fd.name regex val(fd.nameraw)",
            "5:13: operator 'regex' compares with constants only, and not with what an event has",
        ),
        (
            "proc.name = val(proc.pid)",
            "5:21: 'proc.name' is text, and 'proc.pid' is a number: both sides must be of one type",
        ),
        (
            "fd.rport = val(proc.pid)",
            "5:20: 'fd.rport' is a port, and 'proc.pid' is a number: both sides must be of one type",
        ),
        (
            "proc.name in getopt(('-n'), 'n')",
            "5:18: 'proc.name' is text, and 'getopt((\"-n\"), \"n\")' is a list: both sides must be of one type",
        ),
        (
            "proc.name = len(proc.pname)",
            "5:17: 'proc.name' is text, and 'len(proc.pname)' is a number: both sides must be of one type",
        ),
        (
            "tolower(proc.nmae) = x",
            "5:13: unknown field 'proc.nmae': did you mean 'proc.name'?",
        ),
        (
            "proc.name = val(proc.nmae)",
            "5:21: unknown field 'proc.nmae': did you mean 'proc.name'?",
        ),
    ] {
        let errors = with_condition(condition).map(drop).unwrap_err();
        let found = first_line(&errors.to_string());
        assert_eq!(found, format!("x.yaml:{expected}"), "{condition}");
    }
}
