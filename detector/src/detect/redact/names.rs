//! Names whose values are secrets: of environment variables, options, headers, JSON and query keys.

/// Words that make a name secret wherever they stand in it.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
    "creds",
    "cookie",
    "jwt",
    "bearer",
    "authorization",
    "sshpass",
    "requirepass",
    "masterauth",
];
/// Ends of run-together words: `PGPASSWORD`, `authtoken`, `clientsecret`.
const SECRET_ENDS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
];
/// Words that make the word `key` behind them secret.
const KEYS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "account",
    "encryption",
    "signing",
    "auth",
    "master",
    "service",
    "session",
    "shared",
    "storage",
    "deploy",
    "admin",
    "license",
    "subscription",
];
/// Words that make a name secret as the last of several: `DB_PASS`, `MYSQL_PWD`, `REDISCLI_AUTH`.
const LAST: &[&str] = &["pass", "pwd", "auth", "pat", "sig", "signature"];
/// Single words that are a whole secret name.
const WHOLE: &[&str] = &["pass", "sig"];
/// Where npm's configuration keeps user and password.
const NPM: &[u8] = b"_auth";
/// Last words that make it a name of something else: where the secret lies, what kind it is.
const ABOUT: &[&str] = &[
    "file",
    "files",
    "path",
    "dir",
    "directory",
    "url",
    "uri",
    "type",
    "types",
    "name",
    "names",
    "count",
    "limit",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "age",
    "in",
    "at",
    "endpoint",
    "host",
    "port",
    "id",
    "ids",
    "user",
    "username",
    "length",
    "len",
    "size",
    "stdin",
    "env",
    "ref",
    "budget",
    "enabled",
    "disabled",
    "required",
    "policy",
    "header",
    "field",
    "regex",
    "usage",
    "index",
    "version",
    "provider",
    "helper",
    "store",
    "command",
    "cmd",
    "method",
    "location",
];
/// First words of options that switch something and take no secret.
const SWITCHES: &[&str] = &[
    "no", "ask", "prompt", "show", "print", "without", "disable", "enable", "use", "skip", "has",
    "is", "max", "min", "num", "total",
];

/// Whether what such a name stands for is a secret.
pub(super) fn is_secret(name: &[u8]) -> bool {
    if name == NPM {
        return true;
    }
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    if ABOUT.contains(last) || SWITCHES.contains(first) {
        return false;
    }
    let secret =
        |word: &&str| SECRET.contains(word) || SECRET_ENDS.iter().any(|end| word.ends_with(end));
    let key = |pair: &[&str]| matches!(pair, [of, "key"] if KEYS.contains(of));
    words.iter().any(secret)
        || words.windows(2).any(key)
        || (words.len() > 1 && LAST.contains(last))
        || (words.len() == 1 && WHOLE.contains(last))
}

/// `dbPassword`, `DB_PASSWORD` and `--db-password` have the same words.
fn words(name: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous = 0_u8;
    for &byte in name {
        let hump = byte.is_ascii_uppercase() && previous.is_ascii_lowercase();
        if (hump || !byte.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
        previous = byte;
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    // `token2` is another token.
    let plain = |word: String| match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "" => word,
        trimmed => trimmed.to_owned(),
    };
    words.into_iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_secrets() {
        for name in [
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "OPENAI_API_KEY",
            "apiKey",
            "api-key",
            "X-Api-Key",
            "x-goog-api-key",
            "PRIVATE-TOKEN",
            "DB_PASSWORD",
            "dbPassword",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "SECRET_KEY_BASE",
            "client_secret",
            "authToken",
            "_authToken",
            "_auth",
            "REDISCLI_AUTH",
            "token2",
            "--access-token",
            "sig",
            "X-Amz-Signature",
            "AccountKey",
            "GOOGLE_CREDENTIALS",
            "spring.datasource.password",
            "SSHPASS",
            "Cookie",
            "Authorization",
            "pass",
            "encryptionKey",
            "DB_PASSWORD_PROD",
        ] {
            assert!(is_secret(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_of_other_things() {
        for name in [
            "",
            "_",
            "PATH",
            "PWD",
            "OLDPWD",
            "HOME",
            "KEY",
            "key",
            "keyboard",
            "monkey",
            "tokenizer",
            "TOKENIZERS_PARALLELISM",
            "max_tokens",
            "MAX_TOKEN",
            "token_count",
            "token_type",
            "GITHUB_TOKEN_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_ACCESS_KEY_ID",
            "TOKEN_URL",
            "--password-stdin",
            "--no-password",
            "--ask-pass",
            "secret_name",
            "author",
            "AUTHOR_NAME",
            "SSH_AUTH_SOCK",
            "bypass",
            "compass",
            "passenger",
            "auth",
            "XAUTHORITY",
            "design",
            "pwd",
            "public_key",
            "cache-key",
            "primaryKey",
        ] {
            assert!(!is_secret(name.as_bytes()), "{name}");
        }
    }
}
