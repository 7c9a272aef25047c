//! logfmt: `time="2024-01-01T00:00:00Z" level=info msg="access granted" client=127.0.0.1:39696`, as Go's loggers, the
//! authenticator of EKS and many others write.
//!
//! A line is of this format where it is nothing but pairs, at least two, the first of them at its very front. So a sentence
//! that holds `a=b` stays text. The text (`msg`, or what the configuration names) becomes the body; where there is none, it
//! is the line. A bare number is a number, where it is printed again as it was written.
//!
//! Source: kr/logfmt, package documentation; Go, `slog.TextHandler`; logrus, `TextFormatter`.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::{Format, Shape, logger};
use crate::config::FormatName;
use crate::json::Scanner;
use crate::record::draft::{Context, Draft};
use crate::record::value::{Attribute, Value};

/// Lines of nothing but pairs.
pub const FORMAT: Format = Format {
    name: FormatName::Logfmt,
    encoding: "aws.cloudwatch",
    shape: Shape::Line { starts: |byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'@'), parse },
    continues: None,
};

/// A line of more pairs than this stays text: no logger writes so many, and attributes cost more than bytes.
const PAIRS_MAX: usize = 256;

/// No key is longer than this.
const KEY_BYTES_MAX: usize = 128;

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some(pairs) = pairs(line, context.bump).filter(|pairs| pairs.len() >= 2) else { return false };
    let log = &mut draft.log;
    let taken = logger::take(pairs, &context.settings.message_keys, log, context.bump);
    if let Some(text) = taken.text {
        log.body = Value::Text(text);
    }
    log.attributes.extend(taken.rest);
    true
}

/// The pairs of a text that holds nothing else.
pub(super) fn pairs<'a>(text: &'a str, bump: &'a Bump) -> Option<Vec<'a, Attribute<'a>>> {
    let (_, _) = key(text)?;
    let mut pairs = Vec::new_in(bump);
    let mut rest = text.trim_ascii_end();
    while !rest.is_empty() {
        let (key, after) = key(rest)?;
        let (value, after) = value(key, after, bump)?;
        pairs.push(Attribute { key, value });
        rest = after.trim_ascii_start();
        if pairs.len() > PAIRS_MAX || (!rest.is_empty() && rest.len() == after.len()) {
            return None;
        }
    }
    Some(pairs)
}

/// The key in front, and what follows its `=`.
fn key(text: &str) -> Option<(&str, &str)> {
    let is_key = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'/' | b':');
    let length = text.as_bytes().iter().take(KEY_BYTES_MAX).take_while(|b| is_key(b)).count();
    let (key, rest) = text.split_at_checked(length)?;
    let after = rest.strip_prefix('=')?;
    (!key.is_empty()).then_some((key, after))
}

/// The value in front, quoted or up to the next blank, and what follows it.
fn value<'a>(key: &str, text: &'a str, bump: &'a Bump) -> Option<(Value<'a>, &'a str)> {
    if text.starts_with('"') {
        let mut scanner = Scanner::new(text);
        let quoted = scanner.string().ok()?.resolve(bump);
        return Some((Value::Text(quoted), text.get(scanner.position()..)?));
    }
    let end = text.find([' ', '\t', '\n', '\r']).unwrap_or(text.len());
    let (bare, after) = text.split_at_checked(end)?;
    // What loggers know is read from its text; digits of a trace id are no number.
    let value = if logger::is_known(key) { Value::Text(bare) } else { bare_value(bare) };
    Some((value, after))
}

/// A number that is printed as it was written, a truth, or a text.
fn bare_value(text: &str) -> Value<'_> {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => whole(text).or_else(|| fraction(text)).unwrap_or(Value::Text(text)),
    }
}

fn whole(text: &str) -> Option<Value<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first: char| matches!(first, '1'..='9')) || text == "0";
    (plain && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok().map(Value::Int))?
}

/// Digits with a fraction that a double holds exactly enough to print them again.
fn fraction(text: &str) -> Option<Value<'_>> {
    const DIGITS_MAX: usize = 15;
    let (front, back) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let plain = digits(front) && digits(back) && front.len() + back.len() <= DIGITS_MAX;
    let shortest = (front == "0" || !front.starts_with('0')) && (back == "0" || !back.ends_with('0'));
    (plain && shortest).then(|| text.parse().ok().map(Value::Double))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::{Given, attributes, normalized, show};
    use crate::time::Timestamp;

    fn told(line: &str) -> String {
        Given::new("/aws/eks/prod/cluster", &[line]).told().concat()
    }

    #[test]
    fn lines_of_the_authenticator_of_eks() {
        let line = r#"time="2020-03-05T16:30:36Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/admin" client="127.0.0.1:39696" groups="[system:masters]" method=POST path=/authenticate uid="aws-iam-authenticator:111122223333:AROA" username=admin"#;
        assert_eq!(
            told(line),
            r#"aws.cloudwatch 9 info | "access granted" | time="2020-03-05T16:30:36Z" arn="arn:aws:iam::111122223333:role/admin" client="127.0.0.1:39696" groups="[system:masters]" method="POST" path="/authenticate" uid="aws-iam-authenticator:111122223333:AROA" username="admin""#
        );
    }

    #[test]
    fn lines_of_the_loggers_of_go() {
        normalized(
            r#"time=2020-03-05T16:30:36.115Z level=ERROR source=/app/main.go:9 msg="no \"stock\"" count=3 ratio=0.5 ok=true trace_id=0af7651916cd43dd8448eb211c80319c"#,
            |log| {
                assert_eq!(log.time, Some(Timestamp::from_millis(1_583_425_836_115)));
                assert_eq!(show(&log.body), r#""no \"stock\"""#);
                assert_eq!(log.severity_text, "ERROR");
                assert_eq!(log.trace.trace_id[0], 0x0a);
                assert_eq!(
                    attributes(log),
                    r#"time="2020-03-05T16:30:36.115Z" source="/app/main.go:9" count=3 ratio=0.5 ok=true"#
                );
            },
        );
        assert_eq!(
            told("ts=2020-03-05T16:30:36.115Z caller=main.go:9 level=warn msg=slow dur=1.50s id=007"),
            "aws.cloudwatch 13 warn | \"slow\" | code.file.path=\"main.go\" code.line.number=9 \
             ts=\"2020-03-05T16:30:36.115Z\" dur=\"1.50s\" id=\"007\""
        );
    }

    #[test]
    fn without_a_text_the_body_is_the_line() {
        assert_eq!(
            told("at=info method=GET path=/ status=200 service=40ms"),
            "aws.cloudwatch 0  | \"at=info method=GET path=/ status=200 service=40ms\" | \
             at=\"info\" method=\"GET\" path=\"/\" status=200 service=\"40ms\""
        );
    }

    #[test]
    fn a_sentence_that_holds_pairs_stays_text() {
        for line in [
            "retrying a=b c=d",
            "a=b",
            "a=b and c=d",
            "key=\"unfinished text",
            "key=\"quoted\"more x=y",
            "url=http://example.com is slow",
            "=x y=z",
            "a",
        ] {
            normalized(line, |log| assert_eq!((log.body, log.attributes.len()), (Value::Text(line), 0), "{line}"));
        }
        let wide = "a=b ".repeat(PAIRS_MAX + 1);
        normalized(&wide, |log| assert!(log.attributes.is_empty()));
    }

    proptest! {
        #[test]
        fn numbers_are_printed_as_they_were_written(text in "-?[0-9]{1,18}(\\.[0-9]{1,9})?") {
            match bare_value(&text) {
                Value::Int(number) => prop_assert_eq!(number.to_string(), text),
                Value::Double(number) => prop_assert_eq!(format!("{number:?}"), text),
                Value::Text(same) => prop_assert_eq!(same, &text),
                Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => prop_assert!(false, "{}", text),
            }
        }

        #[test]
        fn every_value_ends_up_in_the_record(
            pairs in prop::collection::vec(("(msg|level|trace_id|caller|file|line|[a-z]{1,5})", "[a-z0-9:./]{1,12}"), 2..9)
        ) {
            let line = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<std::vec::Vec<_>>().join(" ");
            normalized(&line, |log| {
                let told = format!("{} {} {}", show(&log.body), log.severity_text, attributes(log));
                for (_, value) in &pairs {
                    let parts = value.rsplit_once(':');
                    assert!(
                        told.contains(value.as_str()) || parts.is_some_and(|(a, b)| told.contains(a) && told.contains(b)),
                        "{value} of {line} is not in {told}"
                    );
                }
            });
        }

        #[test]
        fn any_line_is_read_without_a_panic(line in "[a-z]{1,3}=[ -~\u{e9}\n\t]{0,60}") {
            normalized(&line, |_| {});
        }
    }
}
