//! Watching live: `events` and `top` on a detector at work, and clients that mean no good.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tests::shipped::MOUNT;
use tests::{Act, Attack, Container, Detector, Engine, Ground, Image, Terminal, Verdict};
use tests::{asking, detector_binary, one_event};

/// How long something may take.
const PATIENCE: Duration = Duration::from_secs(30);

const MOUNT_ACT: &str = "mount none /mnt tmpfs";

fn attack() -> Attack {
    Attack::new(MOUNT_ACT, "mount", "EPERM")
}

#[test]
fn events_show_what_a_container_does() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--name", "shown"])?;
    let act = Act::new(MOUNT_ACT);
    let json = [
        "--container",
        "shown",
        "--type",
        "mount",
        "--output",
        "json",
    ];
    let json = one_event(&ground.detector, &container, &act, &json)?;
    let event: Value = serde_json::from_str(&json)?;
    let expected = [
        ("/type", "mount"),
        ("/kind", "mount"),
        ("/lane", "alarm"),
        ("/outcome", "refused"),
        ("/container/name", "shown"),
        ("/container/id", container.id()),
        ("/process/exe", "/bin/acts"),
        ("/fields/evt.res", "EPERM"),
        ("/fields/mount.target", "/mnt"),
        ("/fields/mount.fstype", "tmpfs"),
        ("/args/type", "tmpfs"),
    ];
    for (pointer, value) in expected {
        assert_eq!(
            event.pointer(pointer),
            Some(&value.into()),
            "{pointer}: {json}"
        );
    }

    let id = container.id().get(..8).context("a short id")?;
    let text = one_event(
        &ground.detector,
        &container,
        &act,
        &["--container", id, "--type", "mount"],
    )?;
    assert!(
        text.contains(" shown ") && text.contains(" /bin/acts ") && text.contains(" EPERM "),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");

    // What no rule asks for, with a name that would steer a terminal.
    let act = Act::new("open /tmp/\u{1b}[2J create creat");
    let text = one_event(&ground.detector, &container, &act, &["--type", "creat"])?;
    assert!(text.ends_with(" done     /tmp/\\u{1b}[2J\n"), "{text:?}");
    Ok(())
}

#[test]
fn events_end_with_whoever_reads_them_and_with_the_detector() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let detector = Detector::start_on(&engine.socket(), &directory.path().join("state"))?;

    let mut read = asking(&detector, &["events"])?;
    let mut watching = read.stdout(Stdio::piped()).spawn()?;
    drop(watching.stdout.take());
    assert!(watching.wait()?.success(), "a closed pipe is no failure");

    let interrupted = asking(&detector, &["events"])?
        .stdout(Stdio::null())
        .spawn()?;
    await_watching(&detector)?;
    let pid = rustix::process::Pid::from_child(&interrupted);
    rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    assert!(interrupted.wait_with_output()?.status.success());

    let mut left = asking(&detector, &["events"])?;
    let left = left.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    await_watching(&detector)?;
    detector.stop()?;
    let output = left.wait_with_output()?;
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("the detector has ended"), "{message}");
    Ok(())
}

/// Gives a client time to begin to watch.
fn await_watching(detector: &Detector) -> Result<()> {
    detector.status()?;
    std::thread::sleep(Duration::from_millis(500));
    Ok(())
}

#[test]
fn unknown_types_are_usage_errors_with_a_suggestion() -> Verdict {
    let mut command = Command::new(detector_binary()?);
    let output = command.args(["events", "--type", "opneat"]).output()?;
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.contains("opneat") && message.contains("'openat'"),
        "{message}"
    );
    Ok(())
}

#[test]
fn clients_that_mean_no_good_leave_the_detector_unharmed() -> Verdict {
    let ground = Ground::shared()?;
    let socket = ground.detector.state().join("control.sock");
    let container = ground.container(&["--name", "noisy"])?;

    // Asks for everything and reads nothing.
    let mut deaf = UnixStream::connect(&socket)?;
    deaf.write_all(b"{\"v\":1,\"command\":\"events\"}\n")?;
    // Says what makes no sense, before and within a stream.
    let mut mad = UnixStream::connect(&socket)?;
    mad.set_read_timeout(Some(PATIENCE))?;
    mad.write_all(b"\xff\xfe{{{\n{\"v\":1,\"command\":\"events\",\"args\":{\"moon\":1}}\n")?;
    mad.write_all(b"{\"v\":1,\"command\":\"events\",\"args\":{\"type\":[\"mount\"]}}\n")?;
    let mut answers = BufReader::new(mad.try_clone()?).lines();
    for expected in ["bad_request", "moon", "\"ok\""] {
        let answer = answers.next().context("no answer")??;
        assert!(answer.contains(expected), "{answer}");
    }
    mad.write_all(b"stop that\n")?;
    let last = answers.map_while(Result::ok).last();
    assert!(last.is_some_and(|line| line.contains("no further requests")));

    // Far more than the deaf one's queue and socket hold.
    for _ in 0..20 {
        container.shell("for i in $(seq 200); do cat /etc/passwd > /dev/null; done")?;
    }
    let before = ground.detector.alerts_of(&container).len();
    attack().raises(MOUNT, &container, &ground.detector)?;
    assert_eq!(ground.detector.alerts_of(&container).len(), before + 1);
    assert_eq!(
        ground.detector.status()?.pointer("/ready"),
        Some(&true.into())
    );
    drop(deaf);
    Ok(())
}

#[test]
fn top_shows_a_container_its_alert_and_the_lineage() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--name", "on-the-screen"])?;
    let mut command = asking(&ground.detector, &["top", "--interval", "0.1"])?;
    command.env("NO_COLOR", "1").env("TERM", "xterm-256color");
    let mut terminal = Terminal::run(&command, 24, 80)?;
    terminal.shows(&["escape-detector", " ready ", "on-the-screen"])?;

    attack().raises(MOUNT, &container, &ground.detector)?;
    let short = container.id().get(..6).context("a short id")?;
    terminal.shows(&[
        short,
        "WARNING  refused Mount by a workload",
        "WARNING Mount by a workload (refused)",
        "/bin/acts: ",
        // Who entered the container.
        "\u{2502}< ",
    ])?;
    assert!(!terminal.is_coloured(), "NO_COLOR");

    terminal.press("\r")?;
    terminal.shows(&["lineage, who acted first:", "runc"])?;
    terminal.press("\u{1b}")?;
    terminal.shows_no("lineage, who acted first:")?;
    terminal.press("?")?;
    terminal.shows(&["Times are UTC."])?;
    terminal.press("?p")?;
    terminal.shows(&["PAUSED"])?;
    terminal.press("p\t\t\t")?;
    terminal.shows_no("PAUSED")?;
    terminal.press("\u{1b}[Z\u{1b}[Z\u{1b}[Zq")?;
    terminal.ends(0)?;
    Ok(())
}

#[test]
fn top_follows_the_size_of_its_terminal_and_ends_by_signal() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&["--name", "resized"])?;
    let mut command = asking(&ground.detector, &["top", "--interval", "0.1"])?;
    command.env_remove("NO_COLOR").env("TERM", "xterm-256color");
    let terminal = Terminal::run(&command, 24, 80)?;
    let long = container.id().get(..12).context("a long id")?;
    terminal.shows(&["resized"])?;
    assert!(!terminal.text().contains(long));
    terminal.resize(40, 160)?;
    terminal.shows(&[long])?;
    terminal.resize(5, 20)?;
    terminal.shows_no(long)?;
    terminal.terminate()?;
    terminal.ends(0)?;
    Ok(())
}

#[test]
fn top_says_that_the_detector_is_gone_and_finds_the_next() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let state = directory.path().join("state");
    let detector = Detector::start_on(&engine.socket(), &state)?;
    let mut command = asking(&detector, &["top", "--interval", "0.1"])?;
    command.env("TERM", "xterm-256color");
    let mut terminal = Terminal::run(&command, 24, 80)?;
    terminal.shows(&[" ready "])?;
    detector.stop()?;
    terminal.shows(&["NOT CONNECTED", "no detector runs at"])?;
    let again = Detector::start_on(&engine.socket(), &state)?;
    let container = Container::idle(engine, Image::Bare, &["--name", "of-the-next"])?;
    attack().raises(MOUNT, &container, &again)?;
    terminal.shows(&[" ready ", "of-the-next", "Mount by a workload"])?;
    terminal.press("\u{3}")?;
    terminal.ends(0)?;
    again.stop()?;
    Ok(())
}

#[test]
fn top_without_terminal_or_detector_is_an_error() -> Verdict {
    let ground = Ground::shared()?;
    let output = asking(&ground.detector, &["top"])?.output()?;
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("needs a terminal"), "{message}");
    assert!(output.stdout.is_empty());

    let directory = tempfile::tempdir()?;
    let mut command = Command::new(detector_binary()?);
    command.args(["top", "--state-dir"]).arg(directory.path());
    let terminal = Terminal::run(&command, 24, 80)?;
    terminal.shows(&["no detector runs at"])?;
    terminal.ends(1)?;
    Ok(())
}
