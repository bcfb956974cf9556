//! `moments leaderboard`: the board of a competition, once or again and again.

use clap::Args;
use serde_json::Value;

use crate::api::{Api, Call, Connection, Failure, Needs, in_path};
use crate::output::{self, Watch};

/// Show the board of a competition. Needs a key of scope app, or with `--app` the key of an admin or of a person.
#[derive(Args)]
#[command(after_help = "Examples:
  moments leaderboard race
  moments leaderboard race --around ada --limit 5
  moments leaderboard race --window 2026-11-30 --watch
  # with an admin's or a person's key
  moments leaderboard race --app shop")]
pub(crate) struct Leaderboard {
    #[command(flatten)]
    connection: Connection,
    /// The campaign's id.
    campaign: String,
    /// Look as an admin of this app.
    #[arg(long)]
    app: Option<String>,
    /// The window: `campaign`, or the first day of a week or a day. The current one by default.
    #[arg(long)]
    window: Option<String>,
    /// Show the rows around this user.
    #[arg(long)]
    around: Option<String>,
    /// Rows to show.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    #[command(flatten)]
    watch: Watch,
}

impl Leaderboard {
    fn path(&self) -> String {
        let query = [("window", &self.window), ("around", &self.around)];
        let named = query.iter().filter_map(|(name, value)| Some(format!("&{name}={}", in_path(value.as_deref()?))));
        let of = self.app.as_ref().map(|app| format!("/apps/{}", in_path(app))).unwrap_or_default();
        format!(
            "/v1{of}/campaigns/{}/leaderboard?limit={}{}",
            in_path(&self.campaign),
            self.limit,
            named.collect::<String>()
        )
    }
}

pub(crate) fn run(command: Leaderboard) -> Result<(), Failure> {
    let api = Api::new(&command.connection, if command.app.is_some() { Needs::Admin } else { Needs::App })?;
    command.watch.show(&api, &Call::get(command.path()), |board| show(api.json, board))
}

fn show(as_json: bool, board: &Value) -> Result<(), Failure> {
    if as_json {
        return output::print(&board.to_string());
    }
    let exact = if board["exact"].as_bool() == Some(true) { "" } else { ", counted from marks" };
    output::print(&format!(
        "Window {}, {}, {} players, as of {}{exact}",
        output::text(board, "window"),
        output::text(board, "state"),
        output::number(board, "of"),
        output::text(board, "as_of"),
    ))?;
    let mut rows = output::list(board, "data").to_vec();
    for row in rows.iter_mut().filter(|row| row["hidden"].as_bool() == Some(true)) {
        row["user_id"] = Value::from("(hidden)");
    }
    output::entries(false, &rows, "RANK rank, USER user_id, SCORE score, REACHED reached_at")?;
    match (&board["user"], board["user"]["rank"].as_u64()) {
        (Value::Null, _) | (_, Some(_)) => Ok(()),
        (user, None) => output::print(&format!("{} has no rank here.", output::text(user, "user_id"))),
    }
}
