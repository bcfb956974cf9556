//! A stored rule: the text of a condition in CEL. Only the crate `rules` carries the parser.

use serde::{Deserialize, Serialize};

/// A condition in CEL, checked before it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rule(String);

impl Rule {
    /// Wraps a text without checking it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
