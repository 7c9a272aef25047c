//! What is said to Lambda and to Firehose.

use std::cmp::Ordering;

use aws_lambda_events::streams::KinesisEventResponse;
use fanin::shard::sequence;
use serde::Serialize;

/// What an invocation answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To an event source mapping: which records are to come again. Lambda sends the lowest and all after it.
    ///
    /// Source: Lambda developer guide, "Configuring partial batch response with Kinesis Data Streams and Lambda". Takes effect where
    /// the mapping has `ReportBatchItemFailures` among its function response types; an empty list is a success.
    Kinesis(KinesisEventResponse),
    /// To a log group, which reads no answer.
    Logs {},
    /// To Firehose.
    Firehose(Transformed),
}

/// The answer when these sequence numbers of one shard failed, in whatever order; the lowest stands first.
#[must_use]
pub fn to_mapping(failed: impl IntoIterator<Item = Box<str>>) -> Answer {
    let mut failed: Vec<Box<str>> = failed.into_iter().collect();
    failed.sort_by(|left, right| by_sequence_number(left, right));
    failed.dedup();
    let mut answer = KinesisEventResponse::default();
    failed.into_iter().for_each(|number| answer.add_failure(number));
    Answer::Kinesis(answer)
}

fn by_sequence_number(left: &str, right: &str) -> Ordering {
    sequence::compare(left, right)
}

/// What became of the records that Firehose wants transformed; each is answered.
///
/// Source: Data Firehose developer guide, "Required parameters for data transformation".
#[derive(Debug, Default, Serialize)]
pub struct Transformed {
    /// One for each record, in their order.
    pub records: Vec<One>,
}

/// What became of one of them.
#[derive(Debug, Serialize)]
pub struct One {
    /// Its id, as it came.
    #[serde(rename = "recordId")]
    pub id: Box<str>,
    /// What became of it.
    pub result: Outcome,
    /// What is archived, in base64; what came, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// What becomes of a record in Firehose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// It is written where the stream leads.
    Ok,
    /// It is left out on purpose: there is nothing to archive in it, or it comes again.
    Dropped,
    /// It is written to the prefix of failures.
    ProcessingFailed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(answer: &Answer) -> String {
        serde_json::to_string(answer).unwrap()
    }

    #[test]
    fn when_all_is_safe_the_answer_names_nothing() {
        assert_eq!(text(&to_mapping([])), r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn the_answer_names_what_failed_the_lowest_first_and_each_once() {
        let answer = to_mapping(["100", "99", "100"].map(Box::from));
        let expected = r#"{"batchItemFailures":[{"itemIdentifier":"99"},{"itemIdentifier":"100"}]}"#;
        assert_eq!(text(&answer), expected);
    }

    #[test]
    fn firehose_is_told_of_each_record() {
        let one = |id: &str, result, data: Option<&str>| One { id: id.into(), result, data: data.map(Into::into) };
        let records = vec![one("1", Outcome::Ok, Some("e30=")), one("2", Outcome::Dropped, None)];
        let expected =
            r#"{"records":[{"recordId":"1","result":"Ok","data":"e30="},{"recordId":"2","result":"Dropped"}]}"#;
        assert_eq!(text(&Answer::Firehose(Transformed { records })), expected);
        assert_eq!(text(&Answer::Logs {}), "{}");
    }
}
