//! `fanin rules`: the rules that a running Fanin evaluates, and what they say.

use clap::Args;
use fanin::api::List;
use fanin::api::rules::{Instance, RuleRow};
use serde_json::Value;

use super::super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};
use super::client::{Client, Query, Server, segment};
use super::table::{Cell, Table};
use super::{Form, Part, page_max, printed_raw, words};

const EXAMPLES: &str = "\
Examples:
  fanin rules                                   # all rules, those that fire first
  fanin rules ApiErrorRate                      # one rule, and who is nearest to its threshold
  fanin rules ApiErrorRate --source             # as it is written, and where
  fanin rules --state critical,warning --json";

/// List the rules of a running Fanin, or show one
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Options {
    /// Show this rule
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// Print how the rule is written
    #[arg(long, requires = "rule")]
    source: bool,
    /// Only those with this in their name, file, summary or labels
    #[arg(long = "query", short = 'q', value_name = "TEXT", conflicts_with = "rule")]
    query: Option<String>,
    /// Whose worst alert is in one of these states: critical, warning, error, no_data, pending, ok
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    state: Vec<String>,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    server: Server,
}

/// Lists rules, or shows one.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    block_on(async {
        match &options.rule {
            Some(rule) if options.source => source(&client, rule, options.form.json).await?,
            Some(rule) => one(&client, rule, options).await?,
            None => list(&client, options).await?,
        }
        Ok(Exit::Done)
    })
}

async fn list(client: &Client, options: &Options) -> Result<(), Failure> {
    let query = Query::default().list("state", &options.state).maybe("q", options.query.as_deref());
    let query = query.with("limit", options.part.limit.to_string());
    if printed_raw(client, "rules", &query, options.form).await? {
        return Ok(());
    }
    let list: List<RuleRow> = client.list("rules", &query, page_max("rules")).await?;
    let headings = ["STATE", "RULE", "KIND", "APPLIES TO", "FIRING", "PENDING", "NO DATA", "LOOKED AT", "FILE"];
    let mut table = Table::new(&headings);
    for row in &list.items {
        table.row([
            Cell::state(row.state),
            row.rule.as_str().into(),
            row.kind.as_str().into(),
            applies_to(row).into(),
            Cell::number(&row.firing),
            Cell::number(&row.pending),
            Cell::number(&row.no_data),
            row.evaluated.map(words::ago).unwrap_or_default().into(),
            format!("{}:{}", row.file, row.line).into(),
        ]);
    }
    output::data(&table.text())?;
    words::below(list.items.len(), &list, "rule", "rules");
    Ok(())
}

fn applies_to(row: &RuleRow) -> String {
    if row.applies_to == row.accounts {
        row.accounts.to_string()
    } else {
        format!("{} of {}", row.applies_to, row.accounts)
    }
}

async fn source(client: &Client, rule: &str, json: bool) -> Result<(), Failure> {
    let answer: Value = client.get(&format!("rules/{}/source", segment(rule)), &Query::default()).await?;
    if json {
        return output::data_json(&answer);
    }
    output::talk(&format!("{}:{}", answer["file"].as_str().unwrap_or_default(), answer["line"]));
    output::data(&format!("{}\n", answer["source"].as_str().unwrap_or_default().trim_end()))
}

async fn one(client: &Client, rule: &str, options: &Options) -> Result<(), Failure> {
    let path = format!("rules/{}", segment(rule));
    let answer: Value = client.get(&path, &Query::default()).await?;
    if options.form.json {
        return output::data_json(&answer);
    }
    let query = Query::default().list("state", &options.state).with("limit", options.part.limit.to_string());
    let path = format!("{path}/instances");
    if options.form.csv {
        return output::data(&client.csv(&path, &query).await?);
    }
    let instances: List<Instance> = client.list(&path, &query, 500).await?;
    let row: RuleRow = serde_json::from_value(answer.clone()).map_err(|error| {
        Failure::new(Exit::Unavailable, error).hint("the server is a Fanin of another version: compare `fanin version`")
    })?;
    output::data(&format!("{}\n{}", head(&row, &answer), table(&instances.items)))?;
    words::below(instances.items.len(), &instances, "group", "groups");
    Ok(())
}

/// What a rule is, before the list of its groups.
fn head(row: &RuleRow, answer: &Value) -> String {
    let mut lines = vec![
        format!("{}  {}  {}:{}", row.rule, row.kind, row.file, row.line),
        format!(
            "applies to {} accounts, {} firing, {} pending, {} without data",
            applies_to(row),
            row.firing,
            row.pending,
            row.no_data
        ),
    ];
    lines.extend(row.summary.clone());
    lines.extend(answer["runbook"].as_str().map(|runbook| format!("runbook: {runbook}")));
    let overrides = answer["override_list"].as_array().map_or(&[][..], Vec::as_slice);
    lines.extend(overrides.iter().map(override_line));
    lines.join("\n") + "\n"
}

fn override_line(of: &Value) -> String {
    let changes = of["changes"].as_object().into_iter().flatten();
    let changes: Vec<String> =
        changes.map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or_default())).collect();
    let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
    format!(
        "override for {} ({} accounts): {}  {}",
        text("selector"),
        of["accounts"],
        changes.join(", "),
        text("reason")
    )
}

fn table(instances: &[Instance]) -> String {
    let mut table = Table::new(&["STATE", "ACCOUNT", "NAME", "TENANT", "VALUE", "THRESHOLD", "DISTANCE", "SINCE"]);
    for instance in instances {
        let group = instance.group.iter().map(|(name, value)| format!("{name}={value}"));
        let about: Vec<String> =
            std::iter::once(instance.account_name.clone()).chain(group).filter(|part| !part.is_empty()).collect();
        table.row([
            Cell::state(instance.state),
            words::account(instance.account.as_deref().unwrap_or_default()).into(),
            about.join(" ").into(),
            instance.tenant.as_str().into(),
            instance.value_text.as_str().into(),
            instance.threshold_text.as_str().into(),
            Cell::number(&instance.distance.map(|share| format!("{:.0}%", share * 100.0)).unwrap_or_default()),
            instance.since.map(words::ago).unwrap_or_default().into(),
        ]);
    }
    table.text()
}
