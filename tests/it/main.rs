//! Scenario tests: Fanin against real programs that others wrote.

mod front;
mod support;

mod rig;
