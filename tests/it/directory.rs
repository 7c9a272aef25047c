//! The directory of accounts: from moto's AWS Organizations, from a server with AWS's faults, and from files that change.

mod aws;
mod file;
mod organizations;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use fanin::config::{DirectorySource, Organizations};
use fanin::id::AccountId;
use fanin::io::directory::{self, DirectoryHandle};
use fanin::tenant::Entry;
use object_store::local::LocalFileSystem;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::wait;

/// How long a test waits for what should come, on a machine that is busy building.
const LIMIT: Duration = Duration::from_secs(60);

/// A directory that is being kept, until it is dropped.
struct Kept {
    handle: DirectoryHandle,
    task: JoinHandle<()>,
    _stop: oneshot::Sender<()>,
}

impl Kept {
    /// Loads and keeps the directory of `settings`, with its state in `state`.
    async fn start(settings: DirectorySource, aws: &SdkConfig, state: &Path) -> Self {
        let store = Arc::new(LocalFileSystem::new_with_prefix(state).expect("the folder is there"));
        let handle = DirectoryHandle::new(&settings, Vec::new());
        if let Err(error) = directory::load(&settings, store.as_ref(), &handle).await {
            panic!("{error}");
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let (aws, kept) = (aws.clone(), handle.clone());
        let task = tokio::spawn(async move {
            directory::run(settings, &aws, store, kept, async move { drop(stopped.await) }).await;
        });
        Self { handle, task, _stop: stop }
    }

    fn entry(&self, account: AccountId) -> Option<Entry> {
        self.handle.current().get(account).cloned()
    }

    /// Account and tenant of each entry.
    fn tenants(&self) -> Vec<(String, String)> {
        let directory = self.handle.current();
        directory.entries().map(|entry| (entry.account.to_string(), entry.tenant.clone())).collect()
    }

    #[track_caller]
    fn until(&self, what: &str, look: impl Fn(&Self) -> bool) {
        wait::until(what, LIMIT, || look(self).then_some(()));
    }

    /// What AWS Organizations fails with, once it does.
    #[track_caller]
    fn until_organizations_fail(&self) -> String {
        wait::until("a failure of AWS Organizations", LIMIT, || {
            let source = self.handle.status().organizations?;
            source.failing().map(|failure| failure.message.clone())
        })
    }

    #[track_caller]
    fn until_organizations_are_read(&self) {
        self.until("AWS Organizations to be read to the end", |kept| {
            let source = kept.handle.status().organizations;
            source.is_some_and(|source| source.last_success.is_some() && source.failing().is_none())
        });
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Credentials that emulators take, and `endpoint` for every service.
async fn aws(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDOFTHEPROCESS", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await
}

/// A directory from AWS Organizations at `endpoint`, refreshed as often as `refresh_interval` says.
fn organizations(endpoint: &str, refresh_interval: Duration) -> DirectorySource {
    DirectorySource {
        file: None,
        organizations: Some(Organizations {
            endpoint: Some(endpoint.into()),
            role_arn: None,
            refresh_interval,
            tenant_tag: "tenant".into(),
            name_tag: "tenant-name".into(),
            tier_tag: "tier".into(),
        }),
        tenant_attribute: "tenant.id".into(),
        tags: Vec::new(),
    }
}

fn account(text: &str) -> AccountId {
    AccountId::parse(text).expect("tests write accounts with 12 digits")
}
