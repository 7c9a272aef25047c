//! Reads a Kinesis stream: all its shards, parents before children, each from its checkpoint.
//!
//! Permissions on the stream: `kinesis:ListShards`, `kinesis:GetShardIterator` and `kinesis:GetRecords`; if it is named
//! without its ARN, `kinesis:DescribeStreamSummary`; if it is encrypted, `kms:Decrypt` on its key. Enhanced fan-out takes
//! `kinesis:SubscribeToShard` on the consumer instead of the last two of the first three.

mod examine;
mod handover;
pub mod heartbeat;
mod poll;
mod reader;
mod status;
mod stream;
mod subscribe;
mod trouble;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_config::SdkConfig;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Duration, Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use self::reader::Ended;
use self::stream::Stream;
use self::trouble::Trouble;
use crate::config::{Carries, Kinesis};
use crate::delivery::{Origin, Source};
use crate::id;
use crate::io::checkpoints::Checkpoints;
use crate::io::clock;
use crate::io::intake::Intake;
use crate::io::telemetry::Telemetry;
use crate::shard::Position;
use crate::shard::backoff::Backoff;
use crate::shard::plan::{Changes, Plan};

pub use self::examine::{Examined, examine};
pub use self::status::{ShardKey, ShardStatus, Shards};

/// Time between two listings of the stream. Shards name their children at their end; a listing finds what they did not.
const LIST_INTERVAL: Duration = Duration::from_secs(60);

/// Shards of which an answer is fetched or held at once. Each answer has at most 10 MiB of data, which is not part of the
/// memory budget until it is handed over.
const READS_MAX: usize = 8;

/// Why a stream cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not the ARN of a stream.
    #[error("not the ARN of a Kinesis stream: {stream}: give a name, or arn:aws:kinesis:REGION:ACCOUNT:stream/NAME")]
    Arn {
        /// What was given.
        stream: String,
    },
    /// Nobody said in which Region the stream is.
    #[error("kinesis stream {stream}: no Region: set `region`, name the stream by its ARN, or set AWS_REGION")]
    Region {
        /// Name or ARN of the stream.
        stream: String,
    },
    /// There is no such stream.
    #[error("kinesis stream {stream}: does not exist: check its name, Region and account")]
    Missing {
        /// Name or ARN of the stream.
        stream: String,
    },
    /// There is no such consumer of the stream.
    #[error(
        "kinesis stream {stream}: consumer {consumer_arn} does not exist: register it, or take `consumer_arn` away to read by polling"
    )]
    Consumer {
        /// ARN of the stream.
        stream: String,
        /// ARN of the consumer.
        consumer_arn: String,
    },
    /// The credentials are not good for it.
    #[error("kinesis stream {stream}: access denied: allow {action} on it for the role that Fanin runs as ({message})")]
    Denied {
        /// Name or ARN of the stream.
        stream: String,
        /// The permission that is needed.
        action: &'static str,
        /// What AWS said.
        message: String,
    },
    /// Its records cannot be decrypted.
    #[error(
        "kinesis stream {stream}: cannot decrypt: allow kms:Decrypt on the stream's key, and see that it is enabled ({message})"
    )]
    Key {
        /// Name or ARN of the stream.
        stream: String,
        /// What AWS said.
        message: String,
    },
    /// No good answer, for a reason that may pass.
    #[error("kinesis stream {stream}: {action} failed: {message}")]
    Failing {
        /// Name or ARN of the stream.
        stream: String,
        /// The call that failed, as a permission.
        action: &'static str,
        /// What went wrong.
        message: String,
    },
    /// Kinesis does not understand the request.
    #[error("kinesis stream {stream}: {action} refused: {message}")]
    Refused {
        /// Name or ARN of the stream.
        stream: String,
        /// The call that was refused, as a permission.
        action: &'static str,
        /// What AWS said.
        message: String,
    },
}

/// What all tasks of one stream share.
struct Context {
    stream: Stream,
    /// The stream as the configuration names it, by which its progress is expected.
    expected: Arc<str>,
    origin: Origin,
    intake: Intake,
    checkpoints: Checkpoints,
    telemetry: Telemetry,
    shards: Shards,
    reads: Semaphore,
    poll_interval: Duration,
    stop: CancellationToken,
    /// Whether any read succeeded since the start.
    proven: AtomicBool,
}

impl Context {
    fn note_proof(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }

    fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// Shows a shard no more.
    fn forget(&self, shard: &ShardKey) {
        self.shards.remove(shard);
        self.telemetry.shard_gone(&shard.0, &shard.1);
    }
}

/// Reads a stream until `stop` is cancelled; then takes nothing more, waits until everything under way is settled, and
/// returns with all checkpoints moved. Whoever grants it a limited time drops it: what is unsettled then is read again.
///
/// `checkpoints` tells where to begin and is moved as deliveries settle; `shards` shows how each shard is doing.
/// While nothing could be read yet, what waiting does not mend is an error; later it is logged, shown, and tried again.
///
/// # Errors
/// When the stream does not exist, or may not be read.
pub async fn run(
    settings: &Kinesis,
    sdk_config: &SdkConfig,
    intake: Intake,
    checkpoints: Checkpoints,
    telemetry: Telemetry,
    shards: Shards,
    stop: CancellationToken,
) -> Result<(), Error> {
    let stream = Stream::new(settings, sdk_config).await?;
    let Some(arn) = find_arn(&stream, settings, &stop).await? else { return Ok(()) };
    let expected = settings.stream.as_str().into();
    let source = match settings.carries {
        Carries::Telemetry => Source::Kinesis,
        Carries::Samples => Source::Samples,
    };
    let origin = Origin { source, region: id::arn_origin(&arn).1.or(settings.region), name: arn };
    let context = Context {
        stream,
        expected,
        origin,
        intake,
        checkpoints,
        telemetry,
        shards,
        reads: Semaphore::new(READS_MAX),
        poll_interval: settings.poll_interval,
        // Its own token, so that an error stops the shards of this stream and nothing else.
        stop: stop.child_token(),
        proven: AtomicBool::new(false),
    };
    let start = Position::new(settings.start, clock::now());
    Coordinator::new(context, start).run().await
}

/// `None` when stopped before it was found.
async fn find_arn(stream: &Stream, settings: &Kinesis, stop: &CancellationToken) -> Result<Option<Arc<str>>, Error> {
    let mut failures = Backoff::default();
    loop {
        let found = tokio::select! {
            () = stop.cancelled() => return Ok(None),
            found = Box::pin(stream.arn()) => found,
        };
        let trouble = match found.map_err(|trouble| trouble.fatal(&settings.stream, "kinesis:DescribeStreamSummary")) {
            Ok(arn) => return Ok(Some(arn)),
            Err(Ok(error)) => return Err(error),
            Err(Err(trouble)) => trouble,
        };
        let wait = failures.fail(random());
        tracing::warn!(stream = settings.stream, ?wait, error = %trouble, "cannot reach the stream, trying again");
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = sleep(wait) => {}
        }
    }
}

/// Decides which shards are read, and runs a task for each of them.
struct Coordinator {
    context: Arc<Context>,
    plan: Plan,
    tasks: JoinSet<(String, Ended)>,
    next_listing: Instant,
    listing_failures: Backoff,
    is_listed: bool,
    /// Whether the shards of the first listing were opened.
    is_opened: bool,
}

impl Coordinator {
    fn new(context: Context, start: Position) -> Self {
        let plan = Plan::new(start, context.checkpoints.stream(&context.origin.name));
        let (next_listing, listing_failures) = (Instant::now(), Backoff::default());
        Self {
            context: Arc::new(context),
            plan,
            tasks: JoinSet::new(),
            next_listing,
            listing_failures,
            is_listed: false,
            is_opened: false,
        }
    }

    async fn run(mut self) -> Result<(), Error> {
        let result = self.read_until_stopped().await;
        self.context.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            let _ = joined(ended);
        }
        result
    }

    async fn read_until_stopped(&mut self) -> Result<(), Error> {
        let stop = self.context.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Some(ended) = self.tasks.join_next() => self.note_end(joined(ended)).await?,
                () = sleep_until(self.next_listing) => self.list().await?,
            }
            self.start_ready();
            if self.is_listed && !std::mem::replace(&mut self.is_opened, true) {
                self.context.intake.progress().listed(&self.context.expected);
            }
        }
    }

    fn start_ready(&mut self) {
        for start in self.plan.take_ready() {
            tracing::info!(stream = &*self.context.origin.name, shard = start.id, from = ?start.from, "reading shard");
            let (id, context) = (start.id.clone(), Arc::clone(&self.context));
            context.intake.progress().open((Arc::clone(&context.origin.name), start.id.as_str().into()));
            let _ = self.tasks.spawn(async move { (id, Box::pin(reader::run(context, start)).await) });
        }
    }

    async fn note_end(&mut self, (id, ended): (String, Ended)) -> Result<(), Error> {
        let stream = &*self.context.origin.name;
        match ended {
            Ended::Finished { children } => {
                tracing::info!(stream, shard = id, "shard finished");
                self.plan.finish(&id);
                if !self.plan.discover(&children) {
                    self.next_listing = Instant::now();
                }
            }
            Ended::Failed { error, .. } if !self.context.is_proven() => return Err(error),
            Ended::Failed { error, from } => {
                tracing::error!(stream, shard = id, %error, "cannot read the shard, trying again");
                self.plan.release(&id, from);
            }
            Ended::Gone { from } => {
                self.plan.release(&id, from);
                let shard = (Arc::clone(&self.context.origin.name), id.as_str().into());
                self.context.intake.progress().forget(&shard);
                self.list().await?;
                return self.blame_consumer(&id);
            }
            Ended::Stopped => {}
        }
        Ok(())
    }

    /// A shard that the stream still has, but no subscription finds, is missing its consumer.
    fn blame_consumer(&self, id: &str) -> Result<(), Error> {
        match self.context.stream.consumer_arn() {
            Some(consumer_arn) if self.plan.knows(id) && !self.context.is_proven() => {
                Err(Error::Consumer { stream: self.context.origin.name.to_string(), consumer_arn: consumer_arn.into() })
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn list(&mut self) -> Result<(), Error> {
        let listed = tokio::select! {
            () = self.context.stop.cancelled() => return Ok(()),
            listed = Box::pin(self.context.stream.list()) => listed,
        };
        match listed {
            Ok(listed) => {
                let changes = self.plan.list(&listed);
                self.apply(changes);
                if !std::mem::replace(&mut self.is_listed, true) {
                    self.context.shards.note_stream();
                }
                self.listing_failures.succeed();
                self.next_listing = Instant::now() + LIST_INTERVAL;
                Ok(())
            }
            Err(trouble) => self.note_listing_trouble(trouble),
        }
    }

    fn note_listing_trouble(&mut self, trouble: Trouble) -> Result<(), Error> {
        let stream = &*self.context.origin.name;
        let wait = self.listing_failures.fail(random());
        match trouble.fatal(stream, "kinesis:ListShards") {
            Ok(error) if !self.context.is_proven() => return Err(error),
            Ok(error) => tracing::error!(stream, ?wait, %error, "cannot list the shards, trying again"),
            Err(trouble) => tracing::warn!(stream, ?wait, error = %trouble, "cannot list the shards, trying again"),
        }
        self.next_listing = Instant::now() + wait;
        Ok(())
    }

    fn apply(&self, changes: Changes) {
        let Context { origin: Origin { name: stream, .. }, checkpoints, .. } = &*self.context;
        for (shard, checkpoint) in changes.set {
            checkpoints.set(stream, &shard, checkpoint);
        }
        for shard in &changes.lost {
            tracing::error!(stream = &**stream, shard, "the stream dropped the shard before all of it was read");
        }
        for shard in changes.lost.iter().chain(&changes.forgotten) {
            checkpoints.forget(stream, shard);
            self.context.forget(&(Arc::clone(stream), shard.as_str().into()));
        }
    }
}

/// A task that panicked has broken a promise of its own; the panic goes on.
fn joined<T>(joined: Result<T, JoinError>) -> T {
    match joined {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// A number drawn evenly from all of `u64`, good enough to spread retries.
fn random() -> u64 {
    RandomState::new().hash_one(())
}
