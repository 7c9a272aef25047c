//! What stands before the text of a line of PostgreSQL: the prefix, in the forms that it has, and the level.

use crate::record::attribute;
use crate::record::format::tool::clock;
use crate::record::severity::Severity;

/// User, database and address are looked for this far behind the time; names are at most 63 bytes each by default.
const PREFIX_BYTES_MAX: usize = 512;

/// What stands before the text of a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// `2022-10-05 22:05:56.123`
    pub time: &'a str,
    /// `UTC`
    pub zone: &'a str,
    /// `52.95.4.1(11335)`, `[local]`; empty for processes of the server.
    pub remote: &'a str,
    /// User; empty for processes of the server.
    pub user: &'a str,
    /// Database; empty for processes of the server.
    pub database: &'a str,
    /// Process id: digits.
    pub pid: &'a str,
    /// What a longer prefix says between the process id and the level.
    pub extra: &'a str,
    /// `ERROR`, `DETAIL`
    pub label: &'a str,
    /// What follows the label.
    pub text: &'a str,
}

/// Reads the prefix of a line, and the level or the name of a part behind it.
pub fn head(line: &str) -> Option<Head<'_>> {
    let (time, zone, rest) = split_time(line)?;
    let mut head = Head { time, zone, ..Head::default() };
    let rest = if let Some(rest) = rest.strip_prefix(':') {
        rds_prefix(rest, &mut head)?
    } else {
        let (pid, rest) = rest.strip_prefix(" [")?.split_once("] ")?;
        head.pid = pid;
        rest
    };
    if head.pid.is_empty() || head.pid.len() > 10 || !head.pid.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    split_label(rest, &mut head)?;
    if head.user.is_empty()
        && let Some((user, database)) = head.extra.rsplit_once('@').filter(|_| !head.extra.contains(' '))
    {
        (head.user, head.database, head.extra) = (user, database, "");
    }
    Some(head)
}

/// `2022-10-05 22:05:56.123`, `UTC`, and what follows.
pub fn split_time(line: &str) -> Option<(&str, &str, &str)> {
    const ZONE_BYTES_MAX: usize = 6;
    const SECONDS: &[u8] = b"0000-00-00 00:00:00";
    if !clock::is_shaped(line.as_bytes(), SECONDS) {
        return None;
    }
    let fraction = line.bytes().skip(SECONDS.len()).take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (time, rest) = line.split_at_checked(SECONDS.len() + fraction)?;
    let rest = rest.strip_prefix(' ')?;
    let zone = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-')).count();
    let (zone, rest) = rest.split_at_checked(zone).filter(|(zone, _)| (1..=ZONE_BYTES_MAX).contains(&zone.len()))?;
    Some((time, zone, rest))
}

/// `52.95.4.1(11335):postgres@labdb:[3639]:` and what follows.
fn rds_prefix<'a>(rest: &'a str, head: &mut Head<'a>) -> Option<&'a str> {
    let near = window(rest, PREFIX_BYTES_MAX);
    let (at, length) = near.match_indices(":[").find_map(|(at, _)| {
        let digits = near.as_bytes().get(at + 2..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        near.get(at + 2 + digits..)?.starts_with("]:").then_some((at, digits))
    })?;
    head.pid = rest.get(at + 2..at + 2 + length)?;
    let front = rest.get(..at)?;
    let remote = if front.starts_with("[local]:") {
        "[local]".len()
    } else {
        front.find("):").map(|at| at + 1).or_else(|| front.find(':'))?
    };
    head.remote = front.get(..remote)?;
    (head.user, head.database) = front.get(remote + 1..)?.rsplit_once('@')?;
    rest.get(at + 2 + length + "]:".len()..)
}

/// The level or the name of a part, with the colon and the two spaces that PostgreSQL always writes behind it.
/// The longer prefix of RDS ends in `%a` without a colon, so there the level follows the application's name at once.
fn split_label<'a>(rest: &'a str, head: &mut Head<'a>) -> Option<()> {
    const LABELS: [&str; 20] = [
        "LOG",
        "ERROR",
        "STATEMENT",
        "DETAIL",
        "HINT",
        "CONTEXT",
        "WARNING",
        "FATAL",
        "INFO",
        "NOTICE",
        "PANIC",
        "QUERY",
        "LOCATION",
        "BACKTRACE",
        "DEBUG",
        "DEBUG1",
        "DEBUG2",
        "DEBUG3",
        "DEBUG4",
        "DEBUG5",
    ];
    let near = window(rest, PREFIX_BYTES_MAX);
    let (at, extra, label) = near.match_indices(":  ").find_map(|(at, _)| {
        let before = near.get(..at)?;
        let (extra, label) = LABELS.iter().find_map(|label| Some((before.strip_suffix(label)?, *label)))?;
        let apart = extra.is_empty() || extra.ends_with([':', ' ']);
        (apart || long_prefix(extra).is_some()).then_some((at, extra, label))
    })?;
    (head.label, head.text) = (label, rest.get(at + ":  ".len()..)?);
    head.extra = rest.get(..extra.len())?.trim_end_matches([':', ' ']);
    Some(())
}

/// Source: PostgreSQL documentation, table "Message Severity Levels". LOG is information for administrators.
pub fn level(label: &str) -> Option<Severity> {
    Some(match label {
        "LOG" | "INFO" => Severity::INFO,
        "ERROR" => Severity::ERROR,
        "WARNING" => Severity::WARN,
        "NOTICE" => Severity::NOTICE,
        "FATAL" | "PANIC" => Severity::FATAL,
        "DEBUG" | "DEBUG1" | "DEBUG2" | "DEBUG3" | "DEBUG4" | "DEBUG5" => Severity::DEBUG,
        _ => return None,
    })
}

/// Where a part of a message goes that has a line of its own.
pub fn section(label: &str) -> Option<&'static str> {
    Some(match label {
        "DETAIL" => attribute::DB_POSTGRESQL_DETAIL,
        "HINT" => attribute::DB_POSTGRESQL_HINT,
        "STATEMENT" => attribute::DB_QUERY_TEXT,
        "CONTEXT" => attribute::DB_POSTGRESQL_CONTEXT,
        "QUERY" => attribute::DB_POSTGRESQL_INTERNAL_QUERY,
        "LOCATION" => attribute::DB_POSTGRESQL_LOCATION,
        "BACKTRACE" => attribute::DB_POSTGRESQL_BACKTRACE,
        _ => return None,
    })
}

/// `%l:%e:%s:%v:%x:%c:%a`, of which the third is a time with colons in it: three fields and the rest.
pub fn long_prefix(extra: &str) -> Option<[&str; 4]> {
    let (line, rest) = extra.split_once(':')?;
    let (code, rest) = rest.split_once(':')?;
    let (time, zone, transaction) = split_time(rest)?;
    let start = rest.get(..time.len() + 1 + zone.len())?;
    let shaped = is_sqlstate(code) && line.bytes().all(|b| b.is_ascii_digit());
    Some([line, code, start, transaction.strip_prefix(':')?]).filter(|_| shaped)
}

/// `42P01`
pub fn is_sqlstate(text: &str) -> bool {
    text.len() == 5
        && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_digit())
}

/// The front of a text, at most so many bytes of it.
fn window(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}
