//! A short hash of an event's content. It distinguishes a repeated event from another one with the same id. The id
//! alone decides whether an event has been counted (`EventId::fingerprint`).

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::id::{Action, EventId};
use crate::secret::Attributes;

/// 24 bits of an event's content. Two different contents look the same once in 16 million pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventContent([u8; 3]);

impl EventContent {
    /// Hashes the action, quantity, time and attributes. A repeated event may know its user better, so the rest is left
    /// out.
    pub fn new(
        event_id: &EventId,
        action: &Action,
        quantity: u64,
        occurred_at: Option<Timestamp>,
        attributes: Option<&Attributes>,
    ) -> Self {
        let occurred_at = occurred_at.map(Timestamp::as_millisecond);
        let mut hash = Sha256::new();
        // Neither an id nor an action holds a control character.
        hash.update(format!("{event_id}\n{action}\n{quantity}\n{occurred_at:?}\n"));
        if let Some(Attributes(attributes)) = attributes.filter(|attributes| !attributes.0.is_empty()) {
            hash.update(Value::Object(sorted(attributes)).to_string());
        }
        let mut content = [0; 3];
        content.copy_from_slice(&hash.finalize()[..3]);
        Self(content)
    }

    /// Returns the stored bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Sorts an object's names at every level: their order means nothing.
fn sorted(object: &Map<String, Value>) -> Map<String, Value> {
    fn value(of: &Value) -> Value {
        match of {
            Value::Object(object) => Value::Object(sorted(object)),
            Value::Array(values) => Value::Array(values.iter().map(value).collect()),
            other => other.clone(),
        }
    }
    let mut entries: Vec<(&String, &Value)> = object.iter().collect();
    entries.sort_unstable_by_key(|(name, _)| *name);
    entries.into_iter().map(|(name, of)| (name.clone(), value(of))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::time;

    #[test]
    fn the_same_event_has_the_same_content_and_another_one_has_not() {
        let (id, action): (EventId, Action) = ("e1".try_into().unwrap(), "deposit".try_into().unwrap());
        let at = Some(time("2026-12-01T12:00:00Z"));
        let read = |text: &str| Attributes(serde_json::from_str(text).unwrap());
        let content =
            |quantity, at, attributes: &str| EventContent::new(&id, &action, quantity, at, Some(&read(attributes)));
        let first = content(1, at, r#"{"a": 1, "b": {"c": [1, {"x": 1, "y": 2}], "d": "é"}}"#);
        assert_eq!(first, content(1, at, r#"{"b": {"d": "é", "c": [1, {"y": 2, "x": 1}]}, "a": 1}"#));
        assert_eq!(content(1, None, "{}"), EventContent::new(&id, &action, 1, None, None));
        for other in [
            content(2, at, r#"{"a": 1, "b": {"c": [1, {"x": 1, "y": 2}], "d": "é"}}"#),
            content(1, None, r#"{"a": 1, "b": {"c": [1, {"x": 1, "y": 2}], "d": "é"}}"#),
            content(1, at, r#"{"a": 1, "b": {"c": [1, {"x": 1, "y": 3}], "d": "é"}}"#),
            content(1, at, "{}"),
        ] {
            assert_ne!(first, other);
        }
    }
}
