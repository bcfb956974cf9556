//! `moments users`: support and privacy requests.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, Needs, OnApi, in_path};
use crate::output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show a user's profile and devices.
    #[command(after_help = "Examples:\n  moments users get ada\n  # as support\n  moments users get ada --app shop")]
    Get(User),
    /// List a user's rewards.
    #[command(after_help = "Example:\n  moments users rewards ada")]
    Rewards(User),
    /// Explain what a user can earn, check by check. Counts nothing.
    #[command(
        after_help = "Examples:\n  moments users eligibility ada\n  moments users eligibility ada --campaign spring"
    )]
    Eligibility {
        #[command(flatten)]
        user: User,
        /// Only this campaign.
        #[arg(long)]
        campaign: Option<String>,
        /// Only this moment of it.
        #[arg(long, requires = "campaign")]
        moment: Option<String>,
    },
    /// Show everything that happened to a user, in order and with reasons.
    #[command(after_help = "Examples:\n  moments users timeline ada\n  moments users timeline ada --newest-first")]
    Timeline {
        #[command(flatten)]
        user: User,
        /// Show the newest first.
        #[arg(long)]
        newest_first: bool,
    },
    /// Export all data about a user as JSON. It includes secrets, since they are the user's own.
    #[command(after_help = "Example:\n  moments users export ada > ada.json")]
    Export(User),
    /// Erase a user. Reports stay exact, and used URLs stay used.
    #[command(after_help = "Example:\n  moments users erase ada --yes")]
    Erase {
        #[command(flatten)]
        user: User,
        /// Confirm: this cannot be undone.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct User {
    /// The app's own id of the user.
    user: String,
    /// Look as support of this app, with an admin's or a person's key.
    #[arg(long, value_name = "APP")]
    app: Option<String>,
}

impl User {
    fn path(&self) -> String {
        let of = self.app.as_ref().map(|app| format!("/apps/{}", in_path(app))).unwrap_or_default();
        format!("/v1{of}/users/{}", in_path(&self.user))
    }

    /// Fails with `--app` where only the app's own key serves.
    fn own(&self) -> Result<String, Failure> {
        match &self.app {
            None => Ok(self.path()),
            Some(_) => Err(Failure::new(2, "only the app's own key does this; leave out --app")),
        }
    }
}

impl Command {
    fn user(&self) -> &User {
        match self {
            Self::Get(user) | Self::Rewards(user) | Self::Export(user) => user,
            Self::Eligibility { user, .. } | Self::Timeline { user, .. } | Self::Erase { user, .. } => user,
        }
    }
}

pub(crate) fn run(OnApi { connection, command }: OnApi<Command>) -> Result<(), Failure> {
    let needs = if command.user().app.is_some() { Needs::Admin } else { Needs::App };
    let api = Api::new(&connection, needs)?;
    match command {
        Command::Get(user) => api.show(&Call::get(user.path())).map_err(|failure| match failure.code {
            5 => {
                let name = &user.user;
                let text = format!(
                    "{name} has no profile and no device; what else is known shows moments users timeline {name}, and \
                     moments users rewards {name}"
                );
                Failure { text, ..failure }
            }
            _ => failure,
        }),
        Command::Rewards(user) => api.show_list(
            &format!("{}/rewards", user.path()),
            "REWARD reward_id, GROUP reward_group_id, STATE state, COST cost, AWARDED awarded_at, EXPIRES expires_at",
        ),
        Command::Eligibility { user, campaign, moment } => {
            let body = json!({ "user_id": user.user, "campaign_id": campaign, "moment_id": moment });
            let of = user.app.as_ref().map(|app| format!("/apps/{}", in_path(app))).unwrap_or_default();
            let answer = api.call(&Call::post(format!("/v1{of}/eligibility"), body))?;
            if api.json { output::fields(true, &answer) } else { explain(&answer) }
        }
        Command::Timeline { user, newest_first } => {
            let order = if newest_first { "desc" } else { "asc" };
            let columns = "WHEN at, CAMPAIGN campaign_id, MOMENT moment_id, DEVICE device_id, WHAT text, BY by";
            api.show_list(&format!("{}/timeline?order={order}", user.path()), columns)
        }
        Command::Export(user) => {
            let export = export(&api, &user.own()?)?;
            let text = serde_json::to_string_pretty(&export).map_err(|error| Failure::unexpected(error.to_string()))?;
            output::print(&text)
        }
        Command::Erase { user, yes: true } => {
            api.call(&Call::delete(user.own()?))?;
            api.done(&format!("{} is forgotten.", user.user))
        }
        Command::Erase { .. } => Err(Failure::new(2, "this cannot be undone; add --yes to do it")),
    }
}

/// Prints each moment with its checks.
fn explain(answer: &Value) -> Result<(), Failure> {
    let results = output::list(answer, "results");
    if results.is_empty() {
        return output::print("No campaign is approved or live.");
    }
    for result in results {
        let verdict = if result["eligible"] == true { "eligible" } else { "not eligible" };
        let progress = &result["progress"];
        let far = progress["count"].as_u64().map(|count| format!(", {count} of {}", progress["target"]));
        output::print(&format!(
            "{} {}: {verdict}{}",
            output::text(result, "campaign_id"),
            output::text(result, "moment_id"),
            far.unwrap_or_default()
        ))?;
        output::entries(false, output::list(result, "checks"), "CHECK check, PASSED passed, WHY detail")?;
    }
    Ok(())
}

/// Returns all data about a user, merged from all pages.
fn export(api: &Api, path: &str) -> Result<Value, Failure> {
    let mut whole = api.call(&Call::get(format!("{path}/export")))?;
    while let Some(cursor) = whole["cursor"].as_str().map(str::to_owned) {
        let mut page = api.call(&Call::get(format!("{path}/export?cursor={cursor}")))?;
        whole["cursor"] = page["cursor"].take();
        for (name, more) in page.as_object_mut().into_iter().flatten() {
            if let (Some(all), Some(more)) = (whole[name.as_str()].as_array_mut(), more.as_array_mut()) {
                all.append(more);
            }
        }
    }
    Ok(whole)
}
