//! One rule: its name and kind, the keys that its kind has, and all that kinds have in common.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use super::layers::{Layers, line, section_of};
use super::reader::Reader;
use super::source::{self, Source};
use super::{kind, overrides, settings, told};
use crate::config::problem::{Code, Place, did_you_mean, quoted};
use crate::config::yaml::{Key, Node, Value};
use crate::predicate::{Predicate, Subject};
use crate::rule::keys::{self, KindName};
use crate::rule::{From, Incident, Origin, Rule, RulePlace};

/// Names are shown in pages and messages.
const NAME_CHARS_MAX: usize = 128;
const GROUPS_DEFAULT: usize = 50_000;
/// A rule with more groups would need gigabytes.
const GROUPS_MAX: u64 = 1_000_000;

/// A year and a day.
pub(super) const LONG: Duration = Duration::from_secs(366 * 86_400);

/// A rule that was read, and what is still to be looked up among all rules.
pub(super) struct Draft {
    pub(super) name: Box<str>,
    /// The file.
    pub(super) file: Arc<str>,
    /// Where its name stands.
    pub(super) place: Place,
    /// The rule, unless something is wrong with it.
    pub(super) rule: Option<Rule>,
    /// The rules that it names.
    pub(super) references: Vec<Reference>,
    /// Where it says how often it is evaluated.
    pub(super) every: Option<Place>,
}

/// A rule that is named by another.
pub(super) struct Reference {
    pub(super) place: Place,
    pub(super) name: Box<str>,
    /// The state of that rule is looked at, and not only whether it is told of.
    pub(super) is_child: bool,
}

/// Whether names of rules may have this character.
pub(in crate::rule) const fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Reads a rule. `None` where it has no name.
pub(super) fn read(
    node: &Node,
    defaults: &[(Key, Node)],
    incident: &Incident,
    file: &Arc<str>,
    reader: &mut Reader<'_>,
) -> Option<Draft> {
    let before = reader.errors();
    let own = reader.pairs(node)?;
    let layers = Layers { own, defaults, place: &node.place };
    let (name, place) = name(&layers, reader);
    let kind_name = kind_name(&layers, reader);
    check_keys(own, kind_name, reader);
    let mut references = Vec::new();
    let rule = match (kind_name, &name) {
        (Some(kind), Some(name)) => rule(node, name, kind, &layers, incident, file, &mut references, reader),
        (_, _) => None,
    };
    let every = layers.own("every").map(|every| every.place.clone());
    let rule = rule.filter(|_| reader.errors() == before);
    Some(Draft { name: name?, file: Arc::clone(file), place, rule, references, every })
}

fn name(layers: &Layers<'_>, reader: &mut Reader<'_>) -> (Option<Box<str>>, Place) {
    let Some(node) = layers.own("alert") else {
        reader.add(Code::Missing, layers.place, "\"alert\" is missing: the name of the rule");
        return (None, layers.place.clone());
    };
    let name = reader.name(node).and_then(|name| {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if begins && name.chars().all(is_of_name) && name.len() <= NAME_CHARS_MAX {
            return Some(name.into());
        }
        let message = format!(
            "{} is no name: write up to {NAME_CHARS_MAX} letters, digits, _, - and ., a letter first",
            quoted(name)
        );
        reader.add(Code::Value, &node.place, message);
        None
    });
    (name, node.place.clone())
}

fn kind_name(layers: &Layers<'_>, reader: &mut Reader<'_>) -> Option<KindName> {
    let Some(node) = layers.own("kind") else {
        let kinds = keys::listed(&KindName::ALL);
        reader.add(Code::Missing, layers.place, format!("\"kind\" is missing: one of {kinds}"));
        return None;
    };
    let kinds = KindName::ALL.map(|kind| (kind.as_str(), kind));
    reader.word(node, &kinds)
}

/// Notes keys that there are not, or that are of other kinds.
fn check_keys(own: &[(Key, Node)], kind: Option<KindName>, reader: &mut Reader<'_>) {
    for (key, _) in own {
        let place = section_of(key);
        match (keys::find(&key.text), kind) {
            (Some(known), Some(kind)) if !known.kinds.contains(&kind) => {
                let kinds = keys::listed(known.kinds);
                let hint = hint(&key.text, kind);
                let message = format!("\"{}\" is for kind {kinds}, and this rule is {}{hint}", key.text, kind.as_str());
                reader.add(Code::KindSetting, &place, message);
            }
            (Some(_), _) => {}
            (None, _) => {
                let known = kind.map_or_else(|| keys::KEYS.map(|key| key.name).to_vec(), keys::of_kind);
                let hint = match did_you_mean(&key.text, &known) {
                    hint if hint.is_empty() => format!("; known keys are {}", known.join(", ")),
                    hint => hint,
                };
                reader.add(Code::UnknownKey, &place, format!("unknown key {}{hint}", quoted(&key.text)));
            }
        }
    }
}

/// What people who write this key probably want.
fn hint(key: &str, kind: KindName) -> &'static str {
    match (key, kind) {
        ("window" | "for", KindName::Absence) => "; \"timeout\" says how long nothing may come",
        ("group_by", KindName::Fleet) => "; \"by\" says what a fleet rule groups by",
        ("delay", KindName::Fleet | KindName::Composite) => "; it waits as long as the rules that it looks at",
        ("overrides", KindName::Fleet) => "; it is about no single account",
        ("critical" | "warning", _) => "; \"level\" says how bad it is",
        ("level", _) => "; \"critical\" and \"warning\" are its thresholds",
        ("for" | "keep_firing_for", KindName::Event | KindName::FirstSeen) => "; it resolves at once",
        (_, _) => "",
    }
}

#[expect(clippy::too_many_arguments, reason = "each is another part of the file")]
fn rule(
    node: &Node,
    name: &str,
    kind_name: KindName,
    layers: &Layers<'_>,
    incident: &Incident,
    file: &Arc<str>,
    references: &mut Vec<Reference>,
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    let source = source::read(kind_name, layers, reader);
    let every = period(layers, "every", Duration::from_secs(1)..=Duration::from_secs(86_400), reader);
    let every = every.unwrap_or(Duration::from_secs(60));
    let window = source::window(kind_name, layers, every, reader);
    let kind = kind::read(kind_name, layers, &source, every, references, reader);
    let settings = settings::read(kind_name, layers, &source, kind.as_ref(), reader);
    let overrides = overrides::read(kind_name, layers, settings::what(kind_name, kind.as_ref()), &settings, reader);
    let mut told_together = incident.clone();
    if let Some(node) = layers.own("incident") {
        told::incident(node, &mut told_together, reader);
    }
    let rest = Rest::read(kind_name, layers, references, reader);
    let rule = Rule {
        name: name.into(),
        place: RulePlace {
            file: Arc::clone(file),
            line: line(&node.place),
            line_last: line_last(node),
            origins: origins(node, layers, kind_name),
        },
        from: source.from,
        matches: source.matches,
        kind: kind?,
        groups_from_directory: source.groups_from_directory,
        group_by: source.group_by,
        scope: if source.from == Some(From::Fanin) { None } else { scope(kind_name, layers, reader) },
        every,
        window,
        delay: source.delay,
        new_group_delay: rest.new_group_delay,
        resolve_after: rest.resolve_after,
        max_alert_age: rest.max_alert_age,
        max_groups: rest.max_groups,
        exact: source.exact,
        settings,
        overrides,
        labels: told::labels(layers, reader),
        annotations: told::annotations(layers, reader),
        incident: told_together,
        inhibited_by: rest.inhibited_by,
    };
    Some(rule)
}

/// What kinds have in common and needs no other key.
struct Rest {
    new_group_delay: Duration,
    resolve_after: Duration,
    max_alert_age: Duration,
    max_groups: usize,
    inhibited_by: Vec<Box<str>>,
}

impl Rest {
    fn read(kind: KindName, layers: &Layers<'_>, references: &mut Vec<Reference>, reader: &mut Reader<'_>) -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let any = || Duration::ZERO..=LONG;
        let max_groups = layers.get("max_groups").filter(|_| kind != KindName::Fleet);
        let max_groups = max_groups.and_then(|node| reader.whole(node, 1..=GROUPS_MAX));
        let inhibited_by = layers.get("inhibited_by").map(|node| rules(node, references, reader));
        Self {
            new_group_delay: period(layers, "new_group_delay", any(), reader).unwrap_or(hours(1)),
            resolve_after: period(layers, "resolve_after", any(), reader).unwrap_or(hours(24)),
            max_alert_age: period(layers, "max_alert_age", any(), reader).unwrap_or(hours(1)),
            max_groups: max_groups.and_then(|groups| usize::try_from(groups).ok()).unwrap_or(GROUPS_DEFAULT),
            inhibited_by: inhibited_by.unwrap_or_default(),
        }
    }
}

/// A list of names of rules, which are noted as references.
pub(super) fn rules(node: &Node, references: &mut Vec<Reference>, reader: &mut Reader<'_>) -> Vec<Box<str>> {
    let mut names = Vec::new();
    for item in reader.list(node).unwrap_or_default() {
        let Some(name) = reader.name(item) else { continue };
        references.push(Reference { place: item.place.clone(), name: name.into(), is_child: false });
        names.push(name.into());
    }
    names
}

/// The duration of a key.
pub(super) fn period(
    layers: &Layers<'_>,
    key: &str,
    limits: RangeInclusive<Duration>,
    reader: &mut Reader<'_>,
) -> Option<Duration> {
    layers.get(key).and_then(|node| reader.period(node, limits))
}

/// Which accounts the rule applies to. For `first_seen` the words `fleet` and `account` mean something else.
fn scope(kind: KindName, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Option<Predicate> {
    const DEFAULT: &str = "tenant.state == \"active\"";
    let own = layers.own("scope").filter(|node| {
        kind != KindName::FirstSeen || !matches!(&node.value, Value::Text(text) if text == "fleet" || text == "account")
    });
    match own.or_else(|| super::layers::member(layers.defaults, "scope")) {
        Some(node) => reader.predicate(node, Subject::Account),
        None => Predicate::parse(DEFAULT, Subject::Account).ok(),
    }
}

fn line_last(node: &Node) -> u64 {
    let below = match &node.value {
        Value::Null | Value::Text(_) => None,
        Value::List(items) => items.iter().map(line_last).max(),
        Value::Map(members) => members.iter().map(|(key, value)| line(&key.place).max(line_last(value))).max(),
    };
    line(&node.place).max(below.unwrap_or(0))
}

fn origins(node: &Node, layers: &Layers<'_>, kind: KindName) -> Vec<Origin> {
    let applies = |key: &str| keys::find(key).is_some_and(|key| key.kinds.contains(&kind));
    let mut origins = layers.origins(applies);
    origins.retain(|origin| origin.line >= 1);
    debug_assert!(line(&node.place) >= 1, "a rule stands in a file");
    origins
}

impl Source {
    /// What the fields and predicates of the rule are about.
    pub(super) const fn subject(&self) -> Subject {
        match self.from {
            Some(From::Metrics) => Subject::Metric,
            Some(From::Logs | From::Fanin) | None => Subject::Log,
        }
    }
}
