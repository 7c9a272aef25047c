//! `fanin replay --rules`: what rules would have done with a capture.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin::config::Config;
use fanin::evaluator::Transition;
use fanin::id::AccountId;
use fanin::incident::Notification;
use fanin::io::alerting::own_settings;
use fanin::io::configuration::Secrets;
use fanin::io::replay;
use fanin::io::rule_files::read_rules;
use fanin::notify::route::Routes;
use fanin::notify::text;
use fanin::rule::{RuleSet, Unit};
use fanin::sample::Group;
use fanin::tenant::{Directory, Entry, State};
use fanin::time::Timestamp;
use fanin::trial::{Event, Taken, Trial};
use serde_json::{Value, json};

use super::{Options, source, stop_at_interrupt};
use crate::cli::rules::{directory, setting_problems};
use crate::cli::{Environment, Exit, Failure, Outcome, block_on, output};

/// What happened, counted.
#[derive(Debug, Default)]
struct Counts {
    transitions: usize,
    notifications: usize,
}

/// Runs the rules on the capture and prints what happens.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    let (rules, warnings) = match block_on(read_rules(&options.rules)) {
        Ok(read) => read,
        Err(problems) => return Ok(output::refused(&problems)),
    };
    output::problems(&warnings);
    let (config, settings) = match options.settings.file() {
        Some(_) => match block_on(options.settings.load(environment, Secrets::LocalFiles)) {
            Ok(checked) => match own_settings(&checked.config.alerting) {
                Ok(settings) => (checked.config, settings),
                Err(faults) => return Ok(output::refused(&setting_problems(&faults, &checked.origins))),
            },
            Err(problems) => return Ok(output::refused(&problems)),
        },
        None => (Config::default(), fanin::alerting::Settings::default()),
    };
    let rules = Arc::new(rules);
    let accounts = accounts(options, &config)?;
    let mut trial = Trial::new(Arc::clone(&rules), &config, &accounts);
    let whole = read(options, &mut trial)?;
    let (taken, span) = (trial.taken().clone(), trial.span());
    let show = Show { rules: &rules, routes: Routes::new(&config.alerting), directory: &accounts, json: options.json };
    let (mut counts, mut printed) = (Counts::default(), Ok(()));
    trial.run(settings, options.explain, |event| {
        counts.count(&event);
        if printed.is_ok() {
            printed = output::data(&show.line(&event));
        }
    });
    printed?;
    output::talk(&summed_up(&rules, &taken, span, &counts));
    Ok(if whole { Exit::Done } else { Exit::Findings })
}

/// Those of the directory; without one, those of the capture, each a tenant of its own.
fn accounts(options: &Options, config: &Config) -> Result<Directory, Failure> {
    let named = options.settings.directory();
    if named.is_some() || config.directory.file.is_some() {
        return directory(named, config);
    }
    let mut accounts = BTreeMap::new();
    for path in options.paths.iter().filter(|path| *path != "-") {
        let source = source(options, path);
        let summary = block_on(super::dry_run(&source)).map_err(|error| Failure::new(Exit::Io, error))?;
        accounts.extend(summary.accounts);
    }
    if !accounts.is_empty() {
        output::talk("without a directory each account of the capture is a tenant of its own (--directory FILE)");
    }
    Ok(Directory::new(accounts.into_keys().map(entry), &config.directory.tenant_attribute, &[None]))
}

fn entry(account: AccountId) -> Entry {
    Entry {
        account,
        tenant: account.to_string(),
        name: None,
        tier: None,
        region: None,
        ou_path: None,
        state: State::Active,
        created: None,
        labels: BTreeMap::new(),
    }
}

/// Takes samples of everything; whether all of it could be read.
fn read(options: &Options, trial: &mut Trial<'_>) -> Result<bool, Failure> {
    let mut whole = true;
    for path in &options.paths {
        let source = source(options, path);
        let read = async {
            let (sdk, stop) = (replay::sdk(&source).await, stop_at_interrupt());
            replay::each(&source, &sdk, &stop, |item, written| trial.take(item, written)).await
        };
        let summary = block_on(read).map_err(|error| Failure::new(Exit::Io, error))?;
        for problem in &summary.problems {
            output::talk(&format!("not used: {} {}: {}", problem.object, problem.position, problem.detail));
        }
        whole &= summary.problems.is_empty() && !summary.stopped;
    }
    Ok(whole)
}

impl Counts {
    const fn count(&mut self, event: &Event) {
        match event {
            Event::Stood { .. } => {}
            Event::Changed { .. } => self.transitions += 1,
            Event::Notified { .. } => self.notifications += 1,
        }
    }
}

/// How events are shown.
struct Show<'a> {
    rules: &'a RuleSet,
    routes: Routes,
    directory: &'a Directory,
    json: bool,
}

impl Show<'_> {
    fn line(&self, event: &Event) -> String {
        if self.json {
            return format!("{}\n", self.as_json(event));
        }
        match event {
            Event::Stood { rule, tick, group, standing } => {
                let rule = &self.rules.rules[*rule];
                let unit = unit(rule);
                let whom = self.group(&rule.name, group);
                let level = standing.level.map(|level| format!(" {}", level.as_str())).unwrap_or_default();
                let outcome = word(standing.outcome.as_str(), 12);
                let value =
                    standing.value.map(|value| format!("  {}", text::shown(Some(value), unit))).unwrap_or_default();
                format!("{}  tick    {whom}  {outcome}{}{level}{value}\n", text::moment(*tick), standing.state.as_str())
            }
            Event::Changed { transition, .. } => self.changed(transition),
            Event::Notified { now, notification } => {
                let to = self.receivers(notification);
                let to = if to.is_empty() { String::new() } else { format!(" ({})", to.join(", ")) };
                let title = text::title(notification);
                format!("{}  notify  {}{to}: {title}\n", text::moment(*now), told_class(notification))
            }
        }
    }

    fn changed(&self, transition: &Transition) -> String {
        let whom = self.group(&transition.rule, &transition.group);
        let value = text::shown(transition.value, transition.unit);
        let threshold = transition
            .threshold
            .map(|threshold| format!(" (threshold {})", text::shown(Some(threshold), transition.unit)))
            .unwrap_or_default();
        format!(
            "{}  change  {whom}  {} -> {} {}  {value}{threshold}\n",
            text::moment(transition.at),
            transition.from.as_str(),
            transition.to.as_str(),
            transition.level.as_str()
        )
    }

    /// `PaymentTimeouts acme 1111-2222-3333 (orders)`
    fn group(&self, rule: &str, group: &Group) -> String {
        let mut parts = vec![rule.to_owned()];
        if let Some(account) = group.account {
            let entry = self.directory.get(account);
            let tenant = entry.map(|entry| entry.name.clone().unwrap_or_else(|| entry.tenant.clone()));
            parts.extend(tenant.filter(|tenant| *tenant != account.to_string()));
            parts.push(text::dashed(account));
        }
        if !group.rest.is_empty() {
            parts.push(format!("({})", group.rest.join(", ")));
        }
        parts.join(" ")
    }

    fn receivers(&self, notification: &Notification) -> Vec<String> {
        let receivers = self.routes.receivers(notification, self.directory);
        receivers.into_iter().map(|receiver| receiver.name.clone()).collect()
    }

    fn as_json(&self, event: &Event) -> Value {
        match event {
            Event::Stood { rule, tick, group, standing } => json!({
                "type": "tick",
                "time": tick.to_string(),
                "rule": self.rules.rules[*rule].name,
                "account": group.account,
                "group": group.rest,
                "outcome": standing.outcome.as_str(),
                "state": standing.state.as_str(),
                "level": standing.level.map(fanin::rule::Level::as_str),
                "value": standing.value,
                "threshold": standing.threshold,
            }),
            Event::Changed { transition, .. } => json!({
                "type": "transition",
                "time": transition.at.to_string(),
                "rule": transition.rule,
                "account": transition.group.account,
                "group": transition.group.rest,
                "alert": format!("{:016x}", transition.alert),
                "from": transition.from.as_str(),
                "to": transition.to.as_str(),
                "level": transition.level.as_str(),
                "value": transition.value,
                "threshold": transition.threshold,
                "reason": transition.reason.as_str(),
            }),
            Event::Notified { now, notification } => json!({
                "type": "notification",
                "time": now.to_string(),
                "title": text::title(notification),
                "receivers": self.receivers(notification),
                "notification": **notification,
            }),
        }
    }
}

fn unit(rule: &fanin::rule::Rule) -> Unit {
    let settings = &rule.settings;
    settings.critical.as_ref().or(settings.warning.as_ref()).map_or(Unit::Number, |condition| condition.unit)
}

fn told_class(notification: &Notification) -> &str {
    if notification.to.is_empty() { "nobody" } else { &notification.to }
}

fn word(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

fn summed_up(rules: &RuleSet, taken: &Taken, span: Option<(Timestamp, Timestamp)>, counts: &Counts) -> String {
    let Some((first, last)) = span else {
        let passed =
            if taken.passed > 0 { "; metrics in OTLP are passed on, and rules do not look into them" } else { "" };
        return format!("no record for rules is in there{passed}");
    };
    let mut text = format!(
        "{} on {} of {}, which arrived from {} to {}: {} and {}; nothing was sent",
        counted(rules.rules.len(), "rule"),
        counted(usize::try_from(taken.records).unwrap_or(usize::MAX), "record"),
        counted(taken.accounts.len(), "account"),
        text::moment(first),
        text::moment(last),
        counted(counts.transitions, "transition"),
        counted(counts.notifications, "notification"),
    );
    if !taken.unknown.is_empty() {
        let ids: Vec<String> = taken.unknown.iter().take(3).map(ToString::to_string).collect();
        let more = if taken.unknown.len() > ids.len() { ", ..." } else { "" };
        text += &format!(
            "\n{} not in the directory, which stay out of many scopes and wait for new_group_delay: {}{more}",
            counted(taken.unknown.len(), "account"),
            ids.join(", ")
        );
    }
    if taken.rejects > 0 {
        text += &format!(
            "\n{} could not be used: fanin decode tells why",
            counted(usize::try_from(taken.rejects).unwrap_or(usize::MAX), "record")
        );
    }
    text
}

fn counted(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}
