//! Reference pages, made from the code: what is promised to others stands in one place, and a test
//! fails where `docs/reference` says something else. `cargo xtask docs` renews it.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::config;

mod commands;
mod fields;
mod keys;
mod rules;

/// The first line of each page.
const MADE: &str = "<!-- Made by `cargo xtask docs`; do not edit. -->\n\n";

/// Where to write the pages.
#[derive(Debug, Args)]
pub(super) struct ReferenceOptions {
    /// The directory
    directory: PathBuf,
}

/// A page: the name of its file, and its text.
type Page = (&'static str, String);

/// All pages.
fn pages() -> anyhow::Result<Vec<Page>> {
    let pages = [
        ("cli.md", commands::page()),
        ("configuration.md", config::reference()),
        ("fields.md", fields::page()),
        ("rules.md", rules::page()?),
        ("status.md", keys::status()),
        ("events.md", keys::events()),
    ];
    let mut pages: Vec<_> = pages
        .into_iter()
        .map(|(name, text)| (name, format!("{MADE}{text}")))
        .collect();
    // JSON has no comments.
    pages.push(("rules.schema.json", super::rules::schema_text()?));
    Ok(pages)
}

/// Writes them.
pub(super) fn write(options: &ReferenceOptions) -> anyhow::Result<()> {
    let directory = &options.directory;
    fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    for (name, text) in pages()? {
        let path = directory.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Text for a cell of a table: on one line, its bars escaped.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_pages_are_those_of_the_code() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference");
        for (name, text) in pages().unwrap() {
            let written = fs::read_to_string(directory.join(name)).unwrap_or_default();
            assert!(
                written == text,
                "docs/reference/{name} is out of date: `cargo xtask docs`"
            );
        }
    }

    #[test]
    fn cells_stay_in_their_column() {
        assert_eq!(cell("a\n  b | c"), "a b \\| c");
    }
}
