//! Series that tell how much of something an account uses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Region};
use crate::record::metric::Point;
use crate::time::Timestamp;

/// The namespace in which services tell what accounts use. Source: CloudWatch user guide, "AWS usage metrics".
const USAGE: &str = "AWS/Usage";

/// The namespace of Lambda, which tells of its concurrency there. Source: Lambda developer guide, "Monitoring concurrency".
const LAMBDA: &str = "AWS/Lambda";

/// Dimensions of a series of `AWS/Usage`, all of which it has, and no other: with `ResourceId` it is of one resource.
const DIMENSIONS: [&str; 4] = ["Class", "Resource", "Service", "Type"];

/// Points that one worker notes before they are taken; more in one delivery are left out.
const NOTED_MAX: usize = 8_192;

/// Which metric a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Metric {
    /// How many of a resource there are: the maximum counts.
    ResourceCount,
    /// How often an API was called: the sum of a period by its length, in calls a second.
    CallCount,
    /// Calls of all functions of a Region that ran at once.
    ConcurrentExecutions,
    /// The same, with what is reserved and provisioned: what is nearest to the quota.
    ClaimedAccountConcurrency,
}

impl Metric {
    const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::ResourceCount => (USAGE, "ResourceCount"),
            Self::CallCount => (USAGE, "CallCount"),
            Self::ConcurrentExecutions => (LAMBDA, "ConcurrentExecutions"),
            Self::ClaimedAccountConcurrency => (LAMBDA, "ClaimedAccountConcurrency"),
        }
    }

    fn named(namespace: &str, name: &str) -> Option<Self> {
        let all = [Self::ResourceCount, Self::CallCount, Self::ConcurrentExecutions, Self::ClaimedAccountConcurrency];
        all.into_iter().find(|metric| metric.name() == (namespace, name))
    }

    const fn is_of_usage(self) -> bool {
        matches!(self, Self::ResourceCount | Self::CallCount)
    }
}

/// A series of one account and Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Series {
    /// Its metric.
    pub metric: Metric,
    /// Values of the dimensions `Class`, `Resource`, `Service` and `Type`; empty ones for Lambda, which has none.
    dimensions: [Box<str>; 4],
}

impl Series {
    /// The series of that name and of exactly these dimensions; `None` where it tells of no account as a whole.
    #[must_use]
    pub fn new<'a>(
        namespace: &str,
        name: &str,
        dimensions: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<Self> {
        let metric = Metric::named(namespace, name)?;
        let mut values: [Option<&str>; 4] = [None; 4];
        for (name, value) in dimensions {
            let place = DIMENSIONS.iter().position(|known| *known == name)?;
            values[place] = Some(value);
        }
        let whole = if metric.is_of_usage() { values.iter().all(Option::is_some) } else { values == [None; 4] };
        whole.then(|| Self { metric, dimensions: values.map(|value| value.unwrap_or_default().into()) })
    }

    /// A series of Lambda.
    #[must_use]
    pub fn lambda(metric: Metric) -> Self {
        Self { metric, dimensions: Default::default() }
    }

    /// The series as rules write it: `AWS/Usage:ResourceCount{Class="None",Resource="vCPU",Service="EC2",Type="Resource"}`.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WANTED: &str = "is no series such as AWS/Lambda:ClaimedAccountConcurrency or \
                              AWS/Usage:ResourceCount{Class=\"Standard/OnDemand\",Resource=\"vCPU\",Service=\"EC2\",Type=\"Resource\"}";
        let (name, rest) = text.trim().split_once('{').map_or((text.trim(), None), |(name, rest)| (name, Some(rest)));
        let (namespace, name) = name.split_once(':').ok_or(WANTED)?;
        let mut dimensions = Vec::new();
        if let Some(rest) = rest {
            let inner = rest.strip_suffix('}').ok_or(WANTED)?;
            for pair in inner.split("\",").map(|pair| pair.trim().trim_end_matches('"')) {
                let (name, value) = pair.split_once('=').ok_or(WANTED)?;
                dimensions.push((name.trim(), value.trim().strip_prefix('"').ok_or(WANTED)?));
            }
        }
        Self::new(namespace, name, dimensions).ok_or(WANTED)
    }

    /// The service, as the series names it.
    #[must_use]
    pub fn service(&self) -> &str {
        if self.metric.is_of_usage() { &self.dimensions[2] } else { "Lambda" }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (namespace, name) = self.metric.name();
        write!(f, "{namespace}:{name}")?;
        if !self.metric.is_of_usage() {
            return Ok(());
        }
        let pairs = DIMENSIONS.iter().zip(&self.dimensions).map(|(name, value)| format!("{name}=\"{value}\""));
        write!(f, "{{{}}}", pairs.collect::<Vec<_>>().join(","))
    }
}

/// What one worker noted of some records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    pub(super) used: Vec<Used>,
}

/// What an account used in a minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Used {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) series: Series,
    pub(super) at: Timestamp,
    pub(super) value: f64,
}

impl Noted {
    /// A point of a metric stream, which mostly is about something else.
    pub fn point(&mut self, point: &Point<'_>) {
        let datum = point.datum;
        if (datum.namespace != USAGE && datum.namespace != LAMBDA) || self.used.len() >= NOTED_MAX {
            return;
        }
        let dimensions = point.dimensions.iter().map(|dimension| (dimension.name, dimension.value));
        let Some(series) = Series::new(datum.namespace, datum.name, dimensions) else { return };
        let Some(region) = point.resource.region else { return };
        let value = match series.metric {
            Metric::CallCount => datum.sum / datum.end.since(datum.start).as_secs_f64().max(1.0),
            Metric::ResourceCount | Metric::ConcurrentExecutions | Metric::ClaimedAccountConcurrency => {
                datum.max.unwrap_or_default()
            }
        };
        if value.is_finite() {
            self.used.push(Used { account: point.resource.account, region, series, at: datum.start, value });
        }
    }

    /// Adds what was noted elsewhere.
    pub fn append(&mut self, mut other: Self) {
        other.used.truncate(NOTED_MAX.saturating_sub(self.used.len()));
        self.used.append(&mut other.used);
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    /// Empties it and keeps its room.
    pub fn clear(&mut self) {
        self.used.clear();
    }
}
