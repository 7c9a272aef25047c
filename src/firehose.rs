//! The Firehose HTTP endpoint's contract as text: its request taken apart, its answer written.
//!
//! Source: Amazon Data Firehose developer guide, "HTTP endpoint delivery request and response specifications".

mod requests;

use std::ops::Range;
use std::time::Duration;

use bumpalo::Bump;
use bytes::Bytes;
use memchr::memchr;
use serde::Serialize;

use crate::delivery::FirehoseBody;
use crate::json::{self, Kind, Scanner};
use crate::time::Timestamp;

pub use requests::{Fingerprint, Known, RequestKey, Requests};

/// Records that AWS puts into one request at most.
pub const RECORDS_MAX: usize = 10_000;

/// Characters of an error message that AWS reads.
pub const ERROR_MESSAGE_CHARS_MAX: usize = 8_192;

/// Bytes of a request id at most. AWS sends a GUID of 36; ids are kept to know retries by.
pub const REQUEST_ID_BYTES_MAX: usize = 256;

/// Numbers below this are seconds, as emulators send them: as milliseconds it is a day in 1973.
const SECONDS_BELOW: u64 = 100_000_000_000;

/// Why a body is not a Firehose request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not UTF-8, and so not JSON.
    #[error("the body is not UTF-8")]
    Utf8,
    /// Not JSON, or not of this shape.
    #[error("the body is not a Firehose request: {0}")]
    Json(#[from] json::Error),
    /// More than one value.
    #[error("the body goes on after its end, at byte {at}")]
    Trailing {
        /// Where.
        at: usize,
    },
    /// A member is not there.
    #[error("the body has no member {member:?}")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// A member stands there twice.
    #[error("the body has the member {member:?} twice")]
    Twice {
        /// Its name.
        member: &'static str,
    },
    /// A request id that nobody would make.
    #[error("\"requestId\" has {given_bytes} bytes, more than {REQUEST_ID_BYTES_MAX}")]
    RequestId {
        /// Its length.
        given_bytes: usize,
    },
    /// A time that is none.
    #[error("\"timestamp\" is neither a number of milliseconds nor such a number as text")]
    Timestamp,
    /// More records than one request may hold.
    #[error("the body has more than {limit} records")]
    TooManyRecords {
        /// The limit.
        limit: usize,
    },
}

/// Takes a request body apart: `{"requestId":"...","timestamp":...,"records":[{"data":"<base64>"}]}`.
///
/// Members stand in any order, unknown ones are passed over. The base64 text stays where it is and is not looked at; only
/// when some of it holds JSON escapes (`\/`) is it copied without them. A record without a `data` string keeps its place
/// with its whole JSON text, which is no base64, so that it is rejected alone and its neighbours are delivered.
///
/// # Errors
/// When the body is not JSON of that shape or has more than `RECORDS_MAX` records.
pub fn parse(body: Bytes) -> Result<FirehoseBody, Error> {
    let text = simdutf8::basic::from_utf8(&body).map_err(|_| Error::Utf8)?;
    let members = Members::read(text)?;
    let request_id = members.request_id.ok_or(Error::Missing { member: "requestId" })?;
    let timestamp = members.timestamp.ok_or(Error::Missing { member: "timestamp" })?;
    let records = members.records.ok_or(Error::Missing { member: "records" })?;
    if records.iter().any(|range| is_escaped(&text[range.clone()])) {
        let (body, records) = without_escapes(text, &records)?;
        return Ok(FirehoseBody { body, request_id, timestamp, records });
    }
    Ok(FirehoseBody { body, request_id, timestamp, records })
}

/// The answer that Firehose understands: `{"requestId":"...","timestamp":<ms>}` and, for a failure, `errorMessage`.
#[must_use]
pub fn answer(request_id: &str, timestamp: Timestamp, error: Option<&str>) -> String {
    let error_message = error.map(|message| match message.char_indices().nth(ERROR_MESSAGE_CHARS_MAX) {
        Some((end, _)) => &message[..end],
        None => message,
    });
    let answer = Answer { request_id, timestamp: timestamp.millis(), error_message };
    serde_json::to_string(&answer).expect("texts and a number always become JSON")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    request_id: &'a str,
    timestamp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
}

/// The members of the body that were met so far.
#[derive(Default)]
struct Members {
    request_id: Option<Box<str>>,
    timestamp: Option<Timestamp>,
    records: Option<Vec<Range<usize>>>,
}

impl Members {
    fn read(text: &str) -> Result<Self, Error> {
        let (mut members, mut scanner, bump) = (Self::default(), Scanner::new(text), Bump::new());
        let mut first = true;
        scanner.open_object()?;
        while let Some(key) = scanner.next_key(&mut first)? {
            match key.resolve(&bump) {
                "requestId" => once(&mut members.request_id, request_id(&mut scanner, &bump)?, "requestId")?,
                "timestamp" => once(&mut members.timestamp, timestamp(&mut scanner, &bump)?, "timestamp")?,
                "records" => once(&mut members.records, records(&mut scanner, &bump)?, "records")?,
                _ => drop(scanner.skip_value()?),
            }
        }
        if scanner.at_end() { Ok(members) } else { Err(Error::Trailing { at: scanner.position() }) }
    }
}

fn once<T>(member: &mut Option<T>, value: T, name: &'static str) -> Result<(), Error> {
    match member.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::Twice { member: name }),
    }
}

fn request_id<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<Box<str>, Error> {
    let id = scanner.resolved_string(bump)?;
    if id.len() > REQUEST_ID_BYTES_MAX { Err(Error::RequestId { given_bytes: id.len() }) } else { Ok(id.into()) }
}

/// Milliseconds since 1970 as a number or as text; seconds where the number is too small to be milliseconds.
fn timestamp<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<Timestamp, Error> {
    let number = match scanner.kind()? {
        Kind::Text => scanner.resolved_string(bump)?,
        Kind::Number | Kind::Object | Kind::Array | Kind::Bool | Kind::Null => scanner.skip_value()?,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return Ok(if whole < SECONDS_BELOW { Timestamp::from_seconds(whole) } else { Timestamp::from_millis(whole) });
    }
    let fractional = number.parse::<f64>().map_err(|_| Error::Timestamp)?;
    let seconds = if fractional < 1e11 { fractional } else { fractional / 1e3 };
    let since_1970 = Duration::try_from_secs_f64(seconds).map_err(|_| Error::Timestamp)?;
    Ok(Timestamp::default().plus(since_1970))
}

fn records(scanner: &mut Scanner<'_>, bump: &Bump) -> Result<Vec<Range<usize>>, Error> {
    let mut records = Vec::new();
    let mut first = true;
    scanner.open_array()?;
    while scanner.next_item(&mut first)? {
        if records.len() == RECORDS_MAX {
            return Err(Error::TooManyRecords { limit: RECORDS_MAX });
        }
        records.push(record(scanner, bump)?);
    }
    Ok(records)
}

/// Where the `data` of a record stands, or the whole record where it has none.
fn record(scanner: &mut Scanner<'_>, bump: &Bump) -> Result<Range<usize>, Error> {
    if scanner.kind()? != Kind::Object {
        return value(scanner);
    }
    let start = scanner.position();
    let mut data = None;
    let mut first = true;
    scanner.open_object()?;
    while let Some(key) = scanner.next_key(&mut first)? {
        if key.resolve(bump) == "data" && scanner.kind()? == Kind::Text {
            let quoted = value(scanner)?;
            once(&mut data, quoted.start + 1..quoted.end - 1, "data")?;
        } else {
            let _ = scanner.skip_value()?;
        }
    }
    Ok(data.unwrap_or(start..scanner.position()))
}

fn value(scanner: &mut Scanner<'_>) -> Result<Range<usize>, Error> {
    let length = scanner.skip_value()?.len();
    Ok(scanner.position() - length..scanner.position())
}

fn is_escaped(text: &str) -> bool {
    memchr(b'\\', text.as_bytes()).is_some()
}

/// All data once more without escapes, and where each stands.
fn without_escapes(text: &str, records: &[Range<usize>]) -> Result<(Bytes, Vec<Range<usize>>), Error> {
    let mut plain = Vec::with_capacity(records.iter().map(ExactSizeIterator::len).sum());
    let mut ranges = Vec::with_capacity(records.len());
    for range in records {
        let start = plain.len();
        let data = &text[range.clone()];
        // Behind a quote stands the data of a record; a whole record stands behind a bracket, a comma or space.
        if is_escaped(data) && text[..range.start].ends_with('"') {
            let quoted = &text[range.start - 1..=range.end];
            plain.extend_from_slice(Scanner::new(quoted).resolved_string(&Bump::new())?.as_bytes());
        } else {
            plain.extend_from_slice(data.as_bytes());
        }
        ranges.push(start..plain.len());
    }
    Ok((plain.into(), ranges))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    const EXAMPLE: &str = r#"{"requestId":"86208cf6-2bcc-47e6-9010-02ca9f44a025","timestamp":1684424042901,"records":[{"data":"aGVsbG8="},{"data":""}]}"#;

    fn parsed(text: &str) -> Result<FirehoseBody, Error> {
        parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn data(body: &FirehoseBody) -> Vec<&str> {
        body.records.iter().map(|range| std::str::from_utf8(&body.body[range.clone()]).unwrap()).collect()
    }

    #[test]
    fn the_example_of_the_guide_is_taken_apart_without_a_copy() {
        let body = Bytes::from_static(EXAMPLE.as_bytes());
        let at = body.as_ptr();
        let parsed = parse(body).unwrap();
        assert_eq!(&*parsed.request_id, "86208cf6-2bcc-47e6-9010-02ca9f44a025");
        assert_eq!(parsed.timestamp, Timestamp::from_millis(1_684_424_042_901));
        assert_eq!(data(&parsed), ["aGVsbG8=", ""]);
        assert_eq!(parsed.body.as_ptr(), at);
    }

    #[test]
    fn members_stand_in_any_order_among_unknown_ones() {
        let text = "\n{ \"records\" :\t[ ] , \"new\" : {\"a\":[1,-2.5e3,true,null,\"\\\"]\"]}, \"timestamp\" : \"1684424042901\" ,\r\n \"requestId\":\"r\" } ";
        let parsed = parsed(text).unwrap();
        assert_eq!((&*parsed.request_id, parsed.records.len()), ("r", 0));
        assert_eq!(parsed.timestamp, Timestamp::from_millis(1_684_424_042_901));
    }

    #[test]
    fn escaped_base64_is_read_without_its_escapes() {
        let parsed =
            parsed(r#"{"requestId":"a\u002fb","timestamp":1e12,"records":[{"data":"AA\/\u002b"},{"data":"BB=="}]}"#)
                .unwrap();
        assert_eq!(data(&parsed), ["AA/+", "BB=="]);
        assert_eq!(&*parsed.request_id, "a/b");
        assert_eq!(parsed.timestamp, Timestamp::from_millis(1_000_000_000_000));
    }

    #[test]
    fn a_timestamp_in_seconds_is_known_by_its_size() {
        let parsed = parsed(r#"{"requestId":"r","timestamp":1684424042,"records":[]}"#).unwrap();
        assert_eq!(parsed.timestamp, Timestamp::from_seconds(1_684_424_042));
    }

    #[test]
    fn a_record_without_data_text_spoils_only_itself() {
        let parsed = parsed(
            r#"{"requestId":"r","timestamp":1,"records":[{"data":"QQ=="},{"data":7},{"x":1},"y",{"data":"Qg=="}]}"#,
        )
        .unwrap();
        assert_eq!(data(&parsed), ["QQ==", r#"{"data":7}"#, r#"{"x":1}"#, "\"y\"", "Qg=="]);
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_place() {
        let cases = [
            ("", "ends too early, at byte 0"),
            ("[]", "expected '{' at byte 0"),
            (r#"{"requestId":"r","timestamp":1}"#, "no member \"records\""),
            (r#"{"timestamp":1,"records":[]}"#, "no member \"requestId\""),
            (r#"{"requestId":"r","records":[]}"#, "no member \"timestamp\""),
            (r#"{"requestId":"r","requestId":"r","timestamp":1,"records":[]}"#, "\"requestId\" twice"),
            (r#"{"requestId":7,"timestamp":1,"records":[]}"#, "expected a string at byte 13"),
            (r#"{"requestId":"r","timestamp":null,"records":[]}"#, "\"timestamp\" is neither"),
            (r#"{"requestId":"r","timestamp":-1,"records":[]}"#, "\"timestamp\" is neither"),
            (r#"{"requestId":"r","timestamp":"inf","records":[]}"#, "\"timestamp\" is neither"),
            (r#"{"requestId":"r","timestamp":1,"records":[]} x"#, "goes on after its end, at byte 45"),
            (r#"{"requestId":"r","timestamp":1,"records":[{"data":"QQ"#, "ends too early"),
            (r#"{"requestId":"r","timestamp":1,"records":[{"data":"\"#, "ends too early"),
            (r#"{"requestId":"r","timestamp":1,"records":[],"a":01}"#, "expected a number at byte 48"),
        ];
        for (text, expected) in cases {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let deep = parsed(&format!(r#"{{"a":{}"#, "[".repeat(100_000)));
        assert!(matches!(deep, Err(Error::Json(json::Error::TooDeep { .. }))), "{deep:?}");
        let long = parsed(&format!(r#"{{"requestId":"{}","timestamp":1,"records":[]}}"#, "r".repeat(257)));
        assert_eq!(long, Err(Error::RequestId { given_bytes: 257 }));
        assert_eq!(parse(Bytes::from_static(b"{\"requestId\":\"\xff\"}")), Err(Error::Utf8));
    }

    #[test]
    fn ten_thousand_records_are_the_most() {
        let with = |n: usize| {
            let records = vec![r#"{"data":"QQ=="}"#; n].join(",");
            parsed(&format!(r#"{{"requestId":"r","timestamp":1,"records":[{records}]}}"#))
                .map(|body| body.records.len())
        };
        assert_eq!(with(10_000), Ok(10_000));
        assert_eq!(with(10_001), Err(Error::TooManyRecords { limit: 10_000 }));
    }

    #[test]
    fn an_answer_names_the_request_and_the_time_in_milliseconds() {
        let now = Timestamp::from_millis(1_684_424_043_000);
        assert_eq!(answer("r", now, None), r#"{"requestId":"r","timestamp":1684424043000}"#);
        assert_eq!(
            answer("r", now, Some("a \"b\"\u{1b}")),
            r#"{"requestId":"r","timestamp":1684424043000,"errorMessage":"a \"b\"\u001b"}"#
        );
    }

    #[test]
    fn an_error_message_ends_where_aws_stops_reading() {
        let message = "\u{e9}".repeat(9_000);
        let answer: serde_json::Value =
            serde_json::from_str(&answer("r", Timestamp::default(), Some(&message))).unwrap();
        assert_eq!(answer["errorMessage"].as_str().unwrap().chars().count(), ERROR_MESSAGE_CHARS_MAX);
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Model {
        request_id: String,
        timestamp: u64,
        records: Vec<ModelRecord>,
    }

    #[derive(Deserialize)]
    struct ModelRecord {
        data: String,
    }

    fn space() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", " ", "\n", "\t \r\n"])
    }

    /// Base64 text, some of its slashes and pluses escaped.
    fn json_base64() -> impl Strategy<Value = String> {
        "[A-Za-z0-9+/]{0,40}={0,2}".prop_flat_map(|text| {
            prop::sample::select(vec![
                text.clone(),
                text.replace('/', "\\/"),
                text.replace('+', "\\u002b").replace('/', "\\u002F"),
            ])
        })
    }

    fn unknown_member() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            r#""x":{"records":[{"data":"no"}]}"#,
            r#""\"requestId":"no""#,
            r#""y":[[],{},-0.5e+7,true,false,null,"\\"]"#,
        ])
        .prop_map(Into::into)
    }

    fn body() -> impl Strategy<Value = String> {
        let record =
            (space(), json_base64(), prop::option::of(unknown_member()), space()).prop_map(|(a, data, other, b)| {
                let other = other.map(|member| format!("{member},{b}")).unwrap_or_default();
                format!("{a}{{{b}{other}\"data\"{a}:{b}\"{data}\"{a}}}")
            });
        let records = (prop::collection::vec(record, 0..8), space())
            .prop_map(|(records, space)| format!("\"records\"{space}:[{}{space}]", records.join(",")));
        let request_id =
            "[ -~\u{e9}]{0,20}".prop_map(|id| format!("\"requestId\":{}", serde_json::to_string(&id).unwrap()));
        let timestamp =
            (SECONDS_BELOW..10_000_000_000_000, space()).prop_map(|(t, space)| format!("\"timestamp\":{space}{t}"));
        (records, request_id, timestamp, prop::option::of(unknown_member()), space())
            .prop_flat_map(|(records, request_id, timestamp, other, space)| {
                let members: Vec<String> =
                    [Some(records), Some(request_id), Some(timestamp), other].into_iter().flatten().collect();
                (Just(members).prop_shuffle(), Just(space))
            })
            .prop_map(|(members, space)| {
                format!("{space}{{{space}{}{space}}}{space}", members.join(&format!("{space},")))
            })
    }

    proptest! {
        #[test]
        fn equals_the_json_library_on_any_request(text in body()) {
            let model: Model = serde_json::from_str(&text).unwrap();
            let parsed = parsed(&text).unwrap();
            prop_assert_eq!(&*parsed.request_id, model.request_id);
            prop_assert_eq!(parsed.timestamp.millis(), model.timestamp);
            let expected: Vec<&str> = model.records.iter().map(|record| record.data.as_str()).collect();
            prop_assert_eq!(data(&parsed), expected);
        }

        #[test]
        fn never_panics_on_a_damaged_request(text in body(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if cut {
                bytes.truncate(at);
            }
            let json: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
            if parse(bytes.into()).is_err_and(|error| matches!(error, Error::Utf8 | Error::Trailing { .. })) {
                prop_assert!(json.is_err(), "refused as no JSON, but it is");
            }
        }

        #[test]
        fn any_bytes_are_refused_or_taken_apart_within_their_bounds(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(parsed) = parse(bytes.into()) {
                prop_assert!(parsed.records.iter().all(|range| range.end <= parsed.body.len()));
            }
        }
    }
}
