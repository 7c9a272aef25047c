//! Where telemetry and accounts come from.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{DAY, Filler, GIB, MIB, MINUTE};
use crate::config::problem::Code;
use crate::config::{AccessKey, DirectorySource, HttpSource, Kinesis, Organizations, TagRule, file};
use crate::id::arn_origin;

impl Filler<'_> {
    pub(super) fn kinesis(&mut self, written: file::Kinesis) -> Kinesis {
        let stream = match written.stream {
            Some(stream) => self.checked_text(Some(stream), stream_name),
            None => self.required(None, "stream", &written.place),
        };
        let default = Kinesis::new(stream.unwrap_or_default());
        let fastest = Duration::from_millis(200);
        Kinesis {
            region: written.region.map(|at| at.value).or_else(|| arn_origin(&default.stream).1),
            endpoint: self.url(written.endpoint),
            role_arn: self.role_arn(written.role_arn),
            start: written.start.map_or(default.start, |at| at.value),
            consumer_arn: self.checked_text(written.consumer_arn, consumer_arn),
            poll_interval: self.period(written.poll_interval, fastest..=MINUTE, default.poll_interval),
            carries: written.carries.map_or(default.carries, |at| at.value),
            forwarded: written
                .forwarded
                .unwrap_or_default()
                .into_iter()
                .filter_map(|stream| self.checked_text(Some(stream), stream_arn))
                .collect(),
            stream: default.stream,
        }
    }

    pub(super) fn firehose(&mut self, written: file::HttpSource) -> HttpSource {
        self.http_source(written, HttpSource::firehose().body_bytes_max)
    }

    pub(super) fn otlp(&mut self, written: file::HttpSource) -> HttpSource {
        self.http_source(written, HttpSource::otlp().body_bytes_max)
    }

    fn http_source(&mut self, written: file::HttpSource, body_bytes_max: usize) -> HttpSource {
        HttpSource {
            keys: written.keys.unwrap_or_default().into_iter().filter_map(|key| self.access_key(key)).collect(),
            body_bytes_max: self.size(written.body_max, MIB..=GIB, body_bytes_max),
        }
    }

    fn access_key(&mut self, written: file::AccessKey) -> Option<AccessKey> {
        let name = self.required_text(written.name, "name", &written.place);
        let secret = match written.secret {
            Some(secret) => Some(self.secret(secret)),
            None => self.required(None, "secret", &written.place),
        };
        let accounts = written.accounts.map(|list| list.into_iter().map(|at| at.value).collect::<BTreeSet<_>>());
        Some(AccessKey { name: name?, secret: secret?, accounts })
    }

    pub(super) fn directory(&mut self, written: file::Directory) -> DirectorySource {
        let attribute = self.checked_text(written.tenant_attribute, attribute_name);
        let tags = written.tags.unwrap_or_default();
        if let Some(first) = tags.first().filter(|_| written.organizations.is_none()) {
            let message = "a scheme of tags needs accounts that have some: add \"organizations\" to \"directory\"";
            self.problems.add(Code::Incomplete, &first.place, message);
        }
        DirectorySource {
            tags: tags.into_iter().filter_map(|tag| self.tag_rule(tag)).collect(),
            file: self.path(written.file),
            organizations: written.organizations.map(|organizations| self.organizations(organizations)),
            tenant_attribute: attribute.unwrap_or(DirectorySource::default().tenant_attribute),
        }
    }

    fn tag_rule(&mut self, written: file::TagRule) -> Option<TagRule> {
        let key = self.required_text(written.key, "key", &written.place);
        Some(TagRule {
            required: written.required.is_none_or(|at| at.value),
            values: written.values.unwrap_or_default().into_iter().map(|at| at.value).collect(),
            pattern: written.pattern.map(|at| at.value),
            key: key?,
        })
    }

    fn organizations(&mut self, written: file::Organizations) -> Organizations {
        let default = Organizations::default();
        Organizations {
            endpoint: self.url(written.endpoint),
            role_arn: self.role_arn(written.role_arn),
            refresh_interval: self.period(written.refresh_interval, MINUTE..=DAY, default.refresh_interval),
            tenant_tag: self.text(written.tenant_tag).unwrap_or(default.tenant_tag),
            name_tag: self.text(written.name_tag).unwrap_or(default.name_tag),
            tier_tag: self.text(written.tier_tag).unwrap_or(default.tier_tag),
        }
    }
}

/// Source: Kinesis API reference, "CreateStream", patterns of `StreamName` and of `StreamARN`.
fn stream_name(text: &str) -> Result<(), &'static str> {
    let name = match text.strip_prefix("arn:") {
        Some(_) => text.split_once(":stream/").filter(|(arn, _)| arn.contains(":kinesis:")).map(|(_, name)| name),
        None => Some(text),
    };
    let is_name = |name: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        (1..=128).contains(&name.len()) && name.bytes().all(allowed)
    };
    if name.is_some_and(is_name) { Ok(()) } else { Err("is neither name nor ARN of a Kinesis data stream") }
}

fn stream_arn(text: &str) -> Result<(), &'static str> {
    let is_arn = text.starts_with("arn:") && stream_name(text).is_ok();
    if is_arn { Ok(()) } else { Err("is not the ARN of a Kinesis data stream") }
}

fn consumer_arn(text: &str) -> Result<(), &'static str> {
    let is_consumer = text.starts_with("arn:") && text.contains(":stream/") && text.contains("/consumer/");
    if is_consumer { Ok(()) } else { Err("is not the ARN of a registered consumer of a stream") }
}

fn attribute_name(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let is_name = !text.is_empty() && text.bytes().all(allowed) && !text.starts_with('.') && !text.ends_with('.');
    if is_name { Ok(()) } else { Err("is no attribute name, such as \"com.acme.tenant.id\"") }
}
