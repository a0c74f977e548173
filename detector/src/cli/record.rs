//! `escape-detector record`: what the sensor sees, into a file.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use detector_common::tier::Tier;

use crate::capture::Losses;
use crate::control::Stop;
use crate::host::engine::Sockets;
use crate::host::selection::Selection;

use super::options::Watching;
use super::{Detector, Typed, privilege, terminal};

const EXAMPLES: &str = "\
Examples:
  sudo escape-detector record incident.capture
  sudo escape-detector record --watch container=claw-1 --for 60 claw.capture
  escape-detector replay incident.capture --rules my.yaml
  sudo escape-detector record --output json --for 10 events.jsonl

It says `recording` once it sees; what was done before that is not in the file. A capture holds what
the kernel told, unmasked: arguments, paths and the environment of first programs may contain
secrets. The file is its owner's alone (mode 0600), so root's with sudo: `chown` it to replay it
without. Treat it like a core dump. Ctrl-C ends a capture whole. It can run beside a detector, and
needs no state directory. Nothing that it does itself is in the file; a detector beside it is a
process of the host like any other, and what it asks of bpf once a second is.";

/// What `record` was told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RecordOptions {
    /// The file to make; it must not exist
    file: PathBuf,
    #[command(flatten)]
    watch: Typed<Watching>,
    /// What to write: a capture, or with json one line for each event, masked
    #[arg(long, value_enum, default_value_t = RecordForm::Capture)]
    output: RecordForm,
    /// End after so long
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
}

/// What a recording is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecordForm {
    /// For `replay`: everything, unmasked
    Capture,
    /// One JSON object a line for each event, secrets masked
    #[value(name = "json")]
    Lines,
}

/// What is to be recorded, and where to.
#[derive(Debug)]
pub struct RecordPlan {
    /// What is watched, and how closely.
    pub selection: Selection,
    /// Whom to ask for the names of containers.
    pub engines: Sockets,
    /// Which of the sensor's objects; the one that the kernel takes, if nothing is said.
    pub object: Option<Tier>,
    /// How long; until the end is asked for, if nothing is said.
    pub duration: Option<Duration>,
    /// Where to.
    pub file: File,
    /// As what.
    pub form: RecordForm,
    /// When to end.
    pub stop: Stop,
}

/// What was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Records of the kernel.
    pub records: u64,
    /// What the sensor could not tell.
    pub losses: Losses,
}

pub(super) fn record<D: Detector>(options: &RecordOptions) -> anyhow::Result<()> {
    privilege::check()?;
    let settings = options.watch.clone().settings()?;
    let stop = Stop::on_signals().context("cannot listen for signals")?;
    let file = create(&options.file)?;
    let plan = RecordPlan {
        selection: settings.selection(),
        engines: settings.engines.value,
        object: settings.object.value,
        duration: options
            .seconds
            .map(|seconds| Duration::from_secs(seconds.into())),
        file,
        form: options.output,
        stop,
    };
    let begun = || {
        let until = options.seconds.map_or_else(
            || "until Ctrl-C".to_owned(),
            |seconds| format!("for {seconds} s"),
        );
        terminal::complain(&format!(
            "recording into {} {until}{}",
            options.file.display(),
            match options.output {
                RecordForm::Capture => "; what is recorded is not masked",
                RecordForm::Lines => "",
            }
        ));
    };
    let recorded = match D::record(plan, &begun) {
        Ok(recorded) => recorded,
        Err(error) => {
            discard_empty(&options.file);
            return Err(error);
        }
    };
    terminal::complain(&summary(&recorded));
    Ok(())
}

/// Makes the file of a capture: for its owner alone, and in nobody's place.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} exists: a capture overwrites nothing", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
}

/// What could not begin leaves no file behind.
fn discard_empty(path: &Path) {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        let _ = fs::remove_file(path);
    }
}

fn summary(recorded: &Recorded) -> String {
    let lost: u64 = recorded
        .losses
        .dropped
        .values()
        .flat_map(|causes| causes.values())
        .sum();
    let mut text = format!("{} records", recorded.records);
    if lost != 0 {
        text += &format!(", {lost} more were lost: {}", causes(&recorded.losses));
    }
    if recorded.losses.suppressed != 0 {
        text += &format!(", {} equal ones left out", recorded.losses.suppressed);
    }
    text
}

/// Losses as `lane cause count`, parted by commas.
pub(super) fn causes(losses: &Losses) -> String {
    let lanes = losses.dropped.iter().flat_map(|(lane, causes)| {
        causes
            .iter()
            .map(move |(cause, count)| format!("{lane} {cause} {count}"))
    });
    lanes.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_overwrites_nothing_and_is_nobody_elses() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.capture");
        create(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let error = create(&path).unwrap_err().to_string();
        assert!(error.contains("overwrites nothing"), "{error}");
        discard_empty(&path);
        assert!(!path.exists());
        fs::write(&path, "x").unwrap();
        discard_empty(&path);
        assert!(path.exists());
        let error = format!("{:#}", create(Path::new("/no such/x")).unwrap_err());
        assert!(
            error.contains("/no such/x cannot be made: No such file"),
            "{error}"
        );
    }

    #[test]
    fn losses_are_told() {
        let mut recorded = Recorded {
            records: 7,
            ..Recorded::default()
        };
        assert_eq!(summary(&recorded), "7 records");
        recorded.losses.suppressed = 2;
        recorded.losses.dropped =
            [("volume".to_owned(), [("ring_full".to_owned(), 3)].into())].into();
        assert_eq!(
            summary(&recorded),
            "7 records, 3 more were lost: volume ring_full 3, 2 equal ones left out"
        );
    }
}
