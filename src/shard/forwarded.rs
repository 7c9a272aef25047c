//! Shards of a stream that another program reads: which of them are open, and out of which they came.

use std::collections::{BTreeMap, BTreeSet};

/// A shard as the stream lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// The shards that it came out of.
    pub parents: Vec<String>,
    /// The lowest hash key that leads into it; `None` once it is closed.
    pub hash_key: Option<String>,
}

/// The open shards, and the lowest hash key that leads into each.
#[derive(Clone, Debug, Default)]
pub struct Forwarded {
    open: BTreeMap<String, String>,
}

/// What a listing changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Shards that nothing more is put into, parents before children, and what came out of each. One that was opened and closed
    /// since the last listing is here as well.
    pub closed: Vec<(String, Vec<String>)>,
    /// Shards that are gone, and nothing came out of them.
    pub gone: Vec<String>,
    /// Shards that were not open before.
    pub opened: Vec<String>,
}

impl Forwarded {
    /// Takes a listing of the whole stream.
    pub fn list(&mut self, listed: &[Seen]) -> Changes {
        let by_id: BTreeMap<&str, &Seen> = listed.iter().map(|shard| (shard.id.as_str(), shard)).collect();
        let mut children: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for shard in by_id.values() {
            for parent in &shard.parents {
                children.entry(parent).or_default().push(shard.id.clone());
            }
        }
        let is_open = |id: &str| by_id.get(id).is_some_and(|shard| shard.hash_key.is_some());
        let mut changes = Changes::default();
        // Ids count up, so a child comes after its parents.
        let mut ended: BTreeSet<String> = self.open.keys().filter(|id| !is_open(id)).cloned().collect();
        while let Some(id) = ended.pop_first() {
            match children.get(id.as_str()) {
                Some(came_out) => {
                    ended.extend(came_out.iter().filter(|child| !is_open(child)).cloned());
                    let _ = self.open.remove(&id);
                    changes.closed.push((id, came_out.clone()));
                }
                // The next listing has what came out of it; until then it is held open, wherever its heartbeats go.
                None if by_id.contains_key(id.as_str()) => {
                    let _ = self.open.entry(id).or_insert_with(|| "0".into());
                }
                None => {
                    let _ = self.open.remove(&id);
                    changes.gone.push(id);
                }
            }
        }
        for shard in listed {
            let Some(hash_key) = &shard.hash_key else { continue };
            if self.open.insert(shard.id.clone(), hash_key.clone()).is_none() {
                changes.opened.push(shard.id.clone());
            }
        }
        changes
    }

    /// The open shards, and the lowest hash key that leads into each.
    pub fn open(&self) -> impl Iterator<Item = (&str, &str)> {
        self.open.iter().map(|(id, hash_key)| (id.as_str(), hash_key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parents: &[&str], hash_key: Option<&str>) -> Seen {
        let parents = parents.iter().map(|&parent| parent.to_owned()).collect();
        Seen { id: id.into(), parents, hash_key: hash_key.map(str::to_owned) }
    }

    fn texts(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|&id| id.to_owned()).collect()
    }

    fn closed(pairs: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        pairs.iter().map(|(id, children)| ((*id).to_owned(), texts(children))).collect()
    }

    #[test]
    fn at_first_what_is_open_is_opened_and_what_was_closed_before_is_nobodys_business() {
        let mut forwarded = Forwarded::default();
        let listed = [shard("0", &[], None), shard("1", &["0"], Some("0")), shard("2", &["0"], Some("50"))];
        assert_eq!(forwarded.list(&listed), Changes { opened: texts(&["1", "2"]), ..Changes::default() });
        assert_eq!(forwarded.open().collect::<Vec<_>>(), [("1", "0"), ("2", "50")]);
        assert_eq!(forwarded.list(&listed), Changes::default());
    }

    #[test]
    fn a_split_closes_the_parent_into_its_children_also_when_they_were_split_meanwhile() {
        let mut forwarded = Forwarded::default();
        let _ = forwarded.list(&[shard("0", &[], Some("0"))]);
        let listed = [
            shard("0", &[], None),
            shard("1", &["0"], Some("0")),
            shard("2", &["0"], None),
            shard("3", &["2"], Some("50")),
            shard("4", &["2"], Some("75")),
        ];
        let changes = forwarded.list(&listed);
        assert_eq!(changes.closed, closed(&[("0", &["1", "2"]), ("2", &["3", "4"])]));
        assert_eq!(changes.opened, texts(&["1", "3", "4"]));
        assert_eq!(forwarded.open().map(|(id, _)| id).collect::<Vec<_>>(), ["1", "3", "4"]);
    }

    #[test]
    fn a_merge_closes_both_parents_into_one_child() {
        let mut forwarded = Forwarded::default();
        let _ = forwarded.list(&[shard("0", &[], Some("0")), shard("1", &[], Some("50"))]);
        let listed = [shard("0", &[], None), shard("1", &[], None), shard("2", &["0", "1"], Some("0"))];
        let changes = forwarded.list(&listed);
        assert_eq!(changes.closed, closed(&[("0", &["2"]), ("1", &["2"])]));
        assert_eq!(changes.opened, texts(&["2"]));
    }

    #[test]
    fn a_closed_shard_whose_children_are_not_listed_yet_goes_on_holding_everything_up() {
        let mut forwarded = Forwarded::default();
        let _ = forwarded.list(&[shard("0", &[], Some("0"))]);
        assert_eq!(forwarded.list(&[shard("0", &[], None)]), Changes::default());
        assert_eq!(forwarded.open().count(), 1);
    }

    #[test]
    fn a_shard_that_the_stream_dropped_is_gone_and_its_children_go_on_from_it() {
        let mut forwarded = Forwarded::default();
        let _ = forwarded.list(&[shard("0", &[], Some("0")), shard("1", &[], Some("50"))]);
        let changes = forwarded.list(&[shard("2", &["0"], Some("0"))]);
        assert_eq!(changes.closed, closed(&[("0", &["2"])]));
        assert_eq!(changes.gone, texts(&["1"]));
        assert_eq!(changes.opened, texts(&["2"]));
    }
}
