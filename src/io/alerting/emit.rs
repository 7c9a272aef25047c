//! Alerts as telemetry on their way to the destinations.

use prost::Message as _;
use tokio::sync::mpsc;

use crate::alerting::{Alerting, otlp};
use crate::evaluator::Tick;
use crate::id::Signal;
use crate::io::line::{Emission, Unsettled};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Requests that wait for room in the line. Beyond, what is newest is lost and counted: alerts do not depend on it.
const WAITING_MAX: usize = 256;

/// The way in for requests about alerts.
#[derive(Clone, Debug)]
pub struct Emissions {
    sender: mpsc::Sender<Emission>,
    unsettled: Unsettled,
}

impl Emissions {
    /// A way in, and its other end.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Emission>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self { sender, unsettled: Unsettled::default() }, receiver)
    }

    /// Waits until all that was handed over before is safe or lost.
    pub(super) async fn settled(&self) {
        self.unsettled.settled().await;
    }

    /// Transitions and gauges of some ticks.
    pub(super) fn of_ticks(&self, ticks: &[Tick], state: &Alerting, directory: &Directory, now: Timestamp) {
        let rules = state.rules();
        if let Some(logs) = otlp::transitions(ticks, rules, directory, now) {
            let records = ticks.iter().map(|tick| tick.transitions.len()).sum::<usize>();
            self.send(Signal::Logs, records, logs.encode_to_vec());
        }
        if let Some(metrics) = otlp::gauges(ticks, state.active(), rules, directory, now) {
            let points = metrics.resource_metrics.iter().flat_map(|it| &it.scope_metrics).flat_map(|it| &it.metrics);
            let records = points.map(otlp::points).sum::<usize>();
            self.send(Signal::Metrics, records, metrics.encode_to_vec());
        }
    }

    /// Hands over an encoded request.
    pub(super) fn send(&self, signal: Signal, records: usize, request: Vec<u8>) {
        let emission = Emission {
            signal,
            records: u32::try_from(records).unwrap_or(u32::MAX),
            request: request.into(),
            unsettled: self.unsettled.begin(),
        };
        if self.sender.try_send(emission).is_err() {
            tracing::debug!(%signal, records, "telemetry of alerts is lost: the line has no room for it");
        }
    }
}
