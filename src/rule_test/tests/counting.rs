//! An engine that counts records in a window, and a reader of rules such as `Timeouts 30`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::problem::{Code, Place, Problem};
use crate::evaluator::{Outcome, Reason, Standing, State, Tick, Transition};
use crate::incident::{AlertShown, Cause, Kind, Notification, Status};
use crate::predicate::{Predicate, Subject};
use crate::rule::{Comparison, Condition, Level, Rule, RuleIdx, RuleSet, Unit};
use crate::rule_test::engine::Engine;
use crate::sample::sampler::tests::rule;
use crate::sample::{Group, Message};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Reads `<name> <count>`, a rule a line: fires while there were that many timeouts of an account in 5 minutes.
pub(super) fn rules(files: &[(&str, &str)]) -> (RuleSet, Vec<Problem>) {
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for (name, text) in files {
        for line in text.lines() {
            let Some((alert, bound)) = line.split_once(' ') else {
                let message = "no count".into();
                problems.push(Problem { code: Code::Value, file: (*name).into(), place: Place::default(), message });
                continue;
            };
            rules.push(counting(alert, bound.parse().unwrap()));
        }
    }
    (RuleSet { rules }, problems)
}

fn counting(name: &str, bound: f64) -> Rule {
    let condition = Condition {
        comparison: Comparison::AtLeast,
        bound,
        unit: Unit::Number,
        deviations: false,
        within: None,
        text: "".into(),
    };
    let mut rule = rule();
    rule.name = name.into();
    rule.matches = Some(Predicate::parse("message.contains(\"timeout\")", Subject::Log).unwrap());
    rule.settings.critical = Some(condition);
    rule
}

/// The engine.
pub(super) struct Counting {
    rules: Arc<RuleSet>,
    kept: Kept,
    out: VecDeque<Notification>,
}

/// What survives a restart.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    seen: BTreeSet<u64>,
    counts: BTreeMap<(RuleIdx, Group), BTreeMap<u64, u32>>,
    firing: BTreeSet<(RuleIdx, Group)>,
    /// The next tick, in minutes.
    next: u64,
}

const MINUTE: u64 = 60;

impl Counting {
    fn count(&self, key: &(RuleIdx, Group), tick: u64) -> f64 {
        let buckets = self.kept.counts.get(key).into_iter().flatten();
        let inside = buckets.filter(|(bucket, _)| (tick.saturating_sub(5)..tick).contains(*bucket));
        inside.map(|(_, count)| f64::from(*count)).sum()
    }

    fn bound(&self, rule: RuleIdx) -> f64 {
        self.rules.rules[rule].settings.critical.as_ref().unwrap().bound
    }

    fn tick(&mut self, tick: u64, rule: RuleIdx, late: bool) -> Tick {
        let at = Timestamp::from_seconds(tick * MINUTE);
        let mut transitions = Vec::new();
        let keys: Vec<_> = self.kept.counts.keys().filter(|key| key.0 == rule).cloned().collect();
        for key in keys {
            let value = self.count(&key, tick);
            let fires = value >= self.bound(rule);
            let changed = if fires { self.kept.firing.insert(key.clone()) } else { self.kept.firing.remove(&key) };
            if changed {
                let transition = self.transition(key, at, fires, value, late);
                self.out.push_back(told(&transition));
                transitions.push(transition);
            }
        }
        Tick { rule, at, late, outcomes: [0; 8], evaluated: 0, transitions }
    }

    fn transition(&self, key: (RuleIdx, Group), at: Timestamp, fires: bool, value: f64, late: bool) -> Transition {
        let (from, to) = if fires { (State::Inactive, State::Firing) } else { (State::Firing, State::Inactive) };
        let account = key.1.account.unwrap().as_str().parse::<u64>().unwrap() % 1_000_000_007;
        Transition {
            alert: account,
            id: account * 1_000_000 + at.seconds() / MINUTE % 10_000 * 10 + key.0 as u64,
            rule: self.rules.rules[key.0].name.clone(),
            rule_idx: Some(key.0),
            group: key.1,
            episode: 1,
            at,
            from,
            to,
            level: Level::Critical,
            level_before: None,
            value: Some(value),
            threshold: Some(self.bound(key.0)),
            unit: Unit::Number,
            since: at,
            reason: Reason::Value,
            late,
            lines: Vec::new(),
            spread: 0,
        }
    }
}

fn told(transition: &Transition) -> Notification {
    let fires = transition.to == State::Firing;
    let status = if fires { Status::Firing } else { Status::Resolved };
    let shown = AlertShown {
        alert: transition.alert,
        rule: "".into(),
        account: transition.group.account,
        tenant: "".into(),
        tenant_name: "".into(),
        tier: "".into(),
        region: "".into(),
        group: BTreeMap::new(),
        status,
        level: transition.level,
        value: transition.value,
        threshold: transition.threshold,
        unit: transition.unit,
        since: transition.since,
        resolved: None,
        episode: 1,
        spread: 0,
    };
    Notification {
        id: transition.id.to_string().into(),
        incident: "".into(),
        number: 1,
        kind: Kind::Individual,
        cause: if fires { Cause::Fired } else { Cause::Resolved },
        status,
        level: transition.level,
        to: "page".into(),
        route: None,
        rule: transition.rule.clone(),
        labels: BTreeMap::new(),
        since: transition.since,
        at: transition.at,
        late: transition.late,
        flapping: false,
        accounts: u32::from(fires),
        accounts_max: 1,
        evaluated: 1,
        alerts: vec![shown],
        alerts_total: 1,
        common: Vec::new(),
        lines: Vec::new(),
        annotations: BTreeMap::new(),
        runbook: None,
    }
}

impl Engine for Counting {
    fn new(rules: Arc<RuleSet>, started: Timestamp) -> Self {
        let kept = Kept { next: started.seconds().div_ceil(MINUTE), ..Kept::default() };
        Self { rules, kept, out: VecDeque::new() }
    }

    fn observe(&mut self, message: Message, _: &Directory) {
        if !self.kept.seen.insert(message.fingerprint) {
            return;
        }
        for partial in message.partials {
            let buckets = self.kept.counts.entry((partial.rule, partial.group)).or_default();
            *buckets.entry(partial.bucket.seconds() / MINUTE).or_default() += partial.count;
        }
    }

    fn advance(&mut self, progress: Timestamp, now: Timestamp, _: &Directory) -> Vec<Tick> {
        let mut ticks = Vec::new();
        while (self.kept.next + 1) * MINUTE <= progress.seconds() {
            let tick = self.kept.next;
            self.kept.next += 1;
            let late = now.since(Timestamp::from_seconds(tick * MINUTE)) > Duration::from_secs(300);
            for rule in 0..self.rules.rules.len() {
                ticks.push(self.tick(tick, rule, late));
            }
        }
        ticks
    }

    fn poll_notification(&mut self) -> Option<Notification> {
        self.out.pop_front()
    }

    fn standing(&self, rule: RuleIdx, group: &Group) -> Option<Standing> {
        let key = (rule, group.clone());
        let _ = self.kept.counts.get(&key)?;
        let fires = self.kept.firing.contains(&key);
        Some(Standing {
            outcome: if fires { Outcome::Critical } else { Outcome::Clear },
            state: if fires { State::Firing } else { State::Inactive },
            level: fires.then_some(Level::Critical),
            pending: None,
            value: Some(self.count(&key, self.kept.next - 1)),
            threshold: Some(self.bound(rule)),
            active_warning: None,
            active_critical: None,
            firing_since: None,
            recovering_since: None,
            episode: 1,
            lines: Vec::new(),
        })
    }

    fn alerts(&self, rule: RuleIdx) -> Vec<(Group, Standing)> {
        let firing = self.kept.firing.iter().filter(|key| key.0 == rule);
        firing.filter_map(|(_, group)| Some((group.clone(), self.standing(rule, group)?))).collect()
    }

    fn replace(&mut self, rules: Arc<RuleSet>, _: Timestamp, _: &Directory) {
        self.rules = rules;
    }

    fn silence(&mut self, _: &[String], _: Timestamp, _: Duration) -> Result<(), String> {
        Err("this engine has no silences".into())
    }

    fn rules(&self) -> &RuleSet {
        &self.rules
    }

    fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(&self.kept).unwrap()
    }

    fn from_bytes(bytes: &[u8], rules: Arc<RuleSet>, _: Timestamp) -> Result<Self, String> {
        let kept = postcard::from_bytes(bytes).map_err(|_| "it is damaged".to_owned())?;
        Ok(Self { rules, kept, out: VecDeque::new() })
    }
}
