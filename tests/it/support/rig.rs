//! Programs that others wrote, started for one test and ended with it.
//!
//! `make rig` installs them in `target/rig`; `parts.json` there says where each is or why it is not there. A test names
//! what it needs first, and is over where that is missing:
//! ```text
//! if !rig::has(&["moto", "python"]) {
//!     return;
//! }
//! let moto = Server::start_moto();
//! let printed = rig::python(include_str!("../rig/scripts/subscription.py"), &["--endpoint", &moto.url()]);
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::support::wait;

/// How long a program may take until it answers, on a machine that is busy building.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Starts tried when a program ends at once: another process may have taken the port that was free a moment ago.
const STARTS_MAX: usize = 3;

/// One entry of `parts.json`, as `tests/rig/setup.py` writes it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Path(PathBuf),
    Reason(String),
}

/// Where a part of the rig is, or why it is not there.
pub(crate) fn part(name: &str) -> Result<PathBuf, String> {
    let file = folder().join("parts.json");
    let text = fs::read_to_string(&file).map_err(|_| "the rig is not set up, run `make rig`".to_owned())?;
    let mut parts: BTreeMap<String, Part> =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    match parts.remove(name) {
        Some(Part::Path(path)) if path.exists() => Ok(path),
        Some(Part::Path(path)) => Err(format!("there is no {} any more, run `make rig`", path.display())),
        Some(Part::Reason(reason)) => Err(reason),
        None => Err("no such part in tests/rig/setup.py".to_owned()),
    }
}

/// Whether all these parts are there. Where one is missing the test is to return: it did not run, which is noted for the
/// list that `make test` ends with. With `CI=true` the test fails instead.
#[track_caller]
pub(crate) fn has(parts: &[&str]) -> bool {
    let missing: Vec<String> =
        parts.iter().filter_map(|name| part(name).err().map(|reason| format!("{name}: {reason}"))).collect();
    if missing.is_empty() {
        return true;
    }
    let line = format!("not run: {}: {}\n", Location::caller(), missing.join("; "));
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{line}with CI=true every part must be there");
    note(&line);
    false
}

/// The same for parts that nobody can install from a registry of packages: with `CI=true` their absence is noted, too.
#[track_caller]
pub(crate) fn has_by_chance(parts: &[&str]) -> bool {
    let missing: Vec<String> =
        parts.iter().filter_map(|name| part(name).err().map(|reason| format!("{name}: {reason}"))).collect();
    if !missing.is_empty() {
        note(&format!("not run: {}: {}\n", Location::caller(), missing.join("; ")));
    }
    missing.is_empty()
}

/// Adds a line to the list of what did not run.
pub(crate) fn note(line: &str) {
    fs::create_dir_all(folder()).expect("the target folder can be written");
    let file = folder().join("not-run.txt");
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the target folder can be written");
    file.write_all(line.as_bytes()).expect("the target folder can be written");
}

/// `target/rig`, wherever Cargo puts `target`.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("rig")
}

/// Runs a script in the rig's Python, which has boto3 and opentelemetry-proto, and fails the test if the script fails.
#[track_caller]
pub(crate) fn python(script: &str, args: &[&str]) -> Output {
    let output = python_command(script, args).output().expect("the rig's python starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "python ended with {}:\n{errors}", output.status);
    output
}

/// A script in the rig's Python that is not started yet, for tests that feed it or leave it running.
pub(crate) fn python_command(script: &str, args: &[&str]) -> Command {
    let mut command = Command::new(present("python"));
    let _ = command.arg("-c").arg(script).args(args).stdin(Stdio::null());
    let _ = command.envs(AWS_ENVIRONMENT).env_remove("AWS_PROFILE");
    command
}

/// Credentials that emulators accept and AWS does not, and no proxy in between. A 12-digit key id names the account to
/// kinesis-local.
pub(crate) const AWS_ENVIRONMENT: [(&str, &str); 8] = [
    ("AWS_ACCESS_KEY_ID", "123456789012"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_DEFAULT_REGION", "eu-central-1"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("NO_PROXY", "127.0.0.1"),
    ("no_proxy", "127.0.0.1"),
];

#[track_caller]
fn present(name: &str) -> PathBuf {
    part(name).unwrap_or_else(|reason| panic!("{name}: {reason}; ask `rig::has` before"))
}

/// A program that listens on loopback, for as long as this value lives.
pub(crate) struct Server {
    name: String,
    child: Child,
    ports: Vec<u16>,
    folder: TempDir,
}

impl Server {
    /// moto: AWS Organizations, CloudWatch Logs, Kinesis, Firehose, S3 and more at one address.
    #[track_caller]
    pub(crate) fn start_moto() -> Self {
        let moto = present("moto");
        Self::start("moto", 1, |ports, _| {
            let mut command = Command::new(&moto);
            let _ = command.args(["-H", "127.0.0.1", "-p", &ports[0].to_string()]).envs(AWS_ENVIRONMENT);
            command
        })
    }

    /// ministack: Lambda that runs real programs behind a real runtime interface, Kinesis and CloudWatch Logs at one address.
    #[track_caller]
    pub(crate) fn start_ministack() -> Self {
        let ministack = present("ministack");
        Self::start("ministack", 1, |ports, folder| {
            let mut command = Command::new(&ministack);
            let _ = command
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", ports[0].to_string())
                // Where it unpacks functions.
                .env("TMPDIR", folder)
                .envs(AWS_ENVIRONMENT)
                .env_remove("AWS_PROFILE");
            command
        })
    }

    /// rotel: an OTLP receiver, over HTTP on its first port and gRPC on its second. What it got stands in `output`.
    #[track_caller]
    pub(crate) fn start_rotel() -> Self {
        let rotel = present("rotel");
        Self::start("rotel", 2, |ports, folder| {
            let mut command = Command::new(&rotel);
            let _ = command
                .arg("start")
                .args(["--otlp-http-endpoint", &format!("127.0.0.1:{}", ports[0])])
                .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{}", ports[1])])
                .args(["--exporter", "blackhole", "--debug-log-verbosity", "detailed"])
                .args(["--debug-log", "logs", "--debug-log", "metrics"])
                .arg("--pid-file")
                .arg(folder.join("pid"));
            command
        })
    }

    /// kinesis-local: Kinesis with resharding, several accounts and enhanced fan-out. The second port speaks TLS.
    #[track_caller]
    pub(crate) fn start_kinesis_local() -> Self {
        let program = present("kinesis-local");
        let durations =
            ["CREATE_STREAM", "MERGE_SHARDS", "SPLIT_SHARD", "UPDATE_SHARD_COUNT", "REGISTER_STREAM_CONSUMER"];
        Self::start("kinesis-local", 2, |ports, _| {
            let mut command = Command::new("node");
            let _ = command
                .arg("--require")
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rig/loopback.cjs"))
                .arg(&program)
                .env("KINESIS_MOCK_PLAIN_PORT", ports[0].to_string())
                .env("KINESIS_MOCK_TLS_PORT", ports[1].to_string())
                .env("KINESIS_MOCK_CERT_PATH", program.with_file_name("server.json"))
                .env("AWS_ACCOUNT_ID", "123456789012")
                .env("AWS_REGION", "eu-central-1")
                .env("LOG_LEVEL", "ERROR")
                .envs(durations.map(|name| (format!("{name}_DURATION"), "50ms")));
            command
        })
    }

    /// VictoriaMetrics: takes OTLP metrics and answers queries about them. It drops delta sums without a word.
    #[track_caller]
    pub(crate) fn start_victoria_metrics(flags: &[&str]) -> Self {
        let program = present("victoria-metrics");
        Self::start("victoria-metrics", 1, |ports, folder| {
            let mut command = Command::new(&program);
            let _ = command
                .arg(format!("-httpListenAddr=127.0.0.1:{}", ports[0]))
                .arg(format!("-storageDataPath={}", folder.join("data").display()))
                .args(["-search.latencyOffset=0s", "-retentionPeriod=10y"])
                .args(flags);
            command
        })
    }

    /// Alertmanager: takes alerts, groups them by their name after a second, and tells nobody.
    #[track_caller]
    pub(crate) fn start_alertmanager() -> Self {
        const CONFIG: &str = "\
route: {receiver: nobody, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: nobody}]
";
        let program = present("alertmanager");
        Self::start("alertmanager", 1, |ports, folder| {
            let shared = program.with_file_name("../share/prometheus/alertmanager");
            drop(std::os::unix::fs::symlink(shared, folder.join("shared")));
            let config = folder.join("alertmanager.yml");
            fs::write(&config, CONFIG).expect("a temporary file can be written");
            let mut command = Command::new(&program);
            let _ = command
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.path={}", folder.join("data").display()))
                .arg(format!("--web.listen-address=127.0.0.1:{}", ports[0]))
                // Else it looks for others of its kind, on every interface.
                .arg("--cluster.listen-address=");
            command
        })
    }

    /// Starts a program on `n_ports` free ports and waits until it takes connections on all of them.
    /// `command` gets the ports, and a folder that lives as long as the server.
    #[track_caller]
    pub(crate) fn start(name: &str, n_ports: usize, command: impl Fn(&[u16], &Path) -> Command) -> Self {
        let mut said = String::new();
        for _ in 0..STARTS_MAX {
            let mut server = Self::spawn(name, free_ports(n_ports), &command);
            if server.answers() {
                return server;
            }
            said = server.output();
        }
        panic!("{name} ended {STARTS_MAX} times before it took a connection:\n{said}");
    }

    fn spawn(name: &str, ports: Vec<u16>, command: impl Fn(&[u16], &Path) -> Command) -> Self {
        let folder = TempDir::with_prefix(format!("fanin-{name}-")).expect("a temporary folder can be made");
        let output = File::create(folder.path().join("output")).expect("a temporary file can be made");
        let errors = output.try_clone().expect("a file handle can be doubled");
        let child = command(&ports, folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, ports, folder }
    }

    /// Waits until the program takes connections; false if it ended before.
    #[track_caller]
    fn answers(&mut self) -> bool {
        let name = self.name.clone();
        wait::until(&format!("{name} to take connections"), START_LIMIT, || {
            if self.child.try_wait().expect("a child can be asked").is_some() {
                return Some(false);
            }
            let all = self.ports.iter().all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok());
            all.then_some(true)
        })
    }

    /// Its first port.
    pub(crate) fn port(&self) -> u16 {
        self.ports[0]
    }

    /// `http://127.0.0.1:<first port>`.
    pub(crate) fn url(&self) -> String {
        self.url_of(0)
    }

    /// `http://127.0.0.1:<port>` of the port at `index`.
    pub(crate) fn url_of(&self, index: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[index])
    }

    /// Everything it printed so far, on both streams.
    pub(crate) fn output(&self) -> String {
        let bytes = fs::read(self.folder.path().join("output")).expect("the output file is there");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its output, once that is as `looked_for`; `what` names it for the message of a failure.
    #[track_caller]
    pub(crate) fn output_once(&self, what: &str, limit: Duration, looked_for: impl Fn(&str) -> bool) -> String {
        wait::until(&format!("{what} in the output of {}", self.name), limit, || {
            Some(self.output()).filter(|output| looked_for(output))
        })
    }
}

/// Ends the process it started, and no other.
impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where the process is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            let note = format!("--- {} printed:\n{}", self.name, self.output());
            drop(std::io::stderr().write_all(note.as_bytes()));
        }
    }
}

/// Ports that were free a moment ago.
fn free_ports(n_ports: usize) -> Vec<u16> {
    let listeners: Vec<TcpListener> =
        (0..n_ports).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port")).collect();
    listeners.iter().map(|listener| listener.local_addr().expect("a bound socket has an address").port()).collect()
}
