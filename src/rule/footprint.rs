//! How many groups a rule will hold and how much memory they take, before it runs.

use super::{Aggregate, Baseline, Kind, Measure, Rule, RuleIdx, RuleSet};
use crate::config::problem::{Code, Place, Position, Problem};
use crate::predicate::field::Field;

/// Key, state, level, times, value, some room to grow and the place in the index, in bytes. A test of the evaluator holds it to this.
pub const GROUP_BYTES: u64 = 168;
/// A value of the key beside the account: its text, and where that is.
const VALUE_BYTES: u64 = 48;
/// A bucket without its terms: its time, how many records, and up to when they speak.
const BUCKET_BYTES: u64 = 16;
/// What the allocator needs for each piece of memory.
const PIECE_BYTES: u64 = 16;
/// One known key of `first_seen`.
const KEY_BYTES: u64 = 24;
/// Typical size of a sketch of values, and of a set of distinct values, with where they are.
const SKETCH_BYTES: u64 = 400;
const DISTINCT_BYTES: u64 = 200;
/// Hours of a week, four weeks of 4 bytes each.
const HOUR_OF_WEEK_BYTES: u64 = 168 * 16;
/// Above this someone should look.
const BYTES_WARN: u64 = 100_000_000;

/// Typical numbers of values in one account; an estimate, for only telemetry can tell.
const VALUES: [(&str, u64); 9] = [
    ("FunctionName", 160),
    ("QueueName", 20),
    ("TableName", 10),
    ("ApiName", 3),
    ("CertificateArn", 3),
    ("DBInstanceIdentifier", 5),
    ("InstanceId", 50),
    ("LoadBalancer", 5),
    ("Resource", 2),
];
const VALUES_OTHER: u64 = 10;
/// Regions of an account.
const REGIONS: u64 = 2;

impl RuleSet {
    /// For each rule: how many groups it would hold with so many accounts, and how many bytes they take.
    #[must_use]
    pub fn footprint(&self, accounts: usize) -> Vec<(RuleIdx, usize, u64)> {
        let of = |(index, rule): (usize, &Rule)| {
            let groups = rule.groups(accounts);
            let count = u64::try_from(groups).unwrap_or(u64::MAX);
            (index, groups, count.saturating_mul(rule.group_bytes()))
        };
        self.rules.iter().enumerate().map(of).collect()
    }

    /// Warns of rules that would hold more groups than they may, or need much memory.
    #[must_use]
    pub fn heavy(&self, accounts: usize) -> Vec<Problem> {
        self.footprint(accounts)
            .into_iter()
            .filter_map(|(index, groups, bytes)| self.rules[index].heavy(groups, bytes))
            .collect()
    }
}

impl Rule {
    fn heavy(&self, groups: usize, bytes: u64) -> Option<Problem> {
        let megabytes = bytes.div_ceil(1_000_000);
        let message = if groups > self.max_groups {
            format!(
                "about {groups} groups are more than \"max_groups\" {}; all of them would take {megabytes} MB",
                self.max_groups
            )
        } else if bytes > BYTES_WARN {
            format!("about {groups} groups take {megabytes} MB: group by less, or shorten the window")
        } else {
            return None;
        };
        let position = Position::Line { line: self.place.line, column: 1 };
        let place = Place { position, key: self.name.to_string() };
        Some(Problem { code: Code::RuleSize, file: self.place.file.clone(), place, message })
    }

    fn groups(&self, accounts: usize) -> usize {
        let values = |field: &Field| match field {
            Field::Account => accounts,
            // What the account decides makes no further groups beside it.
            Field::Tenant(_) if self.group_by.contains(&Field::Account) => 1,
            Field::Region => usize::try_from(REGIONS).unwrap_or(1),
            Field::Dimension(name) => {
                let known = VALUES.iter().find(|(dimension, _)| **dimension == **name);
                usize::try_from(known.map_or(VALUES_OTHER, |(_, values)| *values)).unwrap_or(usize::MAX)
            }
            Field::Level => 6,
            Field::Tenant(_)
            | Field::Service
            | Field::Message
            | Field::LogGroup
            | Field::Bytes
            | Field::LogStream
            | Field::Source
            | Field::Event
            | Field::Namespace
            | Field::Metric
            | Field::Unit
            | Field::Attribute(_) => usize::try_from(VALUES_OTHER).unwrap_or(1),
        };
        self.group_by.iter().map(values).fold(1, usize::saturating_mul)
    }

    /// Typical bytes of one group.
    fn group_bytes(&self) -> u64 {
        let own = match &self.kind {
            Kind::Threshold(measure) | Kind::Ratio(measure) => self.ring_bytes(measure),
            Kind::Outlier(outlier) => self.ring_bytes(&outlier.measure),
            Kind::Absence { .. } | Kind::Composite { .. } | Kind::Fleet(_) | Kind::Event { .. } => 0,
            Kind::FirstSeen(first_seen) => {
                let keys = if first_seen.fleet { u64::try_from(first_seen.max_keys).unwrap_or(u64::MAX) } else { 200 };
                keys.saturating_mul(KEY_BYTES)
            }
            Kind::Change { measure, baseline, .. } => match baseline {
                Baseline::Previous { .. } => 2 * self.ring_bytes(measure),
                Baseline::HourOfWeek { .. } => HOUR_OF_WEEK_BYTES + self.ring_bytes(measure),
            },
            Kind::Forecast { measure, history, .. } => {
                let points = history.as_nanos() / self.every.as_nanos().max(1);
                u64::try_from(points).unwrap_or(u64::MAX).saturating_mul(4).saturating_add(self.ring_bytes(measure))
            }
        };
        let values = self.group_by.iter().filter(|field| **field != Field::Account).count();
        let values = u64::try_from(values).unwrap_or(u64::MAX).saturating_mul(VALUE_BYTES);
        GROUP_BYTES.saturating_add(values).saturating_add(own)
    }

    /// Buckets of the window, of the delay, and the one that is being filled.
    fn ring_bytes(&self, measure: &Measure) -> u64 {
        let every = self.every.as_nanos().max(1);
        let buckets = self.window.as_nanos() / every + self.delay.as_nanos() / every + 1;
        let width: u64 = measure.terms.iter().map(|term| bucket_bytes(term.aggregate)).sum();
        u64::try_from(buckets).unwrap_or(u64::MAX).saturating_mul(BUCKET_BYTES + width).saturating_add(PIECE_BYTES)
    }
}

const fn bucket_bytes(aggregate: Aggregate) -> u64 {
    match aggregate {
        Aggregate::Count | Aggregate::Sum | Aggregate::Min | Aggregate::Max | Aggregate::Rate => 8,
        Aggregate::Avg | Aggregate::Last => 16,
        Aggregate::Percentile(_) => SKETCH_BYTES,
        Aggregate::Distinct => DISTINCT_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::read::read;

    #[test]
    fn the_example_takes_a_few_hundred_bytes_for_most_groups() {
        let text = include_str!("../../tests/data/rules/proposal/rules.yaml");
        let (set, _) = read(&[("r.yaml", text)]);
        let told: Vec<String> = set
            .footprint(6_000)
            .into_iter()
            .map(|(index, groups, bytes)| format!("{} {groups} groups {bytes} B", set.rules[index].name))
            .collect();
        insta::assert_debug_snapshot!(told);
        assert_eq!(set.heavy(6_000), []);
    }

    #[test]
    fn a_million_groups_are_told_with_the_memory_they_take() {
        let rule = "{alert: A, kind: threshold, from: metrics, value: 'sum(AWS/Lambda:Errors)', window: 5m, critical: '> 1', group_by: [account, dim.FunctionName]}";
        let (set, _) = read(&[("r.yaml", &format!("version: 1\nrules:\n  - {rule}\n"))]);
        let told: Vec<String> = set.heavy(6_250).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "W012 r.yaml:3:1 A: about 1000000 groups are more than \"max_groups\" 50000; all of them would take 472 MB"
            ]
        );
    }
}
