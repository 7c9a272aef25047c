//! Tests of the sampler, and a rule for tests of others.

use std::time::Duration;

use bumpalo::Bump;
use proptest::prelude::*;

use super::*;
use crate::config::FormatName;
use crate::config::policy::{Action, Fields as NamedFields, Redact, Scope};
use crate::id::{AccountId, Region};
use crate::otlp::logs;
use crate::policy::{Policy, Whose};
use crate::predicate::Subject;
use crate::predicate::field::Field;
use crate::record::log::Log;
use crate::record::metric::{Datum, Dimension, Points, Resource, Statistic};
use crate::record::resource::producer;
use crate::record::value::{Attribute, Value};
use crate::rule::{
    Aggregate, Annotations, Arithmetic, FirstSeen, Fleet, Hold, Incident, Kind, Level, Measure, NoData, Notify, Rule,
    RulePlace, Selector, Settings, Term, Values,
};
use crate::sample::{Cell, Group, Line, Partial, SampleCounts};
use crate::tenant::Directory;

const MINUTE: Duration = Duration::from_secs(60);

/// A whole minute.
const NOON: u64 = 1_699_999_980;

/// A rule over log records of every account, one state for each account, that counts by the minute.
pub(crate) fn rule() -> Rule {
    Rule {
        name: "R".into(),
        place: RulePlace::default(),
        from: Some(From::Logs),
        matches: None,
        kind: Kind::Threshold(measure([(Aggregate::Count, Values::Records)])),
        group_by: vec![Field::Account],
        scope: None,
        groups_from_directory: false,
        every: MINUTE,
        window: MINUTE * 5,
        delay: MINUTE,
        new_group_delay: Duration::ZERO,
        resolve_after: Duration::from_secs(86_400),
        max_alert_age: Duration::from_secs(3600),
        max_groups: 50_000,
        exact: false,
        settings: Settings {
            enabled: true,
            critical: None,
            warning: None,
            recover_critical: None,
            recover_warning: None,
            hold: Hold::For(Duration::ZERO),
            keep_firing_for: Duration::ZERO,
            no_data: NoData::Zero,
            min_total: 0.0,
            timeout: Duration::ZERO,
            notify: Notify::default(),
        },
        overrides: Vec::new(),
        labels: Vec::new(),
        annotations: Annotations::default(),
        incident: Incident::default(),
        inhibited_by: Vec::new(),
    }
}

/// A measure whose value is its first term.
pub(crate) fn measure(terms: impl IntoIterator<Item = (Aggregate, Values)>) -> Measure {
    let terms = terms.into_iter().map(|(aggregate, of)| Term { aggregate, of, text: "".into() }).collect();
    Measure { terms, value: Arithmetic::Term(0), when: None, min_samples: 0 }
}

fn threshold(terms: impl IntoIterator<Item = (Aggregate, Values)>) -> Rule {
    Rule { kind: Kind::Threshold(measure(terms)), ..rule() }
}

/// The term `aggregate(AWS/Lambda:metric)`, of that set of dimensions where one is given.
fn of_metric(aggregate: Aggregate, metric: &str, dimensions: Option<&[&str]>) -> (Aggregate, Values) {
    let dimensions = dimensions.map(|names| names.iter().map(|name| (*name).into()).collect());
    let (namespace, metric) = ("AWS/Lambda".into(), metric.into());
    (aggregate, Values::Metric(Selector { namespace, metric, statistic: None, equal: Vec::new(), dimensions }))
}

fn metrics(terms: impl IntoIterator<Item = (Aggregate, Values)>) -> Rule {
    Rule { from: Some(From::Metrics), ..threshold(terms) }
}

fn attribute(name: &str) -> Field {
    Field::Attribute(name.into())
}

fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds)
}

fn group(rest: &[&str]) -> Group {
    Group { account: Some(account()), rest: rest.iter().map(|text| (*text).into()).collect() }
}

/// Looks at log records one after the other: seconds since noon, message and attributes. All arrive at that second.
struct Looking<'l> {
    sampler: Sampler,
    arrived: u64,
    policy: &'l Policy,
}

type Record<'r> = (u64, &'r str, &'r [(&'r str, Value<'r>)]);

impl Looking<'_> {
    fn look(&self, records: &[Record<'_>]) -> (Vec<Partial>, SampleCounts) {
        let directory = Directory::new([], "tenant.id", &[None]);
        let mut partials = Partials::default();
        for (seconds, message, attributes) in records {
            let bump = Bump::new();
            let (log_group, log_stream, region) = ("/acme/app", "s", Region::parse("eu-central-1").ok());
            let (account, producer, tag) = (account(), producer(log_group, log_stream), directory.tag(account()));
            let resource = logs::Resource { account, region, log_group, log_stream, file: "", producer, tag };
            let mut log = Log::new(message, at(self.arrived), &bump);
            log.time = Some(at(*seconds));
            log.attributes.extend(attributes.iter().map(|(key, value)| Attribute { key, value: *value }));
            let local = self.policy.of(&Whose::new(account, tag, log_group));
            let local = Some(&local);
            let (format, bytes) = (FormatName::Json, message.len());
            let subject = LogSubject { resource: &resource, entry: None, format, log: &log, bytes, local };
            self.sampler.log(&subject, at(self.arrived), &mut partials);
            if partials.wants_line() {
                partials.line(account, log_group, &log.body);
            }
        }
        let counts = partials.take_counts();
        (partials.drain_into_vec(), counts)
    }
}

fn sampler(rules: impl IntoIterator<Item = Rule>) -> Sampler {
    Sampler::new(&RuleSet { rules: rules.into_iter().collect() })
}

/// What a rule takes of records that arrive an hour after noon.
fn look(rule: Rule, records: &[Record<'_>]) -> (Vec<Partial>, SampleCounts) {
    let policy = Policy::compile(&crate::config::Policy::default());
    Looking { sampler: sampler([rule]), arrived: 3600, policy: &policy }.look(records)
}

/// The only value of the only partial.
fn value(rule: Rule, records: &[Record<'_>]) -> Option<f64> {
    let Kind::Threshold(measure) = &rule.kind else { panic!("a threshold") };
    let aggregate = measure.terms[0].aggregate;
    let (partials, _) = look(rule, records);
    let [partial] = &partials[..] else { panic!("{partials:?}") };
    partial.cells[0].as_ref().and_then(|cell| cell.value(&aggregate, MINUTE))
}

#[test]
fn records_are_counted_in_buckets_that_hold_their_beginning_and_not_their_end() {
    let (partials, counts) = look(rule(), &[(0, "a", &[]), (59, "b", &[]), (60, "c", &[])]);
    let first = Partial {
        rule: 0,
        group: group(&[]),
        bucket: at(0),
        count: 2,
        first: at(0),
        last: at(59),
        until: at(59),
        cells: [Some(Cell::Count(2.0))].into(),
        series: None,
        set: 0,
        set_len: 0,
        times: Vec::new(),
        lines: Vec::new(),
    };
    let cells = [Some(Cell::Count(1.0))].into();
    let second =
        Partial { bucket: at(60), count: 1, first: at(60), last: at(60), until: at(60), cells, ..first.clone() };
    assert_eq!(partials, [first, second]);
    assert_eq!(counts, SampleCounts { taken: 3, ..SampleCounts::default() });
}

#[test]
fn a_record_of_far_ahead_counts_for_its_arrival() {
    let (partials, counts) = look(rule(), &[(3600 + 7200, "a", &[])]);
    assert_eq!((partials[0].bucket, partials[0].last, counts.ahead), (at(3600), at(3600), 1));
}

#[test]
fn a_record_of_a_little_ahead_keeps_its_bucket_and_was_seen_no_later_than_it_arrived() {
    let (partials, counts) = look(rule(), &[(3600 + 120, "a", &[])]);
    assert_eq!((partials[0].bucket, partials[0].last, counts.ahead), (at(3720), at(3600), 0));
}

#[test]
fn a_record_that_is_older_than_a_day_tells_rules_nothing() {
    let policy = Policy::compile(&crate::config::Policy::default());
    let looking = Looking { sampler: sampler([rule()]), arrived: 86_400 + 10, policy: &policy };
    let (partials, counts) = looking.look(&[(9, "a", &[]), (10, "b", &[])]);
    assert_eq!((partials.len(), partials[0].first), (1, at(10)));
    assert_eq!(counts, SampleCounts { taken: 1, too_old: 1, ..SampleCounts::default() });
}

#[test]
fn a_record_without_a_value_of_the_group_is_ignored_and_counted() {
    let by = |fields: &[Field]| Rule { group_by: fields.to_vec(), ..rule() };
    let user = |value| [("user", value)];
    let map = [Attribute { key: "id", value: Value::Int(7) }];
    let records: [Record<'_>; 5] = [
        (0, "", &user(Value::Text("ann"))),
        (0, "", &user(Value::Text(""))),
        (0, "", &[]),
        (0, "", &user(Value::Map(&map))),
        (0, "", &user(Value::Int(7))),
    ];
    let (partials, counts) = look(by(&[Field::Account, attribute("user")]), &records);
    let groups: Vec<_> = partials.iter().map(|partial| partial.group.clone()).collect();
    assert_eq!(groups, [group(&["7"]), group(&["ann"])]);
    assert_eq!((counts.taken, counts.without_group), (2, 3));
}

#[test]
fn values_of_a_group_stand_in_the_order_of_the_rule_and_the_account_beside_them() {
    let group_by = vec![attribute("b"), Field::Region, Field::Account, attribute("a")];
    let (partials, _) =
        look(Rule { group_by, ..rule() }, &[(0, "", &[("a", Value::Text("1")), ("b", Value::Bool(true))])]);
    assert_eq!(partials[0].group, group(&["true", "eu-central-1", "1"]));
    let (partials, _) = look(Rule { group_by: Vec::new(), ..rule() }, &[(0, "", &[])]);
    assert_eq!(partials[0].group, Group::default());
}

#[test]
fn each_aggregate_takes_the_field_that_it_names() {
    let ms = |value| [("ms", value)];
    let records: [Record<'_>; 4] = [
        (0, "", &ms(Value::Int(10))),
        (1, "", &ms(Value::Text("30"))),
        (2, "", &ms(Value::Double(20.0))),
        (3, "", &[]),
    ];
    let of = |aggregate| value(threshold([(aggregate, Values::Field(attribute("ms")))]), &records);
    assert_eq!(of(Aggregate::Count), Some(3.0));
    assert_eq!(of(Aggregate::Sum), Some(60.0));
    assert_eq!(of(Aggregate::Avg), Some(20.0));
    assert_eq!(of(Aggregate::Min), Some(10.0));
    assert_eq!(of(Aggregate::Max), Some(30.0));
    assert_eq!(of(Aggregate::Last), Some(20.0));
    assert_eq!(of(Aggregate::Rate), Some(1.0));
    assert_eq!(of(Aggregate::Distinct), Some(3.0));
    assert!((of(Aggregate::Percentile(50.0)).unwrap() - 20.0).abs() < 1e-4);
    assert_eq!(value(threshold([(Aggregate::Rate, Values::Records)]), &records), Some(4.0 / 60.0));
}

#[test]
fn a_value_that_is_missing_or_no_finite_number_leaves_no_cell() {
    let rule = || threshold([(Aggregate::Max, Values::Field(attribute("ms")))]);
    let records: [Record<'_>; 4] = [
        (0, "", &[]),
        (0, "", &[("ms", Value::Text("slow"))]),
        (0, "", &[("ms", Value::Text("NaN"))]),
        (0, "", &[("ms", Value::Double(f64::INFINITY))]),
    ];
    let (partials, counts) = look(rule(), &records);
    assert_eq!((partials[0].count, &*partials[0].cells, counts.not_finite), (4, &[None][..], 2));
    let (partials, _) = look(rule(), &[(0, "", &[("ms", Value::Int(-3))]), records[3]]);
    assert_eq!(*partials[0].cells, [Some(Cell::Max(-3.0))]);
}

#[test]
fn of_an_absence_it_is_enough_that_something_came() {
    let (partials, _) = look(Rule { kind: Kind::Absence { level: Level::Critical }, ..rule() }, &[(5, "", &[])]);
    assert_eq!((partials[0].last, partials[0].cells.len(), partials[0].times.len()), (at(5), 0, 0));
}

#[test]
fn of_events_each_time_is_kept_by_what_they_agree_in() {
    let dedup_by = vec![Field::Account, attribute("user.ip")];
    let dedup_for = Duration::from_secs(3600);
    let kind = Kind::Event { level: Level::Critical, dedup_by, dedup_for };
    let ip = |ip| [Attribute { key: "ip", value: Value::Text(ip) }];
    let (one, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
    let user = |map| [("user", Value::Map(map))];
    let records: [Record<'_>; 4] = [(9, "", &user(&one)), (3, "", &user(&one)), (4, "", &user(&other)), (5, "", &[])];
    let (partials, counts) = look(Rule { kind, group_by: Vec::new(), ..rule() }, &records);
    let told: Vec<_> = partials.iter().map(|partial| (partial.group.clone(), partial.times.clone())).collect();
    assert_eq!(told, [(group(&["192.0.2.1"]), vec![at(3), at(9)]), (group(&["192.0.2.2"]), vec![at(4)])]);
    assert_eq!(counts.without_group, 1);
}

fn first_seen(fleet: bool) -> Rule {
    let kind = Kind::FirstSeen(FirstSeen {
        level: Level::Warning,
        key: Field::Message,
        signature: true,
        fleet,
        learn: Duration::ZERO,
        lookback: Duration::ZERO,
        min_count: 1,
        within: MINUTE,
        max_keys: 10,
    });
    Rule { kind, ..rule() }
}

#[test]
fn of_what_is_first_seen_the_key_stands_behind_the_group() {
    let records: [Record<'_>; 3] = [(0, "no disk 7", &[]), (1, "no disk 812", &[]), (2, "no net", &[])];
    let (partials, _) = look(first_seen(false), &records);
    assert_eq!(partials.len(), 2);
    assert!(partials.iter().all(|partial| partial.group.account == Some(account()) && partial.group.rest.len() == 1));
    let (partials, _) = look(first_seen(true), &records);
    assert!(partials.iter().all(|partial| partial.group.account == Some(account()) && partial.group.rest.len() == 1));
    let mut times: Vec<_> = partials.iter().map(|partial| partial.times.len()).collect();
    times.sort_unstable();
    assert_eq!(times, [1, 2]);
}

#[test]
fn the_newest_lines_are_kept_as_many_as_the_rule_wants() {
    let annotations = Annotations { samples: 2, ..Annotations::default() };
    let (partials, _) =
        look(Rule { annotations, ..rule() }, &[(5, "five", &[]), (9, "nine", &[]), (1, "one", &[]), (7, "seven", &[])]);
    let line = |seconds, text: &str| Line {
        at: at(seconds),
        account: account(),
        log_group: "/acme/app".into(),
        text: text.into(),
    };
    assert_eq!(partials[0].lines, [line(7, "seven"), line(9, "nine")]);
    let (partials, _) = look(rule(), &[(5, "five", &[])]);
    assert_eq!(partials[0].lines, []);
}

#[test]
fn what_must_not_leave_leaves_in_no_group_and_in_no_key() {
    let fields =
        |name: &str, action| NamedFields { names: vec![crate::glob::Glob::new(name)], action, scope: Scope::default() };
    let fields = vec![fields("user", Action::Mask), fields("card", Action::DropValue)];
    let redact = Redact { fields, ..Redact::default() };
    let policy = Policy::compile(&crate::config::Policy { redact, ..Default::default() });
    let looking = |rule| Looking { sampler: sampler([rule]), arrived: 3600, policy: &policy };
    let by = |name| Rule { group_by: vec![attribute(name)], ..rule() };
    let records: [Record<'_>; 1] = [(
        0,
        "key AKIAIOSFODNN7EXAMPLE",
        &[("user", Value::Text("ann")), ("card", Value::Int(7)), ("ok", Value::Int(1))],
    )];
    let rest = |rule| looking(rule).look(&records).0.first().map(|partial| partial.group.rest.join(" "));
    assert_eq!(rest(by("user")).as_deref(), Some("[redacted:field]"));
    assert_eq!(rest(by("card")), None);
    assert_eq!(rest(by("ok")).as_deref(), Some("1"));
    let key = rest(first_seen(true)).unwrap();
    assert!(!key.contains("AKIA"), "{key}");
}

#[test]
fn a_long_value_of_a_group_is_cut() {
    let long = "\u{e4}".repeat(5000);
    let (partials, _) =
        look(Rule { group_by: vec![attribute("a")], ..rule() }, &[(0, "", &[("a", Value::Text(&long))])]);
    assert_eq!(partials[0].group.rest[0].len(), 1024);
}

#[test]
fn rules_about_other_rules_take_nothing() {
    let fleet = Fleet {
        of: "R".into(),
        pending_counts: false,
        share: true,
        registered: false,
        min_population: 0,
        inhibits: Vec::new(),
    };
    let sampler = sampler([Rule { from: None, kind: Kind::Fleet(fleet), ..rule() }]);
    assert!(!sampler.takes_logs() && !sampler.takes_metrics());
}

#[test]
fn fanins_own_metrics_are_taken_by_name() {
    let term = (Aggregate::Max, Values::Own("pipeline.watermark_lag_seconds".into()));
    let sampler = sampler([Rule { from: Some(From::Fanin), group_by: Vec::new(), ..threshold([term]) }]);
    let mut partials = Partials::default();
    for (name, value) in [("pipeline.watermark_lag_seconds", 7.0), ("pipeline.other", 9.0)] {
        let subject = OwnSubject { name, value, at: at(30) };
        sampler.own(&subject, at(30), &mut partials);
    }
    let partials = partials.drain_into_vec();
    assert_eq!(partials.len(), 1);
    assert_eq!((partials[0].bucket, &*partials[0].cells), (at(0), &[Some(Cell::Max(7.0))][..]));
}

/// A point of a minute: metric, minute since noon, dimensions, sum.
type Given<'g> = (&'g str, u64, &'g [(&'g str, &'g str)], f64);

fn datum<'d>((name, minute, _, sum): &Given<'d>) -> Datum<'d> {
    let (start, end) = (at(minute * 60), at(minute * 60 + 60));
    let (namespace, unit) = ("AWS/Lambda", "1");
    Datum { namespace, name, unit, start, end, count: 2.0, sum: *sum, min: Some(*sum), max: Some(*sum) }
}

fn take(sampler: &Sampler, given: &[Given<'_>], is_part: bool) -> Vec<Partial> {
    let directory = Directory::new([], "tenant.id", &[None]);
    let mut points = Points::default();
    points.set_resource(Resource { account: account(), region: None, stream: None });
    for point in given {
        let dimensions = point.2.iter().map(|(name, value)| Dimension { name, value });
        points.push(datum(point), dimensions, [Statistic { name: "p95", value: point.3 / 2.0 }]);
    }
    let mut partials = Partials::default();
    for point in points.iter() {
        let subject = PointSubject { is_part, ..PointSubject::streamed(point, &directory) };
        sampler.point(&subject, at(3600), &mut partials);
    }
    partials.drain_into_vec()
}

fn cells(rule: Rule, given: &[Given<'_>]) -> Vec<(u64, Vec<Option<Cell>>)> {
    let minute = |partial: &Partial| partial.bucket.since(at(0)).as_secs() / 60;
    let partials = take(&sampler([rule]), given, false);
    partials.iter().map(|partial| (minute(partial), partial.cells.to_vec())).collect()
}

#[test]
fn a_point_counts_for_the_beginning_of_its_period_and_speaks_up_to_its_end() {
    let [partial] =
        &take(&sampler([metrics([of_metric(Aggregate::Sum, "Errors", Some(&[]))])]), &[("Errors", 3, &[], 4.0)], false)
            [..]
    else {
        panic!("one point")
    };
    assert_eq!((partial.bucket, partial.last, partial.until, partial.count), (at(180), at(180), at(240), 1));
}

#[test]
fn a_point_fills_the_terms_that_ask_for_its_metric() {
    let terms = [of_metric(Aggregate::Sum, "Errors", Some(&[])), of_metric(Aggregate::Sum, "Invocations", Some(&[]))];
    let given: [Given<'_>; 3] = [("Errors", 0, &[], 1.0), ("Invocations", 0, &[], 50.0), ("Duration", 0, &[], 9.0)];
    assert_eq!(cells(metrics(terms), &given), [(0, vec![Some(Cell::Sum(1.0)), Some(Cell::Sum(50.0))])]);
}

#[test]
fn a_rule_that_names_a_set_of_dimensions_takes_no_other() {
    let both: &[(&str, &str)] = &[("FunctionName", "f"), ("Resource", "f:1")];
    let given: [Given<'_>; 4] = [
        ("Errors", 0, &[], 10.0),
        ("Errors", 0, &[("FunctionName", "f")], 4.0),
        ("Errors", 0, &[("FunctionName", "g")], 6.0),
        ("Errors", 0, both, 4.0),
    ];
    let by_function = |equal: Option<&str>| {
        let (aggregate, values) = of_metric(Aggregate::Sum, "Errors", Some(&["FunctionName"]));
        let Values::Metric(selector) = values else { panic!("a metric") };
        let equal = equal.map(|value| ("FunctionName".into(), value.into())).into_iter().collect();
        metrics([(aggregate, Values::Metric(Selector { equal, ..selector }))])
    };
    assert_eq!(cells(by_function(None), &given), [(0, vec![Some(Cell::Sum(10.0))])]);
    assert_eq!(cells(by_function(Some("g")), &given), [(0, vec![Some(Cell::Sum(6.0))])]);
    let group_by = vec![Field::Account, Field::Dimension("FunctionName".into())];
    let partials = take(&sampler([Rule { group_by, ..by_function(None) }]), &given, false);
    let groups: Vec<_> = partials.into_iter().map(|partial| partial.group).collect();
    assert_eq!(groups, [group(&["f"]), group(&["g"])]);
}

#[test]
fn where_a_rule_names_no_set_of_dimensions_they_are_kept_apart() {
    let rule = metrics([of_metric(Aggregate::Sum, "Errors", None)]);
    let given: [Given<'_>; 4] = [
        ("Errors", 0, &[("FunctionName", "f")], 4.0),
        ("Errors", 0, &[], 10.0),
        ("Errors", 0, &[("FunctionName", "g")], 6.0),
        ("Errors", 0, &[("Resource", "x")], 10.0),
    ];
    let partials = take(&sampler([rule]), &given, false);
    let sets: Vec<_> = partials.iter().map(|partial| (partial.set_len, partial.set == 0, partial.count)).collect();
    assert_eq!((sets[0], partials.len()), ((0, true, 1), 3), "the set without dimensions comes first");
    let mut counts: Vec<_> = sets[1..].to_vec();
    counts.sort_unstable();
    assert_eq!(counts, [(1, false, 1), (1, false, 2)]);
}

#[test]
fn a_statistic_that_a_point_does_not_have_is_no_value() {
    let percentile = |name: &str| {
        let (aggregate, values) = of_metric(Aggregate::Max, "Duration", Some(&[]));
        let Values::Metric(selector) = values else { panic!("a metric") };
        metrics([(aggregate, Values::Metric(Selector { statistic: Some(name.into()), ..selector }))])
    };
    let given: [Given<'_>; 1] = [("Duration", 0, &[], 8.0)];
    assert_eq!(cells(percentile("p95"), &given), [(0, vec![Some(Cell::Max(4.0))])]);
    assert_eq!(cells(percentile("p99"), &given), []);
}

#[test]
fn a_point_that_is_sent_again_replaces_the_first_where_the_rule_is_exact() {
    let rule = |exact| Rule { exact, ..metrics([of_metric(Aggregate::Sum, "Errors", Some(&["F"]))]) };
    let given: [Given<'_>; 3] =
        [("Errors", 0, &[("F", "f")], 4.0), ("Errors", 0, &[("F", "f")], 5.0), ("Errors", 0, &[("F", "g")], 1.0)];
    assert_eq!(cells(rule(false), &given), [(0, vec![Some(Cell::Sum(10.0))])]);
    let partials = take(&sampler([rule(true)]), &given, false);
    let mut told: Vec<_> = partials.iter().map(|partial| (partial.count, partial.cells[0].clone().unwrap())).collect();
    told.sort_by_key(|(_, cell)| format!("{cell:?}"));
    assert_eq!(told, [(1, Cell::Sum(1.0)), (1, Cell::Sum(5.0))]);
    assert!(partials.iter().all(|partial| partial.series.is_some_and(|(_, time)| time == at(0))));
    let parts = take(&sampler([rule(true)]), &given, true);
    assert_eq!(*parts[0].cells, [Some(Cell::Sum(10.0))], "parts of a period that logs tell of add up");
}

fn matching(text: &str) -> Rule {
    Rule { matches: Some(Predicate::parse(text, Subject::Log).unwrap()), ..rule() }
}

#[test]
fn a_rule_takes_the_records_of_which_its_predicate_holds() {
    let rule = matching(r#"message.contains("timeout") && status >= 500"#);
    let records: [Record<'_>; 3] = [
        (0, "upstream timeout", &[("status", Value::Int(504))]),
        (0, "upstream timeout", &[("status", Value::Int(200))]),
        (0, "ok", &[("status", Value::Int(504))]),
    ];
    let (partials, _) = look(rule, &records);
    assert_eq!((partials.len(), partials[0].count), (1, 1));
}

#[test]
fn without_an_account_in_its_group_a_rule_takes_only_what_is_in_scope() {
    let scope = |text| Some(Predicate::parse(text, Subject::Account).unwrap());
    let of = |group_by: &[Field], text| {
        let rule = Rule { scope: scope(text), group_by: group_by.to_vec(), ..rule() };
        look(rule, &[(0, "", &[])]).0.len()
    };
    assert_eq!(of(&[], r#"tenant.state == "active""#), 0);
    assert_eq!(of(&[], r#"tenant.id == "unassigned""#), 1);
    assert_eq!(of(&[Field::Account], r#"tenant.state == "active""#), 1, "it can be asked later");
}

/// Predicates whose needs the index knows, and some of which it knows nothing.
fn any_predicate() -> impl Strategy<Value = String> {
    let word = || prop_oneof![Just("time"), Just("timeout"), Just("out"), Just("disk")];
    let leaf = prop_oneof![
        word().prop_map(|word| format!(r#"message.contains("{word}")"#)),
        (word(), word())
            .prop_map(|(one, other)| format!(r#"(message.contains("{one}") || message.contains("{other}"))"#)),
        prop_oneof![Just("/acme/app"), Just("/acme/other")].prop_map(|group| format!(r#"log_group == "{group}""#)),
        prop_oneof![Just("json"), Just("cloudtrail")].prop_map(|source| format!(r#"source == "{source}""#)),
        prop_oneof![Just("shop"), Just("/acme/app")].prop_map(|service| format!(r#"service == "{service}""#)),
        (0_u8..3).prop_map(|status| format!("status >= {status}")),
        Just(r#"level in ["ERROR", "FATAL"]"#.to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), inner, 0_u8..4).prop_map(|(one, other, kind)| match kind {
            0 => format!("({one} && {other})"),
            1 => format!("({one} || {other})"),
            2 => format!("!({one})"),
            _ => one,
        })
    })
}

proptest! {
    #[test]
    fn the_index_sorts_out_no_rule_whose_predicate_holds(
        texts in prop::collection::vec(any_predicate(), 1..70),
        messages in prop::collection::vec(("(time|out|disk|[a-z ]){0,4}", 0_i64..3, any::<bool>()), 1..6),
    ) {
        let rules: Vec<_> = texts.iter().filter_map(|text| Predicate::parse(text, Subject::Log).ok())
            .map(|matches| Rule { matches: Some(matches), ..rule() }).collect();
        let policy = Policy::compile(&crate::config::Policy::default());
        let attributes: Vec<Vec<_>> = messages.iter().map(|(_, status, shop)| {
            let service = shop.then_some(("service", Value::Text("shop")));
            [("status", Value::Int(*status))].into_iter().chain(service).collect()
        }).collect();
        let records: Vec<Record<'_>> =
            messages.iter().zip(&attributes).map(|((message, ..), attributes)| (0, message.as_str(), &attributes[..])).collect();
        let looking = |rules: Vec<Rule>| Looking { sampler: sampler(rules), arrived: 3600, policy: &policy };
        let (together, _) = looking(rules.clone()).look(&records);
        let mut alone = Vec::new();
        for (idx, matches) in rules.iter().enumerate() {
            // The same predicate of these records, of which the index knows nothing.
            let text = format!("({}) || status >= 100", matches.matches.as_ref().unwrap().as_str());
            let (partials, _) = looking(vec![matching(&text)]).look(&records);
            alone.extend(partials.into_iter().map(|partial| Partial { rule: idx, ..partial }));
        }
        prop_assert_eq!(together, alone);
    }
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let metric = prop_oneof![Just("Errors"), Just("Invocations")];
    let dimensions = prop_oneof![Just(None), Just(Some(&[][..])), Just(Some(&["F"][..]))];
    (metric, dimensions, any::<bool>(), 0_usize..4, prop_oneof![Just(60_u64), Just(300)]).prop_map(
        |(metric, dimensions, by_dimension, kind, every)| {
            let mut rule = match kind {
                0 => metrics([of_metric(Aggregate::Sum, metric, dimensions)]),
                1 => {
                    metrics([of_metric(Aggregate::Max, "Errors", dimensions), of_metric(Aggregate::Avg, metric, None)])
                }
                2 => Rule { from: Some(From::Metrics), kind: Kind::Absence { level: Level::Warning }, ..rule() },
                _ => rule(),
            };
            rule.every = Duration::from_secs(every);
            if by_dimension {
                rule.group_by.push(Field::Dimension("F".into()));
            }
            rule
        },
    )
}

proptest! {
    #[test]
    fn all_rules_together_take_what_each_takes_alone(
        rules in prop::collection::vec(any_rule(), 0..12),
        points in prop::collection::vec((any::<bool>(), 0_u64..10, 0_usize..3, 0_u8..9), 0..30),
    ) {
        let sets: [&[(&str, &str)]; 3] = [&[], &[("F", "f")], &[("F", "g")]];
        let given: Vec<Given<'_>> = points.iter().map(|(errors, minute, set, sum)| {
            (if *errors { "Errors" } else { "Invocations" }, *minute, sets[*set], f64::from(*sum))
        }).collect();
        let together = take(&sampler(rules.iter().cloned()), &given, false);
        let alone: Vec<_> = rules.iter().enumerate().flat_map(|(idx, rule)| {
            let partials = take(&sampler([rule.clone()]), &given, false);
            partials.into_iter().map(move |partial| Partial { rule: idx, ..partial })
        }).collect();
        prop_assert_eq!(&together, &alone);
        let backwards: Vec<_> = given.iter().rev().copied().collect();
        prop_assert_eq!(&take(&sampler(rules.iter().cloned()), &backwards, false), &together, "the order does not matter");
    }
}
