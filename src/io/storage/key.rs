//! Names of objects.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use object_store::path::{Path, PathPart};

use crate::time::Timestamp;

/// The name of an object in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub(super) Path);

impl Key {
    /// A key of these parts. Characters that a part cannot hold, slashes among them, are percent-encoded.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(parts.into_iter().map(PathPart::from).collect())
    }

    /// A key that sorts by `now` among those of the same folder, and meets no other:
    /// `<folder>/<yyyy>/<mm>/<dd>/<time>-<random>.jsonl`.
    #[must_use]
    pub fn of_moment(folder: &[&str], now: Timestamp) -> Self {
        let (year, month, day) = now.date();
        let (year, month, day) = (format!("{year:04}"), format!("{month:02}"), format!("{day:02}"));
        let time = now.to_string().replace(['-', ':', '.', 'Z'], "");
        let nanos = now.nanos() % 1_000_000;
        let name = format!("{time}{nanos:06}Z-{:016x}.jsonl", RandomState::new().build_hasher().finish());
        Self::of(folder.iter().copied().chain([&*year, &month, &day, &name]))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_ref())
    }
}

/// An object that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub key: Key,
    /// Its size.
    pub bytes: u64,
    /// When it was last written.
    pub modified: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_moment_sorts_by_it() {
        let key = |nanos| Key::of_moment(&["spill", "a/b"], Timestamp::from_nanos(nanos)).to_string();
        let (first, second) = (key(1_583_425_836_114_000_009), key(1_583_425_836_114_000_010));
        assert!(first.starts_with("spill/a%2Fb/2020/03/05/20200305T163036114000009Z-"), "{first}");
        assert!(first < second, "{first} {second}");
        assert_ne!(first, key(1_583_425_836_114_000_009));
    }
}
