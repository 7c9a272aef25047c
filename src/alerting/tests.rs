//! Tests of alerting as a whole: rules as people write them, records as they come, and what people are told.

mod listing;
mod properties;
mod scenarios;

use std::time::Duration;

use bumpalo::Bump;

use super::*;
use crate::config::{FormatName, Route};
use crate::id::{AccountId, Region};
use crate::incident::{Kind, Status};
use crate::otlp::logs::Resource;
use crate::record::log::Log;
use crate::record::resource::producer;
use crate::record::value::{Attribute, Value};
use crate::rule::read::read;
use crate::sample::{LogSubject, Partials, Sampler};
use crate::tenant::{self, Entry};
use crate::time::parse_rfc3339;

/// Seconds after the start of a test.
fn s(seconds: u64) -> Timestamp {
    parse_rfc3339("2026-03-02T10:00:00Z").unwrap().0.plus(Duration::from_secs(seconds))
}

/// Minutes after the start of a test.
fn m(minutes: u64) -> Timestamp {
    s(60 * minutes)
}

fn account(number: usize) -> AccountId {
    AccountId::parse(&format!("{number:012}")).unwrap()
}

fn of(number: usize) -> Group {
    Group { account: Some(account(number)), rest: Box::default() }
}

/// Accounts that are old, from number 0 on.
fn fleet(accounts: usize) -> Directory {
    let routes: [Option<Route>; 0] = [];
    let entry = |number| Entry {
        account: account(number),
        tenant: format!("tenant-{number}"),
        name: None,
        tier: Some("silver".into()),
        region: Region::parse("eu-central-1").ok(),
        ou_path: None,
        state: tenant::State::Active,
        created: Some(parse_rfc3339("2024-01-01T00:00:00Z").unwrap().0),
        labels: [].into(),
    };
    Directory::new((0..accounts).map(entry), "tenant.id", &routes)
}

fn rules(text: &str) -> Arc<RuleSet> {
    let (rules, problems) = read(&[("rules.yaml", text)]);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, [""; 0]);
    Arc::new(rules)
}

/// A log record: whose, when, and what stands in it.
#[derive(Clone, Debug)]
struct Record {
    account: usize,
    at: Timestamp,
    fields: Vec<(&'static str, Field)>,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Text(&'static str),
    Number(i64),
}

fn record(account: usize, at: Timestamp, what: &'static str) -> Record {
    Record { account, at, fields: vec![("what", Field::Text(what))] }
}

/// Alerting with stage 1 before it, and all that came of it.
struct World {
    alerting: Alerting,
    sampler: Sampler,
    directory: Directory,
    ticks: Vec<Tick>,
    told: Vec<(Timestamp, Notification)>,
    messages: u64,
}

impl World {
    fn new(text: &str, accounts: usize) -> Self {
        let rules = rules(text);
        Self {
            sampler: Sampler::new(&rules),
            alerting: Alerting::new(rules, Settings::default(), s(0)),
            directory: fleet(accounts),
            ticks: Vec::new(),
            told: Vec::new(),
            messages: 0,
        }
    }

    /// What the rules take from a message of some records.
    fn message(&self, fingerprint: u64, arrived: Timestamp, records: &[Record]) -> Message {
        let mut partials = Partials::default();
        for record in records {
            let bump = Bump::new();
            let (log_group, log_stream, region) = ("/app", "s", Region::parse("eu-central-1").ok());
            let account = account(record.account);
            let (producer, tag) = (producer(log_group, log_stream), self.directory.tag(account));
            let resource = Resource { account, region, log_group, log_stream, file: "", producer, tag };
            let mut log = Log::new("something happened", arrived, &bump);
            log.time = Some(record.at);
            log.attributes.extend(record.fields.iter().map(|(key, value)| Attribute {
                key,
                value: match value {
                    Field::Text(text) => Value::Text(text),
                    Field::Number(number) => Value::Int(*number),
                },
            }));
            let entry = self.directory.get(account);
            let subject =
                LogSubject { resource: &resource, entry, format: FormatName::Json, log: &log, bytes: 18, local: None };
            self.sampler.log(&subject, arrived, &mut partials);
            if partials.wants_line() {
                partials.line(account, log_group, &log.body);
            }
        }
        Message { fingerprint, arrived, partials: partials.drain_into_vec() }
    }

    fn deliver(&mut self, message: Message) {
        let sampled_by = self.alerting.rules_id();
        self.alerting.observe(message, sampled_by, &self.directory);
    }

    /// Records of one message that arrives with its last.
    fn send(&mut self, records: &[Record]) {
        self.messages += 1;
        let arrived = records.iter().map(|record| record.at).max().unwrap_or_default();
        let message = self.message(self.messages, arrived, records);
        self.deliver(message);
    }

    /// Lets time pass, when everything that came was read.
    fn step(&mut self, now: Timestamp) {
        self.step_behind(now, now);
    }

    /// Lets time pass, when everything was read that arrived before `progress`.
    fn step_behind(&mut self, progress: Timestamp, now: Timestamp) {
        self.ticks.extend(self.alerting.advance(progress, now, &self.directory));
        while let Some(notification) = self.alerting.poll_notification() {
            self.told.push((now, notification));
        }
    }

    /// Lets time pass in steps of half a minute.
    fn run(&mut self, from: Timestamp, to: Timestamp) {
        let mut now = from;
        while now <= to {
            self.step(now);
            now = now.plus(Duration::from_secs(30));
        }
    }

    /// Kills it: another one goes on from what was kept.
    fn restart(&mut self, kept: &[u8], now: Timestamp) {
        let rules = Arc::clone(self.alerting.rules());
        self.alerting = Alerting::new(rules, Settings::default(), now);
        self.alerting.restore(kept, &self.directory, now).unwrap();
    }

    fn state(&self, rule: &str, number: usize) -> State {
        let index = self.alerting.rules().get(rule).unwrap();
        self.alerting.standing(index, &of(number)).map_or(State::Inactive, |standing| standing.state)
    }

    fn transitions(&self) -> impl Iterator<Item = &Transition> {
        self.ticks.iter().flat_map(|tick| &tick.transitions)
    }

    /// What people were told: seconds since the start, the alert, the kind, whether it fires, how many accounts.
    fn notified(&self) -> Vec<(u64, &str, Kind, Status, u32)> {
        let text = |(at, told): &'_ (Timestamp, Notification)| {
            (at.since(s(0)).as_secs(), told.kind, told.status, told.accounts)
        };
        self.told
            .iter()
            .map(|all| {
                let (at, kind, status, accounts) = text(all);
                (at, &*all.1.rule, kind, status, accounts)
            })
            .collect()
    }
}

const MANY: &str = r#"
version: 1
rules:
  - alert: Many
    kind: threshold
    from: logs
    match: 'what == "bad"'
    value: count()
    window: 5m
    critical: ">= 10"
    recover: "< 5"
    new_group_delay: 0s
    notify: {critical: page}
"#;
