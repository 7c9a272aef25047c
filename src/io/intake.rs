//! The way from a source into the line: waits for room, decodes, queues, and tells when all of it is safe.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::delivery::{Delivery, Settlement};

/// The line has stopped taking; the source keeps the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("shutting down: nothing more is taken")]
pub struct Closed;

/// A cheap handle by which sources hand over deliveries.
#[derive(Clone, Debug)]
pub struct Intake {}

impl Intake {
    /// Takes a delivery: waits until there is room for it, decodes it and queues what came out.
    /// The receipt tells when all of it is safe. Cancel-safe before it returns: a delivery is taken whole or not at all.
    ///
    /// # Errors
    /// When the service is stopping.
    pub async fn submit(&self, delivery: Delivery) -> Result<Receipt, Closed> {
        let _ = delivery;
        Err(Closed)
    }
}

/// Resolves once everything made from one delivery is safe, or cannot be made so.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Settlement>);

impl Receipt {
    /// A receipt and the sender that settles it. A sender that is dropped settles it as failed.
    #[must_use]
    pub fn pair() -> (oneshot::Sender<Settlement>, Self) {
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
