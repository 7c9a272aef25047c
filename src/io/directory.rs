//! The directory at work: read, refreshed and swapped as a whole, so that whoever tags sees one state of it.
//!
//! `run` keeps it fresh from its file and from AWS Organizations; what goes wrong leaves the last good copy in force and is
//! kept for people in `Status`.

pub mod cache;
mod aws;
mod file;
mod organizations;
mod status;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use aws_config::SdkConfig;
use object_store::ObjectStore;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::config::{DirectorySource, Organizations, Route, TagRule};
use crate::id::AccountId;
use crate::io::clock;
use crate::tenant::lifecycle::{self, Event, Followed, Read};
use crate::tenant::merge::merge;
use crate::tenant::organizations::{Inventory, Taken};
use crate::tenant::tags::{self, Finding};
use crate::tenant::unknown::{Seen, Unknown};
use crate::tenant::{Directory, Facts};
use crate::time::Timestamp;

pub use file::{Error as FileError, read as read_file};
pub use organizations::Error as OrganizationsError;
pub use status::{Failure, Source, Status};

/// Reloads that wait for the file to be read. More than a person and a deployment ask for at once.
const RELOADS_WAITING_MAX: usize = 8;

/// Why a reload did not take place, or did not help.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The file cannot be used; the directory is as it was.
    #[error(transparent)]
    File(#[from] FileError),
    /// `run` has ended or not begun.
    #[error("the directory is not being kept: the service is starting or stopping")]
    NotRunning,
}

/// A cheap handle on the directory.
#[derive(Clone)]
pub struct DirectoryHandle(Arc<Shared>);

struct Shared {
    tenant_attribute: String,
    routes: Vec<Option<Route>>,
    current: ArcSwap<Directory>,
    sources: Mutex<Sources>,
    unknown: Mutex<Unknown>,
    reloads: Mutex<Option<mpsc::Sender<Reload>>>,
    refresh: Notify,
    organizations: Option<Organizations>,
    /// What AWS Organizations said. Whoever holds it may take `sources` as well, never the other way round.
    inventory: Mutex<Inventory>,
    /// Accounts of which an event told, and which are to be asked for.
    wanted: Mutex<BTreeSet<AccountId>>,
    /// An event changed the inventory.
    told: Notify,
    scheme: Vec<TagRule>,
    findings: ArcSwap<Vec<Finding>>,
}

/// What the sources said last; `None` before they said anything.
struct Sources {
    with_organizations: bool,
    file: Option<Vec<Facts>>,
    organizations: Option<Vec<Facts>>,
    left: BTreeSet<AccountId>,
    status: Status,
}

/// A wish to read the file now, and where to say how it went.
type Reload = oneshot::Sender<Result<(), FileError>>;

impl fmt::Debug for DirectoryHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DirectoryHandle {{ {} accounts }}", self.current().entries().len())
    }
}

impl DirectoryHandle {
    /// A directory without accounts, until `load` or `run` fill it. `routes` holds one item for each destination, in order.
    #[must_use]
    pub fn new(settings: &DirectorySource, routes: Vec<Option<Route>>) -> Self {
        let empty = Directory::new([], &settings.tenant_attribute, &routes);
        Self(Arc::new(Shared {
            tenant_attribute: settings.tenant_attribute.clone(),
            routes,
            current: ArcSwap::from_pointee(empty),
            sources: Mutex::new(Sources {
                with_organizations: settings.organizations.is_some(),
                file: None,
                organizations: None,
                left: BTreeSet::new(),
                status: Status::of(settings),
            }),
            unknown: Mutex::default(),
            reloads: Mutex::default(),
            refresh: Notify::new(),
            organizations: settings.organizations.clone(),
            inventory: Mutex::default(),
            wanted: Mutex::default(),
            told: Notify::new(),
            scheme: settings.tags.clone(),
            findings: ArcSwap::default(),
        }))
    }

    /// The directory as it is now.
    #[must_use]
    pub fn current(&self) -> Arc<Directory> {
        self.0.current.load_full()
    }

    /// How fresh it is, and what went wrong last.
    #[must_use]
    pub fn status(&self) -> Status {
        self.sources().status.clone()
    }

    /// Reads the file now, and has AWS Organizations asked again soon.
    ///
    /// # Errors
    /// When the file cannot be used; the directory is then as it was.
    pub async fn reload(&self) -> Result<(), ReloadError> {
        self.0.refresh.notify_one();
        let reloads = lock(&self.0.reloads).clone().ok_or(ReloadError::NotRunning)?;
        let (answer, answered) = oneshot::channel();
        reloads.send(answer).await.map_err(|_| ReloadError::NotRunning)?;
        Ok(answered.await.map_err(|_| ReloadError::NotRunning)??)
    }

    /// Follows an event of AWS Organizations. The directory changes before this returns; what the event lacks is asked for soon.
    ///
    /// # Errors
    /// When the event cannot be read.
    pub fn apply_lifecycle(&self, event: &[u8]) -> Result<Followed, lifecycle::Error> {
        let event = match lifecycle::read(event)? {
            Read::Event(event) => event,
            Read::Ignored(_) => return Ok(Followed::Ignored),
        };
        if self.0.organizations.is_none() {
            return Ok(Followed::NoOrganizations);
        }
        Ok(self.follow(&event))
    }

    fn follow(&self, event: &Event) -> Followed {
        let taken = lock(&self.0.inventory).take(event);
        match taken {
            Taken::Old => return Followed::Old,
            Taken::Whole => {}
            Taken::LookUp => drop(lock(&self.0.wanted).insert(event.account)),
        }
        tracing::info!(account = event.account.as_str(), change = ?event.change, "AWS Organizations told of an account");
        self.publish_organizations();
        self.0.told.notify_one();
        Followed::Applied
    }

    /// Tags that break the scheme, by account; `None` without a scheme.
    #[must_use]
    pub fn tag_findings(&self) -> Option<Arc<Vec<Finding>>> {
        (!self.0.scheme.is_empty()).then(|| self.0.findings.load_full())
    }

    /// How many accounts have tags that break the scheme; `None` without a scheme.
    #[must_use]
    pub fn accounts_with_findings(&self) -> Option<usize> {
        let findings = self.tag_findings()?;
        Some(findings.chunk_by(|one, next| one.account == next.account).count())
    }

    fn next_wanted(&self) -> Option<AccountId> {
        lock(&self.0.wanted).pop_first()
    }

    /// Takes over the copy of an earlier run, unless more is known already.
    fn restore(&self, found: Inventory) {
        {
            let mut inventory = lock(&self.0.inventory);
            if inventory.listed().is_none() {
                *inventory = found;
            }
        }
        self.publish_organizations();
    }

    /// Puts the inventory in force, unless nothing was ever listed.
    fn publish_organizations(&self) {
        let Some(settings) = &self.0.organizations else { return };
        let inventory = lock(&self.0.inventory);
        let Some(listed) = inventory.listed() else { return };
        let without_tags = inventory.without_tags();
        if !self.0.scheme.is_empty() {
            let found = inventory.tagged().flat_map(|(account, tags)| tags::findings(&self.0.scheme, account, &tags));
            self.0.findings.store(Arc::new(found.collect()));
        }
        self.set_organizations(inventory.facts(settings), inventory.left(), without_tags);
        if without_tags == 0 {
            self.confirm_organizations(listed);
        }
    }

    /// Notes records of an account that the directory does not know.
    pub fn note_unknown(&self, account: AccountId, records: u64, now: Timestamp) {
        lock(&self.0.unknown).note(account, records, now);
    }

    /// The accounts that sent records and are not in the directory, ascending, and the number of records of those that
    /// found no place in the list.
    #[must_use]
    pub fn unknown(&self) -> (Vec<(AccountId, Seen)>, u64) {
        let unknown = lock(&self.0.unknown);
        (unknown.accounts().collect(), unknown.unlisted_records())
    }

    /// How many accounts that list has.
    #[must_use]
    pub fn unknown_accounts(&self) -> usize {
        lock(&self.0.unknown).accounts().len()
    }

    /// Takes over what the file says.
    fn set_file(&self, facts: Vec<Facts>, now: Timestamp) {
        let mut sources = self.sources();
        if let Some(source) = &mut sources.status.file {
            source.succeed(facts.len(), now);
        }
        if sources.file.as_ref() != Some(&facts) {
            sources.file = Some(facts);
            self.publish(&mut sources);
        }
    }

    /// The file was read again and is the same.
    fn confirm_file(&self, now: Timestamp) {
        if let Some(source) = &mut self.sources().status.file {
            source.succeed(source.accounts, now);
        }
    }

    /// Takes over what AWS Organizations says; `without_tags` accounts of it wait for their tags.
    fn set_organizations(&self, facts: Vec<Facts>, left: BTreeSet<AccountId>, without_tags: usize) {
        let mut sources = self.sources();
        if let Some(source) = &mut sources.status.organizations {
            source.accounts = facts.len();
            source.without_tags = without_tags;
        }
        if sources.organizations.as_ref() != Some(&facts) || sources.left != left {
            sources.organizations = Some(facts);
            sources.left = left;
            self.publish(&mut sources);
        }
    }

    /// AWS Organizations was read to the end at `time`.
    fn confirm_organizations(&self, time: Timestamp) {
        if let Some(source) = &mut self.sources().status.organizations {
            source.succeed(source.accounts, time);
        }
    }

    fn fail_file(&self, message: &str, now: Timestamp) {
        if let Some(source) = &mut self.sources().status.file {
            source.fail("file", message, now);
        }
    }

    fn fail_organizations(&self, message: &str, now: Timestamp) {
        if let Some(source) = &mut self.sources().status.organizations {
            source.fail("organizations", message, now);
        }
    }

    fn publish(&self, sources: &mut Sources) {
        let nothing = Vec::new();
        let organizations = sources.organizations.as_ref().unwrap_or(&nothing);
        let organizations = sources.with_organizations.then_some(organizations.as_slice());
        let entries = merge(sources.file.as_ref().unwrap_or(&nothing), organizations);
        let directory =
            Directory::new(entries, &self.0.tenant_attribute, &self.0.routes).with_left(sources.left.clone());
        sources.status.accounts = directory.entries().len();
        lock(&self.0.unknown).forget_known(&directory);
        self.0.current.store(Arc::new(directory));
    }

    fn sources(&self) -> MutexGuard<'_, Sources> {
        lock(&self.0.sources)
    }
}

/// What a panic left is still whole: every change under these locks is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fills the directory once, from the file and from the copy of AWS Organizations that an earlier run left in `store`.
/// A service that starts so is right from its first record on, even where AWS cannot be reached.
///
/// # Errors
/// When the file cannot be used. A copy that cannot be read is only logged: `run` makes a new one.
pub async fn load(
    settings: &DirectorySource,
    store: &dyn ObjectStore,
    handle: &DirectoryHandle,
) -> Result<(), FileError> {
    if settings.organizations.is_some() {
        handle.restore(organizations::cached(store).await);
    }
    if let Some(path) = &settings.file {
        let facts = read_file(path).await?;
        handle.set_file(facts, clock::now());
    }
    Ok(())
}

/// Keeps the directory fresh until `stop`. The file is looked at every second; AWS Organizations is asked as the settings
/// say, within its rates, and remembered in `store`.
pub async fn run(
    settings: DirectorySource,
    sdk_config: &SdkConfig,
    store: Arc<dyn ObjectStore>,
    handle: DirectoryHandle,
    stop: impl Future<Output = ()>,
) {
    let (sender, reloads) = mpsc::channel(RELOADS_WAITING_MAX);
    *lock(&handle.0.reloads) = Some(sender);
    let file = file::keep(settings.file, &handle, reloads);
    let organizations = async {
        if let Some(settings) = settings.organizations {
            Box::pin(organizations::keep(settings, sdk_config, store, &handle)).await;
        }
    };
    tokio::select! {
        () = stop => {}
        ((), ()) = async { tokio::join!(file, organizations) } => {}
    }
    *lock(&handle.0.reloads) = None;
}
