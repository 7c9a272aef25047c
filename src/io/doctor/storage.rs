//! Whether the places of state, spill and dead letters can be written and read.

use aws_config::SdkConfig;

use super::Finding;
use crate::config::{self, Place};
use crate::io::chain;
use crate::io::storage::Storage;

/// Writes, reads and removes a small object in each place. A Firehose stream would deliver it, so that is left out.
pub(super) async fn examine(storage: &config::Storage, sdk: &SdkConfig) -> Vec<Finding> {
    let places = [("state", &storage.state), ("spill", &storage.spill), ("dead letters", &storage.dead_letters)];
    let mut findings = Vec::new();
    for (name, place) in places {
        findings.push(examine_place(name, place, sdk).await);
    }
    findings
}

async fn examine_place(name: &str, place: &Place, sdk: &SdkConfig) -> Finding {
    let subject = format!("storage {name}");
    let fix = match place {
        Place::Folder(_) => "see owner, permissions and free space of the folder",
        Place::S3 { .. } => "the role needs s3:PutObject, GetObject, DeleteObject and ListBucket there",
        Place::Firehose { .. } => {
            return Finding::ok(subject, format!("{place} is not tried: what is put there would be delivered"));
        }
    };
    let probed = match Storage::open(place, sdk).await {
        Ok(opened) => opened.probe().await,
        Err(error) => Err(error),
    };
    match probed {
        Ok(()) => Finding::ok(subject, format!("{place} can be written and read")),
        Err(error) => Finding::fail(subject, chain(&error), fix),
    }
}
