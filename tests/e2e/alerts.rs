//! What an alert tells, where it stands, and how the detector ends.

use anyhow::Context;
use serde_json::Value;
use tests::shipped::{MOUNT, NAMESPACE};
use tests::{Act, Alert, Attack, Container, Detector, Engine, Ground, Image, Verdict, allow};

/// An alert by a container with a name and a label.
fn sample(ground: &Ground, name: &str, act: &str) -> anyhow::Result<Alert> {
    let container = ground.container(&["--name", name, "--label", "purpose=test"])?;
    Attack::new(act, "mount", "EPERM").raises(MOUNT, &container, &ground.detector)
}

fn text<'a>(alert: &'a Alert, pointer: &str) -> anyhow::Result<&'a str> {
    alert
        .get(pointer)
        .and_then(Value::as_str)
        .with_context(|| format!("{pointer}: {alert:?}"))
}

#[test]
fn alert_names_its_container() -> Verdict {
    let alert = sample(Ground::shared()?, "named", "mount none /mnt tmpfs")?;
    assert_eq!(text(&alert, "/container/name")?, "named");
    assert_eq!(text(&alert, "/container/image")?, "bare:1");
    assert_eq!(text(&alert, "/container/labels/purpose")?, "test");
    Ok(())
}

#[test]
fn alert_has_the_keys_that_others_rely_on() -> Verdict {
    let alert = sample(Ground::shared()?, "keyed", "mount none /mnt tmpfs")?;
    for key in [
        "time",
        "rule",
        "priority",
        "source",
        "hostname",
        "output",
        "uid",
        "fingerprint",
    ] {
        assert!(
            !text(&alert, &format!("/{key}"))?.is_empty(),
            "{key}: {alert:?}"
        );
    }
    for key in [
        "agent",
        "session",
        "user",
        "tags",
        "output_fields",
        "lineage",
    ] {
        assert!(alert.get(&format!("/{key}")).is_some(), "{key}: {alert:?}");
    }
    let process = text(&alert, "/process/process_id")?;
    assert!(
        text(&alert, "/process/exec_id")?.starts_with(process),
        "{alert:?}"
    );
    let pid = alert.pid().context("no pid")?.as_raw_nonzero().to_string();
    assert_eq!(
        process.split('-').rev().nth(1),
        Some(pid.as_str()),
        "{process}"
    );
    let argv = alert.get("/process/argv").and_then(Value::as_array);
    assert_eq!(
        argv.and_then(|words| words.last()),
        Some(&"tmpfs".into()),
        "{alert:?}"
    );
    Ok(())
}

#[test]
fn equal_acts_share_a_fingerprint_and_no_uid() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let attack = Attack::new("mount none /mnt tmpfs", "mount", "EPERM");
    let first = attack.raises(MOUNT, &container, &ground.detector)?;
    let second = attack.raises(MOUNT, &container, &ground.detector)?;
    assert_eq!(
        text(&first, "/fingerprint")?,
        text(&second, "/fingerprint")?
    );
    assert_ne!(text(&first, "/uid")?, text(&second, "/uid")?);
    let other = Attack::new("unshare mnt", "unshare", "EPERM");
    let other = other.raises(NAMESPACE, &container, &ground.detector)?;
    assert_ne!(text(&first, "/fingerprint")?, text(&other, "/fingerprint")?);
    Ok(())
}

#[test]
fn tokens_on_the_command_line_are_masked() -> Verdict {
    let token = format!("ghp_{}", "A1b2".repeat(9));
    let act = format!("padded {token} mount none /mnt tmpfs");
    let alert = sample(Ground::shared()?, "masked", &act)?;
    let argv = alert.get("/process/argv").context("no argv")?.to_string();
    assert!(argv.contains("padded") && !argv.contains(&token), "{argv}");
    assert!(!alert.mentions(&token), "{alert:?}");
    Ok(())
}

#[test]
fn alert_of_a_long_command_line_is_whole() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let padding = "x".repeat(20_000);
    let act = format!("padded {padding} mount none /mnt tmpfs");
    let attack = Attack::new(&act, "mount", "EPERM");
    let alert = attack.raises(MOUNT, &container, &ground.detector)?;
    let argv = alert.get("/process/argv").context("no argv")?.to_string();
    assert!(
        argv.contains(&padding) && argv.contains("tmpfs"),
        "{} bytes",
        argv.len()
    );
    Ok(())
}

#[test]
fn alerts_stand_in_the_state_directory_and_the_end_is_clean() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let state = directory.path().join("state");
    let detector = Detector::start_on(&engine.socket(), &state)?;
    let container = Container::idle(engine, Image::Bare, &allow::ADMINISTRATION)?;
    for words in ["unshare mnt", "unshare uts", "setns /proc/1/ns/uts uts"] {
        container.perform(&Act::new(words))?;
    }
    let last = Attack::new("mount none /mnt tmpfs", "mount", "SUCCESS");
    last.raises(MOUNT, &container, &detector)?;
    let told: Vec<String> = detector.alerts().iter().map(Alert::to_json).collect();
    detector.stop()?;

    let kept = std::fs::read_to_string(state.join("alerts.jsonl"))?;
    let kept: Vec<String> = kept
        .lines()
        .map(|line| Alert::parse(line).map(|alert| alert.to_json()))
        .collect::<Result<_, _>>()?;
    for line in &told {
        assert!(kept.contains(line), "told but not kept: {line}");
    }
    assert!(told.len() >= 4, "{told:#?}");
    assert!(
        !state.join("control.sock").exists(),
        "the socket is still there"
    );

    // What ended cleanly can begin again, and goes on in the same file.
    let again = Detector::start_on(&engine.socket(), &state)?;
    last.raises(MOUNT, &container, &again)?;
    again.stop()?;
    let lines = std::fs::read_to_string(state.join("alerts.jsonl"))?
        .lines()
        .count();
    assert!(lines > kept.len(), "{lines} lines after {}", kept.len());
    Ok(())
}

#[test]
fn status_tells_what_is_watched() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--name", "listed"])?;
    let attack = Attack::new("mount none /mnt tmpfs", "mount", "EPERM");
    attack.raises(MOUNT, &container, &ground.detector)?;
    let named = |status: &Value| {
        let listed = status.pointer("/containers").and_then(Value::as_array);
        let own = listed?
            .iter()
            .find(|entry| entry.pointer("/id") == Some(&container.id().into()));
        own?.pointer("/name").cloned()
    };
    let mut status = ground.detector.status()?;
    // What it shows is renewed twice a second, and the engine is asked for the name.
    for _ in 0..20 {
        if named(&status).is_some_and(|name| !name.is_null()) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(250));
        status = ground.detector.status()?;
    }
    assert_eq!(status.pointer("/ready"), Some(&true.into()));
    assert_eq!(named(&status), Some("listed".into()), "{status}");
    let hooks = status
        .pointer("/hooks")
        .and_then(Value::as_array)
        .context("no hooks")?;
    let attached = hooks
        .iter()
        .filter(|hook| hook.pointer("/attached") == Some(&true.into()));
    assert!(attached.count() > 0, "{status}");
    Ok(())
}
