//! What is selected is watched, and nothing else is.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::shipped::NAMESPACE;
use tests::{
    Act, Alert, Attack, Container, Counts, Detector, Engine, HostCgroup, HostShell, Image, Verdict,
};

/// A rule that asks for no container.
const UNSHARED: &str = "\
- rule: Unshared
  desc: Somebody has left a namespace
  condition: evt.type = unshare
  output: left a namespace (container=%container.id)
  priority: WARNING
";

/// A file with that rule; it lasts as long as the directory.
fn rules(directory: &tempfile::TempDir) -> Result<PathBuf> {
    let file = directory.path().join("unshared.yaml");
    std::fs::write(&file, UNSHARED)?;
    Ok(file)
}

fn text(path: &std::path::Path) -> Result<&str> {
    path.to_str().context("no text")
}

/// Ids of the containers that a detector says it watches.
fn watched(detector: &Detector) -> Result<Vec<String>> {
    let status = detector.status()?;
    let containers = status.get("containers").and_then(Value::as_array);
    let containers = containers.context("the status tells of no containers")?;
    let ids = containers.iter().filter_map(|one| one.get("id")?.as_str());
    Ok(ids.map(ToOwned::to_owned).collect())
}

/// Waits until exactly these containers are watched.
fn await_watched(detector: &Detector, containers: &[&Container<'_>]) -> Result<()> {
    let mut wanted: Vec<_> = containers.iter().map(|one| one.id().to_owned()).collect();
    wanted.sort();
    let mut last = Vec::new();
    for _ in 0..100 {
        last = watched(detector)?;
        last.sort();
        if last == wanted {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("watched: {last:?}, wanted: {wanted:?}")
}

fn opens(detector: &Detector) -> Result<u64> {
    let counts = detector.counts()?;
    let opens = counts.iter().find(|counts| counts.kind == "open");
    Ok(opens.map_or(0, |counts: &Counts| counts.made))
}

#[test]
fn containers_by_all_that_an_engine_says_of_them() -> Verdict {
    let engine = Engine::start()?;
    let image = Container::idle(&engine, Image::Bare, &[])?.inspect("{{.Config.Image}}")?;
    engine.ask(["tag", &image, "registry:5000/agents/claw:2"])?;
    let options = ["--name", "chosen-one", "--label", "team=blue"];
    let idle = ["sleep", "3600"];
    let chosen = Container::of_image(&engine, "registry:5000/agents/claw:2", &options, &idle)?;
    let other = Container::idle(&engine, Image::Bare, &["--label", "team=red"])?;
    let short = format!("container={}", chosen.id().get(..12).unwrap_or_default());
    for selector in [
        "container=chosen-one",
        &short,
        "label=team=blue",
        "image=*/agents/claw",
        "image=registry:5000/agents/claw:?",
    ] {
        selects(&engine, selector, &chosen, &other).with_context(|| selector.to_owned())?;
    }
    Ok(())
}

fn selects(
    engine: &Engine,
    selector: &str,
    chosen: &Container<'_>,
    other: &Container<'_>,
) -> Result<()> {
    let detector = Detector::start_with(engine, &["--watch", selector, "--level", "all"])?;
    await_watched(&detector, &[chosen])?;
    let before = opens(&detector)?;
    let ignored = Act::new("open-storm 1000 /etc/passwd unshare mnt");
    ensure!(other.perform(&ignored)?.errno("unshare")? == "EPERM");
    let attack = Attack::new("unshare mnt", "unshare", "EPERM");
    attack.raises(NAMESPACE, chosen, &detector)?;
    // What the other one did lies before, and its file opens were never counted.
    let alerts = detector.alerts_of(other);
    ensure!(alerts.is_empty(), "alerts of the other one: {alerts:#?}");
    let made = opens(&detector)? - before;
    ensure!(
        made < 1000,
        "{made} opens, and only the other one has opened so many"
    );
    detector.stop()
}

#[test]
fn containers_that_start_later_are_told_apart_by_their_engines_answer() -> Verdict {
    let engine = Engine::shared()?;
    let detector = Detector::start_with(engine, &["--watch", "label=watched-later=yes"])?;
    let command = ["acts", "unshare", "mnt"];
    let label = ["--label", "watched-later=yes"];
    let mut chosen = Vec::new();
    let mut others = Vec::new();
    for _ in 0..3 {
        // Their first act comes as early as an act can.
        others.push(Container::run(engine, Image::Bare, &[], &command)?);
        chosen.push(Container::run(engine, Image::Bare, &label, &command)?);
    }
    for container in &chosen {
        detector.wait_for(container, |alert| alert.rule() == NAMESPACE.name)?;
    }
    std::thread::sleep(Duration::from_secs(3));
    for container in &others {
        let alerts = detector.alerts_of(container);
        assert!(alerts.is_empty(), "{alerts:#?}");
    }
    detector.stop()?;
    Ok(())
}

#[test]
fn container_that_nobody_names_stays_watched_and_that_is_said() -> Verdict {
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let directory = tempfile::tempdir()?;
    let nowhere = directory.path().join("docker.sock");
    let options = ["--watch", "label=a=b", "--level", "rules"];
    let detector = Detector::start_apart(&nowhere, &options)?;
    let attack = Attack::new("unshare mnt", "unshare", "EPERM");
    attack.raises(NAMESPACE, &container, &detector)?;
    let status = detector.status()?;
    let containers = status.get("containers").and_then(Value::as_array);
    let own = containers.and_then(|all| {
        all.iter()
            .find(|one| one.get("id").and_then(Value::as_str) == Some(container.id()))
    });
    let undecided = own.and_then(|own| own.get("undecided"));
    assert_eq!(undecided, Some(&Value::Bool(true)), "{status:#}");
    let said = detector.errors();
    assert_eq!(said.matches("nobody can say").count(), 1, "{said}");
    detector.stop()?;
    Ok(())
}

#[test]
fn cgroup_of_the_host_and_all_below_it() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let (chosen, other) = (HostCgroup::make()?, HostCgroup::make()?);
    let selector = format!("cgroup={}", chosen.path());
    let rules = rules(&directory)?;
    let options = ["--watch", &selector, "--rules", text(&rules)?];
    let detector = Detector::start_with(engine, &options)?;
    let status = detector.status()?;
    let services = status.pointer("/services").context("no services")?;
    let expected = serde_json::json!([{"cgroup": chosen.path(), "level": "rules"}]);
    assert_eq!(services, &expected);

    let container = Container::idle(engine, Image::Bare, &[])?;
    Attack::new("unshare mnt", "unshare", "EPERM").performed(&container)?;
    other.perform("unshare uts")?;
    chosen.perform("unshare uts")?;
    let alert = detector.wait_for_any(|_| true)?;
    assert!(alert.mentions("container=host"), "{alert}");
    assert_eq!(alert.get("/container"), Some(&Value::Null), "{alert}");

    // A container below is its own.
    let parent = format!("--cgroup-parent={}", chosen.path());
    let below = Container::idle(engine, Image::Bare, &[&parent])?;
    await_watched(&detector, &[&below])?;
    Attack::new("unshare mnt", "unshare", "EPERM").performed(&below)?;
    detector.wait_for(&below, |alert| alert.rule() == "Unshared")?;
    drop(below);
    assert_eq!(detector.alerts().len(), 2, "{:#?}", detector.alerts());
    detector.stop()?;
    Ok(())
}

#[test]
fn unit_by_its_name() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let chosen = HostCgroup::make()?;
    let unit = format!("unit={}", chosen.path().trim_matches('/'));
    let rules = rules(&directory)?;
    let options = ["--watch", &unit, "--rules", text(&rules)?];
    let detector = Detector::start_with(engine, &options)?;
    chosen.perform("unshare uts")?;
    detector.wait_for_any(|alert| alert.rule() == "Unshared")?;
    let said = detector.errors();
    assert!(!said.contains("nothing matches"), "{said}");
    detector.stop()?;
    Ok(())
}

#[test]
fn what_is_not_there_is_said() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let later = HostCgroup::make()?;
    let path = later.path().to_owned();
    drop(later);
    let cgroup = format!("cgroup={path}");
    let rules = rules(&directory)?;
    let rules = ["--rules", text(&rules)?];
    let watch = [
        "--watch",
        &cgroup,
        "--watch",
        "unit=nope",
        "--watch",
        "container=nope",
    ];
    let detector = Detector::start_with(engine, &[watch.as_slice(), &rules].concat())?;
    let said = detector.errors();
    for absent in [&cgroup, "unit=nope.service"] {
        let warning = format!("nothing matches {absent} yet");
        assert_eq!(said.matches(&warning).count(), 1, "{said}");
    }
    assert_eq!(said.matches("nothing matches").count(), 2, "{said}");
    detector.stop()?;
    Ok(())
}

/// The parent of the process that an alert tells of.
fn parent(alert: &Alert) -> Option<u64> {
    alert.get("/lineage/0/pid")?.as_u64()
}

#[test]
fn process_and_what_it_starts_wherever_that_goes() -> Verdict {
    let engine = Engine::shared()?;
    let directory = tempfile::tempdir()?;
    let mut chosen = HostShell::start()?;
    let mut other = HostShell::start()?;
    let inner = u64::from(chosen.inner()?);
    let selector = format!("pid={}", chosen.pid());
    let rules = rules(&directory)?;
    let options = ["--watch", &selector, "--rules", text(&rules)?];
    let detector = Detector::start_with(engine, &options)?;
    let told = |count| await_alerts(&detector, count);
    other.tell("$ACTS unshare uts")?;
    chosen.tell("$ACTS unshare uts")?;
    told(1)?;

    // It is watched for itself: in another cgroup, and when who was named has ended.
    let elsewhere = HostCgroup::make()?;
    chosen.tell(&format!("echo $$ >{}", elsewhere.processes().display()))?;
    chosen.tell("$ACTS unshare uts")?;
    told(2)?;
    chosen.end_outer()?;
    chosen.tell("$ACTS unshare uts")?;
    told(3)?;
    other.tell("$ACTS unshare uts")?;
    std::thread::sleep(Duration::from_secs(1));
    let alerts = detector.alerts();
    assert_eq!(alerts.len(), 3, "{alerts:#?}");
    for alert in &alerts {
        assert_eq!(parent(alert), Some(inner), "{alert}");
        assert!(alert.mentions("container=host"), "{alert}");
    }
    drop(chosen);
    detector.stop()?;
    Ok(())
}

fn await_alerts(detector: &Detector, count: usize) -> Result<()> {
    for _ in 0..100 {
        if detector.alerts().len() >= count {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    anyhow::bail!("not {count} alerts: {}", detector.account())
}
