//! What people are shown of a rule.

use super::*;
use crate::rule::Override;

/// Account, state, value, threshold and distance.
type Shown = (Option<AccountId>, State, Option<f64>, Option<f64>, Option<f64>);

fn shown(world: &World) -> Vec<Shown> {
    let parts = (0..world.evaluator.partitions()).flat_map(|part| world.evaluator.instances(0, part, |_| true));
    let mut shown: Vec<_> = parts.map(|it| (it.group.account, it.state, it.value, it.threshold, it.distance)).collect();
    shown.sort_by_key(|it| it.0);
    shown
}

#[test]
fn each_group_is_shown_with_its_own_threshold_and_its_distance_from_it() {
    let mut rule = counting("R");
    rule.settings.warning = Some(condition(">= 5"));
    let gold = Override { tier: Some("gold".into()), warning: Some(condition(">= 8")), ..Override::default() };
    rule.overrides = vec![gold];
    let mut world = World::new(vec![rule]);
    assert_eq!(world.evaluator.ticked(0), None);
    world.count(ACME, m(0), 4);
    world.count(CORP, m(0), 20);
    world.run(m(1));
    assert_eq!(
        shown(&world),
        [
            (Some(account(ACME)), State::Inactive, Some(4.0), Some(8.0), Some(0.5)),
            (Some(account(CORP)), State::Firing, Some(20.0), Some(10.0), Some(-1.0)),
        ]
    );
    assert_eq!(world.evaluator.ticked(0), Some(m(1)));
}

#[test]
fn it_is_told_whom_a_rule_and_its_overrides_apply_to() {
    let mut rule = counting("R");
    rule.overrides = vec![Override { tier: Some("gold".into()), enabled: Some(false), ..Override::default() }];
    let mut world = World::new(vec![rule]);
    assert!(world.evaluator.applied(0).is_none(), "nobody has looked at the directory yet");
    world.run(m(1));
    let applied = world.evaluator.applied(0).unwrap();
    let all: Vec<_> = applied.iter().map(|(id, overrides)| (id, overrides.to_vec())).collect();
    assert_eq!(all, [(account(ACME), vec![0]), (account(CORP), vec![])]);
}

#[test]
fn a_bound_of_zero_has_no_distance() {
    let mut rule = counting("R");
    rule.settings.critical = Some(condition("> 0"));
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(0), 4);
    world.run(m(1));
    assert_eq!(shown(&world)[0].4, None);
}
