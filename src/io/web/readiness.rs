//! Whether Fanin can do its work: named checks, each set by whoever knows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The checks that must all hold before Fanin is ready. Clones are the same checks.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, Check>>>);

#[derive(Clone, Debug)]
enum Check {
    Holds,
    Missing(String),
}

impl Readiness {
    /// Checks that do not hold yet.
    #[must_use]
    pub fn new(checks: &[&'static str]) -> Self {
        let waiting = checks.iter().map(|check| (*check, Check::Missing("not done yet".to_owned()))).collect();
        Self(Arc::new(Mutex::new(waiting)))
    }

    /// The check holds from now on.
    pub fn ready(&self, check: &'static str) {
        self.set(check, Check::Holds);
    }

    /// The check does not hold from now on.
    pub fn not_ready(&self, check: &'static str, why: impl Into<String>) {
        self.set(check, Check::Missing(why.into()));
    }

    /// The checks that do not hold, and why; empty when Fanin is ready.
    #[must_use]
    pub fn missing(&self) -> BTreeMap<&'static str, String> {
        let checks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = checks.iter().filter_map(|(name, check)| match check {
            Check::Missing(why) => Some((*name, why.clone())),
            Check::Holds => None,
        });
        missing.collect()
    }

    fn set(&self, name: &'static str, check: Check) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_checks_must_hold() {
        let readiness = Readiness::new(&["directory", "sources"]);
        readiness.ready("directory");
        assert_eq!(readiness.missing(), BTreeMap::from([("sources", "not done yet".to_owned())]));
        readiness.ready("sources");
        assert!(readiness.missing().is_empty());
        readiness.not_ready("sources", "the stream is gone");
        assert_eq!(readiness.missing()["sources"], "the stream is gone");
    }
}
