//! Scenario tests: Fanin against real programs that others wrote.

mod support;

mod kinesis;
