//! The place of a record in a distributed trace, from whatever a logger, a runtime or a load balancer calls it.
//!
//! Identifiers that are malformed or all zero are not taken, and what held them stays an attribute. So does what says more
//! than the record's own fields can hold, such as the decimal ids of Datadog, by which people search.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::record::value::{Attribute, Value};

/// Place of a record in a distributed trace, by the identifiers of W3C Trace Context. Zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Trace id.
    pub trace_id: [u8; 16],
    /// Span id.
    pub span_id: [u8; 8],
    /// Trace flags; the lowest bit means sampled.
    pub flags: u8,
}

impl Trace {
    /// No trace.
    pub const NONE: Self = Self { trace_id: [0; 16], span_id: [0; 8], flags: 0 };

    /// Whether the record belongs to a trace.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.trace_id != [0; 16]
    }
}

/// The lowest bit of the flags.
const SAMPLED: u8 = 1;

/// Reads `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
///
/// Source: W3C Trace Context, "traceparent header": lower case; version `ff` and ids of zeros are invalid; version `00`
/// has nothing behind the flags; of later versions only the known front counts, and only the sampled flag.
#[must_use]
pub fn traceparent(text: &str) -> Option<Trace> {
    const LENGTH: usize = 55;
    let bytes = text.as_bytes();
    let front = bytes.get(..LENGTH)?;
    let lower = front.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    if !lower || front[2] != b'-' || front[35] != b'-' || front[52] != b'-' {
        return None;
    }
    let [version] = hex::<1>(&front[..2])?;
    let [flags] = hex::<1>(&front[53..])?;
    let flags = match (version, bytes.get(LENGTH)) {
        (0, None) => flags,
        (0, Some(_)) | (0xff, _) => return None,
        (_, None | Some(b'-')) => flags & SAMPLED,
        (_, Some(_)) => return None,
    };
    Some(Trace { trace_id: id(&front[3..35])?, span_id: id(&front[36..52])?, flags })
}

/// Reads `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`, in any order and with other
/// fields between, and the bare `1-5759e988-bd862e3fe1be46a994272793`, which loggers write with `@` and the segment's id as well.
///
/// Source: X-Ray developer guide, "Concepts", tracing header; X-Ray SDK for Java, "Trace ID injection into logs".
#[must_use]
pub fn xray(text: &str) -> Option<Trace> {
    let (trace, _) = xray_parts(text)?;
    Some(trace)
}

/// Whether a trace holds all that a text said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It does.
    All,
    /// The text said more.
    More,
}

/// What `xray` reads, and whether the trace holds all of it.
#[must_use]
pub fn xray_parts(text: &str) -> Option<(Trace, Said)> {
    let (mut trace, mut said) = (Trace::NONE, Said::All);
    for field in text.split(';') {
        match field.trim_ascii().split_once('=') {
            None | Some(("Root", _)) if trace.is_some() => said = Said::More,
            Some(("Root", root)) => trace.trace_id = xray_id(root)?,
            None => {
                let (root, segment) = field.trim_ascii().split_once('@').unwrap_or((field.trim_ascii(), ""));
                trace.trace_id = xray_id(root)?;
                trace.span_id = span_id(segment).unwrap_or_default();
            }
            Some(("Parent", parent)) => match span_id(parent) {
                Some(id) => trace.span_id = id,
                None => said = Said::More,
            },
            Some(("Sampled", "1")) => trace.flags = SAMPLED,
            Some(("Sampled", "0")) => trace.flags = 0,
            Some(_) => said = Said::More,
        }
    }
    trace.is_some().then_some((trace, said))
}

/// `1-5759e988-bd862e3fe1be46a994272793`: the two parts joined are the id of W3C.
fn xray_id(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    if bytes.len() != 35 || !bytes.starts_with(b"1-") || bytes[10] != b'-' {
        return None;
    }
    let (seconds, random) = (hex::<4>(&bytes[2..10])?, hex::<12>(&bytes[11..])?);
    let mut id = [0; 16];
    id[..4].copy_from_slice(&seconds);
    id[4..].copy_from_slice(&random);
    (id != [0; 16]).then_some(id)
}

/// A trace id: 32 hexadecimal digits in any case, or an id of X-Ray.
#[must_use]
pub fn trace_id(text: &str) -> Option<[u8; 16]> {
    id(text.as_bytes()).or_else(|| xray_id(text))
}

/// A span id: 16 hexadecimal digits in any case.
#[must_use]
pub fn span_id(text: &str) -> Option<[u8; 8]> {
    id(text.as_bytes())
}

/// Hexadecimal digits, not all of them zero.
fn id<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    hex(digits).filter(|id| *id != [0; N])
}

fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    };
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// What a member of a message tells of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The header of W3C.
    Traceparent,
    /// A trace id, or a map that holds it as `id`.
    TraceId,
    /// A span id, or a map that holds it as `id`.
    SpanId,
    /// Trace flags, two hexadecimal digits or a number.
    Flags,
    /// Whether the trace is sampled.
    Sampled,
    /// Header or id of X-Ray.
    Xray,
    /// Trace id of Datadog: 64 bits in decimal, or 128 in hexadecimal digits.
    DatadogTrace,
    /// Span id of Datadog, in decimal.
    DatadogSpan,
    /// A map of Datadog's `trace_id` and `span_id`.
    Datadog,
    /// Resource name of a trace in Google Cloud.
    Google,
}

/// The names that members have for it, compared without case.
///
/// Sources: W3C Trace Context; OpenTelemetry, "Trace Context in non-OTLP Log Formats" and its logging instrumentations;
/// Elastic Common Schema; Serilog's compact format; Zipkin B3; X-Ray SDKs and Powertools for AWS Lambda; Datadog,
/// "Correlate logs and traces"; Google Cloud Logging, "Structured logging".
pub const FIELDS: &[(&str, Field)] = &[
    ("traceparent", Field::Traceparent),
    ("trace_id", Field::TraceId),
    ("traceid", Field::TraceId),
    ("trace-id", Field::TraceId),
    ("trace.id", Field::TraceId),
    ("trace", Field::TraceId),
    ("oteltraceid", Field::TraceId),
    ("otel.trace_id", Field::TraceId),
    ("@tr", Field::TraceId),
    ("x-b3-traceid", Field::TraceId),
    ("span_id", Field::SpanId),
    ("spanid", Field::SpanId),
    ("span-id", Field::SpanId),
    ("span.id", Field::SpanId),
    ("span", Field::SpanId),
    ("otelspanid", Field::SpanId),
    ("otel.span_id", Field::SpanId),
    ("@sp", Field::SpanId),
    ("x-b3-spanid", Field::SpanId),
    ("logging.googleapis.com/spanid", Field::SpanId),
    ("trace_flags", Field::Flags),
    ("traceflags", Field::Flags),
    ("trace.flags", Field::Flags),
    ("trace_sampled", Field::Sampled),
    ("oteltracesampled", Field::Sampled),
    ("logging.googleapis.com/trace_sampled", Field::Sampled),
    ("xray_trace_id", Field::Xray),
    ("xraytraceid", Field::Xray),
    ("xray-trace-id", Field::Xray),
    ("aws-xray-trace-id", Field::Xray),
    ("x-amzn-trace-id", Field::Xray),
    ("x_amzn_trace_id", Field::Xray),
    ("_x_amzn_trace_id", Field::Xray),
    ("dd.trace_id", Field::DatadogTrace),
    ("dd.span_id", Field::DatadogSpan),
    ("dd", Field::Datadog),
    ("logging.googleapis.com/trace", Field::Google),
];

/// Members that may tell of the trace, until all of them are known.
#[derive(Debug)]
pub struct Members<'a>(Vec<'a, (Field, Attribute<'a>)>);

impl<'a> Members<'a> {
    /// None yet. Allocates only when the first is added.
    #[must_use]
    pub fn new(bump: &'a Bump) -> Self {
        Self(Vec::new_in(bump))
    }

    /// Adds one.
    pub fn add(&mut self, field: Field, member: Attribute<'a>) {
        self.0.push((field, member));
    }

    /// Makes the trace of them. Members that it does not represent exactly go to `rest`; so do all, where none names a
    /// trace, since a span without a trace is nobody's.
    pub fn settle(self, trace: &mut Trace, rest: &mut Vec<'a, Attribute<'a>>) {
        if self.0.is_empty() {
            return;
        }
        let found = self.found();
        if found.is_some() {
            *trace = found;
        }
        let told =
            |(field, member): &(Field, Attribute<'a>)| found.is_some() && represents(&found, *field, member.value);
        rest.extend(self.0.into_iter().filter(|member| !told(member)).map(|(_, member)| member));
    }

    fn found(&self) -> Trace {
        let each = |read: fn(Field, Value<'a>) -> Option<Trace>| {
            self.0.iter().find_map(move |(field, member)| read(*field, member.value))
        };
        // The ids of the span that wrote the line are its own; a header names the span that called it.
        let Some(base) = each(named_trace).or_else(|| each(header)) else { return Trace::NONE };
        let same = each(header).filter(|header| header.trace_id == base.trace_id).unwrap_or(base);
        let span_id = self.0.iter().find_map(|(field, member)| span(*field, member.value)).unwrap_or(same.span_id);
        let flags = self.0.iter().find_map(|(field, member)| flags(*field, member.value)).unwrap_or(same.flags);
        Trace { trace_id: base.trace_id, span_id, flags }
    }
}

/// A trace id, as the only thing that a member tells.
fn named_trace(field: Field, value: Value<'_>) -> Option<Trace> {
    let trace_id = match field {
        Field::TraceId => trace_id(id_text(value)?)?,
        Field::DatadogTrace => datadog_trace(value)?,
        Field::Datadog => datadog_trace(value.get("trace_id")?)?,
        Field::Google => trace_id(value.text()?.rsplit_once("traces/")?.1)?,
        Field::Traceparent | Field::SpanId | Field::Flags | Field::Sampled | Field::Xray | Field::DatadogSpan => {
            return None;
        }
    };
    Some(Trace { trace_id, ..Trace::NONE })
}

/// A header, which tells of trace, span and flags.
fn header(field: Field, value: Value<'_>) -> Option<Trace> {
    match field {
        Field::Traceparent => traceparent(value.text()?),
        Field::Xray => xray(value.text()?),
        Field::TraceId
        | Field::SpanId
        | Field::Flags
        | Field::Sampled
        | Field::DatadogTrace
        | Field::DatadogSpan
        | Field::Datadog
        | Field::Google => None,
    }
}

fn span(field: Field, value: Value<'_>) -> Option<[u8; 8]> {
    match field {
        Field::SpanId => span_id(id_text(value)?),
        Field::DatadogSpan => datadog_span(value),
        Field::Datadog => datadog_span(value.get("span_id")?),
        Field::Traceparent
        | Field::TraceId
        | Field::Flags
        | Field::Sampled
        | Field::Xray
        | Field::DatadogTrace
        | Field::Google => None,
    }
}

fn flags(field: Field, value: Value<'_>) -> Option<u8> {
    match (field, value) {
        (Field::Flags, Value::Int(number)) => u8::try_from(number).ok(),
        (Field::Flags, Value::Text(text)) => hex::<1>(text.as_bytes()).map(|[flags]| flags),
        (Field::Sampled, Value::Bool(is)) => Some(u8::from(is)),
        (Field::Sampled, Value::Text(text)) if text.eq_ignore_ascii_case("true") => Some(SAMPLED),
        (Field::Sampled, Value::Text(text)) if text.eq_ignore_ascii_case("false") => Some(0),
        _ => None,
    }
}

/// A text, or that of `id` in a map. Source: Elastic Common Schema, "Tracing fields", nested.
fn id_text(value: Value<'_>) -> Option<&str> {
    value.text().or_else(|| value.get("id")?.text())
}

fn datadog_trace(value: Value<'_>) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    match value.text().and_then(trace_id) {
        Some(whole) => id = whole,
        None => id[8..].copy_from_slice(&datadog_span(value)?),
    }
    Some(id)
}

/// 64 bits in decimal.
fn datadog_span(value: Value<'_>) -> Option<[u8; 8]> {
    let number: u64 = match value {
        Value::Text(text) => text.parse().ok()?,
        Value::Int(number) => u64::try_from(number).ok()?,
        Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => return None,
    };
    (number != 0).then_some(number.to_be_bytes())
}

/// Whether the trace says all that the member says.
fn represents(trace: &Trace, field: Field, value: Value<'_>) -> bool {
    let alone = value.text().is_some() || value.map().len() == 1;
    match field {
        Field::Traceparent => {
            value.text().is_some_and(|text| text.starts_with("00")) && header(field, value) == Some(*trace)
        }
        Field::TraceId => alone && id_text(value).and_then(trace_id) == Some(trace.trace_id),
        Field::SpanId => alone && span(field, value) == Some(trace.span_id),
        Field::Flags => flags(field, value) == Some(trace.flags),
        Field::Sampled => flags(field, value) == Some(trace.flags & SAMPLED),
        Field::Xray => value.text().and_then(xray_parts).is_some_and(|(told, said)| {
            let bare = !value.text().is_some_and(|text| text.contains('='));
            let span = told.span_id == trace.span_id || (bare && told.span_id == [0; 8]);
            said == Said::All && told.trace_id == trace.trace_id && span && (bare || told.flags == trace.flags)
        }),
        Field::DatadogTrace | Field::DatadogSpan | Field::Datadog | Field::Google => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: [u8; 16] =
        [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
    const SPAN: [u8; 8] = [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];
    const TRACE: Trace = Trace { trace_id: ID, span_id: SPAN, flags: 1 };

    #[test]
    fn traceparent_follows_the_rules_of_w3c() {
        assert_eq!(traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), Some(TRACE));
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
        assert_eq!(traceparent(later), Some(TRACE));
        assert_eq!(traceparent(&format!("{later}-what-the-future-will-be")), Some(TRACE));
        for no_header in [
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
            "00-0af7651916cd43dd8448eb211c80319cb7ad6b7169203331--01",
            "",
        ] {
            assert_eq!(traceparent(no_header), None, "{no_header}");
        }
    }

    #[test]
    fn the_two_parts_of_an_xray_id_are_joined() {
        let text = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1";
        assert_eq!(xray(text), Some(TRACE));
        let unsampled = Trace { span_id: [0; 8], flags: 0, ..TRACE };
        assert_eq!(xray("1-0af76519-16cd43dd8448eb211c80319c"), Some(unsampled));
        assert_eq!(
            xray("Self=1-67891234-12456789abcdef012345678;Root=1-0af76519-16cd43dd8448eb211c80319c"),
            Some(unsampled)
        );
        assert_eq!(xray("1-0af76519-16cd43dd8448eb211c80319c@b7ad6b7169203331"), Some(Trace { flags: 0, ..TRACE }));
        for no_id in [
            "Root=2-0af76519-16cd43dd8448eb211c80319c",
            "1-00000000-000000000000000000000000",
            "1-0af76519-16cd43dd8448eb211c80319",
            "1-0af76519\u{e9}16cd43dd8448eb211c80319",
            "Parent=b7ad6b7169203331",
            "-",
            "",
        ] {
            assert_eq!(xray(no_id), None, "{no_id}");
        }
    }

    /// The trace of members, and the names of those that stay.
    fn settled(members: &[(&'static str, Value<'static>)]) -> (Trace, std::vec::Vec<String>) {
        let bump = Bump::new();
        let (mut given, mut rest) = (Members::new(&bump), Vec::new_in(&bump));
        for (key, value) in members {
            let named = FIELDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            given.add(named.unwrap().1, Attribute { key, value: *value });
        }
        let mut trace = Trace::NONE;
        given.settle(&mut trace, &mut rest);
        (trace, rest.iter().map(|member| member.key.to_owned()).collect())
    }

    #[test]
    fn members_that_the_trace_represents_are_taken_out() {
        let id = Value::Text("0af7651916cd43dd8448eb211c80319c");
        let span = Value::Text("b7ad6b7169203331");
        let taken: [&[(&str, Value<'_>)]; 6] = [
            &[("trace_id", id), ("span_id", span), ("trace_flags", Value::Text("01"))],
            &[("otelTraceID", id), ("otelSpanID", span), ("otelTraceSampled", Value::Bool(true))],
            &[("traceparent", Value::Text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))],
            &[("traceId", id), ("spanId", span), ("trace_flags", Value::Int(1))],
            &[
                (
                    "trace",
                    Value::Map(&[Attribute { key: "id", value: Value::Text("0af7651916cd43dd8448eb211c80319c") }]),
                ),
                ("span.id", span),
                ("trace_sampled", Value::Text("true")),
            ],
            &[(
                "_X_AMZN_TRACE_ID",
                Value::Text("Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"),
            )],
        ];
        for members in taken {
            assert_eq!(settled(members), (TRACE, vec![]), "{members:?}");
        }
    }

    #[test]
    fn members_that_say_more_than_the_trace_stay() {
        let id = Value::Text("0af7651916cd43dd8448eb211c80319c");
        let google = Value::Text("projects/acme/traces/0af7651916cd43dd8448eb211c80319c");
        let unsampled = Trace { span_id: [0; 8], flags: 0, ..TRACE };
        assert_eq!(
            settled(&[("logging.googleapis.com/trace", google)]),
            (unsampled, vec!["logging.googleapis.com/trace".to_owned()])
        );
        let lineage = Value::Text("Root=1-0af76519-16cd43dd8448eb211c80319c;Lineage=1:ab:0");
        assert_eq!(settled(&[("X-Amzn-Trace-Id", lineage)]), (unsampled, vec!["X-Amzn-Trace-Id".to_owned()]));
        let caller = Value::Text("00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01");
        let own = [("traceparent", caller), ("trace_id", id), ("span_id", Value::Text("b7ad6b7169203331"))];
        assert_eq!(settled(&own), (TRACE, vec!["traceparent".to_owned()]));
        let decimal = [("dd.trace_id", Value::Text("1311768467294899695")), ("dd.span_id", Value::Int(2))];
        let (trace, rest) = settled(&decimal);
        assert_eq!((&trace.trace_id[..8], u64::from_be_bytes(trace.span_id)), (&[0; 8][..], 2));
        assert_eq!(trace.trace_id[8..], 1_311_768_467_294_899_695_u64.to_be_bytes());
        assert_eq!(rest, ["dd.trace_id", "dd.span_id"]);
    }

    #[test]
    fn malformed_and_zero_ids_and_spans_without_a_trace_stay_attributes() {
        let cases: [&[(&str, Value<'_>)]; 4] = [
            &[("trace_id", Value::Text("00000000000000000000000000000000"))],
            &[("trace_id", Value::Text("0af7651916cd43dd8448eb211c80319")), ("trace_flags", Value::Text("01"))],
            &[("span_id", Value::Text("b7ad6b7169203331"))],
            &[("trace", Value::Bool(true))],
        ];
        for members in cases {
            let names: std::vec::Vec<_> = members.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(settled(members), (Trace::NONE, names));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,80}", id in "[0-9a-fA-F=;@-]{0,80}") {
            for text in [&text, &id] {
                let _ = (traceparent(text), xray(text), trace_id(text), span_id(text));
            }
        }
    }
}
