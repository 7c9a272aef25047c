//! What becomes of CloudTrail events: the Collector's golden, the samples of others, and any object.

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::inflate::Inflater;
use crate::record::format::tool::golden;
use crate::record::normalize::tests::Given;
use crate::record::severity::Severity;
use crate::record::value::Value;

fn told(message: &str) -> String {
    Given { log_stream: "o-1_123456789012_CloudTrail_eu-central-1", ..Given::new("trail", &[message]) }.told().concat()
}

/// `severity body` of an event with these members besides those that every event has.
fn summary(members: &str) -> String {
    let message = format!(
        r#"{{"eventVersion":"1.08","eventID":"e","eventTime":"2020-03-05T16:30:36Z","eventSource":"s3.amazonaws.com","eventName":"PutObject",{members}}}"#
    );
    let mut summary = String::new();
    Given::new("/acme/app", &[&message]).check(|draft| {
        assert_eq!(draft.log.encoding, "aws.cloudtrail");
        assert_eq!(golden::lost(&message, &draft.log), ["2020-03-05T16:30:36Z"], "and that is the record's time");
        summary = format!("{} {}", draft.log.severity.number(), draft.log.body.text().unwrap());
    });
    summary
}

/// Where they differ, ours is `+`: the conventions' value of `rpc.system`, and what the Collector drops or
/// has on the resource, where account and Region of an organisation's trail are those of the event as well.
#[test]
fn it_agrees_with_the_collectors_golden() {
    let given: Json = serde_json::from_str(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/cloudtraillog/testdata/cloudtrail_log_cw.json"
    ))
    .unwrap();
    let golden = golden::records(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/cloudtraillog/testdata/cloudtrail_log_cw_expected.yaml"
    ));
    let messages = [given["logEvents"][0]["message"].as_str().unwrap()];
    let given = Given {
        log_stream: given["logStream"].as_str().unwrap(),
        time: golden[0].nanos / 1_000_000,
        ..Given::new(given["logGroup"].as_str().unwrap(), &messages)
    };
    given.check(|draft| {
        let log = &draft.log;
        assert_eq!(log.time.map(|time| time.nanos()), Some(golden[0].nanos));
        assert_eq!(log.body, Value::Text("s3.amazonaws.com PutObject by s3.amazonaws.com"));
        assert_eq!((log.event_name, log.severity, log.encoding), ("PutObject", Severity::INFO, "aws.cloudtrail"));
        assert_eq!(golden::lost(messages[0], log), ["2026-01-28T09:26:59Z"], "and that is the record's time");
        assert_eq!(
            golden::differences(&golden[0], log),
            [
                "- rpc.system=\"AwsApiCall\"",
                "+ aws.cloudtrail.aws_region=\"eu-west-1\"",
                "+ aws.cloudtrail.event_type=\"AwsApiCall\"",
                "+ aws.cloudtrail.recipient_account_id=\"627286350134\"",
                "+ aws.cloudtrail.vpc_endpoint_account_id=\"AWS Internal\"",
                "+ aws.cloudtrail.vpc_endpoint_id=\"AWS Internal\"",
                "+ rpc.system=\"aws-api\"",
            ]
        );
    });
}

#[test]
fn every_kind_of_event_of_the_collectors_file_is_read_and_none_loses_anything() {
    let file: Json = serde_json::from_str(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/cloudtraillog/testdata/cloudtrail_log.json"
    ))
    .unwrap();
    let summaries = summaries(&file["Records"]);
    assert_eq!(
        summaries,
        [
            "9 ec2.amazonaws.com StartInstances by arn:aws:iam::123456789012:user/Mateo",
            "9 iam.amazonaws.com CreateUser by arn:aws:iam::123456789012:user/Mary",
            "9 sns.amazonaws.com Publish by arn:aws:iam::123456789012:user/Bob",
            "13 ssm.amazonaws.com UpdateInstanceInformation: ApiCallRateInsight Start",
            "13 cloudtrail.amazonaws.com UpdateTrail by arn:aws:iam::111122223333:user/Terry: TrailNotFoundException",
            "9 signin.amazonaws.com ConsoleLogin by arn:aws:iam::123456789012:user/identity-center-user",
            "9 kms.amazonaws.com RotateKey by AWS Internal",
        ]
    );
}

#[test]
fn promtails_file_and_datadogs_and_lambdas_events_are_read() {
    let mut file = Vec::new();
    let gzip = include_bytes!("../../../../tests/data/promtail/testdata/cloudtrail-log-file.json.gz");
    Inflater::default().inflate(gzip, 1 << 20, &mut file).unwrap();
    let file: Json = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        summaries(&file["Records"]),
        [
            "9 sts.amazonaws.com AssumeRole by ec2.amazonaws.com",
            "9 ecr.amazonaws.com BatchGetImage by arn:aws:sts::123456789:assumed-role/role",
        ]
    );
    let payload: Json = serde_json::from_str(include_str!(
        "../../../../tests/data/datadog/aws/logs_monitoring/tools/integration_tests/snapshots/cloudwatch_log_cloudtrail.json"
    ))
    .unwrap();
    let event = |event: &Json| serde_json::from_str(event["message"].as_str().unwrap()).unwrap();
    let events: Vec<Json> = payload["logEvents"].as_array().unwrap().iter().map(event).collect();
    assert_eq!(
        summaries(&Json::Array(events))[1],
        "9 health.amazonaws.com DescribeEventAggregates by arn:aws:iam::123456789123:root"
    );
    let events = [
        include_str!(
            "../../../../tests/data/lambda-events/lambda-events/src/fixtures/example-cloudwatch-cloudtrail-assumed-role.json"
        ),
        include_str!(
            "../../../../tests/data/lambda-events/lambda-events/src/fixtures/example-cloudwatch-cloudtrail-unknown-federate.json"
        ),
        include_str!(
            "../../../../tests/data/lambda-events/lambda-events/src/fixtures/example-cloudwatch-cloudtrail-unknown-user-auth.json"
        ),
    ];
    let events = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    assert_eq!(
        summaries(&Json::Array(events)),
        [
            "9 controltower.amazonaws.com CreateManagedAccount by arn:aws:sts::123456789000:assumed-role/\
             AWSReservedSSO_AWSAdministratorAccess_abcdef1234567890/me@dev.com",
            "9 sso.amazonaws.com Federate by me@dev.com",
            "9 signin.amazonaws.com UserAuthentication by 123456789000",
        ]
    );
}

/// `severity body` of each event; checks that none loses a text or a number.
fn summaries(events: &Json) -> Vec<String> {
    let mut summaries = Vec::new();
    for event in events.as_array().unwrap() {
        let message = event.to_string();
        let time = event["eventTime"].as_str().unwrap();
        let at = crate::time::parse_rfc3339(time).unwrap().0;
        Given { time: at.millis() + 300_000, ..Given::new("trail", &[&message]) }.check(|draft| {
            assert_eq!(draft.log.encoding, "aws.cloudtrail");
            assert_eq!(draft.log.time, Some(at));
            let mut lost = golden::lost(&message, &draft.log);
            lost.retain(|it| !it.starts_with("TLSv") && it != time);
            assert_eq!(lost, Vec::<String>::new());
            summaries.push(format!("{} {}", draft.log.severity.number(), draft.log.body.text().unwrap()));
        });
    }
    summaries
}

#[test]
fn a_caller_with_a_session_is_told_by_names_of_the_collector() {
    let message = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"P","arn":"arn:aws:sts::123456789012:assumed-role/Admin/bob",
        "accountId":"123456789012","accessKeyId":"ASIA0","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"R","arn":"arn:r",
        "accountId":"123456789012","userName":"Admin"},"webIdFederationData":{},"attributes":{"creationDate":"2020-03-05T16:00:00Z",
        "mfaAuthenticated":"true"},"sourceIdentity":"bob@example.com"},"onBehalfOf":{"userId":"u"}},"eventTime":"2020-03-05T16:30:36Z",
        "eventSource":"s3.amazonaws.com","eventName":"GetObject","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"C",
        "clientProvidedHostHeader":"h","keyExchange":"x"},"eventID":"e","readOnly":"true","errorCode":"AccessDenied","errorMessage":"no"}"#;
    assert_eq!(
        told(message),
        "aws.cloudtrail 13  | \"s3.amazonaws.com GetObject by arn:aws:sts::123456789012:assumed-role/Admin/bob: AccessDenied\" | \
         aws.cloudtrail.event_version=\"1.08\" aws.user_identity.principal.type=\"AssumedRole\" aws.user_identity.principal.id=\"P\" \
         aws.user_identity.principal.arn=\"arn:aws:sts::123456789012:assumed-role/Admin/bob\" aws.user_identity.account_id=\"123456789012\" \
         aws.access_key.id=\"ASIA0\" aws.user_identity.session_context.issuer.type=\"Role\" \
         aws.user_identity.session_context.issuer.principal_id=\"R\" aws.user_identity.session_context.issuer.arn=\"arn:r\" \
         aws.user_identity.session_context.issuer.account_id=\"123456789012\" aws.user_identity.session_context.issuer.user_name=\"Admin\" \
         aws.user_identity.session_context.attributes.creation_date=\"2020-03-05T16:00:00Z\" \
         aws.user_identity.session_context.attributes.mfa_authenticated=true \
         aws.user_identity.session_context.source_identity=\"bob@example.com\" aws.user_identity.on_behalf_of={userId:\"u\"} \
         rpc.service=\"s3.amazonaws.com\" rpc.method=\"GetObject\" tls.protocol.version=\"1.3\" tls.cipher=\"C\" server.address=\"h\" \
         aws.cloudtrail.tls_details.key_exchange=\"x\" aws.cloudtrail.event_id=\"e\" aws.event.read_only=true \
         error.type=\"AccessDenied\" aws.error.code=\"AccessDenied\" aws.error.message=\"no\""
    );
}

#[test]
fn a_failed_call_is_a_warning_where_the_caller_failed_and_an_error_where_aws_did() {
    assert_eq!(summary(r#""errorCode":"ThrottlingException""#), "13 s3.amazonaws.com PutObject: ThrottlingException");
    assert_eq!(summary(r#""errorCode":"InternalFailure""#), "17 s3.amazonaws.com PutObject: InternalFailure");
    assert_eq!(
        summary(r#""errorMessage":"Failed authentication""#),
        "13 s3.amazonaws.com PutObject: Failed authentication"
    );
    assert_eq!(summary(r#""responseElements":{"ConsoleLogin":"Failure"}"#), "13 s3.amazonaws.com PutObject");
    assert_eq!(
        summary(r#""eventType":"AwsVpceEvents","errorCode":"VpceAccessDenied","vpcEndpointId":"vpce-1""#),
        "13 s3.amazonaws.com PutObject: VpceAccessDenied"
    );
    assert_eq!(summary(r#""userIdentity":"odd","tlsDetails":"odd","resources":"odd""#), "9 s3.amazonaws.com PutObject");
}

#[test]
fn notifications_of_s3_and_dynamodb_are_not_events_of_cloudtrail() {
    for message in [
        r#"{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectCreated:Put","s3":{}}"#,
        r#"{"eventID":"1","eventVersion":"1.0","eventName":"INSERT","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{}}"#,
    ] {
        assert!(told(message).starts_with("aws.cloudwatch "), "{message}");
    }
}

proptest! {
    #[test]
    fn whatever_the_members_hold_nothing_is_lost_and_nothing_panics(
        member in "eventTime|eventName|userIdentity|tlsDetails|resources|errorCode|insightDetails|responseElements|readOnly",
        value in r#"x[1-9]{1,5}"#,
        shape in 0..5_usize,
    ) {
        let value = match shape {
            0 => format!("{value:?}"),
            1 => format!("[{value:?},{{\"a\":{value:?}}}]"),
            2 => format!("{{\"type\":{value:?},\"sessionContext\":{value:?}}}"),
            3 => format!("{{\"sessionContext\":{{\"attributes\":[{value:?}],\"sessionIssuer\":{value:?}}},\"tlsVersion\":[{value:?}]}}"),
            _ => "17".to_owned(),
        };
        let message = format!(
            r#"{{{member:?}:{value},"eventVersion":"1","eventID":"e","eventTime":"t","eventSource":"s","eventName":"n","insightDetails":1}}"#
        );
        Given::new("trail", &[&message]).check(|draft| {
            assert_eq!(draft.log.encoding, "aws.cloudtrail");
            assert_eq!(golden::lost(&message, &draft.log), Vec::<String>::new());
        });
    }
}
