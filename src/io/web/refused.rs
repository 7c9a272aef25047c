//! Why a source's request gets an error for an answer: one set of causes, which each protocol puts into its own form.

use axum::http::StatusCode;

use crate::io::intake::Closed;
use crate::io::telemetry::Refusal;
use crate::keys;

/// A request that was not taken.
#[derive(Debug)]
pub(super) struct Refused {
    /// Why, for counting.
    pub(super) cause: Refusal,
    /// Why, for a person.
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(cause: Refusal, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }

    pub(super) fn late() -> Self {
        Self::new(Refusal::Late, "the delivery is not safe yet; send it again")
    }

    /// The status where the protocol has no word of its own.
    pub(super) const fn status(&self) -> StatusCode {
        match self.cause {
            Refusal::Unauthorized => StatusCode::UNAUTHORIZED,
            Refusal::Interrupted => StatusCode::REQUEST_TIMEOUT,
            Refusal::Header | Refusal::TooLarge | Refusal::Malformed => StatusCode::BAD_REQUEST,
            Refusal::Closing | Refusal::Late | Refusal::Failed => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<keys::Refused> for Refused {
    fn from(refused: keys::Refused) -> Self {
        Self::new(Refusal::Unauthorized, refused.to_string())
    }
}

impl From<Closed> for Refused {
    fn from(closed: Closed) -> Self {
        Self::new(Refusal::Closing, closed.to_string())
    }
}
