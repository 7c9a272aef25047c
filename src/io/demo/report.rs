//! What the demo sent and what became of it, in all and stage by stage.

use std::fmt;

use serde::Serialize;

use super::Demo;
use crate::delivery::Source;
use crate::id::Signal;
use crate::io::telemetry::{Counter, DestinationIdx, Gauge};
use crate::reject::Reason;

/// A datum becomes five data points: minimum, maximum, average, sum and count.
const POINTS_PER_DATUM: u64 = 5;

/// How the demo stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Seconds since the start.
    pub seconds: f64,
    /// Simulated accounts.
    pub accounts: u32,
    /// Log events and metric data that the accounts sent.
    pub sent: u64,
    /// Of these, delivered to the backend; to another backend than the demo's, as it acknowledged them.
    pub delivered: u64,
    /// Rejected with a reason.
    pub rejected: u64,
    /// Records that cannot be used and that were sent all the same, to be rejected; they are not counted as sent.
    pub broken: u64,
    /// Of what was sent, left out or spilled, since their account was over its share.
    pub over_share: u64,
    /// Of what was sent, neither delivered nor rejected nor over a share; `None` with another backend than the demo's.
    pub lost: Option<u64>,
    /// Delivered more than once; `None` with another backend than the demo's.
    pub duplicated: Option<u64>,
    /// Delivered without account or tenant; `None` with another backend than the demo's.
    pub untagged: Option<u64>,
    /// Whether everything taken was safe when the service stopped.
    pub drained: bool,
    /// Accounts that sent something and are not in the directory.
    pub unassigned_accounts: u64,
    /// The same by stage, in the order of the data's path.
    pub stages: Vec<Stage>,
}

/// Counts of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Its name.
    pub stage: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// What went in.
    pub entered: u64,
    /// What came out.
    pub left: u64,
    /// What was rejected there.
    pub rejected: u64,
}

pub(super) fn report(demo: &Demo) -> Report {
    let metrics = demo.service.telemetry().snapshot();
    let sent = demo.sent.log_events() + demo.sent.metric_data();
    let rejected = metrics.total(Counter::Rejects(Reason::BadJson));
    let broken = demo.sent.broken_records();
    let exported = |signal| {
        let of_alerts = metrics.counter(Counter::AlertRecords(signal));
        metrics.counter(Counter::Exported(DestinationIdx(0), signal)).saturating_sub(of_alerts)
    };
    let sampled = |signal| metrics.counter(Counter::SampledOut(signal));
    let spilled = demo.service.fleet().read(|fleet| fleet.accounts().map(|(_, account)| account.spilled).sum::<u64>());
    let over_share = sampled(Signal::Logs) + sampled(Signal::Metrics) / POINTS_PER_DATUM + spilled.unwrap_or(0);
    let received = demo.backend.as_ref().map(super::Backend::counts);
    let (joined, points) = (metrics.counter(Counter::JoinedEvents), metrics.counter(Counter::LogPoints));
    let (log_events, data) = (exported(Signal::Logs) + joined, exported(Signal::Metrics) / POINTS_PER_DATUM);
    let delivered =
        received.map_or(log_events + data.saturating_sub(points), |(logs, data)| logs.records + data.records);
    let stage = |stage, unit, entered, left, rejected| Stage { stage, unit, entered, left, rejected };
    let mut stages = vec![
        stage("kinesis", "records", demo.sent.kinesis_records(), metrics.counter(Counter::Records(Source::Kinesis)), 0),
        stage(
            "firehose",
            "requests",
            demo.sent.firehose_requests(),
            metrics.counter(Counter::Deliveries(Source::Firehose)),
            0,
        ),
        stage("decode logs", "events", demo.sent.log_events() + broken, log_events, rejected),
        stage("decode metrics", "data", demo.sent.metric_data() + points, data, 0),
    ];
    if let (Some((logs, received)), Some(backend)) = (received, &demo.backend) {
        stages.push(stage("backend logs", "events", log_events, logs.records + logs.duplicates, 0));
        let of_streams = received.records + received.duplicates;
        stages.push(stage("backend metrics", "data", data, of_streams + backend.points_of_logs(), 0));
    }
    Report {
        seconds: demo.begun.elapsed().as_secs_f64(),
        accounts: demo.accounts,
        sent,
        delivered,
        rejected,
        broken,
        over_share,
        lost: received.map(|_| (sent + broken).saturating_sub(delivered + rejected + over_share)),
        duplicated: received.map(|(logs, data)| logs.duplicates + data.duplicates),
        untagged: received.map(|(logs, data)| logs.untagged + data.untagged),
        drained: false,
        unassigned_accounts: metrics.gauge(Gauge::UnknownAccounts),
        stages,
    }
}

impl Report {
    /// Whether everything that was sent has arrived or was rejected.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.accounted() >= self.sent + self.broken
    }

    /// Of how much it is known what became of it: while that grows, the rest is under way.
    #[must_use]
    pub const fn accounted(&self) -> u64 {
        self.delivered + self.rejected + self.over_share
    }

    /// Whether every stage gave what it took.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.stages.iter().all(|stage| stage.entered == stage.left + stage.rejected)
    }

    /// Whether nothing was lost, doubled or left untagged, and nothing rejected but what was sent broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let none = |count: Option<u64>| count.is_none_or(|count| count == 0);
        self.rejected == self.broken
            && self.is_settled()
            && none(self.lost)
            && none(self.duplicated)
            && none(self.untagged)
    }
}

/// For people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} accounts ({} not in the directory), {:.0} s",
            self.accounts, self.unassigned_accounts, self.seconds
        )?;
        let known = |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let where_any = |what: &str, count: u64| if count == 0 { String::new() } else { format!("{what} {count}, ") };
        writeln!(
            f,
            "sent {}, delivered {}, rejected {}, {}{}lost {}, duplicated {}",
            self.sent,
            self.delivered,
            self.rejected,
            where_any("sent broken", self.broken),
            where_any("over a share", self.over_share),
            known(self.lost),
            known(self.duplicated)
        )?;
        for stage in &self.stages {
            writeln!(f, "  {:<16} {:>10} in  {:>10} out  {}", stage.stage, stage.entered, stage.left, stage.unit)?;
        }
        Ok(())
    }
}
