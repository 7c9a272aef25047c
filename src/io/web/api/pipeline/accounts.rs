//! Accounts that are not as they should be: unknown, silent, late, new, or over their share.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Api;
use super::super::access::Who;
use super::super::answer::{Format, Limit, part};
use super::super::params::Params;
use super::super::refusal::Refusal;
use crate::api::fleet::Freshness;
use crate::api::pipeline::PipelineAccount;
use crate::id::AccountId;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::scope::Scope;

/// Which accounts are listed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AccountsQuery {
    /// `unknown` (the default), `silent`, `throttled`, `late` or `new`.
    kind: Kind,
    /// How many: 500 at most.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

/// What is not as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// They speak, and are not in the directory.
    #[default]
    Unknown,
    /// They spoke before, and do not now.
    Silent,
    /// Records of them were left out, because they were over their share.
    Throttled,
    /// What they say may wait in a shard that is late.
    Late,
    /// The directory expects them, and they never spoke.
    New,
}

pub(super) async fn accounts(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(query): Params<AccountsQuery>,
) -> Result<Response, Refusal> {
    let view = api.views.current(&who.scope);
    let (mut rows, notice) = match query.kind {
        Kind::Unknown => unknown(&api),
        Kind::Throttled => (throttled(&api), None),
        Kind::Silent => (fresh(&view, Freshness::Silent), None),
        Kind::Late => (fresh(&view, Freshness::Late), None),
        Kind::New => (fresh(&view, Freshness::New), None),
    };
    // Those of the view are of the reader's accounts already.
    rows.retain(|row| who.scope.covers(&row.tenant));
    let mut list = part(rows, Limit::new(query.limit, 50, 500), query.cursor.as_deref())?;
    list.notices.extend(notice.filter(|_| who.scope == Scope::Fleet));
    Ok(format.list(list))
}

/// Accounts of that freshness.
fn fresh(view: &View, wanted: Freshness) -> Vec<PipelineAccount> {
    let places = (0..).zip(&view.cells().fresh).filter(|(_, fresh)| **fresh == wanted).map(|(place, _)| place);
    let row = |place: u32| {
        let (base, figures) = (view.base(), &view.figures()[place as usize]);
        PipelineAccount {
            account: base.id(place).to_string(),
            tenant: base.tenant(place).to_owned(),
            name: base.name(place).to_owned(),
            first_seen: figures.first.map(Into::into),
            last_seen: figures.seen.map(Into::into),
            records: 0,
        }
    };
    places.map(row).collect()
}

fn row(api: &Api, account: AccountId) -> PipelineAccount {
    let directory = api.directory.current();
    let known = api.fleet.read(|fleet| fleet.get(account).copied()).flatten();
    PipelineAccount {
        account: account.to_string(),
        tenant: directory.tag(account).tenant.clone(),
        name: directory.get(account).and_then(|entry| entry.name.clone()).unwrap_or_default(),
        first_seen: None,
        last_seen: known.map(|row| Timestamp::from_millis(row.last_seen_millis).into()),
        records: known.map_or(0, |row| row.logs + row.metrics),
    }
}

fn throttled(api: &Api) -> Vec<PipelineAccount> {
    let found = api.fleet.read(|fleet| {
        let over = fleet.accounts().filter(|(_, row)| row.sampled_out > 0);
        over.map(|(account, row)| (account, row.sampled_out)).collect::<Vec<_>>()
    });
    let found = found.unwrap_or_default().into_iter();
    let mut rows: Vec<_> = found.map(|(account, records)| PipelineAccount { records, ..row(api, account) }).collect();
    rows.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.account.cmp(&b.account)));
    rows
}

fn unknown(api: &Api) -> (Vec<PipelineAccount>, Option<String>) {
    let (found, unlisted) = api.directory.unknown();
    let rows = found.into_iter().map(|(account, seen)| PipelineAccount {
        first_seen: Some(seen.first.into()),
        last_seen: Some(seen.last.into()),
        records: seen.records,
        ..row(api, account)
    });
    let notice = (unlisted > 0).then(|| format!("{unlisted} records of further unknown accounts are not listed"));
    (rows.collect(), notice)
}
