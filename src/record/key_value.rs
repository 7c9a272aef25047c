//! Attributes of OTLP as they stand on the wire, borrowed.
//!
//! Source: opentelemetry-proto, `common/v1/common.proto`. A field that occurs twice counts as protobuf has it:
//! the last one stands, so nobody can hide a key or a value from us that a backend would see.

use crate::proto::{Error, Reader};

/// A `KeyValue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyValue<'a> {
    /// The key, not checked to be UTF-8.
    pub key: &'a [u8],
    /// The value.
    pub value: Value<'a>,
}

/// An `AnyValue`, as far as Fanin looks into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text, not checked to be UTF-8.
    Text(&'a [u8]),
    /// The bytes of a `KeyValueList`.
    List(&'a [u8]),
    /// Anything else.
    Other,
}

impl<'a> KeyValue<'a> {
    /// Reads a `KeyValue` message.
    ///
    /// # Errors
    /// When the bytes are no such message.
    pub fn read(message: &'a [u8]) -> Result<Self, Error> {
        let mut read = Self { key: b"", value: Value::Other };
        let mut fields = Reader::new(message);
        while let Some((number, field)) = fields.field()? {
            match number {
                1 => read.key = field.bytes()?,
                2 => read.value = any_value(field.bytes()?, read.value)?,
                _ => {}
            }
        }
        Ok(read)
    }

    /// The value when it is text in UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::Text(text) => std::str::from_utf8(text).ok(),
            Value::List(_) | Value::Other => None,
        }
    }
}

fn any_value<'a>(message: &'a [u8], mut value: Value<'a>) -> Result<Value<'a>, Error> {
    let mut fields = Reader::new(message);
    while let Some((number, field)) = fields.field()? {
        match number {
            1 => value = Value::Text(field.bytes()?),
            6 => value = Value::List(field.bytes()?),
            2..=5 | 7 | 8 => value = Value::Other,
            _ => {}
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Writer;

    #[test]
    fn the_last_of_several_keys_and_values_stands_as_in_every_protobuf_decoder() {
        let mut message = Writer::new();
        message.bytes_field(1, b"harmless");
        message.bytes_field(2, &[0x0a, 1, b'a']);
        message.bytes_field(1, b"tenant.id");
        message.bytes_field(2, &[0x0a, 1, b'b']);
        let read = KeyValue::read(message.as_slice()).unwrap();
        assert_eq!((read.key, read.text()), (&b"tenant.id"[..], Some("b")));
    }

    #[test]
    fn a_number_after_a_text_replaces_it() {
        let read = KeyValue::read(&[0x12, 5, 0x0a, 1, b'a', 0x18, 7]).unwrap();
        assert_eq!(read.value, Value::Other);
    }
}
