//! The configuration as a person meets it: made, checked, shown, and refused with its place.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tests::{Answer, Verdict, detector_binary};

fn ask(arguments: &[&str]) -> Result<Answer> {
    Answer::of(Command::new(detector_binary()?).args(arguments))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("no text")
}

#[test]
fn template_is_right_and_what_is_shown_is_a_configuration() -> Verdict {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("config.toml");
    let named = text(&file)?;
    let template = ask(&["config", "init"])?;
    fs::write(&file, &template.output)?;
    let checked = ask(&["config", "check", named])?;
    assert_eq!(checked.code, Some(0), "{}", checked.errors);
    assert!(checked.output.contains(named), "{}", checked.output);

    let told = ["--watch", "container=a", "--level", "all"];
    let shown = ask(&[&["config", "show", "--config", named], told.as_slice()].concat())?;
    fs::write(&file, &shown.output)?;
    let again = ask(&["config", "show", "--config", named, "--output", "json"])?.json()?;
    let value = |path: &str| again.pointer(path).cloned().unwrap_or_default();
    assert_eq!(value("/settings/watch/value/0"), "container=a");
    assert_eq!(value("/settings/level/value"), "all");
    assert_eq!(value("/settings/level/origin/path"), named);
    assert_eq!(value("/settings/output/value"), "text");
    assert_eq!(value("/file"), named);
    Ok(())
}

#[test]
fn wrong_configuration_is_refused_with_its_places_by_every_command() -> Verdict {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("config.toml");
    let named = text(&file)?;
    fs::write(&file, "outptu = \"json\"\nlevel = \"loud\"\n")?;
    let state = directory.path().join("state");
    for arguments in [
        ["config", "check", named].as_slice(),
        &["config", "check", named, "--output", "json"],
        &["config", "show", "--config", named],
        &["run", "--config", named, "--state-dir", text(&state)?],
    ] {
        let refused = ask(arguments)?;
        assert_eq!(refused.code, Some(1), "{arguments:?}");
        for place in [format!("{named}:1:1: "), format!("{named}:2:9: ")] {
            assert!(refused.errors.contains(&place), "{}", refused.errors);
        }
    }
    assert!(!state.exists());
    let answer = ask(&["config", "check", named, "--output", "json"])?.json()?;
    let value = |path: &str| answer.pointer(path).cloned().unwrap_or_default();
    assert_eq!(value("/ok"), false);
    assert_eq!(value("/file"), named);
    assert_eq!(value("/problems/0/line"), 1);
    assert_eq!(value("/problems/1/column"), 9);
    Ok(())
}

#[test]
fn rules_that_a_configuration_names_are_checked_with_it() -> Verdict {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("config.toml");
    fs::write(&file, "rules = [\"absent.yaml\"]\n")?;
    let refused = ask(&["config", "check", text(&file)?])?;
    let absent = directory.path().join("absent.yaml");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.errors.contains(text(&absent)?),
        "{}",
        refused.errors
    );
    Ok(())
}
