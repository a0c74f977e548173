//! Tasks. 
fn main() {}
