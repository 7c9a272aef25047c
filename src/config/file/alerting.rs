//! The section `alerting` as an operator writes it.

use schemars::{Schema, json_schema};

use crate::config::Secret;
use crate::config::alerting::{FanOut, Responder, ResponderKind, TimeOfDay, Weekday};
use crate::config::problem::Code;
use crate::config::read::{At, FromText, Pairs, Period, Written, choices, section};
use crate::id::Region;

section! {
    /// Rules and whom they tell.
    Alerting {
        /// Files of rules, and folders that are searched for them with all their folders: every `*.yaml` that is not
        /// a `*.test.yaml` or `*.tests.yaml`. Relative ones begin at the folder of this file. Default: none, so that no rule runs.
        rules: Vec<At<String>>,
        /// Base URL under which people reach Fanin's page, for the links in messages. Default: none, so that messages have no links.
        external_url: At<String>,
        /// Who can be told.
        receivers: Vec<Receiver>,
        /// Where the classes that rules name under `notify` lead to; first match wins, else the receiver with the name of the class.
        routes: Vec<NotifyRoute>,
        /// Who is told at intervals that Fanin is alive, so that someone hears when it is not.
        heartbeat: Heartbeat,
        /// Times at which some alerts are not told of, week after week.
        mutes: Vec<Mute>,
    }
}

section! {
    /// Someone, or something, that can be told: a name, and exactly one of `pagerduty`, `slack`, `alertmanager`, `sns`, `webhook`, `jsm`, `log`.
    Receiver {
        /// What rules and routes call it.
        name: At<String>,
        /// A service of PagerDuty, by its Events API v2.
        pagerduty: PagerDuty,
        /// A channel of Slack.
        slack: Slack,
        /// Prometheus' Alertmanager, by its API v2. Recommended for those who have one: it keeps their routes.
        alertmanager: Alertmanager,
        /// A topic of Amazon SNS.
        sns: Sns,
        /// Anything that takes the webhooks of Alertmanager.
        webhook: Webhook,
        /// Jira Service Management, or Opsgenie.
        jsm: Jsm,
        /// Fanin's own log. An empty section uses the defaults.
        log: Log,
        /// Tell also when an alert is over. Default `true`.
        send_resolved: At<bool>,
        /// Time for one request. Default `10s`; from `1s` to `1m`.
        timeout: At<Period>,
    }
}

section! {
    /// A service of PagerDuty.
    PagerDuty {
        /// Integration key of the service (Events API v2). Best from outside: `${file:/run/secrets/pagerduty}`.
        routing_key: At<Secret>,
        /// URL of the Events API. Default `https://events.pagerduty.com/v2/enqueue`; for the EU `https://events.eu.pagerduty.com/v2/enqueue`.
        url: At<String>,
    }
}

section! {
    /// A channel of Slack: `webhook_url`, or `bot_token` and `channel`. With a bot the message of an incident is kept up to date.
    Slack {
        /// URL of an incoming webhook, which is a secret. Best from outside: `${file:/run/secrets/slack}`.
        webhook_url: At<Secret>,
        /// Token of a bot with the scope `chat:write`. Best from outside.
        bot_token: At<Secret>,
        /// Id or name of the channel, for a bot.
        channel: At<String>,
        /// URL of the Web API, for a bot. Default `https://slack.com/api`.
        url: At<String>,
    }
}

section! {
    /// An Alertmanager. Firing alerts are sent again each minute, resolved ones for five minutes.
    Alertmanager {
        /// Base URL, such as `http://alertmanager:9093`; `api/v2/alerts` is appended.
        url: At<String>,
        /// One alert for each account (`alert`, the default) or one for each incident of a rule (`rule`). A fleet is one alert in any case.
        fan_out: At<FanOut>,
        /// Headers of each request, such as `Authorization`.
        headers: Pairs<At<Secret>>,
    }
}

section! {
    /// A topic of Amazon SNS. Messages are JSON, with the attributes `rule`, `severity` and `status` to filter by.
    Sns {
        /// ARN of the topic.
        topic_arn: At<String>,
        /// Region of the topic. Default: that of the ARN.
        region: At<Region>,
        /// URL of another endpoint than AWS, for tests and emulators.
        endpoint: At<String>,
        /// ARN of a role to assume before publishing.
        role_arn: At<String>,
    }
}

section! {
    /// Anything that takes the webhooks of Alertmanager (version 4).
    Webhook {
        /// The whole URL.
        url: At<String>,
        /// Key of signatures: with it each request has a header `X-Fanin-Signature: t=<unix time>,v1=<hex>`, the
        /// HMAC-SHA256 of time, a dot and the body. At least 16 bytes. Best from outside.
        secret: At<Secret>,
        /// Headers of each request.
        headers: Pairs<At<Secret>>,
        /// The most alerts in one request; what is over is counted in `truncatedAlerts`. Default 50; from 1 to 1000.
        alerts_max: At<u32>,
    }
}

section! {
    /// Jira Service Management, or Opsgenie as long as it lasts.
    Jsm {
        /// Key of the API integration. Best from outside: `${file:/run/secrets/jsm}`.
        api_key: At<Secret>,
        /// Base URL; `v2/alerts` is appended. Default `https://api.atlassian.com/jsm/ops/integration`; for Opsgenie `https://api.opsgenie.com`.
        url: At<String>,
        /// Who answers for the alerts, such as `team:platform` or `user:jb@example.net`. Default: as the integration says.
        responders: Vec<At<Responder>>,
    }
}

section! {
    /// Fanin's own log: one entry for each notification.
    Log {
        /// The most alerts that one entry names. Default 10; from 1 to 1000.
        alerts_max: At<u32>,
    }
}

section! {
    /// Where classes lead to, for some alerts.
    NotifyRoute {
        /// The name by which rules ask for it (`notify: {route: payments}`). One with a name and without `match` is used only then.
        name: At<String>,
        /// Which accounts it is for, such as `tier == "gold"`. Default: all.
        r#match: At<String>,
        /// Receivers by class, such as `page: [oncall, gold-slack]`.
        receivers: Pairs<Vec<At<String>>>,
    }
}

section! {
    /// Who is told at intervals that Fanin is alive: a `webhook`, `alertmanager`, `sns`, `jsm` or `log`.
    Heartbeat {
        /// Name of the receiver.
        receiver: At<String>,
        /// Time between two. Default `1m`; from `10s` to `1h`.
        every: At<Period>,
    }
}

section! {
    /// Times at which some alerts are not told of, week after week. What still fires at the end is told of then.
    Mute {
        /// What it is called.
        name: At<String>,
        /// Matchers of labels, such as `tenant="acme"` or `severity=~"warn.*"`; all must hold.
        r#match: Vec<At<String>>,
        /// Days on which it begins: `mon` to `sun`. Default: all.
        weekdays: Vec<At<Weekday>>,
        /// Times of day. Default: the whole day.
        times: Vec<TimeRange>,
        /// Time zone of days and times, such as `Europe/Berlin`. Default `UTC`.
        location: At<String>,
    }
}

section! {
    /// A stretch of a day. One that ends before it begins ends on the next day.
    TimeRange {
        /// Where it begins, such as `"22:00"`.
        from: At<TimeOfDay>,
        /// Where it ends, such as `"06:00"`; `24:00` is the end of the day.
        to: At<TimeOfDay>,
    }
}

choices! { FanOut { "alert" => Self::Alert, "rule" => Self::Rule, } }
choices! {
    Weekday {
        "mon" => Self::Monday, "tue" => Self::Tuesday, "wed" => Self::Wednesday, "thu" => Self::Thursday,
        "fri" => Self::Friday, "sat" => Self::Saturday, "sun" => Self::Sunday,
    }
}

impl FromText for TimeOfDay {
    const WANTED: &'static str = "a time of day, such as \"22:00\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        let complaint = || (Code::Value, "is not a time of day, such as \"22:00\" in quotes".to_owned());
        let (hours, minutes) = text.split_once(':').ok_or_else(complaint)?;
        let part = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
        let is_shaped = (1..=2).contains(&hours.len()) && minutes.len() == 2;
        match (is_shaped, part(hours), part(minutes)) {
            (true, Some(hours), Some(minutes)) if minutes < 60 && hours * 60 + minutes <= Self::END.0 => {
                Ok(Self(hours * 60 + minutes))
            }
            _ => Err(complaint()),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "examples": ["22:00"] })
    }
}

impl FromText for Responder {
    const WANTED: &'static str = "a responder, such as \"team:platform\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        let kind_and_name = text.split_once(':').and_then(|(kind, name)| {
            let kind = ResponderKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            (!name.trim().is_empty()).then(|| Self { kind, name: name.trim().into() })
        });
        kind_and_name.ok_or_else(|| {
            let message = "is no responder: write team:, user:, escalation: or schedule: and a name";
            (Code::Value, message.into())
        })
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(team|user|escalation|schedule):.+$",
            "examples": ["team:platform"]
        })
    }
}

impl Written for Responder {
    fn written(&self) -> String {
        format!("{}:{}", self.kind.as_str(), self.name)
    }
}
