//! What stands in the place of what was removed: `[redacted:email]`, or `[email:1a2b3c4d5e6f]` where it is hashed.
//!
//! It has neither quotes nor backslashes, so JSON stays JSON, and what has the form of one is never replaced again.

use std::fmt;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::policy::{Action, Detector};

/// Bytes of a hash: 48 bits tell apart what one company logs, and are too few to be of use without the key.
const HASH_BYTES: usize = 6;

/// Name of values that are taken whole.
pub(super) const FIELD: &str = "field";

/// Name of what a detector finds.
pub(super) const fn name_of(detector: Detector) -> &'static str {
    match detector {
        Detector::AwsKeys => "aws_key",
        Detector::Tokens => "token",
        Detector::PrivateKeys => "private_key",
        Detector::Emails => "email",
        Detector::Cards => "card",
    }
}

/// Hashes with a key, so that nobody without it can try values out.
#[derive(Clone)]
pub(super) struct Hasher(Hmac<Sha256>);

impl Hasher {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    fn hash(&self, secret: &str) -> [u8; HASH_BYTES] {
        let mut hmac = self.0.clone();
        hmac.update(secret.as_bytes());
        let mut short = [0; HASH_BYTES];
        short.copy_from_slice(&hmac.finalize().into_bytes()[..HASH_BYTES]);
        short
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// Appends what stands in the place of a secret. Without a key a hash is a mask, and so is what would drop more than it can.
pub(super) fn write(out: &mut String, name: &str, action: Action, secret: &str, hasher: Option<&Hasher>) {
    match (action, hasher) {
        (Action::Hash, Some(hasher)) => {
            out.extend(["[", name, ":"]);
            for b in hasher.hash(secret) {
                out.push(char::from_digit(u32::from(b >> 4), 16).unwrap_or_default());
                out.push(char::from_digit(u32::from(b & 15), 16).unwrap_or_default());
            }
            out.push(']');
        }
        (Action::Hash | Action::Mask | Action::DropValue | Action::DropRecord, _) => {
            out.extend(["[redacted:", name, "]"]);
        }
    }
}

/// Where such marks stand in a text, in order. Only with names that are known: nothing can hide in one.
pub(super) fn marks(text: &str, is_known: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mark = |start: usize| {
        let word = |at: usize| {
            let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
            at + bytes[at..].iter().take_while(|b| is_word(b)).count()
        };
        let first = word(start + 1);
        if bytes.get(first) != Some(&b':') {
            return None;
        }
        let second = word(first + 1);
        if bytes.get(second) != Some(&b']') {
            return None;
        }
        let (before, behind) = (&text[start + 1..first], &text[first + 1..second]);
        let is_hash = behind.len() == 2 * HASH_BYTES && behind.bytes().all(|b| b.is_ascii_hexdigit());
        let is_mark = (before == "redacted" && is_known(behind)) || (is_known(before) && is_hash);
        is_mark.then_some(start..second + 1)
    };
    memchr::memchr_iter(b'[', bytes).filter_map(mark).collect()
}
