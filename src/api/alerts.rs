//! `GET /alerts...`: alerts, one by one, in groups, and what they did.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;
use super::fleet::{Common, State};

/// A row of `GET /alerts/groups`: the alerts of a rule, of a tenant, or of accounts with a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertGroup {
    /// What the group is of: name of the alert, id of the tenant, or value of the label.
    pub key: String,
    /// What that is: `rule`, `tenant`, or the label's name.
    pub by: String,
    /// The rule of all of its alerts; absent where they are of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The worst state of its alerts that are not silenced; that of all where all are.
    pub state: State,
    /// Accounts with an alert that fires or is pending, as the filter has it.
    pub accounts: u32,
    /// Alerts that match the filter.
    pub alerts: u32,
    /// Critical ones.
    pub critical: u32,
    /// At warning.
    pub warning: u32,
    /// Pending ones.
    pub pending: u32,
    /// Silenced ones.
    pub silenced: u32,
    /// Acknowledged ones.
    pub acked: u32,
    /// How it goes.
    pub trend: Trend,
    /// When the first of them began to breach.
    pub first: Time,
    /// When the last of them began to fire, or to be pending where none fires.
    pub last: Time,
    /// Firing accounts at the end of each of the last 24 slots of 15 minutes, oldest first; fewer after a start.
    pub spark: Vec<u32>,
    /// What their accounts have in common that the fleet has not.
    pub common: Vec<Common>,
    /// Labels that all of its accounts share: shown once, on the row.
    pub shared: BTreeMap<String, String>,
    /// What the rule says of it, as notifications do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Key of the incident to acknowledge, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

/// How a group of alerts goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Younger than 15 minutes.
    New,
    /// More accounts than 15 minutes ago.
    Growing,
    /// As many.
    Steady,
    /// Fewer.
    Shrinking,
    /// Alerts of it fire and resolve again and again.
    Flapping,
}

/// An alert that is not inactive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alert {
    /// 16 hexadecimal digits; the same for the same rule and group, on every machine.
    pub fingerprint: String,
    /// Its name: that of the rule, or `<rule>:NoData`, `<rule>:FleetShift`, `<rule>:Overflow`.
    pub name: String,
    /// The rule.
    pub rule: String,
    /// Whose it is; absent where the rule groups by something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Tenant; empty where there is none.
    pub tenant: String,
    /// Name of the account, for people.
    pub account_name: String,
    /// Region: of the group, else of the directory; empty where not known.
    pub region: String,
    /// Values of the group beside the account, by name.
    pub group: BTreeMap<String, String>,
    /// Labels of the rule, without its severity.
    pub labels: BTreeMap<String, String>,
    /// Its state.
    pub state: State,
    /// It is getting better, and fires still.
    pub recovering: bool,
    /// It is silenced: by these silences.
    pub silenced_by: Vec<String>,
    /// It is acknowledged, by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_by: Option<String>,
    /// The value when it was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The same with its unit, for people.
    pub value_text: String,
    /// The threshold that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The same with its unit.
    pub threshold_text: String,
    /// Since when it breaches.
    pub since: Time,
    /// Since when it fires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired: Option<Time>,
    /// When someone was last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified: Option<Time>,
    /// Class or receiver that is told.
    pub notify: String,
    /// Which time it fires.
    pub episode: u32,
    /// What it says, as notifications do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// The worst state in each of the last 24 hours, oldest first, one digit each as in `FleetState`; `-` where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
}

/// A row of `GET /alerts/history`: an alert changed its state or level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transition {
    /// When.
    pub at: Time,
    /// The alert.
    pub fingerprint: String,
    /// Its name.
    pub name: String,
    /// The rule.
    pub rule: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Tenant at that time.
    pub tenant: String,
    /// Values of the group beside the account.
    pub group: BTreeMap<String, String>,
    /// State before.
    pub from: State,
    /// State now.
    pub to: State,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The same with its unit.
    pub value_text: String,
    /// Why.
    pub reason: String,
    /// Which time it fires.
    pub episode: u32,
}

/// `POST /alerts/ack`: nothing more is told of it until it resolves or becomes worse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AckRequest {
    /// Fingerprint of an alert; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// key of an incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Who; a token's or proxy's name counts before it.
    #[serde(default)]
    pub by: String,
    /// Why, or what is being done.
    #[serde(default)]
    pub comment: String,
}
