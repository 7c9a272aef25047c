//! `/prometheus/api/v1`: rules and alerts as Prometheus tells them, for Grafana's alert pages.
//!
//! Source: Prometheus 3, "HTTP API", `rules` and `alerts`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Api;
use super::super::access::Who;
use super::super::answer::Answer;
use super::super::cursor;
use super::super::params::Params;
use super::super::refusal::Refusal;
use super::super::route::Route;
use super::{alerts, annotations, labels};
use crate::api::alerts::Alert;
use crate::api::fleet::State as AlertState;
use crate::rule::Rule;

/// The endpoints, below `/prometheus/api/v1`.
pub(in crate::io::web::api) fn routes() -> Vec<Route> {
    vec![
        Route::get("/rules", "As Prometheus", rules).params::<Wanted>(),
        Route::get("/alerts", "As Prometheus", all),
        Route::get("/status/buildinfo", "As Prometheus", buildinfo),
    ]
}

/// A refusal as Prometheus says it.
struct Told(Refusal);

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let problem = self.0.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({ "status": "error", "errorType": "bad_data", "error": problem.detail });
        (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    }
}

/// Which rules are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    /// `alert` or `record`, of which there are none.
    r#type: Option<String>,
    /// Without the alerts of each rule.
    exclude_alerts: bool,
    /// Rules of these names.
    rule_name: Vec<String>,
    /// Groups of these names.
    rule_group: Vec<String>,
    /// Rules of these files.
    file: Vec<String>,
    /// Groups at most.
    group_limit: Option<u32>,
    /// Where an earlier answer ended.
    group_next_token: Option<String>,
}

async fn rules(State(api): State<Arc<Api>>, who: Who, Params(wanted): Params<Wanted>) -> Result<Answer<Value>, Told> {
    let view = api.views.current(&who.scope);
    let mut of_rules: BTreeMap<String, Vec<Alert>> = BTreeMap::new();
    for alert in alerts(&view) {
        of_rules.entry(alert.rule.clone()).or_default().push(alert);
    }
    let mut files: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in &view.rules().set().rules {
        files.entry(&rule.place.file).or_default().push(rule);
    }
    let among = |wanted: &[String], name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let is_record = wanted.r#type.as_deref() == Some("record");
    let groups: Vec<Value> = files
        .into_iter()
        .filter(|(file, _)| !is_record && among(&wanted.file, file) && among(&wanted.rule_group, group_name(file)))
        .filter_map(|(file, rules)| {
            let rules: Vec<&Rule> = rules.into_iter().filter(|rule| among(&wanted.rule_name, &rule.name)).collect();
            let evaluated = view.reached.to_string();
            (!rules.is_empty()).then(|| group(file, &rules, &of_rules, !wanted.exclude_alerts, &evaluated))
        })
        .collect();
    Ok(Answer(success(part(groups, &wanted)?)))
}

/// As many groups as are wanted, and where it goes on.
fn part(groups: Vec<Value>, wanted: &Wanted) -> Result<Value, Refusal> {
    let skipped = match (&wanted.group_next_token, wanted.group_limit) {
        (Some(_), None) => {
            return Err(Refusal::bad_parameter("group_limit", "is needed where \"group_next_token\" is given"));
        }
        (Some(token), Some(_)) => cursor::decode::<usize>(token)?,
        (None, _) => 0,
    };
    let (total, limit) = (groups.len(), wanted.group_limit.map_or(usize::MAX, |limit| limit.max(1) as usize));
    let groups: Vec<Value> = groups.into_iter().skip(skipped).take(limit).collect();
    let end = skipped.saturating_add(groups.len());
    let mut data = json!({ "groups": groups });
    if end < total {
        data["groupNextToken"] = cursor::encode(&end).into();
    }
    Ok(data)
}

/// Rules of one file.
fn group(
    file: &str,
    rules: &[&Rule],
    of_rules: &BTreeMap<String, Vec<Alert>>,
    with_alerts: bool,
    evaluated: &str,
) -> Value {
    let every = rules.iter().map(|rule| rule.every).min().unwrap_or_default();
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let alerts = of_rules.get(&*rule.name).map_or(&[][..], Vec::as_slice);
            let shown: Vec<Value> = if with_alerts { alerts.iter().map(shown).collect() } else { Vec::new() };
            json!({
                "type": "alerting",
                "name": rule.name,
                "query": format!("{}:{}", rule.place.file, rule.place.line),
                "duration": 0,
                "keepFiringFor": 0,
                "labels": rule.labels.iter().cloned().collect::<BTreeMap<_, _>>(),
                "annotations": written(rule),
                "alerts": shown,
                "state": worst(alerts),
                "health": if alerts.iter().any(|alert| alert.state == AlertState::Error) { "err" } else { "ok" },
                "evaluationTime": 0,
                "lastEvaluation": evaluated,
            })
        })
        .collect();
    json!({
        "name": group_name(file), "file": file, "interval": every.as_secs_f64(), "limit": 0, "rules": rules,
        "evaluationTime": 0, "lastEvaluation": evaluated,
    })
}

/// Templates as they were written.
fn written(rule: &Rule) -> BTreeMap<&str, &str> {
    let written = [("summary", &rule.annotations.summary), ("runbook_url", &rule.annotations.runbook)];
    written.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?))).collect()
}

/// The file without its folders and its ending.
fn group_name(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(name, _)| name)
}

fn worst(alerts: &[Alert]) -> &'static str {
    let fires = |alert: &Alert| !matches!(alert.state, AlertState::Ok | AlertState::Pending);
    match (alerts.iter().any(fires), alerts.is_empty()) {
        (true, _) => "firing",
        (false, false) => "pending",
        (false, true) => "inactive",
    }
}

async fn all(State(api): State<Arc<Api>>, who: Who) -> Answer<Value> {
    let alerts: Vec<Value> = alerts(&api.views.current(&who.scope)).iter().map(shown).collect();
    Answer(success(json!({ "alerts": alerts })))
}

fn shown(alert: &Alert) -> Value {
    json!({
        "labels": labels(alert),
        "annotations": annotations(alert),
        "state": worst(std::slice::from_ref(alert)),
        "activeAt": alert.since,
        "value": alert.value.map_or_else(|| "NaN".to_owned(), |value| value.to_string()),
    })
}

async fn buildinfo(_: Who) -> Answer<Value> {
    Answer(success(json!({
        "version": env!("CARGO_PKG_VERSION"), "revision": "fanin", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
    })))
}

#[expect(clippy::needless_pass_by_value, reason = "it becomes part of the answer")]
fn success(data: Value) -> Value {
    json!({ "status": "success", "data": data })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(limit: Option<u32>, token: Option<String>) -> Wanted {
        Wanted { group_limit: limit, group_next_token: token, ..Wanted::default() }
    }

    #[test]
    fn groups_come_in_parts_until_there_are_no_more() {
        let groups = || vec![json!(1), json!(2), json!(3)];
        let first = part(groups(), &wanted(Some(2), None)).unwrap();
        assert_eq!(first["groups"], json!([1, 2]));
        let token = first["groupNextToken"].as_str().unwrap().to_owned();
        assert_eq!(part(groups(), &wanted(Some(2), Some(token.clone()))).unwrap(), json!({ "groups": [3] }));
        assert!(part(groups(), &wanted(None, Some(token))).is_err());
        assert_eq!(part(groups(), &wanted(None, None)).unwrap()["groups"], json!([1, 2, 3]));
    }

    #[test]
    fn a_group_is_called_as_its_file() {
        assert_eq!(group_name("alerts/aws/lambda.yaml"), "lambda");
        assert_eq!(group_name("x"), "x");
    }
}
