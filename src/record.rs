//! The one shape that all later code reads.

pub mod attribute;
pub mod value;
pub mod severity;
pub mod log;
pub mod resource;
pub mod format;
pub mod normalize;
