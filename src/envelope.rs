//! What AWS delivers, taken apart but not changed.

pub mod cloudwatch_logs;
pub mod sniff;
