//! Finds secrets and personal data in a text.
//!
//! A text is gone over three times, each time far faster than a byte at a time: for literals that announce a secret, for
//! bytes without which there is no address and no JWT, and for runs of digits, of which a card number is too long to slip
//! between two looks. Almost every text ends there. Only around what was seen is looked any closer.
//!
//! What is seen by these three (`may_hold`) is also seen in every text of which the text is a part; so where a message
//! has nothing of it, no part of that message has, and the parts need not be looked at.

mod aws;
mod bytes;
mod card;
mod email;
mod name;
mod private_key;
mod token;

use std::sync::LazyLock;

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, MatchKind};

use crate::config::policy::Detector;
pub(super) use name::{Named, of_key, value_of};

/// A shorter text holds no secret that a literal announces, but for one that stands under a telling name.
const LITERAL_TEXT_BYTES_MIN: usize = 20;

/// A set of detectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detectors(u8);

impl Detectors {
    /// None.
    pub const NONE: Self = Self(0);
    /// All.
    pub const ALL: Self = Self(0b1_1111);

    /// Those, and one more.
    #[must_use]
    pub const fn with(self, detector: Detector) -> Self {
        Self(self.0 | 1 << detector as u8)
    }

    /// Those, without one.
    #[must_use]
    pub const fn without(self, detector: Detector) -> Self {
        Self(self.0 & !(1 << detector as u8))
    }

    /// Whether a detector is among them.
    #[must_use]
    pub const fn has(self, detector: Detector) -> bool {
        self.0 & (1 << detector as u8) != 0
    }

    const fn has_literals(self) -> bool {
        self.has(Detector::AwsKeys) || self.has(Detector::Tokens) || self.has(Detector::PrivateKeys)
    }

    const fn has_marks(self) -> bool {
        self.has(Detector::Emails) || self.has(Detector::Tokens)
    }
}

/// Something that must not leave, and where it stands. Begins and ends at characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last one.
    pub end: usize,
    /// What found it.
    pub detector: Detector,
}

/// What a literal announces.
#[derive(Clone, Copy, Debug)]
enum Sign {
    AwsKeyId,
    PrivateKey,
    Bearer,
    Name,
    Prefix(token::Prefix),
}

/// Every literal and what it announces. Four bytes at least, the first four as rare as can be: that is what the search
/// is made of, and at most 32, or it takes twice the time.
const LITERALS: [(&str, Sign); 32] = [
    ("AKIA", Sign::AwsKeyId),
    ("ASIA", Sign::AwsKeyId),
    ("ABIA", Sign::AwsKeyId),
    ("ACCA", Sign::AwsKeyId),
    ("IVATE KEY", Sign::PrivateKey),
    ("arer ", Sign::Bearer),
    ("ARER ", Sign::Bearer),
    ("oriz", Sign::Name),
    ("ORIZ", Sign::Name),
    ("oken", Sign::Name),
    ("OKEN", Sign::Name),
    ("ecret", Sign::Name),
    ("ECRET", Sign::Name),
    ("z-Sig", Sign::Name),
    ("z-sig", Sign::Name),
    ("ghp_", Sign::Prefix(token::GITHUB)),
    ("gho_", Sign::Prefix(token::GITHUB)),
    ("ghu_", Sign::Prefix(token::GITHUB)),
    ("ghs_", Sign::Prefix(token::GITHUB)),
    ("ghr_", Sign::Prefix(token::GITHUB)),
    ("b_pat_", Sign::Prefix(token::GITHUB_FINE_GRAINED)),
    ("glpat-", Sign::Prefix(token::GITLAB)),
    ("xoxa-", Sign::Prefix(token::SLACK)),
    ("xoxb-", Sign::Prefix(token::SLACK)),
    ("xoxp-", Sign::Prefix(token::SLACK)),
    ("xapp-", Sign::Prefix(token::SLACK)),
    ("k_live_", Sign::Prefix(token::STRIPE)),
    ("k_test_", Sign::Prefix(token::STRIPE)),
    ("whsec_", Sign::Prefix(token::STRIPE_WEBHOOK)),
    ("AIza", Sign::Prefix(token::GOOGLE_API)),
    ("ya29.", Sign::Prefix(token::GOOGLE_OAUTH)),
    ("npm_", Sign::Prefix(token::NPM)),
];

/// The literals, by SIMD where the machine has it.
#[derive(Debug)]
enum Literals {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Literals {
    fn new() -> Self {
        let literals = LITERALS.map(|(literal, _)| literal);
        match packed::Config::new().builder().extend(literals).build() {
            Some(searcher) => Self::Packed(searcher),
            None => {
                let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals);
                Self::Automaton(automaton.expect("32 short literals make a small automaton"))
            }
        }
    }

    fn next(&self, text: &[u8], from: usize) -> Option<(usize, Sign)> {
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(text, (from..text.len()).into()),
            Self::Automaton(automaton) => automaton.find(aho_corasick::Input::new(text).range(from..)),
        };
        found.map(|found| (found.start(), LITERALS[found.pattern().as_usize()].1))
    }
}

static SEARCH: LazyLock<Literals> = LazyLock::new(Literals::new);

/// Whether anything in the text calls for a closer look. Where it does not, it does not in any part of the text either.
#[must_use]
pub fn may_hold(text: &[u8], detectors: Detectors) -> bool {
    (detectors.has_literals() && text.len() >= LITERAL_TEXT_BYTES_MIN && SEARCH.next(text, 0).is_some())
        || (detectors.has_marks() && marks(text).next().is_some())
        || (detectors.has(Detector::Cards) && card::next(text, 0).is_some())
}

/// Appends what the detectors find, in no particular order; findings may overlap.
pub fn find(text: &str, detectors: Detectors, findings: &mut Vec<Finding>) {
    let text = text.as_bytes();
    let mut add = |(start, end), detector: Detector| {
        if detectors.has(detector) {
            findings.push(Finding { start, end, detector });
        }
    };
    if detectors.has_literals() && text.len() >= LITERAL_TEXT_BYTES_MIN {
        let (mut at, mut floor) = (0, 0);
        while let Some((hit, sign)) = SEARCH.next(text, at) {
            at = hit + 1;
            let found = if hit < floor { None } else { announced(text, hit, sign) };
            if let Some((range, detector)) = found {
                add(range, detector);
                floor = range.1;
                at = at.max(floor.min(text.len()));
            }
        }
    }
    if detectors.has_marks() {
        let mut floor = 0;
        for mark in marks(text) {
            if text[mark] == b'J' {
                if let Some(range) = token::jwt(text, mark, &mut floor) {
                    add(range, Detector::Tokens);
                }
            } else if let Some(range) = email::around(text, mark) {
                add(range, Detector::Emails);
            }
        }
    }
    if detectors.has(Detector::Cards) {
        let mut at = 0;
        while let Some(candidate) = card::next(text, at) {
            at = candidate.resume();
            card::numbers(text, &candidate, |range| add(range, Detector::Cards));
        }
    }
}

/// What a literal stands for, if the text around it bears it out.
fn announced(text: &[u8], hit: usize, sign: Sign) -> Option<((usize, usize), Detector)> {
    match sign {
        Sign::AwsKeyId => Some((aws::key_id(text, hit)?, Detector::AwsKeys)),
        Sign::PrivateKey => Some((private_key::block(text, hit)?, Detector::PrivateKeys)),
        Sign::Bearer => Some((token::bearer(text, hit)?, Detector::Tokens)),
        Sign::Name => name::value_behind(text, hit),
        Sign::Prefix(prefix) => Some((prefix.token(text, hit)?, Detector::Tokens)),
    }
}

/// Where an address or a JWT may be: `@`, `%40` in URLs, and the `J` of `eyJ`.
fn marks(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr3_iter(b'@', b'%', b'J', text).filter(|at| match text[*at] {
        b'@' => true,
        b'%' => text[at + 1..].starts_with(b"40"),
        _ => text[..*at].ends_with(b"ey"),
    })
}

#[cfg(test)]
mod tests;
