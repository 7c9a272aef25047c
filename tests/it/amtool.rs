//! Alertmanager's own tool, pointed at Fanin: it lists alerts, makes silences, finds them and ends them.

#![cfg(test)]

use std::process::{Command, Output};

use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::support::hook::Hook;
use crate::support::kinesis::until;
use crate::support::rig;
use crate::support::ruled::{DEPTH, Ruled, account};

const PARTS: [&str; 1] = ["amtool"];

/// What amtool does with Fanin in Alertmanager's place.
fn amtool(ruled: &Ruled, arguments: &[&str]) -> Output {
    let mut command = Command::new(rig::part("amtool").unwrap());
    let url = format!("http://{}", ruled.service.address());
    let _ = command.args(arguments).args(["--alertmanager.url", &url]).env("HOME", ruled.folder.path());
    block_in_place(|| command.output()).unwrap()
}

#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

fn queried(ruled: &Ruled, matchers: &[&str]) -> Vec<Value> {
    let output = amtool(ruled, &[&["alert", "query", "--output=json"], matchers].concat());
    serde_json::from_str(&said(&output)).unwrap()
}

/// Waits until amtool is told of that many alerts.
async fn once_there_are(ruled: &Ruled, matchers: &[&str], n: usize) -> Vec<Value> {
    let mut alerts = Vec::new();
    until("alerts", || {
        alerts = queried(ruled, matchers);
        alerts.len() == n
    })
    .await;
    alerts
}

/// Scenario: two accounts fire. Guarantees: amtool finds them by their labels, with receiver, link and texts.
#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_found_by_their_labels() {
    if !rig::has(&PARTS) {
        return;
    }
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 3).await;
    ruled.say([0, 1], 12).await;
    let alerts = once_there_are(&ruled, &[], 2).await;
    let alert = alerts.iter().find(|alert| alert["labels"]["account"] == account(0)).unwrap();
    assert_eq!(alert["labels"]["alertname"], "QueueDepth");
    assert_eq!(alert["labels"]["severity"], "critical");
    assert_eq!(alert["labels"]["team"], "platform");
    assert_eq!(alert["annotations"]["summary"], "12 jobs wait at tenant-0");
    assert_eq!(alert["generatorURL"], format!("https://fanin.example.net/accounts/{}", account(0)));
    assert_eq!(alert["receivers"], json!([{ "name": "page" }]));
    let of_one = queried(&ruled, &["alertname=QueueDepth", "tenant=~tenant-1"]);
    assert_eq!(of_one.len(), 1);
    assert_eq!(of_one[0]["labels"]["account"], account(1));
}

/// Scenario: someone silences one of two accounts with amtool, looks for the silence and ends it. Guarantees: the silence counts at
/// once, is found by its matchers, and the alert is back when it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_made_found_and_ended() {
    if !rig::has(&PARTS) {
        return;
    }
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 3).await;
    ruled.say([0, 1], 12).await;
    let _ = once_there_are(&ruled, &[], 2).await;

    let matchers = ["alertname=QueueDepth", "tenant=tenant-0"];
    let add = ["silence", "add", "--author=jb", "--comment=known", "--duration=1h"];
    let id = said(&amtool(&ruled, &[&add[..], &matchers].concat()));
    let left = once_there_are(&ruled, &[], 1).await;
    assert_eq!(left[0]["labels"]["account"], account(1));

    let found: Vec<Value> =
        serde_json::from_str(&said(&amtool(&ruled, &["silence", "query", "--output=json", "tenant=tenant-0"])))
            .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["id"], &found[0]["createdBy"], &found[0]["comment"]),
        (&json!(id), &json!("jb"), &json!("known"))
    );
    assert_eq!(found[0]["status"]["state"], "active");

    let _ = said(&amtool(&ruled, &["silence", "expire", &id]));
    let _ = once_there_are(&ruled, &[], 2).await;
    let ended = said(&amtool(&ruled, &["silence", "query", "--expired", "--quiet"]));
    assert!(ended.contains(&id), "{ended}");
}

/// Scenario: someone forgets to say why. Guarantees: amtool shows the reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_with_its_reason() {
    if !rig::has(&PARTS) {
        return;
    }
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 1).await;
    let add = ["silence", "add", "--author=jb", "--comment= ", "--duration=1h", "alertname=X"];
    let refused = amtool(&ruled, &add);
    assert!(!refused.status.success());
    let reason = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(reason.contains("comment"), "{reason}");
}
