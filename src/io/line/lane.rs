//! A lane: the queue of one destination, fair between accounts, and the task that makes batches of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{LaneStatus, Queued, Shared, ship};
use crate::admission::Admissions;
use crate::config::Destination;
use crate::id::Signal;
use crate::io::clock;
use crate::io::exporter::Exporter;
use crate::outage::Outage;
use crate::queue::FairQueue;
use crate::share;
use crate::time::Timestamp;

/// One destination and what waits for it.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) index: usize,
    pub(super) destination: Destination,
    pub(super) exporter: Exporter,
    outage: Mutex<Outage>,
    /// What it said last while it failed.
    why: Mutex<Option<String>>,
    accepted_nanos: AtomicU64,
    queues: Mutex<Queues>,
    /// Bytes that may still be queued.
    room: Arc<Semaphore>,
    room_bytes: usize,
    filled: Notify,
}

/// Waiting chunks of each signal, since a request carries but one.
#[derive(Debug, Default)]
struct Queues {
    logs: FairQueue<Queued>,
    metrics: FairQueue<Queued>,
}

impl Queues {
    fn of(&mut self, signal: Signal) -> &mut FairQueue<Queued> {
        match signal {
            Signal::Logs => &mut self.logs,
            Signal::Metrics => &mut self.metrics,
        }
    }

    const fn bytes(&self) -> usize {
        self.logs.bytes() + self.metrics.bytes()
    }

    /// When the next batch is due, and of which signal: at once if it is full, else when its oldest chunk has waited long enough.
    fn due(&self, bytes_max: usize, wait: Duration) -> Option<(Timestamp, Signal)> {
        let due = |queue: &FairQueue<Queued>, signal| {
            let oldest = queue.oldest()?;
            Some((if queue.bytes() >= bytes_max { Timestamp::default() } else { oldest.plus(wait) }, signal))
        };
        let each = [due(&self.logs, Signal::Logs), due(&self.metrics, Signal::Metrics)];
        each.into_iter().flatten().min_by_key(|(due, _)| *due)
    }
}

impl Lane {
    pub(super) fn new(index: usize, destination: Destination, exporter: Exporter, room_bytes: usize) -> Self {
        Self {
            index,
            destination,
            exporter,
            outage: Mutex::default(),
            why: Mutex::default(),
            accepted_nanos: AtomicU64::new(0),
            queues: Mutex::default(),
            room: Arc::new(Semaphore::new(room_bytes)),
            room_bytes,
            filled: Notify::new(),
        }
    }

    /// Bytes of chunks that wait.
    pub(super) fn queued_bytes(&self) -> usize {
        self.queues().bytes()
    }

    /// Bytes of chunks that wait or are under way.
    pub(super) fn held_bytes(&self) -> usize {
        self.room_bytes.saturating_sub(self.room.available_permits())
    }

    /// How it stands, for people.
    pub(super) fn status(&self) -> LaneStatus {
        LaneStatus {
            name: self.destination.name.clone(),
            held_bytes: self.held_bytes(),
            held_bytes_max: self.room_bytes,
            failing_since: self.outage().failing_since(),
            why: self.why.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Keeps what the destination said when it failed, until it answers again (`None`).
    pub(super) fn note_why(&self, why: Option<&str>) {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = why.map(Into::into);
    }

    /// Whether it takes only some accounts.
    pub(super) const fn is_routed(&self) -> bool {
        self.destination.route.is_some()
    }

    /// Whether the destination takes this signal.
    pub(super) fn takes(&self, signal: Signal) -> bool {
        self.destination.signals.contains(&signal)
    }

    /// Queues a chunk once there is room for it. An account that floods is spilled instead, so that the others find room.
    pub(super) async fn push(&self, shared: &Shared, mut queued: Queued) {
        let bytes = queued.chunk.bytes.len();
        if self.overflows(&queued) {
            return ship::spill(shared, self, vec![queued], "its account sends many times its share").await;
        }
        let wanted = u32::try_from(bytes.min(self.room_bytes)).unwrap_or(u32::MAX);
        queued.room = Arc::clone(&self.room).acquire_many_owned(wanted).await.ok();
        let wake = {
            let mut queues = self.queues();
            let queue = queues.of(queued.chunk.signal);
            let was_empty = queue.is_empty();
            queue.push(queued.chunk.account, bytes, clock::now(), queued);
            was_empty || queue.bytes() >= self.destination.batch_bytes_max
        };
        if wake {
            self.filled.notify_one();
        }
    }

    /// What is forwarded of accounts that flood this lane.
    pub(super) fn admissions(&self) -> Admissions {
        let queues = self.queues();
        share::admissions(queues.logs.backlogs(), queues.bytes(), self.room_bytes)
    }

    fn overflows(&self, queued: &Queued) -> bool {
        let mut queues = self.queues();
        let total_bytes = queues.bytes();
        let queue = queues.of(queued.chunk.signal);
        let (account_bytes, accounts) = (queue.bytes_of(queued.chunk.account), queue.backlogs().len());
        accounts > 1 && share::overflows(account_bytes, accounts, total_bytes, self.room_bytes)
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The destination accepted a batch.
    pub(super) fn accepted(&self, now: Timestamp) {
        let _ = self.accepted_nanos.fetch_max(now.nanos(), Ordering::Relaxed);
    }

    /// Whether the destination accepted a batch after this moment.
    pub(super) fn accepted_since(&self, moment: Timestamp) -> bool {
        self.accepted_nanos.load(Ordering::Relaxed) > moment.nanos()
    }

    /// The next batch once it is due; `None` when nothing waits and nothing more will come.
    async fn next_batch(&self, draining: &CancellationToken, workers_done: &CancellationToken) -> Option<Vec<Queued>> {
        loop {
            // Registered before looking, so that a push in between is not missed.
            let filled = self.filled.notified();
            let no_more = workers_done.is_cancelled();
            let wait = match self.take_due(draining.is_cancelled() || no_more) {
                Ok(batch) => return Some(batch),
                Err(None) if no_more => return None,
                Err(wait) => wait,
            };
            let due = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            let hurried = async {
                if draining.is_cancelled() { workers_done.cancelled().await } else { draining.cancelled().await }
            };
            tokio::select! {
                () = filled => {}
                () = due => {}
                () = hurried => {}
                () = workers_done.cancelled() => {}
            }
        }
    }

    /// A batch if one is due, else how long until one is; `None` when nothing waits.
    fn take_due(&self, at_once: bool) -> Result<Vec<Queued>, Option<Duration>> {
        let bytes_max = self.destination.batch_bytes_max;
        let mut queues = self.queues();
        let (due, signal) = queues.due(bytes_max, self.destination.batch_wait).ok_or(None)?;
        let now = clock::now();
        if due > now && !at_once {
            return Err(Some(due.since(now)));
        }
        Ok(queues.of(signal).take(bytes_max))
    }
}

/// Makes batches and ships them, a few at a time, until nothing more will come.
pub(super) async fn run(shared: Arc<Shared>, index: usize, workers_done: CancellationToken) {
    let lane = &shared.lanes[index];
    let slots = Arc::new(Semaphore::new(lane.destination.requests_max.max(1)));
    let mut shipments = JoinSet::new();
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
        while shipments.try_join_next().is_some() {}
        let Some(batch) = lane.next_batch(&shared.draining, &workers_done).await else { break };
        let shared = Arc::clone(&shared);
        let _ = shipments.spawn(async move {
            ship::ship(&shared, &shared.lanes[index], batch).await;
            drop(slot);
        });
    }
    while shipments.join_next().await.is_some() {}
}
