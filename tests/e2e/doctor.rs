//! The doctor on this machine: it tells of every hook, says clearly what it cannot try, and leaves a
//! detector that runs beside it as it was.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::shipped::NAMESPACE;
use tests::{Attack, Ground, Verdict, detector_binary};

/// A user who may nothing.
const NOBODY: u32 = 65_534;

/// Hooks without which the sensor is of no use, and families of system calls.
const HOOKS: [&str; 34] = [
    "object",
    "maps",
    "self-check",
    "lanes",
    "cgroup_mkdir",
    "cgroup_rmdir",
    "cgroup_attach_task",
    "task_newtask",
    "sched_process_exec",
    "sched_process_exit",
    "inet_sock_set_state",
    "signal_generate",
    "io_uring_submit",
    "io_uring_complete",
    "sys_exit",
    "open",
    "place",
    "mount",
    "namespace",
    "privilege",
    "kernel_code",
    "connect",
    "io_uring_setup",
    "userfaultfd",
    "descriptor",
    "boundary_crossing",
    "trace",
    "signal",
    "clock",
    "alter",
    "refused",
    "find_own_root",
    "find_tasks",
    "find_chosen",
];

/// Hooks of security modules, which kernels may refuse.
const SECURITY: [&str; 6] = [
    "path_unlink",
    "path_rmdir",
    "path_rename",
    "path_truncate",
    "path_mkdir",
    "path_chmod",
];

fn doctor(binary: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("doctor")
        .args(arguments)
        .env_remove("DOCKER_HOST");
    command
}

/// Runs a doctor, one at a time; it must end with this code, without a panic, and leave no cgroup
/// behind.
fn run(command: &mut Command, code: i32) -> Result<Output> {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let output = command.output()?;
    nothing_left()?;
    let errors = text(&output.stderr);
    ensure!(
        output.status.code() == Some(code) && !errors.contains("panicked"),
        "exit code {:?}, wanted {code}\n{}{errors}",
        output.status.code(),
        text(&output.stdout)
    );
    Ok(output)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The checks of a JSON report, each with the keys that are promised.
fn checks(output: &Output) -> Result<Vec<Value>> {
    let report: Value = serde_json::from_slice(&output.stdout).context("the report is no JSON")?;
    let checks = report
        .get("checks")
        .and_then(Value::as_array)
        .context("no checks")?
        .clone();
    for check in &checks {
        for key in ["area", "name", "verdict", "found"] {
            ensure!(check[key].is_string(), "no {key} in {check}");
        }
        let lost = matches!(check["verdict"].as_str(), Some("less" | "failed"));
        ensure!(
            check["costs"].is_string() == lost && (check["mend"].is_string() || !lost),
            "what is lost, and only that, has its costs and mend: {check}"
        );
    }
    Ok(checks)
}

fn verdict<'a>(checks: &'a [Value], area: &str, name: &str) -> Result<&'a str> {
    let mut checks = checks.iter();
    let check = checks.find(|check| check["area"] == area && check["name"] == name);
    let check = check.with_context(|| format!("no check {name} of {area}"))?;
    check["verdict"].as_str().context("no verdict")
}

/// No cgroup of a doctor is left.
fn nothing_left() -> Result<()> {
    for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
        for entry in fs::read_dir(mount).into_iter().flatten() {
            let name = entry?.file_name();
            let left = name.to_string_lossy().starts_with("escape-detector-doctor");
            ensure!(!left, "{mount}/{} is left", name.display());
        }
    }
    Ok(())
}

#[test]
fn root_learns_of_every_hook_and_of_what_the_kernel_refuses() -> Verdict {
    let state = tempfile::tempdir()?;
    let directory = state.path().to_str().context("no text")?;
    let arguments = ["--output", "json", "--state-dir", directory];
    let output = run(&mut doctor(&detector_binary()?, &arguments), 0)?;
    let checks = checks(&output)?;
    for hook in HOOKS {
        assert_eq!(verdict(&checks, "sensor", hook)?, "ok", "{hook}");
    }
    let sensor = checks.iter().filter(|check| check["area"] == "sensor");
    assert_eq!(
        sensor.count(),
        HOOKS.len() + SECURITY.len(),
        "a hook of which this test knows nothing"
    );
    for hook in SECURITY {
        let verdict = verdict(&checks, "sensor", hook)?;
        assert!(["ok", "less"].contains(&verdict), "{hook}: {verdict}");
    }
    for feature in ["LSM programs", "fentry programs"] {
        let verdict = verdict(&checks, "features", feature)?;
        assert!(["ok", "less"].contains(&verdict), "{feature}: {verdict}");
    }
    assert_eq!(verdict(&checks, "disk", "use")?, "ok");
    assert_eq!(
        fs::read_dir(state.path())?.count(),
        0,
        "the state directory was written to"
    );
    Ok(())
}

#[test]
fn an_ordinary_user_is_told_what_to_do() -> Verdict {
    // Where anybody may run it.
    let place = tempfile::tempdir()?;
    fs::set_permissions(place.path(), Permissions::from_mode(0o755))?;
    let binary = place.path().join("escape-detector");
    fs::copy(detector_binary()?, &binary)?;
    let output = run(doctor(&binary, &[]).uid(NOBODY).gid(NOBODY), 1)?;
    let errors = text(&output.stderr);
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(
        errors.contains("cannot run here") && errors.contains("sudo"),
        "{errors}"
    );
    let told = text(&output.stdout);
    assert!(
        told.starts_with("The detector cannot run here.\n"),
        "{told}"
    );
    assert!(!told.contains('\x1b'), "colour without a terminal: {told}");

    let output = run(
        doctor(&binary, &["--output", "json"])
            .uid(NOBODY)
            .gid(NOBODY),
        1,
    )?;
    let checks = checks(&output)?;
    assert_eq!(verdict(&checks, "permissions", "CAP_BPF")?, "failed");
    assert_eq!(verdict(&checks, "sensor", "all")?, "skipped");
    assert_eq!(verdict(&checks, "kernel", "fields")?, "ok");
    assert_eq!(verdict(&checks, "rules", "shipped")?, "ok");
    Ok(())
}

/// What a doctor beside a detector must leave as it is.
fn untouched(status: &Value) -> [Value; 4] {
    ["ready", "hooks", "dropped", "alerts"].map(|key| status[key].clone())
}

#[test]
fn a_detector_beside_it_notices_nothing() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let before = ground.detector.status()?;
    let state = ground.detector.state().to_str().context("no text")?;
    let socket = ground.engine.socket();
    let engine = socket.to_str().context("no text")?;
    let arguments = ["--output", "json", "--state-dir", state, "--engine", engine];
    for _ in 0..2 {
        let output = run(&mut doctor(&detector_binary()?, &arguments), 0)?;
        let checks = checks(&output)?;
        assert_eq!(verdict(&checks, "disk", "use")?, "skipped");
        assert_eq!(verdict(&checks, "engines", engine)?, "ok");
        assert_eq!(verdict(&checks, "sensor", "sys_exit")?, "ok");
    }
    // The status is renewed twice a second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let after = ground.detector.status()?;
    assert_eq!(untouched(&after), untouched(&before));
    let attack = Attack::new("unshare mnt", "unshare", "EPERM");
    attack.raises(NAMESPACE, &container, &ground.detector)?;
    Ok(())
}

#[test]
fn a_bundle_is_made_once_and_names_nobody() -> Verdict {
    let place = tempfile::tempdir()?;
    let bundle = place.path().join("doctor.tar.gz");
    let arguments = ["--bundle", bundle.to_str().context("no text")?];
    let output = run(&mut doctor(&detector_binary()?, &arguments), 0)?;
    let told = text(&output.stderr);
    for name in [
        "README.txt",
        "doctor.json",
        "doctor.txt",
        "rules.txt",
        "config.json",
    ] {
        assert!(told.contains(name), "{name}: {told}");
    }
    let metadata = fs::metadata(&bundle)?;
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);

    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(&bundle)
        .arg("-C")
        .arg(place.path())
        .status()?;
    assert!(unpacked.success());
    let folder = place.path().join("escape-detector-doctor");
    let report: Value = serde_json::from_slice(&fs::read(folder.join("doctor.json"))?)?;
    assert_eq!(report["v"], 1);
    assert!(fs::read_to_string(folder.join("proc-version.txt"))?.starts_with("Linux version"));

    let output = run(&mut doctor(&detector_binary()?, &arguments), 1)?;
    assert!(
        text(&output.stderr).contains("is there already"),
        "{}",
        text(&output.stderr)
    );
    assert!(output.stdout.is_empty(), "the work was done all the same");
    assert_eq!(fs::metadata(&bundle)?.len(), metadata.len());
    Ok(())
}
