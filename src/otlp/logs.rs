//! Log records as `ResourceLogs` fields of an `ExportLogsServiceRequest`.

use crate::id::{AccountId, Region};
use crate::otlp::{write_attribute, write_scope, write_value};
use crate::proto::{Guess, Open, Writer};
use crate::record::attribute;
use crate::record::log::Log;
use crate::record::resource::Producer;
use crate::record::value::{Attribute, Value};
use crate::tenant::Tag;

/// What all records of one `ResourceLogs` have in common.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// Whose records they are.
    pub account: AccountId,
    /// Where they come from.
    pub region: Option<Region>,
    /// The log group; empty where they came in a file.
    pub log_group: &'a str,
    /// The log stream; empty where there is none.
    pub log_stream: &'a str,
    /// Path or URL of the file that held them; empty where they came through a log group.
    pub file: &'a str,
    /// What wrote them.
    pub producer: Producer<'a>,
    /// What the directory says of the account.
    pub tag: &'a Tag,
}

/// Writes records of one resource, one after the other.
///
/// Each `ScopeLogs` holds the records of one encoding that follow each other.
#[derive(Debug)]
pub struct LogsWriter<'w> {
    out: &'w mut Writer,
    resource_logs: Open,
    scope_logs: Option<(Open, &'static str)>,
}

impl<'w> LogsWriter<'w> {
    /// Opens a `ResourceLogs` field.
    pub fn begin(out: &'w mut Writer, resource: &Resource<'_>) -> Self {
        const RESOURCE_LOGS: u32 = 1;
        let resource_logs = out.begin(RESOURCE_LOGS, Guess::Long);
        write_resource(out, resource);
        Self { out, resource_logs, scope_logs: None }
    }

    /// Bytes in the buffer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing is in the buffer, which cannot be while a resource is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Writes one record.
    pub fn record(&mut self, log: &Log<'_>) {
        const SCOPE_LOGS: u32 = 2;
        if self.scope_logs.as_ref().is_none_or(|(_, encoding)| *encoding != log.encoding) {
            self.end_scope();
            self.scope_logs = Some((self.out.begin(SCOPE_LOGS, Guess::Long), log.encoding));
            write_scope(self.out, log.encoding);
        }
        write_log(self.out, log);
    }

    /// Closes what is open.
    pub fn end(mut self) {
        self.end_scope();
        self.out.end(self.resource_logs);
    }

    fn end_scope(&mut self) {
        if let Some((open, _)) = self.scope_logs.take() {
            self.out.end(open);
        }
    }
}

fn write_resource(out: &mut Writer, resource: &Resource<'_>) {
    const ATTRIBUTES: u32 = 1;
    let open = out.begin(1, Guess::Medium);
    out.resource_attribute(attribute::CLOUD_PROVIDER, "aws");
    out.resource_attribute(attribute::CLOUD_ACCOUNT_ID, resource.account.as_str());
    if let Some(region) = &resource.region {
        out.resource_attribute(attribute::CLOUD_REGION, region.as_str());
    }
    out.raw(&resource.tag.attributes);
    if resource.file.is_empty() {
        for (key, name) in
            [(attribute::LOG_GROUP_NAMES, resource.log_group), (attribute::LOG_STREAM_NAMES, resource.log_stream)]
        {
            write_attribute(out, ATTRIBUTES, &Attribute { key, value: Value::List(&[Value::Text(name)]) });
        }
    } else {
        out.resource_attribute(attribute::LOG_FILE_PATH, resource.file);
    }
    write_producer(out, resource);
    out.end(open);
}

fn write_producer(out: &mut Writer, resource: &Resource<'_>) {
    let producer = &resource.producer;
    out.resource_attribute(attribute::SERVICE_NAME, producer.service);
    if let Some(platform) = producer.platform {
        out.resource_attribute(attribute::CLOUD_PLATFORM, platform);
    }
    let arn = producer.arn(resource.account, resource.region);
    if let Some(arn) = &arn {
        out.resource_attribute(attribute::CLOUD_RESOURCE_ID, arn);
    }
    if let Some(cluster) = producer.kubernetes_cluster() {
        out.resource_attribute(attribute::K8S_CLUSTER_NAME, cluster);
        if let Some(arn) = &arn {
            out.resource_attribute(attribute::EKS_CLUSTER_ARN, arn);
        }
    }
    if let Some(task) = producer.task {
        out.resource_attribute(attribute::CONTAINER_NAME, task.container);
        out.resource_attribute(attribute::ECS_TASK_ID, task.id);
    }
    if let Some(function) = producer.function {
        out.resource_attribute(attribute::FAAS_NAME, function.name);
        if !function.version.is_empty() {
            out.resource_attribute(attribute::FAAS_VERSION, function.version);
            out.resource_attribute(attribute::FAAS_INSTANCE, resource.log_stream);
        }
    }
}

fn write_log(out: &mut Writer, log: &Log<'_>) {
    const LOG_RECORDS: u32 = 2;
    const TIME: u32 = 1;
    const SEVERITY_NUMBER: u32 = 2;
    const SEVERITY_TEXT: u32 = 3;
    const BODY: u32 = 5;
    const ATTRIBUTES: u32 = 6;
    const FLAGS: u32 = 8;
    const TRACE_ID: u32 = 9;
    const SPAN_ID: u32 = 10;
    const OBSERVED_TIME: u32 = 11;
    const EVENT_NAME: u32 = 12;
    let open = out.begin(LOG_RECORDS, Guess::Medium);
    if let Some(time) = log.time {
        out.fixed64_field(TIME, time.nanos());
    }
    if log.severity.number() != 0 {
        out.varint_field(SEVERITY_NUMBER, u64::from(log.severity.number()));
    }
    if !log.severity_text.is_empty() {
        out.bytes_field(SEVERITY_TEXT, log.severity_text.as_bytes());
    }
    write_value(out, BODY, &log.body);
    if !log.event_id.is_empty() {
        out.text_attribute(ATTRIBUTES, attribute::LOG_EVENT_ID, log.event_id);
    }
    for attribute in &log.attributes {
        write_attribute(out, ATTRIBUTES, attribute);
    }
    if log.trace.flags != 0 {
        out.fixed32_field(FLAGS, u32::from(log.trace.flags));
    }
    if log.trace.trace_id != [0; 16] {
        out.bytes_field(TRACE_ID, &log.trace.trace_id);
    }
    if log.trace.span_id != [0; 8] {
        out.bytes_field(SPAN_ID, &log.trace.span_id);
    }
    out.fixed64_field(OBSERVED_TIME, log.observed.nanos());
    if !log.event_name.is_empty() {
        out.bytes_field(EVENT_NAME, log.event_name.as_bytes());
    }
    out.end(open);
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::record::log::Trace;
    use crate::record::resource::producer;
    use crate::record::severity::Severity;
    use crate::tenant::{Directory, UNASSIGNED};
    use crate::time::Timestamp;

    /// An owned value, of which both the borrowed one and the expected protobuf are made.
    #[derive(Clone, Debug)]
    enum Model {
        Text(String),
        Int(i64),
        Double(f64),
        Bool(bool),
        Null,
        List(Vec<Self>),
        Map(Vec<(String, Self)>),
    }

    fn model() -> impl Strategy<Value = Model> {
        let leaf = prop_oneof![
            ".{0,200}".prop_map(Model::Text),
            any::<i64>().prop_map(Model::Int),
            (-1e300..1e300).prop_map(Model::Double),
            any::<bool>().prop_map(Model::Bool),
            Just(Model::Null),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Model::List),
                prop::collection::vec((".{0,10}", inner), 0..5).prop_map(Model::Map),
            ]
        })
    }

    fn borrowed<'a>(model: &'a Model, bump: &'a Bump) -> Value<'a> {
        match model {
            Model::Text(text) => Value::Text(text),
            Model::Int(value) => Value::Int(*value),
            Model::Double(value) => Value::Double(*value),
            Model::Bool(value) => Value::Bool(*value),
            Model::Null => Value::Null,
            Model::List(items) => {
                Value::List(bump.alloc_slice_fill_iter(items.iter().map(|item| borrowed(item, bump))))
            }
            Model::Map(members) => Value::Map(bump.alloc_slice_fill_iter(
                members.iter().map(|(key, value)| Attribute { key, value: borrowed(value, bump) }),
            )),
        }
    }

    fn expected(model: &Model) -> AnyValue {
        let value = match model {
            Model::Text(text) => Some(Any::StringValue(text.clone())),
            Model::Int(value) => Some(Any::IntValue(*value)),
            Model::Double(value) => Some(Any::DoubleValue(*value)),
            Model::Bool(value) => Some(Any::BoolValue(*value)),
            Model::Null => None,
            Model::List(items) => Some(Any::ArrayValue(ArrayValue { values: items.iter().map(expected).collect() })),
            Model::Map(members) => Some(Any::KvlistValue(KeyValueList {
                values: members.iter().map(|(key, value)| pair(key, expected(value))).collect(),
            })),
        };
        AnyValue { value }
    }

    fn some(id: &[u8]) -> Vec<u8> {
        if id.iter().all(|byte| *byte == 0) { Vec::new() } else { id.to_vec() }
    }

    fn pair(key: &str, value: AnyValue) -> KeyValue {
        KeyValue { key: key.into(), value: Some(value), ..KeyValue::default() }
    }

    fn text(key: &str, value: &str) -> KeyValue {
        pair(key, expected(&Model::Text(value.into())))
    }

    #[test]
    fn a_cluster_and_a_task_are_told_on_the_resource() {
        let directory = Directory::new([], attribute::TENANT_ID, &[None]);
        let account = AccountId::parse("111122223333").unwrap();
        let told = |log_group: &str, log_stream: &str| {
            let producer = producer(log_group, log_stream);
            let region = Region::parse("eu-west-1").ok();
            let tag = directory.tag(account);
            let resource = Resource { account, region, log_group, log_stream, file: "", producer, tag };
            let mut out = Writer::new();
            LogsWriter::begin(&mut out, &resource).end();
            let request = ExportLogsServiceRequest::decode(out.as_slice()).unwrap();
            let attributes = request.resource_logs.into_iter().next().unwrap().resource.unwrap().attributes;
            attributes.into_iter().skip_while(|it| it.key != "service.name").collect::<Vec<_>>()
        };
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
        assert_eq!(
            told("/aws/eks/prod/cluster", "kube-apiserver-audit-1"),
            [
                text("service.name", "prod"),
                text("cloud.platform", "aws_eks"),
                text("cloud.resource_id", arn),
                text("k8s.cluster.name", "prod"),
                text("aws.eks.cluster.arn", arn),
            ]
        );
        assert_eq!(
            told("/ecs/shop", "ecs/web/405d340d30f844c4ad376392489343f5"),
            [
                text("service.name", "shop"),
                text("cloud.platform", "aws_ecs"),
                text("container.name", "web"),
                text("aws.ecs.task.id", "405d340d30f844c4ad376392489343f5"),
            ]
        );
    }

    #[test]
    fn what_came_in_a_file_names_the_file_and_no_log_group() {
        let directory = Directory::new([], attribute::TENANT_ID, &[None]);
        let account = AccountId::parse("111122223333").unwrap();
        let producer = Producer { service: "elb", ..Producer::default() };
        let resource = Resource {
            account,
            region: None,
            log_group: "",
            log_stream: "",
            file: "s3://bucket/key",
            producer,
            tag: directory.tag(account),
        };
        let mut out = Writer::new();
        LogsWriter::begin(&mut out, &resource).end();
        let request = ExportLogsServiceRequest::decode(out.as_slice()).unwrap();
        assert_eq!(
            request.resource_logs[0].resource.as_ref().unwrap().attributes,
            [
                text("cloud.provider", "aws"),
                text("cloud.account.id", "111122223333"),
                text("tenant.id", UNASSIGNED),
                text("log.file.path", "s3://bucket/key"),
                text("service.name", "elb"),
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_opentelemetry_proto_reads(
            body in model(), members in prop::collection::vec(("[a-z.]{1,12}", model()), 0..6),
            nanos in 1..u64::MAX, number in 0_usize..4, id in "[0-9]{0,56}", stream in ".{0,20}",
            name in "[a-z.]{0,9}", trace in any::<[u8; 16]>(), span in any::<[u8; 8]>(), flags in 0..2_u8,
        ) {
            let bump = Bump::new();
            let severity = [Severity::UNSPECIFIED, Severity::DEBUG, Severity::ERROR, Severity::FATAL][number];
            let mut attributes = bumpalo::collections::Vec::new_in(&bump);
            attributes.extend(members.iter().map(|(key, value)| Attribute { key, value: borrowed(value, &bump) }));
            let log = Log {
                time: Some(Timestamp::from_nanos(nanos)), observed: Timestamp::from_nanos(nanos), severity, severity_text: "x",
                event_id: &id, body: borrowed(&body, &bump), attributes, encoding: "aws.cloudwatch",
                event_name: &name, trace: Trace { trace_id: trace, span_id: span, flags },
            };
            let directory = Directory::new([], attribute::TENANT_ID, &[None]);
            let account = AccountId::parse("111122223333").unwrap();
            let resource = Resource {
                account, region: None, log_group: "/acme/app", log_stream: &stream, file: "",
                producer: producer("/acme/app", ""), tag: directory.tag(account),
            };
            let mut out = Writer::new();
            let mut writer = LogsWriter::begin(&mut out, &resource);
            writer.record(&log);
            writer.record(&log);
            writer.end();

            let array = |name: &str| expected(&Model::List(vec![Model::Text(name.into())]));
            let mut attributes: Vec<KeyValue> = Vec::new();
            if !id.is_empty() { attributes.push(text("aws.log.event.id", &id)); }
            attributes.extend(members.iter().map(|(key, value)| pair(key, expected(value))));
            let record = LogRecord {
                time_unix_nano: nanos, observed_time_unix_nano: nanos, severity_number: i32::from(severity.number()),
                severity_text: "x".into(), body: Some(expected(&body)), attributes,
                trace_id: some(&trace), span_id: some(&span), flags: flags.into(), event_name: name.clone(), ..LogRecord::default()
            };
            let scope = InstrumentationScope {
                name: "fanin".into(), version: env!("CARGO_PKG_VERSION").into(),
                attributes: vec![text("encoding.format", "aws.cloudwatch")], dropped_attributes_count: 0,
            };
            let whole = ExportLogsServiceRequest { resource_logs: vec![ResourceLogs {
                resource: Some(ProtoResource { attributes: vec![
                    text("cloud.provider", "aws"), text("cloud.account.id", "111122223333"), text("tenant.id", UNASSIGNED),
                    pair("aws.log.group.names", array("/acme/app")), pair("aws.log.stream.names", array(&stream)),
                    text("service.name", "/acme/app"),
                ], ..ProtoResource::default() }),
                scope_logs: vec![ScopeLogs { scope: Some(scope), log_records: vec![record.clone(), record], schema_url: String::new() }],
                schema_url: String::new(),
            }] };
            prop_assert_eq!(ExportLogsServiceRequest::decode(out.as_slice()), Ok(whole));
        }
    }
}
