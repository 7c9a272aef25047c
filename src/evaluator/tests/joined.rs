//! Rules that look at other rules.

use super::*;
use crate::rule::{self, Logic};

/// The share of accounts for which the other rule fires, critical from a half on.
pub(super) fn fleet(name: &str, of: &str) -> Rule {
    let mut rule = counting(name);
    rule.kind = Kind::Fleet(rule::Fleet {
        of: of.into(),
        pending_counts: false,
        share: true,
        registered: false,
        min_population: 2,
        inhibits: Vec::new(),
    });
    rule.from = None;
    rule.group_by = Vec::new();
    rule.window = Duration::ZERO;
    rule.settings.critical = Some(condition(">= 0.5"));
    rule.settings.no_data = NoData::Keep;
    rule
}

/// Both rules.
pub(super) fn composite(name: &str, one: &str, other: &str) -> Rule {
    let both = Logic::And(Box::new(Logic::Rule(one.into())), Box::new(Logic::Rule(other.into())));
    combined(name, both)
}

fn combined(name: &str, expression: Logic) -> Rule {
    let mut rule = fleet(name, "");
    rule.kind = Kind::Composite { level: Level::Critical, expression, sticky: Duration::ZERO, datadog: false };
    rule.group_by = vec![Field::Account];
    rule.settings.critical = None;
    rule
}

fn not(name: &str) -> Logic {
    Logic::Not(Box::new(Logic::Rule(name.into())))
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:012}")).collect()
}

#[test]
fn the_share_is_of_the_accounts_that_could_be_told_of_at_that_tick() {
    let ids = ids(10);
    let mut rule = on("One", Aggregate::Sum);
    rule.settings.no_data = NoData::Ok;
    let mut world = World::with(vec![fleet("All", "One"), rule], 3, ids.iter().map(|id| entry(id, "gold")));
    for (number, id) in ids.iter().take(4).enumerate() {
        let value = if number < 2 { 50.0 } else { 1.0 };
        world.send(vec![sample(1, of(id), s(30), vec![Some(Cell::Sum(value))])]);
    }
    world.run(m(1));
    assert_eq!(
        world.group(&Group::default()).map(|standing| (standing.outcome, standing.value)),
        Some((Outcome::Critical, Some(0.5)))
    );
    let rules: Vec<_> = world.ticks.iter().map(|tick| tick.rule).collect();
    assert_eq!(rules, [1, 0], "a rule that looks at another comes after it");
}

#[test]
fn accounts_without_records_are_well_where_the_rule_counts() {
    let ids = ids(10);
    let mut world = World::with(vec![fleet("All", "One"), counting("One")], 3, ids.iter().map(|id| entry(id, "gold")));
    world.send(vec![counted(1, &ids[3], s(30), 50)]);
    world.run(m(1));
    assert_eq!(world.group(&Group::default()).unwrap().value, Some(0.1));
}

#[test]
fn a_small_population_says_nothing() {
    let mut rule = fleet("All", "One");
    if let Kind::Fleet(fleet) = &mut rule.kind {
        fleet.min_population = 3;
    }
    let mut world = World::new(vec![rule, counting("One")]);
    world.send(vec![counted(1, ACME, s(30), 50)]);
    world.run(m(1));
    assert_eq!(world.group(&Group::default()).unwrap().outcome, Outcome::Skip);
}

/// One account more speaks for the next tick already, before this one is evaluated: it does not change this one's population.
#[test]
fn the_population_is_that_of_the_tick_itself() {
    let mut one = on("One", Aggregate::Sum);
    one.settings.no_data = NoData::Ok;
    let mut slow = fleet("All", "One");
    slow.delay = minutes(3);
    let ids = ids(10);
    let mut world = World::with(vec![slow, one], 2, ids.iter().map(|id| entry(id, "gold")));
    let value = |world: &mut World, id: usize, at| {
        world.send(vec![sample(1, of(&ids[id]), at, vec![Some(Cell::Sum(50.0))])]);
    };
    value(&mut world, 0, s(30));
    value(&mut world, 1, s(30));
    world.run(m(2));
    world.directory = directory([entry(&ids[0], "gold")]);
    value(&mut world, 2, m(2));
    world.run(m(3));
    world.run(m(4));
    let ticks: Vec<_> = world.ticks.iter().filter(|tick| tick.rule == 0).map(|tick| tick.at).collect();
    assert_eq!(ticks, [m(1)]);
    assert_eq!(world.group(&Group::default()).unwrap().value, Some(1.0));
}

#[test]
fn fleets_are_told_apart_by_what_the_directory_says() {
    let mut rule = fleet("All", "One");
    rule.group_by = vec![Field::Region];
    let elsewhere = |id: &str| Entry { region: Region::parse("us-east-1").ok(), ..entry(id, "gold") };
    let ids = ids(6);
    let entries = ids.iter().enumerate().map(|(n, id)| if n < 3 { entry(id, "gold") } else { elsewhere(id) });
    let mut world = World::with(vec![rule, counting("One")], 2, entries);
    for id in &ids[3..5] {
        world.send(vec![counted(1, id, s(30), 50)]);
    }
    world.run(m(1));
    let region = |name: &str| Group { account: None, rest: [name.into()].into() };
    let change = world.transitions().find(|change| &*change.rule == "All").unwrap();
    assert_eq!((change.group.clone(), change.value), (region("us-east-1"), Some(2.0 / 3.0)));
    assert!(world.group(&region("eu-central-1")).is_none_or(|standing| standing.state == State::Inactive));
}

#[test]
fn a_combination_holds_of_equal_groups() {
    let mut world = World::new(vec![composite("Both", "A", "B"), counting("A"), counting("B")]);
    world.send(vec![counted(1, ACME, s(30), 50), counted(2, ACME, s(30), 50), counted(1, CORP, s(30), 50)]);
    world.run(m(1));
    assert_eq!((world.state(ACME), world.state(CORP)), (State::Firing, State::Inactive));
}

#[test]
fn what_nobody_knows_neither_begins_nor_ends_anything() {
    let mut other = on("B", Aggregate::Sum);
    other.settings.no_data = NoData::Keep;
    let mut world = World::new(vec![composite("Both", "A", "B"), counting("A"), other]);
    world.send(vec![counted(1, ACME, s(30), 50)]);
    world.run(m(1));
    assert_eq!(world.state(ACME), State::Inactive);
    world.send(vec![sample(2, of(ACME), m(1), vec![Some(Cell::Sum(50.0))]), counted(1, ACME, m(4), 50)]);
    world.run(m(2));
    assert_eq!(world.state(ACME), State::Firing);
    world.run(m(8));
    assert_eq!(world.state(ACME), State::Firing, "B keeps firing without data");
}

#[test]
fn a_rule_that_stopped_counts_a_little_longer_where_it_is_sticky() {
    let mut both = composite("Both", "A", "B");
    if let Kind::Composite { sticky, .. } = &mut both.kind {
        *sticky = minutes(5);
    }
    let mut world = World::new(vec![both, counting("A"), counting("B")]);
    world.send(vec![counted(1, ACME, m(0), 50), counted(2, ACME, m(9), 50)]);
    world.run(m(6));
    assert_eq!(world.changes(), [(1, "A", ACME, State::Firing), (6, "A", ACME, State::Inactive)]);
    world.run(m(10));
    assert_eq!(world.state(ACME), State::Firing);
    world.run(m(11));
    assert_eq!(world.state(ACME), State::Inactive);
}

#[test]
fn a_rule_with_fewer_keys_counts_for_all_and_one_with_more_for_any() {
    let mut lag = on("Lag", Aggregate::Max);
    lag.group_by = Vec::new();
    let mut by_region = counting("Regional");
    by_region.group_by = vec![Field::Account, Field::Region];
    let mut world = World::new(vec![composite("Both", "Lag", "Regional"), lag, by_region]);
    let in_region =
        |id: &str, region: &str, count| Partial { group: of_rest(id, &[region]), ..counted(2, id, s(30), count) };
    world.send(vec![sample(1, Group::default(), s(30), vec![Some(Cell::Max(50.0))])]);
    world.send(vec![
        in_region(ACME, "eu-west-1", 1),
        in_region(ACME, "us-east-1", 50),
        in_region(CORP, "us-east-1", 1),
    ]);
    world.run(m(1));
    assert_eq!((world.state(ACME), world.state(CORP)), (State::Firing, State::Inactive));
}

#[test]
fn not_holds_only_where_it_is_known() {
    let expression = Logic::And(Box::new(Logic::Rule("A".into())), Box::new(not("B")));
    let mut world = World::new(vec![combined("Only", expression), counting("A"), counting("B")]);
    world.send(vec![counted(1, ACME, s(30), 50), counted(1, CORP, s(30), 50), counted(2, CORP, s(30), 50)]);
    world.run(m(1));
    assert_eq!((world.state(ACME), world.state(CORP)), (State::Firing, State::Inactive));
}

/// The checker refuses a cycle; here it must only not hang.
#[test]
fn a_cycle_ends() {
    let mut world = World::new(vec![composite("A", "B", "B"), composite("B", "A", "A")]);
    world.run(m(3));
    assert_eq!(world.ticks.len(), 6);
}

#[test]
fn a_combination_waits_for_the_slowest_of_its_rules() {
    let mut slow = counting("B");
    slow.delay = minutes(4);
    slow.every = minutes(5);
    let mut world = World::new(vec![composite("Both", "A", "B"), counting("A"), slow]);
    world.send(vec![counted(1, ACME, s(270), 50), counted(2, ACME, s(30), 50)]);
    world.run(m(9));
    let at_five: Vec<_> = world.ticks.iter().filter(|tick| tick.at == m(5)).map(|tick| tick.rule).collect();
    assert_eq!(at_five, [1, 2, 0]);
    let first = world.transitions().find(|change| &*change.rule == "Both").unwrap();
    assert_eq!((first.at, first.group.clone()), (m(5), of(ACME)));
}
