//! What waits for the writer: bounded, and never a reason to wait. When it is full the oldest is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::letters::Burial;
use crate::api::alerts::Transition;
use crate::api::rules::Notification;
use crate::id::AccountId;

/// Log records that wait.
const RECORDS_MAX: usize = 50_000;

/// Bytes of them. This is beside the memory budget of the line.
const BYTES_MAX: usize = 32 << 20;

/// Transitions, notifications and summaries of letters that wait; a break of the whole fleet has its place.
const EVENTS_MAX: usize = 100_000;

/// A batch has so many records, or
pub(super) const BATCH_RECORDS: usize = 5_000;

/// what came within this time.
const BATCH_WAIT: Duration = Duration::from_millis(200);

/// The writer looks after the file this often though nothing comes.
const IDLE: Duration = Duration::from_secs(1);

/// Encoded log records of an account.
pub(super) struct Chunk {
    pub(super) account: AccountId,
    pub(super) records: usize,
    pub(super) bytes: Bytes,
}

/// The sizes, never the data, which is a customer's.
impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records of {}, {} bytes", self.records, self.account, self.bytes.len())
    }
}

/// Something that happened, to be kept.
#[derive(Debug)]
pub(super) enum Event {
    Transition(Box<Transition>),
    Notified(String, Box<Notification>),
    Buried(Box<Burial>),
    /// So many letters of a reason are dead no more.
    Revived(&'static str, u64),
}

/// What is written at once.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) chunks: Vec<Chunk>,
    pub(super) events: Vec<Event>,
    /// Told when all of it is written or given up.
    pub(super) marks: Vec<oneshot::Sender<()>>,
    /// Nothing comes after it.
    pub(super) last: bool,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Chunk>,
    records: usize,
    bytes: usize,
    events: VecDeque<Event>,
    marks: Vec<oneshot::Sender<()>>,
    closed: bool,
}

impl Queue {
    /// Adds log records. How many others were dropped for them.
    pub(super) fn push(&self, chunk: Chunk) -> usize {
        let mut state = self.state();
        if state.closed {
            return chunk.records;
        }
        state.records += chunk.records;
        state.bytes += chunk.bytes.len();
        state.chunks.push_back(chunk);
        let mut dropped = 0;
        while (state.records > RECORDS_MAX || state.bytes > BYTES_MAX) && state.chunks.len() > 1 {
            dropped += state.pop().map_or(0, |chunk| chunk.records);
        }
        drop(state);
        self.more.notify_one();
        dropped
    }

    /// Adds something that happened. How many others were dropped for it.
    pub(super) fn tell(&self, events: impl IntoIterator<Item = Event>) -> usize {
        let mut state = self.state();
        if state.closed {
            return 0;
        }
        state.events.extend(events);
        let dropped = state.events.len().saturating_sub(EVENTS_MAX);
        drop(state.events.drain(..dropped));
        drop(state);
        self.more.notify_one();
        dropped
    }

    /// Tells when what is in the queue now was written or given up; at once where the writer has ended.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        if !state.closed {
            state.marks.push(sender);
        }
        drop(state);
        self.more.notify_one();
        receiver
    }

    /// Takes nothing more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.more.notify_one();
    }

    /// Log records that wait.
    pub(super) fn records(&self) -> usize {
        self.state().records
    }

    /// The next batch; an empty one when nothing came for a while.
    pub(super) fn take(&self) -> Batch {
        let mut state = self.wait(self.state(), IDLE, |state| !state.is_idle());
        if !state.is_idle() {
            state = self.wait(state, BATCH_WAIT, |state| state.is_due());
        }
        let mut batch = Batch { events: state.events.drain(..).collect(), ..Batch::default() };
        let mut records = 0;
        while records < BATCH_RECORDS {
            let Some(chunk) = state.pop() else { break };
            records += chunk.records;
            batch.chunks.push(chunk);
        }
        if state.chunks.is_empty() {
            batch.marks = std::mem::take(&mut state.marks);
            batch.last = state.closed;
        }
        batch
    }

    fn wait<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        longest: Duration,
        enough: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let end = Instant::now() + longest;
        while !enough(&state) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.more.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pop(&mut self) -> Option<Chunk> {
        let chunk = self.chunks.pop_front()?;
        self.records -= chunk.records;
        self.bytes -= chunk.bytes.len();
        Some(chunk)
    }

    fn is_idle(&self) -> bool {
        self.chunks.is_empty() && self.events.is_empty() && self.marks.is_empty() && !self.closed
    }

    fn is_due(&self) -> bool {
        self.records >= BATCH_RECORDS || !self.marks.is_empty() || self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(records: usize, bytes: usize) -> Chunk {
        Chunk { account: AccountId::parse("111122223333").unwrap(), records, bytes: vec![0; bytes].into() }
    }

    #[test]
    fn when_full_the_oldest_is_dropped_and_counted() {
        let queue = Queue::default();
        assert_eq!(queue.push(chunk(20_000, 1)), 0);
        assert_eq!(queue.push(chunk(30_000, 1)), 0);
        assert_eq!(queue.push(chunk(1, 1)), 20_000);
        assert_eq!(queue.push(chunk(1, BYTES_MAX)), 30_001);
        assert_eq!(queue.records(), 1, "what is too large alone is kept: it is what there is");
    }

    #[test]
    fn a_batch_has_all_events_and_no_more_records_than_are_written_at_once() {
        let queue = Queue::default();
        for _ in 0..3 {
            let _ = queue.push(chunk(4_000, 1));
        }
        let _ = queue.tell([Event::Buried(Box::default())]);
        let mut mark = queue.mark();
        let first = queue.take();
        assert_eq!((first.chunks.len(), first.events.len(), first.marks.len()), (2, 1, 0));
        assert!(mark.try_recv().is_err());
        let second = queue.take();
        assert_eq!((second.chunks.len(), second.marks.len(), second.last), (1, 1, false));
    }

    #[test]
    fn what_is_closed_takes_nothing_and_gives_what_it_has() {
        let queue = Queue::default();
        let _ = queue.push(chunk(1, 1));
        queue.close();
        assert_eq!(queue.push(chunk(7, 1)), 7);
        let batch = queue.take();
        assert_eq!((batch.chunks.len(), batch.last), (1, true));
        assert!(queue.mark().try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
    }
}
