//! How the pipeline is doing: figures of the last minutes, and what keeps the picture from being whole.
//!
//! A task keeps what was counted at each of the last moments; who asks has the present against one of them. All of it is
//! atomics and short locks, so asking costs the pipeline nothing.

mod shards;
mod stages;
pub mod troubles;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::api::fleet::{FreshnessCounts, Trouble};
use crate::api::pipeline::{Delay, Destination, DirectoryStatus, Pipeline, Receiver, Shard, Store};
use crate::id::AccountId;
use crate::io::alerting::AlertingHandle;
use crate::io::checkpoints::Checkpoints;
use crate::io::clock;
use crate::io::directory::DirectoryHandle;
use crate::io::kinesis::Shards;
use crate::io::line::FleetHandle;
use crate::io::progress::ProgressHandle;
use crate::io::telemetry::{Counter, DestinationIdx, Gauge, Snapshot, Telemetry};
use crate::time::Timestamp;
use troubles::{Down, Facts, LATE};

/// How often what was counted is kept.
const INTERVAL: Duration = Duration::from_secs(5);

/// Moments that are kept: five minutes.
const MOMENTS_MAX: usize = 61;

/// What rates are over.
const MINUTE: Duration = Duration::from_secs(60);

/// What there is to look at.
pub struct Parts {
    /// Everything that is counted.
    pub telemetry: Telemetry,
    /// Shards that are read.
    pub shards: Shards,
    /// Up to where they are safe.
    pub checkpoints: Checkpoints,
    /// Up to when they were read.
    pub progress: ProgressHandle,
    /// The directory.
    pub directory: DirectoryHandle,
    /// Accounts, destinations and their queues.
    pub fleet: FleetHandle,
    /// The rules and those who are told.
    pub alerting: AlertingHandle,
    /// Names of destinations, in the order of the configuration.
    pub destinations: Vec<String>,
    /// Names of receivers.
    pub receivers: Vec<String>,
    /// How the page's store stands.
    pub store: Box<dyn Fn() -> Store + Send + Sync>,
}

/// A cheap handle on how the pipeline is doing.
#[derive(Clone)]
pub struct PipelineHandle(Arc<Shared>);

struct Shared {
    parts: Parts,
    moments: Mutex<VecDeque<Moment>>,
}

/// What was counted at a moment.
#[derive(Clone, Debug)]
struct Moment {
    at: Timestamp,
    counted: Snapshot,
    delays: Vec<u64>,
    /// Records of all accounts.
    tagged: u64,
    store_dropped: u64,
    shards: BTreeMap<(Arc<str>, Arc<str>), Read>,
}

/// What was read of a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Read {
    records: u64,
    bytes: u64,
    behind: f64,
}

impl fmt::Debug for PipelineHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PipelineHandle {{ {} moments }}", self.moments().len())
    }
}

impl PipelineHandle {
    /// Begins with what was counted until now.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let handle = Self(Arc::new(Shared { parts, moments: Mutex::default() }));
        handle.keep();
        handle
    }

    /// Keeps what is counted, again and again, until stopped.
    pub async fn run(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_some() {
            self.keep();
        }
    }

    /// What keeps the picture from being whole.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        troubles::troubles(&self.facts())
    }

    /// Accounts that may have something waiting in a shard that is late.
    #[must_use]
    pub fn late_accounts(&self) -> Vec<AccountId> {
        let shards = self.0.parts.shards.snapshot();
        let late: Vec<_> = shards.iter().filter(|(_, status)| is_late(status.behind)).map(|(key, _)| key).collect();
        if late.is_empty() {
            return Vec::new();
        }
        let keys = late.iter().map(|(stream, shard)| (&**stream, &**shard));
        self.0.parts.fleet.read(|fleet| fleet.heard_from(keys).collect()).unwrap_or_default()
    }

    /// All figures; who knows the freshness of accounts gives it.
    #[must_use]
    pub fn pipeline(&self, freshness: FreshnessCounts) -> Pipeline {
        let (now, facts) = (self.moment(), self.facts());
        let before = self.a_minute_before(now.at);
        let counted = &now.counted;
        let seen_until = facts.seen_until;
        let parts = &self.0.parts;
        let throttled = parts.fleet.read(|fleet| fleet.accounts().filter(|(_, row)| row.sampled_out > 0).count());
        let incomplete = parts.fleet.completeness(|completeness| completeness.short(seen_until).count());
        Pipeline {
            as_of: now.at.into(),
            stages: stages::stages(&stages::Between { now: &now, before: &before, parts }),
            end_to_end: self.end_to_end(&now),
            memory_bytes: counted.gauge(Gauge::MemoryBytes),
            memory_bytes_max: counted.gauge(Gauge::MemoryLimitBytes),
            store: (parts.store)(),
            freshness,
            unknown: small(parts.directory.unknown_accounts()),
            throttled: small(throttled.unwrap_or_default()),
            incomplete: small(incomplete.unwrap_or_default()),
            shards: small(facts.shards),
            shards_late: small(facts.shards_late),
            behind_seconds: facts.behind.as_secs_f64(),
            dead_letters: counted.total(Counter::DeadLetters),
            destinations: self.destinations(&now, &before),
            receivers: self.receivers(),
            directory: self.directory(),
            troubles: troubles::troubles(&facts),
        }
    }

    /// Every shard, the furthest behind first.
    #[must_use]
    pub fn shards(&self) -> Vec<Shard> {
        let now = self.moment();
        let moments: Vec<Moment> = self.moments().iter().cloned().collect();
        shards::shards(&now, &self.a_minute_before(now.at), &moments, &self.0.parts)
    }

    /// Up to when the rules have seen everything.
    #[must_use]
    pub fn seen_until(&self) -> Timestamp {
        self.0.parts.alerting.progress()
    }

    fn facts(&self) -> Facts {
        let (parts, now) = (&self.0.parts, clock::now());
        let shards = parts.shards.snapshot();
        let status = parts.directory.status();
        let sources = [&status.file, &status.organizations].into_iter().flatten();
        let failing = sources.filter_map(|source| source.failing().map(|failure| (source, failure)));
        let store = (parts.store)();
        let dropped_before = self.a_minute_before(now).store_dropped;
        Facts {
            now,
            shards: shards.len(),
            shards_late: shards.values().filter(|status| is_late(status.behind)).count(),
            behind: shards.values().filter_map(|status| status.behind).max().unwrap_or_default(),
            accounts_late: self.late_accounts().len(),
            seen_until: self.seen_until(),
            rules: parts.alerting.n_rules(),
            rules_not_read: parts.alerting.not_read(),
            accounts: status.accounts,
            directory: failing.map(|(source, failure)| (failure.message.clone(), source.last_success)).next(),
            store_dropped: store.dropped.saturating_sub(dropped_before),
            store_off: store.logs == "off",
            store_failing: store.failing,
            destinations: self.down_destinations(),
            receivers: self.down_receivers(),
        }
    }

    fn down_destinations(&self) -> Vec<Down> {
        let lanes = self.0.parts.fleet.lanes().into_iter();
        let down = lanes.filter_map(|lane| {
            let since = lane.failing_since?;
            let why = lane.why.unwrap_or_default();
            Some(Down { name: lane.name, since, why, waiting: lane.held_bytes as u64 })
        });
        down.collect()
    }

    fn down_receivers(&self) -> Vec<Down> {
        let failing = self.0.parts.alerting.failing_receivers();
        if failing.is_empty() {
            return Vec::new();
        }
        let waiting = self.waiting();
        let down = failing.into_iter().map(|(name, (since, why))| Down {
            waiting: waiting.get(&*name).copied().unwrap_or_default(),
            name: name.into(),
            since,
            why,
        });
        down.collect()
    }

    /// Notifications that wait, by receiver.
    fn waiting(&self) -> BTreeMap<String, u64> {
        self.0.parts.alerting.with(|alerting| {
            alerting.outbox().waiting().map(|(name, waiting)| (name.to_owned(), waiting as u64)).collect()
        })
    }

    fn receivers(&self) -> Vec<Receiver> {
        let waiting = self.waiting();
        let named = self.0.parts.receivers.iter();
        named
            .map(|name| Receiver { name: name.clone(), waiting: waiting.get(name).copied().unwrap_or_default() })
            .collect()
    }

    fn directory(&self) -> DirectoryStatus {
        let status = self.0.parts.directory.status();
        let sources: Vec<_> = [&status.file, &status.organizations].into_iter().flatten().collect();
        DirectoryStatus {
            accounts: small(status.accounts),
            read: sources.iter().filter_map(|source| source.last_success).min().map(Into::into),
            failing: sources.iter().find_map(|source| source.failing()).map(|failure| failure.message.clone()),
            wrong_tags: self.0.parts.directory.accounts_with_findings().map(small),
        }
    }

    fn destinations(&self, now: &Moment, before: &Moment) -> Vec<Destination> {
        let lanes = self.0.parts.fleet.lanes();
        let of = |(index, name): (usize, &String)| {
            let destination = DestinationIdx(index);
            let exported = |moment: &Moment| stages::exported(&moment.counted, destination);
            let lane = lanes.get(index).cloned().unwrap_or_default();
            let counted = &now.counted;
            Destination {
                name: name.clone(),
                exported: exported(now),
                per_second: rate(now, before, exported),
                retried: counted.counter(Counter::Retries(destination)),
                refused: stages::refused(counted, destination),
                spilled: counted.counter(Counter::SpilledBatches(destination)),
                queue: share(lane.held_bytes as u64, lane.held_bytes_max as u64),
                down: lane.failing_since.is_some(),
                why: lane.why.filter(|_| lane.failing_since.is_some()),
            }
        };
        self.0.parts.destinations.iter().enumerate().map(of).collect()
    }

    /// Of the last five minutes; of the time since the start where nothing came meanwhile.
    fn end_to_end(&self, now: &Moment) -> Delay {
        let oldest = self.moments().front().map(|moment| moment.delays.clone()).unwrap_or_default();
        let since = |(now, before): (&u64, &u64)| now.saturating_sub(*before);
        let lately: Vec<u64> = now.delays.iter().zip(&oldest).map(since).collect();
        let counts = if lately.iter().all(|count| *count == 0) { &now.delays } else { &lately };
        let at = |share| quantile(counts, Telemetry::delay_bounds(), share);
        Delay { p50: at(0.5), p99: at(0.99) }
    }

    fn keep(&self) {
        let moment = self.moment();
        let mut moments = self.moments();
        if moments.len() >= MOMENTS_MAX {
            let _oldest = moments.pop_front();
        }
        moments.push_back(moment);
    }

    fn moment(&self) -> Moment {
        let parts = &self.0.parts;
        let read = |(key, status): (_, crate::io::kinesis::ShardStatus)| {
            let behind = status.behind.unwrap_or_default().as_secs_f64();
            (key, Read { records: status.records, bytes: status.bytes, behind })
        };
        let tagged = parts.fleet.read(|fleet| fleet.accounts().map(|(_, row)| row.logs + row.metrics).sum());
        Moment {
            at: clock::now(),
            counted: parts.telemetry.snapshot(),
            delays: parts.telemetry.delays(),
            tagged: tagged.unwrap_or_default(),
            store_dropped: (parts.store)().dropped,
            shards: parts.shards.snapshot().into_iter().map(read).collect(),
        }
    }

    /// The oldest moment of the last minute.
    fn a_minute_before(&self, now: Timestamp) -> Moment {
        let moments = self.moments();
        let begin = now.minus(MINUTE).minus(INTERVAL);
        let found = moments.iter().find(|moment| moment.at >= begin).or_else(|| moments.back());
        found.cloned().unwrap_or_else(|| Moment {
            at: now,
            counted: self.0.parts.telemetry.snapshot(),
            delays: Vec::new(),
            tagged: 0,
            store_dropped: 0,
            shards: BTreeMap::new(),
        })
    }

    fn moments(&self) -> MutexGuard<'_, VecDeque<Moment>> {
        self.0.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_late(behind: Option<Duration>) -> bool {
    behind.is_some_and(|behind| behind > LATE)
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How much something grew in a second.
fn rate(now: &Moment, before: &Moment, of: impl Fn(&Moment) -> u64) -> f64 {
    per_second(of(now).saturating_sub(of(before)), now.at.since(before.at))
}

fn per_second(n: u64, over: Duration) -> f64 {
    // In the first second of a process a rate would be noise.
    if over < Duration::from_secs(1) { n as f64 } else { n as f64 / over.as_secs_f64() }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

/// The value that so large a share does not exceed, by the bounds of buckets and evenly inside of one; of those above the last
/// bound, that bound.
fn quantile(counts: &[u64], bounds: &[f64], wanted: f64) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    let rank = total as f64 * wanted;
    let mut below = 0.0;
    for (index, count) in counts.iter().enumerate() {
        let count = *count as f64;
        if count > 0.0 && below + count >= rank {
            let lower = index.checked_sub(1).and_then(|index| bounds.get(index)).copied().unwrap_or(0.0);
            let upper = bounds.get(index).copied().unwrap_or(lower);
            return Some(lower + (upper - lower) * ((rank - below) / count).clamp(0.0, 1.0));
        }
        below += count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_inside_of_its_bucket() {
        let bounds = [1.0, 2.0, 4.0];
        assert_eq!(quantile(&[0, 0, 0, 0], &bounds, 0.5), None);
        assert_eq!(quantile(&[2, 0, 2, 0], &bounds, 0.5), Some(1.0));
        assert_eq!(quantile(&[0, 0, 4, 0], &bounds, 0.5), Some(3.0));
        assert_eq!(quantile(&[0, 0, 1, 99], &bounds, 0.99), Some(4.0), "beyond the last bound nothing is known");
    }

    #[test]
    fn a_rate_is_over_the_time_that_passed() {
        assert_eq!(per_second(120, Duration::from_secs(60)), 2.0);
        assert_eq!(per_second(5, Duration::ZERO), 5.0);
        assert_eq!((share(3, 4), share(9, 4), share(1, 0)), (0.75, 1.0, 0.0));
    }
}
