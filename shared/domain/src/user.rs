//! A user's profile.

use serde::{Deserialize, Serialize};

use crate::request_mode::RequestMode;
use crate::secret::Attributes;
use crate::time_zone::TimeZone;

/// An app's data about a user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The country or marketplace where the user buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace: Option<String>,
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The zone of the user's days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// The app's own attributes.
    #[serde(default)]
    pub attributes: Attributes,
}

impl Profile {
    /// Returns the part that a request may see. Attributes are live data, so a rehearsal sends its own.
    pub fn seen_by(self, mode: RequestMode) -> Self {
        if mode.test_key { Self { attributes: Attributes::default(), ..self } } else { self }
    }
}
