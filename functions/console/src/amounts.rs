//! Numbers and money, as people of a language write them, and back. Exact: whole minor units, never a fraction of a
//! processor. An amount that can be read in two ways is asked about and never guessed.

use iso_currency::Currency;
use serde_json::Value;

use crate::language::Language;

/// The narrow space that some languages put between each three digits; it does not break.
const NARROW: &str = "\u{202f}";

/// Returns the signs between each three digits and before the decimals.
fn signs(language: Language) -> (&'static str, char) {
    match language {
        Language::English | Language::Japanese => (",", '.'),
        Language::German | Language::Italian | Language::Spanish | Language::Dutch | Language::Portuguese => (".", ','),
        Language::French => (NARROW, ','),
    }
}

/// Writes a whole number.
pub(crate) fn whole(language: Language, number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group));
    let parts: Vec<_> = Some(head.into()).filter(|_| first > 0).into_iter().chain(groups).collect();
    parts.join(signs(language).0)
}

/// Returns the sign before decimals.
pub(crate) fn decimal_sign(language: Language) -> char {
    signs(language).1
}

/// Returns the decimals of a currency; 2 for one that nobody knows.
fn decimals(currency: &str) -> u32 {
    let known = Currency::from_code(currency).and_then(|currency| currency.exponent());
    known.map_or(2, u32::from)
}

/// Writes minor units as an amount without its currency, as a form shows it.
pub(crate) fn amount(language: Language, currency: &str, minor: i64) -> String {
    let (digits, unit) = (decimals(currency), 10_u64.saturating_pow(decimals(currency)));
    let (minus, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    let whole = whole(language, minor.checked_div(unit).unwrap_or(minor));
    if digits == 0 {
        return format!("{minus}{whole}");
    }
    let rest = minor.checked_rem(unit).unwrap_or(0);
    let places = usize::try_from(digits).unwrap_or(2);
    format!("{minus}{whole}{}{rest:0places$}", signs(language).1)
}

/// Writes an amount of the API, like `5,000.00 EUR`. Empty if it is none.
pub(crate) fn money(language: Language, money: &Value) -> String {
    match (money["currency"].as_str(), money["amount_minor"].as_i64()) {
        (Some(currency), Some(minor)) => format!("{}\u{a0}{currency}", amount(language, currency, minor)),
        _ => String::new(),
    }
}

/// Why a typed amount is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AmountError {
    /// Nothing stands there.
    Missing,
    /// It is no number.
    NotANumber,
    /// It has more decimals than the currency; the number that it may have.
    TooFine(u32),
    /// It is larger than any budget.
    TooLarge,
    /// It can be read in two ways: both, written so that nobody can doubt them.
    Ambiguous(String, String),
}

/// Reads a typed amount in minor units of a currency.
pub(crate) fn parse(language: Language, currency: &str, typed: &str) -> Result<i64, AmountError> {
    let typed = typed.trim();
    let typed = typed.strip_suffix(currency).or_else(|| typed.strip_prefix(currency)).unwrap_or(typed);
    // Full-width digits, as Japanese keyboards have them.
    let typed: String = typed.trim().chars().map(narrow).collect();
    if typed.is_empty() {
        return Err(AmountError::Missing);
    }
    // Blanks and apostrophes only ever stand between thousands. Anything else may be a slip of the hand.
    let parts: Vec<&str> = typed.split(is_blank).collect();
    if !parts[1..].iter().all(|part| begins_with_thousands(part)) || (parts.len() > 1 && parts[0].len() > 3) {
        return Err(AmountError::NotANumber);
    }
    let text = parts.concat();
    if !text.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ',')) {
        return Err(AmountError::NotANumber);
    }
    let marks: Vec<char> = text.chars().filter(|sign| !sign.is_ascii_digit()).collect();
    let last = text.rfind(['.', ',']);
    let (whole, fraction) = match (last, marks.as_slice()) {
        (None, _) => (text.as_str(), ""),
        (Some(at), [only]) => return single(language, currency, &text, at, *only),
        // The same sign again and again stands between thousands; another one at the end before the decimals.
        (Some(_), marks) if marks.iter().all(|mark| *mark == marks[0]) => (text.as_str(), ""),
        (Some(at), _) => (&text[..at], &text[at + 1..]),
    };
    let inner = whole.chars().find(|sign| !sign.is_ascii_digit());
    if let Some(mark) = inner
        && (whole.chars().any(|sign| !sign.is_ascii_digit() && sign != mark) || !is_grouped(whole, mark))
    {
        return Err(AmountError::NotANumber);
    }
    minor(currency, &whole.replace(['.', ','], ""), fraction)
}

/// True for what may stand between thousands besides points and commas.
fn is_blank(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\'' | '’')
}

/// True for three digits, and decimals behind them.
fn begins_with_thousands(part: &str) -> bool {
    let digits = part.chars().take_while(char::is_ascii_digit).count();
    digits == 3 && part[digits..].chars().next().is_none_or(|sign| matches!(sign, '.' | ','))
}

/// Reads an amount with one sign between its digits: before thousands or before decimals?
fn single(language: Language, currency: &str, text: &str, at: usize, mark: char) -> Result<i64, AmountError> {
    let (before, after) = (&text[..at], &text[at + 1..]);
    let could_group = is_grouped(text, mark) && !before.starts_with('0');
    if !could_group {
        return minor(currency, before, after);
    }
    let thousands = minor(currency, &format!("{before}{after}"), "")?;
    let own = signs(language).0.starts_with(mark);
    if own && decimals(currency) < 3 {
        return Ok(thousands);
    }
    // A foreign thousands sign, or a currency with three decimals.
    let digits = usize::try_from(decimals(currency)).unwrap_or(2).min(3);
    let fraction = minor(currency, before, &after[..digits])?;
    let write = |minor| amount(language, currency, minor);
    Err(AmountError::Ambiguous(write(thousands), write(fraction)))
}

/// True if a sign stands before each three digits, and nowhere else.
fn is_grouped(text: &str, mark: char) -> bool {
    let mut parts = text.split(mark);
    let head = parts.next().unwrap_or_default();
    (1..=3).contains(&head.len()) && parts.all(|part| part.len() == 3)
}

/// Returns the usual form of a full-width digit or sign.
pub(crate) fn narrow(sign: char) -> char {
    match sign {
        '０'..='９' => char::from_digit((sign as u32).wrapping_sub('０' as u32), 10).unwrap_or(sign),
        '．' => '.',
        '，' => ',',
        other => other,
    }
}

fn minor(currency: &str, whole: &str, fraction: &str) -> Result<i64, AmountError> {
    let digits = decimals(currency);
    let places = usize::try_from(digits).unwrap_or(2);
    if whole.is_empty() && fraction.is_empty() {
        return Err(AmountError::NotANumber);
    }
    if fraction.len() > places {
        return Err(AmountError::TooFine(digits));
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let minor = format!("{whole}{fraction:0<places$}").parse::<i64>().map_err(|_| AmountError::TooLarge)?;
    if minor > domain::money::MAX_MINOR { Err(AmountError::TooLarge) } else { Ok(minor) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_written_as_people_of_the_language_do() {
        let eur = json!({"currency": "EUR", "amount_minor": 1_234_505});
        for (language, written) in [
            (Language::English, "12,345.05\u{a0}EUR"),
            (Language::German, "12.345,05\u{a0}EUR"),
            (Language::French, "12\u{202f}345,05\u{a0}EUR"),
            (Language::Japanese, "12,345.05\u{a0}EUR"),
        ] {
            assert_eq!(money(language, &eur), written);
        }
        assert_eq!(money(Language::German, &json!({"currency": "JPY", "amount_minor": 5_000})), "5.000\u{a0}JPY");
        assert_eq!(money(Language::English, &json!({"currency": "KWD", "amount_minor": 1_005})), "1.005\u{a0}KWD");
        assert_eq!(amount(Language::English, "EUR", -5), "-0.05");
    }

    #[test]
    fn what_is_typed_is_read_exactly() {
        for (language, currency, typed, minor) in [
            (Language::German, "EUR", "1.234,50", 123_450),
            (Language::German, "EUR", "1234,5", 123_450),
            (Language::German, "EUR", "5.000", 500_000),
            (Language::German, "EUR", "1,234.50", 123_450),
            (Language::English, "EUR", "1,234", 123_400),
            (Language::English, "EUR", "1,234,567.89", 123_456_789),
            (Language::English, "EUR", "0.5", 50),
            (Language::English, "EUR", " 5 000.00 EUR ", 500_000),
            (Language::French, "EUR", "1\u{202f}234,50", 123_450),
            (Language::Japanese, "JPY", "５０００", 5_000),
            (Language::Japanese, "JPY", "5,000", 5_000),
            (Language::English, "JPY", "5000", 5_000),
            (Language::English, "KWD", "0.125", 125),
        ] {
            assert_eq!(parse(language, currency, typed), Ok(minor), "{typed}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_asked_about() {
        for (language, currency, typed, first, second) in [
            (Language::German, "EUR", "1,234", "1.234,00", "1,23"),
            (Language::English, "EUR", "1.234", "1,234.00", "1.23"),
            (Language::French, "EUR", "1.234", "1\u{202f}234,00", "1,23"),
            (Language::English, "KWD", "1,234", "1,234.000", "1.234"),
            (Language::German, "JPY", "5,000", "5.000", "5"),
        ] {
            let asked = AmountError::Ambiguous(first.to_owned(), second.to_owned());
            assert_eq!(parse(language, currency, typed), Err(asked), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_cause() {
        for (typed, cause) in [
            ("", AmountError::Missing),
            ("five", AmountError::NotANumber),
            ("-5", AmountError::NotANumber),
            ("1e3", AmountError::NotANumber),
            (".", AmountError::NotANumber),
            ("1,23,456", AmountError::NotANumber),
            ("12 50", AmountError::NotANumber),
            ("1 0", AmountError::NotANumber),
            ("1'23", AmountError::NotANumber),
            ("1 2345", AmountError::NotANumber),
            ("1234 567", AmountError::NotANumber),
            ("1  234", AmountError::NotANumber),
            ("5. 00", AmountError::NotANumber),
            ("1.2,345.00", AmountError::NotANumber),
            ("5.005,001", AmountError::TooFine(2)),
            ("0.005", AmountError::TooFine(2)),
            ("99999999999999999999", AmountError::TooLarge),
        ] {
            assert_eq!(parse(Language::English, "EUR", typed), Err(cause), "{typed}");
        }
    }

    /// Whatever a form shows, it reads back.
    #[test]
    fn every_amount_that_a_form_shows_is_read_back() {
        for language in Language::ALL {
            for currency in ["EUR", "JPY"] {
                for minor in [0, 1, 99, 100, 123_456, 1_000, 999_999_999_999, 100_000_000] {
                    assert_eq!(parse(language, currency, &amount(language, currency, minor)), Ok(minor));
                }
            }
        }
    }
}
