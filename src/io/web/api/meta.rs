//! What this is, and what it may do for whoever asks.

use std::sync::Arc;

use axum::extract::State;

use super::super::assets;
use super::Api;
use super::access::Who;
use super::answer::Answer;
use super::route::Route;
use crate::api::meta::{Meta, Retention, SavedView};
use crate::io::clock;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/meta", "What serves the page, and what whoever asks may do", meta).answer::<Meta>()]
}

async fn meta(State(api): State<Arc<Api>>, who: Who) -> Answer<Meta> {
    let page = &api.page;
    let views = page.views.iter().map(|(name, url)| SavedView { name: name.clone(), url: url.clone() });
    Answer(Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: assets::build().to_owned(),
        started: api.started.into(),
        now: clock::now().into(),
        demo: api.demo.clone(),
        access: who.into(),
        links: page.links.clone(),
        views: views.collect(),
        retention: Retention {
            logs: page.store.logs.as_str().to_owned(),
            bytes_max: page.store.bytes_max,
            oldest_log: api.store.status().oldest,
        },
        silence_seconds_max: page.silence_max.as_secs(),
    })
}
