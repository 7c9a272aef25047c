//! Runs a test: a clock that is set and not waited for, shards in memory, and the engine that runs in production.
//!
//! The clock goes in steps. What arrived up to a step is read, unless the shard stalls; progress is the arrival up to which all
//! shards were read; ticks are evaluated by progress. What waited behind a stall is read in the same steps once it ends, at one
//! moment of the clock, so that the engine sees what it would see in production: old arrivals one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::check::{Seen, Sent};
use super::engine::Engine;
use super::feed::{Arrival, Delivery, Feed};
use super::file::{Change, Happening, RuleText, Test};
use super::lanes::{Lanes, Read};
use super::take::Taker;
use super::watch::Watch;
use crate::config::problem::Problem;
use crate::evaluator::Tick;
use crate::id::AccountId;
use crate::record::attribute;
use crate::rule::own::WATERMARK_LAG as LAG;
use crate::rule::{From, RuleIdx, RuleSet};
use crate::sample::Message;
use crate::tenant::{Directory, Entry, State};
use crate::time::Timestamp;

/// The longest step of the clock.
const STEP_MAX: Duration = Duration::from_secs(10);

/// How often there is a snapshot.
const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(30);

/// How many snapshots are kept: where the last is damaged, the one before is used.
const SNAPSHOTS_KEPT: usize = 2;

/// How long a test goes on for ticks that are expected and do not come.
const PATIENCE: Duration = Duration::from_secs(600);

/// Reads rules: `rule::read::read`.
pub type ReadRules = fn(&[(&str, &str)]) -> (RuleSet, Vec<Problem>);

/// Rules that were read once, by the files they came from.
#[derive(Debug)]
pub(super) struct Library {
    read: ReadRules,
}

impl Library {
    pub(super) const fn new(read: ReadRules) -> Self {
        Self { read }
    }

    /// The rules of some files, or what is wrong with them.
    pub(super) fn rules(&self, texts: &[RuleText]) -> Result<Arc<RuleSet>, Vec<Problem>> {
        let files: Vec<_> = texts.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
        let (rules, problems) = (self.read)(&files);
        let is_error = |problem: &Problem| problem.code.severity() == crate::config::problem::Severity::Error;
        if problems.iter().any(is_error) { Err(problems) } else { Ok(Arc::new(rules)) }
    }
}

/// A snapshot, and how far was read by then.
struct Kept {
    bytes: Vec<u8>,
    progress: Timestamp,
    /// How many deliveries were read before it.
    read: usize,
}

/// A test on its way.
struct Run<'t, E> {
    test: &'t Test,
    library: &'t Library,
    rules: Arc<RuleSet>,
    engine: E,
    taker: Taker,
    feed: Feed<'t>,
    lanes: Lanes<Delivery<'t>>,
    entries: BTreeMap<AccountId, Entry>,
    directory: Directory,
    now: Timestamp,
    progress: Timestamp,
    step: Duration,
    /// Moments that the clock stopped at, after `progress`.
    marks: BTreeSet<Timestamp>,
    /// How many of the test's events happened.
    happened: usize,
    down_until: Option<Timestamp>,
    reordered: Option<(Timestamp, Vec<Arrival<'t>>)>,
    /// Everything that was read, where it may be wanted again.
    history: Option<Vec<(Timestamp, Read<Delivery<'t>>)>>,
    snapshots: Vec<Kept>,
    snapshot_due: Timestamp,
    watch: Watch,
    seen: Seen,
}

/// Runs one test; gives everything that was seen.
///
/// # Errors
/// With what makes it impossible to run: broken rules, rejected lines.
pub(super) fn run<E: Engine>(test: &Test, rules: &Arc<RuleSet>, library: &Library) -> Result<Seen, Vec<String>> {
    let mut run = Run::<E>::new(test, rules, library);
    let (end, patience) = run.end();
    // What arrives at the very start is there at the start.
    run.step_to(test.start)?;
    while run.now < end || (!run.watch.is_done() && run.now < patience) {
        run.step_to(run.next())?;
    }
    Ok(run.finish())
}

impl<'t, E: Engine> Run<'t, E> {
    fn new(test: &'t Test, rules: &Arc<RuleSet>, library: &'t Library) -> Self {
        let entries: BTreeMap<_, _> = test.tenants.iter().map(|entry| (entry.account, entry.clone())).collect();
        let wants_history = test.pipeline.iter().any(|event| {
            matches!(event.what, Happening::Restart { .. } | Happening::Duplicate(_) | Happening::CorruptSnapshot)
        });
        Self {
            test,
            library,
            rules: Arc::clone(rules),
            engine: E::new(Arc::clone(rules), test.start),
            taker: Taker::new(rules),
            feed: Feed::new(test),
            lanes: Lanes::new(test.start),
            directory: directory(&entries),
            entries,
            now: test.start,
            progress: test.start,
            step: step(rules),
            marks: BTreeSet::new(),
            happened: 0,
            down_until: None,
            reordered: None,
            history: wants_history.then(Vec::new),
            snapshots: Vec::new(),
            snapshot_due: test.start,
            watch: Watch::new(test, rules),
            seen: Seen::default(),
        }
    }

    /// When the test is over, and when it is given up.
    fn end(&self) -> (Timestamp, Timestamp) {
        let test = self.test;
        let lasts = |what: &Happening| match what {
            Happening::Stall { lasts, .. } => *lasts,
            Happening::Restart { down } => *down,
            Happening::Reorder(lasts) => *lasts,
            Happening::Duplicate(_)
            | Happening::Split
            | Happening::Merge
            | Happening::CorruptSnapshot
            | Happening::Rules(_)
            | Happening::Silence { .. }
            | Happening::Directory(_) => Duration::ZERO,
        };
        let delay = self.rules.rules.iter().map(|rule| rule.delay).max().unwrap_or_default();
        let wait = self.rules.rules.iter().map(|rule| rule.incident.group_wait).max().unwrap_or_default();
        let ends = test.expect.iter().map(|expect| expect.at + delay + wait + self.step);
        let ends = ends.chain(test.notifications.iter().map(|expect| expect.until));
        let ends = ends.chain(test.transitions.iter().map(|expect| expect.until + delay));
        let ends = ends.chain(test.pipeline.iter().map(|event| event.at + lasts(&event.what) + self.step));
        let end = test.start.plus(ends.max().unwrap_or_default());
        let stalls: Duration = test.pipeline.iter().map(|event| lasts(&event.what)).sum();
        (end, end.plus(stalls).plus(PATIENCE))
    }

    /// The next moment that the clock stops at.
    fn next(&self) -> Timestamp {
        let event = self.test.pipeline.get(self.happened).map(|event| self.test.start.plus(event.at));
        let reordered = self.reordered.as_ref().map(|(end, _)| *end);
        let begun = self.test.pipeline[..self.happened].iter();
        let stalls = begun.filter_map(|event| match event.what {
            Happening::Stall { lasts, .. } => Some(self.test.start.plus(event.at).plus(lasts)),
            Happening::Restart { .. }
            | Happening::Duplicate(_)
            | Happening::Reorder(_)
            | Happening::Split
            | Happening::Merge
            | Happening::CorruptSnapshot
            | Happening::Rules(_)
            | Happening::Silence { .. }
            | Happening::Directory(_) => None,
        });
        let others = event.into_iter().chain(reordered).chain(self.down_until).chain(stalls);
        others.filter(|at| *at > self.now).chain([self.now.plus(self.step)]).min().unwrap_or(self.now)
    }

    fn step_to(&mut self, now: Timestamp) -> Result<(), Vec<String>> {
        let before = std::mem::replace(&mut self.now, now);
        let _ = self.marks.insert(now);
        self.arrive(now);
        while let Some(event) = self.test.pipeline.get(self.happened).filter(|it| self.test.start.plus(it.at) <= now) {
            self.happened += 1;
            self.happen(&event.what)?;
        }
        if self.down_until.is_some_and(|until| now < until) {
            return Ok(());
        }
        if self.down_until.take().is_some() {
            self.restore();
        }
        self.own(before);
        for stop in self.watch.own_stops(before, now) {
            self.evaluate(self.progress, stop.due);
            self.look(&stop.ticks, stop.due);
        }
        self.catch_up(before)?;
        if self.history.is_some() && now >= self.snapshot_due {
            self.snapshot_due = now.plus(SNAPSHOT_INTERVAL);
            self.snapshot();
        }
        Ok(())
    }

    /// What arrives up to now goes to its shard.
    fn arrive(&mut self, now: Timestamp) {
        let arrivals = self.feed.until(now, &self.directory);
        match self.reordered.take() {
            Some((end, mut held)) => {
                held.extend(arrivals);
                if end > now {
                    self.reordered = Some((end, held));
                } else {
                    for arrival in held.into_iter().rev() {
                        self.lanes.push(arrival.shard, arrival.account, end, arrival.delivery);
                    }
                }
            }
            None => arrivals.into_iter().for_each(|arrival| {
                self.lanes.push(arrival.shard, arrival.account, arrival.arrived, arrival.delivery);
            }),
        }
    }

    /// Reads what can be read, step by step, and evaluates what is due by each.
    fn catch_up(&mut self, before: Timestamp) -> Result<(), Vec<String>> {
        loop {
            let from = self.progress;
            let until = self.marks.iter().copied().find(|mark| *mark > from).unwrap_or(self.now);
            let read = self.lanes.read(until, self.now);
            let n_read = read.len();
            for one in read {
                self.deliver(one)?;
            }
            self.progress = self.lanes.progress().max(from);
            self.advance(from, before);
            let kept = self.snapshots.first().map_or(self.progress, |kept| kept.progress.min(self.progress));
            self.marks.retain(|mark| *mark > kept);
            if self.progress >= self.now || (self.progress == from && n_read == 0) {
                return Ok(());
            }
        }
    }

    fn deliver(&mut self, read: Read<Delivery<'t>>) -> Result<(), Vec<String>> {
        let messages = match &read.item {
            Delivery::Logs(batch) => {
                let rejected = |error| vec![format!("a line cannot be decoded: {error}")];
                self.taker.messages(batch, self.test.start, &self.directory).map_err(rejected)?
            }
            Delivery::Point(point) => {
                let points = point.points(self.test.start, &self.directory);
                let stage = self.taker.stage();
                points.iter().for_each(|point| stage.point(point, &self.directory, read.arrived));
                let partials = stage.take();
                let name = format!("series {} {} {}", point.index, point.account, point.period);
                vec![Message { fingerprint: xxh3_64(name.as_bytes()), arrived: read.arrived, partials }]
            }
        };
        for message in messages {
            self.engine.observe(Message { arrived: read.arrived, ..message }, &self.directory);
        }
        if let Some(history) = &mut self.history {
            history.push((self.now, read));
        }
        Ok(())
    }

    /// Fanin's own metrics at this moment.
    fn own(&mut self, before: Timestamp) {
        if !self.rules.rules.iter().any(|rule| rule.from == Some(From::Fanin)) {
            return;
        }
        // What can be read now is read now: only what stays unread is lag.
        let progress = if self.lanes.is_held(self.now) { self.progress } else { self.now };
        let lag = self.now.since(progress).as_secs_f64();
        self.taker.stage().own(LAG, lag, self.now);
        for input in self.test.metrics.iter().filter(|input| input.is_own()) {
            for (at, value) in input.between(self.test.start, before, self.now) {
                self.taker.stage().own(&input.metric, value, at);
            }
        }
        let partials = self.taker.stage().take();
        let fingerprint = xxh3_64(format!("own {}", self.now.nanos()).as_bytes());
        self.engine.observe(Message { fingerprint, arrived: self.now, partials }, &self.directory);
    }

    /// Evaluates what is due by the progress made since `from`, and looks at it tick by tick. The clock stood at `before`.
    fn advance(&mut self, from: Timestamp, before: Timestamp) {
        let (progress, now) = (self.progress, self.now);
        let lags = from < before || progress < now;
        for stop in self.watch.stops(from, progress) {
            // Where nothing lags, a tick is evaluated the moment it is due, which may lie before the end of the step.
            let clock = if lags { now } else { stop.due.min(now) };
            self.evaluate(stop.due, clock);
            self.look(&stop.ticks, clock);
        }
        self.evaluate(progress, now);
    }

    fn evaluate(&mut self, progress: Timestamp, now: Timestamp) {
        let ticks = self.engine.advance(progress, now, &self.directory);
        self.seen.changed(ticks.into_iter().flat_map(|Tick { transitions, .. }| transitions));
        while let Some(notification) = self.engine.poll_notification() {
            self.seen.told(Sent { at: now, notification });
        }
    }

    fn look(&mut self, ticks: &[(RuleIdx, Timestamp)], clock: Timestamp) {
        for (rule, at) in ticks {
            self.watch.look(*rule, *at, &self.engine, clock);
        }
    }

    fn happen(&mut self, what: &'t Happening) -> Result<(), Vec<String>> {
        let now = self.now;
        match what {
            Happening::Stall { lasts, shard } => self.lanes.stall(*shard, now.plus(*lasts)),
            Happening::Restart { down } => {
                self.down_until = Some(now.plus(*down));
                self.seen.restarted();
            }
            Happening::Duplicate(lasts) => self.duplicate(now.minus(*lasts)),
            Happening::Reorder(lasts) => {
                let held = self.reordered.take().map(|(_, held)| held).unwrap_or_default();
                self.reordered = Some((now.plus(*lasts), held));
            }
            Happening::Split => self.lanes.split(),
            Happening::Merge => self.lanes.merge(),
            Happening::CorruptSnapshot => {
                if let Some(last) = self.snapshots.last_mut() {
                    last.bytes.truncate(last.bytes.len() / 2);
                }
            }
            Happening::Rules(texts) => {
                let told = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
                self.rules = self.library.rules(texts).map_err(told)?;
                self.engine.replace(Arc::clone(&self.rules), now, &self.directory);
                self.taker = Taker::new(&self.rules);
                self.step = step(&self.rules);
                self.watch.rules(&self.rules);
            }
            Happening::Silence { matchers, lasts } => {
                self.engine.silence(matchers, now, *lasts).map_err(|error| vec![error])?;
            }
            Happening::Directory(changes) => self.change(changes),
        }
        Ok(())
    }

    fn change(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Put(entry) => {
                    let created = entry.created.or_else(|| self.entries.get(&entry.account)?.created);
                    let _ = self.entries.insert(entry.account, Entry { created, ..(**entry).clone() });
                }
                Change::Close(account) => {
                    if let Some(entry) = self.entries.get_mut(account) {
                        entry.state = State::Closed;
                    }
                }
                Change::Remove(account) => {
                    let _ = self.entries.remove(account);
                }
            }
        }
        self.directory = directory(&self.entries);
        self.taker.forget();
    }

    /// What was read after `since` arrives again.
    fn duplicate(&mut self, since: Timestamp) {
        let again: Vec<_> =
            self.history.iter().flatten().filter(|(at, _)| *at > since).map(|(_, read)| read.clone()).collect();
        for read in again {
            self.lanes.push(Some(read.lane), account_of(&read.item), self.now, read.item);
        }
    }

    fn snapshot(&mut self) {
        let read = self.history.as_ref().map_or(0, Vec::len);
        self.snapshots.push(Kept { bytes: self.engine.to_bytes(), progress: self.progress, read });
        if self.snapshots.len() > SNAPSHOTS_KEPT {
            let _ = self.snapshots.remove(0);
        }
    }

    /// Loads the last snapshot that can be read; where there is none, everything begins anew.
    fn restore(&mut self) {
        let mut restored = None;
        while let Some(kept) = self.snapshots.pop() {
            match E::from_bytes(&kept.bytes, Arc::clone(&self.rules), self.now) {
                Ok(engine) => {
                    restored = Some((engine, kept));
                    break;
                }
                Err(error) => self.seen.note(format!("a snapshot was not used: {error}")),
            }
        }
        let Some((engine, kept)) = restored else {
            self.engine = E::new(Arc::clone(&self.rules), self.now);
            return;
        };
        self.engine = engine;
        let since = self.history.as_mut().map(|history| history.split_off(kept.read)).unwrap_or_default();
        self.lanes.rewind(kept.progress, since.into_iter().map(|(_, read)| read).collect());
        self.progress = kept.progress;
        self.snapshot_due = self.now;
    }

    fn finish(mut self) -> Seen {
        self.seen.looks = self.watch.into_looks();
        self.seen
    }
}

fn account_of(delivery: &Delivery<'_>) -> AccountId {
    match delivery {
        Delivery::Logs(batch) => batch.account,
        Delivery::Point(point) => point.account,
    }
}

fn directory(entries: &BTreeMap<AccountId, Entry>) -> Directory {
    Directory::new(entries.values().cloned(), attribute::TENANT_ID, &[])
}

fn step(rules: &RuleSet) -> Duration {
    let least = rules.rules.iter().map(|rule| rule.every).filter(|every| !every.is_zero()).min();
    least.map_or(STEP_MAX, |every| every.min(STEP_MAX))
}
