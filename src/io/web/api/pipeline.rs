//! Whether the pipeline is all right: its stages, its shards, its dead letters, and accounts that are not as they should be.

mod accounts;
mod letters;
mod tags;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::answer::{Answer, Format, Limit, part};
use super::params::Params;
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::api::accounts::Completeness;
use crate::api::pipeline::{DeadLetters, Pipeline, PipelineAccount, Replayed, Shard, TagFinding};
use crate::id::AccountId;
use crate::tenant::Directory;
use crate::view::scope::Scope;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/pipeline", "How the pipeline is doing", pipeline).needs(Needs::Fleet).answer::<Pipeline>(),
        Route::get("/pipeline/shards", "Shards that are read", shards)
            .needs(Needs::Fleet)
            .params::<ShardsQuery>()
            .list::<Shard>(),
        Route::get("/pipeline/dlq", "Dead letters by reason", letters::groups)
            .needs(Needs::Fleet)
            .params::<PartQuery>()
            .list::<DeadLetters>(),
        Route::post("/pipeline/dlq/{reason}/replay", "Sends dead letters of a reason again", letters::replay)
            .needs(Needs::FleetWrite)
            .params::<letters::ReplayQuery>()
            .answer::<Replayed>(),
        Route::get("/pipeline/accounts", "Accounts that are not as they should be", accounts::accounts)
            .params::<accounts::AccountsQuery>()
            .list::<PipelineAccount>(),
        Route::get(
            "/pipeline/completeness",
            "What arrived of what CloudWatch forwarded, the least first",
            completeness,
        )
        .needs(Needs::Fleet)
        .params::<PartQuery>()
        .list::<Completeness>(),
        Route::get("/directory/tags", "Tags of accounts that break the scheme", tags::tags)
            .params::<tags::TagsQuery>()
            .list::<TagFinding>(),
    ]
}

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct PartQuery {
    /// How many: 500 at most.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

/// Which shards.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ShardsQuery {
    /// `lag` (furthest behind first, the default), `shard`, or `rate` (fastest first).
    sort: ShardSort,
    /// Only those with this in the name of the stream or the shard.
    q: Option<String>,
    /// How many: 500 at most.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

/// How shards are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ShardSort {
    /// Furthest behind first.
    #[default]
    Lag,
    /// By name.
    Shard,
    /// Fastest first.
    Rate,
}

async fn pipeline(State(api): State<Arc<Api>>) -> Answer<Pipeline> {
    let freshness = api.views.current(&Scope::Fleet).cells().freshness();
    let mut pipeline = api.pipeline.pipeline(freshness);
    let kept: u64 = api.store.dead_letters().await.iter().map(|group| group.letters).sum();
    pipeline.dead_letters = pipeline.dead_letters.max(kept);
    Answer(pipeline)
}

async fn shards(
    State(api): State<Arc<Api>>,
    format: Format,
    Params(query): Params<ShardsQuery>,
) -> Result<Response, Refusal> {
    let mut shards = api.pipeline.shards();
    if let Some(wanted) = &query.q {
        shards.retain(|shard| shard.shard.contains(wanted.as_str()) || shard.stream.contains(wanted.as_str()));
    }
    match query.sort {
        ShardSort::Lag => {}
        ShardSort::Shard => shards.sort_by(|a, b| (&a.stream, &a.shard).cmp(&(&b.stream, &b.shard))),
        ShardSort::Rate => shards.sort_by(|a, b| b.records_per_second.total_cmp(&a.records_per_second)),
    }
    Ok(format.list(part(shards, Limit::new(query.limit, 100, 500), query.cursor.as_deref())?))
}

async fn completeness(
    State(api): State<Arc<Api>>,
    format: Format,
    Params(query): Params<PartQuery>,
) -> Result<Response, Refusal> {
    let (seen_until, directory) = (api.pipeline.seen_until(), api.directory.current());
    let rows = api.fleet.completeness(|known| {
        known.all(seen_until).map(|(account, compared)| row(account, &compared, &directory)).collect::<Vec<_>>()
    });
    let mut rows = rows.unwrap_or_default();
    rows.sort_by(|a, b| a.share.total_cmp(&b.share).then_with(|| a.account.cmp(&b.account)));
    let unknown = rows.is_empty();
    let mut list = part(rows, Limit::new(query.limit, 50, 500), query.cursor.as_deref())?;
    if unknown {
        list.notices.push(
            "nothing is known: metric streams must carry the namespace AWS/Logs, and a quarter of an hour must have \
             passed whole since the start"
                .into(),
        );
    }
    Ok(format.list(list))
}

/// What is known of an account, as lists show it.
pub(super) fn row(account: AccountId, compared: &crate::completeness::Compared, directory: &Directory) -> Completeness {
    Completeness {
        account: account.to_string(),
        tenant: directory.tag(account).tenant.clone(),
        forwarded: compared.forwarded,
        arrived: compared.arrived,
        share: compared.share(),
        delivery_errors: compared.delivery_errors,
    }
}
