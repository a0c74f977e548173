//! What is said over the socket: one JSON object a line.
//!
//! A request is `{"v":1,"command":"status","args":{}}`, `args` may be missing. Its answer is
//! `{"v":1,"ok":...}` or `{"v":1,"error":{"code":"...","message":"..."}}`. A client may send several
//! requests over one connection; they are answered in order. The version is looked at first, so
//! that a newer client learns what is wrong whatever else it says.
//!
//! `status` and `alerts` are answered with what they ask for. `events` is answered with
//! `{"v":1,"ok":{}}` and then with one event a line, until the client ends its side of the
//! connection; where it read too slowly stands `{"v":1,"skipped":N}`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version that this detector speaks.
pub const VERSION: u64 = 1;
/// Bytes of a request, its line break included.
pub const LONGEST_REQUEST: usize = 64 * 1024;
/// Characters of a client's own word that an answer repeats.
const LONGEST_QUOTE: usize = 64;

/// Who asks, as the kernel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The user.
    pub uid: u32,
    /// The process, where it has a number here.
    pub pid: Option<i32>,
}

/// A request that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who asks.
    pub peer: Peer,
    /// For what.
    pub command: String,
    /// With which arguments.
    pub args: Map<String, Value>,
}

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// For people.
    pub message: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Not a request.
    BadRequest,
    /// Of another version.
    UnsupportedVersion,
    /// A command that this detector does not know.
    UnknownCommand,
    /// Too many clients at once.
    Busy,
    /// The detector could not do it.
    Failed,
    /// A code that this version does not know, from a newer detector.
    #[serde(other)]
    Other,
}

impl Refusal {
    /// A refusal with these words.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Request {
    /// Reads a line.
    ///
    /// # Errors
    /// If it is no request of this version.
    pub fn parse(line: &[u8], peer: Peer) -> Result<Self, Refusal> {
        let bad = |message: String| Refusal::new(Code::BadRequest, message);
        let value = serde_json::from_slice(line)
            .map_err(|error| bad(format!("the request is no JSON: {error}")))?;
        let Value::Object(mut request) = value else {
            return Err(bad("the request is no JSON object".into()));
        };
        match request.get("v") {
            Some(Value::Number(version)) if version.as_u64() == Some(VERSION) => {}
            Some(Value::Number(version)) => {
                let message =
                    format!("version {version} is not spoken here; this detector speaks {VERSION}");
                return Err(Refusal::new(Code::UnsupportedVersion, message));
            }
            _ => return Err(bad(format!("`v` must be the number {VERSION}"))),
        }
        let Some(Value::String(command)) = request.remove("command") else {
            return Err(bad("`command` must be a string".into()));
        };
        let args = match request.remove("args") {
            None => Map::new(),
            Some(Value::Object(args)) => args,
            Some(_) => return Err(bad("`args` must be an object".into())),
        };
        Ok(Self {
            peer,
            command,
            args,
        })
    }

    /// The line of a request.
    #[must_use]
    pub fn line(command: &str, args: &Map<String, Value>) -> String {
        format!(
            "{}\n",
            json!({"v": VERSION, "command": command, "args": args})
        )
    }
}

/// The line of an answer.
#[must_use]
pub fn answer_line(answer: &Result<Value, Refusal>) -> String {
    let answer = match answer {
        Ok(value) => json!({"v": VERSION, "ok": value}),
        Err(refusal) => json!({"v": VERSION, "error": refusal}),
    };
    format!("{answer}\n")
}

/// The line that stands where events were lost.
#[must_use]
pub fn skipped_line(count: u64) -> String {
    format!("{}\n", json!({"v": VERSION, "skipped": count}))
}

/// Reads the line of an answer.
///
/// # Errors
/// With what is wrong with it.
pub fn parse_answer(line: &[u8]) -> Result<Result<Value, Refusal>, String> {
    let answer: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let Value::Object(mut answer) = answer else {
        return Err("no JSON object".into());
    };
    if answer.get("v").and_then(Value::as_u64) != Some(VERSION) {
        return Err(format!("not of version {VERSION}"));
    }
    if let Some(value) = answer.remove("ok") {
        return Ok(Ok(value));
    }
    let error = answer.remove("error").ok_or("neither `ok` nor `error`")?;
    let refusal = serde_json::from_value(error).map_err(|error| error.to_string())?;
    Ok(Err(refusal))
}

/// A client's word as an answer repeats it: quoted, and not longer than needed.
#[must_use]
pub fn quote(word: &str) -> String {
    let short: String = word.chars().take(LONGEST_QUOTE).collect();
    let more = if short.len() < word.len() { "…" } else { "" };
    format!("{short:?}{more}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEER: Peer = Peer {
        uid: 0,
        pid: Some(42),
    };

    fn code(line: &str) -> Code {
        Request::parse(line.as_bytes(), PEER).unwrap_err().code
    }

    #[test]
    fn requests_are_read() {
        let line = br#"{"v":1,"command":"status","args":{"a":1},"more":true}"#;
        let request = Request::parse(line, PEER).unwrap();
        assert_eq!(request.command, "status");
        assert_eq!(request.args["a"], 1);
        assert_eq!(request.peer, PEER);
        let bare = Request::parse(br#"{"v":1,"command":"status"}"#, PEER).unwrap();
        assert!(bare.args.is_empty());
    }

    #[test]
    fn what_is_no_request_is_refused_by_kind() {
        for line in [
            "",
            "status",
            "[]",
            "{}",
            r#"{"v":"1","command":"status"}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"command":7}"#,
            r#"{"v":1,"command":"status","args":[]}"#,
            "{\"v\":1,\"command\":\"\u{0}",
            "\u{feff}{}",
        ] {
            assert_eq!(code(line), Code::BadRequest, "{line}");
        }
        for line in [
            r#"{"v":2}"#,
            r#"{"v":0,"command":"status"}"#,
            r#"{"v":-1}"#,
            r#"{"v":1.5}"#,
        ] {
            assert_eq!(code(line), Code::UnsupportedVersion, "{line}");
        }
        let nested = "[".repeat(LONGEST_REQUEST);
        assert_eq!(code(&nested), Code::BadRequest);
    }

    #[test]
    fn answers_have_the_promised_shape() {
        assert_eq!(
            answer_line(&Ok(json!({"a": 1}))),
            "{\"ok\":{\"a\":1},\"v\":1}\n"
        );
        let refusal = Refusal::new(Code::UnknownCommand, "no");
        let line = answer_line(&Err(refusal));
        let value: Value = serde_json::from_str(&line).unwrap();
        let error = json!({"code": "unknown_command", "message": "no"});
        assert_eq!(value, json!({"v": 1, "error": error}));
    }

    #[test]
    fn strange_answers_are_no_answers() {
        for line in [
            "",
            "7",
            "{}",
            r#"{"v":2,"ok":1}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"error":1}"#,
        ] {
            assert!(parse_answer(line.as_bytes()).is_err(), "{line}");
        }
        let newer = br#"{"v":1,"error":{"code":"tired","message":"later"}}"#;
        let refusal = parse_answer(newer).unwrap().unwrap_err();
        assert_eq!(refusal, Refusal::new(Code::Other, "later"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            let _ = Request::parse(&bytes, PEER);
            let _ = parse_answer(&bytes);
        }

        #[test]
        fn nor_does_nearly_right_json(
            text in r#"\{("(v|command|args)":(1|2|"[a-z\\"]*"|\{\}|\[\{?|null),?){0,4}\}?"#,
        ) {
            let _ = Request::parse(text.as_bytes(), PEER);
            let _ = parse_answer(text.as_bytes());
        }

        #[test]
        fn requests_and_answers_survive_the_wire(command in any::<String>(), message in any::<String>()) {
            let line = Request::line(&command, &Map::new());
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(Request::parse(line.as_bytes(), PEER).unwrap().command, command);
            let answer = Err(Refusal::new(Code::Failed, message));
            let line = answer_line(&answer);
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(parse_answer(line.as_bytes()).unwrap(), answer);
        }
    }
}
