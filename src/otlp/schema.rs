//! Checks OTLP messages that go on byte for byte, and counts what is in them.
//!
//! A message that a receiver cannot decode would make it refuse the whole request, the data of other accounts with it.
//! So known fields must have their types and texts be UTF-8; unknown fields are let through.
//! Source: opentelemetry-proto, `common/v1`, `resource/v1`, `logs/v1` and `metrics/v1`.

use self::Kind::{Bytes, Fixed32, Fixed64, Fixed64s, Nested, Text, Varint, Varints};
use crate::id::Signal;
use crate::proto::{self, Field, Reader};

/// The deepest nesting that goes on. Receivers built on prost or protobuf for C++ stop at 100.
pub(super) const DEPTH_MAX: usize = 90;

/// Why a message would be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Proto(#[from] proto::Error),
    #[error("a text is not UTF-8")]
    Text,
    #[error("nested deeper than {DEPTH_MAX} messages")]
    TooDeep,
}

/// Checks a `ResourceLogs` or `ResourceMetrics` message and counts its log records or data points.
pub(super) fn check(signal: Signal, entry: &[u8]) -> Result<u32, Error> {
    match signal {
        Signal::Logs => message(entry, &RESOURCE_LOGS, 1),
        Signal::Metrics => message(entry, &RESOURCE_METRICS, 1),
    }
}

struct Message {
    counted: Counted,
    fields: &'static [(u64, Kind)],
}

#[derive(Clone, Copy)]
enum Counted {
    /// A log record or a data point.
    Record,
    /// A part of one, or what holds them.
    Part,
}

enum Kind {
    Nested(&'static Message),
    Text,
    Bytes,
    Varint,
    Fixed32,
    Fixed64,
    /// Repeated fixed64, packed or not.
    Fixed64s,
    /// Repeated varints, packed or not.
    Varints,
}

fn message(bytes: &[u8], schema: &Message, depth: usize) -> Result<u32, Error> {
    if depth > DEPTH_MAX {
        return Err(Error::TooDeep);
    }
    let mut records = match schema.counted {
        Counted::Record => 1,
        Counted::Part => 0,
    };
    let mut fields = Reader::new(bytes);
    while let Some((number, field)) = fields.field()? {
        if let Some((_, kind)) = schema.fields.iter().find(|(known, _)| *known == number) {
            records += value(field, kind, depth)?;
        }
    }
    Ok(records)
}

fn value(field: Field<'_>, kind: &Kind, depth: usize) -> Result<u32, Error> {
    match (kind, field) {
        (Nested(schema), Field::Bytes(bytes)) => return message(bytes, schema, depth + 1),
        (Text, Field::Bytes(bytes)) => drop(simdutf8::basic::from_utf8(bytes).map_err(|_| Error::Text)?),
        (Fixed64s, Field::Bytes(bytes)) if bytes.len() % 8 == 0 => {}
        (Varints, Field::Bytes(bytes)) => {
            let mut packed = Reader::new(bytes);
            while !packed.rest().is_empty() {
                let _ = packed.varint()?;
            }
        }
        (Bytes, Field::Bytes(_))
        | (Varint | Varints, Field::Varint(_))
        | (Fixed32, Field::Fixed32(_))
        | (Fixed64 | Fixed64s, Field::Fixed64(_)) => {}
        _ => return Err(proto::Error::Type.into()),
    }
    Ok(0)
}

const fn part(fields: &'static [(u64, Kind)]) -> Message {
    Message { counted: Counted::Part, fields }
}

const fn record(fields: &'static [(u64, Kind)]) -> Message {
    Message { counted: Counted::Record, fields }
}

static ANY_VALUE: Message = part(&[
    (1, Text),
    (2, Varint),
    (3, Varint),
    (4, Fixed64),
    (5, Nested(&ARRAY_VALUE)),
    (6, Nested(&KEY_VALUE_LIST)),
    (7, Bytes),
    (8, Varint),
]);
static ARRAY_VALUE: Message = part(&[(1, Nested(&ANY_VALUE))]);
static KEY_VALUE_LIST: Message = part(&[(1, Nested(&KEY_VALUE))]);
static KEY_VALUE: Message = part(&[(1, Text), (2, Nested(&ANY_VALUE)), (3, Varint)]);
static SCOPE: Message = part(&[(1, Text), (2, Text), (3, Nested(&KEY_VALUE)), (4, Varint)]);
static ENTITY_REF: Message = part(&[(1, Text), (2, Text), (3, Text), (4, Text)]);
static RESOURCE: Message = part(&[(1, Nested(&KEY_VALUE)), (2, Varint), (3, Nested(&ENTITY_REF))]);

static RESOURCE_LOGS: Message = part(&[(1, Nested(&RESOURCE)), (2, Nested(&SCOPE_LOGS)), (3, Text)]);
static SCOPE_LOGS: Message = part(&[(1, Nested(&SCOPE)), (2, Nested(&LOG_RECORD)), (3, Text)]);
static LOG_RECORD: Message = record(&[
    (1, Fixed64),
    (2, Varint),
    (3, Text),
    (5, Nested(&ANY_VALUE)),
    (6, Nested(&KEY_VALUE)),
    (7, Varint),
    (8, Fixed32),
    (9, Bytes),
    (10, Bytes),
    (11, Fixed64),
    (12, Text),
]);

static RESOURCE_METRICS: Message = part(&[(1, Nested(&RESOURCE)), (2, Nested(&SCOPE_METRICS)), (3, Text)]);
static SCOPE_METRICS: Message = part(&[(1, Nested(&SCOPE)), (2, Nested(&METRIC)), (3, Text)]);
static METRIC: Message = part(&[
    (1, Text),
    (2, Text),
    (3, Text),
    (5, Nested(&GAUGE)),
    (7, Nested(&SUM)),
    (9, Nested(&HISTOGRAM)),
    (10, Nested(&EXPONENTIAL_HISTOGRAM)),
    (11, Nested(&SUMMARY)),
    (12, Nested(&KEY_VALUE)),
]);
static GAUGE: Message = part(&[(1, Nested(&NUMBER_POINT))]);
static SUM: Message = part(&[(1, Nested(&NUMBER_POINT)), (2, Varint), (3, Varint)]);
static HISTOGRAM: Message = part(&[(1, Nested(&HISTOGRAM_POINT)), (2, Varint)]);
static EXPONENTIAL_HISTOGRAM: Message = part(&[(1, Nested(&EXPONENTIAL_POINT)), (2, Varint)]);
static SUMMARY: Message = part(&[(1, Nested(&SUMMARY_POINT))]);
static NUMBER_POINT: Message = record(&[
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Nested(&EXEMPLAR)),
    (6, Fixed64),
    (7, Nested(&KEY_VALUE)),
    (8, Varint),
]);
static HISTOGRAM_POINT: Message = record(&[
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Fixed64),
    (6, Fixed64s),
    (7, Fixed64s),
    (8, Nested(&EXEMPLAR)),
    (9, Nested(&KEY_VALUE)),
    (10, Varint),
    (11, Fixed64),
    (12, Fixed64),
]);
static EXPONENTIAL_POINT: Message = record(&[
    (1, Nested(&KEY_VALUE)),
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Fixed64),
    (6, Varint),
    (7, Fixed64),
    (8, Nested(&BUCKETS)),
    (9, Nested(&BUCKETS)),
    (10, Varint),
    (11, Nested(&EXEMPLAR)),
    (12, Fixed64),
    (13, Fixed64),
    (14, Fixed64),
]);
static BUCKETS: Message = part(&[(1, Varint), (2, Varints)]);
static SUMMARY_POINT: Message = record(&[
    (2, Fixed64),
    (3, Fixed64),
    (4, Fixed64),
    (5, Fixed64),
    (6, Nested(&QUANTILE)),
    (7, Nested(&KEY_VALUE)),
    (8, Varint),
]);
static QUANTILE: Message = part(&[(1, Fixed64), (2, Fixed64)]);
static EXEMPLAR: Message =
    part(&[(2, Fixed64), (3, Fixed64), (4, Bytes), (5, Bytes), (6, Fixed64), (7, Nested(&KEY_VALUE))]);
