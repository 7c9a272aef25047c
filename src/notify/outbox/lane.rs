//! What waits for one receiver.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pace::{Bucket, Pace};
use super::{Counters, Note, is_end};
use crate::export::backoff::Backoff;
use crate::incident::{Cause, Kind, Notification};
use crate::notify::{Verdict, alertmanager};
use crate::time::Timestamp;

/// Waits of one notification that fails again and again.
const OF_ENTRY: Backoff = Backoff { first: Duration::from_secs(2), max: Duration::from_mins(1) };

/// Waits of a receiver that fails whatever it is sent; shorter, so that it is soon found to be back.
const OF_LANE: Backoff = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(30) };

/// How long an incident is remembered that nobody said is over, as of rules that do not tell of it. Shorter than its numbers
/// go on, which is 30 days: else its next beginning would be taken for a repetition.
const OPEN_FOR: Duration = Duration::from_hours(29 * 24);

/// The most incidents that are remembered.
const INCIDENTS_MAX: usize = 50_000;

/// One receiver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lane {
    pub(super) pace: Pace,
    /// What waits or is under way, in the order in which it came.
    entries: BTreeMap<u64, Entry>,
    incidents: BTreeMap<Box<str>, Incident>,
    bucket: Bucket,
    /// Failures since the last success.
    failures: u32,
    paused_until: Timestamp,
    forgot_at: Timestamp,
}

/// A notification that waits or is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    notification: Notification,
    failures: u32,
    not_before: Timestamp,
    /// When it was first sent with success, for one that is sent again to an Alertmanager.
    first_sent: Option<Timestamp>,
}

/// An incident, as the receiver knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Incident {
    told: Option<Told>,
    /// The entry that waits: the newest state.
    waiting: Option<u64>,
    /// The entry that is under way.
    flying: Option<u64>,
    /// The receiver may have got something of which it is not known.
    doubtful: bool,
    /// What is to be sent again, and when.
    again: Option<Again>,
}

/// What the receiver was told last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    number: u32,
    /// The tick that was told of.
    tick: Timestamp,
    /// It knows of the incident and not of its end.
    open: bool,
    at: Timestamp,
    /// See `Verdict::Accepted`.
    posted: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Again {
    notification: Notification,
    first_sent: Timestamp,
    next: Timestamp,
}

impl Incident {
    /// Whether the receiver knows, or may know, that it began.
    fn may_be_open(&self) -> bool {
        self.doubtful || self.flying.is_some() || self.told.as_ref().is_some_and(|told| told.open)
    }

    /// Whether a notification says the opposite of what was told, of a later tick. A replay that looks at several ticks at once tells
    /// less than was told before the crash, and so numbers its notifications lower; the last word counts all the same.
    fn is_turned_by(&self, notification: &Notification) -> bool {
        let has_end = !matches!(notification.kind, Kind::Digest | Kind::Heartbeat);
        let told = self.told.as_ref().filter(|_| has_end && self.waiting.is_none() && self.flying.is_none());
        told.is_some_and(|told| told.open == is_end(notification) && notification.at > told.tick)
    }

    const fn is_idle(&self) -> bool {
        self.waiting.is_none() && self.flying.is_none() && self.again.is_none()
    }

    fn tell(&mut self, (number, tick): (u32, Timestamp), open: bool, posted: Option<Box<str>>, at: Timestamp) {
        self.told = Some(Told { number, tick, open, at, posted });
    }
}

impl Lane {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn holds(&self, id: u64) -> bool {
        self.entries.contains_key(&id)
    }

    pub(super) fn restarted(&mut self) {
        for incident in self.incidents.values_mut() {
            if let Some(id) = incident.flying.take() {
                // What waited behind it is newer.
                match incident.waiting {
                    Some(_) => drop(self.entries.remove(&id)),
                    None => incident.waiting = Some(id),
                }
            }
            incident.doubtful |= incident.waiting.is_some();
        }
    }

    pub(super) fn noted(&mut self, note: &Note) {
        let incident = self.incidents.entry(note.incident.clone()).or_default();
        if incident.told.as_ref().is_some_and(|told| told.number >= note.number && told.tick >= note.tick) {
            return;
        }
        incident.tell((note.number, note.tick), note.open, note.posted.clone(), note.at);
        let entries = &self.entries;
        let is_older = |id: &mut u64| entries.get(id).is_none_or(|entry| entry.notification.number <= note.number);
        if let Some(entry) = incident.waiting.take_if(is_older).and_then(|id| self.entries.remove(&id))
            && self.pace == Pace::Alertmanager
            && entry.notification.number == note.number
        {
            incident.again = again(entry.notification, entry.first_sent.unwrap_or(note.at), note.at);
        }
    }

    pub(super) fn push(
        &mut self,
        id: u64,
        notification: &Notification,
        wants_end: bool,
        may_be_sent: bool,
        now: Timestamp,
        counters: &mut Counters,
    ) {
        let incident = self.incidents.entry(notification.incident.clone()).or_default();
        let number = |id: Option<u64>| id.and_then(|id| self.entries.get(&id)).map(|entry| entry.notification.number);
        let known = [incident.told.as_ref().map(|told| told.number), number(incident.waiting), number(incident.flying)];
        // Heartbeats have no order that would survive a restart; the last one counts.
        let is_known = known.into_iter().flatten().any(|known| known >= notification.number);
        if notification.kind != Kind::Heartbeat && is_known && !incident.is_turned_by(notification) {
            // What is made anew after a crash: it was told, but is to be told again and again.
            if let Some(told) = incident.told.as_ref().filter(|told| told.number == notification.number)
                && self.pace == Pace::Alertmanager
                && incident.is_idle()
            {
                incident.again = again(notification.clone(), told.at, told.at);
            }
            return;
        }
        incident.doubtful |= may_be_sent;
        incident.again = None;
        if is_end(notification) && (!wants_end || !incident.may_be_open()) {
            if let Some(waiting) = incident.waiting.take() {
                drop(self.entries.remove(&waiting));
                counters.never_told += 1;
            }
            incident.tell((notification.number, notification.at), false, None, now);
            return;
        }
        counters.queued += 1;
        match incident.waiting.and_then(|waiting| self.entries.get_mut(&waiting)) {
            Some(entry) => {
                notification.clone_into(&mut entry.notification);
                entry.first_sent = None;
                counters.superseded += 1;
            }
            None => {
                incident.waiting = Some(id);
                let entry =
                    Entry { notification: notification.clone(), failures: 0, not_before: now, first_sent: None };
                let _ = self.entries.insert(id, entry);
            }
        }
    }

    /// Makes entries of what is to be sent again.
    pub(super) fn wake(&mut self, next_id: &mut u64, now: Timestamp) {
        if self.pace != Pace::Alertmanager {
            return;
        }
        for incident in self.incidents.values_mut() {
            if incident.waiting.is_some() || incident.flying.is_some() {
                continue;
            }
            let Some(again) = incident.again.take_if(|again| again.next <= now) else { continue };
            let id = *next_id;
            *next_id += 1;
            incident.waiting = Some(id);
            let entry = Entry {
                notification: again.notification,
                failures: 0,
                not_before: now,
                first_sent: Some(again.first_sent),
            };
            let _ = self.entries.insert(id, entry);
        }
    }

    /// The attempt, what is told, what that replaces, and whether it was accepted before.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<(u64, Notification, Option<Box<str>>, bool)> {
        if self.free_at()? > now {
            return None;
        }
        let incidents = &mut self.incidents;
        let is_due = |(id, entry): (&u64, &Entry)| {
            let incident = incidents.get(&entry.notification.incident)?;
            let is_next = incident.waiting == Some(*id) && incident.flying.is_none();
            (is_next && entry.not_before <= now).then_some(*id)
        };
        let id = self.entries.iter().find_map(is_due)?;
        let entry = self.entries.get(&id)?;
        let (notification, is_repeated) = (entry.notification.clone(), entry.first_sent.is_some());
        let incident = incidents.get_mut(&notification.incident)?;
        (incident.waiting, incident.flying) = (None, Some(id));
        let posted = incident.told.as_ref().filter(|told| told.open).and_then(|told| told.posted.clone());
        self.bucket.take(self.pace, now);
        Some((id, notification, posted, is_repeated))
    }

    /// When the receiver takes something; `None` while as much is under way as it takes at once.
    fn free_at(&self) -> Option<Timestamp> {
        let flying = self.incidents.values().filter(|incident| incident.flying.is_some()).count();
        (flying < self.pace.at_once()).then(|| self.paused_until.max(self.bucket.next(self.pace)))
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let free_at = self.free_at()?;
        let waiting = |(id, entry): (&u64, &Entry)| {
            let incident = self.incidents.get(&entry.notification.incident)?;
            (incident.waiting == Some(*id) && incident.flying.is_none()).then_some(entry.not_before)
        };
        let entries = self.entries.iter().filter_map(waiting);
        let again = self.incidents.values().filter(|it| it.waiting.is_none() && it.flying.is_none());
        let again = again.filter_map(|incident| incident.again.as_ref()).map(|again| again.next);
        entries.chain(again).min().map(|at| at.max(free_at))
    }

    pub(super) fn answered(
        &mut self,
        id: u64,
        verdict: &Verdict,
        now: Timestamp,
        random: u64,
        counters: &mut Counters,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let Some(incident) = self.incidents.get_mut(&entry.notification.incident) else { return };
        if incident.flying != Some(id) {
            return;
        }
        incident.flying = None;
        match verdict {
            Verdict::Accepted { posted } => {
                self.failures = 0;
                counters.sent += 1;
                if let Some(entry) = self.entries.remove(&id) {
                    accepted(incident, entry, posted.clone(), self.pace, now);
                }
            }
            Verdict::Retry { after, uncertain, .. } => {
                counters.retried += 1;
                self.failures = self.failures.saturating_add(1);
                self.paused_until = now.plus(OF_LANE.wait(self.failures, *after, random));
                incident.doubtful |= *uncertain;
                entry.failures = entry.failures.saturating_add(1);
                entry.not_before = now.plus(OF_ENTRY.wait(entry.failures, *after, random));
                if incident.waiting.is_none() {
                    incident.waiting = Some(id);
                } else {
                    drop(self.entries.remove(&id));
                    counters.superseded += 1;
                }
            }
            Verdict::Gone => {
                if let Some(told) = &mut incident.told {
                    told.posted = None;
                }
                if incident.waiting.is_none() {
                    incident.waiting = Some(id);
                } else {
                    drop(self.entries.remove(&id));
                    counters.superseded += 1;
                }
            }
            Verdict::Refused { .. } => {
                self.failures = 0;
                counters.refused += 1;
                if let Some(entry) = self.entries.remove(&id) {
                    refused(incident, &entry.notification, now);
                }
            }
        }
        end_in_silence(incident, &mut self.entries, now, counters);
    }

    /// Forgets incidents that are long over.
    pub(super) fn forget(&mut self, now: Timestamp, after: Duration) {
        const INTERVAL: Duration = Duration::from_mins(10);
        if now.since(self.forgot_at) < INTERVAL && self.incidents.len() < INCIDENTS_MAX {
            return;
        }
        self.forgot_at = now;
        self.incidents.retain(|_, incident| {
            let is_recent = incident.told.as_ref().is_some_and(|told| {
                let kept = if told.open { OPEN_FOR } else { after };
                now.since(told.at) < kept
            });
            is_recent || !incident.is_idle()
        });
        let excess = self.incidents.len().saturating_sub(INCIDENTS_MAX);
        if excess > 0 {
            self.forget_oldest(excess);
        }
    }

    fn forget_oldest(&mut self, count: usize) {
        let idle = self.incidents.iter().filter(|(_, incident)| incident.is_idle());
        let mut idle: Vec<(bool, Timestamp, Box<str>)> = idle
            .map(|(name, incident)| {
                let told = incident.told.as_ref();
                (told.is_some_and(|told| told.open), told.map(|told| told.at).unwrap_or_default(), name.clone())
            })
            .collect();
        idle.sort_unstable();
        for (_, _, name) in idle.into_iter().take(count) {
            let _ = self.incidents.remove(&name);
        }
    }

    /// Gives up what matters least, the oldest first: digests, then updates, then beginnings, then ends.
    pub(super) fn shed(&mut self) -> bool {
        let candidates = self.entries.iter().filter_map(|(id, entry)| {
            let incident = self.incidents.get(&entry.notification.incident)?;
            (incident.waiting == Some(*id)).then(|| (weight(&entry.notification, incident), *id))
        });
        let Some((_, id)) = candidates.min() else { return false };
        let Some(entry) = self.entries.remove(&id) else { return false };
        if let Some(incident) = self.incidents.get_mut(&entry.notification.incident) {
            incident.waiting = None;
            incident.again = None;
        }
        true
    }
}

/// How much is lost with a notification.
fn weight(notification: &Notification, incident: &Incident) -> u8 {
    if is_end(notification) {
        return 3;
    }
    match notification.cause {
        Cause::Digest | Cause::Heartbeat => 0,
        // What took the place of a beginning is one.
        _ if !incident.told.as_ref().is_some_and(|told| told.open) => 2,
        Cause::Grew | Cause::Changed | Cause::Eased | Cause::Repeat | Cause::Flapping => 1,
        Cause::Fired | Cause::Escalated | Cause::Unmuted | Cause::Resolved => 2,
    }
}

fn accepted(incident: &mut Incident, entry: Entry, posted: Option<Box<str>>, pace: Pace, now: Timestamp) {
    let before = incident.told.take();
    let notification = entry.notification;
    let open = match notification.kind {
        Kind::Digest | Kind::Heartbeat => false,
        Kind::Individual | Kind::List | Kind::Fleet => !is_end(&notification),
    };
    let posted = posted.or_else(|| before.and_then(|told| told.posted)).filter(|_| open);
    incident.tell((notification.number, notification.at), open, posted, now);
    incident.doubtful = false;
    if pace == Pace::Alertmanager && incident.waiting.is_none() {
        let first_sent = entry.first_sent.unwrap_or(now);
        incident.again = again(notification, first_sent, now);
    }
}

/// What an Alertmanager is to be told again that was told at `sent`.
fn again(notification: Notification, first_sent: Timestamp, sent: Timestamp) -> Option<Again> {
    let next = alertmanager::resend_after(&notification, first_sent, sent)?;
    Some(Again { notification, first_sent, next })
}

fn refused(incident: &mut Incident, notification: &Notification, now: Timestamp) {
    let (open, posted) = match incident.told.take() {
        Some(told) => (told.open && !is_end(notification), told.posted),
        None => (false, None),
    };
    incident.tell((notification.number, notification.at), open, posted, now);
}

/// An end that waits for an incident that the receiver turned out never to have heard of is not worth a word.
fn end_in_silence(
    incident: &mut Incident,
    entries: &mut BTreeMap<u64, Entry>,
    now: Timestamp,
    counters: &mut Counters,
) {
    let Some(waiting) = incident.waiting.filter(|_| !incident.may_be_open()) else { return };
    let end = entries.get(&waiting).map(|it| &it.notification).filter(|it| is_end(it));
    let Some(which) = end.map(|it| (it.number, it.at)) else { return };
    drop(entries.remove(&waiting));
    incident.waiting = None;
    incident.tell(which, false, None, now);
    counters.never_told += 1;
}
