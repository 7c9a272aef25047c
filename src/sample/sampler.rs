//! Takes samples: which rules a record, a point or a value of Fanin itself is for, and what they take of it.
//!
//! Predicates look at a record as it came. What leaves with a sample (values of groups, keys, lines) is redacted first.

mod watch;

use std::collections::BTreeMap;

use super::index::{Index, Told, members};
use super::subject::{self, LogSubject, OwnSubject, PointSubject};
use super::{Partials, index};
use crate::predicate::{Fields, Predicate};
use crate::rule::{From, RuleSet};
use crate::time::Timestamp;
use watch::{Given, Seen, Watch};

/// The rules, ready to be asked which of them a record is for.
#[derive(Debug)]
pub struct Sampler {
    /// Rules that take samples of log records, and the index of them.
    logs: Vec<Watch>,
    index: Index,
    /// Rules that take samples of metrics.
    metrics: Vec<Watch>,
    /// By namespace and name of a metric, which of them ask for it.
    by_metric: BTreeMap<Box<str>, BTreeMap<Box<str>, Vec<usize>>>,
    /// Those that name no metric, and so may take any.
    of_any_metric: Vec<usize>,
    /// Rules that take samples of Fanin's own metrics.
    own: Vec<Watch>,
}

impl Sampler {
    /// The sampler of a set of rules. Its samples name rules by their place in that set.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let of = |from: From| -> Vec<Watch> {
            let of_source = rules.rules.iter().enumerate().filter(|(_, rule)| rule.from == Some(from));
            of_source.filter_map(|(idx, rule)| Watch::new(idx, rule)).collect()
        };
        let (logs, metrics) = (of(From::Logs), of(From::Metrics));
        let needs = |watch: &Watch| watch.matches().map(index::needs_of).unwrap_or_default();
        let needs: Vec<_> = logs.iter().map(needs).collect();
        let mut by_metric: BTreeMap<Box<str>, BTreeMap<Box<str>, Vec<usize>>> = BTreeMap::new();
        let mut of_any_metric = Vec::new();
        for (place, watch) in metrics.iter().enumerate() {
            let mut names: Vec<_> = watch.selectors().map(|it| (&it.namespace, &it.metric)).collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                of_any_metric.push(place);
            }
            for (namespace, metric) in names {
                by_metric.entry(namespace.clone()).or_default().entry(metric.clone()).or_default().push(place);
            }
        }
        Self { index: Index::new(&needs), logs, metrics, by_metric, of_any_metric, own: of(From::Fanin) }
    }

    /// Whether any rule takes samples of log records.
    #[must_use]
    pub const fn takes_logs(&self) -> bool {
        !self.logs.is_empty()
    }

    /// Whether any rule takes samples of metrics.
    #[must_use]
    pub const fn takes_metrics(&self) -> bool {
        !self.metrics.is_empty()
    }

    /// Takes samples of a log record that reached the pipeline at `arrived`. Afterwards `partials` tells whether its text is
    /// wanted, which is given once it is redacted.
    pub fn log(&self, subject: &LogSubject<'_>, arrived: Timestamp, partials: &mut Partials) {
        partials.next_record();
        if self.logs.is_empty() {
            return;
        }
        let told = Told {
            source: subject.format.as_str(),
            log_group: subject.resource.log_group,
            level: subject::level(subject.log.severity),
            service: if self.index.asks_for_service() { subject.service() } else { None },
            message: subject.log.body.text(),
        };
        let (mut left, mut found) = (std::mem::take(&mut partials.left), std::mem::take(&mut partials.found));
        self.index.candidates(&told, &mut left, &mut found);
        let seen = Seen {
            fields: subject,
            owner: Some(subject.owner()),
            at: subject.log.time.unwrap_or(arrived),
            until: None,
            arrived,
            local: subject.local,
            given: Given::Record,
        };
        members(&left).for_each(|place| self.logs[place].look(&seen, partials));
        (partials.left, partials.found) = (left, found);
    }

    /// Takes samples of a point of a CloudWatch metric that reached the pipeline at `arrived`.
    pub fn point(&self, subject: &PointSubject<'_>, arrived: Timestamp, partials: &mut Partials) {
        partials.next_record();
        let datum = subject.point.datum;
        let named = self.by_metric.get(datum.namespace).and_then(|names| names.get(datum.name));
        let seen = Seen {
            fields: subject,
            owner: Some(subject.owner()),
            at: subject.at,
            until: Some(datum.end),
            arrived,
            local: None,
            given: Given::Point { point: &subject.point, is_part: subject.is_part },
        };
        for place in named.into_iter().flatten().chain(&self.of_any_metric) {
            self.metrics[*place].look(&seen, partials);
        }
    }

    /// Takes samples of a value of one of Fanin's own metrics.
    pub fn own(&self, subject: &OwnSubject<'_>, arrived: Timestamp, partials: &mut Partials) {
        partials.next_record();
        let seen = Seen {
            fields: subject,
            owner: None,
            at: subject.at,
            until: None,
            arrived,
            local: None,
            given: Given::Own { name: subject.name, value: subject.value },
        };
        self.own.iter().for_each(|watch| watch.look(&seen, partials));
    }
}

/// Whether a predicate holds; where there is none, it does.
fn holds(predicate: Option<&Predicate>, of: &dyn Fields) -> bool {
    predicate.is_none_or(|predicate| predicate.holds(of))
}

#[cfg(test)]
pub(crate) mod tests;
