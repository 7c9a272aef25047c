//! `fanin replay`: sends again what was kept: spilled batches, dead letters, Firehose backups, captures. Or tells what rules
//! would have done with it.

mod rules;

use std::path::PathBuf;

use clap::Args;
use fanin::id::{AccountId, Region};
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
  fanin replay firehose-backup.gz --send
  fanin replay --rules rules --directory accounts.csv backup/   # what would have fired; nothing is sent
  fanin replay --rules rules backup/ --explain 111122223333     # and why, tick by tick, for one account";

/// Send again what was kept: spilled batches, dead letters, Firehose backup and error objects, captures; or try rules on it
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// A file, a folder, s3://bucket/prefix, or - for standard input; several only with --rules
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
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
    /// Tell what these rules would have done with it, and send nothing: a file or a folder; may be given again
    #[arg(long, value_name = "PATH", conflicts_with = "send", help_heading = "Rules")]
    rules: Vec<PathBuf>,
    /// Tell how the groups of this account stood after each tick
    #[arg(long, value_name = "ACCOUNT", requires = "rules", value_parser = super::explain::account, help_heading = "Rules")]
    explain: Option<AccountId>,
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
    if !options.rules.is_empty() {
        return rules::run(options, environment);
    }
    let [path] = options.paths.as_slice() else {
        let error = anyhow::anyhow!("{} paths are given: name one, or a folder with all of it", options.paths.len());
        return Err(Failure::new(Exit::Usage, error));
    };
    let source = replay::Options {
        after: match (options.keep, options.remove_letters) {
            (true, _) => After::KeepAll,
            (false, true) => After::RemoveLetters,
            (false, false) => After::RemoveSpill,
        },
        ..source(options, path)
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

fn source(options: &Options, path: &str) -> replay::Options {
    replay::Options {
        source: path.into(),
        after: After::KeepAll,
        region: options.region,
        endpoint: options.s3_endpoint.clone(),
    }
}

async fn dry_run(source: &replay::Options) -> Result<Summary, replay::Error> {
    replay::dry_run(source, &replay::sdk(source).await, &stop_at_interrupt()).await
}

/// Stops at Ctrl-C.
fn stop_at_interrupt() -> CancellationToken {
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    drop(tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    }));
    stop
}

/// Prints what was found, and what became of it.
pub(super) fn tell(summary: &Summary, told: Told) -> Outcome {
    match told {
        Told::Json => output::data_json(&json!(summary))?,
        Told::Text => output::data(&summary.to_string())?,
    }
    Ok(if summary.is_clean() { Exit::Done } else { Exit::Findings })
}
