//! Scenario tests: Fanin against real programs that others wrote.

mod support;

mod directory;
mod export;
mod front;
mod cli;
mod kinesis;
mod metric_streams;
mod replay;
mod rig;
mod storage;
mod subscriptions;
