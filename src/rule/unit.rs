//! In which unit a value is measured, so that a bound such as `> 2s` means the same whatever the metric counts in.

use std::time::Duration;

use super::{Aggregate, Arithmetic, Measure, Operator, Term, Unit, Values};
use crate::config::quantity;

/// What is known of the unit of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// The value itself is not known, because it could not be read: any bound will do.
    Any,
    /// The unit is not known.
    Unknown,
    /// A count, or a share of one: it has no unit.
    Plain,
    /// A time; so many seconds are 1.
    Time(f64),
    /// A percentage from 0 to 100.
    PercentPoints,
    /// Bytes.
    Bytes,
}

const SECONDS: Measured = Measured::Time(1.0);
const MILLIS: Measured = Measured::Time(1e-3);
const MICROS: Measured = Measured::Time(1e-6);
const NANOS: Measured = Measured::Time(1e-9);

/// Metrics of AWS with a unit; `*` stands for any namespace, and the first that fits counts.
/// Source: the page "CloudWatch metrics" of each service.
const METRICS: [(&str, &str, Measured); 57] = [
    ("AWS/ApiGateway", "Latency", MILLIS),
    ("AWS/ApiGateway", "IntegrationLatency", MILLIS),
    ("AWS/AppSync", "Latency", MILLIS),
    ("AWS/ApplicationELB", "TargetResponseTime", SECONDS),
    ("AWS/CertificateManager", "DaysToExpiry", Measured::Time(86_400.0)),
    ("AWS/CloudFront", "OriginLatency", MILLIS),
    ("AWS/DMS", "CDCLatencySource", SECONDS),
    ("AWS/DMS", "CDCLatencyTarget", SECONDS),
    ("AWS/DynamoDB", "SuccessfulRequestLatency", MILLIS),
    ("AWS/DynamoDB", "ReplicationLatency", MILLIS),
    ("AWS/DynamoDB", "AgeOfOldestUnreplicatedRecord", MILLIS),
    ("AWS/ELB", "Latency", SECONDS),
    ("AWS/ES", "SearchLatency", MILLIS),
    ("AWS/ES", "IndexingLatency", MILLIS),
    ("AWS/ES", "ReadLatency", SECONDS),
    ("AWS/ES", "WriteLatency", SECONDS),
    ("AWS/ES", "JVMMemoryPressure", Measured::PercentPoints),
    ("AWS/EFS", "PercentIOLimit", Measured::PercentPoints),
    ("AWS/ElastiCache", "ReplicationLag", SECONDS),
    ("AWS/ElastiCache", "SuccessfulReadRequestLatency", MICROS),
    ("AWS/ElastiCache", "SuccessfulWriteRequestLatency", MICROS),
    ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", Measured::PercentPoints),
    ("AWS/Events", "IngestionToInvocationStartLatency", MILLIS),
    ("AWS/Events", "IngestionToInvocationCompleteLatency", MILLIS),
    ("AWS/Firehose", "DeliveryToS3.DataFreshness", SECONDS),
    ("AWS/Firehose", "DeliveryToHttpEndpoint.DataFreshness", SECONDS),
    ("AWS/Firehose", "KinesisMillisBehindLatest", MILLIS),
    ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", MILLIS),
    ("AWS/Kinesis", "GetRecords.Latency", MILLIS),
    ("AWS/Kinesis", "PutRecord.Latency", MILLIS),
    ("AWS/Kinesis", "PutRecords.Latency", MILLIS),
    ("AWS/Lambda", "Duration", MILLIS),
    ("AWS/Lambda", "PostRuntimeExtensionsDuration", MILLIS),
    ("AWS/Lambda", "IteratorAge", MILLIS),
    ("AWS/Lambda", "AsyncEventAge", MILLIS),
    // A fraction of 1 in spite of its name.
    ("AWS/Lambda", "ProvisionedConcurrencyUtilization", Measured::Plain),
    ("AWS/RDS", "ReadLatency", SECONDS),
    ("AWS/RDS", "WriteLatency", SECONDS),
    ("AWS/RDS", "ReplicaLag", SECONDS),
    ("AWS/RDS", "AuroraReplicaLag", MILLIS),
    ("AWS/RDS", "CommitLatency", MILLIS),
    ("AWS/RDS", "SelectLatency", MILLIS),
    ("AWS/RDS", "DMLLatency", MILLIS),
    ("AWS/Redshift", "ReadLatency", SECONDS),
    ("AWS/Redshift", "WriteLatency", SECONDS),
    ("AWS/Redshift", "QueryDuration", MICROS),
    ("AWS/Redshift", "PercentageDiskSpaceUsed", Measured::PercentPoints),
    ("AWS/Route53", "TimeToFirstByte", MILLIS),
    ("AWS/Route53", "ConnectionTime", MILLIS),
    ("AWS/S3", "FirstByteLatency", MILLIS),
    ("AWS/S3", "TotalRequestLatency", MILLIS),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", SECONDS),
    ("AWS/States", "ExecutionTime", MILLIS),
    ("CloudWatchSynthetics", "Duration", MILLIS),
    ("CloudWatchSynthetics", "SuccessPercent", Measured::PercentPoints),
    ("*", "CPUUtilization", Measured::PercentPoints),
    ("*", "MemoryUtilization", Measured::PercentPoints),
];

/// Ends of names of fields and of Fanin's own metrics that tell their unit.
const SUFFIXES: [(&str, Measured); 15] = [
    ("_ms", MILLIS),
    ("_millis", MILLIS),
    ("_milliseconds", MILLIS),
    ("Ms", MILLIS),
    ("Millis", MILLIS),
    ("_us", MICROS),
    ("_micros", MICROS),
    ("_ns", NANOS),
    ("_nanos", NANOS),
    ("_s", SECONDS),
    ("_seconds", SECONDS),
    ("_bytes", Measured::Bytes),
    ("Bytes", Measured::Bytes),
    ("_percent", Measured::PercentPoints),
    ("_pct", Measured::PercentPoints),
];

impl Measure {
    /// What is known of the unit of the value.
    #[must_use]
    pub fn measured(&self) -> Measured {
        of_arithmetic(&self.value, &self.terms)
    }
}

/// What is known of the unit of a value made of terms.
#[must_use]
pub fn of_arithmetic(value: &Arithmetic, terms: &[Term]) -> Measured {
    match value {
        Arithmetic::Term(index) => terms.get(*index).map_or(Measured::Any, of_term),
        Arithmetic::Number(_) | Arithmetic::Quota(..) => Measured::Plain,
        Arithmetic::Negative(inner) => of_arithmetic(inner, terms),
        Arithmetic::Binary(operator, left, right) => {
            let constant = |side: &Arithmetic| matches!(side, Arithmetic::Number(_));
            let units = (of_arithmetic(left, terms), of_arithmetic(right, terms));
            match operator {
                Operator::Add | Operator::Subtract | Operator::Min | Operator::Max => {
                    joined(units, constant(left), constant(right))
                }
                Operator::Divide if units.0 == units.1 && units.0 != Measured::Unknown => Measured::Plain,
                Operator::Multiply if units == (Measured::Plain, Measured::Plain) => Measured::Plain,
                Operator::Divide | Operator::Multiply => Measured::Unknown,
            }
        }
    }
}

fn joined((left, right): (Measured, Measured), left_constant: bool, right_constant: bool) -> Measured {
    if left == right || right_constant {
        left
    } else if left_constant {
        right
    } else {
        Measured::Unknown
    }
}

fn of_term(term: &Term) -> Measured {
    match term.aggregate {
        Aggregate::Count | Aggregate::Distinct => Measured::Plain,
        Aggregate::Rate => Measured::Unknown,
        Aggregate::Sum
        | Aggregate::Avg
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Last
        | Aggregate::Percentile(_) => match &term.of {
            Values::Records => Measured::Plain,
            Values::Field(_) => of_name(argument(&term.text)),
            Values::Own(name) => of_name(name),
            Values::Metric(selector) => of_metric(&selector.namespace, &selector.metric),
        },
    }
}

/// What stands in the parentheses of `max(duration_ms)`.
fn argument(text: &str) -> &str {
    let inside = text.split_once('(').map_or(text, |(_, inside)| inside);
    inside.trim_end().trim_end_matches(')').trim()
}

fn of_name(name: &str) -> Measured {
    SUFFIXES.iter().find(|(suffix, _)| name.ends_with(suffix)).map_or(Measured::Unknown, |(_, unit)| *unit)
}

fn of_metric(namespace: &str, metric: &str) -> Measured {
    let fits = |(of, name, _): &&(&str, &str, Measured)| (*of == namespace || *of == "*") && *name == metric;
    METRICS.iter().find(fits).map_or(Measured::Unknown, |(_, _, unit)| *unit)
}

impl Unit {
    /// Its name, as templates see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Percent => "percent",
            Self::Factor => "factor",
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Bytes => "bytes",
        }
    }

    /// A value as people read it: `25`, `6%`, `3x`, `1.5s`, `12.3MiB`.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        if !value.is_finite() {
            return value.to_string();
        }
        match self {
            Self::Number => number(value),
            Self::Percent => format!("{}%", number(value * 100.0)),
            Self::Factor => format!("{}x", number(value)),
            Self::Seconds => time(value),
            Self::Milliseconds => time(value / 1_000.0),
            Self::Bytes => bytes(value),
        }
    }
}

/// Four significant digits, or all of a whole number.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let size = value.abs();
    if size >= 1_000.0 {
        return format!("{:.0}", value.round());
    }
    let decimals = match size {
        100.0.. => 1,
        10.0.. => 2,
        1.0.. => 3,
        0.1.. => 4,
        0.01.. => 5,
        0.001.. => 6,
        _ => return format!("{value:.3e}"),
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

fn time(seconds: f64) -> String {
    let size = seconds.abs();
    let sign = if seconds < 0.0 { "-" } else { "" };
    if size == 0.0 {
        "0s".into()
    } else if size < 1.0 {
        format!("{sign}{}ms", number(size * 1_000.0))
    } else if size < 60.0 {
        format!("{sign}{}s", number(size))
    } else {
        let whole = Duration::try_from_secs_f64(size.round()).unwrap_or(Duration::MAX);
        format!("{sign}{}", quantity::duration_text(whole))
    }
}

fn bytes(value: f64) -> String {
    let mut scaled = value;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if scaled.abs() < 1_024.0 {
            return format!("{}{unit}", number(scaled));
        }
        scaled /= 1_024.0;
    }
    format!("{}TiB", number(scaled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_in_their_units() {
        let shown = [
            Unit::Number.show(25.0),
            Unit::Number.show(0.031_234_56),
            Unit::Number.show(123_456.7),
            Unit::Percent.show(0.06),
            Unit::Percent.show(0.1234),
            Unit::Factor.show(3.0),
            Unit::Seconds.show(900.0),
            Unit::Seconds.show(1.5),
            Unit::Milliseconds.show(250.0),
            Unit::Milliseconds.show(2_000.0),
            Unit::Bytes.show(1_572_864.0),
            Unit::Number.show(f64::NAN),
        ];
        let expected = ["25", "0.03123", "123457", "6%", "12.34%", "3x", "15m", "1.5s", "250ms", "2s", "1.5MiB", "NaN"];
        assert_eq!(shown, expected.map(String::from));
    }
}
