//! Labels of Fanin's own metrics: closed sets, so that the number of series is known at the start.

use std::borrow::Cow;

use crate::config::FormatName;
use crate::config::policy::Detector;
use crate::config::read::Written;
use crate::delivery::Source;
use crate::export::Verdict;
use crate::id::Signal;
use crate::reject::Reason;
use crate::tenant::lifecycle::Followed;

/// A label whose values are known when the process starts.
pub(super) trait Label: Copy {
    /// Its key, as a Prometheus label and as an OpenTelemetry attribute.
    const KEY: &'static str;

    /// How many values it has.
    fn count(destinations: &[String]) -> usize;

    /// The place of this value, below `count`.
    fn place(self, n_destinations: usize) -> usize;

    /// The value at a place.
    fn value(place: usize, destinations: &[String]) -> Cow<'static, str>;
}

/// A destination, by its index in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationIdx(pub usize);

/// What one attempt to export came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted whole.
    Accepted,
    /// Accepted but for some records.
    Partial,
    /// To be sent again.
    Retry,
    /// Failed in a way that is retried a few times only.
    RetryBounded,
    /// Too large, to be sent in parts.
    Split,
    /// Refused for good.
    Refused,
}

impl From<&Verdict> for Outcome {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Accepted { .. } => Self::Accepted,
            Verdict::Partial { .. } => Self::Partial,
            Verdict::Retry { .. } => Self::Retry,
            Verdict::RetryBounded { .. } => Self::RetryBounded,
            Verdict::Split { .. } => Self::Split,
            Verdict::Refused { .. } => Self::Refused,
        }
    }
}

/// Where telemetry waits between source and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Deliveries, from their arrival until they are settled.
    Intake,
    /// Encoded chunks that wait for their share or for their batch to fill.
    Batch,
    /// Batches that are under way to a destination or wait for it.
    Export,
}

/// What found a value that must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// A detector.
    Detector(Detector),
    /// A pattern of the operator.
    Pattern,
    /// The name of an attribute.
    Field,
}

/// What of the policy kept a log record back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// A filter.
    Filter,
    /// Sampling.
    Sample,
    /// Something in it, for which the whole record is dropped.
    Redaction,
}

/// What was odd about a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Its payload was not UTF-8: broken sequences were replaced.
    NotUtf8,
    /// Its time was not in milliseconds.
    TimeUnit,
    /// Its time lies more than two hours ahead of its arrival.
    TimeAhead,
    /// Its body was too long and was cut.
    BodyCut,
    /// It is a CloudTrail event of another account, in a log group whose owner is not in `normalize.trail_accounts`.
    ForeignEvent,
}

/// Why an HTTP source answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No access key, or a wrong one.
    Unauthorized,
    /// A header that the protocol does not allow, or a content type or encoding that is not read.
    Header,
    /// A body above the limit.
    TooLarge,
    /// A body that came too slowly or broke off.
    Interrupted,
    /// A body that does not inflate or is not what the endpoint takes.
    Malformed,
    /// The service is stopping.
    Closing,
    /// No room, or no end of the delivery, within the time for an answer.
    Late,
    /// The delivery failed.
    Failed,
}

macro_rules! closed_label {
    ($label:ident, $key:literal, $([$variant:ident, $name:expr]),+ $(,)?) => {
        impl Label for $label {
            const KEY: &'static str = $key;

            fn count(_: &[String]) -> usize {
                [$($label::$variant),+].len()
            }

            fn place(self, _: usize) -> usize {
                self as usize
            }

            fn value(place: usize, _: &[String]) -> Cow<'static, str> {
                Cow::Borrowed([$($name),+][place])
            }
        }
    };
}

closed_label!(
    Outcome,
    "outcome",
    [Accepted, "accepted"],
    [Partial, "partial"],
    [Retry, "retry"],
    [RetryBounded, "retry_bounded"],
    [Split, "split"],
    [Refused, "refused"],
);

closed_label!(Stage, "stage", [Intake, "intake"], [Batch, "batch"], [Export, "export"]);

closed_label!(
    Refusal,
    "cause",
    [Unauthorized, "unauthorized"],
    [Header, "header"],
    [TooLarge, "too_large"],
    [Interrupted, "interrupted"],
    [Malformed, "malformed"],
    [Closing, "closing"],
    [Late, "late"],
    [Failed, "failed"],
);

closed_label!(
    Source,
    "source",
    [Kinesis, Source::Kinesis.as_str()],
    [Samples, Source::Samples.as_str()],
    [Firehose, Source::Firehose.as_str()],
    [Otlp, Source::Otlp.as_str()],
    [Lambda, Source::Lambda.as_str()],
    [File, Source::File.as_str()],
);

closed_label!(Signal, "signal", [Logs, Signal::Logs.as_str()], [Metrics, Signal::Metrics.as_str()]);

closed_label!(
    Oddity,
    "oddity",
    [NotUtf8, "not_utf8"],
    [TimeUnit, "time_unit"],
    [TimeAhead, "time_ahead"],
    [BodyCut, "body_cut"],
    [ForeignEvent, "foreign_event"],
);

closed_label!(
    Followed,
    "result",
    [Applied, "applied"],
    [Old, "old"],
    [Ignored, "ignored"],
    [NoOrganizations, "no_organizations"],
);

closed_label!(HeldBack, "by", [Filter, "filter"], [Sample, "sample"], [Redaction, "redaction"]);

impl Label for Redaction {
    const KEY: &'static str = "by";

    fn count(_: &[String]) -> usize {
        Detector::ALL.len() + 2
    }

    fn place(self, _: usize) -> usize {
        match self {
            Self::Detector(detector) => detector as usize,
            Self::Pattern => Detector::ALL.len(),
            Self::Field => Detector::ALL.len() + 1,
        }
    }

    fn value(place: usize, _: &[String]) -> Cow<'static, str> {
        match Detector::ALL.get(place) {
            Some(detector) => Cow::Owned(detector.written()),
            None if place == Detector::ALL.len() => Cow::Borrowed("pattern"),
            None => Cow::Borrowed("field"),
        }
    }
}

impl Label for FormatName {
    const KEY: &'static str = "format";

    fn count(_: &[String]) -> usize {
        Self::ALL.len()
    }

    fn place(self, _: usize) -> usize {
        self as usize
    }

    fn value(place: usize, _: &[String]) -> Cow<'static, str> {
        Cow::Borrowed(Self::ALL[place].as_str())
    }
}

impl Label for Reason {
    const KEY: &'static str = "reason";

    fn count(_: &[String]) -> usize {
        Self::ALL.len()
    }

    fn place(self, _: usize) -> usize {
        self as usize
    }

    fn value(place: usize, _: &[String]) -> Cow<'static, str> {
        Cow::Borrowed(Self::ALL[place].as_str())
    }
}

impl Label for DestinationIdx {
    const KEY: &'static str = "destination";

    /// One more than there are, so that an index nobody registered falls into a place of its own and not on a neighbour.
    fn count(destinations: &[String]) -> usize {
        destinations.len() + 1
    }

    fn place(self, n_destinations: usize) -> usize {
        self.0.min(n_destinations)
    }

    fn value(place: usize, destinations: &[String]) -> Cow<'static, str> {
        destinations.get(place).cloned().map_or(Cow::Borrowed(UNREGISTERED), Cow::Owned)
    }
}

/// The destination of series whose index was not registered; shown only if it counted something.
pub(super) const UNREGISTERED: &str = "_unregistered";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_own_place_and_name() {
        assert_eq!(Reason::value(Reason::Refused.place(0), &[]), "refused");
        assert_eq!(Source::value(Source::File.place(0), &[]), "file");
        assert_eq!(Refusal::value(Refusal::Failed.place(0), &[]), "failed");
        assert_eq!(Outcome::value(Outcome::RetryBounded.place(0), &[]), "retry_bounded");
        assert_eq!(Stage::value(Stage::Export.place(0), &[]), "export");
        assert_eq!(Signal::value(Signal::Metrics.place(0), &[]), "metrics");
    }

    #[test]
    fn an_unregistered_destination_has_a_place_of_its_own() {
        let destinations = ["a".to_owned(), "b".to_owned()];
        assert_eq!(DestinationIdx(7).place(destinations.len()), 2);
        assert_eq!(DestinationIdx::value(1, &destinations), "b");
        assert_eq!(DestinationIdx::value(2, &destinations), UNREGISTERED);
        assert_eq!(DestinationIdx::count(&destinations), 3);
    }
}
