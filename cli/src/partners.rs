//! `moments partners`: merchants who confirm redemptions, and their signing secrets.

use clap::Subcommand;
use serde_json::json;

use crate::api::{Call, Failure, OnApp, in_path};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List an app's partners, without their secrets.
    #[command(after_help = "Example:\n  moments partners list --app shop")]
    List,
    /// Create a partner, or rename it. The secret of a new partner is shown only now.
    #[command(after_help = "Example:\n  moments partners put acme --name 'Acme Stores' --app shop")]
    Put {
        /// The partner's id.
        partner: String,
        /// A name for people.
        #[arg(long)]
        name: String,
    },
    /// Give a partner a new secret. It is shown only now. Signatures with the old secret stay valid for a while.
    #[command(after_help = "Examples:
  # the old one is valid for another day
  moments partners rotate acme --app shop
  # … no longer: it was leaked
  moments partners rotate acme --overlap 0 --app shop")]
    Rotate {
        /// The partner's id.
        partner: String,
        /// Seconds that the old secret stays valid.
        #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
        overlap: u32,
    },
    /// Delete a partner. Its signatures are no longer valid.
    #[command(after_help = "Example:\n  moments partners delete acme --app shop")]
    Delete {
        /// The partner's id.
        partner: String,
    },
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/partners");
    let one = |partner: &str| format!("{path}/{}", in_path(partner));
    match command {
        Command::List => api.show_list(
            &path,
            "PARTNER partner_id, NAME name, MADE created_at, OLD SECRET UNTIL previous_secret_until, VERSION version",
        ),
        // A second call would not show the secret that the first one made.
        Command::Put { partner, name } => api.show(&Call::put(one(&partner), json!({ "name": name })).once()),
        Command::Rotate { partner, overlap } => {
            let path = format!("{}/rotate", one(&partner));
            api.show(&Call::post(path, json!({ "overlap_seconds": overlap })).once())
        }
        Command::Delete { partner } => {
            api.call(&Call::delete(one(&partner)))?;
            api.done(&format!("{partner} is deleted."))
        }
    }
}
