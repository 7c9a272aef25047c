//! Where commands meet the running service: start, signals, stop.

use std::time::Duration;

use fanin::config::Config;
use fanin::config::check::Checked;
use fanin::config::effective::Origins;
use fanin::config::problem::Severity;
use fanin::incident::{Notification, Status};
use fanin::io::configuration::remote::Remote;
use fanin::io::demo::{self, Demo};
use fanin::io::service::{self, Drained, Service, Waiting};
use fanin::io::{alerting, aws, logging, replay};
use fanin::notify::text;
use indicatif::ProgressBar;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::replay::{Told, tell};
use super::{Environment, Exit, Failure, Outcome, output};

/// How often a configuration in a bucket is looked at.
const REMOTE_INTERVAL: Duration = Duration::from_secs(60);

/// Runs the service with a checked configuration until it is told to stop.
pub(super) fn run(
    options: &super::run::Options,
    environment: &Environment,
    checked: Checked,
    mut remote: Option<Remote>,
) -> Outcome {
    let directives = environment.get("RUST_LOG").map(String::as_str);
    logging::init(options.log_format, directives).map_err(|error| Failure::new(Exit::Usage, error))?;
    output::problems(&checked.warnings);
    on_all_cores(async {
        let sdk = aws::sdk_config(&checked.config).await;
        let summary = summary(&checked);
        let waiting = match Waiting::begin(&checked.config, &sdk).await {
            Ok(waiting) => waiting,
            Err(error) => return not_started(error, &checked.origins),
        };
        let mut signals = Signals::new()?;
        if let (true, Some(address)) = (checked.config.standby.is_some(), waiting.address()) {
            let active = waiting.active().unwrap_or_else(|| "nobody".into());
            tracing::info!(url = format!("http://{address}"), active, "fanin stands by until it is its turn");
        }
        let turn = tokio::select! {
            turn = waiting.turn() => turn,
            () = signals.stop() => {
                tracing::info!("stopped while it stood by");
                return Ok(Exit::Done);
            }
        };
        let mut service = match Box::pin(Service::start_in(turn, checked.config, sdk, None)).await {
            Ok(service) => service,
            Err(error) => return not_started(error, &checked.origins),
        };
        let accounts = service.directory().current().entries().len();
        let (version, address) = (env!("CARGO_PKG_VERSION"), service.address());
        let rules = service.alerting().n_rules();
        tracing::info!(version, url = format!("http://{address}"), accounts, rules, "fanin runs: {summary}");
        loop {
            tokio::select! {
                word = signals.next() => match word {
                    Word::Reload => reload(&service).await,
                    Word::Stop => break,
                },
                () = changed(remote.as_mut()) => reload(&service).await,
                error = service.failed() => return Err(failed(error)),
            }
        }
        tracing::info!("stopping: what was taken is delivered first; a second signal ends at once");
        tokio::select! {
            drained = service.stop() => Ok(told(drained)),
            () = signals.stop() => Ok(Exit::Findings),
        }
    })
}

/// Waits until a configuration in a bucket has changed, and was copied; for ever where it is none.
async fn changed(remote: Option<&mut Remote>) {
    let Some(remote) = remote else { return std::future::pending().await };
    loop {
        tokio::time::sleep(REMOTE_INTERVAL).await;
        match remote.copy().await {
            Ok(Some(_)) => {
                tracing::info!("the configuration in the bucket has changed: its rules and directory are read again");
                return;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(
                error = fanin::io::chain(&error),
                "the configuration in the bucket cannot be looked at; all stays as it was"
            ),
        }
    }
}

fn summary(checked: &Checked) -> String {
    let config = &checked.config;
    let mut sources: Vec<_> = config.kinesis.iter().map(|stream| format!("Kinesis stream {}", stream.stream)).collect();
    sources.extend(config.firehose.as_ref().map(|_| "Firehose endpoint".to_owned()));
    sources.extend(config.otlp.as_ref().map(|_| "OTLP receiver".to_owned()));
    let destinations: Vec<_> = config.destinations.iter().map(|destination| destination.name.as_str()).collect();
    format!("{} to {}", sources.join(", "), destinations.join(", "))
}

/// Rules and settings that cannot be used are told as those of the configuration are, each problem on its own line.
fn not_started(error: service::Error, origins: &Origins) -> Outcome {
    if let service::Error::Alerting(alerting::Error::Rules(problems)) = &error {
        return Ok(output::refused(problems));
    }
    if let service::Error::Alerting(alerting::Error::Settings(faults)) = &error {
        return Ok(output::refused(&super::rules::setting_problems(faults, origins)));
    }
    Err(unavailable(error))
}

fn failed(error: service::Error) -> Failure {
    let is_lost = matches!(error, service::Error::LeaseLost);
    Failure::new(if is_lost { Exit::StandBy } else { Exit::Unavailable }, error)
}

async fn reload(service: &Service) {
    match service.reload().await {
        Ok(reloaded) => tracing::info!("read again: {reloaded}"),
        Err(service::ReloadError::Rules(alerting::Error::Rules(problems))) => {
            for problem in &problems {
                match problem.code.severity() {
                    Severity::Error => tracing::error!("{problem}"),
                    Severity::Warning => tracing::warn!("{problem}"),
                }
            }
            tracing::error!("the rules stay as they were");
        }
        Err(error) => tracing::error!("{}", fanin::io::chain(&error)),
    }
}

fn told(drained: Drained) -> Exit {
    match drained {
        Drained::Whole => {
            tracing::info!("stopped: everything that was taken is safe");
            Exit::Done
        }
        Drained::Cut => {
            tracing::warn!("stopped at the end of the grace period: what was not delivered is left to its sources");
            Exit::Findings
        }
    }
}

/// Runs the demo until Ctrl-C or the time is up.
pub(super) fn demo(options: &super::demo::Options, environment: &Environment) -> Outcome {
    let directives = environment.get("RUST_LOG").map_or(DEMO_LOG, String::as_str);
    logging::init(logging::Format::Auto, Some(directives)).map_err(|error| Failure::new(Exit::Usage, error))?;
    let folder = std::env::temp_dir().join(format!("fanin-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::new(Exit::Io, error))?;
    let opens = !options.no_open && super::browser::is_welcome(environment);
    let result = on_all_cores(run_demo(
        options,
        opens,
        demo::Options {
            accounts: options.accounts,
            rate: options.rate,
            seed: options.seed,
            scenario: options.scenario,
            destinations: destinations(environment)?,
            folder: folder.clone(),
        },
    ));
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        output::talk(&format!("the demo's folder {} is left: {error}", folder.display()));
    }
    result
}

/// The backends that the environment names; none for the demo's own.
fn destinations(environment: &Environment) -> Result<Vec<fanin::config::Destination>, Failure> {
    let overlay = fanin::config::environment::overlay(environment).map_err(|problems| {
        let text: Vec<_> = problems.iter().map(ToString::to_string).collect();
        Failure::new(Exit::Config, anyhow::anyhow!(text.join("; ")))
    })?;
    let is_named = environment.iter().any(|(name, value)| {
        name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with("ENDPOINT") && !value.is_empty()
    });
    Ok(if is_named { overlay.destinations() } else { Vec::new() })
}

/// What the demo logs: notifications are shown as people see them, and that the packs are sized for fewer queues than a
/// fleet of strangers may have, or know a route that the demo does not, is news to nobody here.
const DEMO_LOG: &str = "warn,fanin::io::alerting=error,fanin::io::receivers=error";

/// A notification as people see it: when, who, what, and what happened to the worst of the accounts.
fn show(bar: &ProgressBar, begun: Instant, notification: &Notification) {
    let seconds = begun.elapsed().as_secs();
    let (to, title) = (&notification.to, text::title(notification));
    let title = format!("{:>2}:{:02}  {to:<6}  {title}", seconds / 60, seconds % 60);
    let summary = notification.annotations.get("summary").filter(|_| notification.status == Status::Firing);
    let lines = std::iter::once(title).chain(summary.map(|text| format!("               {text}")));
    bar.suspend(|| lines.for_each(|line| output::talk(&line)));
}

async fn run_demo(options: &super::demo::Options, opens: bool, of_demo: demo::Options) -> Outcome {
    let own_backend = of_demo.destinations.is_empty();
    let listener = match demo::listen(options.listen).await {
        Ok(listener) => listener,
        Err(error) => return Err(unavailable(error)),
    };
    let address = listener.local_addr().map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let url = format!("http://{address}/");
    output::talk(&format!("fanin demo: {} simulated accounts, {url}", options.accounts));
    if options.listen.is_none() && address.port() != Config::default().server.listen.port() {
        output::talk(&format!("{} is taken, so a free port is used", Config::default().server.listen));
    }
    let mut demo = match Box::pin(Demo::start(listener, of_demo)).await {
        Ok(demo) => demo,
        Err(demo::Error::Service(error)) => return not_started(error, &Origins::default()),
        Err(error @ demo::Error::Server { .. }) => return Err(unavailable(error)),
    };
    output::talk(if own_backend {
        "CloudWatch payloads go through Kinesis and Firehose into Fanin, and on over OTLP to a backend that counts them"
    } else {
        "CloudWatch payloads go through Kinesis and Firehose into Fanin, and on over OTLP to the backend of the environment"
    });
    output::talk(&format!("{}; Ctrl-C ends it", options.scenario.about()));
    if opens {
        super::browser::open(&url);
    }
    let bar = ProgressBar::new_spinner();
    let mut signals = Signals::new()?;
    let (mut notifications, begun) = (demo.notifications(), Instant::now());
    let over = async {
        match options.exit_after {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => break,
            () = signals.stop() => break,
            error = demo.failed() => return Err(unavailable(error)),
            Ok(notification) = notifications.recv() => show(&bar, begun, &notification),
            () = tokio::time::sleep(Duration::from_millis(500)) => bar.set_message(line(&demo.report())),
        }
        bar.tick();
    }
    bar.set_message("waiting for the last records; Ctrl-C ends at once");
    let report = tokio::select! {
        report = demo.stop() => report,
        () = signals.stop() => {
            bar.finish_and_clear();
            output::talk("ended before the last records arrived");
            return Ok(Exit::Findings);
        }
    };
    bar.finish_and_clear();
    if options.json {
        output::data(&format!("{}\n", json!(report)))?;
    } else {
        output::data(&report.to_string())?;
    }
    Ok(if report.is_clean() { Exit::Done } else { Exit::Findings })
}

/// The live summary: one line.
fn line(report: &demo::Report) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = report.delivered as f64 / report.seconds.max(1.0);
    let under_way = (report.sent + report.broken).saturating_sub(report.accounted());
    let doubled = report.duplicated.unwrap_or(0);
    format!(
        "{:>4.0} s  sent {}  delivered {} ({rate:.0}/s)  under way {under_way}  rejected {}  duplicated {doubled}",
        report.seconds, report.sent, report.delivered, report.rejected
    )
}

/// Sends what `source` holds through the line and to the destinations of the configuration.
pub(super) fn replay(source: &replay::Options, checked: &Checked, told: Told) -> Outcome {
    let summary = on_all_cores(async {
        let sdk = if source.source.starts_with("s3://") {
            aws::look_up().await
        } else {
            aws::sdk_config(&checked.config).await
        };
        let stop = CancellationToken::new();
        let mut signals = Signals::new()?;
        let replayed = service::replay(source, &checked.config, &sdk, &stop);
        tokio::pin!(replayed);
        loop {
            tokio::select! {
                summary = &mut replayed => return summary.map_err(unavailable),
                () = signals.stop() => stop.cancel(),
            }
        }
    })?;
    tell(&summary, told)
}

/// What the process is told from outside.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::new(Exit::Unavailable, error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// The next word from outside. Cancel-safe.
    async fn next(&mut self) -> Word {
        tokio::select! {
            _ = self.interrupt.recv() => Word::Stop,
            _ = self.terminate.recv() => Word::Stop,
            _ = self.hang_up.recv() => Word::Reload,
        }
    }

    /// Waits for a stop. Cancel-safe.
    async fn stop(&mut self) {
        while self.next().await == Word::Reload {}
    }
}

/// What a process can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Ctrl-C, or the wish of whoever started it.
    Stop,
    /// SIGHUP: read again what can change.
    Reload,
}

fn on_all_cores<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let result = runtime.block_on(future);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

fn unavailable(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Unavailable, error)
}
