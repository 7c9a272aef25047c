//! The way from a source into the line: waits for room, hands over, and tells when all of it is safe.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::delivery::{Delivery, Settlement};
use crate::io::clock;
use crate::io::progress::{ProgressHandle, Unobserved};

/// Deliveries that wait for a worker. Few: the memory budget is the real bound.
const DELIVERIES_WAITING_MAX: usize = 64;

/// The line has stopped taking; the source keeps the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("shutting down: nothing more is taken")]
pub struct Closed;

/// A cheap handle by which sources hand over deliveries.
#[derive(Clone, Debug)]
pub struct Intake {
    budget: Arc<Semaphore>,
    budget_bytes: u32,
    sender: mpsc::Sender<Taken>,
    progress: ProgressHandle,
}

/// A delivery that was taken, and what is owed for it.
#[derive(Debug)]
pub struct Taken {
    /// The delivery.
    pub delivery: Delivery,
    /// Settles the receipt. Dropped without a word, the delivery counts as failed.
    pub settle: oneshot::Sender<Settlement>,
    /// Its part of the memory budget, held until it is settled.
    pub permit: OwnedSemaphorePermit,
    /// Dropped once the rules have seen it.
    pub unobserved: Unobserved,
}

impl Intake {
    /// An intake that holds at most `budget_bytes` of deliveries, and the end at which they come out.
    #[must_use]
    pub fn new(budget_bytes: u32) -> (Self, mpsc::Receiver<Taken>) {
        let (sender, receiver) = mpsc::channel(DELIVERIES_WAITING_MAX);
        let budget = Arc::new(Semaphore::new(budget_bytes as usize));
        (Self { budget, budget_bytes, sender, progress: ProgressHandle::default() }, receiver)
    }

    /// Hands over a delivery once there is room for it; one that is larger than the whole budget waits for all of it.
    /// The receipt tells when everything made from it is safe. Cancel-safe: dropped before it returns, nothing was taken.
    ///
    /// # Errors
    /// When the service is stopping.
    pub async fn submit(&self, delivery: Delivery) -> Result<Receipt, Closed> {
        let unobserved = self.progress.begin(delivery.payload.arrived().unwrap_or_else(clock::now));
        let bytes = u32::try_from(delivery.payload.bytes()).unwrap_or(u32::MAX).clamp(1, self.budget_bytes);
        let permit = Arc::clone(&self.budget).acquire_many_owned(bytes).await.map_err(|_| Closed)?;
        let slot = self.sender.reserve().await.map_err(|_| Closed)?;
        let (settle, receipt) = Receipt::pair();
        slot.send(Taken { delivery, settle, permit, unobserved });
        Ok(receipt)
    }

    /// Waits until everything that was taken is settled. Meanwhile and afterwards nothing more is taken: what waits for room
    /// learns that the intake is closed.
    pub async fn close(&self) {
        // Those who ask for room later stand behind this in the line.
        let whole = self.budget.acquire_many(self.budget_bytes).await;
        self.budget.close();
        drop(whole);
    }

    /// How far the pipeline has seen, as far as deliveries tell; sources with positions tell the rest.
    #[must_use]
    pub const fn progress(&self) -> &ProgressHandle {
        &self.progress
    }

    /// Bytes of the budget that are in use.
    #[must_use]
    pub fn bytes_in_use(&self) -> usize {
        self.usage().bytes_in_use()
    }

    /// A view of the budget that does not keep the intake open.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage { budget: Arc::clone(&self.budget), budget_bytes: self.budget_bytes }
    }
}

/// A view of the budget of an intake.
#[derive(Clone, Debug)]
pub struct Usage {
    budget: Arc<Semaphore>,
    budget_bytes: u32,
}

impl Usage {
    /// Bytes of the budget that are in use.
    #[must_use]
    pub fn bytes_in_use(&self) -> usize {
        (self.budget_bytes as usize).saturating_sub(self.budget.available_permits())
    }
}

/// Resolves once everything made from one delivery is safe, or cannot be made so.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Settlement>);

impl Receipt {
    fn pair() -> (oneshot::Sender<Settlement>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }
}

impl Future for Receipt {
    type Output = Settlement;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Settlement> {
        Pin::new(&mut self.0).poll(context).map(|settled| settled.unwrap_or(Settlement::Failed))
    }
}
