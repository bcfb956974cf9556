//! `moments partners`: merchants who confirm that rewards were used, and the secrets that they sign with.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Partners, who confirm redemptions: put, list, rotate, delete.
#[derive(Args)]
pub(crate) struct Partners {
    #[command(flatten)]
    connection: Connection,
    /// The app whose partners these are.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List an app's partners, never their secrets.
    #[command(after_help = "Example:\n  moments partners list --app shop")]
    List,
    /// Make a partner, whose secret is shown this once; or rename it.
    #[command(after_help = "Example:\n  moments partners put acme --name 'Acme Stores' --app shop")]
    Put {
        /// The partner's id.
        partner: String,
        /// What it is called.
        #[arg(long)]
        name: String,
    },
    /// Give a partner a new secret, which is shown this once. For a while what is signed with the old one holds, too.
    #[command(after_help = "Examples:
  moments partners rotate acme --app shop               the old one holds for another day
  moments partners rotate acme --overlap 0 --app shop   … no more: it was leaked")]
    Rotate {
        /// The partner's id.
        partner: String,
        /// Seconds that the old secret goes on holding.
        #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
        overlap: u32,
    },
    /// Delete a partner: what it signs holds no longer.
    #[command(after_help = "Example:\n  moments partners delete acme --app shop")]
    Delete {
        /// The partner's id.
        partner: String,
    },
}

pub(crate) fn run(Partners { connection, app, command }: Partners) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/partners", in_path(&crate::needed_app(app)?));
    let one = |partner: &str| format!("{path}/{}", in_path(partner));
    match command {
        Command::List => {
            let columns = [
                ("PARTNER", "/partner_id"),
                ("NAME", "/name"),
                ("MADE", "/created_at"),
                ("OLD SECRET UNTIL", "/previous_secret_until"),
                ("VERSION", "/version"),
            ];
            output::entries(connection.json, &api.list(&path)?, &columns)
        }
        Command::Put { partner, name } => {
            // A second call would not show the secret that the first one made.
            let put = Call::new("PUT", one(&partner)).body(json!({ "name": name })).once();
            output::fields(connection.json, &api.call(&put)?)
        }
        Command::Rotate { partner, overlap } => {
            let rotate = Call::new("POST", format!("{}/rotate", one(&partner)));
            output::fields(connection.json, &api.call(&rotate.body(json!({ "overlap_seconds": overlap })).once())?)
        }
        Command::Delete { partner } => {
            api.call(&Call::new("DELETE", one(&partner)))?;
            crate::done(connection.json, &format!("{partner} is deleted."))
        }
    }
}
