//! Samples of log records that others encoded: accounts that run a collector of their own speak to the rules as well.
//!
//! Only where a rule takes logs is a request decoded. Metrics of others have no CloudWatch name, so no rule can ask for them.

use bumpalo::Bump;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use prost::Message as _;

use super::Job;
use crate::chunk::Chunk;
use crate::config::FormatName;
use crate::id::Region;
use crate::otlp::logs::Resource;
use crate::policy::otlp::log_of;
use crate::policy::{Local, Whose};
use crate::record::attribute;
use crate::record::resource::Producer;
use crate::record::value::Value;
use crate::sample::partials::Partials;
use crate::sample::sampler::Sampler;
use crate::sample::subject::LogSubject;

/// Lets rules take samples of all records of a chunk, as they came. What cannot be decoded is rejected elsewhere.
pub(super) fn sample(chunk: &Chunk, sampler: &Sampler, job: &Job<'_>, bump: &mut Bump, partials: &mut Partials) {
    let Ok(request) = ExportLogsServiceRequest::decode(chunk.bytes.clone()) else { return };
    let directory = job.around.directory;
    let (tag, entry) = (directory.tag(chunk.account), directory.get(chunk.account));
    for of_resource in &request.resource_logs {
        let attributes = of_resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        let log_group = text(attributes, attribute::LOG_GROUP_NAMES).unwrap_or_default();
        let region = text(attributes, attribute::CLOUD_REGION).and_then(|region| Region::parse(region).ok());
        let resource = Resource {
            account: chunk.account,
            region: region.or(job.place.region),
            log_group,
            log_stream: text(attributes, attribute::LOG_STREAM_NAMES).unwrap_or_default(),
            file: "",
            producer: Producer {
                service: text(attributes, attribute::SERVICE_NAME).unwrap_or_default(),
                ..Producer::default()
            },
            tag,
        };
        let local = job.around.policy.of(&Whose::new(chunk.account, tag, log_group));
        for record in of_resource.scope_logs.iter().flat_map(|scope| &scope.log_records) {
            bump.reset();
            let log = log_of(record, bump);
            let subject = LogSubject {
                resource: &resource,
                entry,
                format: FormatName::Json,
                log: &log,
                bytes: log.body.text().map_or(0, str::len),
                local: Some(&local),
            };
            sampler.log(&subject, job.place.arrived, partials);
            if partials.wants_line() {
                line(&log.body, &local, &resource, partials);
            }
        }
    }
}

/// Gives rules the text of a record, redacted. Only texts travel: a map is redacted only where it is forwarded.
fn line(body: &Value<'_>, local: &Local<'_>, resource: &Resource<'_>, partials: &mut Partials) {
    if let Some(text) = body.text().and_then(|text| local.clean_text("body", text)) {
        partials.line(resource.account, resource.log_group, &Value::Text(&text));
    }
}

/// A text attribute, or the first text of a list.
fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let value = attributes.iter().find(|attribute| attribute.key == name)?.value.as_ref()?.value.as_ref()?;
    let first = if let Any::ArrayValue(list) = value { list.values.first()?.value.as_ref()? } else { value };
    if let Any::StringValue(text) = first { Some(text) } else { None }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use opentelemetry_proto::tonic::common::v1::AnyValue;
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

    use super::super::output::Output;
    use super::super::{Processor, Surroundings};
    use super::*;
    use crate::config::Normalize;
    use crate::delivery::{Delivery, Origin, Payload, Source};
    use crate::id::{AccountId, Signal};
    use crate::predicate::{Predicate, Subject};
    use crate::rule::{Annotations, Rule, RuleSet};
    use crate::sample::sampler::tests::rule;
    use crate::tenant::Directory;
    use crate::time::Timestamp;

    fn any(text: &str) -> Option<AnyValue> {
        Some(AnyValue { value: Some(Any::StringValue(text.into())) })
    }

    fn attribute(key: &str, text: &str) -> KeyValue {
        KeyValue { key: key.into(), value: any(text), ..KeyValue::default() }
    }

    #[test]
    fn rules_see_records_that_others_encoded() {
        let resource = opentelemetry_proto::tonic::resource::v1::Resource {
            attributes: vec![attribute("cloud.account.id", "111122223333"), attribute("service.name", "checkout")],
            ..Default::default()
        };
        let seconds = 1_800_000_000;
        let record = |body: &str, severity| LogRecord {
            time_unix_nano: seconds * 1_000_000_000,
            severity_number: severity,
            body: any(body),
            ..LogRecord::default()
        };
        let log_records = vec![record("refused, key AKIAIOSFODNN7EXAMPLE", 17), record("fine", 9)];
        let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
        let request = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { resource: Some(resource), scope_logs, ..ResourceLogs::default() }],
        };
        let delivery = Delivery {
            origin: Origin { source: Source::Otlp, name: Arc::from("peer"), region: None },
            payload: Payload::Otlp {
                signal: Signal::Logs,
                request: request.encode_to_vec().into(),
                arrived: Timestamp::from_seconds(seconds + 1),
            },
            accounts: None,
        };
        let matches = Predicate::parse(r#"service == "checkout" && level == "ERROR""#, Subject::Log).unwrap();
        let annotations = Annotations { samples: 1, ..Annotations::default() };
        let sampler = Sampler::new(&RuleSet { rules: vec![Rule { matches: Some(matches), annotations, ..rule() }] });
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let around = Surroundings { sampler: Some(&sampler), ..Surroundings::new(&directory, &settings) };
        let mut output = Output::default();
        Processor::default().process(&delivery, 0, &around, &mut output);
        let [message] = &output.messages[..] else { panic!("{:?}", output.messages) };
        let [partial] = &message.partials[..] else { panic!("{:?}", message.partials) };
        assert_eq!((partial.count, partial.group.account), (1, AccountId::parse("111122223333").ok()));
        assert_eq!(&*partial.lines[0].text, "refused, key [redacted:aws_key]");
    }
}
