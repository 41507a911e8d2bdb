//! The command line of tokenkaart.

fn main() {}
