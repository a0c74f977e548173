//! `escape-detector rules schema`: what a rule file consists of, for editors.

use clap::Args;

use super::super::terminal;
use crate::rules;

pub(super) const EXAMPLES: &str = "\
Examples:
  escape-detector rules schema > rules.schema.json

A JSON Schema, draft 2020-12. An editor with yaml-language-server completes and checks a rule file
that begins with

  # yaml-language-server: $schema=rules.schema.json

The schema knows keys, priorities and names of fields. What conditions and outputs say is checked by
`rules check`.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct SchemaOptions {}

pub(super) fn schema(_options: &SchemaOptions) -> anyhow::Result<()> {
    Ok(terminal::answer(&text()?)?)
}

/// The schema as a file has it.
pub(in crate::cli) fn text() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&rules::schema())? + "\n")
}
