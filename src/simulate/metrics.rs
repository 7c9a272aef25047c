//! The metric streams of the simulated accounts: what CloudWatch says of each, minute by minute.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;

use super::{Datum, Simulation, lines};
use crate::time::Timestamp;

/// Metrics of an account.
const METRICS: u64 = 5;

const MINUTE: u64 = 60;

/// After the end of a minute its data are on their way so soon, and spread over so long, in seconds.
const DATA_AFTER: f64 = 2.0;
const DATA_OVER: f64 = 40.0;

/// Minutes of which it is known how much was forwarded.
const MINUTES_KEPT: usize = 3;

/// How much more than what arrives an account forwards, by its own account, whose logs are not forwarded whole: a part in so many.
const MISSING_ONE_IN: u64 = 8;

/// Log events that were made, by minute and account.
#[derive(Debug, Default)]
pub(super) struct Forwarded(VecDeque<(u64, Vec<u64>)>);

impl Forwarded {
    pub(super) fn count(&mut self, now: Timestamp, accounts: usize, index: usize, events: u64) {
        let minute = now.seconds() / MINUTE;
        if self.0.back().is_none_or(|(last, _)| *last < minute) {
            self.0.push_back((minute, vec![0; accounts]));
            let _ = self.0.drain(..self.0.len().saturating_sub(MINUTES_KEPT));
        }
        if let Some((_, counts)) = self.0.back_mut() {
            counts[index] += events;
        }
    }

    fn of(&self, minute: u64, index: usize) -> u64 {
        self.0.iter().find(|(known, _)| *known == minute).map_or(0, |(_, counts)| counts[index])
    }
}

/// The value of a metric over a minute.
struct Reading {
    namespace: &'static str,
    name: &'static str,
    unit: &'static str,
    dimensions: serde_json::Value,
    count: f64,
    sum: f64,
    max: f64,
    min: f64,
}

impl Simulation {
    /// Places in the rounds of metric data that were passed. No two data have the same account, metric and time.
    #[must_use]
    pub const fn data(&self) -> u64 {
        self.data
    }

    /// How many places are passed by `now`: the data of a minute come soon after its end, and those of the minute before the
    /// start at once.
    #[must_use]
    pub fn data_due(&self, start: Timestamp, now: Timestamp) -> u64 {
        let round = self.accounts.len() as u64 * METRICS;
        let first = Timestamp::from_seconds(start.seconds() / MINUTE * MINUTE);
        due(now.since(first), round)
    }

    /// What stands at the next place: round after round, a minute apart, one datum of each metric for each account. `None`
    /// where the account says nothing.
    pub fn datum(&mut self, start: Timestamp) -> Option<Datum> {
        let accounts = self.accounts.len() as u64;
        let (account, metric, round) =
            (self.data % accounts, self.data / accounts % METRICS, self.data / accounts / METRICS);
        self.data += 1;
        let index = usize::try_from(account).expect("an index of the table");
        let minute = (start.seconds() / MINUTE + round).saturating_sub(1);
        let reading = self.reading(metric, index, minute);
        let account = &self.accounts[index];
        if self.is_mute(index) {
            return None;
        }
        let json = json!({
            "metric_stream_name": "fanin", "account_id": account.id, "region": account.region,
            "namespace": reading.namespace, "metric_name": reading.name, "dimensions": reading.dimensions,
            "timestamp": minute * MINUTE * 1_000, "unit": reading.unit,
            "value": {"count": reading.count, "sum": reading.sum, "max": reading.max, "min": reading.min},
        });
        Some(Datum { account: account.id, json: format!("{json}\n") })
    }

    fn reading(&mut self, metric: u64, index: usize, minute: u64) -> Reading {
        let function =
            lines::FUNCTIONS[usize::from(self.accounts[index].id.as_str().as_bytes()[11]) % lines::FUNCTIONS.len()];
        let count = f64::from(self.random.u32(1..200));
        let noisy = self.is_flooded() && self.noisy().any(|noisy| noisy == index);
        let lambda = |name, unit, each: f64| Reading {
            namespace: "AWS/Lambda",
            name,
            unit,
            dimensions: json!({"FunctionName": function}),
            count,
            sum: count * each,
            max: each * 3.0,
            min: each / 2.0,
        };
        let of_account = |reading: Reading| Reading { dimensions: json!({}), ..reading };
        match metric {
            0 => lambda("Invocations", "Count", 1.0),
            1 => lambda("Duration", "Milliseconds", 40.0),
            // Calls that are throttled do not run, so they do not fail either.
            2 if noisy => of_account(lambda("Throttles", "Count", 2.0)),
            2 => lambda("Errors", "Count", 0.0),
            3 => {
                let used = self.concurrency(index, noisy);
                let reading = lambda("ClaimedAccountConcurrency", "Count", 0.0);
                of_account(Reading { count: 60.0, sum: used * 60.0, max: used, min: used * 0.8, ..reading })
            }
            _ => self.forwarded(index, minute),
        }
    }

    /// Concurrent calls that an account claims: each its own part of the quota, and one that floods nearly all of it.
    fn concurrency(&mut self, index: usize, noisy: bool) -> f64 {
        let usual = 20 + u32::try_from(index * 7_919 % 500).unwrap_or(0);
        let claimed = if noisy { 940 } else { usual };
        f64::from(claimed + self.random.u32(..40))
    }

    /// What CloudWatch Logs says that it forwarded of the account.
    fn forwarded(&self, index: usize, minute: u64) -> Reading {
        let arrived = self.forwarded.of(minute, index);
        let missing = if self.is_incomplete(index) { arrived.div_ceil(MISSING_ONE_IN) } else { 0 };
        #[expect(clippy::cast_precision_loss, reason = "a count of a minute")]
        let sum = (arrived + missing) as f64;
        Reading {
            namespace: "AWS/Logs",
            name: "ForwardedLogEvents",
            unit: "Count",
            dimensions: json!({
                "DestinationType": "KinesisStream", "FilterName": "fanin", "PolicyLevel": "ACCOUNT_LEVEL_POLICY",
            }),
            count: 1.0,
            sum,
            max: sum,
            min: sum,
        }
    }
}

/// How many of the data are due so long after the first whole minute, when so many are one round.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a round by time"
)]
fn due(since: Duration, round: u64) -> u64 {
    let seconds = (since.as_secs_f64() - DATA_AFTER).max(0.0);
    let (rounds, into) = ((seconds / MINUTE as f64) as u64, seconds % MINUTE as f64);
    rounds * round + ((into / DATA_OVER).min(1.0) * round as f64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::scenario::Scenario;
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const ROUND: usize = 50;

    fn data(simulation: &mut Simulation, count: usize) -> Vec<Value> {
        let some = (0..count).filter_map(|_| simulation.datum(NOW));
        some.map(|datum| serde_json::from_str(&datum.json).unwrap()).collect()
    }

    #[test]
    fn no_two_data_are_of_the_same_account_metric_and_time() {
        let data = data(&mut Simulation::new(10, 1), 3 * ROUND);
        let names: BTreeSet<_> = data
            .iter()
            .map(|datum| format!("{} {} {}", datum["account_id"], datum["metric_name"], datum["timestamp"]))
            .collect();
        assert_eq!(names.len(), 3 * ROUND);
    }

    #[test]
    fn the_data_of_a_minute_are_due_soon_after_its_end_and_those_before_the_start_at_once() {
        let due = |seconds| due(Duration::from_secs(seconds), 400);
        assert_eq!([0, 2, 22, 42, 61, 62, 82, 102, 122].map(due), [0, 0, 200, 400, 400, 400, 600, 800, 800]);
    }

    #[test]
    fn what_was_forwarded_in_a_minute_is_told_after_it_and_only_of_one_account_it_did_not_all_arrive() {
        let mut simulation = Simulation::new(10, 1).with_scenario(Scenario::BadDeploy);
        let mut sent = std::collections::BTreeMap::new();
        for _ in 0..300 {
            let payload = simulation.payload(NOW);
            *sent.entry(payload.account.to_string()).or_insert(0) += u64::from(payload.events);
        }
        // The first round is of the minute before the start.
        let of_minute = data(&mut simulation, 2 * ROUND).split_off(ROUND);
        let forwarded = of_minute.iter().filter(|datum| datum["metric_name"] == "ForwardedLogEvents");
        let incomplete: Vec<_> = forwarded
            .filter(|datum| datum["value"]["sum"].as_f64() != Some(sent[datum["account_id"].as_str().unwrap()] as f64))
            .map(|datum| datum["account_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(incomplete, [simulation.accounts[7].id.to_string()]);
    }

    #[test]
    fn a_tenant_that_floods_comes_near_its_concurrency_and_is_throttled() {
        let mut simulation = Simulation::new(10, 1).with_scenario(Scenario::NoisyTenant);
        simulation.advance(Duration::from_secs(20));
        let data = data(&mut simulation, ROUND);
        let throttled = data.iter().filter(|datum| datum["metric_name"] == "Throttles").count();
        let near = data.iter().filter(|datum| {
            datum["metric_name"] == "ClaimedAccountConcurrency" && datum["value"]["max"].as_f64() > Some(900.0)
        });
        assert_eq!((throttled, near.count()), (4, 4));
    }
}
