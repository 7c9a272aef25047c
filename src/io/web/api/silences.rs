//! Silences and acknowledgements: listed, tried, made, ended.
//!
//! Who sees some tenants only sees the silences that name these tenants, or accounts or alerts of theirs, and what they make is
//! bound to their tenants by a matcher that is added.

mod own;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Answer, Format, Limit, part};
use super::params::{Params, Sent};
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::api::alerts::AckRequest;
use crate::api::silences::{
    Matcher, PostableSilence, Preview, PreviewRequest, Silence, SilenceId, SilenceState, SilenceStatus,
};
use crate::incident::silence::{self, Op};
use crate::incident::{Firing, Target};
use crate::io::clock;
use crate::rule::Level;
use crate::time::Timestamp;
use own::Own;

/// Alerts that a preview names at most.
const SAMPLE_MAX: usize = 20;

/// Characters of a comment or author at most.
const TEXT_CHARS_MAX: usize = 2_000;

/// Matchers of a silence at most.
const MATCHERS_MAX: usize = 32;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/silences", "Silences and acknowledgements, those that end first at the front", list)
            .params::<Wanted>()
            .list::<Silence>(),
        Route::get("/silences/{id}", "One silence or acknowledgement", one).answer::<Silence>(),
        Route::post("/silences", "Makes a silence, or changes the one whose id is given", post)
            .body::<PostableSilence>()
            .answer::<SilenceId>(),
        Route::post("/silences/preview", "What a silence would silence", preview)
            .needs(Needs::Read)
            .body::<PreviewRequest>()
            .answer::<Preview>(),
        Route::delete("/silences/{id}", "Ends a silence or acknowledgement", delete),
        Route::post("/alerts/ack", "Acknowledges an alert or an incident", ack)
            .body::<AckRequest>()
            .answer::<SilenceId>(),
        Route::delete("/alerts/ack/{id}", "Ends an acknowledgement", delete_ack),
    ]
}

/// Which silences are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    /// In one of these states: `active`, `pending`, `expired`; all where none is named. With commas, or given several times.
    state: Vec<String>,
    /// At most so many: 200 where nothing is said, 1,000 at most.
    limit: Option<u32>,
    /// Where an earlier answer ended.
    cursor: Option<String>,
}

async fn list(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Refusal> {
    let states: Vec<&str> = wanted.state.iter().flat_map(|states| states.split(',')).map(str::trim).collect();
    if let Some(unknown) = states.iter().find(|state| !["active", "pending", "expired"].contains(state)) {
        return Err(Refusal::bad_parameter("state", format!("is active, pending or expired, not {unknown:?}")));
    }
    let mut silences = visible(&api, &who);
    silences.retain(|silence| states.is_empty() || states.contains(&word(silence.status.state)));
    Ok(format.list(part(silences, Limit::new(wanted.limit, 200, 1_000), wanted.cursor.as_deref())?))
}

async fn one(State(api): State<Arc<Api>>, who: Who, Path(id): Path<String>) -> Result<Answer<Silence>, Refusal> {
    find(&api, &who, &id).map(Answer)
}

async fn post(
    State(api): State<Arc<Api>>,
    who: Who,
    Sent(posted): Sent<PostableSilence>,
) -> Result<Answer<SilenceId>, Refusal> {
    put(&api, &who, posted).map(Answer)
}

async fn delete(State(api): State<Arc<Api>>, who: Who, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    expire(&api, &who, &id).map(|()| StatusCode::NO_CONTENT)
}

async fn delete_ack(State(api): State<Arc<Api>>, who: Who, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    if !find(&api, &who, &id)?.ack {
        return Err(Refusal::not_found(format!("{id:?} is a silence, not an acknowledgement")));
    }
    expire(&api, &who, &id).map(|()| StatusCode::NO_CONTENT)
}

async fn preview(
    State(api): State<Arc<Api>>,
    who: Who,
    Sent(asked): Sent<PreviewRequest>,
) -> Result<Answer<Preview>, Refusal> {
    let matchers = own::bound(matchers(&asked.matchers)?, &who.scope);
    let directory = api.directory.current();
    let (firing, accounts) = api.alerting.with(|alerting| {
        let (incidents, rules) = (alerting.incidents(), alerting.rules());
        (incidents.firing(rules, &directory), incidents.preview(&matchers, rules, &directory).accounts)
    });
    let mut matched: Vec<Firing> = firing.into_iter().filter(|firing| firing.matches(&matchers)).collect();
    matched.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| (a.account, &a.name).cmp(&(b.account, &b.name))));
    let critical = matched.iter().filter(|firing| firing.level == Level::Critical).count();
    let sample = matched
        .iter()
        .take(SAMPLE_MAX)
        .map(|firing| (firing.account.map(|account| account.to_string()).unwrap_or_default(), firing.name.to_string()));
    Ok(Answer(Preview {
        firing: count(matched.len()),
        critical: count(critical),
        accounts,
        sample: sample.collect(),
        sentence: sentence(matched.len(), critical, accounts),
    }))
}

fn sentence(firing: usize, critical: usize, accounts: u32) -> String {
    let now = match firing {
        0 => "Mutes nothing now".to_owned(),
        1 => format!("Mutes 1 alert now ({})", if critical == 1 { "critical" } else { "warning" }),
        n => format!("Mutes {n} alerts now ({critical} critical)"),
    };
    let accounts = if accounts == 1 { "1 account".to_owned() } else { format!("{accounts} accounts") };
    format!("{now}; would also mute what comes of {accounts}.")
}

async fn ack(
    State(api): State<Arc<Api>>,
    who: Who,
    Sent(asked): Sent<AckRequest>,
) -> Result<Answer<SilenceId>, Refusal> {
    let by = author(&who, &asked.by)?;
    let target = match (&asked.fingerprint, &asked.incident) {
        (Some(fingerprint), None) => {
            let own = Own::new(&api, &who.scope);
            let known = u64::from_str_radix(fingerprint, 16).ok().filter(|_| own.covers_alert(fingerprint));
            Target::Alert(known.ok_or_else(|| Refusal::not_found(format!("no alert {fingerprint:?} fires")))?)
        }
        (None, Some(_)) if !who.scope.is_fleet() => {
            return Err(Refusal::forbidden("an incident may be of other tenants as well")
                .hint("acknowledge its alerts, by their fingerprints"));
        }
        (None, Some(incident)) => Target::Incident(incident),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::bad_body("either \"fingerprint\" or \"incident\" says what is acknowledged"));
        }
    };
    let made = api.alerting.change(|incidents| incidents.acknowledge(target, &by, asked.comment.trim(), clock::now()));
    let id = made.map_err(refusal)?;
    tracing::info!(%id, by, "acknowledged");
    changed(&api);
    Ok(Answer(SilenceId { silence_id: id.into() }))
}

/// All silences that someone may see, those that end first at the front, ended ones behind.
pub(super) fn visible(api: &Api, who: &Who) -> Vec<Silence> {
    let (own, now) = (Own::new(api, &who.scope), clock::now());
    let all: Vec<silence::Silence> = api.alerting.with(|alerting| alerting.incidents().silences().cloned().collect());
    let mut seen: Vec<Silence> =
        all.iter().filter(|silence| own.covers(silence)).map(|silence| shown(silence, own.firing(), now)).collect();
    seen.sort_by_key(|silence| {
        let ended = silence.status.state == SilenceState::Expired;
        (ended, if ended { u64::MAX - silence.ends_at.0.nanos() } else { silence.ends_at.0.nanos() })
    });
    seen
}

/// A silence that someone may see.
///
/// # Errors
/// When there is none of that id, for them.
pub(super) fn find(api: &Api, who: &Who, id: &str) -> Result<Silence, Refusal> {
    let unknown = || Refusal::not_found(format!("there is no silence {id:?}"));
    visible(api, who).into_iter().find(|silence| silence.id == id).ok_or_else(unknown)
}

/// Makes or changes a silence.
///
/// # Errors
/// When it may not stand, or is not theirs.
pub(super) fn put(api: &Api, who: &Who, posted: PostableSilence) -> Result<SilenceId, Refusal> {
    let id = posted.id.unwrap_or_default();
    if !id.is_empty() && find(api, who, &id)?.ack {
        return Err(Refusal::bad_body("an acknowledgement is not changed, only ended"));
    }
    let comment = posted.comment.trim();
    if comment.is_empty() {
        return Err(Refusal::bad_body("\"comment\" is empty: say why, for those who find it"));
    }
    within(comment, "comment")?;
    let now = clock::now();
    let silence = silence::Silence {
        id: id.into(),
        matchers: own::bound(matchers(&posted.matchers)?, &who.scope),
        // What is over cannot be silenced any more.
        starts: posted.starts_at.0.max(now),
        ends: posted.ends_at.0,
        created_by: author(who, &posted.created_by)?.into(),
        comment: comment.into(),
        ack: false,
    };
    let by = silence.created_by.clone();
    let id = api.alerting.change(|incidents| incidents.add_silence(silence, now)).map_err(refusal)?;
    tracing::info!(%id, %by, "a silence was made or changed");
    changed(api);
    Ok(SilenceId { silence_id: id.into() })
}

/// Ends a silence or acknowledgement.
///
/// # Errors
/// When there is none of that id, for them.
pub(super) fn expire(api: &Api, who: &Who, id: &str) -> Result<(), Refusal> {
    let _theirs = find(api, who, id)?;
    api.alerting.change(|incidents| incidents.expire_silence(id, clock::now())).map_err(refusal)?;
    tracing::info!(id, by = who.name, "a silence was ended");
    changed(api);
    Ok(())
}

/// Whoever did it would do it again if it were lost, and looks whether it was done.
fn changed(api: &Api) {
    api.save.soon();
    api.views.refresh(clock::now());
}

fn author(who: &Who, given: &str) -> Result<String, Refusal> {
    let name = if who.name.is_empty() { given.trim() } else { &who.name };
    if name.is_empty() {
        return Err(Refusal::bad_body(
            "nobody is named: say who wants it (\"createdBy\", or \"by\" of an acknowledgement)",
        ));
    }
    within(name, "name")?;
    Ok(name.to_owned())
}

fn within(text: &str, what: &str) -> Result<(), Refusal> {
    if text.chars().count() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    Err(Refusal::bad_body(format!("the {what} is longer than {TEXT_CHARS_MAX} characters")))
}

/// Matchers as they are sent.
///
/// # Errors
/// When one is none, or there are too many.
fn matchers(given: &[Matcher]) -> Result<Vec<silence::Matcher>, Refusal> {
    if given.len() > MATCHERS_MAX {
        let n = given.len();
        return Err(Refusal::bad_body(format!("{n} matchers are more than the {MATCHERS_MAX} of a silence")));
    }
    let read = given.iter().map(|matcher| {
        let op = match (matcher.is_regex, matcher.is_equal) {
            (false, true) => Op::Equal,
            (false, false) => Op::NotEqual,
            (true, true) => Op::Matches,
            (true, false) => Op::NotMatches,
        };
        silence::Matcher::new(&matcher.name, op, &matcher.value)
    });
    read.collect::<Result<_, _>>().map_err(refusal)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refusal(error: silence::Error) -> Refusal {
    match error {
        silence::Error::Unknown { .. } => Refusal::not_found(error.to_string()),
        silence::Error::TooLong { .. } => {
            Refusal::bad_body(error.to_string()).hint("page.silence_max in the configuration says how long it may last")
        }
        silence::Error::Matcher { .. }
        | silence::Error::Pattern { .. }
        | silence::Error::Everything
        | silence::Error::Ended { .. } => Refusal::bad_body(error.to_string()),
    }
}

fn shown(silence: &silence::Silence, firing: &[Firing], now: Timestamp) -> Silence {
    let state = if now < silence.starts {
        SilenceState::Pending
    } else if now < silence.ends {
        SilenceState::Active
    } else {
        SilenceState::Expired
    };
    let silencing = match state {
        SilenceState::Active => firing.iter().filter(|firing| firing.matches(&silence.matchers)).count(),
        SilenceState::Pending | SilenceState::Expired => 0,
    };
    Silence {
        id: silence.id.to_string(),
        matchers: silence.matchers.iter().map(matcher).collect(),
        starts_at: silence.starts.into(),
        ends_at: silence.ends.into(),
        updated_at: silence.starts.into(),
        created_by: silence.created_by.to_string(),
        comment: silence.comment.to_string(),
        status: SilenceStatus { state },
        ack: silence.ack,
        silencing: count(silencing),
    }
}

fn matcher(matcher: &silence::Matcher) -> Matcher {
    Matcher {
        name: matcher.name().to_owned(),
        value: matcher.value().to_owned(),
        is_regex: matches!(matcher.op(), Op::Matches | Op::NotMatches),
        is_equal: matches!(matcher.op(), Op::Equal | Op::Matches),
    }
}

/// As the API writes it.
pub(super) const fn word(state: SilenceState) -> &'static str {
    match state {
        SilenceState::Active => "active",
        SilenceState::Pending => "pending",
        SilenceState::Expired => "expired",
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_says_what_it_means_in_a_sentence() {
        assert_eq!(sentence(0, 0, 1), "Mutes nothing now; would also mute what comes of 1 account.");
        assert_eq!(sentence(1, 1, 2), "Mutes 1 alert now (critical); would also mute what comes of 2 accounts.");
        assert_eq!(sentence(21, 9, 37), "Mutes 21 alerts now (9 critical); would also mute what comes of 37 accounts.");
    }

    #[test]
    fn matchers_come_back_as_they_were_sent() {
        for (is_regex, is_equal) in [(false, true), (false, false), (true, true), (true, false)] {
            let sent = Matcher { name: "rule".into(), value: "A.*".into(), is_regex, is_equal };
            assert_eq!(matchers(std::slice::from_ref(&sent)).unwrap().iter().map(matcher).collect::<Vec<_>>(), [sent]);
        }
        let broken = Matcher { name: "rule".into(), value: "(".into(), is_regex: true, is_equal: true };
        assert_eq!(matchers(&[broken]).unwrap_err().problem().code, "bad_body");
    }
}
