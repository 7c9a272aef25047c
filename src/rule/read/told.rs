//! What people are told, who, and how alerts are told of together.

use std::time::Duration;

use super::draft::LONG;
use super::layers::{Layers, member};
use super::reader::Reader;
use crate::config::problem::{Code, quoted};
use crate::config::yaml::{Key, Node};
use crate::rule::{Annotations, Incident, Notify, annotation};

const SAMPLES_MAX: u64 = 20;
/// Labels travel with every transition.
const LABELS_MAX: usize = 50;

/// Reads `incident` over what stood before.
pub(super) fn incident(node: &Node, incident: &mut Incident, reader: &mut Reader<'_>) {
    let keys = ["group_wait", "individual_max", "fleet_when", "update_on", "update_interval", "repeat"];
    let Some(members) = reader.members(node, &keys) else { return };
    let mut period = |key: &str, into: &mut Duration| {
        let limits = Duration::ZERO..=LONG;
        if let Some(period) = member(members, key).and_then(|node| reader.period(node, limits)) {
            *into = period;
        }
    };
    period("group_wait", &mut incident.group_wait);
    period("update_interval", &mut incident.update_interval);
    period("repeat", &mut incident.repeat);
    let individual = member(members, "individual_max").and_then(|node| reader.whole(node, 0..=1_000));
    if let Some(max) = individual.and_then(|max| usize::try_from(max).ok()) {
        incident.individual_max = max;
    }
    if let Some(node) = member(members, "fleet_when") {
        fleet_when(node, incident, reader);
    }
    if let Some(node) = member(members, "update_on") {
        update_on(node, incident, reader);
    }
}

fn fleet_when(node: &Node, incident: &mut Incident, reader: &mut Reader<'_>) {
    let Some(members) = reader.members(node, &["count", "share"]) else { return };
    let count = member(members, "count").and_then(|node| reader.whole(node, 1..=1_000_000));
    if let Some(count) = count.and_then(|count| usize::try_from(count).ok()) {
        incident.fleet_count = count;
    }
    if let Some(share) = member(members, "share").and_then(|node| reader.share(node)) {
        incident.fleet_share = share;
    }
}

/// `[2x, resolved]`: what a notification is sent again for.
fn update_on(node: &Node, incident: &mut Incident, reader: &mut Reader<'_>) {
    let Some(items) = reader.list(node) else { return };
    (incident.growth, incident.resolved) = (f64::INFINITY, false);
    for item in items {
        let Some(text) = reader.text(item) else { continue };
        let factor = text.strip_suffix('x').and_then(|factor| factor.parse::<f64>().ok());
        match factor.filter(|factor| factor.is_finite() && *factor > 1.0) {
            Some(factor) => incident.growth = factor,
            None if text == "resolved" => incident.resolved = true,
            None => {
                let message = format!("{} is neither a factor above 1, such as 2x, nor \"resolved\"", quoted(text));
                reader.add(Code::Value, &item.place, message);
            }
        }
    }
}

/// Reads `labels`: those of the rule over the defaults, name by name.
pub(super) fn labels(layers: &Layers<'_>, reader: &mut Reader<'_>) -> Vec<(Box<str>, Box<str>)> {
    let mut labels: Vec<(Box<str>, Box<str>)> = Vec::new();
    for node in layers.both("labels") {
        for (key, value) in reader.pairs(node).unwrap_or_default() {
            let Some(text) = reader.name(value) else { continue };
            put(&mut labels, key, text);
        }
        if labels.len() > LABELS_MAX {
            reader.add(Code::Range, &node.place, format!("{} labels are over the limit of {LABELS_MAX}", labels.len()));
        }
    }
    labels.sort();
    labels
}

fn put(pairs: &mut Vec<(Box<str>, Box<str>)>, key: &Key, text: &str) {
    pairs.retain(|(name, _)| **name != *key.text);
    pairs.push((key.text.as_str().into(), text.into()));
}

/// Reads `annotations`: those of the rule over the defaults, name by name. A name that is not known is a further template.
pub(super) fn annotations(layers: &Layers<'_>, reader: &mut Reader<'_>) -> Annotations {
    let mut annotations = Annotations::default();
    for node in layers.both("annotations") {
        for (key, value) in reader.pairs(node).unwrap_or_default() {
            if key.text == "samples" {
                let samples = reader.whole(value, 0..=SAMPLES_MAX);
                annotations.samples = samples.and_then(|samples| usize::try_from(samples).ok()).unwrap_or(0);
                continue;
            }
            let Some(text) = template(value, reader) else { continue };
            match key.text.as_str() {
                "summary" => annotations.summary = Some(text.into()),
                "description" => annotations.description = Some(text.into()),
                "runbook" | "runbook_url" => annotations.runbook = Some(text.into()),
                _ => put(&mut annotations.others, key, text),
            }
        }
    }
    annotations.others.sort();
    annotations
}

fn template<'n>(node: &'n Node, reader: &mut Reader<'_>) -> Option<&'n str> {
    let text = reader.text(node)?;
    match annotation::check(text) {
        Ok(()) => Some(text),
        Err(message) => {
            reader.add(Code::Template, &node.place, message);
            None
        }
    }
}

/// Reads `notify`: that of the rule over the defaults, level by level.
pub(super) fn notify(layers: &Layers<'_>, reader: &mut Reader<'_>) -> Notify {
    let mut notify = Notify::default();
    for node in layers.both("notify") {
        notify_of(node, &mut notify, reader);
    }
    notify
}

/// Reads one `notify` over what stood before.
pub(super) fn notify_of(node: &Node, notify: &mut Notify, reader: &mut Reader<'_>) {
    let Some(members) = reader.members(node, &["critical", "warning", "route"]) else { return };
    let mut read = |key: &str, into: &mut Option<Box<str>>| {
        if let Some(name) = member(members, key).and_then(|node| reader.name(node)) {
            *into = Some(name.into());
        }
    };
    read("critical", &mut notify.critical);
    read("warning", &mut notify.warning);
    read("route", &mut notify.route);
}
