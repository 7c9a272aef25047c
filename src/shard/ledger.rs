//! The order ledger of one shard: deliveries go out in order, settle in any order, and the checkpoint follows only where
//! everything before it is settled.

use std::collections::VecDeque;

use crate::delivery::Settlement;
use crate::shard::batch::ShardRecord;
use crate::shard::{Position, sequence};
use crate::snapshot::Checkpoint;

/// Names one delivery of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What the reader of the shard is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Read on.
    Reading,
    /// Read no more; wait until what is under way is settled.
    Draining,
    /// A delivery failed and nothing is under way any more: `rewind` and read again.
    Failed,
    /// The end of the shard was reached and everything is settled.
    Finished,
}

/// What was handed over from one shard and is not yet behind the checkpoint.
#[derive(Clone, Debug)]
pub struct Ledger {
    start: Position,
    checkpoint: Option<String>,
    open: VecDeque<Open>,
    open_first: Ticket,
    n_under_way: usize,
    failed: bool,
    ended: bool,
}

#[derive(Clone, Debug)]
struct Open {
    last: String,
    settled: Option<Settlement>,
}

impl Ledger {
    /// A ledger of a shard that is read from `start`.
    #[must_use]
    pub const fn new(start: Position) -> Self {
        Self {
            start,
            checkpoint: None,
            open: VecDeque::new(),
            open_first: Ticket(0),
            n_under_way: 0,
            failed: false,
            ended: false,
        }
    }

    /// Notes a delivery whose last record is `last`. Deliveries are noted in the order of the shard.
    pub fn hand_over(&mut self, last: String) -> Ticket {
        let ticket = Ticket(self.open_first.0 + self.open.len() as u64);
        self.open.push_back(Open { last, settled: None });
        self.n_under_way += 1;
        ticket
    }

    /// Notes what became of a delivery. Gives the checkpoint if that moved it.
    #[must_use]
    pub fn settle(&mut self, ticket: Ticket, settlement: Settlement) -> Option<Checkpoint> {
        let index = usize::try_from(ticket.0.checked_sub(self.open_first.0)?).ok()?;
        let open = self.open.get_mut(index)?;
        if open.settled.replace(settlement).is_none() {
            self.n_under_way -= 1;
        }
        self.failed |= settlement == Settlement::Failed;
        self.advance()
    }

    /// Notes that everything in the closed shard was handed over. Gives the last checkpoint if all of it is settled.
    #[must_use]
    pub fn end(&mut self) -> Option<Checkpoint> {
        self.ended = true;
        (self.phase() == Phase::Finished).then_some(Checkpoint::Finished)
    }

    /// What the reader is to do.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match (self.failed, self.ended) {
            (true, _) if self.n_under_way == 0 => Phase::Failed,
            (true, _) => Phase::Draining,
            (false, true) if self.open.is_empty() => Phase::Finished,
            (false, true) => Phase::Draining,
            (false, false) => Phase::Reading,
        }
    }

    /// Forgets what was handed over after the checkpoint; it is read again from `position`.
    /// Tickets of before are void: settling them changes nothing.
    pub fn rewind(&mut self) {
        self.open_first = Ticket(self.open_first.0 + self.open.len() as u64);
        self.open.clear();
        self.n_under_way = 0;
        self.failed = false;
        self.ended = false;
    }

    /// Where to read on without handing anything over twice.
    #[must_use]
    pub fn position(&self) -> Position {
        match self.handed_over() {
            Some(last) => Position::After(last.into()),
            None => self.start.again(),
        }
    }

    /// Whether a record is after everything that was handed over, and not before the moment at which the shard is begun.
    /// A server may begin earlier than it was asked to.
    #[must_use]
    pub fn wants(&self, record: &ShardRecord) -> bool {
        match (self.handed_over(), &self.start) {
            (Some(last), _) => is_later(record, last),
            (None, Position::After(last)) => is_later(record, last),
            (None, Position::AtTimestamp(moment)) => record.arrived >= *moment,
            (None, Position::TrimHorizon | Position::Latest(_) | Position::At(_)) => true,
        }
    }

    /// Whether nothing was handed over yet.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.handed_over().is_none()
    }

    /// Deliveries after the checkpoint, settled or not: the most that is read again after a failure or a crash.
    #[must_use]
    pub fn n_open(&self) -> usize {
        self.open.len()
    }

    fn handed_over(&self) -> Option<&str> {
        self.open.back().map(|open| open.last.as_str()).or(self.checkpoint.as_deref())
    }

    fn advance(&mut self) -> Option<Checkpoint> {
        let mut moved = false;
        while let Some(Open { settled: Some(Settlement::Done), .. }) = self.open.front() {
            self.checkpoint = self.open.pop_front().map(|open| open.last);
            self.open_first.0 += 1;
            moved = true;
        }
        match self.phase() {
            Phase::Finished => Some(Checkpoint::Finished),
            Phase::Reading | Phase::Draining | Phase::Failed if moved => self.checkpoint.clone().map(Checkpoint::After),
            Phase::Reading | Phase::Draining | Phase::Failed => None,
        }
    }
}

fn is_later(record: &ShardRecord, sequence_number: &str) -> bool {
    sequence::compare(&record.sequence_number, sequence_number).is_gt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn after(sequence_number: &str) -> Option<Checkpoint> {
        Some(Checkpoint::After(sequence_number.into()))
    }

    #[test]
    fn the_checkpoint_waits_for_the_slowest_delivery_before_it() {
        let mut ledger = Ledger::new(Position::TrimHorizon);
        let [first, second, third] = ["10", "20", "30"].map(|last| ledger.hand_over(last.into()));
        assert_eq!(ledger.settle(second, Settlement::Done), None);
        assert_eq!(ledger.settle(first, Settlement::Done), after("20"));
        assert_eq!(ledger.settle(third, Settlement::Done), after("30"));
    }

    #[test]
    fn a_failed_delivery_is_read_again_once_the_others_are_settled() {
        let mut ledger = Ledger::new(Position::TrimHorizon);
        let [first, second, third] = ["10", "20", "30"].map(|last| ledger.hand_over(last.into()));
        assert_eq!(ledger.settle(second, Settlement::Failed), None);
        assert_eq!(ledger.phase(), Phase::Draining);
        assert_eq!(ledger.settle(first, Settlement::Done), after("10"));
        assert_eq!(ledger.settle(third, Settlement::Done), None);
        assert_eq!(ledger.phase(), Phase::Failed);
        ledger.rewind();
        assert_eq!((ledger.phase(), ledger.position()), (Phase::Reading, Position::After("10".into())));
    }

    #[test]
    fn without_a_checkpoint_a_failure_goes_back_to_the_start() {
        let since = Timestamp::from_seconds(1_700_000_000);
        let mut ledger = Ledger::new(Position::Latest(since));
        let ticket = ledger.hand_over("10".into());
        assert_eq!(ledger.settle(ticket, Settlement::Failed), None);
        ledger.rewind();
        assert_eq!(ledger.position(), Position::AtTimestamp(since));
    }

    #[test]
    fn a_shard_is_finished_only_when_all_of_it_is_settled() {
        let mut ledger = Ledger::new(Position::TrimHorizon);
        let ticket = ledger.hand_over("10".into());
        assert_eq!(ledger.end(), None);
        assert_eq!(ledger.settle(ticket, Settlement::Done), Some(Checkpoint::Finished));
        assert_eq!(ledger.phase(), Phase::Finished);
    }

    #[test]
    fn an_empty_closed_shard_is_finished_at_once() {
        assert_eq!(Ledger::new(Position::TrimHorizon).end(), Some(Checkpoint::Finished));
    }

    #[test]
    fn a_failure_at_the_end_of_a_shard_reopens_it() {
        let mut ledger = Ledger::new(Position::After("5".into()));
        let ticket = ledger.hand_over("10".into());
        assert_eq!(ledger.end(), None);
        assert_eq!(ledger.settle(ticket, Settlement::Failed), None);
        ledger.rewind();
        assert_eq!((ledger.phase(), ledger.position()), (Phase::Reading, Position::After("5".into())));
    }

    #[test]
    fn a_late_settlement_of_before_a_rewind_is_void() {
        let mut ledger = Ledger::new(Position::TrimHorizon);
        let old = ledger.hand_over("10".into());
        ledger.rewind();
        let _new = ledger.hand_over("10".into());
        assert_eq!(ledger.settle(old, Settlement::Done), None);
    }

    fn wants(ledger: &Ledger, sequence_number: &str, arrived_seconds: u64) -> bool {
        ledger.wants(&ShardRecord {
            sequence_number: sequence_number.into(),
            data: bytes::Bytes::new(),
            arrived: Timestamp::from_seconds(arrived_seconds),
        })
    }

    #[test]
    fn only_what_is_past_the_last_handed_over_record_is_wanted() {
        let mut ledger = Ledger::new(Position::After("9".into()));
        assert!(!wants(&ledger, "9", 0) && wants(&ledger, "10", 0));
        let _ = ledger.hand_over("100".into());
        assert!(!wants(&ledger, "99", 0) && wants(&ledger, "101", 0));
    }

    #[test]
    fn nothing_is_wanted_from_before_the_moment_to_begin_at() {
        let mut ledger = Ledger::new(Position::AtTimestamp(Timestamp::from_seconds(1_000)));
        assert!(!wants(&ledger, "1", 999) && wants(&ledger, "2", 1_000));
        let _ = ledger.hand_over("2".into());
        assert!(wants(&ledger, "3", 999), "arrival times are approximate: once begun, all of the shard is wanted");
    }

    #[derive(Clone, Debug)]
    enum Step {
        HandOver,
        Settle(prop::sample::Index, Settlement),
        End,
        Rewind,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let settlement = prop_oneof![9 => Just(Settlement::Done), 1 => Just(Settlement::Failed)];
        let step = prop_oneof![
            6 => Just(Step::HandOver),
            8 => (any::<prop::sample::Index>(), settlement).prop_map(|(index, settlement)| Step::Settle(index, settlement)),
            1 => Just(Step::End),
            1 => Just(Step::Rewind),
        ];
        prop::collection::vec(step, 0..200)
    }

    fn place(checkpoint: &Checkpoint, end: u64) -> u64 {
        match checkpoint {
            Checkpoint::After(sequence_number) => sequence_number.parse().unwrap(),
            Checkpoint::Since(_) => 0,
            Checkpoint::Finished => end,
        }
    }

    proptest! {
        /// A reader that obeys the phases, over a shard whose record `n` has the sequence number `n`.
        #[test]
        fn no_order_of_settlements_moves_the_checkpoint_past_an_unsettled_delivery(steps in steps()) {
            let mut ledger = Ledger::new(Position::TrimHorizon);
            let (mut read, mut checkpoint) = (0_u64, 0_u64);
            let mut under_way: Vec<(Ticket, u64)> = Vec::new();
            let mut failed: Vec<u64> = Vec::new();
            for step in steps {
                let moved = match step {
                    Step::HandOver if ledger.phase() == Phase::Reading => {
                        read += 1;
                        under_way.push((ledger.hand_over(read.to_string()), read));
                        None
                    }
                    Step::Settle(index, settlement) if !under_way.is_empty() => {
                        let (ticket, n) = under_way.remove(index.index(under_way.len()));
                        if settlement == Settlement::Failed {
                            failed.push(n);
                        }
                        ledger.settle(ticket, settlement)
                    }
                    Step::End if ledger.phase() == Phase::Reading => ledger.end(),
                    Step::Rewind if ledger.phase() == Phase::Failed => {
                        ledger.rewind();
                        failed.clear();
                        let (Position::After(_) | Position::TrimHorizon) = ledger.position() else { panic!() };
                        read = checkpoint;
                        None
                    }
                    Step::HandOver | Step::Settle(..) | Step::End | Step::Rewind => None,
                };
                if let Some(moved) = moved {
                    let place = place(&moved, read);
                    prop_assert!(place >= checkpoint, "a checkpoint never goes back");
                    prop_assert!(under_way.iter().all(|(_, n)| *n > place) && failed.iter().all(|n| *n > place));
                    checkpoint = place;
                }
                let everything_done = under_way.is_empty() && failed.is_empty();
                prop_assert!(!everything_done || checkpoint == read, "a checkpoint never lags behind what is settled");
            }
        }
    }
}
