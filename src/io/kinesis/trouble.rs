//! What an error of the Kinesis API means for a reader.

use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};

use super::Error;

/// What went wrong with a call, by what can be done about it. The texts are the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Too much was asked in too short a time.
    Throttled,
    /// The iterator is older than five minutes.
    Expired,
    /// The stream, shard or consumer is not there.
    Missing,
    /// The stream is being created or changed, or was subscribed to a moment ago.
    InUse(String),
    /// The credentials are not good for this call.
    Denied(String),
    /// The stream's records cannot be decrypted.
    Key(String),
    /// Kinesis does not understand the request.
    Invalid(String),
    /// Anything that may pass: server errors, time-outs, broken connections.
    Passing(String),
}

impl<E, R> From<SdkError<E, R>> for Trouble
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(|metadata| metadata.code()).unwrap_or_default();
        let message = metadata.and_then(|metadata| metadata.message()).unwrap_or(code);
        Self::new(code, message).unwrap_or_else(|| Self::Passing(crate::io::chain(&error)))
    }
}

impl Trouble {
    /// By the error code. Sources: Kinesis Data Streams API reference, "Errors" of each action and "Common errors".
    fn new(code: &str, message: &str) -> Option<Self> {
        let message = || message.to_owned();
        Some(match code {
            "ProvisionedThroughputExceededException"
            | "LimitExceededException"
            | "KMSThrottlingException"
            | "ThrottlingException"
            | "Throttling" => Self::Throttled,
            "ExpiredIteratorException" => Self::Expired,
            "ResourceNotFoundException" => Self::Missing,
            "ResourceInUseException" => Self::InUse(message()),
            "AccessDeniedException"
            | "AccessDenied"
            | "NotAuthorized"
            | "OptInRequired"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Self::Denied(message()),
            "KMSAccessDeniedException"
            | "KMSDisabledException"
            | "KMSInvalidStateException"
            | "KMSNotFoundException"
            | "KMSOptInRequired" => Self::Key(message()),
            "InvalidArgumentException" | "ValidationException" => Self::Invalid(message()),
            _ => return None,
        })
    }

    /// The error that ends a reader, if this is one that waiting does not mend.
    pub(super) fn fatal(self, stream: &str, action: &'static str) -> Result<Error, Self> {
        let stream = stream.to_owned();
        match self {
            Self::Missing => Ok(Error::Missing { stream }),
            Self::Denied(message) => Ok(Error::Denied { stream, action, message }),
            Self::Key(message) => Ok(Error::Key { stream, message }),
            Self::Invalid(message) => Ok(Error::Refused { stream, action, message }),
            Self::Throttled | Self::Expired | Self::InUse(_) | Self::Passing(_) => Err(self),
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Throttled => f.write_str("throttled"),
            Self::Expired => f.write_str("iterator expired"),
            Self::Missing => f.write_str("not found"),
            Self::InUse(message) => write!(f, "in use: {message}"),
            Self::Denied(message) => write!(f, "access denied: {message}"),
            Self::Key(message) => write!(f, "cannot decrypt: {message}"),
            Self::Invalid(message) => write!(f, "invalid: {message}"),
            Self::Passing(message) => f.write_str(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_waiting_does_not_mend_names_the_permission() {
        let trouble = Trouble::new("AccessDeniedException", "User is not authorized").unwrap();
        let error = trouble.fatal("central", "kinesis:GetRecords").unwrap();
        assert_eq!(
            error.to_string(),
            "kinesis stream central: access denied: allow kinesis:GetRecords on it for the role that Fanin runs as (User is not authorized)"
        );
    }

    #[test]
    fn server_errors_pass() {
        assert_eq!(Trouble::new("InternalFailure", "x"), None);
        assert!(Trouble::Passing("x".into()).fatal("central", "kinesis:GetRecords").is_err());
        assert!(Trouble::Throttled.fatal("central", "kinesis:GetRecords").is_err());
    }
}
