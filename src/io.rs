//! Everything that touches the world: sockets, AWS, disk, clocks.

pub mod clock;
pub mod intake;
pub mod telemetry;
pub mod directory;
