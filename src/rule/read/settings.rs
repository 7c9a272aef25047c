//! What may differ from account to account: thresholds, holding times, no data, who is told.

use std::time::Duration;

use super::draft::LONG;
use super::kind::LEVELS;
use super::layers::{Layers, member};
use super::reader::Reader;
use super::source::Source;
use super::told;
use crate::config::problem::Code;
use crate::config::yaml::{Node, Value};
use crate::rule::condition::{self, What};
use crate::rule::keys::KindName;
use crate::rule::unit::Measured;
use crate::rule::{Aggregate, Condition, From, Hold, Kind, Missing, NoData, Settings};

/// As many as fit into the bits of one number in the state of a group, with the two more that CloudWatch looks at.
const DATAPOINTS_MAX: u64 = 62;

/// Thresholds and recovery as they stand in a rule or an override.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub(super) critical: Option<Condition>,
    pub(super) warning: Option<Condition>,
    pub(super) recover_critical: Option<Condition>,
    pub(super) recover_warning: Option<Condition>,
}

/// Reads the settings of a rule.
pub(super) fn read(
    kind_name: KindName,
    layers: &Layers<'_>,
    source: &Source,
    kind: Option<&Kind>,
    reader: &mut Reader<'_>,
) -> Settings {
    let what = what(kind_name, kind);
    let bounds = bounds(kind_name, layers, what, kind, reader);
    let no_data = layers.get("no_data").filter(|_| kind_name.has_window());
    let no_data = no_data.and_then(|node| no_data_of(node, what, reader));
    let min_total = layers.own("min_total").and_then(|node| reader.number(node));
    let timeout = timeout(kind_name, layers, reader);
    Settings {
        enabled: layers.get("enabled").and_then(|node| reader.scalar(node)).unwrap_or(true),
        critical: bounds.critical,
        warning: bounds.warning,
        recover_critical: bounds.recover_critical,
        recover_warning: bounds.recover_warning,
        hold: hold(kind_name, layers, reader),
        keep_firing_for: keep_firing_for(kind_name, layers, reader),
        no_data: no_data.unwrap_or_else(|| no_data_default(kind_name, kind, source)),
        min_total: min_total.unwrap_or(0.0),
        timeout,
        notify: told::notify(layers, reader),
    }
}

/// What the thresholds of a rule are compared with.
pub(super) fn what(kind_name: KindName, kind: Option<&Kind>) -> What {
    let measured = match kind.and_then(Kind::measure) {
        Some(_) if kind_name == KindName::Ratio => Measured::Plain,
        Some(measure) => measure.measured(),
        None if kind_name == KindName::Fleet => Measured::Plain,
        None => Measured::Any,
    };
    match kind_name {
        KindName::Change => What::Change,
        KindName::Forecast => What::Forecast(measured),
        KindName::Threshold
        | KindName::Ratio
        | KindName::Absence
        | KindName::Event
        | KindName::Fleet
        | KindName::Composite
        | KindName::FirstSeen
        | KindName::Outlier => What::Value(measured),
    }
}

fn bounds(
    kind_name: KindName,
    layers: &Layers<'_>,
    what: What,
    kind: Option<&Kind>,
    reader: &mut Reader<'_>,
) -> Bounds {
    if !kind_name.has_thresholds() {
        return Bounds::default();
    }
    let mut bounds = Bounds::default();
    let mut read = |key: &str| layers.own(key).and_then(|node| condition(node, what, reader));
    (bounds.critical, bounds.warning) = (read("critical"), read("warning"));
    if let Some(node) = layers.own("recover") {
        recover(node, what, &mut bounds, reader);
    }
    if layers.own("critical").is_none() && layers.own("warning").is_none() {
        reader.add(Code::Missing, layers.place, "\"critical\" or \"warning\" is missing: from where on it is bad");
    }
    if let Some(Kind::Fleet(fleet)) = kind {
        let shares = [&bounds.critical, &bounds.warning].into_iter().flatten();
        if !fleet.share && shares.clone().any(|bound| bound.unit == crate::rule::Unit::Percent) {
            let place = layers.own("value").map_or(layers.place, |node| &node.place);
            reader.add(
                Code::Threshold,
                place,
                "\"value: count\" is a number of accounts, and a threshold is a share: write \"value: share\"",
            );
        }
    }
    if let Some((key, message)) = contradiction(&bounds) {
        let place = layers.own(key).map_or(layers.place, |node| &node.place);
        reader.add(Code::Threshold, place, message);
    }
    bounds
}

/// Reads a comparison with a bound.
pub(super) fn condition(node: &Node, what: What, reader: &mut Reader<'_>) -> Option<Condition> {
    let text = reader.text(node)?;
    match condition::parse(text, what) {
        Ok(condition) => Some(condition),
        Err(fault) => {
            reader.fault(Code::Threshold, node, &fault);
            None
        }
    }
}

/// Reads `recover`: one comparison for both levels, or one for each.
pub(super) fn recover(node: &Node, what: What, bounds: &mut Bounds, reader: &mut Reader<'_>) {
    let Value::Map(_) = &node.value else {
        let condition = condition(node, what, reader);
        bounds.recover_critical.clone_from(&condition);
        bounds.recover_warning = condition;
        return;
    };
    let Some(members) = reader.members(node, &["critical", "warning"]) else { return };
    let mut read = |key: &str| member(members, key).and_then(|node| condition(node, what, reader));
    (bounds.recover_critical, bounds.recover_warning) = (read("critical"), read("warning"));
    // With one threshold there is one way back.
    if bounds.warning.is_none() && bounds.recover_warning.is_none() {
        bounds.recover_warning.clone_from(&bounds.recover_critical);
    }
}

/// Which key contradicts another, and how.
pub(super) fn contradiction(bounds: &Bounds) -> Option<(&'static str, String)> {
    if let (Some(critical), Some(warning)) = (&bounds.critical, &bounds.warning)
        && !critical.lies_within(warning)
    {
        let message = format!(
            "\"{}\" is critical but no warning, which begins at \"{}\": critical must lie beyond warning",
            critical.text, warning.text
        );
        return Some(("critical", message));
    }
    let crossed = |recover: &Option<Condition>, threshold: &Option<Condition>, level: &str| {
        let (recover, threshold) = (recover.as_ref()?, threshold.as_ref()?);
        recover.overlaps(threshold).then(|| {
            let message = format!(
                "\"{}\" is on the wrong side of {level} \"{}\": what recovers must not breach{}",
                recover.text,
                threshold.text,
                other_side(recover, threshold)
            );
            ("recover", message)
        })
    };
    // The way back of an alert must not breach at any level.
    crossed(&bounds.recover_critical, &bounds.critical, "critical")
        .or_else(|| crossed(&bounds.recover_warning, &bounds.critical, "critical"))
        .or_else(|| crossed(&bounds.recover_warning, &bounds.warning, "warning"))
}

/// The same bound compared the other way, where that would do.
fn other_side(recover: &Condition, threshold: &Condition) -> String {
    use crate::rule::Comparison::{Above, AtLeast, AtMost, Below, Equal, NotEqual};
    let (comparison, sign) = match recover.comparison {
        Above | AtLeast => (Below, "<"),
        Below | AtMost => (Above, ">"),
        Equal | NotEqual => return String::new(),
    };
    let turned = Condition { comparison, ..recover.clone() };
    if turned.overlaps(threshold) {
        return String::new();
    }
    format!(", did you mean \"{sign} {}\"?", recover.text.trim_start_matches(['<', '>', '=']).trim_start())
}

fn hold(kind: KindName, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Hold {
    let lasts = !matches!(kind, KindName::Absence | KindName::Event | KindName::FirstSeen);
    let counts = lasts && !matches!(kind, KindName::Forecast | KindName::Composite);
    let compat = layers.own("compat").filter(|_| counts);
    let cloudwatch = compat.is_some_and(|node| reader.word(node, &[("cloudwatch", true)]).unwrap_or(false));
    let own = (layers.own("for"), layers.own("datapoints"));
    if let (Some(_), Some(datapoints)) = own {
        reader.add(Code::Conflict, &datapoints.place, "\"datapoints\" stands instead of \"for\": keep one of them");
    }
    // What the rule itself says stands over the other one of the defaults.
    let datapoints = own.1.or_else(|| if own.0.is_none() { layers.get("datapoints") } else { None });
    if let Some(node) = datapoints.filter(|_| counts) {
        return datapoints_of(node, cloudwatch, reader).unwrap_or(Hold::For(Duration::ZERO));
    }
    if let Some(compat) = compat {
        reader.add(
            Code::Incomplete,
            &compat.place,
            "\"compat: cloudwatch\" needs \"datapoints\", such as {breach: 3, of: 5}",
        );
    }
    let held = layers.get("for").filter(|_| lasts);
    Hold::For(held.and_then(|node| reader.period(node, Duration::ZERO..=LONG)).unwrap_or_default())
}

/// Reads `datapoints`.
pub(super) fn datapoints_of(node: &Node, cloudwatch: bool, reader: &mut Reader<'_>) -> Option<Hold> {
    let members = reader.members(node, &["breach", "of", "missing"])?;
    let mut whole = |key: &str| {
        let Some(node) = member(members, key) else {
            reader.add(Code::Missing, &node.place, format!("\"{key}\" is missing: write {{breach: 3, of: 5}}"));
            return None;
        };
        reader.whole(node, 1..=DATAPOINTS_MAX).and_then(|number| u8::try_from(number).ok())
    };
    let (breach, of) = (whole("breach"), whole("of"));
    let words = [
        ("ignore", Missing::Ignore),
        ("breaching", Missing::Breaching),
        ("not_breaching", Missing::NotBreaching),
        ("missing", Missing::Missing),
    ];
    let missing = member(members, "missing").and_then(|node| reader.word(node, &words)).unwrap_or_default();
    let (breach, of) = (breach?, of?);
    if breach > of {
        reader.add(
            Code::Conflict,
            &node.place,
            format!("{breach} of {of} ticks cannot breach: \"breach\" is at most \"of\""),
        );
        return None;
    }
    Some(Hold::Datapoints { breach, of, missing, cloudwatch })
}

fn keep_firing_for(kind: KindName, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Duration {
    let node = layers.get("keep_firing_for").filter(|_| !matches!(kind, KindName::Event | KindName::FirstSeen));
    node.and_then(|node| reader.period(node, Duration::ZERO..=LONG)).unwrap_or_default()
}

fn timeout(kind: KindName, layers: &Layers<'_>, reader: &mut Reader<'_>) -> Duration {
    if kind != KindName::Absence {
        return Duration::ZERO;
    }
    let Some(node) = layers.own("timeout") else {
        reader.add(Code::Missing, layers.place, "\"timeout\" is missing: how long nothing may come, such as 15m");
        return Duration::ZERO;
    };
    reader.period(node, Duration::from_secs(1)..=LONG).unwrap_or_default()
}

/// Reads `no_data`.
pub(super) fn no_data_of(node: &Node, what: What, reader: &mut Reader<'_>) -> Option<NoData> {
    let Value::Map(members) = &node.value else {
        return reader.word(node, &[("ok", NoData::Ok), ("keep", NoData::Keep), ("zero", NoData::Zero)]);
    };
    let is_alert = member(members, "alert").is_some();
    if is_alert == member(members, "breach").is_some() {
        let message = "no data is a breach ({breach: critical}) or an alert of its own ({alert: warning, after: 30m})";
        reader.add(Code::Conflict, &node.place, message);
        return None;
    }
    if is_alert {
        let members = reader.members(node, &["alert", "after"])?;
        let level = member(members, "alert").and_then(|node| reader.word(node, &LEVELS));
        let after = member(members, "after").and_then(|node| reader.period(node, Duration::ZERO..=LONG));
        return Some(NoData::Alert { level: level?, after: after.unwrap_or_default() });
    }
    let members = reader.members(node, &["breach", "only_if_last"])?;
    let level = member(members, "breach").and_then(|node| reader.word(node, &LEVELS));
    let last = match what {
        What::Value(measured) | What::Forecast(measured) => What::Value(measured),
        What::Change => What::Value(Measured::Unknown),
    };
    let only_if_last = member(members, "only_if_last").and_then(|node| condition(node, last, reader));
    Some(NoData::Breach { level: level?, only_if_last })
}

/// Zero for counts, nothing wrong for ratios, else nothing changes.
fn no_data_default(kind_name: KindName, kind: Option<&Kind>, source: &Source) -> NoData {
    let Some(measure) = kind.and_then(Kind::measure) else { return NoData::Keep };
    let counts = |index: &usize| {
        measure.terms.get(*index).is_some_and(|term| matches!(term.aggregate, Aggregate::Count | Aggregate::Distinct))
    };
    if kind_name == KindName::Ratio {
        NoData::Ok
    } else if source.from != Some(From::Fanin) && measure.terms_of_value().iter().all(counts) {
        NoData::Zero
    } else {
        NoData::Keep
    }
}
