//! The key with which the laptop's owner signs in to the console: a person with the role of an owner in every app.

use std::path::Path;

use serde_json::{Value, json};

use crate::{Local, LocalError, write_secret};

/// The person's path in the API.
const PERSON: &str = "/v1/people/laptop-owner";

/// Returns the key of an earlier start, or makes the person and a new key. A file that only its owner can read keeps it.
pub async fn prepare(local: &Local, folder: Option<&Path>) -> Result<String, LocalError> {
    let file = folder.map(|folder| folder.join("console-key"));
    if let Some(key) = file.as_deref().and_then(|file| std::fs::read_to_string(file).ok()) {
        let key = key.trim();
        let (status, _) = local.request(key, "GET", "/v1/session", Value::Null).await;
        if status == 200 {
            return Ok(key.to_owned());
        }
    }
    let admin = local.admin_key.expose();
    let person = json!({"name": "Laptop owner", "roles": {"*": ["owner"]}});
    local.prepare(admin, "PUT", PERSON, person).await?;
    let minted = local.prepare(admin, "POST", &format!("{PERSON}/keys"), Value::Null).await?;
    let key = minted["key"].as_str().unwrap_or_default().to_owned();
    if let Some(file) = file {
        write_secret(&file, &key)?;
    }
    Ok(key)
}
