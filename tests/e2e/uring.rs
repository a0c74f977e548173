//! io_uring in place of system calls: no call is there to be seen, and each act is told all the same,
//! by what the kernel opened and not by what the caller said.

use anyhow::{Context, Result, ensure};
use tests::shipped::{CREDENTIALS, ENGINE, KERNEL_INTERFACE, METADATA};
use tests::{Act, Acted, Alert, Attack, Container, Detector, Engine, Ground, Image, RENAMED};
use tests::{Verdict, allow};

const CORE_PATTERN: &str = "/proc/sys/kernel/core_pattern";

/// What an act told of one of its calls.
fn result(acted: &Acted, call: &str) -> Result<i64> {
    let told = acted.calls.iter().find(|told| told.name == call);
    told.map(|told| told.result)
        .with_context(|| format!("no {call} among {:?}", acted.calls))
}

/// The alert about a process that opened this file by a request.
fn told_of<'a>(alerts: &'a [Alert], acted: &Acted, object: &str) -> Option<&'a Alert> {
    alerts
        .iter()
        .find(|alert| alert.pid() == Some(acted.pid) && alert.mentions(object))
}

#[test]
fn credentials_read_by_every_kind_of_request() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?.with_renamed()?;
    container.exec(&["ln", "-s", "/etc/shadow", "/tmp/link"])?;
    for way in ["plain", "openat2", "async", "sqpoll", "silent"] {
        for path in ["/etc/shadow", "/tmp/link", "/proc/self/root/etc/shadow"] {
            let words = format!("uring-open {path} read {way}");
            let call = if way == "openat2" { way } else { "openat" };
            let attack = Attack::new(&words, call, "SUCCESS").on("/etc/shadow");
            attack.raises(CREDENTIALS, &container, &ground.detector)?;
            let attack = attack.by(RENAMED);
            attack.raises(CREDENTIALS, &container, &ground.detector)?;
        }
    }
    Ok(())
}
