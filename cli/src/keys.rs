//! `moments keys`: mints, lists, rotates and revokes API keys. `bootstrap` mints the first one.

use clap::Subcommand;
use serde_json::json;

use crate::api::{Call, Failure, OnApp, in_path};
use crate::bootstrap;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Mint the first admin key of a deployed system, for all apps, or revoke it. The key is shown only now.
    Bootstrap(bootstrap::Arguments),
    /// Mint a key. It is shown only now.
    #[command(after_help = "Examples:
  # a live key for the app's servers
  moments keys mint --app shop
  # one that consumes nothing
  moments keys mint --app shop --mode test
  # one that administers this app
  moments keys mint --app shop --scope admin
  # one that claims and ships orders as acme, and nothing else
  moments keys mint --app shop --scope partner --partner acme")]
    Mint {
        /// What the key may do.
        #[arg(long, value_parser = ["app", "admin", "partner"], default_value = "app")]
        scope: String,
        /// A test key consumes nothing.
        #[arg(long, value_parser = ["live", "test"], default_value = "live")]
        mode: String,
        /// The partner of a key with scope partner.
        #[arg(long, value_name = "ID", required_if_eq("scope", "partner"))]
        partner: Option<String>,
    },
    /// List an app's keys, without their secrets.
    #[command(after_help = "Example:\n  moments keys list --app shop")]
    List,
    /// Replace a key by a new one. The old key keeps working for a while.
    #[command(after_help = "Examples:
  # the old one works for another day
  moments keys rotate --app shop key_7cZzQ1
  # … for an hour
  moments keys rotate --app shop key_7cZzQ1 --overlap 3600
  # … no longer: it was leaked
  moments keys rotate --app shop key_7cZzQ1 --overlap 0")]
    Rotate {
        /// The old key's public name.
        key_id: String,
        /// Seconds that the old key keeps working.
        #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
        overlap: u32,
    },
    /// Revoke a key. It stops working within 60 seconds.
    #[command(after_help = "Example:\n  moments keys revoke --app shop key_7cZzQ1")]
    Revoke {
        /// The key's public name.
        key_id: String,
    },
}

pub(crate) async fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    if let Command::Bootstrap(arguments) = command {
        return bootstrap::run(arguments, &connection.connection).await;
    }
    let (api, app) = connection.open()?;
    let path = format!("{app}/keys");
    match command {
        Command::Mint { scope, mode, partner } => {
            api.show(&Call::post(path, json!({ "scope": scope, "mode": mode, "partner": partner })).once())
        }
        Command::List => api.show_list(
            &path,
            "KEY key_id, SCOPE scope, MODE mode, PARTNER partner, CREATED created_at, ENDS expires_at",
        ),
        Command::Rotate { key_id, overlap } => {
            let path = format!("{path}/{}/rotate", in_path(&key_id));
            api.show(&Call::post(path, json!({ "overlap_seconds": overlap })).once())
        }
        Command::Revoke { key_id } => {
            api.call(&Call::delete(format!("{path}/{}", in_path(&key_id))))?;
            api.done(&format!("{key_id} is revoked."))
        }
        Command::Bootstrap(_) => Ok(()),
    }
}
