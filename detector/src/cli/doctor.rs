//! `escape-detector doctor`: what this host allows the detector to do.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;
use clap::Args;
use detector_common::tier::Tier;

use crate::config::DEFAULT_FILE;
use crate::doctor::bundle::{Bundle, Entry, Sources};
use crate::doctor::{self, Overall, Report, Request};
use crate::host::engine::Sockets;
use crate::sinks::to_line;

use super::terminal::coloured;
use super::{Output, Place, terminal};

pub(super) const ABOUT: &str = "Try what this host allows the detector to do, and say what is off and what that costs.

Loads and attaches the kernel programs beside those of a running detector, which notices nothing; \
performs one harmless act for each hook and looks whether the hook sees it; asks the engines; looks \
at permissions, kernel, clock, disk and limits; takes everything out again. Nothing is guessed: what \
could not be tried is called skipped.";

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector doctor
  sudo escape-detector doctor --output json | jq '.checks[] | select(.verdict != \"ok\")'
  sudo escape-detector doctor --state-dir /srv/detector --engine /run/user/1000/docker.sock
  sudo escape-detector doctor --bundle doctor.tar.gz

Each check is one of:
  ok        as it should be
  less      the detector runs and sees or tells less: `costs` says what, `mend` what to do
  failed    the detector does not run: `mend` says what to do
  skipped   there is no telling

Exit code 0 means that the detector can run here, perhaps with less coverage; 1 that it cannot.";

/// What `doctor` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DoctorOptions {
    #[command(flatten)]
    place: Place,
    /// Socket of a container engine that would be asked; repeatable [default: DOCKER_HOST, else
    /// where Docker and Podman usually listen]
    #[arg(long, value_name = "SOCKET", value_parser = engine)]
    engine: Vec<String>,
    /// Which of the sensor's two objects to try [default: the one that the kernel takes]
    #[arg(long = "sensor-object", value_name = "OBJECT", value_parser = object)]
    object: Option<Tier>,
    /// How the answer looks
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Also pack the findings, with kernel, system, status and settings, into a new .tar.gz for
    /// somebody else to read: secrets masked, names of hosts and containers replaced
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

/// An engine's socket as the user may write it: `/PATH` or `unix:///PATH`.
fn engine(text: &str) -> Result<String, String> {
    match Sockets::choose(&[text], None) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// An object of the sensor by its name.
fn object(text: &str) -> Result<Tier, String> {
    let names = Tier::ALL.map(Tier::name).join(", ");
    let mut tiers = Tier::ALL.into_iter();
    tiers
        .find(|tier| tier.name() == text)
        .ok_or_else(|| format!("it is none of {names}"))
}

/// Prints the findings; an error where the detector cannot run.
pub(super) fn doctor(options: DoctorOptions) -> anyhow::Result<()> {
    // A name that cannot be had is said before the work.
    let bundle = options.bundle.as_deref().map(Bundle::create).transpose()?;
    let variable = std::env::var("DOCKER_HOST").ok();
    let report = doctor::examine(Request {
        state: options.place.state().to_owned(),
        engines: Sockets::choose(&options.engine, variable.as_deref()),
        stand_in: stand_in(),
        object: options.object,
    });
    let text = match options.output {
        Output::Json => to_line(&report)? + "\n",
        Output::Text => doctor::render(&report, coloured(&io::stdout())),
    };
    terminal::answer(&text)?;
    if let (Some(bundle), Some(path)) = (bundle, &options.bundle) {
        let entries = bundle.fill(&report, &sources(&options.place))?;
        terminal::tell(&held(path, &entries));
    }
    conclude(&report)
}

/// Where a bundle looks besides the findings.
fn sources(place: &Place) -> Sources {
    let own = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let written = fs::read_to_string("/etc/hostname").ok();
    Sources {
        root: "/".into(),
        host_names: [Some(own), written].into_iter().flatten().collect(),
        socket: place.socket().ok(),
        config: DEFAULT_FILE.into(),
    }
}

/// What a bundle holds, for the one who passes it on.
fn held(path: &Path, entries: &[Entry]) -> String {
    let mut text = format!("{} holds:\n", path.display());
    for Entry {
        name,
        about,
        text: held,
    } in entries
    {
        let line = match held {
            Ok(held) => format!("  {name:<17} {about}, {} bytes\n", held.len()),
            Err(reason) => format!("  {name:<17} not here: {reason}\n"),
        };
        text.push_str(&line);
    }
    text + "Secrets that were recognised are masked, names of hosts and containers replaced. \
            Look through it before you pass it on."
}

/// What a person has to do first, in one line.
fn conclude(report: &Report) -> anyhow::Result<()> {
    if report.verdict == Overall::Failed {
        let failures = report.failures().count();
        let first = report.failures().next();
        let mend = first.and_then(|check| check.verdict.mend());
        let name = first.map_or("", |check| check.name.as_str());
        bail!(
            "the detector cannot run here, {failures} checks have failed; first, for {name:?}: {}",
            mend.unwrap_or("see above")
        );
    }
    Ok(())
}

/// This program as [`wait`] runs it: a process for the doctor to look at.
fn stand_in() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg(super::STAND_IN);
    command
}

/// Does nothing until standard input ends.
pub(super) fn wait() -> anyhow::Result<()> {
    let mut ignored = [0; 64];
    while io::stdin().lock().read(&mut ignored)? > 0 {}
    Ok(())
}
