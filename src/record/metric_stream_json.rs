//! Metric streams in JSON: an object a line, one point of one metric each.
//!
//! Source: CloudWatch user guide, "CloudWatch metric stream output in JSON format". Members are found by name and
//! unknown ones are passed over. Objects without a newline between them are taken too, and one that is spread over
//! lines, from a line `{` to a line that begins with `}`. A broken object costs the rest of its line, no more.

use std::ops::Range;
use std::time::Duration;

use bumpalo::Bump;
use memchr::{memchr, memmem};

use super::metric::{Datum, Decoded, Dimension, Points, Resource, Statistic, Stream, unit};
use super::place::{Place, Refusal, Refusals};
use crate::id::{AccountId, Region};
use crate::json::{self, Kind, Scanner};
use crate::reject::Reason;
use crate::time::Timestamp;

/// The period of a point, which JSON does not name; `timestamp` is its start.
///
/// Source: CloudWatch user guide, "Use metric streams" (an update each minute; in the OpenTelemetry formats start and
/// time of every captured point are 60 s apart) and "CloudWatch concepts", Periods: aggregated statistics are stamped
/// with the time of the beginning of the period. The page of the JSON format itself says neither.
const PERIOD: Duration = Duration::from_secs(60);

/// Bytes of an object as AWS sends it; only to make room.
const OBJECT_BYTES: usize = 290;

/// Decodes one record; texts with escapes are resolved into `bump`.
#[must_use]
pub fn decode<'a>(data: &'a [u8], place: &Place<'_>, bump: &'a Bump) -> Decoded<'a> {
    let mut decoder = Decoder {
        data,
        place,
        bump,
        points: Points::with_room(data.len() / OBJECT_BYTES + 1),
        refusals: Refusals::default(),
        dimensions: Vec::new(),
        statistics: Vec::new(),
    };
    let mut at = 0;
    while at < data.len() {
        let end = at + frame_len(&data[at..]);
        decoder.objects(at..end);
        at = end;
    }
    let mut decoded = Decoded { points: decoder.points, ..Decoded::default() };
    decoder.refusals.reject(data, place, |bytes| trimmed(bytes).into(), &mut decoded.rejects);
    decoded
}

/// Bytes up to the end of the line, or of the last line of an object that is spread over lines.
fn frame_len(data: &[u8]) -> usize {
    let line = memchr(b'\n', data).map_or(data.len(), |newline| newline + 1);
    if data[..line].trim_ascii() != b"{" {
        return line;
    }
    let Some(close) = memmem::find(data, b"\n}") else { return data.len() };
    memchr(b'\n', &data[close + 1..]).map_or(data.len(), |newline| close + 1 + newline + 1)
}

/// Without the white space of JSON around it, which is less than that of ASCII.
fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\n' | b'\r' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

struct Decoder<'a, 'p> {
    data: &'a [u8],
    place: &'p Place<'p>,
    bump: &'a Bump,
    points: Points<'a>,
    refusals: Refusals,
    dimensions: Vec<Dimension<'a>>,
    statistics: Vec<Statistic<'a>>,
}

/// One object, with whatever stands where.
#[derive(Default)]
struct Object<'a> {
    account: Scalar<'a>,
    region: Scalar<'a>,
    namespace: Scalar<'a>,
    name: Scalar<'a>,
    unit: Scalar<'a>,
    stream: Scalar<'a>,
    timestamp: Scalar<'a>,
    count: Option<f64>,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

/// The value of a member.
#[derive(Clone, Copy, Default)]
enum Scalar<'a> {
    Text(&'a str),
    /// As it is written.
    Number(&'a str),
    /// Absent, `null`, or nothing that a metric has.
    #[default]
    Other,
}

impl<'a> Decoder<'a, '_> {
    /// Objects that follow each other without anything but white space between them.
    fn objects(&mut self, range: Range<usize>) {
        let Ok(text) = simdutf8::basic::from_utf8(&self.data[range.clone()]) else {
            return self.refusals.refuse(range, Refusal::new(Reason::BadJson, "a metric stream object is not UTF-8"));
        };
        let (mut scanner, mut offset) = (Scanner::new(text), range.start);
        while !scanner.at_end() {
            let start = offset + scanner.position();
            match self.read(&mut scanner) {
                Ok(object) => {
                    let end = offset + scanner.position();
                    match object.ok_or_else(not_an_object).and_then(|object| self.object(&object)) {
                        Ok(()) => self.refusals.used(),
                        Err(refusal) => self.refusals.refuse(start..end, refusal),
                    }
                }
                // What looked like one object over several lines may be a broken one before whole ones.
                Err(error) => {
                    let next = memmem::find(&self.data[start..range.end], b"\n{");
                    offset = next.map_or(range.end, |newline| start + newline + 1);
                    scanner = Scanner::new(&text[offset - range.start..]);
                    self.refusals.refuse(start..offset, broken(&error));
                }
            }
        }
    }

    /// Reads one value; `None` when it is no object.
    fn read(&mut self, scanner: &mut Scanner<'a>) -> Result<Option<Object<'a>>, json::Error> {
        if scanner.kind()? != Kind::Object {
            let _ = scanner.skip_value()?;
            return Ok(None);
        }
        self.dimensions.clear();
        self.statistics.clear();
        let mut object = Object::default();
        let mut first = true;
        scanner.open_object()?;
        while let Some(name) = scanner.next_key(&mut first)? {
            match name.resolve(self.bump) {
                "account_id" => object.account = self.scalar(scanner)?,
                "region" => object.region = self.scalar(scanner)?,
                "namespace" => object.namespace = self.scalar(scanner)?,
                "metric_name" => object.name = self.scalar(scanner)?,
                "unit" => object.unit = self.scalar(scanner)?,
                "metric_stream_name" => object.stream = self.scalar(scanner)?,
                "timestamp" => object.timestamp = self.scalar(scanner)?,
                "dimensions" => self.members(scanner, |decoder, name, value| decoder.dimension(name, value))?,
                "value" => self.members(scanner, |decoder, name, value| decoder.statistic(&mut object, name, value))?,
                _ => drop(scanner.skip_value()?),
            }
        }
        Ok(Some(object))
    }

    fn scalar(&self, scanner: &mut Scanner<'a>) -> Result<Scalar<'a>, json::Error> {
        Ok(match scanner.kind()? {
            Kind::Text => Scalar::Text(scanner.resolved_string(self.bump)?),
            Kind::Number => Scalar::Number(scanner.number()?),
            Kind::Object | Kind::Array | Kind::Bool | Kind::Null => {
                let _ = scanner.skip_value()?;
                Scalar::Other
            }
        })
    }

    /// The members of an object; none of anything else.
    fn members(
        &mut self,
        scanner: &mut Scanner<'a>,
        mut take: impl FnMut(&mut Self, &'a str, Scalar<'a>),
    ) -> Result<(), json::Error> {
        if scanner.kind()? != Kind::Object {
            return scanner.skip_value().map(drop);
        }
        let mut first = true;
        scanner.open_object()?;
        while let Some(name) = scanner.next_key(&mut first)? {
            let name = name.resolve(self.bump);
            let value = self.scalar(scanner)?;
            take(self, name, value);
        }
        Ok(())
    }

    fn dimension(&mut self, name: &'a str, value: Scalar<'a>) {
        if let Some(value) = value.text() {
            self.dimensions.push(Dimension { name, value });
        }
    }

    fn statistic(&mut self, object: &mut Object<'a>, name: &'a str, value: Scalar<'a>) {
        let value = value.number();
        match name {
            "count" => object.count = value,
            "sum" => object.sum = value,
            "min" => object.min = value,
            "max" => object.max = value,
            _ => self.statistics.extend(value.map(|value| Statistic { name, value })),
        }
    }

    fn object(&mut self, object: &Object<'a>) -> Result<(), Refusal> {
        let region = object.region.text().and_then(|region| Region::parse(region).ok()).or(self.place.region);
        let account = AccountId::parse(object.account.text().unwrap_or_default()).map_err(|error| {
            // Without a metric's name it is another kind of object altogether.
            let reason = if object.is_metric() { Reason::BadAccount } else { Reason::BadShape };
            Refusal { region, ..Refusal::new(reason, format!("member account_id: {error}")) }
        })?;
        if !self.place.admits(account) {
            return Err(Refusal::foreign(account, region));
        }
        let datum = object.datum().map_err(|detail| {
            let refusal = Refusal::new(Reason::BadShape, detail);
            Refusal { account: Some(account), region, ..refusal }
        })?;
        self.points.set_resource(Resource { account, region, stream: object.stream.text().map(Stream::Name) });
        self.points.push(datum, self.dimensions.drain(..), self.statistics.drain(..));
        Ok(())
    }
}

impl<'a> Object<'a> {
    fn is_metric(&self) -> bool {
        self.namespace.text().is_some() && self.name.text().is_some()
    }

    fn datum(&self) -> Result<Datum<'a>, &'static str> {
        let start = self.timestamp.millis().ok_or("member timestamp: not a number of milliseconds since 1970")?;
        Ok(Datum {
            namespace: self.namespace.text().ok_or("member namespace: not a text")?,
            name: self.name.text().ok_or("member metric_name: not a text")?,
            unit: unit::ucum(self.unit.text().unwrap_or_default()),
            start,
            end: start.plus(PERIOD),
            count: self.count.ok_or("member value: without a number count")?,
            sum: self.sum.unwrap_or(0.0),
            min: self.min,
            max: self.max,
        })
    }
}

impl<'a> Scalar<'a> {
    const fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other => None,
        }
    }

    /// A number, or a text that holds one.
    fn number(self) -> Option<f64> {
        match self {
            Self::Number(text) | Self::Text(text) => text.parse().ok(),
            Self::Other => None,
        }
    }

    fn millis(self) -> Option<Timestamp> {
        match self {
            Self::Number(text) | Self::Text(text) => text.parse().ok().map(Timestamp::from_millis),
            Self::Other => None,
        }
    }
}

fn not_an_object() -> Refusal {
    Refusal::new(Reason::BadShape, "JSON that is no object")
}

fn broken(error: &json::Error) -> Refusal {
    let reason = match error {
        json::Error::TooDeep { .. } => Reason::TooDeep,
        json::Error::Truncated { .. } | json::Error::Expected { .. } => Reason::BadJson,
    };
    Refusal::new(reason, format!("a metric stream object: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::metric::sample::{Sample, sample};
    use super::*;
    use crate::reject::Reject;

    const PLACE: Place<'_> =
        Place { region: None, accounts: None, position: "shardId-000000000000:1", arrived: Timestamp::from_nanos(7) };

    /// The sample of the user guide's page, with an account of twelve digits.
    const SAMPLE: &str = r#"{"metric_stream_name":"MyMetricStream","account_id":"123456789012","region":"us-east-1","namespace":"AWS/EC2","metric_name":"DiskWriteOps","dimensions":{"InstanceId":"i-123456789012"},"timestamp":1611929698000,"value":{"count":3.0,"sum":20.0,"max":18.0,"min":0.0,"p99":17.56,"p99.9":17.8764,"TM(25%:75%)":16.43},"unit":"Seconds"}"#;

    fn samples(data: &str) -> (Vec<Sample>, Vec<Reject>) {
        let bump = Bump::new();
        let decoded = decode(data.as_bytes(), &PLACE, &bump);
        (decoded.points.iter().map(Sample::from).collect(), decoded.rejects)
    }

    fn reasons(rejects: &[Reject]) -> Vec<(Reason, &str)> {
        rejects.iter().map(|reject| (reject.reason, std::str::from_utf8(&reject.data).unwrap())).collect()
    }

    #[test]
    fn the_sample_of_the_user_guide_keeps_all_it_says() {
        let (samples, rejects) = samples(SAMPLE);
        let [sample] = &samples[..] else { panic!("{samples:?} {rejects:?}") };
        assert_eq!((sample.owner.account.as_str(), sample.owner.region), ("123456789012", "us-east-1".parse().ok()));
        assert_eq!(sample.owner.arn.as_deref(), Some("MyMetricStream"));
        assert_eq!((&sample.namespace[..], &sample.name[..], &sample.unit[..]), ("AWS/EC2", "DiskWriteOps", "s"));
        assert_eq!(sample.dimensions, [("InstanceId".into(), "i-123456789012".into())].into());
        assert_eq!((sample.count, sample.sum, sample.min, sample.max), (3.0, 20.0, Some(0.0), Some(18.0)));
        let statistics = [("p99", 17.56), ("p99.9", 17.8764), ("TM(25%:75%)", 16.43)];
        assert_eq!(sample.statistics, statistics.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn the_timestamp_is_the_start_of_a_minute() {
        let (samples, _) = samples(SAMPLE);
        assert_eq!((samples[0].start, samples[0].end), (1_611_929_698_000_000_000, 1_611_929_758_000_000_000));
    }

    #[test]
    fn a_broken_object_hurts_no_neighbour() {
        for (broken, reason) in [
            (r#"{"metric_stream_name":"#, Reason::BadJson),
            (r#"{"account_id":"123456789012","dimensions":{"a":"unended}}"#, Reason::BadJson),
            ("rubbish", Reason::BadJson),
            ("\u{0}", Reason::BadJson),
            ("\u{c}", Reason::BadJson),
            ("[1,2", Reason::BadJson),
            ("[{}]", Reason::BadShape),
            ("7", Reason::BadShape),
            ("{\"account_id\":\"123456789012\"}", Reason::BadShape),
            (r#"{"CHANGE":-0.09,"PRICE":4.96,"TICKER_SYMBOL":"KIN","SECTOR":"ENERGY"}"#, Reason::BadShape),
        ] {
            let (samples, rejects) = samples(&format!("{SAMPLE}\n{broken}\n{SAMPLE}\n"));
            assert_eq!(samples.len(), 2, "{broken}");
            assert_eq!(reasons(&rejects), [(reason, broken)]);
        }
    }

    #[test]
    fn what_was_rejected_is_rejected_again_the_same_way() {
        for broken in ["{\"a\":", "{\"account_id\":\"123456789012\"}\n{\"account_id\":\"123456789012\"}", "{}"] {
            let (_, first) = samples(broken);
            let bump = Bump::new();
            let again = decode(&first[0].data, &PLACE, &bump);
            assert_eq!(again.rejects, first);
        }
    }

    #[test]
    fn an_account_without_twelve_digits_is_rejected() {
        for account in ["\"1234567890\"", "123456789012", "null", "\"\""] {
            let (samples, rejects) = samples(&SAMPLE.replace("\"123456789012\"", account));
            assert_eq!((samples.len(), rejects[0].reason), (0, Reason::BadAccount), "{account}");
            assert_eq!(rejects[0].region, "us-east-1".parse().ok());
        }
    }

    #[test]
    fn an_account_that_the_key_is_not_bound_to_is_rejected() {
        let accounts = BTreeSet::from(["111122223333".parse().unwrap()]);
        let bump = Bump::new();
        let decoded = decode(SAMPLE.as_bytes(), &Place { accounts: Some(&accounts), ..PLACE }, &bump);
        assert!(decoded.points.is_empty());
        assert_eq!(decoded.rejects[0].reason, Reason::ForeignAccount);
        assert_eq!(decoded.rejects[0].account, "123456789012".parse().ok());
        assert_eq!(decoded.rejects[0].data, SAMPLE.as_bytes());
    }

    #[test]
    fn missing_and_mistyped_members_are_named() {
        for (from, to, member) in [
            (r#""namespace":"AWS/EC2""#, r#""namespace":7"#, "member namespace: not a text"),
            (r#""metric_name":"DiskWriteOps","#, "", "member metric_name: not a text"),
            ("1611929698000", "\"yesterday\"", "member timestamp: not a number of milliseconds since 1970"),
            ("1611929698000", "-1", "member timestamp: not a number of milliseconds since 1970"),
            (r#""value""#, r#""values""#, "member value: without a number count"),
            (r#""count":3.0"#, r#""count":null"#, "member value: without a number count"),
        ] {
            let (samples, rejects) = samples(&SAMPLE.replace(from, to));
            assert_eq!((samples.len(), &rejects[0].detail[..]), (0, member));
            assert_eq!((rejects[0].reason, rejects[0].account), (Reason::BadShape, "123456789012".parse().ok()));
        }
    }

    #[test]
    fn absent_null_and_text_where_a_number_is_documented_are_understood() {
        let data = json!({
            "account_id": "123456789012", "region": null, "namespace": "n", "metric_name": "m", "dimensions": null,
            "timestamp": "1611929698000", "value": {"count": "2", "sum": null, "max": 1, "p50": null}, "unit": null,
            "added_later": {"deep": [1, {"x": null}]},
        });
        let (samples, rejects) = samples(&data.to_string());
        assert_eq!(rejects, []);
        let sample = &samples[0];
        assert_eq!((sample.count, sample.sum, sample.min, sample.max), (2.0, 0.0, None, Some(1.0)));
        assert_eq!((sample.dimensions.len(), sample.statistics.len(), &sample.unit[..]), (0, 0, ""));
    }

    #[test]
    fn the_region_of_the_carrying_stream_stands_in_for_a_missing_one() {
        let region = Some("eu-north-1".parse().unwrap());
        let data = SAMPLE.replace(r#""region":"us-east-1","#, "");
        let bump = Bump::new();
        let decoded = decode(data.as_bytes(), &Place { region, ..PLACE }, &bump);
        assert_eq!(decoded.points.iter().next().unwrap().resource.region, region);
    }

    #[test]
    fn objects_may_follow_each_other_without_newline_or_be_spread_over_lines() {
        let spread = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(SAMPLE).unwrap()).unwrap();
        for data in
            [format!("{SAMPLE}{SAMPLE}"), format!("{spread}\n{spread}\r\n"), format!("{SAMPLE}\r\n\n {SAMPLE} \n")]
        {
            let (samples, rejects) = samples(&data);
            assert_eq!((samples.len(), rejects), (2, vec![]), "{data}");
        }
        let (samples, rejects) = samples(&format!("{}\n{spread}", spread.replace("18.0", "18.0.0")));
        assert_eq!((samples.len(), rejects.len()), (1, 1));
    }

    #[test]
    fn escapes_in_names_and_values_are_resolved() {
        let (samples, _) =
            samples(&SAMPLE.replace("InstanceId", "Inst\\u00e4nz\\\"").replace("i-123456789012", "a\\/b"));
        assert_eq!(samples[0].dimensions, [("Inst\u{e4}nz\"".into(), "a/b".into())].into());
    }

    #[test]
    fn numbers_are_read_to_their_last_digit() {
        let (samples, _) = samples(&SAMPLE.replace("20.0", "-1.7561732065119512e-112"));
        assert_eq!(samples[0].sum, -1.756_173_206_511_951_2e-112);
    }

    #[test]
    fn rubbish_in_many_lines_is_one_reject() {
        let (_, rejects) = samples(&"}\n".repeat(10_000));
        assert_eq!((rejects.len(), rejects[0].data.len()), (1, 19_999));
        assert!(rejects[0].detail.ends_with("; 9999 more alike"), "{}", rejects[0].detail);
    }

    /// The object as AWS would write it.
    fn object(sample: &Sample) -> serde_json::Value {
        let mut value = json!({"count": sample.count, "sum": sample.sum});
        for (name, number) in [("min", sample.min), ("max", sample.max)] {
            if let Some(number) = number {
                value[name] = json!(number);
            }
        }
        for (name, number) in &sample.statistics {
            value[name] = json!(number);
        }
        let mut object = json!({
            "account_id": sample.owner.account, "region": sample.owner.region, "namespace": sample.namespace,
            "metric_name": sample.name, "dimensions": sample.dimensions, "unit": sample.unit, "value": value,
            "timestamp": sample.start,
        });
        if let Some(name) = &sample.owner.arn {
            object["metric_stream_name"] = json!(name);
        }
        object
    }

    fn finite(sample: &Sample) -> bool {
        let standard = [Some(sample.count), Some(sample.sum), sample.min, sample.max];
        let statistics = sample.statistics.iter().map(|(_, value)| *value);
        standard.into_iter().flatten().chain(statistics).all(f64::is_finite)
    }

    proptest! {
        #[test]
        fn every_object_becomes_the_point_it_says(
            samples_in in prop::collection::vec(sample(&["TM(25%:75%)", "p50", "p99.9"]).prop_filter("JSON has no infinity", finite), 0..6)
        ) {
            let lines: Vec<_> = samples_in.iter().map(|sample| object(sample).to_string()).collect();
            let (samples_out, rejects) = samples(&lines.join("\n"));
            let expected: Vec<_> = samples_in.into_iter().map(|sample| {
                let start = Timestamp::from_millis(sample.start);
                Sample { start: start.nanos(), end: start.plus(PERIOD).nanos(), ..sample }
            }).collect();
            prop_assert_eq!(samples_out, expected);
            prop_assert_eq!(rejects, vec![]);
        }

        #[test]
        fn no_bytes_make_it_panic_or_are_lost(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let bump = Bump::new();
            let decoded = decode(&data, &PLACE, &bump);
            let only_space = trimmed(&data).is_empty();
            prop_assert_eq!(decoded.points.is_empty() && decoded.rejects.is_empty(), only_space);
        }

        #[test]
        fn no_damage_makes_it_panic_or_lose_a_whole_neighbour(at in 0..SAMPLE.len(), byte in any::<u8>()) {
            let mut damaged = SAMPLE.as_bytes().to_vec();
            damaged[at] = byte;
            let data = [SAMPLE.as_bytes(), b"\n", &damaged, b"\n", SAMPLE.as_bytes()].concat();
            let bump = Bump::new();
            let decoded = decode(&data, &PLACE, &bump);
            prop_assert!(decoded.points.len() >= 2);
        }
    }
}
