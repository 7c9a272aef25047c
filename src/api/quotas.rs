//! `GET /quotas` and `GET /accounts/{id}/quotas`: what accounts use of their quotas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;

/// A quota of an account and Region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaUse {
    /// The account.
    pub account: String,
    /// Its tenant.
    pub tenant: String,
    /// Its name, for people.
    pub account_name: String,
    /// The Region.
    pub region: String,
    /// Code of the service, such as `lambda`; what the metric calls it where no quota is known.
    pub service: String,
    /// Code of the quota, such as `L-B99A9384`; absent where use is told of something of which no quota is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// What it is of.
    pub name: String,
    /// How much is used; absent where nothing was told in the last half hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<f64>,
    /// When that was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Time>,
    /// The highest use of the last two weeks, as far as they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<f64>,
    /// How much is allowed; absent where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Where the value is from: `override` and `table` (the table of quotas), `service_quotas` (applied to the account),
    /// `service_quotas_default`, or `aws_default` (as documented).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who answers for the value, as the table has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `used` over `value`; absent where one of them is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// When it will be used up.
    pub forecast: QuotaForecast,
    /// A request for more that can be sent as it is; absent where the value is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<QuotaRequest>,
}

/// When a quota will be used up, if use goes on to grow as it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaForecast {
    /// `unknown` (use or value is not known), `reached`, `not_enough_history`, `not_growing`, `later` (in more than a year), or `at`.
    pub kind: String,
    /// About then, where `kind` is `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// The same in words.
    pub text: String,
}

/// A request for a higher quota.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaRequest {
    /// What is asked for.
    pub desired: f64,
    /// For people: a ticket, or the reason.
    pub text: String,
    /// For a shell that has a role in the account.
    pub command: String,
}
