//! Makes a view of copies of what the rules, the directory and the line know. What did not change since the view before is shared with
//! it, so that a quiet fleet costs little.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::base::Base;
use super::cells::Cells;
use super::fresh::{Clock, freshness};
use super::history::History;
use super::quota::Quotas;
use super::rules::Rules;
use super::scope::Scope;
use super::shown::{Around, Shown};
use super::{Figures, Item, View, of_accounts};
use crate::api::fleet::{FirstSteps, Mark, Trouble};
use crate::evaluator::{Look, Measured};
use crate::id::AccountId;
use crate::incident::{Quiet, Told};
use crate::rule::RuleSet;
use crate::tenant::{Directory, Entry};
use crate::time::Timestamp;

/// What a view is made of.
#[derive(Clone, Debug)]
pub struct Input {
    /// When it is so.
    pub now: Timestamp,
    /// How far the rules have looked.
    pub reached: Timestamp,
    /// Accounts and their tenants.
    pub directory: Arc<Directory>,
    /// The rules that run.
    pub rules: Arc<RuleSet>,
    /// What each of them says, in their order.
    pub of_rules: Vec<Arc<OfRule>>,
    /// How far alerts were told.
    pub told: Arc<BTreeMap<u64, Told>>,
    /// What keeps alerts quiet.
    pub quiet: Quiet,
    /// Accounts that were heard, ascending.
    pub heard: Arc<[(AccountId, Figures)]>,
    /// What keeps the picture from being whole.
    pub troubles: Vec<Trouble>,
    /// What a fresh installation waits for.
    pub first_steps: FirstSteps,
    /// When an alert last resolved.
    pub last_resolved: Option<Timestamp>,
    /// After how long without anything an account is silent.
    pub silent_after: Duration,
}

/// What a rule says after a tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfRule {
    /// Alerts that are not inactive.
    pub looks: Vec<Look>,
    /// Shares of a quota, where it measures one.
    pub measured: Arc<[Measured]>,
}

/// Makes one view after the other.
#[derive(Debug)]
pub struct Maker {
    last: Option<Made>,
    history: History,
    since: Arc<BTreeMap<AccountId, Timestamp>>,
    /// Version of the first view: versions of an earlier process are lower.
    first: u64,
}

/// What a rule said, and what is shown of it.
type Said = (Arc<OfRule>, Arc<[Arc<Shown>]>);

#[derive(Debug)]
struct Made {
    view: View,
    directory: Arc<Directory>,
    told: Arc<BTreeMap<u64, Told>>,
    quiet: Quiet,
    of_rules: Vec<Said>,
}

impl Maker {
    /// Nothing was made yet.
    #[must_use]
    pub fn new(started: Timestamp) -> Self {
        Self { last: None, history: History::default(), since: Arc::default(), first: started.millis() }
    }

    /// Makes a view. Its version is that of the one before where nothing changed but figures.
    pub fn make(&mut self, input: Input) -> View {
        let base = self.base(&input);
        let is_same_base = self.last.as_ref().is_some_and(|last| Arc::ptr_eq(&last.view.base, &base));
        let rules = self.rules(&input.rules);
        let of_rules = self.shown(&input, &rules);
        let alerts = self.items(&of_rules, &base, is_same_base);
        let figures = figures(&base, &input.heard);
        let cells = self.cells(cells(&alerts, &base, &figures, &input));
        self.note_changes(&base, &cells, input.now);
        self.sample(&alerts, &base, is_same_base, input.now);
        let quotas = rules.of_quotas().filter_map(|rule| Some((rule, Arc::clone(&input.of_rules.get(rule)?.measured))));
        let mut view = View {
            v: self.first,
            at: input.now,
            reached: input.reached,
            troubles: input.troubles,
            first_steps: input.first_steps,
            last_resolved: input.last_resolved,
            of_accounts: of_accounts(&alerts),
            quotas: Arc::new(Quotas::new(quotas.collect())),
            history: Arc::new(self.history.clone()),
            since: Arc::clone(&self.since),
            lens: None,
            scope: Scope::Fleet,
            base,
            cells,
            figures,
            alerts,
            rules,
        };
        view.v = self.version(&view);
        let Input { directory, told, quiet, .. } = input;
        self.last = Some(Made { view: view.clone(), directory, told, quiet, of_rules });
        view
    }

    fn base(&self, input: &Input) -> Arc<Base> {
        let speaking: Vec<AccountId> =
            input.heard.iter().map(|(id, _)| *id).filter(|id| input.directory.get(*id).is_none()).collect();
        let same = self.last.as_ref().filter(|last| {
            let base = &last.view.base;
            Arc::ptr_eq(&last.directory, &input.directory)
                && base.len() == input.directory.entries().len() + speaking.len()
                && speaking.iter().all(|id| base.place(*id).is_some())
        });
        match same {
            Some(last) => Arc::clone(&last.view.base),
            None => Arc::new(Base::new(&input.directory, speaking)),
        }
    }

    fn rules(&self, set: &Arc<RuleSet>) -> Arc<Rules> {
        match self.last.as_ref().filter(|last| Arc::ptr_eq(last.view.rules.set(), set)) {
            Some(last) => Arc::clone(&last.view.rules),
            None => Arc::new(Rules::new(Arc::clone(set))),
        }
    }

    /// What is shown of the alerts of each rule; the same as before where nothing about it changed.
    fn shown(&self, input: &Input, rules: &Arc<Rules>) -> Vec<Said> {
        let same = self.last.as_ref().filter(|last| Arc::ptr_eq(&last.view.rules, rules));
        let is_same_around = same.is_some_and(|last| {
            Arc::ptr_eq(&last.directory, &input.directory) && last.quiet == input.quiet && last.told == input.told
        });
        let around = Around { rules, directory: &input.directory, told: &input.told, quiet: &input.quiet };
        let of = |(index, of_rule): (usize, &Arc<OfRule>)| {
            let before = same.and_then(|last| last.of_rules.get(index));
            if let Some((read, shown)) = before.filter(|_| is_same_around)
                && (Arc::ptr_eq(read, of_rule) || read.looks == of_rule.looks)
            {
                return (Arc::clone(of_rule), Arc::clone(shown));
            }
            let new = of_rule.looks.iter().map(|look| Shown::new(index, look, around));
            (Arc::clone(of_rule), keep(new, before.map(|(_, shown)| shown)))
        };
        input.of_rules.iter().enumerate().map(of).collect()
    }

    /// All alerts, worst first; the same list as before where all of them are the same.
    fn items(&self, of_rules: &[Said], base: &Base, is_same_base: bool) -> Arc<[Item]> {
        if let Some(last) = self.last.as_ref().filter(|_| is_same_base)
            && last.of_rules.len() == of_rules.len()
            && last.of_rules.iter().zip(of_rules).all(|((_, before), (_, now))| Arc::ptr_eq(before, now))
        {
            return Arc::clone(&last.view.alerts);
        }
        let all = of_rules.iter().flat_map(|(_, shown)| shown.iter());
        let mut items: Vec<Item> = all
            .map(|shown| Item {
                shown: Arc::clone(shown),
                place: shown.account.and_then(|account| base.place(account)),
            })
            .collect();
        items.sort_by(|a, b| a.shown.worse(&b.shown));
        items.into()
    }

    fn cells(&self, cells: Cells) -> Arc<Cells> {
        match self.last.as_ref().filter(|last| *last.view.cells == cells) {
            Some(last) => Arc::clone(&last.view.cells),
            None => Arc::new(cells),
        }
    }

    /// Notes since when accounts are in their state.
    fn note_changes(&mut self, base: &Base, cells: &Arc<Cells>, now: Timestamp) {
        let Some(last) = self.last.as_ref().filter(|last| !Arc::ptr_eq(&last.view.cells, cells)) else { return };
        let before = |id: AccountId| last.view.base.place(id).map(|place| last.view.cells.state[place as usize]);
        let changed =
            base.ids().iter().zip(&cells.state).filter(|(id, state)| before(**id).is_some_and(|was| was != **state));
        let changed: Vec<(AccountId, Timestamp)> = changed.map(|(id, _)| (*id, now)).collect();
        if !changed.is_empty() {
            Arc::make_mut(&mut self.since).extend(changed);
        }
    }

    fn sample(&mut self, alerts: &[Item], base: &Base, is_same_base: bool, now: Timestamp) {
        if !is_same_base {
            self.history.find(base);
        }
        if self.history.is_due(now) {
            self.history.take(alerts, base, now);
        }
    }

    fn version(&self, view: &View) -> u64 {
        let Some(last) = self.last.as_ref().map(|last| &last.view) else { return self.first };
        let same = Arc::ptr_eq(&last.base, &view.base)
            && Arc::ptr_eq(&last.cells, &view.cells)
            && Arc::ptr_eq(&last.alerts, &view.alerts)
            && Arc::ptr_eq(&last.rules, &view.rules)
            && last.troubles == view.troubles;
        last.v + u64::from(!same)
    }
}

/// New values, each of them the old one where it is the same, and the old list where all are.
fn keep(new: impl Iterator<Item = Shown>, old: Option<&Arc<[Arc<Shown>]>>) -> Arc<[Arc<Shown>]> {
    let old_ones = old.map_or(&[][..], |old| old);
    let known: BTreeMap<u64, &Arc<Shown>> = old_ones.iter().map(|shown| (shown.id, shown)).collect();
    let one = |shown: Shown| match known.get(&shown.id).filter(|old| ****old == shown) {
        Some(old) => Arc::clone(old),
        None => Arc::new(shown),
    };
    let kept: Vec<Arc<Shown>> = new.map(one).collect();
    let same =
        |old: &&Arc<[Arc<Shown>]>| old.len() == kept.len() && old.iter().zip(&kept).all(|(a, b)| Arc::ptr_eq(a, b));
    old.filter(same).map_or_else(|| kept.iter().cloned().collect(), Arc::clone)
}

fn figures(base: &Base, heard: &[(AccountId, Figures)]) -> Arc<[Figures]> {
    let mut heard = heard.iter().peekable();
    let of = |id: &AccountId| {
        while heard.next_if(|(other, _)| other < id).is_some() {}
        heard.next_if(|(other, _)| other == id).map(|(_, figures)| *figures).unwrap_or_default()
    };
    base.ids().iter().map(of).collect()
}

fn cells(alerts: &[Item], base: &Base, figures: &[Figures], input: &Input) -> Cells {
    let mut cells = Cells::new(base.len());
    // Those that are kept quiet stand at the end.
    for item in alerts {
        let Some(place) = item.place else { continue };
        match item.shown.mark() {
            Mark::None => cells.loud(place, item.shown.alert.state),
            mark @ (Mark::Silenced | Mark::Acked) => cells.quiet(place, item.shown.alert.state, mark),
        }
    }
    let blind = input.troubles.iter().any(|trouble| trouble.blind);
    let clock = Clock { now: input.now, reached: input.reached, blind, silent_after: input.silent_after };
    for (place, fresh) in (0..).zip(&mut cells.fresh) {
        let left = || input.directory.ended(base.id(place)).map(|_| crate::tenant::State::Closed);
        let state = base.entry(place).map(|entry: &Entry| entry.state).or_else(left);
        *fresh = freshness(state, &figures[place as usize], clock);
    }
    cells
}
