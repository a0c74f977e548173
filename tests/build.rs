//! Builds the acts with the tests: linked statically, unlike everything else in the workspace, so
//! by a cargo of its own into a directory of its own. The tests run as root; this does not.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match build_acts() {
        Ok(acts) => {
            println!("cargo::rerun-if-changed=acts");
            println!("cargo::rustc-env=ACTS={}", acts.display());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            println!("cargo::error={reason}");
            ExitCode::FAILURE
        }
    }
}

fn build_acts() -> Result<PathBuf, String> {
    let target = variable("TARGET")?;
    let directory = PathBuf::from(variable("OUT_DIR")?).join("acts");
    let mut command = Command::new(variable("CARGO")?);
    command.args([
        "build",
        "--quiet",
        "--package",
        "acts",
        "--release",
        "--target",
        &target,
    ]);
    command.args([
        "--config",
        r#"build.rustflags=["-C","target-feature=+crt-static"]"#,
    ]);
    command.arg("--target-dir").arg(&directory);
    // These speak of the outer build: its flags would replace those above, its lints are not ours.
    for outer in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
    ] {
        command.env_remove(outer);
    }
    let status = command
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the acts do not build; they need the static C library (libc6-dev)".to_owned());
    }
    Ok(directory.join(target).join("release/acts"))
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}"))
}
