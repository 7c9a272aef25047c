//! Rules of which each record counts.

use super::*;
use crate::rule::FirstSeen;

fn login(dedup_minutes: u64) -> Rule {
    let mut rule = counting("RootLogin");
    let dedup_by = vec![Field::Account, Field::Attribute("user.ip".into())];
    rule.kind = Kind::Event { level: Level::Critical, dedup_by, dedup_for: minutes(dedup_minutes) };
    rule.window = Duration::ZERO;
    rule.settings.critical = None;
    rule.annotations.samples = 3;
    rule
}

fn record(ip: &str, at: Timestamp) -> Partial {
    let lines = vec![line(ACME, at, ip)];
    Partial { times: vec![at], lines, ..sample(0, of_rest(ACME, &[ip]), at, Vec::new()) }
}

#[test]
fn each_record_is_an_episode_that_fires_and_resolves_at_once() {
    let mut world = World::new(vec![login(60)]);
    world.send(vec![record("10.0.0.1", s(70)), record("10.0.0.2", s(80))]);
    world.run(m(3));
    let changes: Vec<_> =
        world.transitions().map(|change| (change.at, &*change.group.rest[0], change.to, change.since)).collect();
    assert_eq!(
        changes,
        [
            (m(2), "10.0.0.1", State::Firing, s(70)),
            (m(2), "10.0.0.1", State::Inactive, s(70)),
            (m(2), "10.0.0.2", State::Firing, s(80)),
            (m(2), "10.0.0.2", State::Inactive, s(80)),
        ]
    );
    assert_eq!(world.transitions().next().unwrap().lines, [line(ACME, s(70), "10.0.0.1")]);
    assert_eq!(world.ticks[1].outcomes[Outcome::Critical as usize], 2);
}

#[test]
fn records_that_agree_are_one_episode_for_a_while() {
    let mut world = World::new(vec![login(60)]);
    world.send(vec![record("10.0.0.1", s(70))]);
    world.run(m(10));
    world.send(vec![record("10.0.0.1", s(3_669))]);
    world.run(m(62));
    assert_eq!(world.transitions().count(), 2);
    world.send(vec![record("10.0.0.1", s(3_719)), record("10.0.0.1", s(3_730))]);
    world.run(m(63));
    let episodes: Vec<_> = world.transitions().map(|change| change.episode).collect();
    assert_eq!(episodes, [1, 1, 2, 2]);
}

#[test]
fn without_dedup_for_every_record_counts() {
    let mut world = World::new(vec![login(0)]);
    world.send(vec![Partial { times: vec![s(1), s(1), s(2)], ..record("10.0.0.1", s(2)) }]);
    world.run(m(1));
    let ids: std::collections::BTreeSet<u64> = world.transitions().map(|change| change.id).collect();
    assert_eq!((world.transitions().count(), ids.len()), (6, 6));
}

#[test]
fn a_late_record_is_an_episode_all_the_same() {
    let mut world = World::new(vec![login(60)]);
    world.run(m(120));
    world.send(vec![record("10.0.0.1", s(70))]);
    world.run(m(121));
    assert_eq!((world.transitions().count(), world.counters().late), (2, 0));
}

fn new_errors() -> Rule {
    let mut rule = counting("NewError");
    rule.kind = Kind::FirstSeen(FirstSeen {
        level: Level::Warning,
        key: Field::Message,
        signature: true,
        fleet: true,
        learn: minutes(10),
        lookback: minutes(24 * 60),
        min_count: 3,
        within: minutes(10),
        max_keys: 4,
    });
    rule.window = Duration::ZERO;
    rule.annotations.samples = 2;
    rule
}

fn key(key: &str, at: Timestamp) -> Partial {
    let group = Group { account: None, rest: [key.into()].into() };
    Partial { times: vec![at], lines: vec![line(ACME, at, key)], ..sample(0, group, at, Vec::new()) }
}

#[test]
fn a_new_key_fires_once_and_resolves_at_the_next_tick() {
    let mut world = World::new(vec![new_errors()]);
    world.send(vec![key("known", m(1))]);
    world.run(m(20));
    for second in [0, 10, 20] {
        world.send(vec![key("known", s(1_200 + second)), key("new", s(1_200 + second))]);
    }
    world.run(m(25));
    let changes: Vec<_> = world.transitions().map(|change| (change.at, &*change.group.rest[0], change.to)).collect();
    assert_eq!(changes, [(m(21), "new", State::Firing), (m(22), "new", State::Inactive)]);
    let fired = world.transitions().next().unwrap();
    assert_eq!((fired.since, fired.value, fired.level), (s(1_200), Some(3.0), Level::Warning));
    assert_eq!(fired.lines, [line(ACME, s(1_210), "new"), line(ACME, s(1_220), "new")]);
}

#[test]
fn too_many_keys_are_an_alert_of_their_own() {
    let mut world = World::new(vec![new_errors()]);
    world.run(m(20));
    for number in 0..9 {
        world.send(vec![key(&format!("key {number}"), m(20))]);
    }
    world.run(m(21));
    let change = world.transitions().next().unwrap();
    assert_eq!((&*change.rule, change.to), ("NewError:Overflow", State::Firing));
    assert_eq!(change.alert, Group::default().alert("NewError:Overflow"));
}

#[test]
fn a_rule_that_looks_at_other_keys_learns_anew() {
    let mut world = World::new(vec![new_errors()]);
    world.run(m(20));
    let mut other = new_errors();
    if let Kind::FirstSeen(first_seen) = &mut other.kind {
        first_seen.signature = false;
    }
    assert_eq!(world.replace(vec![other], m(20)), []);
    world.send(vec![Partial { times: vec![m(21); 5], ..key("old", m(21)) }]);
    world.run(m(25));
    assert_eq!(world.transitions().count(), 0);
}
