//! From a notification to the requests of each kind of receiver, and what their answers mean. Pure: `io::receivers` sends.
//!
//! Everything that is shown may come from a tenant's log, so nothing of it is trusted: it is escaped for its receiver and
//! cut to the receiver's limits.

pub mod links;
pub mod text;
pub mod labels;
pub mod render;
pub mod route;
pub mod alertmanager;
pub mod pagerduty;
pub mod slack;
pub mod sns;
pub mod webhook;
pub mod jsm;
pub mod log;
pub mod outbox;

use std::fmt;
use std::time::Duration;

use crate::config::alerting::{Receiver, ReceiverKind};
use crate::export::http::retry_after;
use crate::incident::Notification;
use crate::time::Timestamp;
use links::Links;

/// One thing to do for a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// An HTTP request.
    Http(Request),
    /// A message to a topic of Amazon SNS.
    Publish(sns::Publish),
    /// An entry in Fanin's own log.
    Log(log::Entry),
}

/// An HTTP request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST` or `PUT`.
    pub method: &'static str,
    /// The whole URL; of Slack a secret.
    pub url: String,
    /// Headers by name; some are secret.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Time for it.
    pub timeout: Duration,
}

/// Neither addresses nor headers nor bodies: all of them may be secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request {{ {}, {} bytes }}", self.method, self.body.len())
    }
}

/// What was read of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

/// What an attempt to tell a receiver came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Accepted {
        /// What a later notification of the same incident replaces: the message of a Slack bot.
        posted: Option<Box<str>>,
    },
    /// Not now.
    Retry {
        /// How long the receiver asks to wait.
        after: Option<Duration>,
        /// It may have got it all the same: the answer was lost, or was a failure on its side.
        uncertain: bool,
        /// What happened, for the log.
        error: String,
    },
    /// What was to be replaced is gone: tell it as something new.
    Gone,
    /// Never.
    Refused {
        /// The receiver's words.
        reason: String,
    },
}

/// What is to be done to tell a receiver. `posted` is what the receiver's last `Verdict::Accepted` for the incident gave.
///
/// Several are done in their order; the first that is not accepted ends it.
#[must_use]
pub fn requests(
    notification: &Notification,
    receiver: &Receiver,
    links: &Links,
    posted: Option<&str>,
    now: Timestamp,
) -> Vec<Outgoing> {
    let telling = Telling { notification, receiver, links, now };
    match &receiver.kind {
        ReceiverKind::PagerDuty(it) => vec![Outgoing::Http(pagerduty::request(&telling, it))],
        ReceiverKind::Slack(it) => vec![Outgoing::Http(slack::request(&telling, it, posted))],
        ReceiverKind::Alertmanager(it) => http(alertmanager::requests(&telling, it)),
        ReceiverKind::Sns(it) => vec![Outgoing::Publish(sns::publish(&telling, it))],
        ReceiverKind::Webhook(it) => vec![Outgoing::Http(webhook::request(&telling, it))],
        ReceiverKind::Jsm(it) => http(jsm::requests(&telling, it)),
        ReceiverKind::Log(it) => vec![Outgoing::Log(log::entry(&telling, it))],
    }
}

fn http(requests: Vec<Request>) -> Vec<Outgoing> {
    requests.into_iter().map(Outgoing::Http).collect()
}

/// What an answer of a receiver to one of its requests means.
#[must_use]
pub fn verdict(kind: &ReceiverKind, answer: &Answer, now: Timestamp) -> Verdict {
    match kind {
        ReceiverKind::Slack(it) => slack::verdict(it, answer, now),
        ReceiverKind::PagerDuty(_)
        | ReceiverKind::Alertmanager(_)
        | ReceiverKind::Sns(_)
        | ReceiverKind::Webhook(_)
        | ReceiverKind::Jsm(_)
        | ReceiverKind::Log(_) => by_status(answer, now),
    }
}

/// A notification, for whom it is, and what it is told with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling<'a> {
    pub(crate) notification: &'a Notification,
    pub(crate) receiver: &'a Receiver,
    pub(crate) links: &'a Links,
    pub(crate) now: Timestamp,
}

impl Telling<'_> {
    fn json(&self, method: &'static str, url: String, body: &serde_json::Value) -> Request {
        let headers = vec![("Content-Type".into(), "application/json".into())];
        Request { method, url, headers, body: body.to_string().into_bytes(), timeout: self.receiver.timeout }
    }
}

/// The usual meaning of a status: done, later, or never.
fn by_status(answer: &Answer, now: Timestamp) -> Verdict {
    match answer.status {
        200..=299 => Verdict::Accepted { posted: None },
        408 | 425 | 429 | 500..=599 => Verdict::Retry {
            after: retry_after(answer.retry_after.as_deref(), now),
            uncertain: matches!(answer.status, 408 | 500 | 502 | 504),
            error: said(answer),
        },
        _ => Verdict::Refused { reason: said(answer) },
    }
}

/// Status and words of an answer, in one short line.
fn said(answer: &Answer) -> String {
    const CHARS_MAX: usize = 300;
    let body = String::from_utf8_lossy(&answer.body);
    let words = text::one_line(&body, CHARS_MAX);
    match (answer.status, words.is_empty()) {
        (status, true) => format!("HTTP {status}"),
        (status, false) => format!("HTTP {status}: {words}"),
    }
}

/// A key that is no longer than a receiver takes; a longer one ends with its hash, so that two never become one.
fn key(incident: &str, chars_max: usize) -> String {
    if incident.chars().count() <= chars_max {
        return incident.to_owned();
    }
    let hash = format!("-{:016x}", xxhash_rust::xxh3::xxh3_64(incident.as_bytes()));
    let kept: String = incident.chars().take(chars_max - hash.len()).collect();
    kept + &hash
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>, body: &str) -> Answer {
        Answer { status, retry_after: retry_after.map(Into::into), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_status_means_done_later_or_never() {
        let now = Timestamp::from_seconds(1_000);
        let retry = |after: Option<u64>, uncertain, error: &str| Verdict::Retry {
            after: after.map(Duration::from_secs),
            uncertain,
            error: error.into(),
        };
        assert_eq!(by_status(&answer(202, None, "{}"), now), Verdict::Accepted { posted: None });
        assert_eq!(by_status(&answer(429, Some("30"), ""), now), retry(Some(30), false, "HTTP 429"));
        assert_eq!(by_status(&answer(503, None, "down"), now), retry(None, false, "HTTP 503: down"));
        assert_eq!(by_status(&answer(504, None, "late"), now), retry(None, true, "HTTP 504: late"));
        assert_eq!(
            by_status(&answer(400, None, "bad\nkey"), now),
            Verdict::Refused { reason: "HTTP 400: bad key".into() }
        );
        assert_eq!(by_status(&answer(302, None, ""), now), Verdict::Refused { reason: "HTTP 302".into() });
    }

    #[test]
    fn a_long_key_is_cut_and_stays_unique() {
        let (one, two) = (format!("{}1", "a".repeat(300)), format!("{}2", "a".repeat(300)));
        assert_eq!(key(&one, 255).len(), 255);
        assert_ne!(key(&one, 255), key(&two, 255));
        assert_eq!(key("short", 255), "short");
        assert_eq!(key(&"b".repeat(255), 255), "b".repeat(255));
    }

    #[test]
    fn a_request_does_not_show_its_secrets() {
        let request = Request {
            method: "POST",
            url: "https://hooks.slack.com/services/s3cret".into(),
            headers: vec![("Authorization".into(), "s3cret".into())],
            body: b"s3cret".to_vec(),
            timeout: Duration::from_secs(1),
        };
        assert_eq!(format!("{request:?}"), "Request { POST, 6 bytes }");
    }
}
