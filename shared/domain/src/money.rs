//! Money in whole minor units of an ISO 4217 currency, without fractions or conversion.

use std::fmt;

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// The largest amount: above any budget, and low enough that sums of budgets fit an `i64`.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// An amount, for example 500 EUR cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217 currency.
    pub currency: Currency,
    /// Whole minor units (cents; yen). Between 0 and [`MAX_MINOR`].
    pub amount_minor: i64,
}

/// As people write it, with as many decimals as the currency has: `5,000.00 EUR`, `500 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, minor) = (if self.amount_minor < 0 { "-" } else { "" }, self.amount_minor.unsigned_abs());
        let decimals = usize::from(self.currency.exponent().unwrap_or(0));
        let unit = u32::try_from(decimals).ok().and_then(|decimals| 10_u64.checked_pow(decimals)).unwrap_or(1);
        write!(formatter, "{sign}{}", grouped(minor / unit))?;
        if decimals > 0 {
            write!(formatter, ".{:0decimals$}", minor % unit)?;
        }
        write!(formatter, " {}", self.currency.code())
    }
}

/// Writes a number with a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group));
    let parts: Vec<_> = Some(head.into()).filter(|_| first > 0).into_iter().chain(groups).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_the_decimals_of_its_currency() {
        let written = |currency, amount_minor| Money { currency, amount_minor }.to_string();
        assert_eq!(written(Currency::EUR, 1_234_505), "12,345.05 EUR");
        assert_eq!(written(Currency::EUR, 5), "0.05 EUR");
        assert_eq!(written(Currency::EUR, -100_000_000), "-1,000,000.00 EUR");
        assert_eq!(written(Currency::JPY, 100_000), "100,000 JPY");
        assert_eq!(written(Currency::JPY, 500), "500 JPY");
        assert_eq!(written(Currency::KWD, 1_005), "1.005 KWD");
    }
}
