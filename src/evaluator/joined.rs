//! Rules that look at other rules, at the same tick: `fleet` and `composite`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Outcome;
use super::book::{Book, Frame};
use super::history::{Member, Snapshot, is_evaluated};
use super::logic::{Status, Truth, status, truth};
use super::peers::{own, value};
use super::reading::Reading;
use super::state::judge;
use super::tick::gate;
use super::track::Track;
use crate::id::AccountId;
use crate::predicate::field::Field;
use crate::rule::{Fleet, Level, Logic, Rule};
use crate::sample::Group;
use crate::time::Timestamp;

/// Another rule at the tick.
pub(super) struct Child<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// The rule.
    pub(super) rule: &'a Rule,
    /// What its tick came to; none where it had no tick yet.
    pub(super) snapshot: Option<&'a Snapshot>,
}

/// How a combination is made.
#[derive(Clone, Copy)]
pub(super) struct Combination<'a> {
    /// The combination.
    pub(super) expression: &'a Logic,
    /// How bad it is.
    pub(super) level: Level,
    /// How long a rule counts as firing after it stopped.
    pub(super) sticky: Duration,
    /// By severities.
    pub(super) datadog: bool,
}

impl Track {
    /// Moves groups on by what was found out of other rules.
    pub(super) fn tick_joined(&mut self, frame: &Frame<'_>, joined: Vec<(Group, Reading)>, book: &mut Book) {
        let mut readings: BTreeMap<Group, Reading> = joined.into_iter().collect();
        for slot in self.slots() {
            let _known = readings.entry(slot.group.clone()).or_insert(Reading::bare(Outcome::NoData));
        }
        for (group, reading) in readings {
            let calm = matches!(reading.outcome, Outcome::Clear | Outcome::Hold | Outcome::NoData | Outcome::Skip);
            if calm && self.find(frame.rule, &group).is_none() && !group_is_whole(frame.rule) {
                book.count(reading.outcome, 1);
                continue;
            }
            let place = self.roster.place(frame.rule, &group, frame.directory, frame.at, Timestamp::default());
            let variant = self.roster.variants[usize::from(place.variant)].clone();
            let Some(slot) = self.ensure(frame.rule, &group) else {
                self.tally.overflow += 1;
                continue;
            };
            slot.place = place;
            if is_evaluated(reading.outcome) {
                slot.spoke = frame.at;
            }
            let reading = gate(frame, slot, &variant).map_or(reading, Reading::bare);
            book.step(frame, slot, &variant, reading);
        }
    }
}

/// A rule without groups has its one group always.
fn group_is_whole(rule: &Rule) -> bool {
    rule.group_by.is_empty()
}

/// How many accounts of a group there are, and how many of them are in the state that counts.
#[derive(Clone, Debug, Default)]
struct Tallied {
    population: BTreeSet<Group>,
    bad: BTreeSet<Group>,
}

/// What a `fleet` rule says of its groups.
pub(super) fn fleet(frame: &Frame<'_>, fleet: &Fleet, child: &Child<'_>) -> Vec<(Group, Reading)> {
    let Some(snapshot) = child.snapshot else { return Vec::new() };
    let mut groups: BTreeMap<Group, Tallied> = BTreeMap::new();
    if frame.rule.group_by.is_empty() {
        let _one = groups.insert(Group::default(), Tallied::default());
    }
    let by_account = child.rule.group_by.contains(&Field::Account);
    for member in &snapshot.groups {
        let unit = if by_account { only_account(member.group.account) } else { member.group.clone() };
        let Some(group) = project(frame, &member.group, child.rule) else { continue };
        let tallied = groups.entry(group).or_default();
        if is_evaluated(member.outcome) && !fleet.registered {
            let _counted = tallied.population.insert(unit.clone());
        }
        if member.fires() || (fleet.pending_counts && member.state == super::State::Pending) {
            let _counted = tallied.bad.insert(unit);
        }
    }
    if by_account && (fleet.registered || is_evaluated(snapshot.idle)) {
        for account in snapshot.members.iter() {
            let unit = only_account(Some(*account));
            let known = snapshot.groups.binary_search_by(|member| member.group.cmp(&unit)).is_ok();
            if (fleet.registered || !known)
                && let Some(group) = project(frame, &unit, child.rule)
            {
                let _counted = groups.entry(group).or_default().population.insert(unit);
            }
        }
    }
    groups.into_iter().map(|(group, tallied)| (group, reading(frame, fleet, &tallied))).collect()
}

fn reading(frame: &Frame<'_>, fleet: &Fleet, tallied: &Tallied) -> Reading {
    // One that fires without data belongs to the population as well, or the share would be above 1.
    let population = tallied.population.union(&tallied.bad).count();
    if population < fleet.min_population.max(1) {
        return Reading::bare(Outcome::Skip);
    }
    let value = if fleet.share { share(tallied.bad.len(), population) } else { share(tallied.bad.len(), 1) };
    Reading { outcome: judge(value, &frame.rule.settings), value: Some(value) }
}

#[expect(clippy::cast_precision_loss, reason = "no fleet has 2^52 accounts")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn only_account(account: Option<AccountId>) -> Group {
    Group { account, rest: Box::default() }
}

/// The group of this rule that a group of another belongs to; none where it does not say.
fn project(frame: &Frame<'_>, group: &Group, of: &Rule) -> Option<Group> {
    let mut account = None;
    let mut rest = Vec::new();
    for field in &frame.rule.group_by {
        if *field == Field::Account {
            account = Some(group.account?);
        } else {
            rest.push(value(frame, group, &of.group_by, field)?);
        }
    }
    Some(Group { account, rest: rest.into() })
}

/// What a `composite` rule says of its groups.
pub(super) fn composite(
    frame: &Frame<'_>,
    combination: Combination<'_>,
    children: &[Child<'_>],
) -> Vec<(Group, Reading)> {
    let mut groups: BTreeSet<Group> = BTreeSet::new();
    if frame.rule.group_by.is_empty() {
        let _one = groups.insert(Group::default());
    }
    let whole = |child: &&Child<'_>| frame.rule.group_by.iter().all(|field| child.rule.group_by.contains(field));
    for child in children.iter().filter(whole) {
        let members = child.snapshot.iter().flat_map(|snapshot| &snapshot.groups);
        groups.extend(members.filter_map(|member| project(frame, &member.group, child.rule)));
    }
    let views: Vec<View<'_>> = children.iter().map(|child| View::new(frame, combination, child)).collect();
    let say = |group: Group| {
        let reading = reading_of(combination, &views, &group, &frame.rule.group_by);
        (group, reading)
    };
    groups.into_iter().map(say).collect()
}

fn reading_of(combination: Combination<'_>, views: &[View<'_>], group: &Group, group_by: &[Field]) -> Reading {
    let view = |name: &str| views.iter().find(|view| view.name == name);
    if views.iter().all(|view| view.of(group, group_by).is_none()) {
        return Reading::bare(Outcome::NoData);
    }
    let outcome = if combination.datadog {
        let of =
            |name: &str| view(name).and_then(|view| view.of(group, group_by)).map_or(Status::NoData, |both| both.1);
        status(combination.expression, &of).outcome()
    } else {
        let of =
            |name: &str| view(name).and_then(|view| view.of(group, group_by)).map_or(Truth::Unknown, |both| both.0);
        truth(combination.expression, &of).outcome(combination.level)
    };
    Reading::bare(outcome)
}

/// Another rule, as groups of this one see it: by the fields that both have.
struct View<'a> {
    name: &'a str,
    shared: Vec<Field>,
    seen: BTreeMap<Vec<String>, (Truth, Status)>,
    /// Accounts of which nothing is tracked because all is well.
    well: Option<&'a [AccountId]>,
}

impl<'a> View<'a> {
    fn new(frame: &Frame<'_>, combination: Combination<'_>, child: &Child<'a>) -> Self {
        let by = &frame.rule.group_by;
        let shared: Vec<Field> = by.iter().filter(|field| child.rule.group_by.contains(field)).cloned().collect();
        let mut seen: BTreeMap<Vec<String>, (Truth, Status)> = BTreeMap::new();
        for member in child.snapshot.iter().flat_map(|snapshot| &snapshot.groups) {
            let new = said(member, frame.at, combination.sticky);
            let _either = seen
                .entry(key(&member.group, &child.rule.group_by, &shared))
                .and_modify(|both| *both = either(*both, new))
                .or_insert(new);
        }
        let only_account = matches!(child.rule.group_by.as_slice(), [Field::Account]) && !shared.is_empty();
        let well = child.snapshot.filter(|snapshot| only_account && is_evaluated(snapshot.idle));
        Self { name: child.name, shared, seen, well: well.map(|snapshot| &*snapshot.members) }
    }

    fn of(&self, group: &Group, group_by: &[Field]) -> Option<(Truth, Status)> {
        let well = || {
            let account = group.account?;
            self.well?.binary_search(&account).ok().map(|_| (Truth::False, Status::Ok))
        };
        self.seen.get(&key(group, group_by, &self.shared)).copied().or_else(well)
    }
}

fn key(group: &Group, group_by: &[Field], shared: &[Field]) -> Vec<String> {
    shared.iter().map(|field| own(group, group_by, field).unwrap_or_default().to_owned()).collect()
}

fn said(member: &Member, at: Timestamp, sticky: Duration) -> (Truth, Status) {
    let stopped_lately = member.stopped > Timestamp::default() && at.since(member.stopped) < sticky;
    if member.fires() || stopped_lately {
        let status = if member.level == Some(Level::Warning) { Status::Warn } else { Status::Alert };
        (Truth::True, status)
    } else if is_evaluated(member.outcome) {
        (Truth::False, Status::Ok)
    } else {
        (Truth::Unknown, Status::NoData)
    }
}

/// Of several groups one that fires is enough; those of which nothing is known count only where nothing is known of any.
fn either(one: (Truth, Status), other: (Truth, Status)) -> (Truth, Status) {
    let truth = match (one.0, other.0) {
        (Truth::True, _) | (_, Truth::True) => Truth::True,
        (Truth::False, _) | (_, Truth::False) => Truth::False,
        (Truth::Unknown, Truth::Unknown) => Truth::Unknown,
    };
    let status = match (one.1, other.1) {
        (Status::NoData, known) | (known, Status::NoData) => known,
        (one, other) => one.max(other),
    };
    (truth, status)
}
