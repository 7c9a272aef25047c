//! `fanin accounts`: the accounts of the fleet, one of them, or how they are by some label.

use std::collections::BTreeMap;

use clap::Args;
use fanin::api::List;
use fanin::api::accounts::{Account, AccountRow, Quota};
use fanin::api::fleet::{Freshness, State};
use fanin::api::pipeline::TagFinding;
use fanin::template::figure;
use serde_json::{Value, json};

use super::super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};
use super::client::{Client, Query, Server, segment};
use super::table::{Cell, Table};
use super::{Form, Part, alerts, page_max, printed_raw, words};

const EXAMPLES: &str = "\
Examples:
  fanin accounts --state critical,warning       # those that need attention
  fanin accounts 1234-5678-9012                 # all about one of them
  fanin accounts --state critical,warning --group-by ou
  fanin accounts --freshness silent,new --csv > silent.csv
  fanin accounts --tags                         # whose tags break the scheme
  fanin accounts 'tier=gold region=~^eu' --sort bytes";

/// How wide the bar of a quota is.
const BAR: usize = 20;

/// List the accounts of a running Fanin, or show one
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Options {
    /// The id of an account, with dashes or without; or words and labels that must be there: acme, tier=gold, region=~^eu
    #[arg(value_name = "ACCOUNT|FILTER")]
    filter: Vec<String>,
    /// In these states: critical, warning, error, no_data, pending, ok, silenced
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    state: Vec<String>,
    /// So fresh: live, late, silent, new, suspended
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    freshness: Vec<String>,
    /// With an alert of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Of this tenant
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// Only those that are not in the directory
    #[arg(long)]
    unknown: bool,
    /// In which order: id, worst, tenant, name, events, bytes, errors, newest, oldest
    #[arg(long, value_name = "ORDER")]
    sort: Option<String>,
    /// Count accounts by ou, region, tier, tenant or another label
    #[arg(long, value_name = "LABEL", conflicts_with_all = ["csv", "limit"])]
    group_by: Option<String>,
    /// List tags that break the scheme of `directory.tags`, with the commands that put them right
    #[arg(long, conflicts_with_all = ["filter", "state", "freshness", "rule", "tenant", "unknown", "sort", "group_by"])]
    tags: bool,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    server: Server,
}

/// Lists accounts, or shows one.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    block_on(async {
        if options.tags {
            tags(&client, options).await?;
            return Ok(Exit::Done);
        }
        match (options.one(), &options.group_by) {
            (Some(id), _) => one(&client, &id, options.form.json).await?,
            (None, Some(label)) => grouped(&client, &options.query(), label, options.form.json).await?,
            (None, None) => list(&client, &options.query(), options).await?,
        }
        Ok(Exit::Done)
    })
}

impl Options {
    /// The digits of the account that is asked for.
    fn one(&self) -> Option<String> {
        let [word] = self.filter.as_slice() else { return None };
        let digits: String = word.chars().filter(|char| *char != '-').collect();
        (digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
    }

    fn query(&self) -> Query {
        let tenant = self.tenant.as_ref().map(|tenant| format!("tenant={tenant}"));
        let filter: Vec<String> = self.filter.iter().cloned().chain(tenant).collect();
        let query = Query::default().list("state", &self.state).list("freshness", &self.freshness);
        let query = query.maybe("rule", self.rule.as_deref()).with("q", filter.join(" "));
        let query = query.maybe("sort", self.sort.as_deref());
        if self.unknown { query.with("known", "false") } else { query }
    }
}

async fn list(client: &Client, query: &Query, options: &Options) -> Result<(), Failure> {
    let query = query.clone().with("limit", options.part.limit.to_string());
    if printed_raw(client, "accounts", &query, options.form).await? {
        return Ok(());
    }
    let list: List<AccountRow> = client.list("accounts", &query, page_max("accounts")).await?;
    let headings =
        ["STATE", "ACCOUNT", "NAME", "TENANT", "REGION", "OU", "DATA", "HEARD", "EVENTS/S", "ERRORS", "FIRING"];
    let mut table = Table::new(&headings);
    for row in &list.items {
        table.row(cells(row));
    }
    output::data(&table.text())?;
    words::below(list.items.len(), &list, "account", "accounts");
    Ok(())
}

/// Tags that break the scheme.
async fn tags(client: &Client, options: &Options) -> Result<(), Failure> {
    let query = Query::default().with("limit", options.part.limit.to_string());
    if printed_raw(client, "directory/tags", &query, options.form).await? {
        return Ok(());
    }
    let list: List<TagFinding> = client.list("directory/tags", &query, page_max("directory/tags")).await?;
    let mut table = Table::new(&["ACCOUNT", "NAME", "TENANT", "TAG", "WHAT IS WRONG", "COMMAND"]);
    for row in &list.items {
        let account: Cell = words::account(&row.account).into();
        let texts = [&row.name, &row.tenant, &row.key, &row.message, &row.command];
        table.row(std::iter::once(account).chain(texts.into_iter().map(|text| text.as_str().into())));
    }
    output::data(&table.text())?;
    words::below(list.items.len(), &list, "finding", "findings");
    Ok(())
}

fn cells(row: &AccountRow) -> [Cell; 11] {
    let label = |name: &str| row.labels.get(name).cloned().unwrap_or_default();
    let mark = words::mark(row.mark);
    let firing = if mark.is_empty() { row.firing.join(" ") } else { format!("{} ({mark})", row.firing.join(" ")) };
    [
        Cell::state(row.state),
        words::account(&row.id).into(),
        row.name.as_str().into(),
        row.tenant.as_str().into(),
        label("region").into(),
        label("ou").into(),
        words::freshness(row.freshness).into(),
        row.last_seen.map(words::ago).unwrap_or_default().into(),
        Cell::number(&format!("{:.1}", row.events_per_second)),
        Cell::number(&row.error_share.map(percent).unwrap_or_default()),
        firing.into(),
    ]
}

/// A share with one digit behind the point, as tables show it.
fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// How the accounts of a group are.
#[derive(Clone, Debug, Default)]
struct Group {
    accounts: u32,
    states: BTreeMap<State, u32>,
    silent: u32,
}

async fn grouped(client: &Client, query: &Query, label: &str, json: bool) -> Result<(), Failure> {
    let query = query.clone().with("limit", u32::MAX.to_string());
    let list: List<AccountRow> = client.list("accounts", &query, page_max("accounts")).await?;
    let groups = groups(&list.items, label);
    if json {
        let items = groups.iter().map(|(value, group)| group_json(label, value, group));
        return output::data_json(&Value::Array(items.collect()));
    }
    let label = label.to_uppercase();
    let headings = [label.as_str(), "ACCOUNTS", "CRITICAL", "WARNING", "ERROR", "NO DATA", "PENDING", "OK", "SILENT"];
    let mut table = Table::new(&headings);
    for (value, group) in &groups {
        let states = COLUMNS.map(|state| Cell::number(&group.states.get(&state).copied().unwrap_or(0)));
        let ends = [Cell::from(value.as_str()), Cell::number(&group.accounts)];
        table.row(ends.into_iter().chain(states).chain([Cell::number(&group.silent)]));
    }
    output::data(&table.text())?;
    words::below(list.items.len(), &list, "account", "accounts");
    Ok(())
}

/// States in the order of the columns.
const COLUMNS: [State; 6] = [State::Critical, State::Warning, State::Error, State::NoData, State::Pending, State::Ok];

/// The largest trouble first.
fn groups(rows: &[AccountRow], label: &str) -> Vec<(String, Group)> {
    let mut groups = BTreeMap::<String, Group>::new();
    for row in rows {
        let value = if label == "tenant" { Some(&row.tenant) } else { row.labels.get(label) };
        let group = groups.entry(value.cloned().unwrap_or_else(|| "-".to_owned())).or_default();
        group.accounts += 1;
        *group.states.entry(row.state).or_default() += 1;
        group.silent += u32::from(row.freshness == Freshness::Silent);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    let count = |group: &Group, state| group.states.get(&state).copied().unwrap_or(0);
    groups.sort_by_key(|(_, group)| {
        std::cmp::Reverse((count(group, State::Critical), count(group, State::Warning), group.accounts))
    });
    groups
}

fn group_json(label: &str, value: &str, group: &Group) -> Value {
    let states: BTreeMap<&str, u32> = COLUMNS
        .into_iter()
        .map(|state| (words::state(state), group.states.get(&state).copied().unwrap_or(0)))
        .collect();
    json!({"label": label, "value": value, "accounts": group.accounts, "states": states, "silent": group.silent})
}

async fn one(client: &Client, id: &str, json: bool) -> Result<(), Failure> {
    let path = format!("accounts/{}", segment(id));
    if json {
        let answer: Value = client.get(&path, &Query::default()).await?;
        return output::data_json(&answer);
    }
    let account: Account = client.get(&path, &Query::default()).await?;
    output::data(&shown(&account))
}

/// An account, as its page begins.
fn shown(account: &Account) -> String {
    let row = &account.row;
    let labels = row.labels.iter().map(|(name, value)| format!("{name}={value}"));
    let state = match account.since {
        Some(since) => format!("{} for {}", words::state(row.state), words::ago(since)),
        None => words::state(row.state).to_owned(),
    };
    let heard =
        row.last_seen.map_or_else(|| "never heard".to_owned(), |seen| format!("last heard {} ago", words::ago(seen)));
    let mut lines = vec![
        format!("{}  {}  tenant {}", row.name, words::account(&row.id), row.tenant),
        labels.collect::<Vec<_>>().join("  "),
        format!(
            "{state}, {}, {heard}, {:.1} events/s, {} today ({} of the fleet)",
            words::freshness(row.freshness),
            row.events_per_second,
            figure::bytes(account.bytes_day as f64),
            percent(account.share_of_fleet)
        ),
    ];
    lines.extend(
        account.cost.as_ref().map(|cost| format!("about {:.2} {} a day: {}", cost.per_day, cost.currency, cost.basis)),
    );
    lines.extend(account.completeness.as_ref().map(|told| {
        let share = percent(told.share);
        format!("{share} of what CloudWatch forwarded arrived: {} of {} log events", told.arrived, told.forwarded)
    }));
    if account.alerts.is_empty() {
        lines.push(format!("\nNothing fires; {} rules look at it.", account.rules_ok));
    } else {
        lines.push(format!("\n{}{} more rules have nothing to say.", alerts::table(&account.alerts), account.rules_ok));
    }
    if !account.quotas.is_empty() {
        lines.push(format!("\n{}", quotas(&account.quotas).trim_end()));
    }
    lines.extend(account.links.iter().map(|(name, url)| format!("{name}: {url}")));
    lines.join("\n") + "\n"
}

fn quotas(quotas: &[Quota]) -> String {
    let mut table = Table::new(&["QUOTA", "USED", "", "ALERT AT"]);
    for quota in quotas {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bar of a few characters")]
        let full = ((quota.share.clamp(0.0, 1.0) * BAR as f64).round() as usize).min(BAR);
        let bar = "#".repeat(full) + &"-".repeat(BAR - full);
        let name = quota.name.as_str();
        table.row([name.into(), quota.value_text.as_str().into(), bar.into(), quota.threshold_text.as_str().into()]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ou: &str, state: State, freshness: Freshness) -> AccountRow {
        AccountRow {
            id: "123456789012".into(),
            tenant: "acme".into(),
            name: "acme-prod".into(),
            known: true,
            labels: BTreeMap::from([("ou".into(), ou.into())]),
            state,
            freshness,
            mark: fanin::api::fleet::Mark::None,
            firing: Vec::new(),
            last_seen: None,
            events_per_second: 0.0,
            bytes_per_second: 0.0,
            error_share: None,
        }
    }

    #[test]
    fn groups_with_trouble_come_first_and_what_has_no_label_is_a_group_too() {
        let rows = [
            row("prod-us", State::Ok, Freshness::Live),
            row("prod-us", State::Ok, Freshness::Silent),
            row("prod-eu", State::Critical, Freshness::Live),
        ];
        let counted = |label| -> Vec<(String, u32, u32)> {
            groups(&rows, label).into_iter().map(|(value, group)| (value, group.accounts, group.silent)).collect()
        };
        assert_eq!(counted("ou"), [("prod-eu".into(), 1, 0), ("prod-us".into(), 2, 1)]);
        assert_eq!(counted("ring"), [("-".into(), 3, 1)]);
        assert_eq!(counted("tenant"), [("acme".into(), 3, 1)]);
    }
}
