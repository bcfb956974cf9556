//! The files that commands read: as bytes, text or JSON, from a path or from standard input.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};

use clap::Args;
use edge::text_file;
use serde_json::Value;

use crate::api::{Api, Call, Failure, in_path};

/// An object to write from a file.
#[derive(Args)]
pub(crate) struct PutFile {
    /// The object's id.
    id: String,
    /// A file with the object as JSON; - reads standard input.
    file: String,
    /// Only if the object is at this version.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

impl PutFile {
    /// Returns the call that puts the object below `path`. Fields that only the API writes, which `get --json` shows,
    /// may stand in the file if they are as they are stored.
    pub(crate) fn call(&self, api: &Api, path: &str) -> Result<Call, Failure> {
        let at = format!("{path}/{}", in_path(&self.id));
        let body = read_json(&self.file)?;
        if OURS.iter().any(|name| body.get(name).is_some()) {
            let stored = match api.call(&Call::get(&at)) {
                Ok(stored) => stored,
                Err(failure) if failure.code == 5 => Value::Null,
                Err(failure) => return Err(failure),
            };
            if let Some(name) = disagreement(&body, &stored) {
                let text = format!(
                    "{}: /{name} is {}, but {} has {}; only the API writes it, so leave it out",
                    self.file, body[name], self.id, stored[name]
                );
                return Err(Failure::new(3, text));
            }
        }
        Ok(Call::put(at, without_ours(body)).if_match(self.if_match))
    }
}

/// Fields of campaigns, reward groups and suppliers that only the API writes.
const OURS: [&str; 8] =
    ["campaign_id", "reward_group_id", "supplier_id", "state", "reason", "version", "proposed_budget", "created_at"];

/// A supplier's latest trouble, which only the API writes, too. It changes with each order that fails, so a file need
/// not agree with it.
const TROUBLE: &str = "trouble";

/// Returns the first of [`OURS`] that a file has and that is stored otherwise.
fn disagreement(body: &Value, stored: &Value) -> Option<&'static str> {
    OURS.into_iter().find(|name| body.get(*name).is_some_and(|value| *value != stored[*name]))
}

/// Takes the fields out that only the API writes.
pub(crate) fn without_ours(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, _| name != TROUBLE && !OURS.contains(&name.as_str()));
    }
    body
}

/// Opens a file, or standard input for `-`.
pub(crate) fn open(file: &str) -> Result<Box<dyn Read>, Failure> {
    if file == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(File::open(file).map_err(|error| unreadable(file, &error))?))
}

/// Reads a file as text.
pub(crate) fn read_text(file: &str) -> Result<String, Failure> {
    String::from_utf8(read_bytes(file)?)
        .map_err(|_| Failure::new(3, format!("{file} is not UTF-8; save it as UTF-8 (a spreadsheet: as CSV UTF-8)")))
}

/// Explains why a file cannot be read: it is missing, or it is not text.
pub(crate) fn unreadable(file: &str, error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidData => Failure::new(3, format!("{file} {error}")),
        _ => Failure::new(2, format!("{file} cannot be read: {error}")),
    }
}

/// Reads a file of JSON.
pub(crate) fn read_json(file: &str) -> Result<Value, Failure> {
    edge::json::read(&read_bytes(file)?).map_err(|error| match error {
        domain::Error::Invalid(errors) => {
            let lines =
                errors.listed().iter().map(|error| format!("{} {}", error.pointer, error.detail).trim().to_owned());
            Failure::new(3, format!("{file}: {}", lines.collect::<Vec<_>>().join("\n  ")))
        }
        other => Failure::unexpected(other.to_string()),
    })
}

/// Reads a file, decoded by its byte-order mark.
fn read_bytes(file: &str) -> Result<Vec<u8>, Failure> {
    text_file::read(open(file)?).map_err(|error| unreadable(file, &error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_may_repeat_what_only_the_api_writes_as_it_is_stored() {
        let stored = json!({"name": "Cards", "version": 3});
        assert_eq!(disagreement(&json!({"name": "Gift cards", "version": 3}), &stored), None);
        assert_eq!(disagreement(&json!({"name": "Cards", "version": 2}), &stored), Some("version"));
        assert_eq!(disagreement(&json!({"version": 3}), &Value::Null), Some("version"));
    }

    #[test]
    fn a_trouble_that_has_passed_refuses_no_file() {
        let shown = json!({"name": "Cards", "version": 3, "trouble": {"reason": "funds"}});
        assert_eq!(disagreement(&shown, &json!({"name": "Cards", "version": 3})), None);
        assert_eq!(without_ours(shown), json!({"name": "Cards"}));
    }
}
