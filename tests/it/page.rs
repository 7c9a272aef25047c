//! The page, as Node and a browser see it: its modules, its types, and all of it over a running fleet.
//!
//! What needs Node or a browser is not run where one of them is missing, and says so.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::support::{rig, wait};

/// Accounts of the fleet.
const ACCOUNTS: &str = "2000";

/// How long, by a clock that runs faster, the page is left to itself.
const SOAK_SECONDS: &str = "300";

/// How long the demo may take until it says where it is, on a machine that is busy building.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The page's folder.
fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("page")
}

/// Files of `folder` below the page with this ending, in order.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = page().join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| entry.expect("a folder that can be read").path());
    let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    files
}

/// Node's own test runner, over these files.
fn node(files: &[PathBuf]) -> Command {
    assert!(!files.is_empty(), "there is nothing to run");
    let mut command = Command::new(rig::part("node").expect("asked for before"));
    let _ = command.current_dir(page()).arg("--test").args(files).stdin(Stdio::null());
    command
}

#[track_caller]
fn succeed(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let (printed, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}:\n{printed}\n{errors}");
    printed.into_owned()
}

#[test]
fn the_pages_pure_modules_do_what_their_tests_say() {
    if !rig::has(&["node"]) {
        return;
    }
    let printed = succeed(node(&files("test", ".test.mjs")));
    assert!(!printed.contains("# tests 0\n"), "{printed}");
}

#[test]
fn the_types_of_the_page_and_of_the_api_agree() {
    if !rig::has(&["node", "tsc"]) {
        return;
    }
    let mut command = Command::new(rig::part("node").expect("asked for before"));
    let _ = command.arg(rig::part("tsc").expect("asked for before")).args(["--project", "tsconfig.json"]);
    let _ = command.current_dir(page());
    let _ = succeed(command);
}

/// Runs tests of `page/e2e` in a browser: those whose names have one of these words, or all. How many passed, and how many found
/// nothing that they could try.
#[track_caller]
fn in_a_browser(words: &[&str], environment: &[(&str, &str)]) -> (u64, u64) {
    let mut command = Command::new(rig::part("node").expect("asked for before"));
    let _ = command.arg("e2e/run.mjs").args(words).current_dir(page()).stdin(Stdio::null());
    let modules = rig::part("playwright-core").expect("asked for before");
    let installed = modules.parent().and_then(Path::parent).expect("it is in a folder of modules");
    let _ = command.env("PLAYWRIGHT", installed).envs(environment.iter().copied());
    let _ = command.env("CHROMIUM", rig::part("chromium").expect("asked for before"));
    let _ = command.env("PAGE_REPORT", Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("page"));
    let printed = succeed(command);
    let numbers: Vec<u64> =
        printed.lines().last().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
    let [passed, 0, skipped, _] = numbers[..] else { panic!("{printed}") };
    (passed, skipped)
}

/// Scenario: some accounts of a simulated fleet fall silent, and a person opens the page in a real browser. Guarantees: what
/// `page/e2e` tries holds, of what people see, type and press, of what tenants write, and of how fast and how large it is.
#[test]
fn the_page_works_in_a_browser() {
    if !rig::has(&["chromium", "node", "playwright-core"]) {
        return;
    }
    let demo = Demo::start(&["--accounts", ACCOUNTS, "--rate", "300", "--scenario", "silent-accounts"]);
    let environment = [("PAGE_URL", &*demo.url), ("PAGE_ACCOUNTS", ACCOUNTS)];
    let words = ["fleet", "address", "degraded", "hostile", "account", "silence", "alerts", "rules", "tail", "budget"];
    let (passed, skipped) = in_a_browser(&words, &environment);
    assert!(passed > 30 && skipped == 0, "{passed} passed, {skipped} skipped");
}

/// Guarantees, over a made-up fleet of 6,000 accounts: the map is drawn in time, and hours of it leave nothing behind; letters are looked at and replayed only after a
/// look at what that would do; who may only read, or see some tenants, is told so and offered nothing else.
#[test]
fn a_whole_fleet_its_letters_and_rights_are_shown_in_a_browser() {
    if !rig::has(&["chromium", "node", "playwright-core"]) {
        return;
    }
    let (passed, skipped) =
        in_a_browser(&["pipeline", "access", "budget", "soak"], &[("PAGE_SOAK_SECONDS", SOAK_SECONDS)]);
    assert!(passed > 5 && skipped == 0, "{passed} passed, {skipped} skipped");
}

/// A running `fanin demo`; it ends with this value.
struct Demo {
    child: Child,
    url: String,
}

impl Demo {
    /// Starts it and waits until it says where it is.
    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        let log = NamedTempFile::new().expect("a temporary file can be made");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
        let _ = command.args(["demo", "--listen", "127.0.0.1:0"]).args(arguments);
        let _ = command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT").stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log.reopen().expect("it is there")).spawn().expect("the program was built");
        let mut demo = Self { child, url: String::new() };
        demo.url = wait::until("the demo to say where it is", START_LIMIT, || {
            let said = std::fs::read_to_string(log.path()).expect("it is there");
            let ended = demo.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the demo ended: {said}");
            let (_, rest) = said.split_once("http://")?;
            let (address, _) = rest.split_once(|c: char| c.is_whitespace() || c == '/')?;
            Some(format!("http://{address}/"))
        });
        demo
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
