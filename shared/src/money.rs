//! Money: whole minor units of an ISO 4217 currency. No fractions and no conversion happen anywhere.

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// The most that one amount may be: far above any budget, far below where sums of budgets could overflow an `i64`.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// An amount of money, for example 500 EUR cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217 currency.
    pub currency: Currency,
    /// Whole minor units (cents; yen). Between 0 and [`MAX_MINOR`].
    pub amount_minor: i64,
}
