//! One batch on its way to its destination: sent, sent again, split, spilled or buried, until each chunk in it is safe.

use std::time::Duration;

use super::lane::Lane;
use super::{Queued, Shared};
use crate::export::backoff::Backoff;
use crate::export::split::split_chunk;
use crate::export::{Batch, Verdict};
use crate::io::clock;
use crate::io::telemetry::{Counter, DestinationIdx, Outcome};
use crate::letter::Letter;
use crate::outage::Course;
use crate::reject::Reason;

/// A batch that the server failed at this often, while it accepted others, is taken for the cause.
const BOUNDED_ATTEMPTS_MAX: u32 = 5;

/// Ships a batch. Everything in it is paid for when this returns, or was dropped because the service stops.
pub(super) async fn ship(shared: &Shared, lane: &Lane, batch: Vec<Queued>) {
    let mut parts = vec![batch];
    while let Some(part) = parts.pop() {
        if let Some(halves) = ship_part(shared, lane, part).await {
            parts.extend(halves);
        }
    }
}

/// Ships a part; gives its halves where it is too large for the server.
async fn ship_part(shared: &Shared, lane: &Lane, part: Vec<Queued>) -> Option<[Vec<Queued>; 2]> {
    let destination = DestinationIdx(lane.index);
    let batch = batch_of(lane, &part)?;
    let backoff = Backoff::new(&shared.limits);
    let begun = clock::now();
    let mut failures = 0;
    loop {
        let course = lane.outage().course(clock::now(), shared.limits.spill_after);
        if course == Course::Spill {
            spill(shared, lane, part, "the destination is down").await;
            return None;
        }
        let paused = lane.outage().paused(clock::now());
        if let Some(paused) = paused {
            if !wait(shared, lane, paused).await {
                return None;
            }
            continue;
        }
        if failures > 0 {
            shared.telemetry.count(Counter::Retries(destination), 1);
        }
        let verdict = lane.exporter.send(&batch).await;
        shared.telemetry.count(Counter::ExportAttempts(destination, Outcome::from(&verdict)), 1);
        match verdict {
            // Others were accepted meanwhile, so it is this batch that the server cannot take.
            Verdict::RetryBounded { error } if failures >= BOUNDED_ATTEMPTS_MAX && lane.accepted_since(begun) => {
                bury(shared, lane, part, &batch, &error).await;
                return None;
            }
            Verdict::Retry { .. } | Verdict::RetryBounded { .. } => {
                failures += 1;
                let after = note_failure(lane, verdict);
                let pause = backoff.wait(failures, after, fastrand::u64(..));
                if after.is_some() {
                    lane.outage().pause(clock::now().plus(pause));
                }
                if !wait(shared, lane, pause).await {
                    return None;
                }
            }
            Verdict::Split { message } => {
                answered(lane);
                return halve_or_bury(shared, lane, part, &batch, &message).await;
            }
            Verdict::Accepted { warning } => {
                if let Some(warning) = warning {
                    tracing::warn!(
                        destination = lane.destination.name,
                        warning,
                        "the destination accepted a batch with a warning"
                    );
                }
                accepted(shared, lane, part, &batch);
                return None;
            }
            Verdict::Partial { rejected, message } => {
                let accepted = batch.records().saturating_sub(rejected);
                shared.telemetry.count(Counter::Exported(destination, batch.signal), accepted);
                shared.telemetry.count(Counter::PartialRejected(destination, batch.signal), rejected);
                lane.accepted(clock::now());
                let detail = format!("{rejected} of {} records refused: {message}", batch.records());
                answered(lane);
                bury(shared, lane, part, &batch, &detail).await;
                return None;
            }
            Verdict::Refused { message } => {
                answered(lane);
                bury(shared, lane, part, &batch, &message).await;
                return None;
            }
        }
    }
}

fn batch_of(lane: &Lane, part: &[Queued]) -> Option<Batch> {
    let signal = part.first()?.chunk.signal;
    Some(Batch { signal, destination: lane.index, chunks: part.iter().map(|queued| queued.chunk.clone()).collect() })
}

fn accepted(shared: &Shared, lane: &Lane, part: Vec<Queued>, batch: &Batch) {
    let destination = DestinationIdx(lane.index);
    shared.telemetry.count(Counter::Batches(destination, batch.signal), 1);
    shared.telemetry.count(Counter::Exported(destination, batch.signal), batch.records());
    let of_alerts = batch.chunks.iter().filter(|chunk| chunk.is_of_alerts()).map(|chunk| u64::from(chunk.records));
    shared.telemetry.count(Counter::AlertRecords(batch.signal), of_alerts.sum());
    shared.telemetry.count(Counter::ExportedBytes(destination, batch.signal), batch.bytes() as u64);
    lane.accepted(clock::now());
    answered(lane);
    part.into_iter().for_each(|queued| queued.owed.pay());
}

fn answered(lane: &Lane) {
    if lane.outage().answered() {
        lane.note_why(None);
        tracing::info!(destination = lane.destination.name, "the destination is back");
    }
}

/// How long the server asks to wait, if it does.
fn note_failure(lane: &Lane, verdict: Verdict) -> Option<Duration> {
    let after = if let Verdict::Retry { after, .. } = &verdict { *after } else { None };
    let (Verdict::Retry { error, .. } | Verdict::RetryBounded { error }) = verdict else { return None };
    let now = clock::now();
    let mut outage = lane.outage();
    let is_new = outage.failing_since().is_none();
    outage.failed(now);
    drop(outage);
    lane.note_why(Some(&error));
    if is_new {
        tracing::warn!(destination = lane.destination.name, error, "the destination fails; its batches are sent again");
    } else {
        tracing::debug!(destination = lane.destination.name, error, "the destination still fails");
    }
    after
}

/// Waits before the next attempt; `false` when the service stops meanwhile, so that the source keeps what is owed.
async fn wait(shared: &Shared, lane: &Lane, wait: Duration) -> bool {
    let spilling = lane.outage().is_spilling(clock::now(), shared.limits.spill_after);
    if spilling {
        return true;
    }
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = shared.abandoned.cancelled() => false,
    }
}

async fn halve_or_bury(
    shared: &Shared,
    lane: &Lane,
    mut part: Vec<Queued>,
    batch: &Batch,
    message: &str,
) -> Option<[Vec<Queued>; 2]> {
    if part.len() > 1 {
        let second = part.split_off(part.len() / 2);
        return Some([second, part]);
    }
    let whole = part.pop()?;
    let Some((first, second)) = split_chunk(&whole.chunk) else {
        let detail = format!("one record of {} bytes is too large for the server: {message}", batch.bytes());
        bury(shared, lane, vec![whole], batch, &detail).await;
        return None;
    };
    let Queued { owed, room, .. } = whole;
    let shared_part = Queued { chunk: second, owed: owed.share(), room: None };
    Some([vec![shared_part], vec![Queued { chunk: first, owed, room }]])
}

/// Writes a batch to the spill and pays for it; a batch that cannot be written is not paid, and its sources send it again.
pub(super) async fn spill(shared: &Shared, lane: &Lane, part: Vec<Queued>, why: &str) {
    let Some(batch) = batch_of(lane, &part) else { return };
    let destination = DestinationIdx(lane.index);
    if let Err(error) = shared.spill.put(&batch, &lane.destination.name, why).await {
        tracing::error!(destination = lane.destination.name, error = %error, "a batch could not be spilled; its sources will send it again");
        return;
    }
    shared.telemetry.count(Counter::SpilledBatches(destination), 1);
    shared.telemetry.count(Counter::SpilledBytes(destination), batch.bytes() as u64);
    for queued in part {
        shared.fleet().spilled(queued.chunk.account, u64::from(queued.chunk.records));
        queued.owed.pay();
    }
}

/// Writes what the destination refused to the dead letters, with its words.
async fn bury(shared: &Shared, lane: &Lane, part: Vec<Queued>, batch: &Batch, detail: &str) {
    tracing::warn!(
        destination = lane.destination.name,
        records = batch.records(),
        detail,
        "the destination refused records; they are in the dead letters"
    );
    shared.telemetry.count(Counter::Rejects(Reason::Refused), batch.records());
    let letter = Letter::of_batch(batch, Some(Reason::Refused), &lane.destination.name, detail, clock::now());
    for queued in &part {
        shared.fleet().refused(queued.chunk.account, u64::from(queued.chunk.records));
    }
    let buried = shared.onlooker.burying(std::slice::from_ref(&letter));
    match shared.dead_letters.write(vec![letter]).await {
        Ok(()) => {
            shared.telemetry.count(Counter::DeadLetters, 1);
            buried();
            part.into_iter().for_each(|queued| queued.owed.pay());
        }
        Err(error) => {
            tracing::error!(error = %error, "refused records could not be kept; their sources will send them again")
        }
    }
}
