//! When ticks come, and what they see.

use proptest::prelude::*;

use super::*;

#[test]
fn a_bucket_has_its_beginning_and_not_its_end() {
    let mut rule = on("R", Aggregate::Sum);
    rule.window = minutes(1);
    let mut world = World::new(vec![rule]);
    world.value(ACME, m(1), Cell::Sum(1.0));
    world.value(ACME, m(2).minus(Duration::from_nanos(1)), Cell::Sum(2.0));
    world.value(ACME, m(2), Cell::Sum(4.0));
    world.run(m(1));
    assert!(world.group(&of(ACME)).is_some_and(|standing| standing.outcome == Outcome::NoData));
    world.run(m(2));
    assert_eq!(world.outcome(ACME).1, Some(3.0));
    world.run(m(3));
    assert_eq!(world.outcome(ACME).1, Some(4.0));
}

#[test]
fn an_event_exactly_at_a_tick_belongs_to_the_next() {
    let mut world = World::new(vec![counting("R")]);
    world.count(ACME, m(5), 10);
    world.run(m(5));
    assert_eq!(world.state(ACME), State::Inactive);
    world.run(m(6));
    assert_eq!(world.state(ACME), State::Firing);
}

#[test]
fn late_data_counts_as_long_as_a_tick_to_come_looks_at_it() {
    let mut world = World::new(vec![counting("R")]);
    world.run(m(10));
    world.count(ACME, m(6), 4);
    world.run(m(11));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(4.0)));
    world.count(ACME, m(6), 50);
    assert_eq!(world.counters().late, 1);
    world.run(m(12));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(0.0)));
    assert_eq!(world.transitions().count(), 0);
}

#[test]
fn closed_ticks_are_not_evaluated_again() {
    let mut world = World::new(vec![counting("R")]);
    world.count(ACME, m(0), 9);
    world.run(m(3));
    world.count(ACME, m(1), 9);
    assert_eq!(world.state(ACME), State::Inactive);
    world.run(m(4));
    assert_eq!(world.changes(), [(4, "R", ACME, State::Firing)]);
}

/// Stage 1 takes a record from the future to be of its arrival; what is left of its claim is within the lateness of ticks.
#[test]
fn a_record_from_the_future_waits_for_its_tick() {
    let mut world = World::new(vec![counting("R")]);
    world.count(ACME, m(121), 50);
    world.run(m(120));
    assert_eq!(world.transitions().count(), 0);
    world.run(m(122));
    assert_eq!(world.changes(), [(122, "R", ACME, State::Firing)]);
}

#[test]
fn a_record_of_yesterday_is_dropped_and_counted() {
    let mut world = World::new(vec![counting("R")]);
    world.run(m(25 * 60));
    world.count(ACME, m(0), 50);
    world.run(m(25 * 60 + 1));
    assert_eq!((world.counters().late, world.counters().groups), (1, 0));
}

#[test]
fn the_order_in_which_shards_deliver_does_not_matter() {
    let run = |order: [usize; 3]| {
        let mut rule = on("R", Aggregate::Last);
        rule.annotations.samples = 1;
        let mut world = World::new(vec![rule]);
        for index in order {
            let at = s([10, 70, 130][index]);
            let cell = Cell::Last { at, value: [1.0, 50.0, 2.0][index] };
            world.send(vec![Partial { lines: vec![line(ACME, at, "x")], ..sample(0, of(ACME), at, vec![Some(cell)]) }]);
        }
        world.run(m(3));
        world.ticks
    };
    assert_eq!(run([0, 1, 2]), run([2, 0, 1]));
}

#[test]
fn ticks_wait_for_the_slowest_shard_and_its_delay() {
    let mut rule = counting("R");
    rule.delay = minutes(4);
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(0), 50);
    world.run_at(m(4), m(60));
    assert!(world.ticks.is_empty());
    world.run_at(m(5), m(60));
    assert_eq!((world.ticks.len(), world.last().at), (1, m(1)));
}

#[test]
fn rules_on_fanin_itself_go_by_the_clock() {
    let mut own = on("PipelineLag", Aggregate::Max);
    own.from = Some(From::Fanin);
    own.group_by = Vec::new();
    own.every = Duration::from_secs(30);
    let mut world = World::new(vec![own, counting("R")]);
    world.send(vec![sample(0, Group::default(), s(10), vec![Some(Cell::Max(700.0))])]);
    world.run_at(m(0), m(1));
    let ticks: Vec<_> = world.ticks.iter().map(|tick| (tick.rule, tick.at)).collect();
    assert_eq!(ticks, [(0, s(30)), (0, m(1))]);
    assert_eq!(world.group(&Group::default()).unwrap().state, State::Firing);
}

#[test]
fn after_a_stall_every_tick_runs_in_order() {
    let mut five = counting("Five");
    five.every = minutes(5);
    let mut world = World::new(vec![five, counting("One")]);
    world.send(vec![counted(1, ACME, m(12), 50)]);
    world.run_at(m(45), m(45));
    let ticks: Vec<_> = world.ticks.iter().map(|tick| (tick.at, tick.rule)).collect();
    let mut expected: Vec<_> = (1..=45).map(|minute| (m(minute), 1)).collect();
    expected.extend((1..=9).map(|step| (m(step * 5), 0)));
    expected.sort_unstable();
    assert_eq!(ticks, expected);
    assert_eq!(world.changes(), [(13, "One", ACME, State::Firing), (18, "One", ACME, State::Inactive)]);
}

#[test]
fn a_tick_that_was_held_up_for_five_minutes_is_late() {
    let mut rule = counting("R");
    rule.delay = minutes(1);
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(1), 50);
    world.run_at(m(10), m(10));
    let late: Vec<bool> = world.ticks.iter().map(|tick| tick.late).collect();
    assert_eq!(late, [true, true, true, false, false, false, false, false, false]);
    assert!(world.transitions().next().unwrap().late);
}

#[test]
fn a_clock_that_steps_moves_no_tick() {
    let mut world = World::new(vec![counting("R")]);
    world.run_at(m(3), m(300));
    world.run_at(m(4), m(2));
    let ticks: Vec<_> = world.ticks.iter().map(|tick| tick.at).collect();
    assert_eq!(ticks, [m(1), m(2), m(3), m(4)]);
}

#[test]
fn a_fresh_evaluator_begins_with_the_first_multiple_after_its_start() {
    let mut rule = counting("R");
    rule.every = minutes(60);
    let mut world = World::new(vec![rule]);
    world.evaluator = Evaluator::new(Arc::clone(world.evaluator.rules()), 1, m(7));
    world.run(m(125));
    let ticks: Vec<_> = world.ticks.iter().map(|tick| tick.at).collect();
    assert_eq!(ticks, [m(60), m(120)]);
}

/// Records as they may come: account, second, records.
fn records() -> impl Strategy<Value = Vec<(usize, u64, u32)>> {
    proptest::collection::vec((0..6_usize, 0..1_200_u64, 1..8_u32), 0..60)
}

fn all_kinds() -> Vec<Rule> {
    let mut few = counting("Few");
    few.settings.critical = Some(condition("< 3"));
    few.settings.hold = Hold::For(minutes(2));
    let mut capped = counting("Capped");
    capped.max_groups = 3;
    let mut silent = heartbeat("Heartbeat");
    silent.settings.timeout = minutes(4);
    vec![
        counting("Many"),
        few,
        capped,
        silent,
        joined::fleet("Fleet", "Many"),
        joined::composite("Both", "Many", "Few"),
    ]
}

fn play(partitions: usize, records: &[(usize, u64, u32)], step: u64) -> Vec<Tick> {
    let ids = [ACME, CORP, "000000000001", "000000000002", "000000000003", "000000000004"];
    let mut world = World::with(all_kinds(), partitions, ids.map(|id| entry(id, "gold")));
    let mut sorted = records.to_vec();
    sorted.sort_by_key(|record| record.1);
    for end in (0..=1_260).step_by(usize::try_from(step).unwrap()) {
        let now: Vec<_> = sorted.iter().filter(|record| record.1 < end && record.1 + step >= end).copied().collect();
        for (who, second, count) in now {
            let cells = |rule| counted(rule, ids[who], s(second), count);
            let beat = Partial { cells: Box::default(), ..cells(3) };
            world.send(vec![cells(0), cells(1), cells(2), beat]);
        }
        world.run_at(s(end), s(end));
    }
    world.ticks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn partitions_change_nothing(records in records()) {
        let one = play(1, &records, 30);
        prop_assert_eq!(&play(2, &records, 30), &one);
        prop_assert_eq!(&play(7, &records, 30), &one);
    }

    #[test]
    fn ticks_come_to_the_same_whenever_they_are_evaluated(records in records()) {
        let ticks = |step| play(3, &records, step).into_iter().map(|tick| Tick { late: false, ..tick }).collect::<Vec<_>>();
        prop_assert_eq!(ticks(30), ticks(60));
    }
}
