//! The configuration as it runs, in the shape of the file, with where each value came from.

mod alerting;
mod page;
mod policy;
mod quotas;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::problem::Position;
use super::quantity::{duration_text, size_text};
use super::read::Written;
use super::yaml::{Document, Node};
use super::{
    AccessKey, Alerting, Config, Destination, DirectorySource, FormatRule, HttpSource, Kinesis, Limits, Normalize,
    Organizations, Place, Secret, Server, ServiceName, SigV4, Standby, Storage, TagRule, Telemetry, Tls,
};
use crate::id::{AccountId, Region};

/// A setting, or a group of them. What is not set is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A value, as it would be written.
    Text(String),
    /// A value that must not be printed.
    Hidden,
    /// A list.
    List(Vec<Self>),
    /// A section.
    Map(Vec<(String, Self)>),
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody gave it.
    Default,
    /// It stands in the file.
    File {
        /// The file.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
        /// The `${...}` that it was fetched by.
        reference: Option<String>,
    },
    /// A flag of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line, column, reference: None } => write!(f, "{file}:{line}:{column}"),
            Self::File { file, line, column, reference: Some(reference) } => {
                write!(f, "{reference} in {file}:{line}:{column}")
            }
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(variable) => f.write_str(variable),
        }
    }
}

/// Where each value came from, by its path of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// From the document, and from what the settings were before and after something was laid over them: `overlay` tells
    /// what set a value that is not what it was.
    pub(super) fn new(document: &Document, before: &Tree, after: &Tree, overlay: impl Fn(&str) -> Origin) -> Self {
        let before: BTreeMap<_, _> = before.leaves().into_iter().collect();
        let origin = |key: &str, leaf: &Tree| {
            if before.get(key) != Some(&leaf) {
                return overlay(key);
            }
            document.get(key).map_or(Origin::Default, |node| written_at(node, &document.file))
        };
        let leaves = after.leaves().into_iter();
        Self(leaves.map(|(key, leaf)| (key.clone(), origin(&key, leaf))).collect())
    }

    /// Where the value of that path came from.
    #[must_use]
    pub fn get(&self, key: &str) -> &Origin {
        self.0.get(key).unwrap_or(&Origin::Default)
    }
}

fn written_at(node: &Node, file: &Arc<str>) -> Origin {
    match &node.place.position {
        Position::Whole => Origin::Default,
        Position::Flag(flag) => Origin::Flag(flag),
        Position::Variable(variable) => Origin::Environment(variable.clone()),
        Position::Line { line, column } => {
            Origin::File { file: Arc::clone(file), line: *line, column: *column, reference: node.written.clone() }
        }
    }
}

impl Tree {
    /// Every value with its path of keys.
    #[must_use]
    pub fn leaves(&self) -> Vec<(String, &Self)> {
        let mut leaves = Vec::new();
        self.collect(String::new(), &mut leaves);
        leaves
    }

    fn collect<'a>(&'a self, key: String, leaves: &mut Vec<(String, &'a Self)>) {
        match self {
            Self::Text(_) | Self::Hidden => leaves.push((key, self)),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.collect(format!("{key}[{index}]"), leaves);
                }
            }
            Self::Map(members) => {
                for (name, value) in members {
                    let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                    value.collect(key, leaves);
                }
            }
        }
    }
}

/// All settings of a configuration.
#[must_use]
pub fn tree(config: &Config) -> Tree {
    let sources = map([
        ("kinesis", Some(list(&config.kinesis, kinesis))),
        ("firehose", config.firehose.as_ref().map(http_source)),
        ("otlp", config.otlp.as_ref().map(http_source)),
    ]);
    map([
        ("server", Some(server(&config.server))),
        ("sources", Some(sources)),
        ("directory", Some(directory(&config.directory))),
        ("normalize", Some(normalize(&config.normalize))),
        ("policy", Some(policy::tree(&config.policy))),
        ("destinations", Some(list(&config.destinations, destination))),
        ("delivery", Some(delivery(&config.delivery))),
        ("storage", Some(storage(&config.storage))),
        ("telemetry", Some(telemetry(&config.telemetry))),
        ("alerting", Some(&config.alerting).filter(|alerting| **alerting != Alerting::default()).map(alerting::tree)),
        ("page", Some(page::tree(&config.page))),
        ("quotas", Some(quotas::tree(&config.quotas))),
        ("standby", config.standby.map(standby)),
    ])
}

fn server(server: &Server) -> Tree {
    map([("listen", text(server.listen)), ("grace_period", period(server.grace_period))])
}

fn standby(standby: Standby) -> Tree {
    map([("enabled", text(true)), ("takeover_after", period(standby.takeover_after))])
}

fn kinesis(kinesis: &Kinesis) -> Tree {
    map([
        ("stream", text(&kinesis.stream)),
        ("region", kinesis.region.and_then(text)),
        ("endpoint", kinesis.endpoint.as_ref().and_then(text)),
        ("role_arn", kinesis.role_arn.as_ref().and_then(text)),
        ("start", text(kinesis.start.written())),
        ("consumer_arn", kinesis.consumer_arn.as_ref().and_then(text)),
        ("poll_interval", period(kinesis.poll_interval)),
        ("carries", text(kinesis.carries.written())),
        ("forwarded", (!kinesis.forwarded.is_empty()).then(|| texts(&kinesis.forwarded))),
    ])
}

fn http_source(source: &HttpSource) -> Tree {
    map([("keys", Some(list(&source.keys, access_key))), ("body_max", size(source.body_bytes_max))])
}

fn access_key(key: &AccessKey) -> Tree {
    map([("name", text(&key.name)), ("secret", Some(Tree::Hidden)), ("accounts", key.accounts.as_ref().map(texts))])
}

fn directory(directory: &DirectorySource) -> Tree {
    map([
        ("file", directory.file.as_ref().and_then(|path| text(path.display()))),
        ("organizations", directory.organizations.as_ref().map(organizations)),
        ("tenant_attribute", text(&directory.tenant_attribute)),
        ("tags", Some(list(&directory.tags, tag_rule)).filter(|_| !directory.tags.is_empty())),
    ])
}

fn tag_rule(rule: &TagRule) -> Tree {
    map([
        ("key", text(&rule.key)),
        ("required", text(rule.required)),
        ("values", Some(texts(&rule.values)).filter(|_| !rule.values.is_empty())),
        ("pattern", rule.pattern.as_ref().and_then(|pattern| text(pattern.as_str()))),
    ])
}

fn organizations(organizations: &Organizations) -> Tree {
    map([
        ("endpoint", organizations.endpoint.as_ref().and_then(text)),
        ("role_arn", organizations.role_arn.as_ref().and_then(text)),
        ("refresh_interval", period(organizations.refresh_interval)),
        ("tenant_tag", text(&organizations.tenant_tag)),
        ("name_tag", text(&organizations.name_tag)),
        ("tier_tag", text(&organizations.tier_tag)),
    ])
}

fn normalize(normalize: &Normalize) -> Tree {
    let own_log_group =
        |(account, name): &(AccountId, String)| map([("account", text(account)), ("log_group", text(name))]);
    let format_rule = |rule: &FormatRule| {
        map([
            ("log_groups", text(&rule.log_groups)),
            ("log_streams", text(&rule.log_streams)),
            ("format", text(rule.format)),
            ("fields", Some(texts(&rule.fields)).filter(|_| !rule.fields.is_empty())),
        ])
    };
    let service_name = |rule: &ServiceName| map([("log_groups", text(&rule.log_groups)), ("name", text(&rule.name))]);
    map([
        ("message_keys", Some(texts(&normalize.message_keys))),
        ("body_max", size(normalize.body_bytes_max)),
        ("raw", text(normalize.raw)),
        ("extracted_fields", text(normalize.extracted_fields)),
        ("metric_shape", text(normalize.metric_shape.written())),
        ("own_log_groups", Some(list(&normalize.own_log_groups, own_log_group))),
        ("formats", Some(list(&normalize.formats, format_rule))),
        ("service_names", Some(list(&normalize.service_names, service_name))),
        ("trail_accounts", Some(texts(&normalize.trail_accounts))),
        ("multiline", text(normalize.multiline)),
        ("log_metrics", text(normalize.log_metrics.written())),
        ("record_max", size(normalize.record_bytes_max)),
        ("delivery_max", size(normalize.delivery_bytes_max)),
    ])
}

fn destination(destination: &Destination) -> Tree {
    let hidden = |_: &Secret| Tree::Hidden;
    let urls = destination.signal_endpoints.iter().map(|(signal, url)| (signal.to_string(), Tree::Text(url.clone())));
    let headers = destination.headers.iter().map(|(name, secret)| (name.clone(), hidden(secret)));
    let route = destination.route.as_ref();
    map([
        ("name", text(&destination.name)),
        ("protocol", text(destination.protocol.written())),
        ("endpoint", Some(&destination.endpoint).filter(|url| !url.is_empty()).and_then(text)),
        ("signal_endpoints", Some(Tree::Map(urls.collect()))),
        ("signals", Some(texts(&destination.signals))),
        ("headers", Some(Tree::Map(headers.collect()))),
        ("bearer", destination.bearer.as_ref().map(hidden)),
        ("compression", text(destination.compression.written())),
        ("timeout", period(destination.timeout)),
        ("tls", Some(tls(&destination.tls))),
        ("sigv4", destination.sigv4.as_ref().map(sigv4)),
        (
            "route",
            route.map(|route| map([("attribute", text(&route.attribute)), ("values", Some(texts(&route.values)))])),
        ),
        ("batch_max", size(destination.batch_bytes_max)),
        ("batch_wait", period(destination.batch_wait)),
        ("requests_max", text(destination.requests_max)),
    ])
}

fn tls(tls: &Tls) -> Tree {
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().and_then(|path| text(path.display()));
    map([
        ("ca_file", path(&tls.ca_file)),
        ("client_certificate_file", path(&tls.client_certificate_file)),
        ("client_key_file", path(&tls.client_key_file)),
    ])
}

fn sigv4(sigv4: &SigV4) -> Tree {
    map([
        ("region", text(sigv4.region)),
        ("service", text(&sigv4.service)),
        ("role_arn", sigv4.role_arn.as_ref().and_then(text)),
    ])
}

fn delivery(limits: &Limits) -> Tree {
    let spill_after = if limits.spill_after == Duration::MAX { text("never") } else { period(limits.spill_after) };
    map([
        ("memory_max", size(limits.memory_bytes_max)),
        ("spill_after", spill_after),
        ("retry_wait_min", period(limits.retry_wait_min)),
        ("retry_wait_max", period(limits.retry_wait_max)),
        ("workers", text(limits.workers)),
    ])
}

fn storage(storage: &Storage) -> Tree {
    let places = [&storage.state, &storage.spill, &storage.dead_letters];
    let s3 = places.iter().find_map(|place| match place {
        Place::S3 { endpoint, region, .. } => Some(aws(endpoint.as_ref(), *region)),
        Place::Folder(_) | Place::Firehose { .. } => None,
    });
    let firehose = places.iter().find_map(|place| match place {
        Place::Firehose { endpoint, region, .. } => Some(aws(endpoint.as_ref(), *region)),
        Place::Folder(_) | Place::S3 { .. } => None,
    });
    map([
        ("state", text(&storage.state)),
        ("spill", text(&storage.spill)),
        ("dead_letters", text(&storage.dead_letters)),
        ("snapshot_interval", period(storage.snapshot_interval)),
        ("s3", s3),
        ("firehose", firehose),
    ])
}

fn aws(endpoint: Option<&String>, region: Option<Region>) -> Tree {
    map([("region", region.and_then(text)), ("endpoint", endpoint.and_then(text))])
}

fn telemetry(telemetry: &Telemetry) -> Tree {
    map([("otlp_endpoint", telemetry.otlp_endpoint.as_ref().and_then(text)), ("interval", period(telemetry.interval))])
}

/// As it is written in a file.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix, .. } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix, .. } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Firehose { stream, .. } => write!(f, "firehose:{stream}"),
        }
    }
}

fn map<const N: usize>(members: [(&str, Option<Tree>); N]) -> Tree {
    Tree::Map(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn list<T>(items: &[T], item: impl Fn(&T) -> Tree) -> Tree {
    Tree::List(items.iter().map(item).collect())
}

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Tree {
    Tree::List(items.into_iter().map(|item| Tree::Text(item.to_string())).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "a member that is always set stands beside those that may not be")]
#[expect(clippy::needless_pass_by_value, reason = "takes what it prints, a reference or a copy")]
fn text(value: impl ToString) -> Option<Tree> {
    Some(Tree::Text(value.to_string()))
}

fn period(duration: Duration) -> Option<Tree> {
    text(duration_text(duration))
}

fn size(bytes: usize) -> Option<Tree> {
    text(size_text(u64::try_from(bytes).unwrap_or(u64::MAX)))
}
