//! `moments brackets`: the players of a bracket, its start and end, and its results. `show` draws it as a tree.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, Needs, OnApp, in_path};
use crate::files;
use crate::output::{self, list, number, text};

/// The width of a drawing.
const COLUMNS: usize = 80;

/// The most players, with byes, that are drawn as a tree. Of a larger bracket, the rounds are listed.
const DRAWN: usize = 64;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Draw a bracket as a tree; of more than 64 players, list its rounds. Needs a key of scope app.
    #[command(after_help = "Examples:
  moments brackets show cup
  moments brackets show cup --json | jq '.entrants[] | {user_id, place}'")]
    Show {
        /// The campaign.
        campaign: String,
    },
    /// Set the players of a bracket that has not started, the best seed first.
    #[command(after_help = "Examples:
  moments brackets put cup ada bob cleo dan --third-place --app shop
  # a user on each line
  moments brackets put cup --file seeds.txt --app shop
  # the best 16 of a counted board
  moments brackets put cup --from-board campaign --size 16 --app shop")]
    Put {
        /// The campaign.
        campaign: String,
        /// The users.
        #[arg(conflicts_with_all = ["file", "from_board"])]
        users: Vec<String>,
        /// A file with a user on each line; - is standard input.
        #[arg(long, conflicts_with = "from_board")]
        file: Option<String>,
        /// The window of a board whose places are counted: campaign, or its first day.
        #[arg(long, value_name = "WINDOW", requires = "size")]
        from_board: Option<String>,
        /// How many users of the board play.
        #[arg(long, value_name = "N", requires = "from_board")]
        size: Option<u16>,
        /// Let the losers of the semi-finals play for the third place.
        #[arg(long)]
        third_place: bool,
    },
    /// Fix the players of a bracket, and take results from then on.
    #[command(after_help = "Example:\n  moments brackets start cup --app shop")]
    Start {
        /// The campaign.
        campaign: String,
    },
    /// Report or correct the result of a match. Needs a key of scope app.
    #[command(after_help = "Examples:
  moments brackets result cup 1 3 --winner bob
  # the opponent goes on
  moments brackets result cup 1 4 --no-show cleo
  # nobody goes on
  moments brackets result cup 1 4 --no-show cleo --no-show dan")]
    Result {
        /// The campaign.
        campaign: String,
        /// The round, from 1.
        round: u8,
        /// The number of the match in its round, from 1.
        number: u16,
        /// The user who won.
        #[arg(long, value_name = "USER", required_unless_present = "no_show", conflicts_with = "no_show")]
        winner: Option<String>,
        /// A user who did not appear.
        #[arg(long, value_name = "USER")]
        no_show: Vec<String>,
    },
    /// End the time for corrections, and give the prizes by the places.
    #[command(after_help = "Example:\n  moments brackets finish cup --app shop")]
    Finish {
        /// The campaign.
        campaign: String,
    },
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let of_app = |campaign: &str| format!("/v1/campaigns/{}/bracket", in_path(campaign));
    let of_admin = |campaign: &str| -> Result<(Api, String), Failure> {
        let (api, app) = connection.open()?;
        Ok((api, format!("{app}/campaigns/{}/bracket", in_path(campaign))))
    };
    match &command {
        Command::Show { campaign } => {
            show(&Api::new(&connection.connection, Needs::App)?, &Call::get(of_app(campaign)))
        }
        Command::Put { campaign, users, file, from_board, size, third_place } => {
            let (api, path) = of_admin(campaign)?;
            let mut body = json!({ "third_place": third_place });
            match from_board {
                Some(window) => body["from_board"] = json!({ "window": window, "size": size }),
                None => body["entrants"] = json!(entrants(users, file.as_deref())?),
            }
            show(&api, &Call::put(path, body))
        }
        Command::Start { campaign } => {
            let (api, path) = of_admin(campaign)?;
            show(&api, &Call::post(format!("{path}/start"), Value::Null))
        }
        Command::Finish { campaign } => {
            let (api, path) = of_admin(campaign)?;
            show(&api, &Call::post(format!("{path}/finish"), Value::Null))
        }
        Command::Result { campaign, round, number, winner, no_show } => {
            let api = Api::new(&connection.connection, Needs::App)?;
            let path = format!("{}/matches/{round}/{number}", of_app(campaign));
            let body = match winner {
                Some(winner) => json!({ "winner": winner }),
                None => json!({ "no_show": no_show }),
            };
            let of = api.call(&Call::post(path, body))?;
            if api.json { output::fields(true, &of) } else { output::print(&line(&of)) }
        }
    }
}

fn entrants(users: &[String], file: Option<&str>) -> Result<Vec<String>, Failure> {
    let Some(file) = file else { return Ok(users.to_vec()) };
    let text = files::read_text(file)?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn show(api: &Api, call: &Call) -> Result<(), Failure> {
    let bracket = api.call(call)?;
    if api.json {
        return output::fields(true, &bracket);
    }
    output::print(&drawing(&bracket))
}

/// Draws a bracket, with its state above and what the tree cannot show below.
fn drawing(bracket: &Value) -> String {
    let rounds = list(bracket, "rounds");
    let size = rounds.first().map_or(0, |first| 2 * list(first, "matches").len());
    let mut text = format!("{}: {}", text(bracket, "campaign_id"), text(bracket, "state"));
    if size <= DRAWN {
        text += &format!("\n\n{}", tree(rounds, size));
        let all = rounds.iter().flat_map(|round| list(round, "matches"));
        for third in all.filter(|of| of["third_place"] == true) {
            text += &format!("\n\nthird place: {}", line(third));
        }
    } else {
        for round in rounds {
            text += &format!("\n\nround {}", number(round, "round"));
            for of in list(round, "matches") {
                text += &format!("\n  {}", line(of));
            }
        }
    }
    text
}

/// Returns a match in one line.
fn line(of: &Value) -> String {
    let players: Vec<String> = list(of, "players").iter().map(name).collect();
    let goes_on = list(of, "players").iter().find(|player| !player["seed"].is_null() && player["seed"] == of["winner"]);
    let goes_on = goes_on.map(|player| format!(", {} goes on", name(player))).unwrap_or_default();
    let (round, number, state) = (number(of, "round"), number(of, "number"), text(of, "state").replace('_', " "));
    format!("{round}/{number}: {}, {state}{goes_on}", players.join(" – "))
}

/// The name on a side of a match.
fn name(player: &Value) -> String {
    match (text(player, "seat"), player["user_id"].as_str()) {
        ("player", Some(user)) => user.to_owned(),
        ("player", None) => "(erased)".to_owned(),
        ("nobody", _) => "–".to_owned(),
        _ => "…".to_owned(),
    }
}

/// Draws the rounds from left to right, and who won at the end.
fn tree(rounds: &[Value], size: usize) -> String {
    let sides = |round: &Value| {
        let matches = list(round, "matches").iter().filter(|of| of["third_place"] != true);
        matches.flat_map(|of| list(of, "players")).map(name).collect::<Vec<String>>()
    };
    let mut names: Vec<Vec<String>> = rounds.iter().map(sides).collect();
    let last = rounds.last().and_then(|last| list(last, "matches").first());
    let champion = last.and_then(|of| list(of, "players").iter().find(|player| player["seed"] == of["winner"]));
    names.push(vec![champion.filter(|player| !player["seed"].is_null()).map_or_else(|| "…".to_owned(), name)]);
    // A column has a space, a name, a space or line, and the connection to the next column.
    let widest = names.iter().flatten().map(|name| name.chars().count()).max().unwrap_or(1);
    let width = widest.min((COLUMNS / names.len().max(1)).saturating_sub(3)).max(1);
    let mut lines = vec![String::new(); (2 * size).saturating_sub(1)];
    for (column, names) in names.iter().enumerate() {
        let is_last = names.len() == 1;
        // The first side of this column stands in line `first`, the next one `step` lines below.
        let (first, step) = ((1 << column) - 1, 2 << column);
        for (row, line) in lines.iter_mut().enumerate() {
            let side = row.checked_sub(first).filter(|below| below % step == 0).map(|below| below / step);
            match side.and_then(|side| Some((side, names.get(side)?))) {
                Some((_, name)) if is_last => *line += &format!(" {}", short(name, width)),
                Some((side, name)) => {
                    let name = short(name, width);
                    let rest = "─".repeat(width - name.chars().count());
                    *line += &format!(" {name} {rest}{}", if side % 2 == 0 { '┐' } else { '┘' });
                }
                None => {
                    // Between the two sides of a match runs a line down to where its winner stands.
                    let within = row.checked_sub(first).is_some_and(|below| below % (2 * step) < step);
                    let end = if within && !is_last { '│' } else { ' ' };
                    *line += &format!("{}{end}", " ".repeat(width + 2));
                }
            }
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

/// Cuts a name to a width, with an ellipsis.
fn short(name: &str, width: usize) -> String {
    if name.chars().count() <= width {
        return name.to_owned();
    }
    name.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(seed: u64, user: &str) -> Value {
        json!({"seat": "player", "seed": seed, "user_id": user})
    }

    fn of(round: u64, number: u64, players: [Value; 2], winner: Option<u64>) -> Value {
        json!({"round": round, "number": number, "third_place": false,
            "state": if winner.is_some() { "played" } else { "ready" }, "players": players, "winner": winner, "no_show": []})
    }

    #[test]
    fn a_bracket_is_drawn_as_a_tree() {
        let (ada, bob, dan) = (player(1, "ada"), player(2, "bob"), player(4, "dan"));
        let erased = json!({"seat": "player", "seed": 3, "user_id": null});
        let mut third = of(2, 2, [dan.clone(), erased.clone()], None);
        third["third_place"] = json!(true);
        let bracket = json!({"campaign_id": "cup", "state": "started", "rounds": [
            {"round": 1, "matches": [
                of(1, 1, [ada.clone(), dan], Some(1)), of(1, 2, [bob.clone(), erased], Some(2)),
            ]},
            {"round": 2, "matches": [of(2, 1, [ada, bob], Some(2)), third]},
        ]});
        let expected = "cup: started

 ada ─────┐
          │ ada ─────┐
 dan ─────┘          │
                     │ bob
 bob ─────┐          │
          │ bob ─────┘
 (erased) ┘

third place: 2/2: dan – (erased), ready";
        assert_eq!(drawing(&bracket), expected);
    }

    #[test]
    fn a_drawing_of_64_players_fits_into_80_columns() {
        let round = |round: u64| {
            let sides = |n: u64| [player(n, &"x".repeat(40)), player(n + 64, "y")];
            json!({"round": round, "matches": (1..=(64 >> round)).map(|n| of(round, n, sides(n), None)).collect::<Vec<_>>()})
        };
        let bracket =
            json!({"campaign_id": "cup", "state": "started", "rounds": (1..=6).map(round).collect::<Vec<_>>()});
        let drawn = drawing(&bracket);
        assert!(drawn.lines().all(|line| line.chars().count() <= COLUMNS), "{drawn}");
        assert_eq!(drawn.lines().count(), 2 + 127);
    }
}
