//! Card numbers: known issuer, right length, right check digit.
//!
//! Times and account ids are no cards: milliseconds since 1970 begin with 1, and account ids have 12 digits.

use super::bytes::{escape_len, run_back};

/// The fewest digits of a card.
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;

/// Digits that may hold a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    start: usize,
    end: usize,
    grouped: bool,
}

impl Candidate {
    /// Where the next one may begin: of groups, the first may be none of a card that the others are of.
    pub(super) const fn resume(&self) -> usize {
        if self.grouped { self.start + 4 } else { self.end }
    }
}

/// The next candidate from `from` on. Wherever a card is, there is one; so there is in every text that the card's is a part of.
///
/// Looks at eight bytes at once, and then six further on: of 13 bytes in a row, eight are looked at together.
pub(super) fn next(text: &[u8], from: usize) -> Option<Candidate> {
    const WINDOW: usize = 8;
    const STEP: usize = DIGITS_MIN - WINDOW + 1;
    /// Digits, space and `-` are of the 32 bytes from 0x20 on, and letters are not.
    const HIGH_BITS: u64 = 0xe0e0_e0e0_e0e0_e0e0;
    const HIGH_BITS_OF_NUMBERS: u64 = 0x2020_2020_2020_2020;
    let mut at = from;
    while let Some(window) = text[at.min(text.len())..].first_chunk::<WINDOW>() {
        let word = u64::from_le_bytes(*window);
        let may_be_number = word & HIGH_BITS == HIGH_BITS_OF_NUMBERS && !has(word, b'.') && !has(word, b':');
        if !may_be_number || !window.iter().all(|b| is_of_number(*b)) {
            at += STEP;
            continue;
        }
        match first_candidate(text, run_back(text, at, at - from, is_of_number)) {
            Ok(candidate) => return Some(candidate),
            Err(end) => at = end,
        }
    }
    None
}

/// Whether one of eight bytes is this one: what is subtracted then borrows from the byte above.
const fn has(word: u64, b: u8) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let same = word ^ (EACH * b as u64);
    same.wrapping_sub(EACH) & !same & (EACH << 7) != 0
}

/// Digits, and what may separate them.
const fn is_of_number(b: u8) -> bool {
    b.is_ascii_digit() || matches!(b, b' ' | b'-')
}

/// The first candidate of the digits and separators from `start` on, or where they end.
fn first_candidate(text: &[u8], start: usize) -> Result<Candidate, usize> {
    let (mut at, mut digits) = (start, 0);
    loop {
        let b = text.get(at).copied().unwrap_or_default();
        if b.is_ascii_digit() {
            digits += 1;
        } else if digits >= DIGITS_MIN && text[at - digits..=at - DIGITS_MIN].iter().any(|b| (b'2'..=b'6').contains(b))
        {
            return Ok(Candidate { start: at - digits, end: at, grouped: false });
        } else if digits >= 4
            && let Some(end) = groups_behind(text, at)
        {
            return Ok(Candidate { start: at - 4, end, grouped: true });
        } else if !is_of_number(b) {
            return Err(at);
        } else {
            digits = 0;
        }
        at += 1;
    }
}

/// Groups as they stand on cards, behind one that ends at `at`: `4-4-4-4`, `4-4-4-4-3`, `4-6-5`, `4-6-4`. The end of the
/// shortest. The first and last group may have more digits: a part of the text may begin or end within them.
fn groups_behind(text: &[u8], at: usize) -> Option<usize> {
    let separator = text.get(at).filter(|b| matches!(b, b' ' | b'-'))?;
    let group = |at: usize, length: usize| {
        let behind = at + 1 + length;
        let fits = text.get(at) == Some(separator) && text.get(at + 1..behind)?.iter().all(u8::is_ascii_digit);
        fits.then_some(behind)
    };
    let fours = || group(group(group(at, 4)?, 4)?, 4);
    let six = || group(group(at, 6)?, 4);
    fours().or_else(six)
}

/// The card numbers of a candidate.
pub(super) fn numbers(text: &[u8], candidate: &Candidate, mut found: impl FnMut((usize, usize))) {
    if !candidate.grouped {
        // Behind `\u0026`, whose digits are none of the number.
        let escape = if text[..candidate.start].ends_with(b"\\u") { 4 } else { 0 };
        let (start, end) = (candidate.start + escape, candidate.end);
        if begins(text, start) && ends(text, end) && start < end && is_card(&text[start..end]) {
            found((start, end));
        }
        return;
    }
    let (start, separator) = (candidate.start, text[candidate.start + 4]);
    let shapes: [&[usize]; 4] = [&[4, 4, 4, 3], &[4, 4, 4], &[6, 5], &[6, 4]];
    let card = shapes.iter().find_map(|shape| {
        let end = shape.iter().try_fold(start + 4, |at, length| {
            let behind = at + 1 + length;
            let group = text.get(at + 1..behind)?;
            (text[at] == separator && group.iter().all(u8::is_ascii_digit)).then_some(behind)
        })?;
        let apart = |at: Option<usize>| at.and_then(|at| text.get(at)) != Some(&separator) || separator == b' ';
        let alone = begins(text, start) && ends(text, end) && apart(start.checked_sub(1)) && apart(Some(end));
        (alone && is_card(&text[start..end])).then_some((start, end))
    });
    if let Some(card) = card {
        found(card);
    }
}

fn begins(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    match before {
        [.., b'0'..=b'9', b'.'] => false,
        [.., last] if last.is_ascii_alphanumeric() => escape_len(before) > 0,
        _ => true,
    }
}

fn ends(text: &[u8], end: usize) -> bool {
    match &text[end..] {
        [b'.', digit, ..] => !digit.is_ascii_digit(),
        [next, ..] => !next.is_ascii_alphanumeric(),
        [] => true,
    }
}

/// Whether the digits, whatever separates them, are a card's.
pub(in crate::policy) fn is_card(text: &[u8]) -> bool {
    let mut digits = [0_u8; DIGITS_MAX];
    let mut count = 0;
    for digit in text.iter().filter(|b| b.is_ascii_digit()) {
        let Some(place) = digits.get_mut(count) else { return false };
        *place = digit - b'0';
        count += 1;
    }
    count >= DIGITS_MIN && has_issuer(&digits, count) && luhn(&digits[..count])
}

/// Source: ISO/IEC 7812 issuer ranges, as the networks publish them.
fn has_issuer(digits: &[u8; DIGITS_MAX], count: usize) -> bool {
    let first = |length: usize| digits[..length].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    match (first(1), first(2), first(3), first(4)) {
        // Visa.
        (4, ..) => matches!(count, 13 | 16 | 19),
        // Mastercard.
        (_, 51..=55, ..) | (_, _, _, 2221..=2720) => count == 16,
        // American Express.
        (_, 34 | 37, ..) => count == 15,
        // Diners Club.
        (_, 36 | 38 | 39, ..) | (_, _, 300..=305, _) => matches!(count, 14 | 16),
        // JCB, Discover, UnionPay.
        (_, _, _, 3528..=3589) | (_, 65 | 62, ..) | (_, _, 644..=649, _) | (_, _, _, 6011) => count >= 16,
        _ => false,
    }
}

/// Source: ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(if place % 2 == 1 { doubled(*digit) } else { *digit }))
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}
