//! A service with rules, for one test: records in front of it, whoever is told behind it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use fanin::config::Config;
use fanin::config::Secret;
use fanin::config::alerting::{Receiver, ReceiverKind, Webhook};
use fanin::io::service::Service;
use fanin::io::telemetry::Counter;
use tempfile::TempDir;

use super::fleet::{self, payload, post};
use super::hook::Hook;
use super::kinesis::until;

/// Key of the signatures.
pub(crate) const SECRET: &str = "0123456789abcdef";

/// A rule that a record sets off, and that another one ends: nothing but the last value counts, however long ago it came.
pub(crate) const DEPTH: &str = "
version: 1
defaults: {every: 1s, delay: {logs: 1s, metrics: 1s}, new_group_delay: 0s, labels: {team: platform}}
incident: {group_wait: 1s}
rules:
  - alert: QueueDepth
    kind: threshold
    from: logs
    match: has(depth)
    value: last(depth)
    window: 1m
    critical: '> 10'
    no_data: keep
    annotations: {summary: '{{ value | int }} jobs wait at {{ tenant }}', runbook: 'https://runbooks.example.net/depth'}
    notify: {critical: page}
";

/// A service, and its files.
pub(crate) struct Ruled {
    pub(crate) service: Service,
    pub(crate) folder: TempDir,
}

/// Twelve digits for each number.
pub(crate) fn account(n: usize) -> String {
    format!("{:012}", 111_111_110_000 + n)
}

/// A receiver that signs what it sends to a path of the hook.
pub(crate) fn webhook(name: &str, hook: &Hook, path: &str) -> Receiver {
    let secret = Some(Secret::new(SECRET.into()));
    let webhook = Webhook { url: hook.url(path), secret, headers: Vec::new(), alerts_max: 50 };
    Receiver::new(name, ReceiverKind::Webhook(webhook))
}

/// Settings for `n_accounts` accounts and a file of rules in the folder; everything forwarded goes to `/otlp` of the hook.
pub(crate) fn config(folder: &Path, hook: &Hook, rules: &str, n_accounts: usize) -> Config {
    let rows: String = (0..n_accounts).map(|n| format!("{},tenant-{n}\n", account(n))).collect();
    fs::write(folder.join("accounts.csv"), format!("account,tenant\n{rows}")).unwrap();
    fs::write(rules_file(folder), rules).unwrap();
    let mut config = fleet::config(folder, &hook.url("/otlp"));
    config.directory.file = Some(folder.join("accounts.csv"));
    config.alerting.rules = vec![rules_file(folder)];
    config.alerting.external_url = Some("https://fanin.example.net".into());
    config.alerting.receivers = vec![webhook("page", hook, "/hook")];
    config
}

pub(crate) fn rules_file(folder: &Path) -> PathBuf {
    folder.join("rules.yaml")
}

impl Ruled {
    pub(crate) async fn start(hook: &Hook, rules: &str, n_accounts: usize) -> Self {
        Self::start_with(hook, rules, n_accounts, |_| {}).await
    }

    pub(crate) async fn start_with(
        hook: &Hook,
        rules: &str,
        n_accounts: usize,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = config(folder.path(), hook, rules, n_accounts);
        change(&mut config);
        Self { service: Box::pin(fleet::start(config)).await, folder }
    }

    /// One record of each account with that depth, in one delivery.
    pub(crate) async fn say(&self, accounts: impl IntoIterator<Item = usize>, depth: u32) {
        say(self.service.address(), accounts, depth).await;
    }

    /// Waits until so many more ticks were evaluated.
    pub(crate) async fn ticks(&self, count: u64) {
        let telemetry = self.service.telemetry();
        let before = telemetry.snapshot().total(Counter::Ticks);
        until("ticks", || telemetry.snapshot().total(Counter::Ticks) >= before + count).await;
    }
}

/// One record of each account with that depth, in one delivery.
pub(crate) async fn say(address: SocketAddr, accounts: impl IntoIterator<Item = usize>, depth: u32) {
    static IDS: AtomicU64 = AtomicU64::new(0);
    let record = |n| {
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        payload(&account(n), id..id + 1, |_| format!(r#"{{"depth": {depth}}}"#))
    };
    let records: Vec<_> = accounts.into_iter().map(record).collect();
    assert_eq!(post(address, &records).await.unwrap(), 200);
}
