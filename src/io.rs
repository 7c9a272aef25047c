//! Everything that touches the world: sockets, AWS, disk, clocks.

pub mod checkpoints;
pub mod clock;
pub mod exporter;
pub mod intake;
pub mod kinesis;
pub mod telemetry;
pub mod directory;
pub mod logging;
pub mod web;
pub mod storage;
pub mod spill;
pub mod dead_letters;
pub mod snapshots;
pub mod replay;
