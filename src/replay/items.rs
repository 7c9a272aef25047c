//! Finds the items of a file, one after the other.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};

use bytes::Bytes;

use super::object::Holds;
use super::service::{self, Cut, Lines};
use super::window::{ReadFailed, Window};
use super::{Broken, Content, Context, Error, Item, Kind, json, object};
use crate::delivery::{Payload, RawRecord};
use crate::proto;
use crate::reject::Reason;

/// The most bytes of one object, and so what reading holds in memory: the largest letter in base64, and room for its
/// other members.
pub const ITEM_BYTES_MAX: usize = 192 * 1024 * 1024;

/// A file of gzip members whose contents are gzip members: deeper, nobody meant it.
const GZIP_DEPTH_MAX: usize = 3;

/// A gzip member that inflates to no more is checked to its end before anything in it counts.
const CHECKED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// First bytes of a producer-library aggregate.
///
/// Source: awslabs/amazon-kinesis-producer, aggregation-format.md.
const AGGREGATE_MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];

/// The items of one file, in its order. Holds at most one object and its layers of gzip in memory.
pub struct Items {
    context: Context,
    /// `None` once everything was read.
    window: Option<Window>,
    layers: Vec<Layer>,
    /// Of the innermost layer, where it is one of lines of a service.
    lines: Option<Lines>,
    /// After a broken gzip member: whatever follows it up to the next member belongs to it.
    skip_to_gzip: bool,
    found: VecDeque<Result<Item, Broken>>,
}

/// A layer of gzip.
struct Layer {
    /// Where it began in the layer around it.
    begin: u64,
    /// Of the layer around it.
    lines: Option<Lines>,
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Items {{ of {} }}", self.context.name)
    }
}

impl Items {
    /// Reads a file from its beginning.
    #[must_use]
    pub fn new(reader: Box<dyn Read + Send>, context: Context) -> Self {
        Self {
            context,
            window: Some(Window::new(reader)),
            layers: Vec::new(),
            lines: None,
            skip_to_gzip: false,
            found: VecDeque::new(),
        }
    }
}

impl Iterator for Items {
    type Item = Result<Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Some(found.map_err(Error::Broken));
            }
            let mut window = self.window.take()?;
            match self.step(&mut window) {
                Ok(Step::Stay) => self.window = Some(window),
                Ok(Step::Enter) => self.enter(window),
                Ok(Step::End) => self.window = self.leave(window),
                Err(error) if ReadFailed::is_in(&error) => return Some(Err(Error::Read(error))),
                Err(error) => self.window = self.give_up_layer(window, &error),
            }
        }
    }
}

/// What to do after one look at the window.
enum Step {
    /// Look again.
    Stay,
    /// A gzip member begins here.
    Enter,
    /// Nothing is left in this layer.
    End,
}

impl Items {
    fn step(&mut self, window: &mut Window) -> io::Result<Step> {
        if self.skip_to_gzip {
            window.skip_to_gzip()?;
            self.skip_to_gzip = false;
        }
        if window.offset() == 0 {
            self.lines = Lines::begin(window, &self.context.name)?;
        }
        match self.lines {
            Some(_) => window.skip_newlines()?,
            None => window.skip_space()?,
        }
        let _ = window.fill(AGGREGATE_MAGIC.len())?;
        match window.data() {
            [] => Ok(Step::End),
            [0x1f, 0x8b, ..] if self.layers.len() < GZIP_DEPTH_MAX => Ok(Step::Enter),
            [b'{', ..] => self.object(window),
            data if data.starts_with(&AGGREGATE_MAGIC) => self.aggregate(window),
            _ if self.lines.is_some() => self.lines(window),
            _ => self.delimited(window),
        }
    }

    fn object(&mut self, window: &mut Window) -> io::Result<Step> {
        let end = match json::object_end(window, ITEM_BYTES_MAX)? {
            json::End::At(end) => end,
            json::End::Never => return self.garbage(window, Reason::BadJson, "a JSON object that does not end"),
            json::End::TooFar => {
                let detail = format!("a JSON object of more than {ITEM_BYTES_MAX} bytes");
                return self.garbage(window, Reason::TooLarge, &detail);
            }
        };
        let position = self.place(window);
        match object::read(&window.data()[..end], &position, &self.context) {
            Ok(Holds::Items(items)) => {
                self.found.extend(items);
                window.consume(end);
                Ok(Step::Stay)
            }
            Ok(Holds::ServiceLog) => {
                let end = service::record_end(window, end, &self.context.name);
                let data = Bytes::copy_from_slice(&window.data()[..end]);
                window.consume(end);
                self.push_record(Kind::ServiceLog, position, data);
                Ok(Step::Stay)
            }
            Err(error) => self.garbage_within(window, Reason::BadJson, &format!("not JSON: {error}"), end),
        }
    }

    /// A piece of the lines of a service.
    fn lines(&mut self, window: &mut Window) -> io::Result<Step> {
        let ended = match window.fill(service::PIECE_BYTES_MAX + 1) {
            Ok(more) => !more,
            // What was read before is used.
            Err(error) => {
                window.fail_later(error);
                false
            }
        };
        let position = self.place(window);
        match service::cut(window.data(), service::PIECE_BYTES_MAX, ended) {
            Cut::At(end) => {
                let piece = &window.data()[..end];
                let record = self.lines.as_mut().map_or_else(|| piece.to_vec(), |lines| lines.record(piece));
                let blank = piece.trim_ascii().is_empty();
                window.consume(end);
                if !blank {
                    self.push_record(Kind::ServiceLog, position, record.into());
                }
            }
            Cut::TooLong => {
                let detail = format!("a line of more than {} bytes", service::PIECE_BYTES_MAX);
                self.found.push_back(Err(Broken { position, reason: Reason::TooLarge, detail }));
                window.skip_line()?;
            }
            Cut::Behind => {}
        }
        Ok(Step::Stay)
    }

    fn aggregate(&mut self, window: &mut Window) -> io::Result<Step> {
        let _ = window.fill(ITEM_BYTES_MAX)?;
        let data = Bytes::copy_from_slice(window.data());
        let position = self.place(window);
        window.consume(data.len());
        self.push_record(Kind::Aggregate, position, data);
        Ok(Step::Stay)
    }

    /// A message of a metric stream in OpenTelemetry format: a length and that many bytes.
    ///
    /// Source: CloudWatch user guide, "CloudWatch metric stream OpenTelemetry 1.0.0 format".
    fn delimited(&mut self, window: &mut Window) -> io::Result<Step> {
        const VARINT_BYTES_MAX: usize = 10;
        let _ = window.fill(VARINT_BYTES_MAX)?;
        let mut reader = proto::Reader::new(window.data());
        let length = reader.varint().ok().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let head = window.data().len() - reader.rest().len();
        let likely = length > 0 && length <= ITEM_BYTES_MAX && reader.rest().first() == Some(&0x0a);
        if !likely || !window.fill(head + length)? || !is_request(&window.data()[head..head + length]) {
            return self.garbage(window, Reason::UnknownFormat, "none of the formats that fanin reads");
        }
        let data = Bytes::copy_from_slice(&window.data()[..head + length]);
        let position = self.place(window);
        window.consume(data.len());
        self.push_record(Kind::MetricStream, position, data);
        Ok(Step::Stay)
    }

    fn push_record(&mut self, kind: Kind, position: String, data: Bytes) {
        let origin = self.context.origin();
        let bytes = data.len();
        let record = RawRecord { data, position: position.as_str().into(), arrived: self.context.arrived };
        let content = Content::Deliver { origin, payload: Payload::Records(vec![record]) };
        self.found.push_back(Ok(Item { kind, position, bytes, reason: None, content }));
    }

    fn garbage(&mut self, window: &mut Window, reason: Reason, detail: &str) -> io::Result<Step> {
        self.garbage_within(window, reason, detail, usize::MAX)
    }

    /// One broken item, up to where another one plainly begins, and at most of `bytes_max`; among lines, one line.
    fn garbage_within(
        &mut self,
        window: &mut Window,
        reason: Reason,
        detail: &str,
        bytes_max: usize,
    ) -> io::Result<Step> {
        self.found.push_back(Err(Broken { position: self.place(window), reason, detail: detail.into() }));
        match self.lines {
            Some(_) => window.skip_line()?,
            None => window.skip_to_item(bytes_max)?,
        }
        Ok(Step::Stay)
    }

    fn enter(&mut self, mut window: Window) {
        self.layers.push(Layer { begin: window.offset(), lines: self.lines.take() });
        window.hold();
        let mut inner = Window::gunzip(window);
        if let Err(error) = inner.fill(CHECKED_BYTES_MAX) {
            inner.fail_later(error);
        }
        self.window = Some(inner);
    }

    fn leave(&mut self, window: Window) -> Option<Window> {
        self.lines = self.layers.pop().and_then(|layer| layer.lines);
        let mut outer = window.into_outer()?;
        outer.release();
        Some(outer)
    }

    fn give_up_layer(&mut self, window: Window, error: &io::Error) -> Option<Window> {
        let detail = if error.kind() == io::ErrorKind::UnexpectedEof {
            "a gzip member that ends early".to_owned()
        } else {
            format!("a gzip member that does not inflate: {error}")
        };
        let mut outer = window.into_outer()?;
        let layer = self.layers.pop();
        let position = layer.as_ref().map_or_else(|| self.place(&outer), |layer| self.place_at(layer.begin));
        self.lines = layer.and_then(|layer| layer.lines);
        self.found.push_back(Err(Broken { position, reason: Reason::BadGzip, detail }));
        outer.rewind_past_first();
        self.skip_to_gzip = true;
        Some(outer)
    }

    fn place(&self, window: &Window) -> String {
        self.place_at(window.offset())
    }

    fn place_at(&self, offset: u64) -> String {
        let layers: Vec<String> =
            self.layers.iter().map(|layer| layer.begin).chain([offset]).map(|at| at.to_string()).collect();
        layers.join("/")
    }
}

/// Whether bytes are an export request of either format: nothing but fields of number one.
fn is_request(message: &[u8]) -> bool {
    let mut reader = proto::Reader::new(message);
    loop {
        match reader.field() {
            Ok(Some((1, proto::Field::Bytes(_)))) => {}
            Ok(Some(_)) | Err(_) => return false,
            Ok(None) => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::config::Normalize;
    use crate::delivery::{Delivery, Source};
    use crate::envelope::object;
    use crate::id::{AccountId, Region, Signal};
    use crate::inflate::tests::gzip;
    use crate::letter::{Letter, line};
    use crate::processor::output::Output;
    use crate::processor::{Processor, Surroundings};
    use crate::tenant::Directory;
    use crate::time::Timestamp;

    const ARRIVED: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn read(bytes: impl Into<Vec<u8>>) -> Vec<Result<Item, Error>> {
        let context = Context { name: "file".into(), region: Region::parse("eu-central-1").ok(), arrived: ARRIVED };
        Items::new(Box::new(Cursor::new(bytes.into())), context).collect()
    }

    fn items(bytes: impl Into<Vec<u8>>) -> Vec<Item> {
        read(bytes).into_iter().map(Result::unwrap).collect()
    }

    /// Kind of each item, or place and words of what is broken.
    fn outline(bytes: impl Into<Vec<u8>>) -> Vec<String> {
        let outline = |found: Result<Item, Error>| match found {
            Ok(item) => format!("{:?} at {}", item.kind, item.position),
            Err(error) => error.to_string(),
        };
        read(bytes).into_iter().map(outline).collect()
    }

    fn records(item: &Item) -> &[RawRecord] {
        let Content::Deliver { payload: Payload::Records(records), .. } = &item.content else {
            panic!("not records: {item:?}");
        };
        records
    }

    fn origin(item: &Item) -> (Source, &str, Option<&str>) {
        let Content::Deliver { origin, .. } = &item.content else { panic!("not delivered: {item:?}") };
        (origin.source, &origin.name, origin.region.as_ref().map(Region::as_str))
    }

    fn payload(owner: &str) -> Vec<u8> {
        let event = json!({"id": "1", "timestamp": 1_583_425_836_114_u64, "message": "{\"a\": \"}\"}\n"});
        json!({"messageType": "DATA_MESSAGE", "owner": owner, "logEvents": [event]}).to_string().into_bytes()
    }

    fn letter(destination: &str) -> Letter {
        Letter::Otlp {
            time: ARRIVED,
            reason: None,
            detail: "down".into(),
            signal: Signal::Logs,
            destination: destination.into(),
            accounts: vec![],
            request: Bytes::from_static(b"\x0a\x00"),
        }
    }

    #[test]
    fn a_backup_object_of_gzip_members_gives_each_of_them() {
        let (first, second) = (payload("111122223333"), payload("444455556666"));
        let object = [gzip(&first), gzip(&second)].concat();
        let found = items(object);
        assert_eq!(found.iter().map(|item| records(item)[0].data.clone()).collect::<Vec<_>>(), [first, second]);
        assert_eq!(origin(&found[0]), (Source::File, "file", Some("eu-central-1")));
    }

    #[test]
    fn an_object_that_was_compressed_as_a_whole_is_opened_too() {
        let members = [gzip(&payload("111122223333")), gzip(&payload("444455556666"))].concat();
        let expected =
            ["LogsPayload at 0/0/0", &format!("LogsPayload at 0/{}/0", gzip(&payload("111122223333")).len())];
        assert_eq!(outline(gzip(&members)), expected);
    }

    #[test]
    fn objects_may_stand_on_lines_or_not() {
        let object = payload("111122223333");
        for separator in ["", "\n", "\r\n", "  \n\n", ","] {
            let bytes = [&object[..], separator.as_bytes(), &object[..], separator.as_bytes()].concat();
            assert_eq!(items(bytes).len(), 2, "{separator:?}");
        }
    }

    #[test]
    fn one_file_may_mix_everything() {
        let lines = [line::write(&letter("a")), payload("111122223333"), gzip(&line::write(&letter("b")))].concat();
        let kinds: Vec<_> = items(lines).iter().map(|item| item.kind).collect();
        assert_eq!(kinds, [Kind::SpilledBatch, Kind::LogsPayload, Kind::SpilledBatch]);
    }

    #[test]
    fn a_broken_line_is_told_with_its_place_and_the_next_ones_come() {
        let good = line::write(&letter("a"));
        let bad = b"{\"letter\":\"otlp\",\"version\":1,\n".to_vec();
        let lines = [good.clone(), bad, good.clone(), b"plain text\n".to_vec(), good.clone()].concat();
        let (second, third) = (good.len(), 2 * good.len() + 30);
        assert_eq!(
            outline(lines),
            [
                "SpilledBatch at 0".to_owned(),
                format!("at {second}: a JSON object that does not end"),
                format!("SpilledBatch at {}", second + 30),
                format!("at {third}: none of the formats that fanin reads"),
                format!("SpilledBatch at {}", third + 11),
            ]
        );
    }

    #[test]
    fn a_truncated_gzip_member_costs_only_itself() {
        let whole = gzip(&payload("111122223333"));
        let cut = &whole[..whole.len() / 2];
        let found = outline([cut, &whole, cut].concat());
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("at 0: a gzip member that "), "{found:?}");
        assert_eq!(found[1], format!("LogsPayload at {}/0", cut.len()));
        assert_eq!(found[2], format!("at {}: a gzip member that ends early", cut.len() + whole.len()));
    }

    #[test]
    fn nothing_of_a_small_member_with_a_wrong_checksum_is_believed() {
        let mut damaged = gzip(&payload("111122223333"));
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        let found = outline([damaged, gzip(&payload("444455556666"))].concat());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("at 0: a gzip member that does not inflate"), "{found:?}");
    }

    #[test]
    fn a_large_member_is_streamed_object_by_object() {
        let object = json!({"logEvents": [], "owner": "111122223333", "pad": "x".repeat(100_000)}).to_string();
        let found = items(gzip(object.repeat(90).as_bytes()));
        assert_eq!(found.len(), 90);
        assert_eq!(found[89].position, format!("0/{}", 89 * object.len()));
    }

    #[test]
    fn a_read_that_fails_ends_the_file_and_is_no_broken_item() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        for first in [gzip(&payload("111122223333"))[..40].to_vec(), b"{\"a\":".to_vec()] {
            let context = Context { name: "file".into(), region: None, arrived: ARRIVED };
            let mut found = Items::new(Box::new(Cursor::new(first).chain(Fails)), context);
            assert!(matches!(found.next(), Some(Err(Error::Read(_)))));
            assert!(found.next().is_none());
        }
    }

    #[test]
    fn a_firehose_failure_gives_the_record_as_it_first_came() {
        let failure = json!({
            "attemptsMade": 4, "arrivalTimestamp": "1684424042901", "errorCode": "HttpEndpoint.DestinationException",
            "errorMessage": "503", "attemptEndingTimestamp": null, "rawData": "H4s", "subsequenceNumber": 0,
            "dataId": "49576662127158222.0", "later": {"member": true}
        });
        let found = items(format!("{failure}{failure}"));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].kind, Kind::FirehoseFailure);
        let record = &records(&found[0])[0];
        assert_eq!((&record.data[..], &*record.position), (&b"\x1f\x8b"[..], "49576662127158222.0"));
        assert_eq!(record.arrived, Timestamp::from_millis(1_684_424_042_901));
        assert_eq!(outline(r#"{"rawData":"*","lambdaArn":"x"}"#), ["at 0: \"rawData\" is not base64"]);
    }

    #[test]
    fn a_kinesis_event_gives_its_records_with_their_sequence_numbers() {
        let found = items(&include_bytes!("../../tests/data/replay-lambda/kinesis-event.json")[..]);
        assert_eq!(found.len(), 1);
        let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/simple-stream";
        assert_eq!(origin(&found[0]), (Source::Lambda, arn, Some("us-east-1")));
        let records = records(&found[0]);
        assert_eq!(records.len(), 2);
        assert_eq!(
            &*records[0].position,
            "shardId-000000000000:49568167373333333333333333333333333333333333333333333333"
        );
        assert_eq!(records[0].arrived, Timestamp::from_millis(1_480_641_523_477));
    }

    #[test]
    fn an_on_failure_object_holds_the_event_as_text() {
        let event = include_str!("../../tests/data/replay-lambda/kinesis-event.json");
        let failure = |payload: serde_json::Value| {
            json!({
                "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 1},
                "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
                "version": "1.0", "timestamp": "2019-11-14T00:38:06.021Z",
                "KinesisBatchInfo": {"shardId": "shardId-000000000001", "startSequenceNumber": "1",
                    "endSequenceNumber": "2", "batchSize": 2, "streamArn": "arn:aws:kinesis:us-east-2:123456789012:stream/s"},
                "payload": payload
            })
            .to_string()
        };
        let as_text = items(failure(json!(event)));
        assert_eq!(as_text[0].kind, Kind::LambdaFailure);
        assert_eq!(records(&as_text[0]).len(), 2);
        assert_eq!(as_text, items(failure(serde_json::from_str(event).unwrap())));
        assert_eq!(
            outline(failure(json!(null))),
            ["at 0: a failed invocation without its event (only S3 destinations get it): read shard \
              shardId-000000000001 of arn:aws:kinesis:us-east-2:123456789012:stream/s from sequence number 1 to 2 again"]
        );
    }

    #[test]
    fn an_asynchronous_invocation_that_failed_holds_its_event_too() {
        let event: serde_json::Value =
            serde_json::from_slice(include_bytes!("../../tests/data/replay-lambda/awslogs-event.json")).unwrap();
        let failure = json!({"version": "1.0", "requestContext": {}, "requestPayload": event});
        let found = items(failure.to_string());
        assert_eq!(found[0].kind, Kind::LambdaFailure);
        assert!(records(&found[0])[0].data.starts_with(b"\x1f\x8b"));
    }

    #[test]
    fn a_record_of_another_service_is_told_and_its_neighbours_come() {
        let event = json!({"Records": [
            {"eventSource": "aws:sqs", "body": "x"},
            {"kinesis": {"data": "AAA=", "approximateArrivalTimestamp": null}, "eventSourceARN": null},
            {"kinesis": {"data": 7}},
        ]});
        assert_eq!(
            outline(event.to_string()),
            [
                "LambdaEvent at 0",
                "at 0#0: a record of aws:sqs, which carries no telemetry",
                "at 0#2: \"kinesis.data\" is not base64"
            ]
        );
    }

    #[test]
    fn events_and_bodies_of_firehose_give_their_records() {
        let event = items(&include_bytes!("../../tests/data/replay-lambda/firehose-event.json")[..]);
        assert_eq!(origin(&event[0]), (Source::Firehose, "aws:lambda:events", Some("us-west-2")));
        assert_eq!(records(&event[0])[1].arrived, Timestamp::from_millis(1_507_217_624_302));
        let body = items(
            r#"{"requestId":"r","timestamp":1684424042901,"records":[{"data":"H4s="},{"data":null}]}"#
                .replace(",{\"data\":null}", ""),
        );
        assert_eq!(records(&body[0])[0].arrived, Timestamp::from_millis(1_684_424_042_901));
    }

    #[test]
    fn payloads_and_metric_streams_of_others_are_recognised() {
        let payloads = items(&include_bytes!("../../tests/data/replay-collector/multiple_json_objects.json")[..]);
        assert_eq!(payloads.iter().map(|item| item.kind).collect::<Vec<_>>(), [Kind::LogsPayload; 2]);
        let metrics = items(&include_bytes!("../../tests/data/replay-collector/metric-stream-json")[..]);
        assert_eq!(metrics.len(), 127);
        assert!(metrics.iter().all(|item| item.kind == Kind::MetricStream));
        assert_eq!(items(&include_bytes!("../../tests/data/replay-lambda/logs-payload.json")[..]).len(), 1);
    }

    #[test]
    fn messages_of_a_metric_stream_in_protobuf_are_taken_apart() {
        let message = |length: usize| {
            let mut request = proto::Writer::new();
            request.bytes_field(1, &vec![b'{'; length]);
            let mut framed = proto::Writer::new();
            framed.varint(request.as_slice().len() as u64);
            framed.raw(request.as_slice());
            framed.into_vec()
        };
        let (first, second) = (message(300), message(70_000));
        let found = items([&first[..], &second].concat());
        assert_eq!(found.iter().map(|item| records(item)[0].data.clone()).collect::<Vec<_>>(), [first, second]);
        let truncated = message(300);
        assert_eq!(outline(&truncated[..200]), ["at 0: none of the formats that fanin reads"]);
    }

    #[test]
    fn a_capture_becomes_the_request_it_was() {
        let capture = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"cloud.account.id","value":{"stringValue":"111122223333"}}]},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1583425836114000000","severityNumber":9,"body":{"stringValue":"hello"},"traceId":"","spanId":""}]}]}]}"#;
        let found = items(format!("{capture}\n"));
        let Content::Deliver { payload: Payload::Otlp { signal: Signal::Logs, request, .. }, .. } = &found[0].content
        else {
            panic!("not a capture: {found:?}");
        };
        let accounts = crate::letter::part::accounts(Signal::Logs, request).unwrap();
        assert_eq!(accounts.into_iter().collect::<Vec<_>>(), [(AccountId::parse("111122223333").unwrap(), 1)]);
    }

    #[test]
    fn a_dead_record_goes_back_to_where_it_came_from() {
        let letter = Letter::Raw {
            time: ARRIVED,
            reason: Reason::BadJson,
            detail: "ends early".into(),
            source: Source::Kinesis,
            origin: "arn:aws:kinesis:us-east-1:111122223333:stream/s".into(),
            position: "shardId-000000000000:1".into(),
            arrived: Timestamp::from_seconds(1),
            account: None,
            region: Region::parse("us-east-1").ok(),
            data: Bytes::from_static(b"{"),
        };
        let found = items(line::write(&letter));
        let name = "arn:aws:kinesis:us-east-1:111122223333:stream/s";
        assert_eq!(origin(&found[0]), (Source::Kinesis, name, Some("us-east-1")));
        let record = &records(&found[0])[0];
        assert_eq!((&record.data[..], &*record.position), (&b"{"[..], "shardId-000000000000:1"));
        assert_eq!(record.arrived, Timestamp::from_seconds(1));
    }

    #[test]
    fn gzip_without_end_is_not_opened_for_ever() {
        let five = gzip(&gzip(&gzip(&gzip(&gzip(b"{}")))));
        assert_eq!(outline(five), ["at 0/0/0/0: none of the formats that fanin reads"]);
    }

    macro_rules! promtail {
        ($file:literal) => {
            &include_bytes!(concat!("../../tests/data/promtail/testdata/", $file))[..]
        };
    }

    fn named(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<Item> {
        let context = Context { name: name.into(), region: None, arrived: ARRIVED };
        Items::new(Box::new(Cursor::new(bytes.into())), context).map(Result::unwrap).collect()
    }

    /// The messages of service logs, each record read by itself.
    fn messages(items: &[Item], name: &str) -> Vec<String> {
        let records = items.iter().flat_map(records);
        let texts = records.map(|record| std::str::from_utf8(&record.data).unwrap());
        let objects = texts.map(|text| object::read(text, name).unwrap_or_else(|| panic!("{text:.200} is none")));
        objects.flat_map(|object| object.messages().map(|it| it.text.to_owned()).collect::<Vec<_>>()).collect()
    }

    /// An event of a trail; one with `eventSource` of a service, not of a Lambda event.
    const TRAIL_EVENT: &str = r#"{"eventVersion":"1.08","eventTime":"2023-05-19T07:44:30Z","eventSource":"sts.amazonaws.com","recipientAccountId":"111122223333"}"#;
    const WAF: &str = r#"{"timestamp":1,"webaclId":"arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/A/1","action":"BLOCK","httpRequest":{}}"#;

    #[test]
    fn objects_that_services_put_into_s3_are_read() {
        let cases = [
            (promtail!("albaccesslog.log.gz"), 2),
            (promtail!("nlbaccesslog.log.gz"), 2),
            (promtail!("cloudfront.log.gz"), 2),
            (promtail!("s3accesslog.log"), 1),
            (promtail!("vpcflowlog.log.gz"), 3),
            (promtail!("waflog.log.gz"), 1),
            (promtail!("cloudtrail-log-file.json.gz"), 2),
        ];
        for (bytes, n_messages) in cases {
            let found = items(bytes);
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].kind, origin(&found[0]).0), (Kind::ServiceLog, Source::File));
            assert_eq!(messages(&found, "").len(), n_messages);
        }
        assert_eq!(outline(promtail!("msklog.log.gz")), ["at 0/0: none of the formats that fanin reads"]);
    }

    #[test]
    fn lines_of_an_unknown_shape_are_read_by_the_name_of_their_object() {
        let name = "s3://logs/AWSLogs/111122223333/vpcflowlogs/eu-west-1/x.log";
        assert_eq!(named(name, "7 x y\n").len(), 1);
        assert_eq!(outline("7 x y\n"), ["at 0: none of the formats that fanin reads"]);
    }

    #[test]
    fn a_file_of_a_trail_is_told_from_an_event_of_lambda() {
        let file = format!("{{\"Records\":[{TRAIL_EVENT}]}}");
        assert_eq!(
            outline(format!("{file}\n{file}")),
            ["ServiceLog at 0", &format!("ServiceLog at {}", file.len() + 1)]
        );
        assert_eq!(named("AWSLogs/111122223333/CloudTrail/eu-west-3/x.json", r#"{"Records":[]}"#).len(), 1);
        assert_eq!(outline(r#"{"Records":[]}"#), [""; 0]);
    }

    #[test]
    fn messages_in_json_go_together_as_long_as_they_are_of_one_format() {
        let letter = String::from_utf8(line::write(&letter("a"))).unwrap();
        let text = format!("{WAF}\n\n{WAF}\r\n{{\"broken\n{WAF}\n{letter}{WAF}{WAF}\n");
        let kinds: Vec<_> =
            outline(text.clone()).iter().map(|told| told.split(" at ").next().unwrap().to_owned()).collect();
        assert_eq!(kinds[0], "ServiceLog");
        assert!(kinds[1].starts_with("at "), "{kinds:?}");
        assert_eq!(kinds[2..], ["ServiceLog", "SpilledBatch", "ServiceLog", "ServiceLog"]);
        let found: Vec<_> = read(text).into_iter().flatten().filter(|item| item.kind == Kind::ServiceLog).collect();
        assert_eq!(messages(&found, ""), [WAF; 5]);
    }

    #[test]
    fn what_somebody_laid_out_over_many_lines_is_no_message() {
        let laid_out = WAF.replace(',', ",\n");
        assert_eq!(outline(laid_out), ["at 0: a JSON object of none of the formats that fanin reads"]);
    }

    /// A line of a flow log.
    fn flow(number: usize) -> String {
        format!("2 111122223333 eni-{number} 10.0.0.1 10.0.0.2 443 {number} 6 48 21869 1669842701 1669842702 ACCEPT OK")
    }

    #[test]
    fn a_line_that_is_too_long_or_none_costs_no_other_line() {
        let long = "x".repeat(service::PIECE_BYTES_MAX + 1);
        let letter = line::write(&letter("a"));
        let letter = std::str::from_utf8(&letter).unwrap();
        let text = format!("{}\n{long}\n\t{}\n{{broken\n{}\n{letter}{}", flow(1), flow(2), flow(3), flow(4));
        let found = read(text);
        let told: Vec<_> = found
            .iter()
            .map(|it| it.as_ref().map_or_else(ToString::to_string, |it| format!("{:?}", it.kind)))
            .collect();
        assert_eq!(told[0], "ServiceLog");
        assert!(told[1].ends_with(&format!("a line of more than {} bytes", service::PIECE_BYTES_MAX)), "{told:?}");
        assert_eq!(told[2], "ServiceLog");
        assert!(told[3].ends_with("a JSON object that does not end"), "{told:?}");
        assert_eq!(told[4..], ["ServiceLog", "SpilledBatch", "ServiceLog"]);
        let logs: Vec<_> = found.into_iter().flatten().filter(|item| item.kind == Kind::ServiceLog).collect();
        let tabbed = format!("\t{}", flow(2));
        assert_eq!(messages(&logs, "AWSLogs/1/vpcflowlogs/x"), [flow(1), tabbed, flow(3), flow(4)]);
    }

    #[test]
    fn lines_before_the_place_where_gzip_breaks_are_used() {
        let lines: Vec<_> = (0..200_000).map(flow).collect();
        let mut bytes = gzip(lines.join("\n").as_bytes());
        let n_bytes = bytes.len();
        bytes.truncate(n_bytes * 9 / 10);
        let found = read(bytes);
        assert!(found.last().unwrap().is_err());
        let used: Vec<_> = found.into_iter().flatten().collect();
        let used = messages(&used, "");
        assert!(used.len() > 150_000, "{}", used.len());
        assert_eq!(used, lines[..used.len()]);
    }

    #[test]
    fn a_dead_letter_of_a_service_log_is_read_under_the_name_of_its_file() {
        let name = "s3://logs/AWSLogs/111122223333/vpcflowlogs/eu-west-1/x.log";
        let letter = Letter::Raw {
            time: ARRIVED,
            reason: Reason::BadAccount,
            detail: "none".into(),
            source: Source::File,
            origin: name.into(),
            position: "0/0".into(),
            arrived: ARRIVED,
            account: None,
            region: None,
            data: Bytes::from_static(b"interface-id srcaddr dstaddr action\neni-1 10.0.0.1 10.0.0.2 ACCEPT\n"),
        };
        let found = items(line::write(&letter));
        assert_eq!((found[0].kind, origin(&found[0])), (Kind::DeadRecord, (Source::File, name, None)));
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let Content::Deliver { origin, payload } = found.into_iter().next().unwrap().content else {
            panic!("a letter")
        };
        let (delivery, mut output) = (Delivery { origin, payload, accounts: None }, Output::default());
        Processor::default().process(&delivery, 0, &Surroundings::new(&directory, &settings), &mut output);
        assert_eq!(
            (output.chunks[0].account.as_str(), output.chunks[0].records, output.rejects.len()),
            ("111122223333", 1, 0)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn each_piece_of_a_large_object_decodes_by_itself_and_no_line_is_lost_or_doubled(
            lengths in prop::collection::vec(0..9_000_usize, 20..40), times in 5..12_usize, zipped in any::<bool>(), format in 0..4_usize,
        ) {
            let message = |length: usize, index: usize| {
                let pad = "x".repeat(length);
                match format {
                    0 => format!("eni-{index} 111122223333 10.0.0.1 {pad}"),
                    1 => format!("2023-04-26\t07:25:11\tABC11-C1\t{index}\t{pad}"),
                    2 => WAF.replace("BLOCK", &format!("{index}{pad}")),
                    _ => format!("tls 2.0 2018-12-20T02:59:40 net/lb/c6e7 {index} {pad}"),
                }
            };
            let header = ["interface-id account-id srcaddr dstaddr", "#Version: 1.0\n#Fields: date time x-edge-location c-ip cs(Host)"];
            let lines: Vec<_> = lengths.repeat(times).into_iter().enumerate().map(|(index, length)| message(length, index)).collect();
            let text = header.get(format).into_iter().map(|it| (*it).to_owned()).chain(lines.iter().cloned()).collect::<Vec<_>>().join("\n");
            let found = items(if zipped { gzip(text.as_bytes()) } else { text.into_bytes() });
            prop_assert!(found.iter().all(|item| item.kind == Kind::ServiceLog && item.bytes <= service::PIECE_BYTES_MAX + 100));
            prop_assert_eq!(messages(&found, ""), lines);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_hang(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            drop(read(bytes));
        }

        #[test]
        fn damage_never_costs_the_items_around_it(at in any::<prop::sample::Index>(), byte in any::<u8>(), zipped in any::<bool>()) {
            let part = |owner: &str| {
                let mut bytes = payload(owner);
                bytes.push(b'\n');
                if zipped { gzip(&bytes) } else { bytes }
            };
            let mut middle = part("444455556666");
            let at = at.index(middle.len() - 1);
            middle[at] = byte;
            let found = read([part("111122223333"), middle, part("777788889999")].concat());
            let owners: Vec<_> = found.iter().flatten().map(|item| records(item)[0].data.clone()).collect();
            prop_assert_eq!(owners.first(), Some(&Bytes::from(payload("111122223333"))));
            prop_assert_eq!(owners.last(), Some(&Bytes::from(payload("777788889999"))));
        }
    }
}
