//! What happens to messages on their way, and what comes of it.

use std::time::Duration;

use super::*;

const HEARTBEAT: &str = r#"
version: 1
rules:
  - alert: Silent
    kind: absence
    from: logs
    match: 'what == "beat"'
    groups: registry
    timeout: 5m
    level: critical
    new_group_delay: 0s
    notify: {critical: page}
"#;

fn bad(account: usize, at: Timestamp, count: usize) -> Vec<Record> {
    (0..count).map(|_| record(account, at, "bad")).collect()
}

fn value(world: &World, rule: &str, number: usize) -> Option<f64> {
    let index = world.alerting.rules().get(rule)?;
    world.alerting.standing(index, &of(number)).and_then(|standing| standing.value)
}

#[test]
fn what_is_delivered_again_by_a_retry_counts_once() {
    let mut world = World::new(MANY, 1);
    let message = world.message(77, s(30), &bad(0, s(10), 6));
    world.deliver(message.clone());
    // The producer sends it again under another sequence number: the message is the same.
    world.deliver(Message { arrived: s(50), ..message.clone() });
    // The reader reads the shard again after an error.
    world.deliver(message);
    world.step(m(2));
    assert_eq!((value(&world, "Many", 0), world.state("Many", 0)), (Some(6.0), State::Inactive));
    assert_eq!(world.alerting.seen().again(), 2);
}

#[test]
fn what_logs_delivers_again_after_hours_is_too_late_to_count_and_is_counted_as_such() {
    let mut world = World::new(MANY, 1);
    let message = world.message(77, s(30), &bad(0, s(10), 20));
    world.deliver(message.clone());
    for minutes in [70, 140] {
        world.run(m(minutes - 70), m(minutes - 1));
        world.send(&[record(0, m(minutes), "other")]);
    }
    world.run(m(140), m(200));
    let told = world.told.len();
    let state = world.alerting.to_bytes();
    world.restart(&state, m(200));
    world.deliver(Message { arrived: m(200), ..message });
    world.run(m(200), m(210));
    assert_eq!(world.told.len(), told, "{:?}", world.notified());
    assert_eq!(world.alerting.evaluator().counters()[0].late, 1);
}

#[test]
fn a_state_that_is_torn_or_of_another_program_is_refused_and_changes_nothing() {
    let mut world = World::new(MANY, 1);
    world.send(&bad(0, s(10), 20));
    world.step(m(2));
    let kept = world.alerting.to_bytes();
    for (bytes, expected) in [
        (&kept[..kept.len() / 2], "the state of the rules cannot be inflated"),
        (&kept[..0], "the state of the rules has format 0, and this program reads format 2"),
        (&[9, 1, 2][..], "the state of the rules has format 9, and this program reads format 2"),
    ] {
        let refused = world.alerting.restore(bytes, &world.directory, m(2)).unwrap_err();
        assert_eq!(refused.to_string(), expected);
        assert_eq!(world.state("Many", 0), State::Firing);
    }
}

#[test]
fn a_state_older_than_the_stream_makes_windows_warm_up_and_nothing_resolves_by_what_is_lost() {
    let mut world = World::new(MANY, 1);
    world.send(&bad(0, s(10), 20));
    world.step(m(2));
    assert_eq!(world.state("Many", 0), State::Firing);
    let kept = world.alerting.to_bytes();
    world.restart(&kept, m(60));
    world.alerting.mark_gap(m(60));
    world.run(m(60), s(65 * 60 + 30));
    assert_eq!(world.state("Many", 0), State::Firing, "the windows reach back to what was lost");
    world.run(m(66), m(67));
    assert_eq!(world.state("Many", 0), State::Inactive);
}

#[test]
fn silence_is_not_told_of_what_was_lost_before_a_gap() {
    let mut world = World::new(HEARTBEAT, 2);
    world.send(&[record(0, s(10), "beat"), record(1, s(10), "beat")]);
    world.step(m(2));
    let kept = world.alerting.to_bytes();
    world.restart(&kept, m(60));
    world.alerting.mark_gap(m(60));
    world.run(m(60), m(65));
    assert_eq!(world.transitions().count(), 0);
    world.run(m(66), m(67));
    assert_eq!((world.state("Silent", 0), world.state("Silent", 1)), (State::Firing, State::Firing));
}

#[test]
fn all_accounts_silent_are_one_notification_of_the_fleet() {
    let mut world = World::new(HEARTBEAT, 200);
    let beats: Vec<Record> = (0..200).map(|number| record(number, s(10), "beat")).collect();
    world.send(&beats);
    world.run(m(1), m(20));
    assert_eq!(world.notified(), [(480, "Silent", Kind::Fleet, Status::Firing, 200)]);
}

#[test]
fn nothing_is_silent_while_the_pipeline_is_behind() {
    let mut world = World::new(HEARTBEAT, 3);
    world.send(&[record(0, s(10), "beat"), record(1, s(10), "beat"), record(2, s(10), "beat")]);
    for minute in 1..60 {
        world.step_behind(m(1), m(minute));
    }
    assert_eq!((world.transitions().count(), world.told.len()), (0, 0));
}

#[test]
fn records_without_the_fields_of_a_rule_are_no_error_however_many_come() {
    let text = r#"
version: 1
rules:
  - alert: Slow
    kind: threshold
    from: logs
    match: 'has(duration) && duration > 3 && who.name == "x" && level == "ERROR"'
    value: p99(duration)
    window: 5m
    critical: "> 1"
    new_group_delay: 0s
"#;
    let mut world = World::new(text, 1);
    let records: Vec<Record> = (0..1_000).map(|_| Record { account: 0, at: s(10), fields: Vec::new() }).collect();
    world.send(&records);
    world.run(m(1), m(10));
    let counters = world.alerting.evaluator().counters();
    assert_eq!((world.transitions().count(), counters[0].ungrouped, counters[0].not_finite), (0, 0, 0));
}

#[test]
fn a_restart_while_pending_and_while_recovering_goes_on_with_the_timers() {
    let text = MANY.replace("recover: \"< 5\"", "recover: \"< 5\"\n    for: 3m\n    keep_firing_for: 4m");
    let run = |restarts: &[u64]| {
        let mut world = World::new(&text, 1);
        for minute in 1..20 {
            if minute < 6 {
                world.send(&bad(0, s(minute * 60 - 30), 12));
            }
            world.step(m(minute));
            if restarts.contains(&minute) {
                let kept = world.alerting.to_bytes();
                world.restart(&kept, m(minute));
            }
        }
        let changes: Vec<_> =
            world.transitions().map(|change| (change.id, change.at.since(s(0)).as_secs() / 60, change.to)).collect();
        let told: Vec<_> = world.told.iter().map(|(at, told)| (*at, told.id.clone(), told.status)).collect();
        (changes, told)
    };
    let (changes, told) = run(&[]);
    let states: Vec<_> = changes.iter().map(|(_, minute, to)| (*minute, *to)).collect();
    let expected = [(1, State::Pending), (4, State::Firing), (10, State::Recovering), (14, State::Inactive)];
    assert_eq!(states, expected);
    assert_eq!(told.len(), 2);
    assert_eq!(run(&[3, 12]), (changes, told));
}

#[test]
fn a_clock_that_steps_back_and_forth_changes_no_tick() {
    let run = |skew: &[i64]| {
        let mut world = World::new(MANY, 1);
        for minute in 1..30_u64 {
            if minute % 7 < 3 {
                world.send(&bad(0, s(minute * 60 - 30), 12));
            }
            let skew = skew.iter().cycle().nth(usize::try_from(minute).unwrap()).copied().unwrap_or_default();
            world.step_behind(m(minute), m(minute).plus(Duration::from_secs(skew.unsigned_abs())));
        }
        world.transitions().map(|change| (change.id, change.at, change.to)).collect::<Vec<_>>()
    };
    let even = run(&[]);
    assert!(!even.is_empty());
    assert_eq!(run(&[0, 40, 10, 3, 100]), even);
}
