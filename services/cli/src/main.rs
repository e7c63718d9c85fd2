//! The `verbund` binary.
fn main() {}
