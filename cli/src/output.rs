//! What commands print: tables for people, JSON for scripts.

use comfy_table::{Table, presets};
use iso_currency::Currency;
use serde_json::{Value, json};

use crate::api::Failure;

/// A column of a table: its title, and the JSON pointer of its cells.
pub(crate) type Column = (&'static str, &'static str);

/// Prints entries: as a table with these columns, or all of them as JSON.
pub(crate) fn entries(as_json: bool, entries: &[Value], columns: &[Column]) -> Result<(), Failure> {
    if as_json {
        return print(&json!({ "data": entries }).to_string());
    }
    if entries.is_empty() {
        return print("There are none.");
    }
    let mut table = plain();
    table.set_header(columns.iter().map(|(title, _)| *title));
    for entry in entries {
        table.add_row(columns.iter().map(|(_, pointer)| cell(entry.pointer(pointer).unwrap_or(&Value::Null))));
    }
    print(&table.trim_fmt())
}

/// Prints one thing: each field on a line of its own, or as JSON.
pub(crate) fn fields(as_json: bool, thing: &Value) -> Result<(), Failure> {
    if as_json {
        return print(&thing.to_string());
    }
    let mut table = plain();
    for (name, value) in thing.as_object().into_iter().flatten() {
        match value {
            Value::Array(values) if values.iter().any(Value::is_object) => {
                for (index, value) in values.iter().enumerate() {
                    table.add_row([format!("{name} {}", index + 1), cell(value)]);
                }
            }
            value => {
                table.add_row([name.clone(), cell(value)]);
            }
        }
    }
    print(&table.trim_fmt())
}

/// Prints one text to stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    crate::print(text).map_err(Failure::unexpected)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

/// A value as a person would write it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "-".into(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(_) => money(value).unwrap_or_else(|| value.to_string()),
        value => value.to_string(),
    }
}

/// `{currency, amount_minor}` with as many decimals as the currency has.
fn money(value: &Value) -> Option<String> {
    let (currency, minor) = (value["currency"].as_str()?, value["amount_minor"].as_i64()?);
    let decimals = usize::from(Currency::from_code(currency)?.exponent().unwrap_or(0));
    if decimals == 0 {
        return Some(format!("{minor} {currency}"));
    }
    let unit = 10_i64.pow(u32::try_from(decimals).ok()?);
    Some(format!("{}.{:0decimals$} {currency}", minor / unit, minor % unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_the_decimals_of_its_currency() {
        let written = |currency: &str, amount: i64| cell(&json!({"currency": currency, "amount_minor": amount}));
        assert_eq!(written("EUR", 1_234_505), "12345.05 EUR");
        assert_eq!(written("JPY", 500), "500 JPY");
        assert_eq!(written("KWD", 1_005), "1.005 KWD");
    }

    #[test]
    fn what_is_no_money_is_shown_as_it_is() {
        assert_eq!(cell(&json!(null)), "-");
        assert_eq!(cell(&json!(["DE", "AT"])), "DE, AT");
        assert_eq!(cell(&json!({"a": 1})), r#"{"a":1}"#);
    }
}
