//! A rule as it is stored: the text of a condition in the Common Expression Language. Compiling and judging one is the
//! business of the crate `rules`, so that nobody else carries the parser.

use serde::{Deserialize, Serialize};

/// A condition in CEL, checked before it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rule(String);

impl Rule {
    /// A rule of that text. Nothing is checked here.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
