//! Watched objects: agents' files in a workspace that a sandbox was given, changed from inside it.
//! Each act is first seen to have had its effect.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tests::shipped::{AGENT_CONFIG, AGENT_FILE, AGENT_WORDS};
use tests::{Act, Alert, Container, Detector, Engine, Ground, Image, Rule, Verdict};

/// A workspace of the host that a sandbox of an agent was given.
struct Workspace {
    directory: tempfile::TempDir,
    sandbox: Container<'static>,
}

impl Workspace {
    /// A workspace that the shared detector watches.
    fn open(ground: &Ground) -> Result<Self> {
        Self::watched_by(&ground.detector, ground.engine)
    }

    /// Fills a workspace, gives it to a sandbox, and waits until its objects are marked.
    fn watched_by(detector: &Detector, engine: &'static Engine) -> Result<Self> {
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
        let options = [
            &volume,
            "--label=openclaw.sandbox=1",
            "--label=openclaw.sessionKey=agent:main:workspace:0123456789abcdef0123456789abcdef",
        ];
        let sandbox = Container::idle(engine, Image::Bare, &options)?;
        let workspace = Self { directory, sandbox };
        workspace.await_marks(detector)?;
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
            alert.rule() == rule.name && alert.field("fd.name") == Some(path.clone())
        };
        let alert = detector
            .wait_for(&self.sandbox, told)
            .with_context(|| format!("{script} of {path}"))?;
        ensure!(alert.priority() == rule.done, "{alert}");
        ensure!(alert.outcome() == "done", "{alert}");
        Ok(alert)
    }
}

/// An alert of a rule about a path, whoever caused it.
fn told_of(detector: &Detector, rule: Rule, path: &Path, change: &str) -> Result<Alert> {
    detector
        .wait_for_any(|alert| alert.rule() == rule.name && alert.tells_of(path, change))
        .with_context(|| format!("{} {change}", path.display()))
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
    assert_eq!(alert.field("agent.id").as_deref(), Some("main"));
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

#[test]
fn changes_for_which_the_kernel_had_no_room_are_a_gap_and_are_looked_for() -> Verdict {
    let engine = Engine::shared()?;
    let detector = Detector::start_with(engine, &[])?;
    let workspace = Workspace::watched_by(&detector, engine)?;
    let room = fs::read_to_string("/proc/sys/fs/fanotify/max_queued_events")?;
    let room: usize = room.trim().parse()?;
    detector.suspend()?;
    // What was queued before the end of the room is told as ever; this is beyond.
    let filled = (0..room + 1000)
        .try_for_each(|number| fs::write(workspace.path(&format!("{number}.txt")), ""))
        .and_then(|()| fs::write(workspace.path("AGENTS.md"), "be cruel\n"));
    detector.resume()?;
    filled?;
    detector.wait_for_any(|alert| {
        alert.rule() == "Events lost"
            && alert.field("gap.lane").as_deref() == Some("objects")
            && alert.field("gap.cause").as_deref() == Some("queue_full")
    })?;
    let words = workspace.path("AGENTS.md");
    let told = told_of(&detector, AGENT_FILE, &words, "modified")?;
    assert_eq!(told.field("object.by").as_deref(), Some("unknown"));
    detector.stop()?;
    Ok(())
}
