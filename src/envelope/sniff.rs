//! What a payload is, told from its first bytes, never from where it came.

use bumpalo::Bump;

use crate::json::Scanner;
use crate::proto::Reader;

/// The formats that a record may have once it is inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CloudWatch Logs subscription payload, one or many JSON objects.
    CloudwatchLogs,
    /// CloudWatch metric stream in JSON, one object a line.
    MetricStreamJson,
    /// CloudWatch metric stream in OpenTelemetry 1.0 or 0.7, length-delimited.
    MetricStreamOtel,
}

impl Format {
    /// Every format, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::CloudwatchLogs, Self::MetricStreamJson, Self::MetricStreamOtel];

    /// The name, as on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudwatchLogs => "cloudwatch-logs",
            Self::MetricStreamJson => "metric-stream-json",
            Self::MetricStreamOtel => "metric-stream-otel",
        }
    }
}

/// The format of an inflated record; `None` where it is none of them.
#[must_use]
pub fn sniff(data: &[u8]) -> Option<Format> {
    match data.trim_ascii_start().first()? {
        b'{' => json(data),
        _ => length_delimited(data).then_some(Format::MetricStreamOtel),
    }
}

/// The first member that only one of the formats has decides; strangers before it do not matter.
fn json(data: &[u8]) -> Option<Format> {
    // The telling member stands near the front in all that was seen; a character cut at the end does not matter.
    const LOOKED_AT_BYTES: usize = 64 * 1024;
    let head = &data[..data.len().min(LOOKED_AT_BYTES)];
    let text = simdutf8::basic::from_utf8(head).ok().or_else(|| Some(head.utf8_chunks().next()?.valid()))?;
    let bump = Bump::new();
    let mut scanner = Scanner::new(text);
    while !scanner.at_end() {
        let mut first = true;
        let (mut by_account, mut is_query) = (None, false);
        scanner.open_object().ok()?;
        loop {
            let Ok(key) = scanner.next_key(&mut first) else { return by_account };
            let Some(key) = key else { break };
            let key = key.resolve(&bump);
            let format = telling(key);
            if format.is_some() {
                return format;
            }
            // Query logs of the Route 53 Resolver, as files, have an `account_id` as well.
            is_query = is_query || matches!(key, "query_name" | "query_timestamp" | "query_type");
            if key == "account_id" || is_query {
                by_account = (!is_query).then_some(Format::MetricStreamJson);
            }
            if scanner.skip_value().is_err() {
                return by_account;
            }
        }
        if by_account.is_some() {
            return by_account;
        }
    }
    None
}

fn telling(key: &str) -> Option<Format> {
    match key {
        "messageType" | "owner" | "logGroup" | "logStream" | "logEvents" | "subscriptionFilters" | "policyLevel" => {
            Some(Format::CloudwatchLogs)
        }
        "metric_stream_name" | "metric_name" | "namespace" => Some(Format::MetricStreamJson),
        _ => None,
    }
}

/// `[length][message]`, or a message alone; it begins with field 1 of wire type 2, `resource_metrics`.
fn length_delimited(data: &[u8]) -> bool {
    const RESOURCE_METRICS_TAG: u8 = 0x0a;
    let mut reader = Reader::new(data);
    let delimited = reader.varint().is_ok_and(|length| {
        let fits = length > 0 && length <= reader.rest().len() as u64;
        fits && reader.rest().first() == Some(&RESOURCE_METRICS_TAG)
    });
    delimited || Reader::new(data).field().is_ok_and(|field| matches!(field, Some((1, crate::proto::Field::Bytes(_)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_telling_member_decides() {
        let cases: [(&[u8], Option<Format>); 9] = [
            (br#"{"x":1,"messageType":"DATA_MESSAGE"}"#, Some(Format::CloudwatchLogs)),
            (br#" {"metric_stream_name":"m"}"#, Some(Format::MetricStreamJson)),
            (b"\x02\x0a\x00", Some(Format::MetricStreamOtel)),
            (br#"{"a":1}"#, None),
            (br#"{"a":1} {"messageType":"DATA_MESSAGE"}"#, Some(Format::CloudwatchLogs)),
            (br#"{"account_id":"1","region":"r","query_name":"a.","rcode":"NOERROR"}"#, None),
            (br#"{"account_id":"1"}"#, Some(Format::MetricStreamJson)),
            (b"plain text", None),
            (b"", None),
        ];
        for (data, format) in cases {
            assert_eq!(sniff(data), format, "{}", String::from_utf8_lossy(data));
        }
    }
}
