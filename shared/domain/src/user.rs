//! A user, as far as an app described one.

use serde::{Deserialize, Serialize};

use crate::request_mode::RequestMode;
use crate::secret::Attributes;
use crate::time_zone::TimeZone;

/// What an app told about a user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Country or language region where the user buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace: Option<String>,
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Where the user's days begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Anything else.
    #[serde(default)]
    pub attributes: Attributes,
}

impl Profile {
    /// The part that a request may see. A test key sees where the user is, and in which language. The rest is live, so a
    /// rehearsal that needs it tells it itself.
    pub fn seen_by(self, mode: RequestMode) -> Self {
        if mode.test_key { Self { attributes: Attributes::default(), ..self } } else { self }
    }
}
