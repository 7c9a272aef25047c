//! The names of Fanin's own metrics, each in both worlds: Prometheus and OpenTelemetry. This table is the only place that knows them.
//!
//! Units are UCUM, as OpenTelemetry wants them; Prometheus carries the unit in the name.

use std::borrow::Cow;

use super::label::{DestinationIdx, HeldBack, Label, Oddity, Outcome, Redaction, Refusal, Stage};
use crate::config::FormatName;
use crate::delivery::Source;
use crate::id::Signal;
use crate::reject::Reason;
use crate::tenant::lifecycle::Followed;

/// What a metric is called, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// In `/metrics`.
    pub prometheus: &'static str,
    /// Over OTLP.
    pub otel: &'static str,
    /// In UCUM.
    pub unit: &'static str,
    /// One sentence.
    pub help: &'static str,
}

/// One label of a series: its key, how many values there are, and the value at a place.
pub(super) struct Axis {
    pub(super) key: &'static str,
    pub(super) count: fn(&[String]) -> usize,
    pub(super) value: fn(usize, &[String]) -> Cow<'static, str>,
}

impl Axis {
    const fn of<L: Label>() -> Self {
        Self { key: L::KEY, count: L::count, value: L::value }
    }
}

/// A metric of the table: its name and its labels, the last one running fastest.
pub(super) struct Family {
    pub(super) name: Name,
    pub(super) axes: &'static [Axis],
}

/// Makes an enum whose variants carry the labels of a metric, and the table of their names.
macro_rules! metrics {
    (
        $(#[$about:meta])* $kind:ident {
            $(#[doc = $help:literal] $variant:ident $(($($label:ident: $Label:ty),+))?
                => $prometheus:literal, $otel:literal, $unit:literal;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $(#[doc = $help] $variant $(($($Label),+))?,)+
        }

        impl $kind {
            pub(super) const FAMILIES: &'static [Family] = &[$(Family {
                name: Name { prometheus: $prometheus, otel: $otel, unit: $unit, help: $help.trim_ascii_start() },
                axes: &[$($(Axis::of::<$Label>()),+)?],
            }),+];

            /// Index of the family and of the series in it.
            pub(super) fn place(self, destinations: &[String]) -> (usize, usize) {
                enum Order { $($variant),+ }
                match self {
                    $(Self::$variant $(($($label),+))? => {
                        let place = 0;
                        $($(let place =
                            place * <$Label as Label>::count(destinations) + $label.place(destinations.len());)+)?
                        (Order::$variant as usize, place)
                    })+
                }
            }
        }
    };
}

metrics! {
    /// Metrics that only grow.
    Counter {
        /// Deliveries taken from sources.
        Deliveries(source: Source) => "fanin_deliveries_total", "fanin.deliveries", "{delivery}";
        /// Records of the source taken in: Kinesis records, Firehose records, OTLP requests.
        Records(source: Source) => "fanin_source_records_total", "fanin.source.records", "{record}";
        /// Bytes taken in as they were sent, compressed or not.
        Bytes(source: Source) => "fanin_source_bytes_total", "fanin.source.io", "By";
        /// Bytes taken in after everything was inflated.
        InflatedBytes(source: Source) => "fanin_inflated_bytes_total", "fanin.inflated.io", "By";
        /// Deliveries that were not acknowledged, so that the source sends them again.
        FailedDeliveries(source: Source) => "fanin_failed_deliveries_total", "fanin.failed_deliveries", "{delivery}";
        /// Retries of a delivery that was done or under way, answered without delivering it twice.
        Duplicates(source: Source) => "fanin_duplicate_deliveries_total", "fanin.duplicate_deliveries", "{delivery}";
        /// HTTP requests of sources that were answered with an error.
        RefusedRequests(source: Source, cause: Refusal) => "fanin_refused_requests_total", "fanin.refused_requests", "{request}";
        /// Records read from Kinesis shards.
        KinesisRecords => "fanin_kinesis_records_total", "fanin.kinesis.records", "{record}";
        /// Compressed bytes read from Kinesis shards.
        KinesisBytes => "fanin_kinesis_bytes_total", "fanin.kinesis.io", "By";
        /// Reads of Kinesis shards that were throttled.
        KinesisThrottles => "fanin_kinesis_throttles_total", "fanin.kinesis.throttles", "{request}";
        /// Things that could not be used, by reason.
        Rejects(reason: Reason) => "fanin_rejects_total", "fanin.rejects", "{record}";
        /// Log records by the format inside of their messages.
        Formats(format: FormatName) => "fanin_log_records_total", "fanin.log_records", "{record}";
        /// Log events that were joined to the record before, as lines of a stack trace are.
        JoinedEvents => "fanin_joined_events_total", "fanin.joined_events", "{event}";
        /// Metric points made of what log messages hold.
        LogPoints => "fanin_log_metric_points_total", "fanin.log_metric_points", "{point}";
        /// Metric values of log messages that were left out, since their payload has too many series.
        LogValuesLeftOut => "fanin_log_metric_values_left_out_total", "fanin.log_metric_values_left_out", "{value}";
        /// Log records with something odd that did not keep them from being used.
        Odd(oddity: Oddity) => "fanin_odd_records_total", "fanin.odd_records", "{record}";
        /// Values that were redacted in log records, by what found them.
        Redactions(by: Redaction) => "fanin_redactions_total", "fanin.redactions", "{value}";
        /// Log records that the policy keeps back, by what decided it.
        HeldBack(by: HeldBack) => "fanin_held_back_records_total", "fanin.held_back_records", "{record}";
        /// Log records whose attributes were edited by the policy.
        Edited => "fanin_edited_records_total", "fanin.edited_records", "{record}";
        /// Log records and metric points of accounts that the directory does not know.
        UnknownAccountRecords(signal: Signal) => "fanin_unknown_account_records_total", "fanin.unknown_account_records", "{record}";
        /// Log records and metric points left out because their account is over its share.
        SampledOut(signal: Signal) => "fanin_sampled_out_records_total", "fanin.sampled_out_records", "{record}";
        /// Samples that rules took from records and metric points.
        Samples => "fanin_samples_total", "fanin.samples", "{sample}";
        /// Records and points that matched a rule and told it nothing: a day late, without group, or without number.
        SamplesLeftOut => "fanin_left_out_samples_total", "fanin.left_out_samples", "{sample}";
        /// Messages that came again and were not counted twice by the rules.
        RepeatedMessages => "fanin_repeated_messages_total", "fanin.repeated_messages", "{message}";
        /// Events of AWS Organizations that were read, by what they came to.
        LifecycleEvents(result: Followed) => "fanin_lifecycle_events_total", "fanin.lifecycle.events", "{event}";
        /// Ticks of rules that were evaluated.
        Ticks => "fanin_rule_ticks_total", "fanin.rule.ticks", "{tick}";
        /// Changes of alerts.
        Transitions => "fanin_alert_transitions_total", "fanin.alert.transitions", "{transition}";
        /// Notifications that a receiver took.
        NotificationsSent => "fanin_sent_notifications_total", "fanin.sent_notifications", "{notification}";
        /// Attempts to tell a receiver that failed and are made again.
        NotificationsRetried => "fanin_retried_notifications_total", "fanin.retried_notifications", "{notification}";
        /// Notifications that a receiver refused, which are given up.
        NotificationsRefused => "fanin_refused_notifications_total", "fanin.refused_notifications", "{notification}";
        /// Notifications whose class leads to no receiver.
        NotificationsNowhere => "fanin_unrouted_notifications_total", "fanin.unrouted_notifications", "{notification}";
        /// Log records and metric points about alerts that destinations accepted.
        AlertRecords(signal: Signal) => "fanin_alert_records_total", "fanin.alert.records", "{record}";
        /// Log records and metric points accepted by a destination.
        Exported(destination: DestinationIdx, signal: Signal) => "fanin_exported_records_total", "fanin.exported_records", "{record}";
        /// Encoded bytes accepted by a destination, before compression.
        ExportedBytes(destination: DestinationIdx, signal: Signal) => "fanin_exported_bytes_total", "fanin.exported.io", "By";
        /// Batches made for a destination.
        Batches(destination: DestinationIdx, signal: Signal) => "fanin_batches_total", "fanin.batches", "{batch}";
        /// Attempts to export a batch, by what they came to.
        ExportAttempts(destination: DestinationIdx, outcome: Outcome) => "fanin_export_attempts_total", "fanin.export.attempts", "{attempt}";
        /// Attempts to export that were repetitions of an earlier one.
        Retries(destination: DestinationIdx) => "fanin_export_retries_total", "fanin.export.retries", "{attempt}";
        /// Log records and metric points that a destination refused while it accepted their batch.
        PartialRejected(destination: DestinationIdx, signal: Signal) => "fanin_partial_rejected_records_total", "fanin.partial_rejected_records", "{record}";
        /// Batches spilled because a destination was down.
        SpilledBatches(destination: DestinationIdx) => "fanin_spilled_batches_total", "fanin.spilled.batches", "{batch}";
        /// Bytes spilled because a destination was down.
        SpilledBytes(destination: DestinationIdx) => "fanin_spilled_bytes_total", "fanin.spilled.io", "By";
        /// Letters written to the dead letters.
        DeadLetters => "fanin_dead_letters_total", "fanin.dead_letters", "{letter}";
        /// Log records that the page's store keeps.
        StoredRecords => "fanin_stored_records_total", "fanin.stored_records", "{record}";
        /// Log records that the page's store does not keep, since its writer was behind or cannot write.
        StoreDropped => "fanin_store_dropped_records_total", "fanin.store.dropped_records", "{record}";
        /// Reloads of configuration and directory that failed, the old ones staying in force.
        FailedReloads => "fanin_failed_reloads_total", "fanin.failed_reloads", "{reload}";
    }
}

metrics! {
    /// Metrics that go up and down.
    Gauge {
        /// Bytes of telemetry that wait in a stage.
        QueueBytes(stage: Stage) => "fanin_queue_bytes", "fanin.queue.usage", "By";
        /// Bytes of the memory budget in use.
        MemoryBytes => "fanin_memory_budget_used_bytes", "fanin.memory.budget.usage", "By";
        /// Bytes of the memory budget.
        MemoryLimitBytes => "fanin_memory_budget_bytes", "fanin.memory.budget.limit", "By";
        /// Accounts in the directory.
        DirectoryAccounts => "fanin_directory_accounts", "fanin.directory.accounts", "{account}";
        /// Accounts whose tags break the scheme of the configuration.
        WrongTagAccounts => "fanin_wrong_tag_accounts", "fanin.wrong_tag_accounts", "{account}";
        /// Accounts that sent something and are not in the directory.
        UnknownAccounts => "fanin_unknown_accounts", "fanin.unknown_accounts", "{account}";
        /// How far the rules are behind.
        RuleLagSeconds => "fanin_rule_lag_seconds", "fanin.rule.lag", "s";
        /// Rules that run.
        Rules => "fanin_rules", "fanin.rules", "{rule}";
        /// Alerts that are not inactive.
        ActiveAlerts => "fanin_active_alerts", "fanin.active_alerts", "{alert}";
        /// Notifications that wait to be sent or are under way.
        OutboxNotifications => "fanin_outbox_notifications", "fanin.outbox.notifications", "{notification}";
        /// Size of the file of the page's store.
        StoreBytes => "fanin_store_bytes", "fanin.store.usage", "By";
        /// Log records that wait to be written to the page's store.
        StoreQueueRecords => "fanin_store_queue_records", "fanin.store.queue.records", "{record}";
        /// One where this process works, 0 where it stands by.
        Active => "fanin_active", "fanin.active", "1";
        /// Firehose and OTLP requests that are being taken.
        Requests => "fanin_http_requests_active", "fanin.http.requests.active", "{request}";
    }
}

metrics! {
    /// Distributions of durations.
    Histogram {
        /// Time of one attempt to export.
        ExportDuration(destination: DestinationIdx) => "fanin_export_duration_seconds", "fanin.export.duration", "s";
        /// Time from the arrival of a delivery in the pipeline to its acceptance by all destinations.
        Delay(source: Source) => "fanin_delay_seconds", "fanin.delay", "s";
    }
}

/// Metrics that are worked out when they are read.
pub(super) mod derived {
    use super::Name;

    pub(in super::super) const SHARD_BEHIND: Name = Name {
        prometheus: "fanin_kinesis_shard_behind_seconds",
        otel: "fanin.kinesis.shard.behind",
        unit: "s",
        help: "How far the reader of a shard is behind its tip.",
    };
    pub(in super::super) const BEHIND_MAX: Name = Name {
        prometheus: "fanin_kinesis_behind_seconds",
        otel: "fanin.kinesis.behind",
        unit: "s",
        help: "How far the slowest reader of a shard is behind the tip.",
    };
    pub(in super::super) const SHARDS: Name = Name {
        prometheus: "fanin_kinesis_shards",
        otel: "fanin.kinesis.shards",
        unit: "{shard}",
        help: "Shards that are being read.",
    };
    pub(in super::super) const CHECKPOINT_AGE: Name = Name {
        prometheus: "fanin_checkpoint_age_seconds",
        otel: "fanin.checkpoint.age",
        unit: "s",
        help: "Time since checkpoints were last stored, or since the start.",
    };
    pub(in super::super) const BUILD_INFO: Name = Name {
        prometheus: "fanin_build_info",
        otel: "fanin.build.info",
        unit: "1",
        help: "One, with the version as a label.",
    };
    pub(in super::super) const START_TIME: Name = Name {
        prometheus: "process_start_time_seconds",
        otel: "fanin.process.start_time",
        unit: "s",
        help: "When the process started, in seconds since 1970.",
    };
    pub(in super::super) const RESIDENT_MEMORY: Name = Name {
        prometheus: "process_resident_memory_bytes",
        otel: "process.memory.usage",
        unit: "By",
        help: "Resident memory of the process.",
    };
    pub(in super::super) const CPU_TIME: Name = Name {
        prometheus: "process_cpu_seconds_total",
        otel: "process.cpu.time",
        unit: "s",
        help: "CPU time that the process used, in user and system mode.",
    };

    pub(in super::super) const ALL: [Name; 8] =
        [SHARD_BEHIND, BEHIND_MAX, SHARDS, CHECKPOINT_AGE, BUILD_INFO, START_TIME, RESIDENT_MEMORY, CPU_TIME];
}

/// Every metric that Fanin has of itself: what dashboards and alerts may name.
pub fn all() -> impl Iterator<Item = Name> {
    let tables = [Counter::FAMILIES, Gauge::FAMILIES, Histogram::FAMILIES];
    tables.into_iter().flatten().map(|family| family.name).chain(derived::ALL)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_follow_the_conventions_of_both_worlds() {
        let (mut prometheus, mut otel) = (BTreeSet::new(), BTreeSet::new());
        for name in all() {
            assert!(prometheus.insert(name.prometheus), "{} twice", name.prometheus);
            assert!(otel.insert(name.otel), "{} twice", name.otel);
            assert!(name.prometheus.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", name.prometheus);
            assert!(name.otel.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b)), "{}", name.otel);
            assert!(name.help.ends_with('.'), "{}", name.help);
            match name.unit {
                "By" => assert!(name.prometheus.contains("_bytes"), "{}", name.prometheus),
                "s" => assert!(name.prometheus.contains("_seconds"), "{}", name.prometheus),
                "1" => {}
                unit => assert!(unit.starts_with('{') && unit.ends_with('}'), "{unit}"),
            }
        }
        assert!(Counter::FAMILIES.iter().all(|family| family.name.prometheus.ends_with("_total")));
    }

    #[test]
    fn every_series_has_a_place_of_its_own() {
        let destinations = ["a".to_owned(), "b".to_owned()];
        let mut places = BTreeSet::new();
        for destination in 0..3 {
            for signal in Signal::ALL {
                let (_, place) = Counter::Exported(DestinationIdx(destination), signal).place(&destinations);
                assert!(places.insert(place));
            }
        }
        assert_eq!(places, (0..6).collect());
    }
}
