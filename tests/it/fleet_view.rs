//! The API over the fleet, of a service with rules: what people see of accounts that break.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use fanin::config::Secret;
use fanin::config::page::Token;
use fanin::view::View;
use fanin::view::scope::Scope;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::support::hook::Hook;
use crate::support::kinesis::until;
use crate::support::ruled::{DEPTH, Ruled, account};

/// An answer.
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

async fn ask(ruled: &Ruled, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let mut request = client.get(format!("http://{}/api/v1/{path}", ruled.service.address()));
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_str(value).unwrap());
    }
    let answer = request.send().await.unwrap();
    Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text: answer.text().await.unwrap() }
}

async fn get(ruled: &Ruled, path: &str) -> Value {
    let answer = ask(ruled, path, &[]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

/// Waits until the picture is so.
async fn until_seen(ruled: &Ruled, what: &str, is: impl Fn(&View) -> bool) {
    until(what, || is(&ruled.service.views().current(&Scope::Fleet))).await;
}

fn critical(view: &View) -> u32 {
    view.cells().states().critical
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_is_seen_in_every_answer() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 12).await;
    ruled.say(0..3, 20).await;
    until_seen(&ruled, "three critical accounts", |view| critical(view) == 3).await;

    let summary = get(&ruled, "fleet/summary").await;
    let verdict = summary["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("3 of 12 accounts need attention. 1 rule firing, newest "), "{verdict}");
    assert_eq!((&summary["states"]["critical"], &summary["freshness"]["new"]), (&json!(3), &json!(9)));
    assert_eq!(summary["first_steps"], json!({"sources": true, "received": true, "decoded": true, "known": true}));

    let groups = get(&ruled, "alerts/groups?by=rule&limit=9999").await;
    let group = &groups["items"][0];
    assert_eq!((&group["key"], &group["accounts"], &group["trend"]), (&json!("QueueDepth"), &json!(3), &json!("new")));
    assert_eq!(group["runbook"], "https://runbooks.example.net/depth");
    assert!(group["summary"].as_str().unwrap().starts_with("20 jobs wait at tenant-"), "{group}");
    assert_eq!(groups["notices"][0], "limit 9999 is more than 200: 200 are shown at a time");

    let first = get(&ruled, "alerts?sort=account&limit=2").await;
    assert_eq!((first["items"].as_array().unwrap().len(), &first["total"]), (2, &json!(3)));
    let next = first["next"].as_str().unwrap();
    let second = get(&ruled, &format!("alerts?sort=account&limit=2&cursor={next}")).await;
    assert_eq!((&second["items"][0]["account"], second.get("next")), (&json!(account(2)), None));
    let csv = ask(&ruled, "alerts.csv?q=tenant%3Dtenant-1", &[]).await;
    assert!(csv.text.starts_with("fingerprint,name,rule,account,") && csv.text.lines().count() == 2, "{}", csv.text);

    let accounts = get(&ruled, "accounts?state=critical&q=rule%3DQueueDepth").await;
    assert_eq!((&accounts["total"], &accounts["notices"][0]), (&json!(3), &Value::Null));
    let digits = account(1);
    let dashed = format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..]);
    let one = get(&ruled, &format!("accounts/{dashed}")).await;
    assert_eq!((&one["id"], &one["state"], &one["counts"]["logs"]), (&json!(digits), &json!("critical"), &json!(1)));
    assert_eq!((&one["alerts"][0]["value_text"], &one["alerts"][0]["threshold_text"]), (&json!("20"), &json!("10")));
    let series = get(&ruled, &format!("accounts/{digits}/metrics?names=logs,bytes&from=now-30m")).await;
    assert_eq!((&series["names"], &series["units"]), (&json!(["logs", "bytes"]), &json!(["1/min", "By/min"])));
    assert_eq!(series["data"][0].as_array().unwrap().len(), series["data"][1].as_array().unwrap().len());
    assert_eq!(series["data"][1][0], Value::Null, "nothing is known of the time before the start");

    let nobody = ask(&ruled, "accounts/1111-1111-0099", &[]).await;
    assert_eq!((nobody.status, &nobody.json()["code"]), (404, &json!("not_found")));
    assert!(nobody.json()["hint"].as_str().unwrap().starts_with("closest: 111111110009"), "{}", nobody.text);
    let bad = ask(&ruled, "accounts?state=loud", &[]).await;
    assert_eq!((bad.status, &bad.json()["code"]), (400, &json!("bad_parameter")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_picture_is_told_what_changed() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 5).await;
    let directory = ask(&ruled, "fleet/directory", &[]).await;
    let tag = directory.headers["etag"].to_str().unwrap();
    assert_eq!(directory.json()["tenants"][4], "tenant-4");
    assert_eq!(ask(&ruled, "fleet/directory", &[("if-none-match", tag)]).await.status, 304);
    assert_eq!(ask(&ruled, "fleet/directory", &[("if-none-match", "\"other\"")]).await.status, 200);

    let before = get(&ruled, "fleet/state").await;
    assert_eq!((&before["state"], &before["fresh"]), (&json!("00000"), &json!("33333")));
    assert_eq!(before["directory"], directory.json()["version"]);
    ruled.say([3], 20).await;
    until_seen(&ruled, "a critical account", |view| critical(view) == 1).await;
    let changed = get(&ruled, &format!("fleet/state?since={}", before["v"])).await;
    assert_eq!((&changed["d"], &changed["state"]), (&json!([[3, "5001"]]), &Value::Null));
    let unknown = get(&ruled, "fleet/state?since=7&metric=events").await;
    assert_eq!((&unknown["state"], &unknown["metric"][0]), (&json!("00050"), &Value::Null));
    assert_eq!(get(&ruled, "fleet/state?rule=QueueDepth").await["firing"], "00010");
    ruled.say([3], 1).await;
    until_seen(&ruled, "that it is over", |view| critical(view) == 0 && view.last_resolved.is_some()).await;
    let quiet = get(&ruled, "fleet/summary").await["verdict"].as_str().unwrap().to_owned();
    assert!(quiet.starts_with("All quiet. 1 rule evaluated ") && quiet.contains(" Last alert resolved "), "{quiet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_tenant_shows_that_tenant_and_nothing_else() {
    let hook = Hook::start().await;
    let token = |name: &str, tenants: Option<&str>| Token {
        name: name.into(),
        secret: Secret::new(format!("{name}-secret-of-sixteen")),
        tenants: tenants.map(|tenant| [tenant.to_owned()].into()),
        write: false,
    };
    let ruled = Ruled::start_with(&hook, DEPTH, 5, |config| {
        config.page.access.tokens = vec![token("all", None), token("one", Some("tenant-1"))];
    })
    .await;
    ruled.say(0..3, 20).await;
    until_seen(&ruled, "three critical accounts", |view| critical(view) == 3).await;
    let (of_one, of_all) = ("Bearer one-secret-of-sixteen", "Bearer all-secret-of-sixteen");
    assert_eq!(ask(&ruled, "fleet/summary", &[]).await.status, 401);
    let paths =
        ["fleet/summary", "fleet/directory", "fleet/state", "fleet/common?state=critical", "alerts/groups", "alerts"];
    for path in paths.into_iter().chain(["accounts", "accounts.csv", "alerts.csv", "alerts/groups?by=tenant"]) {
        let answer = ask(&ruled, path, &[("authorization", of_one)]).await;
        assert_eq!(answer.status, 200, "{path}");
        for other in [0, 2, 3, 4] {
            assert!(!answer.text.contains(&account(other)), "{path}: {}", answer.text);
            assert!(!answer.text.contains(&format!("tenant-{other}")), "{path}: {}", answer.text);
        }
    }
    let summary = ask(&ruled, "fleet/summary", &[("authorization", of_one)]).await.json();
    assert_eq!((&summary["accounts"], &summary["states"]["critical"]), (&json!(1), &json!(1)));
    let path = format!("accounts/{}", account(2));
    assert_eq!(ask(&ruled, &path, &[("authorization", of_one)]).await.status, 404);
    assert_eq!(ask(&ruled, &path, &[("authorization", of_all)]).await.status, 200);
}
