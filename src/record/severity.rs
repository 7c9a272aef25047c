//! Severity of log records: what a level's name or number means, and where a line of text names its level.
//!
//! Numbers are those of OpenTelemetry, "Logs Data Model", field `SeverityNumber`. A level is read from
//! its known places only, never guessed from a word somewhere in the text.

/// OpenTelemetry's severity number; 0 is unspecified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// Not known.
    pub const UNSPECIFIED: Self = Self(0);
    /// `TRACE`
    pub const TRACE: Self = Self(1);
    /// `DEBUG`
    pub const DEBUG: Self = Self(5);
    /// `INFO`
    pub const INFO: Self = Self(9);
    /// `INFO2`: notices.
    pub const NOTICE: Self = Self(10);
    /// `WARN`
    pub const WARN: Self = Self(13);
    /// `ERROR`
    pub const ERROR: Self = Self(17);
    /// `ERROR2`: critical.
    pub const CRITICAL: Self = Self(18);
    /// `ERROR3`: alerts.
    pub const ALERT: Self = Self(19);
    /// `FATAL`
    pub const FATAL: Self = Self(21);

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// What a level's name means, whatever its case; `None` for other words.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const LONGEST: usize = "informational".len();
        let mut lower = [0; LONGEST];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"info" | b"inf" | b"information" | b"informational" => Self::INFO,
            b"error" | b"err" | b"severe" | b"fail" => Self::ERROR,
            b"warn" | b"warning" | b"wrn" => Self::WARN,
            b"debug" | b"dbug" | b"dbg" | b"fine" | b"config" => Self::DEBUG,
            b"trace" | b"trce" | b"trc" | b"verbose" | b"vrb" | b"finer" | b"finest" | b"silly" => Self::TRACE,
            b"notice" => Self::NOTICE,
            b"critical" | b"crit" | b"dpanic" => Self::CRITICAL,
            b"alert" => Self::ALERT,
            b"fatal" | b"ftl" | b"panic" | b"emerg" | b"emergency" => Self::FATAL,
            _ => return None,
        })
    }

    /// What a level's number means: 0 to 7 as syslog counts, 10 to 60 as pino and bunyan count.
    ///
    /// Source: RFC 5424, table 2; OpenTelemetry, "Logs Data Model", appendix B; pino, "Log level".
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::FATAL),
            1 => Some(Self::ALERT),
            2 => Some(Self::CRITICAL),
            3 => Some(Self::ERROR),
            4 => Some(Self::WARN),
            5 => Some(Self::NOTICE),
            6 => Some(Self::INFO),
            7 => Some(Self::DEBUG),
            10..=19 => Some(Self::TRACE),
            20..=29 => Some(Self::DEBUG),
            30..=39 => Some(Self::INFO),
            40..=49 => Some(Self::WARN),
            50..=59 => Some(Self::ERROR),
            60..=69 => Some(Self::FATAL),
            _ => None,
        }
    }
}

/// Members of a JSON message that hold its level, compared without case.
pub const LEVEL_KEYS: [&str; 10] =
    ["level", "severity", "log.level", "levelname", "lvl", "loglevel", "log_level", "severity_text", "@level", "@l"];

/// The level that a text names at one of the known places, and the word that names it; empty for an exception.
///
/// Known places: a level in front (`ERROR: x`, `[error] x`); the same among the first words after a time
/// (`2024-..Z <id> ERROR x`); `level=error` among the pairs in front; the header of a klog line or of Ruby's logger; the
/// first line of an exception.
#[must_use]
pub fn of_text(text: &str) -> Option<(Severity, &str)> {
    let head = front(text);
    let first = Words(head).next().unwrap_or_default();
    if is_time(first) {
        return after_time(head).or_else(|| logfmt(head));
    }
    if is_exception(text, head) {
        return Some((Severity::ERROR, ""));
    }
    level_word(first).or_else(|| klog(head)).or_else(|| ruby(head)).or_else(|| logfmt(head))
}

/// Levels stand at the front of a line; what is further back is not looked at.
fn front(text: &str) -> &str {
    const LOOKED_AT_BYTES: usize = 256;
    let end = if text.len() <= LOOKED_AT_BYTES {
        text.len()
    } else {
        (0..=LOOKED_AT_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0)
    };
    let end = memchr::memchr(b'\n', &text.as_bytes()[..end]).unwrap_or(end);
    plain(&text[..end])
}

/// Without the colour that terminals show.
fn plain(text: &str) -> &str {
    let mut text = text;
    while let Some((_, after)) = text.strip_prefix("\u{1b}[").and_then(|code| code.split_once('m')) {
        text = after;
    }
    text
}

/// `E0409 12:00:00.000000 ...` Source: klog's documentation of its header.
fn klog(head: &str) -> Option<(Severity, &str)> {
    let bytes = head.as_bytes();
    let severity = match bytes.first()? {
        b'I' => Severity::INFO,
        b'W' => Severity::WARN,
        b'E' => Severity::ERROR,
        b'F' => Severity::FATAL,
        _ => return None,
    };
    let shaped =
        bytes.get(1..5)?.iter().all(u8::is_ascii_digit) && bytes.get(5) == Some(&b' ') && bytes.get(8) == Some(&b':');
    shaped.then(|| (severity, &head[..1]))
}

/// `E, [2024-01-01T12:00:00.123456 #1] ERROR -- : text`. Source: Ruby's standard library, `Logger::Formatter`.
fn ruby(head: &str) -> Option<(Severity, &str)> {
    let (_, after) = head.get(1..)?.strip_prefix(", [")?.split_once(']')?;
    level_word(Words(after).next()?)
}

/// A level among the first words after a time. Time and date may be several words; request ids, threads and process ids
/// may stand before the level.
fn after_time(head: &str) -> Option<(Severity, &str)> {
    const WORDS_AFTER_TIME: usize = 5;
    Words(head).skip(1).take(WORDS_AFTER_TIME).find_map(level_word)
}

/// Whether a word begins a date, a time or a number of seconds since 1970: digits and what stands between them.
/// `[Fri Sep 09 10:42:29 2011]` of Apache begins with a name.
fn is_time(word: &str) -> bool {
    let word = plain(word).trim_start_matches('[');
    let bytes = word.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return matches!(word, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun");
    }
    let (mut digits, mut parted, mut dots, mut other) = (0_usize, 0_usize, 0_usize, 0_usize);
    for byte in bytes {
        match byte {
            b'0'..=b'9' => digits += 1,
            b':' | b'-' | b'/' => parted += 1,
            b'.' => dots += 1,
            _ => other += 1,
        }
    }
    other <= 6 && dots <= 2 && (parted >= 2 || (parted == 0 && digits >= 8))
}

/// Words with blanks or bars between.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let is_gap = |b: &u8| matches!(b, b' ' | b'\t' | b'|');
        let bytes = self.0.as_bytes();
        let start = bytes.iter().position(|b| !is_gap(b))?;
        let end = bytes[start..].iter().position(is_gap).map_or(bytes.len(), |length| start + length);
        let (front, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(&front[start..])
    }
}

/// A word that is a level: in capitals, or marked by brackets or a colon in any case. `[core:error]` and
/// `WARNING:root:text` hold one as well.
fn level_word(word: &str) -> Option<(Severity, &str)> {
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let word = if word.contains('\u{1b}') { plain(word).split('\u{1b}').next()? } else { word };
    let bare = without_marks(word);
    let capitals = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase());
    // Most words end here: neither marked nor in capitals.
    if bare.len() == word.len() && !bare.bytes().take(2).all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let bare = match bare.split_once(':') {
        Some((_, level)) if word.starts_with('[') => level,
        Some((level, _)) if capitals(level) => level,
        Some(_) | None => bare,
    };
    let severity = Severity::from_name(bare)?;
    (bare.len() != word.len() || capitals(bare)).then_some((severity, bare))
}

/// Without the brackets and the punctuation around it.
fn without_marks(word: &str) -> &str {
    let is_mark = |b: &u8| matches!(b, b'[' | b']' | b':' | b'<' | b'>' | b'(' | b')' | b'-' | b',');
    let bytes = word.as_bytes();
    let start = bytes.iter().position(|b| !is_mark(b)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|b| !is_mark(b)).map_or(start, |last| last + 1);
    word.get(start..end).unwrap_or_default()
}

/// `level=error` of logfmt, with or without quotes, among the pairs and times that the line begins with.
fn logfmt(head: &str) -> Option<(Severity, &str)> {
    let mut rest = head;
    loop {
        rest = rest.trim_ascii_start();
        let end = rest.find([' ', '\t', '=']).unwrap_or(rest.len());
        let Some(value) = rest[end..].strip_prefix('=') else {
            rest = is_time(&rest[..end]).then(|| &rest[end..])?;
            continue;
        };
        let (text, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find([' ', '\t']).unwrap_or(value.len())),
        };
        if matches!(&rest[..end], "level" | "lvl" | "severity" | "loglevel" | "log.level") {
            return Severity::from_name(text).map(|severity| (severity, text));
        }
        rest = after;
    }
}

/// Whether a text is an exception that nobody caught, or that was printed with its class and frames.
///
/// Sources: the runtimes' own output: Python, Java, .NET, Go, Rust, Node.js and PHP.
fn is_exception(text: &str, head: &str) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| head.starts_with(start));
    match head.as_bytes().first() {
        Some(b'T') if head.starts_with("Traceback (most recent call last)") => true,
        Some(b'E') if head.starts_with("Exception in thread \"") => true,
        Some(b'U')
            if begins(&["Unhandled exception", "Unhandled Exception", "Uncaught Error", "Uncaught Exception"]) =>
        {
            true
        }
        Some(b'p') if begins(&["panic: "]) => true,
        Some(b'f') if begins(&["fatal error: "]) => true,
        Some(b't') if head.starts_with("thread '") => {
            head.contains("' panicked at ") || head.contains(") panicked at ")
        }
        Some(b'P') if begins(&["PHP Fatal error: ", "PHP Parse error: "]) => true,
        Some(first) if first.is_ascii_alphabetic() => is_thrown(text, head),
        Some(_) | None => false,
    }
}

/// `java.lang.IllegalStateException: x` with or without frames, or `TypeError: x` with frames behind.
fn is_thrown(text: &str, head: &str) -> bool {
    let name = head.split([':', ' ']).next().unwrap_or_default();
    if !(name.ends_with("Exception") || name.ends_with("Error")) || !is_class(name) {
        return false;
    }
    let after = &head[name.len()..];
    let ends = after.is_empty() || after.starts_with(':');
    let framed = || text.split_once('\n').is_some_and(|(_, next)| next.trim_ascii_start().starts_with("at "));
    ends && (name.contains('.') || framed())
}

/// Whether a text is the name of a class, with or without those that it stands in: `System.IO.IOException`.
#[must_use]
pub fn is_class(name: &str) -> bool {
    let identifier = |part: &str| {
        part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
            && part.bytes().next().is_some_and(|b| !b.is_ascii_digit())
    };
    name.split('.').all(identifier)
        && name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_level_is_read_from_its_known_places() {
        let cases = [
            ("[ERROR]\t2024-03-13T18:56:24.046Z\tf08b\ttext", Severity::ERROR, "ERROR"),
            ("2020-03-05T16:30:36.113Z\tf08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDEBUG\ttext", Severity::DEBUG, "DEBUG"),
            ("2024-01-01 12:00:00,123 [main] WARN  com.acme.Orders - slow", Severity::WARN, "WARN"),
            ("I0409 12:00:00.000000      10 file.go:123] text", Severity::INFO, "I"),
            ("time=\"2024-01-01T00:00:00Z\" level=error msg=\"x\"", Severity::ERROR, "error"),
            ("ERROR: relation does not exist", Severity::ERROR, "ERROR"),
            ("2024-10-09T19:26:59.310443Z 220 [Warning] [MY-010926] [Server] x", Severity::WARN, "Warning"),
            ("info: Microsoft.Hosting.Lifetime[0]", Severity::INFO, "info"),
            ("fail: Microsoft.AspNetCore.Server.Kestrel[13]", Severity::ERROR, "fail"),
            ("[2025-07-04 11:57:55,836] INFO AdminClientConfig values: ", Severity::INFO, "INFO"),
            ("WARNING:root:Watch out!", Severity::WARN, "WARNING"),
            ("E, [1999-03-03T02:34:24.895701 #19074] ERROR -- Main: text", Severity::ERROR, "ERROR"),
            (
                "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708] File does not exist",
                Severity::ERROR,
                "error",
            ),
            ("2024/01/01 12:00:00 [error] 31#31: *1 open() failed", Severity::ERROR, "error"),
            ("[12:00:00 WRN] text", Severity::WARN, "WRN"),
            ("[2024-01-01T12:00:00Z INFO  app] text", Severity::INFO, "INFO"),
            ("2024-01-01T12:00:00.123456Z  WARN app::db: slow", Severity::WARN, "WARN"),
            ("\u{1b}[2m2024-01-01T12:00:00.123456Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m app: x", Severity::ERROR, "ERROR"),
            ("2024-01-01T12:00:00.123Z  INFO 1 --- [main] com.acme.App : Started", Severity::INFO, "INFO"),
            ("ts=2024-01-01T00:00:00Z caller=\"a b\" level=warn msg=x", Severity::WARN, "warn"),
            ("1583425836.114 WARN x", Severity::WARN, "WARN"),
        ];
        for (line, severity, word) in cases {
            assert_eq!(of_text(line), Some((severity, word)), "{line}");
        }
    }

    #[test]
    fn a_level_is_never_guessed_from_a_word_in_the_text() {
        for line in [
            "everything is fine",
            "no error found",
            "Error handling improved",
            "the sublevel=error x",
            "",
            "2024 was a fatal year",
            "2024 was a FATAL year",
            "10.20.30.40 - ERROR page requested",
            "set the log level=debug to see more",
            "3 WARN lines were found",
            "ValueError: x",
            "ValueError is what it throws",
            "panic room",
            "thread 'main' started",
            "Level: high",
            "\u{1b}[",
        ] {
            assert_eq!(of_text(line), None, "{line}");
        }
    }

    #[test]
    fn the_first_line_of_an_exception_is_an_error() {
        for text in [
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nValueError: x",
            "Exception in thread \"main\" java.lang.IllegalStateException: x\n\tat com.acme.Main.main(Main.java:5)",
            "java.lang.IllegalStateException: x",
            "java.lang.OutOfMemoryError",
            "System.InvalidOperationException: x\n   at Acme.Program.Main()",
            "Unhandled exception. System.InvalidOperationException: x",
            "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:",
            "thread 'main' panicked at src/main.rs:2:5:\nx",
            "thread 'main' (4711) panicked at src/main.rs:2:5:\nx",
            "Error: x\n    at Object.<anonymous> (/var/task/a.js:1:7)",
            "TypeError: x is not a function\n    at Object.<anonymous> (/var/task/a.js:1:7)",
            "PHP Fatal error:  Uncaught Exception: x in /a.php:3",
        ] {
            assert_eq!(of_text(text), Some((Severity::ERROR, "")), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(?s).{0,300}", shaped in "[A-Za-z0-9=\" :.\\-\\[\\],\u{1b}m\u{e9}\n]{0,300}") {
            let _ = (of_text(&text), of_text(&shaped));
        }
    }

    #[test]
    fn numbers_of_syslog_and_pino_are_known() {
        assert_eq!(Severity::from_number(3), Some(Severity::ERROR));
        assert_eq!(Severity::from_number(30), Some(Severity::INFO));
        assert_eq!(Severity::from_number(200), None);
    }
}
