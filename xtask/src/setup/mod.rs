//! `cargo xtask setup`: what the other tasks need from the machine, found or installed.
//!
//! The plan is never kept: it is what is missing now. It is made, carried out, and made again, until
//! nothing is left; so the task is idempotent, and may be interrupted anywhere. A quick look costs a
//! few processes and no network where everything is there, hence the other tasks begin with it.

mod apt;
mod containers;
mod machines;
mod missing;
mod need;
mod system;

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::command::{self, Invocation};
use crate::progress;
use crate::toolchain::{Linker, Toolchain};

use missing::Missing;
use system::System;

/// Install what building and testing need and this machine lacks
///
/// A compiler and bpf-linker for the kernel programs: an installed rustup nightly with rust-src if
/// bpf-linker knows its LLVM, else Debian's rustc-web. For the tests a Docker engine and what makes
/// images; the tests start a daemon of their own. For other kernels QEMU. Where packages are not Debian's, it says what to
/// install.
#[derive(Args)]
pub(crate) struct Setup {
    /// Only say what is missing; exit 1 when something is.
    #[arg(long)]
    check: bool,
}

/// What somebody wants to do with the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Build the sensor.
    Sensor,
    /// Lint the sensor.
    Lints,
    /// Start containers, from images made here.
    Containers,
    /// Boot other kernels, and run containers there.
    Machines,
}

impl Purpose {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Sensor, Self::Lints, Self::Containers, Self::Machines];
}

impl Setup {
    /// The subcommand.
    pub(crate) fn perform(&self) -> Result<()> {
        if self.check {
            let missing = missing::of(&Purpose::ALL)?;
            report(&missing);
            ensure!(
                missing.is_empty(),
                "run `cargo xtask setup` to install what is missing"
            );
        } else {
            ensure(&Purpose::ALL)?;
        }
        eprintln!(
            "setup: nothing is missing; the sensor is built by {}",
            Toolchain::required()?
        );
        Ok(())
    }
}

/// Installs what these purposes lack; says nothing if that is nothing.
pub(crate) fn ensure(purposes: &[Purpose]) -> Result<()> {
    let first_seen = missing::of(purposes)?;
    if first_seen.is_empty() {
        return Ok(());
    }
    report(&first_seen);
    prepare(&System::this(), &first_seen)?;
    // What is on offer, known only now, may have changed which compiler is aimed at.
    let mut missing = missing::of(purposes)?;
    loop {
        install(&missing)?;
        let left = missing::of(purposes)?;
        if left.is_empty() {
            return Ok(());
        }
        report(&left);
        ensure!(
            left != missing,
            "that was installed without an error and is still missing"
        );
        missing = left;
    }
}

fn report(missing: &[Missing]) {
    missing
        .iter()
        .for_each(|missing| eprintln!("setup: missing: {missing}"));
}

/// What has to be before anything can be installed, and decided what.
fn prepare(system: &System, missing: &[Missing]) -> Result<()> {
    if !system.has_debian_packages() {
        let name = system.name();
        eprintln!("setup: on {name} nothing can be installed from here; by hand:");
        missing
            .iter()
            .for_each(|missing| eprintln!("  {}", missing.by_hand()));
        bail!("install what is missing and repeat");
    }
    if !command::is_root() {
        // A password is asked for here, where no spinner writes over the question.
        Invocation::new("true").by_root().run()?;
    }
    apt::fetch_absent_lists()
}

fn install(missing: &[Missing]) -> Result<()> {
    apt::install(missing.iter().filter_map(Missing::packages))?;
    for missing in missing {
        match missing {
            Missing::Packages(_) => {}
            Missing::Linker(llvm) => {
                progress::quietly("bpf-linker", "bpf-linker", &Linker::install(*llvm))?;
            }
            Missing::Clippy { nightly } => missing::clippy_of(nightly).run()?,
        }
    }
    Ok(())
}
