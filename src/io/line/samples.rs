//! Takes reports of a forwarder: what its rules took and what it counted, as if it had been decoded here. On the same way come
//! events of AWS Organizations, for the directory; they are taken nowhere else, since tenants cannot write to this stream.

use std::sync::PoisonError;

use super::{Passage, Shared, worker};
use crate::debt::Owed;
use crate::delivery::{Delivery, Payload, RawRecord};
use crate::io::telemetry::Counter;
use crate::processor::output::Output;
use crate::reject::{Reason, Reject};
use crate::report::{Packet, Report};
use crate::tenant::lifecycle;

/// Takes the records of a delivery. The rules have seen all of it when this returns.
pub(super) async fn work(shared: &Shared, delivery: &Delivery, owed: &Owed, output: &mut Output) {
    shared.telemetry.count(Counter::Deliveries(delivery.origin.source), 1);
    let Payload::Records(records) = &delivery.payload else { return };
    for record in records {
        output.tally.records += 1;
        output.tally.bytes += record.data.len() as u64;
        if lifecycle::is_event(&record.data) {
            follow(shared, record, output);
            continue;
        }
        match Packet::parse(&record.data) {
            Ok(packet) => take(shared, delivery, owed, record, packet, output).await,
            Err(error) => reject(record, error.reason(), &error, output),
        }
    }
    worker::hand_over(shared, delivery, owed, output).await;
}

async fn take(
    shared: &Shared,
    delivery: &Delivery,
    owed: &Owed,
    record: &RawRecord,
    packet: Packet,
    output: &mut Output,
) {
    for report in packet.reports {
        let is_new = shared.reports.lock().unwrap_or_else(PoisonError::into_inner).is_new(report.id, report.arrived);
        if !is_new {
            shared.telemetry.count(Counter::RepeatedMessages, 1);
            continue;
        }
        observe(shared, delivery, owed, report, output);
        worker::hand_over(shared, delivery, owed, output).await;
    }
    for mark in packet.marks {
        let shard = (mark.stream.into(), mark.shard.into());
        shared.progress.mark(shard, mark.until, &delivery.origin.name, record.arrived);
    }
}

fn observe(shared: &Shared, delivery: &Delivery, owed: &Owed, report: Report, output: &mut Output) {
    if let Some((stream, shard)) = &report.from {
        shared.fleet().heard((stream, shard), report.accounts());
    }
    let (sampling, directory) = (shared.onlooker.sampling(), shared.directory.current());
    let left_out = report.put(output, &sampling);
    shared.telemetry.count(Counter::SamplesLeftOut, left_out);
    for (account, tally) in &mut output.accounts {
        tally.known = directory.get(*account).is_some();
    }
    let (sampling, directory) = (&*sampling, &*directory);
    shared.onlooker.observe(Passage { delivery, sampling, directory, output, owed });
}

fn follow(shared: &Shared, record: &RawRecord, output: &mut Output) {
    match shared.directory.apply_lifecycle(&record.data) {
        Ok(followed) => shared.telemetry.count(Counter::LifecycleEvents(followed), 1),
        Err(error) => reject(record, error.reason(), &error, output),
    }
}

fn reject(record: &RawRecord, reason: Reason, error: &dyn std::error::Error, output: &mut Output) {
    output.reject(Reject {
        reason,
        detail: crate::io::chain(error),
        account: None,
        region: None,
        position: record.position.clone(),
        arrived: record.arrived,
        data: record.data.clone(),
    });
}
