//! Sequence numbers: decimal numbers of up to 56 digits, too long for any integer type, that grow within a shard.

use std::cmp::Ordering;

/// Which of two sequence numbers of one shard is the later one.
///
/// Source: Kinesis Data Streams API reference, "Record", field `SequenceNumber`, pattern `0|([1-9]\d{0,128})`.
#[must_use]
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_longer_number_is_later() {
        assert_eq!(compare("99", "100"), Ordering::Less);
        assert_eq!(
            compare(
                "49590338271490256608559692538361571095921575989136588898",
                "49590338271490256608559692538361571095921575989136588897"
            ),
            Ordering::Greater
        );
    }

    proptest! {
        #[test]
        fn texts_are_ordered_as_their_numbers(left: u128, right: u128) {
            prop_assert_eq!(compare(&left.to_string(), &right.to_string()), left.cmp(&right));
        }
    }
}
