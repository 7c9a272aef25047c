//! Everything that touches the world: sockets, AWS, disk, clocks.

pub mod clock;
#[cfg(feature = "service")]
pub mod logging;
pub mod telemetry;
pub mod aws;
pub mod configuration;
pub mod rule_files;
pub mod storage;
#[cfg(feature = "service")]
pub mod snapshots;
#[cfg(feature = "service")]
pub mod lease;
#[cfg(feature = "service")]
pub mod checkpoints;
pub mod spill;
pub mod dead_letters;
pub mod directory;
pub mod streamed;
pub mod put;
pub mod progress;
pub mod intake;
pub mod exporter;
pub mod line;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "service")]
pub mod receivers;
#[cfg(feature = "service")]
pub mod alerting;
#[cfg(feature = "service")]
pub mod quotas;
#[cfg(feature = "service")]
pub mod kinesis;
#[cfg(feature = "service")]
pub mod views;
#[cfg(feature = "service")]
pub mod pipeline;
#[cfg(feature = "service")]
pub mod replay;
#[cfg(feature = "service")]
pub mod web;
#[cfg(feature = "service")]
pub mod doctor;
#[cfg(feature = "service")]
pub mod service;
#[cfg(feature = "service")]
pub mod demo;

use std::error::Error;

/// An error and its causes in one line, for logs.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
