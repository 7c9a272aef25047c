//! Scenario tests: Fanin against real programs that others wrote.

mod support;

mod directory;
mod export;
mod front;
mod kinesis;
mod metric_streams;
mod replay;
mod rig;
mod storage;
