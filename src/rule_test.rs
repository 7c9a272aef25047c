//! Tests of rules, as their authors write them: samples at times in, states and notifications at times out.
