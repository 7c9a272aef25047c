//! Groups of alerts: one row for each rule, tenant or label, with how it goes and what its accounts have in common.

use std::collections::BTreeMap;

use super::alerts::{AlertRow, Part, Wanted, hidden_notices};
use super::base::Column;
use super::history::{SLOTS, Sample, TREND};
use super::shown::Shown;
use super::{HIDDEN, Item, View, common};
use crate::api::alerts::{AlertGroup, Trend};
use crate::api::fleet::{Mark, State};
use crate::time::Timestamp;

/// What makes alerts a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The name of the alert.
    #[default]
    Rule,
    /// The tenant.
    Tenant,
    /// A label of the alert or of its account.
    Label(String),
}

impl By {
    /// Reads `rule`, `tenant` or `label:x`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "rule" => Some(Self::Rule),
            "tenant" => Some(Self::Tenant),
            other => other.strip_prefix("label:").filter(|name| !name.is_empty()).map(|name| Self::Label(name.into())),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Rule => "rule",
            Self::Tenant => "tenant",
            Self::Label(name) => name,
        }
    }
}

/// A part of a list of groups.
#[derive(Clone, Debug, Default)]
pub struct GroupQuery {
    /// What makes a group.
    pub by: By,
    /// Which alerts count.
    pub wanted: Wanted,
    /// How many groups are passed over.
    pub skip: usize,
    /// How many are given at most.
    pub limit: usize,
}

/// The alerts of a group that are wanted, worst first.
struct Group<'a> {
    key: &'a str,
    items: Vec<&'a Item>,
    places: Vec<u32>,
    state: State,
    quiet: bool,
}

/// What fires of a group, wanted or not, now and before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Course {
    /// Firing accounts now.
    now: u32,
    /// A quarter of an hour ago, where a sample tells.
    before: Option<u32>,
    /// Alerts that fire, those that did so a quarter of an hour ago, and those that flap.
    alerts: u32,
    old: u32,
    flapping: u32,
    spark: Vec<u32>,
}

impl View {
    /// Groups of alerts, worst first; those that are kept quiet at the end.
    #[must_use]
    pub fn groups(&self, query: &GroupQuery) -> Part<AlertGroup> {
        let typed = |item: &&Item| query.wanted.filter.holds(&AlertRow { view: self, item });
        let (wanted, hidden): (Vec<&Item>, Vec<&Item>) =
            self.alerts.iter().filter(typed).partition(|item| query.wanted.fits(&item.shown));
        let mut groups = self.grouped(&query.by, &wanted);
        groups.sort_by(|a, b| {
            (a.quiet.cmp(&b.quiet))
                .then_with(|| b.state.cmp(&a.state))
                .then_with(|| b.places.len().cmp(&a.places.len()))
                .then_with(|| a.key.cmp(b.key))
        });
        let total = groups.len();
        let page: Vec<&Group<'_>> = groups.iter().skip(query.skip).take(query.limit).collect();
        let courses = self.courses(&query.by, &page);
        let items = page.iter().zip(courses).map(|(group, course)| self.group(&query.by, group, course)).collect();
        Part { items, total, notices: hidden_notices(&hidden) }
    }

    fn grouped<'a>(&'a self, by: &By, items: &[&'a Item]) -> Vec<Group<'a>> {
        let mut groups: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
        for item in items {
            groups.entry(self.key(by, item)).or_default().push(item);
        }
        let of = |(key, items): (&'a str, Vec<&'a Item>)| {
            let mut places: Vec<u32> = items.iter().filter_map(|item| item.place).collect();
            places.sort_unstable();
            places.dedup();
            let loud = items.iter().filter(|item| item.shown.mark() == Mark::None);
            let worst = |items: &mut dyn Iterator<Item = State>| items.max();
            let state = worst(&mut loud.map(|item| item.shown.alert.state));
            let (quiet, state) =
                (state.is_none(), state.or_else(|| worst(&mut items.iter().map(|item| item.shown.alert.state))));
            Group { key, items, places, state: state.unwrap_or_default(), quiet }
        };
        groups.into_iter().map(of).collect()
    }

    fn key<'a>(&'a self, by: &By, item: &'a Item) -> &'a str {
        match by {
            By::Rule => &item.shown.alert.name,
            By::Tenant => &item.shown.alert.tenant,
            By::Label(name) => AlertRow { view: self, item }.value(name).unwrap_or_default(),
        }
    }

    fn group(&self, by: &By, group: &Group<'_>, course: Course) -> AlertGroup {
        let worst = &group.items[0].shown;
        let of_one_rule = group.items.iter().all(|item| item.shown.alert.rule == worst.alert.rule);
        let of_one_name = group.items.iter().all(|item| item.shown.alert.name == worst.alert.name);
        let count =
            |is: &dyn Fn(&Shown) -> bool| super::number(group.items.iter().filter(|item| is(&item.shown)).count());
        let in_state = |state: State| count(&|shown: &Shown| shown.alert.state == state);
        let marked = |mark: Mark| count(&|shown: &Shown| shown.mark() == mark);
        let context = worst.context(super::number(group.places.len()));
        let since = group.items.iter().map(|item| item.shown.alert.since);
        let fired = group.items.iter().filter_map(|item| item.shown.alert.fired).max();
        AlertGroup {
            key: group.key.to_owned(),
            by: by.name().to_owned(),
            rule: of_one_rule.then(|| worst.alert.rule.clone()),
            state: group.state,
            accounts: super::number(group.places.len()),
            alerts: super::number(group.items.len()),
            critical: in_state(State::Critical),
            warning: in_state(State::Warning),
            pending: in_state(State::Pending),
            silenced: marked(Mark::Silenced),
            acked: marked(Mark::Acked),
            trend: self.trend(&course, since.clone().min().unwrap_or(worst.alert.since).0),
            first: since.clone().min().unwrap_or(worst.alert.since),
            last: fired.or_else(|| since.max()).unwrap_or(worst.alert.since),
            common: common::of_group(&self.base, &group.places),
            shared: common::shared(&self.base, &group.places),
            summary: of_one_name.then(|| self.rules.summary(worst.rule, &context)).flatten(),
            runbook: of_one_rule.then(|| self.rules.runbook(worst.rule, &context)).flatten(),
            incident: incident(&group.items),
            spark: course.spark,
        }
    }

    /// How the groups of a page went, whatever of them is wanted: a trend is the same for whoever looks.
    fn courses(&self, by: &By, page: &[&Group<'_>]) -> Vec<Course> {
        let of_key: BTreeMap<&str, usize> = page.iter().enumerate().map(|(index, group)| (group.key, index)).collect();
        let mut courses = vec![Course::default(); page.len()];
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); page.len()];
        for item in self.alerts.iter().filter(|item| item.shown.fires()) {
            let Some(index) = of_key.get(self.key(by, item)).copied() else { continue };
            let (course, shown) = (&mut courses[index], &item.shown);
            course.alerts += 1;
            course.old += u32::from(shown.alert.fired.is_some_and(|fired| self.at.since(fired.0) >= TREND));
            course.flapping += u32::from(shown.flapping);
            match item.place {
                Some(place) => places[index].push(place),
                None => course.now += 1,
            }
        }
        for (course, mut places) in courses.iter_mut().zip(places) {
            places.sort_unstable();
            places.dedup();
            course.now += super::number(places.len());
        }
        let keys = Keys::new(self, by, &of_key);
        for sample in self.history.slots() {
            let counts = keys.counts(sample, self.lens.as_deref(), page.len());
            courses.iter_mut().zip(counts).for_each(|(course, count)| course.spark.push(count));
        }
        if let Some(before) = self.history.before(self.at) {
            let counts = keys.counts(before, self.lens.as_deref(), page.len());
            courses.iter_mut().zip(counts).for_each(|(course, count)| course.before = Some(count));
        }
        debug_assert!(courses.iter().all(|course| course.spark.len() <= SLOTS));
        courses
    }

    fn trend(&self, course: &Course, first: Timestamp) -> Trend {
        let is_young = course.old == 0 && course.before.unwrap_or(0) == 0;
        if course.flapping > 0 && course.flapping * 4 >= course.alerts {
            return Trend::Flapping;
        }
        if course.now == 0 {
            return if self.at.since(first) < TREND { Trend::New } else { Trend::Steady };
        }
        // Before there is a sample, alerts tell by themselves since when they fire.
        match course.before.unwrap_or(course.old) {
            _ if is_young => Trend::New,
            before if course.now > before => Trend::Growing,
            before if course.now < before => Trend::Shrinking,
            _ => Trend::Steady,
        }
    }
}

/// The groups of samples.
enum Keys<'a> {
    /// By index of the name.
    Names(Vec<Option<usize>>),
    /// By index of the value in a column.
    Column(&'a Column, Vec<Option<usize>>),
    /// Samples do not tell.
    None,
}

impl<'a> Keys<'a> {
    fn new(view: &'a View, by: &By, of_key: &BTreeMap<&str, usize>) -> Self {
        let groups = |names: &[Box<str>]| names.iter().map(|name| of_key.get(&**name).copied()).collect();
        let column = match by {
            By::Rule => return Self::Names(groups(&view.history.names)),
            By::Tenant => Some(view.base.tenants()),
            By::Label(name) => view.base.labels().get(name.strip_prefix("tenant.").unwrap_or(name)),
        };
        column.map_or(Self::None, |column| Self::Column(column, groups(&column.values)))
    }

    /// How many accounts of each group fired.
    fn counts(&self, sample: &Sample, lens: Option<&[u32]>, groups: usize) -> Vec<u32> {
        let mut counts = vec![0; groups];
        match self {
            Self::Names(of_name) => {
                for (name, _) in sample.seen(lens) {
                    if let Some(Some(group)) = of_name.get(usize::from(name)) {
                        counts[*group] += 1;
                    }
                }
            }
            Self::Column(column, of_value) => {
                let mut last = HIDDEN;
                for (_, place) in sample.seen(lens).filter(|(_, place)| *place != HIDDEN) {
                    // Alerts of an account stand together, and it counts once.
                    let value = column.index[place as usize] as usize;
                    if let (true, Some(Some(group))) = (place != last, of_value.get(value)) {
                        counts[*group] += 1;
                    }
                    last = place;
                }
            }
            Self::None => {}
        }
        counts
    }
}

/// The incident of most of the alerts, which is what an acknowledgement of the row means.
fn incident(items: &[&Item]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for incident in items.iter().filter_map(|item| item.shown.incident.as_deref()) {
        *counts.entry(incident).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(incident, _)| incident.to_owned())
}
