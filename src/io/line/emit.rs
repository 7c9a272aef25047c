//! Telemetry about alerts on its way into the lanes. It comes of no delivery, so nothing is owed for it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::lane::Lane;
use super::{Queued, Shared};
use crate::chunk::{Chunk, Destinations};
use crate::debt::Owed;
use crate::id::Signal;

/// An encoded request.
#[derive(Clone, Debug)]
pub struct Emission {
    /// Which kind of request.
    pub signal: Signal,
    /// Records or points in it.
    pub records: u32,
    /// The request.
    pub request: Bytes,
    /// Dropped when it is safe, or lost.
    pub unsettled: UnsettledOne,
}

/// Requests that are not safe yet. Clones are of the same.
#[derive(Clone, Debug, Default)]
pub struct Unsettled(Arc<Ones>);

#[derive(Debug, Default)]
struct Ones {
    state: Mutex<(u64, BTreeSet<u64>)>,
    changed: Notify,
}

/// A request that is not safe yet, until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct UnsettledOne(#[expect(dead_code, reason = "it is there to be dropped")] Arc<One>);

#[derive(Debug)]
struct One {
    number: u64,
    ones: Arc<Ones>,
}

impl Drop for One {
    fn drop(&mut self) {
        let _ = self.ones.lock().1.remove(&self.number);
        self.ones.changed.notify_waiters();
    }
}

impl Ones {
    fn lock(&self) -> MutexGuard<'_, (u64, BTreeSet<u64>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unsettled {
    /// One more.
    #[must_use]
    pub fn begin(&self) -> UnsettledOne {
        let mut state = self.0.lock();
        let number = state.0;
        state.0 += 1;
        let _ = state.1.insert(number);
        drop(state);
        UnsettledOne(Arc::new(One { number, ones: Arc::clone(&self.0) }))
    }

    /// Waits until all that were begun before are settled.
    pub async fn settled(&self) {
        let end = self.0.lock().0;
        loop {
            let mut changed = pin!(self.0.changed.notified());
            let _ = changed.as_mut().enable();
            if self.0.lock().1.first().is_none_or(|first| *first >= end) {
                return;
            }
            changed.await;
        }
    }
}

/// Hands over what comes until the workers are done, and then what came before. A lane without room makes it wait, and nothing
/// else.
pub(super) async fn run(shared: Arc<Shared>, mut emissions: mpsc::Receiver<Emission>, done: CancellationToken) {
    while let Some(Some(emission)) = done.run_until_cancelled(emissions.recv()).await {
        hand_over(&shared, emission).await;
    }
    while let Ok(emission) = emissions.try_recv() {
        hand_over(&shared, emission).await;
    }
}

/// Alerts are of the whole fleet, so they go where everything goes: to the destinations without a route, or to all where each
/// has one.
async fn hand_over(shared: &Shared, Emission { signal, records, request, unsettled }: Emission) {
    let everywhere = shared.lanes.iter().all(Lane::is_routed);
    let lanes =
        shared.lanes.iter().enumerate().filter(|(_, lane)| lane.takes(signal) && (everywhere || !lane.is_routed()));
    let lanes: Vec<_> = lanes.collect();
    let destinations = lanes.iter().fold(Destinations::NONE, |all, (index, _)| all.with(*index));
    let owed = Owed::new(move |_| drop(unsettled));
    for (_, lane) in lanes {
        let chunk = Chunk::of_alerts(signal, records, destinations, request.clone());
        lane.push(shared, Queued { chunk, owed: owed.share(), room: None }).await;
    }
    owed.pay();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_later_is_not_waited_for() {
        let unsettled = Unsettled::default();
        let (first, second) = (unsettled.begin(), unsettled.begin());
        let before = unsettled.clone();
        let waiting = tokio::spawn(async move { before.settled().await });
        tokio::task::yield_now().await;
        let _later = unsettled.begin();
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
    }
}
