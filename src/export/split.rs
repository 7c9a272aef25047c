//! Halves of a batch that was too large for its server.
//!
//! Chunks are cut between the bytes of their records, without decoding them: fields that this version of OTLP does not
//! know stay in both halves, as do resource and scope.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use super::Batch;
use crate::chunk::Chunk;
use crate::id::Signal;
use crate::proto::{Error, Guess, Reader, Writer};

/// Field numbers that lead from a request down to its log records:
/// `resource_logs`, `scope_logs`, `log_records`.
const LOG_RECORDS: &[&[u32]] = &[&[1], &[2], &[2]];

/// Field numbers that lead from a request down to its data points: `resource_metrics`, `scope_metrics`, `metrics`,
/// one of `gauge`, `sum`, `histogram`, `exponential_histogram` and `summary`, and their `data_points`.
const DATA_POINTS: &[&[u32]] = &[&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]];

/// Two batches with the records of `batch`, in their order, of about the same size.
///
/// `None` for a batch that cannot be split: of a single record, or of one chunk that does not parse.
#[must_use]
pub fn split(batch: &Batch) -> Option<(Batch, Batch)> {
    let (first, second) = match batch.chunks.as_slice() {
        [] => return None,
        [chunk] => split_chunk(chunk).map(|(first, second)| (vec![first], vec![second]))?,
        chunks => {
            let (first, second) = chunks.split_at(middle(chunks));
            (first.to_vec(), second.to_vec())
        }
    };
    let half = |chunks| Batch { signal: batch.signal, destination: batch.destination, chunks };
    Some((half(first), half(second)))
}

/// How many chunks make about half of the bytes; at least one, and one less than all of them.
fn middle(chunks: &[Chunk]) -> usize {
    let half = chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>() / 2;
    let mut bytes = 0;
    let filled = chunks.iter().position(|chunk| {
        bytes += chunk.bytes.len();
        bytes >= half
    });
    filled.map_or(1, |last| last + 1).clamp(1, chunks.len() - 1)
}

/// Two chunks with the records of `chunk`, in their order.
///
/// `None` for a chunk of a single record, and for one that does not parse.
#[must_use]
pub fn split_chunk(chunk: &Chunk) -> Option<(Chunk, Chunk)> {
    let [first, second] = split_request(chunk.signal, &chunk.bytes)?;
    let half = |half: Half| {
        let records = u32::try_from(half.records).ok()?;
        Some(Chunk { records, bytes: half.bytes, ..chunk.clone() })
    };
    Some((half(first)?, half(second)?))
}

/// A half of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Half {
    /// Log records or data points in it.
    pub records: usize,
    /// The request.
    pub bytes: Bytes,
}

/// The sizes, never the data, which is a customer's.
impl fmt::Debug for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Half {{ {} records, {} bytes }}", self.records, self.bytes.len())
    }
}

/// Two export requests with the log records or data points of one, in their order.
///
/// `None` for a request of a single record, and for one that does not parse.
#[must_use]
pub fn split_request(signal: Signal, request: &[u8]) -> Option<[Half; 2]> {
    let path = match signal {
        Signal::Logs => LOG_RECORDS,
        Signal::Metrics => DATA_POINTS,
    };
    let records = count(request, path).ok().filter(|records| *records > 1)?;
    let half = records / 2;
    Some([part(request, path, 0..half)?, part(request, path, half..records)?])
}

fn part(request: &[u8], path: &[&[u32]], wanted: Range<usize>) -> Option<Half> {
    let mut out = Writer::new();
    keep(request, path, &wanted, &mut 0, &mut out).ok()?;
    Some(Half { records: wanted.len(), bytes: out.into_vec().into() })
}

/// How many records `message` holds at the end of `path`.
fn count(message: &[u8], path: &[&[u32]]) -> Result<usize, Error> {
    let Some((fields, below)) = path.split_first() else {
        return Ok(1);
    };
    let (mut reader, mut records) = (Reader::new(message), 0);
    while let Some((number, field)) = reader.field()? {
        if leads(fields, number).is_some() {
            records += count(field.bytes()?, below)?;
        }
    }
    Ok(records)
}

/// Writes `message` with those of its records whose number lies in `wanted`; `next` is the number of its first record.
/// What holds none of them, a resource or a metric for example, is left out.
fn keep(
    message: &[u8],
    path: &[&[u32]],
    wanted: &Range<usize>,
    next: &mut usize,
    out: &mut Writer,
) -> Result<(), Error> {
    let Some((fields, below)) = path.split_first() else {
        return Ok(());
    };
    let mut reader = Reader::new(message);
    loop {
        let before = reader.rest();
        let Some((number, field)) = reader.field()? else {
            return Ok(());
        };
        let raw = &before[..before.len() - reader.rest().len()];
        let Some(number) = leads(fields, number) else {
            out.raw(raw);
            continue;
        };
        let inner = field.bytes()?;
        let held = *next..*next + count(inner, below)?;
        if held.start >= wanted.end || held.end <= wanted.start || held.is_empty() {
            *next = held.end;
        } else if wanted.start <= held.start && held.end <= wanted.end {
            *next = held.end;
            out.raw(raw);
        } else {
            let open = out.begin(number, Guess::Long);
            keep(inner, below, wanted, next, out)?;
            out.end(open);
        }
    }
}

/// The field number, if the field leads to records.
fn leads(fields: &[u32], number: u64) -> Option<u32> {
    fields.iter().copied().find(|field| u64::from(*field) == number)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::{
        ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
        NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint,
    };
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::chunk::Destinations;
    use crate::id::AccountId;

    fn chunk(signal: Signal, bytes: Vec<u8>) -> Chunk {
        let account = AccountId::parse("111122223333").unwrap();
        Chunk { signal, account, records: 0, destinations: Destinations::NONE.with(2), bytes: Bytes::from(bytes) }
    }

    fn batch(chunks: Vec<Chunk>) -> Batch {
        Batch { signal: chunks[0].signal, destination: 2, chunks }
    }

    /// Log records of numbered resources and scopes; each record has a time of its own.
    fn logs(shape: &[Vec<u8>]) -> ExportLogsServiceRequest {
        let mut time = 0..;
        let mut record = || LogRecord { time_unix_nano: time.next().unwrap(), ..LogRecord::default() };
        let resource_logs = shape.iter().zip(1..).map(|(scopes, number)| ResourceLogs {
            resource: Some(Resource { dropped_attributes_count: number, ..Resource::default() }),
            scope_logs: scopes
                .iter()
                .zip(1..)
                .map(|(records, number)| ScopeLogs {
                    scope: Some(InstrumentationScope {
                        dropped_attributes_count: number,
                        ..InstrumentationScope::default()
                    }),
                    log_records: (0..*records).map(|_| record()).collect(),
                    schema_url: "urn:scope".into(),
                })
                .collect(),
            schema_url: "urn:resource".into(),
        });
        ExportLogsServiceRequest { resource_logs: resource_logs.collect() }
    }

    /// Where each log record stands: number of its resource, number of its scope, its own.
    fn log_places(bytes: &[u8]) -> Vec<(u32, u32, u64)> {
        let request = ExportLogsServiceRequest::decode(bytes).unwrap();
        let mut places = vec![];
        for resource in &request.resource_logs {
            assert_eq!(resource.schema_url, "urn:resource");
            for scope in &resource.scope_logs {
                assert_eq!(scope.schema_url, "urn:scope");
                for record in &scope.log_records {
                    places.push((
                        resource.resource.as_ref().unwrap().dropped_attributes_count,
                        scope.scope.as_ref().unwrap().dropped_attributes_count,
                        record.time_unix_nano,
                    ));
                }
            }
        }
        places
    }

    /// Metrics of the given kinds and numbers of points; each point has a time of its own.
    fn metrics(shape: &[Vec<(u8, u8)>]) -> ExportMetricsServiceRequest {
        let mut time = 0..;
        let mut metric = |kind: u8, points: u8| {
            let times: Vec<u64> = (0..points).map(|_| time.next().unwrap()).collect();
            let data = match kind % 6 {
                0 => Some(Data::Gauge(Gauge { data_points: times.into_iter().map(number).collect() })),
                1 => Some(Data::Sum(Sum {
                    data_points: times.into_iter().map(number).collect(),
                    aggregation_temporality: 1,
                    is_monotonic: true,
                })),
                2 => Some(Data::Histogram(Histogram {
                    data_points: times
                        .into_iter()
                        .map(|time_unix_nano| HistogramDataPoint { time_unix_nano, ..HistogramDataPoint::default() })
                        .collect(),
                    aggregation_temporality: 1,
                })),
                3 => Some(Data::ExponentialHistogram(ExponentialHistogram {
                    data_points: times
                        .into_iter()
                        .map(|time_unix_nano| ExponentialHistogramDataPoint { time_unix_nano, ..Default::default() })
                        .collect(),
                    aggregation_temporality: 1,
                })),
                4 => Some(Data::Summary(Summary {
                    data_points: times
                        .into_iter()
                        .map(|time_unix_nano| SummaryDataPoint { time_unix_nano, ..SummaryDataPoint::default() })
                        .collect(),
                })),
                _ => None,
            };
            Metric { name: format!("metric {kind}"), unit: "By".into(), data, ..Metric::default() }
        };
        let resource_metrics = shape.iter().zip(1..).map(|(kinds, number)| ResourceMetrics {
            resource: Some(Resource { dropped_attributes_count: number, ..Resource::default() }),
            scope_metrics: vec![ScopeMetrics {
                metrics: kinds.iter().map(|(kind, points)| metric(*kind, *points)).collect(),
                ..ScopeMetrics::default()
            }],
            schema_url: String::new(),
        });
        ExportMetricsServiceRequest { resource_metrics: resource_metrics.collect() }
    }

    fn number(time_unix_nano: u64) -> NumberDataPoint {
        NumberDataPoint { time_unix_nano, ..NumberDataPoint::default() }
    }

    /// Number of the resource, name of the metric, what the metric says of all its points, the point's own time.
    type PointPlace = (u32, String, Option<(i32, bool)>, u64);

    fn point_places(bytes: &[u8]) -> Vec<PointPlace> {
        let request = ExportMetricsServiceRequest::decode(bytes).unwrap();
        let mut places = vec![];
        for resource in &request.resource_metrics {
            for metric in resource.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
                assert_eq!(metric.unit, "By");
                let (of_all, times): (_, Vec<u64>) = match metric.data.as_ref() {
                    Some(Data::Gauge(data)) => (None, data.data_points.iter().map(|p| p.time_unix_nano).collect()),
                    Some(Data::Sum(data)) => (
                        Some((data.aggregation_temporality, data.is_monotonic)),
                        data.data_points.iter().map(|p| p.time_unix_nano).collect(),
                    ),
                    Some(Data::Histogram(data)) => (
                        Some((data.aggregation_temporality, false)),
                        data.data_points.iter().map(|p| p.time_unix_nano).collect(),
                    ),
                    Some(Data::ExponentialHistogram(data)) => (
                        Some((data.aggregation_temporality, false)),
                        data.data_points.iter().map(|p| p.time_unix_nano).collect(),
                    ),
                    Some(Data::Summary(data)) => (None, data.data_points.iter().map(|p| p.time_unix_nano).collect()),
                    None => (None, vec![]),
                };
                let number = resource.resource.as_ref().unwrap().dropped_attributes_count;
                places.extend(times.into_iter().map(|time| (number, metric.name.clone(), of_all, time)));
            }
        }
        places
    }

    /// Splits until every part holds one record, and gives the parts in their order.
    fn split_to_the_end(batch: Batch) -> Vec<Chunk> {
        match split(&batch) {
            Some((first, second)) => {
                assert!(!first.chunks.is_empty() && !second.chunks.is_empty());
                assert_eq!((first.signal, first.destination), (batch.signal, batch.destination));
                let mut parts = split_to_the_end(first);
                parts.extend(split_to_the_end(second));
                parts
            }
            None => batch.chunks,
        }
    }

    #[test]
    fn chunks_are_parted_where_half_of_the_bytes_are() {
        let sizes = |sizes: &[usize]| batch(sizes.iter().map(|size| chunk(Signal::Logs, vec![0; *size])).collect());
        let halves = |given: &[usize]| {
            let (first, second) = split(&sizes(given)).unwrap();
            (first.chunks.len(), second.chunks.len())
        };
        assert_eq!(halves(&[10, 10, 10, 10]), (2, 2));
        assert_eq!(halves(&[100, 1, 1]), (1, 2));
        assert_eq!(halves(&[1, 1, 100]), (2, 1));
        assert_eq!(halves(&[0, 0]), (1, 1));
    }

    #[test]
    fn what_is_one_record_or_no_message_cannot_be_split() {
        assert_eq!(split(&batch(vec![chunk(Signal::Logs, logs(&[vec![0, 1], vec![0]]).encode_to_vec())])), None);
        assert_eq!(split(&batch(vec![chunk(Signal::Logs, logs(&[]).encode_to_vec())])), None);
        assert_eq!(split(&batch(vec![chunk(Signal::Metrics, b"\x0a\xffgarbage".to_vec())])), None);
        assert_eq!(split(&Batch { signal: Signal::Logs, destination: 0, chunks: vec![] }), None);
    }

    #[test]
    fn both_halves_keep_fields_that_this_version_does_not_know() {
        let mut scope = Writer::new();
        scope.bytes_field(2, &logs_record(1));
        scope.bytes_field(99, b"later");
        scope.bytes_field(2, &logs_record(2));
        let mut resource = Writer::new();
        resource.bytes_field(2, scope.as_slice());
        resource.varint_field(77, 7);
        let mut request = Writer::new();
        request.bytes_field(1, resource.as_slice());

        let (first, second) = split_chunk(&chunk(Signal::Logs, request.into_vec())).unwrap();
        for half in [first, second] {
            let holds = |needle: &[u8]| half.bytes.windows(needle.len()).any(|window| window == needle);
            assert!(holds(b"later") && holds(&[0xe8, 0x04, 7]), "{:?}", half.bytes);
            assert_eq!(half.records, 1);
        }
    }

    fn logs_record(time_unix_nano: u64) -> Vec<u8> {
        LogRecord { time_unix_nano, ..LogRecord::default() }.encode_to_vec()
    }

    proptest! {
        #[test]
        fn splitting_loses_and_doubles_no_log_record(
            shapes in prop::collection::vec(prop::collection::vec(prop::collection::vec(0_u8..5, 0..4), 0..4), 1..4),
        ) {
            let chunks: Vec<Chunk> = shapes.iter().map(|shape| chunk(Signal::Logs, logs(shape).encode_to_vec())).collect();
            let before: Vec<_> = chunks.iter().flat_map(|chunk| log_places(&chunk.bytes)).collect();
            let parts = split_to_the_end(batch(chunks));
            let after: Vec<_> = parts.iter().flat_map(|part| log_places(&part.bytes)).collect();
            prop_assert_eq!(before, after);
            prop_assert!(parts.iter().all(|part| log_places(&part.bytes).len() <= 1));
        }

        #[test]
        fn splitting_loses_and_doubles_no_data_point(
            shape in prop::collection::vec(prop::collection::vec((0_u8..6, 0_u8..5), 0..5), 0..4),
        ) {
            let whole = chunk(Signal::Metrics, metrics(&shape).encode_to_vec());
            let before = point_places(&whole.bytes);
            let parts = split_to_the_end(batch(vec![whole]));
            let after: Vec<_> = parts.iter().flat_map(|part| point_places(&part.bytes)).collect();
            prop_assert_eq!(before, after);
        }

        #[test]
        fn halves_say_how_many_records_they_hold(shape in prop::collection::vec(prop::collection::vec(0_u8..9, 0..4), 1..4)) {
            if let Some((first, second)) = split_chunk(&chunk(Signal::Logs, logs(&shape).encode_to_vec())) {
                for half in [&first, &second] {
                    prop_assert_eq!(usize::try_from(half.records).unwrap(), log_places(&half.bytes).len());
                }
                prop_assert!(first.records.abs_diff(second.records) <= 1);
                prop_assert!(first.destinations.contains(2) && second.destinations.contains(2));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            for signal in Signal::ALL {
                drop(split_chunk(&chunk(signal, bytes.clone())));
            }
        }
    }
}
