//! Tells receivers: sends what `notify` makes of a notification, and reads what comes back.

mod http;
mod sns;

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use reqwest::Client;

use crate::config::alerting::{Alerting, Receiver, ReceiverKind};
use crate::incident::Notification;
use crate::notify::links::Links;
use crate::notify::{Outgoing, Verdict, log, requests, verdict};
use crate::time::Timestamp;

/// Why receivers cannot be told at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No HTTP client can be made, such as without certificates of the system.
    #[error("no client for receivers can be made")]
    Client(#[source] reqwest::Error),
}

/// All receivers of the configuration, ready to be told.
pub struct Receivers {
    client: Client,
    links: Links,
    receivers: BTreeMap<String, Known>,
}

struct Known {
    receiver: Receiver,
    topic: Option<sns::Topic>,
}

impl std::fmt::Debug for Receivers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.receivers.keys()).finish()
    }
}

impl Receivers {
    /// Makes the clients; nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub async fn new(alerting: &Alerting, aws: &SdkConfig) -> Result<Self, Error> {
        let mut receivers = BTreeMap::new();
        for receiver in &alerting.receivers {
            let topic = match &receiver.kind {
                ReceiverKind::Sns(settings) => Some(sns::Topic::new(settings, receiver.timeout, aws).await),
                ReceiverKind::PagerDuty(_)
                | ReceiverKind::Slack(_)
                | ReceiverKind::Alertmanager(_)
                | ReceiverKind::Webhook(_)
                | ReceiverKind::Jsm(_)
                | ReceiverKind::Log(_) => None,
            };
            let _ = receivers.insert(receiver.name.clone(), Known { receiver: receiver.clone(), topic });
        }
        let links = Links::new(alerting.external_url.as_deref());
        Ok(Self { client: http::client(alerting).map_err(Error::Client)?, links, receivers })
    }

    /// Tells a receiver once. `posted` is what it gave when the incident was last accepted. Whatever happens is a verdict.
    ///
    /// Cancel-safe in that nothing is held afterwards; whether the receiver got it is then unknown.
    pub async fn deliver(
        &self,
        receiver: &str,
        notification: &Notification,
        posted: Option<&str>,
        now: Timestamp,
    ) -> Verdict {
        let Some(known) = self.receivers.get(receiver) else {
            return Verdict::Refused { reason: format!("there is no receiver {receiver:?} any more") };
        };
        let (mut told, mut some_accepted) = (None, false);
        for outgoing in requests(notification, &known.receiver, &self.links, posted, now) {
            match self.send(known, &outgoing, now).await {
                // Of several requests the first is the one that later ones could replace.
                Verdict::Accepted { posted } => {
                    some_accepted = true;
                    told = told.or(posted);
                }
                Verdict::Retry { after, uncertain, error } => {
                    return Verdict::Retry { after, uncertain: uncertain || some_accepted, error };
                }
                other @ (Verdict::Gone | Verdict::Refused { .. }) => return other,
            }
        }
        Verdict::Accepted { posted: told }
    }

    async fn send(&self, known: &Known, outgoing: &Outgoing, now: Timestamp) -> Verdict {
        match (outgoing, &known.topic) {
            (Outgoing::Http(request), _) => match http::send(request, &self.client).await {
                Ok(answer) => verdict(&known.receiver.kind, &answer, now),
                Err(verdict) => verdict,
            },
            (Outgoing::Publish(publish), Some(topic)) => topic.publish(publish).await,
            (Outgoing::Publish(_), None) => Verdict::Refused { reason: "the receiver is no topic of SNS".into() },
            (Outgoing::Log(entry), _) => {
                written(entry);
                Verdict::Accepted { posted: None }
            }
        }
    }
}

/// A critical alert is worth a human's morning, and so a warning in the log.
fn written(entry: &log::Entry) {
    let log::Entry { title, rule, severity, status, accounts, summary, alerts } = entry;
    if *severity == "critical" && *status == "firing" {
        tracing::warn!(rule, severity, status, accounts, summary, alerts, "{title}");
    } else {
        tracing::info!(rule, severity, status, accounts, summary, alerts, "{title}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use axum::Router;
    use axum::extract::Request;
    use axum::http::StatusCode;

    use super::*;
    use crate::config::Secret;
    use crate::config::alerting::{Alertmanager, FanOut, Log, Slack, Sns, Webhook};
    use crate::io::{aws, clock};
    use crate::notify::samples;

    /// A server that answers everything so, and keeps what it was sent.
    async fn server(status: u16, answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let handler = move |request: Request| {
            let kept = Arc::clone(&kept);
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                kept.lock().unwrap().push(format!("{} {} {}", head.method, head.uri, String::from_utf8_lossy(&body)));
                (StatusCode::from_u16(status).unwrap(), [("Retry-After", "7")], answer)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await }));
        (url, seen)
    }

    async fn delivered(kind: ReceiverKind, notification: &Notification) -> Verdict {
        let receiver = Receiver { timeout: Duration::from_secs(5), ..Receiver::new("r", kind) };
        let alerting = Alerting { receivers: vec![receiver], ..Alerting::default() };
        let receivers = Receivers::new(&alerting, &aws::none()).await.unwrap();
        receivers.deliver("r", notification, None, clock::now()).await
    }

    fn webhook(url: &str) -> ReceiverKind {
        ReceiverKind::Webhook(Webhook { url: format!("{url}/hook"), secret: None, headers: Vec::new(), alerts_max: 50 })
    }

    #[tokio::test]
    async fn a_webhook_gets_its_request() {
        let (url, seen) = server(200, "").await;
        assert_eq!(delivered(webhook(&url), &samples::individual()).await, Verdict::Accepted { posted: None });
        let seen = seen.lock().unwrap();
        assert!(seen[0].starts_with("POST /hook {") && seen[0].contains("\"version\":\"4\""), "{seen:?}");
    }

    #[tokio::test]
    async fn a_busy_receiver_is_told_again_when_it_says_and_a_wrong_request_is_not() {
        let (url, _) = server(429, "slow down").await;
        let retry = Verdict::Retry {
            after: Some(Duration::from_secs(7)),
            uncertain: false,
            error: "HTTP 429: slow down".into(),
        };
        assert_eq!(delivered(webhook(&url), &samples::individual()).await, retry);
        let (url, _) = server(400, "no such key").await;
        let refused = Verdict::Refused { reason: "HTTP 400: no such key".into() };
        assert_eq!(delivered(webhook(&url), &samples::individual()).await, refused);
    }

    #[tokio::test]
    async fn a_receiver_that_is_not_there_has_certainly_not_heard() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let verdict = delivered(webhook(&url), &samples::individual()).await;
        let Verdict::Retry { uncertain, error, .. } = verdict else { panic!("{verdict:?}") };
        assert!(!uncertain && error.contains("nothing listens on"), "{error}");
    }

    #[tokio::test]
    async fn all_batches_are_sent() {
        let (url, seen) = server(200, "").await;
        let kind = ReceiverKind::Alertmanager(Alertmanager { url, fan_out: FanOut::Alert, headers: Vec::new() });
        let mut notification = samples::list();
        notification.alerts = (0..1_200).map(|n| samples::alert(samples::account(n), "t", "t")).collect();
        assert_eq!(delivered(kind, &notification).await, Verdict::Accepted { posted: None });
        assert_eq!(seen.lock().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_bot_gives_back_its_message() {
        let (url, _) = server(200, r#"{"ok":true,"channel":"C1","ts":"1.2"}"#).await;
        let kind = ReceiverKind::Slack(Slack::Bot { token: Secret::new("t".into()), channel: "c".into(), url });
        assert_eq!(delivered(kind, &samples::fleet()).await, Verdict::Accepted { posted: Some("C1/1.2".into()) });
    }

    #[tokio::test]
    async fn a_topic_gets_its_message() {
        let answer = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                      <MessageId>1</MessageId></PublishResult></PublishResponse>";
        let (url, seen) = server(200, answer).await;
        let topic_arn = "arn:aws:sns:eu-central-1:111122223333:alerts".to_owned();
        let kind = ReceiverKind::Sns(Sns { topic_arn, region: None, endpoint: Some(url), role_arn: None });
        let receiver = Receiver::new("r", kind);
        let alerting = Alerting { receivers: vec![receiver], ..Alerting::default() };
        let credentials = aws_credential_types::Credentials::new("id", "key", None, None, "test");
        let receivers = Receivers::new(&alerting, &aws::fixed(credentials, "us-east-1")).await.unwrap();
        let verdict = receivers.deliver("r", &samples::individual(), None, clock::now()).await;
        assert_eq!(verdict, Verdict::Accepted { posted: None });
        let seen = seen.lock().unwrap();
        assert!(seen[0].contains("Action=Publish") && seen[0].contains("Subject=%5BCRITICAL%5D"), "{seen:?}");
    }

    #[tokio::test]
    async fn the_log_takes_everything_and_an_unknown_receiver_nothing() {
        let kind = ReceiverKind::Log(Log { alerts_max: 1 });
        assert_eq!(delivered(kind, &samples::fleet()).await, Verdict::Accepted { posted: None });
        let receivers = Receivers::new(&Alerting::default(), &aws::none()).await.unwrap();
        let verdict = receivers.deliver("gone", &samples::fleet(), None, clock::now()).await;
        assert!(matches!(verdict, Verdict::Refused { .. }));
    }
}
