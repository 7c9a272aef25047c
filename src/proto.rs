//! Protobuf on the wire: a reader that borrows and a writer that never copies a field twice.
//!
//! Source: Protocol Buffers documentation, "Encoding".

/// Wire type of varints.
const VARINT: u64 = 0;
/// Wire type of eight bytes.
const FIXED64: u64 = 1;
/// Wire type of length-delimited fields.
const BYTES: u64 = 2;
/// Wire type of four bytes.
const FIXED32: u64 = 5;

/// Why bytes are not the protobuf message they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Ends inside a field.
    #[error("ends inside a field")]
    Truncated,
    /// A varint of more than ten bytes or 64 bits.
    #[error("a varint is longer than 64 bits")]
    Varint,
    /// A field number of zero or a wire type that does not exist.
    #[error("field {number} has wire type {wire_type}, which cannot be")]
    Tag {
        /// The field number.
        number: u64,
        /// The wire type.
        wire_type: u64,
    },
    /// A known field with another wire type than its own.
    #[error("a field has another type than expected")]
    Type,
}

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1: fixed64 and double.
    Fixed64(u64),
    /// Wire type 2: bytes, text and messages.
    Bytes(&'a [u8]),
    /// Wire type 5: fixed32 and float.
    Fixed32(u32),
}

impl<'a> Field<'a> {
    /// The bytes of a length-delimited field.
    ///
    /// # Errors
    /// When the field has another wire type.
    pub fn bytes(self) -> Result<&'a [u8], Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed64(_) | Self::Fixed32(_) => Err(Error::Type),
        }
    }

    /// The value of a varint field.
    ///
    /// # Errors
    /// When the field has another wire type.
    pub fn varint(self) -> Result<u64, Error> {
        match self {
            Self::Varint(value) => Ok(value),
            Self::Bytes(_) | Self::Fixed64(_) | Self::Fixed32(_) => Err(Error::Type),
        }
    }

    /// The value of a fixed64 field.
    ///
    /// # Errors
    /// When the field has another wire type.
    pub fn fixed64(self) -> Result<u64, Error> {
        match self {
            Self::Fixed64(value) => Ok(value),
            Self::Bytes(_) | Self::Varint(_) | Self::Fixed32(_) => Err(Error::Type),
        }
    }

    /// The value of a double field.
    ///
    /// # Errors
    /// When the field has another wire type.
    pub fn double(self) -> Result<f64, Error> {
        self.fixed64().map(f64::from_bits)
    }
}

/// Reads the fields of one message, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `message`, which is a message without tag or length.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Field number and value of the next field; `None` at the end.
    ///
    /// # Errors
    /// When the bytes are not a protobuf field.
    pub fn field(&mut self) -> Result<Option<(u64, Field<'a>)>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let (number, wire_type) = (tag >> 3, tag & 7);
        let field = match wire_type {
            VARINT => Field::Varint(self.varint()?),
            FIXED64 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            BYTES => Field::Bytes(self.delimited()?),
            FIXED32 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Error::Tag { number, wire_type }),
        };
        if number == 0 {
            return Err(Error::Tag { number, wire_type });
        }
        Ok(Some((number, field)))
    }

    /// The bytes that were not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// One varint without a tag, as before each message of a delimited stream.
    ///
    /// # Errors
    /// When it ends early or is longer than 64 bits.
    pub fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for (index, byte) in self.rest.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            if index == 9 && bits > 1 {
                return Err(Error::Varint);
            }
            value |= bits << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 { Error::Truncated } else { Error::Varint })
    }

    /// A length and as many bytes.
    ///
    /// # Errors
    /// When it ends early.
    pub fn delimited(&mut self) -> Result<&'a [u8], Error> {
        let length = usize::try_from(self.varint()?).map_err(|_| Error::Truncated)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*bytes)
    }
}

/// Writes messages into one growing buffer.
///
/// Fields follow proto3: a caller leaves out what has its default value. Nested messages of unknown
/// size are opened with `begin` and closed with `end`, which fills in the shortest length.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

/// An open nested message: where its length belongs, and how many bytes were kept for it.
#[derive(Debug)]
#[must_use = "a nested message must be ended"]
pub struct Open {
    length_at: usize,
    width: usize,
}

/// How long a nested message will probably be; a wrong guess costs one move of its bytes, nothing else.
#[derive(Clone, Copy, Debug)]
pub enum Guess {
    /// Under 128 bytes.
    Short,
    /// Under 16 KiB.
    Medium,
    /// Under 2 MiB.
    Long,
}

impl Writer {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// An empty buffer with room for that many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes) }
    }

    /// Bytes written so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// What was written.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.out
    }

    /// Takes what was written.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.out
    }

    /// Forgets everything after the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.out.truncate(length);
    }

    /// Empties the buffer and keeps its room.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// Appends bytes that are encoded already.
    pub fn raw(&mut self, encoded: &[u8]) {
        self.out.extend_from_slice(encoded);
    }

    /// A varint without a tag.
    #[expect(clippy::cast_possible_truncation, reason = "the low byte is what is written")]
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    /// A field of wire type 0.
    pub fn varint_field(&mut self, number: u32, value: u64) {
        self.tag(number, VARINT);
        self.varint(value);
    }

    /// A fixed64 field.
    pub fn fixed64_field(&mut self, number: u32, value: u64) {
        self.tag(number, FIXED64);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// A fixed32 field.
    pub fn fixed32_field(&mut self, number: u32, value: u32) {
        self.tag(number, FIXED32);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// A double field.
    pub fn double_field(&mut self, number: u32, value: f64) {
        self.fixed64_field(number, value.to_bits());
    }

    /// A field of bytes, text, or a message that is encoded already.
    pub fn bytes_field(&mut self, number: u32, bytes: &[u8]) {
        self.tag(number, BYTES);
        self.varint(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    /// Tag and length of a field whose `length` bytes the caller writes next.
    pub fn header(&mut self, number: u32, length: usize) {
        self.tag(number, BYTES);
        self.varint(length as u64);
    }

    /// Opens a nested message.
    pub fn begin(&mut self, number: u32, guess: Guess) -> Open {
        self.tag(number, BYTES);
        let width = match guess {
            Guess::Short => 1,
            Guess::Medium => 2,
            Guess::Long => 3,
        };
        let length_at = self.out.len();
        self.out.resize(length_at + width, 0);
        Open { length_at, width }
    }

    /// Closes the nested message that was opened last.
    #[expect(clippy::cast_possible_truncation, reason = "the low byte is what is written")]
    #[expect(clippy::needless_pass_by_value, reason = "an open message is ended once")]
    pub fn end(&mut self, open: Open) {
        let start = open.length_at + open.width;
        let length = self.out.len() - start;
        let width = varint_len(length as u64);
        if width > open.width {
            let _ = self.out.splice(start..start, std::iter::repeat_n(0, width - open.width));
        } else if width < open.width {
            let _ = self.out.drain(open.length_at + width..start);
        }
        let mut rest = length;
        for byte in &mut self.out[open.length_at..open.length_at + width] {
            *byte = rest as u8 | 0x80;
            rest >>= 7;
        }
        self.out[open.length_at + width - 1] &= 0x7f;
    }

    /// An attribute with a text value, as field `number` of type `KeyValue`.
    pub fn text_attribute(&mut self, number: u32, key: &str, value: &str) {
        let any_value = 1 + varint_len(value.len() as u64) + value.len();
        let key_value = 1 + varint_len(key.len() as u64) + key.len() + 1 + varint_len(any_value as u64) + any_value;
        self.tag(number, BYTES);
        self.varint(key_value as u64);
        self.bytes_field(1, key.as_bytes());
        self.tag(2, BYTES);
        self.varint(any_value as u64);
        self.bytes_field(1, value.as_bytes());
    }

    /// A `Resource.attributes` field with a text value.
    pub fn resource_attribute(&mut self, key: &str, value: &str) {
        self.text_attribute(1, key, value);
    }

    fn tag(&mut self, number: u32, wire_type: u64) {
        self.varint(u64::from(number) << 3 | wire_type);
    }
}

/// Bytes that a varint takes.
#[must_use]
pub const fn varint_len(value: u64) -> usize {
    match value.checked_ilog2() {
        Some(bits) => bits as usize / 7 + 1,
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_message_gets_the_shortest_length_whatever_was_guessed() {
        for guess in [Guess::Short, Guess::Medium, Guess::Long] {
            for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
                let mut guessed = Writer::new();
                let open = guessed.begin(1, guess);
                guessed.raw(&vec![7; length]);
                guessed.end(open);
                let mut known = Writer::new();
                known.bytes_field(1, &vec![7; length]);
                assert_eq!(guessed.as_slice(), known.as_slice(), "{guess:?}, {length}");
            }
        }
    }

    #[test]
    fn a_reader_reports_where_bytes_are_no_message() {
        assert_eq!(Reader::new(&[0x0a, 5, 1]).field(), Err(Error::Truncated));
        assert_eq!(Reader::new(&[0x0f]).field(), Err(Error::Tag { number: 1, wire_type: 7 }));
        assert_eq!(Reader::new(&[0xff; 11]).field(), Err(Error::Varint));
        assert_eq!(Reader::new(&[]).field(), Ok(None));
    }
}
