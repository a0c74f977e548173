//! The sensor.
fn main() {}
