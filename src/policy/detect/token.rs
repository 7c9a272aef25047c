//! Tokens: JWTs, bearer tokens, and those of services that give theirs a prefix.

use super::bytes::{begins, is_base64url, run};

/// A prefix by which a service marks its tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix {
    /// What stands before the literal that was searched for, one of these.
    before: &'static [&'static str],
    /// Length of the literal.
    literal: usize,
    /// Whether `-`, `_` and `.` are of the token, besides letters and digits.
    marks: &'static [u8],
    /// The least bytes behind the prefix.
    min: usize,
}

/// Source: GitHub docs, "About authentication to GitHub", token formats: 36 letters and digits.
pub(super) const GITHUB: Prefix = Prefix { before: &[""], literal: 4, marks: b"", min: 36 };
/// Source: the same: `github_pat_`, 82 bytes.
pub(super) const GITHUB_FINE_GRAINED: Prefix = Prefix { before: &["githu"], literal: 6, marks: b"_", min: 22 };
/// Source: GitLab docs, "Token overview": `glpat-` and at least 20 bytes.
pub(super) const GITLAB: Prefix = Prefix { before: &[""], literal: 6, marks: b"-_.", min: 20 };
/// Source: Slack API, "Token types".
pub(super) const SLACK: Prefix = Prefix { before: &[""], literal: 5, marks: b"-", min: 10 };
/// Source: Stripe docs, "API keys": secret and restricted keys.
pub(super) const STRIPE: Prefix = Prefix { before: &["s", "r"], literal: 7, marks: b"", min: 16 };
/// Source: Stripe docs, "Webhooks".
pub(super) const STRIPE_WEBHOOK: Prefix = Prefix { before: &[""], literal: 6, marks: b"", min: 24 };
/// Source: Google Cloud docs, "API keys": 39 bytes in all.
pub(super) const GOOGLE_API: Prefix = Prefix { before: &[""], literal: 4, marks: b"-_", min: 35 };
/// Source: Google Identity docs, access tokens.
pub(super) const GOOGLE_OAUTH: Prefix = Prefix { before: &[""], literal: 5, marks: b"-_", min: 20 };
/// Source: npm docs, "About access tokens": 36 letters and digits.
pub(super) const NPM: Prefix = Prefix { before: &[""], literal: 4, marks: b"", min: 36 };

impl Prefix {
    /// The token whose literal stands at `hit`.
    pub(super) fn token(&self, text: &[u8], hit: usize) -> Option<(usize, usize)> {
        let before = self.before.iter().find(|before| text[..hit].ends_with(before.as_bytes()))?;
        let start = hit - before.len();
        let behind = hit + self.literal;
        let end = run(text, behind, |b| b.is_ascii_alphanumeric() || self.marks.contains(&b));
        (end - behind >= self.min && begins(text, start)).then_some((start, end))
    }
}

/// A JWT by the `J` of its `eyJ`: two parts of base64url and a third, or a cut off second that begins as claims do.
/// Source: RFC 7519, and RFC 7516 for those of five parts. `floor` keeps long runs from being gone over again.
pub(super) fn jwt(text: &[u8], mark: usize, floor: &mut usize) -> Option<(usize, usize)> {
    const HEADER_BYTES_MIN: usize = 12;
    const CLAIMS_BYTES_MIN: usize = 4;
    let start = mark - 2;
    if start < *floor {
        return None;
    }
    let header = run(text, start, is_base64url);
    *floor = header;
    if header - start < HEADER_BYTES_MIN || text.get(header) != Some(&b'.') || !begins(text, start) {
        return None;
    }
    let claims = run(text, header + 1, is_base64url);
    let has_third = text.get(claims) == Some(&b'.');
    if claims - header <= CLAIMS_BYTES_MIN || !(has_third || text[header + 1..].starts_with(b"eyJ")) {
        return None;
    }
    let end = run(text, claims, |b| is_base64url(b) || b == b'.');
    // A full stop behind it may end the sentence; as the end of an empty third part it tells nothing either.
    let end = if text[..end].ends_with(b".") { end - 1 } else { end };
    *floor = end;
    Some((start, end))
}

/// What stands behind `Bearer `, by the `arer ` of it. In the middle of a text only what looks like a token: long, and
/// not only letters.
pub(super) fn bearer(text: &[u8], hit: usize) -> Option<(usize, usize)> {
    const BYTES_MIN: usize = 16;
    const LOOKED_AT_BYTES: usize = 64;
    let head = text[..hit].len().checked_sub(2)?;
    if !text[head..hit].eq_ignore_ascii_case(b"be") || !begins(text, head) {
        return None;
    }
    let start = run(text, hit + 5, |b| b == b' ');
    let end = run(text, start, is_token68);
    let has_digit = text[start..end].iter().take(LOOKED_AT_BYTES).any(u8::is_ascii_digit);
    (end - start >= BYTES_MIN && has_digit).then_some((start, end))
}

/// Source: RFC 9110, section 11.2, `token68`.
pub(super) const fn is_token68(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}
