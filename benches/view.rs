//! The picture of the fleet: what it costs to make one, and what its answers cost.
//!
//! `cargo bench --no-default-features --bench view` prints all of it: medians, for 6,000 accounts, 40 rules and as many alerts as it says.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fanin::api::fleet::FirstSteps;
use fanin::evaluator::{Look, State};
use fanin::id::{AccountId, Region};
use fanin::incident::silence::{Matcher, Silence};
use fanin::incident::{Incidents, Quiet, Settings};
use fanin::rule::{Level, RuleSet, Unit};
use fanin::sample::Group;
use fanin::tenant::{Directory, Entry, State as Lifecycle};
use fanin::time::Timestamp;
use fanin::view::accounts::AccountQuery;
use fanin::view::alerts::{AlertQuery, Wanted};
use fanin::view::filter::Filter;
use fanin::view::groups::{By, GroupQuery};
use fanin::view::maker::{Input, Maker, OfRule};
use fanin::view::scope::Scope;
use fanin::view::{Figures, View};

const ACCOUNTS: usize = 6_000;
const RULES: usize = 40;
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ROUNDS: usize = 21;

fn main() {
    for alerts in [60, 6_000, 60_000] {
        println!("{alerts} alerts");
        run(alerts);
    }
}

fn run(alerts: usize) {
    let mut fleet = Fleet::new(alerts);
    let mut maker = Maker::new(START);
    let (_, first) = timed(|| maker.make(fleet.input(0)));
    told("first view", first);
    median("view, nothing changed", |round| {
        let input = fleet.input(round);
        timed(|| maker.make(input)).1
    });
    median("view, one rule changed", |round| {
        fleet.change(round);
        let input = fleet.input(round);
        timed(|| maker.make(input)).1
    });
    fleet.quiet = quiet();
    median("view, a silence begins or ends", |round| {
        let mut input = fleet.input(round);
        if round % 2 == 0 {
            input.quiet = Quiet::default();
        }
        timed(|| maker.make(input)).1
    });
    // A spark of six hours.
    for sample in 0..75 {
        let mut input = fleet.input(0);
        input.now = START.plus(Duration::from_secs(300 * sample));
        let _ = maker.make(input);
    }
    answers(&maker.make(fleet.input(0)));
}

fn answers(view: &View) {
    median("fleet/state, full, as JSON", |_| timed(|| serde_json::to_vec(&view.fleet_state(None, None, None))).1);
    let past = view.past();
    median("fleet/state, since", |_| timed(|| serde_json::to_vec(&view.fleet_state(Some(&past), None, None))).1);
    median("fleet/directory, as JSON", |_| timed(|| serde_json::to_vec(&view.base().columns())).1);
    median("fleet/summary", |_| timed(|| view.summary(Vec::new())).1);
    for by in [By::Rule, By::Tenant, By::Label("region".into())] {
        let query = GroupQuery { by: by.clone(), wanted: Wanted::default(), skip: 0, limit: 50 };
        median(&format!("alerts/groups by {by:?}, as JSON"), |_| {
            timed(|| serde_json::to_vec(&view.groups(&query).items)).1
        });
    }
    let filter = || Filter::parse("tenant-7 rule=~Rule tier=gold").unwrap_or_default();
    let query =
        AlertQuery { wanted: Wanted { filter: filter(), ..Wanted::default() }, limit: 50, ..AlertQuery::default() };
    median("alerts, filtered", |_| timed(|| view.alerts(&query)).1);
    let query = AccountQuery { filter: filter(), limit: 50, ..AccountQuery::default() };
    median("accounts, filtered", |_| timed(|| view.accounts(&query)).1);
    let scope = Scope::Tenants(["tenant-7".to_owned(), "tenant-8".to_owned()].into());
    median("view of two tenants", |_| timed(|| view.scoped(&scope)).1);
}

/// What there is to look at.
struct Fleet {
    directory: Arc<Directory>,
    rules: Arc<RuleSet>,
    of_rules: Vec<Arc<OfRule>>,
    heard: Arc<[(AccountId, Figures)]>,
    quiet: Quiet,
}

impl Fleet {
    fn new(alerts: usize) -> Self {
        let text: String = (0..RULES).map(|index| format!("  - {{alert: Rule{index}, kind: threshold, from: logs, value: count(), window: 5m, critical: '>= 50', notify: {{critical: page}}, annotations: {{summary: '{{{{ value }}}} of {{{{ tenant }}}}'}}}}\n")).collect();
        let (rules, problems) = fanin::rule::read::read(&[("rules.yaml", &format!("version: 1\nrules:\n{text}"))]);
        assert_eq!(rules.rules.len(), RULES, "{problems:?}");
        let heard = (0..ACCOUNTS).map(|index| (account(index), Figures { seen: Some(START), ..Figures::default() }));
        let mut of_rules = vec![OfRule::default(); RULES];
        for n in 0..alerts {
            of_rules[n % RULES].looks.push(look(n % RULES, n / RULES, START));
        }
        Self {
            directory: Arc::new(Directory::new((0..ACCOUNTS).map(entry), "tenant.id", &[])),
            rules: Arc::new(rules),
            of_rules: of_rules.into_iter().map(Arc::new).collect(),
            heard: heard.collect(),
            quiet: Quiet::default(),
        }
    }

    /// All values of a rule are others.
    fn change(&mut self, round: usize) {
        let mut of = OfRule::clone(&self.of_rules[0]);
        of.looks.iter_mut().for_each(|look| look.value = Some(round as f64));
        self.of_rules[0] = Arc::new(of);
    }

    fn input(&self, round: usize) -> Input {
        Input {
            now: START.plus(Duration::from_millis(500 * round as u64)),
            reached: START.plus(Duration::from_millis(500 * round as u64)),
            directory: Arc::clone(&self.directory),
            rules: Arc::clone(&self.rules),
            of_rules: self.of_rules.clone(),
            told: Arc::default(),
            quiet: self.quiet.clone(),
            heard: Arc::clone(&self.heard),
            troubles: Vec::new(),
            first_steps: FirstSteps::default(),
            last_resolved: None,
            silent_after: Duration::from_mins(15),
        }
    }
}

fn look(rule: usize, index: usize, at: Timestamp) -> Look {
    let name = format!("Rule{rule}");
    let group = Group { account: Some(account(index * 4 % ACCOUNTS + index * 4 / ACCOUNTS)), rest: Box::default() };
    Look {
        alert: group.alert(&name),
        name: name.into(),
        group,
        state: State::Firing,
        level: if index.is_multiple_of(5) { Level::Critical } else { Level::Warning },
        value: Some(index as f64),
        threshold: Some(50.0),
        unit: Unit::Number,
        since: at,
        fired: Some(at),
        episode: 1,
    }
}

fn quiet() -> Quiet {
    let mut incidents = Incidents::new(Settings::default());
    let silence = Silence {
        id: "".into(),
        matchers: vec![Matcher::equal("rule", "Rule3")],
        starts: START,
        ends: START.plus(Duration::from_secs(86_400)),
        created_by: "jb".into(),
        comment: "".into(),
        ack: false,
    };
    assert!(incidents.add_silence(silence, START).is_ok());
    incidents.quiet(START)
}

fn account(index: usize) -> AccountId {
    AccountId::parse(&format!("{:012}", 100_000_000_000 + index * 7_919)).expect("it has 12 digits")
}

fn entry(index: usize) -> Entry {
    const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"];
    let labels = [("ring", index % 8), ("release", index % 5), ("cohort", index % 40)];
    Entry {
        account: account(index),
        tenant: format!("tenant-{}", index / 3),
        name: Some(format!("Tenant {index}")),
        tier: Some(if index.is_multiple_of(10) { "gold" } else { "silver" }.into()),
        region: Region::parse(REGIONS[index % 4]).ok(),
        ou_path: Some(format!("/prod/{}", index % 12)),
        state: Lifecycle::Active,
        created: None,
        labels: labels
            .into_iter()
            .map(|(name, value)| (name.to_owned(), format!("{name}-{value}")))
            .collect::<BTreeMap<_, _>>(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = black_box(run());
    (made, start.elapsed())
}

fn median(what: &str, mut run: impl FnMut(usize) -> Duration) {
    let mut times: Vec<Duration> = (0..ROUNDS).map(&mut run).collect();
    times.sort_unstable();
    told(what, times[ROUNDS / 2]);
}

fn told(what: &str, time: Duration) {
    println!("  {what}: {:.3} ms", time.as_secs_f64() * 1_000.0);
}
