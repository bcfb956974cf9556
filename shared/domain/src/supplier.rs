//! Suppliers: who makes a reward's URL or code at the moment of need, in place of a stock. `outbound-suppliers` calls
//! them, and `store::suppliers` keeps them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AppId, SupplierId};
use crate::sealed::Sealed;
use crate::secret::{SupplierSecret, WebhookSecret, WebhookUrl};

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
    /// The app's own server, which answers a signed request with a URL or a code.
    Webhook {
        /// The address of the requests.
        url: WebhookUrl,
    },
    /// Amazon's gift cards and product vouchers, as codes.
    AmazonIncentives {
        /// The partner's id, which begins each order's id.
        partner_id: String,
        /// Where the account is.
        region: AmazonRegion,
        /// Whether anything is bought.
        mode: SupplierMode,
    },
    /// Tremendous: gift cards, prepaid cards and donations, as links.
    Tremendous {
        /// The id of the funding source that pays, such as `BALANCE`.
        funding_source: String,
        /// Whether anything is bought.
        mode: SupplierMode,
    },
}

impl Service {
    /// Returns the kind's name in the API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::AmazonIncentives { .. } => "amazon_incentives",
            Self::Tremendous { .. } => "tremendous",
        }
    }

    /// Returns the most calls that an order takes.
    pub fn calls_per_order(&self) -> u32 {
        match self {
            Self::Webhook { .. } | Self::AmazonIncentives { .. } => 1,
            // Only the first answer to an order has the link; then it is asked for.
            Self::Tremendous { .. } => 2,
        }
    }
}

/// Whether a supplier's orders are bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplierMode {
    /// They are, and the account pays.
    Production,
    /// They are not: what it makes is worth nothing.
    Sandbox,
}

/// The regions of Amazon's accounts for gift cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmazonRegion {
    /// The United States, Canada and Mexico.
    NorthAmerica,
    /// Europe and the Middle East.
    Europe,
    /// Japan, Australia, Singapore and India.
    FarEast,
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
    /// The keys that sign requests, by Signature Version 4.
    AmazonIncentives {
        /// The name of the key.
        access_key_id: String,
        /// The key.
        secret_access_key: SupplierSecret,
    },
    /// The key that requests carry.
    Tremendous {
        /// The key.
        api_key: SupplierSecret,
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
    /// It has taken the order, and somebody there has to approve it.
    Pending,
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
            Self::Pending => "pending",
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
            Self::Throttled | Self::TimedOut | Self::Unreachable | Self::Failed => 60,
            Self::Funds
            | Self::Credentials
            | Self::Product
            | Self::Pending
            | Self::AddressRefused
            | Self::Unreadable => 3_600,
        }
    }

    /// Returns what to do about it, for the person who set the supplier up.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Credentials => "the supplier refuses the credentials: PUT the supplier with valid ones",
            Self::Funds => "the supplier's account has too little money: top it up",
            Self::Product => {
                "the supplier refuses the product or its price: correct `product` or `cpa` of the reward group, for later \
                 awards; rewards of before keep theirs, so make the supplier take it again, or replace them"
            }
            Self::Pending => {
                "the order waits for an approval at the supplier: approve it there, or let orders pass without"
            }
            Self::Throttled => "the supplier asks for fewer calls: PUT the supplier with a lower `per_second`",
            Self::TimedOut => "the supplier did not answer within 6 seconds",
            Self::Unreachable => "nothing answers at the supplier's address, or its certificate is not valid",
            Self::AddressRefused => "the supplier's name leads to an address that is not public",
            Self::Failed => "the supplier answered with a failure of its own",
            Self::Unreadable => "the supplier's answer does not have the agreed form: see docs/suppliers.md",
        }
    }
}
