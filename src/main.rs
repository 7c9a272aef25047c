//! The command line of Fanin.

fn main() {}
