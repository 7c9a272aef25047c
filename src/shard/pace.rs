//! How soon a shard may be read again.

use std::time::Duration;

/// The pause between reads of a shard that has more to give: 4 a second.
///
/// AWS allows 5 GetRecords calls a second and shard, for all readers together; the fifth is left to others.
/// Source: Kinesis Data Streams developer guide, "Quotas and limits".
pub const READ_INTERVAL: Duration = Duration::from_millis(250);

/// What a shard gives to all readers in a second. A read that took more uses up the seconds after it.
/// Source: Kinesis Data Streams API reference, GetRecords: 2 MiB per second and shard, 10 MiB a call.
const SHARD_BYTES_PER_SECOND: u64 = 2 * 1024 * 1024;

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Records of so many bytes.
    Records {
        /// Their data, without partition keys.
        bytes: u64,
    },
    /// No records, but the tip of the shard was not reached: Kinesis looked through a stretch without any.
    Behind,
    /// No records: the tip was reached.
    Idle,
}

/// The time from the start of one successful read to the start of the next. `poll_interval` holds at the tip of the shard.
#[must_use]
pub fn interval(read: Read, poll_interval: Duration) -> Duration {
    match read {
        Read::Records { bytes } => {
            let millis = bytes.saturating_mul(1_000) / SHARD_BYTES_PER_SECOND;
            READ_INTERVAL.max(Duration::from_millis(millis))
        }
        Read::Behind => READ_INTERVAL,
        Read::Idle => READ_INTERVAL.max(poll_interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLL_INTERVAL: Duration = Duration::from_secs(1);

    #[test]
    fn a_busy_shard_is_read_four_times_a_second() {
        assert_eq!(interval(Read::Records { bytes: 1_000 }, POLL_INTERVAL), Duration::from_millis(250));
        assert_eq!(interval(Read::Behind, POLL_INTERVAL), Duration::from_millis(250));
    }

    #[test]
    fn an_idle_shard_is_read_as_configured() {
        assert_eq!(interval(Read::Idle, POLL_INTERVAL), POLL_INTERVAL);
    }

    #[test]
    fn a_full_answer_is_followed_by_the_seconds_that_it_used_up() {
        assert_eq!(interval(Read::Records { bytes: 10 * 1024 * 1024 }, POLL_INTERVAL), Duration::from_secs(5));
    }

    proptest! {
        #[test]
        fn no_answer_and_no_setting_make_more_than_four_reads_a_second(bytes: u64, millis in 0_u64..100_000) {
            for read in [Read::Records { bytes }, Read::Behind, Read::Idle] {
                prop_assert!(interval(read, Duration::from_millis(millis)) >= READ_INTERVAL);
            }
        }
    }
}
