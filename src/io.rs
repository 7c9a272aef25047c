//! Everything that touches the world: sockets, AWS, disk, clocks.

pub mod clock;
pub mod intake;
pub mod telemetry;
pub mod storage;
pub mod spill;
pub mod dead_letters;
pub mod snapshots;
pub mod replay;
