//! `fanin explain`: one rule as it counts for one account, and where each of its values comes from.

use clap::Args;
use fanin::config::problem::{did_you_mean, quoted};
use fanin::id::AccountId;
use fanin::io::clock;
use fanin::notify::route::Routes;
use fanin::predicate::account::Account;
use fanin::predicate::field::Field;
use fanin::rule::explain::{Line, explain};
use fanin::rule::keys::KindName;
use fanin::rule::{Effective, Rule};
use fanin::sample::Group;
use fanin::time::{Timestamp, parse_rfc3339};
use serde_json::{Value, json};

use super::rules::{Choice, Found, From, NotFound};
use super::{Environment, Exit, Failure, HELP, Outcome, output};

const EXAMPLES: &str = "\
Examples:
  fanin explain PaymentTimeouts --account 111122223333
  fanin explain PaymentTimeouts --account 1111-2222-3333 --rules rules --directory accounts.csv
  fanin explain PaymentTimeouts --account 111122223333 --at 2027-01-01T00:00:00Z   # once an override is over";

/// Print a rule as it counts for one account: whether it applies, each value and where it comes from, and who is told
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// Name of the rule
    #[arg(value_name = "RULE")]
    rule: String,
    /// The account, with or without dashes
    #[arg(long, value_name = "ID", value_parser = account)]
    account: AccountId,
    /// As it counts at this moment, such as 2026-12-31T23:59:59Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An account id as people read it to each other, too.
pub(super) fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(&text.replace('-', "")).map_err(|error| error.to_string())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let parsed = parse_rfc3339(text).map(|(at, _)| at);
    parsed.ok_or_else(|| "write a date and time with its zone, such as 2026-12-31T23:59:59Z".into())
}

/// What there is to say.
struct Told<'a> {
    rule: &'a Rule,
    account: Account<'a>,
    effective: Effective,
    values: Vec<Line>,
    /// Why the rule does not apply; `None` where it does.
    hindrance: Option<String>,
    /// Each class, and the receivers that it leads to, or why to none.
    classes: Vec<Class>,
    choices: Vec<Choice>,
    at: Timestamp,
}

struct Class {
    level: &'static str,
    name: String,
    receivers: Vec<String>,
    nowhere: Option<String>,
}

/// Prints the rule.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    let found = match options.from.find(environment) {
        Ok(found) => found,
        Err(NotFound::Refused(problems)) => return Ok(output::refused(&problems)),
        Err(NotFound::Failed(failure)) => return Err(failure),
    };
    output::problems(&found.warnings);
    let rule = rule(&found, &options.rule)?;
    let account = Account { id: options.account, entry: found.directory.get(options.account) };
    if account.entry.is_none() {
        output::talk(&unknown(&found, options.account));
    }
    let told = tell(&found, rule, account, options.at.unwrap_or_else(clock::now));
    if options.json {
        output::data_json(&told.json())?
    } else {
        output::data(&told.text())?
    }
    Ok(Exit::Done)
}

fn rule<'a>(found: &'a Found, name: &str) -> Result<&'a Rule, Failure> {
    if let Some(index) = found.rules.get(name) {
        return Ok(&found.rules.rules[index]);
    }
    let names: Vec<&str> = found.rules.rules.iter().map(|rule| &*rule.name).collect();
    let error = anyhow::anyhow!("there is no rule {}{}", quoted(name), did_you_mean(name, &names));
    let hint = match names.as_slice() {
        [] => "the files have no rules".into(),
        names => format!("the rules are {}", names.join(", ")),
    };
    Err(Failure::new(Exit::Usage, error).hint(hint))
}

fn unknown(found: &Found, account: AccountId) -> String {
    let ids: Vec<AccountId> = found.directory.entries().map(|entry| entry.account).collect();
    let ids: Vec<&str> = ids.iter().map(AccountId::as_str).collect();
    let near = did_you_mean(account.as_str(), &ids);
    format!("the directory does not know {account}{near}\n")
}

fn tell<'a>(found: &Found, rule: &'a Rule, account: Account<'a>, at: Timestamp) -> Told<'a> {
    let effective = rule.effective(&account, at);
    let routes = Routes::new(&found.config.alerting);
    let notify = &effective.settings.notify;
    let class = |(level, name): (&'static str, &Option<Box<str>>)| {
        let name = name.as_deref()?;
        let receivers = routes.told(name, notify.route.as_deref(), &account, &rule.labels);
        let receivers: Vec<String> = receivers.into_iter().map(|receiver| receiver.name.clone()).collect();
        let nowhere = if receivers.is_empty() { Some(nowhere(&routes, name, notify.route.as_deref())) } else { None };
        Some(Class { level, name: name.into(), receivers, nowhere })
    };
    let classes = [("critical", &notify.critical), ("warning", &notify.warning)].into_iter().filter_map(class);
    Told {
        classes: classes.collect(),
        values: explain(rule, &account, at),
        hindrance: hindrance(rule, &account, &effective),
        choices: Choice::of(rule),
        rule,
        account,
        effective,
        at,
    }
}

fn nowhere(routes: &Routes, class: &str, route: Option<&str>) -> String {
    let why = routes.leads(class, route).err();
    why.unwrap_or_else(|| "the routes that have it are for other accounts".into())
}

fn hindrance(rule: &Rule, account: &Account<'_>, effective: &Effective) -> Option<String> {
    if let Some(scope) = rule.scope.as_ref().filter(|scope| !scope.holds(account)) {
        return Some(format!("the account is not in its scope, {}", scope.as_str()));
    }
    (!effective.settings.enabled).then(|| "it is switched off for the account".into())
}

impl Told<'_> {
    fn groups(&self) -> String {
        let of = |field: &Field| {
            if *field == Field::Account { format!("account={}", self.account.id) } else { format!("{field}=...") }
        };
        let names: Vec<String> = self.rule.group_by.iter().map(of).collect();
        let is_the_account = matches!(self.rule.group_by.as_slice(), [Field::Account]);
        let expected = if !self.rule.groups_from_directory {
            ""
        } else if self.account.entry.is_some() && self.hindrance.is_none() {
            ", expected even before it sends anything"
        } else {
            ", not expected before it sends something"
        };
        match names.as_slice() {
            [] => format!("one for all accounts together, alert {:016x}", self.alert().unwrap_or_default()),
            names if is_the_account => {
                format!("{}, alert {:016x}{expected}", names.join(", "), self.alert().unwrap_or_default())
            }
            names => format!("one for each {}{expected}", names.join(", ")),
        }
    }

    /// Fingerprint of the alert, where the account has just one, or all have one together.
    fn alert(&self) -> Option<u64> {
        match self.rule.group_by.as_slice() {
            [] => Some(Group::default().alert(&self.rule.name)),
            [Field::Account] => {
                Some(Group { account: Some(self.account.id), ..Group::default() }.alert(&self.rule.name))
            }
            _ => None,
        }
    }

    fn overrides(&self) -> Vec<(String, &'static str)> {
        let of = |(index, one): (usize, &fanin::rule::Override)| {
            let state = if self.effective.applied.contains(&index) {
                "applies"
            } else if one.is_expired(self.at) {
                "is over"
            } else {
                "is for others"
            };
            (format!("override {} for {}", index + 1, one.whom()), state)
        };
        self.rule.overrides.iter().enumerate().map(of).collect()
    }

    fn text(&self) -> String {
        let rule = self.rule;
        let mut text = format!(
            "{} ({}, {}:{})\n  account  {}\n",
            rule.name,
            KindName::of(&rule.kind).as_str(),
            rule.place.file,
            rule.place.line,
            described(&self.account)
        );
        text += &match (&self.hindrance, &rule.scope) {
            (Some(why), _) => format!("  applies  no: {why}\n"),
            (None, Some(scope)) => format!("  applies  yes: {}\n", scope.as_str()),
            (None, None) => "  applies  yes: it has no scope\n".into(),
        };
        text += &format!("  groups   {}\n", self.groups());
        for class in &self.classes {
            let to = class.nowhere.as_ref().map_or_else(|| class.receivers.join(", "), |why| format!("nobody: {why}"));
            text += &format!("  told     {} -> {} -> {to}\n", class.level, class.name);
        }
        if self.classes.is_empty() {
            text += "  told     nobody: the rule has no notify\n";
        }
        for choice in &self.choices {
            text += &format!("  metric   {choice}\n");
        }
        for (whom, state) in self.overrides() {
            text += &format!("  {whom} {state}\n");
        }
        let widest = |of: fn(&Line) -> usize| self.values.iter().map(of).max().unwrap_or_default();
        let (key, value) = (widest(|line| line.key.len()), widest(|line| line.value.len()).min(60));
        text += "\n";
        for line in &self.values {
            text += &format!("  {:key$}  {:value$}  {}\n", line.key, line.value, line.origin);
        }
        text
    }

    fn json(&self) -> Value {
        let values: Vec<Value> = self
            .values
            .iter()
            .map(|line| json!({ "key": line.key, "value": line.value, "from": line.origin.to_string() }))
            .collect();
        let class = |class: &Class| json!({ "level": class.level, "class": class.name, "receivers": class.receivers, "problem": class.nowhere });
        let choice = |choice: &Choice| json!({ "selector": choice.text, "dimensions": choice.dimensions });
        let overrides = self.overrides();
        let one = |(whom, state): &(String, &str)| json!({ "override": whom, "state": state });
        json!({
            "rule": self.rule.name,
            "kind": KindName::of(&self.rule.kind).as_str(),
            "file": self.rule.place.file.as_ref(),
            "line": self.rule.place.line,
            "account": self.account.id.as_str(),
            "tenant": self.account.entry.map(|entry| entry.tenant.as_str()),
            "known": self.account.entry.is_some(),
            "at": self.at.to_string(),
            "applies": self.hindrance.is_none(),
            "why_not": self.hindrance,
            "group_by": self.rule.group_by.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "alert": self.alert().map(|alert| format!("{alert:016x}")),
            "values": values,
            "overrides": overrides.iter().map(one).collect::<Vec<_>>(),
            "notify": self.classes.iter().map(class).collect::<Vec<_>>(),
            "selectors": self.choices.iter().map(choice).collect::<Vec<_>>(),
        })
    }
}

/// `111122223333, tenant acme, tier gold, region eu-central-1`
fn described(account: &Account<'_>) -> String {
    let Some(entry) = account.entry else { return format!("{}, not in the directory", account.id) };
    let region = entry.region.map(|region| region.to_string());
    let parts =
        [("tenant", Some(entry.tenant.as_str())), ("tier", entry.tier.as_deref()), ("region", region.as_deref())];
    let mut text = account.id.to_string();
    for (name, value) in parts {
        text += &value.map(|value| format!(", {name} {value}")).unwrap_or_default();
    }
    text
}
