//! Stage 3: one incident for the one who is on call, however many accounts fire.

use std::collections::BTreeMap;

pub mod silence;
pub mod mute;
mod common;
mod message;
mod alert;
mod flap;
mod digest;
mod open;
mod show;
mod tell;
mod moment;
mod inhibit;
mod keeper;
mod quiet;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use alert::{Labels, base, fingerprint, group_values, of_account};
pub use common::{LIFT_MIN, SHARE_MIN};
pub use keeper::{Firing, Heartbeat, Incidents, Preview, Settings, State, Target};
pub use open::Incident;
pub use quiet::{Hush, Quiet, Told};
pub use show::BECAUSE;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::rule::{Level, Unit};
use crate::sample::Line;
use crate::time::Timestamp;

/// Something that someone is told. What a message shows is in it, so that it can be sent later and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Idempotency key: of incident, episode and number; the same in every replay.
    pub id: Box<str>,
    /// The incident: the same from first notification to resolve, and the `dedup_key` of receivers that have one.
    pub incident: Box<str>,
    /// Order within the incident: a later one replaces an earlier one that was not sent.
    pub number: u32,
    /// How many accounts it is about, and so how it looks.
    pub kind: Kind,
    /// Why now.
    pub cause: Cause,
    /// Whether it still fires.
    pub status: Status,
    /// The worst level of its alerts.
    pub level: Level,
    /// Class or receiver that is told (`notify`), and the route to look it up by.
    pub to: Box<str>,
    /// See `rule::Notify`.
    pub route: Option<Box<str>>,
    /// Name of the rule; empty for a digest or heartbeat.
    pub rule: Box<str>,
    /// Labels of the rule and of the incident.
    pub labels: BTreeMap<Box<str>, Box<str>>,
    /// Since when the first of its alerts breaches.
    pub since: Timestamp,
    /// The tick that it tells of.
    pub at: Timestamp,
    /// It was found while catching up.
    pub late: bool,
    /// The alert fires and resolves again and again.
    pub flapping: bool,
    /// How many accounts fire now.
    pub accounts: u32,
    /// How many fired at most.
    pub accounts_max: u32,
    /// How many were evaluated at that tick.
    pub evaluated: u32,
    /// Alerts, worst first: all of them for an individual notification or a list, the worst ten for a fleet, those of a digest.
    pub alerts: Vec<AlertShown>,
    /// How many alerts there are in all.
    pub alerts_total: u32,
    /// What the firing accounts have in common, most telling first.
    pub common: Vec<Common>,
    /// Records that show what happened.
    pub lines: Vec<Line>,
    /// Rendered annotations by name: `summary`, `description` and others.
    pub annotations: BTreeMap<Box<str>, Box<str>>,
    /// Where it says what to do.
    pub runbook: Option<Box<str>>,
}

/// How many accounts a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One alert.
    Individual,
    /// Some accounts.
    List,
    /// The fleet, or a good part of it.
    Fleet,
    /// What fired and resolved while nobody could be told.
    Digest,
    /// Fanin is alive.
    Heartbeat,
}

/// Why something is told now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It began.
    Fired,
    /// It became critical.
    Escalated,
    /// It is less bad.
    Eased,
    /// More accounts.
    Grew,
    /// Other accounts.
    Changed,
    /// It is over.
    Resolved,
    /// It goes on.
    Repeat,
    /// A silence or inhibition ended and it fires still.
    Unmuted,
    /// It began to flap.
    Flapping,
    /// A digest after a stall.
    Digest,
    /// Fanin is alive.
    Heartbeat,
}

/// Whether it still fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It fires.
    Firing,
    /// It is over.
    Resolved,
}

impl Status {
    /// Its name, as receivers are told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// One alert in a notification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertShown {
    /// Fingerprint of the alert.
    pub alert: u64,
    /// Its rule, where the notification is of several.
    pub rule: Box<str>,
    /// Whose it is.
    pub account: Option<AccountId>,
    /// Tenant; `unassigned` where the directory does not know the account, empty where there is none.
    pub tenant: Box<str>,
    /// Name of the tenant, for people.
    pub tenant_name: Box<str>,
    /// Tier, where known.
    pub tier: Box<str>,
    /// Region: of the group, else of the directory.
    pub region: Box<str>,
    /// Values of the group beside the account, by name.
    pub group: BTreeMap<Box<str>, Box<str>>,
    /// Whether it still fires.
    pub status: Status,
    /// Level.
    pub level: Level,
    /// Value when it was last looked at.
    pub value: Option<f64>,
    /// The threshold that counts.
    pub threshold: Option<f64>,
    /// How both are shown.
    pub unit: Unit,
    /// Since when it breaches.
    pub since: Timestamp,
    /// When it resolved.
    pub resolved: Option<Timestamp>,
    /// Which time it fires.
    pub episode: u32,
    /// On how many accounts a new key was met; 0 of alerts on anything else.
    pub spread: u32,
}

/// What firing accounts have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Common {
    /// The attribute: `region`, `tier`, or a label of the directory such as `ring`.
    pub name: Box<str>,
    /// Its value.
    pub value: Box<str>,
    /// Which share of the firing accounts has it, 0 to 1.
    pub share: f64,
    /// Which share of the fleet has it.
    pub share_of_fleet: f64,
    /// How many of the firing accounts.
    pub accounts: u32,
}
