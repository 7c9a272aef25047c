//! Access logs of API Gateway. Their format is up to whoever sets the stage up; the console offers four, for REST, HTTP
//! and WebSocket APIs each, and these are read: JSON, common log format, CSV and XML.
//!
//! JSON: `{"requestId":"...","ip":"203.0.113.7","requestTime":"09/Apr/2026:12:00:00 +0000","httpMethod":"GET",...}`.
//! CLF: `203.0.113.7 - - [09/Apr/2026:12:00:00 +0000] "GET /pets HTTP/1.1" 200 123 c6af9ac6-7b61-11e6-9a41-93e8deadbeef JKJaXmPLvHcESHA=`.
//! CSV: the same separated by commas. XML: `<request id="..."> <ip>203.0.113.7</ip> ... </request>`.
//! Every value is a text, and `-` says that there is none.
//!
//! Source: API Gateway developer guide, "Access logging for REST APIs", "Customize HTTP API access logs", "Configure
//! logging for WebSocket APIs in API Gateway".

use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::{Field, Fields};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, member, request};
use crate::record::log::Log;
use crate::record::value::{Members, Value};
use crate::time::parse_clf;

/// Takes the lines of the presets in common log format, CSV and XML.
pub const FORMAT: Format = Format {
    name: FormatName::ApiGateway,
    encoding: "aws.apigateway",
    shape: Shape::Line { starts: |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'<'), parse },
    continues: None,
};

/// Takes objects of the preset in JSON, and those of other templates that use the names of the variables.
pub const JSON: Format = Format {
    name: FormatName::ApiGateway,
    encoding: "aws.apigateway",
    shape: Shape::Object {
        markers: &[
            "extendedRequestId",
            "requestTime",
            "resourcePath",
            "responseLength",
            "routeKey",
            "integrationStatus",
            "integrationLatency",
            "integrationErrorMessage",
        ],
        recognise,
        parse: parse_object,
    },
    continues: None,
};

/// What becomes of a variable.
#[derive(Clone, Copy)]
enum Variable {
    Text(&'static str),
    Number(&'static str),
    Status,
    Protocol,
    Time,
    Trace,
    /// `GET /pets/{id}` of HTTP APIs, `$connect` of WebSocket APIs.
    RouteKey,
}

/// Names of variables, as the presets write them.
const VARIABLES: [(&str, Variable); 27] = [
    ("requestId", Variable::Text(attribute::REQUEST_ID)),
    ("extendedRequestId", Variable::Text(attribute::EXTENDED_REQUEST_ID)),
    ("ip", Variable::Text(attribute::CLIENT_ADDRESS)),
    ("sourceIp", Variable::Text(attribute::CLIENT_ADDRESS)),
    ("caller", Variable::Text("aws.apigateway.caller")),
    ("user", Variable::Text(attribute::USER_ID)),
    ("userAgent", Variable::Text(attribute::USER_AGENT_ORIGINAL)),
    ("requestTime", Variable::Time),
    ("requestTimeEpoch", Variable::Number("aws.apigateway.request_time_epoch")),
    ("httpMethod", Variable::Text(attribute::HTTP_REQUEST_METHOD)),
    ("resourcePath", Variable::Text(attribute::HTTP_ROUTE)),
    ("path", Variable::Text(attribute::URL_PATH)),
    ("domainName", Variable::Text(attribute::URL_DOMAIN)),
    ("routeKey", Variable::RouteKey),
    ("status", Variable::Status),
    ("protocol", Variable::Protocol),
    ("responseLength", Variable::Number(attribute::HTTP_RESPONSE_BODY_SIZE)),
    ("responseLatency", Variable::Number("aws.apigateway.response_latency")),
    ("integrationLatency", Variable::Number(attribute::API_GATEWAY_INTEGRATION_LATENCY)),
    ("integrationStatus", Variable::Number(attribute::API_GATEWAY_INTEGRATION_STATUS)),
    ("integrationErrorMessage", Variable::Text("aws.apigateway.integration_error_message")),
    ("eventType", Variable::Text("aws.apigateway.event_type")),
    ("connectionId", Variable::Text("aws.apigateway.connection_id")),
    ("stage", Variable::Text("aws.apigateway.stage")),
    ("apiId", Variable::Text("aws.apigateway.api_id")),
    ("xrayTraceId", Variable::Trace),
    ("error", Variable::Text("aws.apigateway.error")),
];

/// The preset for REST APIs.
const REST: [&str; 11] = [
    "ip",
    "caller",
    "user",
    "requestTime",
    "httpMethod",
    "resourcePath",
    "protocol",
    "status",
    "responseLength",
    "requestId",
    "extendedRequestId",
];

/// The preset for WebSocket APIs.
const WEBSOCKET: [&str; 9] =
    ["ip", "caller", "user", "requestTime", "eventType", "routeKey", "connectionId", "status", "requestId"];

/// The preset in CSV for HTTP APIs.
const HTTP_CSV: [&str; 8] =
    ["ip", "requestTime", "httpMethod", "routeKey", "protocol", "status", "responseLength", "requestId"];

fn variable(name: &str) -> Option<Variable> {
    VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, variable)| *variable)
}

fn add<'a>(log: &mut Log<'a>, name: &str, text: &'a str) {
    match variable(name) {
        Some(Variable::Text(key)) => log.text(key, text),
        Some(Variable::Number(key)) => log.number(key, text),
        Some(Variable::Status) => request::status(log, text),
        Some(Variable::Protocol) => request::protocol(log, text),
        Some(Variable::Time) => {
            log.coarse_time(parse_clf(text));
            log.text("aws.apigateway.request_time", text);
        }
        Some(Variable::Trace) => log.xray(attribute::API_GATEWAY_XRAY_TRACE_ID, text),
        Some(Variable::RouteKey) => {
            log.text("aws.apigateway.route_key", text);
            log.text(attribute::HTTP_ROUTE, text.split_once(' ').map_or("", |(_, route)| route));
        }
        None => {}
    }
}

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, _: &Context<'a>) -> bool {
    if let Some(request) = line.strip_prefix("<request id=\"") {
        return xml(request, &mut draft.log);
    }
    if !begins_with_address(line) {
        return false;
    }
    common(line, &mut draft.log) || csv(line, &mut draft.log)
}

/// Whether an address stands in front: the short look at lines of other formats.
fn begins_with_address(line: &str) -> bool {
    const ADDRESS_BYTES_MAX: usize = 45;
    let end = line.bytes().take(ADDRESS_BYTES_MAX + 1).position(|byte| matches!(byte, b' ' | b','));
    let address = end.and_then(|end| line.get(..end)).unwrap_or_default();
    address.contains(['.', ':']) && address.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':'))
}

/// The common log format, told from that of web servers by the request id at its end.
fn common<'a>(line: &'a str, log: &mut Log<'a>) -> bool {
    const FIELDS_MAX: usize = 9;
    let mut read = [Field::default(); FIELDS_MAX + 1];
    let mut count = 0;
    for (slot, field) in read.iter_mut().zip(Fields::new(line)) {
        *slot = field;
        count += 1;
    }
    let [ip, caller, user, time, request, status, rest @ ..] = read;
    let ids = match (count, rest) {
        (9, [length, id, extended, ..]) => {
            [("responseLength", length), ("requestId", id), ("extendedRequestId", extended)]
        }
        (8, [length, id, ..]) => [("responseLength", length), ("requestId", id), ("", Field::default())],
        (7, [id, ..]) => [("", Field::default()), ("requestId", id), ("", Field::default())],
        _ => return false,
    };
    let [_, (_, id), _] = ids;
    if !request.quoted || parse_clf(time.text).is_none() || !request::is_request_id(id.text) {
        return false;
    }
    let names = if count == 7 { ["eventType", "routeKey", "connectionId"] } else { ["httpMethod", "", "protocol"] };
    let (first, middle, last) = request::request_line(request.text);
    let (middle, last) = if count == 7 { middle.split_once(' ').unwrap_or((middle, last)) } else { (middle, last) };
    // The preset for HTTP APIs writes the route, which begins with the method, where that for REST APIs writes the path.
    let path = if middle.starts_with('/') || middle == "-" { "resourcePath" } else { "routeKey" };
    for (name, field) in [("ip", ip), ("caller", caller), ("user", user), ("requestTime", time)] {
        add(log, name, field.text);
    }
    for (name, text) in [(names[0], first), (path, middle), (names[2], last), ("status", status.text)] {
        add(log, name, text);
    }
    ids.iter().for_each(|(name, field)| add(log, name, field.text));
    true
}

/// The presets in CSV, told from other comma-separated lines by the time and the request id at their places.
fn csv<'a>(line: &'a str, log: &mut Log<'a>) -> bool {
    let count = 1 + memchr::memchr_iter(b',', line.as_bytes()).count();
    let names: &[&str] = match count {
        8 => &HTTP_CSV,
        9 => &WEBSOCKET,
        10 | 11 => REST.get(..count).unwrap_or_default(),
        _ => return false,
    };
    let text_of = |wanted| names.iter().zip(line.split(',')).find(|(name, _)| **name == wanted).map(|(_, text)| text);
    let timed = text_of("requestTime").and_then(parse_clf).is_some();
    if !timed || !text_of("requestId").is_some_and(request::is_request_id) {
        return false;
    }
    names.iter().zip(line.split(',')).for_each(|(name, text)| add(log, name, text));
    true
}

/// The preset in XML: an element for each variable, no deeper.
fn xml<'a>(request: &'a str, log: &mut Log<'a>) -> bool {
    let Some((id, mut rest)) = request.split_once("\">").filter(|_| request.trim_ascii_end().ends_with("</request>"))
    else {
        return false;
    };
    add(log, "requestId", id);
    for _ in 0..VARIABLES.len() {
        let Some((name, behind)) = rest.trim_ascii_start().strip_prefix('<').and_then(|rest| rest.split_once('>'))
        else {
            break;
        };
        let Some((text, after)) = behind.split_once("</") else { break };
        let Some(after) = after.strip_prefix(name).and_then(|after| after.strip_prefix('>')) else { break };
        add(log, name, text);
        rest = after;
    }
    true
}

/// Names of a request's id and enough other variables. What has a message text or a level is an application's.
fn recognise(members: &Members<'_>) -> bool {
    const KNOWN_MIN: usize = 4;
    let identified = members.has("requestId") || members.has("extendedRequestId");
    let application = ["message", "msg", "level", "requestContext", "headers"].iter().any(|name| members.has(name));
    let known = |it: &&crate::record::value::Attribute<'_>| variable(it.key).is_some();
    identified && !application && members.as_slice().iter().filter(known).take(KNOWN_MIN).count() == KNOWN_MIN
}

fn parse_object<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    log.body = Value::Text(summary(&members, context));
    for member in members.into_vec() {
        match (member.value, variable(member.key)) {
            (Value::Null, _) => {}
            (Value::Text(text), Some(_)) => add(log, member.key, text),
            (Value::Int(number), Some(_)) => {
                add(log, member.key, line::number(number, context.bump));
            }
            (Value::Text(text), None) => {
                log.text(member::snake(attribute::API_GATEWAY_PREFIX, member.key, context.bump), text)
            }
            (value, _) => log.attribute(member::snake(attribute::API_GATEWAY_PREFIX, member.key, context.bump), value),
        }
    }
}

/// `GET /pets 200`, `MESSAGE $default 200`
fn summary<'a>(members: &Members<'a>, context: &Context<'a>) -> &'a str {
    let first = |names: &[&str]| {
        names.iter().map(|name| members.text(name)).find(|text| !text.is_empty() && *text != "-").unwrap_or_default()
    };
    let route = first(&["path", "resourcePath", "routeKey"]);
    // A route of an HTTP API says the method itself.
    let method = if route.contains(' ') { "" } else { first(&["httpMethod", "eventType"]) };
    let status = match members.get("status") {
        Some(Value::Int(number)) => line::number(number, context.bump),
        _ => first(&["status"]),
    };
    let line = line::sentence(&[("", method), (" ", route), (" ", status)], context.bump);
    if line.is_empty() { "API Gateway request" } else { line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::record::format::tool::request::tests::{mutated, told};
    use crate::record::normalize::tests::{Given, attributes};

    const CLF: &str = r#"203.0.113.7 - - [05/Mar/2020:16:30:36 +0000] "GET /pets/{id} HTTP/1.1" 404 123 c6af9ac6-7b61-11e6-9a41-93e8deadbeef JKJaXmPLvHcESHA="#;
    const CSV: &str = "203.0.113.7,-,-,05/Mar/2020:16:30:36 +0000,GET,/pets/{id},HTTP/1.1,404,123,c6af9ac6-7b61-11e6-9a41-93e8deadbeef,JKJaXmPLvHcESHA=";
    const XML: &str = r#"<request id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef"> <extendedRequestId>JKJaXmPLvHcESHA=</extendedRequestId> <ip>203.0.113.7</ip> <caller>-</caller> <user>-</user> <requestTime>05/Mar/2020:16:30:36 +0000</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/pets/{id}</resourcePath> <status>404</status> <protocol>HTTP/1.1</protocol> <responseLength>123</responseLength> </request>"#;
    const JSON: &str = r#"{"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","extendedRequestId":"JKJaXmPLvHcESHA=","ip":"203.0.113.7","caller":"-","user":"-","requestTime":"05/Mar/2020:16:30:36 +0000","httpMethod":"GET","resourcePath":"/pets/{id}","status":"404","protocol":"HTTP/1.1","responseLength":"123"}"#;

    #[test]
    fn the_preset_in_common_log_format() {
        assert_eq!(
            told("", CLF),
            [
                "aws.apigateway 13",
                r#"client.address="203.0.113.7""#,
                r#"aws.apigateway.request_time="05/Mar/2020:16:30:36 +0000""#,
                r#"http.request.method="GET""#,
                r#"http.route="/pets/{id}""#,
                r#"network.protocol.name="http""#,
                r#"network.protocol.version="1.1""#,
                "http.response.status_code=404",
                "http.response.body.size=123",
                r#"aws.request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef""#,
                r#"aws.extended_request_id="JKJaXmPLvHcESHA=""#,
            ]
        );
    }

    #[test]
    fn the_preset_in_json_has_a_line_to_read() {
        assert_eq!(told("", JSON)[0], r#"aws.apigateway 13 "GET /pets/{id} 404""#);
    }

    #[test]
    fn every_preset_says_the_same() {
        let sorted = |line| {
            let mut told = told("", line).split_off(1);
            told.sort();
            told
        };
        for line in [CSV, XML, JSON] {
            assert_eq!(sorted(line), sorted(CLF), "{line}");
        }
    }

    #[test]
    fn http_apis_name_their_routes() {
        let route = r#"203.0.113.7 - - [05/Mar/2020:16:30:36 +0000] "GET GET /pets HTTP/1.1" 200 123 JKJaXmPLvHcESHA="#;
        assert_eq!(
            told("", route),
            [
                "aws.apigateway 9",
                r#"client.address="203.0.113.7""#,
                r#"aws.apigateway.request_time="05/Mar/2020:16:30:36 +0000""#,
                r#"http.request.method="GET""#,
                r#"aws.apigateway.route_key="GET /pets""#,
                r#"http.route="/pets""#,
                r#"network.protocol.name="http""#,
                r#"network.protocol.version="1.1""#,
                "http.response.status_code=200",
                "http.response.body.size=123",
                r#"aws.request_id="JKJaXmPLvHcESHA=""#,
            ]
        );
        let csv = "203.0.113.7,05/Mar/2020:16:30:36 +0000,GET,GET /pets,HTTP/1.1,200,123,JKJaXmPLvHcESHA=";
        assert_eq!(told("", csv), told("", route));
        let json = r#"{"requestId":"JKJaXmPLvHcESHA=","ip":"203.0.113.7","requestTime":"05/Mar/2020:16:30:36 +0000","httpMethod":"GET","routeKey":"GET /pets","status":"200","protocol":"HTTP/1.1","responseLength":"123"}"#;
        assert_eq!(told("", json)[0], r#"aws.apigateway 9 "GET /pets 200""#);
    }

    #[test]
    fn websocket_apis_have_events_and_connections() {
        let clf =
            r#"203.0.113.7 - - [05/Mar/2020:16:30:36 +0000] "MESSAGE $default JKJaXcFPPHcCJqg=" 200 JKJaXmPLvHcESHA="#;
        assert_eq!(
            told("", clf),
            [
                "aws.apigateway 9",
                r#"client.address="203.0.113.7""#,
                r#"aws.apigateway.request_time="05/Mar/2020:16:30:36 +0000""#,
                r#"aws.apigateway.event_type="MESSAGE""#,
                r#"aws.apigateway.route_key="$default""#,
                r#"aws.apigateway.connection_id="JKJaXcFPPHcCJqg=""#,
                "http.response.status_code=200",
                r#"aws.request_id="JKJaXmPLvHcESHA=""#,
            ]
        );
        let csv = "203.0.113.7,-,-,05/Mar/2020:16:30:36 +0000,MESSAGE,$default,JKJaXcFPPHcCJqg=,200,JKJaXmPLvHcESHA=";
        assert_eq!(told("", csv), told("", clf));
    }

    #[test]
    fn variables_that_no_preset_has_are_kept() {
        let message = r#"{"requestId":"JKJaXmPLvHcESHA=","httpMethod":"POST","path":"/prod/pets","status":502,"integrationLatency":"37","integrationErrorMessage":"The IAM role is not authorized","xrayTraceId":"1-67891233-abcdef012345678912345678","authorizerPrincipalId":"u1","wafLatency":null,"nested":{"a":[1]}}"#;
        assert_eq!(
            told("/aws/apigateway/x", message),
            [
                r#"aws.apigateway 17 "POST /prod/pets 502""#,
                r#"aws.request_id="JKJaXmPLvHcESHA=""#,
                r#"http.request.method="POST""#,
                r#"url.path="/prod/pets""#,
                "http.response.status_code=502",
                "aws.apigateway.integration_latency=37",
                r#"aws.apigateway.integration_error_message="The IAM role is not authorized""#,
                r#"aws.apigateway.authorizer_principal_id="u1""#,
                "aws.apigateway.nested={a:[1]}",
            ]
        );
    }

    #[test]
    fn messages_of_applications_stay_theirs() {
        for message in [
            r#"{"requestId":"JKJaXmPLvHcESHA=","httpMethod":"GET","path":"/x","status":200,"routeKey":"a","message":"done"}"#,
            r#"{"version":"2.0","routeKey":"$default","rawPath":"/","headers":{},"requestContext":{"requestId":"1"}}"#,
            r#"{"resourcePath":"/x","httpMethod":"GET","status":"1","ip":"1"}"#,
        ] {
            assert!(told("", message)[0].starts_with("aws.cloudwatch "), "{message}");
        }
        let web_server = r#"203.0.113.7 - - [05/Mar/2020:16:30:36 +0000] "GET / HTTP/1.1" 404 123 "-" "curl/8""#;
        for line in [web_server, "1.2.3.4,a,b", "<request id=\"x\">", "203.0.113.7 - - said hello to the rest of us"] {
            assert!(!told("", line)[0].starts_with("aws.apigateway"), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic_and_the_body_is_the_line(
            line in prop_oneof![mutated(CLF), mutated(CSV), mutated(XML)]
        ) {
            Given::new("/aws/apigateway/x", &[&line]).check(|draft| {
                assert_eq!(draft.log.body.text(), Some(super::super::without_newline(&line)));
            });
        }

        #[test]
        fn every_member_of_an_object_is_in_the_record(name in "[a-zA-Z.]{1,12}", value in "[a-z]{3,12}") {
            let message = JSON.replace("\"caller\":\"-\"", &format!(r#""caller":"{value}","{name}":"{value}""#));
            Given::new("", &[&message]).check(|draft| {
                assert!(attributes(&draft.log).matches(&value).count() >= 2, "{message}");
            });
        }
    }
}
