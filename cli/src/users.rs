//! `moments users` and `moments rewards`: what support and privacy requests need.

use clap::{Args, Subcommand};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Users of an app: show, rewards, export, erase. Needs a key of scope app.
#[derive(Args)]
pub(crate) struct Users {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Show a user's profile and devices.
    #[command(after_help = "Example:\n  moments users get ada")]
    Get {
        /// The app's own id of the user.
        user: String,
    },
    /// List a user's rewards.
    #[command(after_help = "Example:\n  moments users rewards ada")]
    Rewards {
        /// The app's own id of the user.
        user: String,
    },
    /// Everything that is stored about a user, as JSON: also what is secret, because it is the user's own.
    #[command(after_help = "Example:\n  moments users export ada > ada.json")]
    Export {
        /// The app's own id of the user.
        user: String,
    },
    /// Forget a user: figures stay true, and URLs stay used.
    #[command(after_help = "Example:\n  moments users erase ada --yes")]
    Erase {
        /// The app's own id of the user.
        user: String,
        /// Really: it cannot be undone.
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) fn run(Users { connection, command }: Users) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = |user: &str| format!("/v1/users/{}", in_path(user));
    match command {
        UserCommand::Get { user } => output::fields(connection.json, &api.call(&Call::new("GET", path(&user)))?),
        UserCommand::Rewards { user } => {
            let columns = [
                ("REWARD", "/reward_id"),
                ("GROUP", "/reward_group_id"),
                ("STATE", "/state"),
                ("COST", "/cost"),
                ("AWARDED", "/awarded_at"),
                ("EXPIRES", "/expires_at"),
            ];
            output::entries(connection.json, &api.list(&format!("{}/rewards", path(&user)))?, &columns)
        }
        UserCommand::Export { user } => {
            let export = api.call(&Call::new("GET", format!("{}/export", path(&user))))?;
            let text = serde_json::to_string_pretty(&export).map_err(|error| Failure::unexpected(error.to_string()))?;
            output::print(&text)
        }
        UserCommand::Erase { user, yes: true } => {
            api.call(&Call::new("DELETE", path(&user)))?;
            crate::done(connection.json, &format!("{user} is forgotten."))
        }
        UserCommand::Erase { .. } => Err(Failure::new(2, "this cannot be undone; add --yes to do it")),
    }
}

/// Rewards: look one up.
#[derive(Args)]
pub(crate) struct Rewards {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: RewardCommand,
}

#[derive(Subcommand)]
enum RewardCommand {
    /// Who got a reward, when, and what became of it.
    #[command(after_help = "Example:\n  moments rewards get shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw")]
    Get {
        /// The reward's id, as it stands in its link.
        reward: String,
    },
}

pub(crate) fn run_rewards(
    Rewards { connection, command: RewardCommand::Get { reward } }: Rewards,
) -> Result<(), Failure> {
    let found = Api::new(&connection)?.call(&Call::new("GET", format!("/v1/rewards/{}", in_path(&reward))))?;
    output::fields(connection.json, &found)
}
