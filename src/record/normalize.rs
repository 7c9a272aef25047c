//! Log events into log records. Never fails: what cannot be understood is kept as text.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::config::FormatName;
use crate::envelope::cloudwatch_logs::{self, Event};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::explain::Explain;
use crate::record::format::{self, Format};
use crate::record::log::{Log, Trace};
use crate::record::metric::reading::Reading;
use crate::record::value::Value;
use crate::time::Timestamp;

/// A time this far ahead of arrival is kept but marked. Source: CloudWatch Logs quotas, `PutLogEvents`: at most 2 hours in the future.
const AHEAD_MAX_SECONDS: u64 = 2 * 3_600;

/// What was odd about a record but did not keep it from being used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Its time was in another unit than milliseconds.
    pub time_unit: bool,
    /// Its time lies in the future.
    pub time_ahead: bool,
}

/// Makes the record of one log event, and of those that go on with it.
pub fn normalize<'a>(
    joined: &Joined<'a>,
    arrived: Timestamp,
    chosen: Option<&'static Format>,
    explain: Explain,
    context: &Context<'a>,
) -> (Draft<'a>, Oddities) {
    let Joined { event, message, others } = *joined;
    let mut log = Log::new(message, arrived, context.bump);
    let mut odd = Oddities::default();
    log.event_id = event.id;
    log.time = event.timestamp.map(|number| {
        let (time, unit_is_other) = Timestamp::from_unix(number);
        odd.time_unit = unit_is_other;
        time
    });
    let mut draft =
        Draft { format: FormatName::Text, log, readings: Vec::new_in(context.bump), secret_removed: false, explain };
    if odd.time_unit {
        draft.explain.note("time", || "not in milliseconds: the unit was told from the size of the number".into());
    }
    odd.time_ahead = draft.log.time.is_some_and(|time| time.since(arrived).as_secs() > AHEAD_MAX_SECONDS);
    format::parse(message, chosen, &mut draft, context);
    explain_record(&mut draft);
    if !others.is_empty() {
        draft.log.attribute(attribute::LOG_EVENT_JOINED_IDS, Value::List(others));
        draft.explain.note("multiline", || format!("{} events joined", others.len() + 1));
    }
    if odd.time_ahead {
        draft.log.attribute(attribute::TIME_AHEAD, Value::Bool(true));
        draft.explain.note("time", || "more than two hours ahead of arrival: kept and marked".into());
    }
    if context.settings.raw && !draft.secret_removed {
        draft.log.attribute(attribute::LOG_RECORD_ORIGINAL, Value::Text(message));
    }
    if context.settings.extracted_fields {
        extracted(event, &mut draft.log, context.bump);
    }
    (draft, odd)
}

fn explain_record(draft: &mut Draft<'_>) {
    let Draft { log, readings, explain, .. } = draft;
    let (severity, word) = (log.severity, log.severity_text);
    explain.note("severity", || match (severity.number(), word) {
        (0, _) => "none given".into(),
        (number, "") => format!("{number}, by what the message means"),
        (number, word) => format!("{number}, from {word:?}"),
    });
    if log.trace != Trace::default() {
        explain.note("trace", || "trace context taken from the message".into());
    }
    if !readings.is_empty() {
        let name = |reading: &Reading<'_>| format!("{}/{}", reading.namespace, reading.name);
        explain.note("points", || readings.iter().map(name).collect::<std::vec::Vec<_>>().join(", "));
    }
}

/// A log event, with the lines of others that go on with it.
#[derive(Clone, Copy, Debug)]
pub struct Joined<'a> {
    /// The event, or the first of several.
    pub event: &'a Event<'a>,
    /// Its message, or those of all, a newline between them.
    pub message: &'a str,
    /// Ids of the other events, each a text.
    pub others: &'a [Value<'a>],
}

/// Joins the events in front that belong together. Only what the format says goes on with the line before is joined,
/// and only up to `settings.body_bytes_max`.
pub fn join<'e: 'a, 'a>(
    events: &mut std::iter::Peekable<impl Iterator<Item = &'e Event<'e>>>,
    chosen: Option<&'static Format>,
    context: &Context<'a>,
) -> Option<Joined<'a>> {
    let event = events.next()?;
    let alone = Joined { event, message: event.message, others: &[] };
    let Some(continues) = chosen.and_then(|format| format.continues).filter(|_| context.settings.multiline) else {
        return Some(alone);
    };
    let bytes_max = context.settings.body_bytes_max;
    let mut bytes = event.message.len();
    let mut goes_on = |last: &Event<'_>, next: &Event<'_>| {
        bytes += next.message.len() + 1;
        bytes <= bytes_max && continues(event.message, last.message, next.message)
    };
    let Some(second) = events.next_if(|next| goes_on(event, next)) else { return Some(alone) };
    let mut message = bumpalo::collections::String::from_str_in(event.message, context.bump);
    let mut others = Vec::new_in(context.bump);
    let mut next = Some(second);
    while let Some(event) = next {
        if !message.ends_with('\n') {
            message.push('\n');
        }
        message.push_str(event.message);
        others.push(Value::Text(event.id));
        next = events.next_if(|next| goes_on(event, next));
    }
    Some(Joined { event, message: message.into_bump_str(), others: others.into_bump_slice() })
}

fn extracted<'a>(event: &Event<'a>, log: &mut Log<'a>, bump: &'a Bump) {
    let Some(fields) = event.extracted_fields else { return };
    let scanned = cloudwatch_logs::for_each_extracted(fields, bump, |key, value| {
        if !key.starts_with('@') {
            let name = bumpalo::format!(in bump, "{}{key}", attribute::LOG_EXTRACTED_PREFIX).into_bump_str();
            log.attribute(name, Value::Text(value));
        }
    });
    debug_assert!(scanned.is_ok(), "the text was scanned before");
}

/// Cuts a text body that is too long, at a character, and says in the record how long it was.
pub fn cut_body(draft: &mut Draft<'_>, bytes_max: usize) -> bool {
    let log = &mut draft.log;
    let Value::Text(body) = log.body else { return false };
    if body.len() <= bytes_max {
        return false;
    }
    let end = (0..=bytes_max).rev().find(|end| body.is_char_boundary(*end)).unwrap_or(0);
    log.body = Value::Text(&body[..end]);
    let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
    log.attribute(attribute::BODY_ORIGINAL_BYTES, Value::Int(length));
    draft.explain.note("limit", || format!("the body of {length} bytes was cut to {end}"));
    true
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::Normalize;
    use crate::record::format::choice::choose;
    use crate::record::resource::producer;

    /// A message as it may arrive, for the tests of formats.
    pub(crate) struct Given<'m> {
        pub(crate) log_group: &'m str,
        pub(crate) log_stream: &'m str,
        pub(crate) messages: &'m [&'m str],
        pub(crate) settings: Normalize,
        /// Time of the events, in milliseconds.
        pub(crate) time: u64,
    }

    impl<'m> Given<'m> {
        pub(crate) fn new(log_group: &'m str, messages: &'m [&'m str]) -> Self {
            Self { log_group, log_stream: "stream", messages, settings: Normalize::default(), time: TIME }
        }

        /// What becomes of the messages: one draft for each, but for those that are joined.
        pub(crate) fn check(&self, mut check: impl FnMut(&Draft<'_>)) {
            self.check_mut(|draft, _| check(draft));
        }

        /// The same, for what comes behind: it may go on with the draft.
        pub(crate) fn check_mut(&self, mut check: impl for<'b> FnMut(&mut Draft<'b>, &'b Bump)) {
            let bump = Bump::new();
            let choice = choose(&self.settings, self.log_group, self.log_stream);
            let producer =
                producer(self.log_group, self.log_stream).named(&self.settings.service_names, self.log_group);
            let context = Context {
                bump: &bump,
                settings: &self.settings,
                log_group: self.log_group,
                log_stream: self.log_stream,
                producer: &producer,
                fields: choice.fields,
            };
            let extracted_fields = Some(r#"{"@aws.account":"1","ip":"10.0.0.1","gone":null}"#);
            let event =
                |message: &&'m str| Event { id: "1", timestamp: Some(self.time), message, extracted_fields, json: "" };
            let events: std::vec::Vec<_> = self.messages.iter().map(event).collect();
            let mut events = events.iter().peekable();
            let arrived = Timestamp::from_millis(self.time + ARRIVAL_MILLIS);
            while let Some(joined) = join(&mut events, choice.format, &context) {
                let (mut draft, _) = normalize(&joined, arrived, choice.format, Explain::on(), &context);
                let _ = cut_body(&mut draft, self.settings.body_bytes_max);
                check(&mut draft, &bump);
            }
        }

        /// What becomes of the messages, one text each: `format | severity text | body | attributes`, and a line a reading.
        pub(crate) fn told(&self) -> std::vec::Vec<String> {
            let mut told = std::vec::Vec::new();
            self.check(|draft| told.push(tell(draft)));
            told
        }
    }

    /// The time of every event of the tests, in milliseconds: 2020-03-05T16:30:36.114Z.
    pub(crate) const TIME: u64 = 1_583_425_836_114;
    /// How long after its time an event arrives.
    const ARRIVAL_MILLIS: u64 = 63_886;

    /// The draft in one text: `17 error | body | key=value key=value`, then one line a metric reading.
    pub(crate) fn tell(draft: &Draft<'_>) -> String {
        let log = &draft.log;
        let mut told = format!(
            "{} {} {} | {} | {}",
            log.encoding,
            log.severity.number(),
            log.severity_text,
            show(&log.body),
            attributes(log)
        );
        for reading in &draft.readings {
            let dimensions = reading.dimensions.iter().map(|it| format!("{}={}", it.name, it.value));
            let dimensions = dimensions.collect::<std::vec::Vec<_>>().join(",");
            told.push_str(&format!(
                "\n{}/{} {{{dimensions}}} {:?} {}",
                reading.namespace, reading.name, reading.values, reading.unit
            ));
        }
        told
    }

    /// A value as JSON would have it, more or less.
    pub(crate) fn show(value: &Value<'_>) -> String {
        match value {
            Value::Text(text) => format!("{text:?}"),
            Value::Int(number) => number.to_string(),
            Value::Double(number) => format!("{number:?}"),
            Value::Bool(is) => is.to_string(),
            Value::Null => "null".into(),
            Value::List(items) => {
                format!("[{}]", items.iter().map(show).collect::<std::vec::Vec<_>>().join(","))
            }
            Value::Map(members) => {
                let member = |it: &crate::record::value::Attribute<'_>| format!("{}:{}", it.key, show(&it.value));
                format!("{{{}}}", members.iter().map(member).collect::<std::vec::Vec<_>>().join(","))
            }
        }
    }

    /// `key=value key=value`
    pub(crate) fn attributes(log: &Log<'_>) -> String {
        let each = log.attributes.iter().map(|attribute| format!("{}={}", attribute.key, show(&attribute.value)));
        each.collect::<std::vec::Vec<_>>().join(" ")
    }

    /// Checks the record of one message of an application.
    pub(crate) fn normalized(message: &str, check: impl FnMut(&Log<'_>)) {
        let mut check = check;
        Given::new("/acme/app", &[message]).check(|draft| check(&draft.log));
    }

    #[test]
    fn text_loses_its_newline_and_nothing_else() {
        normalized("line\r\n", |log| assert_eq!(log.body, Value::Text("line")));
        normalized("a\n\n", |log| assert_eq!(log.body, Value::Text("a\n")));
    }

    #[test]
    fn seconds_micros_and_nanos_are_recognised() {
        let second = 1_737_735_732;
        assert_eq!(Timestamp::from_unix(second), (Timestamp::from_seconds(second), true));
        assert_eq!(Timestamp::from_unix(second * 1_000), (Timestamp::from_seconds(second), false));
        assert_eq!(Timestamp::from_unix(second * 1_000_000), (Timestamp::from_seconds(second), true));
        assert_eq!(Timestamp::from_unix(second * 1_000_000_000), (Timestamp::from_seconds(second), true));
        assert_eq!(
            Timestamp::from_unix(20_000_000_000_000_000),
            (Timestamp::from_nanos(u64::MAX), true),
            "the last moment"
        );
    }

    #[test]
    fn a_body_over_the_limit_is_cut_at_a_character_and_marked() {
        let settings = Normalize { body_bytes_max: 4, ..Normalize::default() };
        let given = Given { settings, ..Given::new("/acme/app", &["abc\u{e9}\u{e9}"]) };
        assert_eq!(given.told(), ["aws.cloudwatch 0  | \"abc\" | fanin.body.original_bytes=7"]);
    }

    #[test]
    fn the_original_and_extracted_fields_are_kept_on_request() {
        let settings = Normalize { raw: true, extracted_fields: true, ..Normalize::default() };
        let given = Given { settings, ..Given::new("/acme/app", &["x\n"]) };
        assert_eq!(
            given.told(),
            ["aws.cloudwatch 0  | \"x\" | log.record.original=\"x\\n\" aws.log.extracted.ip=\"10.0.0.1\""]
        );
    }

    #[test]
    fn a_time_in_the_future_is_kept_but_marked() {
        let bump = Bump::new();
        let event =
            Event { id: "", timestamp: Some(1_600_000_000_000), message: "x", extracted_fields: None, json: "" };
        let (settings, producer) = (Normalize::default(), producer("", ""));
        let context = Context {
            bump: &bump,
            settings: &settings,
            log_group: "",
            log_stream: "",
            producer: &producer,
            fields: &[],
        };
        let joined = Joined { event: &event, message: "x", others: &[] };
        let arrived = Timestamp::from_millis(1_500_000_000_000);
        let (draft, oddities) = normalize(&joined, arrived, None, Explain::off(), &context);
        assert_eq!(draft.log.time, Some(Timestamp::from_millis(1_600_000_000_000)));
        assert!(oddities.time_ahead);
    }

    #[test]
    fn lines_are_joined_where_the_operator_names_the_format() {
        use crate::config::{FormatName, FormatRule};
        use crate::glob::Glob;
        let trace = ["Error: no stock", "    at Object.<anonymous> (a.js:1:1)", "next"];
        assert_eq!(Given::new("/acme/app", &trace).told().len(), 3);
        let rule = FormatRule {
            log_groups: Glob::new("/acme/*"),
            log_streams: Glob::new("*"),
            format: FormatName::Text,
            fields: std::vec::Vec::new(),
        };
        let settings = || Normalize { formats: vec![rule.clone()], ..Normalize::default() };
        let told = Given { settings: settings(), ..Given::new("/acme/app", &trace) }.told();
        assert_eq!(told.len(), 2);
        assert!(told[0].contains(r"no stock\n    at Object"), "{told:?}");
        let python = ["ERROR no stock", "  File \"a.py\", line 1, in f", "    g()", "KeyError: 'x'", "KeyError: 'y'"];
        assert_eq!(Given { settings: settings(), ..Given::new("/acme/app", &python) }.told().len(), 2);
    }
}
