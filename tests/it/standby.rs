//! Two programs on one state: one works, the other stands by.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::alerting::transitions;
use crate::storage::moto_with_bucket;
use crate::support::fanin::LIMIT;
use crate::support::fleet::payload;
use crate::support::hook::Hook;
use crate::support::kinesis::{Kinesis, REGION, until};
use crate::support::program::Program;
use crate::support::ruled::{self, account};

/// Rules that count the records of one account: each step is told of once.
const STEPS: u64 = 20;

/// Records of a step.
const RECORDS: u64 = 15;

fn rules() -> String {
    let rule = |step: u64| {
        format!(
            "  - {{alert: Step{step:02}, kind: threshold, from: logs, match: 'message.contains(\"boom\")', value: count(), window: 10m,\n\
             \u{20}    critical: '>= {}', annotations: {{summary: '{{{{ value | int }}}}'}}, notify: {{critical: page}}}}\n",
            step * RECORDS
        )
    };
    // The last one is told of only if something counts twice.
    let rules: String = (1..=STEPS + 1).map(rule).collect();
    format!(
        "version: 1\n\
         defaults: {{every: 1s, delay: {{logs: 1s, metrics: 1s}}, new_group_delay: 0s}}\n\
         incident: {{group_wait: 0s}}\n\
         rules:\n{rules}"
    )
}

/// What two programs share.
struct Pair {
    hook: Hook,
    kinesis: Kinesis,
    folder: TempDir,
    /// The value of `storage.state`, and how it is reached.
    state: String,
}

impl Pair {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let state = format!("state: {:?}", folder.path().join("state"));
        Self::with_state(folder, state).await
    }

    async fn with_state(folder: TempDir, state: String) -> Self {
        let (hook, kinesis) = (Hook::start().await, Kinesis::start().await);
        kinesis.create("central", 2).await;
        drop(ruled::config(folder.path(), &hook, &rules(), 1));
        Self { hook, kinesis, folder, state }
    }

    fn config(&self, name: &str, standby: &str) -> String {
        let (endpoint, folder) = (&self.kinesis.endpoint, self.folder.path().display());
        format!(
            "server: {{listen: '127.0.0.1:0', grace_period: 20s}}\n\
             sources:\n  kinesis: [{{stream: central, region: {REGION}, endpoint: {endpoint:?}, poll_interval: 200ms}}]\n  firehose: {{}}\n\
             directory: {{file: '{folder}/accounts.csv'}}\n\
             normalize: {{multiline: false, log_metrics: never}}\n\
             destinations:\n- {{name: backend, endpoint: {:?}, compression: none, batch_wait: 20ms}}\n\
             delivery: {{retry_wait_min: 10ms, retry_wait_max: 50ms, spill_after: never}}\n\
             storage: {{{}, snapshot_interval: 200ms}}\n\
             alerting: {{rules: ['{folder}/rules.yaml'], receivers: [{{name: page, webhook: {{url: {:?}}}}}]}}\n\
             standby: {standby}\n",
            self.hook.url("/otlp"),
            self.state,
            self.hook.url(&format!("/hook/{name}")),
        )
    }

    async fn start(&self, name: &str, standby: &str) -> Program {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        Program::start(&folder, &self.config(name, standby)).await
    }

    /// Puts records with one event each.
    async fn put(&self, ids: std::ops::Range<u64>) {
        let record = |id| payload(&account(0), id..id + 1, |id| format!("boom {id}"));
        let _ = self.kinesis.put_bytes("central", &ids.map(record).collect::<Vec<_>>()).await;
    }

    /// The rules of which people were told, by whom, and how often with keys of their own: a receiver knows by the key what it was
    /// told before.
    fn told(&self, names: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for came in names.iter().flat_map(|name| self.hook.came(&format!("/hook/{name}"))) {
            if came.status.is_success() {
                let (json, key) = (came.json(), came.header("idempotency-key").to_owned());
                let rule = json["commonLabels"]["alertname"].as_str().unwrap();
                let what = format!("{rule} {} {}", json["status"].as_str().unwrap(), json["kind"].as_str().unwrap());
                let _ = told.entry(what).or_default().insert(key);
            }
        }
        told
    }

    fn has_told(&self, name: &str, rule: &str) -> bool {
        self.hook.told(&format!("/hook/{name}")).iter().any(|it| it["commonLabels"]["alertname"] == rule)
    }

    /// Transitions, each once however often it arrived: what happened, by the name that the transition has.
    fn transitions(&self) -> BTreeMap<String, BTreeSet<[String; 4]>> {
        let mut known: BTreeMap<String, BTreeSet<[String; 4]>> = BTreeMap::new();
        for it in transitions(&self.hook) {
            let what =
                ["alert.name", "alert.previous_state", "alert.state", "alert.episode"].map(|key| it[key].clone());
            let _ = known.entry(it["alert.transition.id"].clone()).or_default().insert(what);
        }
        known
    }
}

/// What an API answers: status, kind of body, body.
async fn get(program: &Program, path: &str) -> (u16, String, String) {
    let Ok(answer) = reqwest::get(format!("http://{}{path}", program.address)).await else {
        return (0, String::new(), String::new());
    };
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status().as_u16(), kind, answer.text().await.unwrap_or_default())
}

async fn until_ready(program: &Program) {
    let give_up = Instant::now() + LIMIT;
    while get(program, "/-/ready").await.0 != 200 {
        assert!(Instant::now() < give_up, "{}", program.log());
        sleep(Duration::from_millis(20)).await;
    }
}

/// All that people were told and all transitions, without what differs from run to run.
type Outcome = (BTreeMap<String, usize>, Vec<[String; 4]>);

fn outcome(pair: &Pair) -> Outcome {
    let told = pair.told(&["a", "b"]).into_iter().map(|(what, keys)| (what, keys.len())).collect();
    let transitions = pair.transitions();
    assert!(transitions.values().all(|what| what.len() == 1), "one name, one transition: {transitions:?}");
    let mut happened: Vec<_> = transitions.into_values().flatten().collect();
    happened.sort();
    (told, happened)
}

/// A stream under load, in whose middle the active program may be killed.
async fn run(pair: &Pair, kills: bool) -> Outcome {
    let mut active = pair.start("a", "{enabled: true, takeover_after: 5s}").await;
    until_ready(&active).await;
    let waiting = pair.start("b", "{enabled: true, takeover_after: 5s}").await;
    let write = async {
        for begin in (0..STEPS * RECORDS).step_by(10) {
            pair.put(begin..begin + 10).await;
            // The pace of a fleet, slow enough for several reads, ticks and snapshots.
            sleep(Duration::from_millis(150)).await;
        }
    };
    let kill = async {
        until("the fifth step", || pair.has_told("a", "Step05")).await;
        if kills {
            active.signal("KILL");
            let _ = active.ended().await;
        }
    };
    let _ = tokio::join!(write, kill);
    let last = format!("Step{STEPS:02}");
    until("the last step", || pair.has_told("a", &last) || pair.has_told("b", &last)).await;
    let happened = || pair.transitions().values().flatten().filter(|what| what[0] == last).count();
    until("its transition", || happened() == 1).await;
    assert_eq!(pair.has_told("b", &last), kills, "{}", waiting.log());
    outcome(pair)
}

async fn check_kill(state: impl Fn(&Path, &str) -> String) {
    let mut outcomes = Vec::new();
    for (name, kills) in [("undisturbed", false), ("killed", true)] {
        let folder = TempDir::new().unwrap();
        let state = state(folder.path(), name);
        outcomes.push(Box::pin(run(&Pair::with_state(folder, state).await, kills)).await);
    }
    let (undisturbed, killed) = (&outcomes[0], &outcomes[1]);
    let steps: Vec<_> = (1..=STEPS).map(|step| format!("Step{step:02} firing individual")).collect();
    assert_eq!(
        undisturbed.0.iter().map(|(what, times)| (what.clone(), *times)).collect::<Vec<_>>(),
        steps.into_iter().map(|what| (what, 1)).collect::<Vec<_>>()
    );
    assert_eq!(undisturbed, killed);
}

/// Scenario: `kill -9` of the active program in mid-stream, the state in a folder. Guarantees: the other one takes over; what people
/// were told and all transitions are those of a run that nothing disturbed, none more and none less.
#[tokio::test]
async fn the_active_is_killed_under_load_and_no_transition_is_lost_or_doubled() {
    check_kill(|folder, _| format!("state: {:?}", folder.join("state"))).await;
}

/// Scenario: the same with the state in S3.
#[tokio::test]
async fn the_active_is_killed_under_load_and_goes_on_from_a_bucket() {
    let Some(moto) = moto_with_bucket("standby", &[]) else { return };
    let url = moto.url();
    check_kill(|_, name| format!("state: 's3://standby/{name}', s3: {{region: {REGION}, endpoint: {url:?}}}")).await;
}

/// Scenario: the active program stands still for longer than the other one waits, and goes on. Guarantees: it tells nobody anything
/// more, and ends with a code of its own; the other one tells.
#[tokio::test]
async fn an_active_program_that_slept_too_long_tells_nothing_more_and_ends() {
    let pair = Pair::new().await;
    let standby = "{enabled: true, takeover_after: 5s}";
    let mut first = pair.start("a", standby).await;
    until_ready(&first).await;
    let second = pair.start("b", standby).await;
    pair.put(0..RECORDS).await;
    until("the first step", || pair.has_told("a", "Step01")).await;
    // What it could not tell before it slept waits in it.
    pair.hook.answer(503);
    pair.put(RECORDS..3 * RECORDS).await;
    until("attempts", || pair.hook.came("/hook/a").iter().any(|came| !came.status.is_success())).await;
    first.signal("STOP");
    until_ready(&second).await;
    let came = pair.hook.came("/hook/a").len();
    pair.hook.answer(200);
    first.signal("CONT");
    let ended = first.ended().await;
    assert_eq!(ended.code(), Some(75), "{}", first.log());
    assert!(first.log().contains("the lease is lost"), "{}", first.log());
    until("the other one to tell", || pair.has_told("b", "Step02") && pair.has_told("b", "Step03")).await;
    assert_eq!(pair.hook.came("/hook/a").len(), came, "it told nobody anything more");
    assert!(!pair.has_told("b", "Step01"), "what was told before is not told again");
}

/// Scenario: the active program is stopped, and the other one would wait for five minutes. Guarantees: it takes over at once, with
/// the state as it was left.
#[tokio::test]
async fn a_stop_gives_the_lease_back_and_the_other_takes_over_at_once() {
    let pair = Pair::new().await;
    let standby = "{enabled: true, takeover_after: 5m}";
    let mut first = pair.start("a", standby).await;
    until_ready(&first).await;
    let mut second = pair.start("b", standby).await;
    pair.put(0..RECORDS).await;
    until("the first step", || pair.has_told("a", "Step01")).await;
    first.signal("TERM");
    assert!(first.ended().await.success(), "{}", first.log());
    until_ready(&second).await;
    pair.put(RECORDS..2 * RECORDS).await;
    until("the second step", || pair.has_told("b", "Step02")).await;
    assert_eq!(pair.told(&["a", "b"]).len(), 2, "nothing is told twice");
    let third = pair.start("c", standby).await;
    assert_eq!(get(&third, "/-/ready").await.0, 503);
    second.signal("TERM");
    assert!(second.ended().await.success(), "{}", second.log());
    until_ready(&third).await;
}

/// Scenario: two programs are started at once. Guarantees: one of them works; the other one lives, is not ready, says who is active
/// wherever it is asked, and takes nothing from senders.
#[tokio::test]
async fn of_two_that_start_at_once_one_is_active_and_the_other_says_so() {
    let pair = Pair::new().await;
    let standby = "{enabled: true, takeover_after: 5m}";
    let (a, b) = tokio::join!(pair.start("a", standby), pair.start("b", standby));
    let ready = async |program: &Program| get(program, "/-/ready").await.0 == 200;
    let give_up = Instant::now() + LIMIT;
    let (active, passive) = loop {
        match (ready(&a).await, ready(&b).await) {
            (true, false) => break (&a, &b),
            (false, true) => break (&b, &a),
            (true, true) => panic!("both are active:\n{}\n{}", a.log(), b.log()),
            (false, false) => assert!(Instant::now() < give_up, "{}\n{}", a.log(), b.log()),
        }
    };
    until("the other one to see it", || passive.log().contains("another one is active")).await;
    for path in ["/livez", "/-/healthy"] {
        assert_eq!(get(passive, path).await.0, 200, "{path}");
    }
    for path in ["/readyz", "/-/ready"] {
        let (status, _, text) = get(passive, path).await;
        assert_eq!(status, 503);
        assert!(text.starts_with("standby: ") && text.contains(" is active, renewed "), "{text}");
    }
    for path in ["/", "/api/v1/fleet/summary", "/v1/logs"] {
        let (status, kind, body) = get(passive, path).await;
        assert_eq!((status, kind.as_str()), (503, "application/problem+json"), "{path}");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["code"], "standby");
        assert!(problem["active"].as_str().unwrap().contains("process"), "{body}");
    }
    let records = [payload(&account(0), 0..1, |_| "boom".into())];
    assert_eq!(crate::support::fleet::post(passive.address, &records).await.unwrap(), 503);
    assert_eq!(crate::support::fleet::post(active.address, &records).await.unwrap(), 200);
    let shows = async |program: &Program, line: &str| get(program, "/metrics").await.2.lines().any(|it| it == line);
    assert!(shows(passive, "fanin_active 0").await && shows(active, "fanin_active 1").await);
}
