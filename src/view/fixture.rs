//! A fleet whose alerts, silences and traffic tests set as they like.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Figures;
use super::maker::{Input, Maker, OfRule};
use super::{View, filter::Filter};
use crate::api::fleet::{FirstSteps, Trouble};
use crate::evaluator::{Look, Measured, State};
use crate::id::{AccountId, Region};
use crate::incident::silence::{Matcher, Silence};
use crate::incident::{Incidents, Quiet, Settings, Told};
use crate::rule::read::read;
use crate::rule::{Level, RuleSet, Unit};
use crate::sample::Group;
use crate::tenant::{Directory, Entry, State as Lifecycle};
use crate::time::Timestamp;

/// When everything begins.
pub(super) const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

const RULES: &str = r#"version: 1
rules:
  - alert: ApiErrors
    kind: threshold
    from: logs
    value: count()
    window: 5m
    critical: ">= 50"
    warning: ">= 20"
    labels: {team: api}
    annotations: {summary: "{{ value }} errors of {{ tenant }} on {{ accounts }} accounts", runbook: "https://r.example/{{ account }}"}
    notify: {critical: page, warning: ticket}
  - alert: Throttles
    kind: threshold
    from: metrics
    group_by: [account, region]
    value: max(AWS/Lambda:ClaimedAccountConcurrency) / quota("lambda.concurrency", 1000)
    window: 5m
    warning: ">= 80%"
    notify: {warning: ticket}
  - alert: LogsSilent
    kind: absence
    from: logs
    groups: registry
    timeout: 30m
    level: warning
    notify: {warning: ticket}
"#;

/// Indexes of the rules.
pub(super) const ERRORS: usize = 0;
pub(super) const THROTTLES: usize = 1;
pub(super) const SILENT: usize = 2;

const NAMES: [&str; 3] = ["ApiErrors", "Throttles", "LogsSilent"];

/// The account of that number.
pub(super) fn account(n: usize) -> AccountId {
    AccountId::parse(&format!("{:012}", 100_000_000_000 + n * 7_919)).unwrap()
}

/// Three accounts for each tenant, of two regions and three rings.
pub(super) fn entry(n: usize) -> Entry {
    Entry {
        account: account(n),
        tenant: format!("tenant-{}", n / 3),
        name: Some(format!("Name {n}")),
        tier: Some(if n.is_multiple_of(10) { "gold" } else { "free" }.into()),
        region: Region::parse(if n.is_multiple_of(2) { "eu-west-1" } else { "us-east-1" }).ok(),
        ou_path: None,
        state: Lifecycle::Active,
        created: None,
        labels: BTreeMap::from([("ring".into(), format!("ring-{}", n % 3))]),
    }
}

/// The fleet.
pub(super) struct Scene {
    pub(super) now: Timestamp,
    pub(super) behind: Duration,
    pub(super) directory: Arc<Directory>,
    pub(super) rules: Arc<RuleSet>,
    pub(super) looks: Vec<Vec<Look>>,
    pub(super) measured: Vec<Measured>,
    pub(super) heard: BTreeMap<AccountId, Figures>,
    pub(super) told: BTreeMap<u64, Told>,
    pub(super) troubles: Vec<Trouble>,
    incidents: Incidents,
    maker: Maker,
}

impl Scene {
    /// So many accounts, all of which spoke a moment ago.
    pub(super) fn new(accounts: usize) -> Self {
        let (rules, problems) = read(&[("r.yaml", RULES)]);
        assert_eq!(problems, []);
        let directory = Directory::new((0..accounts).map(entry), "tenant.id", &[]);
        let mut scene = Self {
            now: START,
            behind: Duration::from_secs(1),
            directory: Arc::new(directory),
            looks: vec![Vec::new(); rules.rules.len()],
            rules: Arc::new(rules),
            measured: Vec::new(),
            heard: BTreeMap::new(),
            told: BTreeMap::new(),
            troubles: Vec::new(),
            incidents: Incidents::new(Settings::default()),
            maker: Maker::new(START),
        };
        scene.speak(0..accounts);
        scene
    }

    /// These accounts speak now.
    pub(super) fn speak(&mut self, accounts: impl IntoIterator<Item = usize>) {
        for n in accounts {
            let of = self.heard.entry(account(n)).or_default();
            of.first = of.first.or(Some(self.now));
            of.seen = Some(self.now);
            of.bytes_day += 1_000;
        }
    }

    /// An alert begins to fire, or changes its level.
    pub(super) fn fire(&mut self, rule: usize, accounts: impl IntoIterator<Item = usize>, level: Level) {
        accounts.into_iter().for_each(|n| self.alert(rule, n, State::Firing, level));
    }

    /// An alert is in some state.
    pub(super) fn alert(&mut self, rule: usize, n: usize, state: State, level: Level) {
        let rest = if rule == THROTTLES { vec!["eu-west-1".into()] } else { Vec::new() };
        let group = Group { account: Some(account(n)), rest: rest.into() };
        let alert = group.alert(NAMES[rule]);
        let known = self.looks[rule].iter().find(|look| look.alert == alert).map(|look| (look.since, look.fired));
        self.looks[rule].retain(|look| look.alert != alert);
        if state == State::Inactive {
            return;
        }
        let (since, fired) = known.unwrap_or((self.now, None));
        let fires = state != State::Pending;
        self.looks[rule].push(Look {
            name: NAMES[rule].into(),
            group,
            alert,
            state,
            level,
            value: Some(60.0 + n as f64),
            threshold: Some(50.0),
            unit: Unit::Number,
            since,
            fired: fires.then(|| fired.unwrap_or(self.now)),
            episode: 1,
        });
    }

    /// Nothing of a rule fires for these accounts.
    pub(super) fn resolve(&mut self, rule: usize, accounts: impl IntoIterator<Item = usize>) {
        accounts.into_iter().for_each(|n| self.alert(rule, n, State::Inactive, Level::Warning));
    }

    /// A silence with these matchers; its id.
    pub(super) fn silence(&mut self, matchers: &str) -> String {
        let silence = Silence {
            id: "".into(),
            matchers: Matcher::parse_all(matchers).unwrap(),
            starts: self.now,
            ends: self.now.plus(Duration::from_secs(86_400)),
            created_by: "jb".into(),
            comment: "".into(),
            ack: false,
        };
        self.incidents.add_silence(silence, self.now).unwrap().into()
    }

    /// Time passes.
    pub(super) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    /// The view of now.
    pub(super) fn view(&mut self) -> View {
        let of = |(index, looks): (usize, &Vec<Look>)| {
            let measured = if index == THROTTLES { self.measured.clone().into() } else { Arc::default() };
            Arc::new(OfRule { looks: looks.clone(), measured })
        };
        let input = Input {
            now: self.now,
            reached: self.now.minus(self.behind),
            directory: Arc::clone(&self.directory),
            rules: Arc::clone(&self.rules),
            of_rules: self.looks.iter().enumerate().map(of).collect(),
            told: Arc::new(self.told.clone()),
            quiet: self.quiet(),
            heard: self.heard.iter().map(|(id, figures)| (*id, *figures)).collect(),
            troubles: self.troubles.clone(),
            first_steps: FirstSteps { sources: true, received: true, decoded: true, known: true },
            last_resolved: None,
            silent_after: Duration::from_mins(15),
        };
        self.maker.make(input)
    }

    fn quiet(&self) -> Quiet {
        self.incidents.quiet(self.now)
    }
}

/// What someone typed.
pub(super) fn typed(text: &str) -> Filter {
    Filter::parse(text).unwrap()
}
