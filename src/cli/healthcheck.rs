//! `fanin healthcheck`: asks a running service whether it is ready. For containers, which have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use fanin::io::configuration::Secrets;
use fanin::io::configuration::remote::is_remote;

use super::settings::Settings;
use super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin healthcheck
  HEALTHCHECK CMD [\"fanin\", \"healthcheck\", \"-c\", \"/etc/fanin/config.yaml\"]   # in a Dockerfile";

/// Shorter than the least interval that supervisors use.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Ask the running service whether it is ready, or stands by
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    settings: Settings,
}

/// Asks `/-/ready` at the address of the configuration.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    block_on(async {
        // What is asked each few seconds copies nothing from a bucket: the address is then that of flag or environment.
        let mut settings = options.settings.clone();
        settings.config = settings.config.filter(|file| !is_remote(file));
        let checked = match settings.load(environment, Secrets::LocalFiles).await {
            Ok(checked) => checked,
            Err(problems) => return Ok(output::refused(&problems)),
        };
        let url = format!("http://{}/-/ready", reachable(checked.config.server.listen));
        match ask(&url).await {
            Ok(words) => {
                output::data(&format!("{words}\n"))?;
                Ok(Exit::Done)
            }
            Err(error) => Err(Failure::new(Exit::Findings, error.context("not ready"))),
        }
    })
}

async fn ask(url: &str) -> anyhow::Result<String> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build().context("no HTTP client")?;
    let answer = client.get(url).send().await.with_context(|| format!("{url} does not answer"))?;
    let status = answer.status();
    let words = answer.text().await.unwrap_or_default();
    let words = words.trim();
    // Who stands by does what it is there for, and must not be started again for it.
    let is_well = status.is_success() || words.starts_with("standby:");
    if is_well { Ok(words.to_owned()) } else { Err(anyhow!("{url} answers {status}: {words}")) }
}

/// A service that listens on every address is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}
