//! What accounts use of their quotas, and what is said of it.

use std::sync::Arc;

use super::catalog::Key;
use super::forecast::Forecast;
use super::request::request;
use super::series::{Metric, Noted, Series};
use super::standing::{shares, standings};
use super::table;
use super::usage::Usage;
use super::value::{Applied, Listed, Source, Values};
use crate::id::{AccountId, Region};
use crate::record::metric::{Datum, Dimension, Points, Resource};
use crate::tenant::{Directory, Entry, State};
use crate::time::Timestamp;

const START: u64 = 1_800_000_000 / 86_400 * 86_400;

const TABLE: &str = r#"
quotas:
  - service: lambda
    quota: L-B99A9384
    default: 1500
    owner: platform
    overrides:
      - {account: "111122223333", value: 5000, owner: payments}
      - {account: "111122223333", region: us-east-1, value: 100}
      - {tenant: acme, value: 3000}
      - {tier: gold, value: 2000}
  - service: dynamodb
    quota: L-F98FE922
    name: Tables
    usage: AWS/Usage:ResourceCount{Class="None",Resource="TableCount",Service="DynamoDB",Type="Resource"}
    default: 2500
"#;

fn account(n: u64) -> AccountId {
    AccountId::parse(&format!("{}", 111_122_223_333 + n)).unwrap()
}

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(START + seconds)
}

fn concurrency() -> Key {
    Key::new("lambda", "L-B99A9384").unwrap()
}

fn entry(n: u64, tenant: &str, tier: &str) -> Entry {
    Entry {
        account: account(n),
        tenant: tenant.into(),
        name: Some("acme-prod".into()),
        tier: Some(tier.into()),
        region: None,
        ou_path: None,
        state: State::Active,
        created: None,
        labels: Default::default(),
    }
}

/// A point of a metric stream as it comes.
fn point(
    noted: &mut Noted,
    of: AccountId,
    (namespace, name): (&'static str, &'static str),
    dimensions: &[(&'static str, &'static str)],
    seconds: u64,
    value: f64,
) {
    let mut points = Points::default();
    points.set_resource(Resource { account: of, region: Some(region("eu-central-1")), stream: None });
    let (start, end) = (at(seconds), at(seconds + 60));
    let datum =
        Datum { namespace, name, unit: "", start, end, count: 1.0, sum: value, min: Some(value), max: Some(value) };
    points.push(datum, dimensions.iter().map(|(name, value)| Dimension { name, value }), []);
    points.iter().for_each(|point| noted.point(&point));
}

const CLAIMED: (&str, &str) = ("AWS/Lambda", "ClaimedAccountConcurrency");
const CONCURRENT: (&str, &str) = ("AWS/Lambda", "ConcurrentExecutions");
const RESOURCES: (&str, &str) = ("AWS/Usage", "ResourceCount");
const CALLS: (&str, &str) = ("AWS/Usage", "CallCount");
const TABLES: [(&str, &str); 4] =
    [("Class", "None"), ("Resource", "TableCount"), ("Service", "DynamoDB"), ("Type", "Resource")];
const GET_METRIC_DATA: [(&str, &str); 4] =
    [("Class", "None"), ("Resource", "GetMetricData"), ("Service", "CloudWatch"), ("Type", "API")];

fn usage(values: &Values, noted: &Noted) -> Usage {
    let mut usage = Usage::default();
    usage.watch(Arc::new(values.catalog().series()));
    usage.add(noted);
    usage
}

fn with_table() -> Values {
    Values::new(Arc::new(table::parse("quotas.yaml", TABLE.as_bytes()).unwrap()), Arc::default())
}

fn listed(key: &Key, value: f64) -> Listed {
    Listed { key: key.clone(), name: "Concurrent executions".into(), value, series: None, period_seconds: 1.0 }
}

#[test]
fn the_value_of_the_account_counts_before_that_of_its_tenant_and_that_before_its_tier() {
    let values = with_table();
    let value = |n, region_name, entry: Option<&Entry>| {
        let value = values.value(&concurrency(), account(n), region(region_name), entry).unwrap();
        (value.value, value.source)
    };
    let gold = entry(1, "corp", "gold");
    assert_eq!(value(0, "eu-central-1", Some(&entry(0, "acme", "gold"))), (5_000.0, Source::Override));
    assert_eq!(value(0, "us-east-1", None), (100.0, Source::Override), "the value of the Region before that of all");
    assert_eq!(value(1, "eu-central-1", Some(&entry(1, "acme", "gold"))), (3_000.0, Source::Override));
    assert_eq!(value(1, "eu-central-1", Some(&gold)), (2_000.0, Source::Override));
    assert_eq!(value(1, "eu-central-1", None), (1_500.0, Source::Table));
    let owner = values.value(&concurrency(), account(0), region("eu-central-1"), None).unwrap().owner;
    assert_eq!(owner.as_deref(), Some("payments"));
}

#[test]
fn what_service_quotas_applied_counts_after_overrides_and_before_defaults() {
    let mut applied = Applied::default();
    let eu = region("eu-central-1");
    applied.set(account(0), eu, vec![listed(&concurrency(), 7_000.0)]);
    applied.set(account(1), eu, vec![listed(&concurrency(), 7_000.0)]);
    applied.set_defaults(eu, vec![listed(&concurrency(), 1_000.0)]);
    let source = |values: &Values, n| values.value(&concurrency(), account(n), eu, None).map(|value| value.source);
    let both = Values::new(Arc::new(table::parse("q.yaml", TABLE.as_bytes()).unwrap()), Arc::new(applied.clone()));
    assert_eq!([0, 1, 2].map(|n| source(&both, n)), [Source::Override, Source::Applied, Source::Table].map(Some));
    let api = Values::new(Arc::default(), Arc::new(applied));
    assert_eq!([1, 2].map(|n| source(&api, n)), [Source::Applied, Source::Default].map(Some));
    assert_eq!(source(&Values::default(), 0), Some(Source::Documented));
}

#[test]
fn a_table_may_be_csv_and_says_the_same() {
    let csv = "service,quota,name,usage,account,tenant,tier,region,value,owner\n\
               lambda,L-B99A9384,,,,,,,1500,platform\n\
               lambda,L-B99A9384,,,111122223333,,,,5000,payments\n\
               # those that pay more\n\
               lambda,L-B99A9384,,,,,gold,,2000,platform\n";
    let values = Values::new(Arc::new(table::parse("quotas.csv", csv.as_bytes()).unwrap()), Arc::default());
    let value = |n, entry: Option<&Entry>| {
        values.value(&concurrency(), account(n), region("eu-central-1"), entry).map(|value| value.value)
    };
    assert_eq!([value(0, None), value(1, Some(&entry(1, "x", "gold"))), value(1, None)], [5e3, 2e3, 1.5e3].map(Some));
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_its_place() {
    let wrong = |text: &str| table::parse("q.yaml", text.as_bytes()).unwrap_err().to_string();
    let quota = |rest: &str| format!("quotas: [{{service: lambda, quota: L-1, {rest}}}]");
    assert!(wrong(&quota("defualt: 3")).contains("defualt"));
    assert_eq!(
        wrong(&quota("overrides: [{account: '1', value: 3}]")),
        "q.yaml: quotas[0]: overrides[0]: an AWS account id has 12 digits, not \"1\""
    );
    assert!(wrong(&quota("default: -1")).ends_with("-1 is no quota: write 0 or more"));
    assert!(wrong(&quota("usage: AWS/Usage:ResourceCount")).contains("is no series such as"));
    assert!(wrong(&quota("overrides: [{account: '111122223333', tenant: a, value: 3}]")).contains("not two of them"));
    assert!(wrong(&quota("overrides: [{tenant: a, value: 3}, {tenant: a, value: 4}]")).contains("two values"));
    assert!(wrong("quotas: [{service: '; rm -rf', quota: L-1}]").contains("are not codes"));
}

#[test]
fn series_are_told_apart_by_exactly_their_dimensions() {
    let text = r#"AWS/Usage:ResourceCount{Class="None",Resource="TableCount",Service="DynamoDB",Type="Resource"}"#;
    assert_eq!(Series::parse(text).unwrap().to_string(), text);
    assert_eq!(Series::parse("AWS/Lambda:ConcurrentExecutions"), Ok(Series::lambda(Metric::ConcurrentExecutions)));
    let mut noted = Noted::default();
    point(&mut noted, account(0), CONCURRENT, &[("FunctionName", "f")], 0, 5.0);
    point(&mut noted, account(0), RESOURCES, &TABLES[..3], 0, 5.0);
    let of_one: Vec<_> = TABLES.into_iter().chain([("ResourceId", "t")]).collect();
    point(&mut noted, account(0), RESOURCES, &of_one, 0, 5.0);
    assert!(noted.is_empty(), "functions, and parts of an account, are not the account");
}

#[test]
fn an_account_stands_fullest_first_and_what_is_not_known_is_told_as_that() {
    let values = with_table();
    let mut noted = Noted::default();
    point(&mut noted, account(1), CONCURRENT, &[], 0, 300.0);
    point(&mut noted, account(1), CLAIMED, &[], 0, 750.0);
    point(&mut noted, account(1), RESOURCES, &TABLES, 0, 2_000.0);
    let vcpus = [("Class", "Standard/OnDemand"), ("Resource", "vCPU"), ("Service", "EC2"), ("Type", "Resource")];
    point(&mut noted, account(1), RESOURCES, &vcpus, 0, 64.0);
    let topics = [("Class", "None"), ("Resource", "Topics"), ("Service", "SNS"), ("Type", "Resource")];
    point(&mut noted, account(1), RESOURCES, &topics, 0, 9.0);
    point(&mut noted, account(1), CALLS, &GET_METRIC_DATA, 0, 600.0);
    let usage = usage(&values, &noted);
    let all = standings(&usage, &values, account(1), None, at(120));
    let told: Vec<_> = all.iter().map(|one| (&*one.service, one.used.map(|(used, _)| used), one.share())).collect();
    assert_eq!(
        told,
        [
            ("dynamodb", Some(2_000.0), Some(0.8)),
            ("lambda", Some(750.0), Some(0.5)),
            ("SNS", Some(9.0), None),
            ("ec2", Some(64.0), None),
        ]
    );
    let late = standings(&usage, &values, account(1), None, at(7_200));
    assert!(late.iter().all(|one| one.used.is_none() && one.share().is_none()), "two hours old is not now");
    let untold = standings(&usage, &values, account(0), None, at(0));
    let untold: Vec<_> = untold.iter().map(|one| (one.region.as_str().to_owned(), one.used, one.share())).collect();
    assert_eq!(untold, [("us-east-1".to_owned(), None, None)], "its own quota is known, and its use is not");
}

#[test]
fn calls_are_compared_with_their_quota_by_its_period() {
    let key = Key::new("monitoring", "L-5E141212").unwrap();
    let series = Series::new("AWS/Usage", "CallCount", GET_METRIC_DATA);
    let mut applied = Applied::default();
    let quota = Listed { key, name: "GetMetricData".into(), value: 500.0, series, period_seconds: 10.0 };
    applied.set(account(0), region("eu-central-1"), vec![quota]);
    let values = Values::new(Arc::default(), Arc::new(applied));
    let mut noted = Noted::default();
    point(&mut noted, account(0), CALLS, &GET_METRIC_DATA, 0, 1_200.0);
    let all = standings(&usage(&values, &noted), &values, account(0), None, at(60));
    assert_eq!(all.iter().map(|one| (one.used.unwrap().0, one.share())).collect::<Vec<_>>(), [(200.0, Some(0.4))]);
}

#[test]
fn rules_are_told_each_share_once_and_of_none_that_is_not_known() {
    let values = with_table();
    let mut noted = Noted::default();
    let vcpus = [("Class", "Standard/OnDemand"), ("Resource", "vCPU"), ("Service", "EC2"), ("Type", "Resource")];
    for (minute, value) in [(0, 900.0), (1, 1_200.0), (2, 600.0)] {
        point(&mut noted, account(1), CLAIMED, &[], minute * 60, value);
        point(&mut noted, account(1), CONCURRENT, &[], minute * 60, value / 2.0);
        point(&mut noted, account(1), RESOURCES, &vcpus, minute * 60, 64.0);
    }
    let mut usage = usage(&values, &noted);
    let directory = Directory::new([], "tenant.id", &[]);
    let told = shares(&usage.take_fresh(), &values, &directory);
    let told: Vec<_> = told.iter().map(|one| (&*one.name, one.share, one.at)).collect();
    assert_eq!(told, [("Concurrent executions", 0.8, at(120))], "the highest of those that came together");
    assert_eq!(usage.take_fresh(), []);
}

/// Two days and more of a use that has a day and a night.
fn grown(days: u64, a_day: f64) -> (Values, Usage) {
    let values = with_table();
    let mut noted = Noted::default();
    for hour in 0..days * 24 {
        let night = if hour % 24 < 8 { 300.0 } else { 0.0 };
        let wild = if hour == 30 { 4_000.0 } else { 0.0 };
        point(&mut noted, account(1), CLAIMED, &[], hour * 3_600, 700.0 + a_day * (hour / 24) as f64 - night + wild);
    }
    let usage = usage(&values, &noted);
    (values, usage)
}

fn foreseen(days: u64, a_day: f64) -> Forecast {
    let (values, usage) = grown(days, a_day);
    standings(&usage, &values, account(1), None, at(days * 86_400 - 3_000))[0].forecast
}

#[test]
fn a_forecast_needs_two_days_and_growth() {
    assert_eq!(foreseen(1, 20.0), Forecast::TooShort { hours: 24 });
    assert_eq!(foreseen(6, 0.0), Forecast::NotGrowing, "neither nights nor one wild hour are growth");
    assert_eq!(foreseen(6, -5.0), Forecast::NotGrowing);
    assert_eq!(foreseen(10, 1.0), Forecast::Later);
    let Forecast::At(when) = foreseen(10, 40.0) else { panic!("it grows") };
    // 700 + 40 a day reach 1,500 on the twentieth day.
    let days = when.since(at(0)).as_secs_f64() / 86_400.0;
    assert!((19.0..=21.0).contains(&days), "{days}");
    assert_eq!(foreseen(25, 40.0), Forecast::Reached);
}

#[test]
fn a_request_can_be_sent_as_it_is() {
    let (values, usage) = grown(10, 40.0);
    let entry = entry(1, "corp", "silver");
    let standing = &standings(&usage, &values, account(1), Some(&entry), at(10 * 86_400 - 3_000))[0];
    let request = request(standing, Some(&entry)).unwrap();
    assert_eq!(
        request.command,
        "aws service-quotas request-service-quota-increase --region eu-central-1 --service-code lambda --quota-code \
         L-B99A9384 --desired-value 7400"
    );
    let lines: Vec<_> = request.text.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "Quota increase: Concurrent executions (lambda, L-B99A9384)",
            "Account: 111122223334 (tenant corp, acme-prod)",
            "Region: eu-central-1",
            "Value now: 1,500 (the table of quotas)",
            "Value wanted: 7,400",
        ]
    );
    assert!(lines.last().unwrap().starts_with("If use grows as it did, all of it is in use about 20"), "{lines:?}");
}

#[test]
fn what_was_used_outlives_the_process_and_is_joined_with_what_came_since() {
    let (values, before) = grown(3, 10.0);
    let mut noted = Noted::default();
    point(&mut noted, account(1), CLAIMED, &[], 3 * 86_400, 900.0);
    let mut after = usage(&values, &noted);
    after.restore(&before.to_bytes()).unwrap();
    let used: Vec<_> = after.of(account(1)).map(|one| (one.value, one.hours.points().count())).collect();
    assert_eq!(used, [(900.0, 73)]);
    assert!(after.restore(b"FNQ\x02").is_err());
    assert!(after.restore(b"FNQ\x01damaged").is_err());
}

#[test]
fn two_weeks_are_kept_and_an_hour_that_comes_late_finds_its_place() {
    let values = with_table();
    let mut noted = Noted::default();
    for hour in [0, 395, 400, 398, 399, 398] {
        point(&mut noted, account(1), CLAIMED, &[], hour * 3_600, 1.0 + hour as f64);
    }
    let usage = usage(&values, &noted);
    let hours: Vec<_> =
        usage.of(account(1)).next().unwrap().hours.points().map(|(at, _)| (at - START) / 3_600).collect();
    assert_eq!(hours, [395, 398, 399, 400], "what lies more than two weeks back is forgotten");
}
