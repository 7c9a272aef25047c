//! `fanin cost`: what tenants and accounts send, what of it arrived, and its price.

use clap::{Args, ValueEnum};
use fanin::api::List;
use fanin::api::cost::{Amounts, CostRow};
use fanin::template::figure;

use super::super::{Environment, Exit, HELP, Outcome, block_on, output};
use super::client::{Query, Server};
use super::table::{Cell, Table};
use super::{Form, Part, page_max, printed_raw, words};

const EXAMPLES: &str = "\
Examples:
  fanin cost                                    # each tenant, the one that sends most first
  fanin cost --by account --period today
  fanin cost --by account acme                  # the accounts of one tenant
  fanin cost --by account --csv > cost.csv";

/// Show what tenants or accounts send, what of it arrived, and its price
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Options {
    /// Only rows with this in the id of the tenant, or in the id or name of the account
    #[arg(value_name = "TEXT")]
    query: Option<String>,
    /// What a row is
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Tenant)]
    by: By,
    /// Of which time
    #[arg(long, value_enum, value_name = "TIME", default_value_t = Period::Day)]
    period: Period,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    server: Server,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// A tenant
    Tenant,
    /// An account
    Account,
    /// All that may be seen
    Fleet,
}

/// Of which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Period {
    /// Since midnight (UTC)
    Today,
    /// The last 24 hours
    Day,
    /// Since Fanin started
    Total,
}

impl Period {
    const fn of(self, row: &CostRow) -> &Amounts {
        match self {
            Self::Today => &row.today,
            Self::Day => &row.day,
            Self::Total => &row.total,
        }
    }
}

/// Shows what is sent and what it costs.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    let by = match options.by {
        By::Tenant => "tenant",
        By::Account => "account",
        By::Fleet => "fleet",
    };
    let query = Query::default().with("by", by).maybe("q", options.query.as_deref());
    let query = query.with("limit", options.part.limit.to_string());
    block_on(async {
        if printed_raw(&client, "cost", &query, options.form).await? {
            return Ok(Exit::Done);
        }
        let list: List<CostRow> = client.list("cost", &query, page_max("cost")).await?;
        let headings = ["TENANT", "ACCOUNT", "ACCOUNTS", "LOGS", "METRICS", "BYTES", "STREAMED", "ARRIVED", "PRICE"];
        let mut table = Table::new(&headings);
        list.items.iter().for_each(|row| table.row(cells(row, options.period)));
        output::data(&table.text())?;
        words::below(list.items.len(), &list, "row", "rows");
        Ok(Exit::Done)
    })
}

fn cells(row: &CostRow, period: Period) -> [Cell; 9] {
    let of = period.of(row);
    let currency = row.currency.as_deref().unwrap_or_default();
    let account = row.account.as_deref().map(words::account).unwrap_or_default();
    [
        row.tenant.as_str().into(),
        account.into(),
        Cell::number(&row.accounts),
        Cell::number(&of.logs),
        Cell::number(&of.metric_updates),
        Cell::number(&figure::bytes(of.bytes as f64)),
        Cell::number(&figure::bytes(of.streamed_bytes as f64)),
        Cell::number(&row.completeness.map(figure::percent).unwrap_or_default()),
        Cell::number(&of.price.map(|price| format!("{price:.2} {currency}")).unwrap_or_default()),
    ]
}
