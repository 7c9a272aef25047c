//! Outlier rules: all groups are read first, then compared with their peers.

use std::collections::BTreeMap;

use super::Outcome;
use super::book::{Book, Frame};
use super::events::at_once;
use super::outlier::{Peers, Scores, compare};
use super::reading::{self, Reading};
use super::ring::Totals;
use super::slot::Slot;
use super::tick::gate;
use super::track::Track;
use crate::predicate::Fields as _;
use crate::predicate::account::Account;
use crate::predicate::field::Field;
use crate::rule::{Level, Outlier};
use crate::sample::Group;

/// Where the values of a set of peers are: by group, so that neither partitions nor the order of arrival matter.
type Set = BTreeMap<Group, ((usize, usize), f64)>;

impl Track {
    /// Compares the values of all groups at one tick.
    pub(super) fn tick_outliers(&mut self, frame: &Frame<'_>, outlier: &Outlier, book: &mut Book) {
        let mut sets: BTreeMap<Box<[Box<str>]>, Set> = BTreeMap::new();
        let mut totals = Totals::default();
        let Self { shelves, roster, tally, layout, .. } = self;
        for (shelf_index, shelf) in shelves.iter_mut().enumerate() {
            for (index, slot) in shelf.slots.iter_mut().enumerate() {
                let variant = &roster.variants[usize::from(slot.place.variant)];
                let owner = slot.group.account.map(|account| (frame.directory, account));
                slot.hear(layout, frame.steps.to);
                slot.total(layout, frame.steps, &mut totals);
                let value = match gate(frame, slot, variant) {
                    Some(outcome) => Err(outcome),
                    None if !totals.any && slot.spoke > frame.from => Err(Outcome::Skip),
                    None if !totals.any => Err(Outcome::NoData),
                    None => {
                        let oddities = &mut tally.oddities;
                        reading::current(
                            frame.rule,
                            &variant.settings,
                            variant.min_samples,
                            &mut totals,
                            owner,
                            oddities,
                        )
                    }
                };
                match value {
                    Ok(value) => {
                        let set = sets.entry(peers_of(frame, slot, outlier)).or_default();
                        let _new = set.insert(slot.group.clone(), ((shelf_index, index), value));
                    }
                    Err(outcome) => book.step(frame, slot, variant, Reading::bare(outcome)),
                }
            }
        }
        for (key, set) in sets {
            self.judge_peers(frame, outlier, (key, &set), book);
        }
    }

    fn judge_peers(
        &mut self,
        frame: &Frame<'_>,
        outlier: &Outlier,
        (key, set): (Box<[Box<str>]>, &Set),
        book: &mut Book,
    ) {
        let values: Vec<f64> = set.values().map(|(_, value)| *value).collect();
        let (scores, shifted): (Option<Scores>, Option<f64>) = match compare(&values, outlier) {
            Peers::TooFew => (None, None),
            Peers::Shifted(scores) => (None, Some(scores.share)),
            Peers::Compared(scores) => (Some(scores), None),
        };
        for (number, ((shelf, index), _)) in set.values().enumerate() {
            let slot = &mut self.shelves[*shelf].slots[*index];
            let variant = &self.roster.variants[usize::from(slot.place.variant)];
            let score = scores.as_ref().and_then(|scores| scores.peers.get(number));
            let reading = score.map_or(Reading::bare(Outcome::Skip), |score| {
                Reading::one_level(score.breaches, outlier.level, Some(score.score))
            });
            book.step(frame, slot, variant, reading);
        }
        self.step_shift(frame, outlier.level, (Group { account: None, rest: key }, shifted), book);
    }

    fn step_shift(&mut self, frame: &Frame<'_>, level: Level, (group, shifted): (Group, Option<f64>), book: &mut Book) {
        let key = (Box::from("FleetShift"), group);
        let mut alert = self.metas.remove(&key).unwrap_or_default();
        let reading = Reading::one_level(shifted.is_some(), level, shifted);
        book.step_meta(frame, ("FleetShift", &key.1), &mut alert, &at_once(&frame.rule.settings), reading);
        if !alert.is_blank() {
            let _new = self.metas.insert(key, alert);
        }
    }
}

/// What the peers of a group have in common with it.
fn peers_of(frame: &Frame<'_>, slot: &Slot, outlier: &Outlier) -> Box<[Box<str>]> {
    outlier
        .peers
        .iter()
        .map(|field| value(frame, &slot.group, &frame.rule.group_by, field).unwrap_or_default())
        .collect()
}

/// The value of a field of a group: its own, else that of its account.
pub(super) fn value(frame: &Frame<'_>, group: &Group, group_by: &[Field], field: &Field) -> Option<Box<str>> {
    if let Some(own) = own(group, group_by, field) {
        return Some(own.into());
    }
    let id = group.account?;
    let account = Account { id, entry: Some(frame.directory.get(id)?) };
    account.get(field)?.text().map(Into::into)
}

/// The value of a field that a group has by its rule.
pub(super) fn own<'a>(group: &'a Group, group_by: &[Field], field: &Field) -> Option<&'a str> {
    if *field == Field::Account {
        return group.account.as_ref().map(|account| account.as_str());
    }
    let place = group_by.iter().filter(|other| **other != Field::Account).position(|other| other == field)?;
    group.rest.get(place).map(|value| &**value)
}
