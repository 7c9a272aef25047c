//! Asks the API: where it is, with which token, and what its refusals mean for whoever typed the command.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use fanin::api::Problem;
use fanin::io::chain;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::{Environment, Exit, Failure};

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// What stands in a query as it is.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b',');

/// Where the API is, and who asks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(super) struct Server {
    /// The Fanin that is asked
    #[arg(
        long,
        env = "FANIN_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        hide_env_values = true
    )]
    server: String,
    /// Read the token from this file; without it, the variable FANIN_TOKEN has it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Parameters of a query; those without a value are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// One more parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name, value));
        }
        self
    }

    /// One more parameter, where there is a value.
    pub(super) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        self.with(name, value.unwrap_or_default())
    }

    /// One more list.
    pub(super) fn list(self, name: &'static str, values: &[String]) -> Self {
        self.with(name, values.join(","))
    }

    /// The same with another value of one parameter.
    fn replace(&self, name: &'static str, value: impl Into<String>) -> Self {
        let others = self.0.iter().filter(|(known, _)| *known != name).cloned();
        Self(others.collect()).with(name, value)
    }

    fn text(&self) -> String {
        let parts = self.0.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, PLAIN)));
        parts.collect::<Vec<_>>().join("&")
    }
}

/// A part of a path as it stands in one.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Someone to ask.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    /// Without a slash at the end.
    server: String,
}

impl Server {
    /// The client, with the token that is meant.
    pub(super) fn client(&self, environment: &Environment) -> Result<Client, Failure> {
        let server = self.server.trim_end_matches('/').to_owned();
        let host = server.strip_prefix("http://").or_else(|| server.strip_prefix("https://"));
        let host = host.filter(|host| !host.is_empty()).ok_or_else(|| {
            Failure::new(Exit::Usage, anyhow!("{:?} is no URL of a server", self.server))
                .hint("write it with its scheme, such as --server https://fanin.example.net")
        })?;
        let mut headers = HeaderMap::new();
        if let Some(token) = self.token(environment)? {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| Failure::new(Exit::Usage, anyhow!("the token has characters that none has")))?;
            value.set_sensitive(true);
            let _ = headers.insert(AUTHORIZATION, value);
        }
        let mut builder = reqwest::Client::builder().connect_timeout(CONNECT_WITHIN).default_headers(headers);
        if ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local)) {
            builder = builder.no_proxy();
        }
        let http = builder.build().context("no HTTP client").map_err(|error| Failure::new(Exit::Unavailable, error))?;
        Ok(Client { http, server })
    }

    fn token(&self, environment: &Environment) -> Result<Option<String>, Failure> {
        let Some(file) = &self.token_file else {
            return Ok(environment
                .get("FANIN_TOKEN")
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty()));
        };
        let text =
            std::fs::read_to_string(file).with_context(|| format!("the token cannot be read from {}", file.display()));
        text.map(|text| Some(text.trim().to_owned())).map_err(|error| Failure::new(Exit::Io, error))
    }
}

impl Client {
    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Query) -> Result<T, Failure> {
        self.read(self.send(Method::GET, path, query, None, "application/json").await?).await
    }

    /// A list, gathered from as many answers as it takes for what the query wants, each of at most `page` items.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str, query: &Query, page: u32) -> Result<T, Failure> {
        let wanted = query.0.iter().find_map(|(name, value)| (*name == "limit").then(|| value.parse().ok())?);
        let wanted: usize = wanted.unwrap_or(page as usize);
        let first = wanted.min(page as usize);
        let mut whole: Value = self.get(path, &query.replace("limit", first.to_string())).await?;
        while let Some(next) = whole["next"].as_str().map(str::to_owned) {
            let left = wanted.saturating_sub(whole["items"].as_array().map_or(0, Vec::len));
            if left == 0 {
                break;
            }
            let limit = left.min(page as usize).to_string();
            let mut more: Value = self.get(path, &query.replace("limit", limit).replace("cursor", next)).await?;
            let items = std::mem::take(&mut more["items"]);
            let (Value::Array(items), Some(gathered)) = (items, whole["items"].as_array_mut()) else { break };
            gathered.extend(items);
            match more.get("next").cloned() {
                Some(next) => whole["next"] = next,
                None => drop(whole.as_object_mut().and_then(|whole| whole.remove("next"))),
            }
        }
        serde_json::from_value(whole).map_err(|error| self.not_understood(path, &error))
    }

    /// A list as CSV.
    pub(super) async fn csv(&self, path: &str, query: &Query) -> Result<String, Failure> {
        let answer = self.send(Method::GET, path, query, None, "text/csv").await?;
        answer.text().await.map_err(|error| self.broken(&error))
    }

    /// Sends something, and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::new(Exit::Usage, error))?;
        self.read(self.send(Method::POST, path, &Query::default(), Some(body), "application/json").await?).await
    }

    /// Ends something.
    pub(super) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.send(Method::DELETE, path, &Query::default(), None, "application/json").await.map(drop)
    }

    /// An answer that goes on and on; to be read piece by piece.
    pub(super) async fn stream(&self, path: &str, query: &Query) -> Result<Response, Failure> {
        self.send(Method::GET, path, query, None, "text/event-stream").await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        body: Option<Vec<u8>>,
        accept: &'static str,
    ) -> Result<Response, Failure> {
        let mut url = format!("{}/api/v1/{path}", self.server);
        let query = query.text();
        if !query.is_empty() {
            url = format!("{url}?{query}");
        }
        let mut request = self.http.request(method, url).header(ACCEPT, accept);
        if accept != "text/event-stream" {
            request = request.timeout(ANSWER_WITHIN);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.refused(answer).await) }
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response) -> Result<T, Failure> {
        let path = answer.url().path().to_owned();
        let body = answer.bytes().await.map_err(|error| self.broken(&error))?;
        serde_json::from_slice(&body).map_err(|error| self.not_understood(&path, &error))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let what = if error.is_timeout() { "did not answer in time" } else { "cannot be reached" };
        Failure::new(Exit::Unavailable, anyhow!(chain(error)).context(format!("{} {what}", self.server)))
            .hint("start one with `fanin demo` or `fanin run`, or name the one that runs with --server or FANIN_SERVER")
    }

    fn broken(&self, error: &reqwest::Error) -> Failure {
        Failure::new(
            Exit::Unavailable,
            anyhow!(chain(error)).context(format!("the answer of {} broke off", self.server)),
        )
    }

    fn not_understood(&self, path: &str, error: &serde_json::Error) -> Failure {
        let error = anyhow!("{error}").context(format!("what {} answers for {path} is not understood", self.server));
        Failure::new(Exit::Unavailable, error)
            .hint("it may be another program, or a Fanin of another version: compare `fanin version` on both sides")
    }

    /// What a refusal says, and what to do.
    async fn refused(&self, answer: Response) -> Failure {
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        let body = answer.bytes().await.unwrap_or_default();
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => told(status, problem),
            Err(_) => Failure::new(Exit::Unavailable, anyhow!("{} answers {status} for {path}", self.server))
                .hint("is it a Fanin of this version, and is its page served there?"),
        }
    }
}

fn told(status: StatusCode, problem: Problem) -> Failure {
    let exit = match status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Exit::Unavailable,
        _ => Exit::Findings,
    };
    let failure = Failure::new(exit, anyhow!(problem.detail));
    match (problem.hint, status) {
        (_, StatusCode::UNAUTHORIZED) => {
            failure.hint("put the token into FANIN_TOKEN, or name a file that has it with --token-file")
        }
        (Some(hint), _) => failure.hint(hint),
        (None, _) => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_what_has_a_value_and_says_it_so_that_urls_understand_it() {
        let query = Query::default()
            .with("q", "tier=gold rule=~\"Lambda.*\"")
            .maybe("rule", None)
            .list("state", &["critical".into(), "warning".into()]);
        assert_eq!(query.text(), "q=tier%3Dgold%20rule%3D~%22Lambda.%2A%22&state=critical,warning");
    }

    #[test]
    fn a_server_without_scheme_is_refused_with_an_example() {
        let server = Server { server: "fanin.example.net:8080".into(), token_file: None };
        let failure = server.client(&Environment::new()).unwrap_err();
        assert_eq!((failure.exit, failure.hint.is_some()), (Exit::Usage, true));
    }

    #[test]
    fn a_refusal_is_told_with_its_hint_and_one_for_lack_of_a_token_says_where_it_goes() {
        let problem = |hint: &str| Problem {
            code: "forbidden".into(),
            status: 403,
            title: "Forbidden".into(),
            detail: "the token \"ci\" may not write".into(),
            hint: Some(hint.into()),
        };
        let failure = told(StatusCode::FORBIDDEN, problem("ask for one with write: true"));
        assert_eq!((failure.exit, failure.hint.as_deref()), (Exit::Findings, Some("ask for one with write: true")));
        let failure = told(StatusCode::UNAUTHORIZED, problem("send a header"));
        assert!(failure.hint.is_some_and(|hint| hint.contains("FANIN_TOKEN")));
    }
}
