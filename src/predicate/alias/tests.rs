//! What the short names mean is asked of records that real lines became.

use std::collections::BTreeSet;

use super::*;
use crate::predicate::{Fields, Predicate};
use crate::record::draft::Draft;
use crate::record::normalize::tests::Given;
use crate::record::value::{Value, lookup};

/// A record as a predicate sees it, as far as these tests ask.
struct Record<'d, 'a>(&'d Draft<'a>);

impl Fields for Record<'_, '_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        match field {
            Field::Source => Some(Value::Text(self.0.format.as_str())),
            Field::Event => Some(Value::Text(self.0.log.event_name)).filter(|name| !name.is_blank()),
            Field::Message => Some(self.0.log.body).filter(|body| body.text().is_some()),
            Field::Attribute(name) => lookup(&self.0.log.attributes, name),
            Field::Account
            | Field::Region
            | Field::Tenant(_)
            | Field::Service
            | Field::Level
            | Field::LogGroup
            | Field::Bytes
            | Field::LogStream
            | Field::Namespace
            | Field::Metric
            | Field::Unit
            | Field::Dimension(_) => None,
        }
    }
}

/// Asks conditions of the record of a message; all must hold, beside the source.
#[track_caller]
fn check(log_group: &str, message: &str, source: &str, conditions: &[&str]) {
    let mut records = 0;
    Given::new(log_group, &[message]).check(|draft| {
        records += 1;
        for condition in conditions {
            let predicate = Predicate::parse(&format!("source == {source:?} && {condition}"), Subject::Log);
            let predicate = predicate.unwrap_or_else(|faults| panic!("{condition}: {faults:?}"));
            let of = crate::record::normalize::tests::tell(draft);
            assert!(predicate.holds(&Record(draft)), "{condition} of {of}");
        }
    });
    assert_eq!(records, 1);
}

#[test]
fn cloudtrail() {
    let message = r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root",
        "accountId":"123456789012","invokedBy":"AWS Internal","accessKeyId":"AKIA","userName":"root","sessionContext":{
        "sessionIssuer":{"type":"Role","userName":"Admin","arn":"arn:aws:iam::1:role/Admin"},"attributes":{"mfaAuthenticated":"false"}}},
        "eventTime":"2020-03-05T16:30:36Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1",
        "sourceIPAddress":"192.0.2.7","userAgent":"curl/8","errorCode":"AccessDenied","errorMessage":"no","readOnly":false,
        "eventID":"e-1","eventType":"AwsConsoleSignIn","eventCategory":"Management","requestID":"r-1",
        "requestParameters":{"bucketName":"b"},"responseElements":{"ConsoleLogin":"Failure"},
        "resources":[{"ARN":"arn:aws:s3:::b","type":"AWS::S3::Bucket"}]}"#;
    check(
        "trail",
        message,
        "cloudtrail",
        &[
            r#"user.type == "Root" && event == "ConsoleLogin""#,
            r#"user.arn.endsWith(":root") && user.principal_id == "123456789012" && user.account == "123456789012""#,
            r#"user.name == "root" && user.invoked_by == "AWS Internal" && access_key == "AKIA""#,
            r#"user.ip == "192.0.2.7" && ip == user.ip && source_ip == user.ip && source.address == ip"#,
            r#"session.role == "Admin" && session.role_arn.endsWith("role/Admin") && !mfa"#,
            r#"error == "AccessDenied" && error_code == error && error_message == "no""#,
            r#"event_source == "signin.amazonaws.com" && api == event_source && event_name == "ConsoleLogin""#,
            r#"event_type == "AwsConsoleSignIn" && event_id == "e-1" && category == "Management" && request_id == "r-1""#,
            r#"read_only == false && user_agent.startsWith("curl")"#,
            r#"request.bucketName == "b" && response.ConsoleLogin == "Failure" && has(resources)"#,
        ],
    );
}

#[test]
fn lambda() {
    let report = "REPORT RequestId: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\tDuration: 1234.56 ms\tBilled Duration: 1300 ms\t\
                  Memory Size: 128 MB\tMax Memory Used: 120 MB\tInit Duration: 200.5 ms\tStatus: error\tError Type: Runtime.ExitError\t";
    check(
        "/aws/lambda/orders",
        report,
        "lambda",
        &[
            "duration_ms > 1000 && duration_ms < 1234.57 && billed_duration_ms == 1300",
            "memory_used_mb == 120 && max_memory_used_mb == 120 && memory_size_mb == 128",
            r#"init_duration_ms == 200.5 && cold_start && status == "error" && error_type == "Runtime.ExitError""#,
            r#"request_id.startsWith("8476") && message.contains("REPORT")"#,
        ],
    );
    let report = r#"{"time":"2020-03-05T16:30:36.000Z","type":"platform.report","record":{"requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        "metrics":{"durationMs":12.5,"billedDurationMs":13,"memorySizeMB":128,"maxMemoryUsedMB":67},"status":"success"}}"#;
    check(
        "/aws/lambda/orders",
        report,
        "lambda_json",
        &[r#"duration_ms == 12.5 && memory_used_mb < 100 && status == "success""#],
    );
}

#[test]
fn networks() {
    let flow = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 REJECT OK";
    check(
        "vpc",
        flow,
        "vpc_flow",
        &[
            r#"action == "REJECT" && status == "OK" && bytes > 4000 && packets == 20"#,
            r#"srcaddr == "172.31.16.139" && dstaddr == "172.31.16.21" && srcport == 20641 && dstport in [22, 3389]"#,
            r#"protocol == "tcp" && interface_id.startsWith("eni-") && has(aws.vpc.flow.start)"#,
        ],
    );
    let query = r#"{"srcaddr":"4.5.64.102","vpc_id":"vpc-7","answers":[{"Rdata":"203.0.113.9","Type":"A","Class":"IN"}],
        "firewall_rule_action":"BLOCK","query_name":"example.com.","query_class":"IN","srcids":{"instance":"i-0d"},
        "rcode":"NOERROR","query_type":"A","transport":"UDP","version":"1.1","account_id":"111122223333","srcport":"56067",
        "query_timestamp":"2020-03-05T16:30:36Z","region":"us-east-1"}"#;
    check(
        "dns",
        query,
        "route53",
        &[
            r#"query_name == "example.com." && query_type == "A" && query_class == "IN" && rcode == "NOERROR""#,
            r#""203.0.113.9" in answers && ip == "4.5.64.102" && srcaddr == ip && srcport == 56067 && protocol == "udp""#,
            r#"vpc_id == "vpc-7" && instance_id == "i-0d" && aws.route53.firewall_rule_action == "BLOCK""#,
        ],
    );
    let waf = r#"{"timestamp":1583425836114,"formatVersion":1,"webaclId":"arn:acl","terminatingRuleId":"r","terminatingRuleType":"RATE_BASED",
        "action":"BLOCK","httpSourceName":"ALB","httpSourceId":"x","responseCodeSent":403,"labels":[{"name":"bot"}],
        "ja3Fingerprint":"f3","ja4Fingerprint":"f4","httpRequest":{"clientIp":"1.2.3.4","country":"US","headers":[{"name":"Host","value":"h"}],
        "uri":"/login","args":"a=1","httpVersion":"HTTP/1.1","httpMethod":"POST","requestId":"r-1","host":"shop"}}"#;
    check(
        "aws-waf-logs-shop",
        waf,
        "waf",
        &[
            r#"action == "BLOCK" && rule == "r" && rule_type == "RATE_BASED" && web_acl == "arn:acl" && status == 403"#,
            r#"ip == "1.2.3.4" && country == "US" && method == "POST" && path == "/login" && query == "a=1" && request_id == "r-1""#,
            r#"ja3 == "f3" && ja4 == "f4" && host == "shop" && size(labels) == 1"#,
        ],
    );
    let firewall = include_str!(
        "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/network-firewall-log/testdata/alert_log.json"
    );
    check(
        "/acme/app",
        firewall,
        "network_firewall",
        &[
            r#"action == "allowed" && signature.contains("MALWARE") && has(category) && firewall == "test-firewall""#,
            r#"srcaddr == "192.168.1.100" && ip == srcaddr && dstaddr == "10.0.1.50" && dstport == 443 && protocol == "tcp""#,
        ],
    );
}

#[test]
fn requests() {
    let clf = r#"127.0.0.1 - frank [05/Mar/2020:16:30:36 +0000] "GET /a?b=1 HTTP/1.0" 500 2326 "http://example.com/" "Mozilla/4.08""#;
    check(
        "/nginx/access",
        clf,
        "access_log",
        &[
            r#"status >= 500 && method == "GET" && path == "/a" && query == "b=1" && ip == "127.0.0.1" && user == "frank""#,
            r#"bytes == 2326 && user_agent.startsWith("Mozilla") && "http://example.com/" in referer"#,
        ],
    );
    let gateway = r#"{"requestId":"r-1","ip":"203.0.113.7","requestTime":"05/Mar/2020:16:30:36 +0000","httpMethod":"GET","routeKey":"GET /pets",
        "path":"/v1/pets","status":"502","protocol":"HTTP/1.1","responseLength":"12","responseLatency":"31","integrationLatency":"29","integrationStatus":"200",
        "stage":"prod","apiId":"abc","domainName":"api.example.com","userAgent":"curl","user":"u"}"#;
    check(
        "gateway",
        gateway,
        "api_gateway",
        &[
            r#"status == 502 && method == "GET" && path == "/v1/pets" && route == "/pets" && ip == "203.0.113.7" && user == "u""#,
            r#"bytes == 12 && latency_ms == 31 && integration_latency_ms < 30 && integration_status == 200 && request_id == "r-1""#,
            r#"stage == "prod" && api_id == "abc" && host == "api.example.com" && user_agent == "curl""#,
        ],
    );
    check(
        "API-Gateway-Execution-Logs_abc123def4/dev",
        "(706499f2-afe6-11e8-b7eb-8d53f824f304) Received response. Status: 200, Integration latency: 37 ms",
        "api_gateway_execution",
        &[r#"integration_latency_ms == 37 && integration_status == 200 && request_id.startsWith("7064")"#],
    );
    let balancer = r#"h2 2020-03-05T16:30:36.364000Z app/my-alb/50dc 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 0.000 502 500 5 257 "GET https://10.0.2.105:773/a?b HTTP/2.0" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2 "Root=1-58337327-72bd00b0343d75b906739c42" "api.example.com" "-" 1 2020-03-05T16:30:36.360000Z "forward" "-" "TargetX" "10.0.0.66:9000" "500" "-" "-""#;
    check(
        "alb",
        balancer,
        "elb",
        &[
            r#"status == 502 && target_status == 500 && method == "GET" && url.contains("/a?b") && ip == "10.0.1.252""#,
            r#"target == "10.0.0.66" && target_group.contains("my-targets") && target_time < 1 && has(request_time) && has(response_time)"#,
            r#"host == "api.example.com" && user_agent.startsWith("curl") && error_reason == "TargetX" && bytes == 257"#,
        ],
    );
    let s3 = include_str!(
        "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/s3-access-log/testdata/valid_s3_access_log.log"
    );
    check(
        "",
        s3.trim_end(),
        "s3_access",
        &[
            r#"bucket == "amzn-s3-demo-bucket1" && ip == "192.0.2.3" && has(requester) && has(operation) && status == 200 && has(method) && has(request_id)"#,
        ],
    );
    let cloudfront = "2020-03-05\t16:30:36\tLAX1\t392\t192.0.2.24\tGET\td111.cloudfront.net\t/a\t502\t-\tcurl\tq=1\t-\tError\tSOX4==\td111.cloudfront.net\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tError\tHTTP/2.0\t-\t-\t11040\t0.001\tOriginError\ttext/html\t78\t-\t-";
    check(
        "",
        cloudfront,
        "cloudfront",
        &[
            r#"status == 502 && method == "GET" && path == "/a" && query == "q=1" && ip == "192.0.2.24" && bytes == 392"#,
            r#"time_taken == 0.001 && result_type == "Error" && edge_location == "LAX1" && user_agent == "curl" && request_id == "SOX4==" && has(host)"#,
        ],
    );
}

#[test]
fn databases() {
    let slow = "# Time: 2020-03-05T16:30:36.310443Z\n# User@Host: admin[admin] @  [10.0.0.1]  Id:    12\n\
                # Query_time: 1.000123  Lock_time: 0 Rows_sent: 1  Rows_examined: 2\nuse shop;\nSET timestamp=1583425835;\nSELECT 1;";
    check(
        "/aws/rds/instance/db-1/slowquery",
        slow,
        "mysql_slow",
        &[
            r#"query_time > 1 && lock_time == 0 && rows_examined == 2 && rows_sent == 1 && connection_id == 12"#,
            r#"user == "admin" && database == "shop" && query == "SELECT 1;" && ip == "10.0.0.1""#,
        ],
    );
    check(
        "/aws/rds/cluster/shop/error",
        "2020-03-05T16:30:36.310443Z 220 [Note] [MY-010926] [Server] Access denied for user 'x'@'10.0.0.1' (using password: YES)",
        "mysql",
        &[r#"error_code == "MY-010926" && subsystem == "Server" && user == "x" && ip == "10.0.0.1""#],
    );
    check(
        "/aws/rds/instance/db-1/postgresql",
        "2020-03-05 16:30:36 UTC:10.0.0.1(5432):app@shop:[123]:LOG:  duration: 1500.250 ms  statement: SELECT 1",
        "postgres",
        &[
            r#"duration_ms > 1500 && user == "app" && database == "shop" && pid == 123 && ip == "10.0.0.1" && query == "SELECT 1""#,
        ],
    );
}

#[test]
fn audits_events_and_messages() {
    let audit = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"ResponseComplete",
        "requestURI":"/api/v1/namespaces/shop/configmaps/c?x=1","verb":"delete","user":{"username":"bob","uid":"u"},"sourceIPs":["10.0.0.1"],
        "userAgent":"kubectl","objectRef":{"resource":"configmaps","namespace":"shop","name":"c"},"responseStatus":{"code":403},
        "annotations":{"decision":"forbid"},"requestReceivedTimestamp":"2020-03-05T16:30:36.000000Z","stageTimestamp":"2020-03-05T16:30:36.000000Z"}"#;
    check(
        "/aws/eks/prod/cluster",
        audit,
        "eks_audit",
        &[
            r#"verb == "delete" && user == "bob" && namespace == "shop" && object == "c" && resource == "configmaps" && status == 403"#,
            r#"stage == "ResponseComplete" && ip == "10.0.0.1" && user_agent == "kubectl" && annotations.decision == "forbid" && has(path)"#,
        ],
    );
    let step = r#"{"id":"5","type":"TaskFailed","details":{"error":"Oops","cause":"why","resource":"invoke"},"previous_event_id":"4",
        "event_timestamp":"1583425836114","execution_arn":"arn:aws:states:us-east-1:123456789012:execution:orders:run-1"}"#;
    check(
        "/aws/vendedlogs/states/orders",
        step,
        "step_functions",
        &[
            r#"event == "TaskFailed" && state_machine == "orders" && execution == "run-1" && error == "Oops" && cause == "why""#,
        ],
    );
    let event = r#"{"version":"0","id":"e-1","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"111122223333",
        "time":"2020-03-05T16:30:36Z","region":"us-east-1","resources":["arn:i"],"detail":{"instance-id":"i-1","state":"stopped"}}"#;
    check(
        "/aws/events/all",
        event,
        "eventbridge",
        &[
            r#"event_source == "aws.ec2" && event_id == "e-1" && detail.state == "stopped" && detail.`instance-id` == "i-1" && "arn:i" in resources"#,
        ],
    );
    let delivery = r#"{"notification":{"messageId":"m-1","topicArn":"arn:aws:sns:us-east-1:111122223333:orders","timestamp":"2020-03-05 16:30:36.5"},
        "delivery":{"deliveryId":"d-1","destination":"arn:q","statusCode":403},"status":"FAILURE"}"#;
    check(
        "sns/us-east-1/111122223333/orders/Failure",
        delivery,
        "sns",
        &[
            r#"status == "FAILURE" && status_code == 403 && topic == "orders" && topic_arn.endsWith(":orders") && message_id == "m-1" && destination == "arn:q""#,
        ],
    );
    let request = r#"{"logType":"RequestSummary","requestId":"r-1","graphQLAPIId":"api","statusCode":200,"latency":242000000,"operationName":"op"}"#;
    check(
        "/aws/appsync/apis/api",
        request,
        "appsync",
        &[r#"api_id == "api" && status == 200 && latency > 1000 && operation == "op" && request_id == "r-1""#],
    );
    check(
        "/var/log/messages",
        "<34>1 2020-03-05T16:30:36.003Z box su 77 ID47 - 'su root' failed",
        "syslog",
        &[r#"program == "su" && host == "box" && pid == 77"#],
    );
}

#[test]
fn a_name_that_the_demanded_source_has_not_is_a_fault() {
    for (text, expected) in [
        (
            r#"source == "cloudtrail" && user.tpye == "Root""#,
            "`user.tpye` is no field of cloudtrail, did you mean \"user.type\"? An attribute of that name is written in backquotes: `user.tpye`",
        ),
        (
            r#"eror_code == "x" && source == "cloudtrail""#,
            "`eror_code` is no field of cloudtrail, did you mean \"error_code\"? An attribute of that name is written in backquotes: `eror_code`",
        ),
        (
            r#"source in ["cloudtrail"] && aws.eror.code == "x""#,
            "`aws.eror.code` is no field of cloudtrail, did you mean \"aws.error.code\"? An attribute of that name is written in backquotes: `aws.eror.code`",
        ),
        (
            r#"source == "api_gateway_execution" && colour == "x""#,
            "`colour` is no field of api_gateway_execution: there are method, route, request_id, integration_latency_ms, integration_status, error_type, and its attributes by their full names; an attribute of that name is written in backquotes: `colour`",
        ),
        (
            r#"source == "lambda" && duration_sm > 1"#,
            "`duration_sm` is no field of lambda, did you mean \"duration_ms\"? An attribute of that name is written in backquotes: `duration_sm`",
        ),
        (
            r#"source in ["vpc_flow", "waf"] && action == "BLOCK""#,
            "`action` is aws.vpc.flow.action of vpc_flow and aws.waf.action of waf: write the full names, or a condition for each source",
        ),
        (
            r#"source == "access_log" && status == "500""#,
            "`status` is a number, and \"500\" is a text: write 500, without quotes",
        ),
        (r#"source == "vpc_flow" && action == 1"#, "`action` is a text, and 1 is none: write \"1\""),
    ] {
        let faults = Predicate::parse(text, Subject::Log).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>(), [expected], "{text}");
    }
}

#[test]
fn names_of_applications_are_theirs() {
    for text in [
        r#"source == "json" && order.total > 5"#,
        r#"source == "lambda" && order_id == "x""#,
        r#"source == "cloudtrail" && `colour` == "x""#,
        r#"source == "cloudtrail" && aws.cloudtrail.anything == "x""#,
        r#"source == "cloudtrail" && aws.request.parameters.bucketName == "x""#,
        r#"source in ["elb", "access_log"] && method == "GET""#,
        r#"user.tpye == "Root""#,
    ] {
        assert!(Predicate::parse(text, Subject::Log).is_ok(), "{text}");
    }
}

#[test]
fn each_side_of_an_or_has_its_own_source() {
    let text = r#"source == "cloudtrail" && ip == "1.2.3.4" || source == "waf" && ip == "1.2.3.4""#;
    let fields = Predicate::parse(text, Subject::Log).unwrap().fields();
    let attribute = |name: &str| Field::Attribute(name.into());
    assert_eq!(fields, BTreeSet::from([Field::Source, attribute("client.address"), attribute("source.address")]));
}

#[test]
fn a_field_beside_a_predicate_has_the_source_of_the_predicate() {
    let predicate = Predicate::parse(r#"source == "cloudtrail" && event == "ConsoleLogin""#, Subject::Log).unwrap();
    assert_eq!(predicate.field("user.ip"), Ok(Field::Attribute("source.address".into())));
    assert_eq!(predicate.field("account"), Ok(Field::Account));
    let predicate = Predicate::parse(r#"event == "login_failed""#, Subject::Log).unwrap();
    assert_eq!(predicate.field("user_id"), Ok(Field::Attribute("user_id".into())));
}

#[test]
fn no_short_name_is_there_twice_or_hidden_by_the_standard() {
    for format in FormatName::ALL {
        let shorts: Vec<&str> = names(*format).aliases.iter().map(|(short, _, _)| *short).collect();
        assert_eq!(shorts.iter().collect::<BTreeSet<_>>().len(), shorts.len(), "{format}");
        assert!(shorts.iter().all(|short| !is_of_standard(short)), "{format}: {shorts:?}");
        for short in shorts {
            assert_eq!(attribute(*format, short), of_format(short, *format).ok().map(|(attribute, _)| attribute));
        }
    }
}
