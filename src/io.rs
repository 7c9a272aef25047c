//! Everything that touches the world: sockets, AWS, disk, clocks.

pub mod clock;
pub mod logging;
pub mod telemetry;
pub mod aws;
pub mod configuration;
pub mod storage;
pub mod snapshots;
pub mod checkpoints;
pub mod spill;
pub mod dead_letters;
pub mod directory;
pub mod streamed;
pub mod progress;
pub mod intake;
pub mod store;
pub mod receivers;
pub mod alerting;
pub mod exporter;
pub mod line;
pub mod kinesis;
pub mod views;
pub mod pipeline;
pub mod replay;
pub mod web;
pub mod doctor;
pub mod service;
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
