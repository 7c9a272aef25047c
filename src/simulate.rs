//! A fleet of tenant accounts that does not exist: the same seed always gives the same accounts and the same telemetry.
//!
//! The demo sends it through the real path; benches and tests use it as a corpus.

mod lines;
pub mod release;
mod account;
pub mod scenario;
mod metrics;
pub mod poison;

use std::time::Duration;

use fastrand::Rng;

use crate::id::AccountId;
use crate::tenant::Entry;
use crate::time::Timestamp;
use account::Account;
use metrics::Forwarded;
use scenario::{Scenario, Trouble};

/// How often each account writes that it is alive, in seconds.
const HEARTBEAT_SECONDS: f64 = 20.0;

/// The simulated fleet.
#[derive(Debug)]
pub struct Simulation {
    accounts: Vec<Account>,
    scenario: Scenario,
    /// How long it runs.
    elapsed: Duration,
    random: Rng,
    sequence: u64,
    /// Log events that came of trouble.
    of_trouble: u64,
    heartbeats: usize,
    /// Payloads that accounts in trouble wrote, so that they take turns.
    turns: usize,
    data: u64,
    forwarded: Forwarded,
}

/// One CloudWatch Logs subscription payload, not compressed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Whose it is.
    pub account: AccountId,
    /// The log stream, by which CloudWatch Logs distributes payloads over shards.
    pub log_stream: String,
    /// Log events in it.
    pub events: u32,
    /// The payload.
    pub json: String,
}

/// A line of a metric stream in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datum {
    /// Whose it is.
    pub account: AccountId,
    /// The JSON object, with its newline.
    pub json: String,
}

impl Simulation {
    /// A fleet of so many accounts, at its start.
    #[must_use]
    pub fn new(accounts: usize, seed: u64) -> Self {
        Self {
            accounts: (0..accounts).map(Account::new).collect(),
            scenario: Scenario::default(),
            elapsed: Duration::ZERO,
            random: Rng::with_seed(seed),
            sequence: 0,
            of_trouble: 0,
            heartbeats: 0,
            turns: 0,
            data: 0,
            forwarded: Forwarded::default(),
        }
    }

    /// The same fleet, to which something else happens.
    #[must_use]
    pub fn with_scenario(self, scenario: Scenario) -> Self {
        Self { scenario, ..self }
    }

    /// What happens to it.
    #[must_use]
    pub const fn scenario(&self) -> Scenario {
        self.scenario
    }

    /// So much time has passed since the start.
    pub const fn advance(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// The directory of the fleet as it is now; it does not know every account.
    pub fn directory(&self) -> impl Iterator<Item = Entry> {
        let newest = self.newest_release();
        self.known().map(move |index| self.accounts[index].entry(newest))
    }

    /// The account that joined at the start and says nothing, where there is one.
    #[must_use]
    pub fn joined(&self) -> Option<AccountId> {
        self.newcomer().map(|index| self.accounts[index].id)
    }

    /// Log events made so far; each has an id of its own, counting from 1.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.sequence
    }

    /// Of these, how many the fleet writes when all is well.
    #[must_use]
    pub const fn usual_events(&self) -> u64 {
        self.sequence - self.of_trouble
    }

    /// The next payload of some account, of a few events. A few accounts send much, most send little.
    pub fn payload(&mut self, now: Timestamp) -> Payload {
        let events = 1 + self.random.u32(..8).pow(2) / 2;
        self.payload_of(now, events)
    }

    /// The next payload of some account, of so many events.
    pub fn payload_of(&mut self, now: Timestamp, events_wanted: u32) -> Payload {
        let writer = lines::Writer::pick(&mut self.random, now);
        self.write(writer, now, events_wanted)
    }

    /// The names of the kinds of log streams that there are.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        lines::KINDS.iter().map(|kind| kind.name)
    }

    /// The next payload of some account, of so many events of one kind.
    ///
    /// # Panics
    /// When there is no kind of that name.
    pub fn payload_of_kind(&mut self, kind: &str, now: Timestamp, events_wanted: u32) -> Payload {
        let kind = lines::KINDS.iter().find(|known| known.name == kind).expect("the name of a kind");
        let writer = lines::Writer::of(kind, &mut self.random, now);
        self.write(writer, now, events_wanted)
    }

    /// How many heartbeats there are until now: each account's once in a while, evenly.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a count by time"
    )]
    pub fn heartbeats_due(&self) -> usize {
        (self.elapsed.as_secs_f64() / HEARTBEAT_SECONDS * self.accounts.len() as f64) as usize
    }

    /// Heartbeats so far, and those that were left out.
    #[must_use]
    pub const fn heartbeats(&self) -> usize {
        self.heartbeats
    }

    /// The heartbeat of the account whose turn it is; `None` where it says nothing.
    pub fn heartbeat(&mut self, now: Timestamp) -> Option<Payload> {
        let index = self.heartbeats % self.accounts.len();
        self.heartbeats += 1;
        if self.is_mute(index) {
            return None;
        }
        let writer = lines::Writer::of(lines::HEARTBEAT, &mut self.random, now);
        Some(self.write_of(index, writer, now, 1))
    }

    /// The next payload of the accounts that are in trouble, which take turns.
    pub fn troubled(&mut self, trouble: &Trouble, now: Timestamp) -> Payload {
        let index = trouble.accounts[self.turns % trouble.accounts.len()];
        self.turns += 1;
        self.of_trouble += u64::from(trouble.events);
        let writer = lines::Writer::of(trouble.kind, &mut self.random, now);
        self.write_of(index, writer, now, trouble.events)
    }

    fn write(&mut self, writer: lines::Writer, now: Timestamp, events_wanted: u32) -> Payload {
        let index = self.index();
        self.write_of(index, writer, now, events_wanted)
    }

    fn write_of(&mut self, index: usize, mut writer: lines::Writer, now: Timestamp, events_wanted: u32) -> Payload {
        self.forwarded.count(now, self.accounts.len(), index, u64::from(events_wanted));
        let account = &self.accounts[index];
        let mut events = Vec::new();
        let mut time = now.millis().saturating_sub(20_000);
        for left in (1..=u64::from(events_wanted)).rev() {
            self.sequence += 1;
            time += self.random.u64(..=(now.millis() - time) / left);
            let moment =
                lines::Moment { account: account.id, region: account.region, time: Timestamp::from_millis(time) };
            let message = serde_json::Value::from(writer.line(&mut self.random, &moment));
            events.push(format!(r#"{{"id":"{}","timestamp":{time},"message":{message}}}"#, event_id(self.sequence)));
        }
        let (log_group, log_stream) = (&writer.log_group, writer.log_stream);
        // Members stand in the order in which CloudWatch Logs writes them.
        let json = format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"{}","logGroup":"{}","logStream":"{}","subscriptionFilters":["fanin"],"logEvents":[{}],"policyLevel":"ACCOUNT_LEVEL_POLICY"}}"#,
            account.id,
            log_group,
            log_stream,
            events.join(","),
        );
        Payload { account: account.id, log_stream, events: events_wanted, json }
    }

    /// An account that speaks; the first ones more often.
    fn index(&mut self) -> usize {
        const ATTEMPTS: usize = 100;
        let mut index = self.skewed();
        for _ in 0..ATTEMPTS {
            if !self.is_mute(index) {
                break;
            }
            index = self.skewed();
        }
        index
    }

    fn skewed(&mut self) -> usize {
        let skewed = self.random.f64().powi(2);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index by chance"
        )]
        let index = (skewed * self.accounts.len() as f64) as usize;
        index.min(self.accounts.len() - 1)
    }
}

/// The number that an id was made of, where it is one of ours.
#[must_use]
pub fn sequence_of(event_id: &str) -> Option<u64> {
    event_id.strip_prefix(EVENT_ID_PREFIX)?.parse().ok()
}

/// Ids of CloudWatch Logs have 56 digits.
const EVENT_ID_PREFIX: &str = "353115761119486228740338764629798529";

fn event_id(sequence: u64) -> String {
    format!("{EVENT_ID_PREFIX}{sequence:020}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn the_same_seed_gives_the_same_fleet_and_telemetry() {
        let telemetry = |seed| {
            let mut simulation = Simulation::new(100, seed);
            let payloads: Vec<_> = (0..50).map(|_| simulation.payload(NOW)).collect();
            (payloads, simulation.datum(NOW))
        };
        assert_eq!(telemetry(7), telemetry(7));
        assert_ne!(telemetry(7), telemetry(8));
    }

    #[test]
    fn six_thousand_accounts_are_four_thousand_tenants_and_a_few_are_not_in_the_directory() {
        let simulation = Simulation::new(6_000, 1);
        let entries: Vec<_> = simulation.directory().collect();
        assert_eq!(entries.len(), 6_000 - 12);
        assert_eq!(entries.iter().map(|entry| entry.account).collect::<BTreeSet<_>>().len(), entries.len());
        let tenants: BTreeSet<_> = entries.iter().map(|entry| &entry.tenant).collect();
        assert!((4_180..=4_200).contains(&tenants.len()), "{}", tenants.len());
        assert_eq!(entries.iter().map(|entry| &entry.name).collect::<BTreeSet<_>>().len(), entries.len());
    }

    #[test]
    fn accounts_in_trouble_write_of_it_in_turn_beside_what_they_usually_write() {
        let mut simulation = Simulation::new(100, 1);
        simulation.advance(Duration::from_secs(30));
        let trouble = simulation.trouble(2_000).expect("the release has gone wrong");
        let accounts: Vec<_> = (0..9).map(|_| simulation.troubled(&trouble, NOW).account).collect();
        let of_ring: Vec<_> = simulation.directory().filter(|entry| entry.labels["ring"] == "ring-2").collect();
        let expected: Vec<_> = (0..9).map(|turn: usize| of_ring[turn % of_ring.len()].account).collect();
        assert_eq!(accounts, expected);
        assert!(simulation.troubled(&trouble, NOW).json.contains("payment provider"));
        assert_eq!((simulation.events(), simulation.usual_events()), (30, 0));
    }

    #[test]
    fn every_account_is_heard_every_twenty_seconds() {
        let mut simulation = Simulation::new(100, 1);
        simulation.advance(Duration::from_secs(20));
        assert_eq!(simulation.heartbeats_due(), 100);
        let heard: BTreeSet<_> = (0..100).filter_map(|_| Some(simulation.heartbeat(NOW)?.account)).collect();
        assert_eq!(heard.len(), 100);
    }

    #[test]
    fn an_event_is_known_by_its_id() {
        assert_eq!(sequence_of(&event_id(42)), Some(42));
        assert_eq!(event_id(42).len(), 56);
        assert_eq!(sequence_of("7"), None);
    }
}
