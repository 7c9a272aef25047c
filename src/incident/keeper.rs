//! All incidents: takes ticks and time, gives notifications.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::alert::{Alert, Labels, base, fingerprint, level, of_account};
use super::digest::Digest;
use super::flap::{Flaps, QUIET};
use super::inhibit::Inhibition;
use super::message::{self, Classes, Out};
use super::moment::WAITING_MAX;
use super::mute::Mute;
use super::open::{Context, Incident};
use super::silence::{self, Error, Matcher, Silence};
use super::{Cause, Kind, Notification};
use crate::evaluator::{Reason, State as AlertState, Tick, Transition};
use crate::id::AccountId;
use crate::predicate::account::Account;
use crate::rule::{self, Level, Notify, Rule, RuleSet};
use crate::tenant::{Directory, Entry};
use crate::time::Timestamp;

/// Without a tick for so long, and the step of the quickest rule, the evaluator stalls and the heartbeat stops.
const TICKS_STALL: Duration = Duration::from_secs(300);

/// How often what is long over is forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// Mutes begin and end with a minute.
const MINUTE: Duration = Duration::from_secs(60);

/// Settings of all incidents.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who is told regularly that Fanin is alive.
    pub heartbeat: Option<Heartbeat>,
    /// Recurring mutes.
    pub mutes: Vec<Mute>,
    /// How long a silence may last.
    pub silence_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heartbeat: None, mutes: Vec::new(), silence_max: Duration::from_secs(7 * 86_400) }
    }
}

/// Who is told regularly that Fanin is alive: a dead man's switch that raises the alarm when this stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The class or receiver.
    pub to: Box<str>,
    /// How often.
    pub every: Duration,
}

/// All incidents.
#[derive(Debug)]
pub struct Incidents {
    settings: Settings,
    state: State,
}

/// What incidents know, for the snapshot: a keeper that goes on from it sends what the first would have sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    incidents: BTreeMap<Box<str>, Incident>,
    silences: BTreeMap<Box<str>, Silence>,
    silences_made: u64,
    flaps: Flaps,
    digest: Digest,
    out: Out,
    catching_up: bool,
    /// The latest time that was given.
    now: Timestamp,
    /// When ticks last came while not catching up, and until when they count as fresh.
    ticked: Option<(Timestamp, Timestamp)>,
    heartbeat: Option<Timestamp>,
    pruned: Timestamp,
}

/// What a silence would silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Alerts that fire now.
    pub firing: u32,
    /// Those of them that are critical.
    pub critical: u32,
    /// Accounts of the directory of which alerts to come would be silenced.
    pub accounts: u32,
}

/// What is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// An alert, by its fingerprint.
    Alert(u64),
    /// An incident, by its key as notifications have it; that of an individual one is of its alert.
    Incident(&'a str),
}

impl Incidents {
    /// Without incidents.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, state: State::default() }
    }

    /// Goes on from a snapshot.
    #[must_use]
    pub const fn restore(settings: Settings, state: State) -> Self {
        Self { settings, state }
    }

    /// What a snapshot keeps.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Takes other settings.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// All incidents, by key.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.state.incidents.values()
    }

    /// All silences and acknowledgements, those that ended lately among them.
    pub fn silences(&self) -> impl Iterator<Item = &Silence> {
        self.state.silences.values()
    }

    /// The next notification. What has been taken is for the outbox to keep.
    pub fn poll_notification(&mut self) -> Option<Notification> {
        self.state.out.queue.pop_front()
    }

    /// Takes the ticks that were evaluated at `now`; all that are evaluated together in one call, so that what inhibits is known
    /// before anything is told. While `catching_up`, everything is noted and nothing is told, but of rules that watch Fanin
    /// itself; the first call that is not tells of what fires still, and of the rest in a digest.
    pub fn ticked(
        &mut self,
        ticks: &[Tick],
        rules: &RuleSet,
        directory: &Directory,
        now: Timestamp,
        catching_up: bool,
    ) {
        // What was due before comes first.
        if !self.state.catching_up {
            self.handle_timeout(rules, directory, now);
        }
        let released = self.state.catching_up && !catching_up;
        self.state.catching_up |= catching_up;
        self.state.now = self.state.now.max(now);
        let mut changed = BTreeSet::new();
        for tick in ticks {
            for transition in &tick.transitions {
                changed.extend(self.change(transition, rules, directory, now));
            }
            self.evaluated(tick, rules);
        }
        if catching_up {
            self.settle(changed, rules, directory, now);
            return;
        }
        if !ticks.is_empty() {
            let step = rules.rules.iter().map(|rule| rule.every).min().unwrap_or_default();
            self.state.ticked = Some((now, now.plus(step).plus(TICKS_STALL)));
        }
        if released {
            self.release(rules, directory, now);
            changed.extend(self.state.incidents.keys().cloned());
        }
        self.settle(changed, rules, directory, now);
        if released {
            self.state.digest.send(&mut self.state.out, now);
        }
        self.beat(now);
    }

    /// Takes changes that come with no tick, as when rules are replaced.
    pub fn changed(&mut self, transitions: &[Transition], rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.state.now = self.state.now.max(now);
        let changed = transitions.iter().filter_map(|t| self.change(t, rules, directory, now)).collect();
        self.settle(changed, rules, directory, now);
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.state.now = self.state.now.max(now);
        let is_due = |incident: &&Incident| incident.due.is_some_and(|due| due <= now);
        let due = self.state.incidents.values().filter(is_due).map(|incident| incident.key.clone()).collect();
        self.settle(due, rules, directory, now);
        if self.state.catching_up {
            return;
        }
        self.beat(now);
        if now.since(self.state.pruned) >= PRUNE_EVERY {
            self.prune(now);
        }
    }

    /// When `handle_timeout` is to be called at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        if self.state.catching_up {
            let own = self.state.incidents.values().filter(|incident| incident.own);
            return own.filter_map(|incident| incident.due).min();
        }
        let now = self.state.now;
        let incidents = self.state.incidents.values().filter_map(|incident| incident.due);
        let silences = self.state.silences.values().map(|silence| silence.ends);
        let silences = silences.filter(|ends| *ends > now && *ends < FOREVER);
        let mutes = (!self.settings.mutes.is_empty() && !self.state.incidents.is_empty())
            .then(|| Timestamp::from_seconds(now.seconds() / 60 * 60).plus(MINUTE));
        incidents.chain(silences).chain(mutes).chain(self.beats_at()).min()
    }

    fn prune(&mut self, now: Timestamp) {
        self.state.pruned = now;
        self.state.out.prune(now);
        self.state.flaps.prune(now);
        self.state.silences.retain(|_, silence| now.since(silence.ends) < silence::KEPT);
    }
}

/// Whether a rule watches Fanin itself.
fn is_own(rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| rule.from == Some(rule::From::Fanin))
}

/// The end of an acknowledgement of something that fires.
const FOREVER: Timestamp = Timestamp::from_nanos(u64::MAX);

// What ticks change.
impl Incidents {
    /// Notes how much of the fleet a tick has seen.
    fn evaluated(&mut self, tick: &Tick, rules: &RuleSet) {
        let Some(rule) = rules.rules.get(tick.rule) else { return };
        let of_rule = |incident: &&mut Incident| base(&incident.rule) == &*rule.name;
        for incident in self.state.incidents.values_mut().filter(of_rule) {
            incident.evaluated = tick.evaluated;
            incident.at = incident.at.max(tick.at);
        }
    }

    /// Takes one change; the key of the incident that it changed.
    fn change(
        &mut self,
        transition: &Transition,
        rules: &RuleSet,
        directory: &Directory,
        now: Timestamp,
    ) -> Option<Box<str>> {
        let rule = rule_of(&transition.rule, rules);
        match (transition.from, transition.to) {
            (AlertState::Inactive | AlertState::Pending, AlertState::Firing | AlertState::Recovering)
                if is_moment(&transition.rule, rule) =>
            {
                Some(self.happens(transition, rule, directory, now))
            }
            (_, AlertState::Firing | AlertState::Recovering) if is_moment(&transition.rule, rule) => None,
            (_, AlertState::Firing | AlertState::Recovering) => Some(self.fires(transition, rule, directory, now)),
            (AlertState::Firing | AlertState::Recovering, AlertState::Inactive | AlertState::Pending)
                if is_moment(&transition.rule, rule) =>
            {
                None
            }
            (AlertState::Firing | AlertState::Recovering, AlertState::Inactive | AlertState::Pending) => {
                self.resolves(transition, rule, directory, now)
            }
            (AlertState::Inactive | AlertState::Pending, AlertState::Inactive | AlertState::Pending) => None,
        }
    }

    /// Whether nothing is told of the alerts of a rule for now. What watches Fanin itself is told of while it is behind: that is
    /// what it is for.
    fn is_held(&self, rule: Option<&Rule>) -> bool {
        self.state.catching_up && !is_own(rule)
    }

    /// A moment: an alert without an end.
    fn happens(
        &mut self,
        transition: &Transition,
        rule: Option<&Rule>,
        directory: &Directory,
        now: Timestamp,
    ) -> Box<str> {
        let catching_up = self.is_held(rule);
        let incident = self.incident_for(transition, rule, directory);
        incident.at = incident.at.max(transition.at);
        if incident.alerts.len() < WAITING_MAX {
            let mut alert = Alert::new(transition, rule, incident.lines_max());
            alert.resolved = Some(transition.at);
            alert.late |= catching_up;
            alert.stale = !catching_up && is_stale(transition.at, rule, now);
            drop(incident.alerts.insert(transition.id, alert));
        } else {
            incident.gone_total = incident.gone_total.saturating_add(1);
        }
        incident.key.clone()
    }

    fn fires(
        &mut self,
        transition: &Transition,
        rule: Option<&Rule>,
        directory: &Directory,
        now: Timestamp,
    ) -> Box<str> {
        let catching_up = self.is_held(rule);
        let incident = match self.home(&transition.rule, transition.alert) {
            Some(key) => self.state.incidents.get_mut(&key).expect("`home` gives keys that are there"),
            None => self.incident_for(transition, rule, directory),
        };
        incident.at = incident.at.max(transition.at);
        let lines = incident.lines_max();
        let alert = (incident.alerts.entry(transition.alert))
            .and_modify(|alert| alert.update(transition, lines))
            .or_insert_with(|| Alert::new(transition, rule, lines));
        alert.late |= catching_up;
        alert.stale = !alert.told && !catching_up && is_stale(transition.at, rule, now);
        if alert.flapping.is_some() {
            alert.flapping = Some(now.plus(QUIET));
        }
        incident.key.clone()
    }

    fn resolves(
        &mut self,
        transition: &Transition,
        rule: Option<&Rule>,
        directory: &Directory,
        now: Timestamp,
    ) -> Option<Box<str>> {
        let key = self.home(&transition.rule, transition.alert)?;
        let catching_up = self.is_held(rule);
        let State { incidents, flaps, digest, silences, .. } = &mut self.state;
        let incident = incidents.get_mut(&key)?;
        incident.at = incident.at.max(transition.at);
        let alert = incident.alerts.get_mut(&transition.alert)?;
        alert.resolved = Some(transition.at);
        let by_itself = match transition.reason {
            Reason::Value | Reason::NoData => true,
            Reason::OutOfScope | Reason::RuleRemoved | Reason::RuleChanged => false,
        };
        let flaps_now = flaps.resolved(alert.alert, transition.at);
        if by_itself && !catching_up && (flaps_now || alert.flapping.is_some()) {
            alert.flaps_untold |= alert.flapping.is_none();
            alert.flapping = Some(now.plus(QUIET));
            return Some(key);
        }
        if !by_itself {
            flaps.forget(transition.alert);
        }
        let alert = incident.alerts.remove(&transition.alert)?;
        if alert.told {
            incident.ended.push(alert);
        } else if catching_up && let Some(class) = incident.classes.of(alert.level) {
            let active: Vec<&[Matcher]> = active(silences, &self.settings.mutes, now);
            let entry = alert.account.and_then(|account| directory.get(account));
            let labels = Labels { incident: &key, name: &incident.rule, rule, alert: &alert, entry };
            if !is_silenced(&active, &labels) {
                digest.add(class, incident.classes.route.as_deref(), alert.shown(&incident.rule, directory));
            }
        }
        Some(key)
    }

    /// The incident that holds an alert.
    fn home(&self, rule: &str, alert: u64) -> Option<Box<str>> {
        let from = (Bound::Included(rule), Bound::Unbounded);
        let of_rule = self.state.incidents.range::<str, _>(from).take_while(|(key, _)| key.starts_with(rule));
        let mut homes = of_rule.filter(|(_, incident)| *incident.rule == *rule && incident.alerts.contains_key(&alert));
        homes.next().map(|(key, _)| key.clone())
    }

    /// The incident that an alert joins which begins to fire: one for the rule, and one for each other way of being told.
    fn incident_for(&mut self, transition: &Transition, rule: Option<&Rule>, directory: &Directory) -> &mut Incident {
        let usual = rule.map(|rule| Classes::from(&rule.settings.notify)).unwrap_or_default();
        let classes = rule.map_or_else(Classes::default, |rule| {
            Classes::from(&notify(rule, transition.group.account, directory, transition.at))
        });
        let key: Box<str> = match classes == usual {
            true => transition.rule.clone(),
            false => format!("{}~{classes}", transition.rule).into(),
        };
        let moments = is_moment(&transition.rule, rule);
        let own = is_own(rule);
        let new = || Incident::new(&key, &transition.rule, classes, moments).of_fanin(own);
        self.state.incidents.entry(key.clone()).or_insert_with(new)
    }

    /// After a stall: what is too old goes to the digest, the rest is told without waiting.
    fn release(&mut self, rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.state.catching_up = false;
        drop(self.mute(rules, directory, now));
        let State { incidents, digest, .. } = &mut self.state;
        for incident in incidents.values_mut() {
            let rule = rule_of(&incident.rule, rules);
            let route = incident.classes.route.as_deref();
            for alert in incident.alerts.values_mut().filter(|alert| alert.late && !alert.told) {
                alert.stale = is_stale(alert.at, rule, now);
                if alert.stale
                    && !alert.muted
                    && let Some(class) = incident.classes.of(alert.level)
                {
                    digest.add(class, route, alert.shown(&incident.rule, directory));
                }
            }
            incident.waiting = Some(now);
        }
    }
}

// What is told.
impl Incidents {
    /// Lets incidents decide: those of the keys, and those whose alerts were muted or are no longer.
    fn settle(&mut self, mut keys: BTreeSet<Box<str>>, rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.end_acknowledgements(now);
        keys.extend(self.mute(rules, directory, now));
        if self.state.catching_up {
            let incidents = &self.state.incidents;
            keys.retain(|key| incidents.get(key).is_some_and(|incident| incident.own));
        }
        for key in keys {
            let Some(incident) = self.state.incidents.get_mut(&key) else { continue };
            let rule = rule_of(&incident.rule, rules);
            if let Some(rule) = rule
                && incident.key == incident.rule
            {
                incident.classes = Classes::from(&rule.settings.notify);
            }
            incident.settle(Context { rule, directory, now }, &mut self.state.out);
            if incident.is_over() {
                drop(self.state.incidents.remove(&key));
            }
        }
    }

    /// Notes which alerts are muted now; keys of the incidents of which that changed.
    fn mute(&mut self, rules: &RuleSet, directory: &Directory, now: Timestamp) -> Vec<Box<str>> {
        let State { incidents, silences, .. } = &mut self.state;
        let active = active(silences, &self.settings.mutes, now);
        let mut inhibition = Inhibition::new(rules, incidents.values());
        let mut changed = Vec::new();
        for (key, incident) in incidents {
            let inhibited = inhibition.concerns(&incident.rule);
            if active.is_empty() && !inhibited && !incident.alerts.values().any(|alert| alert.muted) {
                continue;
            }
            let rule = rule_of(&incident.rule, rules);
            let mut differs = false;
            for alert in incident.alerts.values_mut() {
                let entry = alert.account.and_then(|account| directory.get(account));
                let labels = Labels { incident: key, name: &incident.rule, rule, alert, entry };
                let muted = is_silenced(&active, &labels) || (inhibited && inhibition.covers(&labels));
                differs |= muted != alert.muted;
                alert.unmuted = !muted && (alert.unmuted || alert.muted);
                alert.muted = muted;
            }
            if differs {
                changed.push(key.clone());
            }
        }
        changed
    }

    /// Sends a heartbeat when it is time and ticks are fresh.
    fn beat(&mut self, now: Timestamp) {
        let Some(heartbeat) = &self.settings.heartbeat else { return };
        if self.beats_at().is_none_or(|due| due > now) || self.state.ticked.is_none_or(|(_, fresh)| now > fresh) {
            return;
        }
        self.state.heartbeat = Some(now);
        let key = format!("heartbeat/{}", heartbeat.to);
        let notification = message::blank(&key, Kind::Heartbeat, Cause::Heartbeat, now);
        self.state.out.send(&notification, std::slice::from_ref(&heartbeat.to), now);
    }

    /// When the next heartbeat is due, unless ticks stop before.
    fn beats_at(&self) -> Option<Timestamp> {
        let heartbeat = self.settings.heartbeat.as_ref()?;
        let (ticked, fresh) = self.state.ticked?;
        let due = self.state.heartbeat.map_or(ticked, |last| last.plus(heartbeat.every));
        (due.max(self.state.now) <= fresh).then_some(due)
    }
}

// What people ask for.
impl Incidents {
    /// Adds a silence, or changes the one that has its id. Gives the id.
    ///
    /// # Errors
    /// When it would silence everything, has ended, or lasts too long.
    pub fn add_silence(&mut self, mut silence: Silence, now: Timestamp) -> Result<Box<str>, Error> {
        silence.check(now, self.settings.silence_max)?;
        if silence.id.is_empty() {
            self.state.silences_made += 1;
            let made = self.state.silences_made;
            let text = format!("{made} {} {} {}", now.nanos(), silence.created_by, silence.comment);
            silence.id = format!("{:016x}", xxh3_64(text.as_bytes())).into();
        }
        let id = silence.id.clone();
        drop(self.state.silences.insert(id.clone(), silence));
        Ok(id)
    }

    /// Ends a silence or acknowledgement now. What it silenced and still fires is told of at the next timeout.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn expire_silence(&mut self, id: &str, now: Timestamp) -> Result<(), Error> {
        let unknown = || Error::Unknown { what: "silence", given: id.into() };
        let silence = self.state.silences.get_mut(id).ok_or_else(unknown)?;
        silence.ends = silence.ends.min(now);
        // Whoever waits for the timeout learns of it.
        for incident in self.state.incidents.values_mut() {
            incident.due = Some(incident.due.map_or(now, |due| due.min(now)));
        }
        Ok(())
    }

    /// Acknowledges an alert or an incident: nothing more is told of it until it resolves, or becomes worse than it is now.
    /// Gives the id of the silence.
    ///
    /// # Errors
    /// When it does not fire.
    pub fn acknowledge(
        &mut self,
        target: Target<'_>,
        by: &str,
        comment: &str,
        now: Timestamp,
    ) -> Result<Box<str>, Error> {
        let (matcher, worst) = match self.target(target) {
            Target::Alert(alert) => {
                let given = fingerprint(alert);
                let mut firing = self.state.incidents.values().filter_map(|incident| incident.alerts.get(&alert));
                let worst = firing.next().map(|alert| alert.level);
                let unknown = || Error::Unknown { what: "alert that fires", given: given.clone() };
                (Matcher::equal("fingerprint", &given), worst.ok_or_else(unknown)?)
            }
            Target::Incident(key) => {
                let worst = self.state.incidents.get(key).and_then(Incident::level);
                let unknown = || Error::Unknown { what: "incident", given: key.into() };
                (Matcher::equal("incident", key), worst.ok_or_else(unknown)?)
            }
        };
        let mut matchers = vec![matcher];
        if worst == Level::Warning {
            matchers.push(Matcher::equal("level", level(Level::Warning)));
        }
        let (created_by, comment) = (by.into(), comment.into());
        let id = Box::default();
        self.add_silence(Silence { id, matchers, starts: now, ends: FOREVER, created_by, comment, ack: true }, now)
    }

    /// The key of an individual notification is of its alert.
    fn target<'a>(&self, target: Target<'a>) -> Target<'a> {
        match target {
            Target::Incident(key) if !self.state.incidents.contains_key(key) => {
                let alert = key.rsplit_once('/').and_then(|(_, alert)| u64::from_str_radix(alert, 16).ok());
                alert.map_or(target, Target::Alert)
            }
            Target::Incident(_) | Target::Alert(_) => target,
        }
    }

    /// Acknowledgements end with what they are about.
    fn end_acknowledgements(&mut self, now: Timestamp) {
        let State { incidents, silences, .. } = &mut self.state;
        for silence in silences.values_mut().filter(|silence| silence.ack && silence.ends > now) {
            let fires = silence.matchers.iter().all(|matcher| match matcher.name() {
                "fingerprint" => {
                    let alert = u64::from_str_radix(matcher.value(), 16).unwrap_or_default();
                    incidents.values().any(|incident| incident.alerts.contains_key(&alert))
                }
                "incident" => incidents.get(matcher.value()).is_some_and(|incident| !incident.alerts.is_empty()),
                _ => true,
            });
            if !fires {
                silence.ends = now;
            }
        }
    }

    /// What a silence with these matchers would silence.
    #[must_use]
    pub fn preview(&self, matchers: &[Matcher], rules: &RuleSet, directory: &Directory) -> Preview {
        let mut preview = Preview::default();
        for (key, incident) in &self.state.incidents {
            let rule = rule_of(&incident.rule, rules);
            for alert in incident.alerts.values() {
                let entry = alert.account.and_then(|account| directory.get(account));
                let labels = Labels { incident: key, name: &incident.rule, rule, alert, entry };
                if matches_all(matchers, &labels) {
                    preview.firing += 1;
                    preview.critical += u32::from(alert.level == Level::Critical);
                }
            }
        }
        let of_accounts: Vec<&Matcher> = matchers
            .iter()
            .filter(|matcher| directory.entries().any(|entry| of_account(entry, matcher.name()).is_some()))
            .collect();
        let holds = |entry: &&Entry| {
            of_accounts.iter().all(|matcher| matcher.holds(of_account(entry, matcher.name()).unwrap_or_default()))
        };
        preview.accounts = u32::try_from(directory.entries().filter(holds).count()).unwrap_or(u32::MAX);
        preview
    }
}

/// The rule by whose settings an alert of that name is told.
fn rule_of<'a>(name: &str, rules: &'a RuleSet) -> Option<&'a Rule> {
    rules.rules.iter().find(|rule| *rule.name == *base(name))
}

/// Whether alerts of that name are moments: they are told once, and have no end.
fn is_moment(name: &str, rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| {
        *rule.name == *name
            && match rule.kind {
                rule::Kind::Event { .. } | rule::Kind::FirstSeen(_) => true,
                rule::Kind::Threshold(_)
                | rule::Kind::Ratio(_)
                | rule::Kind::Absence { .. }
                | rule::Kind::Fleet(_)
                | rule::Kind::Composite { .. }
                | rule::Kind::Change { .. }
                | rule::Kind::Outlier(_)
                | rule::Kind::Forecast { .. } => false,
            }
    })
}

/// Whether news of that tick is too old to be told.
fn is_stale(at: Timestamp, rule: Option<&Rule>, now: Timestamp) -> bool {
    rule.is_some_and(|rule| now.since(at) > rule.max_alert_age)
}

/// Who is told of alerts of an account.
fn notify(rule: &Rule, account: Option<AccountId>, directory: &Directory, at: Timestamp) -> Notify {
    match account {
        Some(id) if rule.overrides.iter().any(|of| of.notify.is_some()) => {
            rule.effective(&Account { id, entry: directory.get(id) }, at).settings.notify
        }
        Some(_) | None => rule.settings.notify.clone(),
    }
}

/// Matchers of the silences and mutes that count at `now`.
fn active<'a>(silences: &'a BTreeMap<Box<str>, Silence>, mutes: &'a [Mute], now: Timestamp) -> Vec<&'a [Matcher]> {
    let silences = silences.values().filter(|silence| silence.is_active(now)).map(|silence| &*silence.matchers);
    let mutes = mutes.iter().filter(|mute| mute.is_active(now)).map(|mute| &*mute.matchers);
    silences.chain(mutes).collect()
}

fn is_silenced(active: &[&[Matcher]], labels: &Labels<'_>) -> bool {
    active.iter().any(|matchers| matches_all(matchers, labels))
}

fn matches_all(matchers: &[Matcher], labels: &Labels<'_>) -> bool {
    matchers.iter().all(|matcher| matcher.holds(&labels.get(matcher.name()).unwrap_or_default()))
}
