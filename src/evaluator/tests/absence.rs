//! Silence.

use super::*;

fn beat(world: &mut World, id: &str, at: Timestamp) {
    world.send(vec![sample(0, of(id), at, Vec::new())]);
}

#[test]
fn silence_fires_after_its_timeout_and_clears_with_the_first_record() {
    let mut world = World::new(vec![heartbeat("R")]);
    beat(&mut world, ACME, s(30));
    world.run(m(15));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(870.0)));
    world.run(m(16));
    assert_eq!(world.outcome(ACME), (Outcome::Critical, Some(930.0)));
    let fired = world.transitions().next().unwrap();
    assert_eq!((fired.threshold, fired.unit, fired.level), (Some(900.0), Unit::Seconds, Level::Critical));
    beat(&mut world, ACME, s(16 * 60 + 10));
    world.run(m(17));
    assert_eq!(world.changes(), [(16, "R", ACME, State::Firing), (17, "R", ACME, State::Inactive)]);
}

#[test]
fn an_account_that_never_spoke_fires_from_the_start_on() {
    let mut world = World::new(vec![heartbeat("R")]);
    world.run(m(74));
    assert_eq!(world.outcome(ACME), (Outcome::Clear, Some(840.0)));
    world.run(m(75));
    assert_eq!(world.changes(), [(75, "R", ACME, State::Firing), (75, "R", CORP, State::Firing)]);
}

#[test]
fn an_account_that_never_spoke_has_its_time_after_it_was_created() {
    let mut world = World::new(vec![heartbeat("R")]);
    world.run(m(100));
    let mut new = entry("444444444444", "gold");
    new.created = Some(m(100));
    world.directory = directory([entry(ACME, "gold"), entry(CORP, "silver"), new]);
    world.run(m(159));
    assert_eq!(world.outcome("444444444444").0, Outcome::Warming);
    world.run(m(174));
    assert_eq!(world.state("444444444444"), State::Inactive);
    world.run(m(175));
    assert_eq!(world.state("444444444444"), State::Firing);
}

/// The rule, for accounts in use only.
fn of_active(mut rule: Rule) -> Rule {
    use crate::predicate::{Predicate, Subject};
    rule.scope = Some(Predicate::parse("tenant.state == \"active\"", Subject::Account).unwrap());
    rule
}

#[test]
fn an_account_that_is_suspended_or_gone_while_it_fires_resolves_as_out_of_scope() {
    let mut world = World::new(vec![of_active(heartbeat("R"))]);
    world.run(m(75));
    assert_eq!((world.state(ACME), world.state(CORP)), (State::Firing, State::Firing));
    let suspended = Entry { state: crate::tenant::State::Suspended, ..entry(ACME, "gold") };
    world.directory = directory([suspended]);
    world.run(m(76));
    let ended: Vec<_> =
        world.last().transitions.iter().map(|change| (change.group.clone(), change.to, change.reason)).collect();
    let out = |id| (of(id), State::Inactive, Reason::OutOfScope);
    assert_eq!(ended, [out(ACME), out(CORP)]);
    assert_eq!((world.outcomes(Outcome::MutedScope), world.last().evaluated), (2, 0));
}

#[test]
fn an_account_that_is_closed_or_leaves_resolves_with_that_reason_and_is_not_missed_any_more() {
    let mut world = World::new(vec![counting("C"), heartbeat("R")]);
    world.count(ACME, s(74 * 60 + 30), 50);
    world.run(m(75));
    let mut firing = world.changes();
    firing.sort_unstable_by_key(|(_, rule, id, _)| (*rule, *id));
    let fires = |rule, id| (75, rule, id, State::Firing);
    assert_eq!(firing, [fires("C", ACME), fires("R", ACME), fires("R", CORP)]);
    for state in [crate::tenant::State::Suspended, crate::tenant::State::PendingClosure] {
        let closed = Entry { state, ..entry(ACME, "gold") };
        world.directory = directory([closed]).with_left([account(CORP)].into());
        world.run(m(if state == crate::tenant::State::Suspended { 76 } else { 300 }));
    }
    let mut ended: Vec<_> = world
        .transitions()
        .filter(|change| change.to == State::Inactive)
        .map(|change| (&*change.rule, change.group.account.unwrap().to_string(), change.reason))
        .collect();
    ended.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let closed = |rule, id: &str| (rule, id.to_owned(), Reason::AccountClosed);
    assert_eq!(ended, [closed("C", ACME), closed("R", ACME), closed("R", CORP)]);
    assert_eq!(world.last().evaluated, 0, "nobody is expected to speak");
}

#[test]
fn an_account_that_is_closed_fires_nothing_more_and_one_that_is_back_does() {
    let closed = Entry { state: crate::tenant::State::Closed, ..entry(ACME, "gold") };
    let mut world = World::with(vec![counting("R")], 1, [closed]);
    world.directory = world.directory.clone().with_left([account(CORP)].into());
    world.count(ACME, m(0), 50);
    world.count(CORP, m(0), 50);
    world.run(m(1));
    assert_eq!((world.transitions().count(), world.outcomes(Outcome::MutedScope)), (0, 2));
    world.directory = directory([entry(ACME, "gold"), entry(CORP, "silver")]);
    world.count(ACME, m(2), 50);
    world.run(m(3));
    assert_eq!(world.state(ACME), State::Firing);
}

#[test]
fn a_rule_that_asks_for_the_state_of_accounts_decides_for_itself() {
    use crate::predicate::{Predicate, Subject};
    let mut rule = counting("R");
    rule.scope = Some(Predicate::parse("tenant.state == \"closed\"", Subject::Account).unwrap());
    let closed = Entry { state: crate::tenant::State::Closed, ..entry(ACME, "gold") };
    let mut world = World::with(vec![rule], 1, [closed]);
    world.count(ACME, m(0), 50);
    world.run(m(1));
    assert_eq!(world.changes(), [(1, "R", ACME, State::Firing)]);
}

#[test]
fn an_account_out_of_scope_fires_nothing_whatever_it_sends() {
    let closed = Entry { state: crate::tenant::State::Closed, ..entry(ACME, "gold") };
    let mut world = World::with(vec![of_active(counting("R"))], 1, [closed, entry(CORP, "silver")]);
    world.count(ACME, m(0), 50);
    world.count("999999999999", m(0), 50);
    world.run(m(1));
    assert_eq!((world.transitions().count(), world.outcomes(Outcome::MutedScope)), (0, 2));
}

#[test]
fn a_rule_that_is_switched_off_for_an_account_resolves_there() {
    let mut rule = heartbeat("R");
    rule.overrides = vec![crate::rule::Override {
        tier: Some("free".into()),
        enabled: Some(false),
        ..crate::rule::Override::default()
    }];
    let mut world = World::new(vec![rule]);
    world.run(m(75));
    world.directory = directory([entry(ACME, "free"), entry(CORP, "silver")]);
    world.run(m(76));
    let last = world.transitions().last().unwrap();
    assert_eq!((last.to, last.reason, last.group.clone()), (State::Inactive, Reason::OutOfScope, of(ACME)));
    assert_eq!(world.outcome(ACME).0, Outcome::MutedScope);
    assert_eq!(world.outcomes(Outcome::MutedScope), 1);
    assert_eq!(world.last().evaluated, 1);
}

#[test]
fn a_new_account_is_quiet_for_its_first_hour() {
    let mut new = entry("444444444444", "gold");
    new.created = Some(m(10));
    let mut world = World::with(vec![counting("R")], 1, [entry(ACME, "gold"), new]);
    world.count("444444444444", m(11), 50);
    world.run(m(12));
    assert_eq!(world.outcome("444444444444"), (Outcome::Warming, None));
    world.count("444444444444", m(69), 50);
    world.run(m(69));
    assert_eq!(world.outcomes(Outcome::Warming), 1);
    world.run(m(70));
    assert_eq!(world.changes().len(), 1);
}

#[test]
fn a_new_value_of_an_old_account_is_not_delayed() {
    let mut rule = counting("R");
    rule.group_by = vec![Field::Account, Field::Region];
    let mut world = World::new(vec![rule]);
    world.run(m(100));
    world.send(vec![Partial { group: of_rest(ACME, &["eu-west-1"]), ..counted(0, ACME, m(100), 50) }]);
    world.run(m(101));
    assert_eq!(world.changes(), [(101, "R", ACME, State::Firing)]);
}

#[test]
fn an_account_that_the_directory_shows_later_is_new_unless_it_says_when_it_was_created() {
    let mut unknown = entry("444444444444", "gold");
    unknown.created = None;
    let old = entry("555555555555", "gold");
    let mut world = World::new(vec![counting("R")]);
    world.run(m(100));
    world.directory = directory([entry(ACME, "gold"), unknown, old]);
    world.run(m(101));
    world.count("444444444444", m(101), 50);
    world.count("555555555555", m(101), 50);
    world.run(m(102));
    assert_eq!(world.outcome("444444444444").0, Outcome::Warming);
    assert_eq!(world.outcome("555555555555").0, Outcome::Critical);
}

#[test]
fn all_silent_accounts_come_in_one_tick() {
    let ids: Vec<String> = (0..600).map(|number| format!("{number:012}")).collect();
    let mut world = World::with(vec![heartbeat("R")], 4, ids.iter().map(|id| entry(id, "gold")));
    world.run(m(75));
    assert_eq!((world.last().transitions.len(), world.last().evaluated), (600, 600));
}

/// While the pipeline lags, progress stands still, and with it the ticks.
#[test]
fn no_absence_fires_while_the_pipeline_lags() {
    let mut world = World::new(vec![heartbeat("R")]);
    beat(&mut world, ACME, m(1));
    world.run_at(m(2), m(200));
    assert_eq!(world.transitions().count(), 0);
}

#[test]
fn a_record_from_the_future_hides_silence_no_longer_than_its_arrival() {
    let mut world = World::new(vec![heartbeat("R")]);
    // Stage 1 took its claim of two hours ahead back to its arrival.
    beat(&mut world, ACME, m(1));
    world.run(m(16));
    assert_eq!(world.state(ACME), State::Firing);
}

#[test]
fn another_tenant_does_not_make_another_alert() {
    let mut world = World::new(vec![heartbeat("R")]);
    world.run(m(75));
    let before: Vec<u64> = world.transitions().map(|change| change.alert).collect();
    let mut renamed = entry(ACME, "gold");
    renamed.tenant = "acme-new".into();
    world.directory = directory([renamed, entry(CORP, "silver")]);
    world.run(m(80));
    assert_eq!(world.state(ACME), State::Firing);
    assert_eq!(world.transitions().count(), before.len());
    assert_eq!(before[0], of(ACME).alert("R"));
}

#[test]
fn groups_that_were_only_seen_are_forgotten_when_they_stay_away() {
    let mut rule = heartbeat("R");
    rule.groups_from_directory = false;
    rule.group_by = vec![Field::Account, Field::Service];
    rule.resolve_after = minutes(60);
    let mut world = World::new(vec![rule]);
    world.send(vec![sample(0, of_rest(ACME, &["web"]), m(1), Vec::new())]);
    world.run(m(16));
    assert_eq!(world.group(&of_rest(ACME, &["web"])).unwrap().state, State::Firing);
    world.run(m(61));
    let last = world.transitions().last().unwrap();
    assert_eq!((last.at, last.to, last.reason), (m(61), State::Inactive, Reason::NoData));
}
