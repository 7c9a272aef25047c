//! The keys of a rule over the defaults of its file.

use crate::config::problem::{Place, Position};
use crate::config::yaml::{Key, Node};
use crate::rule::Origin;

/// A rule as written, and the defaults of its file.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    /// The keys of the rule.
    pub(super) own: &'a [(Key, Node)],
    /// Those of `defaults`.
    pub(super) defaults: &'a [(Key, Node)],
    /// Where the rule stands.
    pub(super) place: &'a Place,
}

impl<'a> Layers<'a> {
    /// The value of a key: the rule's own, else the default of the file.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.own(key).or_else(|| member(self.defaults, key))
    }

    /// The value that the rule itself has.
    pub(super) fn own(&self, key: &str) -> Option<&'a Node> {
        member(self.own, key)
    }

    /// Defaults first, then what the rule has: for sections that are merged key by key.
    pub(super) fn both(&self, key: &str) -> impl Iterator<Item = &'a Node> + use<'a> {
        [member(self.defaults, key), self.own(key)].into_iter().flatten()
    }

    /// Where each key of the rule was written.
    pub(super) fn origins(&self, applies: impl Fn(&str) -> bool) -> Vec<Origin> {
        let own = self.own.iter().map(|(key, _)| origin(key, false));
        let inherited = self.defaults.iter().filter(|(key, _)| self.own(&key.text).is_none() && applies(&key.text));
        own.chain(inherited.map(|(key, _)| origin(key, true))).collect()
    }
}

fn origin(key: &Key, default: bool) -> Origin {
    Origin { key: key.text.as_str().into(), line: line(&key.place), default }
}

/// The member of that name.
pub(super) fn member<'a>(members: &'a [(Key, Node)], name: &str) -> Option<&'a Node> {
    members.iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
}

/// The line of a place; 0 where it has none.
pub(super) const fn line(place: &Place) -> u64 {
    match place.position {
        Position::Line { line, .. } => line,
        Position::Whole | Position::Flag(_) | Position::Variable(_) => 0,
    }
}

/// The place of a key, called by the section that it stands in.
pub(super) fn section_of(key: &Key) -> Place {
    let name = key.place.key.strip_suffix(key.text.as_str()).unwrap_or_default().trim_end_matches('.');
    Place { position: key.place.position.clone(), key: name.into() }
}
