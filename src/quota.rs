//! Quotas: what AWS allows each account of something, how much of that it uses, and when it will have used it up.
//!
//! Use comes in metric streams: `AWS/Usage`, and the concurrency of Lambda. The stream carries no quotas, so their values come from
//! a table, from the Service Quotas API, or from what AWS grants every account (`value`). What is not known stays unknown: no
//! share is made of a guess.

pub mod series;
pub mod usage;
pub mod catalog;
pub mod table;
pub mod value;
pub mod forecast;
pub mod standing;
pub mod request;
#[cfg(test)]
mod tests;

/// Namespace of the metric that rules watch.
pub const NAMESPACE: &str = "Fanin/Quotas";

/// Its name: the used share of a quota, 1 where all of it is used. Its dimensions are `QuotaCode`, `QuotaName` and `ServiceCode`.
pub const SHARE: &str = "Share";
