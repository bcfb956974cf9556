//! The output of commands: tables for people, JSON for scripts.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::thread::sleep;
use std::time::Duration;

use clap::Args;
use comfy_table::{Table, presets};
use domain::money::Money;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure};

/// Splits a list of columns such as `"APP app_id, BURST rate_limit/burst"` into titles and JSON pointers. A column of
/// one word has its pointer as its title.
pub(crate) fn columns(list: &str) -> impl Iterator<Item = (&str, String)> + Clone {
    list.split(", ").map(|column| {
        let (title, pointer) = column.rsplit_once(' ').unwrap_or((column, column));
        (title, format!("/{pointer}"))
    })
}

/// Prints entries as a table with these [`columns`], or as JSON.
pub(crate) fn entries(as_json: bool, entries: &[Value], list: &str) -> Result<(), Failure> {
    if as_json {
        return print(&json!({ "data": entries }).to_string());
    }
    if entries.is_empty() {
        return print("There are none.");
    }
    let mut table = plain();
    table.set_header(columns(list).map(|(title, _)| title));
    for entry in entries {
        table.add_row(columns(list).map(|(_, pointer)| cell(entry.pointer(&pointer).unwrap_or(&Value::Null))));
    }
    print(&table.trim_fmt())
}

/// Prints an object with each field on a line, or as JSON.
pub(crate) fn fields(as_json: bool, object: &Value) -> Result<(), Failure> {
    if as_json {
        return print(&object.to_string());
    }
    let mut table = plain();
    for (name, value) in object.as_object().into_iter().flatten() {
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

/// Prints a line to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map_err(unwritten)
}

/// The failure of a write to standard output.
pub(crate) fn unwritten(error: std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::unread(),
        _ => Failure::unexpected(format!("cannot print: {error}")),
    }
}

/// Whether to show something once, or again and again.
#[derive(Args, Clone, Copy)]
pub(crate) struct Watch {
    /// Show it again every few seconds, until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// Seconds between two looks.
    #[arg(long, default_value_t = 2, requires = "watch", value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
}

impl Watch {
    /// Makes a call and shows its answer, as often as asked for.
    pub(crate) fn show(
        self,
        api: &Api,
        call: &Call,
        show: impl Fn(&Value) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        loop {
            let answer = api.call(call)?;
            if self.watch && !api.json {
                // Clears the terminal and goes to its first line.
                print("\u{1b}[2J\u{1b}[H")?;
            }
            show(&answer)?;
            if !self.watch {
                return Ok(());
            }
            sleep(Duration::from_secs(self.every));
        }
    }
}

/// Returns a progress bar on standard error, if that is a terminal.
pub(crate) fn progress_bar(length: u64, template: &str) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(length);
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    })
}

/// Returns a text field, or an empty text.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// Returns a whole number field, or 0.
pub(crate) fn number(object: &Value, name: &str) -> u64 {
    object[name].as_u64().unwrap_or_default()
}

/// Returns a list field, or an empty list.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map_or(&[], Vec::as_slice)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

/// Formats a value for people.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "-".into(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(_) => money(value).unwrap_or_else(|| value.to_string()),
        value => value.to_string(),
    }
}

/// Formats `{currency, amount_minor}`.
fn money(value: &Value) -> Option<String> {
    serde_json::from_value::<Money>(value.clone()).ok().map(|money| money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_write_it() {
        assert_eq!(cell(&json!({"currency": "EUR", "amount_minor": 500_000})), "5,000.00 EUR");
    }

    #[test]
    fn what_is_no_money_is_shown_as_it_is() {
        assert_eq!(cell(&json!(null)), "-");
        assert_eq!(cell(&json!(["DE", "AT"])), "DE, AT");
        assert_eq!(cell(&json!({"a": 1})), r#"{"a":1}"#);
    }
}
