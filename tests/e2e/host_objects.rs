//! Watched objects of the host: agents' files, logs and the detector's own state, changed by processes
//! that are in no container. Each act is first seen to have had its effect.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tests::shipped::{AGENT_FILE, LOG_CUT, STATE};
use tests::{Alert, Detector, Engine, Rule, Verdict, replay};

/// Whose files the agent's are.
const OWNER: u32 = 4711;

/// An alert of a rule about a path, whoever caused it.
fn told_of(detector: &Detector, rule: Rule, path: &Path, change: &str) -> Result<Alert> {
    detector
        .wait_for_any(|alert| alert.rule() == rule.name && alert.tells_of(path, change))
        .with_context(|| format!("{} {change}", path.display()))
}

/// Runs a script on the host as a user.
fn on_host(uid: u32, script: &str) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let output = Command::new("sh")
        .args(["-euc", script])
        .uid(uid)
        .gid(uid)
        .output()?;
    ensure!(
        output.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A directory of an agent that lives on the host, its files its user's.
fn agent_on_host() -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))?;
    for name in ["config", "logs"] {
        let below = directory.path().join(name);
        fs::create_dir(&below)?;
        fs::write(below.join("a.json"), "{}\n")?;
        chown(&below, Some(OWNER), Some(OWNER))?;
        chown(below.join("a.json"), Some(OWNER), Some(OWNER))?;
    }
    Ok(directory)
}

#[test]
fn processes_of_the_host_are_owners_or_not() -> Verdict {
    let agent = agent_on_host()?;
    let (config, logs) = (agent.path().join("config"), agent.path().join("logs"));
    let options = [
        format!("--object=agent_config={}", config.display()),
        format!("--object=agent_log={}", logs.display()),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let detector = Detector::start_with(Engine::shared()?, &options)?;
    let file = config.join("a.json");
    let log = logs.join("a.json");
    let script = format!(
        "echo own >>{}; : >{}; sleep 0.2",
        file.display(),
        log.display()
    );
    on_host(OWNER, &script)?;
    assert_eq!(fs::read_to_string(&file)?, "{}\nown\n");
    assert_eq!(fs::read_to_string(&log)?, "");
    on_host(0, &format!("echo root >>{}; sleep 0.2", file.display()))?;
    let alert = told_of(&detector, AGENT_FILE, &file, "modified")?;
    assert_eq!(alert.priority(), AGENT_FILE.done);
    assert_eq!(alert.field("object.by").as_deref(), Some("host"), "{alert}");
    assert_eq!(alert.field("user.uid").as_deref(), Some("0"), "{alert}");
    assert!(alert.get("/process/argv").is_some(), "{alert}");
    on_host(OWNER, &format!("echo more >>{}; sleep 0.2", log.display()))?;
    on_host(0, &format!("truncate -s 0 {}", log.display()))?;
    told_of(&detector, LOG_CUT, &log, "truncated")?;
    on_host(0, &format!("rm {}", log.display()))?;
    told_of(&detector, LOG_CUT, &log, "removed")?;
    let quiet = |alert: &&Alert| alert.field("user.uid") == Some(OWNER.to_string());
    let alerts = detector.alerts();
    let owners: Vec<_> = alerts.iter().filter(quiet).collect();
    assert!(owners.is_empty(), "the owner was told of: {owners:#?}");
    Ok(())
}

#[test]
fn logs_of_the_host_may_be_turned_over() -> Verdict {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("auth.log");
    fs::write(&log, "joe was here\n")?;
    let option = format!("--object=host_log={}", log.display());
    let detector = Detector::start_with(Engine::shared()?, &[&option])?;
    let path = log.display();
    on_host(
        0,
        &format!("mv {path} {path}.1; echo new >{path}; echo more >>{path}; sleep 0.2"),
    )?;
    assert_eq!(fs::read_to_string(&log)?, "new\nmore\n");
    on_host(0, &format!(": >{path}; sleep 0.2"))?;
    let alert = told_of(&detector, LOG_CUT, &log, "truncated")?;
    assert_eq!(alert.priority(), LOG_CUT.done);
    let alerts = detector.alerts();
    let told = alerts.iter().filter(|alert| alert.rule() == LOG_CUT.name);
    assert_eq!(told.count(), 1, "{alerts:#?}");
    Ok(())
}

#[test]
fn the_detectors_own_state_is_attacked() -> Verdict {
    let parent = tempfile::tempdir()?;
    let state = parent.path().join("up/state");
    fs::create_dir(parent.path().join("up"))?;
    let detector = Detector::start_at(Engine::shared()?, &state, &[])?;
    let alerts = state.join("alerts.jsonl");
    fs::write(state.join("planted"), "x")?;
    told_of(&detector, STATE, &state.join("planted"), "created")?;
    assert!(fs::metadata(&alerts)?.len() > 0, "an alert was written");
    on_host(0, &format!("truncate -s 0 {}; sleep 0.2", alerts.display()))?;
    let truncated = told_of(&detector, STATE, &alerts, "truncated")?;
    assert_eq!(truncated.priority(), STATE.done);
    fs::set_permissions(&alerts, fs::Permissions::from_mode(0o666))?;
    told_of(&detector, STATE, &alerts, "attributes")?;
    fs::remove_file(state.join("lock"))?;
    told_of(&detector, STATE, &state.join("lock"), "removed")?;
    symlink("/dev/null", state.join("lock"))?;
    told_of(&detector, STATE, &state.join("lock"), "created")?;
    let aside = parent.path().join("aside");
    fs::rename(parent.path().join("up"), &aside)?;
    assert!(aside.join("state").exists());
    told_of(&detector, STATE, &state, "moved_away")?;
    // What the detector does itself is nobody's attack.
    let own = std::process::id();
    let told = detector.alerts();
    let strange = told.iter().filter(|alert| {
        alert.rule() == STATE.name && alert.executable().ends_with("escape-detector")
    });
    assert_eq!(strange.count(), 0, "{told:#?}");
    let planted = told.iter().find(|alert| alert.mentions("planted"));
    let pid = planted
        .and_then(Alert::pid)
        .map(|pid| pid.as_raw_nonzero().get());
    assert_eq!(pid, Some(i32::try_from(own).unwrap_or_default()));
    fs::rename(&aside, parent.path().join("up"))?;
    Ok(())
}

#[test]
fn a_replay_raises_what_live_raised() -> Verdict {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("settings.json");
    fs::write(&file, "{}")?;
    let capture = directory.path().join("capture");
    let options = [
        format!("--object=custom={}", file.display()),
        format!("--capture={}", capture.display()),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let detector = Detector::start_with(Engine::shared()?, &options)?;
    on_host(0, &format!("mv {0} {0}.old; sleep 0.2", file.display()))?;
    let path = file.display().to_string();
    let moved = |alert: &Alert| alert.field("fd.name") == Some(path.clone());
    let live = detector.wait_for_any(moved)?;
    detector.stop()?;
    let (again, _) = replay(&capture)?;
    let found = again
        .iter()
        .find(|alert| alert.pointer("/output_fields/fd.name") == Some(&path.clone().into()));
    let found = found.with_context(|| format!("not replayed: {again:#?}"))?;
    for pointer in [
        "/time",
        "/rule",
        "/output",
        "/fingerprint",
        "/process",
        "/lineage",
    ] {
        assert_eq!(found.pointer(pointer), live.get(pointer), "{pointer}");
    }
    Ok(())
}
