//! A stored rule: a condition in the Common Expression Language, as text. The crate `rules` compiles and judges it, so
//! no other crate carries the parser.

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
