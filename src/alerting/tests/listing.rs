//! Alerts that a rule has beside its own are listed under their own names.

use super::*;

fn listed(world: &World) -> Vec<(String, String, State, Level)> {
    let group = |group: &Group| group.account.map(|account| account.to_string()).unwrap_or_default();
    world.alerting.active().map(|it| (it.name.to_string(), group(it.group), it.state, it.level)).collect()
}

#[test]
fn an_alert_on_the_lack_of_data_is_listed_beside_that_of_the_rule() {
    let text = MANY.replace("value: count()", "value: sum(n)\n    no_data: {alert: warning, after: 2m}");
    let mut world = World::new(&text, 1);
    let fields = vec![("what", Field::Text("bad")), ("n", Field::Number(50))];
    world.send(&[Record { account: 0, at: s(30), fields }]);
    world.step(m(2));
    let whose = account(0).to_string();
    assert_eq!(listed(&world), [("Many".into(), whose.clone(), State::Firing, Level::Critical)]);
    world.run(m(3), m(12));
    assert_eq!(
        listed(&world),
        [
            ("Many".into(), whose.clone(), State::Firing, Level::Critical),
            ("Many:NoData".into(), whose, State::Firing, Level::Warning)
        ]
    );
    let evaluator = world.alerting.evaluator();
    assert_eq!(evaluator.standing_by_name("Many:NoData", &of(0)).unwrap().state, State::Firing);
    assert_eq!(evaluator.standing_by_name("Many", &of(0)).unwrap().state, State::Firing);
    assert_eq!(evaluator.standing_by_name("Many:FleetShift", &of(0)), None);
    assert_eq!(evaluator.standing_by_name("Nobody:NoData", &of(0)), None);
}

const NEW: &str = r#"
version: 1
rules:
  - alert: New
    kind: first_seen
    from: logs
    match: 'what == "new"'
    key: user
    scope: fleet
    learn: 1m
    lookback: 30d
    min_count: {count: 3, within: 10m}
    max_keys: 20
    level: warning
    new_group_delay: 0s
    annotations: {summary: "{{ key }} on {{ spread }} accounts"}
    notify: {warning: ticket}
"#;

fn new(account: usize, at: Timestamp, user: &'static str) -> Record {
    Record { account, at, fields: vec![("what", Field::Text("new")), ("user", Field::Text(user))] }
}

#[test]
fn a_new_key_is_told_with_the_number_of_its_accounts() {
    let mut world = World::new(NEW, 9);
    world.send(&[new(0, s(100), "ann"), new(3, s(101), "ann"), new(7, s(102), "ann"), new(7, s(103), "ann")]);
    // After the tick at 2 minutes: it does not count there, whenever it comes.
    world.send(&[new(8, s(125), "ann")]);
    world.run(m(1), m(6));
    let summaries: Vec<_> = world.told.iter().map(|(_, told)| told.annotations["summary"].to_string()).collect();
    assert_eq!(summaries, ["ann on 3 accounts"]);
    let spread: Vec<_> = world.transitions().map(|change| (change.to, change.spread)).collect();
    assert_eq!(spread, [(State::Firing, 3), (State::Inactive, 0)]);
}

#[test]
fn too_many_keys_are_listed_as_an_alert_of_their_own() {
    let mut world = World::new(NEW, 1);
    let users: Vec<&'static str> = (0..40).map(|number| &*format!("user{}", "x".repeat(number)).leak()).collect();
    world.send(&users.iter().map(|user| new(0, s(90), user)).collect::<Vec<_>>());
    world.step(m(3));
    assert_eq!(listed(&world), [("New:Overflow".into(), String::new(), State::Firing, Level::Warning)]);
}
