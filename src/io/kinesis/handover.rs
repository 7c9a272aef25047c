//! The way of one shard's records into the line, and of what became of them back into the checkpoint.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::time::{Duration, sleep};

use super::Context;
use super::status::ShardKey;
use super::stream::Answer;
use crate::delivery::{Delivery, Payload, Settlement};
use crate::io::clock;
use crate::io::telemetry::Counter;
use crate::shard::Position;
use crate::shard::backoff::Backoff;
use crate::shard::batch::{self, ShardRecord};
use crate::shard::ledger::{Ledger, Phase, Ticket};
use crate::shard::plan::Listed;
use crate::snapshot::Checkpoint;
use crate::time::Timestamp;

/// Deliveries of one shard after its checkpoint at which it is read no further. One read may pass it by what it gave, at
/// most 20 deliveries. Bounds what a crash repeats; what memory holds is bounded by the intake.
const DELIVERIES_OPEN_MAX: usize = 32;

/// The reader was asked to stop, or the line takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped;

/// What is under way of one shard.
pub(super) struct Handover {
    context: Arc<Context>,
    shard: ShardKey,
    ledger: Ledger,
    receipts: FuturesUnordered<BoxFuture<'static, (Ticket, Settlement)>>,
    /// Settlements that failed in a row.
    failures: Backoff,
}

impl Handover {
    pub(super) fn new(context: Arc<Context>, shard: &str, start: Position) -> Self {
        let shard = (Arc::clone(&context.origin.name), shard.into());
        context.shards.update(&shard, |_| {});
        let (receipts, failures) = (FuturesUnordered::new(), Backoff::default());
        Self { context, shard, ledger: Ledger::new(start), receipts, failures }
    }

    pub(super) fn shard(&self) -> &ShardKey {
        &self.shard
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Begins elsewhere than it was told. Only for a shard of which nothing was handed over.
    pub(super) fn begin_at(&mut self, start: Position) {
        self.ledger = Ledger::new(start);
    }

    /// Does a piece of work while deliveries settle. Stops when the reader is asked to, dropping the work.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        let stop = self.context.stop.clone();
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Stopped),
                () = self.settled() => {}
                done = &mut work => return Ok(done),
            }
        }
    }

    /// Does nothing for a while but note settlements.
    pub(super) async fn pause(&mut self, wait: Duration) -> Result<(), Stopped> {
        self.during(sleep(wait)).await
    }

    /// Waits until the reader may read on (`Reading`), or must read again from the ledger's position, which went back
    /// because a delivery failed (`Failed`), or has nothing more to do (`Finished`).
    pub(super) async fn until_open(&mut self) -> Result<Phase, Stopped> {
        loop {
            match self.ledger.phase() {
                Phase::Finished => return Ok(Phase::Finished),
                Phase::Failed => return self.rewind().await,
                Phase::Reading if self.ledger.n_open() < DELIVERIES_OPEN_MAX => return Ok(Phase::Reading),
                Phase::Reading | Phase::Draining => self.wait_for_settlement().await?,
            }
        }
    }

    /// Notes an answer and hands over its records, but for those that were handed over before. `asked` is when it was asked for:
    /// what arrived later may be missing in it although it says that nothing was left.
    pub(super) async fn take(&mut self, answer: Answer, asked: Timestamp) -> Result<(), Stopped> {
        let records: Vec<ShardRecord> = answer.records.into_iter().filter(|record| self.ledger.wants(record)).collect();
        let last_arrived = records.last().map(|record| record.arrived);
        self.note_read(answer.behind, &records);
        let caught_up = answer.behind.is_zero().then_some(asked);
        for batch in batch::cut(&self.shard.1, records) {
            let intake = self.context.intake.clone();
            let delivery = Delivery {
                origin: self.context.origin.clone(),
                payload: Payload::Records(batch.records),
                accounts: None,
            };
            let receipt = self.during(intake.submit(delivery)).await?.map_err(|_| Stopped)?;
            let ticket = self.ledger.hand_over(batch.last);
            self.receipts.push(Box::pin(async move { (ticket, receipt.await) }));
        }
        // Only now, when all that came is under way: else the rules would be told that nothing is left.
        self.context.intake.progress().read(&self.shard, last_arrived, caught_up);
        self.show_open();
        Ok(())
    }

    /// Notes that the end of the shard was reached, out of which these came.
    pub(super) fn end(&mut self, children: &[Listed]) {
        let children = children.iter().map(|child| (Arc::clone(&self.shard.0), child.id.as_str().into()));
        self.context.intake.progress().close(&self.shard, children);
        if let Some(checkpoint) = self.ledger.end() {
            self.move_checkpoint(checkpoint);
        }
    }

    /// Waits until everything under way is settled, and tells where to read on. Whoever bounds the time drops this.
    pub(super) async fn drain(mut self) -> Position {
        while !self.receipts.is_empty() {
            self.settled().await;
        }
        self.ledger.rewind();
        self.ledger.position()
    }

    /// Waits for the next settlement and notes it; for ever if nothing is under way. Cancel-safe.
    async fn settled(&mut self) {
        let Some((ticket, settlement)) = self.receipts.next().await else {
            return std::future::pending().await;
        };
        if let Some(checkpoint) = self.ledger.settle(ticket, settlement) {
            self.failures.succeed();
            self.move_checkpoint(checkpoint);
        }
        self.show_open();
    }

    async fn wait_for_settlement(&mut self) -> Result<(), Stopped> {
        let stop = self.context.stop.clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Stopped),
            () = self.settled() => Ok(()),
        }
    }

    async fn rewind(&mut self) -> Result<Phase, Stopped> {
        self.ledger.rewind();
        self.show_open();
        let wait = self.failures.fail(super::random());
        let (stream, shard) = (&*self.shard.0, &*self.shard.1);
        tracing::warn!(stream, shard, from = ?self.ledger.position(), ?wait, "a delivery failed; reading the shard again");
        self.pause(wait).await?;
        Ok(Phase::Failed)
    }

    fn move_checkpoint(&self, checkpoint: Checkpoint) {
        self.context.checkpoints.set(&self.shard.0, &self.shard.1, checkpoint);
    }

    fn note_read(&self, behind: Duration, records: &[ShardRecord]) {
        let read = clock::now();
        let n_records = records.len() as u64;
        let bytes: u64 = records.iter().map(|record| record.data.len() as u64).sum();
        self.context.telemetry.shard_behind(&self.shard.0, &self.shard.1, behind);
        self.context.telemetry.count(Counter::KinesisRecords, n_records);
        self.context.telemetry.count(Counter::KinesisBytes, bytes);
        self.context.note_proof();
        self.context.shards.update(&self.shard, |status| {
            status.behind = Some(behind);
            status.last_read = Some(read);
            status.records += n_records;
            status.bytes += bytes;
            status.error = None;
        });
    }

    fn show_open(&self) {
        self.context.shards.update(&self.shard, |status| status.deliveries_open = self.ledger.n_open());
    }
}
