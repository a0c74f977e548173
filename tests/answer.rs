//! What a command that ends by itself said.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

/// A command's exit code and both its streams.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub errors: String,
}

impl Answer {
    /// Runs a command to its end.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn of(command: &mut Command) -> Result<Self> {
        let output = command.env_remove("DOCKER_HOST").output()?;
        Ok(Self {
            code: output.status.code(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Its output as JSON.
    ///
    /// # Errors
    /// If it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.output).with_context(|| format!("no JSON: {self:?}"))
    }
}
