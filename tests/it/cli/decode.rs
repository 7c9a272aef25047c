//! `fanin decode` with payloads as AWS delivers them.

use std::io::Write;

use serde_json::{Value, json};

use super::Fanin;

fn payload(owner: &str) -> String {
    json!({
        "messageType": "DATA_MESSAGE", "owner": owner, "logGroup": "/acme/app", "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [{ "id": "1", "timestamp": 1_583_425_836_114_u64, "message": "hello" }],
    })
    .to_string()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn attribute<'a>(line: &'a Value, name: &str) -> &'a Value {
    let attributes = line["resourceLogs"][0]["resource"]["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == name);
    &found.unwrap_or_else(|| panic!("no {name} in {line}"))["value"]["stringValue"]
}

#[test]
fn a_payload_becomes_otlp_as_json_lines_tagged_by_the_directory() {
    let fanin = Fanin::new()
        .write("payload.gz", gzip(&payload("111122223333")))
        .write("accounts.csv", "account,tenant\n111122223333,acme\n");
    let arguments = ["decode", "payload.gz", "--directory", "accounts.csv", "--origin-region", "eu-central-1"];
    let ended = fanin.run(&arguments);
    assert_eq!(
        (ended.exit, ended.stderr.as_str()),
        (0, "1 records of 1 accounts (0 not in the directory), 0 rejects\n")
    );
    let line: Value = serde_json::from_str(ended.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(attribute(&line, "cloud.account.id"), "111122223333");
    assert_eq!(attribute(&line, "cloud.region"), "eu-central-1");
    assert_eq!(attribute(&line, "tenant.id"), "acme");
    assert_eq!(line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["body"]["stringValue"], "hello");
}

#[test]
fn what_each_step_does_to_a_record_is_told_and_no_secret() {
    let message = "mail to jane.doe@example.com failed";
    let fanin = Fanin::new().write("payload", payload("111122223333").replace("hello", message));
    let config = "policy: {filter: [{drop: {severity_below: warn, body: mail}}]}";
    let fanin = fanin.write(
        "config.yaml",
        format!("sources: {{otlp: {{}}}}\ndestinations: [{{endpoint: 'http://127.0.0.1:4318'}}]\n{config}\n"),
    );
    let ended = fanin.run(&["decode", "payload", "--explain", "--config", "config.yaml"]);
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    assert_eq!(
        ended.stdout,
        "record 1 of 111122223333, /acme/app, s\n  body       mail to [redacted:email] failed\n\
         \x20 format     text by content\n  severity   none given\n  filter     dropped by policy.filter[0]\n\
         \x20 redact     1 email in body: masked\n  forward    not\n"
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let fanin = Fanin::new();
    let mut command = fanin.command(&["decode", "-", "--as", "cloudwatch-logs"]);
    let piped = std::process::Stdio::piped;
    let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(payload("444455556666").as_bytes()).unwrap();
    let ended = super::Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    assert_eq!(attribute(&serde_json::from_str(&ended.stdout).unwrap(), "tenant.id"), "unassigned");
}

#[test]
fn rejects_are_told_with_their_reason_and_end_with_1() {
    let ended = Fanin::new().write("noise", "neither this nor that").run(&["decode", "noise"]);
    assert_eq!((ended.exit, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.starts_with("rejected unknown_format at 0: "), "{}", ended.stderr);
}

#[test]
fn a_file_that_cannot_be_read_ends_with_74() {
    let ended = Fanin::new().run(&["decode", "gone"]);
    assert_eq!(
        (ended.exit, ended.stderr.as_str()),
        (74, "error: cannot read gone\n  because No such file or directory (os error 2)\n")
    );
}
