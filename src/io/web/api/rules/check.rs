//! What is wrong with rules that someone edits, and what they would have done with the log records that are stored.
//!
//! Nothing is saved: rules are files, and whoever runs Fanin has them under version control.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use prost::Message;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::super::Api;
use super::super::answer::Answer;
use super::super::params::{Params, SentText};
use super::super::refusal::Refusal;
use super::{named, rows};
use crate::alerting::Settings;
use crate::api::rules::{Check, Diagnostic, WouldFire};
use crate::config::problem::{Position, Problem, Severity};
use crate::config::{Config, page::StoredLogs};
use crate::delivery::{Origin, Payload, Source};
use crate::evaluator::State as AlertState;
use crate::id::Signal;
use crate::io::alerting::leads_nowhere;
use crate::io::clock;
use crate::predicate::account::Account;
use crate::replay::{Content, Item, Kind};
use crate::rule::read::{is_refused, read};
use crate::rule::{From, Rule, RuleSet};
use crate::tenant::Directory;
use crate::time::Timestamp;
use crate::trial::{Event, Trial};

/// Bytes of rules that are checked at most.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// How far back is looked where nobody says, and at most.
const SECONDS: u64 = 6 * 3_600;
const SECONDS_MAX: u64 = 3 * 86_400;

/// How long stored records are read, and how long rules are run on them.
const READ_MAX: Duration = Duration::from_secs(5);
const RUN_MAX: Duration = Duration::from_secs(5);

/// Requests that were read and wait to be looked at.
const AHEAD_MAX: usize = 32;

/// What the records of this time arrived together.
const SLICE: Duration = Duration::from_secs(5);

/// Accounts that are named.
const ACCOUNTS_MAX: usize = 50;

/// How rules are checked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CheckQuery {
    /// The text takes the place of this rule, in its file and among all others. Without it, the text is a file of its own, or rules
    /// of one, which know of no others.
    rule: Option<String>,
    /// Also try the rules on the log records that are stored.
    #[serde(rename = "try")]
    tries: bool,
    /// How many seconds back: six hours where nothing is said, three days at most.
    seconds: Option<u64>,
}

/// Checks a text, and tries it where that is asked for.
pub(super) async fn check(
    State(api): State<Arc<Api>>,
    Params(query): Params<CheckQuery>,
    SentText(text): SentText,
) -> Result<Answer<Check>, Refusal> {
    if text.len() > TEXT_BYTES_MAX {
        let detail = format!("the rules have {} bytes, and {TEXT_BYTES_MAX} are read", text.len());
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail));
    }
    let composed = match &query.rule {
        Some(rule) => Composed::in_place_of(&api, rule, &text)?,
        None => Composed::alone(&text),
    };
    let texts: Vec<(&str, &str)> = composed.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (rules, mut problems) = read(&texts);
    let names = composed.names(&rules);
    let refused = is_refused(&problems);
    if !refused {
        problems.extend(warnings(&api, &rules, &names));
    }
    let diagnostics = problems.iter().map(|problem| composed.diagnostic(problem)).collect();
    let tried = query.tries && !refused && !names.is_empty();
    let would_fire = if tried { Some(try_rules(&api, rules, names, query.seconds).await?) } else { None };
    Ok(Answer(Check { diagnostics, would_fire }))
}

/// The text, and what is around it.
struct Composed {
    texts: Vec<(String, String)>,
    /// The file that the text is in, and its lines there, counting from 1.
    file: String,
    lines: Range<u64>,
}

impl Composed {
    /// A text of its own; where it begins with a rule, what a file needs is put before it.
    fn alone(text: &str) -> Self {
        let whole = text.lines().any(|line| line.starts_with("version:") || line.starts_with("rules:"));
        let before = if whole { "" } else { "version: 1\nrules:\n" };
        let (file, first) = ("rules.yaml".to_owned(), before.lines().count() as u64 + 1);
        let lines = first..first + text.lines().count() as u64;
        Self { texts: vec![(file.clone(), format!("{before}{text}"))], file, lines }
    }

    /// All files as they are, and the text instead of a rule in its file.
    fn in_place_of(api: &Api, name: &str, text: &str) -> Result<Self, Refusal> {
        let (rules, index) = named(api, name)?;
        let place = &rules.rules[index].place;
        let all = api.alerting.texts();
        let changed = Refusal::unavailable("the rules were read again just now").hint("ask again");
        let before = all.get(&*place.file).ok_or(changed)?;
        let (first, last) = (rows::line(place.line) as usize, rows::line(place.line_last) as usize);
        let mut lines: Vec<&str> = before.lines().take(first.saturating_sub(1)).collect();
        lines.extend(text.lines());
        lines.extend(before.lines().skip(last));
        let new = lines.join("\n") + "\n";
        let texts = all
            .iter()
            .map(|(file, text)| (file.clone(), if **file == *place.file { new.clone() } else { text.to_string() }));
        let lines = place.line..place.line + text.lines().count() as u64;
        Ok(Self { texts: texts.collect(), file: place.file.to_string(), lines })
    }

    /// The rules that are in the text.
    fn names(&self, rules: &RuleSet) -> BTreeSet<Box<str>> {
        let own = |rule: &&Rule| *rule.place.file == *self.file && self.lines.contains(&rule.place.line);
        rules.rules.iter().filter(own).map(|rule| rule.name.clone()).collect()
    }

    /// A problem by the lines of the text; what is elsewhere says where.
    fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        let (line, column) = match problem.place.position {
            Position::Line { line, column } => (Some(line), Some(column)),
            Position::Whole | Position::Flag(_) | Position::Variable(_) => (None, None),
        };
        let own = *problem.file == *self.file;
        let here = line.filter(|line| own && self.lines.contains(line)).map(|line| line - self.lines.start + 1);
        let key = Some(problem.place.key.as_str()).filter(|key| !key.is_empty());
        let message = match (line, here) {
            (Some(line), None) => format!("{}:{line}: {}", problem.file, problem.message),
            (Some(_) | None, _) => problem.message.clone(),
        };
        Diagnostic {
            severity: if problem.code.severity() == Severity::Error { "error".into() } else { "warning".into() },
            code: problem.code.as_str().into(),
            line: here.map(rows::line),
            column: here.and(column).map(rows::line),
            message: key.map_or(message.clone(), |key| format!("{key}: {message}")),
            hint: Some(format!("{} in docs/errors.md tells more", problem.code.as_str())),
        }
    }
}

/// What is worth a look though the rules can run.
fn warnings(api: &Api, rules: &RuleSet, names: &BTreeSet<Box<str>>) -> Vec<Problem> {
    let directory = api.directory.current();
    let accounts: Vec<Account<'_>> =
        directory.entries().map(|entry| Account { id: entry.account, entry: Some(entry) }).collect();
    let mut found = rules.expired(clock::now());
    found.extend(rules.unused(&accounts));
    found.extend(rules.heavy(accounts.len()));
    let of_text = |problem: &Problem| names.iter().any(|name| problem.place.key.split('.').next() == Some(&**name));
    found.retain(of_text);
    for rule in rules.rules.iter().filter(|rule| names.contains(&rule.name)) {
        let messages = leads_nowhere(rule, api.alerting.routes()).into_iter();
        found.extend(messages.map(|message| nowhere(rule, message)));
    }
    found
}

fn nowhere(rule: &Rule, message: String) -> Problem {
    let written = rule.place.origins.iter().find(|origin| &*origin.key == "notify");
    let line = written.map_or(rule.place.line, |origin| origin.line);
    let position = Position::Line { line, column: 1 };
    let place = crate::config::problem::Place { position, key: format!("{}.notify", rule.name) };
    Problem { code: crate::config::problem::Code::NotifiesNobody, file: rule.place.file.clone(), place, message }
}

/// Runs the rules on stored records, with their real times.
async fn try_rules(
    api: &Api,
    rules: RuleSet,
    names: BTreeSet<Box<str>>,
    seconds: Option<u64>,
) -> Result<WouldFire, Refusal> {
    let now = clock::now();
    let from = now.minus(Duration::from_secs(seconds.unwrap_or(SECONDS).clamp(60, SECONDS_MAX)));
    let rules = rules.only(&names);
    let mut notices = notices(&rules, api.page.store.logs);
    if !rules.rules.iter().any(|rule| rule.from == Some(From::Logs)) {
        return Ok(WouldFire { notices, ..WouldFire::default() });
    }
    let (sender, requests) = sync_channel(AHEAD_MAX);
    let visit =
        move |request| if sender.send(request).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let directory = api.directory.current();
    let trying = tokio::task::spawn_blocking(move || run(rules, &names, &directory, &requests));
    let (read, tried) = tokio::join!(api.store.stored_requests(from, now, visit), trying);
    if let Err(error) = read {
        return Err(Refusal::unavailable(format!("stored records cannot be read: {error}")));
    }
    let mut would_fire = tried.map_err(|_| Refusal::unavailable("the rules could not be tried"))?;
    notices.append(&mut would_fire.notices);
    Ok(WouldFire { notices, ..would_fire })
}

/// What a trial does not tell.
fn notices(rules: &RuleSet, stored: StoredLogs) -> Vec<String> {
    let not_logs = rules.rules.iter().filter(|rule| matches!(rule.from, Some(From::Metrics | From::Fanin)));
    let mut notices: Vec<String> = not_logs
        .map(|rule| format!("{} looks at metrics, which are not stored: it was not tried", rule.name))
        .collect();
    match stored {
        StoredLogs::Off => notices.push("log records are not stored (page.store.logs: off)".into()),
        StoredLogs::Errors => notices.push("only log records at error or above are stored".into()),
        StoredLogs::All => {}
    }
    notices.push("stored records are as they left: what the policy drops or redacts was not looked at".into());
    notices
}

/// Takes what is stored and runs the rules on it, for as long as there is time.
fn run(
    rules: RuleSet,
    names: &BTreeSet<Box<str>>,
    directory: &Directory,
    requests: &Receiver<ExportLogsServiceRequest>,
) -> WouldFire {
    let config = Config::default();
    let mut trial = Trial::new(Arc::new(rules), &config, directory);
    let mut would_fire = WouldFire::default();
    let deadline = Instant::now() + READ_MAX;
    loop {
        match requests.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(request) => slices(request).into_iter().for_each(|(at, slice)| trial.take(item(&slice), at)),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                would_fire.notices.push(format!("records were read for {} s only: ask for less", READ_MAX.as_secs()));
                break;
            }
        }
    }
    would_fire.records = trial.taken().records;
    would_fire.seconds = trial.span().map_or(0, |(first, last)| last.since(first).as_secs());
    let (mut accounts, deadline) = (BTreeMap::new(), Instant::now() + RUN_MAX);
    let tell = |event| note(event, names, &mut would_fire, &mut accounts);
    let mut in_time = true;
    let _until = trial.run_while(Settings::default(), None, tell, || {
        in_time = Instant::now() < deadline;
        in_time
    });
    if !in_time {
        would_fire.notices.push(format!("the rules ran for {} s only: ask for less", RUN_MAX.as_secs()));
    }
    would_fire.accounts = rows::line(accounts.len() as u64);
    would_fire.items = accounts.into_iter().collect();
    would_fire.items.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    would_fire.items.truncate(ACCOUNTS_MAX);
    would_fire
}

/// Counts an alert that begins to fire.
fn note(event: Event, names: &BTreeSet<Box<str>>, would_fire: &mut WouldFire, accounts: &mut BTreeMap<String, u32>) {
    let Event::Changed { transition, .. } = event else { return };
    let begins = transition.to == AlertState::Firing
        && matches!(transition.from, AlertState::Inactive | AlertState::Pending)
        && names.contains(crate::incident::base(&transition.rule));
    if begins {
        would_fire.fired += 1;
        *would_fire.rules.entry(transition.rule.to_string()).or_default() += 1;
        if let Some(account) = transition.group.account {
            *accounts.entry(account.to_string()).or_default() += 1;
        }
    }
}

/// A request in parts whose records are of the same few seconds: rules want records when they happened, not when others did.
fn slices(request: ExportLogsServiceRequest) -> BTreeMap<Timestamp, ExportLogsServiceRequest> {
    let mut slices: BTreeMap<Timestamp, ExportLogsServiceRequest> = BTreeMap::new();
    for mut of_resource in request.resource_logs {
        for mut of_scope in std::mem::take(&mut of_resource.scope_logs) {
            let mut records: BTreeMap<Timestamp, Vec<_>> = BTreeMap::new();
            for record in std::mem::take(&mut of_scope.log_records) {
                let at = Timestamp::from_nanos(record.time_unix_nano).floor(SLICE).plus(SLICE);
                records.entry(at).or_default().push(record);
            }
            for (at, log_records) in records {
                let mut part = of_resource.clone();
                part.scope_logs
                    .push(opentelemetry_proto::tonic::logs::v1::ScopeLogs { log_records, ..of_scope.clone() });
                slices.entry(at).or_default().resource_logs.push(part);
            }
        }
    }
    slices
}

fn item(request: &ExportLogsServiceRequest) -> Item {
    let request = request.encode_to_vec();
    let (bytes, arrived) = (request.len(), Timestamp::default());
    let origin = Origin { source: Source::File, name: "stored records".into(), region: None };
    let payload = Payload::Otlp { signal: Signal::Logs, request: request.into(), arrived };
    Item {
        kind: Kind::Capture,
        position: String::new(),
        bytes,
        reason: None,
        content: Content::Deliver { origin, payload },
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

    use super::*;

    #[test]
    fn a_rule_alone_becomes_a_file_and_its_lines_are_told_as_they_were_given() {
        let composed = Composed::alone("  - alert: A\n    kind: threshold\n    windw: 5m\n");
        let (_, problems) = read(&[("rules.yaml", &composed.texts[0].1)]);
        let found = problems.iter().map(|problem| composed.diagnostic(problem));
        let unknown = found.filter(|found| found.code == "E012").map(|found| (found.line, found.severity)).next();
        assert_eq!(unknown, Some((Some(3), "error".to_owned())));
    }

    #[test]
    fn records_are_looked_at_by_the_time_at_which_they_happened() {
        let record = |seconds: u64| LogRecord { time_unix_nano: seconds * 1_000_000_000, ..LogRecord::default() };
        let scope_logs =
            vec![ScopeLogs { log_records: vec![record(1), record(4), record(61)], ..ScopeLogs::default() }];
        let request =
            ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] };
        let slices = slices(request);
        let counts: Vec<(u64, usize)> = slices
            .iter()
            .map(|(at, part)| (at.seconds(), part.resource_logs[0].scope_logs[0].log_records.len()))
            .collect();
        assert_eq!(counts, [(5, 2), (65, 1)]);
    }
}
