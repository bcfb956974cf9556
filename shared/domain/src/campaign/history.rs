//! The history of a campaign: who changed what, when and why. Written with each change, in the same transaction, so that
//! there is no change without its record and no record without its change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::KeyId;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Written for the first time.
    Created,
    /// Written anew as a draft.
    Edited,
    /// Handed in for approval.
    Submitted,
    /// Approved.
    Approved,
    /// Turned down.
    Rejected,
    /// Stopped.
    Suspended,
    /// Let go on.
    Resumed,
    /// Given more money or time.
    Amended,
}

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Where in the campaign, by JSON pointer.
    pub pointer: String,
    /// What it was; null where there was nothing.
    pub before: Value,
    /// What it became; null where there is nothing any more.
    pub after: Value,
}

/// One change of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The version that it made.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who, by the public name of the key.
    pub key_id: KeyId,
    /// What was done.
    pub action: Action,
    /// Why, as far as it was said.
    pub reason: Option<String>,
    /// What is different.
    pub changes: Vec<FieldChange>,
}

/// Every difference between two JSON values, each where it is. Lists of different lengths are one difference: which entry
/// became which cannot be told.
pub fn differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare(String::new(), before, after, &mut changes);
    changes
}

fn compare(pointer: String, before: &Value, after: &Value, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(old), Value::Object(new)) => {
            let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
            for name in names {
                let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                let side = |side: &serde_json::Map<String, Value>| side.get(name).cloned().unwrap_or(Value::Null);
                compare(below, &side(old), &side(new), changes);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (before, after)) in old.iter().zip(new).enumerate() {
                compare(format!("{pointer}/{index}"), before, after, changes);
            }
        }
        _ => changes.push(FieldChange { pointer, before: before.clone(), after: after.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(pointer: &str, before: Value, after: Value) -> FieldChange {
        FieldChange { pointer: pointer.into(), before, after }
    }

    #[test]
    fn each_difference_is_named_where_it_is_and_nothing_else() {
        let before = json!({"name": "a", "same": [1], "moments": [{"target": 5, "a/b": 1}], "list": [1, 2], "gone": 1});
        let after = json!({"name": "b", "same": [1], "moments": [{"target": 6, "a/b": 2}], "list": [1], "new": 2});
        let mut found = differences(&before, &after);
        found.sort_by(|one, other| one.pointer.cmp(&other.pointer));
        let expected = [
            change("/gone", json!(1), Value::Null),
            change("/list", json!([1, 2]), json!([1])),
            change("/moments/0/a~1b", json!(1), json!(2)),
            change("/moments/0/target", json!(5), json!(6)),
            change("/name", json!("a"), json!("b")),
            change("/new", Value::Null, json!(2)),
        ];
        assert_eq!(found, expected);
        assert!(differences(&before, &before).is_empty());
    }
}
