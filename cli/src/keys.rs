//! `moments keys`: minting, listing, rotating and revoking API keys. The first one is `bootstrap`'s business.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::{bootstrap, output};

/// API keys: mint, list, rotate, revoke, and the first one of a deployed system.
#[derive(Args)]
pub(crate) struct Keys {
    #[command(flatten)]
    connection: Connection,
    /// The app whose keys these are.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Mint the first admin key of a deployed system, which administers every app, or revoke it. It is shown this once.
    Bootstrap(bootstrap::Arguments),
    /// Mint a key. It is shown this once.
    #[command(after_help = "Examples:
  moments keys mint --app shop                  a live key for the app's servers
  moments keys mint --app shop --mode test      one that consumes nothing
  moments keys mint --app shop --scope admin    one that administers this app
  moments keys mint --app shop --scope partner --partner acme
                                                one that claims and ships orders as acme, and nothing else")]
    Mint {
        /// What it may do.
        #[arg(long, value_enum, default_value = "app")]
        scope: Scope,
        /// Whether what it does is real.
        #[arg(long, value_enum, default_value = "live")]
        mode: Mode,
        /// Whose it is, of scope partner.
        #[arg(long, value_name = "ID", required_if_eq("scope", "partner"))]
        partner: Option<String>,
    },
    /// List an app's keys, never their secrets.
    #[command(after_help = "Example:\n  moments keys list --app shop")]
    List,
    /// Mint a key in another's place, which goes on working for a while.
    #[command(after_help = "Examples:
  moments keys rotate --app shop key_7cZzQ1                  the old one works for another day
  moments keys rotate --app shop key_7cZzQ1 --overlap 3600   … for an hour
  moments keys rotate --app shop key_7cZzQ1 --overlap 0      … no more: it was leaked")]
    Rotate {
        /// The old key's public name.
        key_id: String,
        /// Seconds that the old key goes on working.
        #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
        overlap: u32,
    },
    /// Revoke a key: within 60 seconds nothing accepts it any more.
    #[command(after_help = "Example:\n  moments keys revoke --app shop key_7cZzQ1")]
    Revoke {
        /// The key's public name.
        key_id: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    App,
    Admin,
    Partner,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Live,
    Test,
}

pub(crate) async fn run(Keys { connection, app, command }: Keys) -> Result<(), Failure> {
    if let Command::Bootstrap(arguments) = command {
        return bootstrap::run(arguments, &connection).await;
    }
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/keys", in_path(&crate::needed_app(app)?));
    match command {
        Command::Mint { scope, mode, partner } => {
            let scope = match scope {
                Scope::App => "app",
                Scope::Admin => "admin",
                Scope::Partner => "partner",
            };
            let mode = if matches!(mode, Mode::Live) { "live" } else { "test" };
            let key = json!({ "scope": scope, "mode": mode, "partner": partner });
            let minted = api.call(&Call::new("POST", path).body(key).once())?;
            output::fields(connection.json, &minted)
        }
        Command::List => {
            let columns = [
                ("KEY", "/key_id"),
                ("SCOPE", "/scope"),
                ("MODE", "/mode"),
                ("PARTNER", "/partner"),
                ("CREATED", "/created_at"),
                ("ENDS", "/expires_at"),
            ];
            output::entries(connection.json, &api.list(&path)?, &columns)
        }
        Command::Rotate { key_id, overlap } => {
            let rotate = Call::new("POST", format!("{path}/{}/rotate", in_path(&key_id)));
            output::fields(connection.json, &api.call(&rotate.body(json!({ "overlap_seconds": overlap })).once())?)
        }
        Command::Revoke { key_id } => {
            api.call(&Call::new("DELETE", format!("{path}/{}", in_path(&key_id))))?;
            crate::done(connection.json, &format!("{key_id} is revoked."))
        }
        Command::Bootstrap(_) => Ok(()),
    }
}
