//! HTTP requests to receivers.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Method, Url};

use crate::config::alerting::{Alerting, ReceiverKind, Slack};
use crate::io::exporter::{answer, fault};
use crate::notify::{Answer, Request, Verdict};

/// Who asks.
const FANIN: &str = concat!("fanin/", env!("CARGO_PKG_VERSION"));

/// Connections that wait for their next request at most this long.
const IDLE_MAX: Duration = Duration::from_secs(50);

/// One client for all receivers. No redirects: secrets go only where the configuration says. No proxies from the
/// environment: that is read once, by `main`.
pub(super) fn client(alerting: &Alerting) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(4);
    // Without TLS the system's certificates need not be there, nor be loaded.
    let builder =
        if alerting.receivers.iter().any(|it| is_encrypted(&it.kind)) { builder } else { builder.tls_certs_only([]) };
    builder.build()
}

fn is_encrypted(kind: &ReceiverKind) -> bool {
    let url = match kind {
        ReceiverKind::PagerDuty(it) => it.url.as_str(),
        ReceiverKind::Slack(Slack::Webhook { url }) => url.expose(),
        ReceiverKind::Slack(Slack::Bot { url, .. }) => url.as_str(),
        ReceiverKind::Alertmanager(it) => it.url.as_str(),
        ReceiverKind::Webhook(it) => it.url.as_str(),
        ReceiverKind::Jsm(it) => it.url.as_str(),
        ReceiverKind::Sns(_) | ReceiverKind::Log(_) => return false,
    };
    url.starts_with("https://")
}

/// Sends a request once. What concerns the connection is a verdict already.
pub(super) async fn send(request: &Request, client: &Client) -> Result<Answer, Verdict> {
    let (request, timeout) = (made(request)?, request.timeout);
    let url = request.url().clone();
    let attempt = async {
        let response = client.execute(request).await.map_err(|error| failed(error, &url))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let answer = answer::read(response).await.map_err(|error| failed(error, &url))?;
        Ok(Answer { status: answer.status, retry_after, body: answer.body.to_vec() })
    };
    tokio::time::timeout(timeout, attempt).await.unwrap_or_else(|_| {
        let error = format!("{}: timed out after {timeout:?}", url.host_str().unwrap_or_default());
        Err(Verdict::Retry { after: None, uncertain: true, error })
    })
}

/// Without a connection the receiver has certainly not heard.
fn failed(error: reqwest::Error, url: &Url) -> Verdict {
    let uncertain = !error.is_connect();
    let host = url.host_str().unwrap_or_default().to_owned();
    Verdict::Retry { after: None, uncertain, error: format!("{host}: {}", fault::told(error, url)) }
}

fn made(request: &Request) -> Result<reqwest::Request, Verdict> {
    let refused = |what: &str| Verdict::Refused { reason: format!("no request can be made: {what}") };
    let url = Url::parse(&request.url).map_err(|_| refused("the URL is none"))?;
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| refused("the method is none"))?;
    let mut made = reqwest::Request::new(method, url);
    let _ = made.headers_mut().insert(USER_AGENT, HeaderValue::from_static(FANIN));
    for (name, value) in &request.headers {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("a header has no valid name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| refused("a header has a value that none may have"))?;
        value.set_sensitive(true);
        let _ = made.headers_mut().insert(header, value);
    }
    *made.body_mut() = Some(request.body.clone().into());
    Ok(made)
}
