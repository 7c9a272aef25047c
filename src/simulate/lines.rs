//! What simulated services write: every format that AWS and common loggers put into a log line.

mod application;
mod aws;
mod cluster;
mod database;
mod lambda;
mod words;

use fastrand::Rng;

use crate::id::{AccountId, Region};
use crate::time::Timestamp;

pub(super) use words::FUNCTIONS;

/// Writes the lines of one log stream, one after the other.
pub(super) struct Writer {
    pub(super) log_group: String,
    pub(super) log_stream: String,
    line: Line,
    /// The invocation that is under way, in a stream of a function.
    invocation: lambda::Invocation,
}

/// Whose line it is, and when it is written.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) time: Timestamp,
}

/// Writes one line.
type Line = fn(&mut Rng, &Moment, &mut lambda::Invocation) -> String;

/// Names a log group and a log stream.
type Place = fn(&mut Rng, Timestamp) -> (String, String);

/// What accounts write: how often beside the others, where, and what.
const KINDS: &[(u32, Place, Line)] = &[
    (260, lambda::place, lambda::text),
    (80, lambda::place, lambda::json),
    (40, lambda::place, lambda::embedded_metrics),
    (60, application::place, application::pino),
    (50, application::place, application::log4j),
    (50, application::place, application::python),
    (40, application::place, application::zap),
    (20, application::place, application::logfmt),
    (30, application::place, application::java_trace),
    (10, application::place, application::python_trace),
    (40, application::web_place, application::combined),
    (20, application::syslog_place, application::syslog),
    (80, aws::api_place, aws::api_access),
    (90, aws::flow_place, aws::flow),
    (25, aws::trail_place, aws::trail),
    (20, aws::dns_place, aws::dns),
    (15, aws::waf_place, aws::waf),
    (5, aws::firewall_place, aws::firewall),
    (15, aws::states_place, aws::states),
    (5, aws::events_place, aws::event),
    (5, aws::sns_place, aws::sns),
    (20, database::postgres_place, database::postgres),
    (5, database::mysql_place, database::mysql),
    (5, database::slow_place, database::slow),
    (2, database::monitoring_place, database::monitoring),
    (10, cluster::audit_place, cluster::audit),
    (8, cluster::scheduler_place, cluster::klog),
    (10, cluster::insights_place, cluster::insights),
];

impl Writer {
    /// A log stream of some kind, the common kinds more often.
    pub(super) fn pick(random: &mut Rng, now: Timestamp) -> Self {
        let all: u32 = KINDS.iter().map(|(weight, ..)| weight).sum();
        let mut at = random.u32(..all);
        let (_, place, line) = KINDS
            .iter()
            .find(|(weight, ..)| match at.checked_sub(*weight) {
                Some(rest) => {
                    at = rest;
                    false
                }
                None => true,
            })
            .expect("the number is below the sum of the weights");
        let (log_group, log_stream) = place(random, now);
        Self { log_group, log_stream, line: *line, invocation: lambda::Invocation::default() }
    }

    /// The next line.
    pub(super) fn line(&mut self, random: &mut Rng, moment: &Moment) -> String {
        (self.line)(random, moment, &mut self.invocation)
    }
}
