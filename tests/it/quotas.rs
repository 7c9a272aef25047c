//! Quotas from Service Quotas by an assumed role to rules, API and command line.
//!
//! No emulator lists quotas of other services than VPC, so a server here answers as the API reference of Service Quotas and that of the
//! Security Token Service say.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fanin::config::quotas::ServiceQuotas;
use fanin::io::clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::cli::Fanin;
use crate::support::fanin::LIMIT;
use crate::support::fleet::post;
use crate::support::hook::Hook;
use crate::support::kinesis::{REGION, until};
use crate::support::ruled::{Ruled, account};

const RULES: &str = "
version: 1
defaults: {every: 1s, delay: {logs: 1s, metrics: 1s}, new_group_delay: 0s}
incident: {group_wait: 1s}
rules:
  - alert: NearQuota
    kind: threshold
    from: metrics
    group_by: [account, region, dim.ServiceCode, dim.QuotaCode, dim.QuotaName]
    value: max(Fanin/Quotas:Share)
    window: 5m
    critical: '>= 80%'
    annotations: {summary: '{{ value | percent }} of {{ dim.QuotaCode }}'}
    notify: {critical: page}
";

/// What was asked of AWS: the call, and the role it was made by.
type Asked = Arc<Mutex<Vec<String>>>;

/// STS and Service Quotas: two accounts have the quota, of the third the role is missing.
async fn aws(asked: Asked) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    let app = Router::new().fallback(answer).with_state(asked);
    drop(tokio::spawn(async move { axum::serve(listener, app).await.expect("the server runs") }));
    url
}

async fn answer(State(asked): State<Asked>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let target = headers.get("x-amz-target").map(|target| target.to_str().expect("text").to_owned());
    let call = target.as_deref().and_then(|target| target.split_once('.')).map_or("AssumeRole", |(_, call)| call);
    asked.lock().expect("no test panics with the lock").push(format!("{call} {body}"));
    if call == "AssumeRole" {
        return assumed(&body);
    }
    let request: Value = serde_json::from_str(&body).expect("requests are JSON");
    let quota = json!({
        "ServiceCode": "lambda", "QuotaCode": "L-B99A9384", "QuotaName": "Concurrent executions", "Value": 100.0,
        "Unit": "None", "Adjustable": true, "GlobalQuota": false,
    });
    // In two pages, as long lists come.
    let page = match (call, request["NextToken"].as_str()) {
        ("ListServiceQuotas", None) => json!({ "Quotas": [], "NextToken": "second" }),
        ("ListServiceQuotas", Some(_)) => json!({ "Quotas": [quota] }),
        _ => json!({ "Quotas": [] }),
    };
    ([("content-type", "application/x-amz-json-1.1")], page.to_string()).into_response()
}

fn assumed(body: &str) -> Response {
    if body.contains(&account(2)) {
        let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                      <Message>not authorized to perform sts:AssumeRole</Message></Error></ErrorResponse>";
        return (StatusCode::FORBIDDEN, denied).into_response();
    }
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
     <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
     </Credentials></AssumeRoleResult></AssumeRoleResponse>"
        .into_response()
}

/// A point of a metric stream: so many functions ran at once.
fn concurrency(n: usize, most: f64) -> Vec<u8> {
    let datum = json!({
        "metric_stream_name": "all", "account_id": account(n), "region": REGION, "namespace": "AWS/Lambda",
        "metric_name": "ConcurrentExecutions", "dimensions": {}, "timestamp": clock::now().millis() - 60_000,
        "unit": "Count", "value": { "max": most, "min": 0.0, "sum": most, "count": 1.0 },
    });
    format!("{datum}\n").into_bytes()
}

/// Scenario: Service Quotas grants each account 100 concurrent executions; one uses 90, one 10, and the role of a third is missing.
/// Guarantees: the rule fires for the first alone; API and command tell use, value, its source and a request that can be sent; the
/// third is told of as not known.
#[tokio::test(flavor = "multi_thread")]
async fn values_of_service_quotas_make_shares_that_rules_and_people_see() {
    let (asked, hook) = (Asked::default(), Hook::start().await);
    let endpoint = aws(Arc::clone(&asked)).await;
    let ruled = Ruled::start_with(&hook, RULES, 3, |config| {
        config.quotas.service_quotas = Some(ServiceQuotas {
            external_id: Some("shown".into()),
            services: vec!["lambda".into()],
            regions: vec![REGION.parse().expect("a Region")],
            endpoint: Some(endpoint),
            refresh: Duration::from_hours(24),
            ..ServiceQuotas::default()
        });
    })
    .await;
    let address = ruled.service.address();
    until("all accounts to be asked", || {
        asked
            .lock()
            .expect("no test panics with the lock")
            .iter()
            .filter(|call| call.starts_with("ListService"))
            .count()
            >= 4
    })
    .await;
    let ask = |arguments: &[&str]| Fanin::new().env("FANIN_SERVER", format!("http://{address}/")).run(arguments);
    let mut said = Value::Null;
    let give_up = tokio::time::Instant::now() + LIMIT;
    while hook.told("/hook").is_empty() || said["items"][0]["share"].is_null() {
        assert!(tokio::time::Instant::now() < give_up, "{said:#}");
        assert_eq!(
            post(address, &[concurrency(0, 90.0), concurrency(1, 10.0), concurrency(2, 50.0)])
                .await
                .expect("an answer"),
            200
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
        said = ask(&["quotas", "--json"]).json();
    }
    let told = hook.told("/hook");
    let labels = &told[0]["alerts"][0]["labels"];
    assert_eq!((told.len(), &labels["account"]), (1, &json!(account(0))), "{told:#?}");

    let of = |n: usize| {
        let items = said["items"].as_array().expect("a list");
        items.iter().find(|item| item["account"] == account(n)).unwrap_or_else(|| panic!("none of {n}: {said:#}"))
    };
    let first = of(0);
    assert_eq!(
        (&first["used"], &first["value"], &first["source"]),
        (&json!(90.0), &json!(100.0), &json!("service_quotas"))
    );
    let command = first["request"]["command"].as_str().expect("a command");
    assert!(command.contains("request-service-quota-increase") && command.contains("L-B99A9384"), "{command}");
    assert_eq!(of(1)["share"], 0.1);
    assert_ne!(of(2)["source"], "service_quotas", "the role of it is missing: {}", of(2));
    let table = ask(&["quotas", &account(0), "--request"]);
    assert!(table.stdout.contains("90%") && table.stdout.contains(command), "{table:?}");

    let asked = asked.lock().expect("no test panics with the lock").clone();
    let mut by_role = asked.iter().filter(|call| call.starts_with("AssumeRole"));
    assert!(by_role.all(|call| call.contains("ExternalId=shown") && call.contains("FaninQuotaReader")), "{asked:#?}");
}
