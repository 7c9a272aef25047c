//! The stages of the pipeline, in the order of the data's path.

use std::collections::BTreeMap;

use super::{Moment, Parts, rate, share};
use crate::api::pipeline::Stage;
use crate::config::FormatName;
use crate::config::policy::Detector;
use crate::delivery::Source;
use crate::id::Signal;
use crate::io::telemetry::{self, Counter, DestinationIdx, Gauge, HeldBack, Redaction, Refusal, Snapshot};
use crate::reject::Reason;

/// The present and the moment that rates count from.
pub(super) struct Between<'a> {
    pub(super) now: &'a Moment,
    pub(super) before: &'a Moment,
    pub(super) parts: &'a Parts,
}

/// All stages.
pub(super) fn stages(between: &Between<'_>) -> Vec<Stage> {
    vec![between.sources(), between.decode(), between.tag(), between.rules(), between.export(), between.notify()]
}

/// Records of both signals that a destination took.
pub(super) fn exported(counted: &Snapshot, destination: DestinationIdx) -> u64 {
    Signal::ALL.iter().map(|signal| counted.counter(Counter::Exported(destination, *signal))).sum()
}

/// Records that a destination refused while it took others.
pub(super) fn refused(counted: &Snapshot, destination: DestinationIdx) -> u64 {
    Signal::ALL.iter().map(|signal| counted.counter(Counter::PartialRejected(destination, *signal))).sum()
}

impl Between<'_> {
    /// A counter over all its labels.
    fn total(&self, counter: Counter) -> u64 {
        self.now.counted.total(counter)
    }

    fn rate(&self, counter: Counter) -> f64 {
        rate(self.now, self.before, |moment| moment.counted.total(counter))
    }

    fn stage(&self, name: &str, unit: &str, counter: Counter, errors: u64, figures: &[(&str, f64)]) -> Stage {
        Stage {
            name: name.into(),
            unit: unit.into(),
            per_second: self.rate(counter),
            total: self.total(counter),
            errors,
            queue: None,
            figures: figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<BTreeMap<_, _>>(),
        }
    }

    fn sources(&self) -> Stage {
        let errors = self.total(Counter::FailedDeliveries(Source::Kinesis))
            + self.total(Counter::RefusedRequests(Source::Otlp, Refusal::Late));
        let figures = [
            ("bytes_per_second", self.rate(Counter::Bytes(Source::Kinesis))),
            ("deliveries_per_second", self.rate(Counter::Deliveries(Source::Kinesis))),
            ("throttled", self.total(Counter::KinesisThrottles) as f64),
            ("duplicates", self.total(Counter::Duplicates(Source::Firehose)) as f64),
        ];
        let counted = &self.now.counted;
        let queued = counted.gauge(Gauge::QueueBytes(telemetry::Stage::Intake));
        let queue = Some(share(queued, counted.gauge(Gauge::MemoryLimitBytes) / 4));
        Stage { queue, ..self.stage("sources", "records", Counter::Records(Source::Kinesis), errors, &figures) }
    }

    fn decode(&self) -> Stage {
        let refused = self.now.counted.counter(Counter::Rejects(Reason::Refused));
        let rejects = self.total(Counter::Rejects(Reason::BadJson)).saturating_sub(refused);
        let decoded = self.total(Counter::Formats(FormatName::Json));
        let figures = [
            ("error_share", share(rejects, decoded + rejects)),
            ("inflated_bytes_per_second", self.rate(Counter::InflatedBytes(Source::Kinesis))),
            ("dead_letters", self.total(Counter::DeadLetters) as f64),
        ];
        self.stage("decode", "log records", Counter::Formats(FormatName::Json), rejects, &figures)
    }

    fn tag(&self) -> Stage {
        let unknown = Counter::UnknownAccountRecords(Signal::Logs);
        let figures = [
            ("accounts", self.now.counted.gauge(Gauge::DirectoryAccounts) as f64),
            ("unknown", self.now.counted.gauge(Gauge::UnknownAccounts) as f64),
            ("unknown_records", self.total(unknown) as f64),
            ("held_back", self.total(Counter::HeldBack(HeldBack::Filter)) as f64),
            ("redacted", self.total(Counter::Redactions(Redaction::Detector(Detector::ALL[0]))) as f64),
            ("sampled_out", self.total(Counter::SampledOut(Signal::Logs)) as f64),
            ("over_share", self.parts.fleet.held_back() as f64),
        ];
        let stage = self.stage("tag", "records", unknown, 0, &figures);
        Stage { per_second: rate(self.now, self.before, |moment| moment.tagged), total: self.now.tagged, ..stage }
    }

    fn rules(&self) -> Stage {
        let counted = &self.now.counted;
        let figures = [
            ("rules", counted.gauge(Gauge::Rules) as f64),
            ("alerts", counted.gauge(Gauge::ActiveAlerts) as f64),
            ("lag_seconds", counted.gauge(Gauge::RuleLagSeconds) as f64),
            ("cycle_seconds", self.parts.alerting.evaluation().as_secs_f64()),
            ("ticks_per_second", self.rate(Counter::Ticks)),
            ("repeated", self.total(Counter::RepeatedMessages) as f64),
            ("left_out", self.total(Counter::SamplesLeftOut) as f64),
        ];
        self.stage("rules", "samples", Counter::Samples, 0, &figures)
    }

    fn export(&self) -> Stage {
        let first = DestinationIdx(0);
        let rejected = self.now.counted.counter(Counter::Rejects(Reason::Refused));
        let figures = [
            ("retried", self.total(Counter::Retries(first)) as f64),
            ("rejected", rejected as f64),
            ("spilled_batches", self.total(Counter::SpilledBatches(first)) as f64),
            ("bytes_per_second", self.rate(Counter::ExportedBytes(first, Signal::Logs))),
        ];
        let lanes = self.parts.fleet.lanes();
        let held = |of: fn(&crate::io::line::LaneStatus) -> usize| lanes.iter().map(of).sum::<usize>() as u64;
        let queue = Some(share(held(|lane| lane.held_bytes), held(|lane| lane.held_bytes_max)));
        Stage { queue, ..self.stage("export", "records", Counter::Exported(first, Signal::Logs), rejected, &figures) }
    }

    fn notify(&self) -> Stage {
        let errors = self.total(Counter::NotificationsRefused) + self.total(Counter::NotificationsNowhere);
        let figures = [
            ("waiting", self.now.counted.gauge(Gauge::OutboxNotifications) as f64),
            ("retried", self.total(Counter::NotificationsRetried) as f64),
            ("nowhere", self.total(Counter::NotificationsNowhere) as f64),
        ];
        self.stage("notify", "notifications", Counter::NotificationsSent, errors, &figures)
    }
}
