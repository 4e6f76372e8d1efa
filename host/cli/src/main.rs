//! The command line of Specialis.
fn main() {}
