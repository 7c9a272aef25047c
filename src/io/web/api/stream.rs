//! `GET /stream`: what changes, as server-sent events, one connection for each tab.
//!
//! Nothing is queued for a client: its connection is asked for the next event when it can take one, and gets what is true
//! then. What waits is the news that the picture changed, and the last batches of log records; who is too slow for these misses
//! some, and is told so by `gap`.
//! Source: WHATWG HTML, "Server-sent events".

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{Stream, unfold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Api;
use super::access::Who;
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use crate::api::logs::LogRow;
use crate::api::stream::{Changed, Gap, Hello, Logs};
use crate::id::AccountId;
use crate::io::clock;
use crate::io::store::TailRow;
use crate::io::views::ViewHandle;
use crate::io::web::assets;
use crate::log_query::LogQuery;
use crate::view::Past;
use crate::view::scope::Scope;

/// Least time between two events of the state.
const STATE_EVERY: Duration = Duration::from_millis(500);

/// Least time between two events of any other topic.
const OTHER_EVERY: Duration = Duration::from_secs(1);

/// Log records in one event at most; of more, a sample is sent.
const LOGS_MAX: usize = 500;

/// A comment is sent so often, so that proxies do not take a quiet stream for a dead one.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/stream", "What changes, as server-sent events", stream)
            .params::<Wanted>()
            .text_answer("text/event-stream"),
    ]
}

/// What a client wants to hear of.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    /// Of `state`, `groups`, `pipeline`, `logs`, with commas between them. Default: all but `logs`.
    topics: Vec<String>,
    /// Log records of this account only.
    account: Option<AccountText>,
    /// Log records like this only: `timeout sev>=warn tenant=acme`.
    q: String,
    /// The id of the last event that was heard, where the header `Last-Event-ID` cannot be set.
    last_event_id: Option<String>,
}

/// An account id, with dashes or without.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct AccountText(String);

/// Something that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    State,
    Groups,
    Pipeline,
    Logs,
}

impl Topic {
    const ALL: [Self; 4] = [Self::State, Self::Groups, Self::Pipeline, Self::Logs];

    const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Groups => "groups",
            Self::Pipeline => "pipeline",
            Self::Logs => "logs",
        }
    }
}

async fn stream(
    State(api): State<Arc<Api>>,
    who: Who,
    headers: HeaderMap,
    Params(wanted): Params<Wanted>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let full =
        || Refusal::unavailable("too many streams are open").hint("close tabs, or ask /fleet/state?since= instead");
    let permit = Arc::clone(&api.streams).try_acquire_owned().map_err(|_| full())?;
    let topics = topics(&wanted.topics)?;
    let tail = if topics.contains(&Topic::Logs) { Some(Tail::new(&api, &who.scope, &wanted)?) } else { None };
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let client = Client::new(&api, who.scope, topics, tail, permit, header.or(wanted.last_event_id.as_deref()));
    let events = unfold(client, |mut client| async move { Some((Ok(client.next().await?), client)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_EVERY)))
}

fn topics(named: &[String]) -> Result<BTreeSet<Topic>, Refusal> {
    let names = named.iter().flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let read = names.map(|name| {
        let known = Topic::ALL.into_iter().find(|topic| topic.as_str() == name);
        known.ok_or_else(|| {
            Refusal::bad_parameter("topics", format!("has state, groups, pipeline and logs, not {name:?}"))
        })
    });
    let topics: BTreeSet<Topic> = read.collect::<Result<_, _>>()?;
    if topics.is_empty() { Ok(BTreeSet::from([Topic::State, Topic::Groups, Topic::Pipeline])) } else { Ok(topics) }
}

/// One connection.
struct Client {
    views: ViewHandle,
    scope: Scope,
    topics: BTreeSet<Topic>,
    changes: watch::Receiver<u64>,
    /// What the client has seen.
    past: Past,
    /// The picture may have changed since.
    stale: bool,
    groups_stale: bool,
    state_at: Instant,
    groups_at: Instant,
    pipeline_at: Instant,
    tail: Option<Tail>,
    waiting: VecDeque<Event>,
    closing: CancellationToken,
    over: bool,
    /// Before the versions of this process.
    prefix: String,
    _permit: OwnedSemaphorePermit,
}

/// What woke a connection.
enum Woken {
    Closing,
    Changed,
    State,
    Groups,
    Pipeline,
    Rows(Result<Arc<[TailRow]>, broadcast::error::RecvError>),
    Logs,
}

impl Client {
    fn new(
        api: &Api,
        scope: Scope,
        topics: BTreeSet<Topic>,
        tail: Option<Tail>,
        permit: OwnedSemaphorePermit,
        last: Option<&str>,
    ) -> Self {
        let changes = api.views.changed();
        let view = api.views.current(&scope);
        let now = Instant::now();
        let mut client = Self {
            views: api.views.clone(),
            scope,
            topics,
            changes,
            past: view.past(),
            stale: false,
            groups_stale: false,
            state_at: now,
            groups_at: now,
            pipeline_at: now + OTHER_EVERY,
            tail,
            waiting: VecDeque::new(),
            closing: api.closing.clone(),
            over: false,
            prefix: format!("{}-", api.started.millis()),
            _permit: permit,
        };
        let hello = Hello { v: view.v, build: assets::build().to_owned(), now: clock::now().into() };
        client.push("hello", &hello);
        // Whoever comes back has missed what happened meanwhile, unless nothing did.
        if last.is_some_and(|last| last != client.id(view.v)) {
            let missed: Vec<Topic> = client.topics.iter().copied().filter(|topic| *topic != Topic::Pipeline).collect();
            missed.into_iter().for_each(|topic| client.gap(topic));
        }
        client
    }

    /// The next event; `None` once all is said.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            match self.wake().await {
                Woken::Closing => {
                    self.over = true;
                    return Some(Event::default().event("bye").data("{}"));
                }
                Woken::Changed => (self.stale, self.groups_stale) = (true, true),
                Woken::State => self.state(),
                Woken::Groups => {
                    (self.groups_stale, self.groups_at) = (false, Instant::now() + OTHER_EVERY);
                    self.push("groups", &Changed { v: self.past.v });
                }
                Woken::Pipeline => {
                    self.pipeline_at = Instant::now() + OTHER_EVERY;
                    self.push("pipeline", &Changed { v: self.past.v });
                }
                Woken::Rows(rows) => self.rows(rows),
                Woken::Logs => self.logs(),
            }
        }
    }

    async fn wake(&mut self) -> Woken {
        let wants = |topic| self.topics.contains(&topic);
        let state = self.stale && wants(Topic::State);
        let groups = self.groups_stale && wants(Topic::Groups);
        let pipeline = wants(Topic::Pipeline);
        let due = self.tail.as_ref().and_then(Tail::due);
        let rows = self.tail.as_mut().map(|tail| &mut tail.rows);
        tokio::select! {
            biased;
            () = self.closing.cancelled() => Woken::Closing,
            () = sleep_until(self.state_at), if state => Woken::State,
            () = sleep_until(self.groups_at), if groups => Woken::Groups,
            () = sleep_until(self.pipeline_at), if pipeline => Woken::Pipeline,
            () = until(due) => Woken::Logs,
            Ok(()) = self.changes.changed(), if !(self.stale && self.groups_stale) => Woken::Changed,
            rows = received(rows) => Woken::Rows(rows),
        }
    }

    fn state(&mut self) {
        let view = self.views.current(&self.scope);
        let state = view.fleet_state(Some(&self.past), None, None);
        let v = view.v;
        (self.past, self.stale, self.state_at) = (view.past(), false, Instant::now() + STATE_EVERY);
        match &state.d {
            // Accounts came or went: the columns are others.
            None => self.gap(Topic::State),
            Some(_) => {
                let id = self.id(v);
                self.waiting.extend(event("state", &state).map(|event| event.id(id)));
            }
        }
    }

    fn rows(&mut self, rows: Result<Arc<[TailRow]>, broadcast::error::RecvError>) {
        let Some(tail) = &mut self.tail else { return };
        match rows {
            Ok(rows) => tail.take(&rows, &self.scope),
            Err(broadcast::error::RecvError::Lagged(_)) => self.gap(Topic::Logs),
            // The store is gone: no record will come any more.
            Err(broadcast::error::RecvError::Closed) => self.tail = None,
        }
    }

    fn logs(&mut self) {
        if let Some(logs) = self.tail.as_mut().map(Tail::batch) {
            self.push("logs", &logs);
        }
    }

    fn gap(&mut self, topic: Topic) {
        self.push("gap", &Gap { topic: topic.as_str().to_owned() });
    }

    fn push<T: Serialize>(&mut self, name: &str, data: &T) {
        self.waiting.extend(event(name, data));
    }

    /// Versions of another process are others.
    fn id(&self, v: u64) -> String {
        format!("{}{v}", self.prefix)
    }
}

fn event<T: Serialize>(name: &str, data: &T) -> Option<Event> {
    let data = serde_json::to_string(data).ok()?;
    Some(Event::default().event(name).data(data))
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

async fn received(
    rows: Option<&mut broadcast::Receiver<Arc<[TailRow]>>>,
) -> Result<Arc<[TailRow]>, broadcast::error::RecvError> {
    match rows {
        Some(rows) => rows.recv().await,
        None => pending().await,
    }
}

/// Log records as they come, and which of them are wanted.
struct Tail {
    rows: broadcast::Receiver<Arc<[TailRow]>>,
    query: LogQuery,
    account: Option<AccountId>,
    sample: Vec<LogRow>,
    matched: u64,
    sent: Instant,
}

impl Tail {
    fn new(api: &Api, scope: &Scope, wanted: &Wanted) -> Result<Self, Refusal> {
        let query = LogQuery::parse(&wanted.q)
            .map_err(|error| Refusal::bad_parameter("q", format!("is no search: {error}")))?;
        let account = match &wanted.account {
            None => None,
            Some(AccountText(text)) => {
                let digits: String = text.chars().filter(|c| *c != '-').collect();
                let no_account =
                    || Refusal::bad_parameter("account", format!("is an account of 12 digits, not {text:?}"));
                Some(AccountId::parse(&digits).map_err(|_| no_account())?)
            }
        };
        let hidden = account.is_some_and(|account| {
            let directory = api.directory.current();
            !scope.covers(directory.get(account).map_or(crate::tenant::UNASSIGNED, |entry| &entry.tenant))
        });
        if hidden {
            return Err(Refusal::not_found("there is no such account"));
        }
        let (rows, sent) = (api.store.tail(), Instant::now());
        Ok(Self { rows, query, account, sample: Vec::new(), matched: 0, sent })
    }

    /// Keeps what is wanted, and of too much an even sample.
    fn take(&mut self, rows: &[TailRow], scope: &Scope) {
        for row in rows {
            let of_account = self.account.is_none_or(|account| row.row.account == account.as_str());
            if !of_account || !scope.covers(&row.row.tenant) || !self.query.matches(&row.as_row()) {
                continue;
            }
            self.matched += 1;
            if self.sample.len() < LOGS_MAX {
                self.sample.push(row.row.clone());
                continue;
            }
            // Algorithm R: each record has the same chance to be in the sample.
            let place = usize::try_from(fastrand::u64(..self.matched)).unwrap_or(usize::MAX);
            if let Some(place) = self.sample.get_mut(place) {
                *place = row.row.clone();
            }
        }
    }

    /// When the next event is due, if there is something to tell.
    fn due(&self) -> Option<Instant> {
        (self.matched > 0).then(|| self.sent + OTHER_EVERY)
    }

    fn batch(&mut self) -> Logs {
        let mut events = std::mem::take(&mut self.sample);
        events.sort_by_key(|row| row.at);
        self.sent = Instant::now();
        Logs { events, sampled_of: std::mem::take(&mut self.matched) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_named_with_commas_or_one_by_one() {
        let read = |named: &[&str]| topics(&named.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["state,logs"]).unwrap(), BTreeSet::from([Topic::State, Topic::Logs]));
        assert_eq!(read(&["state", "groups"]).unwrap(), BTreeSet::from([Topic::State, Topic::Groups]));
        assert!(!read(&[]).unwrap().contains(&Topic::Logs));
        assert_eq!(read(&["alerts"]).unwrap_err().problem().code, "bad_parameter");
    }
}
