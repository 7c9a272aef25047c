//! What the runner drives behind stage 1: groups with state, ticks, incidents. In production that is `alerting::Alerting`.

use std::sync::Arc;
use std::time::Duration;

use crate::alerting::{Alerting, Settings};
use crate::evaluator::{Standing, Tick};
use crate::incident::Notification;
use crate::incident::silence::{Matcher, Silence};
use crate::rule::{RuleIdx, RuleSet};
use crate::sample::{Group, Message};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Groups with state, ticks, incidents.
pub trait Engine: Sized {
    /// One that has run long enough by `started` for no window to be `warming`, but has seen nothing yet.
    fn new(rules: Arc<RuleSet>, started: Timestamp) -> Self;

    /// Takes in a message, unless its fingerprint was seen lately.
    fn observe(&mut self, message: Message, directory: &Directory);

    /// Evaluates all ticks that are due, in order, and tells incidents of them. `progress` may be less than before only where
    /// the engine was restored.
    fn advance(&mut self, progress: Timestamp, now: Timestamp, directory: &Directory) -> Vec<Tick>;

    /// The next notification.
    fn poll_notification(&mut self) -> Option<Notification>;

    /// How an alert stands.
    fn standing(&self, rule: RuleIdx, group: &Group) -> Option<Standing>;

    /// The alerts of a rule that are not inactive, in the order of their groups.
    fn alerts(&self, rule: RuleIdx) -> Vec<(Group, Standing)>;

    /// Other rules from now on.
    fn replace(&mut self, rules: Arc<RuleSet>, now: Timestamp, directory: &Directory);

    /// Silences alerts from now on.
    ///
    /// # Errors
    /// When a matcher cannot be read.
    fn silence(&mut self, matchers: &[String], now: Timestamp, lasts: Duration) -> Result<(), String>;

    /// The rules.
    fn rules(&self) -> &RuleSet;

    /// A snapshot.
    fn to_bytes(&self) -> Vec<u8>;

    /// Restores a snapshot.
    ///
    /// # Errors
    /// When the bytes are damaged.
    fn from_bytes(bytes: &[u8], rules: Arc<RuleSet>, now: Timestamp) -> Result<Self, String>;
}

impl Engine for Alerting {
    fn new(rules: Arc<RuleSet>, started: Timestamp) -> Self {
        Self::new(rules, Settings::default(), started)
    }

    fn observe(&mut self, message: Message, directory: &Directory) {
        self.observe(message, self.rules_id(), directory);
    }

    fn advance(&mut self, progress: Timestamp, now: Timestamp, directory: &Directory) -> Vec<Tick> {
        self.advance(progress, now, directory)
    }

    fn poll_notification(&mut self) -> Option<Notification> {
        self.poll_notification()
    }

    fn standing(&self, rule: RuleIdx, group: &Group) -> Option<Standing> {
        self.standing(rule, group)
    }

    fn alerts(&self, rule: RuleIdx) -> Vec<(Group, Standing)> {
        let name = &self.rules().rules[rule].name;
        let own = self.evaluator().alerts().filter(|alert| alert.rule == rule && *alert.name == **name);
        own.map(|alert| (alert.group.clone(), alert.standing)).collect()
    }

    fn replace(&mut self, rules: Arc<RuleSet>, now: Timestamp, directory: &Directory) {
        let _changes = self.replace(rules, directory, now);
    }

    fn silence(&mut self, matchers: &[String], now: Timestamp, lasts: Duration) -> Result<(), String> {
        let matchers = matchers.iter().map(|text| Matcher::parse(text).map_err(|error| error.to_string()));
        let silence = Silence {
            id: "".into(),
            matchers: matchers.collect::<Result<_, _>>()?,
            starts: now,
            ends: now.plus(lasts),
            created_by: "test".into(),
            comment: "".into(),
            ack: false,
        };
        self.incidents_mut().add_silence(silence, now).map(drop).map_err(|error| error.to_string())
    }

    fn rules(&self) -> &RuleSet {
        self.rules()
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn from_bytes(bytes: &[u8], rules: Arc<RuleSet>, now: Timestamp) -> Result<Self, String> {
        let mut alerting = Self::new(rules, Settings::default(), now);
        alerting.restore(bytes, &Directory::new([], "tenant.id", &[]), now).map_err(|error| error.to_string())?;
        Ok(alerting)
    }
}
