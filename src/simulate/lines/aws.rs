//! Services of AWS that write logs of their own.

use fastrand::Rng;
use serde_json::json;

use super::Moment;
use super::lambda::Invocation;
use super::words::{HOSTS, PATHS, address, hex, one_of, sentence, status, uuid};
use crate::time::Timestamp;

pub(super) fn api_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/apigateway/shop-api".into(), hex(random, 32))
}

pub(super) fn api_access(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let clock = &moment.time.to_string()[11..19];
    json!({
        "requestId": uuid(random), "extendedRequestId": hex(random, 12), "ip": address(random), "caller": "-", "user": "-",
        "requestTime": format!("09/Apr/2026:{clock} +0000"), "httpMethod": "GET", "resourcePath": one_of(random, &PATHS),
        "status": status(random).to_string(), "protocol": "HTTP/1.1", "responseLength": random.u32(..20_000).to_string(),
    })
    .to_string()
}

pub(super) fn flow_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/vpc/flow-logs".into(), format!("eni-{}-all", hex(random, 17)))
}

pub(super) fn flow(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (from, to, start) = (address(random), address(random), moment.time.seconds());
    let (port, packets) = (random.u16(1024..), random.u32(1..100));
    let action = if random.u32(..20) == 0 { "REJECT" } else { "ACCEPT" };
    format!(
        "2 {} eni-1235b8ca123456789 {from} {to} {port} 443 6 {packets} {} {start} {} {action} OK",
        moment.account,
        packets * 212,
        start + 60
    )
}

pub(super) fn trail_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("aws-cloudtrail-logs".into(), "management_CloudTrail_events".into())
}

pub(super) fn trail(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (service, name, read_only) = one_of(
        random,
        &[
            ("s3.amazonaws.com", "GetBucketAcl", true),
            ("ec2.amazonaws.com", "DescribeInstances", true),
            ("sts.amazonaws.com", "AssumeRole", true),
            ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2", false),
            ("iam.amazonaws.com", "CreateRole", false),
        ],
    );
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:deploy", "accountId": moment.account,
            "arn": format!("arn:aws:sts::{}:assumed-role/deploy/pipeline", moment.account),
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "deploy", "accountId": moment.account}},
        },
        "eventTime": format!("{}Z", &moment.time.to_string()[..19]), "eventSource": service, "eventName": name,
        "awsRegion": moment.region, "sourceIPAddress": address(random), "userAgent": "aws-sdk-rust/1.3.12",
        "requestParameters": {"name": sentence(random)}, "responseElements": null, "requestID": uuid(random),
        "eventID": uuid(random), "readOnly": read_only, "eventType": "AwsApiCall", "managementEvent": true,
        "recipientAccountId": moment.account, "eventCategory": "Management",
    });
    if random.u32(..30) == 0 {
        event["errorCode"] = "AccessDenied".into();
        event["errorMessage"] = format!("User is not authorized to perform: {name}").into();
    }
    event.to_string()
}

pub(super) fn dns_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/route53resolver/vpc".into(), format!("vpc-{}_eni", hex(random, 17)))
}

pub(super) fn dns(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let code = if random.u32(..40) == 0 { "NXDOMAIN" } else { "NOERROR" };
    json!({
        "version": "1.100000", "account_id": moment.account, "region": moment.region, "vpc_id": "vpc-0a1b2c3d4e5f67890",
        "query_timestamp": format!("{}Z", &moment.time.to_string()[..19]), "query_name": format!("{}.", one_of(random, &HOSTS)),
        "query_type": "A", "query_class": "IN", "rcode": code,
        "answers": [{"Rdata": address(random), "Type": "A", "Class": "IN"}], "srcaddr": address(random),
        "srcport": random.u16(1024..).to_string(), "transport": "UDP", "srcids": {"instance": format!("i-{}", hex(random, 17))},
    })
    .to_string()
}

pub(super) fn waf_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("aws-waf-logs-shop".into(), "shop_0".into())
}

pub(super) fn waf(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let Moment { account, region, time } = moment;
    let (action, rule, kind) = one_of(
        random,
        &[
            ("ALLOW", "Default_Action", "REGULAR"),
            ("ALLOW", "Default_Action", "REGULAR"),
            ("BLOCK", "RateLimit", "RATE_BASED"),
        ],
    );
    json!({
        "timestamp": time.millis(), "formatVersion": 1,
        "webaclId": format!("arn:aws:wafv2:{region}:{account}:regional/webacl/shop/{}", uuid(random)),
        "terminatingRuleId": rule, "terminatingRuleType": kind, "action": action, "terminatingRuleMatchDetails": [],
        "httpSourceName": "ALB", "httpSourceId": format!("{account}-app/shop/{}", hex(random, 16)), "ruleGroupList": [],
        "rateBasedRuleList": [], "nonTerminatingMatchingRules": [], "requestHeadersInserted": null, "responseCodeSent": null,
        "httpRequest": {
            "clientIp": address(random), "country": "DE",
            "headers": [{"name": "Host", "value": one_of(random, &HOSTS)}, {"name": "Authorization", "value": "Bearer 0123456789abcdef"}],
            "uri": one_of(random, &PATHS), "args": "", "httpVersion": "HTTP/2.0", "httpMethod": "GET", "requestId": hex(random, 24),
        },
        "labels": [],
    })
    .to_string()
}

pub(super) fn firewall_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/network-firewall/flow".into(), "/aws/network-firewall/flow_egress".into())
}

pub(super) fn firewall(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (seconds, time) = (moment.time.seconds(), moment.time.to_string());
    json!({
        "firewall_name": "egress", "availability_zone": format!("{}a", moment.region), "event_timestamp": seconds.to_string(),
        "event": {
            "timestamp": format!("{}.000000+0000", &time[..19]), "flow_id": random.u64(..1 << 50), "event_type": "netflow",
            "src_ip": address(random), "src_port": random.u16(1024..), "dest_ip": address(random), "dest_port": 443,
            "proto": "TCP", "netflow": {"pkts": random.u32(1..90), "bytes": random.u32(60..90_000), "age": 12, "min_ttl": 64, "max_ttl": 64},
        },
    })
    .to_string()
}

pub(super) fn states_place(random: &mut Rng, now: Timestamp) -> (String, String) {
    let (year, month, day) = now.date();
    let stream = format!("states/fulfilment/{year}-{month:02}-{day:02}-06-00/{}", hex(random, 8));
    ("/aws/vendedlogs/states/fulfilment-Logs".into(), stream)
}

pub(super) fn states(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let Moment { account, region, time } = moment;
    let kind = one_of(
        random,
        &["TaskStateEntered", "TaskScheduled", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"],
    );
    let kind = if random.u32(..60) == 0 { "ExecutionFailed" } else { kind };
    json!({
        "id": random.u32(1..40).to_string(), "type": kind, "details": {"name": "Reserve stock", "input": "{}", "inputDetails": {"truncated": false}},
        "previous_event_id": random.u32(..40).to_string(), "event_timestamp": time.millis().to_string(),
        "execution_arn": format!("arn:aws:states:{region}:{account}:execution:fulfilment:{}", uuid(random)), "redrive_count": "0",
    })
    .to_string()
}

pub(super) fn events_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/events/shop".into(), uuid(random))
}

pub(super) fn event(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let Moment { account, region, time } = moment;
    json!({
        "version": "0", "id": uuid(random), "detail-type": "OrderPlaced", "source": "acme.shop", "account": account,
        "time": format!("{}Z", &time.to_string()[..19]), "region": region, "resources": [],
        "detail": {"orderId": random.u32(..1_000_000), "items": random.u32(1..9)},
    })
    .to_string()
}

pub(super) fn sns_place(_: &mut Rng, _: Timestamp) -> (String, String) {
    ("sns/eu-central-1/111122223333/orders".into(), "delivery".into())
}

pub(super) fn sns(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let Moment { account, region, time } = moment;
    json!({
        "notification": {"messageMD5Sum": hex(random, 32), "messageId": uuid(random),
            "topicArn": format!("arn:aws:sns:{region}:{account}:orders"), "timestamp": &time.to_string()[..19].replace('T', " ")},
        "delivery": {"deliveryId": uuid(random), "destination": format!("arn:aws:sqs:{region}:{account}:orders"),
            "providerResponse": "{\"sqsRequestId\":\"42\"}", "dwellTimeMs": random.u32(10..900), "attempts": 1, "statusCode": 200},
        "status": "SUCCESS",
    })
    .to_string()
}
