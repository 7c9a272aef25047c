//! Plain text: the line is the body, and the level is read from its known places.

use super::{Format, Shape, without_newline};
use crate::config::FormatName;
use crate::record::draft::Draft;
use crate::record::severity;
use crate::record::value::Value;

/// Takes what no other format takes.
pub const FORMAT: Format = Format {
    name: FormatName::Text,
    encoding: "aws.cloudwatch",
    shape: Shape::Line {
        starts: |_| true,
        parse: |line, draft, _| {
            level(line, draft);
            true
        },
    },
    continues: Some(continues),
};

/// How Python begins a trace.
pub const TRACEBACK: &str = "Traceback (most recent call last):";

/// Every message is text.
pub fn parse<'a>(message: &'a str, draft: &mut Draft<'a>) {
    let line = without_newline(message);
    draft.log.body = Value::Text(line);
    level(line, draft);
}

fn level<'a>(line: &'a str, draft: &mut Draft<'a>) {
    if let Some((severity, word)) = severity::of_text(line) {
        draft.log.severity = severity;
        draft.log.severity_text = word;
    }
}

/// Frames and causes of a stack trace, as Java, Python, .NET, Node and Ruby write them.
pub fn continues(first: &str, last: &str, line: &str) -> bool {
    const STARTS: [&str; 5] = ["Caused by: ", "Suppressed: ", "During handling of the above", "\t... ", "    at "];
    let indented = line.starts_with([' ', '\t']);
    STARTS.iter().any(|start| line.starts_with(start))
        || (indented && !line.trim_ascii().is_empty())
        || closes_traceback(first, last, line)
}

/// Whether a line names the exception below the frames of Python, which alone writes it there: `KeyError: 'x'`.
pub fn closes_traceback(first: &str, last: &str, line: &str) -> bool {
    let above = last.trim_start_matches([' ', '\t', '\u{a0}']);
    let below_frame = above.len() < last.len() && !["at ", "... ", "from "].iter().any(|it| above.starts_with(it));
    let name = line.trim_ascii_end().split(": ").next().unwrap_or_default();
    let traced = || first.trim_ascii_start().starts_with(TRACEBACK);
    below_frame && severity::is_class(name) && (name.ends_with("Error") || name.ends_with("Exception") || traced())
}

#[cfg(test)]
mod tests {
    use crate::inflate::Inflater;
    use crate::record::normalize::tests::Given;

    #[test]
    fn broker_logs_of_msk_are_text_with_a_level() {
        let zipped = include_bytes!("../../../tests/data/promtail/testdata/msklog.log.gz");
        let mut log = Vec::new();
        Inflater::default().inflate(zipped, 4096, &mut log).unwrap();
        let lines: Vec<_> = std::str::from_utf8(&log).unwrap().lines().collect();
        assert_eq!(
            Given::new("/acme/msk", &lines).told(),
            [
                r#"aws.cloudwatch 9 INFO | "[2025-07-04 11:57:55,836] INFO AdminClientConfig values:" | "#,
                r#"aws.cloudwatch 9 INFO | "[2025-07-04 11:57:55,839] INFO Kafka version: 4.0.0 (org.apache.kafka.common.utils.AppInfoParser)" | "#,
            ]
        );
    }
}
