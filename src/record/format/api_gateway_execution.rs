//! Execution logs of API Gateway: several lines a request, each behind the request's id.
//!
//! `(c6af9ac6-7b61-11e6-9a41-93e8deadbeef) Method completed with status: 200`. WebSocket APIs write ids in base 64.
//!
//! Source: API Gateway developer guide, "Set up CloudWatch logging for REST APIs in API Gateway"; lines as services
//! write them.

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::request;
use crate::record::log::Log;
use crate::record::severity::Severity;

/// Takes lines that begin with the id of a request in parentheses.
pub const FORMAT: Format = Format {
    name: FormatName::ApiGatewayExecution,
    encoding: "aws.apigateway.execution",
    shape: Shape::Line { starts: |byte| matches!(byte, b'(' | b'E'), parse },
    continues: None,
};

/// Log groups that hold execution logs: of REST APIs, of WebSocket APIs.
const LOG_GROUPS: [&str; 2] = ["API-Gateway-Execution-Logs_", "/aws/apigateway/"];

/// How lines of execution logs begin. Elsewhere than in their own log groups a line must be one of them.
const KNOWN: [&str; 27] = [
    "API Key",
    "Authorizer",
    "Client ",
    "Endpoint re",
    "Execution failed",
    "Extended Request Id",
    "Gateway response",
    "HTTP Method: ",
    "Invalid ",
    "Key throttle limit",
    "Lambda execution failed",
    "Method completed with status",
    "Method re",
    "Received response",
    "Request ",
    "Sending request to ",
    "Starting authorizer",
    "Starting execution",
    "Successfully completed execution",
    "TRUNCATED",
    "The client is not authorized",
    "Unauthorized request",
    "Usage Plan",
    "Using valid authorizer policy",
    "Verifying Usage Plan",
    "X-ray Tracing ID",
    "Execution log for request",
];

/// What a request fails by that the API or what is behind it is to blame for.
const ERRORS: [&str; 3] = ["Execution failed", "Lambda execution failed", "Authorizer error"];

/// What a client did wrong or too often.
const WARNINGS: [&str; 9] = [
    "Unauthorized request",
    "The client is not authorized",
    "Key throttle limit exceeded",
    "Usage Plan check failed",
    "API Key not authorized",
    "API Key is required",
    "Request body does not match",
    "Request failed",
    "Client denied",
];

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let log = &mut draft.log;
    if let Some(id) = line.strip_prefix("Execution log for request ") {
        let id = id.trim_ascii_end();
        let is_id = request::is_request_id(id);
        if is_id {
            log.text(attribute::REQUEST_ID, id);
        }
        return is_id;
    }
    let Some((id, text)) = line.strip_prefix('(').and_then(|line| line.split_once(") ")) else { return false };
    let own = LOG_GROUPS.iter().any(|group| context.log_group.starts_with(group));
    if !request::is_request_id(id) || !(own || KNOWN.iter().any(|known| text.starts_with(known))) {
        return false;
    }
    log.text(attribute::REQUEST_ID, id);
    read(text, log);
    true
}

/// What the line says besides being human.
fn read<'a>(text: &'a str, log: &mut Log<'a>) {
    if ERRORS.iter().any(|start| text.starts_with(start)) {
        log.severity = Severity::ERROR;
    } else if WARNINGS.iter().any(|start| text.starts_with(start)) {
        log.severity = Severity::WARN;
    }
    let (label, value) =
        text.split_once(':').map_or((text, ""), |(label, value)| (label.trim_ascii(), value.trim_ascii()));
    match label {
        "Method completed with status" => request::status(log, value),
        "Extended Request Id" => log.text(attribute::EXTENDED_REQUEST_ID, value),
        "Endpoint request URI" => log.text("aws.apigateway.endpoint.uri", value),
        "X-ray Tracing ID" => log.xray(attribute::API_GATEWAY_XRAY_TRACE_ID, value),
        "HTTP Method" => {
            let (method, route) = value.split_once(", Resource Path: ").unwrap_or((value, ""));
            log.text(attribute::HTTP_REQUEST_METHOD, method);
            log.text(attribute::HTTP_ROUTE, route);
        }
        "Received response. Status" | "Received response. Integration latency" => {
            log.number(attribute::API_GATEWAY_INTEGRATION_STATUS, between(text, "Status: ", &[',', ' ']));
            log.number(attribute::API_GATEWAY_INTEGRATION_LATENCY, between(text, "Integration latency: ", &[' ']));
        }
        "Gateway response type" => gateway_response(log, value),
        "Gateway response" | "Execution failed with status code" => failed_with(log, value),
        _ if text.starts_with("Gateway response type: ") => gateway_response(log, value),
        _ => {}
    }
}

/// `DEFAULT_5XX with status code: 500`
fn gateway_response<'a>(log: &mut Log<'a>, text: &'a str) {
    let (kind, status) = text.split_once(" with status code: ").unwrap_or((text, ""));
    log.text(attribute::ERROR_TYPE, kind);
    failed_with(log, status);
}

/// A failure that has a status is as grave as that, but for one that sounds like a success.
fn failed_with<'a>(log: &mut Log<'a>, status: &'a str) {
    let before = log.severity;
    if crate::fields::is_number(status) {
        request::status(log, status);
    }
    if log.severity <= Severity::INFO {
        log.severity = before;
    }
}

/// What stands between a label and the first of the ends; empty where there is no label.
fn between<'a>(text: &'a str, label: &str, ends: &[char]) -> &'a str {
    text.split_once(label).map_or("", |(_, behind)| behind.split(ends).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::record::format::tool::request::tests::{mutated, told};
    use crate::record::normalize::tests::Given;

    const GROUP: &str = "API-Gateway-Execution-Logs_abc123def4/dev";
    const ID: &str = "706499f2-afe6-11e8-b7eb-8d53f824f304";

    /// Severity and attributes of a line, but for the request id that each has.
    fn read(group: &str, text: &str) -> String {
        let mut told = told(group, &format!("({ID}) {text}"));
        assert_eq!(told.remove(1), format!("aws.request_id={ID:?}"), "{text}");
        told.join(" ").replace("aws.apigateway.execution ", "")
    }

    #[test]
    fn lines_say_what_they_say() {
        let cases = [
            ("Extended Request Id: JKJaXmPLvHcESHA=", r#"0 aws.extended_request_id="JKJaXmPLvHcESHA=""#),
            (&format!("Verifying Usage Plan for request: {ID}. API Key:  API Stage: abc123def4/dev"), "0"),
            ("HTTP Method: GET, Resource Path: /pets", r#"0 http.request.method="GET" http.route="/pets""#),
            ("Method request path: {}", "0"),
            ("Endpoint request URI: https://example.com/a", r#"0 aws.apigateway.endpoint.uri="https://example.com/a""#),
            (
                "Received response. Status: 200, Integration latency: 37 ms",
                "0 aws.apigateway.integration_status=200 aws.apigateway.integration_latency=37",
            ),
            ("Method completed with status: 200", "9 http.response.status_code=200"),
            ("Method completed with status: 404", "13 http.response.status_code=404"),
            ("Method completed with status: 502", "17 http.response.status_code=502"),
            ("Execution failed due to configuration error: Malformed Lambda proxy response", "17"),
            ("Execution failed due to a timeout error", "17"),
            ("Execution failed with status code: 403", "13 http.response.status_code=403"),
            ("Lambda execution failed with status 200 due to customer function error: x", "17"),
            (
                "Gateway response type: DEFAULT_5XX with status code: 500",
                r#"17 error.type="DEFAULT_5XX" http.response.status_code=500"#,
            ),
            (&format!("Unauthorized request: {ID}"), "13"),
            ("Key throttle limit exceeded for API stage abc123def4/dev", "13"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(GROUP, text), expected, "{text}");
        }
    }

    #[test]
    fn the_first_line_and_ids_of_websocket_apis_are_known() {
        assert_eq!(
            told("", &format!("Execution log for request {ID}")),
            ["aws.apigateway.execution 0", &format!("aws.request_id={ID:?}")]
        );
        assert_eq!(
            told("/aws/apigateway/abc123/prod", "(L1DtBFXvIAMFRRA=) Whatever it says"),
            ["aws.apigateway.execution 0", r#"aws.request_id="L1DtBFXvIAMFRRA=""#]
        );
    }

    #[test]
    fn the_trace_is_the_record_s() {
        let line = format!("({ID}) X-ray Tracing ID : 1-67891233-abcdef012345678912345678");
        Given::new(GROUP, &[&line]).check(|draft| {
            assert_eq!(u128::from_be_bytes(draft.log.trace.trace_id), 0x6789_1233_abcd_ef01_2345_6789_1234_5678);
        });
    }

    #[test]
    fn elsewhere_only_lines_that_are_known_are_taken() {
        assert_eq!(told("/acme/app", &format!("({ID}) worker started")), ["aws.cloudwatch 0"]);
        assert_eq!(read("/acme/app", "Method completed with status: 200"), "9 http.response.status_code=200");
        for line in ["(1) Method completed", "(unclosed", "Execution log for request of mine", "()"] {
            assert_eq!(told(GROUP, line), ["aws.cloudwatch 0"], "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic_and_the_body_is_the_line(
            line in mutated("(706499f2-afe6-11e8-b7eb-8d53f824f304) Received response. Status: 200, Integration latency: 37 ms")
        ) {
            Given::new(GROUP, &[&line]).check(|draft| assert_eq!(draft.log.body.text(), Some(&*line)));
        }
    }
}
