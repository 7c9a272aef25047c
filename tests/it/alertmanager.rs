//! Alertmanager as a receiver: what it got, how it groups it, and what its own tool says of it.

#![cfg(test)]

use std::collections::BTreeSet;
use std::process::Command;

use fanin::config::alerting::{Alertmanager, FanOut, NotifyRoute, Receiver, ReceiverKind};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::fanin::LIMIT;
use crate::support::hook::Hook;
use crate::support::rig::{self, Server};
use crate::support::ruled::{DEPTH, Ruled, account};

const PARTS: [&str; 2] = ["alertmanager", "amtool"];

fn receiver(alertmanager: &Server, fan_out: FanOut) -> Receiver {
    let kind = Alertmanager { url: alertmanager.url(), fan_out, headers: Vec::new() };
    Receiver::new("page", ReceiverKind::Alertmanager(kind))
}

/// A service that tells this Alertmanager.
async fn ruled(hook: &Hook, alertmanager: &Server, fan_out: FanOut, n_accounts: usize) -> Ruled {
    let rules = DEPTH.replace("group_wait: 1s", "group_wait: 2s");
    Ruled::start_with(hook, &rules, n_accounts, |config| {
        config.alerting.receivers = vec![receiver(alertmanager, fan_out)];
    })
    .await
}

/// What the API says under a path, once it is as looked for.
#[track_caller]
pub(crate) fn once(
    alertmanager: &Server,
    path: &str,
    looked_for: impl Fn(&[Value]) -> bool,
) -> impl Future<Output = Vec<Value>> {
    let caller = std::panic::Location::caller();
    let (url, give_up) = (format!("{}/api/v2/{path}", alertmanager.url()), Instant::now() + LIMIT);
    async move {
        loop {
            let answer = reqwest::get(&url).await.unwrap().bytes().await.unwrap();
            let list: Vec<Value> = serde_json::from_slice(&answer).unwrap();
            if looked_for(&list) {
                return list;
            }
            assert!(Instant::now() < give_up, "{caller}: {list:?}");
            sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

/// What amtool prints about the alerts that match.
fn amtool(alertmanager: &Server, matchers: &[&str]) -> Vec<Value> {
    let mut command = Command::new(rig::part("amtool").unwrap());
    let _ = command.args(["alert", "query", "--output=json", "--alertmanager.url", &alertmanager.url()]).args(matchers);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn accounts(alerts: &[Value]) -> BTreeSet<String> {
    alerts.iter().map(|alert| alert["labels"]["account"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Scenario: two accounts fire, one of them recovers. Guarantees: Alertmanager has one alert for each, in one group of the rule,
/// with account, tenant, severity, summary and a link; it ends when the account recovers; amtool finds it by its labels.
#[tokio::test]
async fn alerts_are_received_grouped_and_resolved() {
    if !rig::has(&PARTS) {
        return;
    }
    let (hook, alertmanager) = (Hook::start().await, Server::start_alertmanager());
    let ruled = ruled(&hook, &alertmanager, FanOut::Alert, 3).await;
    ruled.say([0, 1], 12).await;
    let alerts = once(&alertmanager, "alerts", |alerts| alerts.len() == 2).await;
    let alert = alerts.iter().find(|alert| alert["labels"]["account"] == account(0)).unwrap();
    let labels = json!({
        "account": account(0), "alertname": "QueueDepth", "severity": "critical", "team": "platform", "tenant": "tenant-0",
    });
    assert_eq!(alert["labels"], labels);
    assert_eq!(alert["annotations"]["summary"], "12 jobs wait at tenant-0");
    assert_eq!(alert["annotations"]["runbook_url"], "https://runbooks.example.net/depth");
    let link = alert["generatorURL"].as_str().unwrap();
    assert!(link.starts_with("https://fanin.example.net/alerts?q="), "{link}");
    assert_eq!(alert["status"]["state"], "active");

    let in_group = |groups: &[Value]| groups.iter().any(|group| group["alerts"].as_array().unwrap().len() == 2);
    let groups = once(&alertmanager, "alerts/groups", in_group).await;
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0]["labels"], json!({ "alertname": "QueueDepth" }));
    assert_eq!(accounts(groups[0]["alerts"].as_array().unwrap()), accounts(&alerts));

    let matched = amtool(&alertmanager, &["alertname=QueueDepth", "severity=critical", "tenant=tenant-1"]);
    assert_eq!(accounts(&matched), [account(1)].into());
    assert_eq!(amtool(&alertmanager, &["tenant=tenant-2"]), [] as [Value; 0]);

    // What is resolved is no longer among what the API gives.
    ruled.say([0], 1).await;
    let left = once(&alertmanager, "alerts", |alerts| alerts.len() == 1).await;
    assert_eq!(accounts(&left), [account(1)].into());
    ruled.say([1], 1).await;
    let _ = once(&alertmanager, "alerts", <[Value]>::is_empty).await;
    let _ = ruled.service.stop().await;
}

/// Scenario: a list of ten accounts, told to one receiver by account and to another by rule. Guarantees: ten alerts there, one here.
#[tokio::test]
async fn a_list_is_one_alert_for_each_account_or_one_for_all() {
    if !rig::has(&PARTS) {
        return;
    }
    let hook = Hook::start().await;
    let (by_account, by_rule) = (Server::start_alertmanager(), Server::start_alertmanager());
    let rules = DEPTH.replace("group_wait: 1s", "group_wait: 2s");
    let ruled = Ruled::start_with(&hook, &rules, 10, |config| {
        let mut second = receiver(&by_rule, FanOut::Rule);
        second.name = "second".into();
        config.alerting.receivers = vec![receiver(&by_account, FanOut::Alert), second];
        let receivers = [("page".to_owned(), vec!["page".to_owned(), "second".to_owned()])].into();
        config.alerting.routes = vec![NotifyRoute { name: None, matches: None, receivers }];
    })
    .await;
    ruled.say(0..10, 12).await;
    let of_accounts = once(&by_account, "alerts", |alerts| alerts.len() == 10).await;
    assert_eq!(accounts(&of_accounts), (0..10).map(account).collect());
    let of_rule = once(&by_rule, "alerts", |alerts| !alerts.is_empty()).await;
    assert_eq!(of_rule.len(), 1);
    assert_eq!(of_rule[0]["annotations"]["accounts"], "10");
    assert_eq!(of_rule[0]["labels"]["alertname"], "QueueDepth");
    ruled.say(0..10, 1).await;
    let _ = once(&by_account, "alerts", <[Value]>::is_empty).await;
    let _ = once(&by_rule, "alerts", <[Value]>::is_empty).await;
}

/// Scenario: 40 accounts fire at once. Guarantees: one alert in Alertmanager, that ends with the fleet's incident.
#[tokio::test]
async fn a_fleet_is_one_alert() {
    if !rig::has(&PARTS) {
        return;
    }
    let (hook, alertmanager) = (Hook::start().await, Server::start_alertmanager());
    let ruled = ruled(&hook, &alertmanager, FanOut::Alert, 40).await;
    ruled.say(0..40, 12).await;
    let alerts = once(&alertmanager, "alerts", |alerts| !alerts.is_empty()).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["annotations"]["accounts"], "40");
    ruled.say(0..40, 1).await;
    let _ = once(&alertmanager, "alerts", <[Value]>::is_empty).await;
}
