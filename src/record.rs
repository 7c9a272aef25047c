//! The one shape that all later code reads.

pub mod attribute;
