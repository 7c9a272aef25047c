//! Server access logs of S3: one line a request, made of fields that are separated by spaces.
//!
//! `79a59d... bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59d... 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET ..." 200 ...`
//! Fields are only ever added at the end of a line, and a line that ends early has what it has.
//!
//! Source: Amazon S3 user guide, "Amazon S3 server access log format".

use super::request;
use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::Fields;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::value::Value;

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
    let time = request::clf_time(fields.text());
    if time.is_none() || !owner.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let log = &mut draft.log;
    request::whole_seconds(log, time);
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
    request::header(log, attribute::HTTP_REQUEST_HEADER_REFERER, context.bump, referer);
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
    use super::*;
    use crate::record::normalize::tests::Given;
    fn told(line: &str) -> String {
        let told = Given::new("", &[line]).told().remove(0);
        let (head, attributes) = told.split_once(&format!(" | {line:?} | ")).expect("the body is the line");
        format!("{head} | {attributes}")
    }
    #[test]
    fn show() {
        for l in [VALID, FEW, MANY, UNKNOWN] {
            println!("{}", told(l.trim_end()));
        }
    }
    macro_rules! sample {
        ($file:literal) => {
            include_str!(concat!(
                "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/s3-access-log/testdata/",
                $file
            ))
        };
    }
    const VALID: &str = sample!("valid_s3_access_log.log");
    const FEW: &str = sample!("too_few_values.log");
    const MANY: &str = sample!("too_many_values.log");
    const UNKNOWN: &str = sample!("unknown_request_uri.log");
}
