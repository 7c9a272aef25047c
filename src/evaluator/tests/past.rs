//! Rules that compare with the past, and with peers.

use super::*;
use crate::rule::{Baseline, Direction, Outlier};

fn spike(baseline: Baseline) -> Rule {
    let mut rule = counting("Spike");
    let measure = measure(&[Aggregate::Count], Arithmetic::Term(0));
    rule.kind = Kind::Change { measure, baseline, min_current: Some(20.0), freeze: minutes(60) };
    rule.settings.critical = Some(Condition { unit: Unit::Factor, ..condition("> 3") });
    rule
}

#[test]
fn a_rise_against_the_window_before_fires() {
    let mut world = World::new(vec![spike(Baseline::Previous { floor: 1.0 })]);
    for minute in 0..20 {
        world.count(ACME, m(minute), 5);
    }
    world.run(m(9));
    assert_eq!(world.outcome(ACME).0, Outcome::Skip, "the window before is not filled");
    world.run(m(20));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(1.0)));
    world.count(ACME, m(20), 100);
    world.run(m(21));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(120.0 / 25.0)));
}

#[test]
fn a_rise_of_little_is_no_rise() {
    let mut world = World::new(vec![spike(Baseline::Previous { floor: 1.0 })]);
    world.count(ACME, m(0), 1);
    world.run(m(13));
    world.count(ACME, m(13), 19);
    world.run(m(14));
    assert_eq!(world.outcome(ACME).0, Outcome::Clear);
}

#[test]
fn a_rise_against_the_same_hour_of_last_week_fires() {
    let mut rule = spike(Baseline::HourOfWeek { min_history: minutes(6 * 24 * 60), floor: 10.0 });
    rule.every = minutes(30);
    rule.window = minutes(30);
    let mut world = World::new(vec![rule]);
    let week = 7 * 24 * 60;
    let half_hour = |minute: u64, records| Partial { bucket: m(minute), ..counted(0, ACME, m(minute + 1), records) };
    for minute in (0..week).step_by(30) {
        world.send(vec![half_hour(minute, 30)]);
        world.run(m(minute + 30));
    }
    world.send(vec![half_hour(week, 30)]);
    world.run(m(week + 30));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(1.0)));
    world.send(vec![half_hour(week + 30, 300)]);
    world.run(m(week + 60));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(10.0)));
}

#[test]
fn a_value_that_will_cross_its_threshold_fires() {
    let mut rule = on("Forecast", Aggregate::Max);
    rule.every = minutes(60);
    rule.window = minutes(60);
    let measure = measure(&[Aggregate::Max], Arithmetic::Term(0));
    rule.kind = Kind::Forecast { measure, history: minutes(14 * 24 * 60), min_points: 12, horizon: minutes(24 * 60) };
    rule.settings.critical = Some(condition(">= 100"));
    let mut world = World::new(vec![rule]);
    for hour in 0..20_u32 {
        let at = m(u64::from(hour) * 60);
        world
            .send(vec![Partial { bucket: at, ..sample(0, of(ACME), at, vec![Some(Cell::Max(f64::from(60 + hour)))]) }]);
        world.run(at.plus(minutes(60)));
        let outcome = world.outcome(ACME).0;
        let expected = match hour {
            0..11 => Outcome::Skip,
            11..17 => Outcome::Clear,
            _ => Outcome::Critical,
        };
        assert_eq!(outcome, expected, "{hour}");
    }
}

fn outliers() -> Rule {
    let mut rule = on("Outlier", Aggregate::Sum);
    rule.kind = Kind::Outlier(Outlier {
        level: Level::Warning,
        measure: measure(&[Aggregate::Sum], Arithmetic::Term(0)),
        peers: vec![Field::Tenant("tier".into())],
        deviations: 6.0,
        direction: Direction::Above,
        floor: 1.0,
        min_peers: 5,
        max_outliers: 0.2,
    });
    rule.settings.critical = None;
    rule
}

fn peers(values: &[(&str, f64)]) -> World {
    let ids: Vec<String> = (0..values.len()).map(|number| format!("{number:012}")).collect();
    let entries = ids.iter().zip(values).map(|(id, (tier, _))| entry(id, tier));
    let mut world = World::with(vec![outliers()], 3, entries);
    for (id, (_, value)) in ids.iter().zip(values) {
        world.value(id, m(0), Cell::Sum(*value));
    }
    world.run(m(1));
    world
}

#[test]
fn one_far_from_its_peers_fires() {
    let world = peers(&[("gold", 10.0), ("gold", 11.0), ("gold", 9.0), ("gold", 10.0), ("gold", 90.0), ("free", 90.0)]);
    let changes: Vec<_> = world.transitions().map(|change| (change.group.clone(), change.level)).collect();
    assert_eq!(changes, [(of("000000000004"), Level::Warning)]);
    assert_eq!(world.outcome("000000000005").0, Outcome::Skip, "it has no peers");
}

#[test]
fn equal_peers_are_no_outliers() {
    let world = peers(&[("gold", 10.0); 8]);
    assert_eq!(world.last().outcomes[Outcome::Clear as usize], 8);
}

#[test]
fn many_outliers_are_a_shift_of_the_fleet() {
    let mut values = vec![("gold", 10.0); 7];
    values.extend([("gold", 90.0); 3]);
    let world = peers(&values);
    let changes: Vec<_> =
        world.transitions().map(|change| (&*change.rule, change.group.rest.join(" "), change.value)).collect();
    assert_eq!(changes, [("Outlier:FleetShift", "gold".to_owned(), Some(0.3))]);
    assert_eq!(world.outcomes(Outcome::Skip), 10);
}
