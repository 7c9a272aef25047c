//! What happens in the simulated fleet: which accounts are in trouble at a moment, what they write of it, and who says nothing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::account::{BLOCK, PURPOSES};
use super::release::{self, QUIET, Release};
use super::{Simulation, lines};

/// From the beginning of one trouble to that of the next, where it passes.
const CYCLE: Duration = Duration::from_secs(300);

/// How long a trouble lasts.
const LASTS: Duration = Duration::from_secs(120);

/// How long the readers of a stream are held up; it takes longer until the rules are far behind.
const LAG_LASTS: Duration = Duration::from_secs(240);

/// How long a flood waits, so that the backend knows by then what it usually gets.
const MEASURE: Duration = Duration::from_secs(15);

/// The Region that fails.
const REGION: &str = "eu-west-1";

/// When a part of a Region that fails falls silent, and when accounts stop that stop by themselves: all were heard by then.
const SILENT_FROM: Duration = Duration::from_secs(25);

/// How often an account in trouble writes of it, and how much.
const EVERY: Duration = Duration::from_secs(5);
const EVENTS: u32 = 3;

/// A flood: events a second for each of the fleet's, at least, and in one payload.
const FLOOD_TIMES: u32 = 3;
const FLOOD_MIN: u32 = 2_000;
const FLOOD_EVENTS: u32 = 100;

/// One account in this many is not in the directory, as happens when an account is new.
const UNKNOWN_ONE_IN: usize = 500;

/// One account whose logs are not forwarded whole.
const INCOMPLETE: usize = 7;

/// What happens in the fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing.
    Quiet,
    /// A release goes wrong in one ring and is rolled back.
    #[default]
    BadDeploy,
    /// One tenant floods.
    NoisyTenant,
    /// A Region fails: its accounts write errors, and some fall silent.
    RegionOutage,
    /// Accounts stop speaking, one never speaks, and some speak that nobody knows.
    SilentAccounts,
    /// The stream is read more slowly than it is filled, and some of it cannot be read at all.
    PipelineLag,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Quiet, Self::BadDeploy, Self::NoisyTenant, Self::RegionOutage, Self::SilentAccounts, Self::PipelineLag];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::BadDeploy => "bad-deploy",
            Self::NoisyTenant => "noisy-tenant",
            Self::RegionOutage => "region-outage",
            Self::SilentAccounts => "silent-accounts",
            Self::PipelineLag => "pipeline-lag",
        }
    }

    /// What will be seen of it, and when.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Quiet => "All accounts are well",
            Self::BadDeploy => {
                "After 5 seconds a release goes wrong in one ring of accounts; it is rolled back half a minute later"
            }
            Self::NoisyTenant => {
                "After 15 seconds one tenant floods for two minutes: it is held to its share, and comes near a quota"
            }
            Self::RegionOutage => "After 5 seconds eu-west-1 fails: its accounts write errors, and some fall silent",
            Self::SilentAccounts => {
                "After 25 seconds some accounts stop speaking; one never spoke, and some are not in the directory"
            }
            Self::PipelineLag => {
                "After 5 seconds three of four shards are read too slowly for four minutes, and some records are broken"
            }
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::as_str).join(", ");
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| format!("it is none of {}", names()))
    }
}

/// Accounts that are in trouble, and what they write of it.
#[derive(Debug)]
pub struct Trouble {
    /// Their places; they take turns.
    pub(super) accounts: Vec<usize>,
    pub(super) kind: &'static lines::Kind,
    /// Log events in a payload.
    pub(super) events: u32,
    /// How often each of them writes.
    every: Duration,
}

impl Trouble {
    /// How many payloads are due in this time.
    #[must_use]
    pub fn payloads(&self, time: Duration) -> f64 {
        self.accounts.len() as f64 * time.as_secs_f64() / self.every.as_secs_f64()
    }
}

impl Simulation {
    /// What is wrong now, in a fleet that usually writes so many events a second.
    #[must_use]
    pub fn trouble(&self, rate: u32) -> Option<Trouble> {
        let of = |accounts: Vec<usize>, kind| {
            (!accounts.is_empty()).then_some(Trouble { accounts, kind, events: EVENTS, every: EVERY })
        };
        match self.scenario {
            Scenario::Quiet | Scenario::SilentAccounts | Scenario::PipelineLag => None,
            Scenario::BadDeploy => {
                let release = Release::at(self.elapsed, self.accounts.len())?;
                of(self.ring(release.ring).take(release.accounts).collect(), lines::FAILING_CHECKOUT)
            }
            Scenario::RegionOutage => {
                let _ = self.elapsed.checked_sub(QUIET)?;
                let there = |index: &usize| self.accounts[*index].region.as_str() == REGION;
                of(self.known().filter(there).filter(|index| !self.is_mute(*index)).collect(), lines::UNREACHABLE)
            }
            Scenario::NoisyTenant => {
                let _ = passing(self.elapsed, MEASURE, LASTS)?;
                let flood = of(self.noisy().collect(), lines::FLOOD)?;
                let wanted = rate.saturating_mul(FLOOD_TIMES).max(FLOOD_MIN);
                let every = f64::from(FLOOD_EVENTS) * flood.accounts.len() as f64 / f64::from(wanted);
                Some(Trouble { events: FLOOD_EVENTS, every: Duration::from_secs_f64(every), ..flood })
            }
        }
    }

    /// Whether the stream is read too slowly now.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        self.scenario == Scenario::PipelineLag && passing(self.elapsed, QUIET, LAG_LASTS).is_some()
    }

    /// Whether one tenant floods now.
    #[must_use]
    pub fn is_flooded(&self) -> bool {
        self.scenario == Scenario::NoisyTenant && passing(self.elapsed, MEASURE, LASTS).is_some()
    }

    /// The ring of which the directory says that it has a newer release.
    #[must_use]
    pub fn newest_release(&self) -> Option<usize> {
        if self.scenario == Scenario::BadDeploy { release::named(self.elapsed) } else { None }
    }

    /// Whether an account says nothing now.
    pub(super) fn is_mute(&self, index: usize) -> bool {
        match self.scenario {
            Scenario::Quiet | Scenario::BadDeploy | Scenario::NoisyTenant | Scenario::PipelineLag => false,
            Scenario::RegionOutage => {
                let silent = self.elapsed >= SILENT_FROM;
                silent && index % 5 < 2 && self.accounts[index].region.as_str() == REGION
            }
            Scenario::SilentAccounts => {
                let account = &self.accounts[index];
                let stopped = account.ou() == "staging" && account.region.as_str() == REGION;
                self.newcomer() == Some(index) || stopped && self.elapsed >= SILENT_FROM
            }
        }
    }

    /// The account that is in the directory and never spoke.
    pub(super) fn newcomer(&self) -> Option<usize> {
        let index = self.known().next_back()?;
        (self.scenario == Scenario::SilentAccounts).then_some(index)
    }

    /// Accounts of the tenant that floods.
    pub(super) fn noisy(&self) -> impl Iterator<Item = usize> {
        let first = if self.accounts.len() > 4 * BLOCK { 3 * BLOCK } else { 0 };
        (first..self.accounts.len()).take(PURPOSES.len())
    }

    /// Accounts that the directory knows.
    pub(super) fn known(&self) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.accounts.len()).filter(|index| self.is_known(*index))
    }

    /// Whether the directory knows the account.
    pub(super) fn is_known(&self, index: usize) -> bool {
        self.scenario == Scenario::Quiet || index % UNKNOWN_ONE_IN != UNKNOWN_ONE_IN - 1
    }

    /// Whether more of an account is forwarded, by its own account, than arrives.
    pub(super) fn is_incomplete(&self, index: usize) -> bool {
        self.scenario != Scenario::Quiet && index == INCOMPLETE
    }

    /// Accounts of a ring that the directory knows; of the others nobody would be told.
    fn ring(&self, ring: usize) -> impl Iterator<Item = usize> {
        self.known().filter(move |index| self.accounts[*index].ring == ring)
    }
}

/// How long a trouble has lasted that begins after `first`, lasts so long, and comes again and again.
fn passing(elapsed: Duration, first: Duration, lasts: Duration) -> Option<Duration> {
    let since = elapsed.checked_sub(first)?;
    let into = Duration::from_secs_f64(since.as_secs_f64() % (CYCLE + lasts.saturating_sub(LASTS)).as_secs_f64());
    (into < lasts).then_some(into)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::time::Timestamp;

    const RATE: u32 = 2_000;

    fn at(scenario: Scenario, seconds: u64) -> Simulation {
        let mut simulation = Simulation::new(6_000, 1).with_scenario(scenario);
        simulation.advance(Duration::from_secs(seconds));
        simulation
    }

    fn in_trouble(simulation: &Simulation) -> usize {
        simulation.trouble(RATE).map_or(0, |trouble| trouble.accounts.len())
    }

    #[test]
    fn every_scenario_has_a_name_of_its_own_by_which_it_is_found() {
        assert!(Scenario::ALL.iter().all(|scenario| scenario.as_str().parse() == Ok(*scenario)));
        let error = "bad-deplyo".parse::<Scenario>().unwrap_err();
        assert!(error.starts_with("it is none of quiet, bad-deploy"), "{error}");
    }

    #[test]
    fn in_a_quiet_fleet_all_accounts_are_known_and_none_is_in_trouble() {
        let simulation = at(Scenario::Quiet, 100);
        assert_eq!((in_trouble(&simulation), simulation.directory().count()), (0, 6_000));
    }

    #[test]
    fn every_scenario_begins_with_a_fleet_that_is_well() {
        for scenario in Scenario::ALL {
            let simulation = at(scenario, 4);
            assert!(in_trouble(&simulation) == 0 && !simulation.is_held_up(), "{scenario}");
        }
    }

    #[test]
    fn a_bad_release_reaches_accounts_that_the_directory_says_have_it() {
        let simulation = at(Scenario::BadDeploy, 30);
        let entries: Vec<_> = simulation.directory().collect();
        let released = entries.iter().filter(|entry| entry.labels["release"] == "2026.11.3").count();
        assert_eq!((in_trouble(&simulation), released), (500, 500));
    }

    #[test]
    fn a_noisy_tenant_floods_from_all_of_its_accounts() {
        let simulation = at(Scenario::NoisyTenant, 20);
        let trouble = simulation.trouble(RATE).unwrap();
        let tenants: BTreeSet<_> = trouble.accounts.iter().map(|index| &simulation.accounts[*index].tenant).collect();
        assert_eq!((trouble.accounts.len(), tenants.len()), (4, 1));
        let events = trouble.payloads(Duration::from_secs(1)) * f64::from(trouble.events);
        assert!((events - 6_000.0).abs() < 1.0, "{events}");
    }

    #[test]
    fn of_a_region_that_fails_some_accounts_write_errors_and_some_fall_silent() {
        let counts = |seconds| in_trouble(&at(Scenario::RegionOutage, seconds));
        let (before, first, then, later) = (counts(4), counts(10), counts(30), counts(3_600));
        assert!(before == 0 && then == later && first > 1_400 && then < first && then > first / 2, "{first} {then}");
    }

    #[test]
    fn accounts_that_stop_share_a_unit_and_a_region_and_one_never_spoke() {
        let simulation = at(Scenario::SilentAccounts, 30);
        let silent = (0..6_000).filter(|index| simulation.is_mute(*index)).count();
        assert!((100..300).contains(&silent), "{silent}");
        let before = at(Scenario::SilentAccounts, 0);
        assert_eq!((0..6_000).filter(|index| before.is_mute(*index)).collect::<Vec<_>>(), [5_998]);
    }

    #[test]
    fn an_account_that_is_mute_writes_nothing() {
        let mut simulation = at(Scenario::SilentAccounts, 30);
        let mute: BTreeSet<_> =
            (0..6_000).filter(|index| simulation.is_mute(*index)).map(|index| simulation.accounts[index].id).collect();
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut wrote: BTreeSet<_> = (0..20_000).map(|_| simulation.payload(now).account).collect();
        wrote.extend((0..6_000).filter_map(|_| Some(simulation.heartbeat(now)?.account)));
        assert_eq!(wrote.intersection(&mute).count(), 0);
        assert_eq!(wrote.len(), 6_000 - mute.len());
    }

    #[test]
    fn a_stream_is_held_up_for_four_minutes_and_then_read_again() {
        let held_up = |seconds| at(Scenario::PipelineLag, seconds).is_held_up();
        assert_eq!(
            (held_up(4), held_up(5), held_up(244), held_up(245), held_up(425)),
            (false, true, true, false, true)
        );
    }
}
