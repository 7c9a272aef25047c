//! Log records of one account, Region and log stream: made, measured, encoded.

use std::iter::Peekable;

use bumpalo::Bump;
use bytes::Bytes;

use super::output::{AccountTally, Explained, Output};
use super::{Job, Surroundings};
use crate::admission::Admission;
use crate::chunk::Chunk;
use crate::config::{FormatName, LogMetrics};
use crate::envelope::cloudwatch_logs::Event;
use crate::id::Signal;
use crate::otlp::CHUNK_BYTES;
use crate::otlp::logs::{LogsWriter, Resource};
use crate::otlp::metrics::MetricEncoder;
use crate::policy::{Local, Outcome, Whose};
use crate::proto::Writer;
use crate::record::draft::{Context, Draft};
use crate::record::explain::Explain;
use crate::record::format::choice::Choice;
use crate::record::format::cloudtrail::recipient;
use crate::record::metric::gather::Gather;
use crate::record::metric::{self, Points};
use crate::record::normalize::{Joined, cut_body, join, normalize};
use crate::sample::{LogSubject, Partials, PointSubject};
use crate::tenant::Entry;

/// Buffers that are used again for each record.
pub(super) struct Scratch<'s> {
    pub(super) record: &'s mut Bump,
    pub(super) out: &'s mut Writer,
    pub(super) metrics: &'s mut MetricEncoder,
    pub(super) partials: &'s mut Partials,
}

/// Records of one account, Region and log stream.
pub(super) struct Records<'r, 'p> {
    resource: &'r Resource<'r>,
    choice: Choice<'r>,
    entry: Option<&'r Entry>,
    admission: Admission,
    local: Local<'r>,
    gather: Gather<'p>,
    tally: AccountTally,
    job: &'r Job<'r>,
    output: &'r mut Output,
}

impl<'r, 'p> Records<'r, 'p> {
    pub(super) fn new(
        resource: &'r Resource<'r>,
        choice: Choice<'r>,
        bump: &'p Bump,
        job: &'r Job<'r>,
        output: &'r mut Output,
    ) -> Self {
        Self {
            resource,
            choice,
            entry: job.around.directory.get(resource.account),
            admission: job.around.admissions.of(resource.account),
            local: job.around.policy.of(&Whose::new(resource.account, resource.tag, resource.log_group)),
            gather: Gather::new(bump),
            tally: AccountTally::default(),
            job,
            output,
        }
    }

    /// Encodes all events, and the metrics in them.
    pub(super) fn encode<'e>(mut self, events: impl Iterator<Item = &'e Event<'e>>, scratch: &mut Scratch<'_>) {
        let mut events = events.peekable();
        while events.peek().is_some() {
            self.chunk(&mut events, scratch);
        }
        self.metrics(scratch.metrics, scratch.partials);
        let (tally, total) = (self.tally, self.output.accounts.entry(self.resource.account).or_default());
        total.known = self.resource.tag.known;
        total.add(&tally);
    }

    /// Encodes events until there are none left or the chunk is full.
    fn chunk<'e>(&mut self, events: &mut Peekable<impl Iterator<Item = &'e Event<'e>>>, scratch: &mut Scratch<'_>) {
        let Scratch { record, out, partials, .. } = scratch;
        out.clear();
        let mut writer = LogsWriter::begin(out, self.resource);
        let mut records = 0;
        while writer.len() < CHUNK_BYTES {
            record.reset();
            let context = Context {
                bump: record,
                settings: self.job.around.settings,
                log_group: self.resource.log_group,
                log_stream: self.resource.log_stream,
                producer: &self.resource.producer,
                fields: self.choice.fields,
            };
            let Some(joined) = join(events, self.choice.format, &context) else { break };
            self.tally.bytes += joined.message.len() as u64;
            let (mut draft, outcome) = self.draft(&joined, &context, partials);
            self.tally.note(draft.log.severity, draft.log.time, self.job.place.arrived);
            let admitted = self.admission.forwards(draft.log.severity);
            if !admitted {
                self.tally.sampled_out += u64::from(outcome.forwards());
                draft.explain.note("share", || "not forwarded: the account is over its share".into());
            }
            let forwarded = admitted && outcome.forwards();
            if forwarded {
                writer.record(&draft.log);
                records += 1;
            }
            self.explain(draft, forwarded);
        }
        writer.end();
        self.tally.logs += u64::from(records);
        if records > 0 {
            let (bytes, destinations) = (Bytes::copy_from_slice(out.as_slice()), self.resource.tag.destinations);
            let account = self.resource.account;
            self.output.chunks.push(Chunk { signal: Signal::Logs, account, records, destinations, bytes });
        }
    }

    /// The record of an event, ready to be encoded where the policy lets it leave. Its metrics are gathered in any case, and
    /// rules see it in any case.
    fn draft<'a>(
        &mut self,
        joined: &Joined<'a>,
        context: &Context<'a>,
        partials: &mut Partials,
    ) -> (Draft<'a>, Outcome) {
        let explain = if self.job.around.explain { Explain::on() } else { Explain::off() };
        let (mut draft, odd) = normalize(joined, self.job.place.arrived, self.choice.format, explain, context);
        self.explain_account(&mut draft, joined.message);
        let sampled = self.sample(&draft, joined.message.len(), partials);
        let (message, counts) = (joined.message, &mut self.tally.policy);
        let (outcome, may_be_shown) = self.local.apply_sampled(&mut draft, message, sampled, context.bump, counts);
        if sampled && may_be_shown {
            self.line(&draft, partials);
        }
        draft.readings.iter().for_each(|reading| self.gather.add(reading));
        let tally = &mut self.output.tally;
        tally.time_unit += u64::from(odd.time_unit);
        tally.time_ahead += u64::from(odd.time_ahead);
        tally.events_joined += joined.others.len() as u64;
        tally.formats.count(draft.format);
        tally.body_cut += u64::from(cut_body(&mut draft, context.settings.body_bytes_max));
        (draft, outcome)
    }

    /// Lets rules take samples of a record as it came; whether one of them wants its text, which is not redacted yet.
    fn sample(&self, draft: &Draft<'_>, bytes: usize, partials: &mut Partials) -> bool {
        let Some(sampler) = self.job.around.sampler else { return false };
        let (resource, local) = (self.resource, Some(&self.local));
        let subject = LogSubject { resource, entry: self.entry, format: draft.format, log: &draft.log, bytes, local };
        sampler.log(&subject, self.job.place.arrived, partials);
        partials.wants_line()
    }

    /// Gives rules the text of a record that is redacted by now.
    fn line(&self, draft: &Draft<'_>, partials: &mut Partials) {
        let Resource { account, log_group, file, .. } = *self.resource;
        let from = if file.is_empty() { log_group } else { file };
        partials.line(account, from, &draft.log.body);
    }

    fn explain_account(&self, draft: &mut Draft<'_>, message: &str) {
        let account = self.resource.account;
        if draft.explain.is_on()
            && draft.format == FormatName::Cloudtrail
            && let Some(named) = recipient(message).map(|recipient| recipient.account)
        {
            draft.explain.note("account", || match named == account.as_str() {
                true => format!("{account}, which the event names"),
                false if !self.resource.file.is_empty() => format!("{account}, which the name of the file tells"),
                false => format!(
                    "{account}, which owns the log group; the event names {named}, which counts only for owners in \
                     normalize.trail_accounts"
                ),
            });
        }
    }

    fn explain(&mut self, draft: Draft<'_>, forwarded: bool) {
        if draft.explain.is_on() {
            let Resource { log_group, file, .. } = *self.resource;
            self.output.explained.push(Explained {
                account: self.resource.account,
                log_group: if file.is_empty() { log_group } else { file }.into(),
                log_stream: self.resource.log_stream.into(),
                event_id: draft.log.event_id.into(),
                beginning: beginning(draft.log.body.text().unwrap_or_default()),
                forwarded,
                steps: draft.explain.steps(),
            });
        }
    }

    /// Encodes the metrics that were gathered from the records.
    fn metrics(&mut self, encoder: &mut MetricEncoder, partials: &mut Partials) {
        if self.gather.is_empty() {
            return;
        }
        self.output.tally.values_left_out += self.gather.left_out();
        let mut points = Points::default();
        let Resource { account, region, .. } = *self.resource;
        points.set_resource(metric::Resource { account, region, stream: None });
        let Surroundings { directory, settings, streamed, sampler, .. } = self.job.around;
        let (now, auto) = (self.job.place.arrived, settings.log_metrics == LogMetrics::Auto);
        self.gather.points(&mut points, |datum| {
            !(auto && streamed.carries(account, region, datum.namespace, datum.name, now))
        });
        if points.is_empty() {
            return;
        }
        if let Some(sampler) = sampler.filter(|sampler| sampler.takes_metrics()) {
            points.iter().for_each(|point| sampler.point(&PointSubject::gathered(point, directory), now, partials));
        }
        let shape = settings.metric_shape;
        for (_, count) in encoder.encode(&points, shape, directory, &mut self.output.chunks) {
            self.tally.metrics += count;
            self.output.tally.log_points += count;
        }
    }
}

/// The beginning of the first line, enough to know a record again.
fn beginning(body: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    let line = body.lines().next().unwrap_or_default();
    let whole = line.len() == body.len() && line.chars().nth(CHARACTERS_MAX).is_none();
    let cut: String = line.chars().take(CHARACTERS_MAX).collect();
    if whole { cut } else { cut + "..." }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use prost::Message;

    use super::super::tests::{bodies, delivery};
    use super::super::{Processor, Surroundings, units};
    use super::*;
    use crate::config::Normalize;
    use crate::delivery::{Delivery, Payload};
    use crate::id::AccountId;
    use crate::policy::Policy;
    use crate::predicate::field::Field;
    use crate::record::metric::streamed::Streamed;
    use crate::rule::{Aggregate, Annotations, From, Kind, Rule, RuleSet, Selector, Values};
    use crate::sample::sampler::tests::{measure, rule};
    use crate::sample::{Cell, Group, Line, Message as Sampled, Partial, Sampler};
    use crate::tenant::Directory;
    use crate::time::Timestamp;

    const EMBEDDED: &str = r#"{"_aws":{"Timestamp":1583425836114,"CloudWatchMetrics":[{"Namespace":"orders","Dimensions":[["service"]],"Metrics":[{"Name":"time","Unit":"Milliseconds"}]}]},"service":"shop","time":100}"#;

    /// A payload of account 111122223333 with these messages, a millisecond apart.
    fn payload(log_group: &str, log_stream: &str, messages: &[&str]) -> Vec<u8> {
        let event = |(index, message): (usize, &&str)| {
            let message = serde_json::Value::from(*message);
            format!(r#"{{"id":"{index}","timestamp":{},"message":{message}}}"#, 1_583_425_836_114 + index)
        };
        let events: Vec<_> = messages.iter().enumerate().map(event).collect();
        format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"{log_group}","logStream":"{log_stream}","logEvents":[{}]}}"#,
            events.join(",")
        )
        .into_bytes()
    }

    fn process(records: Vec<Vec<u8>>, settings: &Normalize, streamed: &Streamed, explain: bool) -> Output {
        let directory = Directory::new([], "tenant.id", &[None]);
        let around = Surroundings { streamed, explain, ..Surroundings::new(&directory, settings) };
        let (delivery, mut output) = (delivery(records), Output::default());
        let mut processor = Processor::default();
        for unit in 0..units(&delivery.payload) {
            processor.process(&delivery, unit, &around, &mut output);
        }
        output
    }

    /// Names of the metrics of all chunks.
    fn metrics(output: &Output) -> Vec<String> {
        let chunks = output.chunks.iter().filter(|chunk| chunk.signal == Signal::Metrics);
        let requests = chunks.map(|chunk| ExportMetricsServiceRequest::decode(&chunk.bytes[..]).unwrap());
        let scopes = requests.flat_map(|request| request.resource_metrics).flat_map(|of| of.scope_metrics);
        scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name).collect()
    }

    fn sums(output: &Output) -> Vec<String> {
        metrics(output).into_iter().filter(|name| name.ends_with(".sum")).collect()
    }

    #[test]
    fn metrics_inside_of_messages_leave_beside_the_records() {
        let record = payload("/acme/app", "s", &[EMBEDDED, "text", EMBEDDED]);
        let output = process(vec![record], &Normalize::default(), &Streamed::default(), false);
        let names = ["min", "max", "avg", "sum", "count"].map(|suffix| format!("amazonaws.com/orders/time.{suffix}"));
        assert_eq!(metrics(&output), names, "both values are one point");
        let account = AccountId::parse("111122223333").unwrap();
        let tally = output.accounts[&account];
        assert_eq!((tally.logs, tally.metrics, output.tally.log_points), (3, 1, 1));
    }

    #[test]
    fn a_report_of_lambda_gives_the_metrics_that_cloudwatch_makes_of_it_and_more() {
        let report = "REPORT RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 128 MB\tMax Memory Used: 74 MB\t\n";
        let record = payload("/aws/lambda/orders", "2020/03/05/[$LATEST]405d340d30f844c4ad376392489343f5", &[report]);
        let output = process(vec![record], &Normalize::default(), &Streamed::default(), false);
        for name in ["Invocations", "Errors", "Duration", "BilledDuration", "MemorySize", "MaxMemoryUsed"] {
            let name = format!("amazonaws.com/AWS/Lambda/{name}.sum");
            assert!(sums(&output).contains(&name), "{name} in {:?}", sums(&output));
        }
    }

    #[test]
    fn a_metric_that_a_metric_stream_carries_is_counted_once() {
        let stream = br#"{"metric_stream_name":"m","account_id":"111122223333","region":"eu-central-1","namespace":"orders","metric_name":"time","dimensions":{"service":"shop"},"timestamp":1583425800000,"value":{"count":1.0,"sum":100.0,"max":100.0,"min":100.0},"unit":"Milliseconds"}"#;
        let settings = Normalize::default();
        let seen = process(vec![stream.to_vec()], &settings, &Streamed::default(), false).streamed;
        assert_eq!(seen.len(), 1);
        let mut streamed = Streamed::default();
        for seen in seen {
            streamed.note(seen.account, seen.region, &seen.namespace, &seen.name, seen.at);
        }
        let logs = || vec![payload("/acme/app", "s", &[EMBEDDED])];
        let with = |log_metrics| Normalize { log_metrics, ..Normalize::default() };
        let both = process([logs(), vec![stream.to_vec()]].concat(), &settings, &streamed, false);
        assert_eq!(sums(&both), ["amazonaws.com/orders/time.sum"]);
        assert!(both.streamed.is_empty(), "that the stream carries it is no news");
        assert_eq!(sums(&process(logs(), &with(LogMetrics::Auto), &Streamed::default(), false)).len(), 1);
        assert_eq!(sums(&process(logs(), &with(LogMetrics::Always), &streamed, false)).len(), 1);
        assert_eq!(sums(&process(logs(), &with(LogMetrics::Never), &Streamed::default(), false)).len(), 0);
    }

    #[test]
    fn what_must_not_leave_leaves_neither_as_a_record_nor_as_a_reject_nor_in_what_others_encoded() {
        use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        let settings = Normalize { raw: true, ..Normalize::default() };
        let message = format!(r#"{{"msg":"key {KEY}","nested":{{"k":["{KEY}"]}}}}"#);
        let good = payload("/acme/app", "s", &[&message]);
        let unknown = format!(r#"{{"key":"{KEY}"}}"#).into_bytes();
        let colored = format!("{{\"key\":\"\u{1b}[1m{KEY}\"}}").into_bytes();
        let output = process(vec![good, unknown, colored], &settings, &Streamed::default(), false);
        let account = AccountId::parse("111122223333").unwrap();
        assert_eq!(
            output.accounts[&account].policy.redactions(),
            4,
            "body, attribute, and both in the line as it came"
        );
        assert_eq!(output.rejects[0].data, &br#"{"key":"[redacted:aws_key]"}"#[..]);
        assert_eq!(output.rejects[1].data, &b"{\"key\":\"\x1b[1m[redacted:aws_key]\"}"[..]);
        let sent = &output.chunks[0].bytes;
        let has = |bytes: &[u8]| memchr::memmem::find(bytes, KEY.as_bytes()).is_some();
        assert!(!has(sent));

        let mut request = ExportLogsServiceRequest::decode(&sent[..]).unwrap();
        let record = &mut request.resource_logs[0].scope_logs[0].log_records[0];
        record.severity_text = format!("x {KEY}");
        let delivery = Delivery {
            payload: Payload::Otlp {
                signal: Signal::Logs,
                request: request.encode_to_vec().into(),
                arrived: Timestamp::from_seconds(1),
            },
            ..delivery(Vec::new())
        };
        let directory = Directory::new([], "tenant.id", &[None]);
        let mut output = Output::default();
        Processor::default().process(&delivery, 0, &Surroundings::new(&directory, &settings), &mut output);
        assert_eq!((output.chunks.len(), output.chunks[0].records), (1, 1));
        assert!(!has(&output.chunks[0].bytes));
    }

    #[test]
    fn a_reject_of_others_logs_stays_a_request_and_holds_no_secret() {
        use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
        use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
        use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
        let body = |text: &str| Some(AnyValue { value: Some(Value::StringValue(text.into())) });
        let record = LogRecord { body: body("key AKIAIOSFODNN7EXAMPLE"), ..LogRecord::default() };
        let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
        let nobodys = ResourceLogs { scope_logs, ..ResourceLogs::default() };
        let request = ExportLogsServiceRequest { resource_logs: vec![nobodys] }.encode_to_vec();
        assert!(std::str::from_utf8(&request).is_ok(), "a short request looks like text");
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let arrived = Timestamp::from_seconds(1);
        let payload = Payload::Otlp { signal: Signal::Logs, request: request.into(), arrived };
        let (delivery, mut output) = (Delivery { payload, ..delivery(Vec::new()) }, Output::default());
        Processor::default().process(&delivery, 0, &Surroundings::new(&directory, &settings), &mut output);
        let [reject] = &output.rejects[..] else { panic!("no account, no record") };
        let kept = ExportLogsServiceRequest::decode(&reject.data[..]).expect("it can be replayed");
        let record = &kept.resource_logs[0].scope_logs[0].log_records[0];
        assert_eq!(record.body, body("key [redacted:aws_key]"));
    }

    #[test]
    fn what_a_filter_keeps_back_still_gives_its_metrics() {
        use crate::config::policy::{Condition, Filter, Verdict};
        let filter = Filter { verdict: Verdict::Drop, condition: Condition::default() };
        let policy = Policy::compile(&crate::config::Policy { filter: vec![filter], ..Default::default() });
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let around = Surroundings { policy: &policy, ..Surroundings::new(&directory, &settings) };
        let (delivery, mut output) = (delivery(vec![payload("/acme/app", "s", &[EMBEDDED])]), Output::default());
        Processor::default().process(&delivery, 0, &around, &mut output);
        assert_eq!(sums(&output), ["amazonaws.com/orders/time.sum"]);
        assert_eq!(output.chunks.len(), 1, "no log record leaves");
        let account = AccountId::parse("111122223333").unwrap();
        assert_eq!(output.accounts[&account].policy.held_back(), 1);
    }

    /// An event of an organisation's trail that reached the account `recipient`.
    fn trail_event(recipient: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-03-05T16:30:36Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"eu-west-1","eventID":"e","eventType":"AwsApiCall","recipientAccountId":"{recipient}","requestParameters":{{"x":"{{\"recipientAccountId\":\"999999999999\"}}"}}}}"#
        )
    }

    #[test]
    fn events_of_a_trail_go_to_the_accounts_that_they_name_where_their_owner_may_speak_for_others() {
        let (own, other) = (trail_event("111122223333"), trail_event("444455556666"));
        let record = || vec![payload("trail", "o-1_111122223333_CloudTrail_eu-central-1", &[&own, &other, &own])];
        let owner = AccountId::parse("111122223333").unwrap();
        let trusted = Normalize { trail_accounts: [owner].into(), ..Normalize::default() };
        let accounts = |output: &Output| -> Vec<_> {
            output.chunks.iter().map(|chunk| (chunk.account.to_string(), chunk.records)).collect()
        };
        let output = process(record(), &trusted, &Streamed::default(), false);
        assert_eq!(accounts(&output), [("111122223333".to_owned(), 2), ("444455556666".to_owned(), 1)]);
        assert_eq!(output.tally.foreign_events, 0);
        let output = process(record(), &Normalize::default(), &Streamed::default(), false);
        assert_eq!(accounts(&output), [("111122223333".to_owned(), 3)], "no text moves a record to another account");
        assert_eq!(output.tally.foreign_events, 1);
    }

    #[test]
    fn each_step_tells_what_it_did_to_a_record_and_no_secret() {
        let record = payload("/acme/app", "s", &[r#"{"level":"warn","msg":"slow"}"#]);
        let output = process(vec![record.clone()], &Normalize::default(), &Streamed::default(), true);
        let [explained] = &output.explained[..] else { panic!("one record") };
        let steps: Vec<_> = explained.steps.iter().map(|step| format!("{}: {}", step.name, step.detail)).collect();
        assert_eq!(steps, ["format: json by content", "severity: 13, from \"warn\""]);
        assert_eq!((explained.beginning.as_str(), explained.forwarded), ("slow", true));
        let output = process(vec![record], &Normalize::default(), &Streamed::default(), false);
        assert_eq!((bodies(&output), output.explained.len()), (vec!["slow".to_owned()], 0));
    }

    /// What `process` gives where there are rules, and such a policy.
    fn sampled(records: Vec<Vec<u8>>, rules: Vec<Rule>, policy: &Policy) -> Output {
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let sampler = Sampler::new(&RuleSet { rules });
        let around = Surroundings { policy, sampler: Some(&sampler), ..Surroundings::new(&directory, &settings) };
        let (delivery, mut output) = (delivery(records), Output::default());
        let mut processor = Processor::default();
        for unit in 0..units(&delivery.payload) {
            processor.process(&delivery, unit, &around, &mut output);
        }
        output
    }

    fn with_lines() -> Rule {
        Rule { annotations: Annotations { samples: 1, ..Annotations::default() }, ..rule() }
    }

    fn of_metric(metric: &str) -> Rule {
        let (namespace, metric) = ("orders".into(), metric.into());
        let dimensions = Some(vec!["service".into()]);
        let selector = Selector { namespace, metric, statistic: None, equal: Vec::new(), dimensions };
        let kind = Kind::Threshold(measure([(Aggregate::Sum, Values::Metric(selector))]));
        Rule { from: Some(From::Metrics), kind, group_by: vec![Field::Account], ..rule() }
    }

    #[test]
    fn rules_take_one_message_of_each_payload() {
        let record = payload("/acme/app", "s", &["ok", "key AKIAIOSFODNN7EXAMPLE"]);
        let output = sampled(vec![record.clone(), record], vec![with_lines()], &Policy::compile(&Default::default()));
        let account = AccountId::parse("111122223333").unwrap();
        let (first, last) = (Timestamp::from_millis(1_583_425_836_114), Timestamp::from_millis(1_583_425_836_115));
        let (log_group, text) = ("/acme/app".into(), "key [redacted:aws_key]".into());
        let [one, other] = &output.messages[..] else { panic!("{:?}", output.messages) };
        let expected = Sampled {
            fingerprint: one.fingerprint,
            arrived: Timestamp::from_millis(1_583_425_840_000),
            partials: vec![Partial {
                rule: 0,
                group: Group { account: Some(account), rest: Box::default() },
                bucket: Timestamp::from_seconds(1_583_425_836 / 60 * 60),
                count: 2,
                first,
                last,
                until: last,
                cells: [Some(Cell::Count(2.0))].into(),
                series: None,
                set: 0,
                set_len: 0,
                times: Vec::new(),
                lines: vec![Line { at: last, account, log_group, text }],
            }],
        };
        assert_eq!(*one, expected);
        assert_eq!(other, one, "a payload that is delivered again has the same fingerprint");
        assert_eq!((output.samples.taken, output.chunks.len()), (4, 2));
    }

    #[test]
    fn a_fingerprint_is_of_the_events_and_where_they_are_from() {
        let policy = Policy::compile(&Default::default());
        let print = |record| sampled(vec![record], vec![rule()], &policy).messages[0].fingerprint;
        let of = |log_group, messages: &[&str]| print(payload(log_group, "s", messages));
        let one = of("/acme/app", &["a", "b"]);
        assert_eq!(one, of("/acme/app", &["A", "B"]), "ids are the same");
        assert_ne!(one, of("/acme/app", &["a", "b", "c"]));
        assert_ne!(one, of("/acme/other", &["a", "b"]));
        let without_ids = |message: &str| {
            let text = String::from_utf8(payload("/acme/app", "s", &[message])).unwrap();
            print(text.replace(r#""id":"0","#, "").into_bytes())
        };
        assert_ne!(without_ids("a"), without_ids("b"));
        assert_eq!(without_ids("a"), without_ids("a"));
    }

    #[test]
    fn rules_see_what_a_filter_keeps_back_and_what_is_over_a_share() {
        use crate::admission::Admissions;
        use crate::config::policy::{Condition, Filter, Verdict};
        let filter = vec![Filter { verdict: Verdict::Drop, condition: Condition::default() }];
        let policy = Policy::compile(&crate::config::Policy { filter, ..Default::default() });
        let record = || payload("/acme/app", "s", &["key AKIAIOSFODNN7EXAMPLE"]);
        let output = sampled(vec![record()], vec![with_lines()], &policy);
        let lines: Vec<_> = output.messages[0].partials[0].lines.iter().map(|line| &*line.text).collect();
        assert_eq!((output.chunks.len(), lines), (0, vec!["key [redacted:aws_key]"]));

        let mut admissions = Admissions::default();
        admissions.set(AccountId::parse("111122223333").unwrap(), Admission::FromError);
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let sampler = Sampler::new(&RuleSet { rules: vec![rule()] });
        let around = Surroundings {
            admissions: &admissions,
            sampler: Some(&sampler),
            ..Surroundings::new(&directory, &settings)
        };
        let mut output = Output::default();
        Processor::default().process(&delivery(vec![record()]), 0, &around, &mut output);
        assert_eq!((output.chunks.len(), output.messages[0].partials[0].count), (0, 1));
    }

    #[test]
    fn a_record_that_is_dropped_for_what_it_holds_counts_but_shows_no_line() {
        use crate::config::policy::{Action, Redact};
        let redact = Redact { action: Action::DropRecord, ..Redact::default() };
        let policy = Policy::compile(&crate::config::Policy { redact, ..Default::default() });
        let record = payload("/acme/app", "s", &["key AKIAIOSFODNN7EXAMPLE"]);
        let output = sampled(vec![record], vec![with_lines()], &policy);
        let partial = &output.messages[0].partials[0];
        assert_eq!((partial.count, partial.lines.len()), (1, 0));
    }

    #[test]
    fn metrics_of_log_messages_and_of_streams_are_taken_alike() {
        let policy = Policy::compile(&Default::default());
        let stream = br#"{"metric_stream_name":"m","account_id":"111122223333","region":"eu-central-1","namespace":"orders","metric_name":"time","dimensions":{"service":"shop"},"timestamp":1583425800000,"value":{"count":1.0,"sum":100.0,"max":100.0,"min":100.0},"unit":"Milliseconds"}"#;
        for record in [payload("/acme/app", "s", &[EMBEDDED]), stream.to_vec()] {
            let output = sampled(vec![record], vec![of_metric("time"), of_metric("other")], &policy);
            let [message] = &output.messages[..] else { panic!("{:?}", output.messages) };
            let [partial] = &message.partials[..] else { panic!("{:?}", message.partials) };
            assert_eq!((partial.rule, partial.bucket), (0, Timestamp::from_seconds(1_583_425_800)));
            assert_eq!(*partial.cells, [Some(Cell::Sum(100.0))]);
        }
    }

    #[test]
    fn what_no_rule_takes_anything_of_gives_no_message() {
        let policy = Policy::compile(&Default::default());
        let rules = vec![of_metric("other"), Rule { group_by: vec![Field::Attribute("none".into())], ..rule() }];
        let output = sampled(vec![payload("/acme/app", "s", &["a"]), b"{}".to_vec()], rules, &policy);
        assert_eq!((output.messages.len(), output.samples.without_group), (0, 1));
        let late = Rule { every: Duration::from_secs(1), ..rule() };
        assert_eq!(sampled(vec![b"{}".to_vec()], vec![late], &policy).messages, []);
    }
}
