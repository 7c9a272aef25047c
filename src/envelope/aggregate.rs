//! Aggregated records of the Kinesis producer library, taken apart into user records.
//!
//! Source: awslabs/amazon-kinesis-producer, `aggregation-format.md`: magic number, a protobuf `AggregatedRecord`, and the
//! MD5 of that protobuf. As there, what fails any of the three checks is not aggregated.

use md5::{Digest, Md5};

use crate::proto::{Error, Field, Reader};

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const CHECKSUM_BYTES: usize = 16;

/// The user records in `data`, in their order; `None` when `data` is a plain record.
#[must_use]
pub fn user_records(data: &[u8]) -> Option<UserRecords<'_>> {
    let (message, checksum) = data.strip_prefix(&MAGIC)?.split_last_chunk::<CHECKSUM_BYTES>()?;
    if Md5::digest(message).as_slice() != checksum {
        return None;
    }
    let mut fields = Reader::new(message);
    while let Some((number, field)) = fields.field().ok()? {
        if number == RECORDS {
            let _ = user_data(field).ok()??;
        }
    }
    Some(UserRecords { fields: Reader::new(message) })
}

/// `AggregatedRecord.records`.
const RECORDS: u64 = 3;

/// Data of the user records of one aggregate, borrowed from it.
#[derive(Clone, Debug)]
pub struct UserRecords<'a> {
    fields: Reader<'a>,
}

impl<'a> Iterator for UserRecords<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some((number, field)) = self.fields.field().ok()? {
            if number == RECORDS {
                return user_data(field).ok()?;
            }
        }
        None
    }
}

/// `Record.data`; `None` where one of the two required fields is missing.
fn user_data(record: Field<'_>) -> Result<Option<&[u8]>, Error> {
    let (mut partition_key, mut data) = (None, None);
    let mut fields = Reader::new(record.bytes()?);
    while let Some((number, field)) = fields.field()? {
        match number {
            1 => partition_key = Some(field.varint()?),
            3 => data = Some(field.bytes()?),
            _ => {}
        }
    }
    Ok(partition_key.and(data))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    /// The messages of `aggregation-format.md`, in another codec than ours.
    #[derive(Clone, PartialEq, prost::Message)]
    struct AggregatedRecord {
        #[prost(string, repeated, tag = "1")]
        partition_key_table: Vec<String>,
        #[prost(string, repeated, tag = "2")]
        explicit_hash_key_table: Vec<String>,
        #[prost(message, repeated, tag = "3")]
        records: Vec<Record>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    struct Record {
        #[prost(uint64, required, tag = "1")]
        partition_key_index: u64,
        #[prost(uint64, optional, tag = "2")]
        explicit_hash_key_index: Option<u64>,
        #[prost(bytes = "vec", required, tag = "3")]
        data: Vec<u8>,
        #[prost(message, repeated, tag = "4")]
        tags: Vec<Tag>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    struct Tag {
        #[prost(string, required, tag = "1")]
        key: String,
        #[prost(string, optional, tag = "2")]
        value: Option<String>,
    }

    fn sealed(message: &[u8]) -> Vec<u8> {
        [&MAGIC[..], message, Md5::digest(message).as_slice()].concat()
    }

    fn aggregate(records: &[Vec<u8>]) -> Vec<u8> {
        let record = |(index, data): (usize, &Vec<u8>)| Record {
            partition_key_index: 0,
            explicit_hash_key_index: (index % 2 == 0).then_some(0),
            data: data.clone(),
            tags: vec![Tag { key: "k".into(), value: None }; index % 3],
        };
        let message = AggregatedRecord {
            partition_key_table: vec!["key".into()],
            explicit_hash_key_table: vec!["0".into()],
            records: records.iter().enumerate().map(record).collect(),
        };
        sealed(&message.encode_to_vec())
    }

    #[test]
    fn a_wrong_checksum_means_a_plain_record() {
        let mut data = aggregate(&[b"one".to_vec()]);
        *data.last_mut().unwrap() ^= 1;
        assert!(user_records(&data).is_none());
    }

    #[test]
    fn a_body_that_is_no_aggregate_means_a_plain_record_even_with_the_right_checksum() {
        assert!(user_records(&sealed(&[0x1a, 9, 1])).is_none(), "truncated");
        assert!(user_records(&sealed(&[0x1a, 2, 0x08, 0])).is_none(), "a user record without data");
        assert!(user_records(&sealed(&[0x1a, 2, 0x1a, 0])).is_none(), "a user record without partition key");
        assert!(user_records(&sealed(&[0x18, 2])).is_none(), "a number for a user record");
    }

    #[test]
    fn short_and_foreign_data_is_a_plain_record() {
        for data in [&b""[..], &MAGIC, &[0xf3, 0x89, 0x9a, 0xc2, 1, 2], b"\x1f\x8b gzip", b"{\"json\":1}"] {
            assert!(user_records(data).is_none());
        }
    }

    proptest! {
        #[test]
        fn user_records_come_out_as_they_went_in(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let data = aggregate(&records);
            let read: Vec<Vec<u8>> = user_records(&data).unwrap().map(<[u8]>::to_vec).collect();
            prop_assert_eq!(read, records);
        }

        #[test]
        fn no_sealed_bytes_make_it_panic(message in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(records) = user_records(&sealed(&message)) {
                let _ = records.count();
            }
            prop_assert!(user_records(&message).is_none());
        }
    }
}
