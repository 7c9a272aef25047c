//! Reads a shard with GetRecords.

use tokio::time::{Instant, sleep_until};

use super::Context;
use super::handover::{Handover, Stopped};
use super::reader::{Halt, begin_anew, halt_if_fatal, note_trouble};
use super::stream::{Answer, Next};
use super::trouble::Trouble;
use crate::io::clock;
use crate::shard::Position;
use crate::shard::backoff::Backoff;
use crate::shard::ledger::Phase;
use crate::shard::pace::{self, READ_INTERVAL, Read};
use crate::shard::plan::Listed;
use crate::time::Timestamp;

const GET_RECORDS: &str = "kinesis:GetRecords";
const GET_SHARD_ITERATOR: &str = "kinesis:GetShardIterator";

/// Where the reading of one shard stands.
struct Poll<'a> {
    context: &'a Context,
    handover: &'a mut Handover,
    place: Place,
    next_read: Instant,
    failures: Backoff,
    children: Vec<Listed>,
}

enum Place {
    /// An iterator must be asked for.
    At(Position),
    Iterator(String),
}

/// Reads until everything in the shard is safe. Gives its children.
pub(super) async fn read(context: &Context, handover: &mut Handover, from: Position) -> Result<Vec<Listed>, Halt> {
    let (place, failures) = (Place::At(from), Backoff::default());
    let mut poll = Poll { context, handover, place, next_read: Instant::now(), failures, children: Vec::new() };
    loop {
        match poll.handover.until_open().await? {
            Phase::Finished => return Ok(poll.children),
            Phase::Failed => poll.place = poll.last_place(),
            Phase::Reading | Phase::Draining => poll.step().await?,
        }
    }
}

impl Poll<'_> {
    /// One call to Kinesis, once it is due. Holds one of the few permits to read from the call until its records are
    /// handed over, so that answers which wait for room in memory are few as well.
    async fn step(&mut self) -> Result<(), Halt> {
        self.handover.during(sleep_until(self.next_read)).await?;
        let permit = self.handover.during(self.context.reads.acquire()).await?;
        let _permit = permit.map_err(|_| Halt::Stopped)?;
        match &self.place {
            Place::At(position) => {
                let position = position.clone();
                self.ask_iterator(position).await
            }
            Place::Iterator(iterator) => {
                let iterator = iterator.clone();
                self.get_records(&iterator).await
            }
        }
    }

    async fn ask_iterator(&mut self, position: Position) -> Result<(), Halt> {
        let shard = self.handover.shard().1.clone();
        match self.handover.during(Box::pin(self.context.stream.iterator(&shard, &position))).await? {
            Ok(iterator) => self.place = Place::Iterator(iterator),
            Err(trouble) if begin_anew(self.handover, &position, &trouble) => self.place = self.last_place(),
            Err(trouble) => {
                let trouble = halt_if_fatal(self.context, trouble, GET_SHARD_ITERATOR)?;
                self.place = Place::At(position.again());
                self.wait_after(&trouble);
            }
        }
        Ok(())
    }

    async fn get_records(&mut self, iterator: &str) -> Result<(), Halt> {
        let (started, asked) = (Instant::now(), clock::now());
        match self.handover.during(Box::pin(self.context.stream.read(iterator))).await? {
            Ok(answer) => {
                self.failures.succeed();
                self.next_read = started + pace::interval(kind(&answer), self.context.poll_interval);
                self.take(answer, asked).await?;
            }
            Err(Trouble::Expired) => {
                self.place = self.last_place();
                self.next_read = started + READ_INTERVAL;
            }
            Err(trouble) => {
                let trouble = halt_if_fatal(self.context, trouble, GET_RECORDS)?;
                if matches!(trouble, Trouble::Invalid(_)) {
                    self.place = self.last_place();
                }
                self.wait_after(&trouble);
            }
        }
        Ok(())
    }

    async fn take(&mut self, mut answer: Answer, asked: Timestamp) -> Result<(), Stopped> {
        let next = std::mem::replace(&mut answer.next, Next::End(Vec::new()));
        self.handover.take(answer, asked).await?;
        match next {
            Next::More(iterator) => self.place = Place::Iterator(iterator),
            Next::End(children) => {
                self.handover.end(&children);
                self.children = children;
            }
        }
        Ok(())
    }

    fn wait_after(&mut self, trouble: &Trouble) {
        let wait = self.failures.fail(super::random());
        note_trouble(self.context, self.handover, trouble, wait);
        self.next_read = Instant::now() + wait;
    }

    fn last_place(&self) -> Place {
        Place::At(self.handover.ledger().position())
    }
}

fn kind(answer: &Answer) -> Read {
    if answer.records.is_empty() {
        return if answer.behind.is_zero() { Read::Idle } else { Read::Behind };
    }
    Read::Records { bytes: answer.records.iter().map(|record| record.data.len() as u64).sum() }
}
