//! Encoded telemetry on its way to a backend.

use std::fmt;

use bytes::Bytes;

use crate::id::{AccountId, Signal};

/// One or more encoded entries of an OTLP export request, all of one account.
///
/// `bytes` are whole `resource_logs` or `resource_metrics` fields of the request (tag, length,
/// message), so chunks of one signal that stand one after the other are a valid request.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Which request it belongs to.
    pub signal: Signal,
    /// Whose it is.
    pub account: AccountId,
    /// Log records or metric data points in it.
    pub records: u32,
    /// The destinations it goes to, one bit each, by their order in the configuration.
    pub destinations: Destinations,
    /// The encoded fields.
    pub bytes: Bytes,
}

/// The account of what Fanin says of itself and of alerts: AWS gives this number to nobody.
const OWN: &str = "000000000000";

impl Chunk {
    /// A chunk about alerts, which is of no account.
    ///
    /// # Panics
    /// Never: the account has twelve digits.
    #[must_use]
    pub fn of_alerts(signal: Signal, records: u32, destinations: Destinations, bytes: Bytes) -> Self {
        let account = AccountId::parse(OWN).expect("twelve digits");
        Self { signal, account, records, destinations, bytes }
    }

    /// Whether it is about alerts.
    #[must_use]
    pub fn is_of_alerts(&self) -> bool {
        self.account.as_str() == OWN
    }
}

/// The sizes, never the data, which is a customer's.
impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Chunk {{ {} {} records of {}, {} bytes }}",
            self.records,
            self.signal,
            self.account,
            self.bytes.len()
        )
    }
}

/// A set of destinations, by their index in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destinations(u64);

impl Destinations {
    /// The most destinations that one configuration may name.
    pub const MAX: usize = 64;

    /// No destination.
    pub const NONE: Self = Self(0);

    /// Adds the destination at `index`; an index past `MAX` is a bug of the caller.
    #[must_use]
    pub fn with(self, index: usize) -> Self {
        assert!(index < Self::MAX, "destination {index} is past the limit of {}", Self::MAX);
        Self(self.0 | 1 << index)
    }

    /// Whether the destination at `index` is in the set.
    #[must_use]
    pub const fn contains(self, index: usize) -> bool {
        index < Self::MAX && self.0 & (1 << index) != 0
    }

    /// The indexes in the set, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..Self::MAX).filter(move |index| self.contains(*index))
    }

    /// How many destinations are in the set.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether no destination is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
