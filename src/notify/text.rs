//! What messages say, in plain text: receivers differ in form, not in words.

use std::time::Duration;

use super::links::Links;
use crate::id::AccountId;
use crate::incident::{AlertShown, BECAUSE, Kind, Notification, Status};
use crate::rule::{Level, Unit};
use crate::template::figure::{self, truncated};
use crate::tenant::UNASSIGNED;
use crate::time::Timestamp;

/// The longest value that is shown, in characters.
pub const VALUE_CHARS_MAX: usize = 256;

/// The longest log line that is shown, in characters.
pub const LINE_CHARS_MAX: usize = 500;

/// `[CRITICAL] ApiErrorRate: 21 accounts (release=2026.11.3)`, `[CRITICAL] ApiErrorRate: acme-prod 1234-5678-9012`.
#[must_use]
pub fn title(notification: &Notification) -> String {
    match notification.kind {
        Kind::Heartbeat => return "Fanin is alive".into(),
        Kind::Digest => {
            return format!(
                "[DIGEST] {} fired and resolved while nobody could be told",
                alerts(notification.alerts_total)
            );
        }
        Kind::Individual | Kind::List | Kind::Fleet => {}
    }
    let word = match (notification.status, notification.level) {
        (Status::Resolved, _) => "RESOLVED",
        (Status::Firing, Level::Critical) => "CRITICAL",
        (Status::Firing, Level::Warning) => "WARNING",
    };
    let rule = one_line(&notification.rule, VALUE_CHARS_MAX);
    let about = match about(notification) {
        about if about.is_empty() => about,
        about => format!(": {about}"),
    };
    let late = if notification.late { " (late)" } else { "" };
    let flapping = if notification.flapping { " (flapping)" } else { "" };
    format!("[{word}] {rule}{about}{late}{flapping}")
}

/// Whom it concerns: the account, or how many and what they have in common.
fn about(notification: &Notification) -> String {
    if let ([only], true) = (notification.alerts.as_slice(), notification.alerts_total <= 1) {
        return subject(only);
    }
    let n_accounts = accounts_told(notification);
    let common = notification.common.first().map_or_else(String::new, |common| {
        format!(" ({}={})", one_line(&common.name, 64), one_line(&common.value, 64))
    });
    if n_accounts == 0 {
        format!("{}{common}", alerts(notification.alerts_total))
    } else {
        format!("{}{common}", accounts(n_accounts))
    }
}

/// Accounts that fire, or, once it is over, that fired at most.
#[must_use]
pub fn accounts_told(notification: &Notification) -> u32 {
    match notification.status {
        Status::Firing => notification.accounts,
        Status::Resolved => notification.accounts_max,
    }
}

/// `21 accounts`
#[must_use]
pub fn accounts(count: u32) -> String {
    format!("{} account{}", figure::count(count), if count == 1 { "" } else { "s" })
}

fn alerts(count: u32) -> String {
    format!("{} alert{}", figure::count(count), if count == 1 { "" } else { "s" })
}

/// `acme-prod 1234-5678-9012 (dim.ApiName=orders)`: whose an alert is. Empty where the rule has one state for everything.
#[must_use]
pub fn subject(alert: &AlertShown) -> String {
    let mut parts = Vec::new();
    if let Some(tenant) = tenant(alert) {
        parts.push(tenant);
    }
    parts.extend(alert.account.map(dashed));
    let group: Vec<String> =
        alert.group.iter().map(|(name, value)| format!("{}={}", one_line(name, 64), one_line(value, 64))).collect();
    if !group.is_empty() {
        let group = group.join(", ");
        parts.push(if parts.is_empty() { group } else { format!("({group})") });
    }
    parts.join(" ")
}

/// The tenant's name, else its id.
#[must_use]
pub fn tenant(alert: &AlertShown) -> Option<String> {
    let named = [&alert.tenant_name, &alert.tenant].into_iter().find(|name| !name.is_empty())?;
    (named.as_ref() != UNASSIGNED).then(|| one_line(named, VALUE_CHARS_MAX))
}

/// `1234-5678-9012`, as people read account ids to each other.
#[must_use]
pub fn dashed(account: AccountId) -> String {
    let digits = account.as_str();
    format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
}

/// A value in its unit, or that there is none.
#[must_use]
pub fn shown(value: Option<f64>, unit: Unit) -> String {
    let Some(value) = value else { return "no data".into() };
    match unit {
        Unit::Number => figure::number(value),
        Unit::Percent => figure::percent(value),
        Unit::Factor => format!("{}x", figure::number(value)),
        Unit::Seconds => figure::seconds(value),
        Unit::Milliseconds => figure::seconds(value / 1_000.0),
        Unit::Bytes => figure::bytes(value),
    }
}

/// `12.5% (threshold 10%)`
#[must_use]
pub fn value_and_threshold(alert: &AlertShown) -> String {
    let value = shown(alert.value, alert.unit);
    match alert.threshold {
        Some(threshold) => format!("{value} (threshold {})", shown(Some(threshold), alert.unit)),
        None => value,
    }
}

/// `2026-03-02 10:00:00 UTC`
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", &text[..10], &text[11..19])
}

/// `2026-03-02 10:00:00 UTC, for 15m`
#[must_use]
pub fn since(from: Timestamp, until: Timestamp) -> String {
    format!("{}, for {}", moment(from), duration(until.since(from)))
}

fn duration(duration: Duration) -> String {
    figure::seconds(duration.as_secs_f64().round())
}

/// Facts by name, in the order in which people want them.
#[must_use]
pub fn facts(notification: &Notification, now: Timestamp) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value));
        }
    };
    fact("Rule", one_line(&notification.rule, VALUE_CHARS_MAX));
    if let ([only], true) = (notification.alerts.as_slice(), notification.alerts_total <= 1) {
        fact("Tenant", tenant(only).unwrap_or_default());
        fact("Account", only.account.map(dashed).unwrap_or_default());
        fact("Region", one_line(&only.region, VALUE_CHARS_MAX));
        for (name, value) in &only.group {
            fact(&one_line(name, 64), one_line(value, VALUE_CHARS_MAX));
        }
        fact("Value", value_and_threshold(only));
    } else if !matches!(notification.kind, Kind::Digest | Kind::Heartbeat) {
        fact("Accounts", accounts_line(notification));
        fact("In common", common(notification));
    }
    if notification.kind != Kind::Heartbeat {
        let until = match notification.status {
            Status::Firing => now,
            Status::Resolved => notification.at,
        };
        fact("Since", since(notification.since, until));
    }
    fact("Resolved because", one_line(annotation(notification, BECAUSE).unwrap_or_default(), VALUE_CHARS_MAX));
    facts
}

/// `21 of 6,000 (0.35%)`
fn accounts_line(notification: &Notification) -> String {
    let told = accounts_told(notification);
    if told == 0 || notification.evaluated == 0 {
        return if told == 0 { String::new() } else { figure::count(told) };
    }
    let share = f64::from(told) / f64::from(notification.evaluated);
    format!("{} of {} ({})", figure::count(told), figure::count(notification.evaluated), figure::percent(share))
}

/// `release=2026.11.3 (100%, fleet 12%), region=eu-central-1 (90%, fleet 30%)`
#[must_use]
pub fn common(notification: &Notification) -> String {
    let parts: Vec<String> = notification
        .common
        .iter()
        .take(5)
        .map(|common| {
            let (name, value) = (one_line(&common.name, 64), one_line(&common.value, 64));
            let (share, fleet) =
                (figure::rounded(common.share * 100.0, 0), figure::rounded(common.share_of_fleet * 100.0, 0));
            format!("{name}={value} ({share}%, fleet {fleet}%)")
        })
        .collect();
    parts.join(", ")
}

/// One line for each alert: `acme-prod 1234-5678-9012: 12.5% (threshold 10%)`; of several rules, with the rule.
#[must_use]
pub fn alert_lines(notification: &Notification, alerts_max: usize) -> Vec<String> {
    let line = |alert: &AlertShown| {
        let subject = subject(alert);
        let rule =
            if notification.kind == Kind::Digest { one_line(&alert.rule, VALUE_CHARS_MAX) } else { String::new() };
        let what = [rule, subject].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let over = match (alert.status, notification.status) {
            (Status::Resolved, Status::Firing) => ", resolved",
            (Status::Resolved, Status::Resolved) | (Status::Firing, Status::Firing | Status::Resolved) => "",
        };
        format!("{what}: {}{over}", value_and_threshold(alert))
    };
    notification.alerts.iter().take(alerts_max).map(line).collect()
}

/// The log lines that travel with it, each one line and no longer than is worth reading.
#[must_use]
pub fn log_lines(notification: &Notification, lines_max: usize) -> Vec<String> {
    notification.lines.iter().take(lines_max).map(|line| one_line(&line.text, LINE_CHARS_MAX)).collect()
}

/// An annotation.
#[must_use]
pub fn annotation<'a>(notification: &'a Notification, name: &str) -> Option<&'a str> {
    notification.annotations.get(name).map(AsRef::as_ref).filter(|text: &&str| !text.trim().is_empty())
}

/// Everything as one plain text: summary and description, facts, alerts, log lines, links.
#[must_use]
pub fn body(notification: &Notification, links: &Links, now: Timestamp, alerts_max: usize) -> String {
    let mut paragraphs = Vec::new();
    let told = ["summary", "description"].into_iter().filter_map(|name| annotation(notification, name));
    paragraphs.extend(told.map(|text| lines_kept(text, 4_000)));
    let facts: Vec<String> = facts(notification, now).iter().map(|(name, value)| format!("{name}: {value}")).collect();
    paragraphs.push(facts.join("\n"));
    if notification.alerts_total > 1 || notification.kind == Kind::Digest {
        let mut lines = alert_lines(notification, alerts_max);
        lines.extend(more(notification, lines.len()));
        paragraphs.push(lines.join("\n"));
    }
    paragraphs.push(log_lines(notification, 10).join("\n"));
    let links: Vec<String> =
        links.all(notification).iter().map(|(name, link)| format!("{}: {link}", link_name(name))).collect();
    paragraphs.push(links.join("\n"));
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n")
}

/// `and 5,990 more`
#[must_use]
pub fn more(notification: &Notification, shown: usize) -> Option<String> {
    let left = notification.alerts_total.saturating_sub(u32::try_from(shown).unwrap_or(u32::MAX));
    (left > 0).then(|| format!("and {} more", figure::count(left)))
}

/// What people call a link.
#[must_use]
pub fn link_name(name: &str) -> &str {
    match name {
        "rule" => "Rule",
        "alerts" => "Alerts",
        "silence" => "Silence",
        "account" => "Account",
        "runbook" => "Runbook",
        other => other,
    }
}

/// A text in one line: control characters, line ends among them, become blanks; blanks in a row become one.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    // What is cut off anyway need not be looked at, however long it is.
    let head: String = text.chars().take(chars_max.saturating_mul(2).saturating_add(2)).collect();
    let words: Vec<&str> =
        head.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    truncated(&words.join(" "), chars_max)
}

/// A text whose lines are kept, without other control characters.
#[must_use]
pub fn lines_kept(text: &str, chars_max: usize) -> String {
    let clean = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    let head: String = text.chars().take(chars_max.saturating_add(1)).map(clean).collect();
    truncated(head.trim_end(), chars_max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples::{self, AT};

    #[test]
    fn a_title_says_how_bad_what_and_whose() {
        assert_eq!(title(&samples::individual()), "[CRITICAL] ApiErrorRate: acme-prod 1234-5678-9012");
        assert_eq!(title(&samples::list()), "[CRITICAL] ApiErrorRate: 21 accounts (release=2026.11.3)");
        assert_eq!(title(&samples::fleet()), "[CRITICAL] ApiErrorRate: 6,000 accounts (release=2026.11.3)");
        assert_eq!(
            title(&samples::resolved(samples::list())),
            "[RESOLVED] ApiErrorRate: 21 accounts (release=2026.11.3)"
        );
        let marked = Notification { late: true, flapping: true, level: Level::Warning, ..samples::individual() };
        assert_eq!(title(&marked), "[WARNING] ApiErrorRate: acme-prod 1234-5678-9012 (late) (flapping)");
        assert_eq!(title(&samples::digest()), "[DIGEST] 2 alerts fired and resolved while nobody could be told");
        assert_eq!(title(&samples::heartbeat()), "Fanin is alive");
    }

    #[test]
    fn a_group_without_an_account_is_named_and_one_for_everything_is_not() {
        let mut notification = samples::individual();
        notification.alerts[0].account = None;
        notification.alerts[0].tenant = "".into();
        notification.alerts[0].tenant_name = "".into();
        assert_eq!(title(&notification), "[CRITICAL] ApiErrorRate");
        notification.alerts[0].group = [("region".into(), "eu-central-1".into())].into();
        assert_eq!(title(&notification), "[CRITICAL] ApiErrorRate: region=eu-central-1");
    }

    #[test]
    fn an_account_that_the_directory_does_not_know_has_its_number_only() {
        let mut notification = samples::individual();
        notification.alerts[0].tenant = UNASSIGNED.into();
        notification.alerts[0].tenant_name = "".into();
        assert_eq!(title(&notification), "[CRITICAL] ApiErrorRate: 1234-5678-9012");
    }

    #[test]
    fn values_are_shown_in_their_unit() {
        let cases = [
            (Unit::Number, "0.125"),
            (Unit::Percent, "12.5%"),
            (Unit::Factor, "0.125x"),
            (Unit::Seconds, "125ms"),
            (Unit::Milliseconds, "0.125ms"),
            (Unit::Bytes, "0.125 B"),
        ];
        for (unit, expected) in cases {
            assert_eq!(shown(Some(0.125), unit), expected);
        }
        assert_eq!(shown(None, Unit::Percent), "no data");
    }

    #[test]
    fn the_body_of_one_account_holds_everything() {
        let links = Links::new(Some("https://f.example"));
        let expected = "12.5% of calls fail for acme-prod\n\
            \n\
            Rule: ApiErrorRate\n\
            Tenant: acme-prod\n\
            Account: 1234-5678-9012\n\
            Region: eu-central-1\n\
            Value: 12.5% (threshold 10%)\n\
            Since: 2026-03-02 09:55:00 UTC, for 6m\n\
            \n\
            upstream timeout after 30s\n\
            \n\
            Account: https://f.example/accounts/123456789012\n\
            Alerts: https://f.example/alerts?q=rule%3DApiErrorRate%20account%3D123456789012\n\
            Rule: https://f.example/alerts/rules/ApiErrorRate\n\
            Runbook: https://runbooks.example.net/api-error-rate\n\
            Silence: https://f.example/silences/new?m=rule%3D%22ApiErrorRate%22&m=account%3D%22123456789012%22";
        assert_eq!(body(&samples::individual(), &links, AT.plus(Duration::from_secs(60)), 10), expected);
    }

    #[test]
    fn the_body_of_a_fleet_holds_ten_and_a_count() {
        let text = body(&samples::fleet(), &Links::default(), AT, 10);
        assert!(
            text.contains("Accounts: 6,000 of 6,012 (99.8%)\nIn common: release=2026.11.3 (100%, fleet 12%)"),
            "{text}"
        );
        assert!(text.contains("tenant-9 0000-0000-0009: 12.5% (threshold 10%)\nand 5,990 more"), "{text}");
        assert_eq!(text.matches("(threshold 10%)").count(), 10);
    }

    #[test]
    fn hostile_text_is_one_line_and_short() {
        assert_eq!(one_line("a\r\n\t b\u{0}c", 80), "a b c");
        assert_eq!(one_line(&"x".repeat(100_000), 500).len(), 500);
        assert_eq!(lines_kept("a\nb\u{1b}[31m\n", 80), "a\nb [31m");
        assert_eq!(log_lines(&samples::hostile(), 10)[0].chars().count(), LINE_CHARS_MAX);
    }
}
