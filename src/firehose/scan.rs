//! A JSON scanner that looks at every byte once and copies none: most of a Firehose body is base64 text to be passed over.
//!
//! Not here: whether strings are UTF-8 or free of control characters; whoever uses a string finds out.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;

use super::Error;

/// Members that nobody asked for are passed over to this depth.
const DEPTH_MAX: usize = 64;

/// A cursor over JSON text.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

/// A string as it stands in the text, without its quotes.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// Whether it holds backslashes.
    pub(super) escaped: bool,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Reads an object; `member` must read the value of each key.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &Text) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.nested(b'{', b'}', "an object", |scanner| {
            let key = scanner.string("a key")?;
            scanner.expect(b':', "a colon")?;
            member(scanner, &key)
        })
    }

    /// Reads an array; `element` must read each element.
    pub(super) fn array(&mut self, element: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.nested(b'[', b']', "an array", element)
    }

    /// Reads a string.
    pub(super) fn string(&mut self, expected: &'static str) -> Result<Text, Error> {
        self.expect(b'"', expected)?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let found = memchr2(b'"', b'\\', &self.text[self.at..]).ok_or_else(|| self.error("the end of a string"))?;
            self.at += found + 1;
            if self.text[self.at - 1] == b'"' {
                return Ok(Text { range: start..self.at - 1, escaped });
            }
            escaped = true;
            if self.at == self.text.len() {
                return Err(self.error("the end of a string"));
            }
            self.at += 1;
        }
    }

    /// Passes over any value and tells where it stood.
    pub(super) fn value(&mut self) -> Result<Range<usize>, Error> {
        let first = self.peek().ok_or_else(|| self.error("a value"))?;
        let start = self.at;
        match first {
            b'{' => self.object(|scanner, _| scanner.value().map(drop))?,
            b'[' => self.array(|scanner| scanner.value().map(drop))?,
            b'"' => self.string("a string").map(|_| ())?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        }
        Ok(start..self.at)
    }

    /// How far the text was read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is not white space, not yet taken.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        let space = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += space;
        rest.get(space).copied()
    }

    /// Nothing but white space may be left.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("the end of the body")),
        }
    }

    /// The bytes of a string, without escapes.
    pub(super) fn unescaped(&self, text: &Text) -> Result<Cow<'a, [u8]>, Error> {
        let raw = &self.text[text.range.clone()];
        if !text.escaped {
            return Ok(Cow::Borrowed(raw));
        }
        // The JSON library knows all escapes; strings with escapes are rare here.
        let quoted = &self.text[text.range.start - 1..=text.range.end];
        let plain: String =
            serde_json::from_slice(quoted).map_err(|_| Error::Escape { offset: text.range.start - 1 })?;
        Ok(Cow::Owned(plain.into_bytes()))
    }

    fn nested(
        &mut self,
        open: u8,
        close: u8,
        expected: &'static str,
        mut part: impl FnMut(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.expect(open, expected)?;
        if self.depth == DEPTH_MAX {
            return Err(Error::TooDeep { limit: DEPTH_MAX });
        }
        self.depth += 1;
        if self.peek() == Some(close) {
            self.at += 1;
        } else {
            loop {
                part(self)?;
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(byte) if byte == close => break self.at += 1,
                    Some(_) | None => return Err(self.error("a comma or the end of the list")),
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Error> {
        if self.peek() != Some(byte) {
            return Err(self.error(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Error> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.error("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// `-`, digits without leading zeros, a fraction, an exponent.
    /// Source: RFC 8259, section 6.
    fn number(&mut self) -> Result<(), Error> {
        let _ = self.one_of(b"-");
        if !self.one_of(b"0") {
            self.digits()?;
        }
        if self.one_of(b".") {
            self.digits()?;
        }
        if self.one_of(b"eE") {
            let _ = self.one_of(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        let count = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.error("a value"));
        }
        self.at += count;
        Ok(())
    }

    fn one_of(&mut self, bytes: &[u8]) -> bool {
        let found = self.text.get(self.at).is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(found);
        found
    }

    const fn error(&self, expected: &'static str) -> Error {
        Error::Json { expected, offset: self.at }
    }
}
