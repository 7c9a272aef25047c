//! Exceptions inside of what functions log: as objects (`errorType`, `errorMessage`, `stackTrace`) and as text.
//!
//! Sources: Lambda developer guide, the pages "Log and monitor ... Lambda functions" of each runtime; the runtime interface
//! clients for what they write of an error that no handler caught.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::record::attribute;
use crate::record::format::text::TRACEBACK;
use crate::record::log::Log;
use crate::record::value::{Members, Value};

/// How frames of a stack trace begin: Java, Node and .NET.
const FRAMES: [&str; 3] = ["\n\tat ", "\n    at ", "\n   at "];

/// Takes the members of an exception out, where the object has them, and gives it as `Type: message`.
pub fn take_members<'a>(members: &mut Members<'a>, log: &mut Log<'a>, bump: &'a Bump) -> Option<&'a str> {
    const STACKS: [&str; 3] = ["stackTrace", "stack", "trace"];
    if members.text("errorType").is_empty() {
        return None;
    }
    let class = members.take_text("errorType")?;
    let message = members.take_text("errorMessage").unwrap_or_default();
    let stack = STACKS.iter().find_map(|key| {
        let text = joined(members.get(key)?, bump)?;
        let _ = members.take(key);
        Some(text)
    });
    put(class, message, stack.unwrap_or_default(), log);
    Some(if message.is_empty() { class } else { bumpalo::format!(in bump, "{class}: {}", message).into_bump_str() })
}

/// Lines of a stack trace as one text; `None` where they are no lines.
fn joined<'a>(stack: Value<'a>, bump: &'a Bump) -> Option<&'a str> {
    if let Value::Text(text) = stack {
        return Some(text);
    }
    let mut text = String::new_in(bump);
    for line in stack.list() {
        let line = line.text()?;
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line.strip_suffix('\n').unwrap_or(line));
    }
    (!text.is_empty()).then(|| text.into_bump_str())
}

fn put<'a>(class: &'a str, message: &'a str, stack: &'a str, log: &mut Log<'a>) {
    log.text(attribute::ERROR_TYPE, class);
    log.text(attribute::EXCEPTION_TYPE, class);
    log.text(attribute::EXCEPTION_MESSAGE, message);
    log.text(attribute::EXCEPTION_STACKTRACE, stack);
}

/// Finds an exception in a text of several lines, as runtimes print them. The text stays the body.
pub fn find<'a>(text: &'a str, log: &mut Log<'a>) -> bool {
    if !text.contains('\n') {
        return false;
    }
    let found = frames(text).or_else(|| traceback(text));
    if let Some((class, message, stack)) = found {
        put(class, message, stack, log);
    }
    found.is_some()
}

type Found<'a> = (&'a str, &'a str, &'a str);

/// The line before the first frame names the exception.
fn frames(text: &str) -> Option<Found<'_>> {
    let at = FRAMES.iter().filter_map(|frame| text.find(frame)).min()?;
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let (class, message) = named_within(text.get(start..at)?)?;
    Some((class, message, text.get(start..)?))
}

/// Python's runtime names the exception in front of the trace, Python itself behind it.
fn traceback(text: &str) -> Option<Found<'_>> {
    let at = text.find(TRACEBACK)?;
    let (front, trace) = text.split_at(at);
    let named_in_front = front.strip_suffix('\n').and_then(|front| named(front.rsplit('\n').next()?));
    let (class, message) = named_in_front.or_else(|| trace.trim_end().rsplit('\n').find_map(named_at_start))?;
    Some((class, message, trace))
}

/// A line of a traceback that is not indented.
fn named_at_start(line: &str) -> Option<(&str, &str)> {
    named(line).filter(|_| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The same behind some words: `order failed: TypeError: text`. Only where frames follow, which make it sure.
fn named_within(line: &str) -> Option<(&str, &str)> {
    const WORDS_MAX: usize = 8;
    let mut rest = line;
    for _ in 0..WORDS_MAX {
        let word = rest.split(": ").next()?.rsplit(' ').next()?;
        let at = rest.find(word)?;
        if let Some(found) = named(rest.get(at..)?) {
            return Some(found);
        }
        rest = rest.split_once(": ")?.1;
    }
    None
}

/// `ValueError: text`, `java.lang.IllegalStateException: text`, `Exception in thread "main" java.lang.Error`.
pub fn named(line: &str) -> Option<(&str, &str)> {
    const ENDS: [&str; 7] = ["Error", "Exception", "Throwable", "Exit", "Interrupt", "Fault", "Failure"];
    let line = line.trim_end();
    let (class, message) = line.split_once(": ").unwrap_or((line.strip_suffix(':').unwrap_or(line), ""));
    let class = class.rsplit_once("\" ").map_or(class, |(_, class)| class).trim_start();
    let shaped = class.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$'));
    (shaped && ENDS.iter().any(|end| class.ends_with(end))).then_some((class, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_an_exception_is_told_from_words() {
        for (line, expected) in [
            ("ValueError: no stock", Some(("ValueError", "no stock"))),
            ("java.lang.IllegalStateException", Some(("java.lang.IllegalStateException", ""))),
            ("Exception in thread \"main\" java.lang.Error: x", Some(("java.lang.Error", "x"))),
            (
                "Runtime.ImportModuleError: Unable to import module 'app'",
                Some(("Runtime.ImportModuleError", "Unable to import module 'app'")),
            ),
            ("an error occurred: x", None),
            ("retrying after Error: x", None),
            ("", None),
        ] {
            assert_eq!(named(line), expected, "{line}");
        }
    }

    #[test]
    fn an_exception_is_found_behind_the_words_of_a_logger() {
        for front in ["", "order failed: ", "order failed ", "Uncaught: order 7: "] {
            let text = format!("first line\n{front}TypeError: a: b\n    at f (a.js:1:1)");
            let (class, message, stack) = frames(&text).unwrap();
            assert_eq!((class, message), ("TypeError", "a: b"), "{front}");
            assert_eq!(stack, format!("{front}TypeError: a: b\n    at f (a.js:1:1)"));
        }
        assert_eq!(frames("nothing known\n    at f (a.js:1:1)"), None);
    }

    #[test]
    fn traces_of_python_name_their_exception_in_front_or_behind() {
        let behind = format!("{TRACEBACK}\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'\n");
        assert_eq!(traceback(&behind).map(|(class, message, _)| (class, message)), Some(("KeyError", "'x'")));
        let in_front = format!("KeyError: 'x'\n{TRACEBACK}\n  File \"a.py\", line 1, in f");
        assert_eq!(traceback(&in_front).map(|(class, message, _)| (class, message)), Some(("KeyError", "'x'")));
    }
}
