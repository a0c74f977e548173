//! Names of hosts, people and containers, each replaced by one that says nothing.
//!
//! The same name has the same pseudonym throughout a bundle, so that what belongs together still
//! does. What is recognised by its form (addresses, hosts of URLs, mail, home directories) is
//! replaced wherever it stands; this host's own names are replaced as words.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use regex::{Captures, Regex};

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Host,
    Address,
    Container,
    User,
    Mail,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Address => "address",
            Self::Container => "container",
            Self::User => "user",
            Self::Mail => "mail",
        }
    }
}

/// Names, their pseudonyms, and the forms by which names are recognised.
#[derive(Debug, Clone)]
pub(super) struct Pseudonyms {
    given: HashMap<(Kind, String), usize>,
    counts: HashMap<Kind, usize>,
    /// Names that are replaced as words.
    words: Vec<(Kind, Regex)>,
    url: Regex,
    mail: Regex,
    login: Regex,
    home: Regex,
    ipv4: Regex,
    host: Regex,
    pseudonym: Regex,
}

impl Pseudonyms {
    /// Compiles the patterns.
    pub(super) fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            given: HashMap::new(),
            counts: HashMap::new(),
            words: Vec::new(),
            url: Regex::new(
                r"(?<before>\b[A-Za-z][A-Za-z0-9+.-]*://(?:[^/\s@]*@)?)(?<host>[^/\s:?#\[\]]+)",
            )?,
            mail: Regex::new(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")?,
            // How the kernel names who built it.
            login: Regex::new(r"\((?<login>[\w.+-]+@[\w.-]+)\)")?,
            home: Regex::new(r"(?<before>/home/)(?<user>[^/\s:]+)")?,
            ipv4: Regex::new(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")?,
            host: Regex::new(
                r"(?i)^(?<host>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63})(?<port>:\d+)?$",
            )?,
            pseudonym: Regex::new(r"^(?:host|address|container|user|mail)-\d+$")?,
        })
    }

    /// Replaces a name as a word from now on.
    pub(super) fn hide(&mut self, kind: Kind, name: &str) -> Result<(), regex::Error> {
        let name = name.trim();
        if !name.is_empty() && name != "localhost" {
            let word = format!(r"(?i)\b{{start-half}}{}\b{{end-half}}", regex::escape(name));
            self.words.push((kind, Regex::new(&word)?));
        }
        Ok(())
    }

    /// The pseudonym of a name.
    pub(super) fn of(&mut self, kind: Kind, name: &str) -> String {
        if self.pseudonym.is_match(name) {
            return name.to_owned();
        }
        let Self { given, counts, .. } = self;
        let number = *given.entry((kind, name.to_lowercase())).or_insert_with(|| {
            let count = counts.entry(kind).or_default();
            *count += 1;
            *count
        });
        format!("{}-{number}", kind.word())
    }

    /// The text with every name replaced.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (kind, word) in self.words.clone() {
            text = self.each(&word, &text, |names, found| names.of(kind, &found[0]));
        }
        let url = self.url.clone();
        text = self.each(&url, &text, |names, found| {
            let host = match &found["host"] {
                "localhost" => "localhost".to_owned(),
                // An address is told from a name below.
                host if host.parse::<Ipv4Addr>().is_ok() => host.to_owned(),
                host => names.of(Kind::Host, host),
            };
            format!("{}{host}", &found["before"])
        });
        let login = self.login.clone();
        text = self.each(&login, &text, |names, found| {
            format!("({})", names.of(Kind::Mail, &found["login"]))
        });
        let mail = self.mail.clone();
        text = self.each(&mail, &text, |names, found| match is_unit(&found[0]) {
            true => found[0].to_owned(),
            false => names.of(Kind::Mail, &found[0]),
        });
        let home = self.home.clone();
        text = self.each(&home, &text, |names, found| {
            format!(
                "{}{}",
                &found["before"],
                names.of(Kind::User, &found["user"])
            )
        });
        let ipv4 = self.ipv4.clone();
        text = self.each(&ipv4, &text, |names, found| {
            let quad = &found[0];
            match quad.parse::<Ipv4Addr>() {
                Ok(address) if !address.is_loopback() && !address.is_unspecified() => {
                    names.of(Kind::Address, quad)
                }
                _ => quad.to_owned(),
            }
        });
        self.ipv6(&text)
    }

    /// A value that is the name of a host and nothing else, perhaps with a port.
    pub(super) fn bare_host(&mut self, value: &str) -> String {
        let host = self.host.clone();
        self.each(&host, value, |names, found| {
            let port = found.name("port").map_or("", |port| port.as_str());
            format!("{}{port}", names.of(Kind::Host, &found["host"]))
        })
    }

    fn each(
        &mut self,
        pattern: &Regex,
        text: &str,
        mut replacement: impl FnMut(&mut Self, &Captures<'_>) -> String,
    ) -> String {
        let replaced = pattern.replace_all(text, |found: &Captures<'_>| replacement(self, found));
        match replaced {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        }
    }

    /// IPv6 addresses have no form that a pattern could tell: every run of their characters is read.
    fn ipv6(&mut self, text: &str) -> String {
        let of_address = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(of_address) {
            let (before, from) = rest.split_at(start);
            replaced.push_str(before);
            let (run, behind) = from.split_at(from.find(|c| !of_address(c)).unwrap_or(from.len()));
            let word = replaced.chars().last().is_some_and(char::is_alphanumeric)
                || behind.chars().next().is_some_and(char::is_alphanumeric);
            let bare = run.trim_end_matches('.');
            let bare = bare
                .strip_suffix(':')
                .filter(|bare| !bare.ends_with(':'))
                .unwrap_or(bare);
            match bare.parse::<Ipv6Addr>() {
                Ok(address) if !word && !address.is_loopback() && !address.is_unspecified() => {
                    replaced.push_str(&self.of(Kind::Address, bare));
                    replaced.push_str(run.get(bare.len()..).unwrap_or_default());
                }
                _ => replaced.push_str(run),
            }
            rest = behind;
        }
        replaced.push_str(rest);
        replaced
    }
}

/// Units of systemd that are made of a template look like mail addresses.
fn is_unit(text: &str) -> bool {
    const KINDS: [&str; 5] = [".service", ".scope", ".slice", ".socket", ".mount"];
    KINDS.iter().any(|kind| text.ends_with(kind))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    /// Compiled once: thousands of cases ask for one.
    static PSEUDONYMS: LazyLock<Pseudonyms> = LazyLock::new(|| {
        let mut names = Pseudonyms::new().unwrap();
        names.hide(Kind::Host, "claw-prod-7.corp.example").unwrap();
        names.hide(Kind::Host, "claw-prod-7").unwrap();
        names.hide(Kind::Host, "localhost").unwrap();
        names
    });

    fn pseudonyms() -> Pseudonyms {
        PSEUDONYMS.clone()
    }

    #[test]
    fn names_are_replaced_by_form_and_as_words() {
        for (text, expected) in [
            (
                "claw-prod-7 is up, CLAW-PROD-7 too",
                "host-1 is up, host-1 too",
            ),
            ("claw-prod-77 is another", "claw-prod-77 is another"),
            ("claw-prod-7.corp.example:22", "host-1:22"),
            (
                "https://u@hooks.example.com:8443/x",
                "https://u@host-1:8443/x",
            ),
            (
                "http://10.1.2.3/x and 10.1.2.3",
                "http://address-1/x and address-1",
            ),
            (
                "from 10.1.2.3:80 to 10.9.9.9",
                "from address-1:80 to address-2",
            ),
            ("127.0.0.1 0.0.0.0 ::1 ::", "127.0.0.1 0.0.0.0 ::1 ::"),
            (
                "fe80::1: refused, [2001:db8::2]:443",
                "address-1: refused, [address-2]:443",
            ),
            ("::ffff:10.0.0.1", "::ffff:address-1"),
            ("mail root@corp.example.com now", "mail mail-1 now"),
            ("6.1.0 (me@mybox) (gcc)", "6.1.0 (mail-1) (gcc)"),
            (
                "/home/alice/state and /home/alice",
                "/home/user-1/state and /home/user-1",
            ),
        ] {
            assert_eq!(pseudonyms().text(text), expected);
        }
    }

    #[test]
    fn what_is_no_name_stays() {
        for text in [
            "unix:///run/docker.sock",
            "http://localhost:80/",
            "6.12.48+deb13-cloud-amd64",
            "2026-11-24T01:02:03Z",
            "std::fs::File and a::b",
            "0::/system.slice/docker-3f4e.scope",
            "/user.slice/user-0.slice/user@0.service/app.slice",
            "999.1.1.1",
            "alerts.jsonl",
        ] {
            let kept = pseudonyms().text(text);
            if text.contains("a::b") {
                // Read as an address: rather one too many.
                assert_eq!(kept, "std::fs::File and address-1");
            } else {
                assert_eq!(kept, text);
            }
        }
    }

    #[test]
    fn one_name_has_one_pseudonym() {
        let mut names = pseudonyms();
        let first = names.of(Kind::Container, "claw-1");
        assert_eq!(names.of(Kind::Container, "claw-2"), "container-2");
        assert_eq!(names.of(Kind::Container, "claw-1"), first);
        assert_eq!(names.of(Kind::Host, &first), first);
        assert_eq!(names.bare_host("smtp.example.com:587"), "host-1:587");
        assert_eq!(names.bare_host("/etc/x.example.com"), "/etc/x.example.com");
    }

    proptest! {
        #[test]
        fn no_address_is_left(a: [u8; 4], b: [u16; 8], around in "[ ,;()\\[\\]\"=]") {
            let (v4, v6) = (Ipv4Addr::from(a), Ipv6Addr::from(b));
            prop_assume!(!v4.is_loopback() && !v4.is_unspecified());
            prop_assume!(!v6.is_loopback() && !v6.is_unspecified());
            let text = format!("x{around}{v4}{around}y{around}{v6}{around}z");
            let masked = pseudonyms().text(&text);
            prop_assert!(!masked.contains(&v4.to_string()), "{masked}");
            prop_assert!(!masked.contains(&v6.to_string()), "{masked}");
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = pseudonyms().text(&text);
        }
    }
}
