//! A fleet of tenant accounts that does not exist: the same seed always gives the same accounts and the same telemetry.
//!
//! The demo sends it through the real path; benches and tests use it as a corpus.

mod lines;
pub mod release;

use fastrand::Rng;
use serde_json::json;

use crate::id::{AccountId, Region};
use crate::tenant::{Entry, State};
use crate::time::Timestamp;
use release::{RINGS, Release};

/// The first simulated account; the others follow by a stride, so that the ids look as strewn as real ones.
const ACCOUNT_FIRST: u64 = 100_200_300_400;
const ACCOUNT_STRIDE: u64 = 129_853_127;

const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"];
const TIERS: [&str; 3] = ["standard", "gold", "trial"];
const ADJECTIVES: [&str; 12] =
    ["amber", "brisk", "calm", "deft", "early", "fair", "green", "happy", "keen", "lucid", "noble", "quiet"];
const TRADES: [&str; 12] =
    ["bakery", "bikes", "books", "cargo", "clinic", "dairy", "farms", "foods", "glass", "lumber", "motors", "press"];

/// One account in this many is not in the directory, as happens when an account is new.
const UNKNOWN_ONE_IN: usize = 500;

/// The simulated fleet.
#[derive(Debug)]
pub struct Simulation {
    accounts: Vec<Account>,
    random: Rng,
    sequence: u64,
    data: u64,
    failures: usize,
}

#[derive(Debug)]
struct Account {
    id: AccountId,
    region: Region,
    tenant: String,
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
    /// A fleet of so many accounts.
    #[must_use]
    pub fn new(accounts: usize, seed: u64) -> Self {
        let accounts = (0..accounts as u64).map(account).collect();
        Self { accounts, random: Rng::with_seed(seed), sequence: 0, data: 0, failures: 0 }
    }

    /// The directory of the fleet; it does not know every account.
    pub fn directory(&self) -> impl Iterator<Item = Entry> {
        let known = self.accounts.iter().enumerate().filter(|(index, _)| is_known(*index));
        known.map(|(index, account)| Entry {
            account: account.id,
            tenant: account.tenant.clone(),
            name: Some(title(&account.tenant)),
            tier: Some(TIERS[index % TIERS.len()].into()),
            region: Some(account.region),
            ou_path: None,
            state: State::Active,
            created: None,
            labels: [("ring".to_owned(), format!("ring-{}", index % RINGS))].into(),
        })
    }

    /// Log events made so far; each has an id of its own, counting from 1.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.sequence
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

    /// Accounts of a ring that the directory knows; of the others nobody would be told.
    #[must_use]
    pub fn ring(&self, ring: usize) -> usize {
        self.ring_indexes(ring).count()
    }

    fn ring_indexes(&self, ring: usize) -> impl Iterator<Item = usize> {
        (ring..self.accounts.len()).step_by(RINGS).filter(|index| is_known(*index))
    }

    /// The next payload of the accounts that a release has reached, which take turns: a few errors of their checkout.
    /// `None` where the release has reached none.
    pub fn failure(&mut self, release: &Release, now: Timestamp) -> Option<Payload> {
        const ERRORS: u32 = 3;
        let turn = self.failures.checked_rem(release.accounts.min(self.ring(release.ring)))?;
        let index = self.ring_indexes(release.ring).nth(turn)?;
        self.failures += 1;
        let writer = lines::Writer::of(lines::FAILING_CHECKOUT, &mut self.random, now);
        Some(self.write_of(index, writer, now, ERRORS))
    }

    fn write(&mut self, writer: lines::Writer, now: Timestamp, events_wanted: u32) -> Payload {
        let index = self.index();
        self.write_of(index, writer, now, events_wanted)
    }

    fn write_of(&mut self, index: usize, mut writer: lines::Writer, now: Timestamp, events_wanted: u32) -> Payload {
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

    /// Metric data made so far. No two have the same account, metric and time.
    #[must_use]
    pub const fn data(&self) -> u64 {
        self.data
    }

    /// The next datum of a metric stream: round after round, a minute apart, one of each metric for each account.
    pub fn datum(&mut self, start: Timestamp) -> Datum {
        let accounts = self.accounts.len() as u64;
        let (account, metric, round) = (self.data % accounts, self.data / accounts % 3, self.data / accounts / 3);
        self.data += 1;
        let account = &self.accounts[usize::try_from(account).expect("an index of the table")];
        let (name, unit, each) = match metric {
            0 => ("Invocations", "Count", 1.0),
            1 => ("Duration", "Milliseconds", 40.0),
            _ => ("Errors", "Count", 0.0),
        };
        let function = lines::FUNCTIONS[usize::from(account.id.as_str().as_bytes()[11]) % lines::FUNCTIONS.len()];
        let (count, minute) = (f64::from(self.random.u32(1..200)), start.seconds() / 60 * 60 + round * 60);
        let json = json!({
            "metric_stream_name": "fanin", "account_id": account.id, "region": account.region, "namespace": "AWS/Lambda",
            "metric_name": name, "dimensions": {"FunctionName": function}, "timestamp": minute * 1000, "unit": unit,
            "value": {"count": count, "sum": count * each, "max": each * 3.0, "min": each / 2.0},
        });
        Datum { account: account.id, json: format!("{json}\n") }
    }

    fn index(&mut self) -> usize {
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

/// Whether the directory knows the account.
const fn is_known(index: usize) -> bool {
    index % UNKNOWN_ONE_IN != UNKNOWN_ONE_IN - 1
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

fn account(index: u64) -> Account {
    let id = format!("{:012}", (ACCOUNT_FIRST + index * ACCOUNT_STRIDE) % 1_000_000_000_000);
    let pick = |words: &[&str], by: u64| words[usize::try_from(by).unwrap_or(0) % words.len()].to_owned();
    Account {
        id: AccountId::parse(&id).expect("twelve digits were printed"),
        region: Region::parse(&pick(&REGIONS, index * 7 / 3)).expect("the table holds Regions"),
        tenant: format!("{}-{}-{}", pick(&ADJECTIVES, index), pick(&TRADES, index / 12), index / 144 + 1),
    }
}

/// `amber-bakery-1` as `Amber Bakery 1`.
fn title(tenant: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    tenant.split('-').map(word).collect::<Vec<_>>().join(" ")
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
    fn six_thousand_accounts_are_six_thousand_tenants() {
        let simulation = Simulation::new(6_000, 1);
        let entries: Vec<_> = simulation.directory().collect();
        assert_eq!(entries.len(), 6_000 - 12);
        assert_eq!(entries.iter().map(|entry| entry.account).collect::<BTreeSet<_>>().len(), entries.len());
        assert_eq!(entries.iter().map(|entry| &entry.tenant).collect::<BTreeSet<_>>().len(), entries.len());
    }

    #[test]
    fn a_release_makes_the_accounts_that_it_has_reached_write_errors_in_turn() {
        let mut simulation = Simulation::new(100, 1);
        let release = Release { ring: 2, name: "2026.11.3".into(), accounts: 3 };
        let accounts: Vec<_> = (0..4).map(|_| simulation.failure(&release, NOW).unwrap().account).collect();
        let of_ring: Vec<_> = simulation.directory().filter(|entry| entry.labels["ring"] == "ring-2").collect();
        let expected: Vec<_> = [0, 1, 2, 0].into_iter().map(|index: usize| of_ring[index].account).collect();
        assert_eq!(accounts, expected);
        assert!(simulation.failure(&release, NOW).unwrap().json.contains("payment provider"));
        let nowhere = Release { accounts: 0, ..release };
        assert_eq!(simulation.failure(&nowhere, NOW), None);
    }

    #[test]
    fn no_two_data_are_of_the_same_account_metric_and_time() {
        let mut simulation = Simulation::new(10, 1);
        let data: BTreeSet<_> = (0..100)
            .map(|_| {
                let datum: serde_json::Value = serde_json::from_str(&simulation.datum(NOW).json).unwrap();
                format!("{} {} {}", datum["account_id"], datum["metric_name"], datum["timestamp"])
            })
            .collect();
        assert_eq!(data.len(), 100);
    }

    #[test]
    fn an_event_is_known_by_its_id() {
        assert_eq!(sequence_of(&event_id(42)), Some(42));
        assert_eq!(event_id(42).len(), 56);
        assert_eq!(sequence_of("7"), None);
    }
}
