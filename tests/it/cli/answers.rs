//! Small commands that answer one question.

use super::Fanin;

#[test]
fn version_tells_programs_which_program_it_is() {
    let json = Fanin::new().run(&["version", "--json"]).json();
    assert_eq!((json["name"].as_str(), json["version"].as_str()), (Some("fanin"), Some(env!("CARGO_PKG_VERSION"))));
    assert!(Fanin::new().run(&["version"]).stdout.starts_with(concat!("fanin ", env!("CARGO_PKG_VERSION"), " (")));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = Fanin::new().run(&["completions", shell]);
        assert_eq!(ended.exit, 0);
        for command in super::COMMANDS {
            assert!(ended.stdout.contains(command), "{shell} lacks {command}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    use std::io::Read;
    let fanin = Fanin::new();
    let mut command = fanin.command(&["completions", "zsh"]);
    let _ = command.stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
