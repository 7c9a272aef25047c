//! What the last ticks of a rule came to, for the rules that look at it: they need all groups at the same tick.

use std::sync::Arc;
use std::time::Duration;

use super::track::Track;
use super::{Outcome, State};
use crate::id::AccountId;
use crate::rule::Level;
use crate::sample::Group;
use crate::time::Timestamp;

/// What a tick of a rule came to.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Snapshot {
    /// The tick.
    pub(super) at: Timestamp,
    /// Groups that are tracked, ascending.
    pub(super) groups: Vec<Member>,
    /// Accounts that the rule applies to, ascending.
    #[serde(with = "shared")]
    pub(super) members: Arc<[AccountId]>,
    /// Whether groups that are not tracked were all well, and not just silent.
    pub(super) idle: Outcome,
}

/// How a group stood.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Member {
    /// The group.
    pub(super) group: Group,
    /// Outcome of the tick.
    pub(super) outcome: Outcome,
    /// State.
    pub(super) state: State,
    /// Level of its alert.
    pub(super) level: Option<Level>,
    /// When it stopped firing last; 1970 where it never did.
    pub(super) stopped: Timestamp,
}

impl Track {
    /// Keeps what the tick came to, and forgets ticks that are older than `kept`, but for the newest of them.
    pub(super) fn remember(&mut self, at: Timestamp, kept: Duration) {
        let mut groups: Vec<Member> = self.slots().map(Member::of).collect();
        groups.sort_unstable_by(|a, b| a.group.cmp(&b.group));
        let idle = self.roster.variants.first().map_or(Outcome::NoData, |variant| variant.idle.outcome);
        let idle = if at < self.warm_until { Outcome::Warming } else { idle };
        self.history.push_back(Snapshot { at, groups, members: Arc::clone(&self.roster.members), idle });
        while self.history.get(1).is_some_and(|second| second.at.plus(kept) <= at) {
            drop(self.history.pop_front());
        }
    }

    /// What stood at a tick: that tick, or the last before it.
    pub(super) fn at(&self, at: Timestamp) -> Option<&Snapshot> {
        self.history.iter().rev().find(|snapshot| snapshot.at <= at)
    }
}

impl Member {
    fn of(slot: &super::slot::Slot) -> Self {
        Self {
            group: slot.group.clone(),
            outcome: slot.outcome,
            state: slot.state(),
            level: slot.alert.as_ref().and_then(|alert| alert.level()),
            stopped: slot.stopped,
        }
    }

    /// Whether it fires, recovering included.
    pub(super) fn fires(&self) -> bool {
        matches!(self.state, State::Firing | State::Recovering)
    }
}

/// Whether a tick could tell.
pub(super) const fn is_evaluated(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Critical | Outcome::Warning | Outcome::Clear | Outcome::Hold => true,
        Outcome::MutedScope | Outcome::Warming | Outcome::NoData | Outcome::Skip => false,
    }
}

/// Accounts that several owners hold are kept as a list.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::id::AccountId;

    pub(super) fn serialize<S: Serializer>(accounts: &Arc<[AccountId]>, to: S) -> Result<S::Ok, S::Error> {
        accounts.as_ref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[AccountId]>, D::Error> {
        Vec::<AccountId>::deserialize(from).map(Into::into)
    }
}
