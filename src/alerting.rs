//! Rules, incidents and the outbox in one: samples and time in, transitions and notifications out.
//!
//! Pure: the same messages and times give the same notifications, with the same ids. Everything that must survive a restart
//! is one value, so that it can be kept together with the positions of the shards: whoever goes on from both goes on as if
//! nothing had happened.

pub mod seen;
pub mod own;
pub mod quotas;
pub mod otlp;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evaluator::{CATCHING_UP, Evaluator, EvaluatorState, Standing, State, Tick, Transition};
use crate::incident::{self, Incidents, Notification};
use crate::notify::links::Links;
use crate::notify::outbox::Outbox;
use crate::notify::render;
use crate::rule::{Level, RuleIdx, RuleSet};
use crate::sample::{Group, Message};
use crate::tenant::Directory;
use crate::time::Timestamp;
use seen::Seen;

/// Parts that accounts are divided into.
const PARTITIONS: usize = 16;

/// How well the state is compressed: it is written every half a minute and must not cost a pause.
const COMPRESSION: i32 = 1;

/// Format of the state that this program writes.
const VERSION: u8 = 2;

/// All that there is to alerting.
#[derive(Debug)]
pub struct Alerting {
    rules: Arc<RuleSet>,
    rules_id: u64,
    /// Where rules of the set that ran before stand now: messages may still be sampled by it.
    before: Option<Before>,
    seen: Seen,
    evaluator: Evaluator,
    incidents: Incidents,
    outbox: Outbox,
    settings: Settings,
    progress: Timestamp,
    /// Messages sampled by rules that are gone.
    outdated: u64,
}

#[derive(Debug)]
struct Before {
    id: u64,
    now_at: Vec<Option<RuleIdx>>,
}

/// What alerting is told besides its rules.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Heartbeat, mutes and limits of silences.
    pub incidents: incident::Settings,
    /// Where links in messages lead.
    pub links: Links,
}

/// An alert that is not inactive.
#[derive(Clone, Debug)]
pub struct Active<'a> {
    /// Its rule.
    pub rule: RuleIdx,
    /// Its own name: that of the rule, or `<Alert>:NoData`, `<Alert>:FleetShift`, `<Alert>:Overflow`.
    pub name: Cow<'a, str>,
    /// Its group.
    pub group: &'a Group,
    /// Its state.
    pub state: State,
    /// Its level.
    pub level: Level,
}

/// Why a kept state is not taken.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is torn.
    #[error("the state of the rules cannot be inflated")]
    Compressed(#[source] std::io::Error),
    /// It is not what it should be.
    #[error("the state of the rules is damaged")]
    Damaged(#[from] postcard::Error),
    /// The evaluator's part is of another program.
    #[error(transparent)]
    Evaluator(#[from] crate::evaluator::Error),
    /// It is of another program.
    #[error("the state of the rules has format {given}, and this program reads format {VERSION}")]
    Version {
        /// The format that was given.
        given: u8,
    },
}

/// Everything that must survive a restart, as it was at one moment: encoded, and not compressed yet.
pub struct Kept(Vec<u8>);

/// The size, for it is long.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} bytes)", self.0.len())
    }
}

/// What is kept, not copied: written as `Read` is read.
#[derive(Serialize)]
struct KeptView<'a, E> {
    seen: &'a Seen,
    evaluator: E,
    incidents: &'a incident::State,
    outbox: &'a Outbox,
    progress: Timestamp,
}

/// What is kept, as it is read again.
#[derive(Deserialize)]
struct Read {
    seen: Seen,
    evaluator: EvaluatorState,
    incidents: incident::State,
    outbox: Outbox,
    progress: Timestamp,
}

impl Kept {
    /// What `Alerting::restore` takes.
    ///
    /// # Panics
    /// Never: memory takes all that is written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(zstd::bulk::compress(&self.0, COMPRESSION).expect("memory takes all that is written"));
        bytes
    }
}

impl Alerting {
    /// Begins with nothing seen.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, settings: Settings, started: Timestamp) -> Self {
        Self {
            evaluator: Evaluator::new(Arc::clone(&rules), PARTITIONS, started),
            rules_id: rules.id(),
            rules,
            before: None,
            seen: Seen::default(),
            incidents: Incidents::new(settings.incidents.clone()),
            outbox: Outbox::default(),
            settings,
            progress: started,
            outdated: 0,
        }
    }

    /// The rules that run.
    #[must_use]
    pub const fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Takes what the rules that run took from a message, unless the message was seen before. Samples of the rules that ran
    /// before count where the rule still has the same shape.
    pub fn observe(&mut self, mut message: Message, sampled_by: u64, directory: &Directory) {
        if !self.seen.is_new(message.fingerprint, message.arrived) {
            return;
        }
        if sampled_by != self.rules_id {
            let Some(before) = self.before.as_ref().filter(|before| before.id == sampled_by) else {
                self.outdated += 1;
                return;
            };
            message.partials.retain_mut(|partial| match before.now_at.get(partial.rule) {
                Some(Some(rule)) => {
                    partial.rule = *rule;
                    true
                }
                Some(None) | None => false,
            });
        }
        self.evaluator.observe(&message, directory);
    }

    /// Evaluates all ticks that are due, in order.
    pub fn advance(&mut self, progress: Timestamp, now: Timestamp, directory: &Directory) -> Vec<Tick> {
        self.progress = progress.max(self.progress);
        let ticks = self.evaluator.advance(self.progress, now, directory);
        let is_behind = now.since(self.progress) > CATCHING_UP;
        // What was found late is told in one go, after all of it is known; what was not, as ever.
        let n_late = ticks.iter().rposition(|tick| tick.late).map_or(0, |last| last + 1);
        let (late, timely) = ticks.split_at(n_late);
        if !late.is_empty() {
            self.incidents.ticked(late, &self.rules, directory, now, true);
        }
        self.incidents.ticked(timely, &self.rules, directory, now, is_behind);
        self.incidents.handle_timeout(&self.rules, directory, now);
        ticks
    }

    /// The next notification, with its texts.
    pub fn poll_notification(&mut self) -> Option<Notification> {
        let mut notification = self.incidents.poll_notification()?;
        if let Some(rule) = self.rules.get(incident::base(&notification.rule)) {
            render::render(&mut notification, &self.rules.rules[rule].annotations, &self.settings.links);
        }
        Some(notification)
    }

    /// What `observe` wants to be told of samples of the rules that run.
    #[must_use]
    pub const fn rules_id(&self) -> u64 {
        self.rules_id
    }

    /// How an alert stands.
    #[must_use]
    pub fn standing(&self, rule: RuleIdx, group: &Group) -> Option<Standing> {
        self.evaluator.standing(rule, group)
    }

    /// All alerts that are not inactive.
    pub fn active(&self) -> impl Iterator<Item = Active<'_>> {
        self.evaluator.alerts().map(|alert| Active {
            rule: alert.rule,
            name: alert.name,
            group: alert.group,
            state: alert.standing.state,
            level: alert.standing.level.unwrap_or(Level::Warning),
        })
    }

    /// The evaluator, to be looked at.
    #[must_use]
    pub const fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Incidents and silences.
    #[must_use]
    pub const fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    /// Incidents and silences, to be changed.
    pub const fn incidents_mut(&mut self) -> &mut Incidents {
        &mut self.incidents
    }

    /// What is to be sent.
    #[must_use]
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// What is to be sent, to be changed.
    pub const fn outbox_mut(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// How far the rules have looked.
    #[must_use]
    pub const fn progress(&self) -> Timestamp {
        self.progress
    }

    /// How many messages came again and were not counted twice.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// How many messages were sampled by rules that were gone when they came.
    #[must_use]
    pub const fn outdated(&self) -> u64 {
        self.outdated
    }

    /// Goes on with other rules. What changed in a rule's thresholds counts from the next tick; a rule of another shape begins anew,
    /// and its alerts fire until it says otherwise. Gives what changed by it.
    pub fn replace(&mut self, rules: Arc<RuleSet>, directory: &Directory, now: Timestamp) -> Vec<Transition> {
        let now_at = self.rules.rules.iter().map(|rule| {
            let index = rules.get(&rule.name)?;
            (rules.rules[index].shape() == rule.shape()).then_some(index)
        });
        self.before = Some(Before { id: self.rules_id, now_at: now_at.collect() });
        let transitions = self.evaluator.replace(Arc::clone(&rules), now);
        self.rules_id = rules.id();
        self.rules = rules;
        self.incidents.changed(&transitions, &self.rules, directory, now);
        transitions
    }

    /// Data from before `until` may be missing, as when the stream no longer has all that came since the state was kept: ticks whose
    /// windows reach back to it are warming, and never say that nothing came.
    pub fn mark_gap(&mut self, until: Timestamp) {
        self.evaluator.mark_gap(until);
    }

    /// Everything that must survive a restart. To compress it takes longest, and can be done while the rules go on.
    ///
    /// # Panics
    /// Never: the state has only what can be encoded.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let kept = KeptView {
            seen: &self.seen,
            evaluator: self.evaluator.state(),
            incidents: self.incidents.state(),
            outbox: &self.outbox,
            progress: self.progress,
        };
        Kept(postcard::to_allocvec(&kept).expect("the state has only what postcard can hold"))
    }

    /// Everything that must survive a restart, compressed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.kept().to_bytes()
    }

    /// Goes on from what `to_bytes` gave. The rules may have changed meanwhile.
    ///
    /// # Errors
    /// When the bytes are torn, or of another format; nothing has changed then.
    pub fn restore(&mut self, bytes: &[u8], directory: &Directory, now: Timestamp) -> Result<(), RestoreError> {
        match bytes.split_first() {
            Some((&VERSION, compressed)) => {
                let encoded = zstd::stream::decode_all(compressed).map_err(RestoreError::Compressed)?;
                let kept: Read = postcard::from_bytes(&encoded)?;
                let (evaluator, transitions) =
                    Evaluator::restore(Arc::clone(&self.rules), PARTITIONS, kept.evaluator, now)?;
                self.seen = kept.seen;
                self.evaluator = evaluator;
                self.incidents = Incidents::restore(self.settings.incidents.clone(), kept.incidents);
                self.outbox = kept.outbox;
                self.outbox.restarted(now);
                self.progress = kept.progress;
                self.incidents.changed(&transitions, &self.rules, directory, now);
                Ok(())
            }
            Some((&given, _)) => Err(RestoreError::Version { given }),
            None => Err(RestoreError::Version { given: 0 }),
        }
    }
}
