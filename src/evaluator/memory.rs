//! What some kinds of rules remember of a group beside its buckets.

use serde::{Deserialize, Serialize};

use super::baseline::HourOfWeek;
use super::forecast::History;
use crate::time::Timestamp;

/// What a kind remembers of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Memory {
    /// `event`: time of the record that made the last episode.
    Event(Timestamp),
    /// `change`, by the window before: time of the first data.
    First(Timestamp),
    /// `change`, by the hour of the week.
    Hours(HourOfWeek),
    /// `forecast`.
    History(History),
}
