//! Finds the built sensor for the crate to embed: `SENSOR_OBJECT` is its place.
//!
//! The place is fixed, below the workspace's `target`, and filled by `cargo xtask build`. Nothing is
//! built here: cargo works on the detector without the toolchain for kernel programs.

use std::path::Path;

fn main() {
    let object = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target/sensor/sensor.o");
    println!("cargo::rerun-if-changed={}", object.display());
    println!("cargo::rustc-env=SENSOR_OBJECT={}", object.display());
    if !object.is_file() {
        println!("cargo::error=the sensor is not built: run `cargo xtask build`");
    }
}
