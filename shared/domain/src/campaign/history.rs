//! A campaign's history: who changed it, when and why. An entry is written in the same transaction as its change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::id::{KeyId, PersonId};
use crate::identity::Caller;
use crate::person::MintedBy;

/// The kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// First written.
    Created,
    /// Rewritten as a draft.
    Edited,
    /// Submitted for approval.
    Submitted,
    /// Approved.
    Approved,
    /// Rejected by an admin.
    Rejected,
    /// Stopped.
    Suspended,
    /// Resumed after a suspension.
    Resumed,
    /// Given more time or other weights, or another budget where that needs nobody's approval.
    Amended,
    /// Asked for a higher budget, which somebody else must approve.
    RaiseProposed,
    /// Given the higher budget that was asked for.
    RaiseApproved,
    /// Refused the higher budget, or it was withdrawn.
    RaiseRejected,
}

impl ChangeKind {
    /// True if the change approves what was written before it.
    pub const fn approves(self) -> bool {
        matches!(self, Self::Approved | Self::RaiseApproved)
    }

    /// True if the change is a step to a state. The others leave the state of a running campaign as it is.
    pub const fn is_step(self) -> bool {
        !matches!(self, Self::Amended | Self::RaiseProposed | Self::RaiseApproved | Self::RaiseRejected)
    }

    /// True if the change writes or asks for what an approval would approve.
    pub const fn writes(self) -> bool {
        match self {
            Self::Created | Self::Edited | Self::Submitted | Self::Amended | Self::RaiseProposed => true,
            Self::Approved
            | Self::Rejected
            | Self::Suspended
            | Self::Resumed
            | Self::RaiseApproved
            | Self::RaiseRejected => false,
        }
    }
}

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field, as a JSON pointer.
    pub pointer: String,
    /// The old value; null if there was none.
    pub before: Value,
    /// The new value; null if there is none.
    pub after: Value,
}

/// One change of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The version after the change.
    pub version: u64,
    /// The time of the change.
    pub at: Timestamp,
    /// The public name of the key that made it.
    pub key_id: KeyId,
    /// The person who made it, if the key is a person's.
    pub person_id: Option<PersonId>,
    /// The people behind the key.
    #[serde(skip)]
    pub minted_by: MintedBy,
    /// The kind of change.
    pub action: ChangeKind,
    /// The reason, if one was given.
    pub reason: Option<String>,
    /// The fields that differ.
    pub changes: Vec<FieldChange>,
}

impl Change {
    /// True if the caller or somebody behind the caller's key made the change, or somebody behind the key of the change
    /// is the caller. Two keys that are not a person's are the same hand if they are one key, or if one is behind both.
    pub fn is_by(&self, caller: &Caller) -> bool {
        let ours: Vec<&PersonId> = caller.person.iter().chain(caller.minted_by.people()).collect();
        let our_keys: Vec<&KeyId> = std::iter::once(&caller.key_id).chain(caller.minted_by.keys()).collect();
        let mut theirs = self.person_id.iter().chain(self.minted_by.people());
        let mut their_keys = std::iter::once(&self.key_id).chain(self.minted_by.keys());
        theirs.any(|person| ours.contains(&person)) || their_keys.any(|key| our_keys.contains(&key))
    }
}

/// Returns every difference between two JSON values. Lists of different lengths count as one: nothing matches entries.
pub fn differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare(String::new(), before, after, &mut changes);
    changes
}

/// Takes changes back: turns the JSON value after them into the one before. Fails if the value has no place for one,
/// which a value after these changes always has.
pub fn undo(value: &mut Value, changes: &[FieldChange]) -> Result<(), Error> {
    for FieldChange { pointer, before, .. } in changes {
        put(value, pointer, before)
            .ok_or_else(|| Error::Internal("a campaign's history does not fit the campaign".into()))?;
    }
    Ok(())
}

/// Puts a value at a JSON pointer whose parent is there. Null removes a field: a change says null where there was none.
fn put(value: &mut Value, pointer: &str, new: &Value) -> Option<()> {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        *value = new.clone();
        return pointer.is_empty().then_some(());
    };
    match value.pointer_mut(parent)? {
        Value::Object(fields) => {
            let name = name.replace("~1", "/").replace("~0", "~");
            if new.is_null() {
                fields.remove(&name);
            } else {
                fields.insert(name, new.clone());
            }
        }
        Value::Array(values) => *values.get_mut(name.parse::<usize>().ok()?)? = new.clone(),
        _ => return None,
    }
    Some(())
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

    #[test]
    fn every_difference_can_be_taken_back() {
        let states = [
            json!({}),
            json!({"name": "a", "caps": {"per_day": 5}, "moments": [{"target": 5, "a/b~": 1}, {"when": "x"}]}),
            json!({"name": "b", "moments": [{"target": 6}, {"when": "y", "messages": {"en": "z"}}]}),
            json!({"name": "b", "caps": {"per_user": 1}, "moments": [{"target": 6}]}),
        ];
        for before in &states {
            for after in &states {
                let mut value = after.clone();
                undo(&mut value, &differences(before, after)).unwrap();
                assert_eq!(&value, before, "from {after}");
                let whole = [change("", before.clone(), after.clone())];
                let mut value = after.clone();
                undo(&mut value, &whole).unwrap();
                assert_eq!(&value, before);
            }
        }
        assert!(undo(&mut json!({"a": 1}), &[change("/a/b", json!(1), json!(2))]).is_err());
    }
}
