//! `fanin quotas`: which accounts are nearest to their quotas, when they reach them, and how to ask for more.

use clap::Args;
use fanin::api::List;
use fanin::api::quotas::QuotaUse;
use fanin::template::figure;

use super::super::{Environment, Exit, Failure, HELP, Outcome, block_on, output};
use super::client::{Client, Query, Server, segment};
use super::table::{Cell, Table};
use super::{Form, Part, page_max, printed_raw, words};

const EXAMPLES: &str = "\
Examples:
  fanin quotas                                  # of all accounts, the nearest to be used up first
  fanin quotas --min-share 0.8 --service lambda
  fanin quotas 123456789012                     # of one account
  fanin quotas 123456789012 --request           # with a request for more, ready to be sent
  fanin quotas --unknown                        # whose value or use nobody knows";

/// Show which accounts are nearest to their quotas, and when they reach them
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(in crate::cli) struct Options {
    /// Only those of this account, with dashes or without
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only those of this service, by its code
    #[arg(long, value_name = "CODE", conflicts_with = "account")]
    service: Option<String>,
    /// Only those of this tenant
    #[arg(long, value_name = "ID", conflicts_with = "account")]
    tenant: Option<String>,
    /// Only those of which at least this share is used, such as 0.8
    #[arg(long, value_name = "SHARE", conflicts_with = "account")]
    min_share: Option<f64>,
    /// Only those whose value or use is not known
    #[arg(long, conflicts_with_all = ["account", "min_share"])]
    unknown: bool,
    /// Print a request for more below each, for people and for a shell
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    request: bool,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    server: Server,
}

impl Options {
    fn path(&self) -> String {
        self.account.as_ref().map_or_else(
            || "quotas".to_owned(),
            |account| format!("accounts/{}/quotas", segment(&account.replace('-', ""))),
        )
    }

    fn query(&self) -> Query {
        let query = Query::default().maybe("service", self.service.as_deref()).maybe("tenant", self.tenant.as_deref());
        let query = query.maybe("min_share", self.min_share.map(|share| share.to_string()).as_deref());
        let query = if self.unknown { query.with("unknown", "true") } else { query };
        query.with("limit", self.part.limit.to_string())
    }
}

/// Shows quotas.
pub(in crate::cli) fn run(options: &Options, environment: &Environment) -> Outcome {
    let client = options.server.client(environment)?;
    block_on(async {
        show(&client, options).await?;
        Ok(Exit::Done)
    })
}

async fn show(client: &Client, options: &Options) -> Result<(), Failure> {
    let (path, query) = (options.path(), options.query());
    if printed_raw(client, &path, &query, options.form).await? {
        return Ok(());
    }
    let list: List<QuotaUse> = client.list(&path, &query, page_max("quotas")).await?;
    let mut table =
        Table::new(&["ACCOUNT", "TENANT", "REGION", "QUOTA", "USED", "OF", "SHARE", "FORECAST", "VALUE FROM"]);
    list.items.iter().for_each(|row| table.row(cells(row)));
    output::data(&table.text())?;
    if options.request {
        for request in list.items.iter().filter_map(|row| row.request.as_ref()) {
            output::data(&format!("\n{}\n\n  {}\n", request.text, request.command))?;
        }
    }
    words::below(list.items.len(), &list, "quota", "quotas");
    Ok(())
}

fn cells(row: &QuotaUse) -> [Cell; 9] {
    let known = |number: Option<f64>| number.map_or_else(|| "unknown".to_owned(), figure::number);
    [
        words::account(&row.account).into(),
        row.tenant.as_str().into(),
        row.region.as_str().into(),
        format!("{} {}", row.service, row.name).into(),
        Cell::number(&known(row.used)),
        Cell::number(&known(row.value)),
        Cell::number(&row.share.map(figure::percent).unwrap_or_default()),
        row.forecast.text.as_str().into(),
        row.source.as_deref().unwrap_or_default().into(),
    ]
}
