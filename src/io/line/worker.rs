//! A worker: takes a delivery, processes it record by record, and hands the chunks to the lanes.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use super::{Passage, Queued, Shared, samples};
use crate::config::policy::Detector;
use crate::debt::Owed;
use crate::delivery::{Delivery, Origin, Payload, Settlement, Source};
use crate::id::Signal;
use crate::io::clock;
use crate::io::intake::Taken;
use crate::io::progress::Unobserved;
use crate::io::telemetry::{Counter, HeldBack, Histogram, Oddity, Redaction, Telemetry};
use crate::letter::Letter;
use crate::policy::Counts;
use crate::processor::output::Output;
use crate::processor::{Processor, Surroundings, units};
use crate::reject::Reject;

/// Encoded bytes after which a worker hands over what it has, so that one large delivery cannot fill the memory.
const HAND_OVER_BYTES: usize = 1 << 20;

pub(super) async fn run(shared: Arc<Shared>, taken: Arc<Mutex<mpsc::Receiver<Taken>>>) {
    let (mut processor, mut output) = (Processor::default(), Output::default());
    loop {
        // Bound to a name, so that the lock is given back before the delivery is worked on.
        let next = taken.lock().await.recv().await;
        let Some(Taken { delivery, settle, permit, unobserved }) = next else { return };
        let source = delivery.origin.source;
        let (arrived, telemetry) = (delivery.payload.arrived().unwrap_or_else(clock::now), shared.telemetry.clone());
        let owed = Owed::new(move |settlement| {
            // The source may be gone, as when its request timed out; the telemetry still tells.
            let _source_may_be_gone = settle.send(settlement);
            if counts_here(source) {
                if settlement == Settlement::Failed {
                    telemetry.count(Counter::FailedDeliveries(source), 1);
                }
                telemetry.record(Histogram::Delay(source), clock::now().since(arrived));
            }
            drop(permit);
        });
        if source == Source::Samples {
            samples::work(&shared, &delivery, &owed, &mut output).await;
            drop(unobserved);
        } else {
            work(&shared, &delivery, &owed, unobserved, &mut processor, &mut output).await;
        }
        owed.pay();
    }
}

/// The HTTP server counts what comes through it by itself, since it also sees what is refused and what comes twice.
const fn counts_here(source: Source) -> bool {
    match source {
        Source::Kinesis | Source::Samples | Source::Lambda | Source::File => true,
        Source::Firehose | Source::Otlp => false,
    }
}

async fn work(
    shared: &Shared,
    delivery: &Delivery,
    owed: &Owed,
    unobserved: Unobserved,
    processor: &mut Processor,
    output: &mut Output,
) {
    if counts_here(delivery.origin.source) {
        shared.telemetry.count(Counter::Deliveries(delivery.origin.source), 1);
    }
    let mut pending_bytes = 0;
    for unit in 0..units(&delivery.payload) {
        let chunks_before = output.chunks.len();
        {
            let directory = shared.directory.current();
            let admissions = shared.admissions.load();
            let streamed = shared.streamed.read();
            let sampling = shared.onlooker.sampling();
            let around = Surroundings {
                admissions: &admissions,
                policy: &shared.policy,
                streamed: &streamed,
                sampler: Some(&sampling.sampler),
                ..Surroundings::new(&directory, &shared.normalize)
            };
            processor.process(delivery, unit, &around, output);
            let (sampling, directory) = (&*sampling, &*directory);
            shared.onlooker.observe(Passage { delivery, sampling, directory, output, owed });
        }
        pending_bytes += output.chunks[chunks_before..].iter().map(|chunk| chunk.bytes.len()).sum::<usize>();
        if pending_bytes >= HAND_OVER_BYTES {
            hand_over(shared, delivery, owed, output).await;
            pending_bytes = 0;
        }
    }
    drop(unobserved);
    hand_over(shared, delivery, owed, output).await;
}

pub(super) async fn hand_over(shared: &Shared, delivery: &Delivery, owed: &Owed, output: &mut Output) {
    let origin = &delivery.origin;
    count(shared, delivery, output);
    for chunk in output.chunks.drain(..) {
        shared.onlooker.offer(&chunk);
        for index in chunk.destinations.iter() {
            if let Some(lane) = shared.lanes.get(index).filter(|lane| lane.takes(chunk.signal)) {
                let queued = Queued { chunk: chunk.clone(), owed: owed.share(), room: None };
                lane.push(shared, queued).await;
            }
        }
    }
    if !output.rejects.is_empty() {
        bury(shared, origin, output.rejects.drain(..), owed.share()).await;
    }
    output.clear();
}

/// The shard that a delivery was read from.
fn shard(delivery: &Delivery) -> Option<(&str, &str)> {
    let Payload::Records(records) = &delivery.payload else { return None };
    let (shard, _) = records.first()?.position.split_once(':')?;
    (delivery.origin.source == Source::Kinesis).then_some((&*delivery.origin.name, shard))
}

fn count(shared: &Shared, delivery: &Delivery, output: &Output) {
    let (telemetry, tally, source) = (&shared.telemetry, &output.tally, delivery.origin.source);
    if counts_here(source) {
        telemetry.count(Counter::Records(source), tally.records);
        telemetry.count(Counter::Bytes(source), tally.bytes);
    }
    telemetry.count(Counter::InflatedBytes(source), tally.inflated_bytes);
    for reject in &output.rejects {
        telemetry.count(Counter::Rejects(reject.reason), 1);
    }
    for (format, count) in tally.formats.iter() {
        telemetry.count(Counter::Formats(format), count);
    }
    telemetry.count(Counter::JoinedEvents, tally.events_joined);
    telemetry.count(Counter::LogPoints, tally.log_points);
    telemetry.count(Counter::LogValuesLeftOut, tally.values_left_out);
    let odd = [
        (Oddity::NotUtf8, tally.not_utf8),
        (Oddity::TimeUnit, tally.time_unit),
        (Oddity::TimeAhead, tally.time_ahead),
        (Oddity::BodyCut, tally.body_cut),
        (Oddity::ForeignEvent, tally.foreign_events),
    ];
    for (oddity, count) in odd {
        telemetry.count(Counter::Odd(oddity), count);
    }
    let samples = &output.samples;
    telemetry.count(Counter::Samples, samples.taken);
    telemetry.count(Counter::SamplesLeftOut, samples.too_old + samples.without_group + samples.not_finite);
    shared.streamed.note(&output.streamed);
    if !output.completeness.is_empty() {
        shared.completeness().add(&output.completeness);
    }
    if !output.quotas.is_empty() {
        shared.quotas().add(&output.quotas);
    }
    let now = clock::now();
    for (account, tally) in &output.accounts {
        telemetry.count(Counter::SampledOut(Signal::Logs), tally.sampled_out);
        count_policy(telemetry, &tally.policy);
        if !tally.known {
            telemetry.count(Counter::UnknownAccountRecords(Signal::Logs), tally.logs);
            telemetry.count(Counter::UnknownAccountRecords(Signal::Metrics), tally.metrics);
            shared.directory.note_unknown(*account, tally.logs + tally.metrics, now);
        }
    }
    let mut fleet = shared.fleet();
    fleet.add(&output.accounts, now);
    if let Some(shard) = shard(delivery) {
        fleet.heard(shard, output.accounts.keys().copied());
    }
}

fn count_policy(telemetry: &Telemetry, counts: &Counts) {
    let detected = Detector::ALL.into_iter().map(Redaction::Detector).zip(counts.detected);
    for (by, count) in detected.chain([(Redaction::Pattern, counts.patterns), (Redaction::Field, counts.fields)]) {
        telemetry.count(Counter::Redactions(by), count);
    }
    let held_back = [
        (HeldBack::Filter, counts.filtered),
        (HeldBack::Sample, counts.sampled_out),
        (HeldBack::Redaction, counts.dropped),
    ];
    for (by, count) in held_back {
        telemetry.count(Counter::HeldBack(by), count);
    }
    telemetry.count(Counter::Edited, counts.edited);
}

/// Writes rejects to the dead letters. Their part of the debt is paid once they are safe there; the worker waits only
/// while too many are being written.
async fn bury(shared: &Shared, origin: &Origin, rejects: impl Iterator<Item = Reject>, owed: Owed) {
    let letters: Vec<_> = rejects.map(|reject| Letter::of_reject(reject, origin, clock::now())).collect();
    let (dead_letters, telemetry) = (shared.dead_letters.clone(), shared.telemetry.clone());
    let buried = shared.onlooker.burying(&letters);
    let slot = Arc::clone(&shared.burials).acquire_owned().await;
    let _writes_by_itself = tokio::spawn(async move {
        let n_letters = letters.len() as u64;
        match dead_letters.write(letters).await {
            Ok(()) => {
                telemetry.count(Counter::DeadLetters, n_letters);
                buried();
                owed.pay();
            }
            Err(error) => {
                tracing::error!(error = %error, "rejected records could not be kept; their source will send them again")
            }
        }
        drop(slot);
    });
}
