//! What looks at telemetry as it passes, and decides nothing: the rules, the page's store, a forwarder's samples.

use std::fmt::Debug;
use std::sync::Arc;

use crate::chunk::Chunk;
use crate::debt::Owed;
use crate::delivery::Delivery;
use crate::letter::Letter;
use crate::processor::output::Output;
use crate::sample::Sampling;
use crate::tenant::Directory;

/// Looks at what passes through the line.
pub trait Onlooker: Debug + Send + Sync {
    /// What workers take samples by.
    fn sampling(&self) -> Arc<Sampling>;

    /// Takes what the rules took from a unit of a delivery, before anything of it can be acknowledged: so no checkpoint is ever
    /// ahead of what the rules have seen.
    fn observe(&self, passage: Passage<'_>);

    /// Looks at a chunk before it leaves. Never waits.
    fn offer(&self, chunk: &Chunk);

    /// Looks at letters that are being buried; what it gives is called once they are safe.
    fn burying(&self, letters: &[Letter]) -> Box<dyn FnOnce() + Send>;
}

/// A unit of a delivery that was processed.
#[derive(Debug)]
pub struct Passage<'a> {
    /// The delivery.
    pub delivery: &'a Delivery,
    /// By which samples were taken.
    pub sampling: &'a Sampling,
    /// By which accounts were tagged.
    pub directory: &'a Directory,
    /// What came out of it, and of units before that were not handed over yet. Messages may be taken.
    pub output: &'a mut Output,
    /// What is owed for the delivery; who needs time takes a share, and pays it when done.
    pub owed: &'a Owed,
}
