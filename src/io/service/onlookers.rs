//! Who looks at what passes through the line: the rules at work, and the page's store.

use std::sync::Arc;

use crate::chunk::Chunk;
use crate::io::alerting::AlertingHandle;
use crate::io::line::{Onlooker, Passage};
use crate::io::store::StoreHandle;
use crate::letter::Letter;
use crate::sample::Sampling;

/// The rules and the store.
#[derive(Debug)]
pub(super) struct Onlookers {
    pub(super) alerting: AlertingHandle,
    pub(super) store: StoreHandle,
}

impl Onlooker for Onlookers {
    fn sampling(&self) -> Arc<Sampling> {
        self.alerting.sampling()
    }

    fn observe(&self, passage: Passage<'_>) {
        self.alerting.observe(passage.sampling, &mut passage.output.messages, passage.directory);
    }

    fn offer(&self, chunk: &Chunk) {
        self.store.offer(chunk);
    }

    fn burying(&self, letters: &[Letter]) -> Box<dyn FnOnce() + Send> {
        Box::new(self.store.burying(letters))
    }
}
