//! `moments users` and `moments rewards`: what support and privacy requests need.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Users of an app: get, rewards, timeline, export, erase. Needs a key of scope app.
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
    /// Everything that happened to a user, in order and with the reasons.
    #[command(after_help = "Examples:\n  moments users timeline ada\n  moments users timeline ada --newest-first")]
    Timeline {
        /// The app's own id of the user.
        user: String,
        /// The newest first.
        #[arg(long)]
        newest_first: bool,
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
        UserCommand::Timeline { user, newest_first } => {
            let order = if newest_first { "desc" } else { "asc" };
            let columns = [
                ("WHEN", "/at"),
                ("CAMPAIGN", "/campaign_id"),
                ("MOMENT", "/moment_id"),
                ("DEVICE", "/device_id"),
                ("WHAT", "/text"),
                ("BY", "/by"),
            ];
            let entries = api.list(&format!("{}/timeline?order={order}", path(&user)))?;
            output::entries(connection.json, &entries, &columns)
        }
        UserCommand::Export { user } => {
            let export = export(&api, &path(&user))?;
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

/// Everything that is stored about a user, of however many pages that is.
fn export(api: &Api, path: &str) -> Result<serde_json::Value, Failure> {
    let mut whole = api.call(&Call::new("GET", format!("{path}/export")))?;
    while let Some(cursor) = whole["cursor"].as_str().map(str::to_owned) {
        let mut page = api.call(&Call::new("GET", format!("{path}/export?cursor={cursor}")))?;
        whole["cursor"] = page["cursor"].take();
        for (name, more) in page.as_object_mut().into_iter().flatten() {
            if let (Some(all), Some(more)) = (whole[name.as_str()].as_array_mut(), more.as_array_mut()) {
                all.append(more);
            }
        }
    }
    Ok(whole)
}

/// Rewards: look one up, list what is held for review, release it, take one back, replace one.
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
    /// What a campaign holds until somebody has reviewed it, the oldest first.
    #[command(after_help = "Example:\n  moments rewards reviews spring --app shop")]
    Reviews {
        /// The campaign's id.
        campaign: String,
        /// The app whose campaign it is.
        #[arg(long, env = "MOMENTS_APP")]
        app: Option<String>,
    },
    /// Give a reward that is held for review: its user is told.
    #[command(after_help = "Example:
  moments rewards release shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw --reason 'The device is known.'")]
    Release {
        /// The reward's id.
        reward: String,
        /// Why, for whoever looks it up.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take a reward back: its money goes back unless it was redeemed, its URL unless somebody has seen it.
    #[command(after_help = "Example:
  moments rewards void shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw --reason fraud --note 'three accounts, one phone'")]
    Void {
        #[command(flatten)]
        taking: Taking,
    },
    /// Issue another reward in the place of one, which is taken back: its user is told.
    #[command(after_help = "Examples:
  moments rewards replace shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw --reason error --note 'the till refused it'
  moments rewards replace shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw --reason error --group voucher")]
    Replace {
        #[command(flatten)]
        taking: Taking,
        /// The reward group of the new one; without it, that of the old one.
        #[arg(long)]
        group: Option<String>,
    },
}

/// Which reward is taken back, and why.
#[derive(Args)]
struct Taking {
    /// The reward's id.
    reward: String,
    /// Why.
    #[arg(long, value_parser = ["fraud", "error"])]
    reason: String,
    /// More about it, for whoever looks the reward up.
    #[arg(long)]
    note: Option<String>,
}

pub(crate) fn run_rewards(Rewards { connection, command }: Rewards) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = |reward: &str| format!("/v1/rewards/{}", in_path(reward));
    match command {
        RewardCommand::Get { reward } => output::fields(connection.json, &api.call(&Call::new("GET", path(&reward)))?),
        RewardCommand::Reviews { campaign, app } => {
            let app = crate::needed_app(app)?;
            let held = api.list(&format!("/v1/apps/{}/campaigns/{}/reviews", in_path(&app), in_path(&campaign)))?;
            let columns = [
                ("REWARD", "/reward_id"),
                ("USER", "/user_id"),
                ("MOMENT", "/moment_id"),
                ("GROUP", "/reward_group_id"),
                ("COST", "/cost"),
                ("EARNED", "/earned_at"),
            ];
            output::entries(connection.json, &held, &columns)
        }
        RewardCommand::Release { reward, reason } => {
            let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
            let call = Call::new("POST", format!("{}/release", path(&reward))).body(body);
            output::fields(connection.json, &api.call(&call)?)
        }
        RewardCommand::Void { taking: Taking { reward, reason, note } } => {
            let body = json!({ "reason": reason, "note": note });
            let call = Call::new("POST", format!("{}/void", path(&reward))).body(body);
            output::fields(connection.json, &api.call(&call)?)
        }
        RewardCommand::Replace { taking: Taking { reward, reason, note }, group } => {
            let body = json!({ "reason": reason, "note": note, "reward_group_id": group });
            let replaced = api.call(&Call::new("POST", format!("{}/replace", path(&reward))).body(body))?;
            match (connection.json, replaced["reward"].as_object()) {
                (true, _) => output::fields(true, &replaced),
                (false, Some(_)) => output::fields(false, &replaced["reward"]),
                (false, None) => {
                    let why = replaced["reasons"][0].as_str().unwrap_or("there is nothing to give");
                    Err(Failure::new(
                        6,
                        format!("{reward} is voided, and has no replacement yet: {why}; repeat this once there is"),
                    ))
                }
            }
        }
    }
}
