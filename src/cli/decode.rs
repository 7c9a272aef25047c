//! `fanin decode`: what a payload becomes. The tool to reach for first when a record is not what it should be.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::path::PathBuf;

use anyhow::Context;
use bytes::Bytes;
use clap::Args;
use clap::builder::PossibleValuesParser;
use fanin::chunk::Chunk;
use fanin::config::Config;
use fanin::delivery::{Delivery, Origin, Payload, Source};
use fanin::envelope::sniff::Format;
use fanin::id::{Region, Signal};
use fanin::io::clock;
use fanin::io::configuration::Secrets;
use fanin::io::directory::read_file;
use fanin::letter::Letter;
use fanin::policy::Policy;
use fanin::processor::output::{Explained, Output};
use fanin::processor::{Processor, Surroundings, units};
use fanin::record::explain::Step;
use fanin::record::place::{Place, Refusal};
use fanin::reject::{Reason, Reject};
use fanin::replay::{self, Content};
use fanin::tenant::{Directory, merge};
use fanin::time::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;

use super::settings::Settings;
use super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin decode payload.gz
  aws kinesis get-records ... | jq -r '.Records[0].Data' | base64 -d | fanin decode -
  fanin decode capture.json --directory accounts.csv | jq .resourceLogs
  fanin decode capture.json --config config.yaml --explain";

/// The largest file that is read; a capture, not an archive. `fanin replay` takes those.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Show what a payload becomes: OTLP as JSON lines on stdout, rejects with reasons on stderr
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// A file as AWS delivered it, compressed or not; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take the payload for this format, instead of telling it from its content
    #[arg(long = "as", value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::ALL.map(Format::as_str)))]
    format: Option<String>,
    /// Region of the stream that carried it, for records that name none
    #[arg(long, value_name = "REGION")]
    origin_region: Option<Region>,
    /// Tag records by this directory file
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,
    /// Shape records by this configuration; its directory file is used too
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Tell for each log record what each step did to it, instead of printing what it became
    #[arg(long)]
    explain: bool,
}

/// Decodes the file and prints what it became.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    let config = match &options.config {
        Some(file) => match block_on(Settings::of_file(file).load(environment, Secrets::LocalFiles)) {
            Ok(checked) => checked.config,
            Err(problems) => return Ok(output::refused(&problems)),
        },
        None => Config::default(),
    };
    let directory = directory(options, &config)?;
    let data = read(&options.file)?;
    let output = decode(options, data, &directory, &config);
    print(&output, options.explain)?;
    Ok(if output.rejects.is_empty() { Exit::Done } else { Exit::Findings })
}

fn directory(options: &Options, config: &Config) -> Result<Directory, Failure> {
    let facts = match options.directory.as_ref().or(config.directory.file.as_ref()) {
        Some(file) => block_on(read_file(file)).map_err(|error| {
            Failure::new(Exit::Config, error).hint("fanin check FILE tells everything that is wrong with a directory")
        })?,
        None => Vec::new(),
    };
    Ok(Directory::new(merge::merge(&facts, None), &config.directory.tenant_attribute, &[None]))
}

fn read(path: &PathBuf) -> Result<Bytes, Failure> {
    let from = || -> std::io::Result<Vec<u8>> {
        let mut data = Vec::new();
        if path.as_os_str() == "-" {
            let _ = std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut data)?;
        } else {
            let _ = std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut data)?;
        }
        Ok(data)
    };
    let data = from().with_context(|| format!("cannot read {}", path.display()));
    let data = data.map_err(|error| Failure::new(Exit::Io, error))?;
    if u64::try_from(data.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        let error = anyhow::anyhow!("{} has more than {FILE_BYTES_MAX} bytes", path.display());
        return Err(Failure::new(Exit::Io, error).hint("fanin replay takes large files"));
    }
    Ok(data.into())
}

fn decode(options: &Options, data: Bytes, directory: &Directory, config: &Config) -> Output {
    let policy = Policy::compile(&config.policy);
    let around =
        Surroundings { policy: &policy, explain: options.explain, ..Surroundings::new(directory, &config.normalize) };
    let (mut processor, mut output) = (Processor::default(), Output::default());
    let (region, arrived) = (options.origin_region, clock::now());
    let format = options.format.as_deref().and_then(|name| Format::ALL.into_iter().find(|f| f.as_str() == name));
    if let Some(format) = format {
        let place = Place { region, accounts: None, position: "0", arrived };
        processor.process_as(&data, format, place, &around, &mut output);
        return output;
    }
    let context = replay::Context { name: options.file.display().to_string().into(), region, arrived };
    for item in replay::Items::new(Box::new(Cursor::new(data)), context) {
        match item {
            Ok(item) => decode_item(item, &mut processor, &around, &mut output),
            Err(error) => output.reject(unreadable(&error, region, arrived)),
        }
    }
    output
}

/// One thing of the file: a record, or a request of a letter that is OTLP already.
fn decode_item(item: replay::Item, processor: &mut Processor, around: &Surroundings<'_>, output: &mut Output) {
    let (origin, payload) = match item.content {
        Content::Deliver { origin, payload } => (origin, payload),
        Content::Send(Letter::Otlp { time, signal, request, .. }) => {
            let origin = Origin { source: Source::File, name: item.position.into(), region: None };
            (origin, Payload::Otlp { signal, request, arrived: time })
        }
        Content::Send(Letter::Raw { .. }) => return,
    };
    let delivery = Delivery { origin, payload, accounts: None };
    for unit in 0..units(&delivery.payload) {
        processor.process(&delivery, unit, around, output);
    }
}

fn unreadable(error: &replay::Error, region: Option<Region>, arrived: Timestamp) -> Reject {
    let (position, reason) = match error {
        replay::Error::Broken(broken) => (broken.position.as_str(), broken.reason),
        replay::Error::Read(_) => ("0", Reason::BadShape),
    };
    let place = Place { region, accounts: None, position, arrived };
    place.reject(Refusal::new(reason, fanin::io::chain(error)), Cow::Borrowed(&[]))
}

fn print(decoded: &Output, explain: bool) -> Result<(), Failure> {
    for explained in &decoded.explained {
        output::data(&steps(explained))?;
    }
    for chunk in decoded.chunks.iter().filter(|_| !explain) {
        let line = json_line(chunk).context("Fanin wrote OTLP that it cannot read: please report this");
        output::data(&line.map_err(|error| Failure::new(Exit::Findings, error))?)?;
    }
    for reject in &decoded.rejects {
        output::talk(&told(reject));
    }
    let records: u64 = decoded.chunks.iter().map(|chunk| u64::from(chunk.records)).sum();
    let control = match decoded.tally.control_messages {
        0 => String::new(),
        n => format!(", {n} control messages (probes without data)"),
    };
    let unknown = decoded.accounts.values().filter(|tally| !tally.known).count();
    output::talk(&format!(
        "{records} records of {} accounts ({unknown} not in the directory), {} rejects{control}",
        decoded.accounts.len(),
        decoded.rejects.len()
    ));
    Ok(())
}

/// The steps of one log record, a line each.
fn steps(explained: &Explained) -> String {
    let Explained { account, log_group, log_stream, event_id, beginning, forwarded, steps } = explained;
    let mut told = format!("record {event_id} of {account}, {log_group}, {log_stream}\n  {:<10} {beginning}\n", "body");
    for Step { name, detail } in steps {
        told.push_str(&format!("  {name:<10} {detail}\n"));
    }
    told.push_str(if *forwarded { "  forward    to the destinations of its account\n" } else { "  forward    not\n" });
    told
}

fn json_line(chunk: &Chunk) -> anyhow::Result<String> {
    let mut line = match chunk.signal {
        Signal::Logs => serde_json::to_string(&ExportLogsServiceRequest::decode(&chunk.bytes[..])?)?,
        Signal::Metrics => serde_json::to_string(&ExportMetricsServiceRequest::decode(&chunk.bytes[..])?)?,
    };
    line.push('\n');
    Ok(line)
}

fn told(reject: &Reject) -> String {
    let whose = match (&reject.account, &reject.region) {
        (Some(account), Some(region)) => format!(" of {account} in {region}"),
        (Some(account), None) => format!(" of {account}"),
        (None, _) => String::new(),
    };
    let word = output::colored(Some(fanin::config::problem::Severity::Warning), "rejected");
    format!("{word} {} at {}{whose}: {}", reject.reason.as_str(), reject.position, reject.detail)
}
