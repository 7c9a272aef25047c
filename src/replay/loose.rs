//! Values as they really come: numbers as text, null where something is documented, base64 without padding.

use bytes::Bytes;
use serde_json::Value;

use crate::time::Timestamp;

/// A number up to this is seconds since 1970, a greater one milliseconds. As seconds it lies in the year 5138, as
/// milliseconds in 1973.
const SECONDS_MAX: f64 = 1e11;

/// A moment as number or text, in seconds or milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "floats saturate, and are positive here")]
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| *number > 0.0)?;
    let millis = if number < SECONDS_MAX { number * 1_000.0 } else { number };
    Some(Timestamp::from_millis(millis.round() as u64))
}

/// A text, or a number as text; nothing for null and the empty text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Base64 with or without padding.
pub(super) fn base64(value: &Value) -> Option<Bytes> {
    base64_simd::forgiving_decode_to_vec(value.as_str()?.as_bytes()).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_may_be_seconds_milliseconds_or_text() {
        let expected = Some(Timestamp::from_millis(1_545_084_650_987));
        for given in [json!(1_545_084_650.987), json!(1_545_084_650_987_u64), json!("1545084650987")] {
            assert_eq!(moment(&given), expected, "{given}");
        }
        for given in [json!(null), json!("soon"), json!({}), json!(-1), json!(0), json!("NaN")] {
            assert_eq!(moment(&given), None, "{given}");
        }
    }

    #[test]
    fn base64_may_lack_its_padding() {
        assert_eq!(base64(&json!("SGVsbG8")).as_deref(), Some(b"Hello".as_slice()));
        assert_eq!(base64(&json!("SGVsbG8=")).as_deref(), Some(b"Hello".as_slice()));
        assert_eq!(base64(&json!("SGVsbG8*")), None);
    }
}
