//! `moments rewards`: looks up rewards, reviews them, takes them back and replaces them.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::{Api, Call, Failure, Needs, OnApp, in_path};
use crate::output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show a reward's user, state and history.
    #[command(after_help = "Example:\n  moments rewards get shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw")]
    Get {
        /// The reward's id, as in its link.
        reward: String,
    },
    /// List the latest rewards of a campaign. `moments report rewards` writes all of them to a file.
    #[command(after_help = "Example:\n  moments rewards list spring --app shop --limit 20")]
    List {
        /// The campaign's id.
        campaign: String,
        /// Rewards to show.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// List the rewards that a campaign holds for review, oldest first.
    #[command(after_help = "Example:\n  moments rewards reviews spring --app shop")]
    Reviews {
        /// The campaign's id.
        campaign: String,
    },
    /// Release a reward that is held for review. Its user gets a message.
    #[command(after_help = "Example:
  moments rewards release shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw \\
      --reason 'The device is known.'")]
    Release {
        /// The reward's id.
        reward: String,
        /// The reason, for the reward's history.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take a reward back. Its money returns unless it was redeemed, its URL unless somebody has seen it.
    #[command(after_help = "Example:
  moments rewards void shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw \\
      --reason fraud --note 'three accounts, one phone'")]
    Void(Voided),
    /// Take a reward back and issue another one. Its user gets a message.
    #[command(after_help = "Examples:
  moments rewards replace shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw \\
      --reason error --note 'the till refused it'
  moments rewards replace shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw \\
      --reason error --group voucher")]
    Replace {
        #[command(flatten)]
        voided: Voided,
        /// The reward group of the new reward. Without it, the old one's.
        #[arg(long)]
        group: Option<String>,
    },
}

/// The reward to take back, and the reason.
#[derive(Args)]
pub(crate) struct Voided {
    /// The reward's id.
    reward: String,
    /// The kind of reason.
    #[arg(long, value_parser = ["fraud", "error"])]
    reason: String,
    /// Details, for the reward's history.
    #[arg(long)]
    note: Option<String>,
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let api = Api::new(&connection.connection, Needs::Admin)?;
    let path = |reward: &str| format!("/v1/rewards/{}", in_path(reward));
    match command {
        Command::Get { reward } => api.show(&Call::get(path(&reward))),
        Command::List { campaign, limit } => {
            let (api, app) = connection.open()?;
            let path = format!("{app}/campaigns/{}/rewards?limit={limit}", in_path(&campaign));
            let page = api.call(&Call::get(path))?;
            output::entries(
                api.json,
                output::list(&page, "data"),
                "REWARD reward_id, USER user_id, MOMENT moment_id, GROUP reward_group_id, STATE state, COST cost, EARNED earned_at",
            )
        }
        Command::Reviews { campaign } => {
            let (api, app) = connection.open()?;
            api.show_list(
                &format!("{app}/campaigns/{}/reviews", in_path(&campaign)),
                "REWARD reward_id, USER user_id, MOMENT moment_id, GROUP reward_group_id, COST cost, EARNED earned_at",
            )
        }
        Command::Release { reward, reason } => {
            let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
            api.show(&Call::post(format!("{}/release", path(&reward)), body))
        }
        Command::Void(Voided { reward, reason, note }) => {
            api.show(&Call::post(format!("{}/void", path(&reward)), json!({ "reason": reason, "note": note })))
        }
        Command::Replace { voided: Voided { reward, reason, note }, group } => {
            let body = json!({ "reason": reason, "note": note, "reward_group_id": group });
            let replaced = api.call(&Call::post(format!("{}/replace", path(&reward)), body))?;
            if api.json {
                return output::fields(true, &replaced);
            }
            if replaced["reward"].is_object() {
                return output::fields(false, &replaced["reward"]);
            }
            let why = replaced["reasons"][0].as_str().unwrap_or("there is nothing to give");
            let text = format!("{reward} is voided, and has no replacement yet: {why}; repeat this once there is");
            Err(Failure::new(6, text))
        }
    }
}
