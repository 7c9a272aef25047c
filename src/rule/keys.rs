//! The keys of a rule: for which kinds each is, what it means, and how its value looks. Reader and schema both follow this table.

use super::{Kind, Level, Measure, Rule};

/// The name of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KindName {
    /// `threshold`
    Threshold,
    /// `ratio`
    Ratio,
    /// `absence`
    Absence,
    /// `event`
    Event,
    /// `fleet`
    Fleet,
    /// `composite`
    Composite,
    /// `first_seen`
    FirstSeen,
    /// `change`
    Change,
    /// `outlier`
    Outlier,
    /// `forecast`
    Forecast,
}

use KindName::{Absence, Change, Composite, Event, FirstSeen, Fleet, Forecast, Outlier, Ratio, Threshold};

impl KindName {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 10] =
        [Threshold, Ratio, Absence, Event, Fleet, Composite, FirstSeen, Change, Outlier, Forecast];

    /// As rules write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Threshold => "threshold",
            Ratio => "ratio",
            Absence => "absence",
            Event => "event",
            Fleet => "fleet",
            Composite => "composite",
            FirstSeen => "first_seen",
            Change => "change",
            Outlier => "outlier",
            Forecast => "forecast",
        }
    }

    /// What a rule is.
    #[must_use]
    pub const fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Threshold(_) => Threshold,
            Kind::Ratio(_) => Ratio,
            Kind::Absence { .. } => Absence,
            Kind::Event { .. } => Event,
            Kind::Fleet(_) => Fleet,
            Kind::Composite { .. } => Composite,
            Kind::FirstSeen(_) => FirstSeen,
            Kind::Change { .. } => Change,
            Kind::Outlier(_) => Outlier,
            Kind::Forecast { .. } => Forecast,
        }
    }

    /// Whether it takes samples, and does not look at other rules.
    #[must_use]
    pub const fn takes_samples(self) -> bool {
        !matches!(self, Fleet | Composite)
    }

    /// Whether it compares a value over a window.
    #[must_use]
    pub const fn has_window(self) -> bool {
        matches!(self, Threshold | Ratio | Change | Outlier | Forecast)
    }

    /// Whether it has thresholds, and not one level.
    #[must_use]
    pub const fn has_thresholds(self) -> bool {
        matches!(self, Threshold | Ratio | Change | Forecast | Fleet)
    }
}

impl Kind {
    /// The name of the kind.
    #[must_use]
    pub const fn name(&self) -> KindName {
        match self {
            Self::Threshold(_) => Threshold,
            Self::Ratio(_) => Ratio,
            Self::Absence { .. } => Absence,
            Self::Event { .. } => Event,
            Self::Fleet(_) => Fleet,
            Self::Composite { .. } => Composite,
            Self::FirstSeen(_) => FirstSeen,
            Self::Change { .. } => Change,
            Self::Outlier(_) => Outlier,
            Self::Forecast { .. } => Forecast,
        }
    }
}

impl Kind {
    /// The value that the kind is about, where it has one.
    #[must_use]
    pub const fn measure(&self) -> Option<&Measure> {
        match self {
            Self::Threshold(measure) | Self::Ratio(measure) => Some(measure),
            Self::Change { measure, .. } | Self::Forecast { measure, .. } => Some(measure),
            Self::Outlier(outlier) => Some(&outlier.measure),
            Self::Absence { .. }
            | Self::Event { .. }
            | Self::Fleet(_)
            | Self::Composite { .. }
            | Self::FirstSeen(_) => None,
        }
    }
}

impl Rule {
    /// The value that the rule is about, where its kind has one.
    #[must_use]
    pub const fn measure(&self) -> Option<&Measure> {
        self.kind.measure()
    }

    /// How bad the alerts of the rule are, where its kind has one level and no thresholds.
    #[must_use]
    pub const fn level_of(&self) -> Option<Level> {
        match &self.kind {
            Kind::Absence { level } | Kind::Event { level, .. } | Kind::Composite { level, .. } => Some(*level),
            Kind::FirstSeen(first_seen) => Some(first_seen.level),
            Kind::Outlier(outlier) => Some(outlier.level),
            Kind::Threshold(_) | Kind::Ratio(_) | Kind::Fleet(_) | Kind::Change { .. } | Kind::Forecast { .. } => None,
        }
    }
}

/// How the value of a key looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A text that is a predicate.
    Predicate,
    /// A text that is a value expression.
    Expression,
    /// A text that is a comparison with a bound.
    Bound,
    /// A duration.
    Period,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A share, such as 5% or 0.05.
    Share,
    /// True or false.
    Truth,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A list of fields.
    FieldList,
    /// A list of names of rules.
    RuleList,
    /// A section or one of several shapes: the definition of that name in the schema.
    Section(&'static str),
}

/// A key of a rule.
#[derive(Clone, Copy, Debug)]
pub struct KeyOfRule {
    /// Its name.
    pub name: &'static str,
    /// For which kinds it is.
    pub kinds: &'static [KindName],
    /// How its value looks.
    pub shape: Shape,
    /// Whether `defaults` may have it.
    pub in_defaults: bool,
    /// What it means, its unit and its default.
    pub help: &'static str,
}

const EVERY: &[KindName] = &KindName::ALL;
const SAMPLING: &[KindName] = &[Threshold, Ratio, Absence, Event, FirstSeen, Change, Outlier, Forecast];
const VALUED: &[KindName] = &[Threshold, Change, Outlier, Forecast];
const WINDOWED: &[KindName] = &[Threshold, Ratio, Change, Outlier, Forecast];
const BOUNDED: &[KindName] = &[Threshold, Ratio, Change, Forecast, Fleet];
const LEVELLED: &[KindName] = &[Absence, Event, Composite, FirstSeen, Outlier];
const LASTING: &[KindName] = &[Threshold, Ratio, Change, Outlier, Forecast, Fleet, Composite];
const KEEPING: &[KindName] = &[Threshold, Ratio, Absence, Change, Outlier, Forecast, Fleet, Composite];
const COUNTED: &[KindName] = &[Threshold, Ratio, Change, Outlier, Fleet];
const GROUPED: &[KindName] = &[Threshold, Ratio, Absence, Event, Composite, FirstSeen, Change, Outlier, Forecast];
/// Rules whose value may come from metrics more than once.
const EXACT: &[KindName] = WINDOWED;

const fn own(name: &'static str, kinds: &'static [KindName], shape: Shape, help: &'static str) -> KeyOfRule {
    KeyOfRule { name, kinds, shape, in_defaults: false, help }
}

const fn common(name: &'static str, kinds: &'static [KindName], shape: Shape, help: &'static str) -> KeyOfRule {
    KeyOfRule { name, kinds, shape, in_defaults: true, help }
}

/// Keys of a rule that an override may change.
pub const OVERRIDABLE: [&str; 12] = [
    "enabled",
    "critical",
    "warning",
    "recover",
    "for",
    "datapoints",
    "keep_firing_for",
    "no_data",
    "min_total",
    "min_samples",
    "timeout",
    "notify",
];

/// Every key of a rule, in the order in which they are best written.
pub const KEYS: [KeyOfRule; 64] = [
    own(
        "alert",
        EVERY,
        Shape::Text,
        "Name of the rule, the first half of the identity of its alerts: a renamed rule is a new one. Letters, digits, _ and -.",
    ),
    own("kind", EVERY, Shape::Section("kind"), "What the rule watches for."),
    common(
        "enabled",
        EVERY,
        Shape::Truth,
        "Whether the rule is evaluated. Default true; an override may switch it off or on for some accounts.",
    ),
    common(
        "from",
        SAMPLING,
        Shape::Word(&["logs", "metrics", "self"]),
        "What samples are taken from: log records, CloudWatch metrics, or Fanin's own metrics.",
    ),
    own("match", SAMPLING, Shape::Predicate, "Which records count; all of them where it is not given."),
    own(
        "value",
        &[Threshold, Change, Outlier, Forecast, Fleet],
        Shape::Expression,
        "The value that is compared: count() sum() avg() min() max() last() rate() distinct() p1() to p99.9(), arithmetic, quota(\"name\", default) and names of queries. For fleet: share or count of the accounts.",
    ),
    own("queries", VALUED, Shape::Section("queries"), "Named parts of the value."),
    own("bad", &[Ratio], Shape::Expression, "The part: one aggregate."),
    own("total", &[Ratio], Shape::Expression, "The whole: one aggregate."),
    own(
        "when",
        WINDOWED,
        Shape::Expression,
        "A comparison over the same window; while it does not hold, nothing is wrong.",
    ),
    common(
        "window",
        WINDOWED,
        Shape::Period,
        "What is looked at in each step: the time before the tick, a multiple of every. For forecast the default is every.",
    ),
    common(
        "every",
        EVERY,
        Shape::Period,
        "Step of evaluation; ticks are multiples of it in UTC. Default 1m; for fleet and composite that of the rules they look at.",
    ),
    common(
        "delay",
        SAMPLING,
        Shape::Section("delay"),
        "How long after its time a tick is evaluated, so that late data still counts. Default 60s for logs, 4m for metrics, 0s for self.",
    ),
    common(
        "group_by",
        GROUPED,
        Shape::FieldList,
        "One state for each combination of these fields: account, region, dim.X of a metric, or any field. Default [account]; [] is one state for everything.",
    ),
    own(
        "by",
        &[Fleet],
        Shape::FieldList,
        "One state for each combination of these fields of the accounts. Default [], one for the whole fleet.",
    ),
    own(
        "groups",
        SAMPLING,
        Shape::Word(&["seen", "registry"]),
        "Which groups are expected: those that were seen (the default), or all accounts of the directory in scope, so that one that never spoke is missed.",
    ),
    common(
        "scope",
        EVERY,
        Shape::Predicate,
        "Which accounts of the directory the rule applies to. Default tenant.state == \"active\". For first_seen the words fleet and account say to whom a key is new.",
    ),
    own("timeout", &[Absence], Shape::Period, "How long nothing may come."),
    own("level", LEVELLED, Shape::Word(&["critical", "warning"]), "How bad it is."),
    own(
        "critical",
        BOUNDED,
        Shape::Bound,
        "From here on it is critical: a comparison such as >= 50, > 10%, > 2s; for change > 6x; for forecast >= 100% within 24h.",
    ),
    own("warning", BOUNDED, Shape::Bound, "From here on it is a warning. What is critical must be a warning as well."),
    own(
        "recover",
        BOUNDED,
        Shape::Section("recover"),
        "Only beyond this an alert recovers, on the other side of the thresholds. One comparison, or one for each level.",
    ),
    common(
        "for",
        LASTING,
        Shape::Period,
        "How long it must breach before it fires, inclusive. Default 0s: at the first tick.",
    ),
    common("keep_firing_for", KEEPING, Shape::Period, "How long an alert fires on after it first cleared. Default 0s."),
    common(
        "datapoints",
        COUNTED,
        Shape::Section("datapoints"),
        "So many of the last ticks must breach, instead of for.",
    ),
    own(
        "compat",
        &[Threshold, Ratio, Change, Outlier, Composite],
        Shape::Word(&["cloudwatch", "datadog"]),
        "Follow another system exactly: cloudwatch for datapoints, datadog for composite.",
    ),
    common(
        "no_data",
        WINDOWED,
        Shape::Section("no_data"),
        "What no data in the window means. Default: zero for count() and distinct(), ok for ratio, else keep.",
    ),
    own("min_samples", WINDOWED, Shape::Whole, "Fewer records or points in the window say nothing. Default 0."),
    own("min_total", &[Ratio], Shape::Number, "A smaller whole says nothing. Default 0."),
    own("min_current", &[Change], Shape::Number, "Below this much now, nothing is wrong."),
    own("baseline", &[Change], Shape::Section("baseline"), "What the value is compared with."),
    own(
        "freeze_baseline_while_firing",
        &[Change],
        Shape::Period,
        "How long the baseline does not learn while the alert fires. Default 24h.",
    ),
    own("peers", &[Outlier], Shape::FieldList, "Accounts that agree in these are peers. Default []: all accounts."),
    own(
        "method",
        &[Outlier, Forecast],
        Shape::Section("method"),
        "How it is computed: for outlier {mad, direction, floor}, for forecast theil_sen.",
    ),
    own("min_peers", &[Outlier], Shape::Whole, "Fewer peers say nothing. Default 20."),
    own("max_outliers", &[Outlier], Shape::Share, "A larger share is no outlier but a shift of the fleet. Default 5%."),
    own("history", &[Forecast], Shape::Period, "How far back points are looked at. Default 14d."),
    own(
        "horizon",
        &[Forecast],
        Shape::Period,
        "How far ahead is looked where a threshold does not say within. Default 7d.",
    ),
    own("min_points", &[Forecast], Shape::Whole, "Fewer points say nothing. Default 48."),
    own("key", &[FirstSeen], Shape::Text, "What must be new: a field, or signature(message) for the shape of a text."),
    own(
        "learn",
        &[FirstSeen],
        Shape::Period,
        "For so long after the rule first ran everything is only learnt. Default 7d.",
    ),
    own("lookback", &[FirstSeen], Shape::Period, "What was not seen for so long is new again. Default 30d."),
    own(
        "min_count",
        &[FirstSeen],
        Shape::Section("min_count"),
        "How often it must come, and within which time. Default once.",
    ),
    own("max_keys", &[FirstSeen], Shape::Whole, "Most keys that are known. Default 20000."),
    own(
        "dedup_by",
        &[Event],
        Shape::FieldList,
        "Records that agree in these are one episode for dedup_for. Default: group_by.",
    ),
    own("dedup_for", &[Event], Shape::Period, "How long, in event time. Default 1h."),
    own("of", &[Fleet], Shape::Text, "The rule whose alerts are counted."),
    own(
        "state",
        &[Fleet],
        Shape::Word(&["firing", "pending"]),
        "Which alerts count: those that fire (the default), or pending ones as well.",
    ),
    own(
        "population",
        &[Fleet],
        Shape::Word(&["evaluated", "registered"]),
        "Of which accounts the share is: those that the tick could tell of (the default), or all in scope.",
    ),
    own("min_population", &[Fleet], Shape::Whole, "A smaller population says nothing. Default 1."),
    own(
        "inhibits",
        &[Fleet],
        Shape::RuleList,
        "Rules whose alerts are not told of while this one fires, where the groups are equal as far as both have them.",
    ),
    own("expr", &[Composite], Shape::Text, "The combination of rules: names, &&, || and !."),
    own("sticky", &[Composite], Shape::Period, "How long a rule counts as firing after it stopped. Default 0s."),
    own(
        "overrides",
        GROUPED,
        Shape::Section("overrides"),
        "Other settings for some accounts; a later one wins, key by key.",
    ),
    common("annotations", EVERY, Shape::Section("annotations"), "What people are told: templates."),
    common(
        "notify",
        EVERY,
        Shape::Section("notify"),
        "Who is told, by level. Without it nobody is, but the alert shows.",
    ),
    common("labels", EVERY, Shape::Section("labels"), "Further labels of its alerts."),
    own("incident", EVERY, Shape::Section("incident"), "How its alerts are told of together; over what the file says."),
    common(
        "inhibited_by",
        EVERY,
        Shape::RuleList,
        "While one of these rules fires for an equal group, this one does not notify.",
    ),
    common("max_groups", GROUPED, Shape::Whole, "Most groups that are tracked; more are only counted. Default 50000."),
    common("resolve_after", EVERY, Shape::Period, "Without data for so long an alert resolves. Default 24h."),
    common(
        "max_alert_age",
        EVERY,
        Shape::Period,
        "Older transitions never notify, as when a backlog is worked off. Default 1h.",
    ),
    common(
        "new_group_delay",
        EVERY,
        Shape::Period,
        "How long after an account was created or first seen its groups stay quiet. Default 1h.",
    ),
    common(
        "dedup",
        EXACT,
        Shape::Word(&["exact"]),
        "exact: a metric point that is sent again replaces the first, at 16 bytes a point.",
    ),
];

/// The key of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static KeyOfRule> {
    KEYS.iter().find(|key| key.name == name)
}

/// The names of all keys of a kind.
#[must_use]
pub fn of_kind(kind: KindName) -> Vec<&'static str> {
    KEYS.iter().filter(|key| key.kinds.contains(&kind)).map(|key| key.name).collect()
}

/// The names of all keys that `defaults` may have.
#[must_use]
pub fn of_defaults() -> Vec<&'static str> {
    KEYS.iter().filter(|key| key.in_defaults).map(|key| key.name).collect()
}

/// `threshold, ratio or change`
#[must_use]
pub fn listed(kinds: &[KindName]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).into(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
