//! Where the tests of rules stand: `NAME.test.yaml` or `tests/NAME.yaml` beside `NAME.yaml`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// How the name of a test file ends, without what ends the name of its rules.
const TEST: &str = ".test";
/// The folder that holds nothing but tests.
const FOLDER: &str = "tests";

/// Whether a file holds tests, going by its name.
#[must_use]
pub fn is_test(path: &Path) -> bool {
    stem(path).is_some_and(|stem| stem.ends_with(TEST)) && is_yaml(path)
}

/// Whether a file is YAML, going by its name.
#[must_use]
pub fn is_yaml(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("yaml" | "yml"))
}

/// The rules and the tests that belong to a file, whichever of the two it is: files that are there.
#[must_use]
pub fn beside(path: &Path) -> (Option<PathBuf>, Vec<PathBuf>) {
    let Some(stem) = stem(path) else {
        return (Some(path.to_owned()), Vec::new());
    };
    let there = |path: &PathBuf| path.is_file();
    let endings = ["yaml", "yml"];
    if is_test(path) {
        let stem = stem.trim_end_matches(TEST);
        let rules = endings.map(|ending| path.with_file_name(format!("{stem}.{ending}")));
        return (rules.into_iter().find(there), vec![path.to_owned()]);
    }
    let folder = path.with_file_name(FOLDER);
    let tests = endings.into_iter().flat_map(|ending| {
        let own = path.with_file_name(format!("{stem}{TEST}.{ending}"));
        [own, folder.join(format!("{stem}.{ending}"))]
    });
    (Some(path.to_owned()), tests.filter(there).collect())
}

/// The test files of a directory of rules, in order of their names.
///
/// # Errors
/// If it cannot be read.
pub fn tests_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut tests = list(directory)?;
    tests.retain(|path| is_test(path));
    let folder = directory.join(FOLDER);
    if folder.is_dir() {
        tests.extend(list(&folder)?);
    }
    tests.sort();
    Ok(tests)
}

/// The rule files of a directory, in order of their names: not those below it, and no tests.
///
/// # Errors
/// If it cannot be read.
pub fn rules_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut rules = list(directory)?;
    rules.retain(|path| !is_test(path));
    rules.sort();
    Ok(rules)
}

fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| is_yaml(path));
    Ok(paths)
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem().and_then(|stem| stem.to_str())
}
