//! Which quotas there are, and which series tell how much of them is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::series::{Metric, Series};

/// The code of a quota, as Service Quotas has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Code of the service, such as `lambda`.
    pub service: Box<str>,
    /// Code of the quota, such as `L-B99A9384`.
    pub code: Box<str>,
}

impl Key {
    /// A quota by its codes; `None` where they are none. Source: Service Quotas API reference, patterns of `ServiceCode` and
    /// `QuotaCode`.
    #[must_use]
    pub fn new(service: &str, code: &str) -> Option<Self> {
        let is_code = |text: &str, most: usize| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.len() <= most
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        (is_code(service, 63) && is_code(code, 128)).then(|| Self { service: service.into(), code: code.into() })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.code)
    }
}

/// What a quota is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name, for people.
    pub name: Box<str>,
    /// Series that tell how much is used; the first of which something came lately counts.
    pub series: Vec<Series>,
    /// Seconds of the period that the quota is for, where it is one of calls.
    pub period_seconds: f64,
    /// What AWS grants every account of every Region, where that is one number.
    pub granted: Option<f64>,
}

/// All quotas of which something is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    quotas: BTreeMap<Key, Definition>,
    by_series: BTreeMap<Series, Vec<Key>>,
}

impl Catalog {
    /// Quotas whose codes, series and defaults AWS documents. A default is here only where it is one number for all accounts.
    ///
    /// # Panics
    /// Never: the codes below are codes.
    #[must_use]
    pub fn built_in() -> Self {
        let vcpus = |service: &str| {
            let dimensions =
                [("Class", "Standard/OnDemand"), ("Resource", "vCPU"), ("Service", service), ("Type", "Resource")];
            Series::new("AWS/Usage", "ResourceCount", dimensions).into_iter().collect()
        };
        let mut catalog = Self::default();
        let mut add = |service, code, name: &str, series, granted| {
            let key = Key::new(service, code).expect("these are codes");
            catalog.add(key, Definition { name: name.into(), series, period_seconds: 1.0, granted });
        };
        // Lambda developer guide, "Lambda quotas" and "Monitoring concurrency".
        let concurrency = [Metric::ClaimedAccountConcurrency, Metric::ConcurrentExecutions].map(Series::lambda).into();
        add("lambda", "L-B99A9384", "Concurrent executions", concurrency, Some(1_000.0));
        // AWS CLI reference, "get-service-quota", example; new accounts begin with different values, so there is none here.
        let standard = "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances";
        add("ec2", "L-1216C47A", standard, vcpus("EC2"), None);
        // Amazon ECS developer guide, "AWS Fargate usage metrics"; the value differs between accounts as well.
        add("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", vcpus("Fargate"), None);
        catalog
    }

    /// Adds a quota; what was known of it stays where nothing new is said.
    pub fn add(&mut self, key: Key, mut new: Definition) {
        if let Some(old) = self.quotas.get(&key) {
            if new.series.is_empty() {
                new.series.clone_from(&old.series);
            }
            if new.name.is_empty() {
                new.name.clone_from(&old.name);
            }
            new.granted = new.granted.or(old.granted);
        }
        for series in &new.series {
            let keys = self.by_series.entry(series.clone()).or_default();
            if !keys.contains(&key) {
                keys.push(key.clone());
            }
        }
        let _older = self.quotas.insert(key, new);
    }

    /// What is known of a quota.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Definition> {
        self.quotas.get(key)
    }

    /// The quotas that a series fills.
    #[must_use]
    pub fn filled_by(&self, series: &Series) -> &[Key] {
        self.by_series.get(series).map_or(&[], Vec::as_slice)
    }

    /// The series that fill one.
    #[must_use]
    pub fn series(&self) -> BTreeSet<Series> {
        self.by_series.keys().cloned().collect()
    }
}
