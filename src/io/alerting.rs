//! The rules at work: samples come from the workers, time from the clock, progress from the sources; notifications go to
//! receivers, transitions and gauges to the destinations.
//!
//! One lock guards all of it. Workers hold it while they hand over the samples of one record, the task of the ticks while it
//! evaluates what is due; neither waits for anything meanwhile.

mod emit;
mod journal;
mod rules;
mod tell;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_config::SdkConfig;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::alerting::own;
use crate::alerting::{Alerting, RestoreError, Settings};
use crate::api::alerts::Transition;
use crate::config;
use crate::config::problem::{Code, Problem};
use crate::delivery::Source;
use crate::evaluator;
use crate::id::Signal;
use crate::incident::mute::{Interval, Mute, Times, Written};
use crate::incident::silence::Matcher;
use crate::incident::{self, Incidents, Notification};
use crate::io::clock;
use crate::io::directory::DirectoryHandle;
use crate::io::lease::LeaseHandle;
use crate::io::progress::ProgressHandle;
use crate::io::receivers::{self, Receivers};
use crate::io::rule_files::Texts;
use crate::io::storage::Storage;
use crate::io::telemetry::{Counter, Gauge, Telemetry};
use crate::notify::links::Links;
use crate::notify::route::{Routes, check_routes};
use crate::reject::Reason;
use crate::rule::RuleSet;
use crate::sample::{Message, Sampling};
use crate::tenant::Directory;
use crate::time::Timestamp;
use crate::view::transition::transition;
pub use emit::Emissions;
use journal::Journal;
pub use rules::leads_nowhere;

/// How often it is looked whether ticks are due.
const INTERVAL: Duration = Duration::from_secs(1);

/// Notifications that wait for someone who looks on.
const TOLD_MAX: usize = 256;

/// Ticks whose changes wait for someone who keeps them.
const CHANGES_MAX: usize = 256;

/// What a Kinesis stream keeps at least, unless more is paid for: of a state that is older, some may be gone.
const RETENTION_MIN: Duration = Duration::from_hours(24);

/// Why alerting does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What rules say.
    #[error("{}", lines(.0))]
    Rules(Vec<Problem>),
    /// What the configuration says.
    #[error("{}", settings_lines(.0))]
    Settings(Vec<SettingFault>),
    /// Receivers.
    #[error(transparent)]
    Receivers(#[from] receivers::Error),
    /// The state of the last run.
    #[error(
        "the state of the rules cannot be used: restore an earlier snapshot, or remove the snapshots to begin without"
    )]
    State(#[from] RestoreError),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn settings_lines(faults: &[SettingFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What is wrong with a setting of `alerting`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct SettingFault {
    /// Its kind.
    pub code: Code,
    /// The setting, such as `alerting.mutes[0]`.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
}

/// A cheap handle on the rules at work.
#[derive(Clone, Debug)]
pub struct AlertingHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<Alerting>,
    sampling: ArcSwap<Sampling>,
    routes: Routes,
    receivers: Receivers,
    journal: Journal,
    paths: Vec<PathBuf>,
    directory: DirectoryHandle,
    telemetry: Telemetry,
    emissions: Emissions,
    /// Something was put into the outbox.
    queued: Notify,
    /// Another process has taken over: nobody is told anything more.
    fenced: CancellationToken,
    /// While this is held people are told, where several processes may run.
    lease: OnceLock<LeaseHandle>,
    /// What people are told, for those who look on; who falls behind misses some.
    told: broadcast::Sender<Arc<Notification>>,
    /// What alerts did, for those who keep it; who falls behind misses some.
    changes: broadcast::Sender<Arc<[Transition]>>,
    own_before: Mutex<OwnCounts>,
    /// How long the last ticks took to evaluate.
    evaluation_nanos: AtomicU64,
    /// Why the rules could not be read last, and when that was; none once they were.
    not_read: Mutex<Option<(Timestamp, String)>>,
    /// Receivers that could not be told at the last try, since when, and what they said.
    failing: Mutex<BTreeMap<Box<str>, (Timestamp, String)>>,
    /// The texts of the rules that run, by file.
    texts: ArcSwap<Texts>,
    /// Held while rules are read again, so that who asks last has the last word.
    reloading: tokio::sync::Mutex<()>,
}

/// What was counted when own values were taken last.
#[derive(Clone, Copy, Debug, Default)]
struct OwnCounts {
    records: u64,
    rejects: u64,
    bytes: u64,
}

impl AlertingHandle {
    /// Reads the rules and goes on from the state of the last run.
    ///
    /// # Errors
    /// When rules, settings or the state cannot be used.
    pub async fn start(
        settings: &config::alerting::Alerting,
        sdk: &SdkConfig,
        kept: &[u8],
        state: Storage,
        directory: DirectoryHandle,
        telemetry: Telemetry,
        emissions: Emissions,
    ) -> Result<Self, Error> {
        let routes = Routes::new(settings);
        let (rules, texts) = rules::load(&settings.rules, &routes, &directory.current()).await?;
        let now = clock::now();
        let mut alerting = Alerting::new(Arc::clone(&rules), own_settings(settings).map_err(Error::Settings)?, now);
        if !kept.is_empty() {
            alerting.restore(kept, &directory.current(), now)?;
            if now.since(alerting.progress()) > RETENTION_MIN {
                alerting.mark_gap(now);
            }
            alerting.outbox_mut().keep(&settings.receivers);
        }
        let journal = Journal::open(state).await;
        journal.notes().iter().for_each(|note| alerting.outbox_mut().noted(note));
        Ok(Self(Arc::new(Shared {
            state: Mutex::new(alerting),
            sampling: ArcSwap::from_pointee(Sampling::of(&rules)),
            routes,
            receivers: Receivers::new(settings, sdk).await?,
            journal,
            paths: settings.rules.clone(),
            directory,
            telemetry,
            emissions,
            queued: Notify::new(),
            fenced: CancellationToken::new(),
            lease: OnceLock::new(),
            told: broadcast::channel(TOLD_MAX).0,
            changes: broadcast::channel(CHANGES_MAX).0,
            own_before: Mutex::default(),
            evaluation_nanos: AtomicU64::new(0),
            not_read: Mutex::default(),
            failing: Mutex::default(),
            texts: ArcSwap::from_pointee(texts),
            reloading: tokio::sync::Mutex::default(),
        })))
    }

    /// Without rules and without a state, for lines that only forward.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub async fn idle(
        sdk: &SdkConfig,
        state: Storage,
        directory: DirectoryHandle,
        telemetry: Telemetry,
    ) -> Result<Self, Error> {
        let settings = config::alerting::Alerting::default();
        Self::start(&settings, sdk, &[], state, directory, telemetry, Emissions::channel().0).await
    }

    /// What workers take samples by.
    #[must_use]
    pub fn sampling(&self) -> Arc<Sampling> {
        self.0.sampling.load_full()
    }

    /// Takes the samples of messages, in the order in which they were made. When this returns the rules have seen them.
    pub fn observe(&self, by: &Sampling, messages: &mut Vec<Message>, directory: &Directory) {
        if messages.is_empty() {
            return;
        }
        let mut state = self.lock();
        let repeated_before = state.seen().again();
        for message in messages.drain(..) {
            state.observe(message, by.rules_id(), directory);
        }
        let repeated = state.seen().again() - repeated_before;
        drop(state);
        self.0.telemetry.count(Counter::RepeatedMessages, repeated);
    }

    /// How far the rules have looked, to go on from after a restart.
    #[must_use]
    pub fn progress(&self) -> Timestamp {
        self.lock().progress()
    }

    /// How many rules run.
    #[must_use]
    pub fn n_rules(&self) -> usize {
        self.lock().rules().rules.len()
    }

    /// Everything that must survive a restart; empty where there are no rules.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kept = {
            let state = self.lock();
            (!state.rules().rules.is_empty()).then(|| state.kept())
        };
        // Workers and ticks go on while it is encoded.
        kept.map_or_else(Vec::new, |kept| kept.to_bytes())
    }

    /// A snapshot of that moment was saved, so what the journal says of the time before is in it.
    pub async fn saved(&self, at: Timestamp) {
        self.0.journal.clear(at).await;
    }

    /// From now on people are told only while this is held.
    pub fn told_while(&self, lease: LeaseHandle) {
        let _the_first_stays = self.0.lease.set(lease);
    }

    /// Waits until all telemetry about alerts that there is until now is safe at the destinations, or lost.
    pub async fn emitted(&self) {
        self.0.emissions.settled().await;
    }

    /// Another process has taken over: nobody is told anything more.
    pub fn fence(&self) {
        self.0.fenced.cancel();
    }

    /// Whether another process has taken over.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.0.fenced.is_cancelled()
    }

    /// Reads the rules again; a set with an error never takes the place of a good one. Gives how many rules run.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub async fn reload(&self) -> Result<usize, Error> {
        let _one_at_a_time = self.0.reloading.lock().await;
        let directory = self.0.directory.current();
        let loaded = rules::load(&self.0.paths, &self.0.routes, &directory).await;
        *lock(&self.0.not_read) = loaded.as_ref().err().map(|error| (clock::now(), error.to_string()));
        let (rules, texts) = loaded?;
        let sampling = Arc::new(Sampling::of(&rules));
        let count = rules.rules.len();
        let changes = self.lock().replace(Arc::clone(&rules), &directory, clock::now());
        self.publish(changes.iter(), &rules, &directory);
        self.0.sampling.store(sampling);
        self.0.texts.store(Arc::new(texts));
        Ok(count)
    }

    /// Why the rules could not be read when that was tried last, and when; `None` where they were.
    #[must_use]
    pub fn not_read(&self) -> Option<(Timestamp, String)> {
        lock(&self.0.not_read).clone()
    }

    /// Receivers that could not be told at the last try, since when, and what they said.
    #[must_use]
    pub fn failing_receivers(&self) -> BTreeMap<Box<str>, (Timestamp, String)> {
        lock(&self.0.failing).clone()
    }

    /// How long the last ticks took to evaluate.
    #[must_use]
    pub fn evaluation(&self) -> Duration {
        Duration::from_nanos(self.0.evaluation_nanos.load(Ordering::Relaxed))
    }

    /// The texts of the files of the rules that run.
    #[must_use]
    pub fn texts(&self) -> Arc<Texts> {
        self.0.texts.load_full()
    }

    /// Files and folders of rules, as they are configured.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.0.paths
    }

    /// Who is told of what.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.0.routes
    }

    /// What people are told from now on.
    #[must_use]
    pub fn notifications(&self) -> broadcast::Receiver<Arc<Notification>> {
        self.0.told.subscribe()
    }

    /// From now on, silences that are made may last so long.
    pub fn limit_silences(&self, longest: Duration) {
        self.lock().incidents_mut().limit_silences(longest);
    }

    /// Lets a person change silences and acknowledgements. What that means for who is told comes with the next tick.
    pub fn change<T>(&self, change: impl FnOnce(&mut Incidents) -> T) -> T {
        change(self.lock().incidents_mut())
    }

    /// What alerts do from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Arc<[Transition]>> {
        self.0.changes.subscribe()
    }

    /// A look at the state, for those who show it.
    pub fn with<T>(&self, look: impl FnOnce(&Alerting) -> T) -> T {
        look(&self.lock())
    }

    /// Evaluates ticks as they become due, until stopped.
    pub async fn run(self, progress: ProgressHandle, stop: CancellationToken) {
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = interval.tick() => self.tick(progress.reached(clock::now()), clock::now()),
            }
        }
    }

    /// Evaluates what is due now.
    pub fn tick(&self, progress: Timestamp, now: Timestamp) {
        let directory = self.0.directory.current();
        let sampling = self.sampling();
        let own = own::message(&self.own_values(progress, now), &sampling.sampler, now);
        let mut state = self.lock();
        if !own.partials.is_empty() {
            state.observe(own, sampling.rules_id(), &directory);
        }
        let ticks = state.advance(progress, now, &directory);
        if !ticks.is_empty() {
            let nanos = u64::try_from(clock::now().since(now).as_nanos()).unwrap_or(u64::MAX);
            self.0.evaluation_nanos.store(nanos, Ordering::Relaxed);
        }
        let mut n_queued = 0;
        while let Some(notification) = state.poll_notification() {
            let to = self.0.routes.receivers(&notification, &directory);
            if to.is_empty() {
                self.0.telemetry.count(Counter::NotificationsNowhere, 1);
            }
            tell::log(&notification, &to);
            state.outbox_mut().push(&notification, &to, now);
            let _nobody_may_look_on = self.0.told.send(Arc::new(notification));
            n_queued += 1;
        }
        self.0.telemetry.set(Gauge::RuleLagSeconds, now.since(progress).as_secs());
        self.0.telemetry.set(Gauge::OutboxNotifications, state.outbox().len() as u64);
        if !ticks.is_empty() {
            let transitions = ticks.iter().map(|tick| tick.transitions.len() as u64).sum();
            self.0.telemetry.count(Counter::Ticks, ticks.len() as u64);
            self.0.telemetry.count(Counter::Transitions, transitions);
            self.0.telemetry.set(Gauge::ActiveAlerts, state.active().count() as u64);
            self.0.emissions.of_ticks(&ticks, &state, &directory, now);
        }
        let rules = Arc::clone(state.rules());
        drop(state);
        self.publish(ticks.iter().flat_map(|tick| &tick.transitions), &rules, &directory);
        if n_queued > 0 {
            self.0.queued.notify_one();
        }
    }

    /// Tells those who keep what alerts do.
    fn publish<'a>(
        &self,
        changes: impl Iterator<Item = &'a evaluator::Transition>,
        rules: &RuleSet,
        directory: &Directory,
    ) {
        let mut changes = changes.peekable();
        if self.0.changes.receiver_count() > 0 && changes.peek().is_some() {
            let changes = changes.map(|change| transition(change, rules, directory)).collect();
            let _nobody_may_look_on = self.0.changes.send(changes);
        }
    }

    /// Sends gauges to the destinations, as those of alerts are sent: what finds no room is lost.
    pub fn emit(&self, gauges: &ExportMetricsServiceRequest, points: usize) {
        self.0.emissions.send(Signal::Metrics, points, gauges.encode_to_vec());
    }

    fn own_values(&self, progress: Timestamp, now: Timestamp) -> [(&'static str, f64); 7] {
        let counted = self.0.telemetry.snapshot();
        let counts = OwnCounts {
            records: counted.total(Counter::Records(Source::Kinesis)),
            rejects: counted.total(Counter::Rejects(Reason::BadJson)),
            bytes: counted.total(Counter::InflatedBytes(Source::Kinesis)),
        };
        let before = std::mem::replace(&mut *lock(&self.0.own_before), counts);
        let since = |now: u64, before: u64| now.saturating_sub(before) as f64;
        [
            (own::WATERMARK_LAG, now.since(progress).as_secs_f64()),
            (own::RECORDS, since(counts.records, before.records)),
            (own::REJECTS, since(counts.rejects, before.rejects)),
            (own::BYTES, since(counts.bytes, before.bytes)),
            (own::QUEUE_BYTES, counted.gauge(Gauge::MemoryBytes) as f64),
            (own::UNKNOWN_ACCOUNTS, counted.gauge(Gauge::UnknownAccounts) as f64),
            (own::OUTBOX, counted.gauge(Gauge::OutboxNotifications) as f64),
        ]
    }

    /// No holder of the lock can panic half-way through a change, so a poisoned lock still guards a whole state.
    fn lock(&self) -> MutexGuard<'_, Alerting> {
        lock(&self.0.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What alerting is told by the configuration.
///
/// # Errors
/// With everything that is wrong: predicates of routes, matchers and times of mutes.
pub fn own_settings(settings: &config::alerting::Alerting) -> Result<Settings, Vec<SettingFault>> {
    let routes = check_routes(settings).into_iter();
    let mut faults: Vec<SettingFault> =
        routes.map(|(key, message)| SettingFault { code: Code::Predicate, key, message }).collect();
    let mut mutes = Vec::new();
    for (index, written) in settings.mutes.iter().enumerate() {
        match mute(written) {
            Ok(mute) => mutes.push(mute),
            Err(message) => {
                faults.push(SettingFault { code: Code::Value, key: format!("alerting.mutes[{index}]"), message });
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let heartbeat = settings.heartbeat.as_ref();
    let heartbeat = heartbeat.map(|it| incident::Heartbeat { to: it.receiver.as_str().into(), every: it.every });
    let incidents = incident::Settings { heartbeat, mutes, ..incident::Settings::default() };
    Ok(Settings { incidents, links: Links::new(settings.external_url.as_deref()) })
}

fn mute(written: &config::alerting::Mute) -> Result<Mute, String> {
    let matchers = written.matchers.iter().map(|text| Matcher::parse(text).map_err(|error| error.to_string()));
    let intervals = written.stretches().into_iter().map(|(weekdays, range)| {
        Interval::read(&Written {
            times: vec![Times { start_time: range.from.to_string(), end_time: range.to.to_string() }],
            weekdays: weekdays.iter().map(|day| day.as_str().to_owned()).collect(),
            location: Some(written.location.clone()),
            ..Written::default()
        })
        .map_err(|error| error.to_string())
    });
    Ok(Mute {
        name: written.name.as_str().into(),
        matchers: matchers.collect::<Result<_, _>>()?,
        intervals: intervals.collect::<Result<_, _>>()?,
    })
}
