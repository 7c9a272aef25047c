//! Where a JSON object ends, without parsing it.

use std::io;

use super::window::Window;

/// What one look further adds.
const STEP_BYTES: usize = 256 * 1024;

/// Where the object at the unread bytes ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// After so many bytes, which are at hand.
    At(usize),
    /// The layer ends first.
    Never,
    /// Not within the limit.
    TooFar,
}

pub(super) fn object_end(window: &mut Window, bytes_max: usize) -> io::Result<End> {
    let mut scanner = Scanner::default();
    let mut scanned = 0;
    loop {
        let more = window.fill(scanned + STEP_BYTES)?;
        if let Some(end) = scanner.feed(&window.data()[scanned..]) {
            let end = scanned + end;
            return Ok(if end <= bytes_max { End::At(end) } else { End::TooFar });
        }
        scanned = window.data().len();
        if scanned > bytes_max {
            return Ok(End::TooFar);
        }
        if !more {
            return Ok(End::Never);
        }
    }
}

/// Follows braces outside of strings.
#[derive(Default)]
struct Scanner {
    depth: u64,
    state: State,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Plain,
    Text,
    Escape,
}

impl Scanner {
    /// How many of `bytes` belong to the object, once its last brace is among them.
    fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Escape => {
                    self.state = State::Text;
                    at += 1;
                }
                State::Text => {
                    let found = memchr::memchr2(b'"', b'\\', &bytes[at..])?;
                    at += found + 1;
                    self.state = if bytes[at - 1] == b'"' { State::Plain } else { State::Escape };
                }
                State::Plain => {
                    let found = memchr::memchr3(b'"', b'{', b'}', &bytes[at..])?;
                    at += found + 1;
                    match bytes[at - 1] {
                        b'"' => self.state = State::Text,
                        b'{' => self.depth += 1,
                        _ => self.depth = self.depth.saturating_sub(1),
                    }
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn end(text: &str) -> End {
        object_end(&mut Window::new(Box::new(Cursor::new(text.to_owned()))), 100).unwrap()
    }

    #[test]
    fn braces_in_texts_do_not_count() {
        assert_eq!(end(r#"{"a":"}\"}"}{"#), End::At(12));
        assert_eq!(end(r#"{"a":{"b":{}}} "#), End::At(14));
    }

    #[test]
    fn an_object_that_does_not_end_is_told() {
        assert_eq!(end(r#"{"a":"}"#), End::Never);
        assert_eq!(end(&format!("{{{}}}", " ".repeat(99))), End::TooFar);
    }

    proptest! {
        #[test]
        fn the_end_is_the_same_however_the_bytes_come(texts in prop::collection::vec(any::<String>(), 1..4), cut in any::<prop::sample::Index>()) {
            let object = serde_json::to_string(&serde_json::json!({"texts": texts, "more": {"of": texts}})).unwrap();
            let bytes = format!("{object}{object}").into_bytes();
            let cut = cut.index(object.len());
            let mut scanner = Scanner::default();
            prop_assert_eq!(scanner.feed(&bytes[..cut]), None);
            prop_assert_eq!(scanner.feed(&bytes[cut..]).map(|end| end + cut), Some(object.len()));
        }
    }
}
