//! Secrets that are recognised by what stands around them: key blocks, URLs, webhooks.

use std::ops::Range;

use regex::bytes::Regex;

use super::pattern;
use super::values::is_reference;

/// Surroundings with one group, the secret.
struct Around {
    pattern: &'static str,
    /// Without a digit it is a word or a name.
    needs_digit: bool,
}

const fn certain(pattern: &'static str) -> Around {
    Around {
        pattern,
        needs_digit: false,
    }
}

const fn likely(pattern: &'static str) -> Around {
    Around {
        pattern,
        needs_digit: true,
    }
}

const AROUND: &[Around] = &[
    // A private key; of one that is cut off, everything that is left.
    certain(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----((?s:.*?))(?:-----END|\z)"),
    // scheme://user:SECRET@host, up to the last @ before the path.
    certain(r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/"'<>]+)@"#),
    // scheme://SECRET@host: the name of a user is shorter.
    likely(r#"[A-Za-z][A-Za-z0-9+.-]*://([A-Za-z0-9_-]{20,})@"#),
    // A header's scheme without the header.
    likely(r"(?i:\bbearer)[ \t]+([A-Za-z0-9._~+/=-]{12,})"),
    // Whoever has these addresses may write there.
    certain(r#"\bhooks\.slack\.com/(?:services|workflows|triggers)/([^\s"'<>?]+)"#),
    certain(r"\bdiscord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]+/([A-Za-z0-9_-]+)"),
];

#[derive(Debug, Clone)]
pub(super) struct Places(Vec<(Regex, bool)>);

impl Places {
    pub(super) fn new() -> Result<Self, regex::Error> {
        let compile = |around: &Around| Ok((pattern(around.pattern)?, around.needs_digit));
        AROUND
            .iter()
            .map(compile)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn find(&self, text: &[u8], spans: &mut Vec<Range<usize>>) {
        for (around, needs_digit) in &self.0 {
            let secrets = around.captures_iter(text).filter_map(|found| found.get(1));
            let digits = |secret: &[u8]| secret.iter().any(u8::is_ascii_digit);
            let real = secrets.filter(|secret| {
                let secret = secret.as_bytes();
                !is_reference(secret) && (!needs_digit || digits(secret))
            });
            spans.extend(real.map(|secret| secret.range()));
        }
    }
}
