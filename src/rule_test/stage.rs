//! Stage 1 as in production: the decoder, and the sampler behind it.

use std::sync::Arc;

use bytes::Bytes;

use crate::config::{FormatName, Normalize};
use crate::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use crate::otlp::logs::Resource;
use crate::processor::output::Output;
use crate::processor::{Processor, Surroundings};
use crate::record::log::Log;
use crate::record::metric::Point;
use crate::rule::RuleSet;
use crate::sample::{LogSubject, Message, OwnSubject, Partial, Partials, PointSubject, Sampler};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Takes samples.
pub(super) struct Stage {
    sampler: Sampler,
    partials: Partials,
    processor: Processor,
    settings: Normalize,
}

/// A log record and what is known around it.
#[derive(Clone, Copy)]
pub(super) struct LogRecord<'a> {
    pub(super) resource: &'a Resource<'a>,
    pub(super) format: FormatName,
    pub(super) log: &'a Log<'a>,
    pub(super) directory: &'a Directory,
}

impl Stage {
    pub(super) fn new(rules: &RuleSet) -> Self {
        Self {
            sampler: Sampler::new(rules),
            partials: Partials::default(),
            processor: Processor::default(),
            settings: Normalize::default(),
        }
    }

    /// Adds the samples of a log record.
    pub(super) fn log(&mut self, record: &LogRecord<'_>, arrived: Timestamp) {
        let LogRecord { resource, format, log, directory } = *record;
        let bytes = log.body.text().map_or(0, str::len);
        let entry = directory.get(resource.account);
        let subject = LogSubject { resource, entry, format, log, bytes, local: None };
        self.sampler.log(&subject, arrived, &mut self.partials);
        if self.partials.wants_line() {
            self.partials.line(resource.account, resource.log_group, &log.body);
        }
    }

    /// Adds the samples of a point of a metric stream.
    pub(super) fn point(&mut self, point: Point<'_>, directory: &Directory, arrived: Timestamp) {
        self.sampler.point(&PointSubject::streamed(point, directory), arrived, &mut self.partials);
    }

    /// Adds the samples of a value of one of Fanin's own metrics.
    pub(super) fn own(&mut self, name: &str, value: f64, at: Timestamp) {
        self.sampler.own(&OwnSubject { name, value, at }, at, &mut self.partials);
    }

    /// Gives the samples that were added.
    pub(super) fn take(&mut self) -> Vec<Partial> {
        self.partials.drain_into_vec()
    }

    /// Decodes a payload of CloudWatch Logs.
    ///
    /// # Errors
    /// With why a record was rejected.
    pub(super) fn payload(
        &mut self,
        payload: Vec<u8>,
        directory: &Directory,
        arrived: Timestamp,
    ) -> Result<Vec<Message>, String> {
        let record = RawRecord { data: Bytes::from(payload), position: "test".into(), arrived };
        let delivery = Delivery {
            origin: Origin { source: Source::Kinesis, name: Arc::from("test"), region: None },
            payload: Payload::Records(vec![record]),
            accounts: None,
        };
        let around = Surroundings { sampler: Some(&self.sampler), ..Surroundings::new(directory, &self.settings) };
        let mut output = Output::default();
        self.processor.process(&delivery, 0, &around, &mut output);
        match output.rejects.first() {
            Some(reject) => Err(reject.detail.to_string()),
            None => Ok(output.messages),
        }
    }
}
