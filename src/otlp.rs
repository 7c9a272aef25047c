//! Records into OTLP protobuf, without a struct in between.
//!
//! Source: opentelemetry-proto 1.x, `logs.proto`, `metrics.proto`, `common.proto`, `resource.proto`.

pub mod logs;
pub mod metrics;
pub mod passthrough;
mod schema;

use crate::proto::{Guess, Writer};
use crate::record::value::{Attribute, Value};

/// A chunk is closed once it is this large, so that a batch can be filled to its limit with little waste.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Name of the instrumentation scope of everything that Fanin writes.
pub const SCOPE_NAME: &str = "fanin";

/// Version of the instrumentation scope.
pub const SCOPE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// `ScopeLogs.scope` and `ScopeMetrics.scope`: field 1 of either.
pub fn write_scope(out: &mut Writer, encoding: &str) {
    const NAME: u32 = 1;
    const VERSION: u32 = 2;
    const ATTRIBUTES: u32 = 3;
    let scope = out.begin(1, Guess::Short);
    out.bytes_field(NAME, SCOPE_NAME.as_bytes());
    out.bytes_field(VERSION, SCOPE_VERSION.as_bytes());
    out.text_attribute(ATTRIBUTES, crate::record::attribute::ENCODING_FORMAT, encoding);
    out.end(scope);
}

/// A `KeyValue` as field `number`.
pub fn write_attribute(out: &mut Writer, number: u32, attribute: &Attribute<'_>) {
    if let Value::Text(text) = attribute.value {
        return out.text_attribute(number, attribute.key, text);
    }
    let key_value = out.begin(number, Guess::Short);
    out.bytes_field(1, attribute.key.as_bytes());
    write_value(out, 2, &attribute.value);
    out.end(key_value);
}

/// An `AnyValue` as field `number`.
pub fn write_value(out: &mut Writer, number: u32, value: &Value<'_>) {
    const TEXT: u32 = 1;
    const BOOL: u32 = 2;
    const INT: u32 = 3;
    const DOUBLE: u32 = 4;
    const LIST: u32 = 5;
    const MAP: u32 = 6;
    /// `ArrayValue.values` and `KeyValueList.values`.
    const VALUES: u32 = 1;
    let any_value = out.begin(
        number,
        if matches!(value, Value::Text(text) if text.len() > 120) { Guess::Medium } else { Guess::Short },
    );
    match *value {
        Value::Text(text) => out.bytes_field(TEXT, text.as_bytes()),
        Value::Bool(value) => out.varint_field(BOOL, u64::from(value)),
        Value::Int(value) => out.varint_field(INT, value.cast_unsigned()),
        Value::Double(value) => out.double_field(DOUBLE, value),
        Value::Null => {}
        Value::List(values) => {
            let list = out.begin(LIST, Guess::Short);
            values.iter().for_each(|value| write_value(out, VALUES, value));
            out.end(list);
        }
        Value::Map(members) => {
            let map = out.begin(MAP, Guess::Short);
            members.iter().for_each(|member| write_attribute(out, VALUES, member));
            out.end(map);
        }
    }
    out.end(any_value);
}
