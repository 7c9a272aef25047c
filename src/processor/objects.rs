//! Objects of service logs, read as files: split by account and Region, normalized, tagged, encoded.

use std::borrow::Cow;

use super::output::Output;
use super::records::{Records, Scratch};
use super::{Job, Processor};
use crate::envelope::cloudwatch_logs::Event;
use crate::envelope::object::Object;
use crate::id::{AccountId, Region};
use crate::otlp::logs::Resource;
use crate::record::format::by_name;
use crate::record::format::choice::Choice;
use crate::record::place::Refusal;
use crate::record::resource::Producer;
use crate::reject::Reason;

/// Whose messages are, and from where.
type Whose = (AccountId, Option<Region>);

/// All messages of an object that is called `file`.
pub(super) fn messages(object: &Object<'_>, file: &str, processor: &mut Processor, job: &Job<'_>, output: &mut Output) {
    let (mut nobodys, mut events) = (Vec::new(), Vec::new());
    for message in object.messages() {
        match message.account {
            Some(account) => events.push(((account, message.region.or(job.place.region)), event(message.text))),
            None => nobodys.push(message.text),
        }
    }
    if !nobodys.is_empty() {
        refuse(object, nameless(object, &nobodys), &nobodys, job, output);
    }
    events.sort_by_key(|(whose, _)| *whose);
    for events in events.chunk_by(|(one, _), (other, _)| one == other) {
        let whose = events[0].0;
        if job.place.admits(whose.0) {
            encode(object, file, whose, events.iter().map(|(_, event)| event), processor, job, output);
        } else {
            let texts: Vec<_> = events.iter().map(|(_, event)| event.message).collect();
            refuse(object, Refusal::foreign(whose.0, None), &texts, job, output);
        }
    }
}

/// The messages of one account and Region.
fn encode<'e>(
    object: &Object<'_>,
    file: &str,
    (account, region): Whose,
    events: impl Iterator<Item = &'e Event<'e>>,
    processor: &mut Processor,
    job: &Job<'_>,
    output: &mut Output,
) {
    let resource = Resource {
        account,
        region,
        log_group: "",
        log_stream: "",
        file,
        producer: Producer { service: object.format.as_str(), ..Producer::default() },
        tag: job.around.directory.tag(account),
    };
    let choice = Choice { format: by_name(object.format), fields: &object.fields };
    let Processor { payload: bump, record, out, metrics, partials, .. } = processor;
    Records::new(&resource, choice, bump, job, output).encode(events, &mut Scratch { record, out, metrics, partials });
}

/// A message as an event, which has neither an id nor a time beside it.
const fn event(message: &str) -> Event<'_> {
    Event { id: "", timestamp: None, message, extracted_fields: None, json: "" }
}

fn nameless(object: &Object<'_>, messages: &[&str]) -> Refusal {
    let detail = format!(
        "{} messages of {} tell no account; keep the name that AWS gave the object, or put it under a path with \
         AWSLogs/<account>/ in it",
        messages.len(),
        object.format
    );
    Refusal::new(Reason::BadAccount, detail)
}

fn refuse(object: &Object<'_>, refusal: Refusal, messages: &[&str], job: &Job<'_>, output: &mut Output) {
    output.reject(job.place.reject(refusal, Cow::Owned(object.part(messages).into_bytes())));
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use prost::Message;

    use super::super::tests::{bodies, delivery};
    use super::super::{Surroundings, units};
    use super::*;
    use crate::config::Normalize;
    use crate::delivery::{Delivery, Origin, Source};
    use crate::inflate::tests::gzip;
    use crate::tenant::Directory;

    const HEADER: &str = "version account-id interface-id srcaddr dstaddr action region";
    const ALB: &str = r#"https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 TARGET "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "CERTIFICATE" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#;

    fn alb(target: &str, certificate: &str) -> String {
        ALB.replace("TARGET", target).replace("CERTIFICATE", certificate)
    }

    fn of_file(name: &str, data: &[u8]) -> Delivery {
        let mut delivery = delivery(vec![data.to_vec()]);
        delivery.origin = Origin { source: Source::File, name: name.into(), ..delivery.origin };
        delivery
    }

    fn process(delivery: &Delivery) -> Output {
        let (directory, settings) = (Directory::new([], "tenant.id", &[None]), Normalize::default());
        let (mut processor, mut output) = (Processor::default(), Output::default());
        for unit in 0..units(&delivery.payload) {
            processor.process(delivery, unit, &Surroundings::new(&directory, &settings), &mut output);
        }
        output
    }

    fn read(name: &str, text: &str) -> Output {
        process(&of_file(name, text.as_bytes()))
    }

    /// `account region format file service: records` of every resource, then the rejects.
    fn told(output: &Output) -> Vec<String> {
        let requests = output.chunks.iter().map(|chunk| ExportLogsServiceRequest::decode(&chunk.bytes[..]).unwrap());
        let resources = requests.flat_map(|request| request.resource_logs).map(|logs| {
            let resource = logs.resource.unwrap();
            let of = |key: &str| {
                let found = resource.attributes.iter().find(|it| it.key == key);
                let value = found.and_then(|it| it.value.as_ref()?.value.as_ref());
                value.map_or("-", |value| if let Any::StringValue(text) = value { text } else { "?" })
            };
            let scopes = logs.scope_logs.iter().map(|scope| {
                let Some(Any::StringValue(format)) =
                    scope.scope.as_ref().unwrap().attributes[0].value.as_ref().unwrap().value.as_ref()
                else {
                    panic!("no format")
                };
                format!("{} {format}", scope.log_records.len())
            });
            format!(
                "{} {} {} {}{}: {}",
                of("cloud.account.id"),
                of("cloud.region"),
                of("log.file.path"),
                of("service.name"),
                if of("aws.log.group.names") == "-" { "" } else { " with a log group" },
                scopes.collect::<Vec<_>>().join(", ")
            )
        });
        let rejects = output.rejects.iter().map(|reject| format!("{}: {}", reject.reason.as_str(), reject.detail));
        resources.chain(rejects).collect()
    }

    #[test]
    fn flow_logs_with_a_header_are_split_by_the_accounts_and_regions_in_them() {
        let line = |account: &str, region: &str| format!("2 {account} eni-1 10.0.0.1 10.0.0.2 ACCEPT {region}");
        let lines = [
            HEADER.to_owned(),
            line("111122223333", "eu-west-1"),
            line("444455556666", "-"),
            line("111122223333", "eu-west-1"),
        ];
        let expected = [
            "111122223333 eu-west-1 f.log vpc_flow: 2 aws.vpcflow",
            "444455556666 eu-central-1 f.log vpc_flow: 1 aws.vpcflow",
        ];
        assert_eq!(told(&read("f.log", &lines.join("\n"))), expected);
        assert_eq!(told(&process(&of_file("f.log", &gzip(lines.join("\r\n").as_bytes())))), expected);
    }

    #[test]
    fn a_load_balancers_account_is_told_by_its_key_or_by_arns() {
        let key = "s3://logs/AWSLogs/111122223333/elasticloadbalancing/us-east-2/2018/07/02/x.log.gz";
        let expected = format!("111122223333 us-east-2 {key} elb: 2 aws.elbaccess");
        assert_eq!(told(&read(key, &[alb("-", "-"), alb("-", "-")].join("\n"))), [expected]);
        let arn = "arn:aws:acm:us-east-2:444455556666:certificate/x";
        assert_eq!(told(&read("x.log", &alb("-", arn))), ["444455556666 us-east-2 x.log elb: 1 aws.elbaccess"]);
    }

    fn trail_event(account: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2023-05-19T07:44:30Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"eu-west-3","eventID":"e","recipientAccountId":"{account}"}}"#
        )
    }

    fn trail(accounts: &[&str]) -> String {
        let events: Vec<_> = accounts.iter().map(|account| trail_event(account)).collect();
        format!("{{\"Records\":[{}]}}", events.join(","))
    }

    #[test]
    fn events_of_a_trails_file_go_to_the_accounts_that_they_name() {
        let text = trail(&["444455556666", "111122223333", "444455556666"]);
        let expected = |name: &str| {
            [
                format!("111122223333 eu-west-3 {name} cloudtrail: 1 aws.cloudtrail"),
                format!("444455556666 eu-west-3 {name} cloudtrail: 2 aws.cloudtrail"),
            ]
        };
        let of_one = "AWSLogs/111122223333/CloudTrail/eu-west-1/x.json.gz";
        for name in ["x.json", of_one] {
            assert_eq!(told(&read(name, &text)), expected(name));
        }
    }

    #[test]
    fn messages_without_an_account_are_one_reject_that_decodes_again() {
        let lines = |account: &str| format!("2 {account} eni-1 10.0.0.1 10.0.0.2 ACCEPT eu-west-1\n");
        let text = format!("{HEADER}\n{}{}{}", lines("-"), lines("111122223333"), lines("unknown"));
        let reject = "bad_account: 2 messages of vpc_flow tell no account; keep the name that AWS gave the object, or \
                      put it under a path with AWSLogs/<account>/ in it";
        let output = read("f.log", &text);
        assert_eq!(told(&output), ["111122223333 eu-west-1 f.log vpc_flow: 1 aws.vpcflow", reject]);
        let data = std::str::from_utf8(&output.rejects[0].data).unwrap();
        assert_eq!(data, format!("{HEADER}\n{}{}", lines("-"), lines("unknown")));
        assert_eq!(told(&read("f.log", data)), [reject]);
        let name = "AWSLogs/444455556666/f.log";
        assert_eq!(told(&read(name, data)), [format!("444455556666 eu-west-1 {name} vpc_flow: 2 aws.vpcflow")]);
    }

    #[test]
    fn rejects_of_every_kind_of_object_decode_again() {
        let web = "#Version: 1.0\n#Fields: date time x-edge-location c-ip cs(Host)\n2023-04-26\t07:25:11\tABC11-C1\t192.0.2.1\td.example\n";
        let broken = r#"{"eventVersion":"1","eventTime":"x","eventSource":"sts.amazonaws.com","#;
        let whole = trail(&["no", "no"]);
        let cut = format!("{{\"Records\":[{broken}");
        for (name, text) in [("AWSLogs/111122223333/web", web), ("x", &whole), ("x", &cut)] {
            let first = read("x", text);
            assert_eq!(first.rejects.len(), 1, "{name}");
            let data = std::str::from_utf8(&first.rejects[0].data).unwrap();
            let again = read("x", data);
            assert_eq!(again.rejects[0].data, first.rejects[0].data);
            assert_eq!(bodies(&read("AWSLogs/111122223333/x", data)), bodies(&read("AWSLogs/111122223333/x", text)));
        }
    }

    #[test]
    fn nothing_but_a_file_is_taken_for_an_object() {
        let name = "AWSLogs/111122223333/elasticloadbalancing/us-east-2/x.log";
        for source in [Source::Kinesis, Source::Firehose, Source::Lambda] {
            for text in [alb("-", "-"), trail(&["111122223333"]), format!("{HEADER}\n2 111122223333 eni-1 a b c d")] {
                let mut delivery = of_file(name, text.as_bytes());
                delivery.origin.source = source;
                let output = process(&delivery);
                assert_eq!((output.chunks.len(), output.rejects[0].reason), (0, Reason::UnknownFormat));
            }
        }
    }

    #[test]
    fn an_object_of_a_foreign_account_is_rejected() {
        let mut delivery = of_file("x", trail(&["111122223333", "444455556666"]).as_bytes());
        delivery.accounts = Some(std::sync::Arc::new([AccountId::parse("444455556666").unwrap()].into()));
        let output = process(&delivery);
        assert_eq!(output.chunks.len(), 1);
        assert_eq!(output.rejects[0].reason, Reason::ForeignAccount);
        assert_eq!(output.rejects[0].data, trail(&["111122223333"]));
    }
}
