//! Each section of the file into its checked form: defaults filled in, limits held, paths made absolute.

mod alerting;
mod destination;
mod page;
mod policy;
mod quotas;
mod source;
mod storage;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::Surroundings;
use crate::config::problem::{Code, Place, Problems, quoted};
use crate::config::quantity::{duration_text, size_text};
use crate::config::read::{At, Period, PeriodOrNever, Size};
use crate::config::{
    Config, FormatRule, Limits, Normalize, Secret, Server, ServiceName, Standby, Telemetry, file, url,
};
use crate::glob::Glob;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Reads values against their limits and notes what is wrong.
pub(super) struct Filler<'a> {
    pub(super) surroundings: &'a Surroundings,
    pub(super) problems: &'a mut Problems,
}

/// The whole file.
pub(super) fn config(file: file::File, surroundings: &Surroundings, problems: &mut Problems) -> Config {
    let mut filler = Filler { surroundings, problems };
    let sources = file.sources.unwrap_or_default();
    Config {
        server: filler.server(file.server.unwrap_or_default()),
        kinesis: sources.kinesis.unwrap_or_default().into_iter().map(|written| filler.kinesis(written)).collect(),
        firehose: sources.firehose.map(|written| filler.firehose(written)),
        otlp: sources.otlp.map(|written| filler.otlp(written)),
        directory: filler.directory(file.directory.unwrap_or_default()),
        normalize: filler.normalize(file.normalize.unwrap_or_default()),
        policy: filler.policy(file.policy.unwrap_or_default()),
        destinations: filler.destinations(file.destinations.unwrap_or_default()),
        delivery: filler.delivery(file.delivery.unwrap_or_default()),
        storage: filler.storage(file.storage.unwrap_or_default()),
        telemetry: filler.telemetry(file.telemetry.unwrap_or_default()),
        alerting: filler.alerting(file.alerting.unwrap_or_default()),
        page: filler.page(file.page.unwrap_or_default()),
        quotas: filler.quotas(file.quotas.unwrap_or_default()),
        standby: filler.standby(file.standby.unwrap_or_default()),
    }
}

impl Filler<'_> {
    fn server(&mut self, written: file::Server) -> Server {
        let default = Server::default();
        Server {
            listen: written.listen.map_or(default.listen, |at| at.value),
            grace_period: self.period(written.grace_period, Duration::from_secs(1)..=HOUR, default.grace_period),
        }
    }

    fn standby(&mut self, written: file::Standby) -> Option<Standby> {
        let default = Standby::default().takeover_after;
        let takeover_after = self.period(written.takeover_after, Duration::from_secs(5)..=5 * MINUTE, default);
        written.enabled.is_some_and(|at| at.value).then_some(Standby { takeover_after })
    }

    fn normalize(&mut self, written: file::Normalize) -> Normalize {
        let default = Normalize::default();
        Normalize {
            message_keys: match written.message_keys {
                Some(keys) => keys.into_iter().filter_map(|key| self.text(Some(key))).collect(),
                None => default.message_keys,
            },
            body_bytes_max: self.size(written.body_max, KIB..=16 * MIB, default.body_bytes_max),
            raw: written.raw.map_or(default.raw, |at| at.value),
            extracted_fields: written.extracted_fields.map_or(default.extracted_fields, |at| at.value),
            metric_shape: written.metric_shape.map_or(default.metric_shape, |at| at.value),
            own_log_groups: written
                .own_log_groups
                .unwrap_or_default()
                .into_iter()
                .filter_map(|group| {
                    let account = self.required(group.account, "account", &group.place);
                    let name = self.required_text(group.log_group, "log_group", &group.place);
                    Some((account?, name?))
                })
                .collect(),
            formats: written
                .formats
                .unwrap_or_default()
                .into_iter()
                .filter_map(|rule| self.format_rule(rule))
                .collect(),
            service_names: written
                .service_names
                .unwrap_or_default()
                .into_iter()
                .filter_map(|rule| {
                    let log_groups = self.required(rule.log_groups, "log_groups", &rule.place);
                    let name = self.required_text(rule.name, "name", &rule.place);
                    Some(ServiceName { log_groups: log_groups?, name: name? })
                })
                .collect(),
            trail_accounts: written.trail_accounts.unwrap_or_default().into_iter().map(|at| at.value).collect(),
            multiline: written.multiline.map_or(default.multiline, |at| at.value),
            log_metrics: written.log_metrics.map_or(default.log_metrics, |at| at.value),
            record_bytes_max: self.size(written.record_max, MIB..=GIB, default.record_bytes_max),
            delivery_bytes_max: self.size(written.delivery_max, MIB..=4 * GIB, default.delivery_bytes_max),
        }
    }

    fn format_rule(&mut self, written: file::FormatRule) -> Option<FormatRule> {
        if written.log_groups.is_none() && written.log_streams.is_none() {
            let message = "names neither log_groups nor log_streams, so it would take every log stream: name some";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let format = self.required(written.format, "format", &written.place);
        let all = || Glob::new("*");
        Some(FormatRule {
            log_groups: written.log_groups.map_or_else(all, |at| at.value),
            log_streams: written.log_streams.map_or_else(all, |at| at.value),
            format: format?,
            fields: written.fields.unwrap_or_default().into_iter().filter_map(|at| self.text(Some(at))).collect(),
        })
    }

    fn delivery(&mut self, written: file::Delivery) -> Limits {
        let default = Limits { workers: self.surroundings.cores.clamp(1, 256), ..Limits::default() };
        let shortest = Duration::from_millis(10);
        Limits {
            memory_bytes_max: self.size(written.memory_max, 16 * MIB..=3 * GIB, default.memory_bytes_max),
            spill_after: self.spill_after(written.spill_after, default.spill_after),
            retry_wait_min: self.period(written.retry_wait_min, shortest..=MINUTE, default.retry_wait_min),
            retry_wait_max: self.period(written.retry_wait_max, shortest..=HOUR, default.retry_wait_max),
            workers: self.count(written.workers, 1..=256, default.workers),
        }
    }

    fn spill_after(&mut self, written: Option<At<PeriodOrNever>>, default: Duration) -> Duration {
        let limits = Duration::from_secs(1)..=7 * DAY;
        match written {
            Some(At { value: PeriodOrNever(Duration::MAX), .. }) => Duration::MAX,
            Some(at) => {
                let period = At { value: Period(at.value.0), place: at.place, plain: at.plain };
                self.period(Some(period), limits, default)
            }
            None => default,
        }
    }

    fn telemetry(&mut self, written: file::Telemetry) -> Telemetry {
        let default = Telemetry::default();
        Telemetry {
            otlp_endpoint: self.url(written.otlp_endpoint),
            interval: self.period(written.interval, Duration::from_secs(1)..=HOUR, default.interval),
        }
    }

    /// A duration inside its limits.
    fn period(&mut self, at: Option<At<Period>>, limits: RangeInclusive<Duration>, default: Duration) -> Duration {
        let Some(At { value: Period(given), place, .. }) = at else { return default };
        if limits.contains(&given) {
            return given;
        }
        self.out_of_range(&place, &duration_text(given), limits.start(), limits.end(), |limit| duration_text(*limit));
        default
    }

    /// A size inside its limits.
    fn size(&mut self, at: Option<At<Size>>, limits: RangeInclusive<u64>, default: usize) -> usize {
        let Some(At { value: Size(given), place, .. }) = at else { return default };
        if let (true, Ok(bytes)) = (limits.contains(&given), usize::try_from(given)) {
            return bytes;
        }
        self.out_of_range(&place, &size_text(given), limits.start(), limits.end(), |limit| size_text(*limit));
        default
    }

    /// A number inside its limits.
    fn count(&mut self, at: Option<At<u32>>, limits: RangeInclusive<u32>, default: usize) -> usize {
        let Some(At { value: given, place, .. }) = at else { return default };
        if let (true, Ok(count)) = (limits.contains(&given), usize::try_from(given)) {
            return count;
        }
        self.out_of_range(&place, &given.to_string(), limits.start(), limits.end(), u32::to_string);
        default
    }

    fn out_of_range<T>(&mut self, place: &Place, given: &str, first: &T, last: &T, text: impl Fn(&T) -> String) {
        let message = format!("{} is not between {} and {}", quoted(given), text(first), text(last));
        self.problems.add(Code::Range, place, message);
    }

    /// A text that is not empty.
    fn text(&mut self, at: Option<At<String>>) -> Option<String> {
        let at = at?;
        if at.value.trim().is_empty() {
            self.problems.add(Code::Value, &at.place, "\"\" is empty: give a text or take the line out");
            return None;
        }
        Some(at.value)
    }

    /// A text that passes a test, which complains otherwise, without the text: it may be a secret in the wrong place.
    fn checked_text(
        &mut self,
        at: Option<At<String>>,
        test: impl Fn(&str) -> Result<(), &'static str>,
    ) -> Option<String> {
        let at = at?;
        match test(&at.value) {
            Ok(()) => Some(at.value),
            Err(complaint) => {
                let given = if at.plain { quoted(&at.value) } else { "the value".into() };
                self.problems.add(Code::Value, &at.place, format!("{given} {complaint}"));
                None
            }
        }
    }

    fn url(&mut self, at: Option<At<String>>) -> Option<String> {
        self.checked_text(at, |text| url::parse(text).map(|_| ()))
    }

    fn role_arn(&mut self, at: Option<At<String>>) -> Option<String> {
        self.checked_text(at, |text| {
            let is_role = text.starts_with("arn:") && text.contains(":iam::") && text.contains(":role/");
            if is_role {
                return Ok(());
            }
            Err("is not the ARN of a role, such as \"arn:aws:iam::111122223333:role/fanin\"")
        })
    }

    /// A path; a relative one begins at the folder of the file.
    fn path(&mut self, at: Option<At<String>>) -> Option<PathBuf> {
        self.text(at).map(|text| self.surroundings.folder.join(text))
    }

    fn required<T>(&mut self, at: Option<At<T>>, key: &str, section: &Place) -> Option<T> {
        if at.is_none() && !self.problems.is_noted_under(section, key) {
            self.problems.add(Code::Missing, section, format!("{key:?} is missing"));
        }
        at.map(|at| at.value)
    }

    fn required_text(&mut self, at: Option<At<String>>, key: &str, section: &Place) -> Option<String> {
        if at.is_some() {
            return self.text(at);
        }
        self.required(at, key, section)
    }

    /// A secret; one that stands in the file as it is is worth a word.
    fn secret(&mut self, at: At<Secret>) -> Secret {
        if at.plain {
            let message = "the secret stands in the file as plain text: put it elsewhere and write \
                           \"${file:/run/secrets/NAME}\" or \"${secretsmanager:NAME}\"";
            self.problems.add(Code::PlainSecret, &at.place, message);
        }
        at.value
    }
}
