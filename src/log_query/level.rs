//! Severities in queries: names stand for the range of numbers that OTLP gives them.

use crate::record::severity::Severity;

/// How a severity is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Is,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `<=`
    AtMost,
    /// `<`
    Below,
}

impl Comparison {
    /// Every one, those of two characters first, so that the first that fits is the right one.
    pub(super) const ALL: [Self; 5] = [Self::AtLeast, Self::AtMost, Self::Is, Self::Above, Self::Below];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        }
    }

    /// The lowest and the highest number that satisfies it. Records of unknown severity (0) are below everything, and are
    /// asked for by `sev=0` only: whoever wants less than a warning does not mean those.
    pub(super) const fn range(self, level: &Level) -> (u8, u8) {
        match self {
            Self::Is => (level.low, level.high),
            Self::AtLeast => (level.low, u8::MAX),
            Self::Above => (level.high.saturating_add(1), u8::MAX),
            Self::AtMost => (1, level.high),
            Self::Below => (1, level.low.saturating_sub(1)),
        }
    }
}

/// A severity as it is named: `warn` is 13 to 16, `critical` and `18` are 18.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    low: u8,
    high: u8,
    name: String,
}

impl Level {
    /// The names that stand for a range.
    pub const NAMES: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

    /// The level of that name or number; `None` for other words.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.to_ascii_lowercase();
        if let Ok(number) = name.parse::<u8>() {
            return (number <= 24).then(|| Self { low: number, high: number, name: number.to_string() });
        }
        let low = Severity::from_name(&name)?.number();
        let high = if (low - 1).is_multiple_of(4) { low + 3 } else { low };
        Some(Self { low, high, name })
    }

    /// The lowest number of it.
    #[must_use]
    pub const fn number(&self) -> u8 {
        self.low
    }

    /// As it was written, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// What people call a severity number; empty where it is not known.
#[must_use]
pub const fn name(number: u8) -> &'static str {
    match number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => "",
    }
}
