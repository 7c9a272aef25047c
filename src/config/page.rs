//! The page: who may see it, what its store keeps, where it leads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;
use crate::id::Region;

/// The page, its API and its store.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Who may see it, beside this machine.
    pub access: Access,
    /// What is kept for it.
    pub store: Store,
    /// Templates of links that lead out, by name: `console`, `grafana`, `logs`, ...
    pub links: BTreeMap<String, String>,
    /// Team views: name and address.
    pub views: Vec<(String, String)>,
    /// How long a silence may last. Default 7 days.
    pub silence_max: Duration,
    /// Without anything for so long an account is silent, unless it is usually silent for longer. Default 15 minutes: CloudWatch
    /// Logs delivers within seconds, and metric streams every minute.
    pub silent_after: Duration,
    /// What telemetry costs, so that tenants can be told their share.
    pub price: Option<Price>,
}

/// Who may see the page and use its API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    /// Tokens. With none, and without a proxy, only this machine may.
    pub tokens: Vec<Token>,
    /// A proxy that knows who asks.
    pub proxy: Option<Proxy>,
}

/// A token and what it is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Name of who has it; never the token itself.
    pub name: String,
    /// The token.
    pub secret: Secret,
    /// The only tenants that it shows; `None` for the fleet.
    pub tenants: Option<BTreeSet<String>>,
    /// Whether it may silence, acknowledge and replay.
    pub write: bool,
}

/// A proxy in front that tells who asks, in headers that nobody else can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Header with the name of who asks, such as `x-forwarded-user`.
    pub user_header: String,
    /// Header with the tenants that are shown, separated by commas, or `*` for the fleet; `None` where everybody sees the fleet.
    pub tenants_header: Option<String>,
    /// Names that may write; `*` for all.
    pub writers: BTreeSet<String>,
    /// Addresses that the proxy comes from. Default: loopback.
    pub from: Vec<std::net::IpAddr>,
}

/// What is kept for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Which log records are kept.
    pub logs: StoredLogs,
    /// Bytes of the file at most. Default 2 GiB.
    pub bytes_max: u64,
    /// How long log records are kept at most. Default 3 days.
    pub age_max: Duration,
    /// The file; `None` for `page.sqlite` beside the state, where that is a folder, else in the folder for temporary files.
    pub file: Option<PathBuf>,
}

/// Which log records are kept for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredLogs {
    /// None: they are read in the backend.
    Off,
    /// Those at error or above.
    Errors,
    /// All.
    All,
}

impl StoredLogs {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Errors => "errors",
            Self::All => "all",
        }
    }
}

/// What telemetry costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Prices where a Region has none of its own.
    pub rates: Rates,
    /// The currency, such as `USD`.
    pub currency: String,
    /// Prices of accounts whose Region the directory names.
    pub regions: BTreeMap<Region, Rates>,
}

/// Prices; without one nothing is said of what it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Of a gigabyte (1,000,000,000 bytes) of log messages and metric data.
    pub per_gigabyte: Option<f64>,
    /// Of 1,000 updates of metrics in a metric stream.
    pub per_1000_metric_updates: Option<f64>,
    /// Of a gigabyte of records as streams deliver them, which are mostly compressed.
    pub per_gigabyte_streamed: Option<f64>,
}

impl Rates {
    /// Whether there is no price at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Price {
    /// Prices of an account of that Region.
    #[must_use]
    pub fn rates(&self, region: Option<Region>) -> Rates {
        let own = region.and_then(|region| self.regions.get(&region)).copied().unwrap_or_default();
        Rates {
            per_gigabyte: own.per_gigabyte.or(self.rates.per_gigabyte),
            per_1000_metric_updates: own.per_1000_metric_updates.or(self.rates.per_1000_metric_updates),
            per_gigabyte_streamed: own.per_gigabyte_streamed.or(self.rates.per_gigabyte_streamed),
        }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self { logs: StoredLogs::All, bytes_max: 2 << 30, age_max: Duration::from_hours(72), file: None }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self {
            access: Access::default(),
            store: Store::default(),
            links: BTreeMap::new(),
            views: Vec::new(),
            silence_max: Duration::from_hours(7 * 24),
            silent_after: Duration::from_mins(15),
            price: None,
        }
    }
}
