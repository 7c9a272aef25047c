//! Scenario tests: Fanin against real programs that others wrote.

mod support;

mod demo;
mod directory;
mod export;
mod doctor;
mod front;
mod cli;
mod kinesis;
mod metric_streams;
mod replay;
mod rig;
mod storage;
mod straight_line;
mod subscriptions;
