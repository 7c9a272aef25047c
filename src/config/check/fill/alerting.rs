//! The section `alerting`.

use std::time::Duration;

use super::{Filler, HOUR, MINUTE};
use crate::config::alerting::{
    Alerting, Alertmanager, Heartbeat, Jsm, Log, Mute, NotifyRoute, PagerDuty, Receiver, ReceiverKind, Slack, Sns,
    TimeOfDay, TimeRange, Webhook, Weekday,
};
use crate::config::problem::{Code, Place, quoted};
use crate::config::read::{At, Pairs};
use crate::config::{Secret, file};

/// The shortest key of signatures, in bytes: a shorter one could be guessed.
const SECRET_BYTES_MIN: usize = 16;

/// Source: PagerDuty, "Events API v2 overview".
const PAGERDUTY_URL: &str = "https://events.pagerduty.com/v2/enqueue";

/// Source: Slack, "Using the Slack Web API".
const SLACK_URL: &str = "https://slack.com/api";

/// Source: Atlassian, "Jira Service Management Operations, integration events API".
const JSM_URL: &str = "https://api.atlassian.com/jsm/ops/integration";

impl Filler<'_> {
    pub(super) fn alerting(&mut self, written: file::Alerting) -> Alerting {
        let rules = written.rules.unwrap_or_default();
        let receivers = written.receivers.unwrap_or_default();
        let routes = written.routes.unwrap_or_default();
        let mutes = written.mutes.unwrap_or_default();
        Alerting {
            rules: rules.into_iter().filter_map(|path| self.path(Some(path))).collect(),
            external_url: self.url(written.external_url).map(|url| url.trim_end_matches('/').to_owned()),
            receivers: receivers.into_iter().filter_map(|receiver| self.receiver(receiver)).collect(),
            routes: routes.into_iter().map(|route| self.notify_route(route)).collect(),
            heartbeat: written.heartbeat.and_then(|heartbeat| self.heartbeat(heartbeat)),
            mutes: mutes.into_iter().filter_map(|mute| self.mute(mute)).collect(),
        }
    }

    fn receiver(&mut self, written: file::Receiver) -> Option<Receiver> {
        let place = written.place.clone();
        let name = self.required_text(written.name, "name", &place);
        let kinds = [
            written.pagerduty.map(|it| self.pagerduty(it).map(ReceiverKind::PagerDuty)),
            written.slack.map(|it| self.slack(it).map(ReceiverKind::Slack)),
            written.alertmanager.map(|it| self.alertmanager(it).map(ReceiverKind::Alertmanager)),
            written.sns.map(|it| self.sns(it).map(ReceiverKind::Sns)),
            written.webhook.map(|it| self.webhook(it).map(ReceiverKind::Webhook)),
            written.jsm.map(|it| self.jsm(it).map(ReceiverKind::Jsm)),
            written.log.map(|it| Some(ReceiverKind::Log(self.log(it)))),
        ];
        let mut given: Vec<Option<ReceiverKind>> = kinds.into_iter().flatten().collect();
        if given.len() != 1 && !self.problems.is_noted_at(&place.key) {
            let code = if given.is_empty() { Code::Missing } else { Code::Conflict };
            let message = "a receiver is one of pagerduty, slack, alertmanager, sns, webhook, jsm or log: give one";
            self.problems.add(code, &place, message);
        }
        let timeout = self.period(written.timeout, Duration::from_secs(1)..=MINUTE, Duration::from_secs(10));
        let send_resolved = written.send_resolved.is_none_or(|at| at.value);
        let kind = given.pop()??;
        Some(Receiver { send_resolved, timeout, ..Receiver::new(name?, kind) })
    }

    fn pagerduty(&mut self, written: file::PagerDuty) -> Option<PagerDuty> {
        let routing_key = self.required_secret(written.routing_key, "routing_key", &written.place);
        let url = self.url_or(written.url, PAGERDUTY_URL);
        Some(PagerDuty { routing_key: routing_key?, url })
    }

    fn slack(&mut self, written: file::Slack) -> Option<Slack> {
        let place = written.place;
        match (written.webhook_url, written.bot_token) {
            (Some(url), None) => {
                if let Err(complaint) = crate::config::url::parse(url.value.expose())
                    && !is_elsewhere(url.value.expose(), url.plain)
                {
                    self.problems.add(Code::Value, &url.place, format!("the value {complaint}"));
                }
                Some(Slack::Webhook { url: self.secret(url) })
            }
            (None, Some(token)) => {
                let token = self.secret(token);
                let channel = self.required_text(written.channel, "channel", &place);
                let url = self.url_or(written.url, SLACK_URL);
                Some(Slack::Bot { token, channel: channel?, url })
            }
            (webhook_url, _) => {
                if !self.problems.is_noted_at(&place.key) {
                    let code = if webhook_url.is_some() { Code::Conflict } else { Code::Missing };
                    self.problems.add(
                        code,
                        &place,
                        "Slack is reached by \"webhook_url\" or by \"bot_token\": give one",
                    );
                }
                None
            }
        }
    }

    fn alertmanager(&mut self, written: file::Alertmanager) -> Option<Alertmanager> {
        let url = self.required_url(written.url, &written.place);
        let fan_out = written.fan_out.map(|at| at.value).unwrap_or_default();
        let headers = written.headers.map(|headers| self.headers(headers)).unwrap_or_default();
        Some(Alertmanager { url: url?.trim_end_matches('/').to_owned(), fan_out, headers })
    }

    fn sns(&mut self, written: file::Sns) -> Option<Sns> {
        let (is_given, place) = (written.topic_arn.is_some(), &written.place);
        let topic_arn = self.checked_text(written.topic_arn, |text| {
            let is_topic = text.starts_with("arn:") && text.contains(":sns:") && text.split(':').count() == 6;
            if is_topic {
                Ok(())
            } else {
                Err("is not the ARN of a topic, such as \"arn:aws:sns:eu-central-1:111122223333:alerts\"")
            }
        });
        if !is_given {
            let _ = self.required::<String>(None, "topic_arn", place);
        }
        let endpoint = self.url(written.endpoint);
        let role_arn = self.role_arn(written.role_arn);
        Some(Sns { topic_arn: topic_arn?, region: written.region.map(|at| at.value), endpoint, role_arn })
    }

    fn webhook(&mut self, written: file::Webhook) -> Option<Webhook> {
        let url = self.required_url(written.url, &written.place);
        let secret = written.secret.map(|at| {
            let length = at.value.expose().len();
            if length < SECRET_BYTES_MIN {
                let message = format!("a key of {length} bytes could be guessed: give at least {SECRET_BYTES_MIN}");
                self.problems.add(Code::Range, &at.place, message);
            }
            self.secret(at)
        });
        let headers = written.headers.map(|headers| self.headers(headers)).unwrap_or_default();
        let alerts_max = self.count(written.alerts_max, 1..=1_000, 50);
        Some(Webhook { url: url?, secret, headers, alerts_max })
    }

    fn jsm(&mut self, written: file::Jsm) -> Option<Jsm> {
        let api_key = self.required_secret(written.api_key, "api_key", &written.place);
        let url = self.url_or(written.url, JSM_URL);
        let responders = written.responders.unwrap_or_default().into_iter().map(|at| at.value).collect();
        Some(Jsm { api_key: api_key?, url, responders })
    }

    fn log(&mut self, written: file::Log) -> Log {
        Log { alerts_max: self.count(written.alerts_max, 1..=1_000, 10) }
    }

    fn notify_route(&mut self, written: file::NotifyRoute) -> NotifyRoute {
        let receivers = written.receivers.map_or_else(Vec::new, |Pairs(pairs)| pairs);
        if receivers.is_empty() && !self.problems.is_noted_at(&written.place.key) {
            let message = "\"receivers\" is missing: a route leads classes to receivers, such as page: [oncall]";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let receivers = receivers.into_iter().map(|(class, names)| {
            let names = names.into_iter().filter_map(|name| self.text(Some(name))).collect();
            (class.text, names)
        });
        let receivers = receivers.collect();
        NotifyRoute { name: self.text(written.name), matches: self.text(written.r#match), receivers }
    }

    fn heartbeat(&mut self, written: file::Heartbeat) -> Option<Heartbeat> {
        let receiver = self.required_text(written.receiver, "receiver", &written.place);
        let every = self.period(written.every, Duration::from_secs(10)..=HOUR, MINUTE);
        Some(Heartbeat { receiver: receiver?, every })
    }

    fn mute(&mut self, written: file::Mute) -> Option<Mute> {
        let name = self.required_text(written.name, "name", &written.place);
        let matchers: Vec<String> =
            written.r#match.unwrap_or_default().into_iter().filter_map(|matcher| self.text(Some(matcher))).collect();
        if matchers.is_empty() && !self.problems.is_noted_under(&written.place, "match") {
            let message = "\"match\" is missing: without matchers every alert would be muted";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let weekdays = match written.weekdays {
            Some(weekdays) => weekdays.into_iter().map(|at| at.value).collect(),
            None => Weekday::ALL.into(),
        };
        let times = match written.times {
            Some(times) => times.into_iter().filter_map(|range| self.time_range(range)).collect(),
            None => vec![TimeRange { from: TimeOfDay(0), to: TimeOfDay::END }],
        };
        let location = self.location(written.location).unwrap_or_else(|| "UTC".into());
        Some(Mute { name: name?, matchers, weekdays, times, location })
    }

    fn time_range(&mut self, written: file::TimeRange) -> Option<TimeRange> {
        let from = self.required(written.from, "from", &written.place);
        let to = self.required(written.to, "to", &written.place);
        let (from, to) = (from?, to?);
        if from == to {
            let message = "begins and ends at the same time: write from \"00:00\" to \"24:00\" for the whole day";
            self.problems.add(Code::Conflict, &written.place, message);
        }
        Some(TimeRange { from, to })
    }

    fn location(&mut self, at: Option<At<String>>) -> Option<String> {
        self.checked_text(at, |text| match jiff::tz::TimeZone::get(text) {
            Ok(_) => Ok(()),
            Err(_) => Err("is no time zone, such as \"Europe/Berlin\" or \"UTC\""),
        })
    }

    fn url_or(&mut self, at: Option<At<String>>, default: &str) -> String {
        self.url(at).map_or_else(|| default.to_owned(), |url| url.trim_end_matches('/').to_owned())
    }

    fn required_url(&mut self, at: Option<At<String>>, section: &Place) -> Option<String> {
        match at {
            None => self.required::<String>(None, "url", section),
            Some(at) if is_elsewhere(&at.value, at.plain) => Some(at.value),
            Some(at) => self.url(Some(at)),
        }
    }

    fn required_secret(&mut self, at: Option<At<Secret>>, key: &str, section: &Place) -> Option<Secret> {
        let Some(at) = at else { return self.required::<Secret>(None, key, section) };
        let holds_blanks = at.value.expose().trim().is_empty() || at.value.expose().contains(|c: char| c.is_control());
        if holds_blanks {
            let message = format!("the value of {} is empty or holds line ends", quoted(key));
            self.problems.add(Code::Value, &at.place, message);
        }
        Some(self.secret(at))
    }
}

/// Whether a value is a secret that this machine does not have, so that its reference stands in its place.
fn is_elsewhere(value: &str, plain: bool) -> bool {
    !plain && value.starts_with("${")
}
