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
