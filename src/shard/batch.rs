//! What one read gave, cut into deliveries small enough that acknowledgement and memory budget are fine-grained.

use bytes::Bytes;

use crate::delivery::RawRecord;
use crate::time::Timestamp;

/// Data bytes of one delivery; a record that is larger makes a delivery of its own.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// Records of one delivery: what goes to the backend twice at most when one of them cannot be delivered.
pub const BATCH_RECORDS_MAX: usize = 1_000;

/// A record of a shard, as read.
#[derive(Clone, Debug)]
pub struct ShardRecord {
    /// Its place in the shard.
    pub sequence_number: String,
    /// Its data.
    pub data: Bytes,
    /// When the stream received it.
    pub arrived: Timestamp,
}

/// Records that are delivered and acknowledged together; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The records, each with the position `shard:sequence number`.
    pub records: Vec<RawRecord>,
    /// Sequence number of the last one.
    pub last: String,
}

/// Cuts the records of one read into batches, in order.
#[must_use]
pub fn cut(shard: &str, records: Vec<ShardRecord>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut bytes = 0;
    for record in records {
        bytes += record.data.len();
        let position = format!("{shard}:{}", record.sequence_number).into();
        let raw = RawRecord { data: record.data, position, arrived: record.arrived };
        match batches.last_mut() {
            Some(batch) if bytes <= BATCH_BYTES_MAX && batch.records.len() < BATCH_RECORDS_MAX => {
                batch.records.push(raw);
                batch.last = record.sequence_number;
            }
            Some(_) | None => {
                bytes = raw.data.len();
                batches.push(Batch { records: vec![raw], last: record.sequence_number });
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records(sizes: &[usize]) -> Vec<ShardRecord> {
        let record = |(n, size): (usize, &usize)| ShardRecord {
            sequence_number: n.to_string(),
            data: Bytes::from(vec![0; *size]),
            arrived: Timestamp::default(),
        };
        sizes.iter().enumerate().map(record).collect()
    }

    fn shape(batches: &[Batch]) -> Vec<(usize, &str)> {
        batches.iter().map(|batch| (batch.records.len(), batch.last.as_str())).collect()
    }

    #[test]
    fn a_batch_ends_before_it_would_pass_a_mebibyte() {
        let batches = cut("shardId-0", records(&[600_000, 400_000, 48_576, 1, 2_000_000, 5]));
        assert_eq!(shape(&batches), [(3, "2"), (1, "3"), (1, "4"), (1, "5")]);
    }

    #[test]
    fn a_batch_ends_at_a_thousand_records() {
        assert_eq!(shape(&cut("shardId-0", records(&[1; 2_500]))), [(1_000, "999"), (1_000, "1999"), (500, "2499")]);
    }

    #[test]
    fn a_record_knows_its_shard_and_sequence_number() {
        let batches = cut("shardId-000000000007", records(&[1]));
        assert_eq!(&*batches[0].records[0].position, "shardId-000000000007:0");
    }

    #[test]
    fn nothing_read_is_nothing_to_deliver() {
        assert_eq!(cut("shardId-0", Vec::new()), []);
    }

    proptest! {
        #[test]
        fn every_record_is_in_one_batch_in_order(sizes in prop::collection::vec(0_usize..700_000, 0..40)) {
            let batches = cut("s", records(&sizes));
            let positions: Vec<&str> = batches.iter().flat_map(|b| &b.records).map(|r| &*r.position).collect();
            let expected: Vec<String> = (0..sizes.len()).map(|n| format!("s:{n}")).collect();
            prop_assert_eq!(positions, expected);
            for batch in &batches {
                let bytes: usize = batch.records.iter().map(|record| record.data.len()).sum();
                prop_assert!(bytes <= BATCH_BYTES_MAX && !batch.records.is_empty());
            }
        }
    }
}
