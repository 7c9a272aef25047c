//! The commands that ask a running Fanin over its API.

mod client;
mod events;
mod table;
mod words;
pub(super) mod accounts;
pub(super) mod alerts;
pub(super) mod cost;
pub(super) mod quotas;
pub(super) mod rules;
pub(super) mod silence;
pub(super) mod tail;

use clap::Args;
use serde_json::Value;

use super::{Failure, output};
use client::{Client, Query};

/// In which form a list is printed.
#[derive(Clone, Copy, Debug, Args)]
struct Form {
    /// Print what the API answers, as JSON
    #[arg(long)]
    json: bool,
    /// Print a table for programs, as CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// How much of a list is printed.
#[derive(Clone, Copy, Debug, Args)]
struct Part {
    /// Print so many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Prints a list as the API gives it, where that is wanted: whether it was.
async fn printed_raw(client: &Client, path: &str, query: &Query, form: Form) -> Result<bool, Failure> {
    if form.json {
        let answer: Value = client.list(path, query, page_max(path)).await?;
        output::data_json(&answer)?;
    } else if form.csv {
        output::data(&client.csv(path, query).await?)?;
    }
    Ok(form.json || form.csv)
}

/// How many items the API gives at once.
fn page_max(path: &str) -> u32 {
    match path {
        "accounts" => 1_000,
        "alerts" => 500,
        _ => 200,
    }
}
