//! Names of things in AWS, parsed once and then trusted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not the name it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not twelve decimal digits.
    #[error("an AWS account id has 12 digits, not {given:?}")]
    AccountId {
        /// What was given, shortened.
        given: String,
    },
    /// Not a Region code.
    #[error("an AWS Region is 2 to 24 lower-case letters, digits and hyphens, not {given:?}")]
    Region {
        /// What was given, shortened.
        given: String,
    },
}

/// A 12-digit AWS account number, kept as text because leading zeros matter.
///
/// Source: AWS Organizations API reference, "Account", field `Id`, pattern `^\d{12}$`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// Parses exactly twelve ASCII digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match <[u8; 12]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            Ok(_) | Err(_) => Err(Error::AccountId { given: shortened(text) }),
        }
    }

    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an account id holds ASCII digits only")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AccountId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl TryFrom<String> for AccountId {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> Self {
        account.as_str().into()
    }
}

/// The longest Region code in use has 14 characters; some room for those to come.
const REGION_BYTES_MAX: usize = 24;

/// An AWS Region code such as `eu-central-1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region {
    length: u8,
    bytes: [u8; REGION_BYTES_MAX],
}

impl Region {
    /// Parses a Region code by its shape; whether the Region exists is not known here.
    ///
    /// # Errors
    /// When the text is too short, too long, or has other characters than a Region code.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let given = text.as_bytes();
        let shaped = (2..=REGION_BYTES_MAX).contains(&given.len())
            && given.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
        let Ok(length) = u8::try_from(given.len()) else {
            return Err(Error::Region { given: shortened(text) });
        };
        if !shaped {
            return Err(Error::Region { given: shortened(text) });
        }
        let mut bytes = [0; REGION_BYTES_MAX];
        bytes[..given.len()].copy_from_slice(given);
        Ok(Self { length, bytes })
    }

    /// The Region code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("a region holds ASCII only")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Region {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Region {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().into()
    }
}

/// Account and Region of an ARN: `arn:partition:service:region:account:resource`.
///
/// Either is `None` where the ARN leaves it empty or has something else in its place.
#[must_use]
pub fn arn_origin(arn: &str) -> (Option<AccountId>, Option<Region>) {
    let mut parts = arn.splitn(6, ':').skip(3);
    let region = parts.next().and_then(|text| Region::parse(text).ok());
    let account = parts.next().and_then(|text| AccountId::parse(text).ok());
    (account, region)
}

/// The kinds of telemetry that Fanin carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Log records.
    Logs,
    /// Metric data points.
    Metrics,
}

impl Signal {
    /// Every signal, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::Logs, Self::Metrics];

    /// `logs` or `metrics`: as in OTLP paths and metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_its_leading_zeros() {
        assert_eq!(AccountId::parse("000000000042").map(|a| a.to_string()), Ok("000000000042".into()));
    }

    #[test]
    fn the_owner_of_a_control_message_is_no_account() {
        assert!(AccountId::parse("CloudwatchLogs").is_err());
        assert!(AccountId::parse("12345678901\u{0663}").is_err());
    }

    #[test]
    fn an_arn_names_account_and_region() {
        let (account, region) = arn_origin("arn:aws:kinesis:eu-central-1:111122223333:stream/central");
        assert_eq!(account.map(|a| a.to_string()), Some("111122223333".into()));
        assert_eq!(region.map(|r| r.to_string()), Some("eu-central-1".into()));
        assert_eq!(arn_origin("arn:aws:s3:::bucket"), (None, None));
        assert_eq!(arn_origin("nonsense"), (None, None));
    }
}
