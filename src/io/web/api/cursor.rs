//! Where a list goes on: a text that means nothing to those who hand it back.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// A place in a list as text.
pub(super) fn encode<T: Serialize>(place: &T) -> String {
    URL_SAFE_NO_PAD.encode_to_string(postcard::to_allocvec(place).unwrap_or_default())
}

/// The place that `encode` made a text of.
///
/// # Errors
/// When it did not.
pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(text).ok();
    bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok()).ok_or_else(|| {
        Refusal::bad_parameter("cursor", "is none that was given as \"next\"").hint("begin again without a cursor")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let place = (1_u64 << 40, "012345678901".to_owned());
        assert_eq!(decode::<(u64, String)>(&encode(&place)), Ok(place));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert!(decode::<(u64, String)>("?").is_err());
        assert!(decode::<(u64, String)>("").is_err());
        assert_eq!(decode::<u64>("!").unwrap_err().problem().code, "bad_parameter");
    }
}
