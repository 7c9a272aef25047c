//! Private keys in PEM (RFC 7468), also with their newlines escaped, and those that were cut off.

use memchr::{memchr, memmem};

/// The block whose first `PRIVATE KEY` has its `IVATE KEY` at `hit`. One that does not end goes to the end of the text,
/// or of the JSON string that it stands in.
pub(super) fn block(text: &[u8], hit: usize) -> Option<(usize, usize)> {
    /// From `-----BEGIN` to there: `-----BEGIN ENCRYPTED PR`.
    const HEAD_BYTES_MAX: usize = 40;
    let window = hit.saturating_sub(HEAD_BYTES_MAX);
    let start = window + memmem::rfind(&text[window..hit], b"-----BEGIN ")?;
    let string = memchr(b'"', &text[hit..]).map_or(text.len(), |quote| hit + quote);
    let end = match memmem::find(&text[hit..string], b"-----END ") {
        Some(foot) => foot_end(&text[..string], hit + foot),
        None => string - trailing_backslashes(&text[hit..string]),
    };
    Some((start, end))
}

fn foot_end(text: &[u8], foot: usize) -> usize {
    /// `-----END ENCRYPTED PRIVATE KEY-----`, and more.
    const FOOT_BYTES_MAX: usize = 48;
    let behind = foot + b"-----END ".len();
    let window = &text[behind..text.len().min(behind + FOOT_BYTES_MAX)];
    memmem::find(window, b"-----").map_or(behind, |at| behind + at + 5)
}

/// The escape of a quote stays with its quote.
fn trailing_backslashes(text: &[u8]) -> usize {
    text.iter().rev().take_while(|b| **b == b'\\').count()
}
