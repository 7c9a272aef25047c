//! The far end of an intake: takes deliveries, remembers them, and settles them as the test says.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::{Arc, Mutex};

use fanin::delivery::{Delivery, Payload, Settlement};
use fanin::io::intake::{Intake, Taken};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// What to do with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Settle(Settlement),
    /// Keep it until the test says more.
    Hold,
}

pub(crate) const DONE: Verdict = Verdict::Settle(Settlement::Done);
pub(crate) const FAILED: Verdict = Verdict::Settle(Settlement::Failed);

/// A record as it came out of the intake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) shard: String,
    pub(crate) sequence_number: String,
    pub(crate) text: String,
}

/// The far end of an intake.
pub(crate) struct Line {
    pub(crate) intake: Intake,
    inner: Arc<Mutex<Inner>>,
    task: JoinHandle<()>,
}

type Judge = Box<dyn FnMut(&[Arrival]) -> Verdict + Send>;

struct Inner {
    arrivals: Vec<Arrival>,
    origins: Vec<(String, Option<String>)>,
    held: Vec<Taken>,
    judge: Judge,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Line {
    /// A line whose deliveries meet the verdict of `judge`.
    pub(crate) fn new(judge: impl FnMut(&[Arrival]) -> Verdict + Send + 'static) -> Self {
        Self::with_budget(64 * 1024 * 1024, judge)
    }

    pub(crate) fn with_budget(budget_bytes: u32, judge: impl FnMut(&[Arrival]) -> Verdict + Send + 'static) -> Self {
        let (intake, taken) = Intake::new(budget_bytes);
        let inner = Inner { arrivals: Vec::new(), origins: Vec::new(), held: Vec::new(), judge: Box::new(judge) };
        let inner = Arc::new(Mutex::new(inner));
        let task = tokio::spawn(take_all(taken, Arc::clone(&inner)));
        Self { intake, inner, task }
    }

    /// Everything that came, in the order in which it came.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.inner.lock().unwrap().arrivals.clone()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.arrivals().into_iter().map(|arrival| arrival.text).collect()
    }

    pub(crate) fn n_arrivals(&self) -> usize {
        self.inner.lock().unwrap().arrivals.len()
    }

    /// Name and Region of the origin of each delivery.
    pub(crate) fn origins(&self) -> Vec<(String, Option<String>)> {
        self.inner.lock().unwrap().origins.clone()
    }

    /// From now on this verdict holds, for deliveries that are held as well.
    pub(crate) fn settle_all(&self, settlement: Settlement) {
        let mut inner = self.inner.lock().unwrap();
        inner.judge = Box::new(move |_| Verdict::Settle(settlement));
        for taken in inner.held.drain(..) {
            let _reader_may_be_gone = taken.settle.send(settlement);
        }
    }
}

async fn take_all(mut taken: Receiver<Taken>, inner: Arc<Mutex<Inner>>) {
    while let Some(taken) = taken.recv().await {
        let mut inner = inner.lock().unwrap();
        let arrivals = arrivals(&taken.delivery);
        inner.arrivals.extend(arrivals.iter().cloned());
        let origin = &taken.delivery.origin;
        inner.origins.push((origin.name.to_string(), origin.region.map(|region| region.to_string())));
        match (inner.judge)(&arrivals) {
            Verdict::Settle(settlement) => {
                let _reader_may_be_gone = taken.settle.send(settlement);
            }
            Verdict::Hold => inner.held.push(taken),
        }
    }
}

fn arrivals(delivery: &Delivery) -> Vec<Arrival> {
    let Payload::Records(records) = &delivery.payload else { panic!("a shard gives records") };
    let arrival = |record: &fanin::delivery::RawRecord| {
        let (shard, sequence_number) = record.position.split_once(':').unwrap();
        let text = String::from_utf8_lossy(&record.data).into_owned();
        Arrival { shard: shard.into(), sequence_number: sequence_number.into(), text }
    };
    records.iter().map(arrival).collect()
}
