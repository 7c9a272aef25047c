//! Short looks at what works. The lock of the rules is held for one rule at a time, and only for rules that were evaluated since; that of the
//! line's counts for a part of the accounts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Parts;
use crate::alerting::Alerting;
use crate::api::fleet::FirstSteps;
use crate::delivery::Source;
use crate::evaluator::Evaluator;
use crate::id::AccountId;
use crate::io::telemetry::{Counter, Telemetry};
use crate::rollup::Rates;
use crate::rule::{RuleIdx, RuleSet};
use crate::time::Timestamp;
use crate::view::Figures;
use crate::view::maker::{Input, OfRule};
use crate::view::rules::quota;

/// How often rates and sums are taken: they are of minutes.
const SUMS_EVERY: Duration = Duration::from_secs(5);

/// Accounts whose sums are taken at once; the line's workers wait meanwhile.
const SUMS_AT_ONCE: usize = 500;

/// What was seen so far.
pub(super) struct Looks {
    rules: Arc<RuleSet>,
    /// Whether each rule measures a share of a quota.
    measures: Vec<bool>,
    /// What each rule said, and at which tick.
    of_rules: Vec<(Option<Timestamp>, Arc<OfRule>)>,
    /// Who was heard before the start.
    before: BTreeMap<AccountId, Timestamp>,
    /// Figures that are sums, and when they were taken.
    sums: BTreeMap<AccountId, Sums>,
    summed: Timestamp,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    rates: Rates,
    usual_gap: Option<Duration>,
    bytes_day: u64,
}

impl Looks {
    /// Nothing was seen yet, but what the rules know of the time before.
    pub(super) fn new(parts: &Parts) -> Self {
        let before = parts.alerting.with(|alerting| alerting.evaluator().heard());
        Self {
            rules: Arc::default(),
            measures: Vec::new(),
            of_rules: Vec::new(),
            before,
            sums: BTreeMap::new(),
            summed: Timestamp::default(),
        }
    }

    /// What is so now.
    pub(super) fn take(&mut self, parts: &Parts, last_resolved: Option<Timestamp>, now: Timestamp) -> Input {
        let (rules, reached, ticks, told, quiet) = parts.alerting.with(|alerting| {
            let incidents = alerting.incidents();
            let rules = Arc::clone(alerting.rules());
            (rules, alerting.progress(), ticks(alerting), incidents.told(), incidents.quiet(now))
        });
        self.take_rules(&rules, &ticks, parts);
        let heard = self.heard(parts, now);
        Input {
            now,
            reached,
            directory: parts.directory.current(),
            of_rules: self.of_rules.iter().map(|(_, of)| Arc::clone(of)).collect(),
            rules,
            told: Arc::new(told),
            quiet,
            heard,
            troubles: (parts.troubles)(),
            first_steps: first_steps(parts),
            last_resolved,
            silent_after: parts.silent_after,
        }
    }

    fn take_rules(&mut self, rules: &Arc<RuleSet>, ticks: &[Option<Timestamp>], parts: &Parts) {
        if !Arc::ptr_eq(&self.rules, rules) {
            self.rules = Arc::clone(rules);
            self.measures = rules.rules.iter().map(|rule| quota(rule).is_some()).collect();
            self.of_rules = vec![(None, Arc::default()); rules.rules.len()];
        }
        for (index, tick) in ticks.iter().enumerate() {
            let Some((read, of)) = self.of_rules.get_mut(index).filter(|(read, _)| read != tick) else { continue };
            let measures = self.measures.get(index) == Some(&true);
            let look = |alerting: &Alerting| {
                // Rules that are replaced meanwhile are read in the next round.
                Arc::ptr_eq(alerting.rules(), rules).then(|| of_rule(alerting.evaluator(), index, measures))
            };
            if let Some((at, new)) = parts.alerting.with(look) {
                *read = at;
                if **of != new {
                    *of = Arc::new(new);
                }
            }
        }
    }

    fn heard(&mut self, parts: &Parts, now: Timestamp) -> Arc<[(AccountId, Figures)]> {
        if now.since(self.summed) >= SUMS_EVERY {
            self.summed = now;
            self.take_sums(parts, now);
        }
        let moment = |millis: u64| (millis > 0).then(|| Timestamp::from_millis(millis));
        let seen_before =
            self.before.iter().map(|(id, seen)| (*id, Figures { seen: Some(*seen), ..Figures::default() }));
        let mut heard: BTreeMap<AccountId, Figures> = seen_before.collect();
        let rows = parts.fleet.read(|fleet| {
            let row = |(id, row): (AccountId, &crate::fleet::Account)| {
                (id, row.first_seen_millis, row.last_seen_millis, row.written_millis)
            };
            fleet.accounts().map(row).collect::<Vec<_>>()
        });
        for (id, first, seen, written) in rows.unwrap_or_default() {
            let Sums { rates, usual_gap, bytes_day } = self.sums.get(&id).copied().unwrap_or_default();
            let of = heard.entry(id).or_default();
            let seen = moment(seen).max(of.seen);
            *of = Figures { first: moment(first), seen, written: moment(written), usual_gap, rates, bytes_day };
        }
        heard.into_iter().collect()
    }

    fn take_sums(&mut self, parts: &Parts, now: Timestamp) {
        let ids = parts.fleet.read(|fleet| fleet.accounts().map(|(id, _)| id).collect::<Vec<_>>()).unwrap_or_default();
        for part in ids.chunks(SUMS_AT_ONCE) {
            let sums = parts.fleet.read(|fleet| {
                let rollups = fleet.rollups();
                let sum = |id: &AccountId| {
                    let (rates, usual_gap) = (rollups.rates(*id, now), rollups.usual_gap(*id));
                    (*id, Sums { rates, usual_gap, bytes_day: rollups.bytes_day(*id, now) })
                };
                part.iter().map(sum).collect::<Vec<_>>()
            });
            self.sums.extend(sums.unwrap_or_default());
        }
    }
}

fn ticks(alerting: &Alerting) -> Vec<Option<Timestamp>> {
    (0..alerting.rules().rules.len()).map(|rule| alerting.evaluator().evaluated(rule)).collect()
}

fn of_rule(evaluator: &Evaluator, rule: RuleIdx, measures: bool) -> (Option<Timestamp>, OfRule) {
    let measured = if measures { evaluator.measured(rule).into() } else { Arc::default() };
    (evaluator.evaluated(rule), OfRule { looks: evaluator.looks(rule), measured })
}

fn first_steps(parts: &Parts) -> FirstSteps {
    let (decoded, known) = parts
        .fleet
        .read(|fleet| {
            let mut spoke =
                fleet.accounts().filter(|(_, row)| row.logs + row.metrics + row.held_back + row.sampled_out > 0);
            let decoded = fleet.accounts().any(|(_, row)| row.logs + row.metrics + row.held_back > 0);
            (decoded, spoke.any(|(_, row)| row.known))
        })
        .unwrap_or_default();
    FirstSteps { sources: (parts.sources)(), received: decoded || received(&parts.telemetry), decoded, known }
}

fn received(telemetry: &Telemetry) -> bool {
    // A total is over all sources.
    let (counted, any) = (telemetry.snapshot(), Source::Kinesis);
    counted.total(Counter::Records(any)) + counted.total(Counter::Deliveries(any)) > 0
}
