//! What a view says, for fleets of all kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::View;
use super::account::Told;
use super::accounts::{AccountQuery, Sort};
use super::alerts::{AlertQuery, Wanted};
use super::common::Set;
use super::fixture::{ERRORS, SILENT, START, Scene, THROTTLES, account, entry, typed};
use super::groups::{By, GroupQuery};
use super::scope::Scope;
use super::state::Metric;
use crate::api::alerts::{AlertGroup, Trend};
use crate::api::fleet::{FleetState, Freshness, Mark, State, Trouble};
use crate::evaluator::{self, Measured};
use crate::id::AccountId;
use crate::incident;
use crate::rule::Level;
use crate::sample::Group;
use crate::tenant::{Directory, State as Lifecycle};

const ALL: usize = 10_000;

fn groups(view: &View, by: By, wanted: Wanted) -> Vec<AlertGroup> {
    view.groups(&GroupQuery { by, wanted, skip: 0, limit: ALL }).items
}

fn by_rule(view: &View) -> Vec<AlertGroup> {
    groups(view, By::Rule, Wanted::default())
}

fn told(links: &BTreeMap<String, String>) -> Told<'_> {
    Told { counts: None, begun: START, links, price: None }
}

fn verdict(view: &View) -> String {
    view.summary(Vec::new()).verdict
}

#[test]
fn an_account_is_as_bad_as_its_worst_alert_that_nothing_keeps_quiet() {
    let mut scene = Scene::new(4);
    scene.fire(ERRORS, [0], Level::Critical);
    scene.fire(THROTTLES, [0, 1], Level::Warning);
    scene.fire(SILENT, [2], Level::Warning);
    scene.alert(ERRORS, 3, evaluator::State::Pending, Level::Critical);
    let view = scene.view();
    assert_eq!(view.cells().state, [State::Critical, State::Warning, State::NoData, State::Pending]);
    assert_eq!(view.cells().firing, [2, 1, 1, 0]);
    let id = scene.silence("rule=ApiErrors");
    let view = scene.view();
    assert_eq!(view.cells().state, [State::Warning, State::Warning, State::NoData, State::Ok]);
    assert_eq!(view.cells().mark, [Mark::None, Mark::None, Mark::None, Mark::Silenced]);
    let silenced: Vec<_> = view.items().iter().filter(|item| item.shown.mark() == Mark::Silenced).collect();
    assert!(silenced.iter().all(|item| item.shown.alert.silenced_by == [id.clone()]));
    assert_eq!(silenced.len(), 2, "they stand at the end: {:?}", view.items());
    assert_eq!(view.items().last().map(|item| item.shown.mark()), Some(Mark::Silenced));
}

#[test]
fn nothing_changed_means_the_same_version() {
    let mut scene = Scene::new(10);
    scene.fire(ERRORS, [3], Level::Warning);
    let first = scene.view();
    scene.wait(1);
    scene.speak(0..10);
    let second = scene.view();
    assert_eq!((first.v, first.v), (second.v, START.millis()));
    assert!(second.at > first.at);
    scene.fire(ERRORS, [4], Level::Warning);
    assert_eq!(scene.view().v, first.v + 1);
}

#[test]
fn the_verdict_counts_what_needs_attention() {
    let mut scene = Scene::new(6_000);
    scene.fire(ERRORS, 0..9, Level::Critical);
    scene.wait(600);
    scene.fire(THROTTLES, 20..48, Level::Warning);
    scene.wait(240);
    assert_eq!(verdict(&scene.view()), "37 of 6,000 accounts need attention. 2 rules firing, newest 4 min ago.");
    scene.wait(120);
    scene.speak(14..6_000);
    assert_eq!(
        verdict(&scene.view()),
        "37 of 6,000 accounts need attention, 14 are silent. 2 rules firing, newest 6 min ago."
    );
    let _id = scene.silence("rule=~\"Throttles|ApiErrors\"");
    assert_eq!(
        verdict(&scene.view()),
        "All quiet, 14 are silent, 37 are silenced. 3 rules evaluated 1 s ago over 6,000 accounts."
    );
}

#[test]
fn what_is_late_is_not_called_quiet_and_nobody_is_live() {
    let mut scene = Scene::new(3);
    assert_eq!(verdict(&scene.view()), "All quiet. 3 rules evaluated 1 s ago over 3 accounts.");
    scene.behind = Duration::from_secs(420);
    let message = "Data is 7 min late on 3 of 48 shards: 3 accounts may be out of date.".to_owned();
    scene.troubles = vec![Trouble { code: "late".into(), blind: true, message, link: "pipeline".into() }];
    let view = scene.view();
    assert_eq!(
        verdict(&view),
        "Data is 7 min late on 3 of 48 shards: 3 accounts may be out of date. As far as it was seen, until 07:53:00 UTC: \
         nothing fires. 3 rules evaluated 7 min ago over 3 accounts."
    );
    assert_eq!(view.cells().fresh, [Freshness::Late; 3]);
    let seen = view.scoped(&Scope::Tenants(["tenant-0".to_owned()].into()));
    assert_eq!(seen.troubles[0].message, "Data is late: this may be out of date.");
}

#[test]
fn a_group_is_new_grows_shrinks_and_is_steady() {
    let mut scene = Scene::new(100);
    let trend = |scene: &mut Scene| by_rule(&scene.view())[0].trend;
    let _first = scene.view();
    scene.fire(ERRORS, 0..5, Level::Warning);
    assert_eq!(trend(&mut scene), Trend::New);
    for _ in 0..5 {
        scene.wait(300);
        let _sampled = scene.view();
    }
    assert_eq!(trend(&mut scene), Trend::Steady);
    scene.fire(ERRORS, 5..9, Level::Warning);
    assert_eq!(trend(&mut scene), Trend::Growing);
    scene.resolve(ERRORS, 2..9);
    assert_eq!(trend(&mut scene), Trend::Shrinking);
    let told = |flapping| incident::Told { incident: "ApiErrors".into(), to: None, notified: None, flapping };
    scene.told = scene.looks[ERRORS].iter().map(|look| (look.alert, told(true))).collect();
    assert_eq!(trend(&mut scene), Trend::Flapping);
    let group = &by_rule(&scene.view())[0];
    assert_eq!((group.incident.as_deref(), group.accounts), (Some("ApiErrors"), 2));
    assert_eq!(group.spark.iter().max(), Some(&5));
    assert!(group.spark.len() >= 2, "{:?}", group.spark);
}

#[test]
fn after_a_start_a_trend_goes_by_when_alerts_began() {
    let mut scene = Scene::new(100);
    scene.fire(ERRORS, 0..5, Level::Warning);
    scene.wait(3_600);
    let old = &by_rule(&scene.view())[0];
    assert_eq!((old.trend, old.first.0, old.last.0), (Trend::Steady, START, START));
}

#[test]
fn a_group_says_what_its_accounts_have_in_common_and_share() {
    let mut scene = Scene::new(600);
    scene.fire(ERRORS, (0..600).step_by(6), Level::Warning);
    let view = scene.view();
    let group = &by_rule(&view)[0];
    let common: Vec<_> = group.common.iter().map(|it| (&*it.name, &*it.value, it.share, it.accounts)).collect();
    assert_eq!(common, [("ring", "ring-0", 1.0, 100), ("region", "eu-west-1", 1.0, 100)]);
    assert_eq!(group.shared, [("region".into(), "eu-west-1".into()), ("ring".into(), "ring-0".into())].into());
    assert_eq!(group.summary.as_deref(), Some("654 errors of tenant-198 on 100 accounts"));
    let set = Set { rule: Some("ApiErrors".into()), ..Set::default() };
    assert_eq!(view.common(&set).accounts, 100);
    assert_eq!(view.common(&set).items[0].value, "ring-0");
    let ids = (0..600).step_by(3).map(|n| account(n).to_string()).collect();
    let of_ring = view.common(&Set { ids, ..Set::default() });
    assert_eq!((of_ring.accounts, &*of_ring.items[0].value, of_ring.items[0].lift), (200, "ring-0", 3.0));
}

#[test]
fn groups_are_also_of_tenants_and_labels() {
    let mut scene = Scene::new(9);
    scene.fire(ERRORS, [0, 1, 3], Level::Warning);
    scene.fire(THROTTLES, [1], Level::Critical);
    let view = scene.view();
    let shown = |by| {
        let all = groups(&view, by, Wanted::default());
        all.into_iter().map(|group| (group.key, group.accounts, group.alerts, group.spark)).collect::<Vec<_>>()
    };
    let row = |key: &str, accounts, alerts| (key.to_owned(), accounts, alerts, vec![accounts]);
    assert_eq!(shown(By::Tenant), [row("tenant-0", 2, 3), row("tenant-1", 1, 1)]);
    assert_eq!(shown(By::Label("ring".into())), [row("ring-1", 1, 2), row("ring-0", 2, 2)]);
    assert_eq!(shown(By::Rule), [row("Throttles", 1, 1), row("ApiErrors", 3, 3)]);
}

#[test]
fn lists_say_what_they_hide() {
    let mut scene = Scene::new(10);
    scene.fire(ERRORS, 0..4, Level::Critical);
    scene.fire(THROTTLES, 4..6, Level::Warning);
    let _id = scene.silence("rule=Throttles");
    let view = scene.view();
    let wanted = Wanted::new(["critical"], typed("")).unwrap();
    let part = view.alerts(&AlertQuery { wanted: wanted.clone(), limit: 2, ..AlertQuery::default() });
    assert_eq!((part.items.len(), part.total), (2, 4));
    assert_eq!(part.notices, ["2 alerts silenced are not shown."]);
    assert_eq!(groups(&view, By::Rule, wanted).len(), 1);
    let silenced = Wanted::new(["silenced"], typed("")).unwrap();
    assert_eq!(view.alerts(&AlertQuery { wanted: silenced, limit: ALL, ..AlertQuery::default() }).total, 2);
    assert_eq!(Wanted::new(["loud"], typed("")).unwrap_err(), "loud");
    let filter = typed("tier=gold");
    let accounts = view.accounts(&AccountQuery { filter, limit: ALL, ..AccountQuery::default() });
    assert_eq!(accounts.items.iter().map(|row| &*row.id).collect::<Vec<_>>(), [account(0).as_str()]);
    let critical =
        AccountQuery { states: vec![State::Critical], sort: Sort::Worst, limit: 1, ..AccountQuery::default() };
    let critical = view.accounts(&critical);
    assert_eq!((critical.total, critical.notices), (4, vec!["6 accounts in other states are not shown.".to_owned()]));
}

#[test]
fn an_account_shows_its_alerts_quotas_cost_and_links() {
    let mut scene = Scene::new(30);
    scene.fire(ERRORS, [7], Level::Critical);
    let of = |n: usize, value| Measured {
        group: Group { account: Some(account(n)), rest: ["eu-west-1".into()].into() },
        value,
    };
    scene.measured = vec![of(6, 0.2), of(7, 0.87)];
    let view = scene.view();
    let links = BTreeMap::from([
        ("console".to_owned(), "https://aws.example/?a={account_id}&t={tenant}".to_owned()),
        ("bad".to_owned(), "javascript:1".to_owned()),
    ]);
    let rates = crate::config::page::Rates { per_gigabyte: Some(0.3), ..Default::default() };
    let price = crate::config::page::Price { rates, currency: "USD".into(), regions: BTreeMap::new() };
    let shown = view.account(account(7), Told { price: Some(&price), ..told(&links) }).unwrap();
    assert_eq!((shown.row.state, shown.alerts.len(), shown.rules_ok), (State::Critical, 1, 2));
    assert_eq!(shown.alerts[0].summary.as_deref(), Some("67 errors of tenant-2 on 1 accounts"));
    assert_eq!(shown.alerts[0].runbook, Some(format!("https://r.example/{}", account(7))));
    assert_eq!(shown.links, [("console".into(), format!("https://aws.example/?a={}&t=tenant-2", account(7)))].into());
    let quota = &shown.quotas[0];
    assert_eq!(
        (&*quota.name, quota.share, &*quota.value_text, &*quota.threshold_text),
        ("Lambda concurrency in eu-west-1", 0.87, "87%", "80%")
    );
    assert!((shown.share_of_fleet - 1.0 / 30.0).abs() < 1e-9);
    assert_eq!(shown.cost.unwrap().currency, "USD");
    let state = view.fleet_state(None, None, Some(Metric::Quota));
    assert_eq!(state.metric.unwrap()[6..8], [Some(0.2), Some(0.87)]);
}

#[test]
fn an_account_that_is_not_there_has_some_that_are_near() {
    let view = Scene::new(50).view();
    let id = account(7).to_string();
    let wrong = format!("{}{}", &id[..11], if id.ends_with('0') { '1' } else { '0' });
    assert_eq!(view.closest(&wrong)[0], account(7));
    assert_eq!(view.closest(&format!("{}-{}", &id[4..8], &id[8..])), [account(7)]);
    assert_eq!(view.closest("Tenant-3"), [9, 10, 11].map(account));
    assert_eq!(view.closest("nobody"), []);
    assert!(view.account(AccountId::parse("999999999999").unwrap(), told(&BTreeMap::new())).is_none());
}

#[test]
fn accounts_that_only_speak_and_closed_ones_are_of_the_fleet() {
    let mut scene = Scene::new(5);
    scene.speak([7]);
    let closed = |n: usize| crate::tenant::Entry { state: Lifecycle::Closed, ..entry(n) };
    let entries = (0..5).map(|n| if n == 1 { closed(n) } else { entry(n) });
    scene.directory = Arc::new(Directory::new(entries, "tenant.id", &[]));
    let view = scene.view();
    let summary = view.summary(Vec::new());
    assert_eq!((summary.accounts, summary.unknown, summary.freshness.suspended), (6, 1, 1));
    let unknown = view.accounts(&AccountQuery { known: Some(false), limit: ALL, ..AccountQuery::default() });
    assert_eq!((&*unknown.items[0].tenant, unknown.total), ("unassigned", 1));
    assert_eq!(view.account(account(1), told(&BTreeMap::new())).unwrap().lifecycle.as_deref(), Some("CLOSED"));
}

#[test]
fn six_thousand_accounts_and_forty_rules_are_counted_right() {
    let mut scene = Scene::new(6_000);
    let yaml: String = (0..40)
        .map(|n| format!("  - {{alert: R{n}, kind: threshold, from: logs, value: count(), window: 5m, critical: '>= 50', notify: {{critical: page}}}}\n"))
        .collect();
    let (rules, problems) = crate::rule::read::read(&[("r.yaml", &format!("version: 1\nrules:\n{yaml}"))]);
    assert_eq!((rules.rules.len(), problems.len()), (40, 0));
    scene.rules = Arc::new(rules);
    scene.looks = vec![Vec::new(); 40];
    let mut random = fastrand::Rng::with_seed(7);
    let mut worst: BTreeMap<usize, Level> = BTreeMap::new();
    let mut of_rule: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 40];
    for _ in 0..2_000 {
        let (rule, n) = (random.usize(..40), random.usize(..6_000));
        let level = if random.bool() { Level::Critical } else { Level::Warning };
        if of_rule[rule].insert(n) {
            let mut look = {
                scene.fire(ERRORS, [n], level);
                scene.looks[ERRORS].pop().unwrap()
            };
            look.name = format!("R{rule}").into();
            look.alert = look.group.alert(&look.name);
            scene.looks[rule].push(look);
            let is = worst.entry(n).or_insert(level);
            *is = level.max(*is);
        }
    }
    let view = scene.view();
    let critical = worst.values().filter(|level| **level == Level::Critical).count();
    let summary = view.summary(Vec::new());
    assert_eq!(summary.states.critical as usize, critical);
    assert_eq!(summary.states.warning as usize, worst.len() - critical);
    assert_eq!(summary.needs_attention as usize, worst.len());
    for group in by_rule(&view) {
        let rule: usize = group.key[1..].parse().unwrap();
        assert_eq!(group.accounts as usize, of_rule[rule].len(), "{}", group.key);
    }
    let state = view.fleet_state(None, Some("R3"), None).state.unwrap();
    assert_eq!(state.bytes().filter(|state| *state != b'0').count(), of_rule[3].len());
    for n in of_rule[3].iter().take(20) {
        let shown = view.account(account(*n), told(&BTreeMap::new())).unwrap();
        assert_eq!(shown.alerts.len(), of_rule.iter().filter(|of| of.contains(n)).count());
    }
}

/// What may happen to a fleet.
#[derive(Clone, Debug)]
enum Step {
    Fire(usize, usize, bool),
    Resolve(usize, usize),
    Silence(usize),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_usize, 0..30_usize, any::<bool>()).prop_map(|(rule, n, critical)| Step::Fire(rule, n, critical)),
        2 => (0..3_usize, 0..30_usize).prop_map(|(rule, n)| Step::Resolve(rule, n)),
        1 => (0..10_usize).prop_map(Step::Silence),
        1 => (1..1_200_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..40)
}

fn play(scene: &mut Scene, step: &Step) {
    match step {
        Step::Fire(rule, n, critical) => {
            scene.fire(*rule, [*n], if *critical { Level::Critical } else { Level::Warning });
        }
        Step::Resolve(rule, n) => scene.resolve(*rule, [*n]),
        Step::Silence(tenant) => drop(scene.silence(&format!("tenant=tenant-{tenant}"))),
        Step::Wait(seconds) => scene.wait(*seconds),
    }
}

/// All that a view can answer, as text.
fn answers(view: &View) -> String {
    fn json<T: serde::Serialize>(value: &T) -> String {
        serde_json::to_string(value).unwrap()
    }
    let links = BTreeMap::from([("x".to_owned(), "https://x.example/{account_id}/{tenant}".to_owned())]);
    let mut all = vec![
        json(&view.summary(Vec::new())),
        json(&view.base().columns()),
        json(&view.fleet_state(None, None, Some(Metric::Cost))),
        json(&view.fleet_state(None, Some("ApiErrors"), Some(Metric::Quota))),
        json(&view.common(&Set { states: vec![State::Ok, State::Critical], ..Set::default() })),
        json(&view.common(&Set { ids: (0..30).map(|n| account(n).to_string()).collect(), ..Set::default() })),
        json(&view.alerts(&AlertQuery { limit: ALL, ..AlertQuery::default() }).items),
        json(&view.accounts(&AccountQuery { limit: ALL, ..AccountQuery::default() }).items),
        format!("{:?}", view.closest("1000")),
        format!("{:?}", view.closest("tenant")),
    ];
    for by in [By::Rule, By::Tenant, By::Label("region".into()), By::Label("tenant".into())] {
        all.push(json(&groups(view, by, Wanted::default())));
    }
    all.extend((0..30).filter_map(|n| Some(json(&view.account(account(n), told(&links))?))));
    all.join("\n")
}

fn apply(old: &FleetState, delta: &FleetState) -> [String; 4] {
    let columns = [&old.state, &old.fresh, &old.mark, &old.firing];
    let mut columns: Vec<Vec<char>> = columns.iter().map(|column| column.as_ref().unwrap().chars().collect()).collect();
    for (place, text) in delta.d.as_ref().unwrap() {
        for (column, letter) in columns.iter_mut().zip(text.chars()) {
            column[*place as usize] = letter;
        }
    }
    let text = |index: usize| columns[index].iter().collect();
    [text(0), text(1), text(2), text(3)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_scoped_view_tells_nothing_of_other_tenants(steps in steps(), own in 0..10_usize) {
        let mut scene = Scene::new(30);
        scene.speak([40]);
        scene.measured = (0..30)
            .map(|n| Measured { group: Group { account: Some(account(n)), rest: ["eu-west-1".into()].into() }, value: 0.5 })
            .collect();
        for step in &steps {
            play(&mut scene, step);
            let _sampled = scene.view();
        }
        let view = scene.view();
        let mine = format!("tenant-{own}");
        let scoped = view.scoped(&Scope::Tenants([mine.clone()].into()));
        let text = answers(&scoped);
        for other in (0..10).filter(|other| *other != own) {
            prop_assert!(!text.contains(&format!("tenant-{other}\"")), "tenant-{} in {}", other, text);
        }
        for n in (0..30).chain([40]).filter(|n| n / 3 != own) {
            prop_assert!(!text.contains(account(n).as_str()), "account {} in {}", n, text);
            prop_assert!(!text.contains(&format!("Name {n}\"")), "name {}", n);
        }
        prop_assert!(text.contains(&mine));
        prop_assert_eq!(scoped.summary(Vec::new()).accounts, 3);
        let unchanged = view.past().scoped(&Scope::Tenants([mine].into()));
        prop_assert_eq!(scoped.fleet_state(Some(&unchanged), None, None).d, Some(vec![]));
    }

    #[test]
    fn what_changed_makes_of_what_was_what_is(before in steps(), after in steps()) {
        let mut scene = Scene::new(30);
        before.iter().for_each(|step| play(&mut scene, step));
        let old = scene.view();
        after.iter().for_each(|step| play(&mut scene, step));
        let new = scene.view();
        for scope in [Scope::Fleet, Scope::Tenants(["tenant-2".to_owned(), "tenant-4".to_owned()].into())] {
            let (old_view, new_view, past) = (old.scoped(&scope), new.scoped(&scope), old.past().scoped(&scope));
            let delta = new_view.fleet_state(Some(&past), None, None);
            let (was, is) = (old_view.fleet_state(None, None, None), new_view.fleet_state(None, None, None));
            let expected = [is.state, is.fresh, is.mark, is.firing].map(Option::unwrap);
            prop_assert_eq!(apply(&was, &delta), expected);
        }
    }

    #[test]
    fn counts_add_up(steps in steps()) {
        let mut scene = Scene::new(30);
        steps.iter().for_each(|step| play(&mut scene, step));
        let view = scene.view();
        let summary = view.summary(Vec::new());
        let states = summary.states;
        let all = states.critical + states.warning + states.error + states.no_data + states.pending + states.ok;
        let fresh = summary.freshness;
        prop_assert_eq!(all, 30);
        prop_assert_eq!(fresh.live + fresh.late + fresh.silent + fresh.new + fresh.suspended, 30);
        let alerts: u32 = by_rule(&view).iter().map(|group| group.alerts).sum();
        prop_assert_eq!(alerts as usize, view.items().len());
        for state in [State::Critical, State::Warning, State::NoData, State::Ok] {
            let query = AccountQuery { states: vec![state], limit: ALL, ..AccountQuery::default() };
            let listed = view.accounts(&query);
            let counted = match state {
                State::Critical => states.critical,
                State::Warning => states.warning,
                State::NoData => states.no_data,
                State::Ok | State::Pending | State::Error => states.ok,
            };
            prop_assert_eq!(listed.total, counted as usize);
        }
    }
}
