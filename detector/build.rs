//! Finds the two objects of the built sensor for the crate to embed: `SENSOR_OBJECT` and
//! `SENSOR_OBJECT_LEGACY` are their places.
//!
//! The places are fixed, below the workspace's `target`, and filled by `cargo xtask build`. Nothing is
//! built here: cargo works on the detector without the toolchain for kernel programs.

use std::path::Path;

/// Variable and file of each object.
const OBJECTS: [(&str, &str); 2] = [
    ("SENSOR_OBJECT", "sensor.o"),
    ("SENSOR_OBJECT_LEGACY", "sensor-legacy.o"),
];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target/sensor");
    for (variable, file) in OBJECTS {
        let object = folder.join(file);
        println!("cargo::rerun-if-changed={}", object.display());
        println!("cargo::rustc-env={variable}={}", object.display());
        if !object.is_file() {
            println!("cargo::error=the sensor is not built: run `cargo xtask build`");
        }
    }
}
