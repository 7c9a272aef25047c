//! Quotas: where their values are from.

use std::path::PathBuf;
use std::time::Duration;

use crate::id::Region;

/// Where the values of quotas are from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// A table that people keep.
    pub table: Option<PathBuf>,
    /// The Service Quotas API.
    pub service_quotas: Option<ServiceQuotas>,
}

/// How the Service Quotas API is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceQuotas {
    /// Name of the role in each account. Default `FaninQuotaReader`.
    pub role: String,
    /// The external id that it asks for.
    pub external_id: Option<String>,
    /// Services whose quotas are read. Default `lambda`, `ec2`, `fargate`.
    pub services: Vec<String>,
    /// Regions whose quotas are read.
    pub regions: Vec<Region>,
    /// How old what was read may become. Default 24 hours.
    pub refresh: Duration,
    /// Another endpoint than AWS.
    pub endpoint: Option<String>,
}

impl Default for ServiceQuotas {
    fn default() -> Self {
        Self {
            role: "FaninQuotaReader".into(),
            external_id: None,
            services: ["lambda", "ec2", "fargate"].map(str::to_owned).into(),
            regions: Vec::new(),
            refresh: Duration::from_hours(24),
            endpoint: None,
        }
    }
}
