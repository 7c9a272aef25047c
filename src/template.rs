//! Templates of annotations: what people write to say what happened, such as `{{ value | percent }} of calls fail for {{ tenant }}`.
//!
//! A template is plain text with the expressions of Jinja. What it can see is fixed (`NAMES`), so a misspelt name is found
//! before anything fires. Where one fails all the same, the error stands in its place and the notification goes out.

pub mod figure;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Object, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use crate::config::problem::did_you_mean;

/// Names that a template can use.
pub const NAMES: [&str; 21] = [
    "account",
    "accounts",
    "dim",
    "episode",
    "group",
    "key",
    "labels",
    "level",
    "links",
    "region",
    "rule",
    "samples",
    "since",
    "spread",
    "status",
    "tenant",
    "tenant_name",
    "threshold",
    "tier",
    "unit",
    "value",
];

/// Filters that a template can use.
const FILTERS: [&str; 12] = [
    "bytes", "default", "duration", "first", "int", "join", "length", "lower", "number", "percent", "truncate", "upper",
];

/// What one rendering may cost: about one for each step and each 64 bytes that are made, which is far more than any
/// message needs and far less than would hold anything up.
const FUEL: u64 = 20_000;

/// The longest rendered text, in bytes; a longer one is cut. Slack takes 3,000 characters, Opsgenie 15,000.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// The longest template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 16 * 1024;

/// The longest message of an error, in bytes: it stands in place of a summary.
const ERROR_BYTES_MAX: usize = 200;

/// What a value is shown as where there is none.
const NONE: &str = "no data";

/// What a template sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Name of the rule.
    pub rule: String,
    /// The 12 digits of the account; empty where the rule does not group by it.
    pub account: String,
    /// Id of the tenant.
    pub tenant: String,
    /// Name of the tenant, for people.
    pub tenant_name: String,
    /// Tier.
    pub tier: String,
    /// Region.
    pub region: String,
    /// `critical` or `warning`.
    pub level: String,
    /// `firing` or `resolved`.
    pub status: String,
    /// The value, in base units; `None` where there is no data.
    pub value: Option<f64>,
    /// The threshold, in base units.
    pub threshold: Option<f64>,
    /// How the rule shows both: `number`, `percent`, `factor`, `seconds`, `milliseconds`, `bytes`.
    pub unit: String,
    /// Since when it breaches, in RFC 3339.
    pub since: String,
    /// How often the alert has fired, this time included.
    pub episode: u32,
    /// How many accounts fire.
    pub accounts: u32,
    /// On how many accounts it was seen.
    pub spread: u32,
    /// What was never seen before (`first_seen`).
    pub key: String,
    /// Labels of rule and incident.
    pub labels: BTreeMap<String, String>,
    /// Values of the group by the names of `group_by`; `dim.X` is also `X` of `dim`.
    pub group: BTreeMap<String, String>,
    /// Records that show what happened.
    pub samples: Vec<String>,
    /// Addresses by name: `rule`, `alerts`, `silence`, `account`, `runbook`.
    pub links: BTreeMap<String, String>,
}

/// A template that was read.
#[derive(Clone, Debug)]
pub struct Template {
    /// With one template, that of this name.
    environment: Arc<Environment<'static>>,
}

/// Name of the only template in its environment.
const NAME: &str = "template";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// With what is wrong and in which line.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(format!("a template of {} bytes is over {TEMPLATE_BYTES_MAX}", text.len()));
        }
        let mut environment = ENVIRONMENT.clone();
        environment.add_template_owned(NAME, text.to_owned()).map_err(|error| told(&error, ""))?;
        Ok(Self { environment: Arc::new(environment) })
    }

    /// Fills it in.
    ///
    /// # Errors
    /// With what is wrong and in which line.
    pub fn try_render(&self, context: &Context) -> Result<String, String> {
        self.fill_in(values(context))
    }

    /// Fills it in; what is wrong stands in its place as `<template error: ...>`.
    #[must_use]
    pub fn render(&self, context: &Context) -> String {
        self.try_render(context).unwrap_or_else(|error| complaint(&error))
    }

    fn fill_in(&self, values: BTreeMap<&'static str, Value>) -> Result<String, String> {
        let template = self.environment.get_template(NAME).map_err(|error| told(&error, ""))?;
        let rendered = template.render(Value::from_object(Seen(values)));
        let text = rendered.map_err(|error| told(&error, template.source()))?;
        Ok(cut(&text, TEXT_BYTES_MAX))
    }

    /// Names at the top of the template that nothing gives.
    fn unknown_name(&self) -> Option<String> {
        let template = self.environment.get_template(NAME).ok()?;
        let mut used: Vec<_> = template.undeclared_variables(false).into_iter().collect();
        used.sort_unstable();
        let unknown = used.into_iter().find(|name| !NAMES.contains(&name.as_str()))?;
        let hint = match did_you_mean(&unknown, &NAMES) {
            hint if hint.is_empty() => format!("; names are {}", NAMES.join(", ")),
            hint => hint,
        };
        Some(format!("there is no {unknown:?}{hint}"))
    }
}

/// Checks a template: reads it and fills it in with made-up values.
///
/// # Errors
/// With what is wrong, and what was meant where that can be guessed.
pub fn check(text: &str) -> Result<(), String> {
    let template = Template::new(text)?;
    if let Some(complaint) = template.unknown_name() {
        return Err(complaint);
    }
    template.fill_in(made_up()).map(|_| ())
}

/// Fills in a template that is used once. Never fails: what is wrong stands in its place.
#[must_use]
pub fn render(text: &str, context: &Context) -> String {
    match Template::new(text) {
        Ok(template) => template.render(context),
        Err(error) => complaint(&error),
    }
}

fn complaint(error: &str) -> String {
    format!("<template error: {error}>")
}

/// Every template begins with this: our filters and nothing else, so that a template neither loops for long nor grows.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    environment.set_formatter(|out, _, value| {
        let text = shown(value);
        out.write_str(&text).map_err(|_| Error::new(ErrorKind::WriteFailure, "the text cannot be written"))
    });
    environment.add_filter("int", |value: Value| Ok::<_, Error>(numeric(&value)?.map_or_else(none, whole)));
    environment.add_filter("percent", |value: Value| figured(&value, figure::percent));
    environment.add_filter("duration", |value: Value, unit: Option<String>| {
        let seconds = seconds_of(unit.as_deref())?;
        figured(&value, |number| figure::seconds(number * seconds))
    });
    environment.add_filter("bytes", |value: Value| figured(&value, figure::bytes));
    environment.add_filter("number", |value: Value| figured(&value, figure::number));
    environment.add_filter("round", |value: Value, digits: Option<u32>| {
        let digits = usize::try_from(digits.unwrap_or(0)).unwrap_or(usize::MAX).min(15);
        figured(&value, |number| figure::rounded(number, digits))
    });
    environment.add_filter("truncate", |value: Value, chars: Option<usize>| {
        figure::truncated(&shown(&value), chars.unwrap_or(80))
    });
    environment.add_filter("upper", |value: Value| shown(&value).to_uppercase());
    environment.add_filter("lower", |value: Value| shown(&value).to_lowercase());
    environment.add_filter("length", |value: Value| value.len().unwrap_or(0));
    environment.add_filter("first", |value: Value| value.get_item_by_index(0).unwrap_or_else(|_| none()));
    environment.add_filter("join", |value: Value, between: Option<String>| -> Result<String, Error> {
        let items: Vec<String> = value.try_iter()?.map(|item| shown(&item)).collect();
        Ok(items.join(between.as_deref().unwrap_or("")))
    });
    environment.add_filter("default", |value: Value, other: Option<Value>| {
        let is_empty = value.is_undefined() || value.is_none() || value.as_str() == Some("");
        if is_empty { other.unwrap_or_else(|| Value::from("")) } else { value }
    });
    environment
});

/// How many seconds a unit of time is; without one it is the second.
fn seconds_of(unit: Option<&str>) -> Result<f64, Error> {
    const UNITS: [(&str, f64); 5] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
    let Some(unit) = unit else { return Ok(1.0) };
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    known.map(|(_, seconds)| *seconds).ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("{unit:?} is no unit of time; there are ms, s, m, h and d"))
    })
}

/// How a value without a filter is shown.
fn shown(value: &Value) -> String {
    if value.is_undefined() || value.is_none() {
        return NONE.into();
    }
    let number = if value.is_number() { numeric(value).ok().flatten() } else { None };
    number.map_or_else(|| value.to_string(), figure::number)
}

fn none() -> Value {
    Value::from(())
}

/// The number that a value is; `None` where there is none.
fn numeric(value: &Value) -> Result<Option<f64>, Error> {
    if value.is_none() {
        return Ok(None);
    }
    let number = f64::try_from(value.clone()).ok().or_else(|| value.as_str()?.trim().parse().ok());
    let refuse =
        || Error::new(ErrorKind::InvalidOperation, format!("{:?} is no number", figure::truncated(&shown(value), 40)));
    number.map(Some).ok_or_else(refuse)
}

fn figured(value: &Value, figure: impl Fn(f64) -> String) -> Result<String, Error> {
    Ok(numeric(value)?.map_or_else(|| NONE.into(), figure))
}

#[expect(clippy::cast_possible_truncation, reason = "a number that is too large becomes the largest")]
fn whole(number: f64) -> Value {
    Value::from(number.round() as i64)
}

/// What a template sees, as minijinja looks it up.
#[derive(Debug)]
struct Seen(BTreeMap<&'static str, Value>);

impl Object for Seen {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).cloned()
    }
}

fn values(context: &Context) -> BTreeMap<&'static str, Value> {
    let map = |map: &BTreeMap<String, String>| Value::from(map.clone());
    let number = |number: Option<f64>| number.map_or_else(none, Value::from);
    let dimensions: BTreeMap<String, String> = context
        .group
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("dim.")?.to_owned(), value.clone())))
        .collect();
    BTreeMap::from([
        ("account", Value::from(context.account.as_str())),
        ("accounts", Value::from(context.accounts)),
        ("dim", map(&dimensions)),
        ("episode", Value::from(context.episode)),
        ("group", map(&context.group)),
        ("key", Value::from(context.key.as_str())),
        ("labels", map(&context.labels)),
        ("level", Value::from(context.level.as_str())),
        ("links", map(&context.links)),
        ("region", Value::from(context.region.as_str())),
        ("rule", Value::from(context.rule.as_str())),
        ("samples", context.samples.iter().map(|line| Value::from(line.as_str())).collect()),
        ("since", Value::from(context.since.as_str())),
        ("spread", Value::from(context.spread)),
        ("status", Value::from(context.status.as_str())),
        ("tenant", Value::from(context.tenant.as_str())),
        ("tenant_name", Value::from(context.tenant_name.as_str())),
        ("threshold", number(context.threshold)),
        ("tier", Value::from(context.tier.as_str())),
        ("unit", Value::from(context.unit.as_str())),
        ("value", number(context.value)),
    ])
}

/// A map that has every name: what labels and groups hold is not known before something fires.
#[derive(Debug)]
struct Anything;

impl Object for Anything {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Value::from(key.as_str()?))
    }
}

/// Values to check a template with.
fn made_up() -> BTreeMap<&'static str, Value> {
    let text = |text: &str| String::from(text);
    let context = Context {
        rule: text("ExampleRule"),
        account: text("111122223333"),
        tenant: text("acme"),
        tenant_name: text("Acme Corporation"),
        tier: text("gold"),
        region: text("eu-central-1"),
        level: text("critical"),
        status: text("firing"),
        value: Some(42.5),
        threshold: Some(20.0),
        unit: text("number"),
        since: text("2026-03-02T10:00:00.000Z"),
        episode: 1,
        accounts: 21,
        spread: 3,
        key: text("connection to * refused"),
        samples: vec![text("connection to 10.0.0.7 refused"); 3],
        ..Context::default()
    };
    let mut values = values(&context);
    for name in ["dim", "group", "labels", "links"] {
        let _ = values.insert(name, Value::from_object(Anything));
    }
    values
}

/// One line: what is wrong, and where where the template has several lines.
fn told(error: &Error, source: &str) -> String {
    let detail = error.detail().unwrap_or_default();
    let kind = error.kind();
    let mut text = if kind == ErrorKind::OutOfFuel {
        "it takes too long, or makes too much text".into()
    } else if kind == ErrorKind::UnknownFilter {
        unknown_filter(detail)
    } else if detail.is_empty() {
        kind.to_string()
    } else {
        detail.to_owned()
    };
    if let Some(line) = error.line().filter(|line| *line > 1 || source.contains('\n')) {
        text.push_str(&format!(" (line {line})"));
    }
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(&text, ERROR_BYTES_MAX)
}

fn unknown_filter(detail: &str) -> String {
    let name = detail.split_whitespace().nth(1).unwrap_or(detail);
    match did_you_mean(name, &FILTERS) {
        hint if hint.is_empty() => format!("there is no filter {name:?}; filters are round, {}", FILTERS.join(", ")),
        hint => format!("there is no filter {name:?}{hint}"),
    }
}

/// The beginning of a text that fits in so many bytes.
fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let mut end = bytes_max.saturating_sub(3);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> Context {
        Context {
            rule: "PaymentTimeouts".into(),
            account: "111111111111".into(),
            tenant: "acme".into(),
            tier: "gold".into(),
            level: "critical".into(),
            value: Some(0.0625),
            threshold: Some(20.0),
            since: "2026-03-02T10:00:00.000Z".into(),
            key: "connection to * refused".into(),
            spread: 3,
            accounts: 6_000,
            labels: [("team".to_owned(), "platform".to_owned())].into(),
            group: [("dim.ApiName".to_owned(), "orders".to_owned()), ("user.ip".to_owned(), "192.0.2.1".to_owned())]
                .into(),
            samples: vec!["one".into(), "two".into()],
            ..Context::default()
        }
    }

    #[track_caller]
    fn renders(text: &str, expected: &str) {
        assert_eq!(check(text), Ok(()), "{text}");
        assert_eq!(render(text, &context()), expected, "{text}");
    }

    #[test]
    fn values_are_shown_with_filters() {
        renders(
            "{{ threshold | int }} timeouts for {{ tenant }} ({{ account }})",
            "20 timeouts for acme (111111111111)",
        );
        renders("{{ value | percent }} of calls fail", "6.25% of calls fail");
        renders("quiet for {{ 5400 | duration }}", "quiet for 1h 30m");
        renders("{{ 2500 | duration('ms') }}, {{ 20.5 | duration('d') }}", "2.5s, 20d 12h");
        renders("{{ 1536 | bytes }}", "1.5 KiB");
        renders("{{ accounts | number }} / {{ value | round(2) }} / {{ value | round }}", "6,000 / 0.06 / 0");
        renders("{{ key | truncate(10) }}", "connect...");
        renders("{{ level | upper }} {{ tenant | lower }}", "CRITICAL acme");
        renders(
            "{{ region | default('nowhere') }} {{ samples | length }} {{ samples | join(', ') }}",
            "nowhere 2 one, two",
        );
        renders("{{ value }} {{ threshold }}", "0.0625 20");
    }

    #[test]
    fn groups_labels_and_conditions_are_there() {
        renders("{{ dim.ApiName }} {{ group['user.ip'] }} {{ labels.team }}", "orders 192.0.2.1 platform");
        renders("{% if level == 'critical' %}wake up{% else %}look{% endif %}", "wake up");
        renders("{% for line in samples %}- {{ line }}\n{% endfor %}", "- one\n- two\n");
    }

    #[test]
    fn text_is_not_escaped() {
        let context = Context { tenant: "<a & \"b\">".into(), ..context() };
        assert_eq!(render("{{ tenant }}", &context), "<a & \"b\">");
    }

    #[test]
    fn no_data_is_said() {
        let context = Context { value: None, ..context() };
        assert_eq!(render("{{ value | int }}|{{ value | percent }}|{{ value }}", &context), "no data|no data|no data");
    }

    #[test]
    fn a_misspelt_name_is_refused_with_a_suggestion() {
        assert_eq!(check("{{ tennant }}"), Err("there is no \"tennant\", did you mean \"tenant\"?".into()));
        assert_eq!(
            check("{% if false %}{{ acount }}{% endif %}"),
            Err("there is no \"acount\", did you mean \"account\"?".into())
        );
        assert_eq!(
            check("{{ value | percnt }}"),
            Err("there is no filter \"percnt\", did you mean \"percent\"?".into())
        );
        assert_eq!(
            check("{{ value | duration('min') }}"),
            Err("\"min\" is no unit of time; there are ms, s, m, h and d".into())
        );
        let error = check("{{ zzzzzz }}").unwrap_err();
        assert!(error.starts_with("there is no \"zzzzzz\"; names are account, accounts, "), "{error}");
    }

    #[test]
    fn a_broken_template_is_refused() {
        for text in ["{{ value", "{% for x in samples %}", "{{ tenant | int }}", "{{ nothing() }}", "{% include 'x' %}"]
        {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_template_error_stands_in_the_place_of_the_text() {
        assert_eq!(render("{{ tenant | int }}", &context()), "<template error: \"acme\" is no number>");
        assert!(render("{{ value", &context()).starts_with("<template error: "));
        assert!(render("{{ labels.gone }}", &context()).starts_with("<template error: undefined value"));
        assert_eq!(render("{{ labels.gone | default('none') }}", &context()), "none");
    }

    #[test]
    fn a_template_can_neither_run_nor_grow_without_end() {
        let nested = "{% for a in 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}".repeat(6) + &"{% endfor %}".repeat(6);
        for text in ["{{ 'a' * 100000000 }}", nested.as_str()] {
            let rendered = render(text, &context());
            assert!(rendered.starts_with("<template error: "), "{rendered}");
        }
        let rendered = render("{{ 'a' * 40000 }}", &context());
        assert_eq!(rendered.len(), TEXT_BYTES_MAX);
        assert!(rendered.ends_with("aaa..."));
        assert!(check(&"a".repeat(TEMPLATE_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn an_error_is_one_short_line() {
        let context = Context { tenant: format!("a\nb{}", "c".repeat(10_000)), ..context() };
        let rendered = render("\n{{ tenant | percent }}", &context);
        assert!(rendered.len() < 300 && !rendered.contains('\n'), "{rendered}");
    }

    proptest! {
        #[test]
        fn no_template_makes_it_panic(text in "(\\PC|\\{\\{|\\}\\}|\\{%|%\\}|[|.()\\[\\]' \n]|value|samples|int|truncate){0,40}") {
            drop(check(&text));
            drop(render(&text, &context()));
        }
    }
}
