//! Accounts that are not as they should be: unknown, silent, late, new, or over their share.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Api;
use super::super::access::Who;
use super::super::answer::{Format, Limit, part};
use super::super::params::Params;
use super::super::refusal::Refusal;
use crate::api::fleet::{Freshness, FreshnessCounts};
use crate::api::pipeline::PipelineAccount;
use crate::id::AccountId;
use crate::tenant;
use crate::time::Timestamp;
use crate::view::scope::Scope;

/// Without anything for so long an account is silent.
const SILENT_AFTER: Duration = Duration::from_secs(15 * 60);

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
    let (mut rows, notice) = match query.kind {
        Kind::Unknown => unknown(&api),
        Kind::Throttled => (throttled(&api), None),
        Kind::Silent => (fresh(&api, Freshness::Silent), None),
        Kind::Late => (fresh(&api, Freshness::Late), None),
        Kind::New => (fresh(&api, Freshness::New), None),
    };
    rows.retain(|row| who.scope.covers(&row.tenant));
    let mut list = part(rows, Limit::new(query.limit, 50, 500), query.cursor.as_deref())?;
    list.notices.extend(notice.filter(|_| who.scope == Scope::Fleet));
    Ok(format.list(list))
}

/// Accounts by freshness.
pub(super) fn freshness(api: &Api) -> FreshnessCounts {
    let mut counts = FreshnessCounts::default();
    for (_, freshness) in all(api) {
        match freshness {
            Freshness::Live => counts.live += 1,
            Freshness::Late => counts.late += 1,
            Freshness::Silent => counts.silent += 1,
            Freshness::New => counts.new += 1,
            Freshness::Suspended => counts.suspended += 1,
        }
    }
    counts
}

fn all(api: &Api) -> Vec<(AccountId, Freshness)> {
    let (directory, until) = (api.directory.current(), api.pipeline.seen_until());
    let late: BTreeSet<AccountId> = api.pipeline.late_accounts().into_iter().collect();
    let of = |account, state, seen: Option<Timestamp>| match (state, seen) {
        (Some(tenant::State::Suspended | tenant::State::PendingClosure | tenant::State::Closed), _) => {
            Freshness::Suspended
        }
        (_, None) => Freshness::New,
        (_, Some(_)) if late.contains(&account) => Freshness::Late,
        (_, Some(seen)) if until.since(seen) > SILENT_AFTER => Freshness::Silent,
        (_, Some(_)) => Freshness::Live,
    };
    let found = api.fleet.read(|fleet| {
        let seen = |account| fleet.get(account).map(|row| Timestamp::from_millis(row.last_seen_millis));
        let listed =
            directory.entries().map(|entry| (entry.account, of(entry.account, Some(entry.state), seen(entry.account))));
        let others = fleet.accounts().filter(|(account, _)| directory.get(*account).is_none());
        let others = others.map(|(account, _)| (account, of(account, None, seen(account))));
        listed.chain(others).collect()
    });
    found.unwrap_or_default()
}

fn fresh(api: &Api, wanted: Freshness) -> Vec<PipelineAccount> {
    all(api).into_iter().filter(|(_, freshness)| *freshness == wanted).map(|(account, _)| row(api, account)).collect()
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
