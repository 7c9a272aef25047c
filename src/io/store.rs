//! The page's store: recent log records, what alerts did, who was told, what could not be used; in one SQLite file.
//!
//! It is a window for people, not the backend of record. One thread writes; nothing that it does or cannot do holds the line up:
//! what comes while it is behind pushes out the oldest that waits, and that is counted. Reading is bounded in time and rows.

mod file;
mod history;
mod insert;
mod letters;
mod pool;
mod queue;
mod rebuild;
mod record;
mod retain;
mod schema;
mod search;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use tokio::sync::broadcast;

use crate::api::alerts::Transition;
use crate::api::fleet::Noise;
use crate::api::logs::{LogList, LogRecord, LogRow};
use crate::api::pipeline;
use crate::api::pipeline::DeadLetters;
use crate::api::rules::Notification;
use crate::api::{List, Time};
use crate::chunk::Chunk;
use crate::config::page;
use crate::config::page::StoredLogs;
use crate::id::{AccountId, Signal};
use crate::io::clock;
use crate::io::telemetry::{Counter, Telemetry};
use crate::letter::Letter;
use crate::log_query::{LogQuery, Row};
use crate::reject::Reason;
use crate::time::Timestamp;
use crate::view::scope::Scope;
use file::Failure;
use letters::Burial;
use pool::Pool;
use queue::{Event, Queue};

/// How long an answer of the noise report is good for: it is asked for with every look at the fleet.
const NOISE_AGE: Duration = Duration::from_secs(10);

/// Batches of live records that wait for someone who looks on.
const TAIL_BATCHES: usize = 64;

/// Why the store cannot be opened or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The file is of a later program.
    #[error(
        "{} was written by a newer fanin (its schema is {found}, this one reads up to {known}): install that version again, or move \
         the file away to begin with an empty store; only the page's window of the past is in it", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that this program reads.
        known: i64,
    },
    /// It cannot be read now.
    #[error("the page's store cannot be read: {0}")]
    Read(String),
    /// The cursor is none that was given out, or of another search.
    #[error("the cursor is none of this list")]
    Cursor,
}

/// What log records are looked for.
#[derive(Clone, Debug)]
pub struct Search {
    /// What they must say.
    pub query: LogQuery,
    /// Who asks.
    pub scope: Scope,
    /// Records of these accounts only; `None` for all that the scope covers.
    pub accounts: Option<BTreeSet<AccountId>>,
    /// Written at or after this.
    pub from: Option<Timestamp>,
    /// Written before this.
    pub to: Option<Timestamp>,
    /// At most so many.
    pub limit: usize,
    /// Goes on where an earlier answer ended.
    pub cursor: Option<String>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// How long it may take.
    pub budget: Duration,
}

impl Search {
    /// All records that someone may see, newest first.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        Self {
            query: LogQuery::default(),
            scope,
            accounts: None,
            from: None,
            to: None,
            limit: 200,
            cursor: None,
            oldest_first: false,
            budget: Duration::from_secs(1),
        }
    }
}

/// Which transitions are looked for, newest first.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// Who asks.
    pub scope: Scope,
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this alert.
    pub fingerprint: Option<String>,
    /// At or after this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
    /// At most so many.
    pub limit: usize,
    /// Goes on where an earlier answer ended.
    pub cursor: Option<String>,
}

impl HistoryQuery {
    /// All transitions that someone may see.
    #[must_use]
    pub const fn new(scope: Scope) -> Self {
        Self { scope, rule: None, account: None, fingerprint: None, from: None, to: None, limit: 100, cursor: None }
    }
}

/// A record as it comes in, for who looks on.
#[derive(Clone, Debug)]
pub struct TailRow {
    /// What is shown of it.
    pub row: LogRow,
    /// The whole message, where `row` has less than all of it.
    whole: Option<String>,
    /// Attributes of the record and of its resource, as JSON.
    attributes: String,
    resource: Arc<str>,
}

impl TailRow {
    /// As queries see it.
    #[must_use]
    pub fn as_row(&self) -> Row<'_> {
        let body = self.whole.as_deref().unwrap_or(&self.row.body);
        let LogRow { account, tenant, source, severity, .. } = &self.row;
        Row::new((account, tenant), source, *severity, body, &self.attributes, &self.resource)
    }
}

/// A cheap handle on the store. All of it works without a store as well: nothing is kept, and nothing is found.
#[derive(Clone, Debug)]
pub struct StoreHandle(Option<Arc<Owner>>);

/// Ends the writer when the last handle is gone.
#[derive(Debug)]
struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.queue.close();
    }
}

/// What handles and the writer share.
#[derive(Debug)]
struct Shared {
    settings: page::Store,
    tenant_attribute: String,
    path: PathBuf,
    /// The file is removed at the end.
    for_this_run: bool,
    telemetry: Telemetry,
    queue: Queue,
    pool: Arc<Pool>,
    tail: broadcast::Sender<Arc<[TailRow]>>,
    standing: Mutex<Standing>,
    noise: Mutex<BTreeMap<Scope, (Timestamp, Vec<Noise>)>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// How the store stands.
#[derive(Clone, Debug, Default)]
struct Standing {
    bytes: u64,
    records: u64,
    dropped: u64,
    oldest: Option<Timestamp>,
    failing: Option<String>,
    last_resolved: Option<Timestamp>,
}

impl Shared {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Log records that are not kept.
    fn dropped(&self, records: usize) {
        if records > 0 {
            self.telemetry.count(Counter::StoreDropped, records as u64);
            self.standing().dropped += records as u64;
        }
    }

    fn report(&self, bytes: u64, records: u64, oldest: Option<Timestamp>) {
        let mut standing = self.standing();
        (standing.bytes, standing.records, standing.oldest) = (bytes, records, oldest);
    }

    /// It cannot be written; said once for each reason.
    fn failing(&self, why: &str) {
        let mut standing = self.standing();
        if standing.failing.as_deref() != Some(why) {
            tracing::warn!(file = %self.path.display(), error = why, "the page's store cannot be written; everything else goes on");
            standing.failing = Some(why.to_owned());
        }
    }

    fn succeeded(&self) {
        self.standing().failing = None;
    }

    fn resolved(&self, at: Timestamp) {
        let mut standing = self.standing();
        standing.last_resolved = standing.last_resolved.max(Some(at));
    }

    fn tell(&self, events: impl IntoIterator<Item = Event>) {
        let dropped = self.queue.tell(events);
        if dropped > 0 {
            tracing::warn!(dropped, "the page's store is behind: some of what alerts did is not kept");
        }
    }
}

impl StoreHandle {
    /// Opens the file and starts its writer. `folder` is where the state lies, if that is a folder; `tenant_attribute` names the
    /// tenant in the resources of records.
    ///
    /// What keeps the file from being used is no error: the service runs without it, `status` says why, and it is tried again.
    ///
    /// # Errors
    /// When the file is of a newer program, which would lose it.
    pub fn open(
        settings: &page::Store,
        folder: Option<&Path>,
        tenant_attribute: &str,
        telemetry: Telemetry,
    ) -> Result<Self, Error> {
        let (path, for_this_run) = file::place(settings, folder);
        let opened = file::open(&path, false);
        let shared = Arc::new(Shared {
            settings: settings.clone(),
            tenant_attribute: tenant_attribute.to_owned(),
            pool: Arc::new(Pool::new(path.clone())),
            path,
            for_this_run,
            telemetry,
            queue: Queue::default(),
            tail: broadcast::channel(TAIL_BATCHES).0,
            standing: Mutex::default(),
            noise: Mutex::default(),
            writer: Mutex::default(),
        });
        let opened = match opened {
            Ok(opened) => {
                shared.standing().last_resolved = history::last_resolved(&opened.connection).unwrap_or_default();
                Some(opened)
            }
            Err(Failure::Fatal(error)) => return Err(error),
            Err(Failure::Passing(why)) => {
                shared.failing(&why);
                None
            }
        };
        let writing = Arc::clone(&shared);
        let writer = std::thread::Builder::new().name("store".into()).spawn(move || writer::run(&writing, opened));
        match writer {
            Ok(writer) => *shared.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer),
            Err(error) => {
                shared.queue.close();
                shared.failing(&format!("its thread cannot be started: {error}"));
            }
        }
        Ok(Self(Some(Arc::new(Owner(shared)))))
    }

    /// No store, for lines without a page.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    fn shared(&self) -> Option<&Arc<Shared>> {
        self.0.as_deref().map(|owner| &owner.0)
    }

    /// Takes the log records of a chunk, if they are kept or someone looks on. Never waits.
    pub fn offer(&self, chunk: &Chunk) {
        let Some(shared) = self.shared() else { return };
        let kept = match shared.settings.logs {
            StoredLogs::Off => false,
            StoredLogs::Errors | StoredLogs::All => true,
        };
        if chunk.signal != Signal::Logs || chunk.is_of_alerts() || (!kept && shared.tail.receiver_count() == 0) {
            return;
        }
        let records = chunk.records as usize;
        let chunk = queue::Chunk { account: chunk.account, records, bytes: chunk.bytes.clone() };
        let dropped = shared.queue.push(chunk);
        if kept {
            shared.dropped(dropped);
        }
    }

    /// Takes what alerts did. Never waits. Told twice, as after a restart, it is kept once.
    pub fn transitions(&self, transitions: Vec<Transition>) {
        let Some(shared) = self.shared() else { return };
        if let Some(at) = transitions.iter().filter(|it| history::resolves(it)).map(|it| it.at.0).max() {
            shared.resolved(at);
        }
        shared.tell(transitions.into_iter().map(|it| Event::Transition(Box::new(it))));
    }

    /// Takes what someone was told about a rule. Never waits.
    pub fn notified(&self, rule: &str, notification: Notification) {
        if let Some(shared) = self.shared() {
            shared.tell([Event::Notified(rule.to_owned(), Box::new(notification))]);
        }
    }

    /// Takes what letters are being buried: a summary for each reason, which counts once what this gives is called. Never waits.
    pub fn burying(&self, letters: &[Letter]) -> impl FnOnce() + Send + use<> {
        let shared = self.shared().cloned();
        let burial = shared.is_some().then(|| Burial::of(letters)).filter(|burial| !burial.is_empty());
        move || {
            if let (Some(shared), Some(burial)) = (shared, burial) {
                shared.tell([Event::Buried(Box::new(burial))]);
            }
        }
    }

    /// Letters of a reason were sent again and accepted. Never waits.
    pub fn revived(&self, reason: Reason, letters: u64) {
        if let Some(shared) = self.shared().filter(|_| letters > 0) {
            shared.tell([Event::Revived(reason.as_str(), letters)]);
        }
    }

    /// Records as they come in from now on, of all accounts; whoever subscribes leaves out what is not to be seen.
    #[must_use]
    pub fn tail(&self) -> broadcast::Receiver<Arc<[TailRow]>> {
        self.shared().map_or_else(|| broadcast::channel(1).1, |shared| shared.tail.subscribe())
    }

    /// A part of the log records that are looked for.
    ///
    /// # Errors
    /// When the store cannot be read now, or the cursor is none.
    pub async fn logs(&self, search: Search) -> Result<LogList, Error> {
        let Some(shared) = self.shared() else { return Ok(nothing()) };
        let whole = shared.standing().oldest;
        shared.pool.read(move |connection| search::logs(connection, &search, whole)).await
    }

    /// A log record with all that is known of it; `None` where there is none that someone of this scope may see.
    ///
    /// # Errors
    /// When the store cannot be read now.
    pub async fn record(&self, id: &str, scope: &Scope) -> Result<Option<LogRecord>, Error> {
        let Some(shared) = self.shared() else { return Ok(None) };
        let (id, scope) = (id.to_owned(), scope.clone());
        shared.pool.read(move |connection| search::record(connection, &id, &scope)).await
    }

    /// What alerts did, newest first.
    ///
    /// # Errors
    /// When the store cannot be read now, or the cursor is none.
    pub async fn history(&self, query: HistoryQuery) -> Result<List<Transition>, Error> {
        let now = clock::now();
        let Some(shared) = self.shared() else {
            let as_of = now.into();
            return Ok(List { items: Vec::new(), total: 0, exact: true, next: None, notices: Vec::new(), as_of });
        };
        shared.pool.read(move |connection| history::list(connection, &query, now)).await
    }

    /// The worst state of alerts in each of the last 24 hours, oldest first, one digit each as in `FleetState`, `-` where nothing is
    /// known; by fingerprint. Empty where the store cannot be read now.
    pub async fn blocks(&self, fingerprints: Vec<String>, now: Timestamp) -> BTreeMap<String, String> {
        self.or_nothing(move |connection| history::blocks(connection, &fingerprints, now)).await
    }

    /// The ten rules that fired most often in the last 24 hours, of the accounts of a scope. Empty where the store cannot be read
    /// now; at most ten seconds old.
    pub async fn noise_of(&self, scope: &Scope, now: Timestamp) -> Vec<Noise> {
        let Some(shared) = self.shared() else { return Vec::new() };
        if let Some((_, noise)) = shared.noise().get(scope).filter(|(at, _)| now.since(*at) < NOISE_AGE) {
            return noise.clone();
        }
        let of = scope.clone();
        let noise = self.or_nothing(move |connection| history::noise(connection, &of, now)).await;
        let mut known = shared.noise();
        known.retain(|_, (at, _)| now.since(*at) < NOISE_AGE);
        let _ = known.insert(scope.clone(), (now, noise.clone()));
        noise
    }

    /// The same for the fleet.
    pub async fn noise(&self, now: Timestamp) -> Vec<Noise> {
        self.noise_of(&Scope::Fleet, now).await
    }

    /// What people were told about a rule lately, newest first. Empty where the store cannot be read now.
    pub async fn notifications(&self, rule: &str, limit: usize) -> Vec<Notification> {
        let rule = rule.to_owned();
        self.or_nothing(move |connection| history::notifications(connection, &rule, limit)).await
    }

    /// When an alert last resolved. From memory.
    #[must_use]
    pub fn last_resolved(&self) -> Option<Time> {
        self.shared()?.standing().last_resolved.map(Time)
    }

    /// Dead letters by reason, most first. `place` is empty: only the configuration knows it. Empty where the store cannot be read now.
    pub async fn dead_letters(&self) -> Vec<DeadLetters> {
        self.or_nothing(|connection| Ok(letters::groups(connection)?)).await
    }

    /// How the store stands. From memory.
    #[must_use]
    pub fn status(&self) -> pipeline::Store {
        let Some(shared) = self.shared() else {
            return pipeline::Store { logs: StoredLogs::Off.as_str().into(), ..pipeline::Store::default() };
        };
        let Standing { bytes, records, dropped, oldest, failing, .. } = shared.standing().clone();
        let (logs, bytes_max) = (shared.settings.logs.as_str().into(), shared.settings.bytes_max);
        pipeline::Store { logs, bytes, bytes_max, records, dropped, oldest: oldest.map(Time), failing }
    }

    /// Shows log records that were written in this time as requests of the backend, oldest first, until `visit` breaks off. How many
    /// records were shown.
    ///
    /// # Errors
    /// When the store cannot be read now.
    pub async fn stored_requests(
        &self,
        from: Timestamp,
        to: Timestamp,
        visit: impl FnMut(ExportLogsServiceRequest) -> ControlFlow<()> + Send + 'static,
    ) -> Result<u64, Error> {
        let Some(shared) = self.shared() else { return Ok(0) };
        shared.pool.read(move |connection| rebuild::requests(connection, (from, to), visit)).await
    }

    /// Waits until what was taken so far is in the file, or is given up.
    pub async fn flush(&self) {
        if let Some(shared) = self.shared() {
            // The writer may have ended; then nothing waits.
            let _ended = shared.queue.mark().await;
        }
    }

    /// Writes what waits, and ends the writer. Nothing is taken any more.
    pub async fn close(&self) {
        let Some(shared) = self.shared() else { return };
        shared.queue.close();
        let writer = shared.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ended = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }

    /// What makes the page poorer and not wrong: it goes without, and the log says why.
    async fn or_nothing<T: Default + Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> T {
        let Some(shared) = self.shared() else { return T::default() };
        shared.pool.read(work).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the page goes without something of its store");
            T::default()
        })
    }
}

impl Shared {
    fn noise(&self) -> MutexGuard<'_, BTreeMap<Scope, (Timestamp, Vec<Noise>)>> {
        self.noise.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nothing() -> LogList {
    LogList { items: Vec::new(), scanned: 0, complete: true, next: None, oldest: None, notices: Vec::new() }
}
