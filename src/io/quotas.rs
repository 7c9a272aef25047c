//! Quotas at work: their values are kept fresh from the table and from Service Quotas, rules are told the used shares, and what was
//! used outlives the process.

mod client;

use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_config::SdkConfig;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio_util::sync::CancellationToken;

use crate::alerting::quotas::message;
use crate::config::Quotas;
use crate::config::quotas::ServiceQuotas;
use crate::id::AccountId;
use crate::io::alerting::AlertingHandle;
use crate::io::clock;
use crate::io::directory::DirectoryHandle;
use crate::io::line::FleetHandle;
use crate::quota::standing::shares;
use crate::quota::table::{self, Table};
use crate::quota::value::{Applied, Values};
use crate::tenant::{Directory, State};
use crate::time::Timestamp;
use client::Client;

/// Where the copy of what accounts use lies in the state storage.
const USAGE_PATH: &str = "quotas/usage.bin";

/// Where the copy of what Service Quotas said lies in the state storage.
const APPLIED_PATH: &str = "quotas/service-quotas.json";

/// How often rules are told shares: metrics come each minute.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// How often the table is looked at.
const TABLE_EVERY: Duration = Duration::from_secs(15);

/// How often what accounts use is copied.
const COPIED_EVERY: Duration = Duration::from_mins(15);

/// How often it is looked which accounts are due.
const DUE_EVERY: Duration = Duration::from_secs(30);

/// An account that could not be read is tried again after this.
const RETRIED_AFTER: Duration = Duration::from_hours(1);

/// After so many accounts what was read counts and is copied.
const PUBLISHED_AFTER: usize = 100;

/// What quotas work with.
#[derive(Debug)]
pub struct Parts {
    /// What accounts use.
    pub fleet: FleetHandle,
    /// The rules.
    pub alerting: AlertingHandle,
    /// Accounts.
    pub directory: DirectoryHandle,
    /// How AWS is reached.
    pub sdk: Arc<SdkConfig>,
    /// The state storage.
    pub store: Arc<dyn ObjectStore>,
}

/// A cheap handle on the values of quotas.
#[derive(Clone, Debug)]
pub struct QuotasHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Quotas,
    values: ArcSwap<Values>,
    sources: Mutex<Sources>,
}

#[derive(Debug, Default)]
struct Sources {
    table: Arc<Table>,
    applied: Arc<Applied>,
    /// Why the table could not be read the last time.
    table_failure: Option<String>,
}

/// Why a copy could not be read or written.
#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error("cannot reach it in the state storage")]
    Store(#[from] object_store::Error),
    #[error(transparent)]
    Usage(#[from] crate::quota::usage::Error),
    #[error("it is damaged")]
    Json(#[from] serde_json::Error),
}

impl QuotasHandle {
    /// Goes on from the copies of the run before, and reads the table.
    pub async fn load(settings: Quotas, store: &dyn ObjectStore, fleet: &FleetHandle) -> Self {
        let applied = match &settings.service_quotas {
            None => Applied::default(),
            Some(_) => read_applied(store).await.unwrap_or_else(|error| {
                let error = crate::io::chain(&error);
                tracing::warn!(error, path = APPLIED_PATH, "quotas of the accounts are read again");
                Applied::default()
            }),
        };
        let sources = Sources { applied: Arc::new(applied), ..Sources::default() };
        let handle = Self(Arc::new(Shared { settings, values: ArcSwap::default(), sources: Mutex::new(sources) }));
        let _is_new = handle.read_table().await;
        handle.publish(fleet);
        if let Err(error) = restore(store, fleet).await {
            let error = crate::io::chain(&error);
            tracing::warn!(
                error,
                path = USAGE_PATH,
                "what accounts used is not known from before; forecasts begin anew"
            );
        }
        handle
    }

    /// The values that count now.
    #[must_use]
    pub fn values(&self) -> Arc<Values> {
        self.0.values.load_full()
    }

    /// Why the table could not be read the last time; the last good one counts.
    #[must_use]
    pub fn table_failure(&self) -> Option<String> {
        self.sources().table_failure.clone()
    }

    /// Keeps values fresh, tells rules and makes copies, until stopped.
    pub async fn run(self, parts: Parts, stop: CancellationToken) {
        let work = async {
            tokio::join!(
                self.follow_table(&parts.fleet),
                Box::pin(self.follow_service(&parts)),
                self.tell(&parts),
                self.copy(&parts)
            )
        };
        let _stopped = stop.run_until_cancelled(work).await;
        copy_usage(&*parts.store, &parts.fleet).await;
    }

    async fn follow_table(&self, fleet: &FleetHandle) {
        loop {
            tokio::time::sleep(TABLE_EVERY).await;
            if self.read_table().await {
                self.publish(fleet);
            }
        }
    }

    /// Reads the table; whether it is another than before.
    async fn read_table(&self) -> bool {
        let Some(path) = &self.0.settings.table else { return false };
        let read = read_table(path).await;
        let mut sources = self.sources();
        match read {
            Ok(table) => {
                sources.table_failure = None;
                let is_new = *sources.table != table;
                if is_new {
                    sources.table = Arc::new(table);
                }
                is_new
            }
            Err(why) => {
                if sources.table_failure.as_ref() != Some(&why) {
                    tracing::warn!(error = why, "the table of quotas cannot be used; the last good one counts");
                }
                sources.table_failure = Some(why);
                false
            }
        }
    }

    /// From now on what the sources say counts.
    fn publish(&self, fleet: &FleetHandle) {
        let (table, applied) = {
            let sources = self.sources();
            (Arc::clone(&sources.table), Arc::clone(&sources.applied))
        };
        let values = Values::new(table, applied);
        let watched = Arc::new(values.catalog().series());
        self.0.values.store(Arc::new(values));
        let _line_may_have_ended = fleet.quotas(|usage| usage.watch(watched));
    }

    /// Tells rules the shares that are new.
    async fn tell(&self, parts: &Parts) {
        loop {
            tokio::time::sleep(TOLD_EVERY).await;
            let fresh = parts.fleet.quotas(|usage| usage.take_fresh()).unwrap_or_default();
            let sampling = parts.alerting.sampling();
            if fresh.is_empty() || !sampling.sampler.takes_metrics() {
                continue;
            }
            let directory = parts.directory.current();
            let shares = shares(&fresh, &self.values(), &directory);
            let message = message(&shares, &sampling.sampler, &directory, clock::now());
            if !message.partials.is_empty() {
                parts.alerting.observe(&sampling, &mut vec![message], &directory);
            }
        }
    }

    async fn copy(&self, parts: &Parts) {
        loop {
            tokio::time::sleep(COPIED_EVERY).await;
            copy_usage(&*parts.store, &parts.fleet).await;
        }
    }

    /// Reads the accounts that are due, one after the other.
    async fn follow_service(&self, parts: &Parts) {
        let Some(settings) = &self.0.settings.service_quotas else { return std::future::pending().await };
        let client = Client::new(settings, &parts.sdk);
        let mut defaults_read = None;
        loop {
            let due = due(&self.sources().applied, &parts.directory.current(), settings, clock::now());
            if !due.is_empty() {
                self.read_accounts(&due, &client, settings, &mut defaults_read, parts).await;
            }
            tokio::time::sleep(DUE_EVERY).await;
        }
    }

    async fn read_accounts(
        &self,
        due: &[AccountId],
        client: &Client,
        settings: &ServiceQuotas,
        defaults_read: &mut Option<Timestamp>,
        parts: &Parts,
    ) {
        for some in due.chunks(PUBLISHED_AFTER) {
            let mut applied = Applied::clone(&self.sources().applied);
            for account in some {
                let now = clock::now();
                let with_defaults = defaults_read.is_none_or(|at| now.since(at) > settings.refresh);
                match client.read(*account, with_defaults).await {
                    Ok(read) => {
                        read.applied.into_iter().for_each(|(region, listed)| applied.set(*account, region, listed));
                        read.defaults.into_iter().for_each(|(region, listed)| applied.set_defaults(region, listed));
                        if with_defaults {
                            *defaults_read = Some(now);
                        }
                        applied.confirm(*account, now);
                    }
                    Err(error) => {
                        let why = crate::io::chain(&error);
                        tracing::debug!(account = %account, error = why, "quotas of an account could not be read");
                        applied.fail(*account, why, now);
                    }
                }
            }
            let directory = parts.directory.current();
            applied.keep(|account| directory.get(account).is_some());
            let failing = applied.failures().count();
            tracing::info!(read = applied.read(), failing, "quotas of accounts were read");
            if let Err(error) = write_applied(&*parts.store, &applied).await {
                let error = crate::io::chain(&error);
                tracing::warn!(
                    error,
                    path = APPLIED_PATH,
                    "quotas that were read could not be kept; after a restart they are read again"
                );
            }
            self.sources().applied = Arc::new(applied);
            self.publish(&parts.fleet);
        }
    }

    /// What a panic left is still whole: every change under this lock is one assignment.
    fn sources(&self) -> MutexGuard<'_, Sources> {
        self.0.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Active accounts that were not read for so long, those that never were first.
fn due(applied: &Applied, directory: &Directory, settings: &ServiceQuotas, now: Timestamp) -> Vec<AccountId> {
    let active = directory.entries().filter(|entry| entry.state == State::Active).map(|entry| entry.account);
    let mut due: Vec<(Option<Timestamp>, AccountId)> = active
        .filter_map(|account| {
            let of = applied.of(account);
            let read = of.and_then(|of| of.read);
            let failed = of.and_then(|of| of.failure.as_ref()).map(|(at, _)| *at);
            let rests = failed.is_some_and(|at| now.since(at) < RETRIED_AFTER.min(settings.refresh));
            let fresh = read.is_some_and(|at| now.since(at) < settings.refresh);
            (!rests && !fresh).then_some((read, account))
        })
        .collect();
    due.sort_unstable();
    due.into_iter().map(|(_, account)| account).collect()
}

async fn read_table(path: &FilePath) -> Result<Table, String> {
    let name = path.display().to_string();
    let bytes = tokio::fs::read(path).await.map_err(|error| format!("{name}: {error}"))?;
    table::parse(&name, &bytes).map_err(|error| error.to_string())
}

async fn read_applied(store: &dyn ObjectStore) -> Result<Applied, CopyError> {
    match store.get(&Path::from(APPLIED_PATH)).await {
        Ok(found) => Ok(serde_json::from_slice(&found.bytes().await?)?),
        Err(object_store::Error::NotFound { .. }) => Ok(Applied::default()),
        Err(error) => Err(error.into()),
    }
}

async fn write_applied(store: &dyn ObjectStore, applied: &Applied) -> Result<(), CopyError> {
    let _ = store.put(&Path::from(APPLIED_PATH), serde_json::to_vec(applied)?.into()).await?;
    Ok(())
}

async fn restore(store: &dyn ObjectStore, fleet: &FleetHandle) -> Result<(), CopyError> {
    let bytes = match store.get(&Path::from(USAGE_PATH)).await {
        Ok(found) => found.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    fleet.quotas(|usage| usage.restore(&bytes)).unwrap_or(Ok(()))?;
    Ok(())
}

async fn copy_usage(store: &dyn ObjectStore, fleet: &FleetHandle) {
    let Some(bytes) = fleet.quotas(|usage| usage.accounts().next().is_some().then(|| usage.to_bytes())).flatten()
    else {
        return;
    };
    if let Err(error) = store.put(&Path::from(USAGE_PATH), bytes.into()).await {
        let error = crate::io::chain(&error);
        tracing::warn!(error, path = USAGE_PATH, "what accounts used could not be kept");
    }
}
