//! Which metrics come by a metric stream, so that what logs tell of the same is not counted a second time.
//!
//! CloudWatch makes metrics of the embedded metric format, and Lambda's own of what its reports tell. Where a metric stream
//! carries these, the values of the logs are left out. Whether it does cannot be asked: it is seen.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Region};
use crate::time::Timestamp;

/// How long a metric that was seen counts as carried, whatever else arrives. A stream sends every minute, and of 212
/// captured points the last came 13 minutes after its minute had ended. Should the stream be switched off, the logs'
/// values are missed no longer than this.
const CARRIED_FOR: Duration = Duration::from_secs(15 * 60);

/// How long a metric that was seen counts as carried while the stream still brings anything of the account and Region. A
/// metric has no points while nothing happens, and a stream is filtered by names and not by time: it will carry that
/// metric again. Without this the first values after every pause would count twice, since logs are faster than streams.
/// A day spans a nightly job. A filter that was narrowed meanwhile costs a metric at most this long.
const REMEMBERED_FOR: Duration = Duration::from_secs(26 * 60 * 60);

/// A stream sends every minute; what came in between tells nothing new.
const NEWS_AFTER: Duration = Duration::from_secs(60);

/// Metrics that are remembered: 50 for each of 6,000 accounts, some 30 MiB by estimate.
const ENTRIES_MAX: usize = 300_000;

/// Metrics that are remembered of one account and Region, so that one tenant's names do not push out those of others.
const OWNER_ENTRIES_MAX: usize = 3_000;

/// A longer name is not remembered. Source: CloudWatch API reference, `PutMetricData`: at most 255 characters.
const NAME_BYTES_MAX: usize = 255;

/// What metric streams carry. It grows by what is noted and shrinks by `forget`.
#[derive(Clone, Debug, Default)]
pub struct Streamed {
    owners: HashMap<(AccountId, Option<Region>), Owner>,
    entries: usize,
    refused: u64,
}

/// What is known of one account and Region.
#[derive(Clone, Debug, Default)]
struct Owner {
    /// When the stream last brought anything.
    seen: Timestamp,
    /// When it last brought a metric, by namespace and name.
    metrics: HashMap<Box<str>, HashMap<Box<str>, Timestamp>>,
    entries: usize,
}

/// What a snapshot holds of one account and Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The account.
    pub account: AccountId,
    /// The Region, where known.
    pub region: Option<Region>,
    /// When the stream last brought anything, in seconds since 1970.
    pub seen: u64,
    /// When it last brought a metric, in seconds since 1970, by namespace and name.
    pub metrics: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Whether logs may tell the same metric: those that Lambda's reports tell, and all that AWS does not measure itself.
#[must_use]
pub fn is_told_by_logs(namespace: &str, name: &str) -> bool {
    match namespace {
        "AWS/Lambda" => ["Invocations", "Duration", "Errors"].contains(&name),
        other => !other.starts_with("AWS/"),
    }
}

impl Streamed {
    /// Notes a point of a metric stream. A point that logs never tell is worth noting too, once for an account and Region
    /// in a delivery: it shows that the stream still runs.
    pub fn note(&mut self, account: AccountId, region: Option<Region>, namespace: &str, name: &str, now: Timestamp) {
        let owner = self.owners.entry((account, region)).or_default();
        owner.seen = owner.seen.max(now);
        if !is_told_by_logs(namespace, name) {
            return;
        }
        if let Some(seen) = owner.metrics.get_mut(namespace).and_then(|names| names.get_mut(name)) {
            *seen = now.max(*seen);
            return;
        }
        let long = namespace.len().max(name.len()) > NAME_BYTES_MAX;
        if long || self.entries >= ENTRIES_MAX || owner.entries >= OWNER_ENTRIES_MAX {
            self.refused += 1;
            return;
        }
        let _ = owner.metrics.entry(namespace.into()).or_default().insert(name.into(), now);
        owner.entries += 1;
        self.entries += 1;
    }

    /// Whether a metric stream carries this metric of the account and Region, so that logs need not tell it.
    #[must_use]
    pub fn carries(
        &self,
        account: AccountId,
        region: Option<Region>,
        namespace: &str,
        name: &str,
        now: Timestamp,
    ) -> bool {
        let Some(owner) = self.owners.get(&(account, region)) else { return false };
        let seen = owner.metrics.get(namespace).and_then(|names| names.get(name));
        seen.is_some_and(|seen| {
            let runs = now.since(owner.seen) <= CARRIED_FOR;
            now.since(*seen) <= if runs { REMEMBERED_FOR } else { CARRIED_FOR }
        })
    }

    /// Whether a sighting now would tell something new: the last of this metric, or of its account and Region where logs
    /// never tell the metric, is more than a minute old.
    #[must_use]
    pub fn is_news(
        &self,
        account: AccountId,
        region: Option<Region>,
        namespace: &str,
        name: &str,
        now: Timestamp,
    ) -> bool {
        let Some(owner) = self.owners.get(&(account, region)) else { return true };
        let seen = if is_told_by_logs(namespace, name) {
            owner.metrics.get(namespace).and_then(|names| names.get(name)).copied()
        } else {
            Some(owner.seen)
        };
        seen.is_none_or(|seen| now.since(seen) >= NEWS_AFTER)
    }

    /// Drops what is too old to matter. Looks at everything: once in some minutes is enough.
    pub fn forget(&mut self, now: Timestamp) {
        for owner in self.owners.values_mut() {
            owner.metrics.retain(|_, names| {
                names.retain(|_, seen| now.since(*seen) <= REMEMBERED_FOR);
                !names.is_empty()
            });
            owner.entries = owner.metrics.values().map(HashMap::len).sum();
        }
        self.owners.retain(|_, owner| owner.entries > 0 || now.since(owner.seen) <= CARRIED_FOR);
        self.entries = self.owners.values().map(|owner| owner.entries).sum();
    }

    /// How many metrics are remembered.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries
    }

    /// Whether no metric is remembered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// How many sightings were not remembered, because of a limit: what logs tell of these counts twice.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// For a snapshot: everything, in an order that does not depend on chance.
    #[must_use]
    pub fn keep(&self) -> Vec<Kept> {
        let mut kept: Vec<_> =
            self.owners.iter().map(|((account, region), owner)| owner.keep(*account, *region)).collect();
        kept.sort_by_key(|kept| (kept.account, kept.region));
        kept
    }

    /// From a snapshot, up to the limits of this program.
    #[must_use]
    pub fn restore(kept: &[Kept]) -> Self {
        let mut streamed = Self::default();
        for Kept { account, region, seen, metrics } in kept {
            streamed.owners.entry((*account, *region)).or_default().seen = Timestamp::from_seconds(*seen);
            for (namespace, names) in metrics {
                for (name, seen) in names {
                    streamed.note(*account, *region, namespace, name, Timestamp::from_seconds(*seen));
                }
            }
        }
        streamed
    }
}

impl Owner {
    fn keep(&self, account: AccountId, region: Option<Region>) -> Kept {
        let names = |names: &HashMap<Box<str>, Timestamp>| {
            names.iter().map(|(name, seen)| (name.to_string(), seen.seconds())).collect()
        };
        let metrics = self.metrics.iter().map(|(namespace, of)| (namespace.to_string(), names(of))).collect();
        Kept { account, region, seen: self.seen.seconds(), metrics }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: (&str, &str) = ("orders", "time");

    fn account(digit: char) -> AccountId {
        String::from_iter([digit; 12]).parse().unwrap()
    }

    fn frankfurt() -> Option<Region> {
        "eu-central-1".parse().ok()
    }

    fn minutes(minutes: u64) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000 + minutes * 60)
    }

    fn noted(metrics: &[(&str, &str)]) -> Streamed {
        let mut streamed = Streamed::default();
        for (namespace, name) in metrics {
            streamed.note(account('1'), frankfurt(), namespace, name, minutes(0));
        }
        streamed
    }

    fn carries(streamed: &Streamed, (namespace, name): (&str, &str), at: u64) -> bool {
        streamed.carries(account('1'), frankfurt(), namespace, name, minutes(at))
    }

    #[test]
    fn a_sighting_is_news_once_a_minute() {
        let (streamed, account) = (noted(&[ORDERS]), account('1'));
        let news = |namespace, name, at| streamed.is_news(account, frankfurt(), namespace, name, at);
        let noted = minutes(0);
        assert!(!news("orders", "time", noted), "the metric was just seen");
        assert!(!news("AWS/EC2", "CPUUtilization", noted), "the stream was just seen");
        assert!(news("orders", "other", noted), "this metric was not");
        assert!(news("orders", "time", minutes(1)));
        assert!(streamed.is_news(account, None, "orders", "time", noted), "nor was this Region");
    }

    #[test]
    fn a_metric_is_carried_for_a_quarter_of_an_hour_after_it_was_seen() {
        let streamed = noted(&[ORDERS]);
        assert!(carries(&streamed, ORDERS, 0) && carries(&streamed, ORDERS, 15));
        assert!(!carries(&streamed, ORDERS, 16));
        assert!(streamed.carries(account('1'), frankfurt(), "orders", "time", Timestamp::default()), "a late log");
    }

    #[test]
    fn a_metric_that_rests_is_carried_while_its_stream_runs() {
        let mut streamed = noted(&[ORDERS]);
        streamed.note(account('1'), frankfurt(), "AWS/EC2", "CPUUtilization", minutes(25 * 60));
        assert!(carries(&streamed, ORDERS, 25 * 60 + 10));
        assert!(!carries(&streamed, ORDERS, 25 * 60 + 16), "the stream fell silent");
        streamed.note(account('1'), frankfurt(), "AWS/EC2", "CPUUtilization", minutes(27 * 60));
        assert!(!carries(&streamed, ORDERS, 27 * 60), "the stream runs, and does not carry it any more");
    }

    #[test]
    fn another_account_region_namespace_or_name_is_another_metric() {
        let streamed = noted(&[ORDERS]);
        let now = minutes(0);
        assert!(!streamed.carries(account('2'), frankfurt(), "orders", "time", now));
        assert!(!streamed.carries(account('1'), "eu-west-1".parse().ok(), "orders", "time", now));
        assert!(!streamed.carries(account('1'), None, "orders", "time", now));
        assert!(!carries(&streamed, ("orders2", "time"), 0) && !carries(&streamed, ("orders", "times"), 0));
    }

    #[test]
    fn only_what_logs_tell_is_remembered() {
        let told = [("AWS/Lambda", "Errors"), ("ContainerInsights", "pod_cpu_utilization"), ("orders", "time")];
        let untold = [("AWS/Lambda", "Throttles"), ("AWS/EC2", "CPUUtilization"), ("AWS/RDS", "Errors")];
        let streamed = noted(&[&told[..], &untold[..]].concat());
        assert_eq!(streamed.len(), told.len());
        assert!(told.iter().all(|metric| carries(&streamed, *metric, 1)));
        assert!(!untold.iter().any(|metric| carries(&streamed, *metric, 1)));
    }

    #[test]
    fn one_account_fills_only_its_own_share_and_what_is_refused_is_counted() {
        let mut streamed = Streamed::default();
        for index in 0..OWNER_ENTRIES_MAX + 7 {
            streamed.note(account('1'), frankfurt(), "flood", &index.to_string(), minutes(0));
        }
        streamed.note(account('2'), frankfurt(), "orders", &"n".repeat(NAME_BYTES_MAX + 1), minutes(0));
        streamed.note(account('2'), frankfurt(), "orders", "time", minutes(0));
        assert_eq!((streamed.len(), streamed.refused()), (OWNER_ENTRIES_MAX + 1, 8));
        assert!(streamed.carries(account('2'), frankfurt(), "orders", "time", minutes(1)));
    }

    #[test]
    fn what_is_too_old_makes_room() {
        let mut streamed = noted(&[ORDERS]);
        streamed.note(account('2'), frankfurt(), "orders", "time", minutes(60));
        streamed.forget(minutes(26 * 60 + 1));
        assert_eq!(streamed.len(), 1);
        streamed.forget(minutes(60 * 60));
        assert!(streamed.is_empty() && streamed.keep().is_empty());
    }

    #[test]
    fn a_restart_forgets_nothing() {
        let mut streamed = noted(&[ORDERS, ("AWS/Lambda", "Duration")]);
        streamed.note(account('2'), None, "AWS/EC2", "CPUUtilization", minutes(3));
        let json = serde_json::to_string(&streamed.keep()).unwrap();
        let restored = Streamed::restore(&serde_json::from_str::<Vec<Kept>>(&json).unwrap());
        assert_eq!(restored.keep(), streamed.keep());
        assert_eq!(restored.len(), 2);
        assert!(carries(&restored, ORDERS, 15) && !carries(&restored, ORDERS, 16));
    }
}
