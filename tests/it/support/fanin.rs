//! The built program as a service, started for one test with a configuration of its own.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{rig, wait};

/// How long it may take to start, to stop, or to pass something on, on a machine that is busy building.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A running `fanin run`. It ends with this value.
pub(crate) struct Fanin {
    child: Child,
    folder: TempDir,
    url: String,
}

/// A folder with a configuration and the directory that it names, `accounts.csv`.
pub(crate) fn folder(config: &str, accounts: &str) -> TempDir {
    let folder = TempDir::with_prefix("fanin-run-").expect("a temporary folder can be made");
    fs::write(folder.path().join("config.yaml"), config).expect("a temporary file can be written");
    fs::write(folder.path().join("accounts.csv"), accounts).expect("a temporary file can be written");
    folder
}

/// The program in that folder, with credentials that emulators take and nothing else of this process's environment.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    let _ = command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let _ = command.env_clear().envs(rig::AWS_ENVIRONMENT);
    command
}

/// Sends a process that this test started a signal.
pub(crate) fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("every system has kill");
    assert!(sent.success());
}

impl Fanin {
    /// Starts it and waits until it says where it listens; the configuration is to say `listen: 127.0.0.1:0`.
    #[track_caller]
    pub(crate) fn run(config: &str, accounts: &str) -> Self {
        let folder = folder(config, accounts);
        let log = File::create(folder.path().join("log")).expect("a temporary file can be made");
        let mut command = command(folder.path(), &["run", "-c", "config.yaml"]);
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("the program was built");
        let mut fanin = Self { child, folder, url: String::new() };
        fanin.url = wait::until("fanin to start", LIMIT, || {
            let ended = fanin.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "fanin ended at once: {ended:?}");
            fanin.lines().iter().find_map(|line| line["url"].as_str().map(str::to_owned))
        });
        fanin
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Posts JSON to a path: status and body of the answer.
    pub(crate) fn post(&self, path: &str, body: String) -> (u16, String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let posted = async {
            let request = reqwest::Client::new().post(self.url(path)).header("content-type", "application/json");
            let answer = request.body(body).send().await?;
            Ok::<_, reqwest::Error>((answer.status().as_u16(), answer.text().await?))
        };
        runtime.expect("the system gives a process its event queue").block_on(posted).expect("fanin answers")
    }

    /// Its own log so far, one object a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Its own log so far, as it stands.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("the log is there")
    }

    /// Asks it to stop, as a supervisor does, and waits until it has.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> ExitStatus {
        signal(&self.child, "-TERM");
        wait::until("fanin to stop", LIMIT, || self.child.try_wait().expect("a child can be asked"))
    }
}

/// Ends the process it started, and no other.
impl Drop for Fanin {
    fn drop(&mut self) {
        // Both fail only where the process is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            let note = format!("--- fanin wrote:\n{}", self.log());
            drop(std::io::stderr().write_all(note.as_bytes()));
        }
    }
}
