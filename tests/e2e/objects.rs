//! Watched objects: agents' files and logs, and the detector's state, changed from containers and by
//! processes of the host. Each act is first seen to have had its effect.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tests::shipped::{AGENT_CONFIG, AGENT_FILE, AGENT_WORDS, LOG, STATE};
use tests::{Act, Alert, Container, Detector, Engine, Ground, Rule, Verdict, replay};

/// Whose files the agent's are in these tests, where that matters.
const OWNER: u32 = 4711;

/// A workspace of the host that a sandbox of an agent was given.
struct Workspace {
    directory: tempfile::TempDir,
    sandbox: Container<'static>,
}

impl Workspace {
    /// Fills a workspace, gives it to a sandbox, and waits until its objects are marked.
    fn open(ground: &Ground) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        for (name, text) in [
            ("AGENTS.md", "be kind\n"),
            ("MEMORY.md", "it rained\n"),
            ("HEARTBEAT.md", "\n"),
            ("openclaw.json", "{}\n"),
            ("notes.txt", "nothing\n"),
        ] {
            fs::write(directory.path().join(name), text)?;
        }
        let volume = format!("--volume={}:/workspace", directory.path().display());
        let sandbox = ground.container(&[
            &volume,
            "--label=openclaw.sandbox=1",
            "--label=openclaw.sessionKey=agent:main:workspace:0123456789abcdef0123456789abcdef",
        ])?;
        let workspace = Self { directory, sandbox };
        workspace.await_marks(&ground.detector)?;
        Ok(workspace)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path(name)).context(name.to_owned())
    }

    /// The engine says where the workspace is some time after the container has begun.
    fn await_marks(&self, detector: &Detector) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            self.sandbox.shell("echo beat >>/workspace/HEARTBEAT.md")?;
            std::thread::sleep(Duration::from_millis(300));
            let path = self.path("HEARTBEAT.md").display().to_string();
            let alerts = detector.alerts_of(&self.sandbox);
            if alerts.iter().any(|alert| alert.mentions(&path)) {
                return Ok(());
            }
        }
        bail!("the workspace is not marked: {}", detector.account())
    }

    /// Lets the sandbox run a script, and waits for the alert about one of its files.
    fn raises(&self, script: &str, rule: Rule, name: &str, detector: &Detector) -> Result<Alert> {
        self.sandbox.shell(script).context(script.to_owned())?;
        let path = self.path(name).display().to_string();
        let told = |alert: &Alert| {
            alert.rule() == rule.name && field(alert, "fd.name") == Some(path.clone())
        };
        let alert = detector
            .wait_for(&self.sandbox, told)
            .with_context(|| format!("{script} of {path}"))?;
        ensure!(alert.priority() == rule.done, "{alert}");
        ensure!(alert.outcome() == "done", "{alert}");
        Ok(alert)
    }
}

/// A field of an alert, as text.
fn field(alert: &Alert, name: &str) -> Option<String> {
    let value = alert.get("/output_fields")?.get(name)?;
    Some(
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    )
}

/// An alert of a rule about a path, whoever caused it.
fn told_of(detector: &Detector, rule: Rule, path: &Path, change: &str) -> Result<Alert> {
    let path = path.display().to_string();
    detector
        .wait_for_any(|alert| {
            alert.rule() == rule.name
                && field(alert, "fd.name") == Some(path.clone())
                && (alert.mentions(&format!("change={change}"))
                    || alert.mentions(&format!("Log {change}")))
        })
        .with_context(|| format!("{path} {change}"))
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

#[test]
fn instructions_and_settings_rewritten_from_a_sandbox() -> Verdict {
    let ground = Ground::shared()?;
    let workspace = Workspace::open(ground)?;
    let detector = &ground.detector;
    let alert = workspace.raises(
        "sed -i s/kind/cruel/ /workspace/AGENTS.md",
        AGENT_WORDS,
        "AGENTS.md",
        detector,
    )?;
    assert_eq!(workspace.text("AGENTS.md")?, "be cruel\n");
    assert_eq!(field(&alert, "agent.id").as_deref(), Some("main"));
    assert_eq!(alert.executable(), "/bin/busybox", "{alert}");
    workspace.raises(
        "echo '{\"sandbox\":\"off\"}' >/tmp/new && cp /tmp/new /workspace/.new && \
         mv /workspace/.new /workspace/openclaw.json",
        AGENT_CONFIG,
        "openclaw.json",
        detector,
    )?;
    assert!(workspace.text("openclaw.json")?.contains("off"));
    workspace.raises(
        "rm /workspace/MEMORY.md",
        AGENT_WORDS,
        "MEMORY.md",
        detector,
    )?;
    assert!(!workspace.path("MEMORY.md").exists());
    // None of it was there when the sandbox began.
    workspace.raises(
        "mkdir -p /workspace/.claude && echo '{}' >/workspace/.claude/settings.json",
        AGENT_CONFIG,
        ".claude/settings.json",
        detector,
    )?;
    workspace.raises(
        "ln -s /workspace/notes.txt /workspace/SOUL.md",
        AGENT_WORDS,
        "SOUL.md",
        detector,
    )?;
    assert!(workspace.path("SOUL.md").is_symlink());
    Ok(())
}

#[test]
fn a_detour_changes_nothing() -> Verdict {
    let ground = Ground::shared()?;
    let workspace = Workspace::open(ground)?;
    let detector = &ground.detector;
    // By a second name, which the table does not know.
    let linked = workspace.raises(
        "ln /workspace/AGENTS.md /workspace/innocent",
        AGENT_WORDS,
        "AGENTS.md",
        detector,
    )?;
    assert!(linked.mentions("change=linked"), "{linked}");
    workspace.sandbox.shell("echo evil >>/workspace/innocent")?;
    assert_eq!(workspace.text("AGENTS.md")?, "be kind\nevil\n");
    told_of(
        detector,
        AGENT_WORDS,
        &workspace.path("AGENTS.md"),
        "modified",
    )?;
    // Through a mapping, by no call that writes.
    let act = Act::new("map-write /proc/self/root/workspace/openclaw.json");
    let acted = workspace.sandbox.perform(&act)?;
    assert_eq!(acted.errno("mmap")?, "SUCCESS");
    assert!(workspace.text("openclaw.json")?.starts_with('!'));
    let mapped = told_of(
        detector,
        AGENT_CONFIG,
        &workspace.path("openclaw.json"),
        "modified",
    )?;
    assert_eq!(mapped.pid(), Some(acted.pid), "{mapped}");
    // By a directory that takes the place of another.
    workspace
        .sandbox
        .shell("mkdir /workspace/aside && echo x >/workspace/aside/2026.md")?;
    workspace.raises(
        "mv /workspace/aside /workspace/memory",
        AGENT_WORDS,
        "memory/2026.md",
        detector,
    )?;
    Ok(())
}

#[test]
fn what_is_no_agents_business_raises_nothing() -> Verdict {
    let ground = Ground::shared()?;
    let workspace = Workspace::open(ground)?;
    let detector = &ground.detector;
    let before = detector.alerts_of(&workspace.sandbox).len();
    workspace.sandbox.shell(
        "cd /workspace && mkdir -p src .git/refs && echo x >src/main.rs && sed -i s/x/y/ src/main.rs \
         && mv src/main.rs src/lib.rs && echo 1 >.git/HEAD && rm notes.txt && cat AGENTS.md",
    )?;
    assert_eq!(fs::read_to_string(workspace.path("src/lib.rs"))?, "y\n");
    // What comes after it has come when this has.
    workspace.raises(
        "rm /workspace/AGENTS.md",
        AGENT_WORDS,
        "AGENTS.md",
        detector,
    )?;
    let alerts = detector.alerts_of(&workspace.sandbox);
    let told = alerts.iter().skip(before);
    let others: Vec<_> = told.filter(|alert| !alert.mentions("AGENTS.md")).collect();
    assert!(others.is_empty(), "{others:#?}");
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
    assert_eq!(
        field(&alert, "object.by").as_deref(),
        Some("host"),
        "{alert}"
    );
    assert_eq!(field(&alert, "user.uid").as_deref(), Some("0"), "{alert}");
    assert!(alert.get("/process/argv").is_some(), "{alert}");
    on_host(OWNER, &format!("echo more >>{}; sleep 0.2", log.display()))?;
    on_host(0, &format!("truncate -s 0 {}", log.display()))?;
    told_of(&detector, LOG, &log, "truncated")?;
    on_host(0, &format!("rm {}", log.display()))?;
    told_of(&detector, LOG, &log, "removed")?;
    let quiet = |alert: &&Alert| field(alert, "user.uid") == Some(OWNER.to_string());
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
    let alert = told_of(&detector, LOG, &log, "truncated")?;
    assert_eq!(alert.priority(), LOG.done);
    let alerts = detector.alerts();
    let told = alerts.iter().filter(|alert| alert.rule() == LOG.name);
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
    let moved = |alert: &Alert| field(alert, "fd.name") == Some(path.clone());
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

#[test]
fn the_status_tells_what_is_marked_and_the_account_is_even() -> Verdict {
    let ground = Ground::shared()?;
    Workspace::open(ground)?;
    let status = ground.detector.status()?;
    let marks = status
        .pointer("/objects/marks")
        .and_then(serde_json::Value::as_u64);
    assert!(marks.is_some_and(|marks| marks > 5), "{status}");
    let hooks = status.get("hooks").and_then(serde_json::Value::as_array);
    let hook = hooks
        .context("no hooks")?
        .iter()
        .find(|hook| hook["name"] == "fanotify");
    assert_eq!(hook.context("no fanotify")?["attached"], true);
    let counts = ground.detector.even()?;
    assert!(counts.iter().any(|counts| counts.kind == "object_changed"));
    Ok(())
}
