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
        const NAMES: [(&str, Severity); 27] = [
            ("info", Severity::INFO),
            ("error", Severity::ERROR),
            ("warn", Severity::WARN),
            ("warning", Severity::WARN),
            ("debug", Severity::DEBUG),
            ("trace", Severity::TRACE),
            ("fatal", Severity::FATAL),
            ("critical", Severity::CRITICAL),
            ("notice", Severity::NOTICE),
            ("information", Severity::INFO),
            ("informational", Severity::INFO),
            ("verbose", Severity::TRACE),
            ("err", Severity::ERROR),
            ("crit", Severity::CRITICAL),
            ("severe", Severity::ERROR),
            ("panic", Severity::FATAL),
            ("dpanic", Severity::CRITICAL),
            ("emerg", Severity::FATAL),
            ("emergency", Severity::FATAL),
            ("alert", Severity::FATAL),
            ("fine", Severity::DEBUG),
            ("finer", Severity::TRACE),
            ("finest", Severity::TRACE),
            ("config", Severity::DEBUG),
            ("fail", Severity::ERROR),
            ("dbug", Severity::DEBUG),
            ("silly", Severity::TRACE),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, severity)| *severity)
    }

    /// What a level's number means: 0 to 7 as syslog counts (RFC 5424), 10 to 60 as pino, bunyan and Python count.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 | 1 => Some(Self::FATAL),
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

/// The level that a line of text names at one of the known places, and the word that names it.
///
/// Known places: `LEVEL` or `[LEVEL]` in front; the same among the first words after a time (`2024-..Z <id> LEVEL`);
/// `level=` of logfmt; the first letter of a klog line.
#[must_use]
pub fn of_text(line: &str) -> Option<(Severity, &str)> {
    let head = front(line);
    klog(head).or_else(|| leading_words(head)).or_else(|| logfmt(head))
}

/// Levels stand at the front of a line; what is further back is not looked at.
fn front(line: &str) -> &str {
    const LOOKED_AT_BYTES: usize = 256;
    let end = (0..=LOOKED_AT_BYTES.min(line.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    let head = &line[..end];
    head.split('\n').next().unwrap_or(head)
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

/// A word that is a level in capitals, or in brackets or before a colon in any case, as the first word or among the first after a time.
fn leading_words(head: &str) -> Option<(Severity, &str)> {
    const WORDS_AFTER_TIME: usize = 5;
    let mut words = head.split([' ', '\t', '|']).filter(|word| !word.is_empty());
    let first = words.next()?;
    if let Some(level) = level_word(first) {
        return Some(level);
    }
    // Time and date may be two words; request ids, threads and process ids may stand before the level.
    let timed = first.trim_start_matches('[').bytes().next()?.is_ascii_digit();
    timed.then(|| words.take(WORDS_AFTER_TIME).find_map(level_word)).flatten()
}

fn level_word(word: &str) -> Option<(Severity, &str)> {
    let bare = word.trim_matches(['[', ']', ':', '<', '>', '(', ')', '-', ',']);
    let severity = Severity::from_name(bare)?;
    let marked = bare.len() != word.len() || bare.bytes().all(|b| b.is_ascii_uppercase());
    marked.then_some((severity, bare))
}

/// `level=error` of logfmt, with or without quotes.
fn logfmt(head: &str) -> Option<(Severity, &str)> {
    ["level=", "lvl=", "severity="].iter().find_map(|key| {
        let at = head.find(key)?;
        let alone = at == 0 || head.as_bytes()[at - 1].is_ascii_whitespace();
        let value = head[at + key.len()..].split([' ', '\t']).next()?.trim_matches('"');
        alone.then(|| Severity::from_name(value).map(|severity| (severity, value))).flatten()
    })
}

#[cfg(test)]
mod tests {
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
        ] {
            assert_eq!(of_text(line), None, "{line}");
        }
    }

    #[test]
    fn numbers_of_syslog_and_pino_are_known() {
        assert_eq!(Severity::from_number(3), Some(Severity::ERROR));
        assert_eq!(Severity::from_number(30), Some(Severity::INFO));
        assert_eq!(Severity::from_number(200), None);
    }
}
