//! Rules that change.

use super::*;
use crate::rule::Override;

fn slow(name: &str) -> Rule {
    let mut rule = counting(name);
    rule.settings.hold = Hold::For(minutes(3));
    rule
}

#[test]
fn another_threshold_keeps_the_state_and_counts_from_the_next_tick() {
    let mut world = World::new(vec![slow("R")]);
    for minute in 0..5 {
        world.count(ACME, m(minute), 50);
    }
    world.run(m(2));
    assert_eq!(world.state(ACME), State::Pending);
    let mut other = slow("R");
    other.settings.critical = Some(condition(">= 20"));
    assert_eq!(world.replace(vec![other], m(2)), []);
    world.run(m(4));
    assert_eq!(world.changes(), [(1, "R", ACME, State::Pending), (4, "R", ACME, State::Firing)]);
    assert_eq!(world.transitions().last().unwrap().threshold, Some(20.0));
}

#[test]
fn another_window_warms_up_and_keeps_what_fires() {
    let mut world = World::new(vec![counting("R")]);
    world.count(ACME, m(0), 50);
    world.run(m(1));
    let mut other = counting("R");
    other.window = minutes(10);
    assert_eq!(world.replace(vec![other], m(1)), []);
    for minute in 2..11 {
        world.run(m(minute));
        assert_eq!((world.outcome(ACME).0, world.state(ACME)), (Outcome::Warming, State::Firing), "{minute}");
    }
    assert!(world.counters().warming || world.last().at == m(10));
    assert_eq!(world.outcomes(Outcome::Warming), 2);
    world.run(m(11));
    assert_eq!((world.outcome(ACME).0, world.state(ACME)), (Outcome::Clear, State::Inactive));
    assert_eq!(world.transitions().last().unwrap().reason, Reason::Value);
}

#[test]
fn a_renamed_rule_resolves_and_begins_anew() {
    let mut world = World::new(vec![counting("Old")]);
    world.count(ACME, m(0), 50);
    world.run(m(1));
    let ended = world.replace(vec![counting("New")], m(1));
    let summary: Vec<_> =
        ended.iter().map(|change| (&*change.rule, change.rule_idx, change.to, change.reason, change.at)).collect();
    assert_eq!(summary, [("Old", None, State::Inactive, Reason::RuleRemoved, m(1))]);
    world.count(ACME, m(4), 50);
    world.run(m(6));
    let new = world.transitions().last().unwrap();
    assert_eq!((&*new.rule, new.at, new.to, new.episode), ("New", m(6), State::Firing, 1));
}

#[test]
fn a_removed_rule_resolves_what_fired_and_what_was_pending() {
    let mut silent = slow("B");
    silent.settings.no_data = NoData::Alert { level: Level::Warning, after: Duration::ZERO };
    let mut world = World::new(vec![counting("A"), silent, counting("C")]);
    world.send(vec![counted(0, ACME, m(0), 50), counted(1, ACME, m(0), 50), counted(2, ACME, m(0), 50)]);
    world.run(m(1));
    let ended = world.replace(vec![counting("C")], m(1));
    let summary: Vec<_> = ended.iter().map(|change| (&*change.rule, change.from, change.reason)).collect();
    assert_eq!(
        summary,
        [
            ("A", State::Firing, Reason::RuleRemoved),
            ("B", State::Pending, Reason::RuleRemoved),
            ("B:NoData", State::Firing, Reason::RuleRemoved),
        ]
    );
    assert_eq!(world.state(ACME), State::Firing, "C stands first now, with its state");
}

#[test]
fn a_rule_of_another_kind_has_other_alerts() {
    let mut world = World::new(vec![counting("R")]);
    world.count(ACME, m(0), 50);
    world.run(m(1));
    let mut other = counting("R");
    other.group_by = vec![Field::Account, Field::Region];
    let ended = world.replace(vec![other], m(1));
    assert_eq!(
        ended.iter().map(|change| (change.rule_idx, change.reason)).collect::<Vec<_>>(),
        [(Some(0), Reason::RuleChanged)]
    );
    assert_eq!(world.counters().groups, 0);
}

#[test]
fn overrides_come_go_and_the_last_of_them_wins() {
    let one = |tier: Option<&str>, critical: &str, until: Option<Timestamp>| Override {
        tier: tier.map(Into::into),
        critical: Some(condition(critical)),
        until,
        ..Override::default()
    };
    let mut rule = counting("R");
    rule.overrides = vec![one(Some("gold"), ">= 100", None), one(Some("gold"), ">= 30", Some(m(4)))];
    let mut world = World::new(vec![rule]);
    for minute in 0..10 {
        world.count(ACME, m(minute), 8);
    }
    world.run(m(3));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(24.0)));
    world.run(m(5));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(40.0)), "the last one has ended");
    let mut added = counting("R");
    added.overrides = vec![one(Some("gold"), ">= 100", None), one(None, ">= 40", None)];
    assert_eq!(world.replace(vec![added], m(5)), []);
    world.run(m(6));
    assert_eq!((world.outcome(ACME), world.state(ACME)), ((Outcome::Critical, Some(40.0)), State::Firing));
}

#[test]
fn an_override_counts_until_its_end() {
    let mut rule = counting("R");
    rule.overrides = vec![Override {
        account: Some(account(ACME)),
        critical: Some(condition(">= 400")),
        until: Some(m(3)),
        ..Override::default()
    }];
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(0), 50);
    world.run(m(2));
    assert_eq!(world.state(ACME), State::Inactive);
    world.run(m(3));
    assert_eq!(world.changes(), [(3, "R", ACME, State::Firing)]);
}

/// What is not valid never reaches the evaluator; the set that runs goes on.
#[test]
fn the_same_rules_again_change_nothing() {
    let mut world = World::new(vec![slow("R")]);
    world.count(ACME, m(0), 50);
    world.run(m(2));
    assert_eq!(world.replace(vec![slow("R")], m(2)), []);
    world.run(m(4));
    assert_eq!(world.changes(), [(1, "R", ACME, State::Pending), (4, "R", ACME, State::Firing)]);
}

#[test]
fn a_new_absence_rule_gives_everyone_its_time() {
    let mut world = World::new(vec![counting("A")]);
    world.run(m(300));
    assert_eq!(world.replace(vec![counting("A"), heartbeat("H")], m(300)), []);
    world.run(m(374));
    assert_eq!(world.transitions().count(), 0);
    world.run(m(375));
    assert_eq!(world.transitions().count(), 2);
}

#[test]
fn silence_under_another_predicate_counts_from_the_change() {
    use crate::predicate::{Predicate, Subject};
    let mut world = World::new(vec![heartbeat("R")]);
    world.run(m(80));
    assert_eq!(world.state(ACME), State::Firing);
    let mut other = heartbeat("R");
    other.matches = Some(Predicate::parse("log_group == \"/beat\"", Subject::Log).unwrap());
    assert_eq!(world.replace(vec![other], m(80)), []);
    world.run(m(94));
    assert_eq!((world.outcome(ACME).0, world.state(ACME)), (Outcome::Warming, State::Firing));
    world.send(vec![sample(0, of(ACME), m(94), Vec::new())]);
    world.run(m(95));
    assert_eq!((world.state(ACME), world.state(CORP)), (State::Inactive, State::Firing));
}
