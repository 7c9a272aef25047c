//! Identity of alerts: the name of the rule and the group, nothing else, so that an edit of a rule never orphans an alert.

use xxhash_rust::xxh3::Xxh3;

use super::Group;

impl Group {
    /// Fingerprint of the alert that a rule of this name has for the group: `xxh3_64` of name, account and the other values, each
    /// followed by a zero byte.
    #[must_use]
    pub fn alert(&self, rule: &str) -> u64 {
        let mut hash = Xxh3::new();
        let mut part = |text: &str| {
            hash.update(text.as_bytes());
            hash.update(&[0]);
        };
        part(rule);
        part(self.account.as_ref().map_or("", |account| account.as_str()));
        for value in &self.rest {
            part(value);
        }
        hash.digest()
    }
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

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
}
