//! The task of one shard: reads it to its end, by polling or by subscription.

use std::sync::Arc;

use tokio::time::Duration;

use super::handover::{Handover, Stopped};
use super::trouble::Trouble;
use super::{Context, Error, poll, subscribe};
use crate::io::telemetry::Counter;
use crate::shard::Position;
use crate::shard::plan::{Listed, Start};

/// The wait before a shard is read again that could not be read: long enough for a permission to be mended, or for the
/// stream to be listed without the shard.
const AGAIN_WAIT: Duration = Duration::from_secs(10);

/// How the task of a shard ended, with everything settled that was handed over.
#[derive(Debug)]
pub(super) enum Ended {
    /// The shard was closed, and everything in it is safe.
    Finished { children: Vec<Listed> },
    /// The shard is not there any more.
    Gone { from: Position },
    /// The shard cannot be read.
    Failed { error: Error, from: Position },
    /// The reader was asked to stop.
    Stopped,
}

/// Why reading came to a halt before the end of the shard.
#[derive(Debug)]
pub(super) enum Halt {
    Stopped,
    Gone,
    Failed(Error),
}

impl From<Stopped> for Halt {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Reads a shard until its end, or until stopped; then waits for what is under way.
pub(super) async fn run(context: Arc<Context>, start: Start) -> Ended {
    let mut handover = Handover::new(Arc::clone(&context), &start.id, start.from.clone());
    let result = match handover.pause(if start.again { AGAIN_WAIT } else { Duration::ZERO }).await {
        Ok(()) if context.stream.consumer_arn().is_some() => subscribe::read(&context, &mut handover, start.from).await,
        Ok(()) => poll::read(&context, &mut handover, start.from).await,
        Err(stopped) => Err(stopped.into()),
    };
    let shard = handover.shard().clone();
    match &result {
        Ok(_) => context.forget(&shard),
        Err(Halt::Failed(error)) => context.shards.update(&shard, |status| status.error = Some(error.to_string())),
        Err(Halt::Stopped | Halt::Gone) => {}
    }
    let from = handover.drain().await;
    match result {
        Ok(children) => Ended::Finished { children },
        Err(Halt::Stopped) => Ended::Stopped,
        Err(Halt::Gone) => Ended::Gone { from },
        Err(Halt::Failed(error)) => Ended::Failed { error, from },
    }
}

/// What waiting does not mend ends the task; the rest comes back, to be waited for.
pub(super) fn halt_if_fatal(context: &Context, trouble: Trouble, action: &'static str) -> Result<Trouble, Halt> {
    match trouble {
        Trouble::Missing => Err(Halt::Gone),
        Trouble::Denied(_) | Trouble::Key(_) => match trouble.fatal(&context.origin.name, action) {
            Ok(error) => Err(Halt::Failed(error)),
            Err(trouble) => Ok(trouble),
        },
        Trouble::Throttled | Trouble::Expired | Trouble::InUse(_) | Trouble::Invalid(_) | Trouble::Passing(_) => {
            Ok(trouble)
        }
    }
}

/// Shows trouble in the table of shards, and in the log.
pub(super) fn note_trouble(context: &Context, handover: &Handover, trouble: &Trouble, wait: Duration) {
    let (stream, shard) = (&*handover.shard().0, &*handover.shard().1);
    let throttled = matches!(trouble, Trouble::Throttled);
    if throttled {
        context.telemetry.count(Counter::KinesisThrottles, 1);
        tracing::debug!(stream, shard, ?wait, "throttled");
    } else {
        tracing::warn!(stream, shard, ?wait, error = %trouble, "cannot read the shard, trying again");
    }
    context.shards.update(handover.shard(), |status| {
        status.throttles += u64::from(throttled);
        status.error = Some(trouble.to_string());
    });
}

/// A sequence number that the stream refuses is one of an earlier stream of the same name: nothing of this one was read.
/// True if the shard is now begun anew.
pub(super) fn begin_anew(handover: &mut Handover, refused: &Position, trouble: &Trouble) -> bool {
    let stale = matches!((refused, trouble), (Position::After(_), Trouble::Invalid(_)));
    if !stale || !handover.ledger().is_untouched() {
        return false;
    }
    let (stream, shard) = (&*handover.shard().0, &*handover.shard().1);
    tracing::warn!(stream, shard, error = %trouble, "the checkpoint is not of this stream; reading the shard from its beginning");
    handover.begin_at(Position::TrimHorizon);
    true
}
