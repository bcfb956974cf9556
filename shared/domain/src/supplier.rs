//! Suppliers: who makes a reward's URL at the moment of need, in place of a stock. `outbound-suppliers` calls them, and
//! `store::suppliers` keeps them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AppId, SupplierId};
use crate::sealed::Sealed;
use crate::secret::{WebhookSecret, WebhookUrl};

/// Calls a second to a supplier that names no other rate.
pub const PER_SECOND: u32 = 10;

/// A supplier of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplier {
    /// The app.
    pub app_id: AppId,
    /// Unique within the app.
    pub supplier_id: SupplierId,
    /// For people.
    pub name: String,
    /// Where and how it is called.
    pub service: Service,
    /// [`Credentials`], encrypted.
    pub credentials: Sealed,
    /// The most calls a second, of all environments together.
    pub per_second: u32,
    /// The time of its creation.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Rises by one with every change.
    pub version: u64,
}

/// The kinds of suppliers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Service {
    /// The app's own server, which answers a signed request with a URL.
    Webhook {
        /// The address of the requests.
        url: WebhookUrl,
    },
}

impl Service {
    /// Returns the kind's name in the API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
        }
    }
}

/// What proves to a supplier that a call is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credentials {
    /// The key that signs requests, by the Standard Webhooks scheme.
    Webhook {
        /// The key.
        secret: WebhookSecret,
    },
}

/// What a reward group orders from a supplier, instead of having stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// The supplier.
    pub supplier_id: SupplierId,
    /// The supplier's own name of the product, if it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// Why a supplier has made nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It refuses our credentials.
    Credentials,
    /// The account has too little money.
    Funds,
    /// It has no such product, or no longer.
    Product,
    /// It asks for fewer calls.
    Throttled,
    /// It did not answer in time. It may have made the reward; the same order brings it.
    TimedOut,
    /// Nothing answers at its address.
    Unreachable,
    /// Its address must not be called.
    AddressRefused,
    /// It answered with a failure of its own.
    Failed,
    /// Its answer does not have the agreed form.
    Unreadable,
}

impl Trouble {
    /// Returns its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Funds => "funds",
            Self::Product => "product",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::AddressRefused => "address_refused",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
        }
    }

    /// Returns the seconds after which a user may find it gone. Somebody has to mend what takes an hour.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Throttled => 10,
            Self::TimedOut | Self::Unreachable | Self::Failed => 60,
            Self::Funds | Self::Credentials | Self::Product | Self::AddressRefused | Self::Unreadable => 3_600,
        }
    }

    /// Returns what to do about it, for the person who set the supplier up.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Credentials => "the supplier refuses the credentials: PUT the supplier with valid ones",
            Self::Funds => "the supplier's account has too little money: top it up",
            Self::Product => "the supplier has no such product: correct `product` of the reward group",
            Self::Throttled => "the supplier asks for fewer calls: PUT the supplier with a lower `per_second`",
            Self::TimedOut => "the supplier did not answer within 6 seconds",
            Self::Unreachable => "nothing answers at the supplier's address, or its certificate is not valid",
            Self::AddressRefused => "the supplier's name leads to an address that is not public",
            Self::Failed => "the supplier answered with a failure of its own",
            Self::Unreadable => "the supplier's answer does not have the agreed form: see docs/suppliers.md",
        }
    }
}
