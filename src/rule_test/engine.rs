//! What the runner drives: stage 1, which takes samples, and everything behind it. In production these are
//! `sample::Sampler` behind `processor::Processor`, and `alerting::Alerting`.

use std::sync::Arc;
use std::time::Duration;

use crate::config::FormatName;
use crate::evaluator::{Standing, Tick};
use crate::incident::Notification;
use crate::otlp::logs::Resource;
use crate::record::log::Log;
use crate::record::metric::Point;
use crate::rule::{RuleIdx, RuleSet};
use crate::sample::{Cell, Group, Message, Partial};
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

/// A log record and what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'a> {
    /// Where it is from.
    pub resource: &'a Resource<'a>,
    /// Its format.
    pub format: FormatName,
    /// The record.
    pub log: &'a Log<'a>,
    /// The directory.
    pub directory: &'a Directory,
}

/// Takes samples.
pub trait Stage1 {
    /// For these rules.
    fn new(rules: &Arc<RuleSet>) -> Self;

    /// The samples of a log record.
    fn log(&mut self, record: &LogRecord<'_>, arrived: Timestamp) -> Vec<Partial>;

    /// The samples of a point of a metric stream.
    fn point(&mut self, point: Point<'_>, directory: &Directory, arrived: Timestamp) -> Vec<Partial>;

    /// The samples of a value of one of Fanin's own metrics.
    fn own(&mut self, name: &str, value: f64, at: Timestamp) -> Vec<Partial>;

    /// Decodes a payload of CloudWatch Logs.
    ///
    /// # Errors
    /// With why a record was rejected.
    fn payload(&mut self, payload: &[u8], directory: &Directory, arrived: Timestamp) -> Result<Vec<Message>, String>;

    /// Adds what another cell of the same term has seen.
    fn merge(cell: &mut Cell, other: &Cell);
}
