//! `fanin tail`: log records as they come.

use std::time::Duration;

use clap::Args;
use fanin::api::logs::{LogList, LogRow};
use fanin::api::stream::Logs;
use fanin::config::problem::Severity;
use fanin::config::quantity;
use fanin::io::clock;
use fanin::time::Timestamp;
use tokio::time::{Instant, sleep};

use super::super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};
use super::client::{Client, Query, Server, segment};
use super::events::{Event, Events};
use super::words;

const EXAMPLES: &str = "\
Examples:
  fanin tail --account 1234-5678-9012
  fanin tail --tenant acme --sev warn timeout payments
  fanin tail 'service=checkout' '\"payment provider\"' -retry
  fanin tail --since 10m --lines 100 --json > records.ndjson";

/// Waits between attempts to connect again.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// That records are a sample is said so often at most.
const SAMPLED_EVERY: Duration = Duration::from_secs(10);

/// Records of before at most.
const SINCE_MAX: &str = "1000";

/// Follow log records of a running Fanin, as the page does
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Options {
    /// What records must have: words, "phrases", key=value, key!=value, key~pattern, -word for what they must not
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    query: Vec<String>,
    /// Of this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Of this tenant
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// At this severity or above: debug, info, warn, error, fatal
    #[arg(long, value_name = "SEVERITY")]
    sev: Option<String>,
    /// Also records of before that are kept, as far back as this, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    since: Option<Duration>,
    /// Stop after so many records
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    lines: Option<u64>,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

fn duration(text: &str) -> Result<Duration, String> {
    quantity::duration(text).map_err(|error| format!("it {error}"))
}

/// Follows records until Ctrl-C, or until nobody reads on.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    let mut printer = Printer { json: options.json, left: options.lines, sampled: None };
    block_on(async {
        tokio::select! {
            followed = follow(options, &client, &mut printer) => followed.map(|()| Exit::Done),
            _ = tokio::signal::ctrl_c() => Ok(Exit::Done),
        }
    })
}

impl Options {
    /// All that is asked of a record, in the words of the search.
    fn words(&self) -> String {
        let tenant = self.tenant.as_ref().map(|tenant| format!("tenant={}", quoted(tenant)));
        let severity = self.sev.as_ref().map(|severity| format!("sev>={severity}"));
        self.query.iter().cloned().chain(tenant).chain(severity).collect::<Vec<_>>().join(" ")
    }

    fn account(&self) -> Option<String> {
        self.account.as_ref().map(|account| account.chars().filter(|char| *char != '-').collect())
    }
}

/// A value that may have blanks.
fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

async fn follow(options: &Options, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
    if let Some(since) = options.since
        && !before(options, client, printer, since).await?
    {
        return Ok(());
    }
    let query = Query::default().with("topics", "logs").maybe("account", options.account().as_deref());
    let query = query.with("q", options.words());
    let mut wait = RETRY_MIN;
    let mut stream = client.stream("stream", &query).await?;
    loop {
        let mut events = Events::default();
        while let Ok(Some(piece)) = stream.chunk().await {
            wait = RETRY_MIN;
            for event in events.take(&piece) {
                if !printer.event(&event)? {
                    return Ok(());
                }
            }
        }
        output::talk("the connection broke; trying again");
        stream = again(client, &query, &mut wait).await?;
    }
}

/// Connects again, later and later. What the server refuses, it refuses for good.
async fn again(client: &Client, query: &Query, wait: &mut Duration) -> Result<reqwest::Response, Failure> {
    loop {
        sleep(*wait).await;
        *wait = (*wait * 2).min(RETRY_MAX);
        match client.stream("stream", query).await {
            Err(failure) if failure.exit == Exit::Unavailable => {}
            answered => return answered,
        }
    }
}

/// Prints what is kept of before: whether to go on.
async fn before(options: &Options, client: &Client, printer: &mut Printer, since: Duration) -> Result<bool, Failure> {
    let from = clock::now().minus(since);
    let query = Query::default().with("q", options.words()).with("from", from.to_string());
    let query = query.with("order", "newest").with("limit", SINCE_MAX);
    let path = options.account().map(|account| format!("accounts/{}/logs", segment(&account)));
    let mut list: LogList = client.get(path.as_deref().unwrap_or("logs/search"), &query).await?;
    list.notices.iter().for_each(|notice| output::talk(notice));
    if list.next.is_some() {
        output::talk(&format!("the last {} records of {}", list.items.len(), quantity::duration_text(since)));
    }
    list.items.sort_by_key(|row| row.at);
    printer.rows(&list.items)
}

/// Prints records, as many as are wanted.
struct Printer {
    json: bool,
    left: Option<u64>,
    /// When it was last said that they are a sample.
    sampled: Option<Instant>,
}

impl Printer {
    /// Takes an event: whether to go on.
    fn event(&mut self, event: &Event) -> Result<bool, Failure> {
        if event.name != "logs" {
            return Ok(true);
        }
        let logs: Logs = serde_json::from_str(&event.data).map_err(|error| {
            Failure::new(Exit::Unavailable, error)
                .hint("the server is a Fanin of another version: compare `fanin version`")
        })?;
        let due = self.sampled.is_none_or(|said| said.elapsed() >= SAMPLED_EVERY);
        if logs.sampled_of > logs.events.len() as u64 && due {
            self.sampled = Some(Instant::now());
            output::talk(&format!("too many to show: {} of {} in the last second", logs.events.len(), logs.sampled_of));
        }
        self.rows(&logs.events)
    }

    fn rows(&mut self, rows: &[LogRow]) -> Result<bool, Failure> {
        let wanted = self.left.map_or(rows.len(), |left| usize::try_from(left).unwrap_or(usize::MAX).min(rows.len()));
        let mut text = String::new();
        for row in &rows[..wanted] {
            text += &if self.json { json_line(row) } else { line(row) };
        }
        if let Some(left) = &mut self.left {
            *left -= wanted as u64;
        }
        Ok(output::goes_on(&text)? && self.left != Some(0))
    }
}

fn json_line(row: &LogRow) -> String {
    serde_json::to_string(row).map(|line| line + "\n").unwrap_or_default()
}

/// `14:06:11.204 ERROR 1234-5678-9012 acme /ecs/checkout timeout calling payments`
fn line(row: &LogRow) -> String {
    let time = Timestamp::from_millis(row.at).to_string();
    let severity = format!("{:<5}", row.severity_text);
    let severity = match row.severity {
        0..13 => severity,
        13..17 => output::colored(Some(Severity::Warning), &severity),
        17.. => output::colored(Some(Severity::Error), &severity),
    };
    let body: String =
        row.body.trim_end().chars().map(|char| if char.is_control() && char != '\n' { ' ' } else { char }).collect();
    let body = body.replace('\n', "\n    ");
    let cut = if row.cut { " ..." } else { "" };
    let (account, source) = (words::account(&row.account), &row.source);
    format!("{} {severity} {account} {} {source}  {body}{cut}\n", time.get(11..23).unwrap_or(&time), row.tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> LogRow {
        LogRow {
            id: None,
            at: 1_795_313_971_204,
            account: "123456789012".into(),
            tenant: "acme".into(),
            severity: 17,
            severity_text: "ERROR".into(),
            source: "/ecs/checkout".into(),
            body: "timeout calling payments\nat \u{1b}[2JProvider\n".into(),
            cut: false,
        }
    }

    #[test]
    fn a_record_is_a_line_that_cannot_move_the_cursor_and_what_follows_is_indented() {
        let plain = anstream::adapter::strip_str(&line(&row())).to_string();
        let expected = "ERROR 1234-5678-9012 acme /ecs/checkout  timeout calling payments\n    at  [2JProvider\n";
        assert_eq!(plain.split_once(' ').map(|(_, rest)| rest), Some(expected));
    }

    #[test]
    fn a_record_is_one_line_of_json_however_many_its_body_has() {
        assert_eq!(json_line(&row()).matches('\n').count(), 1);
    }
}
