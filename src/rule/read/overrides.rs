//! Other settings for some accounts.

use std::time::Duration;

use super::draft::LONG;
use super::layers::{Layers, line, member, section_of};
use super::reader::Reader;
use super::settings::{self, Bounds, condition};
use super::told;
use crate::config::problem::{Code, did_you_mean, quoted};
use crate::config::yaml::{Key, Node};
use crate::id::Region;
use crate::predicate::Subject;
use crate::rule::condition::What;
use crate::rule::keys::{self, KindName, OVERRIDABLE};
use crate::rule::{Hold, Notify, Override, Settings};
use crate::time::{Timestamp, parse_rfc3339};

const SELECTORS: [&str; 5] = ["account", "tenant", "tier", "region", "match"];
const REASONS: [&str; 3] = ["until", "why", "owner"];

/// Reads `overrides`.
pub(super) fn read(
    kind: KindName,
    layers: &Layers<'_>,
    what: What,
    base: &Settings,
    reader: &mut Reader<'_>,
) -> Vec<Override> {
    let Some(node) = layers.own("overrides").filter(|_| kind != KindName::Fleet) else { return Vec::new() };
    let items = reader.list(node).unwrap_or_default();
    items.iter().filter_map(|item| one(item, kind, what, base, reader)).collect()
}

fn one(node: &Node, kind: KindName, what: What, base: &Settings, reader: &mut Reader<'_>) -> Option<Override> {
    let members = reader.pairs(node)?;
    check_keys(members, kind, reader);
    let mut one = Override { line: line(&node.place), ..Override::default() };
    whom(members, &mut one, reader);
    check_whom(node, members, reader);
    thresholds(node, members, what, base, &mut one, reader);
    let get = |key: &str| member(members, key);
    let held = get("for").and_then(|node| reader.period(node, Duration::ZERO..=LONG));
    one.hold = held.map(Hold::For);
    if let Some(datapoints) = get("datapoints") {
        if get("for").is_some() {
            reader.add(Code::Conflict, &datapoints.place, "\"datapoints\" stands instead of \"for\": keep one of them");
        }
        let cloudwatch = matches!(base.hold, Hold::Datapoints { cloudwatch: true, .. });
        one.hold = settings::datapoints_of(datapoints, cloudwatch, reader);
    }
    one.enabled = get("enabled").and_then(|node| reader.scalar(node));
    one.keep_firing_for = get("keep_firing_for").and_then(|node| reader.period(node, Duration::ZERO..=LONG));
    one.no_data = get("no_data").and_then(|node| settings::no_data_of(node, what, reader));
    one.min_total = get("min_total").and_then(|node| reader.number(node));
    one.min_samples = get("min_samples").and_then(|node| reader.whole(node, 0..=1_000_000_000));
    one.timeout = get("timeout").and_then(|node| reader.period(node, Duration::from_secs(1)..=LONG));
    one.notify = get("notify").map(|node| {
        let mut notify = Notify::default();
        told::notify_of(node, &mut notify, reader);
        notify
    });
    Some(one)
}

fn check_keys(members: &[(Key, Node)], kind: KindName, reader: &mut Reader<'_>) {
    for (key, _) in members {
        let name = key.text.as_str();
        let place = section_of(key);
        if SELECTORS.contains(&name) || REASONS.contains(&name) {
            continue;
        }
        match keys::find(name) {
            Some(known) if OVERRIDABLE.contains(&name) && known.kinds.contains(&kind) => {}
            Some(known) if OVERRIDABLE.contains(&name) => {
                let kinds = keys::listed(known.kinds);
                let message = format!("\"{name}\" is for kind {kinds}, and this rule is {}", kind.as_str());
                reader.add(Code::KindSetting, &place, message);
            }
            Some(_) => {
                let message = format!(
                    "\"{name}\" is the same for all accounts, because it decides which state is kept or what is told: write a rule of its own; an override may set {}",
                    OVERRIDABLE.join(", ")
                );
                reader.add(Code::Override, &place, message);
            }
            None => {
                let known: Vec<&str> = SELECTORS.iter().chain(&REASONS).chain(&OVERRIDABLE).copied().collect();
                let hint = match did_you_mean(name, &known) {
                    hint if hint.is_empty() => format!("; known keys are {}", known.join(", ")),
                    hint => hint,
                };
                reader.add(Code::UnknownKey, &place, format!("unknown key {}{hint}", quoted(name)));
            }
        }
    }
}

fn whom(members: &[(Key, Node)], one: &mut Override, reader: &mut Reader<'_>) {
    let get = |key: &str| member(members, key);
    one.account = get("account").and_then(|node| reader.account(node));
    let mut name = |key: &str| get(key).and_then(|node| reader.name(node)).map(Into::into);
    (one.tenant, one.tier) = (name("tenant"), name("tier"));
    (one.why, one.owner) = (name("why"), name("owner"));
    let region = get("region").and_then(|node| {
        let _ = reader.name(node)?;
        reader.scalar::<Region>(node)
    });
    one.region = region.map(|region| region.as_str().into());
    one.matches = get("match").and_then(|node| reader.predicate(node, Subject::Account));
    one.until = get("until").and_then(|node| until(node, reader));
}

/// A day, which is meant to its end, or a moment.
fn until(node: &Node, reader: &mut Reader<'_>) -> Option<Timestamp> {
    let text = reader.text(node)?;
    let moment = match parse_rfc3339(&format!("{text}T00:00:00Z")) {
        Some((midnight, _)) => Some(midnight.plus(Duration::from_secs(86_400))),
        None => parse_rfc3339(text).map(|(moment, _)| moment),
    };
    if moment.is_none() {
        let message = format!("{} is no date: write 2026-12-31 or 2026-12-31T12:00:00Z", quoted(text));
        reader.add(Code::Value, &node.place, message);
    }
    moment
}

fn check_whom(node: &Node, members: &[(Key, Node)], reader: &mut Reader<'_>) {
    let has = |key: &&str| member(members, key).is_some();
    if !SELECTORS.iter().any(has) {
        let message = "it does not say for whom it is: give account, tenant, tier, region or match";
        reader.add(Code::Override, &node.place, message);
    }
    if !members.iter().any(|(key, _)| OVERRIDABLE.contains(&key.text.as_str())) {
        reader.add(Code::Override, &node.place, format!("it changes nothing: give one of {}", OVERRIDABLE.join(", ")));
    }
    let missing: Vec<&str> = ["owner", "why", "until"].into_iter().filter(|key| !has(key)).collect();
    if has(&"account") && !missing.is_empty() {
        let message =
            format!("an override for one account needs {}: who answers for it, why, and how long", missing.join(", "));
        reader.add(Code::Override, &node.place, message);
    }
}

fn thresholds(
    node: &Node,
    members: &[(Key, Node)],
    what: What,
    base: &Settings,
    one: &mut Override,
    reader: &mut Reader<'_>,
) {
    let mut own = Bounds::default();
    let mut read = |key: &str| member(members, key).and_then(|node| condition(node, what, reader));
    (own.critical, own.warning) = (read("critical"), read("warning"));
    // Whether there is a warning decides what `recover` with one level means.
    let has_warning = own.warning.is_some() || base.warning.is_some();
    if let Some(node) = member(members, "recover") {
        let warning = own.warning.take();
        own.warning = if has_warning { warning.clone().or_else(|| base.warning.clone()) } else { None };
        settings::recover(node, what, &mut own, reader);
        own.warning = warning;
    }
    let merged = Bounds {
        critical: own.critical.clone().or_else(|| base.critical.clone()),
        warning: own.warning.clone().or_else(|| base.warning.clone()),
        recover_critical: own.recover_critical.clone().or_else(|| base.recover_critical.clone()),
        recover_warning: own.recover_warning.clone().or_else(|| base.recover_warning.clone()),
    };
    let touched = ["critical", "warning", "recover"].iter().any(|key| member(members, key).is_some());
    let already = Bounds {
        critical: base.critical.clone(),
        warning: base.warning.clone(),
        recover_critical: base.recover_critical.clone(),
        recover_warning: base.recover_warning.clone(),
    };
    // What is wrong with the rule itself was told there.
    if touched
        && settings::contradiction(&already).is_none()
        && let Some((key, message)) = settings::contradiction(&merged)
    {
        let place = member(members, key).map_or(&node.place, |node| &node.place);
        reader.add(Code::Override, place, format!("with this override {message}"));
    }
    (one.critical, one.warning) = (own.critical, own.warning);
    (one.recover_critical, one.recover_warning) = (own.recover_critical, own.recover_warning);
}
