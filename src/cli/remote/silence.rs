//! `fanin silence`: what is not told for a while; tried before it is made.

use std::io::{IsTerminal, stdin};
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use fanin::api::alerts::AckRequest;
use fanin::api::silences::{Matcher, PostableSilence, Preview, PreviewRequest, Silence, SilenceId, SilenceState};
use fanin::api::{List, Time};
use fanin::config::quantity;
use fanin::incident::silence as matchers;
use fanin::io::clock;

use super::super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};
use super::client::{Client, Query, Server, segment};
use super::table::{Cell, Table};
use super::{Form, Part, page_max, printed_raw, words};

const EXAMPLES: &str = "\
Examples:
  fanin silence add rule=ApiErrorRate tenant=acme --for 2h --comment 'release of checkout'
  fanin silence preview 'rule=~Lambda.*' tier=sandbox
  fanin silence list
  fanin silence expire 6f1c2a9e
  fanin silence ack 9b2f0c4d51e7a836 --comment 'looking at it'";

const ADD_EXAMPLES: &str = "\
Examples:
  fanin silence add rule=ApiErrorRate tenant=acme --for 2h --comment 'release of checkout'
  fanin silence add account=123456789012 --for 30m --comment 'moves to another unit' --yes
  fanin silence add 'rule=~Lambda.*' 'tier!=gold' --for 1d --comment 'load test'";

const LIST_EXAMPLES: &str = "\
Examples:
  fanin silence list
  fanin silence list --expired --json";

const EXPIRE_EXAMPLES: &str = "\
Examples:
  fanin silence expire 6f1c2a9e";

const PREVIEW_EXAMPLES: &str = "\
Examples:
  fanin silence preview rule=ApiErrorRate tenant=acme";

const ACK_EXAMPLES: &str = "\
Examples:
  fanin silence ack 9b2f0c4d51e7a836 --comment 'looking at it'
  fanin silence ack ApiErrorRate                # all of its alerts that fire";

/// The longest list of what a preview names.
const SAMPLE_MAX: usize = 5;

/// Silence alerts of a running Fanin for a while, or acknowledge one
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES, arg_required_else_help = true)]
pub(in crate::cli) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Add(Add),
    List(ListOptions),
    Expire(Expire),
    Preview(PreviewOptions),
    Ack(Ack),
}

/// Silence what matches, after a look at what that is
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = ADD_EXAMPLES)]
struct Add {
    /// What must match, all of it: name=value, name!=value, name=~pattern, name!~pattern
    #[arg(value_name = "MATCHER", required = true)]
    matchers: Vec<String>,
    /// For how long, such as 30m, 2h or 1d
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    lasts: Duration,
    /// Why; others will read it
    #[arg(long, value_name = "TEXT")]
    comment: String,
    /// Who; without it, the user of this machine. A token's name counts before it
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Do not ask before it is made
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    server: Server,
}

/// List silences and acknowledgements, those that end first at the top
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = LIST_EXAMPLES)]
struct ListOptions {
    /// Also those that are over
    #[arg(long)]
    expired: bool,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    server: Server,
}

/// End silences or acknowledgements now
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXPIRE_EXAMPLES)]
struct Expire {
    /// Their ids, as `fanin silence list` shows them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    server: Server,
}

/// Tell what a silence would silence, without making one
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = PREVIEW_EXAMPLES)]
struct PreviewOptions {
    /// What must match, all of it: name=value, name!=value, name=~pattern, name!~pattern
    #[arg(value_name = "MATCHER", required = true)]
    matchers: Vec<String>,
    /// Print what the API answers, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// Acknowledge an alert, or all alerts of a rule, until they resolve
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = ACK_EXAMPLES)]
struct Ack {
    /// The fingerprint of an alert, as `fanin alerts --json` has it; or the name of a rule
    #[arg(value_name = "FINGERPRINT|RULE")]
    what: String,
    /// What is being done about it
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    /// Who; without it, the user of this machine. A token's name counts before it
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    server: Server,
}

fn duration(text: &str) -> Result<Duration, String> {
    quantity::duration(text).map_err(|error| format!("it {error}"))
}

/// Makes, lists and ends silences.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    match &options.what {
        What::Add(options) => block_on(add(options, environment)),
        What::List(options) => block_on(list(options, environment)),
        What::Expire(options) => block_on(expire(options, environment)),
        What::Preview(options) => block_on(tried(options, environment)),
        What::Ack(options) => block_on(ack(options, environment)),
    }
}

async fn add(options: &Add, environment: &Environment) -> Outcome {
    if options.comment.trim().is_empty() {
        return Err(Failure::new(Exit::Usage, anyhow!("a silence needs a comment: others have to know why")));
    }
    let client = options.server.client(environment)?;
    let matchers = parsed(&options.matchers)?;
    let preview: Preview = client.post("silences/preview", &PreviewRequest { matchers: matchers.clone() }).await?;
    output::talk(&told(&preview));
    if !options.yes && !agreed()? {
        output::talk("nothing was silenced");
        return Ok(Exit::Findings);
    }
    let now = clock::now();
    let silence = PostableSilence {
        id: None,
        matchers,
        starts_at: Time(now),
        ends_at: Time(now.plus(options.lasts)),
        created_by: author(options.author.as_ref(), environment),
        comment: options.comment.clone(),
    };
    let made: SilenceId = client.post("silences", &silence).await?;
    output::data(&format!("{}\n", made.silence_id))?;
    output::talk(&format!("silenced until {}; `fanin silence expire {}` ends it", silence.ends_at.0, made.silence_id));
    Ok(Exit::Done)
}

/// Asks whoever sits at the terminal.
fn agreed() -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, anyhow!("nobody is there to agree"))
            .hint("give --yes to make it without a question"));
    }
    output::talk("Make it? [y/N]");
    let mut line = String::new();
    let _bytes = stdin().read_line(&mut line).map_err(|error| Failure::new(Exit::Io, error))?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}

/// Matchers as the API takes them.
fn parsed(texts: &[String]) -> Result<Vec<Matcher>, Failure> {
    texts.iter().map(|text| one(text)).collect()
}

fn one(text: &str) -> Result<Matcher, Failure> {
    let matcher = matchers::Matcher::parse(text).map_err(|error| {
        Failure::new(Exit::Usage, error).hint("write it as rule=ApiErrorRate, tier!=gold or 'rule=~Lambda.*'")
    })?;
    let (is_equal, is_regex) = match matcher.op() {
        matchers::Op::Equal => (true, false),
        matchers::Op::NotEqual => (false, false),
        matchers::Op::Matches => (true, true),
        matchers::Op::NotMatches => (false, true),
    };
    Ok(Matcher { name: matcher.name().to_owned(), value: matcher.value().to_owned(), is_regex, is_equal })
}

/// Who makes it: what was said, else the user of this machine.
fn author(said: Option<&String>, environment: &Environment) -> String {
    let user =
        || ["USER", "LOGNAME"].into_iter().find_map(|name| environment.get(name)).filter(|user| !user.is_empty());
    said.or_else(user).cloned().unwrap_or_else(|| "fanin".to_owned())
}

/// What a preview says, and some of what it is about.
fn told(preview: &Preview) -> String {
    let shown = preview.sample.iter().take(SAMPLE_MAX);
    let mut lines = vec![preview.sentence.clone()];
    lines.extend(shown.map(|(account, name)| format!("  {name}  {}", words::account(account)).trim_end().to_owned()));
    let more = preview.firing as usize;
    if more > SAMPLE_MAX {
        lines.push(format!("  and {} more", more - SAMPLE_MAX));
    }
    lines.join("\n")
}

async fn tried(options: &PreviewOptions, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    let request = PreviewRequest { matchers: parsed(&options.matchers)? };
    if options.json {
        let answer: serde_json::Value = client.post("silences/preview", &request).await?;
        output::data_json(&answer)?;
    } else {
        let preview: Preview = client.post("silences/preview", &request).await?;
        output::data(&format!("{}\n", told(&preview)))?;
    }
    Ok(Exit::Done)
}

async fn list(options: &ListOptions, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    let query = Query::default().with("state", if options.expired { "" } else { "active,pending" });
    let query = query.with("limit", options.part.limit.to_string());
    if printed_raw(&client, "silences", &query, options.form).await? {
        return Ok(Exit::Done);
    }
    let list: List<Silence> = client.list("silences", &query, page_max("silences")).await?;
    let mut table = Table::new(&["STATE", "ID", "MATCHERS", "ENDS", "SILENCES", "BY", "COMMENT"]);
    for silence in &list.items {
        table.row([
            state(silence).into(),
            silence.id.as_str().into(),
            silence.matchers.iter().map(text).collect::<Vec<_>>().join(" ").into(),
            ends(silence).into(),
            Cell::number(&silence.silencing),
            silence.created_by.as_str().into(),
            silence.comment.as_str().into(),
        ]);
    }
    output::data(&table.text())?;
    words::below(list.items.len(), &list, "silence", "silences");
    Ok(Exit::Done)
}

fn state(silence: &Silence) -> &'static str {
    match (silence.status.state, silence.ack) {
        (SilenceState::Active, true) => "acked",
        (SilenceState::Active, false) => "active",
        (SilenceState::Pending, _) => "pending",
        (SilenceState::Expired, _) => "expired",
    }
}

fn ends(silence: &Silence) -> String {
    match (silence.status.state, silence.ack) {
        (SilenceState::Expired, _) => format!("{} ago", words::ago(silence.ends_at)),
        (SilenceState::Active | SilenceState::Pending, true) => "when it resolves".to_owned(),
        (SilenceState::Active | SilenceState::Pending, false) => format!("in {}", words::ahead(silence.ends_at)),
    }
}

/// A matcher as it is written.
fn text(matcher: &Matcher) -> String {
    let op = match (matcher.is_equal, matcher.is_regex) {
        (true, false) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (false, true) => "!~",
    };
    format!("{}{op}\"{}\"", matcher.name, matcher.value)
}

async fn expire(options: &Expire, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    for id in &options.ids {
        client.delete(&format!("silences/{}", segment(id))).await?;
        output::talk(&format!("{id} is over; what still fires is told again"));
    }
    Ok(Exit::Done)
}

async fn ack(options: &Ack, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    let by = author(options.author.as_ref(), environment);
    let request = |fingerprint: String| AckRequest {
        fingerprint: Some(fingerprint),
        incident: None,
        by: by.clone(),
        comment: options.comment.clone(),
    };
    let fingerprints =
        if is_fingerprint(&options.what) { vec![options.what.clone()] } else { firing(&client, &options.what).await? };
    for fingerprint in &fingerprints {
        let made: SilenceId = client.post("alerts/ack", &request(fingerprint.clone())).await?;
        output::data(&format!("{}\n", made.silence_id))?;
    }
    output::talk(&format!("{} acknowledged until resolved", fingerprints.len()));
    Ok(Exit::Done)
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Fingerprints of the alerts of a rule that fire and are not acknowledged.
async fn firing(client: &Client, rule: &str) -> Result<Vec<String>, Failure> {
    let query = Query::default().with("rule", rule).with("state", "critical,warning").with("limit", "10000");
    let list: List<fanin::api::alerts::Alert> = client.list("alerts", &query, page_max("alerts")).await?;
    let open = list.items.into_iter().filter(|alert| alert.acked_by.is_none()).map(|alert| alert.fingerprint);
    let open: Vec<String> = open.collect();
    if open.is_empty() {
        let error = anyhow!("no alert of {rule:?} fires that nobody has acknowledged");
        return Err(Failure::new(Exit::Findings, error).hint("`fanin alerts --by rule` tells what fires"));
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_read_as_people_write_them_and_shown_as_they_are_read() {
        let shown = |given: &str| text(&one(given).unwrap());
        assert_eq!(shown("rule=ApiErrorRate"), "rule=\"ApiErrorRate\"");
        assert_eq!(shown("tier!=gold"), "tier!=\"gold\"");
        assert_eq!(shown("rule=~Lambda.*"), "rule=~\"Lambda.*\"");
        assert_eq!(shown("rule!~\"Lambda.*\""), "rule!~\"Lambda.*\"");
        assert_eq!(one("ApiErrorRate").unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_preview_names_a_few_of_what_it_would_silence() {
        let sample = (0..9).map(|number| (format!("12345678901{number}"), "ApiErrorRate".to_owned()));
        let preview = Preview {
            firing: 21,
            critical: 9,
            accounts: 40,
            sample: sample.collect(),
            sentence: "Mutes 21 alerts now".into(),
        };
        let told = told(&preview);
        assert!(told.starts_with("Mutes 21 alerts now\n  ApiErrorRate  1234-5678-9010\n"), "{told}");
        assert!(told.ends_with("and 16 more"), "{told}");
    }
}
