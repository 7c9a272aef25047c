//! Of which accounts someone may see something.

use std::collections::BTreeSet;

/// The whole fleet, or named tenants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every account, and what is of no account.
    Fleet,
    /// Accounts of these tenants, and nothing else.
    Tenants(BTreeSet<String>),
}

impl Scope {
    /// Whether what is of this tenant may be seen. What is of no tenant (an empty id) is the fleet's.
    #[must_use]
    pub fn covers(&self, tenant: &str) -> bool {
        match self {
            Self::Fleet => true,
            Self::Tenants(tenants) => tenants.contains(tenant),
        }
    }

    /// Whether it is the whole fleet.
    #[must_use]
    pub const fn is_fleet(&self) -> bool {
        matches!(self, Self::Fleet)
    }
}
