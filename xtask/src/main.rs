//! `cargo xtask`: everything that a developer or a build machine runs, one file per task.
//!
//! This file parses the command line and calls the task, nothing else. Tasks build on the rooms
//! beside them: `command` (programs started, shown so that one can repeat them), `progress`,
//! `workspace` (where things lie), `artifacts` (what cargo built), `toolchain` (what builds the
//! sensor), `vm` (machines with other kernels).

mod artifacts;
mod bench;
mod build;
mod command;
mod demo;
mod docs;
mod progress;
mod run;
mod setup;
mod test;
mod toolchain;
mod verifier;
mod vm;
mod vmtest;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sets up, builds, runs and tests escape-detector
///
/// On a machine with Rust, root and network, `cargo xtask run` and `cargo xtask test` are all that
/// is needed: both install what is missing first. Each command is shown before it runs, so that it
/// can be repeated by hand. Root steps use sudo where the caller is not root; cargo never does.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Setup(setup::Setup),
    Build(build::Build),
    Run(run::Run),
    Demo(demo::Demo),
    Docs(docs::Docs),
    Test(test::Test),
    #[command(name = "vmtest")]
    VmTest(vmtest::VmTest),
    Verifier(verifier::Verifier),
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let result = match Xtask::parse().task {
        Task::Setup(setup) => setup.perform(),
        Task::Build(build) => build.perform(),
        Task::Run(run) => run.perform(),
        Task::Demo(demo) => demo.perform(),
        Task::Docs(docs) => docs.perform(),
        Task::Test(test) => test.perform(),
        Task::VmTest(test) => test.perform(),
        Task::Verifier(verifier) => verifier.perform(),
        Task::Bench(bench) => bench.perform(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
