//! `fanin doctor` where everything runs, and where nothing does.

use std::net::TcpListener;

use crate::support::fanin;
use crate::support::rig::{self, Server};

const SUBSCRIPTION: &str = include_str!("../rig/scripts/subscription.py");

/// Lines of what it prints, and its exit code.
fn doctor(stream: &str, backend: &str) -> (Vec<String>, Option<i32>) {
    let config = format!(
        "sources:\n  kinesis: [{{stream: fanin, region: eu-central-1, endpoint: \"{stream}\"}}]\n\
         directory: {{file: accounts.csv}}\ndestinations:\n  - {{name: backend, endpoint: \"{backend}\"}}\n"
    );
    let folder = fanin::folder(&config, "account,tenant\n123456789012,acme\n");
    let output =
        fanin::command(folder.path(), &["doctor", "-c", "config.yaml"]).output().expect("the program was built");
    let stdout = String::from_utf8(output.stdout).expect("it prints UTF-8");
    (stdout.lines().map(str::to_owned).collect(), output.status.code())
}

/// A URL where nothing listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    format!("http://{}", listener.local_addr().expect("a bound socket has an address"))
}

#[test]
fn where_all_is_well_every_line_says_so() {
    if !rig::has(&["moto", "rotel", "python"]) {
        return;
    }
    let (moto, rotel) = (Server::start_moto(), Server::start_rotel());
    let _ = rig::python(SUBSCRIPTION, &["--endpoint", &moto.url(), "--shards", "2"]);
    let (lines, code) = doctor(&moto.url(), &rotel.url());
    for line in [
        "ok    AWS credentials: access key ...9012",
        "ok    destination backend: takes logs: an empty request was accepted",
        "ok    destination backend: takes metrics: an empty request was accepted",
    ] {
        assert!(lines.iter().any(|known| known == line), "no {line:?} in {lines:#?}");
    }
    let stream = lines.iter().find(|line| line.contains("stream fanin")).expect("it tells of the stream");
    assert!(stream.starts_with("ok    stream fanin: 2 shards, readable"), "{stream}");
    assert!(!lines.iter().any(|line| line.starts_with("fail")), "{lines:#?}");
    assert_eq!(code, Some(0));
}

#[test]
fn what_does_not_answer_fails_with_something_to_do() {
    let (lines, code) = doctor(&dead(), &dead());
    for subject in ["stream fanin", "destination backend"] {
        let at = lines.iter().position(|line| line.starts_with(&format!("fail  {subject}: ")));
        let at = at.unwrap_or_else(|| panic!("no failure of {subject} in {lines:#?}"));
        assert!(lines[at + 1].starts_with("      fix: "), "{lines:#?}");
    }
    let stream = lines.iter().position(|line| line.contains("stream fanin")).expect("it tells of the stream");
    let [told, fix] = [&lines[stream], &lines[stream + 1]];
    assert!(told.contains("kinesis:DescribeStreamSummary failed: ") && told.contains("Connection refused"), "{told}");
    assert!(!told.contains('{'), "{told} shows what only programmers want to see");
    assert!(fix.contains("can be reached from here"), "{fix}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_stream_that_is_not_there_is_no_question_of_permissions() {
    if !rig::has(&["moto"]) {
        return;
    }
    let (lines, code) = doctor(&Server::start_moto().url(), &dead());
    let at = lines.iter().position(|line| line.contains("stream fanin")).expect("it tells of the stream");
    assert_eq!(
        lines[at],
        "fail  stream fanin: kinesis stream fanin: does not exist: check its name, Region and account"
    );
    assert_eq!(lines[at + 1], "      fix: create it, or correct stream, region or role_arn in sources.kinesis");
    assert_eq!(code, Some(1));
}
