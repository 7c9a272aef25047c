//! `GET /search`: accounts, tenants and rules that a few letters may mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Format, Limit, part};
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use crate::api::search::Found;
use crate::view::View;

/// What stands in a path as it is.
const IN_PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    let summary =
        "Accounts, tenants and rules that a few letters may mean: part of an id, with dashes or without, or of a name";
    vec![Route::get("/search", summary, search).params::<Wanted>().list::<Found>()]
}

/// What is looked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    /// The letters.
    q: String,
    /// At most so many: 20 where nothing is said, 100 at most.
    limit: Option<u32>,
    /// Where an earlier answer ended.
    cursor: Option<String>,
}

async fn search(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Refusal> {
    let found = found(&api.views.current(&who.scope), wanted.q.trim());
    Ok(format.list(part(found, Limit::new(wanted.limit, 20, 100), wanted.cursor.as_deref())?))
}

/// All that fits, what begins with the letters first; of an account that is named in full, nothing else.
fn found(view: &View, q: &str) -> Vec<Found> {
    let letters = q.to_lowercase();
    if letters.is_empty() {
        return Vec::new();
    }
    let digits: String = letters.chars().filter(|c| *c != '-').collect();
    let fits = |text: &str| text.to_lowercase().contains(&letters);
    let base = view.base();
    let (mut found, mut tenants) = (Vec::new(), BTreeSet::new());
    for (place, id) in (0_u32..).zip(base.ids()) {
        let (tenant, name) = (base.tenant(place), base.name(place));
        if fits(tenant) {
            let _ = tenants.insert(tenant);
        }
        if id.as_str().contains(&digits) && !digits.is_empty() || fits(name) {
            let title = if name.is_empty() { id.as_str() } else { name };
            found.push(hit("account", id.as_str(), title, format!("accounts/{id}")));
        }
    }
    found.extend(tenants.into_iter().map(|tenant| {
        let query = utf8_percent_encode(&format!("tenant={tenant}"), &IN_PATH).to_string();
        hit("tenant", tenant, tenant, format!("?q={query}"))
    }));
    let rules = view.rules().set().rules.iter().filter(|rule| fits(&rule.name));
    found.extend(rules.map(|rule| {
        hit("rule", &rule.name, &rule.name, format!("rules/{}", utf8_percent_encode(&rule.name, &IN_PATH)))
    }));
    found.sort_by_cached_key(|found| {
        !(found.key.to_lowercase().starts_with(&letters) || found.key.starts_with(&digits))
    });
    found
}

fn hit(kind: &str, key: &str, title: &str, url: String) -> Found {
    Found { kind: kind.to_owned(), key: key.to_owned(), title: title.to_owned(), url }
}
