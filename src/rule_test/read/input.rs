//! What comes in: log records and metric points.

use std::time::Duration;

use super::{Members, Reader};
use crate::config::problem::{Code, Problems, quoted};
use crate::config::read::no_choice;
use crate::config::yaml::{Node, Value};
use crate::id::{AccountId, Region};
use crate::record::severity::Severity;
use crate::rule_test::file::{Accounts, LogInput, Logs, MetricInput, Record, Stat, Times};
use crate::rule_test::{keys, series};

/// Most records of one input and account.
const COUNT_MAX: u64 = 1_000_000;

/// Words for severity, as predicates compare them.
const SEVERITIES: [(&str, Severity); 6] = [
    ("TRACE", Severity::TRACE),
    ("DEBUG", Severity::DEBUG),
    ("INFO", Severity::INFO),
    ("WARN", Severity::WARN),
    ("ERROR", Severity::ERROR),
    ("FATAL", Severity::FATAL),
];

impl Reader<'_> {
    pub(super) fn log_input(&mut self, node: &Node) -> Option<LogInput> {
        let members = self.members(node, &keys::LOGS)?;
        let accounts = members.get("account").and_then(|node| self.accounts_of(node));
        let times = self.times(members);
        let what = self.logs(members);
        let offset = |reader: &mut Self, key| members.get(key).and_then(|node| reader.offset(node)).unwrap_or_default();
        Some(LogInput {
            skew: offset(self, "event_time_skew"),
            arrive: members.get("arrive").and_then(|node| self.delay(node)).unwrap_or_default(),
            shard: members.get("shard").and_then(|node| self.whole(node)),
            id: members.get("id").and_then(|node| self.text(node)),
            region: members.get("region").and_then(|node| self.value(node)),
            accounts: accounts?,
            times: times?,
            what: what?,
        })
    }

    fn accounts_of(&mut self, node: &Node) -> Option<Accounts> {
        if node.value == Value::Text("all".into()) {
            return Some(Accounts::All);
        }
        let accounts = self.one_or_more(Some(node), Self::account);
        if accounts.is_empty() && !self.problems.is_noted_at(&node.place.key) {
            self.add(Code::Missing, &node.place, "no account is given: write one, a list, or all");
        }
        Some(Accounts::These(accounts))
    }

    fn times(&mut self, members: Members<'_>) -> Option<Times> {
        if let Some(node) = members.get("at") {
            if let Some(other) = ["from", "every", "until", "count"].into_iter().find(|key| members.get(key).is_some())
            {
                self.add(Code::Conflict, &node.place, format!("at and {other} exclude each other"));
            }
            let mut times = self.one_or_more(Some(node), Self::duration);
            times.sort_unstable();
            return Some(Times::At(times));
        }
        let mut time = |key| members.get(key).map(|node| (self.duration(node), node));
        let from = time("from").and_then(|(from, _)| from).unwrap_or_default();
        let (every, until) = (time("every"), time("until"));
        let count = members.get("count").map(|node| (self.value::<u32>(node), node));
        match (every, until, count) {
            (None, None, None) => Some(Times::Every { from, every: Duration::from_secs(1), count: 1 }),
            (None, _, Some((_, node))) | (None, Some((_, node)), None) => {
                self.add(Code::Incomplete, &node.place, "every is missing: how far the records lie apart");
                None
            }
            (Some((_, node)), None, None) => {
                self.add(Code::Incomplete, &node.place, "until or count is missing: when it ends");
                None
            }
            (Some(_), Some((_, node)), Some(_)) => {
                self.add(Code::Conflict, &node.place, "until and count exclude each other");
                None
            }
            (Some((every, node)), Some((until, at_until)), None) => {
                let (every, until) = (self.step(every?, node)?, until?);
                if until <= from {
                    self.add(Code::Range, &at_until.place, "until does not lie behind from");
                }
                let length = until.saturating_sub(from).as_nanos();
                let count = u64::try_from(length.div_ceil(every.as_nanos())).unwrap_or(u64::MAX);
                self.counted(Times::Every { from, every, count }, node)
            }
            (Some((every, node)), None, Some((count, _))) => {
                let every = self.step(every?, node)?;
                self.counted(Times::Every { from, every, count: u64::from(count?) }, node)
            }
        }
    }

    fn step(&mut self, every: Duration, node: &Node) -> Option<Duration> {
        if every.is_zero() {
            self.add(Code::Range, &node.place, "every is zero; several records at one time are several inputs");
        }
        (!every.is_zero()).then_some(every)
    }

    fn counted(&mut self, times: Times, node: &Node) -> Option<Times> {
        if times.len() > COUNT_MAX {
            self.add(Code::Range, &node.place, format!("{} records are more than {COUNT_MAX}", times.len()));
            return None;
        }
        Some(times)
    }

    fn logs(&mut self, members: Members<'_>) -> Option<Logs> {
        let mut lines = self.list(members.get("lines"), Self::text);
        lines.extend(members.get("line").and_then(|node| self.text(node)));
        let mut text = |key| members.get(key).and_then(|node| self.text(node));
        let (log_group, log_stream) = (text("log_group"), text("log_stream"));
        let decoded = members.get("line").or(members.get("lines"));
        match (members.get("fields"), decoded) {
            (Some(node), Some(_)) => {
                self.add(
                    Code::Conflict,
                    &node.place,
                    "fields and lines exclude each other: lines are decoded, fields are not",
                );
                None
            }
            (None, None) => {
                self.add(Code::Missing, members.place, "fields or lines is missing: what the records are");
                None
            }
            (None, Some(node)) => {
                if log_group.is_none() {
                    self.add(Code::Incomplete, &node.place, "log_group is missing: lines come in one");
                }
                Some(Logs::Lines {
                    log_group: log_group?,
                    log_stream: log_stream.unwrap_or_else(|| "test".into()),
                    lines,
                })
            }
            (Some(node), None) => {
                let mut record = Record {
                    log_group: log_group.unwrap_or_default(),
                    log_stream: log_stream.unwrap_or_default(),
                    ..Record::default()
                };
                self.fields(node, "", &mut record);
                Some(Logs::Fields(Box::new(record)))
            }
        }
    }

    /// Members of members are called by a path such as `user.type`.
    fn fields(&mut self, node: &Node, prefix: &str, record: &mut Record) {
        let Value::Map(members) = &node.value else {
            let message = "names and values belong here, such as {level: ERROR, message: timeout}";
            self.add(Code::Shape, &node.place, message);
            return;
        };
        for (key, node) in members {
            let name = format!("{prefix}{}", key.text);
            match &node.value {
                Value::Null => {}
                Value::Map(_) => self.fields(node, &format!("{name}."), record),
                Value::List(_) => {
                    let message = "a list is no field of a record; give it as JSON in lines, which are decoded";
                    self.add(Code::Shape, &node.place, message);
                }
                Value::Text(text) => self.field(&name, text, node, record),
            }
        }
    }

    fn field(&mut self, name: &str, text: &str, node: &Node, record: &mut Record) {
        match name {
            "level" => {
                record.level = SEVERITIES.iter().find(|(word, _)| *word == text).map(|(_, severity)| *severity);
                if record.level.is_none() {
                    let (code, complaint) = no_choice(text, &SEVERITIES.map(|(word, _)| word));
                    self.add(code, &node.place, format!("{} {complaint}", quoted(text)));
                }
            }
            "source" => record.source = self.value(node),
            "message" => record.message = Some(text.into()),
            "service" => record.service = Some(text.into()),
            "event" => record.event = Some(text.into()),
            "log_group" => record.log_group = text.into(),
            "log_stream" => record.log_stream = text.into(),
            "account" | "tenant" | "tier" | "region" => {
                let message = format!(
                    "{name} is no field of the record: account and region stand beside fields, the rest is of the directory"
                );
                self.add(Code::Value, &node.place, message);
            }
            _ => record.attributes.extend(self.given(node).map(|value| (name.to_owned(), value))),
        }
    }

    pub(super) fn metric_input(&mut self, node: &Node) -> Option<MetricInput> {
        const MINUTE: Duration = Duration::from_secs(60);
        let members = self.members(node, &keys::METRICS)?;
        let series = members.get("series").and_then(|node| self.complaining(node, series::name));
        let values = members.get("values").and_then(|node| self.complaining(node, series::values));
        let period = members.get("period").map_or(Some(MINUTE), |node| {
            let period = self.duration(node)?;
            if period.is_zero() {
                self.add(Code::Range, &node.place, "a period of no length has no value");
            }
            (!period.is_zero()).then_some(period)
        });
        let at = members.get("series");
        let (accounts, region, dimensions) =
            series.as_ref().zip(at).and_then(|(series, node)| self.labels(series, node))?;
        let series = series?;
        Some(MetricInput {
            accounts,
            region,
            namespace: series.namespace,
            metric: series.metric,
            dimensions,
            stat: members.get("stat").and_then(|node| self.text(node)).map_or(Stat::Sum, stat),
            unit: members.get("unit").and_then(|node| self.text(node)).unwrap_or_default(),
            from: members.get("from").and_then(|node| self.duration(node)).unwrap_or_default(),
            arrive: members.get("arrive").and_then(|node| self.delay(node)).unwrap_or_default(),
            shard: members.get("shard").and_then(|node| self.whole(node)),
            period: period?,
            values: values?,
        })
    }

    /// Account, Region and dimensions, ascending, of the labels of a series.
    #[expect(clippy::type_complexity, reason = "read in one go, and taken apart at once")]
    fn labels(
        &mut self,
        series: &series::Name,
        node: &Node,
    ) -> Option<(Accounts, Option<Region>, Vec<(String, String)>)> {
        let label = |name: &str| series.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str());
        if series.namespace.is_empty() {
            return Some((Accounts::These(Vec::new()), None, Vec::new()));
        }
        let accounts = match label("account") {
            Some("all") => Some(Accounts::All),
            Some(text) => AccountId::parse(text).ok().map(|account| Accounts::These(vec![account])),
            None => None,
        };
        if accounts.is_none() {
            let message = "the series has no label account=\"..\" of 12 digits, or all";
            self.add(Code::Value, &node.place, message);
        }
        let region = label("region").map(Region::parse);
        if let Some(Err(error)) = &region {
            self.add(Code::Value, &node.place, error.to_string());
        }
        let is_dimension = |(name, _): &&(String, String)| !["account", "region"].contains(&name.as_str());
        let mut dimensions: Vec<_> = series.labels.iter().filter(is_dimension).cloned().collect();
        dimensions.sort();
        Some((accounts?, region.and_then(Result::ok), dimensions))
    }

    fn complaining<T>(&mut self, node: &Node, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(node)?;
        read(&text).map_err(|complaint| note(&mut self.problems, node, &text, &complaint)).ok()
    }
}

fn note(problems: &mut Problems, node: &Node, text: &str, complaint: &str) {
    problems.add(Code::Value, &node.place, format!("{} {complaint}", quoted(text)));
}

fn stat(text: String) -> Stat {
    match text.to_ascii_lowercase().as_str() {
        "sum" => Stat::Sum,
        "min" | "minimum" => Stat::Min,
        "max" | "maximum" => Stat::Max,
        "avg" | "average" => Stat::Avg,
        "count" | "samplecount" => Stat::Count,
        _ => Stat::Other(text),
    }
}
