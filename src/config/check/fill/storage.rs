//! Where state is kept.

use std::time::Duration;

use super::{Filler, MINUTE};
use crate::config::read::At;
use crate::config::{Place, Storage, file};
use crate::id::Region;

/// How an AWS service is reached.
struct Reach {
    endpoint: Option<String>,
    region: Option<Region>,
}

impl Filler<'_> {
    pub(super) fn storage(&mut self, written: file::Storage) -> Storage {
        let default = Storage::in_folder(&self.surroundings.folder);
        let s3 = self.reach(written.s3.unwrap_or_default());
        let firehose = self.reach(written.firehose.unwrap_or_default());
        let longest = 10 * MINUTE;
        Storage {
            state: self.place(written.state, default.state, &s3, &firehose),
            spill: self.place(written.spill, default.spill, &s3, &firehose),
            dead_letters: self.place(written.dead_letters, default.dead_letters, &s3, &firehose),
            snapshot_interval: self.period(
                written.snapshot_interval,
                Duration::from_millis(100)..=longest,
                default.snapshot_interval,
            ),
        }
    }

    fn reach(&mut self, written: file::Aws) -> Reach {
        Reach { endpoint: self.url(written.endpoint), region: written.region.map(|at| at.value) }
    }

    fn place(&mut self, at: Option<At<String>>, default: Place, s3: &Reach, firehose: &Reach) -> Place {
        let Some(text) = self.checked_text(at, place_text) else { return default };
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let (bucket, prefix) = (bucket.into(), prefix.trim_matches('/').into());
            return Place::S3 { bucket, prefix, endpoint: s3.endpoint.clone(), region: s3.region };
        }
        if let Some(stream) = text.strip_prefix("firehose:") {
            return Place::Firehose {
                stream: stream.into(),
                endpoint: firehose.endpoint.clone(),
                region: firehose.region,
            };
        }
        Place::Folder(self.surroundings.folder.join(text))
    }
}

fn place_text(text: &str) -> Result<(), &'static str> {
    let right = match (text.strip_prefix("s3://"), text.strip_prefix("firehose:")) {
        (Some(rest), _) => is_bucket(rest.split('/').next().unwrap_or_default()),
        (None, Some(stream)) => is_firehose_stream(stream),
        (None, None) => !text.is_empty() && !text.contains("://"),
    };
    if right { Ok(()) } else { Err("is neither a folder nor s3://bucket/prefix nor firehose:stream-name") }
}

/// Source: Amazon S3 user guide, "General purpose bucket naming rules".
fn is_bucket(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    (3..=63).contains(&text.len()) && text.bytes().all(allowed)
}

/// Source: Firehose API reference, "CreateDeliveryStream", pattern of `DeliveryStreamName`.
fn is_firehose_stream(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}
