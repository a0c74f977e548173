//! What is masked, what must stay, and that masking is stable.

use proptest::prelude::*;

use super::*;

fn redactor() -> Redactor {
    Redactor::new().unwrap()
}

const X20: &str = "a1B2c3D4e5F6g7H8i9J0";

/// `{20}` and `{40}` in a template are filled with that many random-looking characters.
fn fill(template: &str) -> String {
    template
        .replace("{40}", &[X20, X20].concat())
        .replace("{20}", X20)
}

#[test]
fn tokens_are_masked_and_their_kind_stays() {
    let redactor = redactor();
    for (template, masked) in [
        ("sk-{40}", "sk-***"),
        ("sk-proj-{20}_-{20}", "sk-proj-***"),
        ("x sk-ant-api03-{40}-AA y", "x sk-ant-*** y"),
        ("ghp_{20}{20}", "ghp_***"),
        ("gho_{40},ghs_{40}", "gho_***,ghs_***"),
        ("github_pat_{20}_{40}", "github_pat_***"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA***"),
        ("xoxb-123456789012-{20}", "xoxb-***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{40}", "eyJ***"),
        ("AIza{40}", "AIza***"),
        ("glpat-{20}", "glpat-***"),
        ("npm_{20}{20}", "npm_***"),
        ("hf_{40}", "hf_***"),
        ("\"hf_{40}\"", "\"hf_***\""),
        (
            "https://api.telegram.org/bot123456789:{20}a1B2c3D4e5F6g7H/x",
            "https://api.telegram.org/bot123456789:***/x",
        ),
    ] {
        assert_eq!(redactor.text(&fill(template)), masked, "{template}");
    }
}

#[test]
fn secrets_are_masked_by_what_names_or_surrounds_them() {
    let redactor = redactor();
    for (text, masked) in [
        ("password=hunter2", "password=***"),
        ("DB_PASSWORD='two words' run", "DB_PASSWORD='***' run"),
        ("TOKEN=\"a\\\"b\" x", "TOKEN=\"***\" x"),
        ("curl --token abc --fast", "curl --token *** --fast"),
        ("tool --api-key=abc&x", "tool --api-key=***&x"),
        (
            "GET /?token=abc&page=2&sig=9f",
            "GET /?token=***&page=2&sig=***",
        ),
        (
            "pid=7 sig=9(SIGKILL) ret=0 sig=15",
            "pid=7 sig=9(SIGKILL) ret=0 sig=15",
        ),
        ("https://a/?sig=1234", "https://a/?sig=***"),
        (
            "{\"apiKey\": \"abc\", \"n\": 1}",
            "{\"apiKey\": \"***\", \"n\": 1}",
        ),
        (
            "'{\\\"password\\\":\\\"abc\\\",\\\"n\\\":1}'",
            "'{\\\"password\\\":\\\"***\\\",\\\"n\\\":1}'",
        ),
        (
            "user: joe\npassword: abc\nport: 1",
            "user: joe\npassword: ***\nport: 1",
        ),
        (
            "-H 'Authorization: Bearer abc' https://h",
            "-H 'Authorization: Bearer ***' https://h",
        ),
        (
            "-H \"Authorization: Basic dXNlcjpw\" x",
            "-H \"Authorization: Basic ***\" x",
        ),
        ("authorization: abc", "authorization: ***"),
        ("-H 'X-Api-Key: abc'", "-H 'X-Api-Key: ***'"),
        ("-H 'PRIVATE-TOKEN:abc'", "-H 'PRIVATE-TOKEN:***'"),
        ("-H 'Cookie: a=1; b=2' next", "-H 'Cookie: ***' next"),
        ("sent bearer abcdefghijk1 to", "sent bearer *** to"),
        (
            "git clone https://joe:abc@host/r.git",
            "git clone https://joe:***@host/r.git",
        ),
        ("postgres://u:p@ss@db:5432/x", "postgres://u:***@db:5432/x"),
        ("redis://:abc@cache/0", "redis://:***@cache/0"),
        (
            "Server=db;Password=a-b;Port=1",
            "Server=db;Password=***;Port=1",
        ),
        (
            "mount -o username=joe,password=x,vers=3",
            "mount -o username=joe,password=***",
        ),
        (
            "openssl enc -passin pass:abc",
            "openssl enc -passin pass:***",
        ),
        ("curl -u joe:abc https://h", "curl -u joe:*** https://h"),
        (
            "cd /x && curl -s --user=\"joe:a b\" h",
            "cd /x && curl -s --user=\"joe:***\" h",
        ),
        ("sshpass -p abc ssh h", "sshpass -p *** ssh h"),
        ("mysql -uroot -pabc db", "mysql -uroot -p*** db"),
        (
            "curl https://hooks.slack.com/services/T0/B0/abc -d x",
            "curl https://hooks.slack.com/services/*** -d x",
        ),
        (
            "https://discord.com/api/webhooks/123/a-b_c?wait=1",
            "https://discord.com/api/webhooks/123/***?wait=1",
        ),
        (
            "echo '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----' > k",
            "echo '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----' > k",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE cut",
            "-----BEGIN PRIVATE KEY-----***",
        ),
        (
            "a=1 token=b password='c' d",
            "a=1 token=*** password='***' d",
        ),
        ("token=$ecret! x", "token=*** x"),
        ("password='$HOME'", "password='***'"),
        ("ключ token=пароль конец", "ключ token=*** конец"),
    ] {
        assert_eq!(redactor.text(text), masked, "{text}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    let redactor = redactor();
    for text in [
        "",
        "task-runner --disk-usage-of-everything-on-2024",
        "pip install sk-learn-contrib-of-many-words scikit-learn",
        "git switch sk-feature-branch-2024-release-notes-and-more",
        "git show 3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b",
        "docker run sha256:3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7",
        "npm_config_prefix=/usr/local npm_lifecycle_event=postinstall",
        "HF_HUB_ENABLE_HF_TRANSFER=1 hf_transfer",
        "cat /etc/passwd: Permission denied",
        "PWD=/home/joe OLDPWD=/",
        "max_tokens=100 tokenizer=bpe token_count=5",
        "TOKENIZERS_PARALLELISM=false",
        "login --password-stdin < file",
        "tool --ask-pass host --no-password host",
        "curl -H \"Authorization: Bearer $TOKEN\" https://h",
        "PASSWORD=$(cat /run/secrets/db) TOKEN=${TOKEN} KEY=$KEY",
        "env: { TOKEN: \"${{ secrets.TOKEN }}\" }",
        "if (token == other) crate::token::Kind",
        "the bearer of good news",
        "git clone https://github.com/a/b.git git@github.com:a/b.git",
        "http://localhost:8080/@scope/name",
        "docker run -u 1000:1000 -p 80:80 nginx",
        "mysql -p db",
        "the token is in the vault",
        "op://vault/token://x",
        "--token --next",
        "password=",
        "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "AKIAIOSFODNN7",
        "python -c 'print(eyJ)' eyJ.x.y",
    ] {
        assert!(
            matches!(redactor.text(text), Cow::Borrowed(_)),
            "{text}: {}",
            redactor.text(text)
        );
    }
}

#[test]
fn argument_vectors_are_known_better_than_their_text() {
    let redactor = redactor();
    for (argv, masked) in [
        (
            &["tool", "--token", "a b;c"][..],
            &["tool", "--token", "***"][..],
        ),
        (
            &["tool", "--token", "--next", "x"],
            &["tool", "--token", "--next", "x"],
        ),
        (
            &["tool", "--password=a&b c$d", "x"],
            &["tool", "--password=***", "x"],
        ),
        (
            &["tool", "--password", "$HOME"],
            &["tool", "--password", "***"],
        ),
        (
            &["env", "DB_PASSWORD=a;b", "run"],
            &["env", "DB_PASSWORD=***", "run"],
        ),
        (
            &["sh", "-c", "TOKEN=abc curl h"],
            &["sh", "-c", "TOKEN=*** curl h"],
        ),
        (
            &["sh", "-lc", "mysql -pabc; ls -p x"],
            &["sh", "-lc", "mysql -p***; ls -p x"],
        ),
        (
            &["/usr/bin/curl", "-u", "joe:a b", "h"],
            &["/usr/bin/curl", "-u", "joe:***", "h"],
        ),
        (
            &["curl", "-ujoe:abc", "--user", "joe"],
            &["curl", "-ujoe:***", "--user", "joe"],
        ),
        (
            &["sudo", "sshpass", "-p", "a b", "ssh"],
            &["sudo", "sshpass", "-p", "***", "ssh"],
        ),
        (
            &["docker", "run", "-u", "0:0", "-p", "1:2"],
            &["docker", "run", "-u", "0:0", "-p", "1:2"],
        ),
        (
            &["login", "--password-stdin", "x"],
            &["login", "--password-stdin", "x"],
        ),
        (
            &["git", "clone", "https://a:b@h/r"],
            &["git", "clone", "https://a:***@h/r"],
        ),
        (&["tool", "--token"], &["tool", "--token"]),
        (&[], &[]),
    ] {
        assert_eq!(redactor.argv_text(argv), masked, "{argv:?}");
    }
}

#[test]
fn environments_are_masked_by_name_and_by_form() {
    let redactor = redactor();
    let block = fill(
        "PATH=/bin\0GITHUB_TOKEN=a b=c\0TOKEN_FILE=/run/t\0URL=https://u:p@h\0X=ghp_{40}\0no equals\0",
    );
    let masked = "PATH=/bin\0GITHUB_TOKEN=***\0TOKEN_FILE=/run/t\0URL=https://u:***@h\0X=ghp_***\0no equals\0";
    assert_eq!(
        String::from_utf8(redactor.environ(block.as_bytes())).unwrap(),
        masked
    );
    assert_eq!(redactor.variable(b"API_KEY", b"").as_ref(), b"");
    assert!(matches!(
        redactor.variable(b"HOME", b"/root"),
        Cow::Borrowed(b"/root")
    ));
}

#[test]
fn masking_in_place_keeps_every_byte_in_its_place() {
    let redactor = redactor();
    let mut text = *b"a token=abc b";
    assert!(redactor.in_place(&mut text));
    assert_eq!(&text, b"a token=*** b");
    assert!(!redactor.in_place(&mut text));
}

#[test]
fn bytes_need_not_be_text() {
    let masked = redactor().bytes(b"\xff token=\xfe\xfd \xff").into_owned();
    assert_eq!(masked, b"\xff token=*** \xff");
}

/// Long inputs that make careless patterns slow; quadratic ones would take minutes.
#[test]
fn time_is_linear() {
    let redactor = redactor();
    for piece in [
        "token=",
        "token='",
        "token=\"",
        "-----BEGIN PRIVATE KEY-----",
        "a://b:",
        "key=",
        "sk-",
        "eyJa.",
        "--token ",
        "bearer ",
        "\\",
        "curl -u ",
        "password",
        "Authorization: Bearer ",
        "x@",
        "a:b@",
        "1:",
    ] {
        let text = piece.repeat(100_000 / piece.len());
        let begun = std::time::Instant::now();
        let once = redactor.text(&text);
        assert!(once.len() <= 2 * text.len());
        assert!(
            begun.elapsed().as_secs() < 10,
            "{piece}: {:?}",
            begun.elapsed()
        );
    }
}

/// Pieces from which texts with many near and real matches are put together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "(token|password|SECRET|api_key|Authorization|Cookie|--pass|-p|-u|sig|key)",
        "[=: ]{1,2}",
        "[\"'\\\\;&|@/$`(){}*,\n]{1,2}",
        "(https://|sk-|ghp_|AKIA|eyJ|bearer |Basic |curl |sshpass |-----BEGIN PRIVATE KEY-----|-----END)",
        "[A-Za-z0-9_-]{1,40}",
        "\\PC{1,3}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {

    #[test]
    fn masking_twice_changes_nothing_more(text in pieces()) {
        let redactor = redactor_once();
        let once = redactor.text(&text).into_owned();
        prop_assert_eq!(redactor.text(&once), once.as_str());
        prop_assert!(once.len() <= 3 * text.len());
    }

    #[test]
    fn masking_arguments_twice_changes_nothing_more(argv in prop::collection::vec(pieces(), 0..5)) {
        let redactor = redactor_once();
        let once = redactor.argv_text(&argv);
        prop_assert_eq!(redactor.argv_text(&once), once.clone());
        prop_assert_eq!(once.len(), argv.len());
    }

    #[test]
    fn masking_in_place_is_stable_and_keeps_the_length(text in pieces()) {
        let redactor = redactor_once();
        let mut bytes = text.clone().into_bytes();
        let found = redactor.in_place(&mut bytes);
        prop_assert_eq!(bytes.len(), text.len());
        prop_assert_eq!(found, bytes != text.as_bytes());
        prop_assert!(!redactor.in_place(&mut bytes));
    }

    #[test]
    fn any_bytes_are_taken(text in prop::collection::vec(any::<u8>(), 0..300)) {
        let redactor = redactor_once();
        let once = redactor.bytes(&text).into_owned();
        let twice = redactor.bytes(&once).into_owned();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn a_named_secret_never_survives(name in "(DB_PASSWORD|api_key|authToken)", secret in "[a-z]{6}[0-9]{6}") {
        let redactor = redactor_once();
        for text in [
            format!("{name}={secret}"),
            format!("x --{name} {secret} y"),
            format!("{{\"{name}\":\"{secret}\"}}"),
            format!("https://joe:{secret}@host/"),
            format!("sh -c \"{name}='{secret}' run\""),
        ] {
            prop_assert!(!redactor.text(&text).contains(&secret), "{}", text);
        }
    }
}

/// Compiled once for all cases of all properties.
fn redactor_once() -> &'static Redactor {
    static ONCE: std::sync::LazyLock<Redactor> = std::sync::LazyLock::new(redactor);
    &ONCE
}
