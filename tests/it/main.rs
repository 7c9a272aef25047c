//! Scenario tests: Fanin against real programs that others wrote.

mod support;

mod access;
mod alerting;
mod alertmanager;
mod amtool;
mod api_document;
mod demo;
mod scenarios;
mod backend_faults;
mod directory;
mod export;
mod doctor;
mod forwarder;
mod front;
mod function;
mod grafana;
mod cli;
mod fairness;
mod fleet_view;
mod kill;
mod kinesis;
mod log_messages;
mod metric_streams;
mod page;
mod pipeline_api;
mod poison;
mod remote_config;
mod replay;
mod rig;
mod standby;
mod storage;
mod store;
mod straight_line;
mod subscriptions;
