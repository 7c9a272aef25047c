//! `fanin replay`: sends again what was kept: spilled batches, dead letters, Firehose backups, captures.

use clap::Args;
use fanin::id::Region;
use fanin::io::aws;
use fanin::io::configuration::Secrets;
use fanin::io::replay::{self, After, Summary};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::settings::Settings;
use super::{Environment, Exit, Failure, HELP, Outcome, block_on, output, service};

const EXAMPLES: &str = "\
Examples:
  fanin replay ./spill                      # a dry run: what is there, nothing is sent
  fanin replay ./spill --send               # send it, and remove what was accepted
  fanin replay s3://bucket/dead-letters --region eu-central-1 --send --keep
  fanin replay firehose-backup.gz --send";

/// Send again what was kept: spilled batches, dead letters, Firehose backup and error objects, captures
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// A file, a folder, s3://bucket/prefix, or - for standard input
    #[arg(value_name = "PATH")]
    path: String,
    /// Send it; without this flag it is only looked at
    #[arg(long)]
    send: bool,
    /// Remove nothing that was accepted
    #[arg(long, requires = "send", conflicts_with = "remove_letters")]
    keep: bool,
    /// Remove dead letters too once they were accepted, not only spilled batches
    #[arg(long, requires = "send")]
    remove_letters: bool,
    /// Region of the bucket, and of records that name none
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// Another endpoint than AWS for s3:// paths
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<String>,
    #[command(flatten)]
    settings: Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// For whom the summary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// People.
    Text,
    /// Programs.
    Json,
}

/// Looks at what was kept, or sends it.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    let source = replay::Options {
        source: options.path.clone(),
        after: match (options.keep, options.remove_letters) {
            (true, _) => After::KeepAll,
            (false, true) => After::RemoveLetters,
            (false, false) => After::RemoveSpill,
        },
        region: options.region,
        endpoint: options.s3_endpoint.clone(),
    };
    let told = if options.json { Told::Json } else { Told::Text };
    if options.send {
        return match block_on(options.settings.load(environment, Secrets::All)) {
            Ok(checked) => service::replay(&source, &checked, told),
            Err(problems) => Ok(output::refused(&problems)),
        };
    }
    let summary = block_on(dry_run(&source)).map_err(|error| Failure::new(Exit::Io, error))?;
    tell(&summary, told)
}

async fn dry_run(source: &replay::Options) -> Result<Summary, replay::Error> {
    let sdk = if source.source.starts_with("s3://") { aws::look_up().await } else { aws::none() };
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    drop(tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    }));
    replay::dry_run(source, &sdk, &stop).await
}

/// Prints what was found, and what became of it.
pub(super) fn tell(summary: &Summary, told: Told) -> Outcome {
    match told {
        Told::Json => output::data_json(&json!(summary))?,
        Told::Text => output::data(&summary.to_string())?,
    }
    Ok(if summary.is_clean() { Exit::Done } else { Exit::Findings })
}
