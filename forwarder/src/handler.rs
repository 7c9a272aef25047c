//! One invocation: its records go into the line, and it answers when all of them are safe, or its time is nearly over.

use std::time::Duration;

use fanin::config::{Kinesis as Stream, StartPosition};
use fanin::delivery::Settlement;
use fanin::io::clock;
use fanin::io::intake::Receipt;
use fanin::io::put::{Entry, Sink};
use fanin::io::storage::firehose;
use fanin::report::Mark;
use fanin::time::Timestamp;
use futures::future::join_all;
use tokio::time::{Instant, timeout_at};

use crate::answer::{Answer, One, Outcome, Transformed, to_mapping};
use crate::archive::{self, ANSWER_BYTES_FULL, ANSWER_BYTES_MAX};
use crate::event::{Event, Firehose, Kinesis, Record};
use crate::figures::{self, Figures};
use crate::forwarder::Forwarder;
use crate::samples::Made;

/// Time that is kept of an invocation to answer and to say how far the stream was read.
const FAREWELL: Duration = Duration::from_secs(2);

/// Of a short invocation, no more than this part of it is kept.
const FAREWELL_PART: u32 = 4;

/// Why an invocation fails as a whole, so that Lambda makes it again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The payload of a log group is not safe.
    #[error("the log events could not be made safe in time: they come again")]
    Logs,
}

/// Handles an event until `deadline`. `failed_reloads` were tried before it, and are told with it.
///
/// # Errors
/// When nothing but the whole event can come again, and it has to.
pub async fn handle(
    forwarder: &Forwarder,
    event: Event,
    deadline: Instant,
    failed_reloads: u64,
) -> Result<Answer, Error> {
    let (begun, before) = (Instant::now(), forwarder.telemetry().snapshot());
    let left = deadline.saturating_duration_since(begun);
    let farewell = FAREWELL.min(left / FAREWELL_PART);
    let until = deadline - farewell;
    let (answer, figures) = match event {
        Event::Kinesis(event) => of_stream(forwarder, event, until, deadline - farewell / 2).await,
        Event::Logs(record) => of_logs(forwarder, record, until).await,
        Event::Firehose(event) => of_firehose(forwarder, event, until).await,
    };
    let figures = Figures { failed_reloads, ..figures };
    figures::tell(figures, &before, forwarder.telemetry(), begun.elapsed(), clock::now());
    answer
}

async fn of_stream(
    forwarder: &Forwarder,
    event: Kinesis,
    until: Instant,
    mark_until: Instant,
) -> (Result<Answer, Error>, Figures) {
    let figures = figures_of(&event.records);
    let settled = settle(forwarder, &event.records, until).await;
    let is_safe = |index: usize| settled.get(index).copied().unwrap_or(false);
    let first_failed = (0..event.records.len()).find(|index| !is_safe(*index));
    if let Some(until) = safe_until(&event.records, first_failed) {
        let mark = Mark { stream: event.stream.as_ref().into(), shard: event.shard, until };
        // A stream that hangs must not cost the answer: all of the batch would come again.
        if timeout_at(mark_until, forwarder.samples().mark(mark)).await.is_err() {
            tracing::warn!("fanin run is not told in time how far the stream was read; the next batch tells it");
        }
    }
    let failed = event.records.iter().enumerate().filter(|(index, _)| !is_safe(*index));
    let failed: Vec<Box<str>> = failed.map(|(_, record)| record.id.clone()).collect();
    let figures = Figures { failed: failed.len() as u64, ..figures };
    (Ok(to_mapping(failed)), figures)
}

/// Up to when everything is safe: the arrival of the last record; just before the first that failed, where one did.
fn safe_until(records: &[Record], first_failed: Option<usize>) -> Option<Timestamp> {
    match first_failed {
        None => records.last().map(|record| record.arrived),
        Some(0) => None,
        Some(index) => {
            let failed = records[index].arrived;
            let before = Timestamp::from_nanos(failed.nanos().saturating_sub(1));
            records.get(index - 1).map(|record| record.arrived.min(before))
        }
    }
}

async fn of_logs(forwarder: &Forwarder, record: Record, until: Instant) -> (Result<Answer, Error>, Figures) {
    let records = [record];
    let figures = figures_of(&records);
    match settle(forwarder, &records, until).await.as_slice() {
        [true] => (Ok(Answer::Logs {}), figures),
        _ => (Err(Error::Logs), Figures { failed: 1, ..figures }),
    }
}

/// Hands all records over and waits for their receipts: for each, whether it is safe.
async fn settle(forwarder: &Forwarder, records: &[Record], until: Instant) -> Vec<bool> {
    let receipts = records.iter().map(|record| async {
        let settled = async {
            match forwarder.intake().submit(record.delivery()).await {
                Ok(receipt) => receipt.await == Settlement::Done,
                Err(_) => false,
            }
        };
        timeout_at(until, settled).await.unwrap_or(false)
    });
    join_all(receipts).await
}

/// Firehose's records one after the other, so that nothing is processed that the answer has no room for.
async fn of_firehose(forwarder: &Forwarder, event: Firehose, until: Instant) -> (Result<Answer, Error>, Figures) {
    let mut figures = figures_of(&event.records);
    let mut answer = Vec::with_capacity(event.records.len());
    let mut receipts = Vec::new();
    let mut bytes = event.records.len() * archive::RECORD_BYTES;
    let mut returned = Vec::new();
    for (index, record) in event.records.iter().enumerate() {
        if bytes > ANSWER_BYTES_FULL {
            returned.push(index);
            answer.push(One { id: record.id.clone(), result: Outcome::Dropped, data: None });
            continue;
        }
        let (one, receipt) = transform(forwarder, record, ANSWER_BYTES_MAX - bytes, until).await;
        bytes += one.data.as_ref().map_or(0, String::len);
        if let Some(receipt) = receipt {
            receipts.push((index, receipt));
        }
        answer.push(one);
    }
    let back = timeout_at(until, give_back(forwarder, &event, &returned)).await;
    for (index, is_back) in back.unwrap_or_else(|_| returned.iter().map(|index| (*index, false)).collect()) {
        if !is_back {
            answer[index] = failed(&event.records[index]);
        }
    }
    let settled = join_all(receipts.into_iter().map(|(index, receipt)| async move {
        (index, timeout_at(until, receipt).await.is_ok_and(|settled| settled == Settlement::Done))
    }));
    for (index, is_safe) in settled.await {
        if !is_safe {
            answer[index] = failed(&event.records[index]);
        }
    }
    figures.returned = returned.len() as u64;
    figures.failed = answer.iter().filter(|one| one.result == Outcome::ProcessingFailed).count() as u64;
    (Ok(Answer::Firehose(Transformed { records: answer })), figures)
}

/// What a record becomes, in at most so many bytes, and its receipt. Without time for it, it failed: Firehose keeps it as it came.
async fn transform(forwarder: &Forwarder, record: &Record, bytes_max: usize, until: Instant) -> (One, Option<Receipt>) {
    let made = forwarder.samples().want(&record.position);
    let Ok(Ok(receipt)) = timeout_at(until, forwarder.intake().submit(record.delivery())).await else {
        return (failed(record), None);
    };
    let Ok(Ok(made)) = timeout_at(until, made).await else { return (failed(record), Some(receipt)) };
    (archived(record, &made, bytes_max), Some(receipt))
}

fn archived(record: &Record, made: &Made, bytes_max: usize) -> One {
    let id = record.id.clone();
    if made.chunks.is_empty() {
        let result = if made.has_rejects { Outcome::ProcessingFailed } else { Outcome::Dropped };
        let data = made.has_rejects.then(|| archive::base64(&record.data));
        return One { id, result, data };
    }
    let data = archive::base64(&archive::lines(&made.chunks));
    // What is too long for an answer is archived as it came, which `fanin replay` reads as well.
    let data = if data.len() > bytes_max { archive::base64(&record.data) } else { data };
    One { id, result: Outcome::Ok, data: Some(data) }
}

fn failed(record: &Record) -> One {
    let data = Some(archive::base64(&record.data));
    One { id: record.id.clone(), result: Outcome::ProcessingFailed, data }
}

/// Puts records back to where Firehose takes them from: for each, whether it is there.
async fn give_back(forwarder: &Forwarder, event: &Firehose, returned: &[usize]) -> Vec<(usize, bool)> {
    if returned.is_empty() {
        return Vec::new();
    }
    let data = returned.iter().map(|index| &event.records[*index].data);
    if let Some(source) = &event.source {
        let entries = data.zip(returned).map(|(data, index)| Entry { key: index.to_string(), data: data.to_vec() });
        let results = Sink::open(&stream(source), forwarder.sdk()).put(entries.collect()).await;
        results.iter().filter_map(|result| result.as_ref().err()).for_each(|error| not_back(error));
        return returned.iter().copied().zip(results.iter().map(Result::is_ok)).collect();
    }
    let name = event.stream.rsplit('/').next().unwrap_or_default();
    let region = event.records.first().and_then(|record| record.origin.region);
    let put = firehose::Stream::open(name, None, region.as_ref(), forwarder.sdk()).put(data.cloned().collect()).await;
    if let Err(error) = &put {
        not_back(error);
    }
    returned.iter().map(|index| (*index, put.is_ok())).collect()
}

fn not_back(error: &dyn std::error::Error) {
    tracing::error!(
        error = fanin::io::chain(error),
        "records are not back in their stream: Firehose keeps them as failures"
    );
}

fn stream(arn: &str) -> Stream {
    Stream { start: StartPosition::Latest, ..Stream::new(arn) }
}

fn figures_of(records: &[Record]) -> Figures {
    let bytes = records.iter().map(|record| record.data.len() as u64).sum();
    Figures { records: records.len() as u64, bytes, ..Figures::default() }
}

/// When an invocation ends by the clock that tests may hold.
#[must_use]
pub fn deadline(millis: u64) -> Instant {
    Instant::now() + Timestamp::from_millis(millis).since(clock::now())
}
