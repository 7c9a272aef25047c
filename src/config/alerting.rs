//! Rules and whom they tell, as it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;
use crate::id::Region;

/// Where rules are found, and who is told what they find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alerting {
    /// Files of rules, and folders of such files. Without any, no rule runs.
    pub rules: Vec<PathBuf>,
    /// Base URL under which people reach Fanin's page; without it messages have no links to it.
    pub external_url: Option<String>,
    /// Who can be told.
    pub receivers: Vec<Receiver>,
    /// Where the classes that rules name lead to; first match wins, else the receiver of that name.
    pub routes: Vec<NotifyRoute>,
    /// Who is told at intervals that Fanin is alive.
    pub heartbeat: Option<Heartbeat>,
    /// Times at which some alerts are not told of.
    pub mutes: Vec<Mute>,
}

/// Someone, or something, that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// What rules and routes call it.
    pub name: String,
    /// How it is told.
    pub kind: ReceiverKind,
    /// Whether it is told that an alert is over. Default yes.
    pub send_resolved: bool,
    /// Time for one request. Default 10 s.
    pub timeout: Duration,
}

/// How someone is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiverKind {
    /// PagerDuty, by its Events API v2.
    PagerDuty(PagerDuty),
    /// A channel of Slack.
    Slack(Slack),
    /// Prometheus' Alertmanager, by its API v2.
    Alertmanager(Alertmanager),
    /// A topic of Amazon SNS.
    Sns(Sns),
    /// Anything that takes the webhooks of Alertmanager.
    Webhook(Webhook),
    /// Jira Service Management, or Opsgenie.
    Jsm(Jsm),
    /// Fanin's own log.
    Log(Log),
}

/// A service of PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerDuty {
    /// Integration key of the service.
    pub routing_key: Secret,
    /// URL of the Events API. Default `https://events.pagerduty.com/v2/enqueue`.
    pub url: String,
}

/// A channel of Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slack {
    /// An incoming webhook. Its messages cannot be changed afterwards.
    Webhook {
        /// URL of the webhook, which is a secret.
        url: Secret,
    },
    /// A bot, which keeps one message for each incident up to date.
    Bot {
        /// Token of the bot.
        token: Secret,
        /// Id or name of the channel.
        channel: String,
        /// URL of the Web API. Default `https://slack.com/api`.
        url: String,
    },
}

/// An Alertmanager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alertmanager {
    /// Base URL; `api/v2/alerts` is appended.
    pub url: String,
    /// One alert for each account, or one for each rule.
    pub fan_out: FanOut,
    /// Headers of each request.
    pub headers: Vec<(String, Secret)>,
}

/// What becomes one alert of Alertmanager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FanOut {
    /// Each alert: each account. The default; a fleet is one alert all the same.
    #[default]
    Alert,
    /// Each incident of a rule, however many accounts it has.
    Rule,
}

/// A topic of Amazon SNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sns {
    /// ARN of the topic.
    pub topic_arn: String,
    /// Region of the topic; that of the ARN when `None`.
    pub region: Option<Region>,
    /// Another endpoint than AWS, for tests and emulators.
    pub endpoint: Option<String>,
    /// A role to assume before publishing.
    pub role_arn: Option<String>,
}

/// Anything that takes the webhooks of Alertmanager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The whole URL.
    pub url: String,
    /// Key of the signature of each request; unsigned when `None`.
    pub secret: Option<Secret>,
    /// Headers of each request.
    pub headers: Vec<(String, Secret)>,
    /// The most alerts in one request. Default 50.
    pub alerts_max: usize,
}

/// Jira Service Management, or Opsgenie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jsm {
    /// Key of the API integration.
    pub api_key: Secret,
    /// Base URL; `v2/alerts` is appended. Default `https://api.atlassian.com/jsm/ops/integration`.
    pub url: String,
    /// Who answers for the alerts; as the integration says when empty.
    pub responders: Vec<Responder>,
}

/// Who answers for an alert in Jira Service Management.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responder {
    /// What it is.
    pub kind: ResponderKind,
    /// Its name; the user name of a user.
    pub name: String,
}

/// What answers for an alert in Jira Service Management.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponderKind {
    /// A team.
    Team,
    /// A user.
    User,
    /// An escalation.
    Escalation,
    /// A schedule.
    Schedule,
}

impl ResponderKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Team, Self::User, Self::Escalation, Self::Schedule];

    /// As the API names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::User => "user",
            Self::Escalation => "escalation",
            Self::Schedule => "schedule",
        }
    }
}

/// Fanin's own log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The most alerts that one entry names. Default 10.
    pub alerts_max: usize,
}

/// Where classes lead to, for some alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyRoute {
    /// The name by which rules ask for it; one with a name and without `matches` is used only when it is asked for.
    pub name: Option<String>,
    /// Of which accounts, as a predicate; compiled by `notify::route`.
    pub matches: Option<String>,
    /// Receivers by class.
    pub receivers: BTreeMap<String, Vec<String>>,
}

/// Who is told at intervals that Fanin is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Name of the receiver.
    pub receiver: String,
    /// Time between two. Default 1 min.
    pub every: Duration,
}

/// Times at which some alerts are not told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// What it is called.
    pub name: String,
    /// Matchers of labels as Alertmanager writes them, such as `tenant="acme"`; all must hold.
    pub matchers: Vec<String>,
    /// Days on which it begins. Default: all.
    pub weekdays: BTreeSet<Weekday>,
    /// Times of day. Default: the whole day.
    pub times: Vec<TimeRange>,
    /// Time zone, by its name in the IANA data base. Default `UTC`.
    pub location: String,
}

/// A stretch of a day; one that ends before it begins ends on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// Where it begins.
    pub from: TimeOfDay,
    /// Where it ends; not part of it.
    pub to: TimeOfDay,
}

/// A time of day, in minutes since midnight; from 0 to 1,440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(pub u16);

impl TimeOfDay {
    /// The end of the day, `24:00`.
    pub const END: Self = Self(1_440);
}

/// `06:00`
impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A day of the week, Monday first as ISO 8601 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    /// `mon`
    Monday,
    /// `tue`
    Tuesday,
    /// `wed`
    Wednesday,
    /// `thu`
    Thursday,
    /// `fri`
    Friday,
    /// `sat`
    Saturday,
    /// `sun`
    Sunday,
}

impl Weekday {
    /// The whole week.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];
}

impl Weekday {
    /// The English name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Monday => Self::Tuesday,
            Self::Tuesday => Self::Wednesday,
            Self::Wednesday => Self::Thursday,
            Self::Thursday => Self::Friday,
            Self::Friday => Self::Saturday,
            Self::Saturday => Self::Sunday,
            Self::Sunday => Self::Monday,
        }
    }
}

impl Mute {
    /// Its stretches, each inside of one day: what goes over midnight is two, the second on the days after.
    #[must_use]
    pub fn stretches(&self) -> Vec<(BTreeSet<Weekday>, TimeRange)> {
        let mut stretches = Vec::new();
        for range in &self.times {
            if range.from < range.to {
                stretches.push((self.weekdays.clone(), *range));
                continue;
            }
            stretches.push((self.weekdays.clone(), TimeRange { from: range.from, to: TimeOfDay::END }));
            if range.to > TimeOfDay(0) {
                let after = self.weekdays.iter().map(|day| day.next()).collect();
                stretches.push((after, TimeRange { from: TimeOfDay(0), to: range.to }));
            }
        }
        stretches
    }
}

impl Alerting {
    /// The receiver of that name.
    #[must_use]
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|receiver| receiver.name == name)
    }

    /// Whether any receiver is in AWS.
    #[must_use]
    pub fn uses_aws(&self) -> bool {
        self.receivers.iter().any(|receiver| matches!(receiver.kind, ReceiverKind::Sns(_)))
    }
}

impl Receiver {
    /// A receiver of that name, with the defaults.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ReceiverKind) -> Self {
        Self { name: name.into(), kind, send_resolved: true, timeout: Duration::from_secs(10) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_an_evening_and_the_morning_of_the_day_after() {
        let range = |from, to| TimeRange { from: TimeOfDay(from), to: TimeOfDay(to) };
        let mute = |times: Vec<TimeRange>| Mute {
            name: "nights".into(),
            matchers: Vec::new(),
            weekdays: [Weekday::Saturday, Weekday::Sunday].into(),
            times,
            location: "UTC".into(),
        };
        let weekend: BTreeSet<Weekday> = [Weekday::Saturday, Weekday::Sunday].into();
        let after: BTreeSet<Weekday> = [Weekday::Sunday, Weekday::Monday].into();
        let night = vec![(weekend.clone(), range(1_320, 1_440)), (after, range(0, 360))];
        assert_eq!(mute(vec![range(1_320, 360)]).stretches(), night);
        assert_eq!(mute(vec![range(60, 120)]).stretches(), [(weekend.clone(), range(60, 120))]);
        assert_eq!(mute(vec![range(1_320, 0)]).stretches(), [(weekend, range(1_320, 1_440))]);
    }
}
