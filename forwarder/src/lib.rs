//! The part of Fanin that runs inside AWS accounts: an event of Lambda in, encoded chunks and rejects out, and the answer
//! that tells Lambda which records to send again.
//!
//! Pure, as the library that it links without its feature `service`. Not here yet: the entry point of a Lambda function,
//! the export of the chunks, and the deployment.

use std::cmp::Ordering;
use std::io::Cursor;

use fanin::chunk::Chunk;
use fanin::delivery::{Delivery, Origin, Payload};
use fanin::processor::output::Output;
use fanin::processor::{Processor, Surroundings, units};
use fanin::reject::Reject;
use fanin::replay::{self, Content, Context, Items, Kind};
use fanin::shard::sequence;
use fanin::time::Timestamp;
use serde::Serialize;

/// Why an event is none that this function is meant for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something else than Lambda's event source mapping of a Kinesis stream sends.
    #[error(
        "not an event of a Kinesis stream but {found}: set the function's trigger to the stream of the subscription"
    )]
    NotKinesis {
        /// What it is instead.
        found: String,
    },
    /// It cannot be read at all.
    #[error("the event cannot be read")]
    Unreadable(#[source] std::io::Error),
}

/// An event, processed.
#[derive(Debug)]
pub struct Processed {
    /// Through which stream the records came.
    pub origin: Origin,
    /// What was made of each record, in the order of the event, which is that of its shard.
    pub records: Vec<Record>,
    /// Members of the event that are no records; they have no sequence number that could be sent again.
    pub broken: Vec<Reject>,
}

/// What was made of one record of the stream.
#[derive(Debug)]
pub struct Record {
    /// Its place in the shard, by which Lambda is told to send it again.
    pub sequence_number: Box<str>,
    /// Encoded telemetry, for the backends.
    pub chunks: Vec<Chunk>,
    /// What could not be used, for the dead letters. It is not sent again: it would be as broken then.
    pub rejects: Vec<Reject>,
}

/// Decodes, tags and encodes an event of a Kinesis event source mapping. `now` stands in for times that it lacks.
///
/// # Errors
/// When it is another event. What is broken inside of an event is a reject beside its neighbours' records.
/// Source: Lambda developer guide, "Using Lambda to process records from Amazon Kinesis Data Streams".
pub fn process(
    event: &[u8],
    now: Timestamp,
    processor: &mut Processor,
    around: &Surroundings<'_>,
) -> Result<Processed, Error> {
    let context = Context { name: "lambda".into(), region: None, arrived: now };
    let (mut delivery, mut broken) = (None, Vec::new());
    for item in Items::new(Box::new(Cursor::new(event.to_vec())), context) {
        match item {
            Ok(item) => delivery = Some(kinesis(item)?),
            Err(replay::Error::Broken(found)) => broken.push(reject(found, event, now)),
            Err(replay::Error::Read(error)) => return Err(Error::Unreadable(error)),
        }
    }
    let Some(delivery) = delivery else {
        let found = broken.pop().map_or_else(|| "nothing".to_owned(), |reject| reject.detail);
        return Err(Error::NotKinesis { found });
    };
    let records = records(&delivery, processor, around);
    Ok(Processed { origin: delivery.origin, records, broken })
}

/// The delivery in an item, if a Kinesis stream made it: a function that is subscribed to a log group names no stream.
fn kinesis(item: replay::Item) -> Result<Delivery, Error> {
    let is_event = item.kind == Kind::LambdaEvent;
    match item.content {
        Content::Deliver { origin, payload } if is_event && origin.name.contains(":kinesis:") => {
            Ok(Delivery { origin, payload, accounts: None })
        }
        Content::Deliver { .. } | Content::Send(_) => Err(Error::NotKinesis { found: item.kind.plural().to_owned() }),
    }
}

/// A record that is broken in the event itself. Its bytes cannot be told from its neighbours', so all are kept.
fn reject(broken: replay::Broken, event: &[u8], now: Timestamp) -> Reject {
    let replay::Broken { position, reason, detail } = broken;
    Reject {
        reason,
        detail,
        account: None,
        region: None,
        position: position.into(),
        arrived: now,
        data: event.to_vec().into(),
    }
}

fn records(delivery: &Delivery, processor: &mut Processor, around: &Surroundings<'_>) -> Vec<Record> {
    let Payload::Records(raw) = &delivery.payload else { return Vec::new() };
    let process = |unit| {
        let mut output = Output::default();
        processor.process(delivery, unit, around, &mut output);
        let sequence_number = sequence_number(&raw[unit].position).into();
        Record { sequence_number, chunks: output.chunks, rejects: output.rejects }
    };
    (0..units(&delivery.payload)).map(process).collect()
}

/// A position is `shardId-000000000000:SEQUENCE_NUMBER`, as Lambda's `eventID`, or the sequence number alone.
fn sequence_number(position: &str) -> &str {
    position.rsplit_once(':').map_or(position, |(_, sequence_number)| sequence_number)
}

/// The answer to Lambda when some records could not be made safe: Lambda sends the first of them again, and all after it.
///
/// Source: Lambda developer guide, "Configuring partial batch response with Kinesis Data Streams and Lambda". Takes effect
/// where the event source mapping has `ReportBatchItemFailures` among its function response types; an empty list is a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    sequence_number: Box<str>,
}

impl Answer {
    /// The answer when these sequence numbers of one shard failed, in whatever order; the lowest stands first.
    pub fn new(failed: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut failures: Vec<_> = failed.into_iter().map(|sequence_number| Failure { sequence_number }).collect();
        failures.sort_by(by_sequence_number);
        failures.dedup();
        Self { failures }
    }
}

fn by_sequence_number(left: &Failure, right: &Failure) -> Ordering {
    sequence::compare(&left.sequence_number, &right.sequence_number)
}

#[cfg(test)]
mod tests {
    use fanin::config::Normalize;
    use fanin::id::Signal;
    use fanin::reject::Reason;
    use fanin::tenant::Directory;
    use serde_json::{Value, json};

    use super::*;

    const FIRST: &str = "49568167373333333333333333333333333333333333333333333333";
    const SECOND: &str = "49568167373333333334444444444444444444444444444444444444";

    fn process(event: &[u8]) -> Result<Processed, Error> {
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let around = Surroundings::new(&directory, &settings);
        super::process(event, Timestamp::from_seconds(1), &mut Processor::default(), &around)
    }

    fn sample(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    /// An event with the CloudWatch Logs payload of AWS's own sample between two records that are no telemetry.
    fn mixed_event() -> Value {
        let mut event: Value =
            serde_json::from_slice(&sample("lambda-events/lambda-events/src/fixtures/example-kinesis-event.json"))
                .unwrap();
        let logs: Value = serde_json::from_slice(&sample(
            "lambda-events/lambda-events/src/fixtures/example-cloudwatch_logs-event.json",
        ))
        .unwrap();
        let mut telemetry = event["Records"][0].clone();
        telemetry["kinesis"]["data"] = logs["awslogs"]["data"].clone();
        telemetry["kinesis"]["sequenceNumber"] = json!(format!("{FIRST}1"));
        telemetry["eventID"] = json!(format!("shardId-000000000000:{FIRST}1"));
        event["Records"].as_array_mut().unwrap().insert(1, telemetry);
        event
    }

    #[test]
    fn a_sample_event_is_taken_apart_record_by_record() {
        let event = sample("lambda-events/lambda-events/src/fixtures/example-kinesis-event.json");
        let processed = process(&event).unwrap();
        assert_eq!(&*processed.origin.name, "arn:aws:kinesis:us-east-1:123456789012:stream/simple-stream");
        let numbers: Vec<_> = processed.records.iter().map(|record| &*record.sequence_number).collect();
        assert_eq!(numbers, [FIRST, SECOND]);
        let reasons: Vec<_> =
            processed.records.iter().flat_map(|record| &record.rejects).map(|reject| reject.reason).collect();
        assert_eq!(reasons, [Reason::UnknownFormat; 2], "\"Hello World\" is no telemetry");
    }

    #[test]
    fn records_that_are_no_telemetry_do_not_keep_their_neighbour_from_being_encoded() {
        let processed = process(mixed_event().to_string().as_bytes()).unwrap();
        let counts = |record: &Record| (record.chunks.len(), record.rejects.len());
        assert_eq!(processed.records.iter().map(counts).collect::<Vec<_>>(), [(0, 1), (1, 0), (0, 1)]);
        let chunk = &processed.records[1].chunks[0];
        assert_eq!((chunk.signal, chunk.account.to_string().as_str()), (Signal::Logs, "123456789123"));
    }

    #[test]
    fn a_record_that_is_broken_in_the_event_is_a_reject_beside_the_others() {
        let mut event = mixed_event();
        event["Records"][0]["kinesis"]["data"] = json!("%%%");
        let processed = process(event.to_string().as_bytes()).unwrap();
        assert_eq!(processed.records.len(), 2);
        assert_eq!(processed.broken.iter().map(|reject| reject.reason).collect::<Vec<_>>(), [Reason::BadBase64]);
    }

    #[test]
    fn other_events_are_an_error_that_says_what_they_are() {
        for (event, found) in [
            ("lambda-events/lambda-events/src/fixtures/example-cloudwatch_logs-event.json", "Lambda events"),
            ("lambda-events/lambda-events/src/fixtures/example-kinesis-firehose-event.json", "Firehose events"),
        ] {
            let error = process(&sample(event)).unwrap_err().to_string();
            assert!(error.contains(&format!("but {found}:")), "{error}");
        }
        assert!(process(b"").unwrap_err().to_string().contains("but nothing:"));
    }

    #[test]
    fn when_all_is_safe_the_answer_names_nothing() {
        assert_eq!(serde_json::to_string(&Answer::new([])).unwrap(), r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn the_answer_names_what_failed_the_lowest_first_and_each_once() {
        let answer = Answer::new(["100", "99", "100"].map(Box::from));
        let expected = r#"{"batchItemFailures":[{"itemIdentifier":"99"},{"itemIdentifier":"100"}]}"#;
        assert_eq!(serde_json::to_string(&answer).unwrap(), expected);
    }
}
