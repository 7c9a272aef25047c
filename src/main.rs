//! The command line of Fanin. Only here and in `cli` is anything printed or the process ended.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
