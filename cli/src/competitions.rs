//! `moments competitions`: how a competition is settled, and decisions about competitors.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::output;

const PLACES: &str =
    "RANK rank, USER user_id, SCORE score, REACHED reached_at, PRIZE reward_group_id, OUTCOME outcome, REASON reason";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Settle a board that has ended, or show what settling it would give.
    #[command(after_help = "Examples:
  moments competitions settle race --dry-run
  moments competitions settle race --window 2026-11-30")]
    Settle {
        #[command(flatten)]
        board: Board,
        /// Change nothing: show winners, cost, shortages and ties. Works at any time.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show how the settlement of a board stands, with every place.
    #[command(after_help = "Examples:
  moments competitions show race
  moments competitions show race --window 2026-11-30 --json > audit.json")]
    Show(Board),
    /// Let a counted board give its prizes. Binds the version that `show` printed.
    #[command(after_help = "Examples:
  moments competitions approve race --version 22
  moments competitions approve race --version 22 --decide earliest")]
    Approve {
        #[command(flatten)]
        board: Board,
        /// The version of the settlement that you have seen.
        #[arg(long)]
        version: u64,
        /// How to decide a tie over the edge of a prize: the first to reach the score win it.
        #[arg(long, value_parser = ["earliest"])]
        decide: Option<String>,
    },
    /// Take a user's rank away, with a reason for the audit. The places close up.
    #[command(after_help = "Example:
  moments competitions disqualify race mallory \\
      --reason 'plays with a modified client'")]
    Disqualify {
        #[command(flatten)]
        competitor: Competitor,
        /// The reason, for the audit.
        #[arg(long)]
        reason: String,
    },
    /// Show a user's rank without the user.
    #[command(after_help = "Example:\n  moments competitions hide race ada")]
    Hide(Competitor),
    /// Take back a decision about a user.
    #[command(after_help = "Example:\n  moments competitions clear race ada")]
    Clear(Competitor),
}

/// A board of a competition.
#[derive(Args)]
pub(crate) struct Board {
    /// The campaign's id.
    campaign: String,
    /// The window: the first day of a week or a day. A competition with one board needs none.
    #[arg(long)]
    window: Option<String>,
}

/// A user in a competition.
#[derive(Args)]
pub(crate) struct Competitor {
    /// The campaign's id.
    campaign: String,
    /// The app's own id of the user.
    user: String,
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let campaign = |id: &str| format!("{app}/campaigns/{}", in_path(id));
    let competitor = |of: &Competitor| format!("{}/competitors/{}", campaign(&of.campaign), in_path(&of.user));
    match command {
        Command::Settle { board, dry_run: true } | Command::Show(board) => {
            show(&api, &campaign(&board.campaign), &board)
        }
        Command::Settle { board, dry_run: false } => {
            let path = format!("{}/settlement/settle", campaign(&board.campaign));
            api.call(&Call::post(path, json!({ "window": board.window })))?;
            api.done("The board is being settled; `moments competitions show` says how far it is.")
        }
        Command::Approve { board, version, decide } => {
            let path = format!("{}/settlement/approve", campaign(&board.campaign));
            let body = json!({ "window": board.window, "version": version, "decide": decide });
            let approved = api.call(&Call::post(path, body))?;
            summary(api.json, &approved)
        }
        Command::Disqualify { competitor: of, reason } => {
            api.show(&Call::put(competitor(&of), json!({ "disqualified": { "reason": reason } })))
        }
        Command::Hide(of) => api.show(&Call::put(competitor(&of), json!({ "hidden": true }))),
        Command::Clear(of) => {
            api.call(&Call::delete(competitor(&of)))?;
            api.done(&format!("Nothing is decided about {} any more.", of.user))
        }
    }
}

/// Shows the summary and every place, page by page.
fn show(api: &Api, campaign: &str, board: &Board) -> Result<(), Failure> {
    let window = board.window.as_deref().map_or_else(String::new, |window| format!("&window={}", in_path(window)));
    let path = format!("{campaign}/settlement?limit=100{window}");
    let mut whole = api.call(&Call::get(&path))?;
    while let Some(cursor) = whole["cursor"].as_str().map(str::to_owned) {
        let mut page = api.call(&Call::get(format!("{path}&cursor={}", in_path(&cursor))))?;
        whole["cursor"] = page["cursor"].take();
        if let (Some(all), Some(more)) = (whole["data"].as_array_mut(), page["data"].as_array_mut()) {
            all.append(more);
        }
    }
    if api.json {
        return output::print(&whole.to_string());
    }
    summary(false, &whole)?;
    for user in output::list(&whole, "disqualified") {
        output::print(&format!("Disqualified: {}, {}", output::text(user, "user_id"), output::text(user, "reason")))?;
    }
    output::entries(false, output::list(&whole, "data"), PLACES)
}

fn summary(as_json: bool, settlement: &Value) -> Result<(), Failure> {
    if as_json {
        return output::print(&settlement.to_string());
    }
    output::print(&format!(
        "Window {}, {}, {} players, version {}",
        output::text(settlement, "window"),
        output::text(settlement, "state"),
        output::number(settlement, "players"),
        output::number(settlement, "version"),
    ))?;
    let shown = ["freezes_at", "cost", "budget_left", "short_of_budget", "short_of_stock", "needs_decision"];
    let fields: serde_json::Map<String, Value> =
        shown.iter().map(|name| ((*name).to_owned(), settlement[*name].clone())).collect();
    output::fields(false, &Value::Object(fields))?;
    output::entries(
        false,
        output::list(settlement, "prizes"),
        "PRIZE reward_group_id, RANKS ranks, PERCENT percent, WINNERS winners, GIVEN given, COST cost",
    )
}
