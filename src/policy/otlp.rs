//! The policy for logs that others encoded as OTLP.
//!
//! Nearly all requests pass as they are: only where something may have to be done is one decoded. Filters, sampling,
//! redaction and edits are those of Fanin's own records; `log_groups` of items match the empty name. Left alone are the
//! resource and the scope, which the sender's operator wrote, and requests with metrics.

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;

use super::condition::severity_of;
use super::{Counts, Local, sample};
use crate::config::policy::{Action, Change, Edit, Verdict};
use crate::record::attribute;
use crate::record::log::Log;
use crate::record::value::{Attribute, Value};
use crate::time::Timestamp;

/// A request that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The request; empty where no record is left.
    pub request: Vec<u8>,
    /// Records that are left.
    pub records: u32,
}

impl Local<'_> {
    /// Whether something may have to be done to an export request with logs. Looks at its bytes only: texts stand in
    /// them as they are, and a number that may be a card's as one of six bytes or more.
    #[must_use]
    pub fn may_change(&self, request: &[u8]) -> bool {
        let acts = !self.filters.is_empty() || !self.samples.is_empty() || !self.edits.is_empty();
        acts || self.rules.may_hold(request) || (self.rules.detects_cards() && has_long_number(request))
    }

    /// Applies the policy to an export request with logs. `None` where it stays as it is.
    ///
    /// # Errors
    /// Where it is not such a request.
    pub fn rewrite(&self, request: &[u8], counts: &mut Counts) -> Result<Option<Rewritten>, prost::DecodeError> {
        if !self.may_change(request) {
            return Ok(None);
        }
        let mut decoded = ExportLogsServiceRequest::decode(request)?;
        let (mut records, mut changed) = (0, false);
        for resource in &mut decoded.resource_logs {
            for scope in &mut resource.scope_logs {
                scope.log_records.retain_mut(|record| {
                    let leaves =
                        self.admits(record, &mut changed, counts) && self.clean_up(record, &mut changed, counts);
                    changed |= !leaves;
                    records += u32::from(leaves);
                    leaves
                });
            }
            resource.scope_logs.retain(|scope| !scope.log_records.is_empty());
        }
        decoded.resource_logs.retain(|resource| !resource.scope_logs.is_empty());
        Ok(changed.then(|| Rewritten { request: decoded.encode_to_vec(), records }))
    }

    /// Filters and samples.
    fn admits(&self, record: &mut LogRecord, changed: &mut bool, counts: &mut Counts) -> bool {
        if self.filters.is_empty() && self.samples.is_empty() {
            return true;
        }
        let Some(rate) = self.share(record, counts) else { return false };
        if rate < 1.0 {
            record.attributes.push(key_value(attribute::SAMPLE_RATE, Any::DoubleValue(rate)));
            *changed = true;
        }
        true
    }

    /// The share of records like this one that leaves; `None` where this one does not.
    fn share(&self, record: &LogRecord, counts: &mut Counts) -> Option<f64> {
        let bump = Bump::new();
        let log = log_of(record, &bump);
        if self.filter(&log, "").is_some_and(|filter| filter.verdict == Verdict::Drop) {
            counts.filtered += 1;
            return None;
        }
        let Some(sample) = sample::rule(&self.samples, log.severity) else { return Some(1.0) };
        if !sample::keeps(sample.rate, &sample::key(&log, "")) {
            counts.sampled_out += 1;
            return None;
        }
        Some(sample.rate)
    }

    /// Redacts and edits.
    fn clean_up(&self, record: &mut LogRecord, changed: &mut bool, counts: &mut Counts) -> bool {
        let mut walk = Walk { local: self, counts, path: String::from("body"), changed: false, drops: false };
        if let Some(body) = record.body.as_mut()
            && !walk.value("body", body)
        {
            record.body = None;
        }
        for (name, text) in [("severity_text", &mut record.severity_text), ("event_name", &mut record.event_name)] {
            walk.path = name.into();
            let _ = walk.text(name, text);
        }
        walk.path.clear();
        record.attributes.retain_mut(|it| walk.member(it));
        *changed |= walk.changed;
        if walk.drops {
            counts.dropped += 1;
            return false;
        }
        let mut edited = false;
        for it in &self.edits {
            edited |= edit(it, &mut record.attributes);
        }
        counts.edited += u64::from(edited);
        *changed |= edited;
        true
    }
}

/// Whether a varint of six bytes or more stands somewhere: 14 digits and more. Texts beyond ASCII look like one as well.
fn has_long_number(bytes: &[u8]) -> bool {
    const BYTES: usize = 6;
    let mut at = BYTES - 1;
    while let Some(b) = bytes.get(at) {
        if !b.is_ascii() {
            let start = bytes[..at].iter().rev().take(BYTES).take_while(|b| !b.is_ascii()).count();
            let end = bytes[at..].iter().take(BYTES).take_while(|b| !b.is_ascii()).count();
            if start + end >= BYTES {
                return true;
            }
        }
        at += BYTES;
    }
    false
}

/// On the way through the values of a record. Each method says whether the value stays.
struct Walk<'w, 'p> {
    local: &'w Local<'p>,
    counts: &'w mut Counts,
    path: String,
    changed: bool,
    drops: bool,
}

impl Walk<'_, '_> {
    fn member(&mut self, member: &mut KeyValue) -> bool {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(&member.key);
        let stays = member.value.as_mut().is_none_or(|value| self.value(&member.key, value));
        self.path.truncate(length);
        stays
    }

    fn value(&mut self, key: &str, value: &mut AnyValue) -> bool {
        match &mut value.value {
            Some(Any::StringValue(text)) => self.text(key, text),
            Some(Any::IntValue(number)) => {
                let mut text = number.to_string();
                let stays = self.text(key, &mut text);
                if text != number.to_string() {
                    value.value = Some(Any::StringValue(text));
                }
                stays
            }
            Some(Any::BytesValue(bytes)) => {
                let Ok(mut text) = String::from_utf8(bytes.clone()) else { return true };
                let stays = self.text(key, &mut text);
                *bytes = text.into_bytes();
                stays
            }
            Some(Any::ArrayValue(list)) => {
                list.values.retain_mut(|item| self.value(key, item));
                true
            }
            Some(Any::KvlistValue(map)) => {
                // What a member `name` says of a member `value`: headers and environments are often lists of such.
                let name = map.values.iter().find(|it| it.key.eq_ignore_ascii_case("name")).and_then(text_of);
                map.values.retain_mut(|it| match (&name, it.value.as_mut()) {
                    (Some(name), Some(value)) if it.key.eq_ignore_ascii_case("value") => self.value(name, value),
                    (Some(_) | None, Some(_) | None) => self.member(it),
                });
                true
            }
            Some(Any::BoolValue(_) | Any::DoubleValue(_) | Any::StringValueStrindex(_)) | None => true,
        }
    }

    fn text(&mut self, key: &str, text: &mut String) -> bool {
        let Some((marked, action)) = self.local.rules.text_alone(&self.path, key, text, self.counts) else {
            return true;
        };
        *text = marked;
        self.changed = true;
        self.drops |= action == Action::DropRecord;
        action != Action::DropValue || self.path == "body"
    }
}

fn text_of(member: &KeyValue) -> Option<String> {
    match member.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text.clone()),
        Any::IntValue(_)
        | Any::BytesValue(_)
        | Any::ArrayValue(_)
        | Any::KvlistValue(_)
        | Any::BoolValue(_)
        | Any::DoubleValue(_)
        | Any::StringValueStrindex(_) => None,
    }
}

fn edit(edit: &Edit, attributes: &mut Vec<KeyValue>) -> bool {
    let has = |attributes: &[KeyValue], key: &str| attributes.iter().any(|it| it.key == key);
    match &edit.change {
        Change::Rename { from, to } => {
            if !has(attributes, from) || has(attributes, to) {
                return false;
            }
            attributes.iter_mut().filter(|it| it.key == *from).for_each(|it| it.key.clone_from(to));
            true
        }
        Change::Remove(names) => {
            let before = attributes.len();
            attributes.retain(|it| !names.iter().any(|name| name.matches(&it.key)));
            attributes.len() < before
        }
        Change::Add(pairs) => {
            let before = attributes.len();
            for (key, value) in pairs {
                if !has(attributes, key) {
                    attributes.push(key_value(key, Any::StringValue(value.clone())));
                }
            }
            attributes.len() > before
        }
    }
}

fn key_value(key: &str, value: Any) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// A record that others encoded, as filters, sampling and rules see it.
pub fn log_of<'a>(record: &'a LogRecord, bump: &'a Bump) -> Log<'a> {
    let mut log = Log::new("", Timestamp::from_nanos(record.observed_time_unix_nano), bump);
    log.time = Some(Timestamp::from_nanos(record.time_unix_nano));
    log.severity = severity_of(record.severity_number);
    log.body = record.body.as_ref().map_or(Value::Null, |body| value(body, bump));
    let members = record.attributes.iter().map(|it| member(it, bump));
    log.attributes.extend(members);
    let id = record.attributes.iter().find(|it| it.key == attribute::LOG_EVENT_ID);
    log.event_id = id.and_then(|it| value(it.value.as_ref()?, bump).text()).unwrap_or_default();
    log
}

fn member<'a>(member: &'a KeyValue, bump: &'a Bump) -> Attribute<'a> {
    Attribute { key: &member.key, value: member.value.as_ref().map_or(Value::Null, |it| value(it, bump)) }
}

fn value<'a>(any: &'a AnyValue, bump: &'a Bump) -> Value<'a> {
    match &any.value {
        Some(Any::StringValue(text)) => Value::Text(text),
        Some(Any::IntValue(number)) => Value::Int(*number),
        Some(Any::DoubleValue(number)) => Value::Double(*number),
        Some(Any::BoolValue(is)) => Value::Bool(*is),
        Some(Any::BytesValue(bytes)) => Value::Text(std::str::from_utf8(bytes).unwrap_or_default()),
        Some(Any::ArrayValue(list)) => {
            let items = list.values.iter().map(|it| value(it, bump));
            Value::List(BumpVec::from_iter_in(items, bump).into_bump_slice())
        }
        Some(Any::KvlistValue(map)) => {
            let members = map.values.iter().map(|it| member(it, bump));
            Value::Map(BumpVec::from_iter_in(members, bump).into_bump_slice())
        }
        Some(Any::StringValueStrindex(_)) | None => Value::Null,
    }
}
