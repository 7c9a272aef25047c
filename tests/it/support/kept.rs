//! Letters, batches and places for the tests of what is kept.

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use fanin::chunk::{Chunk, Destinations};
use fanin::config::Place;
use fanin::export::Batch;
use fanin::id::{AccountId, Signal};
use fanin::proto::{Guess, Writer};

pub(crate) const ACCOUNT: &str = "111122223333";

/// Credentials that emulators take.
pub(crate) fn sdk() -> SdkConfig {
    let credentials = Credentials::new("123456789012", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

pub(crate) fn folder(path: &Path) -> Place {
    Place::Folder(path.into())
}

pub(crate) fn bucket(bucket: &str, endpoint: &str) -> Place {
    let (prefix, region) = ("fanin".into(), None);
    Place::S3 { bucket: bucket.into(), prefix, endpoint: Some(endpoint.into()), region }
}

/// A batch of one log record for each text, all of one account.
pub(crate) fn batch(texts: &[&str]) -> Batch {
    let chunks = texts.iter().map(|text| chunk(text)).collect();
    Batch { signal: Signal::Logs, destination: 0, chunks }
}

fn chunk(text: &str) -> Chunk {
    Chunk {
        signal: Signal::Logs,
        account: AccountId::parse(ACCOUNT).expect("twelve digits"),
        records: 1,
        destinations: Destinations::NONE.with(0),
        bytes: request(text),
    }
}

/// An `ExportLogsServiceRequest` with one record.
pub(crate) fn request(text: &str) -> Bytes {
    let mut writer = Writer::new();
    let resource_logs = writer.begin(1, Guess::Medium);
    let resource = writer.begin(1, Guess::Short);
    writer.resource_attribute("cloud.account.id", ACCOUNT);
    writer.end(resource);
    let scope_logs = writer.begin(2, Guess::Medium);
    let record = writer.begin(2, Guess::Medium);
    let body = writer.begin(5, Guess::Medium);
    writer.bytes_field(1, text.as_bytes());
    writer.end(body);
    writer.end(record);
    writer.end(scope_logs);
    writer.end(resource_logs);
    writer.into_vec().into()
}
