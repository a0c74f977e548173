//! Requests to io_urings with names that mean no good: told by what they stood for, harmless where they
//! are shown, and none is lost.

use anyhow::Context;
use tests::{Act, Alert, Telling, Verdict, one_event};

const KINDS: [&str; 4] = ["line", "escape", "bytes", "bidi"];
const WAYS: [&str; 2] = ["plain", "sqpoll"];

/// Whether nothing in a text moves the cursor, begins a line or turns the direction of writing.
fn is_harmless(text: &str) -> bool {
    let turns = |char| matches!(char, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|char| char.is_control() || turns(char))
}

/// Told as an open by a request, of the file behind the name.
fn is_open_of_the_file(alert: &Alert) -> bool {
    alert.field("evt.via").as_deref() == Some("io_uring")
        && alert.field("fd.name").as_deref() == Some("/tmp/file")
        && alert.field("file.truth").as_deref() == Some("kernel")
}

#[test]
fn hostile_names_are_told_by_the_file_behind_them() -> Verdict {
    let telling = Telling::shared()?;
    for way in WAYS {
        let container = telling.container(&[])?;
        container.shell("echo x > /tmp/file")?;
        let inode = container.shell("stat -c %i /tmp/file")?;
        for kind in KINDS.into_iter().chain(["long"]) {
            let words = format!("uring-name {kind} {way}");
            let acted = container.perform(&Act::new(&words))?;
            assert_eq!(acted.errno("openat")?, "SUCCESS", "{acted:?}");
            let alert = telling.told(&container, |alert| {
                alert.pid() == Some(acted.pid) && is_open_of_the_file(alert)
            })?;
            assert_eq!(alert.field("fd.ino"), Some(inode.clone()), "{alert}");
            let output = alert.get("/output").and_then(|output| output.as_str());
            assert!(output.is_some_and(is_harmless), "{output:?}");
        }
    }
    Ok(())
}

#[test]
fn hostile_names_of_nothing_are_shown_harmlessly() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    for (kind, name) in KINDS.into_iter().zip([
        r"/tmp/a\n2026-01-01 00:00:00.000Z CRITICAL Forged",
        r"/tmp/\u{1b}[2J\u{1b}]0;owned\u{7}",
        "/tmp/\u{fffd}",
        r"/tmp/\u{202e}txt.\u{2066}exe",
    ]) {
        let act = Act::new(&format!("uring-name {kind} openat2"));
        let text = one_event(&telling.detector, &container, &act, &["--type", "openat2"])?;
        let line = text.strip_suffix('\n').unwrap_or_default();
        assert!(is_harmless(line) && line.contains(name), "{text:?}");
    }
    Ok(())
}

#[test]
fn names_that_the_kernel_cannot_take_are_attempts() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    for way in WAYS {
        for (kind, errno) in [
            ("null", "EFAULT"),
            ("unmapped", "EFAULT"),
            ("unended", "EFAULT"),
            ("endless", "ENAMETOOLONG"),
        ] {
            let words = format!("uring-no-name {kind} {way}");
            let acted = container.perform(&Act::new(&words))?;
            assert_eq!(acted.errno("openat")?, errno, "{acted:?}");
            telling.told(&container, |alert| {
                alert.pid() == Some(acted.pid)
                    && alert.field("evt.via").as_deref() == Some("io_uring")
                    && alert.outcome() == "refused"
                    && alert.mentions(&format!("({errno})"))
            })?;
        }
    }
    // A name that never was is not one that was forgotten.
    telling.detector.even()?;
    let status = telling.detector.status()?;
    let dropped = status.get("dropped").context("nothing of losses")?;
    let forgotten = dropped.pointer("/volume/request_forgotten");
    assert!(forgotten.is_none_or(|count| *count == 0), "{dropped}");
    Ok(())
}

#[test]
fn name_overwritten_while_the_polling_thread_reads_it() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo x > /tmp/secret; echo x > /tmp/benign")?;
    let words = "uring-flip /tmp/secret /tmp/benign 60 then open /etc/passwd read";
    let last = [("fd.name", "/etc/passwd"), ("file.truth", "kernel")];
    let (acted, _) = telling.tells(&container, words, &last)?;
    let alerts = telling.detector.alerts_of(&container);
    for (act, name) in [("first", "/tmp/secret"), ("second", "/tmp/benign")] {
        let told = alerts.iter().filter(|alert| {
            alert.pid() == Some(acted.pid)
                && alert.field("evt.via").as_deref() == Some("io_uring")
                && alert.field("file.truth").as_deref() == Some("kernel")
                && alert.field("fd.name").as_deref() == Some(name)
        });
        let (told, happened) = (told.count(), acted.result(act)?);
        assert!(happened > 0, "{act} never happened: {acted:?}");
        assert_eq!(i64::try_from(told)?, happened, "{act}: {acted:?}");
    }
    Ok(())
}
