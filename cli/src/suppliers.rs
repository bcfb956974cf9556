//! `moments suppliers`: who makes an app's rewards at the moment of need.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::files::PutFile;
use crate::output::{self, text};

/// The exit code of a test that has found something wrong.
const NOT_OK: u8 = 1;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Set a supplier up, or change it. Without its keys, the stored ones stay. The secret that a new webhook gets is
    /// shown only now.
    #[command(after_help = "Examples:
  echo '{\"name\": \"Cards\", \"kind\": \"webhook\",
      \"url\": \"https://rewards.shop.example/orders\"}' \\
      | moments suppliers put cards - --app shop
  # keys come from a file: an argument would stay in the history
  moments suppliers put amazon amazon.json --app shop")]
    Put(PutFile),
    /// Show a supplier, and what was wrong with it last.
    #[command(after_help = "Example:\n  moments suppliers get cards --app shop")]
    Get {
        /// The supplier's id.
        supplier: String,
    },
    /// List an app's suppliers, without their keys.
    #[command(after_help = "Example:\n  moments suppliers list --app shop")]
    List,
    /// Try whether a supplier would make a reward. It makes and buys nothing.
    #[command(after_help = "Examples:
  moments suppliers test cards --app shop
  moments suppliers test cards --product gift-10 --app shop")]
    Test {
        /// The supplier's id.
        supplier: String,
        /// The product to try, as reward groups name it.
        #[arg(long)]
        product: Option<String>,
    },
    /// Delete a supplier that no reward group names.
    #[command(after_help = "Example:\n  moments suppliers delete cards --app shop")]
    Delete {
        /// The supplier's id.
        supplier: String,
    },
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/suppliers");
    let one = |supplier: &str| format!("{path}/{}", in_path(supplier));
    match command {
        // A second call would not show the secret that the first one made.
        Command::Put(file) => api.show(&file.call(&api, &path)?.once()),
        Command::Get { supplier } => show(&api, api.call(&Call::get(one(&supplier)))?),
        Command::List => api.show_list(
            &path,
            "SUPPLIER supplier_id, NAME name, KIND kind, URL url, SANDBOX sandbox, A SECOND per_second, VERSION version",
        ),
        Command::Test { supplier, product } => test(&api, &supplier, &one(&supplier), product.as_deref()),
        Command::Delete { supplier } => {
            api.call(&Call::delete(one(&supplier)))?;
            api.done(&format!("{supplier} is deleted."))
        }
    }
}

/// Prints a supplier. For people, each field of its latest trouble is on a line of its own.
fn show(api: &Api, supplier: Value) -> Result<(), Failure> {
    output::fields(api.json, &if api.json { supplier } else { with_flat_trouble(supplier) })
}

fn with_flat_trouble(mut supplier: Value) -> Value {
    if let Some(Value::Object(trouble)) = supplier.as_object_mut().and_then(|fields| fields.remove("trouble")) {
        for (name, value) in trouble {
            supplier[format!("trouble.{name}")] = value;
        }
    }
    supplier
}

/// Tries a supplier and prints the result. Fails if something is wrong, also with `--json`.
fn test(api: &Api, supplier: &str, path: &str, product: Option<&str>) -> Result<(), Failure> {
    let trial = api.call(&Call::post(format!("{path}/test"), json!({ "product": product })))?;
    if api.json {
        output::fields(true, &trial)?;
    }
    let line = verdict(supplier, &trial)?;
    if api.json { Ok(()) } else { output::print(&line) }
}

/// Returns the result of a trial in one line. Fails with the advice if something is wrong.
fn verdict(supplier: &str, trial: &Value) -> Result<String, Failure> {
    let outcome = text(trial, "outcome");
    if outcome != "ok" {
        return Err(Failure::new(NOT_OK, format!("{supplier}: {outcome}: {}", text(trial, "advice"))));
    }
    let funds = match &trial["funds"] {
        Value::Null => String::new(),
        funds => format!("; {} are left on the account", output::cell(funds)),
    };
    Ok(format!("{supplier}: ok after {} ms{funds}", trial["took_ms"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_that_is_ok_tells_the_time_and_the_money_that_is_left() {
        let line = |trial: Value| verdict("cards", &trial).ok();
        assert_eq!(line(json!({"outcome": "ok", "took_ms": 31})).as_deref(), Some("cards: ok after 31 ms"));
        let funded = json!({"outcome": "ok", "funds": {"currency": "EUR", "amount_minor": 123_456}, "took_ms": 31});
        let expected = "cards: ok after 31 ms; 1,234.56 EUR are left on the account";
        assert_eq!(line(funded).as_deref(), Some(expected));
    }

    #[test]
    fn a_trial_that_is_not_ok_fails_with_its_advice() {
        let trial = json!({"outcome": "funds", "advice": "top it up", "took_ms": 31});
        let failure = verdict("cards", &trial).err().map(|failure| (failure.code, failure.text));
        assert_eq!(failure, Some((NOT_OK, "cards: funds: top it up".to_owned())));
    }

    #[test]
    fn each_field_of_a_trouble_is_shown_by_itself() {
        let trouble = json!({"reason": "funds", "advice": "top it up", "at": "2026-12-01T12:00:00Z"});
        let shown = with_flat_trouble(json!({"supplier_id": "cards", "trouble": trouble}));
        let expected = json!({
            "supplier_id": "cards", "trouble.reason": "funds", "trouble.advice": "top it up",
            "trouble.at": "2026-12-01T12:00:00Z",
        });
        assert_eq!(shown, expected);
        assert_eq!(with_flat_trouble(json!({"supplier_id": "cards"})), json!({"supplier_id": "cards"}));
    }
}
