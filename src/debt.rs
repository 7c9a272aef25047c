//! What is owed for a delivery until everything made from it is safe.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::delivery::Settlement;

/// A part of the debt for one delivery. Parts are shared out to all that was made from it; when the last
/// one is gone, the delivery is settled: done if every part was paid, failed if a single one was dropped unpaid.
#[must_use = "a part that is dropped unpaid fails the delivery"]
pub struct Owed {
    debt: Arc<Debt>,
    paid: bool,
}

struct Debt {
    failed: AtomicBool,
    settle: Option<Box<dyn FnOnce(Settlement) + Send + Sync>>,
}

impl Owed {
    /// The whole debt; `settle` is called once, when the last part is gone.
    pub fn new(settle: impl FnOnce(Settlement) + Send + Sync + 'static) -> Self {
        let debt = Debt { failed: AtomicBool::new(false), settle: Some(Box::new(settle)) };
        Self { debt: Arc::new(debt), paid: false }
    }

    /// Another part of the same debt.
    pub fn share(&self) -> Self {
        Self { debt: Arc::clone(&self.debt), paid: false }
    }

    /// Pays this part: what it stood for is safe.
    pub fn pay(mut self) {
        self.paid = true;
    }
}

impl fmt::Debug for Owed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owed")
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if !self.paid {
            self.debt.failed.store(true, Ordering::Release);
        }
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        let settlement = if *self.failed.get_mut() { Settlement::Failed } else { Settlement::Done };
        if let Some(settle) = self.settle.take() {
            settle(settlement);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_delivery_is_done_only_when_every_part_was_paid(paid in prop::collection::vec(any::<bool>(), 0..20)) {
            let settled = Arc::new(Mutex::new(Vec::new()));
            let told = Arc::clone(&settled);
            let whole = Owed::new(move |settlement| told.lock().unwrap().push(settlement));
            let parts: Vec<_> = paid.iter().map(|paid| (whole.share(), *paid)).collect();
            whole.pay();
            for (part, paid) in parts {
                prop_assert!(settled.lock().unwrap().is_empty(), "settled while something is owed");
                if paid { part.pay() } else { drop(part) }
            }
            let expected = if paid.iter().all(|paid| *paid) { Settlement::Done } else { Settlement::Failed };
            prop_assert_eq!(&*settled.lock().unwrap(), &[expected]);
        }
    }
}
