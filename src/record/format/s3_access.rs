//! Server access logs of S3: one line a request, made of fields that are separated by spaces.
//!
//! `79a59d... bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59d... 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET ..." 200 ...`
//! Fields are only ever added at the end of a line, and a line that ends early has what it has.
//!
//! Source: Amazon S3 user guide, "Amazon S3 server access log format".

use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::Fields;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::request;
use crate::record::log::Log;
use crate::record::value::Value;
use crate::time::parse_clf;

/// Takes lines that begin with the canonical id of the bucket's owner, and go on with a bucket and a time.
pub const FORMAT: Format = Format {
    name: FormatName::S3Access,
    encoding: "aws.s3access",
    shape: Shape::Line { starts: |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'), parse },
    continues: None,
};

/// Length of a canonical user id.
const OWNER_DIGITS: usize = 64;

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    if line.as_bytes().get(OWNER_DIGITS) != Some(&b' ') {
        return false;
    }
    let mut fields = Fields::new(line);
    let (owner, bucket) = (fields.text(), fields.text());
    let Some(time) = parse_clf(fields.text()) else { return false };
    if !owner.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let log = &mut draft.log;
    log.coarse_time(time);
    log.text(attribute::S3_BUCKET, bucket);
    log.text(attribute::S3_OWNER, owner);
    log.text(attribute::SOURCE_ADDRESS, fields.text());
    log.text(attribute::USER_ID, fields.text());
    log.text(attribute::REQUEST_ID, fields.text());
    log.text(attribute::RPC_METHOD, fields.text());
    log.text(attribute::S3_KEY, fields.text());
    let (method, url, protocol) = request::request_line(fields.next().unwrap_or_default().resolve(context.bump));
    log.text(attribute::HTTP_REQUEST_METHOD, method);
    request::url_parts(log, url);
    request::protocol(log, protocol);
    response(&mut fields, log, context);
    log.text(attribute::S3_UNKNOWN_FIELDS, fields.rest());
    true
}

/// Everything from the status on.
fn response<'a>(fields: &mut Fields<'a>, log: &mut Log<'a>, context: &Context<'a>) {
    request::status(log, fields.text());
    log.text(attribute::ERROR_TYPE, fields.text());
    log.number(attribute::HTTP_RESPONSE_BODY_SIZE, fields.text());
    log.number(attribute::S3_OBJECT_SIZE, fields.text());
    log.number(attribute::DURATION, fields.text());
    log.number(attribute::S3_TURN_AROUND_TIME, fields.text());
    let referer = fields.next().unwrap_or_default().resolve(context.bump);
    request::header(log, attribute::REFERER, context.bump, referer);
    log.text(attribute::USER_AGENT_ORIGINAL, fields.next().unwrap_or_default().resolve(context.bump));
    log.text(attribute::S3_VERSION_ID, fields.text());
    log.text(attribute::EXTENDED_REQUEST_ID, fields.text());
    log.text(attribute::SIGNATURE_VERSION, fields.text());
    log.text(attribute::TLS_CIPHER, fields.text());
    log.text(attribute::S3_AUTH_TYPE, fields.text());
    request::header(log, attribute::HTTP_REQUEST_HEADER_HOST, context.bump, fields.text());
    request::tls_version(log, fields.text());
    log.text(attribute::S3_ACCESS_POINT_ARN, fields.text());
    match fields.text() {
        "Yes" => log.attribute(attribute::S3_ACL_REQUIRED, Value::Bool(true)),
        other => log.text(attribute::S3_ACL_REQUIRED, other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::record::format::tool::request::tests::{mutated, told};
    use crate::record::normalize::tests::Given;

    macro_rules! sample {
        ($file:literal) => {
            include_str!(concat!(
                "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/s3-access-log/testdata/",
                $file
            ))
        };
    }
    const VALID: &str = sample!("valid_s3_access_log.log");

    /// What differs from the Collector's expectation: bucket and owner are the record's, since a payload may hold
    /// lines of several; headers are lists, as in the conventions.
    #[test]
    fn a_line_has_all_its_fields() {
        assert_eq!(
            told("", VALID.trim_end()),
            [
                "aws.s3access 9",
                r#"aws.s3.bucket="amzn-s3-demo-bucket1""#,
                r#"aws.s3.owner="79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be""#,
                r#"source.address="192.0.2.3""#,
                r#"user.id="79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be""#,
                r#"aws.request_id="3E57427F3EXAMPLE""#,
                r#"rpc.method="REST.GET.VERSIONING""#,
                r#"http.request.method="GET""#,
                r#"url.path="/amzn-s3-demo-bucket1""#,
                r#"url.query="versioning""#,
                r#"network.protocol.name="http""#,
                r#"network.protocol.version="1.1""#,
                "http.response.status_code=200",
                "http.response.body.size=113",
                "duration=7",
                r#"user_agent.original="S3Console/0.4""#,
                r#"aws.extended_request_id="s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234=""#,
                r#"aws.signature.version="SigV4""#,
                r#"tls.cipher="ECDHE-RSA-AES128-GCM-SHA256""#,
                r#"aws.s3.auth_type="AuthHeader""#,
                r#"http.request.header.host=["amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com"]"#,
                r#"tls.protocol.version="1.2""#,
                r#"aws.s3.access_point.arn="arn:aws:s3:us-west-1:123456789012:accesspoint/example-AP""#,
                "aws.s3.acl_required=true",
            ]
        );
    }

    #[test]
    fn a_request_that_is_not_known_has_no_method_and_no_path() {
        let told = told("", sample!("unknown_request_uri.log").trim_end());
        assert_eq!(told[6..8], [r#"rpc.method="REST.GET.VERSIONING""#, "http.response.status_code=200"]);
    }

    #[test]
    fn a_line_that_ends_early_has_what_it_has() {
        let told = told("", sample!("too_few_values.log").trim_end());
        assert_eq!(told.len(), 13);
        assert_eq!(told.last().map(String::as_str), Some("http.response.status_code=200"));
    }

    #[test]
    fn fields_to_come_are_kept() {
        let told = told("", sample!("too_many_values.log").trim_end());
        assert_eq!(told.last().map(String::as_str), Some(r#"aws.s3.unknown_fields="TooMany""#));
        assert_eq!(told.len(), 25);
    }

    #[test]
    fn an_error_has_its_code_and_a_severity() {
        let line = VALID.replace("\" 200 - 113", "\" 404 NoSuchKey 113");
        let told = told("", line.trim_end());
        assert_eq!(told[0], "aws.s3access 13");
        assert!(told.iter().any(|it| it == r#"error.type="NoSuchKey""#), "{told:?}");
    }

    #[test]
    fn quotes_in_a_user_agent_that_s3_does_not_escape_end_nothing() {
        let line = VALID.replace("S3Console/0.4", r#"My "quoted"agent"#);
        let told = told("", line.trim_end());
        assert!(told.iter().any(|it| it == r#"user_agent.original="My \"quoted\"agent""#), "{told:?}");
    }

    #[test]
    fn lines_of_other_writers_stay_text() {
        let owner = &VALID[..64];
        for line in [format!("{owner} is the digest"), format!("{owner} a [06/Feb/2019] b"), "79a5 b".to_owned()] {
            assert_eq!(told("", &line), ["aws.cloudwatch 0"]);
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic_and_the_body_is_the_line(line in mutated(VALID)) {
            Given::new("", &[&line]).check(|draft| {
                assert_eq!(draft.log.body.text(), Some(super::super::without_newline(&line)));
            });
        }
    }
}
