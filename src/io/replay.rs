//! `fanin replay`: sends kept things again, and removes what Fanin kept only after all of it was accepted.
//!
//! A dry run reads everything and sends nothing. Files and objects are read one after the other and never held whole.
//! What fails stays where it is, so that the same command later finishes the work.

pub mod again;
mod find;
mod send;
mod summary;

use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use aws_config::SdkConfig;
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::task;
use tokio_util::sync::CancellationToken;

use super::dead_letters::DeadLetters;
use super::intake::Intake;
use super::storage;
use crate::export::Verdict;
use crate::id::{Region, Signal};
use crate::replay::peek::{self, Look};
use crate::replay::{self, Broken, Context, Item, Items, Kind};
use crate::time::Timestamp;
use find::Found;
use send::{Down, Outcome, Sender};
pub use summary::{Count, Mode, Problem, Summary};

/// Items that were read and wait to be sent. Few: each may be large.
const ITEMS_AHEAD_MAX: usize = 4;

/// What to replay, and what to do with it afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// A file, a folder (with all folders in it), `-` for standard input, or `s3://bucket/prefix`.
    pub source: String,
    /// What becomes of a file whose content was accepted as a whole.
    pub after: After,
    /// Region of the bucket, and of records that name none; the SDK's default chain when `None`.
    pub region: Option<Region>,
    /// Another endpoint than AWS for `s3://` sources, for tests and emulators.
    pub endpoint: Option<String>,
}

/// What becomes of a file whose content was accepted as a whole. Files that Fanin did not write are never removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// Spilled batches are removed, dead letters are kept. The default.
    #[default]
    RemoveSpill,
    /// Nothing is removed.
    KeepAll,
    /// Spilled batches and dead letters are removed.
    RemoveLetters,
}

/// Where things are sent.
#[derive(Clone, Debug)]
pub struct Line<E> {
    /// Takes records, as from any source.
    pub intake: Intake,
    /// Sends an encoded request once to the destination of that name: `Fn(&str, Signal, Bytes) -> Future<Verdict>`.
    /// A name that the configuration does not know is `Verdict::Refused`.
    pub export: E,
    /// Keeps what a destination refused of a request that it accepted in part.
    pub dead_letters: DeadLetters,
    /// The first wait before a request is tried again; doubles.
    pub retry_wait_min: Duration,
    /// The longest wait before a request is tried again.
    pub retry_wait_max: Duration,
}

/// Why nothing could be replayed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A local file or folder.
    #[error("cannot read {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A bucket.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// An empty folder or prefix.
    #[error("there is nothing in {given:?}: name a file, a folder, s3://bucket/prefix, or - for standard input")]
    Nothing {
        /// What was given.
        given: String,
    },
}

/// Credentials and Region where the source is in AWS; nothing is looked up where it is not.
pub async fn sdk(options: &Options) -> SdkConfig {
    if options.source.starts_with("s3://") { super::aws::look_up().await } else { super::aws::none() }
}

/// Reads everything and sends nothing.
///
/// # Errors
/// When the source cannot be listed. A file that cannot be read is told in the summary.
pub async fn dry_run(options: &Options, sdk: &SdkConfig, stop: &CancellationToken) -> Result<Summary, Error> {
    let mut summary = Summary { mode: Mode::DryRun, ..Summary::default() };
    let found = find::find(options, sdk).await?;
    let bar = progress(&found);
    for found in found {
        let mut reading = Reading::begin(&found, options, &bar, &mut summary).await;
        while let Some(read) = reading.next(stop).await {
            let _ = note(&mut summary, &found, read);
        }
        if stop.is_cancelled() {
            summary.stopped = true;
            break;
        }
    }
    bar.finish_and_clear();
    Ok(summary)
}

/// Reads everything and hands it over, in order, with the time when its file was written; sends nothing. What does not say when
/// it arrived has 1970 for that.
///
/// # Errors
/// When the source cannot be listed. A file that cannot be read is told in the summary.
pub async fn each(
    options: &Options,
    sdk: &SdkConfig,
    stop: &CancellationToken,
    mut take: impl FnMut(Item, Timestamp),
) -> Result<Summary, Error> {
    let mut summary = Summary { mode: Mode::DryRun, ..Summary::default() };
    let found = find::find(options, sdk).await?;
    let bar = progress(&found);
    for found in found {
        let mut undated = found.clone();
        undated.modified = Timestamp::default();
        let mut reading = Reading::begin(&undated, options, &bar, &mut summary).await;
        while let Some(read) = reading.next(stop).await {
            if let Some(item) = note(&mut summary, &found, read) {
                take(item, found.modified);
            }
        }
        if stop.is_cancelled() {
            summary.stopped = true;
            break;
        }
    }
    bar.finish_and_clear();
    Ok(summary)
}

/// Sends everything, and removes what `options.after` says.
///
/// # Errors
/// When the source cannot be listed. What cannot be read or sent is told in the summary.
pub async fn send<E, F>(
    options: &Options,
    sdk: &SdkConfig,
    line: &Line<E>,
    stop: &CancellationToken,
) -> Result<Summary, Error>
where
    E: Fn(&str, Signal, Bytes) -> F + Sync,
    F: Future<Output = Verdict> + Send,
{
    let mut summary = Summary { mode: Mode::Send, ..Summary::default() };
    let found = find::find(options, sdk).await?;
    let bar = progress(&found);
    let down = Down::default();
    for found in found {
        let reading = Reading::begin(&found, options, &bar, &mut summary).await;
        let holds = send_one(&found, reading, Sender::new(line, &down, stop), stop, &mut summary).await;
        if stop.is_cancelled() {
            summary.stopped = true;
            break;
        }
        if holds.is_removed(options.after) {
            match found.remove().await {
                Ok(()) => summary.removed += 1,
                Err(error) => summary.problem(&found.name, String::new(), told(&error)),
            }
        }
    }
    bar.finish_and_clear();
    Ok(summary)
}

/// What a file turned out to hold.
#[derive(Debug, Default)]
struct Holds {
    spilled: bool,
    dead: bool,
    foreign: bool,
    /// Something in it was not accepted, or could not be read.
    open: bool,
}

impl Holds {
    const fn is_removed(&self, after: After) -> bool {
        let accepted_letters = !self.open && !self.foreign;
        match after {
            After::KeepAll => false,
            After::RemoveSpill => accepted_letters && self.spilled && !self.dead,
            After::RemoveLetters => accepted_letters && (self.spilled || self.dead),
        }
    }

    const fn see(&mut self, kind: Kind) {
        match kind {
            Kind::SpilledBatch => self.spilled = true,
            Kind::RefusedRequest | Kind::DeadRecord => self.dead = true,
            Kind::FirehoseFailure
            | Kind::FirehoseEvent
            | Kind::LambdaFailure
            | Kind::LambdaEvent
            | Kind::Capture
            | Kind::LogsPayload
            | Kind::MetricStream
            | Kind::Aggregate
            | Kind::ServiceLog => self.foreign = true,
        }
    }
}

async fn send_one<'a, E, F>(
    found: &Found,
    mut reading: Reading,
    mut sender: Sender<'a, E>,
    stop: &CancellationToken,
    summary: &mut Summary,
) -> Holds
where
    E: Fn(&str, Signal, Bytes) -> F + Sync,
    F: Future<Output = Verdict> + Send + 'a,
{
    let mut holds = Holds::default();
    while let Some(read) = reading.next(stop).await {
        match note(summary, found, read) {
            Some(item) => {
                holds.see(item.kind);
                let ended = sender.send(item).await;
                holds.open |= settle(summary, found, ended);
            }
            None => holds.open = true,
        }
    }
    let ended = sender.finish().await;
    holds.open |= settle(summary, found, ended) || reading.failed || stop.is_cancelled();
    holds
}

/// Counts what ended; whether something of it was not accepted.
fn settle(summary: &mut Summary, found: &Found, ended: Vec<Outcome>) -> bool {
    let mut open = false;
    for outcome in ended {
        match outcome.result {
            Ok(accepted) => {
                summary.accepted += outcome.items;
                summary.refused_records += accepted.refused_records;
            }
            Err(detail) => {
                open = true;
                summary.failed += outcome.items - 1;
                summary.failed(&found.name, outcome.position, detail);
            }
        }
    }
    open
}

/// Counts what was read; the item, if it is one.
fn note(summary: &mut Summary, found: &Found, read: Got) -> Option<Item> {
    match read {
        Got::Item(item, look) => {
            summary.found(&item, look);
            Some(item)
        }
        Got::Broken(broken) => {
            summary.broken(&found.name, broken);
            None
        }
        Got::Failed(detail) => {
            summary.unreadable(&found.name, detail);
            None
        }
    }
}

/// One file that is being read, on a thread that may wait.
struct Reading {
    items: Option<mpsc::Receiver<Got>>,
    failed: bool,
}

enum Got {
    Item(Item, Look),
    Broken(Broken),
    Failed(String),
}

impl Reading {
    async fn begin(found: &Found, options: &Options, bar: &ProgressBar, summary: &mut Summary) -> Self {
        bar.set_message(found.name.clone());
        summary.objects += 1;
        let reader = match found.open().await {
            Ok(reader) => Box::new(bar.wrap_read(reader)),
            Err(error) => {
                summary.unreadable(&found.name, told(&error));
                return Self { items: None, failed: true };
            }
        };
        let context = Context { name: found.name.as_str().into(), region: options.region, arrived: found.modified };
        let (sender, items) = mpsc::channel(ITEMS_AHEAD_MAX);
        // Ends with the file, or when the receiver is dropped.
        drop(task::spawn_blocking(move || read_all(reader, context, &sender)));
        Self { items: Some(items), failed: false }
    }

    /// The next of the file; `None` at its end and when stopped.
    async fn next(&mut self, stop: &CancellationToken) -> Option<Got> {
        let items = self.items.as_mut()?;
        let read = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            read = items.recv() => read,
        };
        self.failed |= matches!(read, Some(Got::Failed(_)));
        read
    }
}

fn read_all(reader: Box<dyn Read + Send>, context: Context, sender: &mpsc::Sender<Got>) {
    for found in Items::new(reader, context) {
        let read = match found {
            Ok(item) => {
                let look = peek::look(&item);
                Got::Item(item, look)
            }
            Err(replay::Error::Broken(broken)) => Got::Broken(broken),
            Err(error @ replay::Error::Read(_)) => Got::Failed(told(&error)),
        };
        if sender.blocking_send(read).is_err() {
            return;
        }
    }
}

/// On a terminal only; `indicatif` hides it otherwise.
fn progress(found: &[Found]) -> ProgressBar {
    let style = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} {wide_msg}";
    let bar = ProgressBar::new(found.iter().map(|found| found.bytes).sum());
    bar.with_style(ProgressStyle::with_template(style).expect("the template is well formed"))
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
