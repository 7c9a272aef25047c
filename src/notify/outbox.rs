//! Notifications on their way: kept until each receiver has them, in a bounded room, and across restarts.
//!
//! For each receiver and incident only the newest state is kept. One whose beginning never left ends in silence, and what was
//! superseded is never sent, so that nobody is told that something fires after it was told that it is over.
//!
//! The caller asks what is `due`, sends it, and says what it came to (`answered`). Time and chance are arguments.

mod lane;
mod pace;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::config::alerting::Receiver;
use crate::incident::{Kind, Notification, Status};
use crate::time::Timestamp;
use lane::Lane;
use pace::Pace;

/// The most notifications that wait, for all receivers together: an hour of a receiver that is down, with 10,000 incidents.
pub const ENTRIES_MAX: usize = 10_000;

/// How long it is remembered what a receiver was told of incidents that are over: longer than any replay reaches back.
const REMEMBERED_FOR: Duration = Duration::from_hours(24);

/// Notifications that wait for their receivers. Its serialized form is its state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    lanes: BTreeMap<Box<str>, Lane>,
    next_id: u64,
    restarted: Option<Timestamp>,
    counters: Counters,
}

/// What became of notifications, each counted once for each receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Put into the outbox.
    pub queued: u64,
    /// A receiver has it.
    pub sent: u64,
    /// An attempt failed and will be made again.
    pub retried: u64,
    /// A receiver refused it for good.
    pub refused: u64,
    /// A newer state took its place.
    pub superseded: u64,
    /// It ended before anyone was told that it began.
    pub never_told: u64,
    /// There was no room for it.
    pub shed: u64,
}

/// A notification that is to be sent now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The attempt, for `Outbox::answered`.
    pub id: u64,
    /// Name of the receiver.
    pub receiver: Box<str>,
    /// What it is told.
    pub notification: Notification,
    /// What it replaces: see `Verdict::Accepted`.
    pub posted: Option<Box<str>>,
    /// The receiver took it before, and is to be told again as an Alertmanager wants it.
    pub is_repeated: bool,
}

/// That a receiver was told: what a journal keeps until the next snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Name of the receiver.
    pub receiver: Box<str>,
    /// The incident.
    pub incident: Box<str>,
    /// Which notification of the incident.
    pub number: u32,
    /// The tick that it told of.
    #[serde(default)]
    pub tick: Timestamp,
    /// It was not of the end.
    pub open: bool,
    /// When.
    pub at: Timestamp,
    /// See `Verdict::Accepted`.
    pub posted: Option<Box<str>>,
}

impl Note {
    /// The note of a notification that was accepted.
    #[must_use]
    pub fn of(due: &Due, posted: Option<Box<str>>, at: Timestamp) -> Self {
        Self {
            receiver: due.receiver.clone(),
            incident: due.notification.incident.clone(),
            number: due.notification.number,
            tick: due.notification.at,
            open: !is_end(&due.notification),
            at,
            posted,
        }
    }
}

impl Outbox {
    /// Says that the process began anew with this state. What was sent since it was saved is not known, so what waits may
    /// have been sent already: it is sent again under the same ids, and its ends are not left out.
    pub fn restarted(&mut self, now: Timestamp) {
        self.restarted = Some(now);
        self.lanes.values_mut().for_each(Lane::restarted);
    }

    /// Forgets receivers that are not configured any more.
    pub fn keep(&mut self, receivers: &[Receiver]) {
        self.lanes.retain(|name, _| receivers.iter().any(|receiver| receiver.name == name.as_ref()));
    }

    /// Takes a notification for its receivers. The same notification again, as a replay makes it, changes nothing.
    pub fn push(&mut self, notification: &Notification, receivers: &[&Receiver], now: Timestamp) {
        let may_be_sent = self.restarted.is_some_and(|restarted| notification.at <= restarted);
        for receiver in receivers {
            let lane = self.lanes.entry(receiver.name.as_str().into()).or_default();
            lane.pace = Pace::of(&receiver.kind);
            lane.forget(now, REMEMBERED_FOR);
            let id = self.next_id;
            self.next_id += 1;
            let wants_end = receiver.send_resolved;
            lane.push(id, notification, wants_end, may_be_sent, now, &mut self.counters);
        }
        while self.len() > ENTRIES_MAX && self.shed() {}
    }

    /// Notes that a receiver was told before a crash of which the state does not know yet.
    pub fn noted(&mut self, note: &Note) {
        self.lanes.entry(note.receiver.clone()).or_default().noted(note);
    }

    /// The next notification to send, if any is due. The caller sends it and calls `answered`.
    pub fn due(&mut self, now: Timestamp) -> Option<Due> {
        for (name, lane) in &mut self.lanes {
            lane.wake(&mut self.next_id, now);
            if let Some((id, notification, posted, is_repeated)) = lane.due(now) {
                return Some(Due { id, receiver: name.clone(), notification, posted, is_repeated });
            }
        }
        None
    }

    /// Says what an attempt came to. `random` is drawn evenly from all of `u64`. An unknown attempt changes nothing.
    pub fn answered(&mut self, id: u64, verdict: &Verdict, now: Timestamp, random: u64) {
        let lane = self.lanes.values_mut().find(|lane| lane.holds(id));
        if let Some(lane) = lane {
            lane.answered(id, verdict, now, random, &mut self.counters);
        }
    }

    /// When something is due next; `None` while nothing waits or all that waits is under way.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.lanes.values().filter_map(Lane::next_due).min()
    }

    /// How many notifications wait or are under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.values().map(Lane::len).sum()
    }

    /// Whether nothing waits and nothing is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many wait or are under way, by receiver.
    pub fn waiting(&self) -> impl Iterator<Item = (&str, usize)> {
        self.lanes.iter().map(|(name, lane)| (name.as_ref(), lane.len()))
    }

    /// What became of notifications since the state began.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Makes room where most wait: there the receiver is down.
    fn shed(&mut self) -> bool {
        let fullest = self.lanes.values_mut().max_by_key(|lane| lane.len());
        let was_shed = fullest.is_some_and(Lane::shed);
        self.counters.shed += u64::from(was_shed);
        was_shed
    }
}

/// Whether it tells that something is over that was told before.
fn is_end(notification: &Notification) -> bool {
    match notification.kind {
        Kind::Individual | Kind::List | Kind::Fleet => notification.status == Status::Resolved,
        Kind::Digest | Kind::Heartbeat => false,
    }
}

#[cfg(test)]
mod tests;
