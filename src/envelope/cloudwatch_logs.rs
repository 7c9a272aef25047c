//! CloudWatch Logs subscription payload: one owner, log group and log stream, and their log events.
//!
//! Source: CloudWatch Logs user guide, "Log group-level subscription filters" and "Account-level subscription filters".
//! Members are found by name, in any order; unknown ones are ignored. An event that is broken is set
//! aside and its neighbours stand; JSON that does not parse is an error of the whole payload.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::json::{self, Kind, Scanner};
use crate::reject::Reason;

/// One payload.
#[derive(Debug)]
pub struct Subscription<'a> {
    /// Whether it carries data.
    pub message: Message,
    /// `owner`: the account of the log data, or `CloudwatchLogs` in a control message.
    pub owner: &'a str,
    /// `logGroup`.
    pub log_group: &'a str,
    /// `logStream`.
    pub log_stream: &'a str,
    /// The first of `subscriptionFilters`: the filter through which it came; empty where there is none.
    pub filter: &'a str,
    /// The log events, in their order.
    pub events: Vec<'a, Event<'a>>,
    /// Events that could not be read.
    pub broken: Vec<'a, Broken<'a>>,
}

/// `messageType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// `DATA_MESSAGE`
    Data,
    /// `CONTROL_MESSAGE`: a probe that the destination can be reached.
    Control,
}

/// One log event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// `id`; empty where there is none.
    pub id: &'a str,
    /// `timestamp` as it stands, normally milliseconds since 1970; `None` where there is none.
    pub timestamp: Option<u64>,
    /// `message`
    pub message: &'a str,
    /// `extractedFields` as JSON text.
    pub extracted_fields: Option<&'a str>,
    /// The whole event as JSON text.
    pub json: &'a str,
}

/// An event that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken<'a> {
    /// The event as JSON text.
    pub json: &'a str,
    /// What is wrong with it.
    pub detail: &'static str,
}

/// Why a payload could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not JSON.
    #[error("subscription payload: {0}")]
    Json(#[from] json::Error),
    /// A required member is missing.
    #[error("subscription payload has no {member:?}")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// `messageType` is neither of the two.
    #[error("subscription payload has a messageType that is neither DATA_MESSAGE nor CONTROL_MESSAGE")]
    MessageType,
}

impl Error {
    /// The reason to count it under.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Json(json::Error::TooDeep { .. }) => Reason::TooDeep,
            Self::Json(_) => Reason::BadJson,
            Self::Missing { .. } | Self::MessageType => Reason::BadShape,
        }
    }
}

/// Reads the payload at the scanner's position and leaves the scanner behind it.
///
/// # Errors
/// When it is not JSON, or not a subscription payload.
pub fn parse<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<Subscription<'a>, Error> {
    let (mut message_type, mut owner, mut log_group, mut log_stream) = (None, None, None, "");
    let (mut events, mut broken, mut filter) = (None, Vec::new_in(bump), "");
    let mut first = true;
    scanner.open_object()?;
    while let Some(key) = scanner.next_key(&mut first)? {
        match key.resolve(bump) {
            "messageType" => message_type = text(scanner, bump)?,
            "owner" => owner = text(scanner, bump)?,
            "logGroup" => log_group = text(scanner, bump)?,
            "logStream" => log_stream = text(scanner, bump)?.unwrap_or_default(),
            "subscriptionFilters" if scanner.kind()? == Kind::Array => filter = first_text(scanner, bump)?,
            "logEvents" if scanner.kind()? == Kind::Array => events = Some(log_events(scanner, bump, &mut broken)?),
            _ => {
                let _ = scanner.skip_value()?;
            }
        }
    }
    let message = match message_type.ok_or(Error::Missing { member: "messageType" })? {
        "DATA_MESSAGE" => Message::Data,
        "CONTROL_MESSAGE" => Message::Control,
        _ => return Err(Error::MessageType),
    };
    Ok(Subscription {
        message,
        owner: owner.ok_or(Error::Missing { member: "owner" })?,
        log_group: log_group.ok_or(Error::Missing { member: "logGroup" })?,
        log_stream,
        filter,
        events: events.ok_or(Error::Missing { member: "logEvents" })?,
        broken,
    })
}

/// A text, or nothing where something else stands.
fn text<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<Option<&'a str>, json::Error> {
    if scanner.kind()? == Kind::Text {
        return scanner.resolved_string(bump).map(Some);
    }
    scanner.skip_value().map(|_| None)
}

/// The first text of an array; empty where there is none.
fn first_text<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<&'a str, json::Error> {
    let (mut found, mut first) = (None, true);
    scanner.open_array()?;
    while scanner.next_item(&mut first)? {
        let item = text(scanner, bump)?;
        found = found.or(item);
    }
    Ok(found.unwrap_or_default())
}

fn log_events<'a>(
    scanner: &mut Scanner<'a>,
    bump: &'a Bump,
    broken: &mut Vec<'a, Broken<'a>>,
) -> Result<Vec<'a, Event<'a>>, json::Error> {
    let mut events = Vec::new_in(bump);
    let mut first = true;
    scanner.open_array()?;
    while scanner.next_item(&mut first)? {
        let start = scanner.position();
        match log_event(scanner, bump)? {
            Ok(event) => events.push(Event { json: scanner.slice(start..scanner.position()).trim_ascii(), ..event }),
            Err(detail) => broken.push(Broken { json: scanner.slice(start..scanner.position()).trim_ascii(), detail }),
        }
    }
    Ok(events)
}

fn log_event<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<Result<Event<'a>, &'static str>, json::Error> {
    if scanner.kind()? != Kind::Object {
        return scanner.skip_value().map(|_| Err("a log event is not an object"));
    }
    let (mut id, mut timestamp, mut message, mut extracted_fields) = ("", None, None, None);
    let mut first = true;
    scanner.open_object()?;
    while let Some(key) = scanner.next_key(&mut first)? {
        match key.resolve(bump) {
            "id" => id = text_or_number(scanner, bump)?.unwrap_or_default(),
            "timestamp" => timestamp = text_or_number(scanner, bump)?.and_then(whole_number),
            "message" => message = text(scanner, bump)?,
            "extractedFields" if scanner.kind()? == Kind::Object => extracted_fields = Some(scanner.skip_value()?),
            _ => {
                let _ = scanner.skip_value()?;
            }
        }
    }
    Ok(match message {
        Some(message) => Ok(Event { id, timestamp, message, extracted_fields, json: "" }),
        None => Err("a log event has no message text"),
    })
}

/// Ids and times: some emulators and replays write them as the other type.
fn text_or_number<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump) -> Result<Option<&'a str>, json::Error> {
    if scanner.kind()? == Kind::Number {
        return scanner.number().map(Some);
    }
    text(scanner, bump)
}

/// A time without sign; a fraction is cut off.
fn whole_number(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to fit, and a fraction is cut"
    )]
    (0.0..1.8e19).contains(&number).then_some(number as u64)
}

/// The two system fields of `extractedFields`, which name the origin where a log group gathers many accounts.
///
/// Source: CloudWatch Logs API reference, `PutSubscriptionFilter`, `emitSystemFields`.
#[must_use]
pub fn system_fields<'a>(extracted_fields: &'a str, bump: &'a Bump) -> (Option<&'a str>, Option<&'a str>) {
    let (mut account, mut region) = (None, None);
    let fields = for_each_extracted(extracted_fields, bump, |key, value| match key {
        "@aws.account" => account = Some(value),
        "@aws.region" => region = Some(value),
        _ => {}
    });
    debug_assert!(fields.is_ok(), "the text was scanned before");
    (account, region)
}

/// Calls `each` with the name and text of every extracted field that has one.
///
/// # Errors
/// When the text is not a JSON object.
pub fn for_each_extracted<'a>(
    extracted_fields: &'a str,
    bump: &'a Bump,
    mut each: impl FnMut(&'a str, &'a str),
) -> Result<(), json::Error> {
    let mut scanner = Scanner::new(extracted_fields);
    let mut first = true;
    scanner.open_object()?;
    while let Some(key) = scanner.next_key(&mut first)? {
        let key = key.resolve(bump);
        if let Some(value) = text_or_number(&mut scanner, bump)? {
            each(key, value);
        }
    }
    Ok(())
}

/// A payload with these events, as JSON texts with commas between them, for the dead letters: it can be decoded again.
#[must_use]
pub fn wrap(subscription: &Subscription<'_>, events: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":{},"logGroup":{},"logStream":{},"subscriptionFilters":[],"logEvents":[{events}]}}"#,
        quoted(subscription.owner),
        quoted(subscription.log_group),
        quoted(subscription.log_stream),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed<T>(json: &str, check: impl FnOnce(Result<Subscription<'_>, Error>) -> T) -> T {
        let bump = Bump::new();
        check(parse(&mut Scanner::new(json), &bump))
    }

    #[test]
    fn members_come_in_any_order_and_unknown_ones_are_ignored() {
        let json = r#"{"policyLevel":"ACCOUNT_LEVEL_POLICY","logEvents":[{"message":"b\n","x":[1],"timestamp":1583425836114,"id":"7"}],
            "subscriptionFilters":["central"],"new":{"a":null},"logStream":"s","logGroup":"g","owner":"111122223333","messageType":"DATA_MESSAGE"}"#;
        parsed(json, |subscription| {
            let subscription = subscription.unwrap();
            assert_eq!(
                (subscription.owner, subscription.log_group, subscription.log_stream),
                ("111122223333", "g", "s")
            );
            let json = r#"{"message":"b\n","x":[1],"timestamp":1583425836114,"id":"7"}"#;
            let event =
                Event { id: "7", timestamp: Some(1_583_425_836_114), message: "b\n", extracted_fields: None, json };
            assert_eq!(subscription.events.as_slice(), [event]);
        });
    }

    #[test]
    fn a_broken_event_does_not_take_its_neighbours_along() {
        let json = r#"{"messageType":"DATA_MESSAGE","owner":"o","logGroup":"g","logStream":"s","logEvents":[
            {"id":"1","timestamp":1,"message":"one"}, {"id":"2","timestamp":2,"message":17}, 5, {"id":3,"timestamp":"3","message":"three"}]}"#;
        parsed(json, |subscription| {
            let subscription = subscription.unwrap();
            let read: std::vec::Vec<_> = subscription.events.iter().map(|e| (e.id, e.timestamp, e.message)).collect();
            assert_eq!(read, [("1", Some(1), "one"), ("3", Some(3), "three")]);
            let broken: std::vec::Vec<_> = subscription.broken.iter().map(|b| (b.json, b.detail)).collect();
            assert_eq!(
                broken,
                [
                    (r#"{"id":"2","timestamp":2,"message":17}"#, "a log event has no message text"),
                    ("5", "a log event is not an object"),
                ]
            );
            let wrapped = wrap(&subscription, broken[0].0);
            assert!(serde_json::from_str::<serde_json::Value>(&wrapped).is_ok());
        });
    }

    #[test]
    fn system_fields_name_account_and_region() {
        let bump = Bump::new();
        let fields = r#"{"@aws.account":"111122223333","x":null,"@aws.region":"eu-central-1","n":5}"#;
        assert_eq!(system_fields(fields, &bump), (Some("111122223333"), Some("eu-central-1")));
    }

    #[test]
    fn what_is_missing_is_named() {
        parsed(r#"{"messageType":"DATA_MESSAGE","owner":"o","logGroup":"g"}"#, |result| {
            assert_eq!(result.unwrap_err(), Error::Missing { member: "logEvents" });
        });
        parsed(r#"{"messageType":"OTHER","owner":"o","logGroup":"g","logEvents":[]}"#, |result| {
            assert_eq!(result.unwrap_err(), Error::MessageType);
        });
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"\{("(messageType|owner|logEvents|logGroup)":(\[|\{|"a"|1|null|\}|\]|,){0,4},?){0,5}\}?"#) {
            let _result = parsed(&text, |result| result.map(|subscription| subscription.events.len()));
        }
    }
}
