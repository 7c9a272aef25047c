//! `GET /search`: what a few letters may mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// What it is: `account`, `tenant` or `rule`.
    pub kind: String,
    /// Its id or name.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The page that shows it, relative to the root: `accounts/012345678901`.
    pub url: String,
}
