//! A fleet, a few rules and a pretended clock for the tests of incidents.

use std::ops::Range;
use std::time::Duration;

use super::{Incidents, Kind, Notification, Settings, State, Status};
use crate::evaluator::{Reason, State as AlertState, Tick, Transition};
use crate::id::AccountId;
use crate::predicate::field::Field;
use crate::rule::{
    Annotations, Arithmetic, Fleet, From, Hold, Incident, Kind as RuleKind, Level, Measure, NoData, Notify, Rule,
    RulePlace, RuleSet, Settings as RuleSettings, Unit,
};
use crate::sample::Group;
use crate::tenant::{Directory, Entry, State as AccountState};
use crate::time::Timestamp;

/// The account of that number.
pub(super) fn account(n: usize) -> AccountId {
    AccountId::parse(&format!("{n:012}")).unwrap()
}

/// Accounts 0 to `count`, each with a tenant of its own.
pub(super) fn directory(count: usize, change: impl Fn(usize, &mut Entry)) -> Directory {
    let entries = (0..count).map(|n| {
        let mut entry = Entry {
            account: account(n),
            tenant: format!("tenant-{n}"),
            name: None,
            tier: None,
            region: None,
            ou_path: None,
            state: AccountState::Active,
            created: None,
            labels: std::collections::BTreeMap::new(),
        };
        change(n, &mut entry);
        entry
    });
    Directory::new(entries, "tenant.id", &[])
}

/// A rule that pages when it is critical and writes a ticket when it warns.
pub(super) fn rule(name: &str) -> Rule {
    let measure = Measure { terms: Vec::new(), value: Arithmetic::Number(0.0), when: None, min_samples: 0 };
    Rule {
        name: name.into(),
        place: RulePlace::default(),
        from: Some(From::Logs),
        matches: None,
        kind: RuleKind::Threshold(measure),
        group_by: vec![Field::Account],
        scope: None,
        groups_from_directory: false,
        every: Duration::from_secs(60),
        window: Duration::from_secs(300),
        delay: Duration::from_secs(60),
        new_group_delay: Duration::ZERO,
        resolve_after: Duration::from_secs(86_400),
        max_alert_age: Duration::from_secs(3_600),
        max_groups: 50_000,
        exact: false,
        settings: RuleSettings {
            enabled: true,
            critical: None,
            warning: None,
            recover_critical: None,
            recover_warning: None,
            hold: Hold::For(Duration::ZERO),
            keep_firing_for: Duration::ZERO,
            no_data: NoData::Keep,
            min_total: 0.0,
            timeout: Duration::ZERO,
            notify: Notify { critical: Some("page".into()), warning: Some("ticket".into()), route: None },
        },
        overrides: Vec::new(),
        labels: vec![("team".into(), "platform".into())],
        annotations: Annotations { samples: 3, ..Annotations::default() },
        incident: Incident::default(),
        inhibited_by: Vec::new(),
    }
}

/// A rule over regions that inhibits another.
pub(super) fn fleet_rule(name: &str, inhibits: &str) -> Rule {
    let fleet = Fleet {
        of: inhibits.into(),
        pending_counts: false,
        share: true,
        registered: false,
        min_population: 1,
        inhibits: vec![inhibits.into()],
    };
    Rule { kind: RuleKind::Fleet(fleet), group_by: vec![Field::Region], ..rule(name) }
}

/// A rule of single events, told apart by a field.
pub(super) fn event_rule(name: &str) -> Rule {
    let kind = RuleKind::Event {
        level: Level::Critical,
        dedup_by: vec![Field::Account, Field::Attribute("user.ip".into())],
        dedup_for: Duration::from_secs(3_600),
    };
    Rule { kind, ..rule(name) }
}

/// Incidents with a clock. What is told is noted as `<second> <to> <incident> <kind> <cause> <status> <level> <accounts>`.
pub(super) struct Harness {
    pub(super) rules: RuleSet,
    pub(super) directory: Directory,
    pub(super) incidents: Incidents,
    pub(super) now: u64,
    pub(super) evaluated: u32,
    pub(super) catching_up: bool,
    pub(super) told: Vec<(u64, Notification)>,
    /// After each step the state goes through a snapshot.
    pub(super) restarts: bool,
    taken: usize,
}

impl Harness {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        let tiers =
            |n: usize, entry: &mut Entry| entry.tier = Some(if n.is_multiple_of(2) { "gold" } else { "free" }.into());
        Self {
            rules: RuleSet { rules },
            directory: directory(6_000, tiers),
            incidents: Incidents::new(Settings::default()),
            now: 0,
            evaluated: 1_000,
            catching_up: false,
            told: Vec::new(),
            restarts: false,
            taken: 0,
        }
    }

    /// Lets time pass, and does what is due on the way.
    pub(super) fn wait_until(&mut self, second: u64) {
        for _ in 0..100_000 {
            let Some(due) = self.incidents.poll_timeout().filter(|due| *due <= time(second)) else {
                self.now = second;
                return;
            };
            self.now = self.now.max(due.since(time(0)).as_millis().div_ceil(1_000).try_into().unwrap());
            self.incidents.handle_timeout(&self.rules, &self.directory, time(self.now));
            self.take();
        }
        panic!("a timeout that does not pass");
    }

    /// Evaluates ticks with these transitions now, one tick for each rule.
    pub(super) fn tick(&mut self, transitions: &[Transition]) {
        let at = time(self.now);
        let ticks: Vec<Tick> = (self.rules.rules.iter().enumerate())
            .map(|(rule, of)| Tick {
                rule,
                at,
                late: self.catching_up,
                outcomes: [0; 8],
                evaluated: self.evaluated,
                transitions: transitions.iter().filter(|t| t.rule.starts_with(&*of.name)).cloned().collect(),
            })
            .collect();
        self.incidents.ticked(&ticks, &self.rules, &self.directory, at, self.catching_up);
        self.take();
    }

    pub(super) fn fire(&mut self, rule: &str, accounts: Range<usize>) {
        self.change(rule, accounts, AlertState::Inactive, AlertState::Firing, Level::Critical);
    }

    pub(super) fn warn(&mut self, rule: &str, accounts: Range<usize>) {
        self.change(rule, accounts, AlertState::Inactive, AlertState::Firing, Level::Warning);
    }

    /// A firing alert has another level now.
    pub(super) fn level(&mut self, rule: &str, accounts: Range<usize>, level: Level) {
        self.change(rule, accounts, AlertState::Firing, AlertState::Firing, level);
    }

    pub(super) fn resolve(&mut self, rule: &str, accounts: Range<usize>) {
        self.change(rule, accounts, AlertState::Firing, AlertState::Inactive, Level::Critical);
    }

    fn change(&mut self, rule: &str, accounts: Range<usize>, from: AlertState, to: AlertState, level: Level) {
        let now = self.now;
        let all: Vec<_> = accounts.map(|n| transition(rule, Some(n), &[], from, to, level, now)).collect();
        self.tick(&all);
    }

    /// What was told since this was asked last.
    pub(super) fn told(&mut self) -> Vec<String> {
        let told = self.told[self.taken..].iter().map(|(second, notification)| text(*second, notification)).collect();
        self.taken = self.told.len();
        told
    }

    /// The notification that was told last.
    pub(super) fn last(&self) -> &Notification {
        &self.told.last().expect("something was told").1
    }

    pub(super) fn take(&mut self) {
        if self.restarts {
            self.restart();
        }
        while let Some(notification) = self.incidents.poll_notification() {
            self.told.push((self.now, notification));
            if self.restarts {
                self.restart();
            }
        }
    }

    fn restart(&mut self) {
        let bytes = postcard::to_stdvec(self.incidents.state()).unwrap();
        let state: State = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(&state, self.incidents.state());
        self.incidents = Incidents::restore(Settings::default(), state);
    }
}

pub(super) fn time(second: u64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 / 86_400 * 86_400 + second)
}

/// A transition of the alert of an account, with further values of its group.
pub(super) fn transition(
    rule: &str,
    of: Option<usize>,
    rest: &[&str],
    from: AlertState,
    to: AlertState,
    level: Level,
    second: u64,
) -> Transition {
    let alert = xxhash_rust::xxh3::xxh3_64(format!("{rule} {of:?} {rest:?}").as_bytes());
    Transition {
        alert,
        id: alert.wrapping_add(second).wrapping_add(1),
        rule: rule.into(),
        rule_idx: Some(0),
        group: Group { account: of.map(account), rest: rest.iter().map(|value| (*value).into()).collect() },
        episode: 1,
        at: time(second),
        from,
        to,
        level,
        level_before: None,
        value: Some(20.0),
        threshold: Some(10.0),
        unit: Unit::Number,
        since: time(second),
        reason: Reason::Value,
        late: false,
        lines: Vec::new(),
        spread: 0,
    }
}

fn text(second: u64, told: &Notification) -> String {
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let (kind, cause, level) = (word(&told.kind), word(&told.cause), word(&told.level));
    let status = if told.status == Status::Firing { "firing" } else { "resolved" };
    // Fingerprints are for machines: the account says the same.
    let incident = match (told.kind, told.alerts.first().and_then(|alert| alert.account)) {
        (Kind::Individual, Some(account)) => {
            let (key, _) = told.incident.rsplit_once('/').expect("the key of one alert ends in its fingerprint");
            let number: u64 = account.as_str().parse().expect("an account is a number");
            format!("{key}/{number}")
        }
        (Kind::Individual | Kind::List | Kind::Fleet | Kind::Digest | Kind::Heartbeat, _) => told.incident.to_string(),
    };
    let late = if told.late { " late" } else { "" };
    let flapping = if told.flapping { " flapping" } else { "" };
    format!("{second} {} {incident} {kind} {cause} {status} {level} {}{late}{flapping}", told.to, told.accounts)
}
