//! `fanin alerts`: what fires, one by one or in groups.

use clap::Args;
use fanin::api::List;
use fanin::api::alerts::{Alert, AlertGroup};

use super::super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};
use super::client::{Client, Query, Server};
use super::table::{Cell, Table};
use super::{Form, Part, page_max, printed_raw, words};

const EXAMPLES: &str = "\
Examples:
  fanin alerts                                  # what fires, worst first
  fanin alerts --by rule                        # one row for each rule, and what its accounts have in common
  fanin alerts --sev critical 'tier=gold'
  fanin alerts --rule ApiErrorRate --limit 500 --csv > alerts.csv
  fanin alerts --state silenced,acked --json | jq -r '.items[].account'";

/// List the alerts of a running Fanin
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Options {
    /// Words and labels that must be there, as in the page: acme, tier=gold, rule=~Lambda
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// In these states: critical, warning, error, no_data, pending, silenced, acked
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    state: Vec<String>,
    /// Of these levels: critical, warning
    #[arg(long, value_name = "LEVELS", value_delimiter = ',')]
    sev: Vec<String>,
    /// Of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Of this tenant
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// Of this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Print groups: by rule, tenant or label:NAME
    #[arg(long, value_name = "WHAT")]
    by: Option<String>,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    server: Server,
}

/// Lists alerts, or groups of them.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    block_on(async {
        match &options.by {
            Some(by) => groups(&client, &options.query_of_groups(by), options.form).await?,
            None => alerts(&client, &options.query(), options.form).await?,
        }
        Ok(Exit::Done)
    })
}

impl Options {
    fn common(&self) -> Query {
        let limit = self.part.limit.to_string();
        Query::default().list("state", &self.state).list("sev", &self.sev).with("limit", limit)
    }

    fn query(&self) -> Query {
        let query = self.common().with("q", self.filter.join(" ")).maybe("rule", self.rule.as_deref());
        query.maybe("tenant", self.tenant.as_deref()).maybe("account", self.account.as_deref())
    }

    /// Groups know filters only, so what has a flag of its own becomes a part of it.
    fn query_of_groups(&self, by: &str) -> Query {
        let named = [("rule", &self.rule), ("tenant", &self.tenant), ("account", &self.account)];
        let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
        let filter: Vec<String> = self.filter.iter().cloned().chain(named).collect();
        self.common().with("by", by).with("q", filter.join(" "))
    }
}

async fn alerts(client: &Client, query: &Query, form: Form) -> Result<(), Failure> {
    if printed_raw(client, "alerts", query, form).await? {
        return Ok(());
    }
    let list: List<Alert> = client.list("alerts", query, page_max("alerts")).await?;
    output::data(&table(&list.items))?;
    words::below(list.items.len(), &list, "alert", "alerts");
    Ok(())
}

/// The table of alerts.
pub(super) fn table(alerts: &[Alert]) -> String {
    let mut table = Table::new(&["STATE", "ALERT", "ACCOUNT", "NAME", "TENANT", "VALUE", "SINCE", ""]);
    for alert in alerts {
        table.row([
            Cell::state(alert.state),
            alert.name.as_str().into(),
            words::account(alert.account.as_deref().unwrap_or_default()).into(),
            about(alert).into(),
            alert.tenant.as_str().into(),
            value(alert).into(),
            words::ago(alert.since).into(),
            marks(alert).into(),
        ]);
    }
    table.text()
}

/// The name of its account, and what else it is of.
fn about(alert: &Alert) -> String {
    let group = alert.group.iter().map(|(name, value)| format!("{name}={value}"));
    let parts = std::iter::once(alert.account_name.clone()).chain(group);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn value(alert: &Alert) -> String {
    match (alert.value_text.as_str(), alert.threshold_text.as_str()) {
        (value, "") => value.to_owned(),
        (value, threshold) => format!("{value} ({threshold})"),
    }
}

fn marks(alert: &Alert) -> String {
    let silenced = (!alert.silenced_by.is_empty()).then(|| "silenced".to_owned());
    let acked = alert.acked_by.as_ref().map(|by| format!("acked by {by}"));
    let recovering = alert.recovering.then(|| "recovering".to_owned());
    [silenced, acked, recovering].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

async fn groups(client: &Client, query: &Query, form: Form) -> Result<(), Failure> {
    const PATH: &str = "alerts/groups";
    if printed_raw(client, PATH, query, form).await? {
        return Ok(());
    }
    let list: List<AlertGroup> = client.list(PATH, query, page_max(PATH)).await?;
    let by = list.items.first().map_or_else(String::new, |group| group.by.to_uppercase());
    let mut table = Table::new(&["STATE", &by, "ACCOUNTS", "CRITICAL", "WARNING", "TREND", "SINCE", "IN COMMON"]);
    for group in &list.items {
        table.row([
            Cell::state(group.state),
            group.key.as_str().into(),
            Cell::number(&group.accounts),
            Cell::number(&group.critical),
            Cell::number(&group.warning),
            words::trend(group.trend).into(),
            words::ago(group.first).into(),
            group.common.first().map(words::common).unwrap_or_default().into(),
        ]);
    }
    output::data(&table.text())?;
    words::below(list.items.len(), &list, "group", "groups");
    Ok(())
}
