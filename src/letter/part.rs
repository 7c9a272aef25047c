//! A kept request in smaller parts, where one whole is too large to keep or to send.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, metric::Data};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::Letter;
use crate::export::split::split_request;
use crate::id::{AccountId, Signal};
use crate::record::attribute;

/// Two letters that hold together what `letter` holds, in its order; `None` where there is nothing to divide:
/// a raw record, a single log record or data point, or bytes that are no request.
#[must_use]
pub fn halve(letter: &Letter) -> Option<[Letter; 2]> {
    let Letter::Otlp { time, reason, detail, signal, destination, request, .. } = letter else { return None };
    let halves = split_request(*signal, request)?;
    Some(halves.map(|half| Letter::Otlp {
        time: *time,
        reason: *reason,
        detail: detail.clone(),
        signal: *signal,
        destination: destination.clone(),
        accounts: accounts(*signal, &half.bytes).unwrap_or_default().into_iter().collect(),
        request: half.bytes,
    }))
}

/// Log records or data points of each account that a request names.
#[must_use]
pub fn accounts(signal: Signal, request: &[u8]) -> Option<BTreeMap<AccountId, u64>> {
    let mut accounts = BTreeMap::new();
    match signal {
        Signal::Logs => {
            for resource in ExportLogsServiceRequest::decode(request).ok()?.resource_logs {
                count(&mut accounts, resource.resource.as_ref(), log_records(&resource));
            }
        }
        Signal::Metrics => {
            for resource in ExportMetricsServiceRequest::decode(request).ok()?.resource_metrics {
                count(&mut accounts, resource.resource.as_ref(), data_points(&resource));
            }
        }
    }
    Some(accounts)
}

fn count(accounts: &mut BTreeMap<AccountId, u64>, resource: Option<&Resource>, records: u64) {
    if let Some(account) = resource.and_then(account) {
        *accounts.entry(account).or_default() += records;
    }
}

fn account(resource: &Resource) -> Option<AccountId> {
    let named = resource.attributes.iter().find(|attribute| attribute.key == attribute::CLOUD_ACCOUNT_ID)?;
    let Value::StringValue(text) = named.value.as_ref()?.value.as_ref()? else { return None };
    AccountId::parse(text).ok()
}

fn log_records(resource: &ResourceLogs) -> u64 {
    resource.scope_logs.iter().map(|scope| scope.log_records.len() as u64).sum()
}

fn data_points(resource: &ResourceMetrics) -> u64 {
    resource.scope_metrics.iter().flat_map(|scope| &scope.metrics).map(points).sum()
}

fn points(metric: &Metric) -> u64 {
    let points = match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        None => 0,
    };
    points as u64
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ScopeLogs};
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, NumberDataPoint, ScopeMetrics};
    use proptest::prelude::*;

    use super::*;
    use crate::time::Timestamp;

    fn resource(account: &str) -> Option<Resource> {
        let value = Some(AnyValue { value: Some(Value::StringValue(account.into())) });
        let attribute = KeyValue { key: attribute::CLOUD_ACCOUNT_ID.into(), value, ..KeyValue::default() };
        Some(Resource { attributes: vec![attribute], ..Resource::default() })
    }

    fn logs(resources: &[(&str, Vec<usize>)]) -> Letter {
        let mut number = 0;
        let mut scope = |records: usize| ScopeLogs {
            log_records: std::iter::repeat_with(|| {
                number += 1;
                LogRecord { time_unix_nano: number, ..LogRecord::default() }
            })
            .take(records)
            .collect(),
            ..ScopeLogs::default()
        };
        let resource_logs = resources.iter().map(|(account, scopes)| ResourceLogs {
            resource: resource(account),
            scope_logs: scopes.iter().map(|records| scope(*records)).collect(),
            ..ResourceLogs::default()
        });
        let request = ExportLogsServiceRequest { resource_logs: resource_logs.collect() }.encode_to_vec();
        letter(Signal::Logs, request)
    }

    fn letter(signal: Signal, request: Vec<u8>) -> Letter {
        Letter::Otlp {
            time: Timestamp::from_seconds(1),
            reason: None,
            detail: "the backend is down".into(),
            signal,
            destination: "backend".into(),
            accounts: accounts(signal, &request).unwrap_or_default().into_iter().collect(),
            request: request.into(),
        }
    }

    /// The numbers of all records in order, each with its account.
    fn records(letter: &Letter) -> Vec<(Option<AccountId>, u64)> {
        let Letter::Otlp { request, .. } = letter else { panic!("a raw letter") };
        let request = ExportLogsServiceRequest::decode(request.as_ref()).unwrap();
        let mut found = Vec::new();
        for resource in &request.resource_logs {
            let account = resource.resource.as_ref().and_then(account);
            for scope in &resource.scope_logs {
                found.extend(scope.log_records.iter().map(|record| (account, record.time_unix_nano)));
            }
        }
        found
    }

    fn counts(letter: &Letter) -> Vec<(String, u64)> {
        let Letter::Otlp { accounts, .. } = letter else { panic!("a raw letter") };
        accounts.iter().map(|(account, records)| (account.to_string(), *records)).collect()
    }

    proptest! {
        #[test]
        fn two_halves_hold_what_the_whole_held(scopes in prop::collection::vec(prop::collection::vec(0..5_usize, 0..4), 0..4)) {
            let resources: Vec<_> = scopes.into_iter().map(|scopes| ("111122223333", scopes)).collect();
            let whole = logs(&resources);
            let expected = records(&whole);
            match halve(&whole) {
                Some(halves) => {
                    prop_assert!(halves.iter().all(|half| !records(half).is_empty()));
                    prop_assert_eq!(halves.iter().flat_map(records).collect::<Vec<_>>(), expected);
                }
                None => prop_assert!(expected.len() < 2),
            }
        }
    }

    #[test]
    fn each_half_says_whose_records_it_holds() {
        let [first, second] = halve(&logs(&[("111122223333", vec![3]), ("444455556666", vec![1])])).unwrap();
        assert_eq!(counts(&first), [("111122223333".into(), 2)]);
        assert_eq!(counts(&second), [("111122223333".into(), 1), ("444455556666".into(), 1)]);
    }

    #[test]
    fn metrics_are_divided_between_data_points() {
        let gauge = || Gauge { data_points: vec![NumberDataPoint::default()] };
        let metric = |name: &str| Metric { name: name.into(), data: Some(Data::Gauge(gauge())), ..Metric::default() };
        let metrics = ["a", "b", "c"].map(metric).to_vec();
        let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
        let whole = ResourceMetrics { resource: resource("111122223333"), scope_metrics, ..ResourceMetrics::default() };
        let request = ExportMetricsServiceRequest { resource_metrics: vec![whole] }.encode_to_vec();
        let names = halve(&letter(Signal::Metrics, request)).unwrap().map(|half| {
            let Letter::Otlp { request, .. } = half else { panic!("a raw letter") };
            let request = ExportMetricsServiceRequest::decode(request).unwrap();
            let scope = &request.resource_metrics[0].scope_metrics[0];
            scope.metrics.iter().map(|metric| metric.name.clone()).collect::<Vec<_>>()
        });
        assert_eq!(names, [vec!["a".to_owned()], vec!["b".into(), "c".into()]]);
    }

    #[test]
    fn bytes_that_are_no_request_are_not_divided() {
        assert_eq!(halve(&letter(Signal::Logs, vec![0xff; 9])), None);
    }
}
