//! Keeps what AWS Organizations says fresh: everything listed at each refresh, tags read one by one as they come due.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use futures::{StreamExt, stream};
use object_store::ObjectStore;

use super::aws::Client;
use super::{DirectoryHandle, cache, lock};
use crate::config::Organizations;
use crate::id::AccountId;
use crate::io::clock;
use crate::tenant::organizations::{Inventory, TAGS_AGE_MAX};

pub use super::aws::Error;

/// Tags that are read at once: enough to reach the rate from another continent, where an answer takes 200 ms.
const TAG_CALLS_MAX: usize = 4;

/// Accounts whose tags are read before the directory is swapped and the copy stored. At 8 a second the first fill of
/// 6,000 accounts shows progress twice a minute, and a restart loses no more than that.
const ACCOUNTS_PER_STEP: usize = 240;

/// The longest time until the next attempt after a refresh that failed.
const RETRY_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// Refreshes as the settings say, and at once when the handle is asked to; never ends.
pub(super) async fn keep(
    settings: Organizations,
    sdk_config: &SdkConfig,
    store: Arc<dyn ObjectStore>,
    handle: &DirectoryHandle,
) {
    let client = Client::new(&settings, sdk_config).await;
    let found = cached(store.as_ref()).await;
    handle.restore(found);
    let keeper = Keeper { settings, client, store, handle };
    let refreshing = async {
        loop {
            let pause = match keeper.refresh().await {
                Ok(()) => keeper.settings.refresh_interval,
                Err(error) => {
                    handle.fail_organizations(&error.to_string(), clock::now());
                    keeper.settings.refresh_interval.min(RETRY_INTERVAL_MAX)
                }
            };
            // Either is as good a reason to go on.
            drop(tokio::time::timeout(pause, handle.0.refresh.notified()).await);
        }
    };
    let ((), ()) = tokio::join!(refreshing, keeper.follow());
}

/// The copy of an earlier run; nothing where there is none or it cannot be used.
pub(super) async fn cached(store: &dyn ObjectStore) -> Inventory {
    match cache::load(store).await {
        Ok(inventory) => inventory.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(error = chain(&error), "starting without the stored directory");
            Inventory::default()
        }
    }
}

struct Keeper<'a> {
    settings: Organizations,
    client: Client,
    store: Arc<dyn ObjectStore>,
    handle: &'a DirectoryHandle,
}

impl Keeper<'_> {
    async fn refresh(&self) -> Result<(), Error> {
        let asked = clock::now();
        let listing = self.client.list().await?;
        let (changes, due, accounts) = {
            let mut inventory = lock(&self.handle.0.inventory);
            let changes = inventory.apply(listing, asked);
            (changes, inventory.due(TAGS_AGE_MAX, clock::now()), inventory.len())
        };
        tracing::info!(
            accounts,
            added = changes.added,
            changed = changes.changed,
            removed = changes.removed,
            tags_due = due.len(),
            "accounts listed from AWS Organizations"
        );
        self.publish();
        self.save().await;
        for accounts in due.chunks(ACCOUNTS_PER_STEP) {
            let outcome = self.read_tags(accounts).await;
            self.publish();
            self.save().await;
            outcome?;
        }
        self.handle.confirm_organizations(clock::now());
        Ok(())
    }

    /// Keeps what events told, and asks for what they lack; never ends.
    async fn follow(&self) {
        loop {
            self.handle.0.told.notified().await;
            self.save().await;
            while let Some(account) = self.handle.next_wanted() {
                if let Err(error) = self.look_up(account).await {
                    // The next listing finds what is missing.
                    self.handle.fail_organizations(&error.to_string(), clock::now());
                }
                self.publish();
                self.save().await;
            }
        }
    }

    async fn look_up(&self, account: AccountId) -> Result<(), Error> {
        let asked = clock::now();
        let listed = self.client.describe(account).await?;
        let is_there = listed.is_some();
        lock(&self.handle.0.inventory).describe(account, listed, asked);
        if is_there { self.read_tags(&[account]).await } else { Ok(()) }
    }

    /// Reads the tags of some accounts; what was read before an error is kept.
    async fn read_tags(&self, accounts: &[AccountId]) -> Result<(), Error> {
        let client = &self.client;
        let read = |account| async move {
            let asked = clock::now();
            (account, asked, client.tags(account).await)
        };
        let mut answers = stream::iter(accounts.iter().copied().map(read)).buffer_unordered(TAG_CALLS_MAX);
        while let Some((account, asked, tags)) = answers.next().await {
            // An account that is gone leaves with the next listing.
            if let Some(tags) = tags? {
                lock(&self.handle.0.inventory).set_tags(account, tags, asked);
            }
        }
        Ok(())
    }

    fn publish(&self) {
        self.handle.publish_organizations();
    }

    /// A copy that cannot be stored costs the next start some time, and nothing now.
    async fn save(&self) {
        let inventory = lock(&self.handle.0.inventory).clone();
        if let Err(error) = cache::store(self.store.as_ref(), &inventory).await {
            tracing::warn!(error = chain(&error), "the directory could not be stored for the next start");
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}
