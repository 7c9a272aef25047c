//! Whose turn it is: a process that finds another one active waits, and tells so, until it may take its place.

use aws_config::SdkConfig;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Error, names, open};
use crate::config::Config;
use crate::io::lease::{Candidate, Held};
use crate::io::rule_files::{of_texts, rule_texts};
use crate::io::telemetry::{Gauge, Push, Telemetry};
use crate::io::{alerting, clock, web};

/// The right to run, and where to listen.
#[derive(Debug)]
pub struct Turn {
    pub(super) listener: TcpListener,
    /// What gives the right, where several may run.
    pub(super) held: Option<Held>,
    pub(super) passive: Option<Passive>,
}

/// What is served until the service is.
#[derive(Debug)]
pub(super) struct Passive {
    server: JoinHandle<()>,
    push: Option<Push>,
    stop: CancellationToken,
}

/// A process that stands by, if it has to.
#[derive(Debug)]
pub struct Waiting {
    listener: TcpListener,
    candidate: Option<(Candidate, Passive)>,
}

impl Turn {
    /// Where nobody else may run.
    #[must_use]
    pub const fn at(listener: TcpListener) -> Self {
        Self { listener, held: None, passive: None }
    }
}

impl Waiting {
    /// Listens; where another process is active, health endpoints are served from now on.
    ///
    /// # Errors
    /// When the address cannot be had, the state cannot be reached, or the rules could not be run.
    pub async fn begin(config: &Config, sdk: &SdkConfig) -> Result<Self, Error> {
        let address = config.server.listen;
        let listen = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let Some(standby) = config.standby else { return Ok(Self { listener, candidate: None }) };
        // Whoever could not take over should say so now, and not when it is needed.
        let texts = rule_texts(&config.alerting.rules).await.map_err(alerting::Error::Rules)?;
        let _ = of_texts(&texts).map_err(alerting::Error::Rules)?;
        let _ = alerting::own_settings(&config.alerting).map_err(alerting::Error::Settings)?;
        let state = open("state", &config.storage.state, sdk).await?;
        let candidate = Candidate::new(state, standby.takeover_after).await;
        let candidate = candidate.map_err(|source| Error::Storage { setting: "state", source })?;
        let (listener, second) = doubled(listener).map_err(listen)?;
        let telemetry = Telemetry::new(names(config), clock::now());
        telemetry.set(Gauge::Active, 0);
        let stop = CancellationToken::new();
        let server = tokio::spawn(web::serve_standby(second, candidate.seen(), telemetry.clone(), stop.clone()));
        let push = config.telemetry.otlp_endpoint.as_deref();
        let push = push.map(|endpoint| Push::start(&telemetry, endpoint, config.telemetry.interval)).transpose()?;
        Ok(Self { listener, candidate: Some((candidate, Passive { server, push, stop })) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Who is active instead, if it is known that someone is.
    #[must_use]
    pub fn active(&self) -> Option<String> {
        self.candidate.as_ref()?.0.seen().active().map(|active| active.host)
    }

    /// Waits until it is this process's turn.
    pub async fn turn(self) -> Turn {
        let Some((candidate, passive)) = self.candidate else { return Turn::at(self.listener) };
        let held = candidate.acquire().await;
        Turn { listener: self.listener, held: Some(held), passive: Some(passive) }
    }
}

impl Passive {
    /// Answers what is under way, and ends.
    pub(super) async fn end(self) {
        self.stop.cancel();
        let _it_ends_by_itself = self.server.await;
        if let Some(push) = self.push {
            push.stop().await;
        }
    }
}

/// The same socket twice: connections go to whoever of both accepts them.
fn doubled(listener: TcpListener) -> std::io::Result<(TcpListener, TcpListener)> {
    let first = listener.into_std()?;
    let second = first.try_clone()?;
    Ok((TcpListener::from_std(first)?, TcpListener::from_std(second)?))
}
