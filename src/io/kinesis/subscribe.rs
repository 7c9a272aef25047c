//! Reads a shard by enhanced fan-out: Kinesis sends its records as they come, over subscriptions of five minutes.

use tokio::time::{Duration, Instant, sleep_until, timeout};

use super::Context;
use super::handover::Handover;
use super::reader::{Halt, begin_anew, halt_if_fatal, note_trouble};
use super::stream::{Answer, Next, Subscription};
use super::trouble::Trouble;
use crate::io::clock;
use crate::shard::Position;
use crate::shard::backoff::Backoff;
use crate::shard::ledger::Phase;
use crate::shard::plan::Listed;

const SUBSCRIBE_TO_SHARD: &str = "kinesis:SubscribeToShard";

/// The least time between two subscriptions of a consumer to one shard; sooner, Kinesis refuses with
/// ResourceInUseException. Source: Kinesis Data Streams API reference, SubscribeToShard.
const SUBSCRIBE_INTERVAL: Duration = Duration::from_secs(5);

/// The longest silence of a subscription. Kinesis sends events without records every few seconds, so a longer one means
/// that the connection is dead.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Where the reading of one shard stands.
struct Subscriber<'a> {
    context: &'a Context,
    handover: &'a mut Handover,
    position: Position,
    next_subscribe: Instant,
    failures: Backoff,
    children: Vec<Listed>,
}

/// Reads until everything in the shard is safe. Gives its children.
pub(super) async fn read(context: &Context, handover: &mut Handover, from: Position) -> Result<Vec<Listed>, Halt> {
    let (next_subscribe, failures) = (Instant::now(), Backoff::default());
    let mut subscriber =
        Subscriber { context, handover, position: from, next_subscribe, failures, children: Vec::new() };
    loop {
        match subscriber.handover.until_open().await? {
            Phase::Finished => return Ok(subscriber.children),
            Phase::Failed => subscriber.position = subscriber.handover.ledger().position(),
            Phase::Reading | Phase::Draining => subscriber.subscribe().await?,
        }
    }
}

impl Subscriber<'_> {
    async fn subscribe(&mut self) -> Result<(), Halt> {
        self.handover.during(sleep_until(self.next_subscribe)).await?;
        self.next_subscribe = Instant::now() + SUBSCRIBE_INTERVAL;
        let shard = self.handover.shard().1.clone();
        let position = self.position.clone();
        match self.handover.during(Box::pin(self.context.stream.subscribe(&shard, &position))).await? {
            Ok(subscription) => self.follow(subscription).await,
            Err(trouble) if begin_anew(self.handover, &position, &trouble) => {
                self.position = self.handover.ledger().position();
                Ok(())
            }
            Err(trouble) => self.note(trouble),
        }
    }

    /// Takes events until the subscription ends, or the shard, or a delivery fails.
    async fn follow(&mut self, mut subscription: Subscription) -> Result<(), Halt> {
        loop {
            let event = self.handover.during(timeout(SILENCE_MAX, Box::pin(subscription.next()))).await?;
            match event {
                Ok(Ok(Some(answer))) => self.take(answer).await?,
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(trouble)) => return self.note(trouble),
                Err(_elapsed) => return self.note(Trouble::Passing(format!("no event for {SILENCE_MAX:?}"))),
            }
            // While this waits, nothing is taken from the connection, and Kinesis sends no more.
            match self.handover.until_open().await? {
                Phase::Reading => {}
                Phase::Failed => {
                    self.position = self.handover.ledger().position();
                    return Ok(());
                }
                Phase::Draining | Phase::Finished => return Ok(()),
            }
        }
    }

    /// A subscription begins where the last one stopped: there, records may come that were handed over before.
    async fn take(&mut self, mut answer: Answer) -> Result<(), Halt> {
        self.failures.succeed();
        let next = std::mem::replace(&mut answer.next, Next::End(Vec::new()));
        // When Kinesis made the event is not known; it sends one as soon as there is something.
        self.handover.take(answer, clock::now()).await?;
        match next {
            Next::More(continuation) if continuation.is_empty() => self.position = self.handover.ledger().position(),
            Next::More(continuation) => self.position = Position::At(continuation),
            Next::End(children) => {
                self.handover.end(&children);
                self.children = children;
            }
        }
        Ok(())
    }

    fn note(&mut self, trouble: Trouble) -> Result<(), Halt> {
        let trouble = halt_if_fatal(self.context, trouble, SUBSCRIBE_TO_SHARD)?;
        let wait = self.failures.fail(super::random());
        self.position = self.position.again();
        note_trouble(self.context, self.handover, &trouble, wait);
        self.next_subscribe = self.next_subscribe.max(Instant::now() + wait);
        Ok(())
    }
}
