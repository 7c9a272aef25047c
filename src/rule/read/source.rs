//! What a rule takes samples from, and how it groups them.

use std::time::Duration;

use super::draft::LONG;
use super::layers::{Layers, member};
use super::reader::Reader;
use crate::config::problem::{Code, quoted};
use crate::config::quantity::duration_text;
use crate::config::yaml::{Node, Value};
use crate::predicate::Predicate;
use crate::predicate::Subject;
use crate::predicate::field::Field;
use crate::rule::From;
use crate::rule::keys::KindName;

/// More buckets in a window would make each group large.
const BUCKETS_MAX: u128 = 10_000;

/// What a rule takes samples from.
pub(super) struct Source {
    pub(super) from: Option<From>,
    pub(super) matches: Option<Predicate>,
    pub(super) group_by: Vec<Field>,
    pub(super) groups_from_directory: bool,
    pub(super) delay: Duration,
    pub(super) exact: bool,
}

/// Reads `from`, `match`, `group_by`, `groups`, `delay` and `dedup`.
pub(super) fn read(kind: KindName, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Source {
    let from = from(kind, layers, reader);
    let subject = if from == Some(From::Metrics) { Subject::Metric } else { Subject::Log };
    let matches = layers.own("match").filter(|_| kind.takes_samples());
    let matches = match (matches, from) {
        (Some(node), Some(From::Fanin)) => {
            let message = "\"match\" is for logs and metrics, and this rule is from self: the value names the metric";
            reader.add(Code::KindSetting, &node.place, message);
            None
        }
        (Some(node), Some(From::Logs | From::Metrics) | None) => reader.predicate(node, subject),
        (None, _) => None,
    };
    let group_by = group_by(kind, from, matches.as_ref(), layers, reader);
    Source {
        from,
        matches,
        groups_from_directory: groups(&group_by, layers, reader),
        group_by,
        delay: delay(from, layers, reader),
        exact: exact(kind, from, layers, reader),
    }
}

/// Reads `window`, where the kind has one.
pub(super) fn window(kind: KindName, layers: &Layers<'_>, every: Duration, reader: &mut Reader<'_>) -> Duration {
    if !kind.has_window() {
        return Duration::ZERO;
    }
    let Some(node) = layers.get("window") else {
        if kind != KindName::Forecast {
            reader.add(
                Code::Missing,
                layers.place,
                "\"window\" is missing: the time that each step looks at, such as 5m",
            );
        }
        return every;
    };
    let Some(window) = reader.period(node, Duration::from_secs(1)..=LONG) else { return every };
    let text = duration_text;
    if window < every {
        let message = format!("a window of {} is shorter than \"every\", which is {}", text(window), text(every));
        reader.add(Code::Conflict, &node.place, message);
        return every;
    }
    if !window.as_nanos().is_multiple_of(every.as_nanos()) {
        let message = format!("a window of {} is no multiple of \"every\", which is {}", text(window), text(every));
        reader.add(Code::Conflict, &node.place, message);
    } else if window.as_nanos() / every.as_nanos() > BUCKETS_MAX {
        let message = format!(
            "a window of {} has more than {BUCKETS_MAX} steps of {}: raise \"every\"",
            text(window),
            text(every)
        );
        reader.add(Code::Range, &node.place, message);
    }
    window
}

fn from(kind: KindName, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Option<From> {
    if !kind.takes_samples() {
        return None;
    }
    let Some(node) = layers.get("from") else {
        reader.add(Code::Missing, layers.place, "\"from\" is missing: logs, metrics or self");
        return None;
    };
    let from = reader.word(node, &[("logs", From::Logs), ("metrics", From::Metrics), ("self", From::Fanin)])?;
    let fits = match from {
        From::Logs => true,
        From::Metrics => !matches!(kind, KindName::Event | KindName::FirstSeen),
        From::Fanin => kind.has_window(),
    };
    if !fits {
        let message = format!(
            "{} rules are about {}, not {}",
            kind.as_str(),
            if kind == KindName::Absence { "logs or metrics" } else { "logs" },
            quoted(reader.text(node)?)
        );
        reader.add(Code::KindSetting, &node.place, message);
        return None;
    }
    Some(from)
}

fn group_by(
    kind: KindName,
    from: Option<From>,
    matches: Option<&Predicate>,
    layers: &Layers<'_>,
    reader: &mut Reader<'_>,
) -> Vec<Field> {
    if kind == KindName::Fleet {
        return layers.own("by").and_then(|node| reader.fields(node, Subject::Account)).unwrap_or_default();
    }
    let fleet = kind == KindName::FirstSeen
        && matches!(layers.own("scope").map(|node| &node.value), Some(Value::Text(text)) if text == "fleet");
    // One state for the fleet, or for Fanin itself: the account is no part of it unless the rule itself says so.
    if fleet || from == Some(From::Fanin) {
        return match layers.own("group_by") {
            Some(node) if !matches!(&node.value, Value::List(items) if items.is_empty()) => {
                let message = if fleet {
                    "a rule with \"scope: fleet\" has one state for each key, and no other groups: take the line out"
                } else {
                    "a rule from self has one state: write [], or take the line out"
                };
                reader.add(Code::Conflict, &node.place, message);
                Vec::new()
            }
            Some(_) | None => Vec::new(),
        };
    }
    let subject = |node: &Node| match (from, has_dimension(node)) {
        (Some(From::Metrics), _) | (None, true) => Subject::Metric,
        (Some(From::Logs | From::Fanin), _) | (None, false) => Subject::Log,
    };
    let own = layers.get("group_by").and_then(|node| reader.fields_beside(node, matches, subject(node)));
    own.unwrap_or_else(|| vec![Field::Account])
}

fn has_dimension(node: &Node) -> bool {
    let Value::List(items) = &node.value else { return false };
    items.iter().any(|item| matches!(&item.value, Value::Text(text) if text.starts_with("dim.")))
}

fn groups(group_by: &[Field], layers: &Layers<'_>, reader: &mut Reader<'_>) -> bool {
    let Some(node) = layers.own("groups") else { return false };
    let registry = reader.word(node, &[("seen", false), ("registry", true)]).unwrap_or(false);
    if registry && *group_by != [Field::Account] {
        let message = "the directory knows accounts only, so \"groups: registry\" needs \"group_by: [account]\"";
        reader.add(Code::Conflict, &node.place, message);
    }
    registry
}

fn delay(from: Option<From>, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Duration {
    let (name, default) = match from {
        Some(From::Logs) => ("logs", Duration::from_secs(60)),
        Some(From::Metrics) => ("metrics", Duration::from_secs(240)),
        // Fanin's own metrics are there at once: the defaults for telemetry that travels do not apply.
        Some(From::Fanin) => {
            let own = layers.own("delay").and_then(|node| reader.period(node, Duration::ZERO..=LONG));
            return own.unwrap_or_default();
        }
        None => return Duration::ZERO,
    };
    let Some(node) = layers.get("delay") else { return default };
    let limits = Duration::ZERO..=Duration::from_secs(86_400);
    let given = match &node.value {
        Value::Map(_) => reader
            .members(node, &["logs", "metrics"])
            .and_then(|members| member(members, name))
            .and_then(|node| reader.period(node, limits)),
        Value::Null | Value::Text(_) | Value::List(_) => reader.period(node, limits),
    };
    given.unwrap_or(default)
}

fn exact(kind: KindName, from: Option<From>, layers: &Layers<'_>, reader: &mut Reader<'_>) -> bool {
    let Some(node) = layers.get("dedup").filter(|_| kind.has_window()) else { return false };
    let exact = reader.word(node, &[("exact", true)]).unwrap_or(false);
    match from {
        Some(From::Metrics) => exact,
        Some(From::Logs | From::Fanin) | None => {
            if let Some(own) = layers.own("dedup") {
                reader.add(
                    Code::KindSetting,
                    &own.place,
                    "\"dedup\" is for points of metrics: write \"from: metrics\"",
                );
            }
            false
        }
    }
}
