//! Tags of accounts that break the scheme of the configuration.

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
use crate::api::pipeline::TagFinding;
use crate::tenant::Directory;
use crate::tenant::tags::{Fault, Finding};

/// Which findings are listed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TagsQuery {
    /// Only those about this tag, as the scheme names it.
    key: Option<String>,
    /// How many: 1,000 at most.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

pub(super) async fn tags(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(query): Params<TagsQuery>,
) -> Result<Response, Refusal> {
    let (directory, found) = (api.directory.current(), api.directory.tag_findings());
    let has_scheme = found.is_some();
    let found = found.unwrap_or_default();
    let is_asked = |finding: &&Finding| query.key.as_ref().is_none_or(|key| *key == finding.key);
    let mut rows: Vec<_> = found.iter().filter(is_asked).map(|finding| row(finding, &directory)).collect();
    rows.retain(|row| who.scope.covers(&row.tenant));
    let mut list = part(rows, Limit::new(query.limit, 100, 1_000), query.cursor.as_deref())?;
    if !has_scheme {
        list.notices.push("there is no scheme of tags: write one as directory.tags of the configuration".into());
    }
    Ok(format.list(list))
}

fn row(finding: &Finding, directory: &Directory) -> TagFinding {
    let entry = directory.get(finding.account);
    TagFinding {
        account: finding.account.to_string(),
        tenant: directory.tag(finding.account).tenant.clone(),
        name: entry.and_then(|entry| entry.name.clone()).unwrap_or_default(),
        key: finding.key.clone(),
        problem: finding.fault.as_str().into(),
        found: match &finding.fault {
            Fault::Missing { .. } => None,
            Fault::LookAlike { found, .. } => Some(found.clone()),
            Fault::Value { given, .. } => Some(given.clone()),
        },
        message: finding.message(),
        command: finding.command(),
    }
}
