//! Identity of alerts: the name of the rule and the group, nothing else, so that an edit of a rule never orphans an alert.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::Group;

impl Group {
    /// Fingerprint of the alert that a rule of this name has for the group: `xxh3_64` of name, account and the other values, each
    /// followed by a zero byte.
    #[must_use]
    pub fn alert(&self, rule: &str) -> u64 {
        let account = self.account.as_ref().map_or("", |account| account.as_str());
        let parts = || [rule, account].into_iter().chain(self.rest.iter().map(|value| &**value));
        // Asked for each sample; a hash that takes its text bit by bit costs more to begin than most of these texts to hash.
        let mut text = [0; SHORT];
        let mut length = 0;
        for part in parts() {
            let Some(room) = text.get_mut(length..length + part.len()) else { return long(parts()) };
            room.copy_from_slice(part.as_bytes());
            length += part.len() + 1;
        }
        text.get(..length).map_or_else(|| long(parts()), xxh3_64)
    }
}

/// Names that are hashed in one go, in bytes.
const SHORT: usize = 240;

fn long<'a>(parts: impl Iterator<Item = &'a str>) -> u64 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AccountId;

    #[test]
    fn an_alert_is_known_by_rule_and_group() {
        let account = AccountId::parse("012345678901").ok();
        let group = Group { account, rest: ["eu-central-1".into(), "orders".into()].into() };
        assert_eq!(group.alert("Dlq"), xxh3_64(b"Dlq\x00012345678901\x00eu-central-1\0orders\0"));
        assert_eq!(Group::default().alert("PipelineLag"), xxh3_64(b"PipelineLag\0\0"));
    }

    #[test]
    fn values_do_not_run_into_each_other() {
        let of =
            |rest: &[&str]| Group { account: None, rest: rest.iter().map(|text| (*text).into()).collect() }.alert("r");
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_ne!(of(&["a"]), of(&["a", ""]));
    }

    #[test]
    fn a_long_name_is_hashed_as_a_short_one_is() {
        for length in (200..260).chain([4_000]) {
            let value = "v".repeat(length);
            let group = Group { account: None, rest: [value.as_str().into()].into() };
            assert_eq!(group.alert("r"), xxh3_64(format!("r\0\0{value}\0").as_bytes()));
        }
    }
}
