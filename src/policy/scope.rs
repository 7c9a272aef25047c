//! Whether an item of the policy is for some records.

use crate::config::policy::Scope;
use crate::policy::Whose;

/// Whether each list that is not empty has the record's own.
pub(super) fn holds(scope: &Scope, whose: &Whose<'_>) -> bool {
    (scope.accounts.is_empty() || scope.accounts.contains(&whose.account))
        && (scope.tenants.is_empty() || scope.tenants.contains(whose.tenant))
        && (scope.tiers.is_empty() || scope.tiers.contains(whose.tier))
        && (scope.log_groups.is_empty() || scope.log_groups.iter().any(|glob| glob.matches(whose.log_group)))
}
