//! Which records stay of those that are sampled: the same ones whenever, and wherever, they are asked for again.

use std::borrow::Cow;

use super::condition::is_below;
use crate::config::policy::Sample;
use crate::record::attribute;
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::time::Timestamp;

/// The rule that a record of this severity falls under.
pub(super) fn rule<'p>(samples: &[&'p Sample], severity: Severity) -> Option<&'p Sample> {
    samples.iter().copied().find(|sample| is_below(severity, sample.severity_below))
}

/// Whether a record stays, by its event's id, which a delivery that is repeated or replayed brings again.
pub(super) fn keeps(rate: f64, key: &str) -> bool {
    /// Two to the power of 53: a hash of so many bits is exact as a fraction.
    const PARTS: f64 = 9_007_199_254_740_992.0;
    ((hash(key.as_bytes()) >> 11) as f64) < rate * PARTS
}

/// What a record is known by: the event's id, or time and text where it has none.
pub(super) fn key<'l>(log: &Log<'l>, message: &str) -> Cow<'l, str> {
    if !log.event_id.is_empty() {
        return Cow::Borrowed(log.event_id);
    }
    let nanos = log.time.map_or(0, Timestamp::nanos);
    Cow::Owned(format!("{nanos} {}", log.body.text().unwrap_or(message)))
}

/// Says in the record for how many it stands.
pub(super) fn mark(rate: f64, log: &mut Log<'_>) {
    if rate < 1.0 {
        log.attribute(attribute::SAMPLE_RATE, Value::Double(rate));
    }
}

/// FNV-1a, and the last step of `MurmurHash3` behind it, since ids differ in their last digits only. Part of the
/// behaviour: another hash would keep other records.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash =
        bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_stays_is_the_rate_and_lower_rates_keep_a_part_of_it() {
        for rate in [0.0, 0.01, 0.1, 0.5, 0.9, 1.0] {
            let ids = (0..100_000).map(|n| format!("3811900201437682000000000000000000000000000000000{n:07}"));
            let kept = ids.filter(|id| keeps(rate, id)).count() as f64 / 100_000.0;
            assert!((kept - rate).abs() < 0.005, "{rate}: {kept}");
        }
        let kept = |rate| (0..1_000).map(|n| n.to_string()).filter(|id| keeps(rate, id)).collect::<Vec<_>>();
        let (few, many) = (kept(0.1), kept(0.3));
        assert!(few.iter().all(|id| many.contains(id)));
    }

    #[test]
    fn the_same_ids_stay_in_every_process_and_version() {
        let kept: Vec<_> = (0..40).filter(|n| keeps(0.2, &format!("event-{n}"))).collect();
        assert_eq!(kept, [2, 9, 10, 13, 21, 26, 37]);
    }
}
