//! Records that could not be used: each with a reason of a closed set, and enough to try again.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Region};
use crate::time::Timestamp;

/// Why something was not delivered. A closed set: also the label of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Base64 text that is none.
    BadBase64,
    /// Compressed bytes that end early or do not match their checksum.
    BadGzip,
    /// More inflated bytes than the ceiling for one record or one delivery.
    TooLarge,
    /// JSON that does not parse.
    BadJson,
    /// Protobuf that does not parse.
    BadProtobuf,
    /// Neither of the formats that Fanin reads.
    UnknownFormat,
    /// A member that the format requires is missing or of the wrong type.
    BadShape,
    /// No usable account id where the format names one.
    BadAccount,
    /// An account that the access key or token is not bound to.
    ForeignAccount,
    /// Nested deeper than the limit.
    TooDeep,
    /// Fanin's own log group: taking it would feed its output back to it.
    OwnLogs,
    /// The backend refused it for good.
    Refused,
}

impl Reason {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::BadBase64,
        Self::BadGzip,
        Self::TooLarge,
        Self::BadJson,
        Self::BadProtobuf,
        Self::UnknownFormat,
        Self::BadShape,
        Self::BadAccount,
        Self::ForeignAccount,
        Self::TooDeep,
        Self::OwnLogs,
        Self::Refused,
    ];

    /// The name, as in metric labels and dead letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadBase64 => "bad_base64",
            Self::BadGzip => "bad_gzip",
            Self::TooLarge => "too_large",
            Self::BadJson => "bad_json",
            Self::BadProtobuf => "bad_protobuf",
            Self::UnknownFormat => "unknown_format",
            Self::BadShape => "bad_shape",
            Self::BadAccount => "bad_account",
            Self::ForeignAccount => "foreign_account",
            Self::TooDeep => "too_deep",
            Self::OwnLogs => "own_logs",
            Self::Refused => "refused",
        }
    }
}

/// One thing that was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Why, for counting.
    pub reason: Reason,
    /// Why, for a person: what was given and what was allowed.
    pub detail: String,
    /// Whose it is, where that could be read.
    pub account: Option<AccountId>,
    /// From which Region, where that could be read.
    pub region: Option<Region>,
    /// Its place in the source (`RawRecord::position`).
    pub position: Box<str>,
    /// When the pipeline received it.
    pub arrived: Timestamp,
    /// The bytes, in a form that can be decoded again.
    pub data: Bytes,
}
