//! Looks whether everything that a configuration names works here and now, and says what to do where it does not.

mod aws;
mod destination;
mod directory;
mod machine;
mod receiver;
mod skew;
mod storage;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Config;
use crate::config::check::Checked;
use crate::config::effective::{self, Origin, Tree};
use crate::io::kinesis::heartbeat;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It works.
    Ok,
    /// It works, but someone should look.
    Warn,
    /// It does not work.
    Fail,
}

/// What was looked at, and how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub health: Health,
    /// What was looked at.
    pub subject: String,
    /// What was seen.
    pub message: String,
    /// What to do; `None` when all is well.
    pub fix: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { health: Health::Ok, subject: subject.into(), message: message.into(), fix: None }
    }

    /// Someone should look.
    pub fn warn(subject: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { health: Health::Warn, subject: subject.into(), message: message.into(), fix: Some(fix.into()) }
    }

    /// It does not work.
    pub fn fail(subject: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { health: Health::Fail, subject: subject.into(), message: message.into(), fix: Some(fix.into()) }
    }
}

/// Looks at everything, and tells each finding as soon as it is there.
pub async fn examine(checked: &Checked, environment: &BTreeMap<String, String>, mut tell: impl FnMut(Finding)) {
    let config = &checked.config;
    for finding in settings(checked) {
        tell(finding);
    }
    let sdk = super::aws::sdk_config(config).await;
    if let Some(finding) = aws::credentials(config, &sdk).await {
        tell(finding);
    }
    let mut streams = Vec::new();
    for kinesis in &config.kinesis {
        let (finding, examined) = aws::stream(kinesis, &sdk).await;
        tell(finding);
        streams.extend(examined);
    }
    for forwarded in heartbeat::streams(&config.kinesis) {
        tell(aws::forwarded(&forwarded, &sdk).await);
    }
    for finding in directory::examine(config, &sdk, &streams).await {
        tell(finding);
    }
    for destination in &config.destinations {
        for finding in destination::examine(destination, &sdk).await {
            tell(finding);
        }
    }
    for finding in receiver::examine(config).await {
        tell(finding);
    }
    for finding in storage::examine(&config.storage, &sdk).await {
        tell(finding);
    }
    tell(skew::examine(config).await);
    for finding in sources(config) {
        tell(finding);
    }
    let shards = streams.iter().map(|examined| examined.shards).sum();
    for finding in machine::examine(config, shards, environment) {
        tell(finding);
    }
}

/// Where the values came from, and what the check warned of.
fn settings(checked: &Checked) -> Vec<Finding> {
    let (mut from_file, mut from_elsewhere) = (0_usize, Vec::new());
    for (key, leaf) in effective::tree(&checked.config).leaves() {
        match checked.origins.get(&key) {
            Origin::Default => {}
            Origin::File { .. } => from_file += 1,
            origin @ (Origin::Flag(_) | Origin::Environment(_)) => {
                let value = if let Tree::Text(text) = leaf { text.as_str() } else { "(secret)" };
                from_elsewhere.push(format!("{key}={value} from {origin}"));
            }
        }
    }
    let elsewhere = if from_elsewhere.is_empty() { String::new() } else { format!("; {}", from_elsewhere.join(", ")) };
    let message = format!("{from_file} values from the file, the rest by default{elsewhere}");
    let mut findings = vec![Finding::ok("configuration", message)];
    findings.extend(
        checked
            .warnings
            .iter()
            .map(|problem| Finding::warn("configuration", problem.to_string(), "docs/errors.md explains the code")),
    );
    findings
}

/// Keys of the HTTP sources.
fn sources(config: &Config) -> Vec<Finding> {
    let served = [("firehose", &config.firehose), ("otlp", &config.otlp)];
    let finding = |(name, source): (&str, &Option<crate::config::HttpSource>)| {
        let source = source.as_ref()?;
        let subject = format!("source {name}");
        let bound = source.keys.iter().filter(|key| key.accounts.is_some()).count();
        Some(match source.keys.len() {
            0 => Finding::warn(
                subject,
                format!("no keys: anyone on this machine can send to {}", config.server.listen),
                format!("add sources.{name}.keys before others can reach it"),
            ),
            n => Finding::ok(subject, format!("{n} keys, {bound} of them bound to accounts")),
        })
    };
    served.into_iter().filter_map(finding).collect()
}
