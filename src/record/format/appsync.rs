//! AWS AppSync: JSON with a `logType`, and lines that begin with the request's id.
//!
//! `{"logType":"RequestSummary","requestId":"..","graphQLAPIId":"..","statusCode":200,"latency":242000000}`
//! `dbe87af3-c114-4b32-ae79-8af11f3f96f1 Begin Request`
//!
//! Source: AppSync developer guide, "Using CloudWatch to monitor and log GraphQL API data". Times are nanoseconds.

use bumpalo::Bump;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, member, request};
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Members, Value};

/// JSON, told by the id of the API.
pub const FORMAT: Format = Format {
    name: FormatName::Appsync,
    encoding: "aws.appsync",
    shape: Shape::Object {
        markers: &["graphQLAPIId"],
        recognise: |members| members.has("logType") && members.has("graphQLAPIId"),
        parse,
    },
    continues: None,
};

/// Lines, told by the id of the request and the words behind it.
pub const LINE: Format = Format {
    name: FormatName::Appsync,
    encoding: "aws.appsync",
    shape: Shape::Line { starts: |byte| byte.is_ascii_hexdigit(), parse: parse_line },
    continues: None,
};

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (log, bump) = (&mut draft.log, context.bump);
    log.body = Value::Text(human_line(&members, bump));
    log.severity = severity(&members);
    log.event_name = members.take_text("logType").unwrap_or_default();
    for (key, name) in [
        ("requestId", attribute::REQUEST_ID),
        ("graphQLAPIId", attribute::APPSYNC_API_ID),
        ("operationName", attribute::GRAPHQL_OPERATION_NAME),
    ] {
        log.text(name, members.take_text(key).unwrap_or_default());
    }
    if let Some(code) = members.take("statusCode") {
        log.whole(attribute::HTTP_RESPONSE_STATUS_CODE, code);
    }
    member::keep_rest(log, attribute::APPSYNC_PREFIX, members.into_vec(), bump);
}

/// `RequestSummary 200 242 ms`, `Tracing Mutation.putItem 216 ms`
fn human_line<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    const NANOS_PER_MILLI: i64 = 1_000_000;
    let (parent, field) = (members.text("parentType"), members.text("fieldName"));
    let whole = |keys: &[&str]| keys.iter().find_map(|key| members.get(key)?.int());
    let millis = whole(&["latency", "duration"]).map_or("", |nanos| line::number(nanos / NANOS_PER_MILLI, bump));
    let error = errors(members).first().and_then(|error| error.text().or_else(|| error.get("message")?.text()));
    let parts = [
        ("", members.text("logType")),
        (" ", parent),
        (if parent.is_empty() { " " } else { "." }, field),
        (" ", whole(&["statusCode"]).map_or("", |code| line::number(code, bump))),
        (" ", millis),
        (" ", if millis.is_empty() { "" } else { "ms" }),
        (": ", error.map(line::first_line).unwrap_or_default()),
    ];
    line::sentence(&parts, bump)
}

fn errors<'a>(members: &Members<'a>) -> &'a [Value<'a>] {
    members.get("errors").map(|errors| errors.list()).unwrap_or_default()
}

/// As access logs by the status; a field in error is an error, and one that is not went well.
fn severity(members: &Members<'_>) -> Severity {
    let field = members.get("fieldInError");
    if field == Some(Value::Bool(true)) || !errors(members).is_empty() {
        return Severity::ERROR;
    }
    match members.get("statusCode").and_then(|code| code.int()) {
        Some(code) => request::severity(code),
        None if field == Some(Value::Bool(false)) => Severity::INFO,
        None => Severity::UNSPECIFIED,
    }
}

/// Words behind the id, and the event that they stand for.
const EVENTS: [(&str, &str); 12] = [
    ("Begin Request", "BeginRequest"),
    ("End Request", "EndRequest"),
    ("GraphQL Query: ", "GraphQLQuery"),
    ("Request Headers: ", "RequestHeaders"),
    ("Response Headers: ", "ResponseHeaders"),
    ("Tokens Consumed: ", "TokensConsumed"),
    ("Begin Execution", "BeginExecution"),
    ("End Field Execution", "EndFieldExecution"),
    ("Begin Tracing", "BeginTracing"),
    ("End Tracing", "EndTracing"),
    ("GraphQL Response: ", "GraphQLResponse"),
    ("Request Summary", "RequestSummary"),
];

fn parse_line<'a>(line: &'a str, draft: &mut Draft<'a>, _: &Context<'a>) -> bool {
    let Some((id, rest)) = request_id(line) else { return false };
    let Some((rest, event)) = EVENTS.iter().find_map(|(words, event)| Some((rest.strip_prefix(words)?, *event))) else {
        return false;
    };
    let log = &mut draft.log;
    log.event_name = event;
    log.text(attribute::REQUEST_ID, id);
    match event {
        "TokensConsumed" => log.number("aws.appsync.tokens_consumed", rest.trim_ascii()),
        "GraphQLQuery" => take_query(rest, log),
        "BeginExecution" => take_field(rest, log),
        _ => {}
    }
    true
}

/// `dbe87af3-c114-4b32-ae79-8af11f3f96f1`, and what follows the space behind it.
fn request_id(line: &str) -> Option<(&str, &str)> {
    const LENGTH: usize = 36;
    let (id, rest) = line.split_at_checked(LENGTH)?;
    let shaped = id
        .bytes()
        .enumerate()
        .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() });
    shaped.then(|| rest.strip_prefix(' ')).flatten().map(|rest| (id, rest))
}

/// `query Get { .. }, Operation: Get, Variables: {..}`
fn take_query<'a>(text: &'a str, log: &mut Log<'a>) {
    let (document, rest) = text.rsplit_once(", Operation: ").unwrap_or((text, ""));
    log.text(attribute::GRAPHQL_DOCUMENT, document);
    let (operation, variables) = rest.split_once(", Variables: ").unwrap_or((rest, ""));
    if operation != "null" {
        log.text(attribute::GRAPHQL_OPERATION_NAME, operation);
    }
    if variables != "{}" {
        log.text("aws.appsync.variables", variables);
    }
}

/// ` - Type Name: Query and Field Name: getPost`
fn take_field<'a>(text: &'a str, log: &mut Log<'a>) {
    let field = text.strip_prefix(" - Type Name: ").and_then(|rest| rest.split_once(" and Field Name: "));
    if let Some((parent, field)) = field {
        log.text("aws.appsync.parent_type", parent);
        log.text("aws.appsync.field_name", field);
    }
}

#[cfg(test)]
mod tests {
    use crate::record::normalize::tests::Given;

    fn told(message: &str) -> String {
        Given::new("/aws/appsync/apis/pmo28", &[message]).told().pop().unwrap()
    }

    #[test]
    fn the_summaries_and_traces_of_the_guide_are_read() {
        for (message, expected) in [
            (
                r#"{"logType":"RequestSummary","requestId":"dbe87af3","graphQLAPIId":"pmo28","statusCode":200,"latency":242000000}"#,
                "9  | \"RequestSummary 200 242 ms\" | aws.request_id=\"dbe87af3\" aws.appsync.api.id=\"pmo28\" \
                 http.response.status_code=200 aws.appsync.latency=242000000",
            ),
            (
                r#"{"duration":216820346,"logType":"Tracing","path":["putItem"],"fieldName":"putItem","startOffset":178156,
                    "requestId":"dbe87af3","parentType":"Mutation","returnType":"Item","graphQLAPIId":"pmo28"}"#,
                "0  | \"Tracing Mutation.putItem 216 ms\" | aws.request_id=\"dbe87af3\" aws.appsync.api.id=\"pmo28\" \
                 aws.appsync.duration=216820346 aws.appsync.path=[\"putItem\"] aws.appsync.field_name=\"putItem\" \
                 aws.appsync.start_offset=178156 aws.appsync.parent_type=\"Mutation\" aws.appsync.return_type=\"Item\"",
            ),
            (
                r#"{"logType":"ResponseMapping","fieldName":"f","fieldInError":true,"errors":[{"message":"denied"}],"graphQLAPIId":"p"}"#,
                "17  | \"ResponseMapping f: denied\" | aws.appsync.api.id=\"p\" aws.appsync.field_name=\"f\" \
                 aws.appsync.field_in_error=true aws.appsync.errors=[{message:\"denied\"}]",
            ),
        ] {
            assert_eq!(told(message), format!("aws.appsync {expected}"));
        }
        assert!(
            told(r#"{"logType":"RequestSummary","graphQLAPIId":"p","statusCode":401}"#).starts_with("aws.appsync 13 ")
        );
    }

    #[test]
    fn lines_belong_to_their_request() {
        let id = "dbe87af3-c114-4b32-ae79-8af11f3f96f1";
        for (text, expected) in [
            ("Begin Request", ""),
            ("Tokens Consumed: 3", " aws.appsync.tokens_consumed=3"),
            (
                "GraphQL Query: query Get { a }, Operation: Get, Variables: {\"b\":1}",
                " graphql.document=\"query Get { a }\" graphql.operation.name=\"Get\" aws.appsync.variables=\"{\\\"b\\\":1}\"",
            ),
            (
                "Begin Execution - Type Name: Query and Field Name: getPost",
                " aws.appsync.parent_type=\"Query\" aws.appsync.field_name=\"getPost\"",
            ),
        ] {
            let line = format!("{id} {text}");
            assert_eq!(told(&line), format!("aws.appsync 0  | {line:?} | aws.request_id=\"{id}\"{expected}"));
        }
    }

    #[test]
    fn lines_of_other_programs_stay_text() {
        for line in [
            "dbe87af3-c114-4b32-ae79-8af11f3f96f1 hello",
            "dbe87af3 Begin Request",
            "dbe87af3-c114-4b32-ae79-8af11f3f96f\u{e9}",
        ] {
            assert!(told(line).starts_with("aws.cloudwatch "), "{line}");
        }
    }
}
