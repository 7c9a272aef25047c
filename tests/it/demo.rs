//! The demo as a person or a script runs it.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::rig::{self, Server};
use crate::support::{fanin, otlp};

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
