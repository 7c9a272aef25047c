//! JSON read where it stands: a scanner that borrows, for the envelopes and messages of the hot path.
//!
//! It takes what RFC 8259 takes, and control characters inside strings as well, since some producers
//! leave them bare. Lone surrogates become U+FFFD. Nesting is bounded.

use std::ops::Range;

use bumpalo::Bump;
use memchr::memchr2;

/// The deepest nesting that is read. serde_json's own limit, and far more than any record has.
pub const DEPTH_MAX: usize = 128;

/// Why a text is not the JSON it should be, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text ends too early.
    #[error("JSON ends too early, at byte {at}")]
    Truncated {
        /// Where.
        at: usize,
    },
    /// Something else than what must stand there.
    #[error("expected {expected} at byte {at}")]
    Expected {
        /// What must stand there.
        expected: &'static str,
        /// Where.
        at: usize,
    },
    /// Nested deeper than `DEPTH_MAX`.
    #[error("JSON is nested deeper than {DEPTH_MAX} levels, at byte {at}")]
    TooDeep {
        /// Where.
        at: usize,
    },
}

/// The kind of a value, told from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `"`
    Text,
    /// `-` or a digit.
    Number,
    /// `{`
    Object,
    /// `[`
    Array,
    /// `t` or `f`
    Bool,
    /// `n`
    Null,
}

/// Reads one text from front to back.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The text with its escapes resolved; borrowed where there are none.
    #[must_use]
    pub fn resolve(self, bump: &'a Bump) -> &'a str {
        if self.escaped { unescape(self.raw, bump) } else { self.raw }
    }

    /// The text, where it has no escapes.
    #[must_use]
    pub const fn plain(self) -> Option<&'a str> {
        if self.escaped { None } else { Some(self.raw) }
    }
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte of `text`.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that is read next.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The text between two positions of this scanner.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> &'a str {
        &self.text[range]
    }

    /// Whether nothing but white space is left; skips it.
    pub fn at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// Kind of the value that comes next.
    ///
    /// # Errors
    /// When no value can start there.
    pub fn kind(&mut self) -> Result<Kind, Error> {
        match self.peek()? {
            b'"' => Ok(Kind::Text),
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b't' | b'f' => Ok(Kind::Bool),
            b'n' => Ok(Kind::Null),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            _ => Err(self.expected("a value")),
        }
    }

    /// Enters an object. Follow with `next_key` until it gives `None`.
    ///
    /// # Errors
    /// When no object starts there.
    pub fn open_object(&mut self) -> Result<(), Error> {
        self.take(b'{', "'{'")
    }

    /// The next key of the object that was entered; `first` before the first one. Leaves the object at its end.
    ///
    /// # Errors
    /// When neither a member nor the end stands there.
    pub fn next_key(&mut self, first: &mut bool) -> Result<Option<Text<'a>>, Error> {
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(None);
        }
        if !std::mem::take(first) {
            self.take(b',', "',' or '}'")?;
        }
        let key = self.string()?;
        self.take(b':', "':'")?;
        Ok(Some(key))
    }

    /// Enters an array. Follow with `next_item` until it gives `false`.
    ///
    /// # Errors
    /// When no array starts there.
    pub fn open_array(&mut self) -> Result<(), Error> {
        self.take(b'[', "'['")
    }

    /// Whether another item follows in the array that was entered; `first` before the first one. Leaves the array at its end.
    ///
    /// # Errors
    /// When neither an item nor the end stands there.
    pub fn next_item(&mut self, first: &mut bool) -> Result<bool, Error> {
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.take(b',', "',' or ']'")?;
        }
        Ok(true)
    }

    /// Reads a string.
    ///
    /// # Errors
    /// When there is none, or it does not end.
    pub fn string(&mut self) -> Result<Text<'a>, Error> {
        self.take(b'"', "a string")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(found) = quote_or_backslash(rest) else {
                return Err(Error::Truncated { at: self.text.len() });
            };
            self.at += found;
            if rest[found] == b'"' {
                let raw = &self.text[start..self.at];
                self.at += 1;
                return Ok(Text { raw, escaped });
            }
            escaped = true;
            // The escaped character may be wide; only its first byte is skipped, which is never `"` or `\` then.
            self.at += 2;
        }
    }

    /// Reads a string and resolves its escapes in the same pass, into `bump`; borrows where there are none.
    ///
    /// # Errors
    /// When there is no string, or it does not end.
    pub fn resolved_string(&mut self, bump: &'a Bump) -> Result<&'a str, Error> {
        Ok(self.string()?.resolve(bump))
    }

    /// Reads a number and gives its text.
    ///
    /// # Errors
    /// When there is none.
    pub fn number(&mut self) -> Result<&'a str, Error> {
        self.skip_space();
        let bytes = &self.text.as_bytes()[self.at..];
        let length = bytes.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        let text = &self.text[self.at..self.at + length];
        if !is_number(text.as_bytes()) {
            return Err(self.expected("a number"));
        }
        self.at += length;
        Ok(text)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// When there is neither.
    pub fn boolean(&mut self) -> Result<bool, Error> {
        self.skip_space();
        for (word, value) in [("true", true), ("false", false)] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("true or false"))
    }

    /// Reads `null`.
    ///
    /// # Errors
    /// When there is none.
    pub fn null(&mut self) -> Result<(), Error> {
        self.skip_space();
        if !self.text[self.at..].starts_with("null") {
            return Err(self.expected("null"));
        }
        self.at += "null".len();
        Ok(())
    }

    /// Passes over one value, checks its shape, and gives its text.
    ///
    /// # Errors
    /// When there is none, or it is broken.
    pub fn skip_value(&mut self) -> Result<&'a str, Error> {
        self.skip_space();
        let start = self.at;
        self.skip_nested(0)?;
        Ok(&self.text[start..self.at])
    }

    fn skip_nested(&mut self, depth: usize) -> Result<(), Error> {
        if depth > DEPTH_MAX {
            return Err(Error::TooDeep { at: self.at });
        }
        let mut first = true;
        match self.kind()? {
            Kind::Text => self.string().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::Bool => self.boolean().map(drop),
            Kind::Null => self.null(),
            Kind::Object => {
                self.open_object()?;
                while self.next_key(&mut first)?.is_some() {
                    self.skip_nested(depth + 1)?;
                }
                Ok(())
            }
            Kind::Array => {
                self.open_array()?;
                while self.next_item(&mut first)? {
                    self.skip_nested(depth + 1)?;
                }
                Ok(())
            }
        }
    }

    fn skip_space(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Result<u8, Error> {
        self.skip_space();
        self.text.as_bytes().get(self.at).copied().ok_or(Error::Truncated { at: self.at })
    }

    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Error> {
        if self.peek()? != byte {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn expected(&self, expected: &'static str) -> Error {
        if self.at >= self.text.len() {
            Error::Truncated { at: self.at }
        } else {
            Error::Expected { expected, at: self.at }
        }
    }
}

/// `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?`
fn is_number(text: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned[0] == b'0') {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

/// Resolves the escapes of a string that stands in valid UTF-8; the result is never longer.
/// An escape that JSON does not know stays as it is.
fn unescape<'a>(raw: &str, bump: &'a Bump) -> &'a str {
    let source = raw.as_bytes();
    let target = bump.alloc_slice_fill_copy(source.len(), 0_u8);
    let (mut from, mut to) = (0, 0);
    while from < source.len() {
        // A word is copied before it is known how much of it is wanted: what is too much is written over.
        if let Some(word) = source[from..].first_chunk::<WORD>() {
            target[to..to + WORD].copy_from_slice(word);
            let plain = plain_bytes(u64::from_le_bytes(*word));
            (from, to) = (from + plain, to + plain);
            if plain == WORD {
                continue;
            }
        }
        if source[from] == b'\\' {
            let (taken, given) = escape(&source[from..], &mut target[to..]);
            (from, to) = (from + taken, to + given);
        } else {
            target[to] = source[from];
            (from, to) = (from + 1, to + 1);
        }
    }
    simdutf8::basic::from_utf8(&target[..to]).expect("whole characters went in, whole characters came out")
}

/// Bytes that are looked at together.
const WORD: usize = 8;

/// How many bytes of a word stand before its first backslash.
const fn plain_bytes(word: u64) -> usize {
    marks(word, b'\\').trailing_zeros() as usize / 8
}

/// Marks the bytes of a word that are `byte`, the first of them rightly: such a byte becomes zero, and subtracting one from
/// it borrows from the next, which may be marked wrongly.
const fn marks(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; WORD]);
    let zeros = word ^ u64::from_le_bytes([byte; WORD]);
    zeros.wrapping_sub(ONES) & !zeros & (ONES << 7)
}

/// Where the next quote or backslash stands. Most strings, and most runs between escapes, are shorter than what a search by
/// SIMD takes to begin.
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const NEAR_WORDS: usize = 4;
    let mut at = 0;
    while at < NEAR_WORDS * WORD {
        let Some(word) = bytes[at..].first_chunk::<WORD>() else { break };
        let word = u64::from_le_bytes(*word);
        let found = marks(word, b'"') | marks(word, b'\\');
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += WORD;
    }
    memchr2(b'"', b'\\', &bytes[at..]).map(|far| at + far)
}

/// Resolves the escape at the front: bytes taken and given.
fn escape(source: &[u8], target: &mut [u8]) -> (usize, usize) {
    let resolved = match source.get(1) {
        Some(b'"') => b'"',
        Some(b'\\') => b'\\',
        Some(b'n') => b'\n',
        Some(b'/') => b'/',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'u') => return unicode_escape(source, target),
        Some(_) | None => b'\\',
    };
    target[0] = resolved;
    let known = resolved != b'\\' || source.get(1) == Some(&b'\\');
    (if known { 2 } else { 1 }, 1)
}

/// `\uXXXX`, a pair of them for a character outside the basic plane, or U+FFFD for half a pair.
fn unicode_escape(source: &[u8], target: &mut [u8]) -> (usize, usize) {
    let Some(unit) = hex_unit(source) else {
        target[0] = b'\\';
        return (1, 1);
    };
    let low = hex_unit(source.get(6..).unwrap_or_default());
    let (character, taken) = match (unit, low) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            (char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)), 12)
        }
        _ => (char::from_u32(unit), 6),
    };
    (taken, character.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(target).len())
}

fn hex_unit(source: &[u8]) -> Option<u32> {
    let digits = source.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resolved(json: &str) -> Result<String, Error> {
        let bump = Bump::new();
        let text = Scanner::new(json).string()?;
        Ok(text.resolve(&bump).into())
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(
            resolved(r#""a\"b\\c\/d\b\f\n\r\t\u00e9\ud83d\ude00""#),
            Ok("a\"b\\c/d\u{8}\u{c}\n\r\t\u{e9}\u{1f600}".into())
        );
    }

    #[test]
    fn half_a_surrogate_pair_becomes_a_replacement_character() {
        assert_eq!(resolved(r#""\ud83d-\ude00""#), Ok("\u{fffd}-\u{fffd}".into()));
        assert_eq!(resolved(r#""\ud83d\u0041""#), Ok("\u{fffd}A".into()));
    }

    #[test]
    fn unknown_escapes_stay_as_they_are() {
        assert_eq!(resolved(r#""\x41 \u12 \""#), Err(Error::Truncated { at: 13 }));
        assert_eq!(resolved(r#""\x41 \u12g4 \u00fc""#), Ok("\\x41 \\u12g4 \u{fc}".into()));
    }

    #[test]
    fn errors_name_the_byte() {
        assert_eq!(Scanner::new("[1, tru]").skip_value(), Err(Error::Expected { expected: "true or false", at: 4 }));
        assert_eq!(Scanner::new("{\"a\":").skip_value(), Err(Error::Truncated { at: 5 }));
        assert_eq!(Scanner::new("01").skip_value(), Err(Error::Expected { expected: "a number", at: 0 }));
        let deep = "[".repeat(DEPTH_MAX + 2);
        assert_eq!(Scanner::new(&deep).skip_value(), Err(Error::TooDeep { at: DEPTH_MAX + 1 }));
    }

    proptest! {
        #[test]
        fn any_string_survives_serde_json_and_back(text in prop_oneof![".{0,200}", "[\\\\\"\n\t a-z\u{e9}]{0,100}"]) {
            let json = serde_json::to_string(&text).expect("a string is always JSON");
            prop_assert_eq!(resolved(&json), Ok(text));
        }

        #[test]
        fn no_text_makes_it_panic(text in r#"[\[\]{},:"\\a-f0-9u.eE+-]{0,60}"#) {
            let bump = Bump::new();
            let _result = Scanner::new(&text).skip_value();
            let _result = Scanner::new(&text).string().map(|text| text.resolve(&bump).len());
        }

        #[test]
        fn what_serde_json_takes_is_taken_whole(text in r#"[\[\]{},:"\\a-f0-9 .eE+-]{0,40}"#) {
            if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
                let mut scanner = Scanner::new(&text);
                prop_assert!(scanner.skip_value().is_ok(), "{}", text);
                prop_assert!(scanner.at_end());
            }
        }
    }
}
