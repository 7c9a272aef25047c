//! Reports: what a forwarder tells of telemetry that it sent on by itself, so that rules and counts are the same as if it had
//! been decoded here.
//!
//! A report is of one record of the source, and of nothing that depends on which records came together: a forwarder is asked
//! again for a part of what it had before (retries, halved batches), or for the same twice at once. Its id is the same each
//! time, so whoever takes reports counts each once. Rules are named by name and shape, since forwarder and taker may be of two
//! deployments.
//!
//! A packet is reports of one account, or marks, and fills at most one record of a Kinesis stream: four bytes that say what it
//! is and in which format, then postcard, compressed with zstd.

mod pack;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::completeness::Noted;
use crate::id::AccountId;
use crate::processor::output::{AccountTally, Output, Seen};
use crate::quota::series::Noted as Used;
use crate::reject::Reason;
use crate::sample::{Message, Named, SampleCounts, Sampling};
use crate::time::Timestamp;
pub use pack::{Parcel, pack};

/// What a packet begins with; the last byte is the format.
const MAGIC: [u8; 4] = *b"FNR\x01";

/// Most bytes of an inflated packet. What a forwarder makes has less than a megabyte.
const INFLATED_BYTES_MAX: u64 = 16 << 20;

/// How well packets are compressed: they are small, and made while Lambda is paid for.
const COMPRESSION: i32 = 1;

/// What came of one record of the source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The same for the same record, however often it is processed.
    pub id: u64,
    /// When the record reached the pipeline.
    pub arrived: Timestamp,
    /// Stream and shard that it came from, if a stream.
    pub from: Option<(Box<str>, Box<str>)>,
    /// The rules that samples name, by their place here.
    rules: Vec<Named>,
    /// What rules took of it.
    messages: Vec<Message>,
    /// Counts of the accounts in it; mostly one.
    accounts: BTreeMap<AccountId, AccountTally>,
    completeness: Noted,
    quotas: Used,
    streamed: Vec<Seen>,
    samples: SampleCounts,
}

/// How far a forwarder got in a shard of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The stream.
    pub stream: Box<str>,
    /// The shard.
    pub shard: Box<str>,
    /// Everything that arrived before is safe, and reported in packets that were sent before this one.
    pub until: Timestamp,
}

/// What one record of the stream of reports holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Packet {
    /// Reports, in no order.
    pub reports: Vec<Report>,
    /// Marks.
    pub marks: Vec<Mark>,
}

/// Why bytes are no packet.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They begin otherwise.
    #[error("no report of a forwarder")]
    Foreign,
    /// A later program wrote them.
    #[error("a report in format {given}, and this program reads format {}: use a later fanin run", MAGIC[3])]
    Newer {
        /// The format.
        given: u8,
    },
    /// They cannot be inflated.
    #[error("a report that cannot be inflated")]
    Compressed(#[source] std::io::Error),
    /// They are not what they should be.
    #[error("a damaged report")]
    Damaged(#[from] postcard::Error),
}

impl Error {
    /// The reason to reject them for.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Foreign | Self::Newer { .. } => Reason::UnknownFormat,
            Self::Compressed(_) => Reason::BadGzip,
            Self::Damaged(_) => Reason::BadShape,
        }
    }
}

impl Report {
    /// Takes what came of one record out of the processor's output; chunks and rejects stay there. `None` where it is nothing.
    #[must_use]
    pub fn take(id: u64, arrived: Timestamp, output: &mut Output, sampling: &Sampling) -> Option<Self> {
        let mut report = Self {
            id,
            arrived,
            messages: std::mem::take(&mut output.messages),
            accounts: output.accounts.clone(),
            completeness: output.completeness.clone(),
            quotas: output.quotas.clone(),
            streamed: output.streamed.clone(),
            samples: output.samples,
            ..Self::default()
        };
        report.name_rules(sampling);
        let is_empty = report.messages.is_empty()
            && report.accounts.is_empty()
            && report.completeness.is_empty()
            && report.quotas.is_empty();
        (!is_empty).then_some(report)
    }

    fn name_rules(&mut self, sampling: &Sampling) {
        let mut places = BTreeMap::new();
        for message in &mut self.messages {
            message.partials.retain_mut(|partial| {
                let Some(named) = sampling.name(partial.rule) else { return false };
                partial.rule = *places.entry(partial.rule).or_insert_with(|| {
                    self.rules.push(named.clone());
                    self.rules.len() - 1
                });
                true
            });
        }
    }

    /// Whose it is: the first account in it, for a record that has several.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.accounts.keys().next().copied()
    }

    /// The accounts in it.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.accounts.keys().copied()
    }

    /// Puts it where the processor would have, had it been here. Samples of rules that are gone or take others now are left out;
    /// gives how many.
    pub fn put(self, output: &mut Output, sampling: &Sampling) -> u64 {
        let now_at: Vec<_> = self.rules.iter().map(|named| sampling.find(named)).collect();
        let mut left_out = 0;
        for mut message in self.messages {
            message.partials.retain_mut(|partial| match now_at.get(partial.rule) {
                Some(Some(rule)) => {
                    partial.rule = *rule;
                    true
                }
                Some(None) | None => {
                    left_out += 1;
                    false
                }
            });
            output.messages.push(message);
        }
        for (account, tally) in self.accounts {
            output.accounts.entry(account).or_default().merge(&tally);
        }
        output.completeness.append(self.completeness);
        output.quotas.append(self.quotas);
        output.streamed.extend(self.streamed);
        output.samples.add(&self.samples);
        left_out
    }
}

impl Packet {
    /// As it is sent.
    ///
    /// # Panics
    /// Never: a packet has only members that postcard can hold, and memory takes all that is written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let encoded = postcard::to_allocvec(self).expect("a packet has only what postcard can hold");
        let mut bytes = MAGIC.to_vec();
        bytes.extend(zstd::bulk::compress(&encoded, COMPRESSION).expect("memory takes all that is written"));
        bytes
    }

    /// Reads what `to_bytes` gave.
    ///
    /// # Errors
    /// When the bytes are something else, damaged, or of a later program.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let (magic, compressed) = bytes.split_at_checked(MAGIC.len()).ok_or(Error::Foreign)?;
        if magic[..3] != MAGIC[..3] {
            return Err(Error::Foreign);
        }
        if magic[3] != MAGIC[3] {
            return Err(Error::Newer { given: magic[3] });
        }
        let mut encoded = Vec::new();
        let decoder = zstd::stream::read::Decoder::new(compressed).map_err(Error::Compressed)?;
        let mut limited = std::io::Read::take(decoder, INFLATED_BYTES_MAX);
        let _ = std::io::Read::read_to_end(&mut limited, &mut encoded).map_err(Error::Compressed)?;
        Ok(postcard::from_bytes(&encoded)?)
    }
}

#[cfg(test)]
mod tests;
