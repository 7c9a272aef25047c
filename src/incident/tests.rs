//! What is told when one account, some accounts or the fleet are in trouble.

use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{Harness, account, event_rule, fleet_rule, rule, time, transition};
use super::{Cause, Heartbeat, Incidents, Preview, Settings, Status, Target};
use crate::evaluator::{Reason, State as AlertState};
use crate::id::Region;
use crate::incident::mute::{Interval, Mute, Times, Written};
use crate::incident::silence::{Matcher, Silence};
use crate::rule::{Level, Notify, Override, Rule};
use crate::sample::Line;

const NOTHING: [&str; 0] = [];

fn silence(matchers: &str, starts: u64, ends: u64) -> Silence {
    Silence {
        id: "".into(),
        matchers: Matcher::parse_all(matchers).unwrap(),
        starts: time(starts),
        ends: time(ends),
        created_by: "jb".into(),
        comment: "load test".into(),
        ack: false,
    }
}

#[test]
fn one_account_is_told_alone_after_the_wait_and_when_it_resolves() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..2);
    h.wait_until(59);
    assert_eq!(h.told(), NOTHING);
    h.wait_until(300);
    h.resolve("R", 1..2);
    assert_eq!(
        h.told(),
        ["60 page R/1 individual fired firing critical 1", "300 page R/1 individual resolved resolved critical 0"]
    );
    assert_eq!(h.incidents.incidents().count(), 0);
    assert_eq!(h.incidents.poll_timeout(), None);
}

#[test]
fn what_resolves_within_the_wait_is_told_to_nobody() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..2);
    h.wait_until(30);
    h.resolve("R", 1..2);
    h.wait_until(10_000);
    assert_eq!(h.told(), NOTHING);
}

#[test]
fn a_notification_says_whose_alert_it_is() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 2..3);
    h.wait_until(60);
    let told = h.last();
    assert_eq!((told.evaluated, told.accounts_max, told.alerts_total), (1_000, 1, 1));
    assert_eq!((told.since, told.at), (time(0), time(0)));
    assert_eq!(told.labels.get("team").map(|team| &**team), Some("platform"));
    let alert = &told.alerts[0];
    assert_eq!((alert.account, &*alert.tenant, &*alert.tier), (Some(account(2)), "tenant-2", "gold"));
    assert_eq!((alert.value, alert.threshold, alert.status), (Some(20.0), Some(10.0), Status::Firing));
}

#[test]
fn case_8_an_escalation_keeps_its_time_and_pages_once() {
    let mut h = Harness::new(vec![rule("R")]);
    h.warn("R", 1..2);
    h.wait_until(120);
    h.level("R", 1..2, Level::Critical);
    h.wait_until(180);
    h.level("R", 1..2, Level::Critical);
    h.wait_until(240);
    assert_eq!(
        h.told(),
        [
            "60 ticket R/1 individual fired firing warning 1",
            "120 ticket R/1 individual escalated firing critical 1",
            "120 page R/1 individual escalated firing critical 1",
        ]
    );
    assert_eq!(h.last().since, time(0));
    h.resolve("R", 1..2);
    assert_eq!(
        h.told(),
        [
            "240 ticket R/1 individual resolved resolved critical 0",
            "240 page R/1 individual resolved resolved critical 0",
        ],
        "whoever was told is told of the end"
    );
}

#[test]
fn easing_is_told_with_the_next_update_and_to_nobody_new() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..2);
    h.wait_until(120);
    h.level("R", 1..2, Level::Warning);
    h.wait_until(1_000);
    assert_eq!(
        h.told(),
        ["60 page R/1 individual fired firing critical 1", "360 page R/1 individual eased firing warning 1"]
    );
}

#[test]
fn case_53_five_accounts_are_told_one_by_one_and_six_in_one_list() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..6);
    h.wait_until(100);
    let mut told = h.told();
    told.sort();
    assert_eq!(told, [1, 2, 3, 4, 5].map(|n| format!("60 page R/{n} individual fired firing critical 1")));

    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..7);
    h.wait_until(100);
    assert_eq!(h.told(), ["60 page R list fired firing critical 6"]);
    assert_eq!(h.last().alerts.len(), 6);
}

#[test]
fn case_53_the_fleet_begins_at_the_larger_of_a_number_and_a_share() {
    let told = |evaluated: u32, accounts: usize| {
        let mut h = Harness::new(vec![rule("R")]);
        h.evaluated = evaluated;
        h.fire("R", 0..accounts);
        h.wait_until(60);
        h.told()
    };
    assert_eq!(told(1_000, 24), ["60 page R list fired firing critical 24"]);
    assert_eq!(told(1_000, 25), ["60 page R fleet fired firing critical 25"]);
    assert_eq!(told(6_000, 59), ["60 page R list fired firing critical 59"]);
    assert_eq!(told(6_000, 60), ["60 page R fleet fired firing critical 60"]);
    assert_eq!(told(2_900, 28), ["60 page R list fired firing critical 28"]);
    assert_eq!(told(2_900, 29), ["60 page R fleet fired firing critical 29"]);
}

#[test]
fn case_54_six_thousand_alerts_at_one_tick_are_one_notification() {
    let mut h = Harness::new(vec![rule("R")]);
    h.evaluated = 6_000;
    h.fire("R", 0..6_000);
    h.wait_until(200);
    assert_eq!(h.told(), ["60 page R fleet fired firing critical 6000"]);
    assert_eq!((h.last().alerts.len(), h.last().alerts_total, h.last().evaluated), (10, 6_000, 6_000));
    h.resolve("R", 0..6_000);
    h.wait_until(100_000);
    assert_eq!(h.told(), ["200 page R fleet resolved resolved critical 0"]);
    assert_eq!(h.last().accounts_max, 6_000);
}

#[test]
fn case_55_a_fleet_is_told_again_when_it_doubled() {
    let mut h = Harness::new(vec![rule("R")]);
    h.evaluated = 6_000;
    for (second, accounts) in [(0, 0..60), (120, 60..119), (180, 119..120), (240, 120..239), (300, 239..241)] {
        h.wait_until(second);
        h.fire("R", accounts);
    }
    h.wait_until(400);
    assert_eq!(
        h.told(),
        [
            "60 page R fleet fired firing critical 60",
            "180 page R fleet grew firing critical 120",
            "300 page R fleet grew firing critical 241",
        ]
    );
}

#[test]
fn case_56_a_fleet_that_partly_recovers_does_not_page_the_rest_one_by_one() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 0..60);
    h.wait_until(120);
    h.resolve("R", 3..60);
    h.wait_until(4_000);
    h.fire("R", 10..12);
    h.wait_until(5_000);
    h.resolve("R", 0..12);
    h.wait_until(6_000);
    assert_eq!(
        h.told(),
        ["60 page R fleet fired firing critical 60", "5000 page R fleet resolved resolved critical 0"]
    );
    h.fire("R", 0..1);
    h.wait_until(7_000);
    assert_eq!(h.told(), ["6060 page R/0 individual fired firing critical 1"], "the next incident begins anew");
}

#[test]
fn case_57_another_reason_is_another_incident() {
    let mut h = Harness::new(vec![rule("R"), rule("Other")]);
    h.fire("R", 0..60);
    h.wait_until(120);
    h.fire("Other", 7..8);
    h.wait_until(200);
    assert_eq!(
        h.told(),
        ["60 page R fleet fired firing critical 60", "180 page Other/7 individual fired firing critical 1"]
    );
}

#[test]
fn a_list_is_told_again_at_most_every_five_minutes_and_only_when_it_changed_enough() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 0..15);
    h.wait_until(90);
    h.fire("R", 15..17);
    h.wait_until(1_000);
    assert_eq!(h.told(), ["60 page R list fired firing critical 15"], "two of fifteen are not worth it");
    h.fire("R", 17..18);
    h.wait_until(1_010);
    h.resolve("R", 0..5);
    h.wait_until(2_000);
    assert_eq!(h.told(), ["1000 page R list grew firing critical 18", "1300 page R list changed firing critical 13"]);
    let last = h.last();
    let resolved = last.alerts.iter().filter(|alert| alert.status == Status::Resolved).count();
    assert_eq!((last.alerts.len(), resolved, last.accounts_max), (18, 5, 18), "those that went are shown once");
}

#[test]
fn single_alerts_that_become_a_list_stay_open_until_they_resolve() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 0..1);
    h.wait_until(100);
    h.fire("R", 1..8);
    h.wait_until(200);
    assert_eq!(h.told(), ["60 page R/0 individual fired firing critical 1", "160 page R list fired firing critical 8"]);
    h.resolve("R", 0..1);
    h.resolve("R", 1..8);
    assert_eq!(
        h.told(),
        ["200 page R/0 individual resolved resolved critical 0", "200 page R list resolved resolved critical 0"]
    );
}

#[test]
fn a_list_that_reaches_the_fleet_or_becomes_critical_says_so_at_once() {
    let mut h = Harness::new(vec![rule("R")]);
    h.warn("R", 0..10);
    h.wait_until(100);
    h.level("R", 3..4, Level::Critical);
    h.wait_until(110);
    h.warn("R", 10..30);
    assert_eq!(
        h.told(),
        [
            "60 ticket R list fired firing warning 10",
            "100 ticket R list escalated firing critical 10",
            "100 page R list escalated firing critical 10",
            "110 ticket R fleet grew firing critical 30",
            "110 page R fleet grew firing critical 30",
        ]
    );
    assert_eq!(h.last().alerts[0].account, Some(account(3)), "the worst stands first");
}

#[test]
fn what_goes_on_is_repeated() {
    let mut h = Harness::new(vec![rule("R"), rule("S")]);
    h.fire("R", 1..2);
    h.fire("S", 0..10);
    h.wait_until(60 + 2 * 14_400);
    assert_eq!(
        h.told(),
        [
            "60 page R/1 individual fired firing critical 1",
            "60 page S list fired firing critical 10",
            "14460 page R/1 individual repeat firing critical 1",
            "14460 page S list repeat firing critical 10",
            "28860 page R/1 individual repeat firing critical 1",
            "28860 page S list repeat firing critical 10",
        ]
    );
}

#[test]
fn many_alerts_of_one_account_are_a_list() {
    let mut h = Harness::new(vec![rule("R")]);
    let of_queue = |n: usize| {
        let queue = format!("q{n}");
        transition("R", Some(1), &[&queue], AlertState::Inactive, AlertState::Firing, Level::Critical, 0)
    };
    h.tick(&(0..40).map(of_queue).collect::<Vec<_>>());
    h.wait_until(100);
    assert_eq!(h.told(), ["60 page R list fired firing critical 1"]);
    assert_eq!(h.last().alerts_total, 40);
}

#[test]
fn a_level_without_a_receiver_is_an_incident_that_nobody_is_told_of() {
    let mut silent = rule("R");
    silent.settings.notify.warning = None;
    let mut h = Harness::new(vec![silent]);
    h.warn("R", 0..10);
    h.wait_until(100);
    assert_eq!(h.told(), NOTHING);
    let incident = h.incidents.incidents().next().unwrap();
    assert_eq!((incident.firing(), incident.level(), incident.kind()), (10, Some(Level::Warning), None));
    h.level("R", 0..1, Level::Critical);
    h.wait_until(200);
    assert_eq!(h.told(), ["160 page R/0 individual fired firing critical 1"], "the others count for nothing");
}

#[test]
fn accounts_of_which_others_are_told_are_another_incident() {
    let mut of_gold = rule("R");
    let notify = Notify { critical: Some("vip".into()), warning: None, route: Some("gold".into()) };
    of_gold.overrides = vec![Override { tier: Some("gold".into()), notify: Some(notify), ..Override::default() }];
    let mut h = Harness::new(vec![of_gold]);
    h.fire("R", 0..12);
    h.wait_until(100);
    h.resolve("R", 0..12);
    assert_eq!(
        h.told(),
        [
            "60 page R list fired firing critical 6",
            "60 vip R~vip+ticket+gold list fired firing critical 6",
            "100 page R list resolved resolved critical 0",
            "100 vip R~vip+ticket+gold list resolved resolved critical 0",
        ]
    );
}

#[test]
fn alerts_beside_a_rule_use_its_settings() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R:NoData", 1..2);
    h.wait_until(100);
    assert_eq!(h.told(), ["60 page R:NoData/1 individual fired firing critical 1"]);
}

#[test]
fn an_alert_of_a_rule_that_was_removed_resolves() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..2);
    h.wait_until(100);
    let mut gone = transition("R", Some(1), &[], AlertState::Firing, AlertState::Inactive, Level::Critical, 100);
    gone.reason = Reason::RuleRemoved;
    gone.rule_idx = None;
    h.rules.rules.clear();
    h.incidents.changed(&[gone], &h.rules, &h.directory, time(100));
    h.take();
    assert_eq!(
        h.told(),
        ["60 page R/1 individual fired firing critical 1", "100 page R/1 individual resolved resolved critical 0"]
    );
}

#[test]
fn people_are_told_that_an_account_was_closed() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..3);
    h.wait_until(100);
    let fired = h.told.len();
    let closes = |n, entry: &mut crate::tenant::Entry| {
        if n == 1 {
            entry.state = crate::tenant::State::Closed;
        }
    };
    h.directory = super::fixture::directory(2, closes).with_left([account(2)].into());
    let now = h.now;
    let gone = [1, 2].map(|n| {
        let mut gone = transition("R", Some(n), &[], AlertState::Firing, AlertState::Inactive, Level::Critical, now);
        gone.reason = Reason::AccountClosed;
        gone
    });
    h.tick(&gone);
    h.wait_until(200);
    let told: Vec<_> = h.told[fired..].iter().map(|(_, told)| told).collect();
    let because: Vec<_> =
        told.iter().filter_map(|told| told.annotations.get(super::BECAUSE)).map(AsRef::as_ref).collect();
    assert_eq!(because, ["the account was closed", "the account left the organization"]);
}

#[test]
fn case_58_an_alert_that_flaps_is_held_until_it_is_quiet() {
    let mut h = Harness::new(vec![rule("R")]);
    for second in [0, 600, 1_200, 1_800, 2_400] {
        h.wait_until(second);
        h.fire("R", 1..2);
        h.wait_until(second + 300);
        h.resolve("R", 1..2);
    }
    h.wait_until(2_700 + 1_799);
    assert_eq!(
        h.told(),
        [
            "60 page R/1 individual fired firing critical 1",
            "300 page R/1 individual resolved resolved critical 0",
            "660 page R/1 individual fired firing critical 1",
            "900 page R/1 individual resolved resolved critical 0",
            "1260 page R/1 individual fired firing critical 1",
            "1500 page R/1 individual resolved resolved critical 0",
            "1860 page R/1 individual fired firing critical 1",
            "2100 page R/1 individual flapping firing critical 1 flapping",
        ]
    );
    h.wait_until(10_000);
    assert_eq!(h.told(), ["4500 page R/1 individual resolved resolved critical 0"]);
}

#[test]
fn case_58_an_alert_that_stopped_to_flap_and_fires_goes_on() {
    let mut h = Harness::new(vec![rule("R")]);
    for second in [0, 100, 200, 300, 400] {
        h.wait_until(second);
        h.fire("R", 1..2);
        h.wait_until(second + 30);
        if second < 400 {
            h.resolve("R", 1..2);
        }
    }
    h.wait_until(5_000);
    assert_eq!(
        h.told(),
        ["330 page R/1 individual flapping firing critical 1 flapping"],
        "what was too short to be told is told now"
    );
    h.resolve("R", 1..2);
    h.wait_until(5_000);
    assert_eq!(h.told(), ["5000 page R/1 individual resolved resolved critical 0"]);
}

#[test]
fn an_alert_that_leaves_the_scope_is_not_held_as_flapping() {
    let mut h = Harness::new(vec![rule("R")]);
    for second in [0, 100, 200, 300] {
        h.wait_until(second);
        h.fire("R", 1..2);
        h.wait_until(second + 80);
        let now = h.now;
        let mut gone = transition("R", Some(1), &[], AlertState::Firing, AlertState::Inactive, Level::Critical, now);
        gone.reason = Reason::OutOfScope;
        h.tick(&[gone]);
    }
    assert_eq!(h.told().last().map(String::as_str), Some("380 page R/1 individual resolved resolved critical 0"));
    assert_eq!(h.incidents.incidents().count(), 0);
}

fn region_fires(h: &mut Harness, region: &str, from: AlertState, to: AlertState) {
    let now = h.now;
    h.tick(&[transition("Fleet", None, &[region], from, to, Level::Critical, now)]);
}

fn with_regions() -> Harness {
    let mut h = Harness::new(vec![rule("R"), fleet_rule("Fleet", "R")]);
    h.directory = super::fixture::directory(100, |n, entry| {
        entry.region = Region::parse(if n < 50 { "eu-central-1" } else { "us-east-1" }).ok();
    });
    h
}

#[test]
fn case_59_what_another_alert_explains_is_not_told() {
    let mut h = with_regions();
    let mut all = vec![transition(
        "Fleet",
        None,
        &["eu-central-1"],
        AlertState::Inactive,
        AlertState::Firing,
        Level::Critical,
        0,
    )];
    all.extend(
        [1, 2, 60].map(|n| transition("R", Some(n), &[], AlertState::Inactive, AlertState::Firing, Level::Critical, 0)),
    );
    h.tick(&all);
    h.wait_until(100);
    assert_eq!(
        h.told(),
        ["60 page Fleet individual fired firing critical 1", "60 page R/60 individual fired firing critical 1"]
            .map(|text| text.replace("page Fleet ", &format!("page {} ", h.told[0].1.incident)))
    );
}

#[test]
fn case_59_inhibition_that_starts_later_stops_updates_and_still_tells_the_end() {
    let mut h = with_regions();
    h.fire("R", 1..2);
    h.wait_until(100);
    region_fires(&mut h, "eu-central-1", AlertState::Inactive, AlertState::Firing);
    h.wait_until(20_000);
    h.resolve("R", 1..2);
    let of_account: Vec<_> = h.told().into_iter().filter(|text| text.contains("R/1 ")).collect();
    assert_eq!(
        of_account,
        ["60 page R/1 individual fired firing critical 1", "20000 page R/1 individual resolved resolved critical 0"]
    );
}

#[test]
fn case_59_inhibition_that_ends_tells_what_fires_still() {
    let mut h = with_regions();
    region_fires(&mut h, "eu-central-1", AlertState::Inactive, AlertState::Firing);
    h.wait_until(10);
    h.fire("R", 1..4);
    h.wait_until(500);
    region_fires(&mut h, "eu-central-1", AlertState::Firing, AlertState::Inactive);
    h.wait_until(520);
    h.resolve("R", 2..4);
    h.wait_until(1_000);
    let of_accounts: Vec<_> = h.told().into_iter().filter(|text| text.contains(" R")).collect();
    assert_eq!(
        of_accounts,
        ["560 page R/1 individual unmuted firing critical 1"],
        "after a moment in which the rest may recover too"
    );
}

#[test]
fn case_50_a_rule_without_groups_inhibits_all() {
    let mut quiet = rule("R");
    quiet.inhibited_by = vec!["PipelineLag".into()];
    let mut lag = rule("PipelineLag");
    lag.group_by.clear();
    let mut h = Harness::new(vec![quiet, lag]);
    let (from, to) = (AlertState::Inactive, AlertState::Firing);
    h.tick(&[transition("PipelineLag", None, &[], from, to, Level::Critical, 0)]);
    h.fire("R", 0..6_000);
    h.wait_until(1_000);
    assert_eq!(h.told().len(), 1, "the lag alone");
    assert_eq!(h.told[0].1.rule, Box::<str>::from("PipelineLag"));
}

#[test]
fn inhibition_is_not_transitive() {
    let by = |name: &str, by: &str| Rule { inhibited_by: vec![by.into()], ..rule(name) };
    let mut h = Harness::new(vec![by("A", "B"), by("B", "C"), rule("C")]);
    h.fire("A", 1..2);
    h.fire("C", 1..2);
    h.wait_until(100);
    assert_eq!(
        h.told(),
        ["60 page A/1 individual fired firing critical 1", "60 page C/1 individual fired firing critical 1"]
    );
    h.fire("B", 2..3);
    h.fire("C", 2..3);
    h.fire("A", 2..3);
    h.wait_until(200);
    assert_eq!(
        h.told(),
        ["160 page C/2 individual fired firing critical 1"],
        "B is not told and inhibits A all the same"
    );
}

#[test]
fn account_by_account_inhibition_of_the_whole_fleet_is_quick() {
    let by = |name: &str, by: &str| Rule { inhibited_by: vec![by.into()], ..rule(name) };
    let mut h = Harness::new(vec![rule("A"), by("B", "A")]);
    h.fire("A", 0..6_000);
    h.fire("B", 0..6_000);
    h.wait_until(100);
    assert_eq!(h.told(), ["60 page A fleet fired firing critical 6000"]);
}

#[test]
fn case_60_a_silence_that_ends_tells_once_what_fires_still() {
    let mut h = Harness::new(vec![rule("R")]);
    let added = h.incidents.add_silence(silence("rule=R", 0, 1_000), time(0));
    assert!(added.is_ok());
    h.fire("R", 1..2);
    h.wait_until(5_000);
    assert_eq!(h.told(), ["1060 page R/1 individual unmuted firing critical 1"]);
}

#[test]
fn case_60_a_mute_of_the_fleet_ends_with_one_notification() {
    let mut h = Harness::new(vec![rule("R")]);
    let times = vec![Times { start_time: "00:00".into(), end_time: "01:00".into() }];
    let interval = Interval::read(&Written { times, ..Written::default() }).unwrap();
    let mute = Mute { name: "nights".into(), matchers: vec![Matcher::equal("rule", "R")], intervals: vec![interval] };
    h.incidents = Incidents::new(Settings { mutes: vec![mute], ..Settings::default() });
    h.fire("R", 0..6_000);
    h.wait_until(5_000);
    assert_eq!(h.told(), ["3660 page R fleet unmuted firing critical 6000"]);
}

#[test]
fn case_60_a_list_that_was_told_and_silenced_is_told_again() {
    let mut h = Harness::new(vec![rule("R"), rule("S")]);
    h.fire("R", 0..10);
    h.fire("S", 0..60);
    h.wait_until(100);
    assert!(h.incidents.add_silence(silence("rule=~R|S", 100, 20_000), time(100)).is_ok());
    h.wait_until(110);
    h.fire("R", 10..20);
    h.wait_until(20_100);
    assert_eq!(
        h.told(),
        [
            "60 page R list fired firing critical 10",
            "60 page S fleet fired firing critical 60",
            "20060 page R list unmuted firing critical 20",
            "20060 page S fleet unmuted firing critical 60",
        ]
    );
}

#[test]
fn case_61_the_first_recovery_during_a_mute_is_sent() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 1..2);
    h.wait_until(100);
    assert!(h.incidents.add_silence(silence("account=000000000001", 100, 5_000), time(100)).is_ok());
    h.wait_until(200);
    h.resolve("R", 1..2);
    h.wait_until(300);
    h.fire("R", 1..2);
    h.wait_until(400);
    h.resolve("R", 1..2);
    h.wait_until(10_000);
    assert_eq!(
        h.told(),
        ["60 page R/1 individual fired firing critical 1", "200 page R/1 individual resolved resolved critical 0"]
    );
}

#[test]
fn a_silence_knows_an_alert_by_all_that_people_know() {
    let silenced = |matchers: &str| {
        let mut h = Harness::new(vec![rule("R")]);
        assert!(h.incidents.add_silence(silence(matchers, 0, 1_000), time(0)).is_ok());
        h.fire("R", 2..3);
        h.wait_until(100);
        h.told().is_empty()
    };
    for matchers in ["alertname=R", "tenant=tenant-2", "tier=gold", "team=platform", "severity=critical"] {
        assert!(silenced(matchers), "{matchers}");
    }
    for matchers in ["alertname=S", "tenant=tenant-3", "tier!~gold|free,rule=R", "level=warning", "region=~.+"] {
        assert!(!silenced(matchers), "{matchers}");
    }
}

#[test]
fn a_silence_that_is_expired_by_hand_ends_at_once() {
    let mut h = Harness::new(vec![rule("R")]);
    let id = h.incidents.add_silence(silence("rule=R", 0, 5_000), time(0)).unwrap();
    h.fire("R", 1..2);
    h.wait_until(500);
    assert_eq!(h.incidents.expire_silence(&id, time(500)), Ok(()));
    h.wait_until(600);
    assert_eq!(h.told(), ["560 page R/1 individual unmuted firing critical 1"]);
    assert!(h.incidents.expire_silence("none", time(600)).is_err());
}

#[test]
fn a_preview_counts_what_a_silence_would_hide() {
    let mut h = Harness::new(vec![rule("R"), rule("S")]);
    h.fire("R", 0..10);
    h.warn("R", 10..20);
    h.fire("S", 0..10);
    let matchers = Matcher::parse_all("rule=R,tier=gold").unwrap();
    let preview = h.incidents.preview(&matchers, &h.rules, &h.directory);
    assert_eq!(preview, Preview { firing: 10, critical: 5, accounts: 3_000 });
}

#[test]
fn an_acknowledged_alert_is_quiet_until_it_resolves_or_worsens() {
    let mut h = Harness::new(vec![rule("R")]);
    h.warn("R", 1..3);
    h.wait_until(100);
    let alerts: Vec<_> = h.incidents.incidents().flat_map(|incident| incident.alerts().collect::<Vec<_>>()).collect();
    for (alert, _) in alerts {
        assert!(h.incidents.acknowledge(Target::Alert(alert), "jb", "looking", time(100)).is_ok());
    }
    h.wait_until(30_000);
    assert_eq!(h.told().len(), 2, "no repeats");
    h.level("R", 1..2, Level::Critical);
    h.resolve("R", 2..3);
    assert_eq!(
        h.told(),
        [
            "30000 ticket R/1 individual escalated firing critical 1",
            "30000 page R/1 individual escalated firing critical 1",
            "30000 ticket R/2 individual resolved resolved warning 0",
        ]
    );
    let active = h.incidents.silences().filter(|silence| silence.is_active(time(30_001))).count();
    assert_eq!(active, 1, "the acknowledgement of what resolved has ended");
    assert!(h.incidents.acknowledge(Target::Alert(7), "jb", "", time(30_000)).is_err());
    assert!(h.incidents.acknowledge(Target::Incident("S"), "jb", "", time(30_000)).is_err());
    let key = h.told[0].1.incident.clone();
    assert!(h.incidents.acknowledge(Target::Incident(&key), "jb", "", time(30_000)).is_ok(), "as the message calls it");
}

#[test]
fn an_acknowledged_incident_is_quiet_until_it_is_over() {
    let mut h = Harness::new(vec![rule("R")]);
    h.fire("R", 0..60);
    h.wait_until(100);
    assert!(h.incidents.acknowledge(Target::Incident("R"), "jb", "", time(100)).is_ok());
    h.fire("R", 60..200);
    h.wait_until(30_000);
    h.resolve("R", 0..200);
    h.fire("R", 0..1);
    h.wait_until(30_060);
    assert_eq!(
        h.told(),
        [
            "60 page R fleet fired firing critical 60",
            "30000 page R fleet resolved resolved critical 0",
            "30060 page R/0 individual fired firing critical 1",
        ]
    );
}

#[test]
fn case_62_a_backlog_of_ten_thousand_pairs_is_one_digest() {
    let mut h = Harness::new(vec![rule("R")]);
    h.wait_until(3_000);
    h.catching_up = true;
    for round in 0..10 {
        h.fire("R", round * 100..round * 100 + 1_000);
        h.resolve("R", round * 100..round * 100 + 1_000);
    }
    assert_eq!(h.told(), NOTHING);
    h.catching_up = false;
    h.tick(&[]);
    h.wait_until(10_000);
    assert_eq!(h.told(), ["3000 page digest/page digest digest resolved critical 1900 late"]);
    assert_eq!((h.last().alerts.len(), h.last().alerts_total), (100, 10_000));
}

#[test]
fn after_a_stall_what_still_fires_is_told_at_once_and_late() {
    let mut h = Harness::new(vec![rule("R"), rule("S"), rule("T")]);
    h.fire("T", 4..5);
    h.wait_until(100);
    h.catching_up = true;
    h.fire("R", 1..2);
    h.fire("R", 3..4);
    h.resolve("R", 3..4);
    h.fire("S", 0..60);
    h.resolve("T", 4..5);
    h.wait_until(2_000);
    h.catching_up = false;
    h.tick(&[]);
    h.wait_until(3_000);
    assert_eq!(
        h.told(),
        [
            "60 page T/4 individual fired firing critical 1",
            "2000 page R/1 individual fired firing critical 1 late",
            "2000 page S fleet fired firing critical 60 late",
            "2000 page T/4 individual resolved resolved critical 0",
            "2000 page digest/page digest digest resolved critical 1 late",
        ]
    );
}

#[test]
fn case_63_at_the_age_limit_it_still_pages() {
    let told = |age: u64| {
        let mut h = Harness::new(vec![rule("R")]);
        h.wait_until(10_000);
        let (from, to) = (AlertState::Inactive, AlertState::Firing);
        h.tick(&[transition("R", Some(1), &[], from, to, Level::Critical, 10_000 - age)]);
        h.wait_until(20_000);
        h.told()
    };
    assert_eq!(told(3_600), ["10060 page R/1 individual fired firing critical 1"]);
    assert_eq!(told(3_601), NOTHING);
}

#[test]
fn case_63_after_a_stall_what_is_too_old_goes_to_the_digest() {
    let mut h = Harness::new(vec![rule("R")]);
    h.catching_up = true;
    h.fire("R", 1..2);
    h.wait_until(1);
    h.fire("R", 2..3);
    h.wait_until(3_601);
    h.catching_up = false;
    h.tick(&[]);
    h.wait_until(10_000);
    h.resolve("R", 1..2);
    assert_eq!(
        h.told(),
        [
            "3601 page R/2 individual fired firing critical 1 late",
            "3601 page digest/page digest digest firing critical 1 late",
        ],
        "and of what was not told no end is told"
    );
}

fn event(h: &mut Harness, account: usize, ip: &str) {
    let now = h.now;
    let fired =
        transition("RootLogin", Some(account), &[ip], AlertState::Inactive, AlertState::Firing, Level::Critical, now);
    let mut over = fired.clone();
    (over.from, over.to) = (AlertState::Firing, AlertState::Inactive);
    h.tick(&[fired, over]);
}

#[test]
fn an_event_is_told_once_and_has_no_end() {
    let mut h = Harness::new(vec![event_rule("RootLogin")]);
    event(&mut h, 1, "192.0.2.1");
    event(&mut h, 1, "192.0.2.2");
    h.wait_until(10_000);
    event(&mut h, 1, "192.0.2.1");
    h.wait_until(20_000);
    let told = h.told();
    assert_eq!(told[..2], ["60 page RootLogin/1 individual fired firing critical 1"; 2]);
    assert_eq!(told[2..], ["10060 page RootLogin/1 individual fired firing critical 1"]);
    assert_eq!(h.last().alerts[0].group.get("user.ip").map(|ip| &**ip), Some("192.0.2.1"));
    assert_eq!(h.incidents.incidents().count(), 0);
}

#[test]
fn a_storm_of_events_is_told_together() {
    let mut h = Harness::new(vec![event_rule("RootLogin")]);
    for second in 0..600 {
        h.wait_until(second);
        event(&mut h, usize::try_from(second % 40).unwrap(), &format!("192.0.2.{second}"));
    }
    h.wait_until(2_000);
    assert_eq!(
        h.told(),
        [
            "60 page RootLogin fleet fired firing critical 40",
            "360 page RootLogin fleet changed firing critical 40",
            "660 page RootLogin fleet changed firing critical 40",
        ]
    );
    assert_eq!(h.incidents.incidents().count(), 0);
}

#[test]
fn events_of_a_stall_are_told_late() {
    let mut h = Harness::new(vec![event_rule("RootLogin")]);
    h.catching_up = true;
    event(&mut h, 1, "192.0.2.1");
    h.wait_until(2_000);
    h.catching_up = false;
    h.tick(&[]);
    assert_eq!(h.told(), ["2000 page RootLogin/1 individual fired firing critical 1 late"]);
}

#[test]
fn records_of_many_accounts_are_mixed_newest_first() {
    let mut h = Harness::new(vec![rule("R")]);
    let fired = |n: usize, lines: &[u64]| {
        let mut fired = transition("R", Some(n), &[], AlertState::Inactive, AlertState::Firing, Level::Critical, 0);
        fired.lines = (lines.iter())
            .map(|second| Line { at: time(*second), account: account(n), log_group: "g".into(), text: "t".into() })
            .collect();
        fired
    };
    let mut all: Vec<_> = (3..9).map(|n| fired(n, &[])).collect();
    all.extend([fired(1, &[10, 20, 30]), fired(2, &[5])]);
    h.tick(&all);
    h.wait_until(60);
    let lines: Vec<_> = h.last().lines.iter().map(|line| (line.account, line.at)).collect();
    assert_eq!(lines, [(account(1), time(30)), (account(2), time(5)), (account(1), time(20))]);
}

#[test]
fn a_heartbeat_stops_when_the_evaluator_does() {
    let mut h = Harness::new(vec![rule("R")]);
    let heartbeat = Some(Heartbeat { to: "deadman".into(), every: Duration::from_secs(300) });
    h.incidents = Incidents::new(Settings { heartbeat, ..Settings::default() });
    for second in (0..=660).step_by(60) {
        h.wait_until(second);
        h.tick(&[]);
    }
    h.wait_until(5_000);
    let beat = |second: u64| format!("{second} deadman heartbeat/deadman heartbeat heartbeat firing warning 0");
    assert_eq!(h.told(), [0, 300, 600, 900].map(beat));
    assert_eq!(h.incidents.poll_timeout(), None, "nothing to wait for but ticks");
    h.catching_up = true;
    h.tick(&[]);
    h.wait_until(6_000);
    assert_eq!(h.told(), NOTHING);
    h.catching_up = false;
    h.tick(&[]);
    assert_eq!(h.told(), [beat(6_000)]);
}

#[derive(Clone, Debug)]
enum Step {
    Fire(usize, usize),
    Warn(usize, usize),
    Escalate(usize),
    Ease(usize),
    Resolve(usize, usize),
    Wait(u64),
    CatchUp(bool),
    Silence(usize, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..40_usize, 1..30_usize).prop_map(|(from, count)| Step::Fire(from, count)),
        2 => (0..40_usize, 1..5_usize).prop_map(|(from, count)| Step::Warn(from, count)),
        1 => (0..40_usize).prop_map(Step::Escalate),
        1 => (0..40_usize).prop_map(Step::Ease),
        4 => (0..40_usize, 1..50_usize).prop_map(|(from, count)| Step::Resolve(from, count)),
        5 => (1..2_000_u64).prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::CatchUp),
        1 => (0..40_usize, 1..3_000_u64).prop_map(|(account, lasts)| Step::Silence(account, lasts)),
    ];
    proptest::collection::vec(step, 0..40)
}

/// Plays the steps as an evaluator would give them: only what fires resolves.
fn play(steps: &[Step], restarts: bool) -> Harness {
    let mut h = Harness::new(vec![rule("R")]);
    h.restarts = restarts;
    let mut firing: Vec<Option<Level>> = vec![None; 100];
    let mut change = |h: &mut Harness, accounts: std::ops::Range<usize>, to: Option<Level>, fires: Option<bool>| {
        let now = h.now;
        let mut transitions = Vec::new();
        for n in accounts {
            let before = firing[n];
            if fires.is_some_and(|fires| before.is_some() != fires) || before == to {
                continue;
            }
            firing[n] = to;
            let state = |level: Option<Level>| if level.is_some() { AlertState::Firing } else { AlertState::Inactive };
            let level = to.or(before).unwrap();
            transitions.push(transition("R", Some(n), &[], state(before), state(to), level, now));
        }
        h.tick(&transitions);
    };
    for step in steps {
        match *step {
            Step::Fire(from, count) => change(&mut h, from..from + count, Some(Level::Critical), Some(false)),
            Step::Warn(from, count) => change(&mut h, from..from + count, Some(Level::Warning), Some(false)),
            Step::Escalate(n) => change(&mut h, n..n + 1, Some(Level::Critical), Some(true)),
            Step::Ease(n) => change(&mut h, n..n + 1, Some(Level::Warning), Some(true)),
            Step::Resolve(from, count) => change(&mut h, from..from + count, None, Some(true)),
            Step::Wait(seconds) => {
                let until = h.now + seconds;
                h.wait_until(until);
            }
            Step::CatchUp(on) => {
                h.catching_up = on;
                h.tick(&[]);
            }
            Step::Silence(n, lasts) => {
                let now = h.now;
                let matchers = format!("account={}", account(n));
                assert!(h.incidents.add_silence(silence(&matchers, now, now + lasts), time(now)).is_ok());
            }
        }
    }
    // In the end all is clear, nothing is silenced and time has passed.
    h.catching_up = false;
    let end = h.now + 5_000;
    h.wait_until(end);
    change(&mut h, 0..100, None, Some(true));
    h.wait_until(end + 5_000);
    h
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn notifications_of_an_incident_make_sense_one_after_the_other(steps in steps()) {
        let h = play(&steps, false);
        let mut open = std::collections::BTreeMap::new();
        let mut numbers = std::collections::BTreeMap::new();
        let mut ids = std::collections::BTreeSet::new();
        for (_, told) in h.told.iter().filter(|(_, told)| told.cause != Cause::Digest) {
            let is_open = open.entry((told.incident.clone(), told.to.clone())).or_insert(false);
            match (told.cause, told.status) {
                (Cause::Fired, _) => prop_assert!(!*is_open, "fired twice: {told:?}"),
                (Cause::Resolved, Status::Resolved) => prop_assert!(*is_open, "resolved without fired: {told:?}"),
                (_, status) => prop_assert_eq!(status, Status::Firing),
            }
            *is_open = told.status == Status::Firing;
            let number = numbers.insert(told.incident.clone(), told.number).unwrap_or_default();
            prop_assert!(told.number > number, "numbers grow");
            prop_assert!(ids.insert(told.id.clone()), "ids are unique");
        }
        prop_assert!(open.values().all(|open| !open), "all that was told is told to be over");
        prop_assert_eq!(h.incidents.incidents().count(), 0);
    }

    #[test]
    fn a_restart_at_any_point_changes_nothing(steps in steps()) {
        prop_assert_eq!(play(&steps, true).told, play(&steps, false).told);
    }
}
