//! What is forwarded of an account that takes more than its share.

use std::collections::HashMap;

use crate::id::AccountId;
use crate::record::severity::Severity;

/// How much of an account's records is forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// Everything: the account is within its share.
    #[default]
    All,
    /// Not what is below INFO.
    FromInfo,
    /// Not what is below WARN.
    FromWarn,
    /// Not what is below ERROR.
    FromError,
}

impl Admission {
    /// Whether a record of this severity is forwarded. A record without severity counts as INFO.
    #[must_use]
    pub fn forwards(self, severity: Severity) -> bool {
        let severity = if severity == Severity::UNSPECIFIED { Severity::INFO } else { severity };
        match self {
            Self::All => true,
            Self::FromInfo => severity >= Severity::INFO,
            Self::FromWarn => severity >= Severity::WARN,
            Self::FromError => severity >= Severity::ERROR,
        }
    }
}

/// The accounts that are over their share; all others are admitted whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admissions(HashMap<AccountId, Admission>);

impl Admissions {
    /// What is forwarded of an account.
    #[must_use]
    pub fn of(&self, account: AccountId) -> Admission {
        if self.0.is_empty() {
            return Admission::All;
        }
        self.0.get(&account).copied().unwrap_or_default()
    }

    /// Sets what is forwarded of an account.
    pub fn set(&mut self, account: AccountId, admission: Admission) {
        let _ = match admission {
            Admission::All => self.0.remove(&account),
            Admission::FromInfo | Admission::FromWarn | Admission::FromError => self.0.insert(account, admission),
        };
    }

    /// For each account the stricter of two.
    #[must_use]
    pub fn strictest(mut self, other: Self) -> Self {
        for (account, admission) in other.0 {
            let stricter = self.of(account).max(admission);
            self.set(account, stricter);
        }
        self
    }

    /// How many accounts are over their share.
    #[must_use]
    pub fn over(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_lanes_the_stricter_one_decides() {
        let account = AccountId::parse("111122223333").unwrap();
        let mut strict = Admissions::default();
        strict.set(account, Admission::FromError);
        let mut mild = Admissions::default();
        mild.set(account, Admission::FromInfo);
        assert_eq!(mild.clone().strictest(strict.clone()), strict);
        assert_eq!(strict.clone().strictest(mild), strict);
    }

    #[test]
    fn errors_go_last() {
        let severities =
            [Severity::DEBUG, Severity::UNSPECIFIED, Severity::INFO, Severity::WARN, Severity::ERROR, Severity::FATAL];
        let forwarded =
            |admission: Admission| severities.iter().filter(|severity| admission.forwards(**severity)).count();
        let admissions = [Admission::All, Admission::FromInfo, Admission::FromWarn, Admission::FromError];
        assert_eq!(admissions.map(forwarded), [6, 5, 3, 2]);
    }
}
