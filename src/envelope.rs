//! What AWS delivers, taken apart but not changed.

pub mod aggregate;
pub mod cloudwatch_logs;
pub mod object;
pub mod sniff;
