//! What values come to.

use super::*;

#[test]
fn an_empty_window_is_no_data_and_a_zero_is_a_value() {
    let mut world = World::new(vec![on("R", Aggregate::Sum)]);
    world.value(ACME, m(1), Cell::Sum(0.0));
    world.run(m(2));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(0.0)));
    world.run(m(7));
    assert_eq!(world.outcome(ACME), (Outcome::NoData, None));
}

#[test]
fn no_data_counts_as_zero_where_the_rule_counts() {
    let mut rule = counting("R");
    rule.settings.critical = Some(condition("< 1"));
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(0), 1);
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(1.0)));
    assert_eq!(world.outcome(CORP), (Outcome::Critical, Some(0.0)));
    assert_eq!(world.state(CORP), State::Firing);
    assert_eq!(world.last().evaluated, 2);
}

#[test]
fn the_total_of_a_ratio_decides_whether_it_says_anything() {
    let mut world = World::new(vec![ratio("R")]);
    world.sums(ACME, m(0), Some(0.0), Some(0.0));
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Skip, None));
    world.sums(ACME, m(1), Some(50.0), Some(99.0));
    world.run(m(2));
    assert_eq!(world.outcome(ACME), (Outcome::Skip, None));
    world.sums(ACME, m(2), None, Some(101.0));
    world.run(m(3));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(0.25)));
}

#[test]
fn a_missing_part_of_a_ratio_is_none() {
    let mut world = World::new(vec![ratio("R")]);
    world.sums(ACME, m(0), None, Some(200.0));
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(0.0)));
    world.sums(CORP, m(1), Some(200.0), None);
    world.run(m(2));
    assert_eq!(world.outcome(CORP), (Outcome::Skip, None));
}

#[test]
fn what_is_no_number_says_nothing_and_is_counted() {
    let mut rule = on("R", Aggregate::Sum);
    rule.kind = Kind::Threshold(measure(&[Aggregate::Sum, Aggregate::Sum], divided()));
    let mut world = World::new(vec![rule]);
    world.sums(ACME, m(0), Some(1.0), Some(0.0));
    world.sums(CORP, m(0), Some(f64::NAN), Some(1.0));
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Skip, None));
    assert_eq!(world.outcome(CORP), (Outcome::Skip, None));
    assert_eq!((world.counters().by_zero, world.counters().not_finite), (1, 1));
    world.sums(CORP, m(6), Some(f64::INFINITY), Some(1.0));
    world.run(m(7));
    assert_eq!(world.outcome(CORP), (Outcome::Skip, None));
}

#[test]
fn negative_values_and_a_counter_that_starts_again_are_values() {
    let mut rule = on("R", Aggregate::Last);
    rule.settings.critical = Some(condition("< 0"));
    let mut world = World::new(vec![rule]);
    let last = |at, value| Cell::Last { at, value };
    world.value(ACME, m(0), last(m(0), 900.0));
    world.value(ACME, s(30), last(s(30), 3.0));
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(3.0)));
    world.value(ACME, m(1), last(m(1), -1.0));
    world.run(m(2));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(-1.0)));
}

#[test]
fn terms_that_count_are_zero_where_nothing_came_and_others_are_missing() {
    let mut rule = on("R", Aggregate::Sum);
    rule.kind = Kind::Threshold(measure(&[Aggregate::Sum, Aggregate::Max], Arithmetic::Term(0)));
    let mut world = World::new(vec![rule]);
    let max_only = vec![None, Some(Cell::Max(7.0))];
    world.send(vec![sample(0, of(ACME), m(0), max_only)]);
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(0.0)));

    let mut rule = on("R", Aggregate::Sum);
    rule.kind = Kind::Threshold(measure(&[Aggregate::Sum, Aggregate::Max], Arithmetic::Term(1)));
    let mut world = World::new(vec![rule]);
    world.sums(ACME, m(0), Some(1.0), None);
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Skip, None));
}

#[test]
fn the_gate_clears_where_it_is_shut() {
    let mut rule = on("R", Aggregate::Max);
    let mut gated = measure(&[Aggregate::Max, Aggregate::Sum], Arithmetic::Term(0));
    gated.when = Some((Arithmetic::Term(1), condition("> 0")));
    rule.kind = Kind::Threshold(gated);
    let mut world = World::new(vec![rule]);
    let both = |max, sum| vec![Some(Cell::Max(max)), Some(Cell::Sum(sum))];
    world.send(vec![sample(0, of(ACME), m(0), both(95.0, 0.0)), sample(0, of(CORP), m(0), both(95.0, 1.0))]);
    world.run(m(1));
    assert_eq!(world.outcome(ACME).0, Outcome::Clear);
    assert_eq!(world.outcome(CORP), (Outcome::Critical, Some(95.0)));
}

#[test]
fn too_few_samples_say_nothing() {
    let mut rule = on("R", Aggregate::Max);
    let mut few = measure(&[Aggregate::Max], Arithmetic::Term(0));
    few.min_samples = 3;
    rule.kind = Kind::Threshold(few);
    let mut world = World::new(vec![rule]);
    world.value(ACME, m(0), Cell::Max(99.0));
    world.value(ACME, s(10), Cell::Max(99.0));
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Skip, None));
    world.value(ACME, m(1), Cell::Max(99.0));
    world.run(m(2));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(99.0)));
}

#[test]
fn inside_the_period_of_a_metric_nothing_is_missing() {
    let mut rule = on("R", Aggregate::Max);
    rule.window = minutes(1);
    let mut world = World::new(vec![rule]);
    world.send(vec![Partial { until: m(5), ..sample(0, of(ACME), m(0), vec![Some(Cell::Max(11.0))]) }]);
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(11.0)));
    for minute in 2..=5 {
        world.run(m(minute));
        assert_eq!((world.outcome(ACME), world.state(ACME)), ((Outcome::Skip, None), State::Firing), "{minute}");
    }
    world.run(m(6));
    assert_eq!(world.outcome(ACME), (Outcome::NoData, None));
}

#[test]
fn data_after_the_tick_does_not_fill_a_gap_before_it() {
    let mut rule = on("R", Aggregate::Max);
    rule.window = minutes(1);
    rule.delay = minutes(2);
    let mut world = World::new(vec![rule]);
    world.value(ACME, m(0), Cell::Max(1.0));
    world.value(ACME, m(3), Cell::Max(1.0));
    world.run(m(4));
    assert_eq!(world.last().at, m(2));
    assert_eq!(world.outcome(ACME), (Outcome::NoData, None));
}

/// A metric that changes its unit is another number: the rule sees it as it comes, and its own unit is what is shown.
#[test]
fn another_unit_is_another_value() {
    let mut world = World::new(vec![on("R", Aggregate::Avg)]);
    let avg = |sum| Cell::Avg { sum, count: 1.0 };
    world.value(ACME, m(0), avg(2.0));
    world.value(ACME, m(1), avg(2_000.0));
    world.run(m(2));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(1_001.0)));
}

#[test]
fn groups_past_the_limit_are_counted_and_not_tracked() {
    let mut rule = counting("R");
    rule.max_groups = 2;
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(0), 1);
    assert!(!world.counters().is_crowded());
    world.count(CORP, m(0), 1);
    assert!(world.counters().is_crowded());
    world.count("444444444444", m(0), 50);
    world.count("444444444444", m(0), 50);
    assert_eq!((world.counters().groups, world.counters().overflow), (2, 2));
    assert!(world.group(&of("444444444444")).is_none());
    world.run(m(1));
    assert_eq!(world.transitions().count(), 0);
}

#[test]
fn a_record_without_a_value_that_the_rule_groups_by_is_counted_only() {
    let mut rule = counting("R");
    rule.group_by = vec![Field::Account, Field::Region];
    let mut world = World::new(vec![rule]);
    world.count(ACME, m(0), 50);
    world.send(vec![Partial { group: Group::default(), ..counted(0, ACME, m(0), 50) }]);
    assert_eq!((world.counters().groups, world.counters().ungrouped), (0, 2));
}

#[test]
fn a_point_that_is_sent_again_replaces_the_first() {
    let mut rule = on("R", Aggregate::Sum);
    rule.exact = true;
    let mut world = World::new(vec![rule]);
    let point = |series, value| Partial {
        series: Some((series, m(0))),
        ..sample(0, of(ACME), m(0), vec![Some(Cell::Sum(value))])
    };
    world.send(vec![point(1, 8.0)]);
    world.send(vec![point(2, 2.0)]);
    world.send(vec![point(1, 3.0)]);
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(5.0)));
}

#[test]
fn the_newest_records_of_the_window_travel_along() {
    let mut rule = counting("R");
    rule.annotations.samples = 2;
    let mut world = World::new(vec![rule]);
    let with_line =
        |at: Timestamp, text: &str| Partial { lines: vec![line(ACME, at, text)], ..counted(0, ACME, at, 5) };
    world.send(vec![with_line(s(30), "second"), with_line(s(70), "of the next window")]);
    world.send(vec![with_line(s(10), "first"), with_line(s(50), "third")]);
    world.run(m(1));
    let change = world.transitions().next().unwrap();
    assert_eq!(change.lines, [line(ACME, s(30), "second"), line(ACME, s(50), "third")]);
    assert_eq!(world.standing(ACME).lines, change.lines);
}

#[test]
fn quotas_come_from_the_directory() {
    let mut rule = on("R", Aggregate::Max);
    let quota = Arithmetic::Quota("lambda.concurrency".into(), Some(1_000.0));
    let used = Arithmetic::Binary(Operator::Divide, Box::new(Arithmetic::Term(0)), Box::new(quota));
    rule.kind = Kind::Threshold(measure(&[Aggregate::Max], used));
    let mut acme = entry(ACME, "gold");
    let _none = acme.labels.insert("quota.lambda.concurrency".into(), "500".into());
    let mut world = World::with(vec![rule], 1, [acme, entry(CORP, "silver")]);
    world.value(ACME, m(0), Cell::Max(100.0));
    world.value(CORP, m(0), Cell::Max(100.0));
    world.run(m(1));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(0.2)));
    assert_eq!(world.outcome(CORP), (Outcome::Clear, Some(0.1)));
}
