//! The detector's own programs under attack by somebody who may call bpf, and acts in such numbers
//! that the sensor keeps some back: all of it is told.

use anyhow::{Context, Result, ensure};
use tests::shipped::KERNEL_CODE;
use tests::{Act, Alert, Attack, Container, Detector, Engine, HostCgroup, Image, Verdict};

const ALTERED: &str = "The detector's programs were altered";
const SILENT: &str = "Sensor silent";
const HELD_BACK: &str = "Flood of equal acts held back";

#[test]
fn programs_that_were_taken_out_are_told_and_put_back() -> Verdict {
    Ok(take_out()?)
}

fn take_out() -> Result<()> {
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let detector = Detector::start(engine)?;
    empty_slots(&detector, "leave")?;
    let alert = detector
        .wait_for_any(|alert| alert.rule() == ALTERED && what(alert).starts_with("program of "))?;
    ensure!(alert.priority() == "critical", "{alert}");
    // Put back: the next act is seen.
    Attack::new("bpf map-create", "bpf", "EPERM").raises(KERNEL_CODE, &container, &detector)?;
    detector.stop()
}

#[test]
fn a_sensor_that_cannot_be_mended_is_told_and_its_silence_too() -> Verdict {
    Ok(freeze()?)
}

fn freeze() -> Result<()> {
    let engine = Engine::shared()?;
    let detector = Detector::start(engine)?;
    empty_slots(&detector, "freeze")?;
    detector
        .wait_for_any(|alert| alert.rule() == ALTERED && what(alert).ends_with(", for good"))?;
    let silent = detector.wait_for_any(|alert| alert.rule() == SILENT)?;
    ensure!(silent.priority() == "critical", "{silent}");
    // Each program is told once, however often it is looked for.
    let alerts = detector.alerts().into_iter();
    let mut told: Vec<String> = alerts
        .filter(|alert| alert.rule() == ALTERED)
        .map(|alert| what(&alert).to_owned())
        .filter(|what| what.ends_with(", for good"))
        .collect();
    let all = told.len();
    told.sort_unstable();
    told.dedup();
    ensure!(told.len() == all, "some were told again and again");
    detector.stop()
}

#[test]
fn acts_that_are_held_back_are_told() -> Verdict {
    Ok(flood()?)
}

fn flood() -> Result<()> {
    let engine = Engine::shared()?;
    let container = Container::idle(engine, Image::Bare, &[])?;
    let detector = Detector::start(engine)?;
    let acted = container.perform(&Act::new("setns-storm 20000 1 equal"))?;
    ensure!(acted.errno("setns-storm")? == "SUCCESS");
    let alert = detector.wait_for(&container, |alert| alert.rule() == HELD_BACK)?;
    let count = alert
        .get("/output_fields/evt.arg.count")
        .and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok()))
        .with_context(|| alert.to_json())?;
    ensure!(count > 0 && count < 20_000, "{alert}");
    detector.stop()
}

/// Somebody on the host empties the detector's tables of programs.
fn empty_slots(detector: &Detector, way: &str) -> Result<()> {
    let somebody = HostCgroup::make()?;
    somebody.perform(&format!("empty-slots {} {way}", detector.pid()?))
}

fn what(alert: &Alert) -> &str {
    let what = alert.get("/output_fields/evt.arg.what");
    what.and_then(|what| what.as_str()).unwrap_or_default()
}
