//! A shipping address. `fulfil-orders` knows which parts a country needs, `outbound-kms` encrypts it,
//! `store::addresses` keeps it. It never shows in a log, an error or an event.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address in its country's form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingAddress {
    /// The recipient.
    pub name: String,
    /// The company or household there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Street and number.
    pub line1: String,
    /// A flat, a floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// The part of the city, if the country writes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The state, province, county or island.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// For the carrier's questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl fmt::Debug for ShippingAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[ShippingAddress redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::{Sealed, Sealing};

    #[test]
    fn an_address_does_not_show_in_debug_output() {
        let address = ShippingAddress {
            name: "Ada Lovelace".into(),
            organization: None,
            line1: "Dorset Street 7".into(),
            line2: None,
            district: None,
            city: Some("London".into()),
            region: None,
            postal_code: Some("W1U 4EG".into()),
            country: "GB".into(),
            phone: None,
        };
        let sealed = Sealed { sealing: Sealing::None, bytes: serde_json::to_vec(&address).unwrap() };
        let shown = format!("{address:?} {sealed:?}");
        for secret in ["Ada", "Dorset", "London", "W1U"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
