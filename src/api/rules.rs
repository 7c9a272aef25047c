//! Rules: `GET /rules`, `GET /rules/{rule}`, `GET /rules/{rule}/instances`, `POST /rules/check`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;
use super::fleet::State;

/// A row of `GET /rules`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleRow {
    /// Name.
    pub rule: String,
    /// What kind of rule: `threshold`, `absence`, ...
    pub kind: String,
    /// The worst level that it can have: `critical` or `warning`.
    pub level: String,
    /// The file, and the line that it begins at.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// What it says it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Labels of the rule.
    pub labels: BTreeMap<String, String>,
    /// Accounts that it holds for, of `accounts` in all.
    pub applies_to: u32,
    /// Accounts of the directory.
    pub accounts: u32,
    /// Its selector as written, where it does not hold for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Alerts that fire.
    pub firing: u32,
    /// Alerts that are pending.
    pub pending: u32,
    /// Groups that want data and have none.
    pub no_data: u32,
    /// The worst state of its alerts.
    pub state: State,
    /// Overrides.
    pub overrides: u32,
    /// When it was last evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluated: Option<Time>,
    /// Groups that are tracked.
    pub groups: u64,
    /// Groups that may be tracked.
    pub groups_max: u64,
    /// When an alert of it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Time>,
}

/// `GET /rules/{rule}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// What lists show of it.
    #[serde(flatten)]
    pub row: RuleRow,
    /// Its source, without the rest of the file.
    pub source: String,
    /// Annotations as written.
    pub annotations: BTreeMap<String, String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// How often it is evaluated, in seconds.
    pub every_seconds: u64,
    /// Overrides, in the order in which they count; a later one wins. Those that hold for nobody whom the reader may see are left out
    /// for readers of some tenants.
    pub override_list: Vec<Override>,
    /// Notifications of it that were sent lately, newest first.
    pub notifications: Vec<Notification>,
}

/// `GET /rules/{rule}/source`: the lines of a rule in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleSource {
    /// The rule.
    pub rule: String,
    /// Its file.
    pub file: String,
    /// Its first line, from 1.
    pub line: u32,
    /// Its last line.
    pub line_last: u32,
    /// The lines, as they are written.
    pub source: String,
}

/// Other settings for some accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Override {
    /// For whom, as written.
    pub selector: String,
    /// What is set, as written: `threshold: 9 %`.
    pub changes: BTreeMap<String, String>,
    /// How many accounts it counts for.
    pub accounts: u32,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Whether that is over.
    pub expired: bool,
}

/// Something that someone was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notification {
    /// When.
    pub at: Time,
    /// Its title.
    pub title: String,
    /// Class or receiver.
    pub to: String,
    /// Why now: `fired`, `grew`, `resolved`, ...
    pub cause: String,
    /// How many accounts fire.
    pub accounts: u32,
}

/// A row of `GET /rules/{rule}/instances`: a group of a rule, whatever its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Tenant.
    pub tenant: String,
    /// Name of the account.
    pub account_name: String,
    /// Values of the group beside the account.
    pub group: BTreeMap<String, String>,
    /// State.
    pub state: State,
    /// Value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The same with its unit.
    pub value_text: String,
    /// The threshold that counts for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The same with its unit.
    pub threshold_text: String,
    /// Distance from the threshold as a share of it: 0 at the threshold, below 0 beyond it; absent where not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// Since when it breaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// Answer to `POST /rules/check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What is wrong with the text; nothing was tried where one of them is an error.
    pub diagnostics: Vec<Diagnostic>,
    /// What would have fired over what is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_fire: Option<WouldFire>,
}

/// Something that is wrong with rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// Stable code, such as `E012`.
    pub code: String,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What would have fired.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WouldFire {
    /// Over how many seconds of stored data.
    pub seconds: u64,
    /// Log records that were looked at.
    pub records: u64,
    /// Accounts of which an alert would have fired.
    pub accounts: u32,
    /// How often alerts would have begun to fire.
    pub fired: u32,
    /// The same by rule.
    pub rules: BTreeMap<String, u32>,
    /// Accounts, at most 50, and how often.
    pub items: Vec<(String, u32)>,
    /// What it does not tell: metrics are not stored, and the like.
    pub notices: Vec<String>,
}
