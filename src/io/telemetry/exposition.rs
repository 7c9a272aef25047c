//! Readings as Prometheus text.
//!
//! Source: Prometheus documentation, "Exposition formats", text-based format 0.0.4.

use std::borrow::Cow;
use std::fmt::Write;

use super::read::{Kind, Labels, Reading, Series, Value};

pub(super) fn text(readings: &[Reading]) -> String {
    let mut out = String::new();
    for reading in readings.iter().filter(|reading| !reading.series.is_empty()) {
        let name = reading.name.prometheus;
        let kind = match reading.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        line(&mut out, format_args!("# HELP {name} {}", reading.name.help));
        line(&mut out, format_args!("# TYPE {name} {kind}"));
        for series in &reading.series {
            samples(&mut out, name, series);
        }
    }
    out
}

fn samples(out: &mut String, name: &str, series: &Series) {
    match &series.value {
        Value::Whole(value) => line(out, format_args!("{name}{} {value}", Braced(&series.labels))),
        Value::Fraction(value) => line(out, format_args!("{name}{} {value}", Braced(&series.labels))),
        Value::Distribution { bounds, buckets, sum } => {
            let mut count = 0;
            for (index, bucket) in buckets.iter().enumerate() {
                count += bucket;
                let bound = bounds.get(index).map_or(Cow::Borrowed("+Inf"), |bound| Cow::Owned(bound.to_string()));
                let mut labels = series.labels.clone();
                labels.push(("le", bound));
                line(out, format_args!("{name}_bucket{} {count}", Braced(&labels)));
            }
            line(out, format_args!("{name}_sum{} {sum}", Braced(&series.labels)));
            line(out, format_args!("{name}_count{} {count}", Braced(&series.labels)));
        }
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String can always be written");
}

/// `{key="value",...}`, with values escaped; nothing where there are no labels.
struct Braced<'a>(&'a Labels);

impl std::fmt::Display for Braced<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (key, value)) in self.0.iter().enumerate() {
            let before = if index == 0 { "{" } else { "," };
            write!(f, "{before}{key}=\"")?;
            for character in value.chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    '"' => f.write_str("\\\"")?,
                    '\n' => f.write_str("\\n")?,
                    plain => f.write_char(plain)?,
                }
            }
            f.write_str("\"")?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Counter, DestinationIdx, Histogram, Telemetry};
    use crate::id::Signal;
    use crate::time::Timestamp;

    #[test]
    fn a_counter_is_shown_with_its_labels_escaped() {
        let telemetry = Telemetry::new(vec!["a\"\\\nb".into()], Timestamp::default());
        telemetry.count(Counter::Exported(DestinationIdx(0), Signal::Logs), 7);
        let text = telemetry.exposition();
        assert!(text.contains("# TYPE fanin_exported_records_total counter\n"));
        assert!(text.contains(r#"fanin_exported_records_total{destination="a\"\\\nb",signal="logs"} 7"#), "{text}");
        assert!(!text.contains("_unregistered"));
    }

    #[test]
    fn buckets_of_a_histogram_accumulate() {
        let telemetry = Telemetry::new(vec!["a".into()], Timestamp::default());
        for millis in [4, 5, 6, 20_000] {
            telemetry.record(Histogram::ExportDuration(DestinationIdx(0)), Duration::from_millis(millis));
        }
        let text = telemetry.exposition();
        for line in [
            r#"fanin_export_duration_seconds_bucket{destination="a",le="0.005"} 2"#,
            r#"fanin_export_duration_seconds_bucket{destination="a",le="0.01"} 3"#,
            r#"fanin_export_duration_seconds_bucket{destination="a",le="10"} 3"#,
            r#"fanin_export_duration_seconds_bucket{destination="a",le="+Inf"} 4"#,
            r#"fanin_export_duration_seconds_sum{destination="a"} 20.015"#,
            r#"fanin_export_duration_seconds_count{destination="a"} 4"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
