//! Tokens that are recognised by their form, wherever they stand.

use std::ops::Range;

use regex::bytes::Regex;

use super::pattern;

/// A kind of token: what it begins with, which stays, and what follows, which goes.
struct Kind {
    prefix: &'static str,
    body: &'static str,
}

const fn kind(prefix: &'static str, body: &'static str) -> Kind {
    Kind { prefix, body }
}

/// Both parts are regular expressions. Bodies are as long as they need to be to be told from names
/// that people choose: `npm_config_prefix`, `hf_transfer`, `sk-learn`.
const KINDS: &[Kind] = &[
    // Models.
    kind(
        "sk-(?:proj-|svcacct-|admin-|ant-|or-|lf-)?",
        "[A-Za-z0-9_-]{20,}",
    ),
    kind("AIza", "[A-Za-z0-9_-]{30,}"),
    kind("gsk_", "[A-Za-z0-9]{32,}"),
    kind("xai-", "[A-Za-z0-9]{40,}"),
    kind("pplx-", "[A-Za-z0-9]{32,}"),
    kind("hf_", "[A-Za-z0-9]{30,}"),
    kind("r8_", "[A-Za-z0-9]{30,}"),
    kind("nvapi-", "[A-Za-z0-9_-]{40,}"),
    kind("tvly-", "[A-Za-z0-9_-]{24,}"),
    // Code and packages.
    kind("gh[pousr]_", "[A-Za-z0-9]{20,}"),
    kind("github_pat_", "[A-Za-z0-9_]{22,}"),
    kind(
        "gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-",
        "[A-Za-z0-9_.-]{16,}",
    ),
    kind("npm_", "[A-Za-z0-9]{30,}"),
    kind("pypi-", "[A-Za-z0-9_-]{50,}"),
    kind("dckr_pat_", "[A-Za-z0-9_-]{20,}"),
    // Clouds.
    kind("A(?:KIA|SIA|BIA|CCA)", r"[A-Z0-9]{16}\b"),
    kind(r"ya29\.", "[A-Za-z0-9_-]{20,}"),
    kind("GOCSPX-", "[A-Za-z0-9_-]{20,}"),
    kind("do[opr]_v1_", "[a-f0-9]{32,}"),
    kind("hv[sbr]\\.", "[A-Za-z0-9_-]{24,}"),
    // Chats, mail, payments.
    kind("xox[abceoprs]-", "[A-Za-z0-9-]{10,}"),
    kind("xapp-", "[A-Za-z0-9-]{20,}"),
    kind(r"(?:bot)?[0-9]{8,10}:", "[A-Za-z0-9_-]{35}"),
    kind(r"SG\.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    kind("(?:[sr]k_(?:live|test)|whsec)_", "[A-Za-z0-9]{16,}"),
    kind("shp(?:at|ca|pa|ss)_", "[a-fA-F0-9]{32}"),
    // Keys and signed claims.
    kind("AGE-SECRET-KEY-1", "[A-Z0-9]{40,}"),
    kind(
        "eyJ",
        r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*",
    ),
];

/// Shortest stretch without a separator that a token has and a name of words has not.
const STRETCH: usize = 12;

#[derive(Debug, Clone)]
pub(super) struct Tokens(Regex);

impl Tokens {
    pub(super) fn new() -> Result<Self, regex::Error> {
        let kinds = KINDS
            .iter()
            .map(|kind| format!("{}({})", kind.prefix, kind.body));
        pattern(&format!(r"\b(?:{})", kinds.collect::<Vec<_>>().join("|"))).map(Self)
    }

    pub(super) fn find(&self, text: &[u8], spans: &mut Vec<Range<usize>>) {
        for found in self.0.captures_iter(text) {
            let body = found.iter().skip(1).flatten().next();
            spans.extend(
                body.filter(|body| is_drawn(body.as_bytes()))
                    .map(|body| body.range()),
            );
        }
    }
}

/// Drawn at random rather than made of words: a long stretch without separator, with a digit or in
/// mixed case.
fn is_drawn(body: &[u8]) -> bool {
    body.split(|b| !b.is_ascii_alphanumeric())
        .filter(|part| part.len() >= STRETCH)
        .any(|part| {
            let has = |test: fn(&u8) -> bool| part.iter().any(test);
            has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
        })
        || body.len() < STRETCH
}
