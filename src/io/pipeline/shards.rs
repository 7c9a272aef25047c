//! Rows of shards: how far behind, how fast, and up to where everything of them is safe.

use std::collections::BTreeMap;

use super::{Moment, Parts, Read, per_second};
use crate::api::pipeline::Shard;
use crate::io::kinesis::ShardStatus;
use crate::snapshot::Checkpoint;
use crate::time::Timestamp;

/// Every shard, the furthest behind first; of equal ones those that are in trouble first.
pub(super) fn shards(now: &Moment, before: &Moment, moments: &[Moment], parts: &Parts) -> Vec<Shard> {
    let seen: BTreeMap<_, Timestamp> = parts.progress.shards().into_iter().collect();
    let row = |(key, status): (&(std::sync::Arc<str>, std::sync::Arc<str>), &ShardStatus)| {
        let (is, was) = (now.shards.get(key).copied().unwrap_or_default(), before.shards.get(key).copied());
        // What was not there a minute ago has read all of it since.
        let was = was.unwrap_or(Read { behind: 0.0, ..is });
        let over = now.at.since(before.at);
        let checkpoint = parts.checkpoints.get(&key.0, &key.1);
        Shard {
            stream: key.0.to_string(),
            shard: key.1.to_string(),
            behind_seconds: is.behind,
            records_per_second: per_second(is.records.saturating_sub(was.records), over),
            bytes_per_second: per_second(is.bytes.saturating_sub(was.bytes), over),
            trouble: trouble(status, checkpoint.as_ref()),
            checkpoint: checkpoint.and_then(sequence_number),
            seen_until: seen.get(key).copied().map(Into::into),
            spark: moments.iter().filter_map(|moment| Some(moment.shards.get(key)?.behind)).collect(),
        }
    };
    let mut rows: Vec<Shard> = parts.shards.snapshot().iter().map(row).collect();
    rows.sort_by(|a, b| {
        let by_lag = b.behind_seconds.total_cmp(&a.behind_seconds);
        by_lag
            .then(b.trouble.is_some().cmp(&a.trouble.is_some()))
            .then_with(|| (&a.stream, &a.shard).cmp(&(&b.stream, &b.shard)))
    });
    rows
}

fn sequence_number(checkpoint: Checkpoint) -> Option<String> {
    match checkpoint {
        Checkpoint::After(number) => Some(number),
        Checkpoint::Since(_) | Checkpoint::Finished => None,
    }
}

fn trouble(status: &ShardStatus, checkpoint: Option<&Checkpoint>) -> Option<String> {
    if let Some(error) = &status.error {
        return Some(error.clone());
    }
    if matches!(checkpoint, Some(Checkpoint::Finished)) {
        return Some("end of shard".into());
    }
    status.last_read.is_none().then(|| "not read yet".into())
}
