//! What simulated services write: every format that AWS and common loggers put into a log line.

mod application;
mod aws;
mod cluster;
mod database;
mod lambda;
mod platform;
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

/// A kind of log stream.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// How often beside the others.
    weight: u32,
    place: Place,
    line: Line,
}

const fn kind(name: &'static str, weight: u32, place: Place, line: Line) -> Kind {
    Kind { name, weight, place, line }
}

/// What accounts write.
pub(super) const KINDS: &[Kind] = &[
    kind("lambda_text", 260, lambda::place, lambda::text),
    kind("lambda_json", 80, lambda::place, lambda::json),
    kind("embedded_metrics", 40, lambda::place, lambda::embedded_metrics),
    kind("pino", 60, application::place, application::pino),
    kind("log4j_ecs", 50, application::place, application::log4j),
    kind("python_json", 50, application::place, application::python),
    kind("zap", 40, application::place, application::zap),
    kind("logfmt", 20, application::place, application::logfmt),
    kind("java_trace", 30, application::place, application::java_trace),
    kind("python_trace", 10, application::place, application::python_trace),
    kind("combined", 40, application::web_place, application::combined),
    kind("syslog", 20, application::syslog_place, application::syslog),
    kind("api_gateway", 80, aws::api_place, aws::api_access),
    kind("vpc_flow", 90, aws::flow_place, aws::flow),
    kind("cloudtrail", 25, aws::trail_place, aws::trail),
    kind("route53", 20, aws::dns_place, aws::dns),
    kind("waf", 15, aws::waf_place, aws::waf),
    kind("network_firewall", 5, aws::firewall_place, aws::firewall),
    kind("step_functions", 15, aws::states_place, aws::states),
    kind("eventbridge", 5, aws::events_place, aws::event),
    kind("sns", 5, aws::sns_place, aws::sns),
    kind("postgres", 20, database::postgres_place, database::postgres),
    kind("mysql", 5, database::mysql_place, database::mysql),
    kind("mysql_slow", 5, database::slow_place, database::slow),
    kind("rds_monitoring", 2, database::monitoring_place, database::monitoring),
    kind("eks_audit", 10, cluster::audit_place, cluster::audit),
    kind("klog", 8, cluster::scheduler_place, cluster::klog),
    kind("container_insights", 10, cluster::insights_place, cluster::insights),
];

/// What the agent of every account writes at regular times.
pub(super) const HEARTBEAT: &Kind = &kind("heartbeat", 0, platform::heartbeat_place, platform::heartbeat);

/// What services write whose Region does not answer.
pub(super) const UNREACHABLE: &Kind = &kind("unreachable", 0, platform::worker_place, platform::unreachable);

/// What a service writes that logs every step of a loop.
pub(super) const FLOOD: &Kind = &kind("flood", 0, platform::flood_place, platform::flood);

/// What a checkout writes after a release that went wrong; no account writes so otherwise.
pub(super) const FAILING_CHECKOUT: &Kind =
    &kind("failing_checkout", 0, application::checkout_place, application::failing_checkout);

impl Writer {
    /// A log stream of some kind, the common kinds more often.
    pub(super) fn pick(random: &mut Rng, now: Timestamp) -> Self {
        let mut at = random.u32(..KINDS.iter().map(|kind| kind.weight).sum::<u32>());
        let picked = KINDS.iter().find(|kind| {
            let here = at < kind.weight;
            at = at.saturating_sub(kind.weight);
            here
        });
        Self::of(picked.expect("the number is below the sum of the weights"), random, now)
    }

    /// A log stream of that kind.
    pub(super) fn of(kind: &Kind, random: &mut Rng, now: Timestamp) -> Self {
        let (log_group, log_stream) = (kind.place)(random, now);
        Self { log_group, log_stream, line: kind.line, invocation: lambda::Invocation::default() }
    }

    /// The next line.
    pub(super) fn line(&mut self, random: &mut Rng, moment: &Moment) -> String {
        (self.line)(random, moment, &mut self.invocation)
    }
}
