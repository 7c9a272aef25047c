//! The JSON Schema of a line of letters. Its types only describe; `line` reads and writes.
#![expect(dead_code, reason = "these types are never built: schemars reads their shape")]

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// The JSON Schema (2020-12) of one line of spill, dead letters and captures.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Letter>();
    let _ = schema.insert("$id".into(), "urn:fanin:schema:letter".into());
    schema
}

const ACCOUNT_PATTERN: &str = "^[0-9]{12}$";

/// One line of spill, dead letters or captures. Members that are not known are to be ignored.
#[derive(JsonSchema)]
#[schemars(title = "Fanin letter")]
struct Letter {
    /// What is kept: a record as its source delivered it, or an encoded OTLP request.
    letter: Kind,
    /// Version of the format.
    #[schemars(range(min = 1))]
    version: u32,
    /// When it was written, in RFC 3339.
    time: String,
    /// Why it was not delivered, of a closed set; absent for a spilled batch.
    reason: Option<String>,
    /// Why, for a person.
    detail: String,
    /// Whose the record is, where known.
    #[schemars(regex(pattern = ACCOUNT_PATTERN))]
    account: Option<String>,
    /// Region of the record, where known.
    region: Option<String>,
    /// The kind of source of the record.
    source: Option<Source>,
    /// Stream ARN, Firehose ARN, peer address or path that the record came from.
    origin: Option<String>,
    /// Place of the record in its source.
    position: Option<String>,
    /// When the pipeline received the record, in RFC 3339.
    arrived: Option<String>,
    /// Which OTLP request it is.
    signal: Option<Signal>,
    /// Name of the destination that the request was for.
    destination: Option<String>,
    /// Log records or data points of each account in the request.
    accounts: Option<Vec<Count>>,
    /// Bytes of the data or the request.
    bytes: u64,
    /// How the data or the request is written.
    encoding: Encoding,
    /// The bytes of the record, encoded.
    data: Option<String>,
    /// The OTLP request in protobuf, encoded.
    request: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Kind {
    Raw,
    Otlp,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Source {
    Kinesis,
    Firehose,
    Otlp,
    Lambda,
    File,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Signal {
    Logs,
    Metrics,
}

#[derive(JsonSchema)]
enum Encoding {
    #[schemars(rename = "base64")]
    Base64,
    #[schemars(rename = "zstd+base64")]
    ZstdBase64,
}

/// Records of one account.
#[derive(JsonSchema)]
struct Count {
    /// The account.
    #[schemars(regex(pattern = ACCOUNT_PATTERN))]
    account: String,
    /// How many records.
    records: u64,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::letter::{Letter as Kept, line};
    use crate::time::Timestamp;

    #[test]
    fn the_schema_names_what_is_written() {
        let schema = serde_json::Value::from(schema());
        let described: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let raw = Kept::Raw {
            time: Timestamp::from_seconds(1),
            reason: crate::reject::Reason::BadJson,
            detail: "x".into(),
            source: crate::delivery::Source::Kinesis,
            origin: "x".into(),
            position: "x".into(),
            arrived: Timestamp::from_seconds(1),
            account: crate::id::AccountId::parse("111122223333").ok(),
            region: crate::id::Region::parse("eu-west-1").ok(),
            data: "x".into(),
        };
        let otlp = Kept::Otlp {
            time: Timestamp::from_seconds(1),
            reason: None,
            detail: "x".into(),
            signal: crate::id::Signal::Logs,
            destination: "x".into(),
            accounts: Vec::new(),
            request: "x".into(),
        };
        let members = |letter| serde_json::from_slice::<serde_json::Map<_, _>>(&line::write(letter)).unwrap();
        let written: BTreeSet<_> = [raw, otlp].iter().flat_map(members).map(|(name, _)| name).collect();
        assert_eq!(described, written);
    }
}
