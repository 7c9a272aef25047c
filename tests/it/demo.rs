//! The demo as a person or a script runs it.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::rig::{self, Server};
use crate::support::{fanin, otlp, wait};

const ARGUMENTS: [&str; 10] =
    ["demo", "--accounts", "500", "--rate", "500", "--exit-after", "5s", "--listen", "127.0.0.1:0", "--json"];

/// Runs the demo in its own temporary folder to its end: the one line that it prints.
#[track_caller]
fn demo(environment: &[(&str, &str)]) -> Value {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let mut command: Command = fanin::command(folder.path(), &ARGUMENTS);
    let _ = command.env("TMPDIR", folder.path()).envs(environment.iter().copied());
    let output = command.output().expect("the program was built");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder is there").collect();
    assert!(left.is_empty(), "the demo left {left:?}");
    let [line] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("not one line:\n{stdout}") };
    serde_json::from_str(line).expect("the line is JSON")
}

#[test]
fn everything_that_a_simulated_fleet_sends_arrives_once_and_tagged() {
    let report = demo(&[]);
    let sent = report["sent"].as_u64().expect("the report counts");
    assert!(sent >= 500, "{report}");
    let expected = json!({
        "accounts": 500, "delivered": sent, "rejected": 0, "lost": 0, "duplicated": 0, "untagged": 0, "drained": true,
    });
    for (name, value) in expected.as_object().expect("it is one") {
        assert_eq!(&report[name], value, "{name} of {report}");
    }
    for stage in otlp::array(&report["stages"]) {
        assert_eq!((&stage["entered"], &stage["rejected"]), (&stage["left"], &json!(0)), "{stage}");
    }
}

#[test]
fn the_demo_exports_to_the_backend_that_the_environment_names() {
    if !rig::has(&["rotel"]) {
        return;
    }
    let rotel = Server::start_rotel();
    let report = demo(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &rotel.url())]);
    assert_eq!((&report["delivered"], &report["lost"]), (&report["sent"], &Value::Null), "{report}");
    let stages = otlp::array(&report["stages"]);
    let logs = stages.iter().find(|stage| stage["stage"] == "decode logs").expect("logs are decoded");
    let output = rotel.output();
    assert_eq!(json!(output.matches("LogRecord #").count()), logs["left"]);
    let arrived = otlp::logs_of_rotel(&output);
    assert!(arrived.iter().all(|log| log.resource.contains_key("tenant.id")), "a record without tenant");
}

#[test]
fn a_demo_that_waits_for_a_dead_backend_ends_at_the_second_ctrl_c() {
    /// Less than the demo waits by itself for its last records.
    const AT_ONCE: Duration = Duration::from_secs(15);
    let folder = TempDir::new().expect("a temporary folder can be made");
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let dead = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    drop(listener);
    let mut command = fanin::command(folder.path(), &["demo", "--accounts", "9", "--listen", "127.0.0.1:0"]);
    let _ = command.env("TMPDIR", folder.path()).env("OTEL_EXPORTER_OTLP_ENDPOINT", dead);
    let log = std::fs::File::create(folder.path().join("log")).expect("a temporary file can be made");
    let mut demo = command.stdout(Stdio::null()).stderr(log).spawn().expect("the program was built");
    let said = || std::fs::read_to_string(folder.path().join("log")).expect("the log is there");
    wait::until("the destination to fail", fanin::LIMIT, || said().contains("the destination fails").then_some(()));
    let ended = wait::until("the demo to end", AT_ONCE, || {
        let ended = demo.try_wait().expect("a child can be asked");
        if ended.is_none() {
            fanin::signal(&demo, "-INT");
        }
        ended
    });
    assert_eq!(ended.code(), Some(1), "{}", said());
    assert!(said().contains("ended before the last records arrived"), "{}", said());
}
