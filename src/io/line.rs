//! The line: from deliveries that were taken to chunks that are safe. One lane for each destination.

mod onlooker;
mod emit;
mod lane;
mod ship;
mod samples;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::admission::Admissions;
use crate::alerting::seen::Seen;
use crate::chunk::Chunk;
use crate::completeness::Completeness;
use crate::config::{Limits, Normalize};
use crate::debt::Owed;
use crate::fleet::Fleet;
use crate::io::clock;
use crate::io::dead_letters::DeadLetters;
use crate::io::directory::DirectoryHandle;
use crate::io::exporter::Exporter;
use crate::io::intake::Taken;
use crate::io::progress::ProgressHandle;
use crate::io::spill::Spill;
use crate::io::streamed::StreamedHandle;
use crate::io::telemetry::Telemetry;
use crate::policy::Policy;
use crate::quota::usage::Usage;
use crate::time::Timestamp;
pub use emit::{Emission, Unsettled, UnsettledOne};
use lane::Lane;
pub use onlooker::{Onlooker, Passage};

/// Writes to the dead letters that may be under way at once; each waits up to a second for others.
const BURIALS_MAX: usize = 64;

/// How often shares are looked at: many times while a queue fills, rarely enough to cost nothing.
const SHARES_INTERVAL: Duration = Duration::from_millis(100);

/// What the line works with.
#[derive(Debug)]
pub struct Parts {
    /// Accounts and their tenants.
    pub directory: DirectoryHandle,
    /// How records are shaped.
    pub normalize: Normalize,
    /// What happens to records before they leave.
    pub policy: Policy,
    /// What metric streams carry.
    pub streamed: StreamedHandle,
    /// Limits and waits.
    pub limits: Limits,
    /// One exporter for each destination, in the order of the configuration, with its settings.
    pub exporters: Vec<(crate::config::Destination, Exporter)>,
    /// What looks at telemetry as it passes.
    pub onlooker: Arc<dyn Onlooker>,
    /// Telemetry about alerts, which has no delivery.
    pub emissions: mpsc::Receiver<Emission>,
    /// Where batches of a destination go that is down.
    pub spill: Spill,
    /// Where records go that cannot be used.
    pub dead_letters: DeadLetters,
    /// How far the sources were read.
    pub progress: ProgressHandle,
    /// Fanin's own metrics.
    pub telemetry: Telemetry,
}

/// A running line.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

/// What all tasks of the line share.
#[derive(Debug)]
struct Shared {
    directory: DirectoryHandle,
    normalize: Normalize,
    policy: Policy,
    streamed: StreamedHandle,
    onlooker: Arc<dyn Onlooker>,
    limits: Limits,
    lanes: Vec<Lane>,
    admissions: ArcSwap<Admissions>,
    fleet: Mutex<Fleet>,
    completeness: Mutex<Completeness>,
    quotas: Mutex<Usage>,
    spill: Spill,
    dead_letters: DeadLetters,
    /// Reports of a forwarder that were taken, so that none counts twice.
    reports: Mutex<Seen>,
    progress: ProgressHandle,
    telemetry: Telemetry,
    /// Letters that are being written.
    burials: Arc<Semaphore>,
    /// Set when nothing more is taken: batches leave without waiting to fill.
    draining: CancellationToken,
    /// Set when the time for a stop is over: what could not be delivered is left to its sources.
    abandoned: CancellationToken,
}

impl Shared {
    fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn quotas(&self) -> MutexGuard<'_, Usage> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn completeness(&self) -> MutexGuard<'_, Completeness> {
        self.completeness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A chunk in a lane, and what is owed for it.
#[derive(Debug)]
struct Queued {
    chunk: Chunk,
    owed: Owed,
    room: Option<OwnedSemaphorePermit>,
}

impl Line {
    /// Starts workers and lanes. They run until the intake is closed and everything taken was settled.
    #[must_use]
    pub fn start(parts: Parts, taken: mpsc::Receiver<Taken>) -> Self {
        let n_lanes = parts.exporters.len();
        let queue_bytes = queue_bytes_max(&parts.limits) / n_lanes.max(1);
        let lanes = parts
            .exporters
            .into_iter()
            .enumerate()
            .map(|(index, (destination, exporter))| Lane::new(index, destination, exporter, queue_bytes));
        let shared = Arc::new(Shared {
            directory: parts.directory,
            normalize: parts.normalize,
            policy: parts.policy,
            streamed: parts.streamed,
            onlooker: parts.onlooker,
            lanes: lanes.collect(),
            limits: parts.limits,
            admissions: ArcSwap::default(),
            fleet: Mutex::new(Fleet::new(clock::now())),
            completeness: Mutex::new(Completeness::new(clock::now())),
            quotas: Mutex::default(),
            spill: parts.spill,
            dead_letters: parts.dead_letters,
            reports: Mutex::default(),
            progress: parts.progress,
            telemetry: parts.telemetry,
            burials: Arc::new(Semaphore::new(BURIALS_MAX)),
            draining: CancellationToken::new(),
            abandoned: CancellationToken::new(),
        });
        let mut tasks = JoinSet::new();
        let taken = Arc::new(tokio::sync::Mutex::new(taken));
        let workers_done = CancellationToken::new();
        let mut workers = JoinSet::new();
        for _ in 0..shared.limits.workers.max(1) {
            let _ = workers.spawn(worker::run(Arc::clone(&shared), Arc::clone(&taken)));
        }
        for index in 0..n_lanes {
            let _ = tasks.spawn(lane::run(Arc::clone(&shared), index, workers_done.clone()));
        }
        let no_more = CancellationToken::new();
        let mut emitting = JoinSet::new();
        let _ = emitting.spawn(emit::run(Arc::clone(&shared), parts.emissions, no_more.clone()));
        let _ = tasks.spawn(share_out(Arc::clone(&shared), workers_done.clone()));
        let _ = tasks.spawn(async move {
            while workers.join_next().await.is_some() {}
            // The lanes empty their queues until then, so that what waits for room finds some.
            no_more.cancel();
            while emitting.join_next().await.is_some() {}
            workers_done.cancel();
        });
        Self { shared, tasks }
    }

    /// From now on batches leave at once instead of waiting to fill.
    pub fn drain(&self) {
        self.shared.draining.cancel();
    }

    /// From now on nothing is sent again: what fails is left to its sources.
    pub fn abandon(&self) {
        self.shared.abandoned.cancel();
    }

    /// Waits until everything that was taken is settled. Call when the intake is closed.
    pub async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// A handle on the counts of accounts.
    #[must_use]
    pub fn fleet(&self) -> FleetHandle {
        FleetHandle(Arc::downgrade(&self.shared))
    }
}

/// Looks again and again who floods which lane. An account is held back by the strictest of them.
async fn share_out(shared: Arc<Shared>, done: CancellationToken) {
    loop {
        tokio::select! {
            () = done.cancelled() => return,
            () = tokio::time::sleep(SHARES_INTERVAL) => {}
        }
        let lanes = shared.lanes.iter().map(Lane::admissions);
        shared.admissions.store(Arc::new(lanes.reduce(Admissions::strictest).unwrap_or_default()));
    }
}

/// How a destination stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneStatus {
    /// Its name.
    pub name: String,
    /// Bytes that wait for it or are under way.
    pub held_bytes: usize,
    /// Bytes that may.
    pub held_bytes_max: usize,
    /// Since when it fails without a break.
    pub failing_since: Option<Timestamp>,
    /// What it said last while it failed.
    pub why: Option<String>,
}

/// Reads the counts of accounts while the line runs, without keeping it from ending.
#[derive(Clone, Debug)]
pub struct FleetHandle(Weak<Shared>);

impl FleetHandle {
    /// Looks at the counts as they are now; `None` once the line has ended.
    pub fn read<T>(&self, look: impl FnOnce(&Fleet) -> T) -> Option<T> {
        self.0.upgrade().map(|shared| look(&shared.fleet()))
    }

    /// Looks at what arrived of what was forwarded; `None` once the line has ended.
    pub fn completeness<T>(&self, look: impl FnOnce(&Completeness) -> T) -> Option<T> {
        self.0.upgrade().map(|shared| look(&shared.completeness()))
    }

    /// Looks at what accounts use of their quotas; `None` once the line has ended.
    pub fn quotas<T>(&self, look: impl FnOnce(&mut Usage) -> T) -> Option<T> {
        self.0.upgrade().map(|shared| look(&mut shared.quotas()))
    }

    /// How each destination stands, in the order of the configuration; empty once the line has ended.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneStatus> {
        self.0.upgrade().map(|shared| shared.lanes.iter().map(Lane::status).collect()).unwrap_or_default()
    }

    /// How many accounts are held back now because they send more than their share.
    #[must_use]
    pub fn held_back(&self) -> usize {
        self.0.upgrade().map_or(0, |shared| shared.admissions.load().over())
    }

    /// Bytes of encoded chunks that wait in all lanes.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.0.upgrade().map_or(0, |shared| shared.lanes.iter().map(Lane::queued_bytes).sum())
    }

    /// Bytes of encoded chunks that wait in all lanes or are under way to their destinations.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.0.upgrade().map_or(0, |shared| shared.lanes.iter().map(Lane::held_bytes).sum())
    }
}

/// Part of the memory budget for encoded chunks; the rest is for deliveries that were not decoded yet.
#[must_use]
pub const fn queue_bytes_max(limits: &Limits) -> usize {
    limits.memory_bytes_max / 4 * 3
}

/// Part of the memory budget for deliveries that were not decoded yet.
#[must_use]
pub fn intake_bytes_max(limits: &Limits) -> u32 {
    u32::try_from(limits.memory_bytes_max / 4).unwrap_or(u32::MAX)
}
