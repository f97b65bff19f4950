//! The thin binary: flags in, exit codes out.

fn main() {}
