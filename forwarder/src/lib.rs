//! The part of Fanin that runs inside AWS: a Lambda function that decodes, tags and exports as `fanin run` does, beside the stream.
//!
//! It is asked in three ways, and tells them apart by their shape: by the event source mapping of a Kinesis stream, by a log group
//! that it is subscribed to, and by Firehose as a transformation. What the rules take of it goes to a second Kinesis stream, from
//! which `fanin run` evaluates them.
//!
//! Read on in this order: `event` is what comes, `answer` what is said to it, `samples` takes what rules took, `archive` makes
//! records for Firehose, `forwarder` is all of it running, `handler` one invocation, `figures` what is told of it.

pub mod event;
pub mod answer;
pub mod samples;
pub mod archive;
pub mod forwarder;
pub mod figures;
pub mod handler;
