//! The picture of the fleet at work: made anew twice a second of short looks at what the rules, the line and the directory know, and kept
//! for whoever asks. Nobody who looks holds up what works.

mod looks;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::api::alerts::Transition;
use crate::api::cost::CostRow;
use crate::api::fleet::Trouble;
use crate::api::rules;
use crate::config::page::Price;
use crate::incident::{Cause, Notification};
use crate::io::alerting::AlertingHandle;
use crate::io::clock;
use crate::io::directory::DirectoryHandle;
use crate::io::line::FleetHandle;
use crate::io::store::StoreHandle;
use crate::io::telemetry::Telemetry;
use crate::notify::text;
use crate::time::Timestamp;
use crate::view::cells::fires;
use crate::view::cost::{By, Counted};
use crate::view::maker::Maker;
use crate::view::scope::Scope;
use crate::view::{Past, View, otlp};
use looks::Looks;

/// How often a view is made.
const INTERVAL: Duration = Duration::from_millis(500);

/// How often the fleet is counted for the destinations.
const COUNTED_EVERY: Duration = Duration::from_secs(30);

/// Versions from which changes can be told: half a minute of constant change.
const PAST_MAX: usize = 64;

/// Views of parts of the fleet that are kept until the next view.
const SCOPED_MAX: usize = 64;

/// What a view is made of.
pub struct Parts {
    /// Rules, alerts, silences.
    pub alerting: AlertingHandle,
    /// Accounts.
    pub directory: DirectoryHandle,
    /// Counts of accounts.
    pub fleet: FleetHandle,
    /// Fanin's own metrics.
    pub telemetry: Telemetry,
    /// What keeps what alerts do.
    pub store: StoreHandle,
    /// What keeps the picture from being whole.
    pub troubles: Box<dyn Fn() -> Vec<Trouble> + Send + Sync>,
    /// After how long without anything an account is silent.
    pub silent_after: Duration,
    /// What telemetry costs.
    pub price: Option<Price>,
    /// Everything that reached the pipeline until then was seen.
    pub seen_until: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Whether the sources can be read.
    pub sources: Box<dyn Fn() -> bool + Send + Sync>,
}

/// A cheap handle on the picture of the fleet.
#[derive(Clone)]
pub struct ViewHandle(Arc<Shared>);

struct Shared {
    parts: Parts,
    work: Mutex<Work>,
    current: ArcSwap<View>,
    past: Mutex<VecDeque<Past>>,
    /// Views of parts of the fleet.
    scoped: Mutex<BTreeMap<Scope, Part>>,
    changed: watch::Sender<u64>,
    last_resolved: Mutex<Option<Timestamp>>,
}

/// A view of a part of the fleet.
struct Part {
    /// The view that it was made of.
    of: Arc<View>,
    view: Arc<View>,
}

/// What makes views.
struct Work {
    looks: Looks,
    maker: Maker,
}

impl fmt::Debug for ViewHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ViewHandle {{ v: {} }}", self.0.current.load().v)
    }
}

impl ViewHandle {
    /// Makes the first view; `run` makes the others.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let now = clock::now();
        let mut work = Work { looks: Looks::new(&parts), maker: Maker::new(now) };
        let last_resolved = parts.store.last_resolved().map(|at| at.0);
        let view = work.maker.make(work.looks.take(&parts, last_resolved, now));
        Self(Arc::new(Shared {
            past: Mutex::new([view.past()].into()),
            changed: watch::channel(view.v).0,
            current: ArcSwap::from_pointee(view),
            scoped: Mutex::default(),
            last_resolved: Mutex::new(last_resolved),
            work: Mutex::new(work),
            parts,
        }))
    }

    /// The picture as it is now, of what someone may see.
    #[must_use]
    pub fn current(&self, scope: &Scope) -> Arc<View> {
        let view = self.0.current.load_full();
        if scope.is_fleet() {
            return view;
        }
        let mut scoped = lock(&self.0.scoped);
        if let Some(part) = scoped.get(scope).filter(|part| Arc::ptr_eq(&part.of, &view)) {
            return Arc::clone(&part.view);
        }
        if scoped.len() >= SCOPED_MAX {
            scoped.clear();
        }
        let made = Arc::new(view.scoped(scope));
        let _older = scoped.insert(scope.clone(), Part { of: view, view: Arc::clone(&made) });
        made
    }

    /// The version, as it changes.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// What was at a version, where that is not too long ago: `View::fleet_state` tells what changed since.
    #[must_use]
    pub fn since(&self, v: u64, scope: &Scope) -> Option<Arc<Past>> {
        let past = lock(&self.0.past).iter().find(|past| past.v == v).cloned()?;
        Some(Arc::new(past.scoped(scope)))
    }

    /// Makes views, and hands on what alerts do and who is told, until stopped.
    pub async fn run(self, stop: CancellationToken) {
        let (mut changes, mut told) = (self.0.parts.alerting.changes(), self.0.parts.alerting.notifications());
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut counted = tokio::time::interval(COUNTED_EVERY);
        counted.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = interval.tick() => {
                    let handle = self.clone();
                    // A panic was logged, and the next round begins anew.
                    let _made = tokio::task::spawn_blocking(move || handle.refresh(clock::now())).await;
                }
                _ = counted.tick() => self.count(clock::now()),
                batch = changes.recv() => match batch {
                    Ok(batch) => self.keep(&batch),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                notification = told.recv() => match notification {
                    Ok(notification) => self.note(&notification),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    /// Makes a view now.
    pub fn refresh(&self, now: Timestamp) {
        let last_resolved = *lock(&self.0.last_resolved);
        let mut work = lock(&self.0.work);
        let input = work.looks.take(&self.0.parts, last_resolved, now);
        let view = work.maker.make(input);
        drop(work);
        let v = view.v;
        let mut past = lock(&self.0.past);
        if past.back().is_none_or(|last| last.v != v) {
            past.push_back(view.past());
            let surplus = past.len().saturating_sub(PAST_MAX);
            drop(past.drain(..surplus));
        }
        drop(past);
        self.0.current.store(Arc::new(view));
        let _same_or_not = self.0.changed.send_if_modified(|changed| std::mem::replace(changed, v) != v);
    }

    /// Sends what tenants send to the destinations, and how many accounts are in which state. Without rules there are no states.
    fn count(&self, now: Timestamp) {
        let costs =
            otlp::cost_gauges(&self.cost(&Scope::Fleet, By::Tenant, now), &self.0.parts.directory.current(), now);
        if !costs.resource_metrics.is_empty() {
            self.0.parts.alerting.emit(&costs, otlp::points(&costs));
        }
        if self.0.parts.alerting.n_rules() == 0 {
            return;
        }
        let gauges = otlp::gauges(&self.0.current.load(), &self.0.parts.directory.current(), now);
        self.0.parts.alerting.emit(&gauges, otlp::points(&gauges));
    }

    /// What everything sends that someone may see.
    #[must_use]
    pub fn cost(&self, scope: &Scope, by: By, now: Timestamp) -> Vec<CostRow> {
        let (view, seen_until) = (self.current(scope), (self.0.parts.seen_until)());
        let fleet = &self.0.parts.fleet;
        let compared: BTreeMap<_, _> = fleet.completeness(|known| known.all(seen_until).collect()).unwrap_or_default();
        let price = self.0.parts.price.as_ref();
        fleet.read(|fleet| view.cost(by, Counted { fleet, compared: &compared, price }, now)).unwrap_or_default()
    }

    fn keep(&self, changes: &[Transition]) {
        let resolved = changes.iter().filter(|change| fires(change.from) && !fires(change.to));
        if let Some(at) = resolved.map(|change| change.at.0).max() {
            let mut last = lock(&self.0.last_resolved);
            *last = (*last).max(Some(at));
        }
        self.0.parts.store.transitions(changes.to_vec());
    }

    fn note(&self, told: &Notification) {
        let notification = rules::Notification {
            at: told.at.into(),
            title: text::title(told),
            to: told.to.to_string(),
            cause: cause(told.cause).to_owned(),
            accounts: told.accounts,
        };
        self.0.parts.store.notified(&told.rule, notification);
    }
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Fired => "fired",
        Cause::Escalated => "escalated",
        Cause::Eased => "eased",
        Cause::Grew => "grew",
        Cause::Changed => "changed",
        Cause::Resolved => "resolved",
        Cause::Repeat => "repeat",
        Cause::Unmuted => "unmuted",
        Cause::Flapping => "flapping",
        Cause::Digest => "digest",
        Cause::Heartbeat => "heartbeat",
    }
}

/// What a panic left is still whole: what is under these locks is replaced, or made anew in the next round.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
