//! What no data means.

use super::*;
use crate::rule::Override;

fn after_one_value(no_data: NoData, value: f64) -> World {
    let mut rule = on("R", Aggregate::Max);
    rule.settings.no_data = no_data;
    rule.resolve_after = minutes(60);
    let mut world = World::new(vec![rule]);
    world.value(ACME, m(0), Cell::Max(value));
    world.run(m(1));
    world
}

#[test]
fn without_data_an_alert_stays_until_it_is_given_up() {
    let mut world = after_one_value(NoData::Keep, 50.0);
    world.run(m(60));
    assert_eq!((world.outcome(ACME), world.state(ACME)), ((Outcome::NoData, None), State::Firing));
    world.run(m(66));
    let last = world.transitions().last().unwrap();
    assert_eq!((last.to, last.reason), (State::Inactive, Reason::NoData));
}

#[test]
fn no_data_may_mean_that_all_is_well() {
    let mut world = after_one_value(NoData::Ok, 50.0);
    world.run(m(6));
    assert_eq!(world.changes(), [(1, "R", ACME, State::Firing), (6, "R", ACME, State::Inactive)]);
}

#[test]
fn no_data_may_be_a_breach_of_accounts_that_never_spoke_as_well() {
    let mut world = after_one_value(NoData::Breach { level: Level::Critical, only_if_last: None }, 1.0);
    assert_eq!(world.state(CORP), State::Firing);
    world.run(m(5));
    assert_eq!(world.state(ACME), State::Inactive);
    world.run(m(6));
    assert_eq!((world.outcome(ACME).0, world.state(ACME)), (Outcome::NoData, State::Firing));
}

#[test]
fn no_data_may_be_a_breach_only_after_a_value() {
    let breach = || NoData::Breach { level: Level::Critical, only_if_last: Some(condition("< 2")) };
    let mut low = after_one_value(breach(), 1.0);
    let mut high = after_one_value(breach(), 5.0);
    low.run(m(30));
    high.run(m(30));
    assert_eq!((low.state(ACME), low.state(CORP)), (State::Firing, State::Inactive));
    assert_eq!(high.state(ACME), State::Inactive);
}

#[test]
fn no_data_may_be_an_alert_of_its_own() {
    let mut world = after_one_value(NoData::Alert { level: Level::Warning, after: minutes(10) }, 50.0);
    world.run(m(30));
    world.value(ACME, m(30), Cell::Max(1.0));
    world.run(m(31));
    let own: Vec<_> = world.changes().into_iter().filter(|change| change.2 == ACME).collect();
    assert_eq!(
        own,
        [
            (1, "R", ACME, State::Firing),
            (6, "R:NoData", ACME, State::Pending),
            (16, "R:NoData", ACME, State::Firing),
            (31, "R", ACME, State::Inactive),
            (31, "R:NoData", ACME, State::Inactive),
        ]
    );
    let fired = world.transitions().find(|change| change.at == m(16)).unwrap();
    assert_eq!((fired.level, fired.alert), (Level::Warning, of(ACME).alert("R:NoData")));
}

#[test]
fn the_one_group_of_a_simple_rule_is_always_there() {
    let mut rule = on("PipelineLag", Aggregate::Max);
    rule.group_by = Vec::new();
    rule.settings.no_data = NoData::Breach { level: Level::Critical, only_if_last: None };
    let mut world = World::new(vec![rule]);
    world.run(m(1));
    assert_eq!(world.group(&Group::default()).unwrap().state, State::Firing);
}

#[test]
fn idle_accounts_are_counted_without_being_tracked() {
    let mut rule = counting("R");
    rule.overrides = vec![Override { tier: Some("free".into()), enabled: Some(false), ..Override::default() }];
    let ids: Vec<String> = (0..100).map(|number| format!("{number:012}")).collect();
    let tier = |number: usize| if number < 30 { "free" } else { "gold" };
    let mut world = World::with(vec![rule], 2, ids.iter().enumerate().map(|(number, id)| entry(id, tier(number))));
    world.count(&ids[50], m(0), 50);
    world.count(&ids[10], m(0), 50);
    world.run(m(1));
    assert_eq!(world.last().outcomes, [30, 0, 0, 0, 1, 0, 69, 0]);
    assert_eq!((world.last().evaluated, world.counters().groups), (70, 2));
    world.run(m(7));
    assert_eq!(world.last().outcomes, [30, 0, 0, 0, 0, 0, 70, 0]);
    assert_eq!(world.counters().groups, 1, "only the one that fired is remembered");
}

#[test]
fn how_an_account_stands_can_be_asked_without_it_being_tracked() {
    let mut young = entry("444444444444", "gold");
    young.created = Some(m(0));
    let mut keep = on("Keep", Aggregate::Max);
    keep.settings.no_data = NoData::Keep;
    let mut world = World::with(vec![counting("R"), keep], 1, [entry(ACME, "gold"), young]);
    world.run(m(1));
    let standing = |rule, group: &Group| {
        world.evaluator.standing(rule, group).map(|standing| (standing.outcome, standing.state, standing.value))
    };
    assert_eq!(standing(0, &of(ACME)), Some((Outcome::Clear, State::Inactive, Some(0.0))));
    assert_eq!(standing(1, &of(ACME)), Some((Outcome::NoData, State::Inactive, None)));
    assert_eq!(standing(0, &of("444444444444")), Some((Outcome::Warming, State::Inactive, None)));
    assert_eq!(standing(0, &of("999999999999")), None);
}
