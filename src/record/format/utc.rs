//! Times that are written without a zone, or with the name of it, by services that write UTC.

use crate::record::log::Log;
use crate::time::{Subsecond, Timestamp, parse_rfc3339};

/// Reads `2017-08-10 15:37:23.476` as UTC.
pub fn parse(text: &str) -> Option<(Timestamp, Subsecond)> {
    const LENGTH_MAX: usize = 31;
    let mut zoned = [0; LENGTH_MAX + 1];
    zoned.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    *zoned.get_mut(text.len())? = b'Z';
    parse_rfc3339(std::str::from_utf8(zoned.get(..=text.len())?).ok()?)
}

/// Takes a time of that form into the record, where it is finer than a second.
pub fn take(text: &str, log: &mut Log<'_>) {
    if let Some((time, Subsecond::Given)) = parse(text) {
        log.finer_time(time);
    }
}

/// Whether the bytes are of the shape, in which `0` stands for any digit and everything else for itself.
pub fn is_shaped(bytes: &[u8], shape: &[u8]) -> bool {
    bytes.len() >= shape.len()
        && shape.iter().zip(bytes).all(|(wanted, byte)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => other == byte,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc_and_one_with_a_zone_is_none() {
        let millis = |text| parse(text).map(|(time, _)| time.millis());
        assert_eq!(millis("2020-03-05 16:30:36.114"), Some(1_583_425_836_114));
        assert_eq!(millis("2020-03-05 16:30:36Z"), None);
        assert_eq!(millis(""), None);
        assert_eq!(millis(&"1".repeat(40)), None);
    }
}
