//! The state machine against what the rule language says, and against the tables of other systems.

use std::time::Duration;

use proptest::prelude::*;
use serde::Deserialize;

use super::datapoints::{Datapoints, Rule, Verdict};
use super::{Alert, Change, Step, bare_settings, judge};
use crate::evaluator::{Outcome, Reason, State};
use crate::rule::{Comparison, Condition, Hold, Level, Missing, NoData, Settings, Unit};
use crate::time::Timestamp;
use Outcome::{Clear, Critical, MutedScope, Skip, Warming, Warning};
use State::{Firing, Inactive, Pending, Recovering};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

fn at(minute: u64) -> Timestamp {
    Timestamp::from_seconds(1_772_445_600).plus(minutes(minute))
}

fn condition(text: &str) -> Condition {
    let (sign, bound) = text.split_once(' ').unwrap();
    let comparison = match sign {
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        other => panic!("no comparison: {other}"),
    };
    Condition {
        comparison,
        bound: bound.parse().unwrap(),
        unit: Unit::Number,
        deviations: false,
        within: None,
        text: text.into(),
    }
}

/// Fires after `time`, keeps firing for `keep`, both in minutes.
fn timed(time: u64, keep: u64) -> Settings {
    Settings { hold: Hold::For(minutes(time)), keep_firing_for: minutes(keep), ..bare_settings() }
}

fn counted(breach: u8, of: u8, missing: Missing) -> Settings {
    Settings { hold: Hold::Datapoints { breach, of, missing, cloudwatch: false }, ..bare_settings() }
}

/// An alert that is stepped minute by minute.
struct Run {
    alert: Alert,
    settings: Settings,
    resolve_after: Duration,
    minute: u64,
}

impl Run {
    fn new(settings: Settings) -> Self {
        Self { alert: Alert::default(), settings, resolve_after: DAY, minute: 0 }
    }

    fn outcome(&mut self, outcome: Outcome) -> Option<Change> {
        self.tick(outcome, None)
    }

    fn value(&mut self, value: f64) -> Option<Change> {
        self.tick(judge(value, &self.settings), Some(value))
    }

    fn tick(&mut self, outcome: Outcome, value: Option<f64>) -> Option<Change> {
        let step = Step { outcome, value };
        let change = self.alert.step(at(self.minute), &step, &self.settings, MINUTE, self.resolve_after);
        self.minute += 1;
        change
    }

    fn states(&mut self, outcomes: &[Outcome]) -> Vec<State> {
        outcomes
            .iter()
            .map(|outcome| {
                let _change = self.outcome(*outcome);
                self.alert.state()
            })
            .collect()
    }
}

/// Thresholds of the first example of the rule language, as a gold account has them.
fn payment_timeouts() -> Settings {
    Settings {
        critical: Some(condition(">= 20")),
        warning: Some(condition(">= 8")),
        recover_critical: Some(condition("< 5")),
        recover_warning: Some(condition("< 5")),
        hold: Hold::For(minutes(2)),
        keep_firing_for: minutes(5),
        ..bare_settings()
    }
}

#[test]
fn an_alert_takes_96_bytes() {
    assert_eq!(size_of::<Alert>(), 96);
}

#[test]
fn the_first_example_of_the_rule_language_goes_as_it_says() {
    let mut run = Run::new(payment_timeouts());
    run.minute = 1;
    assert_eq!(run.value(5.0), None);
    let pending = run.value(10.0).unwrap();
    assert_eq!(
        (pending.from, pending.to, pending.level, pending.episode, pending.number),
        (Inactive, Pending, Level::Warning, 1, 1)
    );
    assert_eq!(run.value(15.0), None);
    assert_eq!(
        run.value(20.0),
        Some(Change {
            from: Pending,
            to: Firing,
            level: Level::Warning,
            level_before: None,
            since: at(2),
            episode: 1,
            number: 2,
            reason: Reason::Value,
        })
    );
    assert_eq!(run.value(25.0), None);
    let standing = run.alert.standing(&run.settings);
    assert_eq!(
        (standing.state, standing.level, standing.pending),
        (Firing, Some(Level::Warning), Some(Level::Critical))
    );
    assert_eq!((standing.value, standing.threshold), (Some(25.0), Some(8.0)));
    assert_eq!((standing.active_warning, standing.active_critical), (Some(at(2)), Some(at(4))));
    let escalated = run.value(25.0).unwrap();
    assert_eq!((run.minute - 1, escalated.from, escalated.to), (6, Firing, Firing));
    assert_eq!((escalated.level, escalated.level_before), (Level::Critical, Some(Level::Warning)));
    for value in [25.0, 25.0, 25.0, 25.0, 20.0, 15.0, 10.0] {
        assert_eq!(run.value(value), None);
    }
    assert_eq!((run.minute, run.value(5.0)), (14, None));
    assert_eq!(run.alert.standing(&run.settings).outcome, Outcome::Hold);
    let recovering = run.value(0.0).unwrap();
    assert_eq!((recovering.from, recovering.to), (Firing, Recovering));
    for _ in 16..20 {
        assert_eq!(run.value(0.0), None);
    }
    assert_eq!(run.minute, 20);
    assert_eq!(
        run.value(0.0),
        Some(Change {
            from: Recovering,
            to: Inactive,
            level: Level::Critical,
            level_before: Some(Level::Critical),
            since: at(2),
            episode: 1,
            number: 5,
            reason: Reason::Value,
        })
    );
    assert!(run.alert.is_idle());
    assert!(!run.alert.is_blank());
}

#[test]
fn for_is_reached_when_it_has_passed_exactly() {
    let mut run = Run::new(timed(2, 0));
    assert_eq!(run.states(&[Critical, Critical, Critical]), [Pending, Pending, Firing]);
}

#[test]
fn for_that_is_shorter_than_the_step_needs_a_second_tick() {
    let settings = Settings { hold: Hold::For(Duration::from_secs(15)), ..bare_settings() };
    assert_eq!(Run::new(settings).states(&[Critical, Critical]), [Pending, Firing]);
}

#[test]
fn for_zero_fires_at_the_first_tick() {
    let mut run = Run::new(timed(0, 0));
    let change = run.outcome(Critical).unwrap();
    assert_eq!((change.from, change.to, change.since, change.episode), (Inactive, Firing, at(0), 1));
}

#[test]
fn one_clear_tick_resets_a_pending_alert() {
    let mut run = Run::new(timed(3, 0));
    let states = run.states(&[Critical, Critical, Clear, Critical, Critical, Critical, Critical]);
    assert_eq!(states, [Pending, Pending, Inactive, Pending, Pending, Pending, Firing]);
}

#[test]
fn the_end_of_a_pending_alert_tells_its_level_and_its_start() {
    let mut run = Run::new(timed(3, 0));
    let _ = run.states(&[Warning, Critical]);
    let ended = run.outcome(Clear).unwrap();
    assert_eq!((ended.from, ended.to, ended.level, ended.since), (Pending, Inactive, Level::Critical, at(0)));
    assert_eq!((ended.episode, ended.number), (1, 2));
    let again = run.outcome(Warning).unwrap();
    assert_eq!((again.episode, again.number, again.since), (1, 3, at(3)));
}

#[test]
fn hold_resets_a_pending_alert_but_not_a_firing_one() {
    let mut run = Run::new(timed(1, 0));
    let states = run.states(&[Critical, Outcome::Hold, Critical, Critical, Outcome::Hold, Outcome::Hold, Clear]);
    assert_eq!(states, [Pending, Inactive, Pending, Firing, Firing, Firing, Inactive]);
}

#[test]
fn keep_firing_for_counts_from_the_first_clear_and_a_breach_resets_it() {
    let mut run = Run::new(timed(0, 2));
    let states = run.states(&[Critical, Clear, Clear, Critical, Clear, Clear, Clear]);
    assert_eq!(states, [Firing, Recovering, Recovering, Firing, Recovering, Recovering, Inactive]);
    assert_eq!(run.alert.episode(), 1);
}

#[test]
fn hold_resets_keep_firing_for_as_well_and_the_episode_goes_on() {
    let mut run = Run::new(timed(0, 2));
    let _ = run.states(&[Critical, Clear]);
    let back = run.outcome(Outcome::Hold).unwrap();
    assert_eq!(
        (back.from, back.to, back.level, back.level_before),
        (Recovering, Firing, Level::Critical, Some(Level::Critical))
    );
    assert_eq!((back.episode, back.number), (1, 3));
}

#[test]
fn keep_firing_for_zero_resolves_with_one_change() {
    let mut run = Run::new(timed(0, 0));
    let _ = run.outcome(Critical);
    let change = run.outcome(Clear).unwrap();
    assert_eq!((change.from, change.to, change.level), (Firing, Inactive, Level::Critical));
}

#[test]
fn firing_again_is_a_new_episode_whose_changes_count_from_one() {
    let mut run = Run::new(timed(0, 0));
    let changes: Vec<(u32, u32)> = [Critical, Clear, Critical, Clear]
        .into_iter()
        .filter_map(|outcome| run.outcome(outcome))
        .map(|change| (change.episode, change.number))
        .collect();
    assert_eq!(changes, [(1, 1), (1, 2), (2, 1), (2, 2)]);
}

#[test]
fn a_warning_that_becomes_critical_changes_once_and_keeps_its_start() {
    let mut run = Run::new(timed(1, 0));
    let _ = run.states(&[Warning, Warning]);
    let fired = run.alert.firing_since();
    let changes: Vec<Change> =
        [Critical, Critical, Critical].into_iter().filter_map(|outcome| run.outcome(outcome)).collect();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].from, changes[0].to, changes[0].level), (Firing, Firing, Level::Critical));
    assert_eq!((fired, run.alert.firing_since()), (Some(at(1)), Some(at(1))));
    assert_eq!(changes[0].since, at(0));
}

#[test]
fn a_critical_alert_becomes_a_warning_only_by_its_own_recovery() {
    let settings = Settings {
        critical: Some(condition("> 10")),
        warning: Some(condition("> 5")),
        recover_critical: Some(condition("< 8")),
        recover_warning: Some(condition("< 3")),
        ..bare_settings()
    };
    let mut run = Run::new(settings);
    let _ = run.value(12.0);
    assert_eq!(run.value(9.0), None);
    assert_eq!((run.alert.level(), run.alert.standing(&run.settings).active_critical), (Some(Level::Critical), None));
    let eased = run.value(7.0).unwrap();
    assert_eq!(
        (eased.from, eased.to, eased.level, eased.level_before),
        (Firing, Firing, Level::Warning, Some(Level::Critical))
    );
    let escalated = run.value(12.0).unwrap();
    assert_eq!((escalated.level, escalated.level_before), (Level::Critical, Some(Level::Warning)));
    // In the dead band of warnings, but beyond the recovery of critical.
    let eased = run.value(4.0).unwrap();
    assert_eq!((eased.to, eased.level), (Firing, Level::Warning));
    assert_eq!(run.value(2.0).unwrap().to, Inactive);
}

#[test]
fn without_a_recovery_of_its_own_critical_eases_with_the_first_warning() {
    let mut run = Run::new(timed(0, 0));
    let _ = run.outcome(Critical);
    assert_eq!(run.outcome(Warning).unwrap().level, Level::Warning);
}

#[test]
fn what_nobody_knows_of_a_critical_composite_does_not_ease_it() {
    let mut run = Run::new(timed(0, 0));
    let _ = run.outcome(Critical);
    assert_eq!(run.outcome(Outcome::Hold), None);
    assert_eq!(run.alert.level(), Some(Level::Critical));
}

#[test]
fn a_return_from_recovering_can_escalate_in_the_same_change() {
    let mut run = Run::new(timed(0, 5));
    let _ = run.states(&[Warning, Clear]);
    let change = run.outcome(Critical).unwrap();
    assert_eq!(
        (change.from, change.to, change.level, change.level_before),
        (Recovering, Firing, Level::Critical, Some(Level::Warning))
    );
}

#[test]
fn ticks_that_say_nothing_stop_the_timers() {
    for silent in [Skip, Warming, Outcome::NoData] {
        let mut run = Run::new(timed(2, 2));
        let states = run.states(&[Critical, silent, silent, Critical, Critical, Clear, silent, Clear, Clear]);
        assert_eq!(states[..5], [Pending, Pending, Pending, Pending, Firing], "{silent:?}");
        assert_eq!(states[5..], [Recovering, Recovering, Recovering, Inactive], "{silent:?}");
    }
}

#[test]
fn no_data_for_resolve_after_ends_an_alert_and_skip_does_not() {
    let mut run = Run { resolve_after: minutes(3), ..Run::new(timed(0, 10)) };
    let _ = run.outcome(Critical);
    assert_eq!(run.states(&[Skip; 5]), [Firing; 5]);
    assert_eq!(run.states(&[Outcome::NoData; 2]), [Firing; 2]);
    let change = run.outcome(Outcome::NoData).unwrap();
    assert_eq!((change.from, change.to, change.reason), (Firing, Inactive, Reason::NoData));
}

#[test]
fn no_data_may_mean_that_all_is_well() {
    let mut run = Run::new(Settings { no_data: NoData::Ok, ..timed(0, 1) });
    let _ = run.outcome(Critical);
    let recovering = run.outcome(Outcome::NoData).unwrap();
    assert_eq!((recovering.to, recovering.reason), (Recovering, Reason::NoData));
    assert_eq!(run.outcome(Outcome::NoData).unwrap().to, Inactive);
}

#[test]
fn no_data_may_be_a_breach_if_the_last_value_says_so() {
    let breach = NoData::Breach { level: Level::Critical, only_if_last: Some(condition("< 2")) };
    let settings = Settings {
        critical: Some(condition("< 7")),
        warning: Some(condition("< 21")),
        no_data: breach,
        ..bare_settings()
    };
    let mut run = Run::new(settings.clone());
    let _ = run.value(30.0);
    assert_eq!(run.outcome(Outcome::NoData), None);
    let mut run = Run::new(settings);
    let _ = run.value(1.0);
    let _ = run.alert.end(Reason::RuleChanged);
    let change = run.outcome(Outcome::NoData).unwrap();
    assert_eq!((change.to, change.level, change.reason), (Firing, Level::Critical, Reason::NoData));
}

#[test]
fn no_data_may_be_a_value_of_zero() {
    let settings = Settings { critical: Some(condition("< 1")), no_data: NoData::Zero, ..bare_settings() };
    assert_eq!(Run::new(settings).outcome(Outcome::NoData).unwrap().to, Firing);
}

#[test]
fn the_lack_of_data_may_be_an_alert_of_its_own() {
    let mut alert = Alert::default();
    let mut changes = Vec::new();
    for (minute, outcome) in [Clear, Outcome::NoData, Outcome::NoData, Outcome::NoData, Skip].into_iter().enumerate() {
        let at = at(minute as u64);
        let change = alert.step_no_data(at, outcome, Level::Warning, minutes(2), MINUTE);
        changes.extend(change.map(|change| (minute, change.to, change.level, change.reason)));
    }
    assert_eq!(
        changes,
        [
            (1, Pending, Level::Warning, Reason::NoData),
            (3, Firing, Level::Warning, Reason::NoData),
            (4, Inactive, Level::Warning, Reason::Value),
        ]
    );
}

#[test]
fn an_account_that_leaves_the_scope_ends_its_alert() {
    for (outcomes, from) in [(&[Critical, Critical][..], Firing), (&[Critical, Critical, Clear], Recovering)] {
        let mut run = Run::new(timed(1, 5));
        let _ = run.states(outcomes);
        let change = run.outcome(MutedScope).unwrap();
        assert_eq!((change.from, change.to, change.reason), (from, Inactive, Reason::OutOfScope));
        assert_eq!(run.outcome(MutedScope), None);
    }
    let mut run = Run::new(timed(1, 5));
    let _ = run.outcome(Critical);
    assert_eq!(run.outcome(MutedScope).unwrap().from, Pending);
}

#[test]
fn warming_leaves_a_firing_alert_as_it_is() {
    let mut run = Run::new(timed(0, 0));
    assert_eq!(run.states(&[Critical, Warming, Warming, Clear]), [Firing, Firing, Firing, Inactive]);
}

#[test]
fn an_alert_goes_on_where_it_was_after_a_restart() {
    for outcomes in [&[Critical][..], &[Critical, Critical, Critical, Clear]] {
        let mut run = Run::new(timed(2, 2));
        let _ = run.states(outcomes);
        let bytes = postcard::to_stdvec(&run.alert).unwrap();
        let mut restored = Run { alert: postcard::from_bytes(&bytes).unwrap(), ..Run::new(timed(2, 2)) };
        restored.minute = run.minute;
        assert_eq!(restored.alert, run.alert);
        let rest = [Critical, Critical, Clear, Clear, Clear];
        assert_eq!(restored.states(&rest), run.states(&rest));
    }
}

#[test]
fn m_of_n_fires_with_enough_breaches_and_resolves_with_too_few() {
    let mut run = Run::new(counted(3, 5, Missing::Missing));
    let states = run.states(&[Critical, Clear, Critical, Clear, Critical, Clear, Clear]);
    assert_eq!(states, [Pending, Pending, Pending, Pending, Firing, Inactive, Inactive]);
    let mut run = Run::new(counted(3, 5, Missing::Missing));
    let states = run.states(&[Critical, Critical, Critical, Clear, Clear, Clear]);
    assert_eq!(states, [Pending, Pending, Firing, Firing, Firing, Inactive]);
}

#[test]
fn m_of_n_leaves_out_skipped_and_missing_ticks() {
    let mut run = Run::new(counted(2, 3, Missing::Missing));
    let states = run.states(&[Critical, Skip, Outcome::NoData, Skip, Critical]);
    assert_eq!(states, [Pending, Pending, Pending, Pending, Firing]);
}

#[test]
fn m_of_n_counts_missing_ticks_as_it_is_told() {
    let mut run = Run::new(counted(2, 3, Missing::Breaching));
    assert_eq!(run.states(&[Critical, Outcome::NoData]), [Pending, Firing]);
    let mut run = Run::new(counted(2, 3, Missing::NotBreaching));
    let states = run.states(&[Critical, Critical, Outcome::NoData, Outcome::NoData]);
    assert_eq!(states, [Pending, Firing, Firing, Inactive]);
    let mut run = Run::new(counted(2, 3, Missing::Ignore));
    let states = run.states(&[Critical, Critical, Outcome::NoData, Outcome::NoData, Outcome::NoData, Outcome::NoData]);
    assert_eq!(states, [Pending, Firing, Firing, Firing, Firing, Firing]);
}

#[test]
fn m_of_n_without_any_data_is_no_data() {
    let mut run = Run::new(Settings { no_data: NoData::Ok, ..counted(2, 3, Missing::Missing) });
    let states = run.states(&[Critical, Critical, Outcome::NoData, Outcome::NoData, Outcome::NoData]);
    assert_eq!(states, [Pending, Firing, Firing, Firing, Inactive]);
}

#[test]
fn m_of_n_counts_each_level_for_itself() {
    let mut run = Run::new(counted(2, 3, Missing::Missing));
    let _ = run.outcome(Warning);
    let fired = run.outcome(Critical).unwrap();
    assert_eq!((fired.to, fired.level), (Firing, Level::Warning));
    assert_eq!(run.alert.standing(&run.settings).pending, Some(Level::Critical));
    assert_eq!(run.outcome(Critical).unwrap().level, Level::Critical);
}

#[test]
fn an_alert_with_datapoints_is_idle_when_no_breach_counts_any_more() {
    let mut run = Run::new(counted(2, 3, Missing::Missing));
    let _ = run.states(&[Critical, Clear, Clear]);
    assert!(!run.alert.is_idle());
    let _ = run.outcome(Clear);
    assert!(run.alert.is_idle());
}

#[derive(Deserialize)]
struct CloudWatch {
    cases: Vec<CloudWatchCase>,
}

#[derive(Deserialize)]
struct CloudWatchCase {
    id: String,
    m: u8,
    n: u8,
    points: String,
    expect: CloudWatchExpect,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CloudWatchExpect {
    missing: Option<String>,
    ignore: Option<String>,
    breaching: Option<String>,
    not_breaching: Option<String>,
}

const CLOUDWATCH: &str = include_str!("../../../tests/data/rules/derived/cloudwatch_m_of_n.yaml");

/// Each case with each treatment of missing data that it has an answer for.
fn cloudwatch_cases() -> Vec<(String, Rule, Vec<String>, String)> {
    let table: CloudWatch = serde_saphyr::from_str(CLOUDWATCH).unwrap();
    let mut cases = Vec::new();
    for case in table.cases {
        let points: Vec<String> = case.points.split(' ').map(String::from).collect();
        let expect = [
            (Missing::Missing, case.expect.missing),
            (Missing::Ignore, case.expect.ignore),
            (Missing::Breaching, case.expect.breaching),
            (Missing::NotBreaching, case.expect.not_breaching),
        ];
        for (missing, expected) in expect {
            let rule = Rule { breach: case.m, of: case.n, missing, cloudwatch: true };
            let name = format!("{} {missing:?}", case.id);
            cases.extend(expected.map(|expected| (name, rule, points.clone(), expected)));
        }
    }
    cases
}

#[test]
fn datapoints_follow_the_tables_of_cloudwatch() {
    let cases = cloudwatch_cases();
    assert_eq!(cases.len(), 42);
    for (name, rule, points, expected) in cases {
        let mut datapoints = Datapoints::default();
        for point in &points {
            match point.as_str() {
                "0" => datapoints.push(None, &rule),
                "X" => datapoints.push(Some(Level::Critical), &rule),
                _ => datapoints.push_missing(Level::Critical, &rule),
            }
        }
        let verdict = datapoints.verdict(Level::Critical, &rule);
        match expected.as_str() {
            "ALARM" => assert_eq!(verdict, Verdict::Alarm, "{name}"),
            "OK" => assert_eq!(verdict, Verdict::Ok, "{name}"),
            "RETAIN" => assert_eq!(verdict, Verdict::Retain, "{name}"),
            "INSUFFICIENT_DATA" => assert_eq!(verdict, Verdict::Insufficient, "{name}"),
            "NOT_ALARM" => assert_ne!(verdict, Verdict::Alarm, "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn alerts_follow_the_tables_of_cloudwatch_too() {
    for (name, rule, points, expected) in cloudwatch_cases() {
        let Rule { breach, of, missing, cloudwatch } = rule;
        let hold = Hold::Datapoints { breach, of, missing, cloudwatch };
        let mut run = Run::new(Settings { hold, ..bare_settings() });
        for point in &points {
            let _ = run.outcome(match point.as_str() {
                "0" => Clear,
                "X" => Critical,
                _ => Outcome::NoData,
            });
        }
        // With `breaching`, the points before the data are alarms of their own; the table looks at the last tick.
        let fires = run.alert.state() == Firing;
        assert_eq!(fires, expected == "ALARM", "{name}: {expected}");
    }
}

#[test]
fn cloudwatch_raises_no_alarm_by_one_point_after_a_silence() {
    let hold = Hold::Datapoints { breach: 3, of: 3, missing: Missing::Missing, cloudwatch: true };
    let mut run = Run::new(Settings { hold, ..bare_settings() });
    let _ = run.states(&[Outcome::NoData; 4]);
    assert_eq!(run.states(&[Critical, Outcome::NoData, Outcome::NoData]), [Pending, Pending, Firing]);
}

#[derive(Deserialize)]
struct Prometheus {
    state: Vec<PrometheusCase>,
}

#[derive(Deserialize)]
struct PrometheusCase {
    id: String,
    #[serde(rename = "for")]
    time: f64,
    keep: f64,
    every: f64,
    breach: Vec<u8>,
    states: Vec<String>,
}

const PROMETHEUS: &str = include_str!("../../../tests/data/rules/derived/prometheus_state_vectors.yaml");

#[test]
fn states_follow_those_of_prometheus() {
    let table: Prometheus = serde_saphyr::from_str(PROMETHEUS).unwrap();
    assert_eq!(table.state.len(), 6);
    for case in table.state {
        let every = MINUTE.mul_f64(case.every);
        let settings = Settings {
            hold: Hold::For(MINUTE.mul_f64(case.time)),
            keep_firing_for: MINUTE.mul_f64(case.keep),
            ..bare_settings()
        };
        let mut alert = Alert::default();
        let mut now = at(0);
        let mut states = Vec::new();
        for breach in case.breach {
            let outcome = if breach == 1 { Critical } else { Clear };
            let _ = alert.step(now, &Step { outcome, value: None }, &settings, every, DAY);
            now = now.plus(every);
            states.push(match alert.state() {
                Inactive => "inactive",
                Pending => "pending",
                // Prometheus has one word for both.
                Firing | Recovering => "firing",
            });
        }
        assert_eq!(states, case.states, "{}", case.id);
    }
}

#[derive(Deserialize)]
struct Datadog {
    recovery: Vec<DatadogRecovery>,
}

#[derive(Deserialize)]
struct DatadogRecovery {
    alert: String,
    recover: String,
}

const DATADOG: &str = include_str!("../../../tests/data/rules/derived/datadog_window_and_ratio.yaml");

#[test]
fn without_recovery_an_alert_recovers_with_the_opposite_operator_as_in_datadog() {
    let table: Datadog = serde_saphyr::from_str(DATADOG).unwrap();
    assert_eq!(table.recovery.len(), 4);
    for row in table.recovery {
        let settings = Settings { critical: Some(condition(&format!("{} 10", row.alert))), ..bare_settings() };
        let opposite = condition(&format!("{} 10", row.recover));
        for value in [9.0, 10.0, 11.0] {
            let expected = if opposite.holds(value) { Clear } else { Critical };
            assert_eq!(judge(value, &settings), expected, "{} at {value}", row.alert);
        }
    }
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        5 => Just(Critical),
        4 => Just(Warning),
        5 => Just(Clear),
        2 => Just(Outcome::Hold),
        2 => Just(Skip),
        1 => Just(Outcome::NoData),
        1 => Just(Warming),
        1 => Just(MutedScope),
    ]
}

/// How long a run of ticks goes on, ticks that say nothing left out; the naive form of a timer.
#[derive(Default)]
struct Naive(Option<u64>);

impl Naive {
    fn tick(&mut self, outcome: Outcome, runs: impl Fn(Outcome) -> bool) {
        match outcome {
            Skip | Outcome::NoData | Warming => {}
            outcome if runs(outcome) => self.0 = Some(self.0.map_or(0, |ticks| ticks + 1)),
            Critical | Warning | Clear | Outcome::Hold | MutedScope => self.0 = None,
        }
    }

    fn lasts(&self, minutes: u64) -> bool {
        self.0.is_some_and(|ticks| ticks >= minutes)
    }
}

proptest! {
    #[test]
    fn nothing_fires_before_its_time_nor_later(
        outcomes in proptest::collection::vec(any_outcome(), 1..60), time in 0u64..5, keep in 0u64..5,
    ) {
        let mut run = Run::new(timed(time, keep));
        let (mut critical, mut warning, mut clear) = (Naive::default(), Naive::default(), Naive::default());
        for outcome in outcomes {
            critical.tick(outcome, |outcome| outcome == Critical);
            warning.tick(outcome, |outcome| matches!(outcome, Critical | Warning));
            clear.tick(outcome, |outcome| outcome == Clear);
            let before = run.alert.state();
            let change = run.outcome(outcome);
            let fires = matches!(outcome, Critical | Warning) && warning.lasts(time);
            match before {
                Inactive | Pending => prop_assert_eq!(run.alert.state() == Firing, fires),
                Firing | Recovering if outcome == Clear => {
                    prop_assert_eq!(run.alert.state() == Inactive, clear.lasts(keep));
                }
                Firing | Recovering => prop_assert_eq!(run.alert.state() == Inactive, outcome == MutedScope),
            }
            let rises = change.is_some_and(|c| c.to == Firing && c.level == Level::Critical && c.level_before != Some(Level::Critical));
            prop_assert!(!rises || critical.lasts(time));
        }
    }

    #[test]
    fn datapoints_are_counted_as_a_list_of_the_last_n_would(
        ticks in proptest::collection::vec(proptest::option::weighted(0.8, 0u8..3), 1..150),
        breach in 1u8..63, more in 0u8..62,
    ) {
        let of = (breach + more).min(62);
        let rule = Rule { breach, of, missing: Missing::Ignore, cloudwatch: false };
        let mut datapoints = Datapoints::default();
        let mut list = Vec::new();
        for tick in ticks {
            match tick {
                None => datapoints.push_missing(Level::Critical, &rule),
                Some(level) => {
                    list.push(level);
                    datapoints.push([None, Some(Level::Warning), Some(Level::Critical)][usize::from(level)], &rule);
                }
            }
            for (number, level) in [(1, Level::Warning), (2, Level::Critical)] {
                let count = list.iter().rev().take(usize::from(of)).filter(|tick| **tick >= number).count();
                let expected = match tick {
                    None => Verdict::Retain,
                    Some(_) if count >= usize::from(breach) => Verdict::Alarm,
                    Some(_) => Verdict::Ok,
                };
                prop_assert_eq!(datapoints.verdict(level, &rule), expected);
            }
        }
    }

    #[test]
    fn changes_chain_and_their_numbers_never_come_twice(
        outcomes in proptest::collection::vec(any_outcome(), 1..80),
        time in 0u64..3, keep in 0u64..3, datapoints in proptest::option::of((1u8..5, 0u8..4, any::<bool>())),
    ) {
        let hold = datapoints.map_or(Hold::For(minutes(time)), |(breach, more, cloudwatch)| {
            Hold::Datapoints { breach, of: breach + more, missing: Missing::Missing, cloudwatch }
        });
        let mut run = Run::new(Settings { hold, ..timed(0, keep) });
        let mut last = (0, 0);
        for outcome in outcomes {
            let before = (run.alert.state(), run.alert.level());
            let change = run.outcome(outcome);
            match change {
                None => prop_assert_eq!((run.alert.state(), run.alert.level()), before),
                Some(change) => {
                    prop_assert_eq!((change.from, change.level_before), before);
                    prop_assert_eq!(change.to, run.alert.state());
                    prop_assert!((change.episode, change.number) > last);
                    prop_assert!(change.since > Timestamp::default());
                    last = (change.episode, change.number);
                }
            }
            let standing = run.alert.standing(&run.settings);
            prop_assert_eq!(standing.level.is_some(), standing.state != Inactive);
            prop_assert_eq!(standing.firing_since.is_some(), matches!(standing.state, Firing | Recovering));
            prop_assert_eq!(standing.recovering_since.is_some(), standing.state == Recovering);
        }
    }

    #[test]
    fn a_clear_tick_changes_nothing_of_an_idle_alert(outcomes in proptest::collection::vec(any_outcome(), 1..40)) {
        let mut run = Run::new(timed(1, 1));
        for outcome in outcomes {
            let _ = run.outcome(outcome);
            if run.alert.is_idle() {
                let mut later = run.alert.clone();
                let step = Step { outcome: Clear, value: None };
                prop_assert_eq!(later.step(at(run.minute), &step, &run.settings, MINUTE, DAY), None);
                prop_assert!(later.is_idle());
            }
        }
    }
}
