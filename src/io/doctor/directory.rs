//! Whether the directory can be had, and whether it knows the accounts that speak.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use object_store::memory::InMemory;
use tokio::time::Instant;

use super::Finding;
use crate::config::Config;
use crate::delivery::{Delivery, Origin, Payload, Source};
use crate::id::AccountId;
use crate::io::directory::{self, DirectoryHandle};
use crate::io::kinesis::Examined;
use crate::processor::output::Output;
use crate::processor::{Processor, Surroundings, units};
use crate::tenant::Directory;

const SUBJECT: &str = "directory";

/// Listing the accounts of a large organisation takes seconds; reading their tags, which is not waited for, minutes.
const ORGANIZATIONS_TIMEOUT: Duration = Duration::from_secs(60);

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Accounts that are named; of more only the number is told.
const UNKNOWN_SHOWN: usize = 5;

/// Looks at the sources of the directory, and at the accounts in records of the streams.
pub(super) async fn examine(config: &Config, sdk: &SdkConfig, streams: &[Examined]) -> Vec<Finding> {
    let settings = &config.directory;
    if settings.file.is_none() && settings.organizations.is_none() {
        return Vec::new();
    }
    let handle = DirectoryHandle::new(settings, vec![None]);
    let store = Arc::new(InMemory::new());
    if let Err(error) = directory::load(settings, store.as_ref(), &handle).await {
        return vec![Finding::fail(
            SUBJECT,
            error.to_string(),
            "fanin check tells everything that is wrong with the file",
        )];
    }
    if settings.organizations.is_some() {
        let loaded = wait_until_loaded(handle.clone());
        directory::run(settings.clone(), sdk, store, handle.clone(), loaded).await;
    }
    let mut findings = vec![state(&handle)];
    findings.extend(coverage(config, &handle.current(), streams));
    findings
}

/// Ends when every source was read once, or one failed, or after long enough.
async fn wait_until_loaded(handle: DirectoryHandle) {
    let deadline = Instant::now() + ORGANIZATIONS_TIMEOUT;
    loop {
        let status = handle.status();
        let failing = status.organizations.as_ref().is_some_and(|source| source.failing().is_some());
        if status.is_loaded() || failing || Instant::now() >= deadline {
            return;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn state(handle: &DirectoryHandle) -> Finding {
    let status = handle.status();
    let failing = status.organizations.as_ref().and_then(|source| source.failing());
    if let Some(failure) = failing {
        let fix = "the role needs organizations:ListAccounts and organizations:ListTagsForResource, in the management \
                   account or that of a delegated administrator";
        return Finding::fail(SUBJECT, format!("AWS Organizations: {}", failure.message), fix);
    }
    match status.accounts {
        0 => Finding::warn(SUBJECT, "no accounts", "list accounts in the file, or see what AWS Organizations lists"),
        n => Finding::ok(SUBJECT, format!("{n} accounts")),
    }
}

/// Accounts in records of the streams that the directory does not know.
fn coverage(config: &Config, directory: &Directory, streams: &[Examined]) -> Option<Finding> {
    const SUBJECT: &str = "directory coverage";
    let seen = accounts(config, directory, streams);
    if seen.is_empty() {
        return None;
    }
    let unknown: Vec<_> = seen.iter().filter(|account| directory.get(**account).is_none()).collect();
    if unknown.is_empty() {
        return Some(Finding::ok(
            SUBJECT,
            format!("all {} accounts in the records that were read are known", seen.len()),
        ));
    }
    let named: Vec<_> = unknown.iter().take(UNKNOWN_SHOWN).map(|account| account.to_string()).collect();
    let message = format!(
        "{} of {} accounts in the records that were read are unknown: {}",
        unknown.len(),
        seen.len(),
        named.join(", ")
    );
    Some(Finding::warn(SUBJECT, message, "add them to the directory: until then they are tagged tenant.id=unassigned"))
}

fn accounts(config: &Config, directory: &Directory, streams: &[Examined]) -> BTreeSet<AccountId> {
    let around = Surroundings::new(directory, &config.normalize);
    let (mut processor, mut output) = (Processor::default(), Output::default());
    for examined in streams {
        let (_, region) = crate::id::arn_origin(&examined.arn);
        let delivery = Delivery {
            origin: Origin { source: Source::Kinesis, name: examined.arn.as_str().into(), region },
            payload: Payload::Records(examined.records.clone()),
            accounts: None,
        };
        for unit in 0..units(&delivery.payload) {
            processor.process(&delivery, unit, &around, &mut output);
        }
    }
    output.accounts.into_keys().collect()
}
