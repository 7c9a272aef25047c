//! The embedded metric format of CloudWatch: a JSON object that is a log record and tells metric values besides.
//!
//! `{"_aws":{"Timestamp":1574109732004,"CloudWatchMetrics":[{"Namespace":"orders","Dimensions":[["functionVersion"]],`
//! `"Metrics":[{"Name":"time","Unit":"Milliseconds"}]}]},"functionVersion":"$LATEST","time":100,"requestId":"989ffbf8"}`
//!
//! The values become readings, and every member stays in the log record: its values, its dimensions and `_aws` too, and so
//! the `StorageResolution` of a metric. Performance logs of Container Insights are the same in an older form, with
//! `CloudWatchMetrics` at the root and a `Timestamp` that may be quoted; those of their records that tell no metric are
//! taken here as well where the name of the log group says what they are.
//!
//! Sources: CloudWatch user guide, "Specification: Embedded metric format" and "Container Insights performance log reference".

mod container_insights;
mod directive;

use std::fmt::Write;

use bumpalo::Bump;
use bumpalo::collections;

use self::directive::{Directive, Document, Metric};
use super::{Format, Shape, json};
use crate::config::{FormatName, LogMetrics};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::metric::reading::Values;
use crate::record::metric::unit;
use crate::record::value::{Members, Value};

/// Takes objects with `CloudWatchMetrics` inside of `_aws` or at the root.
pub const FORMAT: Format = Format {
    name: FormatName::EmbeddedMetrics,
    encoding: "aws.embedded_metrics",
    shape: Shape::Object { markers: &["_aws", "CloudWatchMetrics"], recognise, parse },
    continues: None,
};

fn recognise(members: &Members<'_>) -> bool {
    is_document(members) || container_insights::recognise(members)
}

/// The document that a value is, whole or as text; `None` where it is none. Loggers of functions wrap documents.
pub fn within<'a>(value: Option<Value<'a>>, bump: &'a Bump) -> Option<Members<'a>> {
    let members = match value? {
        Value::Map(map) => Members::of(map, bump),
        Value::Text(text) => {
            let text = text.trim_ascii();
            let looks = text.starts_with('{') && text.ends_with('}') && text.contains("\"CloudWatchMetrics\"");
            Members::parse(text, bump).ok().filter(|_| looks)?
        }
        Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) => return None,
    };
    is_document(&members).then_some(members)
}

/// Whether an object tells metric values.
#[must_use]
pub fn is_document(members: &Members<'_>) -> bool {
    directive::directives(members).is_some()
}

/// Reads the metrics, then the log record as that of any logger.
pub fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let document = Document::read(&members, context.bump);
    if context.settings.log_metrics != LogMetrics::Never {
        document.readings(draft);
    }
    container_insights::attributes(&members, &mut draft.log, context.log_group);
    let subject = container_insights::subject(&members, context.bump);
    json::parse(members, draft, context);
    if draft.log.time.is_none() {
        draft.log.time = document.time;
    }
    // Without a text of its own the record is told in one line, and what it holds is searched as attributes.
    if let Value::Map(rest) = draft.log.body {
        draft.log.attributes.extend_from_slice(rest);
        draft.log.body = Value::Text(line(subject, &document.directives, context.bump));
    }
}

/// The record in one line: `orders time=100ms`.
fn line<'a>(subject: Option<&'a str>, directives: &[Directive<'a>], bump: &'a Bump) -> &'a str {
    /// More than one reads in a list.
    const TOLD_METRICS: usize = 8;
    let mut line = collections::String::new_in(bump);
    let namespace = directives.first().map_or("embedded metrics", |directive| directive.namespace);
    line.push_str(subject.unwrap_or(namespace));
    let mut told: [&str; TOLD_METRICS] = [""; TOLD_METRICS];
    let metrics = directives.iter().flat_map(|directive| &directive.metrics);
    // A metric that several directives name is told once.
    let (mut count, mut more) = (0, false);
    for metric in metrics {
        if told[..count].contains(&metric.name) {
            continue;
        }
        let Some(place) = told.get_mut(count) else {
            more = true;
            break;
        };
        *place = metric.name;
        count += 1;
        tell(metric, &mut line);
    }
    if more {
        line.push_str(" ...");
    }
    line.into_bump_str()
}

fn tell(metric: &Metric<'_>, line: &mut collections::String<'_>) {
    let unit = if [unit::NONE, unit::COUNT].contains(&metric.unit) { "" } else { metric.unit };
    let (low, high, count) = match metric.values {
        Values::One(value) => (value, value, 1.0),
        Values::Many(values) => (
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            values.len() as f64,
        ),
        Values::Set { count, sum, min, max } => (min.unwrap_or(sum / count), max.unwrap_or(sum / count), count),
    };
    let (low, high) = (rounded(low), rounded(high));
    write!(line, " {}={low}", metric.name).expect("a text takes all that is written");
    if low.to_bits() != high.to_bits() {
        write!(line, "..{high}").expect("a text takes all that is written");
    }
    line.push_str(unit);
    if count.to_bits() != 1.0_f64.to_bits() {
        write!(line, " ({count} values)").expect("a text takes all that is written");
    }
}

/// For a reader: three places are enough, where anything is left of the number then.
pub(super) fn rounded(value: f64) -> f64 {
    let rounded = (value * 1e3).round() / 1e3;
    if rounded.is_finite() && (rounded != 0.0 || value == 0.0) { rounded } else { value }
}

/// Says in the record that values were left out.
pub(super) fn mark_left_out(draft: &mut Draft<'_>, left_out: usize) {
    if left_out > 0 {
        let count = i64::try_from(left_out).unwrap_or(i64::MAX);
        draft.log.attribute(attribute::METRICS_LEFT_OUT, Value::Int(count));
        draft.explain.note("metrics", || format!("{left_out} values left out: they are over a limit"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Normalize;
    use crate::record::normalize::tests::{Given, TIME, show};

    /// The example of the specification, taken at the time of the event.
    const SPECIFIED: &str = r#"{"_aws":{"Timestamp":1583425836114,"CloudWatchMetrics":[{"Namespace":"orders","Dimensions":[["functionVersion"]],"Metrics":[{"Name":"time","Unit":"Milliseconds","StorageResolution":60}]}]},"functionVersion":"$LATEST","time":100,"requestId":"989ffbf8-9ace-4817-a57c-e4dd734019ee"}"#;

    /// Container Insights of EKS, reduced from the guide.
    const POD: &str = r#"{"CloudWatchMetrics":[{"Metrics":[{"Unit":"Percent","Name":"pod_cpu_utilization"},{"Unit":"Bytes/Second","Name":"pod_network_rx_bytes"}],"Dimensions":[["PodName","Namespace","ClusterName"],["Service","Namespace","ClusterName"],["ClusterName"]],"Namespace":"ContainerInsights"},{"Metrics":[{"Unit":"Count","Name":"pod_number_of_container_restarts"}],"Dimensions":[["PodName","Namespace","ClusterName"]],"Namespace":"ContainerInsights"}],"ClusterName":"myCICluster","InstanceId":"i-1234567890123456","InstanceType":"t3.xlarge","Namespace":"amazon-cloudwatch","NodeName":"ip-192-0-2-0.us-west-2.compute.internal","PodName":"cloudwatch-agent-statsd","Sources":["cadvisor","pod","calculated"],"Timestamp":"1583425836114","Type":"Pod","Version":"0","kubernetes":{"host":"ip-192-168-75-26.us-west-2.compute.internal","namespace_name":"amazon-cloudwatch","pod_id":"2f4ff5ac-c813-11e9-a31d-06e9dde32928","pod_name":"cloudwatch-agent-statsd-df44f855f-ts4q2","pod_owners":[{"owner_kind":"Deployment","owner_name":"cloudwatch-agent-statsd"}]},"pod_cpu_utilization":0.14542542168575312,"pod_network_rx_bytes":9880.697124714186,"pod_number_of_container_restarts":0,"pod_status":"Running"}"#;

    /// Container Insights of ECS, reduced from the guide.
    const TASK: &str = r#"{"Version":"0","Type":"Task","TaskId":"7ac4dfba69214411b4783a3b8189c9ba","TaskDefinitionFamily":"sleep360","TaskDefinitionRevision":"1","EC2InstanceId":"i-0c470579dbcdbd2f3","ClusterName":"MyCluster","AccountID":"637146863587","AvailabilityZone":"us-west-2b","LaunchType":"EC2","Timestamp":1583425836000,"CpuUtilized":0.0,"MemoryReserved":10,"CloudWatchMetrics":[{"Namespace":"ECS/ContainerInsights","Metrics":[{"Name":"CpuUtilized","Unit":"None"},{"Name":"MemoryReserved","Unit":"Megabytes"}],"Dimensions":[["ClusterName"],["ClusterName","TaskDefinitionFamily"]]}]}"#;

    /// One directive over members.
    fn document(directive: &str, members: &str) -> String {
        format!(r#"{{"_aws":{{"Timestamp":{TIME},"CloudWatchMetrics":[{directive}]}},{members}}}"#)
    }

    fn told(message: &str) -> String {
        Given::new("/acme/app", &[message]).told().remove(0)
    }

    /// The readings alone, a line each, and the count of those that were left out.
    fn readings(message: &str) -> Vec<String> {
        let mut readings: Vec<_> = told(message).lines().skip(1).map(str::to_owned).collect();
        Given::new("/acme/app", &[message]).check(|draft| {
            let left_out = draft.log.attributes.iter().find(|it| it.key == attribute::METRICS_LEFT_OUT);
            readings.extend(left_out.map(|it| format!("left out: {}", show(&it.value))));
        });
        readings
    }

    /// What `fanin explain` says of the metrics.
    fn explained(message: &str) -> Vec<String> {
        let mut notes = Vec::new();
        Given::new("/acme/app", &[message]).check(|draft| {
            let steps = draft.explain.clone().steps();
            notes.extend(steps.into_iter().filter(|step| step.name == "metrics").map(|step| step.detail));
        });
        notes
    }

    #[test]
    fn the_example_of_the_specification_is_a_metric_and_a_log_record() {
        assert_eq!(
            told(SPECIFIED),
            concat!(
                r#"aws.embedded_metrics 0  | "orders time=100ms" | "#,
                r#"_aws={Timestamp:1583425836114,CloudWatchMetrics:[{Namespace:"orders",Dimensions:[["functionVersion"]],"#,
                r#"Metrics:[{Name:"time",Unit:"Milliseconds",StorageResolution:60}]}]} "#,
                r#"functionVersion="$LATEST" time=100 requestId="989ffbf8-9ace-4817-a57c-e4dd734019ee""#,
                "\norders/time {functionVersion=$LATEST} One(100.0) ms",
            )
        );
    }

    #[test]
    fn lists_of_one_as_powertools_writes_them_and_several_values_are_read() {
        let directive = r#"{"Namespace":"ServerlessAirline","Dimensions":[["service","function_name"]],"Metrics":[{"Name":"ColdStart","Unit":"Count"},{"Name":"latency","Unit":"Milliseconds"}]}"#;
        let message = document(
            directive,
            r#""service":"booking","function_name":"test","ColdStart":[1.0],"latency":[12.5,7,"8"]"#,
        );
        assert!(told(&message).contains(r#" | "ServerlessAirline ColdStart=1 latency=7..12.5ms (3 values)" | "#));
        assert_eq!(
            readings(&message),
            [
                "ServerlessAirline/ColdStart {function_name=test,service=booking} Many([1.0]) {Count}",
                "ServerlessAirline/latency {function_name=test,service=booking} Many([12.5, 7.0, 8.0]) ms",
            ]
        );
    }

    #[test]
    fn a_text_of_its_own_is_the_body_and_its_level_the_severity() {
        let directive = r#"{"Namespace":"orders","Dimensions":[["level"]],"Metrics":[{"Name":"n"}]}"#;
        let message = document(directive, r#""level":"ERROR","message":"no stock","n":1"#);
        let told = told(&message);
        assert!(told.starts_with(r#"aws.embedded_metrics 17 ERROR | "no stock" | _aws="#), "{told}");
        assert!(told.ends_with(" n=1\norders/n {level=ERROR} One(1.0) 1"), "{told}");
    }

    #[test]
    fn every_dimension_set_is_a_series_and_the_empty_one_too() {
        let directive = r#"{"Namespace":"orders","Dimensions":[[],["a"],["b","a"],["a","b"]],"Metrics":[{"Name":"n","Unit":"Count"}]}"#;
        let expected =
            ["orders/n {} One(1.0) {Count}", "orders/n {a=1} One(1.0) {Count}", "orders/n {a=1,b=2} One(1.0) {Count}"];
        assert_eq!(readings(&document(directive, r#""a":"1","b":"2","n":1"#)), expected, "the last two are one");
        for none in [r#""Dimensions":[],"#, r#""Dimensions":null,"#, ""] {
            let directive = format!(r#"{{{none}"Namespace":"orders","Metrics":[{{"Name":"n","Unit":"Count"}}]}}"#);
            assert_eq!(readings(&document(&directive, r#""n":1"#)), expected[..1]);
        }
    }

    #[test]
    fn several_directives_are_read_and_the_same_series_counts_once() {
        let directive = r#"{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"n"}]},{"Namespace":"y","Dimensions":[[]],"Metrics":[{"Name":"n"},{"Name":"n"}]},{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"n"}]}"#;
        assert_eq!(readings(&document(directive, r#""n":1"#)), ["x/n {} One(1.0) 1", "y/n {} One(1.0) 1"]);
    }

    #[test]
    fn a_reference_that_leads_nowhere_costs_only_its_own_values() {
        let directive = r#"{"Namespace":"orders","Dimensions":[["a"],["gone"],[]],"Metrics":[{"Name":"n"},{"Name":"gone"},{"Name":"A.a"}]}"#;
        let message = document(directive, r#""a":"1","n":1,"A":{"a":1}"#);
        assert_eq!(readings(&message), ["orders/n {a=1} One(1.0) 1", "orders/n {} One(1.0) 1"]);
        assert_eq!(explained(&message), [r#"skipped what refers to no value: 3 times, first "gone""#]);
    }

    #[test]
    fn quoted_numbers_are_numbers_and_what_is_none_is_no_metric() {
        let directive = r#"{"Namespace":"orders","Dimensions":[["v","on"]],"Metrics":[{"Name":"quoted"},{"Name":"big"},{"Name":"word"},{"Name":"yes"},{"Name":"null"},{"Name":"mixed"},{"Name":"nan"}]}"#;
        let members = r#""v":2,"on":true,"quoted":"1.5","big":18446744073709551616,"word":"many","yes":true,"null":null,"mixed":[1,"x"],"nan":"NaN""#;
        let message = document(directive, members);
        assert_eq!(
            readings(&message),
            ["orders/quoted {on=true,v=2} One(1.5) 1", "orders/big {on=true,v=2} One(1.8446744073709552e19) 1",]
        );
        assert_eq!(explained(&message), [r#"skipped what breaks the specification: 5 times, first "word""#]);
    }

    #[test]
    fn statistic_sets_and_histograms_of_the_collector_are_read() {
        let directive = r#"{"Namespace":"otel","Dimensions":[[]],"Metrics":[{"Name":"summary","Unit":"Seconds"},{"Name":"histogram"},{"Name":"buckets"},{"Name":"unknown"},{"Name":"empty"}]}"#;
        let members = r#""summary":{"Max":4,"Min":1,"Count":2,"Sum":5},"histogram":{"Values":[1.5,3],"Counts":[2,1],"Max":3.2,"Min":1.1,"Count":3,"Sum":6.1},"buckets":{"Values":[1.5,3,9],"Counts":[2,1,0]},"unknown":{"Max":0,"Min":0,"Count":18,"Sum":35.0},"empty":{"Max":0,"Min":0,"Count":0,"Sum":0}"#;
        let message = document(directive, members);
        assert!(told(&message).contains("otel summary=1..4s (2 values) histogram=1.1..3.2 (3 values) "));
        assert_eq!(
            readings(&message),
            [
                "otel/summary {} Set { count: 2.0, sum: 5.0, min: Some(1.0), max: Some(4.0) } s",
                "otel/histogram {} Set { count: 3.0, sum: 6.1, min: Some(1.1), max: Some(3.2) } 1",
                "otel/buckets {} Set { count: 3.0, sum: 6.0, min: Some(1.5), max: Some(3.0) } 1",
                "otel/unknown {} Set { count: 18.0, sum: 35.0, min: None, max: None } 1",
            ]
        );
    }

    #[test]
    fn container_insights_of_kubernetes_is_read_in_its_older_form() {
        let given = Given::new("/aws/containerinsights/myCICluster/performance", &[POD]);
        let told = given.told().remove(0);
        let (record, readings) = told.split_once('\n').unwrap();
        assert!(
            record.starts_with(concat!(
                r#"aws.embedded_metrics 0  | "Pod amazon-cloudwatch/cloudwatch-agent-statsd pod_cpu_utilization=0.145% "#,
                r#"pod_network_rx_bytes=9880.697By/s pod_number_of_container_restarts=0" | "#,
                r#"k8s.cluster.name="myCICluster" k8s.node.name="ip-192-0-2-0.us-west-2.compute.internal" "#,
                r#"k8s.namespace.name="amazon-cloudwatch" k8s.pod.name="cloudwatch-agent-statsd-df44f855f-ts4q2" "#,
                r#"k8s.pod.uid="2f4ff5ac-c813-11e9-a31d-06e9dde32928" host.id="i-1234567890123456" host.type="t3.xlarge" "#,
                r#"k8s.deployment.name="cloudwatch-agent-statsd" CloudWatchMetrics=[{Metrics:"#,
            )),
            "{record}"
        );
        assert!(record.ends_with(r#"pod_number_of_container_restarts=0 pod_status="Running""#), "{record}");
        let pod = "ClusterName=myCICluster,Namespace=amazon-cloudwatch,PodName=cloudwatch-agent-statsd";
        assert_eq!(
            readings.lines().collect::<Vec<_>>(),
            [
                format!("ContainerInsights/pod_cpu_utilization {{{pod}}} One(0.14542542168575312) %"),
                format!("ContainerInsights/pod_network_rx_bytes {{{pod}}} One(9880.697124714186) By/s"),
                "ContainerInsights/pod_cpu_utilization {ClusterName=myCICluster} One(0.14542542168575312) %".into(),
                "ContainerInsights/pod_network_rx_bytes {ClusterName=myCICluster} One(9880.697124714186) By/s".into(),
                format!("ContainerInsights/pod_number_of_container_restarts {{{pod}}} One(0.0) {{Count}}"),
            ],
            "a pod without a service has no series of one"
        );
    }

    #[test]
    fn container_insights_of_ecs_is_read() {
        let told = Given::new("/aws/ecs/containerinsights/MyCluster/performance", &[TASK]).told().remove(0);
        let (record, readings) = told.split_once('\n').unwrap();
        assert!(
            record.starts_with(concat!(
                r#"aws.embedded_metrics 0  | "Task 7ac4dfba69214411b4783a3b8189c9ba CpuUtilized=0 MemoryReserved=10MBy" | "#,
                r#"aws.ecs.cluster.name="MyCluster" aws.ecs.task.id="7ac4dfba69214411b4783a3b8189c9ba" "#,
                r#"aws.ecs.task.family="sleep360" aws.ecs.task.revision="1" host.id="i-0c470579dbcdbd2f3" "#,
                r#"cloud.availability_zone="us-west-2b" aws.ecs.launchtype="ec2" Version="0" "#,
            )),
            "{record}"
        );
        assert_eq!(
            readings.lines().collect::<Vec<_>>(),
            [
                "ECS/ContainerInsights/CpuUtilized {ClusterName=MyCluster} One(0.0) 1",
                "ECS/ContainerInsights/MemoryReserved {ClusterName=MyCluster} One(10.0) MBy",
                "ECS/ContainerInsights/CpuUtilized {ClusterName=MyCluster,TaskDefinitionFamily=sleep360} One(0.0) 1",
                "ECS/ContainerInsights/MemoryReserved {ClusterName=MyCluster,TaskDefinitionFamily=sleep360} One(10.0) MBy",
            ]
        );
    }

    #[test]
    fn a_performance_record_without_metrics_is_told_by_its_log_group() {
        let message = r#"{"ClusterName":"c","NodeName":"n","Timestamp":"1583425836114","Type":"NodeNet","Version":"0","interface":"eth0","node_interface_network_rx_bytes":3163.0}"#;
        let told = Given::new("/aws/containerinsights/c/performance", &[message]).told();
        assert_eq!(
            told,
            [concat!(
                r#"aws.embedded_metrics 0  | "NodeNet n" | k8s.cluster.name="c" k8s.node.name="n" ClusterName="c" NodeName="n" "#,
                r#"Timestamp="1583425836114" Type="NodeNet" Version="0" interface="eth0" node_interface_network_rx_bytes=3163.0"#,
            )]
        );
        assert!(Given::new("/acme/app", &[message]).told()[0].starts_with("aws.cloudwatch "), "elsewhere it is JSON");
    }

    #[test]
    fn values_have_the_time_of_the_document_in_whatever_unit() {
        let times = |time: &str| {
            let mut times = Vec::new();
            let message = SPECIFIED.replace("1583425836114", time);
            Given::new("/acme/app", &[&message]).check(|draft| {
                times.extend(draft.readings.iter().map(|reading| (reading.start.millis(), reading.end.millis())));
            });
            times
        };
        let quarter_before = 1_583_424_936_114;
        for written in
            ["1583424936114", "1583424936114000", "1583424936114000000", "\"1583424936114\"", "1.583424936114e12"]
        {
            assert_eq!(times(written), [(quarter_before, quarter_before)], "{written}");
        }
        assert_eq!(times("1583424936"), [(1_583_424_936_000, 1_583_424_936_000)], "seconds");
        for written in ["0", "null", "\"yesterday\"", "-5"] {
            assert_eq!(times(written), [(TIME, TIME)], "{written} says nothing: the event's");
        }
    }

    #[test]
    fn values_of_a_time_that_cloudwatch_takes_no_metric_of_are_left_out() {
        for time in ["1574109732004", "1583433036999", "5"] {
            let message = SPECIFIED.replace("1583425836114", time);
            assert_eq!(readings(&message), ["left out: 1"], "{time}");
        }
    }

    #[test]
    fn what_is_over_the_limits_of_the_specification_is_left_out_and_marked() {
        let long = |count: usize| vec!["1"; count].join(",");
        let over = [
            (r#"[["a"]]"#.to_owned(), "n", format!(r#""a":"1","n":[{}]"#, long(101))),
            (r#"[["a"]]"#.to_owned(), "n", format!(r#""a":"{}","n":1"#, "x".repeat(1_025))),
            (format!(r#"[[{}]]"#, vec![r#""a""#; 31].join(",")), "n", r#""a":"1","n":1"#.to_owned()),
            (format!(r#"[["{}"]]"#, "x".repeat(251)), "n", r#""a":"1","n":1"#.to_owned()),
        ];
        for (sets, name, members) in over {
            let directive = format!(r#"{{"Namespace":"x","Dimensions":{sets},"Metrics":[{{"Name":"{name}"}}]}}"#);
            assert_eq!(readings(&document(&directive, &members)), ["left out: 1"], "{sets}");
        }
        let metrics = vec![r#"{"Name":"n"}"#; 103].join(",");
        let directive = format!(r#"{{"Namespace":"x","Dimensions":[[],["a"]],"Metrics":[{metrics}]}}"#);
        let read = readings(&document(&directive, r#""a":"1","n":1"#));
        assert_eq!(read, ["x/n {} One(1.0) 1", "x/n {a=1} One(1.0) 1", "left out: 6"]);
    }

    #[test]
    fn a_small_message_that_asks_for_millions_of_series_is_bounded() {
        let names: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
        let metrics: Vec<String> = names.iter().map(|name| format!(r#"{{"Name":"{name}"}}"#)).collect();
        let members: Vec<String> = names.iter().map(|name| format!(r#""{name}":"1""#)).collect();
        let sets: Vec<String> = names.iter().map(|name| format!(r#"["{name}"]"#)).collect();
        let (metrics, members, sets) = (metrics.join(","), members.join(","), vec![sets.join(","); 100].join(","));
        let directive = format!(r#"{{"Namespace":"x","Dimensions":[{sets}],"Metrics":[{metrics}]}}"#);
        let message = document(&vec![directive; 3].join(","), &members);
        Given::new("/acme/app", &[&message]).check(|draft| {
            assert_eq!(draft.readings.len(), 1_000);
            let left_out = draft.log.attributes.iter().find(|it| it.key == attribute::METRICS_LEFT_OUT).unwrap();
            assert_eq!(left_out.value, Value::Int(3 * 10_000 * 100 - 1_000));
        });
    }

    #[test]
    fn a_namespace_of_aws_cannot_be_claimed() {
        let message = SPECIFIED.replace("\"orders\"", "\"AWS/Lambda\"");
        assert!(readings(&message).is_empty());
        assert_eq!(explained(&message), [r#"skipped what breaks the specification: 1 times, first "AWS/Lambda""#]);
    }

    #[test]
    fn a_document_that_breaks_the_specification_loses_nothing_as_a_log() {
        for metadata in [
            r#"{"CloudWatchMetrics":[]}"#,
            r#"{"CloudWatchMetrics":[1,"x",null,{},{"Namespace":"x"},{"Namespace":"x","Metrics":{}}]}"#,
            r#"{"CloudWatchMetrics":[{"Namespace":"x","Dimensions":["n",{},[1]],"Metrics":[{"Name":"n"}]}]}"#,
        ] {
            let told = told(&format!(r#"{{"_aws":{metadata},"n":1}}"#));
            assert!(told.starts_with("aws.embedded_metrics 0 ") && told.ends_with(" n=1"), "{told}");
        }
        for metadata in [r#"{"CloudWatchMetrics":{}}"#, "{}", "[]", "1"] {
            let told = told(&format!(r#"{{"_aws":{metadata},"n":1}}"#));
            assert!(told.starts_with("aws.cloudwatch 0 "), "{told}");
        }
    }

    #[test]
    fn no_metrics_are_made_where_the_operator_wants_none() {
        let settings = Normalize { log_metrics: LogMetrics::Never, ..Normalize::default() };
        Given { settings, ..Given::new("/acme/app", &[SPECIFIED]) }.check(|draft| {
            assert!(draft.readings.is_empty());
            assert_eq!(draft.log.body, Value::Text("orders time=100ms"));
        });
    }

    /// Any JSON, not deep.
    fn any_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            "-?[0-9]{1,20}(\\.[0-9]{1,3})?"
                .prop_filter("a number of JSON", |it| { serde_json::from_str::<serde_json::Value>(it).is_ok() }),
            "\"[a-c ]{0,3}\"",
        ];
        leaf.prop_recursive(2, 12, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",")));
            let map = prop::collection::vec((member_name(), inner), 0..4).prop_map(object);
            prop_oneof![list, map]
        })
    }

    fn member_name() -> impl Strategy<Value = &'static str> {
        prop::sample::select(
            &["a", "b", "n", "Count", "Sum", "Min", "Max", "Values", "Counts", "Name", "level", "message"][..],
        )
    }

    fn object(members: Vec<(&str, String)>) -> String {
        let members: Vec<_> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn any_document() -> impl Strategy<Value = String> {
        let names = || {
            prop::collection::vec(
                prop_oneof![9 => member_name().prop_map(|name| format!("\"{name}\"")), 1 => any_json()],
                0..34,
            )
        };
        let sets = prop::collection::vec(names().prop_map(|names| format!("[{}]", names.join(","))), 0..20);
        let metrics = names().prop_map(|names| {
            let metrics: Vec<_> =
                names.into_iter().map(|name| format!("{{\"Name\":{name},\"Unit\":\"Count\"}}")).collect();
            metrics.join(",")
        });
        let directive = (sets, metrics).prop_map(|(sets, metrics)| {
            format!("{{\"Namespace\":\"x\",\"Dimensions\":[{}],\"Metrics\":[{metrics}]}}", sets.join(","))
        });
        let directives = prop::collection::vec(prop_oneof![9 => directive, 1 => any_json()], 0..6);
        let members = prop::collection::vec((member_name(), any_json()), 0..30);
        (directives, members, any_json(), any::<bool>()).prop_map(|(directives, mut members, time, older)| {
            let directives = format!("[{}]", directives.join(","));
            if older {
                members.extend([("CloudWatchMetrics", directives), ("Timestamp", time)]);
            } else {
                members.push(("_aws", object(vec![("CloudWatchMetrics", directives), ("Timestamp", time)])));
            }
            object(members)
        })
    }

    /// The first member whose value is nowhere in the record.
    fn lost(message: &str, draft: &Draft<'_>) -> Option<String> {
        let bump = Bump::new();
        let log = &draft.log;
        let members = Members::parse(message, &bump).unwrap().into_vec();
        let lost = members.iter().find(|member| {
            let text = member.value.text();
            let kept = log.attributes.iter().any(|it| it.key == member.key && it.value == member.value);
            !kept && log.body != member.value && text.is_none_or(|text| text != log.severity_text)
        });
        lost.map(|member| member.key.to_owned())
    }

    proptest! {
        #[test]
        fn every_member_is_in_the_record_and_the_readings_are_bounded(message in any_document()) {
            Given::new("/aws/containerinsights/c/performance", &[&message]).check(|draft| {
                assert_eq!(lost(&message, draft), None);
                assert!(draft.readings.len() <= 1_000);
                for reading in &draft.readings {
                    assert!(reading.dimensions.len() <= 30 && reading.dimensions.is_sorted_by(|a, b| a.name < b.name));
                }
            });
        }

        #[test]
        fn a_damaged_document_does_no_harm(
            sample in prop::sample::select(&[SPECIFIED, POD, TASK][..]),
            at in any::<prop::sample::Index>(),
            length in 0..9_usize,
            instead in "[\\[\\]{}\",:0-9a-z\u{e9}-]{0,4}",
        ) {
            let mut message = sample.to_owned();
            let start = at.index(message.len());
            message.replace_range(start..(start + length).min(message.len()), &instead);
            let _ = Given::new("/aws/ecs/containerinsights/c/performance", &[&message]).told();
        }
    }
}
