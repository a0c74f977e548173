//! The sensor's two objects: what each reads of a path that is deeper than any honest one.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Act, Alert, Container, Detector, Engine, Image, Verdict};

/// Asks for the last name alone: what stands before it is what the test looks at.
const LEAF: &str = "\
- rule: Leaf opened
  desc: Somebody has opened the file at the end
  condition: evt.type = openat and fd.name endswith /leaf
  output: opened %fd.name (%file.truth)
  priority: WARNING
";

/// Names in the path, which is then just below 4 KiB long.
const DEPTH: usize = 2000;

/// Of a path, what the legacy object reads.
const LEGACY: usize = 256;

/// Opens a file 2,000 directories deep, by a relative name, under a detector with this object.
fn opened(object: &str) -> Result<(Alert, String)> {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let rules = directory.path().join("leaf.yaml");
    std::fs::write(&rules, LEAF)?;
    let rules = rules.to_str().context("no text")?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let deep = format!("/tmp{}", "/d".repeat(DEPTH - 2));
    container.exec(&["mkdir", "-p", &deep])?;
    let watch = format!("container={}", container.id());
    let options = [
        "--watch",
        &watch,
        "--rules",
        rules,
        "--sensor-object",
        object,
    ];
    let detector = Detector::start_with(engine, &options)?;
    let act = Act::new(&format!("chdir {deep} then open leaf create"));
    let acted = container.perform(&act)?;
    ensure!(
        acted.errno("openat")? == "SUCCESS",
        "the file was not opened"
    );
    let alert = detector.wait_for(&container, |alert| alert.rule() == "Leaf opened")?;
    ensure!(
        text(&alert, "/output_fields/file.truth")? == "kernel",
        "it is the caller's word: {alert}"
    );
    deep_paths(&detector, object)?;
    detector.stop()?;
    Ok((alert, format!("{deep}/leaf")))
}

fn text(alert: &Alert, pointer: &str) -> Result<String> {
    let value = alert.get(pointer).and_then(Value::as_str);
    Ok(value.context("no text")?.to_owned())
}

/// The status says whether deep paths are read.
fn deep_paths(detector: &Detector, object: &str) -> Result<()> {
    let status = detector.status()?;
    let hooks = status.pointer("/hooks").and_then(Value::as_array);
    let mut hooks = hooks.context("no hooks")?.iter();
    let hook = hooks.find(|hook| hook.get("name").and_then(Value::as_str) == Some("deep paths"));
    let hook = hook.context("the status does not tell of deep paths")?;
    let on = hook.get("attached").and_then(Value::as_bool);
    ensure!(on == Some(object == "normal"), "{hook}");
    let reason = hook.get("reason").and_then(Value::as_str);
    ensure!(reason.is_some() == (object == "legacy"), "{hook}");
    Ok(())
}

#[test]
fn path_of_two_thousand_names_is_told_whole() -> Verdict {
    let (alert, path) = opened("normal")?;
    assert_eq!(text(&alert, "/output_fields/fd.name")?, path);
    assert_eq!(alert.get("/incomplete"), None);
    Ok(())
}

#[test]
fn legacy_object_tells_the_end_of_a_deep_path_and_that_it_was_cut() -> Verdict {
    let (alert, path) = opened("legacy")?;
    let told = text(&alert, "/output_fields/fd.name")?;
    let end = told.strip_prefix("...").context(told.clone())?;
    assert!(path.ends_with(end), "{told}");
    assert_eq!(end.matches('/').count(), LEGACY, "{told}");
    assert_eq!(alert.get("/incomplete"), Some(&Value::Bool(true)));
    Ok(())
}
