//! What cargo built, in its own words: the programs named in its JSON messages.
//!
//! Asking cargo, instead of guessing paths, holds for every target directory and for test programs,
//! whose names carry a hash.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::Invocation;

/// A program that cargo built.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The name of the target in its manifest.
    pub(crate) target: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Whether it is a test program.
    pub(crate) test: bool,
}

/// Runs a cargo command that builds, its diagnostics shown as ever, and tells what it built.
pub(crate) fn built(cargo: &Invocation) -> Result<Vec<Program>> {
    eprintln!("$ {cargo}");
    let asked = cargo
        .clone()
        .args(["--message-format", "json-render-diagnostics"]);
    let started = asked.command()?.stdout(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("cannot start `{cargo}`"))?;
    let messages = child
        .stdout
        .take()
        .context("cargo's messages cannot be read")?;
    let mut programs = Vec::new();
    for line in BufReader::new(messages).lines() {
        programs.extend(program(&line?));
    }
    cargo.checked(child.wait())?;
    Ok(programs)
}

/// The program that one message tells of, if it does.
fn program(message: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(message).ok()?;
    Some(Program {
        path: message.get("executable")?.as_str()?.into(),
        target: message.pointer("/target/name")?.as_str()?.to_owned(),
        test: message.pointer("/profile/test")?.as_bool()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_libraries_and_other_messages() {
        let test = r#"{"reason":"compiler-artifact","target":{"kind":["test"],"name":"e2e"},
            "profile":{"test":true},"executable":"/t/debug/deps/e2e-0123"}"#;
        let library = r#"{"reason":"compiler-artifact","target":{"name":"tests"},
            "profile":{"test":false},"executable":null}"#;
        let expected = Program {
            target: "e2e".into(),
            path: "/t/debug/deps/e2e-0123".into(),
            test: true,
        };
        assert_eq!(program(test), Some(expected));
        assert_eq!(program(library), None);
        assert_eq!(
            program(r#"{"reason":"build-finished","success":true}"#),
            None
        );
        assert_eq!(program("not JSON"), None);
    }
}
