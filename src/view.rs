//! The fleet as people look at it: one picture of all accounts and alerts at a moment, and what lists make of it.

pub mod otlp;
pub mod scope;
