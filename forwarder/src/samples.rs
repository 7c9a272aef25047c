//! Takes what rules took of each record and sends it to the stream that `fanin run` reads. A record is safe only when this is.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fanin::chunk::Chunk;
use fanin::debt::Owed;
use fanin::delivery::Payload;
use fanin::io::line::{Onlooker, Passage};
use fanin::io::put::{Entry, Sink};
use fanin::letter::Letter;
use fanin::report::{Mark, Packet, Report, pack};
use fanin::sample::Sampling;
use tokio::sync::{Notify, oneshot};
use xxhash_rust::xxh3::Xxh3;

use crate::event::LOGS_POSITION;

/// How long reports wait for others: one invocation's come within milliseconds of each other.
const GATHER_WAIT: Duration = Duration::from_millis(10);

/// What came out of a record, for the archive.
#[derive(Debug, Default)]
pub struct Made {
    /// Encoded records.
    pub chunks: Vec<Chunk>,
    /// Whether some of it could not be used.
    pub has_rejects: bool,
}

/// Looks at what passes, and sends it on.
#[derive(Debug)]
pub struct Samples {
    sampling: Arc<Sampling>,
    sink: Option<Sink>,
    waiting: Mutex<Vec<(Report, Owed)>>,
    filled: Notify,
    /// Who wants to see what comes out of the record at a position.
    wanted: Mutex<HashMap<Box<str>, oneshot::Sender<Made>>>,
}

impl Samples {
    /// Takes samples by these rules. Without a stream they go nowhere.
    #[must_use]
    pub fn new(sampling: Sampling, sink: Option<Sink>) -> Self {
        Self {
            sampling: Arc::new(sampling),
            sink,
            waiting: Mutex::default(),
            filled: Notify::new(),
            wanted: Mutex::default(),
        }
    }

    /// Tells what comes out of the record at that position, once it was processed.
    pub fn want(&self, position: &str) -> oneshot::Receiver<Made> {
        let (sender, receiver) = oneshot::channel();
        let _ = lock(&self.wanted).insert(position.into(), sender);
        receiver
    }

    /// Sends what waits, again and again. Ends with the task that runs it.
    pub async fn run(self: Arc<Self>) {
        loop {
            self.filled.notified().await;
            tokio::time::sleep(GATHER_WAIT).await;
            let waiting = std::mem::take(&mut *lock(&self.waiting));
            self.send(waiting).await;
        }
    }

    /// Says how far this shard was read; what was read before is safe. What cannot be said now is said with the next batch.
    pub async fn mark(&self, mark: Mark) {
        let Some(sink) = &self.sink else { return };
        let key = mark.shard.to_string();
        let data = Packet { reports: Vec::new(), marks: vec![mark] }.to_bytes();
        if let Some(Err(error)) = sink.put(vec![Entry { key, data }]).await.pop() {
            tracing::warn!(error = %error, "fanin run is not told how far the stream was read");
        }
    }

    async fn send(&self, waiting: Vec<(Report, Owed)>) {
        let Some(sink) = &self.sink else { return waiting.into_iter().for_each(|(_, owed)| owed.pay()) };
        let (reports, mut owed): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|(report, owed)| (report, Some(owed))).unzip();
        let parcels = pack(reports);
        let mut left: BTreeMap<usize, usize> = BTreeMap::new();
        parcels.iter().flat_map(|parcel| &parcel.reports).for_each(|report| *left.entry(*report).or_default() += 1);
        let (entries, of): (Vec<_>, Vec<_>) =
            parcels.into_iter().map(|parcel| (Entry { key: parcel.key, data: parcel.data }, parcel.reports)).unzip();
        for (result, reports) in sink.put(entries).await.into_iter().zip(of) {
            if let Err(error) = result {
                tracing::error!(error = %error, reports = reports.len(), "samples are not in the stream; their records come again");
                continue;
            }
            for report in reports {
                if let Some(parts) = left.get_mut(&report) {
                    *parts -= 1;
                }
            }
        }
        for (report, parts) in left {
            if let Some(owed) = owed.get_mut(report).and_then(Option::take).filter(|_| parts == 0) {
                owed.pay();
            }
        }
    }
}

impl Onlooker for Samples {
    fn sampling(&self) -> Arc<Sampling> {
        Arc::clone(&self.sampling)
    }

    /// The delivery is one record, so the output is what came out of it.
    fn observe(&self, passage: Passage<'_>) {
        let Payload::Records(records) = &passage.delivery.payload else { return };
        let Some(record) = records.first() else { return };
        if let Some(sender) = lock(&self.wanted).remove(&record.position) {
            let made = Made { chunks: passage.output.chunks.clone(), has_rejects: !passage.output.rejects.is_empty() };
            // Who wanted it may have run out of time.
            drop(sender.send(made));
        }
        if self.sink.is_none() {
            return;
        }
        let origin = &passage.delivery.origin;
        let id = id(&origin.name, &record.position, &record.data);
        if let Some(mut report) = Report::take(id, record.arrived, passage.output, passage.sampling) {
            report.from = record.position.split_once(':').map(|(shard, _)| (origin.name.as_ref().into(), shard.into()));
            lock(&self.waiting).push((report, passage.owed.share()));
            self.filled.notify_one();
        }
    }

    fn offer(&self, _: &Chunk) {}

    fn burying(&self, _: &[Letter]) -> Box<dyn FnOnce() + Send> {
        Box::new(|| {})
    }
}

/// The same for the same record, however often it comes. A log group's payload has no place of its own, and is known by what it holds.
fn id(origin: &str, position: &str, data: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    let data = if position == LOGS_POSITION { data } else { b"" };
    for part in [origin.as_bytes(), position.as_bytes(), data] {
        hash.update(&part.len().to_le_bytes());
        hash.update(part);
    }
    hash.digest()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
