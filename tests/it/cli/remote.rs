//! The commands that ask a running Fanin, against one that runs in the test.

use std::net::SocketAddr;

use fanin::config::Secret;
use fanin::config::page::Token;
use serde_json::{Value, json};

use super::{Ended, Fanin};
use crate::support::fanin::LIMIT;
use crate::support::hook::Hook;
use crate::support::ruled::{DEPTH, Ruled, account};
use crate::support::wait::until;

/// A service of which the alerts of these accounts fire, in a fleet of twelve.
async fn firing(accounts: std::ops::Range<usize>) -> (Hook, Ruled) {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 12).await;
    let n_firing = accounts.len() as u64;
    ruled.say(accounts, 20).await;
    until("alerts that fire", LIMIT, || {
        let list = fanin(ruled.service.address(), &["alerts", "--state", "critical", "--json"]).json();
        (list["total"].as_u64() == Some(n_firing)).then_some(())
    });
    (hook, ruled)
}

fn fanin(address: SocketAddr, arguments: &[&str]) -> Ended {
    Fanin::new().env("FANIN_SERVER", format!("http://{address}/")).env("USER", "ada").run(arguments)
}

/// Columns of a line.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_and_accounts_are_listed_as_tables_as_json_and_as_csv() {
    let (_hook, ruled) = firing(0..3).await;
    let ask = |arguments: &[&str]| fanin(ruled.service.address(), arguments);

    let alerts = ask(&["alerts", "--limit", "2"]);
    assert_eq!(alerts.exit, 0, "{alerts:?}");
    let lines: Vec<_> = alerts.stdout.lines().collect();
    assert_eq!((lines.len(), words(lines[0])[..3].to_vec()), (3, vec!["STATE", "ALERT", "ACCOUNT"]));
    assert_eq!(words(lines[1])[..2], ["critical", "QueueDepth"]);
    assert!(alerts.stderr.contains("2 of 3 alerts") && alerts.stderr.contains("--limit 3 shows more"), "{alerts:?}");
    assert!(!alerts.stdout.contains('\u{1b}'), "colour without a terminal: {alerts:?}");

    let one = ask(&["alerts", "tenant=tenant-1", "--json"]).json();
    assert_eq!((&one["total"], &one["items"][0]["account"]), (&json!(1), &json!(account(1))));
    let csv = ask(&["alerts", "--csv"]);
    assert_eq!(csv.stdout.lines().count(), 4, "{csv:?}");
    let groups = ask(&["alerts", "--by", "rule"]);
    assert_eq!(words(groups.stdout.lines().nth(1).unwrap())[..3], ["critical", "QueueDepth", "3"]);

    let accounts = ask(&["accounts", "--state", "critical", "--sort", "id"]);
    assert_eq!(accounts.stdout.lines().count(), 4, "{accounts:?}");
    let grouped = ask(&["accounts", "--group-by", "tenant"]);
    assert_eq!(grouped.stdout.lines().count(), 13, "{grouped:?}");
    let digits = account(2);
    let dashed = format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..]);
    let shown = ask(&["accounts", &dashed]);
    assert!(shown.stdout.contains(&dashed) && shown.stdout.contains("QueueDepth"), "{shown:?}");

    let rules = ask(&["rules"]);
    assert_eq!(words(rules.stdout.lines().nth(1).unwrap())[..2], ["critical", "QueueDepth"], "{rules:?}");
    let rule = ask(&["rules", "QueueDepth", "--limit", "3"]);
    assert!(rule.stdout.starts_with("QueueDepth  threshold"), "{rule:?}");
    assert!(ask(&["rules", "QueueDepth", "--source"]).stdout.contains("value: last(depth)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_and_how_full_quotas_are_is_listed() {
    let (_hook, ruled) = firing(0..3).await;
    let ask = |arguments: &[&str]| fanin(ruled.service.address(), arguments);
    let accounts = ask(&["cost", "--by", "account", "--json"]).json();
    assert_eq!(accounts["total"], 3, "{accounts}");
    let table = ask(&["cost", "--by", "account", "--period", "total"]);
    assert_eq!((table.exit, table.stdout.lines().count()), (0, 4), "{table:?}");
    assert!(table.stderr.contains("no prices are configured"), "{table:?}");
    let one = ask(&["cost", "--by", "account", &account(1)]);
    assert_eq!(one.stdout.lines().count(), 2, "{one:?}");
    let fleet = ask(&["cost", "--by", "fleet", "--json"]).json();
    assert_eq!((&fleet["total"], &fleet["items"][0]["accounts"]), (&json!(1), &json!(3)), "{fleet}");
    let quotas = ask(&["quotas"]);
    assert_eq!((quotas.exit, quotas.stderr.starts_with("no quotas")), (0, true), "{quotas:?}");
    let of_one = ask(&["quotas", &account(1), "--json"]).json();
    assert_eq!(of_one["total"], 0, "{of_one}");
    let unknown = ask(&["quotas", "999999999999"]);
    assert_eq!(unknown.exit, 1, "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_tried_made_listed_and_ended() {
    let (_hook, ruled) = firing(0..2).await;
    let ask = |arguments: &[&str]| fanin(ruled.service.address(), arguments);

    let preview = ask(&["silence", "preview", "rule=QueueDepth"]);
    assert!(preview.exit == 0 && preview.stdout.contains("QueueDepth"), "{preview:?}");
    let refused = ask(&["silence", "add", "rule=QueueDepth", "--for", "2h", "--comment", "known"]);
    assert!(refused.exit == 2 && refused.stderr.contains("--yes"), "{refused:?}");

    let made = ask(&["silence", "add", "rule=QueueDepth", "--for", "2h", "--comment", "known", "--yes"]);
    assert_eq!(made.exit, 0, "{made:?}");
    let id = made.stdout.trim();
    let listed = ask(&["silence", "list", "--json"]).json();
    let silence = &listed["items"][0];
    assert_eq!(
        (&silence["id"], &silence["createdBy"], &silence["comment"]),
        (&json!(id), &json!("ada"), &json!("known"))
    );
    let table = ask(&["silence", "list"]);
    assert!(table.stdout.contains("rule=\"QueueDepth\"") && table.stdout.contains("in 1h59m"), "{table:?}");

    let ended = ask(&["silence", "expire", id]);
    assert_eq!(ended.exit, 0, "{ended:?}");
    assert_eq!(ask(&["silence", "list", "--json"]).json()["total"], 0);
    let acked = ask(&["silence", "ack", "QueueDepth", "--comment", "looking"]);
    assert!(acked.exit == 0 && acked.stdout.lines().count() == 2, "{acked:?}");
    let acks = ask(&["alerts", "--state", "acked", "--json"]).json();
    assert_eq!(acks["items"][0]["acked_by"], "ada", "{acks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_records_are_followed_from_before_and_as_they_come() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 3).await;
    ruled.say(0..3, 5).await;
    let asker = Fanin::new().env("FANIN_SERVER", format!("http://{}", ruled.service.address()));
    let tail = ["tail", "--since", "10m", "--lines", "2", "--json", "--account", &account(1), "--tenant", "tenant-1"];
    let mut child = asker.command(&tail).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let speak = async {
        while child.try_wait().unwrap().is_none() {
            ruled.say([1], 7).await;
        }
    };
    tokio::time::timeout(LIMIT, speak).await.expect("it ends after two records");
    let before: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(before.exit, 0, "{before:?}");
    let rows: Vec<Value> = before.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2, "{before:?}");
    assert!(rows.iter().all(|row| row["account"] == account(1)), "{before:?}");
}

#[test]
fn a_server_that_is_not_there_is_told_with_what_to_do() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let ended = fanin(address, &["alerts"]);
    assert_eq!((ended.exit, ended.stdout.as_str()), (69, ""));
    assert!(ended.stderr.contains(&format!("http://{address} cannot be reached")), "{ended:?}");
    assert!(ended.stderr.contains("hint: start one with `fanin demo`"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_from_the_environment_or_a_file_and_without_one_it_is_said_where_it_goes() {
    let hook = Hook::start().await;
    let token =
        Token { name: "ci".into(), secret: Secret::new("0123456789abcdef0123".into()), tenants: None, write: false };
    let ruled = Ruled::start_with(&hook, DEPTH, 3, |config| config.page.access.tokens = vec![token]).await;
    let server = format!("http://{}", ruled.service.address());
    let fanin = || Fanin::new().env("FANIN_SERVER", server.clone());

    let without = fanin().run(&["rules"]);
    assert!(without.exit == 1 && without.stderr.contains("FANIN_TOKEN"), "{without:?}");
    let with = fanin().env("FANIN_TOKEN", "0123456789abcdef0123").run(&["accounts"]);
    assert_eq!(with.exit, 0, "{with:?}");
    let file = fanin().write("token", "0123456789abcdef0123\n").run(&["accounts", "--token-file", "token"]);
    assert_eq!(file.exit, 0, "{file:?}");
    let silence = ["silence", "add", "rule=QueueDepth", "--for", "1h", "--comment", "x", "--yes"];
    let forbidden = fanin().env("FANIN_TOKEN", "0123456789abcdef0123").run(&silence);
    assert!(forbidden.exit == 1 && forbidden.stderr.contains("hint:"), "{forbidden:?}");
}
