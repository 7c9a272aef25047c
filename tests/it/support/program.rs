//! The program `fanin` itself, as a child process that can be told and killed.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::kinesis::{REGION, until};

/// `fanin run` with a configuration of its own.
pub(crate) struct Program {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    pub(crate) address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Program {
    /// Starts it in a folder, and waits until it runs.
    pub(crate) async fn start(folder: &Path, config: &str) -> Self {
        fs::write(folder.join("config.yaml"), config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fanin"))
            .args(["run", "--log-format", "json", "-c", "config.yaml"])
            .current_dir(folder)
            .env_clear()
            .envs([("AWS_ACCESS_KEY_ID", "123456789012"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", REGION)])
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&log));
        drop(std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line))));
        let mut program = Self { child, log, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let give_up = Instant::now() + Duration::from_secs(30);
        program.address = loop {
            let log = program.log();
            if let Some((_, rest)) = log.split_once("\"url\":\"http://") {
                break rest.split('"').next().unwrap().parse().unwrap();
            }
            let ended = program.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < give_up, "it does not run: {ended:?}\n{log}");
            sleep(Duration::from_millis(5)).await;
        };
        program
    }

    /// What it wrote on stderr so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Sends a signal: `TERM`, `HUP`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("the program to end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }
}
