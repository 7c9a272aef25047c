//! Fanin: central telemetry for companies that give every tenant its own AWS account.
//!
//! The modules stand in the order in which data meets them; each uses only those above it.

pub mod time;
pub mod id;
pub mod proto;
pub mod json;
pub mod glob;
pub mod fields;
pub mod inflate;
pub mod delivery;
pub mod reject;
pub mod chunk;
pub mod config;
pub mod keys;
pub mod firehose;
pub mod envelope;
pub mod record;
pub mod tenant;
pub mod policy;
pub mod otlp;
pub mod admission;
pub mod template;
pub mod predicate;
pub mod rule;
pub mod sketch;
pub mod sample;
pub mod processor;
pub mod debt;
pub mod queue;
pub mod share;
pub mod outage;
pub mod export;
pub mod fleet;
pub mod letter;
pub mod replay;
pub mod evaluator;
pub mod incident;
pub mod notify;
pub mod progress;
pub mod alerting;
pub mod snapshot;
pub mod shard;
pub mod simulate;
pub mod rule_test;
#[cfg(feature = "service")]
pub mod io;
