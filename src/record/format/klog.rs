//! The header of klog and glog: `I0409 12:00:00.000000      10 controller.go:123] Updating`, as Kubernetes writes it.
//!
//! Level, time, thread and code location leave the line, and the text stays. Where the header's time is not the record's,
//! the whole line stays the body, so that it is not lost. Structured text, `"Updated" pod="a/b" status="ready"`, gives its
//! text to the body and its pairs to attributes.
//!
//! Source: klog, `klog.go`, the header of its lines; Kubernetes documentation, "System Logs".

use super::logfmt::pairs;
use super::{Format, Shape, logger};
use crate::config::FormatName;
use crate::json::Scanner;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::time::parse_klog;

/// Lines of Kubernetes' components.
pub const FORMAT: Format = Format {
    name: FormatName::Klog,
    encoding: "aws.cloudwatch",
    shape: Shape::Line { starts: |byte| matches!(byte, b'I' | b'W' | b'E' | b'F'), parse },
    continues: Some(super::text::continues),
};

/// The parts of a header, and the text behind it.
struct Header<'a> {
    letter: &'a str,
    severity: Severity,
    time: &'a str,
    thread: &'a str,
    file: &'a str,
    line: i64,
    text: &'a str,
}

fn header(line: &str) -> Option<Header<'_>> {
    const TIME_BYTES: usize = "0409 12:00:00.000000".len();
    const FILE_BYTES_MAX: usize = 256;
    let severity = match line.as_bytes().first()? {
        b'I' => Severity::INFO,
        b'W' => Severity::WARN,
        b'E' => Severity::ERROR,
        b'F' => Severity::FATAL,
        _ => return None,
    };
    let (letter, rest) = line.split_at_checked(1)?;
    let (time, rest) = rest.split_at_checked(TIME_BYTES)?;
    let shaped = time.bytes().enumerate().all(|(at, b)| match at {
        4 => b == b' ',
        7 | 10 => b == b':',
        13 => b == b'.',
        _ => b.is_ascii_digit(),
    });
    if !shaped {
        return None;
    }
    let (thread, rest) = rest.trim_ascii_start().split_once(' ')?;
    let end = rest.bytes().take(FILE_BYTES_MAX).position(|b| b == b']')?;
    let (place, text) = rest.split_at_checked(end)?;
    let (file, number) = place.rsplit_once(':')?;
    let text = text.strip_prefix(']').map(|text| text.strip_prefix(' ').unwrap_or(text))?;
    let threaded = !thread.is_empty() && thread.bytes().all(|b| b.is_ascii_digit());
    threaded.then_some(Header { letter, severity, time, thread, file, line: number.parse().ok()?, text })
}

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some(header) = header(line) else { return false };
    let log = &mut draft.log;
    log.severity = header.severity;
    log.severity_text = header.letter;
    let near = log.time.unwrap_or(log.observed);
    let timed = parse_klog(header.time, near).is_some_and(|time| log.finer_zoneless_time(time));
    log.number(attribute::THREAD_ID, header.thread);
    log.text(attribute::CODE_FILE_PATH, header.file);
    log.attribute(attribute::CODE_LINE_NUMBER, Value::Int(header.line));
    let text = structured(header.text, draft, context).unwrap_or(header.text);
    if timed {
        draft.log.body = Value::Text(text);
    }
    true
}

/// The text of a structured line, whose pairs became attributes.
fn structured<'a>(text: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> Option<&'a str> {
    if !text.starts_with('"') {
        return None;
    }
    let mut scanner = Scanner::new(text);
    let message = scanner.string().ok()?.resolve(context.bump);
    let rest = text.get(scanner.position()..)?;
    let pairs = if rest.is_empty() { return Some(message) } else { pairs(rest.strip_prefix(' ')?, context.bump)? };
    let log = &mut draft.log;
    let taken = logger::take(pairs, &[], log, context.bump);
    log.attributes.extend(taken.rest);
    // A pair that looks like a text is one beside the text.
    if let Some(other) = taken.text {
        log.attribute("message", Value::Text(other));
    }
    Some(message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::{Given, attributes, normalized, show};

    const LINE: &str = "W0305 16:30:36.115000      10 reflector.go:302] watch of *v1.Pod ended with: too old";

    fn told(line: &str) -> String {
        Given::new("/aws/eks/prod/cluster", &[line]).told().concat()
    }

    #[test]
    fn the_header_goes_to_its_places() {
        assert_eq!(
            told(LINE),
            "aws.cloudwatch 13 W | \"watch of *v1.Pod ended with: too old\" | thread.id=10 \
             code.file.path=\"reflector.go\" code.line.number=302"
        );
        normalized(LINE, |log| assert_eq!(log.time.unwrap().to_string(), "2020-03-05T16:30:36.115Z"));
    }

    #[test]
    fn a_time_that_is_not_the_records_stays_in_the_body() {
        let line = "E0409 12:00:00.000000       1 a.go:1] x";
        assert_eq!(
            told(line),
            format!("aws.cloudwatch 17 E | {line:?} | thread.id=1 code.file.path=\"a.go\" code.line.number=1")
        );
    }

    #[test]
    fn structured_text_gives_its_pairs_to_attributes() {
        let line = "I0305 16:30:36.115000       1 a.go:116] \"Pod status \\\"updated\\\"\" pod=\"kube-system/kubedns\" status=\"ready\" n=3";
        assert_eq!(
            told(line),
            "aws.cloudwatch 9 I | \"Pod status \\\"updated\\\"\" | thread.id=1 code.file.path=\"a.go\" \
             code.line.number=116 pod=\"kube-system/kubedns\" status=\"ready\" n=3"
        );
        let half = "I0305 16:30:36.115000       1 a.go:116] \"Pod\" is what it says";
        assert!(told(half).contains(r#"| "\"Pod\" is what it says" |"#), "{}", told(half));
    }

    #[test]
    fn what_only_looks_like_a_header_stays_text() {
        for line in [
            "I0409 12:00:00.000000 main.go:123] x",
            "I0409 12:00:00.000000 10 main.go] x",
            "I0409 12:00:00 10 main.go:1] x",
            "It is 12:00",
            "E",
            "F0409 12:00:00.000000 10 main.go:\u{e9}] x",
        ] {
            normalized(line, |log| assert_eq!((log.body, log.attributes.len()), (Value::Text(line), 0)));
        }
    }

    proptest! {
        #[test]
        fn changed_lines_do_not_panic_and_lose_no_word(at in 0..LINE.len(), with in "[ -~\u{e9}]{0,3}") {
            let line = format!("{}{with}{}", &LINE[..at], &LINE[at + 1..]);
            normalized(&line, |log| {
                let told = format!("{} {}", show(&log.body), attributes(log));
                assert!(told.contains("too old") || at > 75, "{line}: {told}");
            });
        }
    }
}
