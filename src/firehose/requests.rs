//! Which Firehose requests were seen: a retry waits for the first attempt or is told that all is done, never delivered twice.
//!
//! Firehose repeats the request id on a retry, as best it can. An id alone is not trusted: the retry must come with
//! the same access key and carry the same records, or it is another request.
//! Not here: restarts. A retry that reaches a new process is delivered again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::{FirehoseBody, Settlement};
use crate::time::Timestamp;

/// How long a finished request is remembered. Firehose may retry for up to two hours, most retries come within minutes.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// Finished requests remembered at most; about 10 MB.
const FINISHED_MAX: usize = 65_536;

/// What makes two attempts the same request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Name of the access key that was shown.
    pub access_key: Arc<str>,
    /// The request's id.
    pub request_id: Box<str>,
    /// Its records.
    pub fingerprint: Fingerprint,
}

/// The records of a request, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    n_records: usize,
    data_bytes: usize,
    crc: u32,
}

impl Fingerprint {
    /// The fingerprint of a body's records. The time of the attempt is not part of it.
    #[must_use]
    pub fn of(body: &FirehoseBody) -> Self {
        let data = body.records.first().zip(body.records.last()).map(|(first, last)| first.start..last.end);
        let mut crc = libdeflater::Crc::new();
        crc.update(&body.body[data.unwrap_or_default()]);
        Self {
            n_records: body.records.len(),
            data_bytes: body.records.iter().map(ExactSizeIterator::len).sum(),
            crc: crc.sum(),
        }
    }
}

/// What is known of a request. `W` is whatever lets others wait for the first attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<W> {
    /// Never seen, or its last attempt failed: deliver it, then call `settle`.
    New,
    /// Under way: wait for it.
    InFlight(W),
    /// Delivered before.
    Done,
}

/// The table of requests. Those in flight are bounded by whoever admits requests, the finished ones here.
#[derive(Debug)]
pub struct Requests<W> {
    states: HashMap<RequestKey, State<W>>,
    finished: VecDeque<(Timestamp, RequestKey)>,
}

#[derive(Debug)]
enum State<W> {
    InFlight(W),
    Done,
}

impl<W> Default for Requests<W> {
    fn default() -> Self {
        Self { states: HashMap::new(), finished: VecDeque::new() }
    }
}

impl<W: Clone> Requests<W> {
    /// Looks a request up; a new one is in flight from here on, and others wait with `waiter`.
    pub fn begin(&mut self, key: &RequestKey, waiter: W, now: Timestamp) -> Known<W> {
        self.forget(now);
        match self.states.get(key) {
            Some(State::InFlight(first)) => Known::InFlight(first.clone()),
            Some(State::Done) => Known::Done,
            None => {
                let _ = self.states.insert(key.clone(), State::InFlight(waiter));
                Known::New
            }
        }
    }

    /// Notes the end of a request that was new. A failed one may be tried again at once.
    pub fn settle(&mut self, key: RequestKey, settlement: Settlement, now: Timestamp) {
        match settlement {
            Settlement::Failed => drop(self.states.remove(&key)),
            Settlement::Done => {
                let _ = self.states.insert(key.clone(), State::Done);
                self.finished.push_back((now, key));
                self.forget(now);
            }
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((settled, _)) = self.finished.front() {
            if now.since(*settled) < REMEMBERED && self.finished.len() <= FINISHED_MAX {
                return;
            }
            if let Some((_, key)) = self.finished.pop_front() {
                drop(self.states.remove(&key));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key(request_id: &str, text: &'static str) -> RequestKey {
        let body = FirehoseBody {
            body: Bytes::from_static(text.as_bytes()),
            request_id: request_id.into(),
            timestamp: NOON,
            records: std::iter::once(0..text.len()).collect(),
        };
        RequestKey { access_key: "blue".into(), request_id: request_id.into(), fingerprint: Fingerprint::of(&body) }
    }

    #[test]
    fn a_retry_waits_for_the_attempt_that_is_under_way() {
        let mut requests = Requests::default();
        assert_eq!(requests.begin(&key("r", "a"), 1, NOON), Known::New);
        assert_eq!(requests.begin(&key("r", "a"), 2, NOON), Known::InFlight(1));
    }

    #[test]
    fn a_retry_after_success_is_done_for_an_hour() {
        let mut requests = Requests::default();
        assert_eq!(requests.begin(&key("r", "a"), 1, NOON), Known::New);
        requests.settle(key("r", "a"), Settlement::Done, NOON);
        let soon = NOON.plus(Duration::from_secs(3_599));
        assert_eq!(requests.begin(&key("r", "a"), 2, soon), Known::Done);
        let later = NOON.plus(Duration::from_secs(3_600));
        assert_eq!(requests.begin(&key("r", "a"), 3, later), Known::New);
    }

    #[test]
    fn a_retry_after_failure_is_delivered() {
        let mut requests = Requests::default();
        assert_eq!(requests.begin(&key("r", "a"), 1, NOON), Known::New);
        requests.settle(key("r", "a"), Settlement::Failed, NOON);
        assert_eq!(requests.begin(&key("r", "a"), 2, NOON), Known::New);
    }

    #[test]
    fn an_id_that_comes_again_with_other_records_or_another_key_is_another_request() {
        let mut requests = Requests::default();
        assert_eq!(requests.begin(&key("r", "a"), 1, NOON), Known::New);
        requests.settle(key("r", "a"), Settlement::Done, NOON);
        assert_eq!(requests.begin(&key("r", "b"), 2, NOON), Known::New);
        assert_eq!(requests.begin(&RequestKey { access_key: "green".into(), ..key("r", "a") }, 3, NOON), Known::New);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut requests = Requests::default();
        for n in 0..FINISHED_MAX + 10 {
            let key = key(&n.to_string(), "a");
            assert_eq!(requests.begin(&key, (), NOON), Known::New);
            requests.settle(key, Settlement::Done, NOON);
        }
        assert_eq!((requests.states.len(), requests.finished.len()), (FINISHED_MAX, FINISHED_MAX));
        assert_eq!(requests.begin(&key("9", "a"), (), NOON), Known::New);
        assert_eq!(requests.begin(&key("10", "a"), (), NOON), Known::Done);
    }
}
