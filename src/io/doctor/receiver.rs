//! Whether receivers can be reached. Nobody is told anything, and no key is used: what a look would cost a person's attention is
//! not tried, and each finding says so.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};

use super::Finding;
use crate::config::Config;
use crate::config::alerting::{Alertmanager, Receiver, ReceiverKind, Slack};

const TIMEOUT: Duration = Duration::from_secs(5);

const UNREACHED: &str = "see that the URL is right, and that this machine reaches it";

/// Looks at each receiver.
pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let receivers = &config.alerting.receivers;
    if receivers.is_empty() {
        return Vec::new();
    }
    // As the receivers' own client: secrets go only where the configuration says.
    let client = Client::builder().timeout(TIMEOUT).no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let fix = "see that the certificates of the system are installed";
            return vec![Finding::fail("receivers", crate::io::chain(&error), fix)];
        }
    };
    let mut findings = Vec::new();
    for receiver in receivers {
        findings.push(one(receiver, &client).await);
    }
    findings
}

async fn one(receiver: &Receiver, client: &Client) -> Finding {
    let subject = format!("receiver {}", receiver.name);
    match &receiver.kind {
        ReceiverKind::Alertmanager(settings) => ready(subject, settings, client).await,
        ReceiverKind::PagerDuty(settings) => reached(subject, &settings.url, "the routing key was", client).await,
        ReceiverKind::Slack(Slack::Webhook { url }) => reached(subject, url.expose(), "the webhook was", client).await,
        ReceiverKind::Slack(Slack::Bot { url, .. }) => reached(subject, url, "token and channel were", client).await,
        ReceiverKind::Webhook(settings) => reached(subject, &settings.url, "the webhook was", client).await,
        ReceiverKind::Jsm(settings) => reached(subject, &settings.url, "the API key was", client).await,
        ReceiverKind::Sns(settings) => {
            let message =
                format!("{}: not tried, since only a message would show that it may be sent", settings.topic_arn);
            Finding::ok(subject, message)
        }
        ReceiverKind::Log(_) => Finding::ok(subject, "Fanin's own log; nothing to try"),
    }
}

/// Source: Alertmanager documentation, "Management API".
async fn ready(subject: String, settings: &Alertmanager, client: &Client) -> Finding {
    let url = format!("{}/-/ready", settings.url.trim_end_matches('/'));
    let mut request = client.get(&url);
    for (name, value) in &settings.headers {
        request = request.header(name, value.expose());
    }
    match answered(request).await {
        Ok(200) => Finding::ok(subject, "is ready; no alert was sent"),
        Ok(status) => Finding::fail(
            subject,
            format!("/-/ready answers {status}"),
            "see the log of the Alertmanager, its URL and headers",
        ),
        Err(error) => Finding::fail(subject, error, UNREACHED),
    }
}

/// Asks the server for its root, which needs no key. Whatever it answers, name, connection and certificate are right.
async fn reached(subject: String, url: &str, untried: &str, client: &Client) -> Finding {
    let Ok(mut root) = Url::parse(url) else {
        return Finding::fail(subject, "its URL cannot be used", "correct the configuration");
    };
    root.set_path("/");
    root.set_query(None);
    let encrypted = if root.scheme() == "https" { ", its certificate is good" } else { "" };
    let host = root.host_str().unwrap_or_default().to_owned();
    match answered(client.head(root)).await {
        Ok(_) => {
            Finding::ok(subject, format!("{host} can be reached{encrypted}; {untried} not tried, nobody was told"))
        }
        Err(error) => Finding::fail(subject, format!("{host}: {error}"), UNREACHED),
    }
}

/// The status of the answer. URLs may be secrets, so that none is told.
async fn answered(request: RequestBuilder) -> Result<u16, String> {
    match request.send().await {
        Ok(answer) => Ok(answer.status().as_u16()),
        Err(error) => Err(crate::io::chain(&error.without_url())),
    }
}
