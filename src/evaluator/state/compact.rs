//! Moments and numbers that may be missing, in 8 bytes: a fleet has a million alerts.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A moment, or none, in the space of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::evaluator) struct Moment(Option<NonZeroU64>);

impl Moment {
    pub(in crate::evaluator) const NONE: Self = Self(None);

    pub(in crate::evaluator) fn at(time: Timestamp) -> Self {
        Self(NonZeroU64::new(time.nanos().saturating_add(1)))
    }

    pub(in crate::evaluator) fn get(self) -> Option<Timestamp> {
        self.0.map(|nanos| Timestamp::from_nanos(nanos.get() - 1))
    }

    pub(in crate::evaluator) fn is_some(self) -> bool {
        self.0.is_some()
    }

    pub(in crate::evaluator) fn or(self, time: Timestamp) -> Self {
        if self.0.is_some() { self } else { Self::at(time) }
    }

    pub(in crate::evaluator) fn later(self, by: Duration) -> Self {
        self.get().map_or(Self::NONE, |time| Self::at(time.plus(by)))
    }

    /// Whether it was at least so long ago.
    pub(in crate::evaluator) fn lasted(self, at: Timestamp, time: Duration) -> bool {
        self.get().is_some_and(|since| at >= since && at.since(since) >= time)
    }
}

/// A number, or none, in the space of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::evaluator) struct Number(Option<NonZeroU64>);

impl Number {
    /// The one number that there is no room for is not a number.
    pub(in crate::evaluator) fn new(number: Option<f64>) -> Self {
        Self(number.and_then(|number| NonZeroU64::new(!number.to_bits())))
    }

    pub(in crate::evaluator) fn get(self) -> Option<f64> {
        self.0.map(|bits| f64::from_bits(!bits.get()))
    }
}
