//! What accounts and tenants send, and its price.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Format, Limit, part};
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use super::viewed::word;
use crate::api::cost::CostRow;
use crate::io::clock;
use crate::view::cost::By;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    let summary = "What tenants or accounts send, what of it arrived, and its price, most first";
    vec![Route::get("/cost", summary, cost).params::<CostParams>().list::<CostRow>()]
}

/// Which rows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CostParams {
    /// What a row is: `tenant` (default), `account`, or `fleet` for one row of all that may be seen.
    by: Option<String>,
    /// Only rows with this in the id of the tenant, or in the id or name of the account.
    q: Option<String>,
    /// Rows at most: 100, up to 1,000.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn cost(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<CostParams>,
) -> Result<Response, Refusal> {
    let by = word("by", params.by.as_deref(), By::named)?;
    let mut rows = api.views.cost(&who.scope, by, clock::now());
    if let Some(wanted) = params.q.as_deref().map(str::trim).filter(|wanted| !wanted.is_empty()) {
        let holds = |text: &str| text.contains(wanted);
        rows.retain(|row| {
            holds(&row.tenant) || row.account.as_deref().is_some_and(holds) || row.name.as_deref().is_some_and(holds)
        });
    }
    let mut list = part(rows, Limit::new(params.limit, 100, 1_000), params.cursor.as_deref())?;
    if api.page.price.is_none() {
        list.notices.push("no prices are configured: page.price of the configuration has them".into());
    }
    Ok(format.list(list))
}
