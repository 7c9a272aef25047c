//! Points of the OpenTelemetry formats: summaries with CloudWatch's attributes, or with its labels of 0.7.

use std::borrow::Cow;

use bumpalo::Bump;

use super::super::key_value::{KeyValue, Value};
use super::super::metric::statistic::percentile_name;
use super::super::metric::{Datum, Dimension, NAME_PREFIX, Points, Statistic};
use crate::proto::{Error, Reader};
use crate::time::Timestamp;

/// Reads the points of metrics; keeps its scratch lists from point to point.
pub(super) struct PointReader<'a> {
    bump: &'a Bump,
    dimensions: Vec<Dimension<'a>>,
    statistics: Vec<Statistic<'a>>,
}

/// Why a resource does not become points.
pub(super) enum Unfit {
    /// Not protobuf.
    Broken(Error),
    /// Valid OTLP of another shape.
    Plain,
    /// Neither CloudWatch's shape nor OTLP that a receiver of today understands.
    Misshapen(&'static str),
    /// A text that is not UTF-8.
    Text,
}

impl From<Error> for Unfit {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

/// A metric whose points are to be read.
struct Metric<'a> {
    name: &'a [u8],
    unit: &'a str,
}

impl<'a> PointReader<'a> {
    pub(super) const fn new(bump: &'a Bump) -> Self {
        Self { bump, dimensions: Vec::new(), statistics: Vec::new() }
    }

    /// Reads a `Metric` message into `points`.
    pub(super) fn metric(&mut self, message: &'a [u8], points: &mut Points<'a>) -> Result<(), Unfit> {
        let mut metric = Metric { name: b"", unit: "" };
        let mut summary: &[u8] = b"";
        let mut fields = Reader::new(message);
        while let Some((number, field)) = fields.field()? {
            match number {
                1 => metric.name = field.bytes()?,
                3 => metric.unit = text(field.bytes()?)?,
                11 if summary.is_empty() => summary = field.bytes()?,
                5 | 7 | 9 | 10 | 11 => return Err(Unfit::Plain),
                4 | 6 | 8 => {
                    return Err(Unfit::Misshapen("OpenTelemetry 0.7 integers, which metric streams never carry"));
                }
                _ => {}
            }
        }
        let mut data_points = Reader::new(summary);
        while let Some((number, field)) = data_points.field()? {
            if number == 1 {
                self.point(&metric, field.bytes()?, points)?;
            }
        }
        Ok(())
    }

    fn point(&mut self, metric: &Metric<'a>, message: &'a [u8], points: &mut Points<'a>) -> Result<(), Unfit> {
        self.dimensions.clear();
        self.statistics.clear();
        let mut labelled = false;
        let mut names = Names::default();
        let mut values = Values::default();
        let mut fields = Reader::new(message);
        while let Some((number, field)) = fields.field()? {
            match number {
                1 => {
                    labelled = true;
                    self.dimensions.push(label(field.bytes()?)?);
                }
                2 => values.start = field.fixed64()?,
                3 => values.end = field.fixed64()?,
                4 => values.count = field.fixed64()?,
                5 => values.sum = field.double()?,
                6 => self.quantile(field.bytes()?, &mut values)?,
                7 => self.attribute(field.bytes()?, &mut names)?,
                8 if field.varint()? & NO_RECORDED_VALUE != 0 => return Err(Unfit::Plain),
                _ => {}
            }
        }
        if labelled {
            names = self.names_among_labels(metric.name);
        }
        let (Some(namespace), Some(name)) = (names.namespace, names.metric) else {
            return Err(if labelled {
                Unfit::Misshapen("OpenTelemetry 0.7 labels without Namespace and MetricName")
            } else {
                Unfit::Plain
            });
        };
        let datum = values.datum(namespace, name, metric.unit);
        points.push(datum, self.dimensions.drain(..), self.statistics.drain(..));
        Ok(())
    }

    /// 1.0: exactly `Namespace`, `MetricName` and `Dimensions`. Any other attribute would be lost, so it is not ours.
    fn attribute(&mut self, message: &'a [u8], names: &mut Names<'a>) -> Result<(), Unfit> {
        let attribute = KeyValue::read(message)?;
        match (attribute.key, attribute.value) {
            (b"Namespace", Value::Text(namespace)) => names.namespace = Some(text(namespace)?),
            (b"MetricName", Value::Text(name)) => names.metric = Some(text(name)?),
            (b"Dimensions", Value::List(list)) => {
                let mut fields = Reader::new(list);
                while let Some((number, field)) = fields.field()? {
                    if number == 1 {
                        self.dimension(field.bytes()?)?;
                    }
                }
            }
            _ => return Err(Unfit::Plain),
        }
        Ok(())
    }

    fn dimension(&mut self, message: &'a [u8]) -> Result<(), Unfit> {
        let pair = KeyValue::read(message)?;
        let Value::Text(value) = pair.value else { return Err(Unfit::Plain) };
        self.dimensions.push(Dimension { name: text(pair.key)?, value: text(value)? });
        Ok(())
    }

    /// Quantiles 0 and 1 are minimum and maximum; an absent value is 0, as proto3 has it.
    fn quantile(&mut self, message: &'a [u8], values: &mut Values) -> Result<(), Unfit> {
        let (mut quantile, mut value) = (0.0, 0.0);
        let mut fields = Reader::new(message);
        while let Some((number, field)) = fields.field()? {
            match number {
                1 => quantile = field.double()?,
                2 => value = field.double()?,
                _ => {}
            }
        }
        if quantile == 0.0 {
            values.min = Some(value);
        } else if quantile == 1.0 {
            values.max = Some(value);
        } else {
            let name = match percentile_name(quantile).ok_or(Unfit::Plain)? {
                Cow::Borrowed(name) => name,
                Cow::Owned(name) => self.bump.alloc_str(&name),
            };
            self.statistics.push(Statistic { name, value });
        }
        Ok(())
    }

    /// 0.7: takes `Namespace` and `MetricName` out of the labels. A dimension may have either name as well (Container
    /// Insights has `Namespace`); then the metric's own name tells which is which.
    fn names_among_labels(&mut self, metric_name: &[u8]) -> Names<'a> {
        let path = std::str::from_utf8(metric_name).ok().and_then(|name| name.strip_prefix(NAME_PREFIX));
        let metric = self.take_label("MetricName", |value| path.is_some_and(|path| is_last(path, value)));
        let namespace = self.take_label("Namespace", |value| path.is_some_and(|path| is_first(path, value)));
        Names { namespace, metric }
    }

    fn take_label(&mut self, name: &str, fits: impl Fn(&str) -> bool) -> Option<&'a str> {
        let mut named = self.dimensions.iter().enumerate().filter(|(_, label)| label.name == name);
        let first = named.clone().next()?;
        let (index, _) = named.find(|(_, label)| fits(label.value)).unwrap_or(first);
        Some(self.dimensions.remove(index).value)
    }
}

/// `DataPointFlags`: the point says only that there is no value.
const NO_RECORDED_VALUE: u64 = 1;

#[derive(Default)]
struct Names<'a> {
    namespace: Option<&'a str>,
    metric: Option<&'a str>,
}

#[derive(Default)]
struct Values {
    start: u64,
    end: u64,
    count: u64,
    sum: f64,
    min: Option<f64>,
    max: Option<f64>,
}

impl Values {
    fn datum<'a>(&self, namespace: &'a str, name: &'a str, unit: &'a str) -> Datum<'a> {
        Datum {
            namespace,
            name,
            unit,
            start: Timestamp::from_nanos(self.start),
            end: Timestamp::from_nanos(self.end),
            count: self.count as f64,
            sum: self.sum,
            min: self.min,
            max: self.max,
        }
    }
}

/// 0.7: a `StringKeyValue`.
fn label(message: &[u8]) -> Result<Dimension<'_>, Unfit> {
    let (mut name, mut value) = ("", "");
    let mut fields = Reader::new(message);
    while let Some((number, field)) = fields.field()? {
        match number {
            1 => name = text(field.bytes()?)?,
            2 => value = text(field.bytes()?)?,
            _ => {}
        }
    }
    Ok(Dimension { name, value })
}

fn text(bytes: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(bytes).map_err(|_| Unfit::Text)
}

/// Whether `path` begins with the namespace `value`.
fn is_first(path: &str, value: &str) -> bool {
    path.strip_prefix(value).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether `path` ends with the metric name `value`.
fn is_last(path: &str, value: &str) -> bool {
    path.strip_suffix(value).is_some_and(|rest| rest.ends_with('/'))
}
