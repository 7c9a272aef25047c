//! Tests of the evaluator: rules made by hand, samples as stage 1 would send them, and a pretended clock.

mod absence;
mod data;
mod events;
mod joined;
mod past;
mod restart;
mod rules;
mod show;
mod silence;
mod time;

use std::collections::BTreeMap;

use super::*;
use crate::config::Route;
use crate::id::{AccountId, Region};
use crate::predicate::field::Field;
use crate::rule::{
    Aggregate, Annotations, Arithmetic, Comparison, Condition, From, Hold, Incident, Measure, NoData, Notify, Operator,
    RulePlace, Settings, Term, Values,
};
use crate::sample::{Cell, Partial};
use crate::tenant::Entry;
use crate::time::parse_rfc3339;

const ACME: &str = "111111111111";
const CORP: &str = "333333333333";

/// Minutes after the start of a test.
fn m(minutes: u64) -> Timestamp {
    s(minutes * 60)
}

/// Seconds after the start of a test.
fn s(seconds: u64) -> Timestamp {
    parse_rfc3339("2026-03-02T10:00:00Z").unwrap().0.plus(Duration::from_secs(seconds))
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn of(id: &str) -> Group {
    Group { account: Some(account(id)), rest: Box::default() }
}

fn of_rest(id: &str, rest: &[&str]) -> Group {
    Group { account: Some(account(id)), rest: rest.iter().map(|text| (*text).into()).collect() }
}

/// An account that is old, of the tier.
fn entry(id: &str, tier: &str) -> Entry {
    Entry {
        account: account(id),
        tenant: "t".into(),
        name: None,
        tier: Some(tier.into()),
        region: Region::parse("eu-central-1").ok(),
        ou_path: None,
        state: crate::tenant::State::Active,
        created: Some(parse_rfc3339("2024-01-01T00:00:00Z").unwrap().0),
        labels: BTreeMap::new(),
    }
}

fn directory(entries: impl IntoIterator<Item = Entry>) -> Directory {
    let routes: [Option<Route>; 0] = [];
    Directory::new(entries, "tenant.id", &routes)
}

fn condition(text: &str) -> Condition {
    let (comparison, bound) = text.split_once(' ').unwrap();
    let comparison = match comparison {
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        other => panic!("no comparison: {other}"),
    };
    let bound = bound.parse().unwrap();
    Condition { comparison, bound, unit: Unit::Number, deviations: false, within: None, text: text.into() }
}

fn term(aggregate: Aggregate) -> Term {
    let counts = aggregate == Aggregate::Count;
    let of = if counts { Values::Records } else { Values::Field(Field::Attribute("x".into())) };
    Term { aggregate, of, text: "x".into() }
}

fn measure(aggregates: &[Aggregate], value: Arithmetic) -> Measure {
    Measure { terms: aggregates.iter().copied().map(term).collect(), value, when: None, min_samples: 0 }
}

fn divided() -> Arithmetic {
    Arithmetic::Binary(Operator::Divide, Box::new(Arithmetic::Term(0)), Box::new(Arithmetic::Term(1)))
}

/// `count()` over five minutes, critical from 10 on, at once.
fn counting(name: &str) -> Rule {
    Rule {
        name: name.into(),
        place: RulePlace::default(),
        from: Some(From::Logs),
        matches: None,
        kind: Kind::Threshold(measure(&[Aggregate::Count], Arithmetic::Term(0))),
        group_by: vec![Field::Account],
        scope: None,
        groups_from_directory: false,
        every: minutes(1),
        window: minutes(5),
        delay: Duration::ZERO,
        new_group_delay: minutes(60),
        resolve_after: minutes(24 * 60),
        max_alert_age: minutes(60),
        max_groups: 50_000,
        exact: false,
        settings: Settings {
            enabled: true,
            critical: Some(condition(">= 10")),
            warning: None,
            recover_critical: None,
            recover_warning: None,
            hold: Hold::For(Duration::ZERO),
            keep_firing_for: Duration::ZERO,
            no_data: NoData::Zero,
            min_total: 0.0,
            timeout: minutes(15),
            notify: Notify::default(),
        },
        overrides: Vec::new(),
        labels: Vec::new(),
        annotations: Annotations::default(),
        incident: Incident::default(),
        inhibited_by: Vec::new(),
    }
}

/// A rule on one aggregate of values, critical above 10; without data nothing changes.
fn on(name: &str, aggregate: Aggregate) -> Rule {
    let mut rule = counting(name);
    rule.kind = Kind::Threshold(measure(&[aggregate], Arithmetic::Term(0)));
    rule.settings.critical = Some(condition("> 10"));
    rule.settings.no_data = NoData::Keep;
    rule
}

/// Bad by total, critical above a tenth.
fn ratio(name: &str) -> Rule {
    let mut rule = counting(name);
    rule.kind = Kind::Ratio(measure(&[Aggregate::Sum, Aggregate::Sum], divided()));
    rule.settings.critical = Some(condition("> 0.1"));
    rule.settings.no_data = NoData::Ok;
    rule.settings.min_total = 100.0;
    rule
}

/// Nothing for 15 minutes.
fn heartbeat(name: &str) -> Rule {
    let mut rule = counting(name);
    rule.kind = Kind::Absence { level: Level::Critical };
    rule.groups_from_directory = true;
    rule.window = Duration::ZERO;
    rule.settings.critical = None;
    rule.settings.no_data = NoData::Keep;
    rule
}

/// One record of a rule with these cells.
fn sample(rule: RuleIdx, group: Group, at: Timestamp, cells: Vec<Option<Cell>>) -> Partial {
    let step = minutes(1).as_secs();
    Partial {
        rule,
        group,
        bucket: Timestamp::from_seconds(at.seconds() / step * step),
        count: 1,
        first: at,
        last: at,
        until: at,
        cells: cells.into(),
        series: None,
        set: 0,
        set_len: 0,
        times: Vec::new(),
        lines: Vec::new(),
    }
}

fn counted(rule: RuleIdx, id: &str, at: Timestamp, records: u32) -> Partial {
    Partial { count: records, ..sample(rule, of(id), at, vec![Some(Cell::Count(f64::from(records)))]) }
}

fn line(id: &str, at: Timestamp, text: &str) -> Line {
    Line { at, account: account(id), log_group: "/app".into(), text: text.into() }
}

/// An evaluator with its directory, and all that came of its ticks.
struct World {
    evaluator: Evaluator,
    directory: Directory,
    ticks: Vec<Tick>,
}

impl World {
    fn new(rules: Vec<Rule>) -> Self {
        Self::with(rules, 4, [entry(ACME, "gold"), entry(CORP, "silver")])
    }

    fn with(rules: Vec<Rule>, partitions: usize, entries: impl IntoIterator<Item = Entry>) -> Self {
        let evaluator = Evaluator::new(Arc::new(RuleSet { rules }), partitions, m(0));
        Self { evaluator, directory: directory(entries), ticks: Vec::new() }
    }

    /// A message that arrives as soon as its last record.
    fn send(&mut self, partials: Vec<Partial>) {
        let arrived = partials.iter().map(|partial| partial.last).max().unwrap_or_default();
        self.evaluator.observe(&Message { fingerprint: 0, arrived, partials }, &self.directory);
    }

    fn count(&mut self, id: &str, at: Timestamp, records: u32) {
        self.send(vec![counted(0, id, at, records)]);
    }

    fn value(&mut self, id: &str, at: Timestamp, cell: Cell) {
        self.send(vec![sample(0, of(id), at, vec![Some(cell)])]);
    }

    fn sums(&mut self, id: &str, at: Timestamp, bad: Option<f64>, total: Option<f64>) {
        self.send(vec![sample(0, of(id), at, vec![bad.map(Cell::Sum), total.map(Cell::Sum)])]);
    }

    /// Evaluates up to a tick, in time.
    fn run(&mut self, to: Timestamp) {
        self.run_at(to, to);
    }

    /// Evaluates up to a tick when it is `now`.
    fn run_at(&mut self, to: Timestamp, now: Timestamp) {
        let ticks = self.evaluator.advance(to, now, &self.directory);
        self.ticks.extend(ticks);
    }

    fn group(&self, group: &Group) -> Option<Standing> {
        self.evaluator.standing(0, group)
    }

    fn standing(&self, id: &str) -> Standing {
        self.group(&of(id)).expect("the group is tracked")
    }

    fn outcome(&self, id: &str) -> (Outcome, Option<f64>) {
        let standing = self.standing(id);
        (standing.outcome, standing.value)
    }

    fn state(&self, id: &str) -> State {
        self.group(&of(id)).map_or(State::Inactive, |standing| standing.state)
    }

    fn replace(&mut self, rules: Vec<Rule>, now: Timestamp) -> Vec<Transition> {
        self.evaluator.replace(Arc::new(RuleSet { rules }), now)
    }

    fn counters(&self) -> Counters {
        self.evaluator.counters().remove(0)
    }

    fn last(&self) -> &Tick {
        self.ticks.last().expect("there was a tick")
    }

    fn outcomes(&self, outcome: Outcome) -> u32 {
        self.last().outcomes[outcome as usize]
    }

    fn transitions(&self) -> impl Iterator<Item = &Transition> {
        self.ticks.iter().flat_map(|tick| &tick.transitions)
    }

    /// Every change: minutes since the start, the name of the rule, the account, the state.
    fn changes(&self) -> Vec<(u64, &str, &str, State)> {
        let account = |transition: &'_ Transition| transition.group.account.is_some_and(|id| id == account(ACME));
        self.transitions()
            .map(|change| {
                let who = if change.group.account.is_none() {
                    ""
                } else if account(change) {
                    ACME
                } else {
                    CORP
                };
                (change.at.since(m(0)).as_secs() / 60, &*change.rule, who, change.to)
            })
            .collect()
    }
}
