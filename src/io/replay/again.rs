//! Dead letters of one reason again, through the service that runs: what could not be used before, and can be now.
//!
//! Each letter is tried on the decoder first. What would only come back as another dead letter is not sent, and stays where it
//! is. A file is removed only when every letter in it was of the reason and was accepted, so that nothing is lost and nothing of
//! another reason is touched; a file that has others beside stays as a whole, and that is said.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::find::{self, Found};
use super::send::{Down, Sender};
use super::{After, Error, Got, Line, Options, Reading, told};
use crate::config::{Normalize, Place};
use crate::delivery::Delivery;
use crate::export::Verdict;
use crate::id::Signal;
use crate::io::dead_letters::{DeadLetters, FOLDER};
use crate::io::directory::DirectoryHandle;
use crate::io::intake::Intake;
use crate::policy::Policy;
use crate::processor::output::Output;
use crate::processor::{Processor, Surroundings, units};
use crate::reject::Reason;
use crate::replay::{Content, Item};

/// Files are begun for so long: whoever asked waits for the answer, and can ask again.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Letters that are sent for one asking.
const LETTERS_MAX: u64 = 20_000;

/// Problems that are told one by one.
const PROBLEMS_MAX: usize = 5;

/// Sends a request to the destination of that name, once.
pub type Export = Arc<dyn Fn(&str, Signal, Bytes) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// What it works with.
pub struct Parts {
    /// Where dead letters lie.
    pub place: Place,
    /// To reach it, where it is in AWS.
    pub sdk: Arc<SdkConfig>,
    /// Takes records.
    pub intake: Intake,
    /// Takes requests that a destination refused.
    pub export: Export,
    /// Keeps what a destination refused of a request that it accepted in part.
    pub dead_letters: DeadLetters,
    /// How long is waited between tries: at first, and at most.
    pub retry_wait: (Duration, Duration),
    /// Accounts, as they are now.
    pub directory: DirectoryHandle,
    /// How records are shaped.
    pub normalize: Normalize,
    /// What happens to records before they leave.
    pub policy: Policy,
}

/// A cheap handle by which dead letters are sent again, one asking after the other.
#[derive(Clone)]
pub struct Again(Arc<Shared>);

struct Shared {
    parts: Parts,
    /// Held while letters are sent.
    busy: Mutex<()>,
}

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Again {{ {:?} }}", self.0.parts.place)
    }
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Someone else does.
    #[error("dead letters are being sent again already")]
    Busy,
    /// They lie where nothing can be read.
    #[error("dead letters go to the Firehose stream {stream}, which gives nothing back")]
    WriteOnly {
        /// Its name.
        stream: String,
    },
    /// The place cannot be listed.
    #[error(transparent)]
    Source(#[from] Error),
}

/// What was found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Letters of the reason.
    pub found: u64,
    /// That were accepted; of a dry run, that would be sent.
    pub sent: u64,
    /// That would come back as dead letters, and so were not sent.
    pub rejected: u64,
    /// That were sent and not accepted.
    pub failed: u64,
    /// Letters of other reasons in files that have some of this one.
    pub others: u64,
    /// Files that were removed, since all in them was accepted.
    pub removed: u64,
    /// Files that stay though something in them was accepted.
    pub kept: u64,
    /// Files that were not looked at, because there was no time.
    pub files_left: u64,
    /// The first problems.
    pub problems: Vec<String>,
}

/// What a file turned out to hold.
#[derive(Default)]
struct Holds {
    accepted: u64,
    /// Something in it must stay.
    open: bool,
}

impl Again {
    /// Nothing is opened before someone asks.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared { parts, busy: Mutex::new(()) }))
    }

    /// Where the letters lie, for people.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.0.parts.place {
            Place::Folder(path) => path.join(FOLDER).display().to_string(),
            Place::S3 { bucket, prefix, .. } => {
                let parts = [prefix.trim_matches('/'), FOLDER].into_iter().filter(|part| !part.is_empty());
                format!("s3://{bucket}/{}", parts.collect::<Vec<_>>().join("/"))
            }
            Place::Firehose { stream, .. } => format!("Firehose stream {stream}"),
        }
    }

    /// Sends the letters of a reason again, or looks what would become of them.
    ///
    /// # Errors
    /// When someone else does, or the letters cannot be read.
    pub async fn send(&self, reason: Reason, dry_run: bool, stop: &CancellationToken) -> Result<Outcome, Refused> {
        let _one_at_a_time = self.0.busy.try_lock().map_err(|_| Refused::Busy)?;
        let options = self.options()?;
        let mut outcome = Outcome::default();
        let found = match find::find(&options, &self.0.parts.sdk).await {
            Ok(found) => found,
            Err(Error::Nothing { .. }) => return Ok(outcome),
            Err(Error::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => return Ok(outcome),
            Err(error) => return Err(error.into()),
        };
        let deadline = Instant::now() + TIME_MAX;
        let mut left = found.len() as u64;
        for found in found {
            if Instant::now() >= deadline || outcome.sent >= LETTERS_MAX || stop.is_cancelled() {
                outcome.files_left = left;
                break;
            }
            left -= 1;
            self.file(&found, &options, reason, dry_run, stop, &mut outcome).await;
        }
        Ok(outcome)
    }

    fn options(&self) -> Result<Options, Refused> {
        let options = Options { source: self.place(), after: After::KeepAll, region: None, endpoint: None };
        match &self.0.parts.place {
            Place::Folder(_) => Ok(options),
            Place::S3 { endpoint, region, .. } => {
                Ok(Options { endpoint: endpoint.clone(), region: *region, ..options })
            }
            Place::Firehose { stream, .. } => Err(Refused::WriteOnly { stream: stream.clone() }),
        }
    }

    async fn file(
        &self,
        found: &Found,
        options: &Options,
        reason: Reason,
        dry_run: bool,
        stop: &CancellationToken,
        outcome: &mut Outcome,
    ) {
        let parts = &self.0.parts;
        let line = Line {
            intake: parts.intake.clone(),
            export: |name: &str, signal, request| (parts.export)(name, signal, request),
            dead_letters: parts.dead_letters.clone(),
            retry_wait_min: parts.retry_wait.0,
            retry_wait_max: parts.retry_wait.1,
        };
        let (down, mut holds) = (Down::default(), Holds::default());
        let mut sender = Sender::new(&line, &down, stop);
        let (mut decoder, mut unused) = (Decoder::default(), super::Summary::default());
        let bar = indicatif::ProgressBar::hidden();
        let mut reading = Reading::begin(found, options, &bar, &mut unused).await;
        while let Some(read) = reading.next(stop).await {
            let item = match read {
                Got::Item(item, _) => item,
                Got::Broken(_) | Got::Failed(_) => {
                    holds.open = true;
                    continue;
                }
            };
            if item.reason != Some(reason) {
                outcome.others += 1;
                holds.open = true;
            } else if !decoder.can_be_used(&item, parts) {
                outcome.found += 1;
                outcome.rejected += 1;
                holds.open = true;
            } else if dry_run {
                outcome.found += 1;
                outcome.sent += 1;
            } else {
                outcome.found += 1;
                let ended = sender.send(item).await;
                settle(ended, &mut holds, outcome);
            }
        }
        let ended = sender.finish().await;
        settle(ended, &mut holds, outcome);
        holds.open |= reading.failed || stop.is_cancelled();
        if dry_run || holds.accepted == 0 {
            return;
        }
        if holds.open {
            outcome.kept += 1;
        } else {
            match found.remove().await {
                Ok(()) => outcome.removed += 1,
                Err(error) => {
                    outcome.kept += 1;
                    outcome.problem(format!("{}: {}", found.name, told(&error)));
                }
            }
        }
    }
}

fn settle(ended: Vec<super::send::Outcome>, holds: &mut Holds, outcome: &mut Outcome) {
    for one in ended {
        match one.result {
            Ok(_) => {
                holds.accepted += one.items;
                outcome.sent += one.items;
            }
            Err(detail) => {
                holds.open = true;
                outcome.failed += one.items;
                outcome.problem(detail);
            }
        }
    }
}

impl Outcome {
    fn problem(&mut self, detail: String) {
        if self.problems.len() < PROBLEMS_MAX && !self.problems.contains(&detail) {
            self.problems.push(detail);
        }
    }
}

/// Looks whether a record can be used.
#[derive(Default)]
struct Decoder {
    processor: Processor,
    output: Output,
}

impl Decoder {
    /// Whether something of it would leave. Of a refused request only its destination can tell.
    fn can_be_used(&mut self, item: &Item, parts: &Parts) -> bool {
        let Content::Deliver { origin, payload } = &item.content else { return true };
        let (delivery, directory) =
            (Delivery { origin: origin.clone(), payload: payload.clone(), accounts: None }, parts.directory.current());
        let around = Surroundings { policy: &parts.policy, ..Surroundings::new(&directory, &parts.normalize) };
        self.output.clear();
        for unit in 0..units(&delivery.payload) {
            self.processor.process(&delivery, unit, &around, &mut self.output);
        }
        self.output.rejects.is_empty() || !self.output.chunks.is_empty()
    }
}
