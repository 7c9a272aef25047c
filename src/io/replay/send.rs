//! Sends items, several at once, and tells what became of each.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::Line;
use crate::delivery::{Delivery, Payload, Settlement};
use crate::export::Verdict;
use crate::id::Signal;
use crate::io::clock;
use crate::letter::{Letter, part};
use crate::reject::Reason;
use crate::replay::{Content, Item};

/// Items under way at once, and their bytes.
const UNDER_WAY_MAX: usize = 32;
const UNDER_WAY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Records that go in together, and their bytes: as many as a source would hand over.
const DELIVERY_RECORDS_MAX: usize = 500;
const DELIVERY_BYTES_MAX: usize = 512 * 1024;

/// Tries of one request before its destination is given up for this run.
const ATTEMPTS_MAX: u32 = 6;

/// What became of one thing that was sent.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) position: String,
    pub(super) items: u64,
    pub(super) result: Result<Accepted, String>,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accepted {
    /// Records that the backend refused of it; they are in the dead letters.
    pub(super) refused_records: u64,
}

/// Sends the items of one file.
pub(super) struct Sender<'a, E> {
    line: &'a Line<E>,
    down: &'a Down,
    stop: &'a CancellationToken,
    under_way: FuturesUnordered<Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>>,
    under_way_bytes: usize,
    /// Records of one origin that wait for others.
    gathered: Option<Gathered>,
}

struct Gathered {
    item: Item,
    items: u64,
}

/// Destinations that were given up in this run.
#[derive(Debug, Default)]
pub(super) struct Down(Mutex<BTreeSet<String>>);

impl Down {
    fn contains(&self, destination: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(destination)
    }

    fn insert(&self, destination: &str) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(destination.into());
    }
}

impl<'a, E, F> Sender<'a, E>
where
    E: Fn(&str, Signal, Bytes) -> F + Sync,
    F: Future<Output = Verdict> + Send + 'a,
{
    pub(super) fn new(line: &'a Line<E>, down: &'a Down, stop: &'a CancellationToken) -> Self {
        Self { line, down, stop, under_way: FuturesUnordered::new(), under_way_bytes: 0, gathered: None }
    }

    /// Takes an item; returns what came to an end meanwhile, once there is room for the next.
    pub(super) async fn send(&mut self, item: Item) -> Vec<Outcome> {
        let Some(item) = self.gather(item) else { return Vec::new() };
        self.start(item).await
    }

    /// Waits for everything that is under way.
    pub(super) async fn finish(&mut self) -> Vec<Outcome> {
        let mut ended = match self.gathered.take() {
            Some(gathered) => self.start(gathered).await,
            None => Vec::new(),
        };
        while let Some(outcome) = self.under_way.next().await {
            ended.push(outcome);
        }
        self.under_way_bytes = 0;
        ended
    }

    /// Puts an item to those that wait, if it is of their kind; gives back what is to be sent now.
    fn gather(&mut self, mut item: Item) -> Option<Gathered> {
        if let Some(waiting) = &mut self.gathered
            && waiting.take(&mut item)
        {
            return waiting.is_full().then(|| self.gathered.take()).flatten();
        }
        let next = Gathered { item, items: 1 };
        if next.records() == 0 || next.is_full() {
            return Some(next);
        }
        self.gathered.replace(next)
    }

    async fn start(&mut self, gathered: Gathered) -> Vec<Outcome> {
        let mut ended = Vec::new();
        let bytes = gathered.item.bytes;
        while !self.under_way.is_empty()
            && (self.under_way.len() >= UNDER_WAY_MAX || self.under_way_bytes + bytes > UNDER_WAY_BYTES_MAX)
        {
            if let Some(outcome) = self.under_way.next().await {
                self.under_way_bytes = self.under_way_bytes.saturating_sub(outcome.bytes);
                ended.push(outcome);
            }
        }
        self.under_way_bytes += bytes;
        self.under_way.push(Box::pin(send(self.line, self.down, self.stop, gathered)));
        ended
    }
}

impl Gathered {
    /// Records in it that others may join; none for what travels alone.
    const fn records(&self) -> usize {
        match &self.item.content {
            Content::Deliver { payload: Payload::Records(records), .. } => records.len(),
            Content::Deliver { .. } | Content::Send(_) => 0,
        }
    }

    const fn is_full(&self) -> bool {
        self.records() >= DELIVERY_RECORDS_MAX || self.item.bytes >= DELIVERY_BYTES_MAX
    }

    /// Takes the records of `other` if they come from the same origin.
    fn take(&mut self, other: &mut Item) -> bool {
        let Content::Deliver { origin, payload: Payload::Records(records) } = &mut self.item.content else {
            return false;
        };
        let Content::Deliver { origin: from, payload: Payload::Records(more) } = &mut other.content else {
            return false;
        };
        if origin != from {
            return false;
        }
        records.append(more);
        self.item.bytes += other.bytes;
        self.items += 1;
        true
    }
}

async fn send<E, F>(line: &Line<E>, down: &Down, stop: &CancellationToken, gathered: Gathered) -> Outcome
where
    E: Fn(&str, Signal, Bytes) -> F + Sync,
    F: Future<Output = Verdict> + Send,
{
    let Gathered { item: Item { position, bytes, content, .. }, items } = gathered;
    let result = match content {
        Content::Deliver { origin, payload } => {
            deliver(line, Delivery { origin, payload, accounts: None }).await.map(|()| Accepted::default())
        }
        Content::Send(letter) => export(line, down, stop, letter).await,
    };
    Outcome { position, items, result, bytes }
}

async fn deliver<E>(line: &Line<E>, delivery: Delivery) -> Result<(), String> {
    let receipt = line.intake.submit(delivery).await.map_err(|closed| closed.to_string())?;
    match receipt.await {
        Settlement::Done => Ok(()),
        Settlement::Failed => Err("could be neither delivered nor kept; see the log for why".into()),
    }
}

/// Sends a request to its destination, in smaller parts where it asks for them.
async fn export<E, F>(line: &Line<E>, down: &Down, stop: &CancellationToken, letter: Letter) -> Result<Accepted, String>
where
    E: Fn(&str, Signal, Bytes) -> F + Sync,
    F: Future<Output = Verdict> + Send,
{
    let mut accepted = Accepted::default();
    let mut parts = vec![letter];
    while let Some(letter) = parts.pop() {
        match export_part(line, down, stop, &letter).await? {
            Sent::Whole => {}
            Sent::Partly { rejected, message } => {
                keep_refused(line, letter, message).await?;
                accepted.refused_records += rejected;
            }
            Sent::TooLarge { message } => match part::halve(&letter) {
                Some([first, second]) => parts.extend([second, first]),
                None => return Err(format!("too large for its destination, and cannot be divided: {message}")),
            },
        }
    }
    Ok(accepted)
}

enum Sent {
    Whole,
    Partly { rejected: u64, message: String },
    TooLarge { message: String },
}

async fn export_part<E, F>(
    line: &Line<E>,
    down: &Down,
    stop: &CancellationToken,
    letter: &Letter,
) -> Result<Sent, String>
where
    E: Fn(&str, Signal, Bytes) -> F + Sync,
    F: Future<Output = Verdict> + Send,
{
    let Letter::Otlp { signal, destination, request, .. } = letter else {
        return Err("a raw record has no destination".into());
    };
    let mut wait = line.retry_wait_min;
    let mut attempt = 1;
    loop {
        if down.contains(destination) {
            return Err(format!("not sent: {destination} was given up in this run"));
        }
        let (error, after) = match (line.export)(destination, *signal, request.clone()).await {
            Verdict::Accepted { .. } => return Ok(Sent::Whole),
            Verdict::Partial { rejected, message } => return Ok(Sent::Partly { rejected, message }),
            Verdict::Split { message } => return Ok(Sent::TooLarge { message }),
            Verdict::Refused { message } => return Err(format!("{destination} refused it: {message}")),
            Verdict::Retry { after, error } => (error, after),
            Verdict::RetryBounded { error } if attempt == ATTEMPTS_MAX => {
                return Err(format!("{destination} failed on it {ATTEMPTS_MAX} times: {error}"));
            }
            Verdict::RetryBounded { error } => (error, None),
        };
        if attempt == ATTEMPTS_MAX {
            down.insert(destination);
            return Err(format!("{destination} did not take it in {ATTEMPTS_MAX} tries: {error}"));
        }
        pause(after.unwrap_or(wait), stop).await.map_err(|Stopped| format!("stopped; last answer: {error}"))?;
        wait = (wait * 2).min(line.retry_wait_max);
        attempt += 1;
    }
}

struct Stopped;

async fn pause(wait: Duration, stop: &CancellationToken) -> Result<(), Stopped> {
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(()),
        () = stop.cancelled() => Err(Stopped),
    }
}

/// The protocol forbids to send a request again of which a part was accepted; the refused part must not vanish either.
async fn keep_refused<E>(line: &Line<E>, letter: Letter, message: String) -> Result<(), String> {
    let Letter::Otlp { signal, destination, accounts, request, .. } = letter else { return Ok(()) };
    let (time, reason) = (clock::now(), Some(Reason::Refused));
    let dead = Letter::Otlp { time, reason, detail: message, signal, destination, accounts, request };
    line.dead_letters.write(vec![dead]).await.map_err(|error| error.to_string())
}
