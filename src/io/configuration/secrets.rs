//! Fetches what `${file:...}` and `${secretsmanager:...}` refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use aws_config::BehaviorVersion;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::Secrets;
use crate::config::substitute::Reference;

/// What AWS Secrets Manager holds at most. Source: its user guide, "Quotas".
const SECRET_BYTES_MAX: u64 = 65_536;

/// Fetches the references, each with its value or why it cannot be had.
pub(super) async fn fetch(
    references: &BTreeSet<Reference>,
    folder: &Path,
    secrets: Secrets,
) -> BTreeMap<Reference, Result<String, String>> {
    let mut client = None;
    let mut fetched = BTreeMap::new();
    for reference in references {
        let result = match reference {
            Reference::Variable { .. } => continue,
            Reference::File(path) => file(&folder.join(path)).await,
            Reference::SecretsManager { .. } if secrets == Secrets::LocalFiles => continue,
            Reference::SecretsManager { name, key } => {
                let client = match &client {
                    Some(client) => client,
                    None => client.insert(new_client().await),
                };
                secret(client, name, key.as_deref()).await
            }
        };
        let _ = fetched.insert(reference.clone(), result);
    }
    fetched
}

async fn new_client() -> Client {
    Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await)
}

/// The text of a file without the line ends at its end, which editors and `echo` leave there.
async fn file(path: &Path) -> Result<String, String> {
    let file = tokio::fs::File::open(path).await.map_err(|error| error.to_string())?;
    let mut text = String::new();
    let read = file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text).await.map_err(|error| error.to_string())?;
    if u64::try_from(read).unwrap_or(u64::MAX) > SECRET_BYTES_MAX {
        return Err(format!("the file has more than {SECRET_BYTES_MAX} bytes, which is no secret"));
    }
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err("the file is empty".into()),
        secret => Ok(secret.into()),
    }
}

async fn secret(client: &Client, name: &str, key: Option<&str>) -> Result<String, String> {
    let answer = client.get_secret_value().secret_id(name).send().await;
    let answer = answer.map_err(|error| DisplayErrorContext(error).to_string())?;
    let Some(text) = answer.secret_string else {
        return Err("the secret is binary, but a text is needed".into());
    };
    let Some(key) = key else { return Ok(text) };
    match serde_json::from_str::<BTreeMap<String, Value>>(&text) {
        Ok(members) => match members.get(key) {
            Some(Value::String(member)) => Ok(member.clone()),
            Some(_) => Err(format!("its member {key:?} is not a text")),
            None => Err(format!("it has no member {key:?}")),
        },
        Err(_) => Err("the secret is not a JSON object, so it has no members".into()),
    }
}
