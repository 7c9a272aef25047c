//! What rules would have done with what is in a capture: the real decoder, sampler and evaluator, by a clock that follows the
//! arrival of the records. Nothing is sent.
//!
//! All samples are taken first and put in the order of their arrival, for files need not be. Then time runs from the first
//! arrival to the last, and as much longer as the rules wait for late data; what nobody recorded after that tells nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::alerting::{Alerting, Settings};
use crate::config::Config;
use crate::delivery::{Delivery, Payload};
use crate::evaluator::{Standing, Tick, Transition};
use crate::id::{AccountId, Signal};
use crate::incident::Notification;
use crate::policy::Policy;
use crate::predicate::field::Field;
use crate::processor::output::Output;
use crate::processor::{Processor, Surroundings, units};
use crate::replay::{Content, Item, peek};
use crate::rule::{RuleIdx, RuleSet};
use crate::sample::{Group, Message, Sampler};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// The clock does not stop more often than this between the first and the last record.
const STOPS_MAX: u64 = 200_000;

/// Takes samples of a capture, and then runs rules on them.
#[derive(Debug)]
pub struct Trial<'a> {
    rules: Arc<RuleSet>,
    directory: &'a Directory,
    config: &'a Config,
    policy: Policy,
    sampler: Sampler,
    processor: Processor,
    messages: Vec<Message>,
    span: Option<(Timestamp, Timestamp)>,
    taken: Taken,
}

/// What was in a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Log records and data points.
    pub records: u64,
    /// Records that could not be used.
    pub rejects: u64,
    /// Requests that go to a destination as they are, and metrics that are OTLP already: rules do not look into them.
    pub passed: u64,
    /// The accounts.
    pub accounts: BTreeSet<AccountId>,
    /// Those of them that the directory does not know.
    pub unknown: BTreeSet<AccountId>,
}

/// Something that happened, in the order in which it did.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// How a group of the account that is explained stood after a tick.
    Stood {
        /// The rule.
        rule: RuleIdx,
        /// The tick.
        tick: Timestamp,
        /// The group.
        group: Group,
        /// How it stood.
        standing: Box<Standing>,
    },
    /// An alert changed.
    Changed {
        /// When it was seen.
        now: Timestamp,
        /// What changed.
        transition: Box<Transition>,
    },
    /// Someone would have been told.
    Notified {
        /// When.
        now: Timestamp,
        /// Of what.
        notification: Box<Notification>,
    },
}

impl<'a> Trial<'a> {
    /// Takes samples for these rules, and shapes records as the configuration says.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, config: &'a Config, directory: &'a Directory) -> Self {
        Self {
            sampler: Sampler::new(&rules),
            policy: Policy::compile(&config.policy),
            processor: Processor::default(),
            messages: Vec::new(),
            span: None,
            taken: Taken::default(),
            rules,
            directory,
            config,
        }
    }

    /// Takes samples of one thing of a capture. What does not say when it arrived (its arrival is 1970) arrived when the
    /// newest of its records was written, else at `written`.
    pub fn take(&mut self, item: Item, written: Timestamp) {
        let newest = peek::look(&item).span.map(|(_, newest)| newest);
        let fallback = newest.filter(|newest| *newest > Timestamp::default()).unwrap_or(written);
        let Content::Deliver { origin, mut payload } = item.content else {
            self.taken.passed += 1;
            return;
        };
        match &mut payload {
            Payload::Records(records) => {
                let unknown = records.iter_mut().filter(|record| record.arrived == Timestamp::default());
                unknown.for_each(|record| record.arrived = fallback);
                records.iter().for_each(|record| see(&mut self.span, record.arrived));
            }
            Payload::Firehose(body) => see(&mut self.span, body.timestamp),
            Payload::Otlp { signal: Signal::Logs, arrived, .. } => {
                if *arrived == Timestamp::default() {
                    *arrived = fallback;
                }
                see(&mut self.span, *arrived);
            }
            Payload::Otlp { signal: Signal::Metrics, .. } => {
                self.taken.passed += 1;
                return;
            }
        }
        let around = Surroundings {
            policy: &self.policy,
            sampler: Some(&self.sampler),
            ..Surroundings::new(self.directory, &self.config.normalize)
        };
        let (delivery, mut output) = (Delivery { origin, payload, accounts: None }, Output::default());
        for unit in 0..units(&delivery.payload) {
            self.processor.process(&delivery, unit, &around, &mut output);
        }
        self.messages.append(&mut output.messages);
        self.taken.rejects += output.rejects.len() as u64;
        for (account, tally) in &output.accounts {
            self.taken.records += tally.logs + tally.metrics;
            let _ = self.taken.accounts.insert(*account);
            if !tally.known {
                let _ = self.taken.unknown.insert(*account);
            }
        }
    }

    /// What was taken so far.
    #[must_use]
    pub const fn taken(&self) -> &Taken {
        &self.taken
    }

    /// The first and the last arrival.
    #[must_use]
    pub const fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    /// Runs the rules and tells what happens; of one account, how its groups stand after each tick.
    pub fn run(self, settings: Settings, explain: Option<AccountId>, tell: impl FnMut(Event)) {
        let _end = self.run_while(settings, explain, tell, || true);
    }

    /// The same for as long as it may go on; up to when it came.
    pub fn run_while(
        mut self,
        mut settings: Settings,
        explain: Option<AccountId>,
        mut tell: impl FnMut(Event),
        mut may_go_on: impl FnMut() -> bool,
    ) -> Timestamp {
        let Some((first, last)) = self.span else { return Timestamp::default() };
        // Nobody waits for a heartbeat of the past.
        settings.incidents.heartbeat = None;
        self.messages.sort_by_key(|message| message.arrived);
        let mut watched = Watched::new(&self.rules, explain);
        let (directory, rules_id) = (self.directory, self.rules.id());
        let mut alerting = Alerting::new(Arc::clone(&self.rules), settings, first);
        let (end, step) = (last.plus(patience(&self.rules)), step(&self.rules, last.since(first)));
        let mut now = first;
        let mut messages = std::mem::take(&mut self.messages).into_iter().peekable();
        loop {
            while let Some(message) = messages.next_if(|message| message.arrived <= now) {
                watched.note(&message);
                alerting.observe(message, rules_id, directory);
            }
            let ticks = alerting.advance(now, now, directory);
            report(&mut alerting, ticks, now, &watched, &mut tell);
            if now >= end || !may_go_on() {
                return now;
            }
            now = now.plus(step).min(end);
        }
    }
}

fn see(span: &mut Option<(Timestamp, Timestamp)>, at: Timestamp) {
    let (first, last) = span.unwrap_or((at, at));
    *span = Some((first.min(at), last.max(at)));
}

/// As long as rules wait for late data, one tick more, and the first wait of an incident.
fn patience(rules: &RuleSet) -> Duration {
    let of = |rule: &crate::rule::Rule| rule.delay.saturating_add(rule.every).saturating_add(rule.incident.group_wait);
    rules.rules.iter().map(of).max().unwrap_or_default()
}

/// A second as in production; longer for long captures, but never so long that two ticks of a rule come at once.
fn step(rules: &RuleSet, span: Duration) -> Duration {
    let every = rules.rules.iter().map(|rule| rule.every).min().unwrap_or(Duration::from_secs(60));
    let wanted = Duration::from_secs((span.as_secs() / STOPS_MAX).max(1));
    wanted.min(every).max(Duration::from_millis(1))
}

/// Tells of the ticks, and then of the notifications.
fn report(alerting: &mut Alerting, ticks: Vec<Tick>, now: Timestamp, watched: &Watched, tell: &mut impl FnMut(Event)) {
    for tick in ticks {
        for group in watched.groups(tick.rule) {
            if let Some(standing) = alerting.standing(tick.rule, group) {
                let (rule, tick) = (tick.rule, tick.at);
                tell(Event::Stood { rule, tick, group: group.clone(), standing: Box::new(standing) });
            }
        }
        for transition in tick.transitions {
            tell(Event::Changed { now, transition: Box::new(transition) });
        }
    }
    while let Some(notification) = alerting.poll_notification() {
        tell(Event::Notified { now, notification: Box::new(notification) });
    }
}

/// The groups of the account that is explained.
#[derive(Debug, Default)]
struct Watched {
    account: Option<AccountId>,
    groups: BTreeMap<RuleIdx, BTreeSet<Group>>,
}

impl Watched {
    /// Those that there are before anything is seen.
    fn new(rules: &RuleSet, account: Option<AccountId>) -> Self {
        let mut watched = Self { account, groups: BTreeMap::new() };
        if account.is_some() {
            for (index, rule) in rules.rules.iter().enumerate() {
                if matches!(rule.group_by.as_slice(), [Field::Account]) {
                    let group = Group { account, ..Group::default() };
                    let _ = watched.groups.insert(index, BTreeSet::from([group]));
                }
            }
        }
        watched
    }

    fn note(&mut self, message: &Message) {
        let Some(account) = self.account else { return };
        for partial in message.partials.iter().filter(|partial| partial.group.account == Some(account)) {
            let _ = self.groups.entry(partial.rule).or_default().insert(partial.group.clone());
        }
    }

    fn groups(&self, rule: RuleIdx) -> impl Iterator<Item = &Group> {
        self.groups.get(&rule).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::evaluator::State;
    use crate::replay::{Context, Items};
    use crate::rule::read::read;
    use crate::tenant::Entry;

    const RULES: &str = "version: 1
rules:
  - alert: Timeouts
    kind: threshold
    from: logs
    match: 'message.contains(\"timeout\")'
    value: count()
    window: 1m
    every: 1m
    delay: 0s
    new_group_delay: 0s
    critical: '>= 2'
    notify: {critical: page}
";

    /// A subscription payload of an account with events at these seconds of the morning of 2026-03-02.
    fn payload(seconds: &[u64]) -> String {
        let begin = 1_772_445_600_000_u64;
        let event = |second: &u64| {
            let at = begin + second * 1_000;
            format!("{{\"id\":\"{at}\",\"timestamp\":{at},\"message\":\"upstream timeout\"}}")
        };
        let events: Vec<String> = seconds.iter().map(event).collect();
        format!(
            "{{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"111122223333\",\"logGroup\":\"g\",\"logStream\":\"s\",\
             \"subscriptionFilters\":[\"f\"],\"logEvents\":[{}]}}\n",
            events.join(",")
        )
    }

    fn run(capture: &str, explain: bool) -> Vec<Event> {
        let (rules, problems) = read(&[("r.yaml", RULES)]);
        assert_eq!(problems, []);
        let known = Entry {
            account: "111122223333".parse().unwrap(),
            tenant: "acme".into(),
            name: None,
            tier: None,
            region: None,
            ou_path: None,
            state: crate::tenant::State::Active,
            created: None,
            labels: BTreeMap::new(),
        };
        let (config, directory) = (Config::default(), Directory::new([known], "tenant.id", &[None]));
        let mut trial = Trial::new(Arc::new(rules), &config, &directory);
        let context = Context { name: "file".into(), region: None, arrived: Timestamp::default() };
        for item in Items::new(Box::new(Cursor::new(capture.as_bytes().to_vec())), context) {
            trial.take(item.unwrap(), Timestamp::default());
        }
        let (mut events, account) = (Vec::new(), explain.then(|| "111122223333".parse().unwrap()));
        trial.run(Settings::default(), account, |event| events.push(event));
        events
    }

    #[test]
    fn what_would_have_fired_is_told_at_the_times_of_the_capture() {
        let events = run(&[payload(&[10]), payload(&[20]), payload(&[110])].concat(), false);
        let told: Vec<String> = events
            .iter()
            .map(|event| match event {
                Event::Changed { transition, .. } => {
                    format!("{} {} -> {}", transition.at, transition.from.as_str(), transition.to.as_str())
                }
                Event::Notified { notification, .. } => format!("{} to {}", notification.rule, notification.to),
                Event::Stood { .. } => "stood".into(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "2026-03-02T10:01:00.000Z inactive -> firing",
                "2026-03-02T10:02:00.000Z firing -> inactive",
                "Timeouts to page",
                "Timeouts to page"
            ]
        );
    }

    #[test]
    fn rules_look_into_logs_that_others_encoded() {
        let record = |second: u64| {
            let at = (1_772_445_600 + second) * 1_000_000_000;
            format!(r#"{{"timeUnixNano":"{at}","severityNumber":9,"body":{{"stringValue":"upstream timeout"}}}}"#)
        };
        let capture = format!(
            r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"cloud.account.id","value":{{"stringValue":"111122223333"}}}}]}},"scopeLogs":[{{"logRecords":[{},{}]}}]}}]}}"#,
            record(10),
            record(20)
        );
        let changed = |events: Vec<Event>| events.iter().filter(|event| matches!(event, Event::Changed { .. })).count();
        assert_eq!(changed(run(&capture, false)), 2, "it fires, and it is over");
    }

    #[test]
    fn files_need_not_be_in_the_order_of_time() {
        let (in_order, swapped) = ([payload(&[10, 20]), payload(&[110])], [payload(&[110]), payload(&[10, 20])]);
        assert_eq!(run(&in_order.concat(), true), run(&swapped.concat(), true));
    }

    #[test]
    fn of_one_account_each_tick_is_explained() {
        let stood: Vec<_> = run(&[payload(&[10, 20]), payload(&[110])].concat(), true)
            .into_iter()
            .filter_map(|event| match event {
                Event::Stood { tick, standing, .. } => Some((tick.seconds() % 3_600, standing.state, standing.value)),
                Event::Changed { .. } | Event::Notified { .. } => None,
            })
            .collect();
        assert_eq!(stood[0], (60, State::Firing, Some(2.0)));
        assert_eq!(stood[1], (120, State::Inactive, Some(1.0)), "the record of the second minute came before its tick");
    }
}
