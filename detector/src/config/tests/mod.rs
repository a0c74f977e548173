//! Configuration as a whole: what is read, what is refused and in which words.

mod faults;
mod generated;
mod stacking;

use std::path::Path;

use super::sources::File;
use super::{ConfigProblems, Layer, Settings, Sources, file};
use crate::document::Document;

/// Where the files of these tests would stand.
const FILE: &str = "/etc/x/config.toml";

/// Reads a text as if it stood in [`FILE`].
fn layer(text: &str) -> Result<Layer, ConfigProblems> {
    let document = Document {
        name: "config.toml".into(),
        text: text.to_owned(),
    };
    file::parse(&document, Path::new(FILE))
}

/// Settings of a text alone.
fn settings(text: &str) -> Settings {
    let sources = Sources {
        file: File::None,
        command_line: layer(text).unwrap(),
        docker_host: None,
    };
    sources.read().unwrap()
}

/// The first line of each problem.
#[track_caller]
fn problems(text: &str) -> Vec<String> {
    let found = layer(text).unwrap_err().problems;
    let first = |problem: String| problem.lines().next().unwrap_or_default().to_owned();
    found
        .iter()
        .map(|problem| first(problem.to_string()))
        .collect()
}
