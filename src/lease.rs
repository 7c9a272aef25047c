//! The lease: of several processes on one state, who holds it works, and the others stand by.
//!
//! The lease is a row of entries with growing numbers, of which each is created only if nobody created one of that number. Who
//! holds it writes the next entry again and again. Who stands by counts, by a clock of its own, how long it has seen no new
//! one, and writes the next entry itself when that was long enough. So only one of them goes on from an entry, and no two
//! clocks need to agree on the time: only on how long a second is, and not even on that very well, since who holds the lease
//! gives it up by itself a good while before anyone may take it.
//!
//! Times are of a clock that never goes back, counted from whenever: a `Duration` since some moment of this process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An entry is written so many times in the time after which others take over.
const RENEWALS: u32 = 4;

/// The part of that time before which the holder gives up: what it began to say is over when another begins to speak.
const MARGIN: u32 = 4;

/// The part of that time that one attempt to write may take, so that a second one still comes in time.
const ATTEMPT: u32 = 8;

/// How often who stands by looks: so soon it takes over what was given back.
const LOOKS: u32 = 10;
const LOOK_MIN: Duration = Duration::from_millis(500);
const LOOK_MAX: Duration = Duration::from_secs(2);

/// A process that may hold the lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// No other process has it.
    pub id: String,
    /// What people call it.
    pub host: String,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who wrote it.
    pub holder: Holder,
    /// How often the lease went from one process to another before.
    pub term: u64,
    /// The holder needs it no more: who stands by may take it at once.
    pub released: bool,
    /// After what time without a new entry it may be taken, as the holder sees it, in milliseconds.
    pub takeover_after_ms: u64,
}

/// An entry and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub number: u64,
    /// The entry.
    pub entry: Entry,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait until then, and ask again.
    Wait(Duration),
    /// Look what the newest entry is.
    Look,
    /// Create this entry.
    Write(Numbered),
    /// Nothing more: the lease is or may be gone.
    Stop,
}

/// What became of an entry that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there, and the newest.
    Created,
    /// Another process has created one of that number, or a later one.
    TooLate,
    /// It may be there or not.
    Unknown,
}

/// How things stand for one process.
#[derive(Clone, Debug)]
pub struct Lease {
    me: Holder,
    takeover_after: Duration,
    role: Role,
    /// The newest entry, and when it was seen first.
    newest: Option<(Numbered, Duration)>,
    /// An entry that is being written, and when that was tried first.
    pending: Option<(u64, Duration)>,
    next_look: Duration,
    looked: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Standby,
    /// Holds it until then, unless it writes the next entry before.
    Active {
        until: Duration,
        renew_at: Duration,
    },
    Over,
}

impl Lease {
    /// Begins as one that stands by.
    #[must_use]
    pub const fn new(me: Holder, takeover_after: Duration) -> Self {
        Self {
            me,
            takeover_after,
            role: Role::Standby,
            newest: None,
            pending: None,
            next_look: Duration::ZERO,
            looked: None,
        }
    }

    /// The same process as another holder, which stands by and knows of what was seen.
    #[must_use]
    pub fn anew(&self, me: Holder) -> Self {
        Self { me, role: Role::Standby, pending: None, looked: None, ..self.clone() }
    }

    /// What to do now.
    #[must_use]
    pub fn next(&self, now: Duration) -> Step {
        match self.role {
            Role::Over => Step::Stop,
            Role::Active { until, .. } if now >= until => Step::Stop,
            Role::Active { renew_at, .. } if now >= renew_at => Step::Write(self.following(false)),
            Role::Active { renew_at, until } => Step::Wait(renew_at.min(until)),
            Role::Standby if now < self.next_look => Step::Wait(self.next_look),
            Role::Standby if self.is_fresh(now) && self.is_free(now) => Step::Write(self.following(false)),
            Role::Standby => Step::Look,
        }
    }

    /// Somebody who stands by looked. It must look again before it writes, so that what it goes on from is the newest.
    pub fn looked(&mut self, newest: Option<Numbered>, now: Duration) {
        let is_new = match (&self.newest, &newest) {
            (Some((known, _)), Some(seen)) => known != seen,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if is_new {
            self.newest = newest.map(|newest| (newest, now));
        }
        self.looked = Some(now);
        let ours = self.newest.as_ref().filter(|(newest, _)| newest.entry.holder == self.me && !newest.entry.released);
        // What could not be seen to be written was.
        if let (Some((newest, _)), Some((number, began)), Role::Standby) = (ours, self.pending, self.role)
            && newest.number == number
        {
            self.hold(began);
        }
        self.next_look = if self.is_free(now) { now } else { now + self.look_interval() };
    }

    /// It could not be looked.
    pub fn could_not_look(&mut self, now: Duration) {
        self.looked = None;
        self.next_look = now + self.look_interval();
    }

    /// The entry of `next` is being written from now on.
    pub fn writing(&mut self, number: u64, now: Duration) {
        if self.pending.is_none_or(|(pending, _)| pending != number) {
            self.pending = Some((number, now));
        }
    }

    /// What became of it.
    pub fn wrote(&mut self, entry: Numbered, written: Written, now: Duration) {
        let began = self.pending.filter(|(number, _)| *number == entry.number).map_or(now, |(_, began)| began);
        match (written, self.role) {
            (Written::Created, Role::Standby | Role::Active { .. }) => {
                self.role = if entry.entry.released { Role::Over } else { self.role };
                self.newest = Some((entry, now));
                if self.role != Role::Over {
                    self.hold(began);
                }
            }
            (Written::TooLate, Role::Active { .. }) => self.role = Role::Over,
            (Written::Unknown, Role::Active { until, .. }) => {
                let renew_at = now + self.attempt_max() / 4;
                self.role = Role::Active { until, renew_at };
            }
            (Written::TooLate | Written::Unknown, Role::Standby) => {
                self.looked = None;
                self.next_look = now + LOOK_MIN.min(self.look_interval());
            }
            (_, Role::Over) => {}
        }
    }

    /// Until when this process holds the lease; `None` if it does not.
    #[must_use]
    pub const fn held_until(&self) -> Option<Duration> {
        match self.role {
            Role::Active { until, .. } => Some(until),
            Role::Standby | Role::Over => None,
        }
    }

    /// The entry that gives the lease back.
    #[must_use]
    pub fn release(&self) -> Option<Numbered> {
        matches!(self.role, Role::Active { .. }).then(|| self.following(true))
    }

    /// The newest entry that was seen, and how long it has been the newest.
    #[must_use]
    pub fn newest(&self, now: Duration) -> Option<(&Entry, Duration)> {
        self.newest.as_ref().map(|(newest, seen)| (&newest.entry, now.saturating_sub(*seen)))
    }

    /// How long one attempt to write may take.
    #[must_use]
    pub fn attempt_max(&self) -> Duration {
        self.takeover_after / ATTEMPT
    }

    /// How long after the lease is over what was begun before may still go on.
    #[must_use]
    pub fn margin(&self) -> Duration {
        self.takeover_after / MARGIN
    }

    fn hold(&mut self, began: Duration) {
        let until = began + self.takeover_after - self.margin();
        self.role = Role::Active { until, renew_at: began + self.takeover_after / RENEWALS };
        self.pending = None;
    }

    /// Whether it was looked a moment ago.
    fn is_fresh(&self, now: Duration) -> bool {
        self.looked.is_some_and(|looked| now.saturating_sub(looked) < LOOK_MIN)
    }

    /// Whether nobody holds it. The longer of both times counts, that of who wrote and that of who waits.
    fn is_free(&self, now: Duration) -> bool {
        let Some((newest, seen)) = &self.newest else { return true };
        let theirs = Duration::from_millis(newest.entry.takeover_after_ms);
        newest.entry.released || now.saturating_sub(*seen) >= self.takeover_after.max(theirs)
    }

    fn following(&self, released: bool) -> Numbered {
        let (number, term) = match &self.newest {
            None => (1, 1),
            Some((newest, _)) => {
                let is_mine = newest.entry.holder == self.me;
                (newest.number + 1, newest.entry.term + u64::from(!is_mine))
            }
        };
        let takeover_after_ms = u64::try_from(self.takeover_after.as_millis()).unwrap_or(u64::MAX);
        Numbered { number, entry: Entry { holder: self.me.clone(), term, released, takeover_after_ms } }
    }

    fn look_interval(&self) -> Duration {
        (self.takeover_after / LOOKS).clamp(LOOK_MIN, LOOK_MAX)
    }
}

#[cfg(test)]
mod tests;
