//! A letter as one line of JSON, and back, exactly.
//!
//! The first members are for a person who looks into a file; the bytes come last, in base64, compressed with zstd where
//! that makes them shorter. Members that are not known are ignored, so that later programs may add some.

use std::borrow::Cow;
use std::io::Read;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Letter, VERSION, moment};
use crate::delivery::Source;
use crate::id::{AccountId, Region, Signal};
use crate::reject::Reason;
use crate::time::Timestamp;

/// The most bytes that one letter keeps: what Fanin takes of a Firehose request at most, so every reject fits.
pub const LETTER_BYTES_MAX: usize = 128 * 1024 * 1024;

/// zstd's own default: letters are rare, and kept for long.
const ZSTD_LEVEL: i32 = 3;

/// Why a line is not a letter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON object it should be.
    #[error("not a letter")]
    Json(#[from] serde_json::Error),
    /// Written by a later program.
    #[error("letter of format {given}, and this program reads formats up to {VERSION}: use a later fanin")]
    Version {
        /// The format of the letter.
        given: u32,
    },
    /// A member that this kind of letter needs.
    #[error("letter without {member:?}")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// A time that is none.
    #[error("{member:?} is not a time in RFC 3339 and UTC: {given:?}")]
    Time {
        /// Its name.
        member: &'static str,
        /// What was given.
        given: String,
    },
    /// The bytes cannot be had.
    #[error("the bytes of the letter are damaged: {0}")]
    Data(&'static str),
}

/// The line as it is written; members in the order in which a person wants to read them.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    letter: Kind,
    version: u32,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(borrow)]
    detail: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    origin: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    position: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    arrived: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signal: Option<Signal>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    destination: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<Count>>,
    bytes: u64,
    encoding: Encoding,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    request: Option<Cow<'a, str>>,
}

/// What is looked at before the rest of the line is trusted.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Raw,
    Otlp,
}

#[derive(Serialize, Deserialize)]
struct Count {
    account: AccountId,
    records: u64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Encoding {
    #[serde(rename = "base64")]
    Base64,
    #[serde(rename = "zstd+base64")]
    ZstdBase64,
}

/// Writes a letter as one line, newline included.
#[must_use]
pub fn write(letter: &Letter) -> Vec<u8> {
    let mut line = serde_json::to_vec(&line_of(letter)).expect("a letter has only members that JSON can hold");
    line.push(b'\n');
    line
}

/// Reads one line, with or without its newline.
///
/// # Errors
/// When the line is no letter, one of a later format, or damaged.
pub fn parse(line: &[u8]) -> Result<Letter, Error> {
    let head: Head = serde_json::from_slice(line)?;
    if head.version > VERSION {
        return Err(Error::Version { given: head.version });
    }
    let line: Line<'_> = serde_json::from_slice(line)?;
    match line.letter {
        Kind::Raw => raw_of(line),
        Kind::Otlp => otlp_of(line),
    }
}

fn line_of(letter: &Letter) -> Line<'_> {
    let (encoding, text) = encode(letter.bytes_kept());
    let empty = Line {
        letter: Kind::Raw,
        version: VERSION,
        time: moment::write(letter.time()).into(),
        reason: None,
        detail: Cow::Borrowed(""),
        account: None,
        region: None,
        source: None,
        origin: None,
        position: None,
        arrived: None,
        signal: None,
        destination: None,
        accounts: None,
        bytes: letter.bytes() as u64,
        encoding,
        data: None,
        request: None,
    };
    match letter {
        Letter::Raw { reason, detail, source, origin, position, arrived, account, region, .. } => Line {
            reason: Some(*reason),
            detail: detail.into(),
            account: *account,
            region: *region,
            source: Some(*source),
            origin: Some(origin.into()),
            position: Some(position.into()),
            arrived: Some(moment::write(*arrived).into()),
            data: Some(text.into()),
            ..empty
        },
        Letter::Otlp { reason, detail, signal, destination, accounts, .. } => Line {
            letter: Kind::Otlp,
            reason: *reason,
            detail: detail.into(),
            signal: Some(*signal),
            destination: Some(destination.into()),
            accounts: Some(accounts.iter().map(|&(account, records)| Count { account, records }).collect()),
            request: Some(text.into()),
            ..empty
        },
    }
}

fn raw_of(line: Line<'_>) -> Result<Letter, Error> {
    let arrived = needed(line.arrived, "arrived")?;
    Ok(Letter::Raw {
        time: time("time", &line.time)?,
        reason: needed(line.reason, "reason")?,
        detail: line.detail.into_owned(),
        source: needed(line.source, "source")?,
        origin: needed(line.origin, "origin")?.into_owned(),
        position: needed(line.position, "position")?.into_owned(),
        arrived: time("arrived", &arrived)?,
        account: line.account,
        region: line.region,
        data: decode(line.encoding, line.bytes, &needed(line.data, "data")?)?,
    })
}

fn otlp_of(line: Line<'_>) -> Result<Letter, Error> {
    let accounts = needed(line.accounts, "accounts")?;
    Ok(Letter::Otlp {
        time: time("time", &line.time)?,
        reason: line.reason,
        detail: line.detail.into_owned(),
        signal: needed(line.signal, "signal")?,
        destination: needed(line.destination, "destination")?.into_owned(),
        accounts: accounts.into_iter().map(|count| (count.account, count.records)).collect(),
        request: decode(line.encoding, line.bytes, &needed(line.request, "request")?)?,
    })
}

fn needed<T>(value: Option<T>, member: &'static str) -> Result<T, Error> {
    value.ok_or(Error::Missing { member })
}

fn time(member: &'static str, given: &str) -> Result<Timestamp, Error> {
    moment::parse(given).ok_or_else(|| Error::Time { member, given: given.into() })
}

fn encode(bytes: &[u8]) -> (Encoding, String) {
    let base64 = base64_simd::STANDARD;
    match zstd::bulk::compress(bytes, ZSTD_LEVEL) {
        Ok(shorter) if shorter.len() < bytes.len() => (Encoding::ZstdBase64, base64.encode_to_string(&shorter)),
        Ok(_) | Err(_) => (Encoding::Base64, base64.encode_to_string(bytes)),
    }
}

fn decode(encoding: Encoding, bytes: u64, text: &str) -> Result<Bytes, Error> {
    let given = base64_simd::STANDARD.decode_to_vec(text).map_err(|_| Error::Data("not base64"))?;
    let kept = match encoding {
        Encoding::Base64 => given,
        Encoding::ZstdBase64 => inflate(&given)?,
    };
    if kept.len() as u64 == bytes { Ok(kept.into()) } else { Err(Error::Data("not as long as it says")) }
}

fn inflate(compressed: &[u8]) -> Result<Vec<u8>, Error> {
    let broken = |_| Error::Data("zstd does not inflate");
    let decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(broken)?;
    let mut inflated = Vec::new();
    let _ = decoder.take(LETTER_BYTES_MAX as u64 + 1).read_to_end(&mut inflated).map_err(broken)?;
    if inflated.len() > LETTER_BYTES_MAX { Err(Error::Data("inflates past 128 MiB")) } else { Ok(inflated) }
}

impl Letter {
    fn bytes_kept(&self) -> &[u8] {
        match self {
            Self::Raw { data, .. } => data,
            Self::Otlp { request, .. } => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account() -> impl Strategy<Value = AccountId> {
        "[0-9]{12}".prop_map(|digits| AccountId::parse(&digits).unwrap())
    }

    fn data() -> impl Strategy<Value = Bytes> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300),
            (any::<u8>(), 0..4_000_usize).prop_map(|(byte, length)| vec![byte; length]),
        ]
        .prop_map(Bytes::from)
    }

    fn raw() -> impl Strategy<Value = Letter> {
        let texts = (any::<String>(), any::<String>(), any::<String>());
        let times = (any::<u64>(), any::<u64>());
        let source = prop::sample::select(vec![Source::Kinesis, Source::Firehose, Source::Lambda, Source::File]);
        let region = prop::option::of("[a-z]{2}-[a-z]{4,8}-[1-9]");
        let whose = (prop::option::of(account()), region);
        (texts, times, prop::sample::select(Reason::ALL.to_vec()), source, whose, data()).prop_map(
            |((detail, origin, position), (time, arrived), reason, source, (account, region), data)| Letter::Raw {
                time: Timestamp::from_nanos(time),
                reason,
                detail,
                source,
                origin,
                position,
                arrived: Timestamp::from_nanos(arrived),
                account,
                region: region.map(|code| Region::parse(&code).unwrap()),
                data,
            },
        )
    }

    fn otlp() -> impl Strategy<Value = Letter> {
        let reason = prop::option::of(prop::sample::select(Reason::ALL.to_vec()));
        let accounts = prop::collection::vec((account(), any::<u64>()), 0..4);
        let signal = prop::sample::select(Signal::ALL.to_vec());
        (any::<u64>(), reason, any::<String>(), signal, any::<String>(), accounts, data()).prop_map(
            |(time, reason, detail, signal, destination, accounts, request)| Letter::Otlp {
                time: Timestamp::from_nanos(time),
                reason,
                detail,
                signal,
                destination,
                accounts,
                request,
            },
        )
    }

    proptest! {
        #[test]
        fn a_letter_is_read_back_exactly(letter in prop_oneof![raw(), otlp()]) {
            let line = write(&letter);
            prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            prop_assert!(parse(&line).unwrap() == letter);
        }

        #[test]
        fn no_bytes_make_it_panic(letter in raw(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut line = write(&letter);
            let at = at.index(line.len());
            line[at] = byte;
            drop(parse(&line));
        }
    }

    fn example(data: &'static [u8]) -> Letter {
        Letter::Raw {
            time: Timestamp::from_millis(1_583_425_836_114),
            reason: Reason::BadGzip,
            detail: "ends inside a member".into(),
            source: Source::Kinesis,
            origin: "arn:aws:kinesis:eu-central-1:111122223333:stream/central".into(),
            position: "shardId-000000000000:1".into(),
            arrived: Timestamp::from_millis(1_583_425_836_000),
            account: AccountId::parse("111122223333").ok(),
            region: None,
            data: Bytes::from_static(data),
        }
    }

    #[test]
    fn a_person_can_read_why_it_was_kept() {
        let line = String::from_utf8(write(&example(b"\x1f\x8b"))).unwrap();
        assert_eq!(
            line,
            concat!(
                r#"{"letter":"raw","version":1,"time":"2020-03-05T16:30:36.114Z","reason":"bad_gzip","#,
                r#""detail":"ends inside a member","account":"111122223333","source":"kinesis","#,
                r#""origin":"arn:aws:kinesis:eu-central-1:111122223333:stream/central","#,
                r#""position":"shardId-000000000000:1","arrived":"2020-03-05T16:30:36.000Z","#,
                r#""bytes":2,"encoding":"base64","data":"H4s="}"#,
                "\n",
            )
        );
    }

    #[test]
    fn bytes_that_compress_are_kept_compressed() {
        let line = String::from_utf8(write(&example(&[b'a'; 10_000]))).unwrap();
        assert!(line.contains(r#""encoding":"zstd+base64""#), "{line}");
        assert!(line.len() < 500, "{line}");
    }

    #[test]
    fn members_of_later_programs_are_ignored() {
        let line = String::from_utf8(write(&example(b"x"))).unwrap().replace("{\"letter\"", "{\"new\":[1],\"letter\"");
        assert_eq!(parse(line.as_bytes()).unwrap(), example(b"x"));
    }

    #[test]
    fn a_letter_of_a_later_format_is_refused_with_advice() {
        let line = String::from_utf8(write(&example(b"x"))).unwrap().replace("\"version\":1", "\"version\":2");
        let error = parse(line.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "letter of format 2, and this program reads formats up to 1: use a later fanin");
    }

    #[test]
    fn damaged_bytes_are_not_passed_on() {
        let line = String::from_utf8(write(&example(b"abcdef"))).unwrap().replace("\"bytes\":6", "\"bytes\":7");
        assert!(matches!(parse(line.as_bytes()), Err(Error::Data("not as long as it says"))));
    }
}
