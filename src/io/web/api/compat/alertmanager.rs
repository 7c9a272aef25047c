//! `/api/v2`: Alertmanager's API, so that amtool, Karma and Grafana see and silence alerts here.
//!
//! Source: Alertmanager 0.33, `api/v2/openapi.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Api;
use super::super::access::Who;
use super::super::answer::Answer;
use super::super::params::{Params, Sent};
use super::super::refusal::Refusal;
use super::super::route::Route;
use super::super::silences;
use super::{Texts, alerts, annotations, labels};
use crate::api::alerts::Alert;
use crate::api::fleet::State as AlertState;
use crate::api::silences::{PostableSilence, Silence, SilenceId};
use crate::id::AccountId;
use crate::incident::silence::Matcher;
use crate::io::clock;
use crate::time::Timestamp;

/// After this, an alert of Alertmanager's that is not sent again is over.
const ENDS_AFTER: Duration = Duration::from_mins(4);

/// Times beyond are not understood by tools in Go, whose RFC 3339 ends with the year 9999.
const ENDS_MAX: Timestamp = Timestamp::from_seconds(253_402_300_799);

/// The endpoints, below `/api/v2`.
pub(in crate::io::web::api) fn routes() -> Vec<Route> {
    vec![
        Route::get("/status", "As Alertmanager", status),
        Route::get("/receivers", "As Alertmanager", receivers),
        Route::get("/alerts", "As Alertmanager", list).params::<Wanted>(),
        Route::get("/alerts/groups", "As Alertmanager", groups).params::<Wanted>(),
        Route::get("/silences", "As Alertmanager", list_silences).params::<WantedSilences>(),
        Route::post("/silences", "As Alertmanager", post_silence),
        Route::get("/silence/{id}", "As Alertmanager", one_silence),
        Route::delete("/silence/{id}", "As Alertmanager", delete_silence),
    ]
}

/// A refusal as Alertmanager says it: a text in JSON.
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
        (status, [(CONTENT_TYPE, "application/json")], Value::from(problem.detail.as_str()).to_string()).into_response()
    }
}

/// Which alerts are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    /// Those that are told of.
    active: bool,
    /// Those that are silenced.
    silenced: bool,
    /// Those that are inhibited: here they count as active.
    inhibited: bool,
    /// Matchers, such as `alertname="X"`; all must hold.
    filter: Vec<String>,
    /// A pattern of the receiver's name.
    receiver: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { active: true, silenced: true, inhibited: true, filter: Vec::new(), receiver: None }
    }
}

/// Which silences are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct WantedSilences {
    /// Matchers that a silence must have.
    filter: Vec<String>,
}

async fn status(State(api): State<Arc<Api>>) -> Answer<Value> {
    let started = api.started.to_string();
    let version = env!("CARGO_PKG_VERSION");
    Answer(json!({
        "cluster": { "status": "disabled", "peers": [] },
        "config": { "original": "" },
        "uptime": started,
        "versionInfo": {
            "version": version, "branch": "", "buildDate": "", "buildUser": "", "goVersion": "", "revision": "fanin",
        },
    }))
}

async fn receivers(State(api): State<Arc<Api>>, who: Who) -> Answer<Value> {
    let mut names: Vec<String> = alerts(&api.views.current(&who.scope)).into_iter().map(|alert| alert.notify).collect();
    names.sort();
    names.dedup();
    Answer(names.into_iter().map(|name| json!({ "name": name })).collect())
}

async fn list(State(api): State<Arc<Api>>, who: Who, Params(wanted): Params<Wanted>) -> Result<Answer<Value>, Told> {
    let found = found(&api, &who, &wanted)?;
    Ok(Answer(found.into_iter().map(|(alert, labels)| shown(&api, &alert, &labels)).collect()))
}

async fn groups(State(api): State<Arc<Api>>, who: Who, Params(wanted): Params<Wanted>) -> Result<Answer<Value>, Told> {
    let mut groups: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for (alert, labels) in found(&api, &who, &wanted)? {
        let key = (alert.name.clone(), alert.notify.clone());
        groups.entry(key).or_default().push(shown(&api, &alert, &labels));
    }
    let groups = groups.into_iter().map(|((name, receiver), alerts)| {
        json!({ "labels": { "alertname": name }, "receiver": { "name": receiver }, "alerts": alerts })
    });
    Ok(Answer(groups.collect()))
}

/// Alerts that fire and are wanted, with their labels.
fn found(api: &Api, who: &Who, wanted: &Wanted) -> Result<Vec<(Alert, Texts)>, Refusal> {
    let matchers = read(&wanted.filter)?;
    let receiver = wanted.receiver.as_deref().map(|pattern| {
        let text = format!("receiver=~\"{}\"", pattern.replace('\\', "\\\\").replace('"', "\\\""));
        Matcher::parse(&text).map_err(|error| Refusal::bad_parameter("receiver", error))
    });
    let receiver = receiver.transpose()?;
    let all = alerts(&api.views.current(&who.scope)).into_iter().filter(|alert| {
        let fires = !matches!(alert.state, AlertState::Ok | AlertState::Pending);
        let by_state = if is_suppressed(alert) { wanted.silenced } else { wanted.active };
        fires && by_state && receiver.as_ref().is_none_or(|receiver| receiver.holds(&alert.notify))
    });
    let labelled = all.map(|alert| {
        let labels = labels(&alert);
        (alert, labels)
    });
    let fits = |labels: &Texts| {
        matchers.iter().all(|matcher| matcher.holds(labels.get(matcher.name()).map_or("", String::as_str)))
    };
    Ok(labelled.filter(|(_, labels)| fits(labels)).collect())
}

fn read(filter: &[String]) -> Result<Vec<Matcher>, Refusal> {
    let read = filter.iter().map(|text| Matcher::parse(text).map_err(|error| Refusal::bad_parameter("filter", error)));
    read.collect()
}

const fn is_suppressed(alert: &Alert) -> bool {
    !alert.silenced_by.is_empty() || alert.acked_by.is_some()
}

fn shown(api: &Api, alert: &Alert, labels: &Texts) -> Value {
    let now = clock::now();
    let state = if is_suppressed(alert) { "suppressed" } else { "active" };
    let (mutes, silences): (Vec<&String>, Vec<&String>) =
        alert.silenced_by.iter().partition(|by| by.starts_with("mute:"));
    json!({
        "labels": labels,
        "annotations": annotations(alert),
        "startsAt": alert.since,
        "updatedAt": now.to_string(),
        "endsAt": now.plus(ENDS_AFTER).to_string(),
        "fingerprint": alert.fingerprint,
        "generatorURL": link(api, alert),
        "receivers": [{ "name": alert.notify }],
        "status": { "state": state, "silencedBy": silences, "inhibitedBy": [], "mutedBy": mutes },
    })
}

/// The page of the account, or of the rule where that does not group by accounts; empty where nobody said under which address
/// people reach it.
fn link(api: &Api, alert: &Alert) -> String {
    let account = alert.account.as_deref().and_then(|account| AccountId::parse(account).ok());
    let link = account.map_or_else(|| api.links.rule(&alert.rule), |account| api.links.account(account));
    link.unwrap_or_default()
}

async fn list_silences(
    State(api): State<Arc<Api>>,
    who: Who,
    Params(wanted): Params<WantedSilences>,
) -> Result<Answer<Value>, Told> {
    let wanted = read(&wanted.filter)?;
    // As Alertmanager: a filter holds for a silence with a matcher of that name whose value satisfies it.
    let fits = |silence: &Silence| {
        wanted.iter().all(|wanted| {
            let mut named = silence.matchers.iter().filter(|matcher| matcher.name == wanted.name());
            named.any(|matcher| wanted.holds(&matcher.value))
        })
    };
    Ok(Answer(silences::visible(&api, &who).iter().filter(|silence| fits(silence)).map(told).collect()))
}

async fn one_silence(State(api): State<Arc<Api>>, who: Who, Path(id): Path<String>) -> Result<Answer<Value>, Told> {
    Ok(Answer(told(&silences::find(&api, &who, &id)?)))
}

async fn post_silence(
    State(api): State<Arc<Api>>,
    who: Who,
    Sent(posted): Sent<PostableSilence>,
) -> Result<Answer<SilenceId>, Told> {
    Ok(Answer(silences::put(&api, &who, posted)?))
}

async fn delete_silence(State(api): State<Arc<Api>>, who: Who, Path(id): Path<String>) -> Result<StatusCode, Told> {
    silences::expire(&api, &who, &id)?;
    Ok(StatusCode::OK)
}

/// A silence with the fields that Alertmanager has.
fn told(silence: &Silence) -> Value {
    json!({
        "id": silence.id,
        "matchers": silence.matchers,
        "startsAt": silence.starts_at,
        "endsAt": silence.ends_at.0.min(ENDS_MAX).to_string(),
        "updatedAt": silence.updated_at,
        "createdBy": silence.created_by,
        "comment": silence.comment,
        "status": { "state": silences::word(silence.status.state) },
    })
}
