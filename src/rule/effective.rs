//! The settings that count for an account: those of the rule, and over them its overrides in their order.

use super::{Override, Rule, Settings};
use crate::predicate::account::Account;
use crate::time::Timestamp;

/// The settings that count for an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The settings.
    pub settings: Settings,
    /// Fewer records say nothing.
    pub min_samples: u64,
    /// Which overrides apply, by their index, in their order.
    pub applied: Vec<usize>,
}

impl Rule {
    /// The settings that count for an account at a moment. Later overrides win, key by key; those whose time is over do not apply.
    #[must_use]
    pub fn effective(&self, account: &Account<'_>, at: Timestamp) -> Effective {
        let min_samples = self.measure().map_or(0, |measure| measure.min_samples);
        let mut effective = Effective { settings: self.settings.clone(), min_samples, applied: Vec::new() };
        for (index, one) in self.overrides.iter().enumerate() {
            if one.applies(account, at) {
                one.apply(&mut effective);
                effective.applied.push(index);
            }
        }
        effective
    }
}

impl Override {
    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= at)
    }

    /// Whether it is for that account, at that moment. All that it says of the account must hold.
    #[must_use]
    pub fn applies(&self, account: &Account<'_>, at: Timestamp) -> bool {
        let entry = account.entry;
        let tier = entry.and_then(|entry| entry.tier.as_deref());
        let region = entry.and_then(|entry| entry.region.as_ref()).map(|region| region.as_str());
        let fits =
            |wanted: &Option<Box<str>>, is: Option<&str>| wanted.as_deref().is_none_or(|wanted| is == Some(wanted));
        !self.is_expired(at)
            && self.account.is_none_or(|wanted| wanted == account.id)
            && fits(&self.tenant, entry.map(|entry| entry.tenant.as_str()))
            && fits(&self.tier, tier)
            && fits(&self.region, region)
            && self.matches.as_ref().is_none_or(|predicate| predicate.holds(account))
    }

    fn apply(&self, to: &mut Effective) {
        fn put<T: Clone>(given: Option<&T>, into: &mut T) {
            if let Some(given) = given {
                into.clone_from(given);
            }
        }
        fn put_some<T: Clone>(given: Option<&T>, into: &mut Option<T>) {
            if let Some(given) = given {
                *into = Some(given.clone());
            }
        }
        let settings = &mut to.settings;
        put(self.enabled.as_ref(), &mut settings.enabled);
        put_some(self.critical.as_ref(), &mut settings.critical);
        put_some(self.warning.as_ref(), &mut settings.warning);
        put_some(self.recover_critical.as_ref(), &mut settings.recover_critical);
        put_some(self.recover_warning.as_ref(), &mut settings.recover_warning);
        put(self.hold.as_ref(), &mut settings.hold);
        put(self.keep_firing_for.as_ref(), &mut settings.keep_firing_for);
        put(self.no_data.as_ref(), &mut settings.no_data);
        put(self.min_total.as_ref(), &mut settings.min_total);
        put(self.timeout.as_ref(), &mut settings.timeout);
        put(self.min_samples.as_ref(), &mut to.min_samples);
        if let Some(notify) = &self.notify {
            put_some(notify.critical.as_ref(), &mut settings.notify.critical);
            put_some(notify.warning.as_ref(), &mut settings.notify.warning);
            put_some(notify.route.as_ref(), &mut settings.notify.route);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::id::{AccountId, Region};
    use crate::rule::read::read;
    use crate::tenant::{Entry, State};

    const FILE: &str = "version: 1
rules:
  - alert: A
    kind: threshold
    from: logs
    value: count()
    window: 5m
    min_samples: 10
    critical: '>= 50'
    warning: '>= 20'
    notify: {critical: page, warning: ticket}
    overrides:
      - {tier: gold, critical: '>= 40', warning: '>= 8', min_samples: 1}
      - {tier: gold, region: eu-central-1, critical: '>= 30', notify: {critical: gold}}
      - {account: '111111111111', critical: '>= 400', until: 2026-12-31, why: load test, owner: jb}
";

    fn gold(id: &str) -> Entry {
        Entry {
            account: AccountId::parse(id).unwrap(),
            tenant: "acme".into(),
            name: None,
            tier: Some("gold".into()),
            region: Region::parse("eu-central-1").ok(),
            ou_path: None,
            state: State::Active,
            created: None,
            labels: BTreeMap::new(),
        }
    }

    fn rule() -> Rule {
        let (mut set, problems) = read(&[("r.yaml", FILE)]);
        assert_eq!(problems, []);
        set.rules.remove(0)
    }

    fn at(date: &str) -> Timestamp {
        crate::time::parse_rfc3339(date).unwrap().0
    }

    fn bounds(rule: &Rule, entry: &Entry, date: &str) -> (f64, f64, u64, Vec<usize>) {
        let effective = rule.effective(&Account { id: entry.account, entry: Some(entry) }, at(date));
        let bound = |condition: &Option<crate::rule::Condition>| condition.as_ref().unwrap().bound;
        let (critical, warning) = (bound(&effective.settings.critical), bound(&effective.settings.warning));
        (critical, warning, effective.min_samples, effective.applied)
    }

    #[test]
    fn of_conflicting_overrides_the_later_wins_key_by_key() {
        let rule = rule();
        let date = "2026-06-01T00:00:00Z";
        assert_eq!(bounds(&rule, &gold("222222222222"), date), (30.0, 8.0, 1, vec![0, 1]));
        assert_eq!(bounds(&rule, &gold("111111111111"), date), (400.0, 8.0, 1, vec![0, 1, 2]));
        let silver = Entry { tier: Some("silver".into()), ..gold("222222222222") };
        assert_eq!(bounds(&rule, &silver, date), (50.0, 20.0, 10, vec![]));
        let notify = rule
            .effective(&Account { id: silver.account, entry: Some(&gold("222222222222")) }, at(date))
            .settings
            .notify;
        assert_eq!((notify.critical.as_deref(), notify.warning.as_deref()), (Some("gold"), Some("ticket")));
    }

    #[test]
    fn an_override_ends_with_its_last_day() {
        let rule = rule();
        let account = gold("111111111111");
        assert_eq!(bounds(&rule, &account, "2026-12-31T23:59:59Z").0, 400.0);
        assert_eq!(bounds(&rule, &account, "2027-01-01T00:00:00Z").0, 30.0);
        let (set, _) = read(&[("r.yaml", FILE)]);
        assert_eq!(set.expired(at("2026-12-31T12:00:00Z")), []);
        let expired: Vec<String> = set.expired(at("2027-01-01T00:00:00Z")).iter().map(ToString::to_string).collect();
        assert_eq!(
            expired,
            [
                "W010 r.yaml:15:1 A.overrides[2]: the time of the override for account 111111111111 is over: take it out, or give it a new date"
            ]
        );
    }

    #[test]
    fn an_explanation_names_the_place_of_every_value() {
        let entry = gold("111111111111");
        let account = Account { id: entry.account, entry: Some(&entry) };
        let lines = crate::rule::explain::explain(&rule(), &account, at("2026-06-01T00:00:00Z"));
        let lines: Vec<String> =
            lines.iter().map(|line| format!("{}: {} <- {}", line.key, line.value, line.origin)).collect();
        insta::assert_debug_snapshot!(lines);
    }
}
