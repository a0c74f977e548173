//! What the detector is given may be wrong: it then says what, where and how to mend it, and exits
//! with 2 for a wrong command line and with 1 for everything else.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tests::shipped::MOUNT;
use tests::{Answer, Attack, Detector, Engine, Ground, Verdict, detector_binary};

/// No failure takes longer than this, in seconds.
const LIMIT: &str = "60";

/// How a command that must fail did so.
struct Refusal(Answer);

impl Refusal {
    /// Runs a command that must end by itself.
    fn of(command: &mut Command) -> Result<Self> {
        Answer::of(command).map(Self)
    }

    /// It failed with this code and named all of these.
    fn is(&self, code: i32, named: &[&str]) -> Result<()> {
        let missing: Vec<_> = named
            .iter()
            .filter(|part| !self.0.errors.contains(**part))
            .collect();
        ensure!(
            self.0.code == Some(code) && missing.is_empty() && !self.0.errors.contains("panicked"),
            "exit code {:?} (wanted {code}), missing in the message: {missing:?}\n{}",
            self.0.code,
            self.0.errors
        );
        ensure!(
            self.0.output.is_empty(),
            "standard output is for alerts: {}",
            self.0.output
        );
        Ok(())
    }
}

fn detector(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new("timeout");
    command.arg(LIMIT).arg(detector_binary()?).args(arguments);
    Ok(command)
}

/// Runs the detector behind a shell script that prepares `$DIR` in mounts of its own.
fn detector_after(script: &str, directory: &Path) -> Result<Command> {
    let mut command = Command::new("timeout");
    let script = format!("{script}\nexec \"$DETECTOR\" run --state-dir \"$DIR\"");
    command
        .arg(LIMIT)
        .args(["unshare", "--mount", "sh", "-euc", &script]);
    command
        .env("DIR", directory)
        .env("DETECTOR", detector_binary()?);
    Ok(command)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("no text")
}

#[test]
fn wrong_command_line() -> Verdict {
    for (arguments, named) in [
        (["run", "--no-such-flag"].as_slice(), "--no-such-flag"),
        (&["no-such-command"], "no-such-command"),
        (&["run", "--output", "carrier-pigeon"], "carrier-pigeon"),
        (&["status", "--wait", "soon"], "soon"),
        (&["run", "--state-dir"], "--state-dir"),
    ] {
        Refusal::of(&mut detector(arguments)?)?.is(2, &[named])?;
    }
    Ok(())
}

#[test]
fn process_to_watch_that_is_not_there() -> Verdict {
    let directory = tempfile::tempdir()?;
    let state = directory.path().join("state");
    // Beyond the highest number that the kernel gives.
    let arguments = [
        "run",
        "--watch",
        "pid=4194305",
        "--state-dir",
        text(&state)?,
    ];
    Refusal::of(&mut detector(&arguments)?)?.is(1, &["pid=4194305 names no process"])?;
    Ok(())
}

#[test]
fn wrong_rules_are_named_with_line_and_column() -> Verdict {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("wrong.yaml");
    let rule = |condition: &str, priority: &str| {
        format!(
            "- rule: Wrong\n  desc: A rule that cannot be\n  condition: {condition}\n  \
             output: wrong\n  priority: {priority}\n"
        )
    };
    for (rules, place) in [
        (rule("evt.type = open and (", "ERROR"), "wrong.yaml:3:"),
        (
            rule("evt.type = open and no.such.field = 1", "ERROR"),
            "wrong.yaml:3:34",
        ),
        (
            rule("evt.type = open and no_such_macro", "ERROR"),
            "wrong.yaml:3:34",
        ),
        (rule("evt.type = open", "DREADFUL"), "wrong.yaml:5:"),
        ("- rule: Wrong\n  priority: [\n".to_owned(), "wrong.yaml:"),
        (
            "- rule: Wrong\n  desc: no condition\n".to_owned(),
            "wrong.yaml:1:",
        ),
    ] {
        std::fs::write(&file, &rules)?;
        let state = directory.path().join("state");
        let arguments = ["run", "--rules", text(&file)?, "--state-dir", text(&state)?];
        let refusal = Refusal::of(&mut detector(&arguments)?)?;
        refusal.is(1, &[place]).with_context(|| rules.clone())?;
        assert!(
            !state.join("alerts.jsonl").exists(),
            "it began to write before it read its rules"
        );
    }
    Ok(())
}

#[test]
fn rules_that_are_not_there() -> Verdict {
    let directory = tempfile::tempdir()?;
    let state = text(directory.path())?;
    let arguments = [
        "run",
        "--rules",
        "/no/such/rules.yaml",
        "--state-dir",
        state,
    ];
    Refusal::of(&mut detector(&arguments)?)?.is(1, &["/no/such/rules.yaml"])?;
    Ok(())
}

#[test]
fn not_root() -> Verdict {
    // Where everybody can read it, unlike a workspace under root's home.
    let directory = tempfile::Builder::new()
        .prefix("ed-")
        .tempdir_in("/var/tmp")?;
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(directory.path(), open)?;
    let copy = directory.path().join("escape-detector");
    std::fs::copy(detector_binary()?, &copy)?;
    let state = directory.path().join("state");
    let mut command = Command::new("timeout");
    command.args([
        LIMIT,
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ]);
    command.arg(&copy).args(["run", "--state-dir"]).arg(&state);
    Refusal::of(&mut command)?.is(1, &["root"])?;
    Ok(())
}

#[test]
fn kernel_without_type_information() -> Verdict {
    let directory = tempfile::tempdir()?;
    let hidden = "mount -t tmpfs none /sys/kernel/btf";
    Refusal::of(&mut detector_after(hidden, directory.path())?)?.is(1, &["BTF"])?;
    Ok(())
}

#[test]
fn state_directory_that_cannot_be_written() -> Verdict {
    let directory = tempfile::tempdir()?;
    let named = text(directory.path())?;
    for script in [
        r#"mount -t tmpfs -o ro none "$DIR""#,
        // Not a page left.
        r#"mount -t tmpfs -o size=64k none "$DIR"; cat /dev/zero > "$DIR/filler" 2> /dev/null || :"#,
    ] {
        let mut command = detector_after(script, directory.path())?;
        Refusal::of(&mut command)?
            .is(1, &[named])
            .with_context(|| script.to_owned())?;
    }
    Ok(())
}

#[test]
fn state_directory_that_is_none() -> Verdict {
    let file = tempfile::NamedTempFile::new()?;
    let named = text(file.path())?;
    Refusal::of(&mut detector(&["run", "--state-dir", named])?)?.is(1, &[named])?;

    // A socket's path has at most 107 bytes.
    let directory = tempfile::tempdir()?;
    let long = directory.path().join("x".repeat(120));
    let named = text(&long)?;
    Refusal::of(&mut detector(&["run", "--state-dir", named])?)?.is(1, &[named])?;
    Ok(())
}

#[test]
fn second_detector_on_a_state_directory() -> Verdict {
    let ground = Ground::shared()?;
    let state = text(ground.detector.state())?;
    let refusal = Refusal::of(&mut detector(&["run", "--state-dir", state])?)?;
    refusal.is(1, &[state, "another detector (pid", "--state-dir"])?;
    // The first goes on as if nothing had been.
    assert_eq!(
        ground.detector.status()?.pointer("/ready"),
        Some(&true.into())
    );
    let container = ground.container(&[])?;
    let attack = Attack::new("mount none /mnt tmpfs", "mount", "EPERM");
    attack.raises(MOUNT, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn status_of_no_detector() -> Verdict {
    let directory = tempfile::tempdir()?;
    let state = text(directory.path())?;
    for arguments in [["status"].as_slice(), &["status", "--wait", "1"]] {
        let arguments = [arguments, &["--state-dir", state]].concat();
        Refusal::of(&mut detector(&arguments)?)?.is(1, &[state])?;
    }
    Ok(())
}

#[test]
fn engine_that_is_dead_or_absent() -> Verdict {
    let directory = tempfile::tempdir()?;
    let dead = directory.path().join("dead.sock");
    // A socket file stays when nobody listens to it any more.
    drop(std::os::unix::net::UnixListener::bind(&dead)?);
    let absent = directory.path().join("absent.sock");
    for (n, socket) in [&dead, &absent].into_iter().enumerate() {
        let detector = Detector::start_on(socket, &directory.path().join(n.to_string()))?;
        assert!(
            detector.errors().contains(text(socket)?),
            "{}",
            detector.errors()
        );
        let container = tests::Container::idle(Engine::shared()?, tests::Image::Bare, &[])?;
        let attack = Attack::new("mount none /mnt tmpfs", "mount", "EPERM");
        attack.raises(MOUNT, &container, &detector)?;
        detector.stop()?;
    }
    Ok(())
}
