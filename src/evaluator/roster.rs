//! Rosters: which accounts a rule applies to, and with which settings. Made anew only when the directory changes or an override ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Outcome;
use super::reading::{self, Reading};
use super::slot::{Place, Scope};
use crate::id::AccountId;
use crate::predicate::Predicate;
use crate::predicate::account::Account;
use crate::predicate::field::Field;
use crate::rule::{Effective, Hold, Kind, Missing, NoData, Rule, Settings};
use crate::sample::Group;
use crate::tenant::{Directory, Entry};
use crate::time::Timestamp;

/// Which accounts a rule applies to, and how.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    /// Grows with every change; 0 before the first.
    pub(super) epoch: u32,
    /// The directory it was made of.
    version: Option<u64>,
    /// Accounts of the directory in scope, ascending.
    pub(super) members: Arc<[AccountId]>,
    /// The settings of each member; empty where all have the first.
    pub(super) chosen: Arc<[u16]>,
    /// The settings there are; the first are those of the rule.
    pub(super) variants: Vec<Variant>,
    /// When the next override ends.
    ends: Option<Timestamp>,
    /// Whether the members are groups that the directory expects.
    expects: bool,
}

/// Settings that some accounts have.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// The overrides that apply.
    pub(super) applied: Vec<usize>,
    /// The settings.
    pub(super) settings: Settings,
    /// Fewer records say nothing.
    pub(super) min_samples: u64,
    /// What a tick says of a group without data and state.
    pub(super) idle: Reading,
    /// Groups without data must be looked at one by one, because silence may be a breach.
    pub(super) eager: bool,
    /// Whether silence is a breach depends on the last value, so that it must be kept.
    pub(super) recalls: bool,
}

impl Roster {
    /// Whether it has to be made anew for a tick at `at`.
    pub(super) fn is_stale(&self, directory: &Directory, at: Timestamp) -> bool {
        self.version != Some(directory.version()) || self.ends.is_some_and(|ends| ends <= at)
    }

    /// The roster for a tick at `at`.
    pub(super) fn make(&self, rule: &Rule, directory: &Directory, at: Timestamp) -> Self {
        let mut new = Self {
            epoch: self.epoch.wrapping_add(1).max(1),
            version: Some(directory.version()),
            variants: vec![Variant::new(rule, base(rule))],
            ends: rule.overrides.iter().filter_map(|one| one.until).filter(|until| *until > at).min(),
            expects: expects(rule),
            ..Self::default()
        };
        let in_scope = |entry: &&Entry| {
            holds(rule.scope.as_ref(), entry.account, Some(entry)) && !ends(rule, directory, entry.account)
        };
        let entries: Vec<&Entry> = directory.entries().filter(in_scope).collect();
        new.members = entries.iter().map(|entry| entry.account).collect();
        if !rule.overrides.is_empty() {
            let mut chosen = Vec::with_capacity(entries.len());
            for entry in &entries {
                chosen.push(new.choose(rule, entry.account, Some(entry), at));
            }
            new.chosen = chosen.into();
        }
        new
    }

    /// How a group stands to the directory. `born` is when its account was created or first seen.
    pub(super) fn place(
        &mut self,
        rule: &Rule,
        group: &Group,
        directory: &Directory,
        at: Timestamp,
        born: Timestamp,
    ) -> Place {
        let Some(account) = group.account else {
            let expected = rule.group_by.is_empty();
            return Place { epoch: self.epoch, variant: 0, scope: Scope::In, expected, born };
        };
        if let Ok(index) = self.members.binary_search(&account) {
            let expected = self.expects && group.rest.is_empty();
            let variant = self.variant_of(index);
            return Place { epoch: self.epoch, variant, scope: Scope::In, expected, born };
        }
        let entry = directory.get(account);
        let ended = ends(rule, directory, account);
        let in_scope = entry.is_none() && !ended && holds(rule.scope.as_ref(), account, None);
        let scope = match (ended, in_scope) {
            (true, _) => Scope::Ended,
            (false, true) => Scope::In,
            (false, false) => Scope::Out,
        };
        let variant = if in_scope { self.choose(rule, account, None, at) } else { 0 };
        Place { epoch: self.epoch, variant, scope, expected: false, born }
    }

    /// The settings of a group that the directory expects; none for others.
    pub(super) fn of_expected(&self, group: &Group) -> Option<&Variant> {
        let account = group.account.filter(|_| self.expects && group.rest.is_empty())?;
        let index = self.members.binary_search(&account).ok()?;
        self.variants.get(usize::from(self.variant_of(index)))
    }

    /// The settings of the member of that index.
    pub(super) fn variant_of(&self, index: usize) -> u16 {
        self.chosen.get(index).copied().unwrap_or(0)
    }

    /// Members whose groups must be there even without data.
    pub(super) fn eager(&self) -> impl Iterator<Item = AccountId> + '_ {
        let any = self.expects && self.variants.iter().any(|variant| variant.eager);
        let members = self.members.iter().enumerate().filter(move |_| any);
        members.filter(|(index, _)| self.variants[usize::from(self.variant_of(*index))].eager).map(|(_, id)| *id)
    }

    /// How many groups the directory expects, by settings.
    pub(super) fn expected(&self) -> Vec<u32> {
        let mut expected = vec![0; self.variants.len()];
        if !self.expects {
            return expected;
        }
        if self.chosen.is_empty() {
            expected[0] = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        }
        for variant in self.chosen.iter() {
            expected[usize::from(*variant)] += 1;
        }
        expected
    }

    fn choose(&mut self, rule: &Rule, id: AccountId, entry: Option<&Entry>, at: Timestamp) -> u16 {
        let account = Account { id, entry };
        let applied: Vec<usize> =
            (0..).zip(&rule.overrides).filter(|(_, one)| one.applies(&account, at)).map(|(index, _)| index).collect();
        let known = self.variants.iter().position(|variant| variant.applied == applied);
        let index = known.unwrap_or_else(|| {
            self.variants.push(Variant::new(rule, rule.effective(&account, at)));
            self.variants.len() - 1
        });
        u16::try_from(index).unwrap_or(0)
    }
}

/// The settings of the rule itself.
fn base(rule: &Rule) -> Effective {
    let min_samples = rule.measure().map_or(0, |measure| measure.min_samples);
    Effective { settings: rule.settings.clone(), min_samples, applied: Vec::new() }
}

/// Whether each account in scope is a group of its own that is expected to speak.
fn expects(rule: &Rule) -> bool {
    let by_account = matches!(rule.group_by.as_slice(), [Field::Account]);
    match rule.kind {
        Kind::Threshold(_) | Kind::Ratio(_) | Kind::Change { .. } | Kind::Outlier(_) | Kind::Forecast { .. } => {
            by_account
        }
        Kind::Absence { .. } => by_account && rule.groups_from_directory,
        Kind::Event { .. } | Kind::FirstSeen(_) | Kind::Fleet(_) | Kind::Composite { .. } => false,
    }
}

impl Variant {
    fn new(rule: &Rule, effective: Effective) -> Self {
        let Effective { settings, min_samples, applied } = effective;
        let idle = if settings.enabled {
            reading::idle(rule, &settings, min_samples)
        } else {
            Reading::bare(Outcome::MutedScope)
        };
        let eager = settings.enabled && speaks_of_silence(rule, &settings, idle.outcome);
        let recalls = matches!(settings.no_data, NoData::Breach { only_if_last: Some(_), .. });
        Self { applied, settings, min_samples, idle, eager, recalls }
    }
}

fn speaks_of_silence(rule: &Rule, settings: &Settings, idle: Outcome) -> bool {
    if matches!(rule.kind, Kind::Absence { .. }) || matches!(idle, Outcome::Critical | Outcome::Warning) {
        return true;
    }
    let counted = matches!(settings.hold, Hold::Datapoints { missing: Missing::Breaching, .. });
    let breach = matches!(settings.no_data, NoData::Breach { only_if_last: None, .. } | NoData::Alert { .. });
    idle == Outcome::NoData && (counted || breach)
}

/// Whether the rule says nothing of the account any more, since that is closed or has left. A rule whose scope asks for the state
/// of accounts decides for itself.
fn ends(rule: &Rule, directory: &Directory, account: AccountId) -> bool {
    let asks = |scope: &Predicate| scope.fields().contains(&Field::Tenant("state".into()));
    directory.ended(account).is_some() && !rule.scope.as_ref().is_some_and(asks)
}

fn holds(predicate: Option<&Predicate>, id: AccountId, entry: Option<&Entry>) -> bool {
    predicate.is_none_or(|predicate| predicate.holds(&Account { id, entry }))
}

/// The settings by which groups are judged; those of the rule where there is no such variant.
pub(super) fn settings<'a>(roster: &'a Roster, rule: &'a Rule, place: Place) -> &'a Settings {
    roster.variants.get(usize::from(place.variant)).map_or(&rule.settings, |variant| &variant.settings)
}

/// When accounts were created or first seen.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Census {
    /// Accounts of which the directory does not tell when they were created, by when they were first seen; 1970 for those that were
    /// there from the start.
    seen: BTreeMap<AccountId, Timestamp>,
    /// The directory that was looked at last; found again after a restart.
    #[serde(skip)]
    version: Option<u64>,
    /// Whether any directory was looked at.
    begun: bool,
    /// When each account of the directory was created or first seen, by account; found again after a restart.
    #[serde(skip)]
    listed: Vec<(AccountId, Timestamp)>,
    /// Accounts of the directory that are young enough to matter, found again after a restart.
    #[serde(skip)]
    pub(super) young: Vec<(AccountId, Timestamp)>,
}

impl Census {
    /// Looks at the directory; accounts younger than `young_for` are listed.
    pub(super) fn look(&mut self, directory: &Directory, at: Timestamp, young_for: std::time::Duration) {
        if self.version == Some(directory.version()) {
            return;
        }
        self.version = Some(directory.version());
        let first = if self.begun { at } else { Timestamp::default() };
        self.begun = true;
        self.young.clear();
        self.listed.clear();
        for entry in directory.entries() {
            let born = entry.created.unwrap_or_else(|| *self.seen.entry(entry.account).or_insert(first));
            self.listed.push((entry.account, born));
            if born.plus(young_for) > at {
                self.young.push((entry.account, born));
            }
        }
    }

    /// When an account was created, or first seen, which is now at the latest.
    pub(super) fn born(&mut self, account: AccountId, directory: &Directory, now: Timestamp) -> Timestamp {
        if self.version == Some(directory.version())
            && let Ok(index) = self.listed.binary_search_by(|(listed, _)| listed.cmp(&account))
        {
            return self.listed[index].1;
        }
        let created = directory.get(account).and_then(|entry| entry.created);
        created.unwrap_or_else(|| *self.seen.entry(account).or_insert(now))
    }
}
