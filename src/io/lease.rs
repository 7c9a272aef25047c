//! The lease in the place of the state: takes it, holds it, gives it back.
//!
//! Each entry is an object of its own that is created only if nobody else created it, which folders and S3 both can do
//! (`If-None-Match`). The newest two stay.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::storage::{self, Key, Object, Storage};
use crate::lease::{Entry, Holder, Lease, Numbered, Step, Written};

/// The folder of the place of the state.
const FOLDER: &str = "lease";

/// Entries that stay: the newest, and the one before, so that who lists while one is made and one removed sees one of them.
const KEPT: usize = 2;

/// Takes the lease.
#[derive(Debug)]
pub struct Candidate {
    storage: Storage,
    lease: Lease,
    /// What times are counted from.
    began: Instant,
    seen: Seen,
}

/// Who holds the lease, as far as one that stands by can tell. Clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Option<Active>>>);

/// Who works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// What people call it.
    pub host: String,
    /// When it was last seen to be there.
    pub renewed: Instant,
}

impl Seen {
    /// Who works; `None` where nobody is known to.
    #[must_use]
    pub fn active(&self) -> Option<Active> {
        self.lock().clone()
    }

    fn note(&self, active: Option<Active>) {
        *self.lock() = active;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Active>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the lease is held. Clones ask the same.
#[derive(Clone, Debug)]
pub struct LeaseHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    began: Instant,
    /// Milliseconds after `began`.
    until_ms: AtomicU64,
    margin: Duration,
    lost: CancellationToken,
}

impl LeaseHandle {
    /// Whether nobody else can hold it now, by this process's own clock.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.0.lost.is_cancelled() && Instant::now() < self.until()
    }

    /// Waits until it is or may be gone.
    pub async fn lost(&self) {
        self.0.lost.cancelled().await;
    }

    /// Waits until what was begun while it was held must be over: somewhat before another may hold it.
    pub async fn over(&self) {
        loop {
            let over = self.until() + self.0.margin / 2;
            if Instant::now() >= over {
                return;
            }
            sleep_until(over).await;
        }
    }

    fn until(&self) -> Instant {
        self.0.began + Duration::from_millis(self.0.until_ms.load(Ordering::Acquire))
    }

    fn held(&self, until: Duration) {
        self.0.until_ms.store(u64::try_from(until.as_millis()).unwrap_or(u64::MAX), Ordering::Release);
    }
}

/// The lease, held: renewed until it is given back or lost.
#[derive(Debug)]
pub struct Held {
    handle: LeaseHandle,
    release: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Held {
    /// Tells whether it is held.
    #[must_use]
    pub const fn handle(&self) -> &LeaseHandle {
        &self.handle
    }

    /// Gives it back, so that who stands by takes it at once.
    pub async fn release(mut self) {
        if let Some(release) = self.release.take() {
            let _the_task_may_have_lost_it = release.send(());
        }
        let _it_ends_by_itself = (&mut self.task).await;
    }
}

/// Without being given back it is renewed no more, as if the process were killed.
impl Drop for Held {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Candidate {
    /// Looks who holds the lease.
    ///
    /// # Errors
    /// When the place cannot be listed or read.
    pub async fn new(storage: Storage, takeover_after: Duration) -> Result<Self, storage::Error> {
        let me = Holder { id: format!("{:016x}", fastrand::u64(..)), host: host() };
        let mut candidate =
            Self { storage, lease: Lease::new(me, takeover_after), began: Instant::now(), seen: Seen::default() };
        let newest = newest(&candidate.storage).await?;
        candidate.looked(newest);
        Ok(candidate)
    }

    /// Who holds it.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.clone()
    }

    /// Waits until this process holds the lease. Cancel-safe: what was being written then counts as another's.
    pub async fn acquire(mut self) -> Held {
        let mut is_failing = false;
        loop {
            match self.lease.next(self.now()) {
                Step::Wait(until) => sleep_until(self.began + until).await,
                Step::Look => match timeout(self.lease.attempt_max(), newest(&self.storage)).await {
                    Ok(Ok(newest)) => {
                        if std::mem::take(&mut is_failing) {
                            tracing::info!("the lease can be looked at again");
                        }
                        self.looked(newest);
                    }
                    failed => {
                        if !std::mem::replace(&mut is_failing, true) {
                            let error = failed.ok().and_then(Result::err);
                            let error = error.map_or_else(|| "no answer in time".into(), |error| super::chain(&error));
                            tracing::warn!(error, "the lease cannot be looked at, trying again");
                        }
                        self.lease.could_not_look(self.now());
                    }
                },
                Step::Write(next) => {
                    let written = self.write(&next).await;
                    let now = self.now();
                    self.lease.wrote(next, written, now);
                }
                // What was written in vain came back too late to be used.
                Step::Stop => {
                    let me = Holder { id: format!("{:016x}", fastrand::u64(..)), host: host() };
                    self.lease = self.lease.anew(me);
                }
            }
            if let Some(until) = self.lease.held_until()
                && self.now() < until
            {
                return self.hold(until);
            }
        }
    }

    fn looked(&mut self, newest: Option<Numbered>) {
        let now = self.now();
        self.lease.looked(newest, now);
        let (seen, began) = (self.lease.newest(now), self.began);
        let active = seen
            .filter(|(entry, _)| !entry.released)
            .map(|(entry, age)| Active { host: entry.holder.host.clone(), renewed: began + now.saturating_sub(age) });
        let before = self.seen.active().map(|active| active.host);
        if let Some(active) = active.as_ref().filter(|active| before.as_ref() != Some(&active.host)) {
            tracing::info!(active = active.host, "standing by: another one is active");
        }
        self.seen.note(active);
    }

    async fn write(&mut self, next: &Numbered) -> Written {
        self.lease.writing(next.number, self.now());
        match timeout(self.lease.attempt_max(), create(&self.storage, next)).await {
            Ok(Ok(written)) => written,
            Ok(Err(error)) => {
                tracing::warn!(error = super::chain(&error), "the lease cannot be written, trying again");
                Written::Unknown
            }
            Err(_) => {
                tracing::warn!("the lease could not be written in time, trying again");
                Written::Unknown
            }
        }
    }

    fn hold(self, until: Duration) -> Held {
        let handle = LeaseHandle(Arc::new(Shared {
            began: self.began,
            until_ms: AtomicU64::new(0),
            margin: self.lease.margin(),
            lost: CancellationToken::new(),
        }));
        handle.held(until);
        let term = self.lease.newest(self.now()).map(|(entry, _)| entry.term);
        tracing::info!(term, "active: this process holds the lease");
        let (release, released) = oneshot::channel();
        let task = tokio::spawn(self.keep(handle.clone(), released));
        Held { handle, release: Some(release), task }
    }

    /// Renews until the lease is given back or lost; dropping the sender is no reason to give it back.
    async fn keep(mut self, handle: LeaseHandle, released: oneshot::Receiver<()>) {
        let released = async {
            match released.await {
                Ok(()) => {}
                Err(_) => std::future::pending().await,
            }
        };
        tokio::pin!(released);
        loop {
            match self.lease.next(self.now()) {
                Step::Wait(until) => tokio::select! {
                    () = sleep_until(self.began + until) => {}
                    () = &mut released => {
                        self.give_back().await;
                        handle.0.lost.cancel();
                        return;
                    }
                },
                Step::Write(next) => {
                    let written = self.write(&next).await;
                    let now = self.now();
                    self.lease.wrote(next, written, now);
                    if let Some(until) = self.lease.held_until() {
                        handle.held(until);
                    }
                }
                Step::Look | Step::Stop => {
                    handle.0.lost.cancel();
                    tracing::error!("the lease is lost: another process is active, or may be soon");
                    return;
                }
            }
        }
    }

    async fn give_back(&mut self) {
        let Some(back) = self.lease.release() else { return };
        match self.write(&back).await {
            Written::Created => tracing::info!("the lease is given back: who stands by takes over at once"),
            Written::TooLate | Written::Unknown => {
                tracing::warn!("the lease could not be given back: who stands by waits until its time is over");
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

async fn newest(storage: &Storage) -> Result<Option<Numbered>, storage::Error> {
    loop {
        let Some(number) = numbers(storage).await?.pop() else { return Ok(None) };
        match storage.get(&key(number)).await {
            Ok(bytes) => return Ok(Some(Numbered { number, entry: read(&bytes) })),
            // Removed since it was listed, so there are later ones.
            Err(storage::Error::NotFound { .. }) => sleep(Duration::from_millis(1)).await,
            Err(error) => return Err(error),
        }
    }
}

/// An entry that cannot be read is one that nobody renews.
fn read(bytes: &Bytes) -> Entry {
    serde_json::from_slice(bytes).unwrap_or_else(|error| {
        tracing::warn!(%error, "an entry of the lease is damaged");
        let holder = Holder { id: String::new(), host: "unknown".into() };
        Entry { holder, term: 0, released: false, takeover_after_ms: 0 }
    })
}

/// Creates an entry, unless there is another of that number or a later one. Whoever slept for long may find its number free
/// because all that was written meanwhile was removed again: so it looks after it wrote.
async fn create(storage: &Storage, next: &Numbered) -> Result<Written, storage::Error> {
    let bytes = Bytes::from(serde_json::to_vec(&next.entry).expect("an entry has only members that JSON can hold"));
    match storage.create(&key(next.number), bytes.clone()).await {
        Ok(()) => {}
        // An attempt of ours may have been stored although its answer was lost.
        Err(storage::Error::Exists { .. }) => match storage.get(&key(next.number)).await {
            Ok(there) if there == bytes => {}
            Ok(_) | Err(storage::Error::NotFound { .. }) => return Ok(Written::TooLate),
            Err(error) => return Err(error),
        },
        Err(error) => return Err(error),
    }
    let mut numbers = numbers(storage).await?;
    if numbers.last().is_some_and(|newest| *newest > next.number) {
        return Ok(Written::TooLate);
    }
    numbers.truncate(numbers.len().saturating_sub(KEPT));
    for old in numbers {
        if let Err(error) = storage.remove(&key(old)).await {
            tracing::debug!(%error, "an old entry of the lease is not removed");
        }
    }
    Ok(Written::Created)
}

async fn numbers(storage: &Storage) -> Result<Vec<u64>, storage::Error> {
    let objects = storage.list(&[FOLDER]).await?;
    let mut numbers: Vec<_> = objects.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn key(number: u64) -> Key {
    Key::of([FOLDER, &format!("lease-{number:020}.json")])
}

fn number(object: &Object) -> Option<u64> {
    let key = object.key.to_string();
    let name = key.strip_prefix(FOLDER)?.strip_prefix("/lease-")?;
    name.strip_suffix(".json")?.parse().ok()
}

/// What people call this process: its machine or container, and its number there.
fn host() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let named = Some(named.trim()).filter(|named| !named.is_empty()).unwrap_or("this host");
    format!("{named}, process {}", std::process::id())
}
