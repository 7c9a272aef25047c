//! Telemetry about alerts on its way into the lanes. It comes of no delivery, so nothing is owed for it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
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
async fn hand_over(shared: &Shared, Emission { signal, records, request }: Emission) {
    let everywhere = shared.lanes.iter().all(Lane::is_routed);
    let lanes =
        shared.lanes.iter().enumerate().filter(|(_, lane)| lane.takes(signal) && (everywhere || !lane.is_routed()));
    let lanes: Vec<_> = lanes.collect();
    let destinations = lanes.iter().fold(Destinations::NONE, |all, (index, _)| all.with(*index));
    let owed = Owed::new(|_| {});
    for (_, lane) in lanes {
        let chunk = Chunk::of_alerts(signal, records, destinations, request.clone());
        lane.push(shared, Queued { chunk, owed: owed.share(), room: None }).await;
    }
    owed.pay();
}
