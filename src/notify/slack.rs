//! Slack: an incoming webhook, or a bot that keeps one message for each incident up to date.
//!
//! Source: Slack, "Formatting text for app surfaces" (escapes), "Block Kit" (50 blocks, 3,000 characters in the text of a
//! section, 10 fields of 2,000), `chat.postMessage`, `chat.update`, "Rate limits".

use serde_json::{Value, json};

use super::text::{self, one_line};
use super::{Answer, Request, Telling, Verdict, by_status};
use crate::config::alerting::Slack;
use crate::incident::{Cause, Kind, Notification, Status};
use crate::rule::Level;
use crate::time::Timestamp;

/// The longest text of a section, in characters, escapes included.
pub const SECTION_CHARS_MAX: usize = 3_000;

/// Accounts that a message names.
pub const ACCOUNTS_MAX: usize = 10;

/// Log lines that a message holds.
const LINES_MAX: usize = 5;

/// The longest first line, in characters, escapes included.
const TITLE_CHARS_MAX: usize = 500;

pub(super) fn request(telling: &Telling<'_>, slack: &Slack, posted: Option<&str>) -> Request {
    let message = message(telling);
    match slack {
        Slack::Webhook { url } => telling.json("POST", url.expose().to_owned(), &message),
        Slack::Bot { token, channel, url } => {
            let method = match replaced(telling.notification, posted) {
                Some((channel, ts)) => ("chat.update", message_to(message, channel, Some(ts))),
                None => ("chat.postMessage", message_to(message, channel, None)),
            };
            let mut request = telling.json("POST", format!("{url}/{}", method.0), &method.1);
            "application/json; charset=utf-8".clone_into(&mut request.headers[0].1);
            request.headers.push(("Authorization".into(), format!("Bearer {}", token.expose())));
            request
        }
    }
}

/// The message that is changed in place: channel and time. What someone must see anew is posted anew, because Slack tells
/// nobody that a message changed.
fn replaced<'a>(notification: &Notification, posted: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    match notification.cause {
        Cause::Fired | Cause::Escalated | Cause::Repeat | Cause::Unmuted | Cause::Digest | Cause::Heartbeat => None,
        Cause::Eased | Cause::Grew | Cause::Changed | Cause::Resolved | Cause::Flapping => posted?.split_once('/'),
    }
}

fn message_to(mut message: Value, channel: &str, ts: Option<&str>) -> Value {
    message["channel"] = json!(channel);
    if let Some(ts) = ts {
        message["ts"] = json!(ts);
    }
    message
}

fn message(telling: &Telling<'_>) -> Value {
    let notification = telling.notification;
    json!({
        "text": escaped(&text::title(notification), TITLE_CHARS_MAX),
        "unfurl_links": false,
        "unfurl_media": false,
        "attachments": [{ "color": colour(notification), "blocks": blocks(telling) }],
    })
}

fn colour(notification: &Notification) -> &'static str {
    match (notification.kind, notification.status, notification.level) {
        (Kind::Digest | Kind::Heartbeat, _, _) => "#808080",
        (Kind::Individual | Kind::List | Kind::Fleet, Status::Resolved, _) => "#2eb886",
        (Kind::Individual | Kind::List | Kind::Fleet, Status::Firing, Level::Critical) => "#d72b3f",
        (Kind::Individual | Kind::List | Kind::Fleet, Status::Firing, Level::Warning) => "#daa038",
    }
}

fn blocks(telling: &Telling<'_>) -> Vec<Value> {
    let notification = telling.notification;
    let told = ["summary", "description"].into_iter().filter_map(|name| text::annotation(notification, name));
    let told: Vec<String> = told.map(|text| text::lines_kept(text, SECTION_CHARS_MAX)).collect();
    let sections = [
        escaped(&told.join("\n"), SECTION_CHARS_MAX),
        facts(telling),
        accounts(notification),
        log_lines(notification),
        links(telling),
    ];
    let mut blocks: Vec<Value> =
        sections.into_iter().filter(|text| !text.is_empty()).map(|text| section(&text)).collect();
    if blocks.is_empty() {
        blocks.push(section(&escaped(&text::title(notification), SECTION_CHARS_MAX)));
    }
    blocks
}

fn section(text: &str) -> Value {
    // Verbatim, so that what looks like a link or the name of a channel does not become one.
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

fn facts(telling: &Telling<'_>) -> String {
    let facts = text::facts(telling.notification, telling.now);
    let lines = facts.iter().map(|(name, value)| format!("*{}:* {}", escaped(name, 100), escaped(value, 400)));
    joined(lines, SECTION_CHARS_MAX)
}

fn accounts(notification: &Notification) -> String {
    if notification.alerts_total <= 1 && notification.kind != Kind::Digest {
        return String::new();
    }
    let mut lines = text::alert_lines(notification, ACCOUNTS_MAX);
    lines.extend(text::more(notification, lines.len()));
    // Ten of 270 and the count stay below the limit of a section.
    joined(lines.iter().map(|line| format!("- {}", escaped(line, 270))), SECTION_CHARS_MAX)
}

fn log_lines(notification: &Notification) -> String {
    const FENCE: &str = "```";
    let lines = text::log_lines(notification, LINES_MAX);
    let lines = lines.iter().map(|line| escaped(&line.replace(FENCE, "'''"), 550));
    let inside = joined(lines, SECTION_CHARS_MAX - 2 * FENCE.len() - 2);
    if inside.is_empty() { inside } else { format!("{FENCE}\n{inside}\n{FENCE}") }
}

fn links(telling: &Telling<'_>) -> String {
    let links = telling.links.all(telling.notification);
    let shown = links.iter().filter_map(|(name, url)| {
        // An address that would end its own link is not one of ours.
        let is_plain = url.len() <= 1_000 && !url.contains(['<', '>', '|']) && !url.contains(char::is_whitespace);
        is_plain.then(|| format!("<{}|{}>", url.replace('&', "&amp;"), text::link_name(name)))
    });
    let mut text = String::new();
    for link in shown {
        if text.chars().count() + link.chars().count() + 3 > SECTION_CHARS_MAX {
            break;
        }
        if !text.is_empty() {
            text.push_str(" | ");
        }
        text.push_str(&link);
    }
    text
}

/// Lines, as many as fit whole.
fn joined(lines: impl Iterator<Item = String>, chars_max: usize) -> String {
    let (mut text, mut chars) = (String::new(), 0);
    for line in lines {
        chars += line.chars().count() + 1;
        if chars > chars_max + 1 {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}

/// A text in which nothing is a link, a mention or a command; no longer than that, and no escape is cut in two.
fn escaped(text: &str, chars_max: usize) -> String {
    let (mut out, mut chars) = (String::new(), 0);
    // Room for the dots is left only where they are needed.
    let length = |c: char| match c {
        '&' => 5,
        '<' | '>' => 4,
        _ => 1,
    };
    let total: usize = text.chars().map(length).sum();
    let room = if total <= chars_max { chars_max } else { chars_max.saturating_sub(3) };
    for c in text.chars() {
        chars += length(c);
        if chars > room {
            break;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    if total > chars_max {
        out.push_str("...");
    }
    out
}

/// A bot's answer has its meaning in the body, with the status 200 for most errors.
pub(super) fn verdict(slack: &Slack, answer: &Answer, now: Timestamp) -> Verdict {
    let by_status = by_status(answer, now);
    if matches!(slack, Slack::Webhook { .. }) || !matches!(by_status, Verdict::Accepted { .. }) {
        return by_status;
    }
    let retry = |error: String| Verdict::Retry { after: None, uncertain: true, error };
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return retry(format!("an answer that is no JSON: {}", super::said(answer)));
    };
    if body["ok"] == json!(true) {
        let posted =
            body["channel"].as_str().zip(body["ts"].as_str()).map(|(channel, ts)| format!("{channel}/{ts}").into());
        return Verdict::Accepted { posted };
    }
    let error = one_line(body["error"].as_str().unwrap_or("no reason given"), 100);
    match error.as_str() {
        "message_not_found" | "cant_update_message" | "edit_window_closed" => Verdict::Gone,
        "ratelimited" | "rate_limited" => Verdict::Retry { after: None, uncertain: false, error },
        "fatal_error" | "internal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            retry(error)
        }
        _ => Verdict::Refused { reason: error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::config::alerting::{Receiver, ReceiverKind};
    use crate::notify::samples::{self, AT};
    use crate::notify::{Outgoing, requests};
    use proptest::prelude::*;

    fn webhook() -> ReceiverKind {
        ReceiverKind::Slack(Slack::Webhook { url: Secret::new("https://hooks.slack.com/services/x".into()) })
    }

    fn bot() -> Slack {
        Slack::Bot { token: Secret::new("xoxb".into()), channel: "C1".into(), url: "https://slack.com/api".into() }
    }

    fn body(notification: &Notification) -> Value {
        samples::json(&samples::sent(notification, webhook())[0])
    }

    fn sections(body: &Value) -> Vec<String> {
        let blocks = body["attachments"][0]["blocks"].as_array().unwrap();
        blocks.iter().map(|block| block["text"]["text"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn one_account_is_a_message_with_facts_lines_and_links() {
        insta::assert_json_snapshot!(body(&samples::individual()));
    }

    #[test]
    fn a_fleet_of_six_thousand_names_ten() {
        insta::assert_json_snapshot!(body(&samples::fleet()));
    }

    #[test]
    fn what_is_over_is_green() {
        let body = body(&samples::resolved(samples::individual()));
        assert_eq!(body["text"], "[RESOLVED] ApiErrorRate: acme-prod 1234-5678-9012");
        assert_eq!(body["attachments"][0]["color"], "#2eb886");
    }

    fn by_bot(notification: &Notification, posted: Option<&str>) -> (String, Value) {
        let receiver = Receiver::new("chat", ReceiverKind::Slack(bot()));
        let outgoing = requests(notification, &receiver, &samples::links(), posted, AT);
        let [Outgoing::Http(request)] = outgoing.as_slice() else { panic!("{outgoing:?}") };
        assert_eq!(request.headers[1], ("Authorization".into(), "Bearer xoxb".into()));
        let body = samples::json(request);
        (request.url.clone(), json!([body["channel"], body["ts"]]))
    }

    #[test]
    fn a_bot_posts_once_and_then_changes_its_message() {
        let (post, update) = ("https://slack.com/api/chat.postMessage", "https://slack.com/api/chat.update");
        let posted = Some("C0123/1503435956.000247");
        let grown = Notification { cause: Cause::Grew, ..samples::fleet() };
        let escalated = Notification { cause: Cause::Escalated, ..samples::fleet() };
        let resolved = samples::resolved(samples::fleet());
        assert_eq!(by_bot(&samples::fleet(), None), (post.into(), json!(["C1", null])));
        assert_eq!(by_bot(&grown, posted), (update.into(), json!(["C0123", "1503435956.000247"])));
        assert_eq!(by_bot(&resolved, posted), (update.into(), json!(["C0123", "1503435956.000247"])));
        assert_eq!(by_bot(&grown, None), (post.into(), json!(["C1", null])));
        assert_eq!(by_bot(&escalated, posted), (post.into(), json!(["C1", null])));
    }

    #[test]
    fn a_bots_answer_is_judged_by_its_body() {
        let judged = |body: &str| {
            verdict(&bot(), &Answer { status: 200, retry_after: None, body: body.as_bytes().to_vec() }, AT)
        };
        assert_eq!(
            judged(r#"{"ok":true,"channel":"C0123","ts":"1503435956.000247"}"#),
            Verdict::Accepted { posted: Some("C0123/1503435956.000247".into()) }
        );
        assert_eq!(
            judged(r#"{"ok":false,"error":"invalid_auth"}"#),
            Verdict::Refused { reason: "invalid_auth".into() }
        );
        assert_eq!(judged(r#"{"ok":false,"error":"message_not_found"}"#), Verdict::Gone);
        let retry = Verdict::Retry { after: None, uncertain: false, error: "ratelimited".into() };
        assert_eq!(judged(r#"{"ok":false,"error":"ratelimited"}"#), retry);
        assert!(matches!(judged("<html>"), Verdict::Retry { .. }));
    }

    #[test]
    fn hostile_text_neither_mentions_nor_links_nor_breaks_out() {
        let body = body(&samples::hostile());
        let text = body.to_string();
        assert!(!text.contains("<!channel>") && !text.contains("<https://evil"), "{text}");
        let sections = sections(&body);
        let lines = sections.iter().find(|section| section.starts_with("```")).unwrap();
        assert_eq!(lines.matches("```").count(), 2);
        for section in sections {
            assert!(section.chars().count() <= SECTION_CHARS_MAX, "{section}");
        }
    }

    #[test]
    fn the_limit_of_a_section_is_met_exactly() {
        let mut notification = samples::individual();
        let mut given = |length: usize| {
            notification.annotations = [("summary".into(), "x".repeat(length).into())].into();
            sections(&body(&notification))[0].clone()
        };
        assert_eq!(given(SECTION_CHARS_MAX), "x".repeat(SECTION_CHARS_MAX));
        let cut = given(SECTION_CHARS_MAX + 1);
        assert_eq!(cut.len(), SECTION_CHARS_MAX);
        assert!(cut.ends_with("x..."));
    }

    proptest! {
        #[test]
        fn escaped_text_is_safe_and_short(text in "[<>&a\u{e4}]{0,60}", chars_max in 3..40_usize) {
            let escaped = escaped(&text, chars_max);
            prop_assert!(escaped.chars().count() <= chars_max);
            prop_assert!(!escaped.contains(['<', '>']));
            let plain = escaped.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "");
            prop_assert!(!plain.contains('&'), "{escaped}");
        }
    }
}
