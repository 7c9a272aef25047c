//! The shape of a message: what is left when that is masked by which two messages of one kind differ.
//!
//! `order 4711 of bob@example.com failed after 30s` becomes `order <n> of <email> failed after <n>s`. Numbers, ids, addresses,
//! times and quoted texts are masked; words stay, also those with a digit or two, such as `s3` and `http2`, and codes such
//! as `E1001` and `ORA-00942`. The same message has the same shape on every machine and in every version that keeps these
//! rules: keys of `first_seen` rules live for weeks.

/// Characters of a shape, at most.
const CHARS_MAX: usize = 256;

/// A quoted text that is longer is none: somewhere a quote was left open.
const QUOTED_CHARS_MAX: usize = 512;

/// The shape of a message, at most 256 characters.
#[must_use]
pub fn signature(message: &str) -> String {
    let mut masker = Masker { rest: message, before: ' ', out: String::with_capacity(CHARS_MAX), chars: 0 };
    while masker.chars < CHARS_MAX && masker.step() {}
    let Masker { mut out, .. } = masker;
    if let Some((end, _)) = out.char_indices().nth(CHARS_MAX) {
        out.truncate(end);
    }
    out.truncate(out.trim_end().len());
    out
}

struct Masker<'m> {
    rest: &'m str,
    /// The last character of the message that was taken.
    before: char,
    out: String,
    chars: usize,
}

impl<'m> Masker<'m> {
    /// Takes one token; whether there was one.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if first.is_whitespace() || first.is_control() {
            let rest = self.rest.trim_start_matches(|char: char| char.is_whitespace() || char.is_control());
            let blank = self.rest.len() - rest.len();
            let _ = self.take(blank);
            if !self.out.is_empty() {
                self.push(" ");
            }
        } else if let Some(length) = quoted(self.rest, self.before) {
            let text = self.take(length);
            self.quoted(text);
        } else if is_separator(first) {
            let text = self.take(first.len_utf8());
            self.push(text);
        } else {
            let length = self.rest.find(|char: char| char.is_whitespace() || char.is_control() || is_separator(char));
            let token = self.take(length.unwrap_or(self.rest.len()));
            self.token(token);
        }
        true
    }

    fn take(&mut self, length: usize) -> &'m str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.before = taken.chars().next_back().unwrap_or(self.before);
        taken
    }

    fn push(&mut self, text: &str) {
        // A date and a time are one time.
        if text == "<time>" && (self.out.ends_with("<time>") || self.out.ends_with("<time> ")) {
            return;
        }
        self.out.push_str(text);
        self.chars += text.chars().count();
    }

    /// The name of a JSON member stays; any other quoted text goes.
    fn quoted(&mut self, text: &str) {
        let inner = &text[1..text.len() - 1];
        let named = inner.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-' | '@'));
        if named && self.rest.trim_start().starts_with(':') && !inner.is_empty() {
            self.push(text);
            return;
        }
        let quote = &text[..1];
        self.push(quote);
        self.push("<text>");
        self.push(quote);
    }

    fn token(&mut self, token: &str) {
        let bare = token.trim_end_matches(['.', ':', '!', '?']);
        let (bare, tail) = token.split_at(bare.len());
        match whole(bare) {
            Some(mask) => self.push(mask),
            None => self.parts(bare),
        }
        self.push(tail);
    }

    /// Masks the words of a token, and what is left of a URL behind its question mark.
    fn parts(&mut self, token: &str) {
        let (token, query) = match token.split_once('?') {
            Some((path, query)) if path.contains('/') && !query.is_empty() => (path, "?<query>"),
            Some(_) | None => (token, ""),
        };
        let mut rest = token;
        let mut before = "";
        while !rest.is_empty() {
            let length = rest.find(|char: char| !char.is_alphanumeric()).unwrap_or(rest.len());
            if length == 0 {
                let (mark, behind) = rest.split_at(rest.chars().next().map_or(1, char::len_utf8));
                self.push(mark);
                rest = behind;
                continue;
            }
            let number = number_length(rest);
            let length = number.max(length);
            let uuid = rest.get(..36).filter(|text| is_uuid(text));
            let (word, behind) = rest.split_at(uuid.map_or(length, str::len));
            let joined = &token[..token.len() - rest.len()];
            if uuid.is_some() {
                self.push("<uuid>");
            } else if number == length {
                let code = is_code(before) && joined.ends_with('-');
                self.push(if code { word } else { "<n>" });
            } else {
                self.word(word, joined.ends_with('@'));
            }
            (before, rest) = (word, behind);
        }
        self.push(query);
    }

    fn word(&mut self, word: &str, behind_at: bool) {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let hex = word.strip_prefix("0x").unwrap_or(word);
        let is_hex = hex.bytes().all(|b| b.is_ascii_hexdigit());
        let long_hex = is_hex && digits > 0 && hex.len() >= if behind_at { 4 } else { 8 };
        if long_hex || (is_hex && hex.len() < word.len()) {
            self.push("<hex>");
        } else if digits == 0 {
            self.push(word);
        } else if word.starts_with(|first: char| first.is_ascii_digit()) {
            self.units(word);
        } else if digits >= 3 && !is_error_code(word) {
            self.push("<id>");
        } else {
            self.push(word);
        }
    }

    /// `30s` and `1m30s`: numbers go, units stay. What has more letters than a unit is an id.
    fn units(&mut self, word: &str) {
        const UNIT_BYTES_MAX: usize = 3;
        let mut letters = word.split(|char: char| char.is_ascii_digit());
        if !letters.all(|unit| unit.len() <= UNIT_BYTES_MAX && unit.bytes().all(|b| b.is_ascii_alphabetic())) {
            self.push("<id>");
            return;
        }
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let digit = first.is_ascii_digit();
            let length = rest.find(|char: char| char.is_ascii_digit() != digit).unwrap_or(rest.len());
            let (part, behind) = rest.split_at(length);
            self.push(if digit { "<n>" } else { part });
            rest = behind;
        }
    }
}

/// Between these, tokens stand.
const fn is_separator(char: char) -> bool {
    matches!(char, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | ',' | ';' | '=' | '"' | '\'' | '`' | '|' | '&')
}

/// Bytes of the quoted text in front. An apostrophe within a word opens none.
fn quoted(text: &str, before: char) -> Option<usize> {
    let quote = text.chars().next().filter(|char| matches!(char, '"' | '\'' | '`'))?;
    if quote == '\'' && before.is_alphanumeric() {
        return None;
    }
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1).take(QUOTED_CHARS_MAX) {
        if char == '\n' {
            return None;
        }
        if char == quote && !escaped {
            let next = text[at + 1..].chars().next();
            let apostrophe = quote == '\'' && next.is_some_and(char::is_alphanumeric);
            if !apostrophe {
                return Some(at + 1);
            }
        }
        escaped = char == '\\' && !escaped;
    }
    None
}

/// What a token is as a whole.
fn whole(token: &str) -> Option<&'static str> {
    let bytes = token.as_bytes();
    if token.starts_with("arn:") && token.matches(':').count() >= 5 {
        return Some("<arn>");
    }
    if is_uuid(token) {
        return Some("<uuid>");
    }
    if is_time(bytes) {
        return Some("<time>");
    }
    if is_address(token) {
        return Some("<ip>");
    }
    let (name, domain) = token.split_once('@')?;
    let email =
        !name.is_empty() && !name.contains(['/', ':']) && domain.contains('.') && !domain.contains(['@', '/', ':']);
    email.then_some("<email>")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A date (`2026-01-31`, `2026/01/31`, `31/Jan/2026:12:00:00`), with or without a time, or a time of day (`12:00:00.123`).
fn is_time(bytes: &[u8]) -> bool {
    let digits = |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let rest_is = |from: usize| {
        bytes.get(from..).is_some_and(|rest| {
            rest.iter()
                .all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'+' | b'-' | b'T' | b'Z' | b't' | b'z'))
        })
    };
    let date =
        digits(0, 4) && matches!(at(4), b'-' | b'/') && digits(5, 7) && at(7) == at(4) && digits(8, 10) && rest_is(10);
    let day = digits(0, 2)
        && at(2) == b'/'
        && bytes.get(3..6).is_some_and(|it| it.iter().all(u8::is_ascii_alphabetic))
        && at(6) == b'/'
        && digits(7, 11)
        && rest_is(11);
    let of_day = digits(0, 2) && at(2) == b':' && digits(3, 5) && at(5) == b':' && digits(6, 8) && rest_is(8);
    date || day || of_day
}

/// An IP address, with or without a port or the length of a network.
fn is_address(token: &str) -> bool {
    let parses = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    parses(token)
        || token.rsplit_once(['/', ':']).is_some_and(|(address, rest)| number(rest) && parses(address))
        || token.strip_prefix("ip-").is_some_and(|name| parses(&name.replace('-', ".")))
}

/// Bytes of the number in front, with its fraction, or of a version; 0 where letters follow.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    loop {
        let digits = bytes[end..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return 0;
        }
        end += digits;
        match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b'.'), Some(next)) if next.is_ascii_digit() => end += 1,
            (_, _) if text[end..].starts_with(char::is_alphanumeric) => {
                // The fraction belongs to the number, its unit does not; only the last run has one.
                return text[..end].rfind('.').map_or(0, |dot| dot);
            }
            (_, _) => return end,
        }
    }
}

/// What codes begin with that databases and programs have for their errors: `ORA-00942`.
fn is_code(prefix: &str) -> bool {
    matches!(prefix, "ORA" | "TNS" | "PLS" | "MY" | "SQL" | "ERR" | "CVE" | "KB" | "MSB" | "DPY" | "RFC")
}

/// `E1001`, `ER404`: a few capitals, then digits.
fn is_error_code(word: &str) -> bool {
    const BYTES_MAX: usize = 8;
    let digits = word.trim_start_matches(|char: char| char.is_ascii_uppercase());
    let capitals = word.len() - digits.len();
    word.len() <= BYTES_MAX && (1..=4).contains(&capitals) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_between_messages_of_one_kind_is_masked() {
        for (message, expected) in [
            ("order 4711 of bob@example.com failed after 30s", "order <n> of <email> failed after <n>s"),
            ("upstream timeout after 1m30s (attempt 3/5)", "upstream timeout after <n>m<n>s (attempt <n>/<n>)"),
            ("took 12.5ms, 99.9%", "took <n>ms, <n>%"),
            ("request 7f9c3a1e-5b1c-4a53-9d5b-2f1c8e1a7b6d denied", "request <uuid> denied"),
            ("req-7f9c3a1e-5b1c-4a53-9d5b-2f1c8e1a7b6d.", "req-<uuid>."),
            ("connect to 10.0.12.7:5432 refused", "connect to <ip> refused"),
            ("connect to [2001:db8::1]:443 refused", "connect to [<ip>]:<n> refused"),
            ("host ip-10-0-1-2 is gone", "host <ip> is gone"),
            ("2026-03-02T10:00:00.123Z ERROR no stock", "<time> ERROR no stock"),
            ("2026-03-02 10:00:00,123 ERROR no stock", "<time>,<n> ERROR no stock"),
            ("[02/Mar/2026:10:00:00 +0000] \"GET /\" 500", "[<time> +<n>] \"<text>\" <n>"),
            ("user 'alice' isn't known, it's 'gone'", "user '<text>' isn't known, it's '<text>'"),
            ("KeyError: 'customer_id'", "KeyError: '<text>'"),
            (r#"{"code":"E1","id":77,"message":"no \"x\""}"#, r#"{"code":"<text>","id":<n>,"message":"<text>"}"#),
            (
                "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: s3:GetObject",
                "User: <arn> is not authorized to perform: s3:GetObject",
            ),
            ("GET /v1/users/42/orders/a81bc81b?x=1&y=2 404", "GET /v<n>/users/<n>/orders/<hex>?<query>&y=<n> <n>"),
            ("https://api.example.com/things/123456", "https://api.example.com/things/<n>"),
            (
                "java.lang.NullPointerException: null at Foo.java:123",
                "java.lang.NullPointerException: null at Foo.java:<n>",
            ),
            ("com.acme.Order@1b2c3d has no lines", "com.acme.Order@<hex> has no lines"),
            ("segfault at 0x7fff5fbff8c0 ip 0xdead", "segfault at <hex> ip <hex>"),
            ("ORA-00942: table or view does not exist", "ORA-00942: table or view does not exist"),
            ("E1001: no stock for SKU-123456", "E1001: no stock for SKU-<n>"),
            ("i-0abcdef1234567890 in us-east-1a terminated", "i-<hex> in us-east-<n>a terminated"),
            ("s3 and http2 and utf8 are words", "s3 and http2 and utf8 are words"),
            ("worker-17 of pod web-5d8f9c7b6d-x2x9z died", "worker-<n> of pod web-<hex>-x2x9z died"),
            ("key AKIAIOSFODNN7EXAMPLE1234 is old", "key <id> is old"),
            ("  many \t blanks\n and lines  ", "many blanks and lines"),
            ("", ""),
        ] {
            assert_eq!(signature(message), expected, "{message}");
        }
    }

    #[test]
    fn messages_of_different_kinds_stay_different() {
        let messages = [
            "no stock",
            "no stock left",
            "E1001: no",
            "E1002: no",
            "ORA-00942: x",
            "ORA-00001: x",
            "s3 down",
            "ec2 down",
        ];
        let shapes: std::collections::BTreeSet<_> = messages.iter().map(|message| signature(message)).collect();
        assert_eq!(shapes.len(), messages.len());
    }

    #[test]
    fn a_shape_is_short() {
        assert_eq!(signature(&"word ".repeat(1_000)).chars().count(), 255);
        assert_eq!(signature(&"\u{e9}".repeat(1_000)).chars().count(), 256);
        assert_eq!(signature(&"'".repeat(1_000)).chars().count(), 256);
    }

    proptest! {
        #[test]
        fn any_text_has_a_shape(message in ".{0,400}") {
            let shape = signature(&message);
            prop_assert!(shape.chars().count() <= CHARS_MAX);
            prop_assert_eq!(shape, signature(&message));
        }

        #[test]
        fn numbers_make_no_difference(one in 0_u32.., other in 0_u32.., word in "[a-z ]{0,20}") {
            let shape = |number: u32| signature(&format!("{word} {number} of {number}ms at /x/{number}"));
            prop_assert_eq!(shape(one), shape(other));
        }
    }
}
