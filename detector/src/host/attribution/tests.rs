//! What labels and environments say, and what they leave open.

use proptest::prelude::*;

use super::*;

const HEX: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn environ(pairs: &[(&str, &str)]) -> Vec<u8> {
    pairs
        .iter()
        .flat_map(|(k, v)| format!("{k}={v}\0").into_bytes())
        .collect()
}

/// A slot as `value | source`.
fn shown(slot: &Option<Attributed>) -> String {
    slot.as_ref()
        .map_or_else(|| "-".to_owned(), |a| format!("{} | {}", a.value, a.source))
}

#[test]
fn session_keys_are_read_as_their_grammar_says() {
    let none = "";
    for (key, agent, session, user) in [
        ("shared", none, none, none),
        ("", none, none, none),
        ("agent:", none, none, none),
        ("agent", none, none, none),
        ("something:else", none, none, none),
        ("cron:", none, none, none),
        ("agent:main", "main", none, none),
        ("agent:main:main", "main", "agent:main:main", none),
        ("agent:dev:principal:{HEX}", "dev", none, "principal:{HEX}"),
        (
            "agent:dev:required-session:{HEX}",
            "dev",
            "required-session:{HEX}",
            none,
        ),
        // Not 32 digits: an ordinary session whose channel has that name.
        (
            "agent:dev:principal:x",
            "dev",
            "agent:dev:principal:x",
            none,
        ),
        (
            "agent:dev:telegram:group:-100123",
            "dev",
            "agent:dev:telegram:group:-100123",
            none,
        ),
        (
            "agent:dev:slack:channel:C01",
            "dev",
            "agent:dev:slack:channel:C01",
            none,
        ),
        (
            "agent:dev:matrix:room:!r:example.org",
            "dev",
            "agent:dev:matrix:room:!r:example.org",
            none,
        ),
        (
            "agent:dev:signal:direct:+4912345",
            "dev",
            "agent:dev:signal:direct:+4912345",
            "signal:+4912345",
        ),
        (
            "agent:dev:direct:+4912345",
            "dev",
            "agent:dev:direct:+4912345",
            "+4912345",
        ),
        (
            "agent:dev:telegram:work:direct:42:thread:7",
            "dev",
            "agent:dev:telegram:work:direct:42:thread:7",
            "telegram:42",
        ),
        (
            "agent:dev:matrix:direct:@a:example.org",
            "dev",
            "agent:dev:matrix:direct:@a:example.org",
            "matrix:@a:example.org",
        ),
        (
            "agent:dev:signal:direct:",
            "dev",
            "agent:dev:signal:direct:",
            none,
        ),
        (
            "agent:dev:subagent:9f",
            "dev",
            "agent:dev:subagent:9f",
            none,
        ),
        ("cron:nightly", none, "cron:nightly", none),
        ("hook:1234", none, "hook:1234", none),
    ] {
        let fill = |text: &str| text.replace("{HEX}", HEX);
        let some = |text: &str| Some(fill(text)).filter(|t| !t.is_empty());
        for tail in ["", ":workspace:{HEX}", ":Workspace:{HEX}"] {
            let whole = fill(&format!("{key}{tail}"));
            let read = SessionKey::parse(&whole);
            assert_eq!(read.agent.map(str::to_owned), some(agent), "{whole}");
            assert_eq!(read.session.map(str::to_owned), some(session), "{whole}");
            assert_eq!(read.user, some(user), "{whole}");
        }
    }
    let unusual = SessionKey::parse("agent:dev:main:workspace:short");
    assert_eq!(unusual.session, Some("agent:dev:main:workspace:short"));
}

#[test]
fn labels_say_who_it_is() {
    for (pairs, product, agent, session, user) in [
        (&[][..], "-", "-", "-", "-"),
        (&[("maintainer", "openclaw.ai")], "-", "-", "-", "-"),
        (
            &[
                ("openclaw.sandbox", "1"),
                ("openclaw.sessionKey", "agent:main:signal:direct:+1"),
            ],
            "openclaw | label openclaw.sandbox",
            "main | label openclaw.sessionKey",
            "agent:main:signal:direct:+1 | label openclaw.sessionKey",
            "signal:+1 | label openclaw.sessionKey",
        ),
        (
            &[("openclaw.sessionKey", "shared")],
            "openclaw | label openclaw.sessionKey",
            "-",
            "-",
            "-",
        ),
        (
            &[("moltbot.sessionKey", "agent:old:main")],
            "openclaw | label moltbot.sessionKey",
            "old | label moltbot.sessionKey",
            "agent:old:main | label moltbot.sessionKey",
            "-",
        ),
        (
            &[
                ("openclaw.fleet.owner", "ops"),
                ("openclaw.fleet.tenant", "acme"),
            ],
            "openclaw | label openclaw.fleet.owner",
            "-",
            "-",
            "ops | label openclaw.fleet.owner",
        ),
        (
            &[
                ("openshell.ai/sandbox-id", "sb-1"),
                ("openshell.ai/sandbox-name", "builder"),
            ],
            "openshell | label openshell.ai/sandbox-id",
            "builder | label openshell.ai/sandbox-name",
            "sb-1 | label openshell.ai/sandbox-id",
            "-",
        ),
        (
            &[("devcontainer.local_folder", "/home/u/p")],
            "devcontainer | label devcontainer.local_folder",
            "-",
            "-",
            "-",
        ),
    ] {
        let found = Attribution::from_labels(&labels(pairs));
        let shown = [&found.product, &found.agent, &found.session, &found.user].map(shown);
        assert_eq!(shown, [product, agent, session, user], "{pairs:?}");
    }
}

#[test]
fn the_environment_of_an_entry_says_who_it_is() {
    let context = r#"{"sender":{"id":"U42","name":"x"},"chat":{"id":7}}"#;
    for (pairs, product, agent, session, user) in [
        (
            &[("HOME", "/root"), ("PATH", "/bin")][..],
            "-",
            "-",
            "-",
            "-",
        ),
        (
            &[("OPENCLAW_CLI", "1"), ("OPENCLAW_CHANNEL_CONTEXT", context)],
            "openclaw | env OPENCLAW_CLI",
            "-",
            "-",
            "U42 | env OPENCLAW_CHANNEL_CONTEXT",
        ),
        (
            &[("OPENCLAW_CHANNEL_CONTEXT", r#"{"sender":{"id":42}}"#)],
            "openclaw | env OPENCLAW_CHANNEL_CONTEXT",
            "-",
            "-",
            "42 | env OPENCLAW_CHANNEL_CONTEXT",
        ),
        (
            &[("OPENCLAW_CHANNEL_CONTEXT", r#"{"sender":"U42"#)],
            "openclaw | env OPENCLAW_CHANNEL_CONTEXT",
            "-",
            "-",
            "-",
        ),
        (
            &[("CLAUDECODE", "1"), ("CLAUDE_CODE_SESSION_ID", "7f3c")],
            "claude-code | env CLAUDECODE",
            "claude-code | env CLAUDECODE",
            "7f3c | env CLAUDE_CODE_SESSION_ID",
            "-",
        ),
        (
            &[("CODEX_THREAD_ID", "t1")],
            "codex | env CODEX_THREAD_ID",
            "codex | env CODEX_THREAD_ID",
            "t1 | env CODEX_THREAD_ID",
            "-",
        ),
        (
            &[("CODEX_SANDBOX_EXEC_ID", "e1")],
            "openclaw | env CODEX_SANDBOX_EXEC_ID",
            "-",
            "-",
            "-",
        ),
        (
            &[("CODEX_THREAD_ID", "first"), ("CODEX_THREAD_ID", "second")],
            "codex | env CODEX_THREAD_ID",
            "codex | env CODEX_THREAD_ID",
            "first | env CODEX_THREAD_ID",
            "-",
        ),
        (&[("CLAUDECODE", "")], "-", "-", "-", "-"),
    ] {
        let found = Attribution::from_environ(&environ(pairs));
        let shown = [&found.product, &found.agent, &found.session, &found.user].map(shown);
        assert_eq!(shown, [product, agent, session, user], "{pairs:?}");
    }
}

#[test]
fn labels_go_before_environment_and_each_fills_what_the_other_leaves_open() {
    let labels = labels(&[("openclaw.sessionKey", "agent:main")]);
    let environ = environ(&[
        ("CODEX_THREAD_ID", "t1"),
        ("OPENCLAW_CHANNEL_CONTEXT", r#"{"sender":{"id":"U1"}}"#),
    ]);
    let found = attribute(&labels, &environ);
    assert_eq!(
        shown(&found.product),
        "openclaw | label openclaw.sessionKey"
    );
    assert_eq!(shown(&found.agent), "main | label openclaw.sessionKey");
    assert_eq!(shown(&found.session), "t1 | env CODEX_THREAD_ID");
    assert_eq!(shown(&found.user), "U1 | env OPENCLAW_CHANNEL_CONTEXT");
}

#[test]
fn agent_containers_are_told_by_their_labels() {
    for key in [
        "openclaw.sandbox",
        "openclaw.fleet.tenant",
        "clawdbot.sandbox",
        "moltbot.sandbox",
        "openshell.ai/managed-by",
        "openshell.managed",
        "devcontainer.metadata",
        "daytona.workspace",
        "agents.x-k8s.io/claim-uid",
    ] {
        assert!(is_agent_container(&labels(&[(key, "1")])), "{key}");
    }
    for key in [
        "openclawish",
        "com.docker.compose.project",
        "x.openclaw.sandbox",
        "",
    ] {
        assert!(
            !is_agent_container(&labels(&[(key, "openclaw.sandbox")])),
            "{key}"
        );
    }
}

#[test]
fn values_are_bounded_and_steer_no_terminal() {
    let long = "x".repeat(10_000);
    let found = Attribution::from_environ(&environ(&[
        ("CODEX_THREAD_ID", &long),
        (
            "OPENCLAW_CHANNEL_CONTEXT",
            r#"{"sender":{"id":"a\u001b[2Jb"}}"#,
        ),
    ]));
    assert_eq!(found.session.unwrap().value.len(), LONGEST);
    assert_eq!(found.user.unwrap().value, "a\u{fffd}[2Jb");
}

proptest! {
    #[test]
    fn no_key_panics_and_what_it_tells_stands_in_it(key in "(agent|cron|shared|:|direct|thread|workspace|[a-f0-9]{32}|é|[a-z]){0,12}") {
        let read = SessionKey::parse(&key);
        prop_assert!(read.agent.is_none_or(|agent| !agent.is_empty() && key.contains(agent)));
        prop_assert!(read.session.is_none_or(|session| key.contains(session)));
    }

    #[test]
    fn no_environment_panics(environ in proptest::collection::vec(any::<u8>(), 0..500)) {
        let found = Attribution::from_environ(&environ);
        prop_assert!(found.agent.is_none() || found.product.is_some());
    }

    #[test]
    fn strange_environments_say_nothing(name in "[A-Z_]{1,20}=?", value in "\\PC{0,40}") {
        prop_assume!(!PRODUCTS.iter().any(|p| p.env.iter().any(|(n, _)| name.starts_with(n))));
        let found = Attribution::from_environ(format!("{name}={value}\0").as_bytes());
        prop_assert_eq!(found, Attribution::default());
    }
}
