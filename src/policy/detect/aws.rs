//! Access key ids of AWS.

use super::bytes::{begins, run};

/// `AKIAIOSFODNN7EXAMPLE`: a prefix of four letters and 16 capitals and digits. New ids have the digits of base32 only,
/// older ones and those of AWS's own examples others as well, so all are taken.
/// Source: IAM user guide, "IAM identifiers", unique identifiers: `AKIA`, `ASIA` (temporary), `ABIA` (service bearer
/// token), `ACCA` (context-specific credential).
pub(super) fn key_id(text: &[u8], start: usize) -> Option<(usize, usize)> {
    const BYTES: usize = 20;
    let end = start + BYTES;
    let is_id = begins(text, start)
        && run(text, start, |b| b.is_ascii_uppercase() || b.is_ascii_digit()) == end
        && !text.get(end).is_some_and(u8::is_ascii_lowercase);
    is_id.then_some((start, end))
}
