//! `moments suppliers`: who makes an app's rewards at the moment of need.

use clap::Subcommand;
use domain::money::Money;
use serde_json::json;

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::files::PutFile;
use crate::output::{self, text};

/// The exit code of a test that has found something wrong.
const NOT_OK: u8 = 1;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Set a supplier up, or change it. Without its keys, the stored ones stay. The secret that a new webhook gets is shown
    /// only now.
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
        Command::Get { supplier } => api.show(&Call::get(one(&supplier))),
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

fn test(api: &Api, supplier: &str, path: &str, product: Option<&str>) -> Result<(), Failure> {
    let trial = api.call(&Call::post(format!("{path}/test"), json!({ "product": product })))?;
    let outcome = text(&trial, "outcome");
    if api.json {
        output::fields(true, &trial)?;
    }
    if outcome != "ok" {
        return Err(Failure::new(NOT_OK, format!("{supplier}: {outcome}: {}", text(&trial, "advice"))));
    }
    if api.json {
        return Ok(());
    }
    let funds = serde_json::from_value::<Money>(trial["funds"].clone());
    let funds = funds.map_or_else(|_| String::new(), |funds| format!("; {funds} are left on the account"));
    output::print(&format!("{supplier}: ok after {} ms{funds}", trial["took_ms"]))
}
