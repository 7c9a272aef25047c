//! What holds whatever comes: the order and number of deliveries, and crashes, change nothing that people are told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::evaluator::Transition;

const ACCOUNTS: usize = 4;

/// Steps of the clock.
const STEP: u64 = 20;

/// Records are made in this time,
const MADE: u64 = 900;

/// and looked at so much longer.
const END: u64 = MADE + 900;

/// One rule of each kind that people page by.
const RULES: &str = r#"
version: 1
defaults: {new_group_delay: 0s}
incident: {group_wait: 30s, individual_max: 2, fleet_when: {count: 4, share: 1%}, repeat: 5m}
rules:
  - alert: Many
    kind: threshold
    from: logs
    match: 'what == "bad"'
    value: count()
    window: 3m
    critical: ">= 4"
    warning: ">= 2"
    recover: "< 2"
    for: 1m
    keep_firing_for: 1m
    notify: {critical: page, warning: ticket}
  - alert: Share
    kind: ratio
    from: logs
    bad: sum(bad)
    total: sum(all)
    window: 2m
    min_total: 2
    critical: "> 50%"
    notify: {critical: page}
  - alert: Silent
    kind: absence
    from: logs
    match: 'what == "beat"'
    groups: registry
    timeout: 4m
    level: critical
    notify: {critical: page}
  - alert: Login
    kind: event
    from: logs
    match: 'what == "login"'
    dedup_by: [account, user]
    dedup_for: 3m
    level: critical
    notify: {critical: page}
  - alert: New
    kind: first_seen
    from: logs
    match: 'what == "new"'
    key: user
    scope: fleet
    learn: 1m
    lookback: 1d
    min_count: {count: 2, within: 5m}
    level: warning
    notify: {warning: ticket}
  - alert: Half
    kind: fleet
    of: Many
    by: []
    value: count
    min_population: 1
    warning: ">= 2"
    notify: {warning: ticket}
  - alert: Both
    kind: composite
    expr: 'Many && !Silent'
    level: critical
    notify: {critical: page}
"#;

/// A record on its way: how long it took, and when it comes again.
#[derive(Clone, Debug)]
struct Sent {
    record: Record,
    latency: u64,
    again: Vec<u64>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let user = prop::sample::select(vec!["ann", "bob", "eve"]);
    let again = prop::collection::vec(0..600_u64, 0..3);
    (0..ACCOUNTS, 0..MADE, 0..6_usize, user, 0..50_u64, again).prop_map(|(account, at, what, user, latency, again)| {
        let text = Field::Text;
        let fields = match what {
            0 | 1 => vec![("what", text("bad")), ("user", text(user))],
            2 => vec![("what", text("beat"))],
            3 => vec![("what", text("login")), ("user", text(user))],
            4 => vec![("what", text("new")), ("user", text(user))],
            _ => vec![
                ("what", text("call")),
                ("bad", Field::Number(i64::from(user == "eve"))),
                ("all", Field::Number(1)),
            ],
        };
        Sent { record: Record { account, at: s(at), fields }, latency, again }
    })
}

/// When each message is read, in the order in which it is: step of the clock, number, and how it arrived.
fn deliveries(all: &[Sent], latency: impl Fn(usize) -> u64, again: bool) -> Vec<(Timestamp, usize)> {
    let first = all.iter().enumerate().map(|(n, sent)| (sent.record.at.plus(Duration::from_secs(latency(n))), n));
    let mut deliveries: Vec<(Timestamp, usize)> = first.collect();
    if again {
        let more = |(n, sent): (usize, &Sent)| {
            let arrived = sent.record.at.plus(Duration::from_secs(latency(n)));
            sent.again.iter().map(move |wait| (arrived.plus(Duration::from_secs(*wait)), n)).collect::<Vec<_>>()
        };
        deliveries.extend(all.iter().enumerate().flat_map(more));
    }
    deliveries.sort();
    deliveries
}

struct Run<'a> {
    world: World,
    all: &'a [Sent],
    deliveries: Vec<(Timestamp, usize)>,
}

impl<'a> Run<'a> {
    fn new(all: &'a [Sent], deliveries: Vec<(Timestamp, usize)>) -> Self {
        Self { world: World::new(RULES, ACCOUNTS), all, deliveries }
    }

    /// Reads what arrives after `from` up to `now`, and looks.
    fn step(&mut self, from: Timestamp, now: Timestamp) {
        for (arrived, n) in self.deliveries.clone() {
            if arrived > from && arrived <= now {
                let message = self.world.message(n as u64 + 1, arrived, std::slice::from_ref(&self.all[n].record));
                self.world.deliver(message);
            }
        }
        self.world.step(now);
    }

    fn steps(&mut self, from: u64, to: u64) {
        for step in from..to {
            self.step(at(step), at(step + 1));
        }
    }

    fn whole(mut self) -> World {
        self.step(Timestamp::default(), at(0));
        self.steps(0, END / STEP);
        self.world
    }
}

fn at(step: u64) -> Timestamp {
    s(step * STEP)
}

fn transitions(world: &World) -> Vec<Transition> {
    world.transitions().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_order_the_number_and_the_partition_of_deliveries_change_nothing(
        all in prop::collection::vec(sent(), 1..120),
        latency in 0..50_u64,
        partitions in 1..40_usize,
    ) {
        let reference = Run::new(&all, deliveries(&all, |_| latency, false)).whole();
        let mut other = Run::new(&all, deliveries(&all, |n| all[n].latency, true));
        let rules = Arc::clone(other.world.alerting.rules());
        other.world.alerting.evaluator = Evaluator::new(rules, partitions, s(0));
        let other = other.whole();
        prop_assert_eq!(transitions(&other), transitions(&reference));
        prop_assert_eq!(&other.told, &reference.told);
    }

    #[test]
    fn a_crash_at_any_point_tells_nothing_twice_and_leaves_nothing_out(
        all in prop::collection::vec(sent(), 1..120),
        kept_at in 0..END / STEP,
        crash_after in 0..8_u64,
    ) {
        let deliveries = deliveries(&all, |n| all[n].latency, false);
        let reference = Run::new(&all, deliveries.clone()).whole();
        let crash = (kept_at + crash_after).min(END / STEP);
        let mut run = Run::new(&all, deliveries);
        run.step(Timestamp::default(), at(0));
        run.steps(0, kept_at);
        let kept = run.world.alerting.to_bytes();
        run.steps(kept_at, crash);
        let told: BTreeSet<Box<str>> = run.world.told.iter().map(|(_, told)| told.id.clone()).collect();
        let before = run.world.told.len();
        run.world.restart(&kept, at(crash));
        // The checkpoint is a little older than the state: some of what it has seen comes again.
        let again = kept_at.saturating_sub(2);
        for step in again..kept_at {
            for (arrived, n) in run.deliveries.clone() {
                if arrived > at(step) && arrived <= at(step + 1) {
                    let message = run.world.message(n as u64 + 1, arrived, std::slice::from_ref(&all[n].record));
                    run.world.deliver(message);
                }
            }
        }
        run.steps(kept_at, END / STEP);
        let after: Vec<_> = run.world.told.split_off(before);
        let new = after.into_iter().filter(|(_, notification)| !told.contains(&notification.id));
        let whole: Vec<_> = run.world.told.into_iter().chain(new).collect();
        prop_assert_eq!(&whole, &reference.told);
        let ids: BTreeSet<_> = whole.iter().map(|(_, told)| (&told.id, &told.to)).collect();
        prop_assert_eq!(ids.len(), whole.len(), "an id came twice");
    }

    #[test]
    fn nothing_resolves_that_did_not_fire(all in prop::collection::vec(sent(), 1..160)) {
        let world = Run::new(&all, deliveries(&all, |n| all[n].latency, true)).whole();
        let mut open: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for (_, told) in &world.told {
            let open = open.entry((&told.incident, &told.to)).or_default();
            match told.status {
                Status::Firing => *open = true,
                Status::Resolved => prop_assert!(std::mem::take(open), "{} resolved without having fired", told.incident),
            }
        }
        let mut fires: BTreeMap<u64, (u32, bool)> = BTreeMap::new();
        for change in world.transitions() {
            let (episode, is_open) = fires.entry(change.alert).or_default();
            match (change.from, change.to) {
                (State::Inactive | State::Pending, State::Firing) => {
                    prop_assert!(!*is_open);
                    prop_assert_eq!(change.episode, *episode + 1);
                    (*episode, *is_open) = (change.episode, true);
                }
                (State::Firing | State::Recovering, State::Inactive) => prop_assert!(std::mem::take(is_open)),
                (_, _) => {}
            }
        }
    }

    #[test]
    fn no_tick_is_evaluated_before_all_of_it_was_read_and_none_is_left_out(
        all in prop::collection::vec(sent(), 1..40),
        steps in prop::collection::vec((0..400_u64, 0..400_u64), 1..40),
    ) {
        let mut world = World::new(RULES, ACCOUNTS);
        let rules = Arc::clone(world.alerting.rules());
        let (mut now, mut progress) = (0, 0);
        let mut last: BTreeMap<RuleIdx, Timestamp> = BTreeMap::new();
        for (ahead, behind) in steps {
            now += ahead;
            progress = now.saturating_sub(behind).max(progress);
            for (n, sent) in all.iter().enumerate().filter(|(_, sent)| sent.record.at <= s(progress)) {
                let message = world.message(n as u64 + 1, sent.record.at, std::slice::from_ref(&sent.record));
                world.deliver(message);
            }
            let before = world.ticks.len();
            world.step_behind(s(progress), s(now));
            for tick in &world.ticks[before..] {
                let rule = &rules.rules[tick.rule];
                prop_assert!(tick.at.plus(rule.delay) <= s(progress), "{} was evaluated ahead", rule.name);
                let expected = last.insert(tick.rule, tick.at).map_or(m(1), |last| last.plus(rule.every));
                prop_assert_eq!(tick.at, expected);
            }
        }
    }
}
