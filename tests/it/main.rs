//! Scenario tests: Fanin against real programs that others wrote.

mod support;

mod front;
mod rig;
mod directory;
mod kinesis;
mod replay;
mod storage;
mod metric_streams;
