//! Restarts.

use proptest::prelude::*;

use super::*;

/// The world as it is after a crash: what the snapshot holds.
fn restarted(world: &World, partitions: usize) -> Evaluator {
    let bytes = postcard::to_stdvec(&world.evaluator.state()).unwrap();
    let state: EvaluatorState = postcard::from_bytes(&bytes).unwrap();
    let (evaluator, ended) = Evaluator::restore(Arc::clone(world.evaluator.rules()), partitions, state, m(0)).unwrap();
    assert_eq!(ended, []);
    evaluator
}

fn held(name: &str) -> Rule {
    let mut rule = counting(name);
    rule.settings.hold = Hold::For(minutes(3));
    rule.settings.keep_firing_for = minutes(5);
    rule
}

#[test]
fn pending_goes_on_after_a_restart() {
    let mut world = World::new(vec![held("R")]);
    world.count(ACME, m(0), 50);
    world.run(m(2));
    world.evaluator = restarted(&world, 4);
    world.run(m(4));
    assert_eq!(world.changes(), [(1, "R", ACME, State::Pending), (4, "R", ACME, State::Firing)]);
}

#[test]
fn recovering_goes_on_after_a_restart() {
    let mut world = World::new(vec![held("R")]);
    world.count(ACME, m(0), 50);
    world.run(m(8));
    assert_eq!(world.state(ACME), State::Recovering);
    world.evaluator = restarted(&world, 4);
    world.run(m(11));
    assert_eq!(world.changes().last(), Some(&(11, "R", ACME, State::Inactive)));
}

/// The snapshot is older than what the stream still has: nothing is known of what was lost, least of all that it was 0.
#[test]
fn windows_with_a_gap_warm_up() {
    let mut rule = counting("R");
    rule.settings.critical = Some(condition("< 1"));
    let mut world = World::new(vec![rule]);
    for minute in 0..2 {
        world.count(ACME, m(minute), 1);
        world.count(CORP, m(minute), 1);
    }
    world.run(m(2));
    world.evaluator = restarted(&world, 4);
    world.evaluator.mark_gap(m(60));
    world.run(m(64));
    assert_eq!((world.outcome(ACME), world.transitions().count()), ((Outcome::Warming, None), 0));
    world.run(m(65));
    assert_eq!(world.state(ACME), State::Firing);
}

#[test]
fn a_state_of_another_layout_is_refused() {
    let world = World::new(vec![counting("R")]);
    let mut bytes = postcard::to_stdvec(&world.evaluator.state()).unwrap();
    bytes[0] = 99;
    let state = postcard::from_bytes(&bytes).unwrap();
    let refused = Evaluator::restore(Arc::default(), 1, state, m(0)).unwrap_err();
    assert_eq!(refused.to_string(), "the state of the rules has layout 99, and this version reads layout 2");
}

#[test]
fn episodes_go_on_counting_after_a_restart() {
    let mut world = World::new(vec![counting("R")]);
    world.count(ACME, m(0), 50);
    world.run(m(60));
    world.evaluator = restarted(&world, 2);
    world.count(ACME, m(60), 50);
    world.run(m(61));
    let episodes: Vec<_> = world.transitions().map(|change| change.episode).collect();
    assert_eq!(episodes, [1, 1, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A crash at any point, the snapshot of that moment, and the same messages again: the same ticks with the same ids.
    #[test]
    fn a_crash_at_any_point_changes_nothing(
        records in proptest::collection::vec((0..2_usize, 0..900_u64, 1..30_u32), 0..40),
        crash in 0..30_usize,
        partitions in 1..5_usize,
    ) {
        let rules = || {
            let mut rules = vec![held("A"), counting("B"), heartbeat("H"), joined::composite("Both", "A", "B")];
            rules[2].settings.timeout = minutes(3);
            rules[2].new_group_delay = Duration::ZERO;
            rules.push(joined::fleet("Fleet", "B"));
            rules
        };
        let run = |crash: Option<usize>| {
            let mut world = World::new(rules());
            for step in 0..30_u64 {
                if crash == Some(usize::try_from(step).unwrap()) {
                    world.evaluator = restarted(&world, partitions);
                }
                for (who, at, count) in records.iter().filter(|record| record.1 / 30 == step) {
                    let id = [ACME, CORP][*who];
                    let beat = Partial { cells: Box::default(), ..counted(2, id, s(*at), 1) };
                    world.send(vec![counted(0, id, s(*at), *count), counted(1, id, s(*at), *count), beat]);
                }
                world.run(s((step + 1) * 30));
            }
            world.ticks
        };
        prop_assert_eq!(run(Some(crash)), run(None));
    }
}
