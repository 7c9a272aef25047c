//! What happens in the demo's fleet, as its API tells it, and that none of it costs a record.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{fanin, otlp, wait};

/// Accounts that a test needs: one of them is not in the directory, save in a quiet fleet.
const ACCOUNTS: usize = 500;

/// How long what a scenario shows may take, on a machine that is busy building.
const LIMIT: Duration = Duration::from_secs(120);

/// A running `fanin demo`; it ends with this value.
struct Running {
    child: Child,
    folder: TempDir,
    url: String,
    runtime: tokio::runtime::Runtime,
}

impl Running {
    #[track_caller]
    fn start(scenario: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let accounts = ACCOUNTS.to_string();
        let arguments = ["demo", "--accounts", &accounts, "--rate", "200", "--scenario", scenario, "--json"];
        let mut command = fanin::command(folder.path(), &arguments);
        let _ = command.args(["--listen", "127.0.0.1:0"]).env("TMPDIR", folder.path());
        let file = |name| File::create(folder.path().join(name)).expect("a temporary file can be made");
        let child = command.stdout(file("report")).stderr(file("said")).stdin(Stdio::null()).spawn();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let (child, runtime) = (child.expect("the program was built"), runtime.expect("there is an event queue"));
        let mut demo = Self { child, folder, url: String::new(), runtime };
        demo.url = wait::until("the demo to say where it is", fanin::LIMIT, || {
            let said = demo.file("said");
            let (_, rest) = said.split_once("http://")?;
            Some(format!("http://{}", rest.split_once('/')?.0))
        });
        demo
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("the file was made")
    }

    /// What the API answers; `None` while it does not.
    fn get(&self, path: &str) -> Option<Value> {
        let url = format!("{}/api/v1/{path}", self.url);
        let text = self.runtime.block_on(async { reqwest::get(url).await?.text().await });
        serde_json::from_str(&text.ok()?).ok()
    }

    /// Waits until an answer is so.
    #[track_caller]
    fn until<T>(&self, path: &str, is: impl Fn(&Value) -> Option<T>) -> T {
        let mut last = Value::Null;
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait::until(path, LIMIT, || {
                last = self.get(path)?;
                is(&last)
            })
        }));
        seen.unwrap_or_else(|_| panic!("{path} stayed {last}\n{}", self.file("said")))
    }

    /// Waits until a rule fires for so many accounts: its group.
    #[track_caller]
    fn until_fires(&self, rule: &str, accounts: u64) -> Value {
        self.until("alerts/groups?by=rule", |groups| {
            let group = otlp::array(&groups["items"]).iter().find(|group| group["rule"] == rule)?;
            (group["accounts"].as_u64()? >= accounts && group["state"] != "pending").then(|| group.clone())
        })
    }

    /// Ends it as Ctrl-C does: its report, in which nothing is lost or doubled, and with which it succeeds.
    #[track_caller]
    fn end(mut self) -> Value {
        fanin::signal(&self.child, "-INT");
        let ended = wait::until("the demo to end", LIMIT, || self.child.try_wait().expect("a child can be asked"));
        let (report, said) = (self.file("report"), self.file("said"));
        assert!(ended.success(), "{ended}\n{report}\n{said}");
        let report: Value = serde_json::from_str(&report).expect("the report is JSON");
        for (name, value) in [("lost", 0), ("duplicated", 0), ("untagged", 0)] {
            assert_eq!(report[name], json!(value), "{name} of {report}");
        }
        report
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether accounts of a group have this in common.
fn share(group: &Value, name: &str, value: &str) -> bool {
    otlp::array(&group["common"]).iter().any(|common| common["name"] == name && common["value"] == value)
}

#[test]
fn a_quiet_fleet_is_called_quiet_and_every_account_of_it_is_live() {
    let demo = Running::start("quiet");
    let summary = demo
        .until("fleet/summary", |summary| (summary["freshness"]["live"] == json!(ACCOUNTS)).then(|| summary.clone()));
    assert!(summary["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("All quiet. ")), "{summary}");
    assert_eq!((&summary["unknown"], &summary["troubles"]), (&json!(0), &json!([])), "{summary}");
    for path in ["alerts/groups?by=rule", "pipeline/dlq", "pipeline/accounts?kind=unknown", "pipeline/completeness"] {
        let answer = demo.get(path).expect("it answers");
        assert_eq!(answer["items"], json!([]), "{path}");
    }
    let report = demo.end();
    assert_eq!(report["rejected"], json!(0), "{report}");
}

#[test]
fn accounts_that_a_bad_release_reached_have_the_release_in_common_and_all_numbers_agree() {
    let demo = Running::start("bad-deploy");
    let group = demo.until_fires("CheckoutErrors", ACCOUNTS as u64 / 24);
    assert!(share(&group, "release", "2026.11.3"), "{group}");
    let summary = demo.until("fleet/summary", |summary| {
        let groups = demo.get("alerts/groups?by=rule")?;
        let group = otlp::array(&groups["items"]).iter().find(|group| group["rule"] == "CheckoutErrors")?;
        let firing = group["critical"].as_u64()? + group["warning"].as_u64()?;
        let agree = ["critical", "warning", "pending"].iter().all(|state| group[*state] == summary["states"][*state]);
        (agree && summary["needs_attention"] == json!(firing) && firing > 1).then(|| summary.clone())
    });
    let verdict = summary["verdict"].as_str().expect("it is a sentence");
    assert!(verdict.contains(" of 500 accounts need attention. 1 rule firing"), "{verdict}");
    let _report = demo.end();
}

#[test]
fn accounts_of_a_region_that_fails_have_the_region_in_common_and_the_region_is_told_once() {
    let demo = Running::start("region-outage");
    let group = demo.until_fires("EndpointUnreachable", 50);
    assert!(share(&group, "region", "eu-west-1"), "{group}");
    let region = demo.until_fires("RegionFailing", 0);
    assert_eq!((&region["state"], &region["alerts"]), (&json!("critical"), &json!(1)), "{region}");
    let _report = demo.end();
}

#[test]
fn accounts_that_flood_are_of_one_tenant_and_nobody_else_is_harmed() {
    let demo = Running::start("noisy-tenant");
    let throttled = demo.until("pipeline/accounts?kind=throttled", |accounts| {
        let accounts = otlp::array(&accounts["items"]);
        (accounts.len() >= 4).then(|| accounts.to_vec())
    });
    assert!(throttled.iter().all(|account| account["tenant"] == "lucid-bikes"), "{throttled:?}");
    let summary = demo.get("fleet/summary").expect("it answers");
    assert_eq!(summary["freshness"]["live"], json!(ACCOUNTS), "{summary}");
    let _report = demo.end();
}

#[test]
fn shards_that_are_read_too_slowly_are_behind_and_what_is_broken_is_a_dead_letter() {
    let demo = Running::start("pipeline-lag");
    demo.until("pipeline/shards", |shards| {
        let behind = |shard: &&Value| shard["behind_seconds"].as_f64().is_some_and(|behind| behind > 10.0);
        (otlp::array(&shards["items"]).iter().filter(behind).count() == 3).then_some(())
    });
    demo.until("pipeline/dlq", |letters| (!otlp::array(&letters["items"]).is_empty()).then_some(()));
    let report = demo.end();
    assert!(report["broken"].as_u64().is_some_and(|broken| broken > 0), "{report}");
    assert_eq!(report["rejected"], report["broken"], "{report}");
}
