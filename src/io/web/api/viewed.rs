//! What endpoints that read the picture of the fleet share: words of parameters, and parts of lists.

use std::time::Duration;

use super::answer::Limit;
use super::cursor;
use super::refusal::Refusal;
use crate::api::List;
use crate::config::quantity::duration;
use crate::time::{Timestamp, parse_rfc3339};
use crate::view::View;
use crate::view::alerts::Part;
use crate::view::filter::Filter;

/// Words that stand in a list with commas, or in several parameters.
pub(super) fn words(given: &[String]) -> impl Iterator<Item = &str> {
    given.iter().flat_map(|words| words.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

/// Words of a list, each of which must be one that is known.
///
/// # Errors
/// With the first that is not.
pub(super) fn each<T>(name: &str, given: &[String], known: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Refusal> {
    let one = |word: &str| known(word).ok_or_else(|| Refusal::bad_parameter(name, format!("has no value {word:?}")));
    words(given).map(one).collect()
}

/// A word that must be one that is known; the default where there is none.
///
/// # Errors
/// When it is not known.
pub(super) fn word<T: Default>(
    name: &str,
    given: Option<&str>,
    known: impl Fn(&str) -> Option<T>,
) -> Result<T, Refusal> {
    given.map_or_else(
        || Ok(T::default()),
        |word| known(word).ok_or_else(|| Refusal::bad_parameter(name, format!("has no value {word:?}"))),
    )
}

/// What someone typed.
///
/// # Errors
/// When it cannot be read.
pub(super) fn typed(q: &str) -> Result<Filter, Refusal> {
    Filter::parse(q).map_err(|error| Refusal::bad_parameter("q", format!("cannot be read: {error}")))
}

/// How many items were given before.
///
/// # Errors
/// When the cursor is none.
pub(super) fn skipped(cursor: Option<&str>) -> Result<usize, Refusal> {
    cursor.map_or(Ok(0), cursor::decode::<usize>)
}

/// A part of a list as it is answered.
pub(super) fn listed<T>(part: Part<T>, skipped: usize, limit: Limit, view: &View) -> List<T> {
    let end = skipped.saturating_add(part.items.len());
    List {
        total: part.total as u64,
        exact: true,
        next: (end < part.total && !part.items.is_empty()).then(|| cursor::encode(&end)),
        notices: limit.notice.into_iter().chain(part.notices).collect(),
        as_of: view.at.into(),
        items: part.items,
    }
}

/// A moment: milliseconds since 1970, RFC 3339, `now`, or `now-1h`.
///
/// # Errors
/// When it is none of these.
pub(super) fn moment(name: &str, given: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    let refused = || {
        Refusal::bad_parameter(name, format!("is no moment: {given:?}"))
            .hint("a moment is 2026-11-22T02:39:31Z, milliseconds since 1970, now, or now-1h")
    };
    if let Ok(millis) = given.parse() {
        return Ok(Timestamp::from_millis(millis));
    }
    match given.strip_prefix("now") {
        Some("") => Ok(now),
        Some(ago) => {
            let ago: Duration = ago.strip_prefix('-').and_then(|ago| duration(ago).ok()).ok_or_else(refused)?;
            Ok(now.minus(ago))
        }
        None => parse_rfc3339(given).map(|(at, _)| at).ok_or_else(refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_absolute_or_from_now() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let read = |text: &str| moment("from", text, now).map(Timestamp::seconds);
        assert_eq!(read("now"), Ok(1_800_000_000));
        assert_eq!(read("now-1h"), Ok(1_799_996_400));
        assert_eq!(read("1800000000000"), Ok(1_800_000_000));
        assert_eq!(read("2027-01-15T08:00:00Z"), Ok(1_800_000_000));
        for text in ["", "now+1h", "now-", "yesterday"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_of_words_have_commas_or_come_several_times() {
        let given = ["a, b".to_owned(), "c,".to_owned()];
        assert_eq!(words(&given).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
