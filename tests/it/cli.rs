//! The built program as people and scripts meet it: help, exit codes, errors, files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod answers;
mod decode;
mod doctor;
mod rules;
mod remote;
mod schemas;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const COMMANDS: [&str; 21] = [
    "demo",
    "run",
    "check",
    "explain",
    "test",
    "decode",
    "replay",
    "init",
    "doctor",
    "tail",
    "alerts",
    "accounts",
    "rules",
    "silence",
    "quotas",
    "cost",
    "config",
    "schema",
    "completions",
    "healthcheck",
    "version",
];

/// The program, started in an empty environment and the folder of a test.
pub(crate) struct Fanin {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Fanin {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn write(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
        let _ = command.args(arguments).env_clear().envs(self.environment.iter().cloned());
        let _ = command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A configuration with a mistake of every kind, and its directory.
const WRONG: &str = "\
server:
  listen: localhost:8080
  grace_perod: 10
sources:
  kinesis:
    - region: eu-central-1
destinations:
  - name: main
    endpoint: ${NOWHERE}
    timeout: 10
    compresion: gzip
storage:
  state: firehose:x
";

const RIGHT: &str = "\
sources:
  firehose:
    keys: [{name: a, secret: \"${file:key}\"}]
directory: {file: accounts.csv}
destinations:
  - {name: gold, endpoint: \"http://localhost:4318\", route: {attribute: tenant.tier, values: [gold]}}
  - {name: rest, endpoint: \"http://localhost:4319\"}
";

const ACCOUNTS: &str = "account,tenant,tier,state\n111122223333,acme,gold,ACTIVE\n444455556666,globex,,CLOSED\n";

#[test]
fn without_arguments_it_says_what_it_is_and_how_to_begin() {
    let ended = Fanin::new().run(&[]);
    assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(ended.stderr);
}

#[test]
fn the_help_of_every_command_begins_with_examples() {
    for command in COMMANDS {
        let ended = Fanin::new().run(&[command, "--help"]);
        assert_eq!((ended.exit, ended.stderr.as_str()), (0, ""), "{command}");
        assert!(ended.stdout.contains("\nExamples:\n  "), "{command}");
        insta::assert_snapshot!(format!("help_{command}"), ended.stdout);
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for arguments in
        [&["rum"][..], &["run", "--listne"], &["schema", "fleet"], &["config"], &["demo", "--accounts", "0"]]
    {
        let ended = Fanin::new().run(arguments);
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn what_init_writes_passes_check() {
    let fanin = Fanin::new();
    let first = fanin.run(&["init", "conf"]);
    assert_eq!((first.exit, first.stdout.as_str()), (0, ""));
    insta::assert_snapshot!(first.stderr);

    let checked = fanin.run(&["check", "conf", "--strict"]);
    assert_eq!(
        (checked.stdout.as_str(), checked.stderr.as_str(), checked.exit),
        (
            "ok: 1 source, 1 destination, 2 accounts, 1 rule\n1 rule applies to 2 accounts\n\
             they hold about 2 groups in 1 KB\n",
            "",
            0
        )
    );
    let text = std::fs::read_to_string(fanin.path().join("conf/config.yaml")).unwrap();
    let schema = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
    assert!(fanin.path().join("conf").join(schema).exists());
}

#[test]
fn what_init_suggests_in_comments_is_right_too() {
    let fanin = Fanin::new();
    let _ = fanin.run(&["init"]);
    let path = fanin.path().join("config.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let is_setting = |line: &str| {
        line.trim_start()
            .strip_prefix('#')
            .is_some_and(|rest| !rest.trim().is_empty() && !rest.starts_with(' ') | rest.starts_with("  "))
    };
    let uncommented: String = text
        .lines()
        .map(|line| if is_setting(line) { line.replacen('#', "", 1) } else { line.to_owned() } + "\n")
        .collect();
    std::fs::write(&path, &uncommented).unwrap();
    let checked = fanin.run(&["check"]);
    assert_eq!(checked.exit, 0, "{uncommented}\n{}", checked.stderr);
    assert!(checked.stdout.starts_with("ok: 3 sources, 1 destination, 2 accounts, 1 rule\n"), "{uncommented}");
}

#[test]
fn init_overwrites_nothing() {
    let fanin = Fanin::new().write("config.yaml", "mine");
    let ended = fanin.run(&["init"]);
    assert_eq!(ended.exit, 0);
    assert!(ended.stderr.starts_with("kept  ./config.yaml\nwrote ./accounts.csv\n"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(fanin.path().join("config.yaml")).unwrap(), "mine");
}

#[test]
fn check_tells_everything_that_is_wrong_at_once() {
    let ended = Fanin::new().write("config.yaml", WRONG).run(&["check"]);
    assert_eq!((ended.exit, ended.stdout.as_str()), (1, "failed: 7 errors\n"));
    insta::assert_snapshot!(ended.stderr);
}

#[test]
fn check_tells_programs_the_same_as_people() {
    let fanin = Fanin::new().write("config.yaml", WRONG);
    let (told, json) = (fanin.run(&["check"]), fanin.run(&["check", "--json"]));
    assert_eq!((json.exit, json.stderr.as_str()), (1, ""));
    let json = json.json();
    assert_eq!(json["ok"], false);
    let codes = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
    let from_json: Vec<_> = json["problems"].as_array().unwrap().iter().map(codes).collect();
    let from_text: Vec<_> = told.stderr.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(from_json, from_text);
    assert_eq!(json["problems"][2]["line"], 3);
}

#[test]
fn check_counts_what_is_right() {
    let fanin = Fanin::new().write("config.yaml", RIGHT).write("accounts.csv", ACCOUNTS).write("key", "s3cret\n");
    let ended = fanin.run(&["check", "--strict"]);
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("ok: 1 source, 2 destinations, 2 accounts (1 closed)\n", "")
    );
    let json = fanin.run(&["check", "--json"]).json();
    assert_eq!(json["files"][0]["accounts_closed"], 1);
}

#[test]
fn a_secret_that_this_machine_lacks_is_a_warning_for_check_and_an_error_for_run() {
    let fanin = Fanin::new().write("config.yaml", RIGHT).write("accounts.csv", ACCOUNTS);
    let checked = fanin.run(&["check"]);
    assert_eq!(checked.exit, 0);
    assert_eq!(
        checked.stderr,
        "W003 config.yaml:3:30 sources.firehose.keys[0].secret: this machine cannot read ${file:key}, which fanin run \
         will need: No such file or directory (os error 2)\n"
    );
    assert_eq!(fanin.run(&["check", "--strict"]).exit, 1);
    let run = fanin.run(&["run"]);
    assert_eq!(run.exit, 78);
    assert!(run.stderr.starts_with("E022 config.yaml:3:30 "), "{}", run.stderr);
}

#[test]
fn check_reads_the_directory() {
    let wrong = "account,tenant\n11112222333,acme\n444455556666,globex\n444455556666,globex\n";
    let fanin = Fanin::new().write("config.yaml", RIGHT).write("key", "x").write("accounts.csv", wrong);
    let ended = fanin.run(&["check"]);
    assert_eq!(ended.exit, 1);
    let places: Vec<_> =
        ended.stderr.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(places, ["E040 accounts.csv:2:1", "E040 accounts.csv:4:1"], "{}", ended.stderr);

    assert_eq!(fanin.run(&["check", "accounts.csv"]).exit, 1);
    let gone = Fanin::new().write("config.yaml", RIGHT).write("key", "x").run(&["check"]);
    assert_eq!(gone.stdout, "failed: 1 error\n");
    assert!(gone.stderr.starts_with("E001 accounts.csv "), "{}", gone.stderr);
}

#[test]
fn a_route_that_no_account_takes_is_a_warning() {
    let accounts = "account,tenant,tier\n111122223333,acme,silver\n";
    let fanin = Fanin::new().write("config.yaml", RIGHT).write("key", "x").write("accounts.csv", accounts);
    let ended = fanin.run(&["check"]);
    assert_eq!(
        (ended.exit, ended.stderr.as_str()),
        (
            0,
            "W005 config.yaml destinations[0].route: no account of the directory has tenant.tier with one of these values\n"
        )
    );
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_name() {
    let ended = Fanin::new().run(&["check", "prod.yaml"]);
    assert_eq!(
        (ended.exit, ended.stderr.as_str()),
        (1, "E001 prod.yaml cannot be read: No such file or directory (os error 2)\n")
    );
    assert_eq!(Fanin::new().run(&["run", "-c", "prod.yaml"]).exit, 78);
}

#[test]
fn the_effective_configuration_tells_the_origin_of_every_value_and_no_secret() {
    let fanin = Fanin::new()
        .write("config.yaml", RIGHT)
        .write("key", "s3cret")
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "7000")
        .env("FANIN_LISTEN", "127.0.0.1:9");
    let arguments = ["config", "--effective", "--endpoint", "http://flag:4318", "--directory", "/srv/accounts.csv"];
    let ended = fanin.run(&arguments);
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    assert!(!ended.stdout.contains("s3cret"));
    let workers = std::thread::available_parallelism().unwrap().get();
    insta::assert_snapshot!(ended.stdout.replace(&format!("workers: {workers} "), "workers: N "));

    let json = fanin.run(&[&arguments[..], &["--json"]].concat());
    assert!(!json.stdout.contains("s3cret"));
    let settings = json.json();
    let setting = settings.as_array().unwrap().iter().find(|setting| setting["key"] == "destinations[0].endpoint");
    assert_eq!(setting.unwrap()["origin"], "--endpoint");
}

#[test]
fn flags_and_environment_make_a_configuration_without_a_file() {
    let fanin = Fanin::new().env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
    let ended = fanin.run(&["config", "--effective", "--otlp", "--stream", "a", "--stream", "b", "--json"]);
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    let settings = ended.json();
    let value = |key: &str| {
        let setting = settings.as_array().unwrap().iter().find(|setting| setting["key"] == key);
        setting.unwrap_or_else(|| panic!("no {key}"))["value"].clone()
    };
    assert_eq!(value("sources.kinesis[1].stream"), "b");
    assert_eq!(value("sources.otlp.body_max"), "20MiB");
    assert_eq!(value("destinations[0].endpoint"), "http://collector:4318");
}

#[test]
fn the_command_line_is_told_as_the_place_of_its_mistakes() {
    let ended = Fanin::new().run(&["run", "--otlp", "--listen", "8080", "--endpoint", "collector"]);
    assert_eq!(ended.exit, 78);
    insta::assert_snapshot!(ended.stderr);
}

#[test]
fn colours_stay_off_where_nobody_sees_them() {
    let ended = Fanin::new().write("config.yaml", WRONG).run(&["check"]);
    assert!(!ended.stderr.contains('\u{1b}'));
    let forced = Fanin::new().write("config.yaml", WRONG).env("CLICOLOR_FORCE", "1").run(&["check"]);
    assert!(forced.stderr.contains("\u{1b}["));
}
