//! Settlement: freezing, counting, approving and paying boards, whatever crashes and whenever.

mod approving;
mod brackets;
mod counting;
mod paying;
mod results;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, competition, group, set};

/// When the usual race ends, and its board is frozen.
const ENDS: &str = "2027-01-01T00:00:00Z";
const FREEZES: &str = "2027-01-01T00:30:00Z";

/// A live competition `race` with these fields replaced below `competition`, in an app with `urls` gifts.
async fn race_with<'a>(world: &'a World, urls: usize, changes: &[(&str, Value)]) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", urls).await;
    let mut body = competition();
    for (field, value) in changes {
        set(&mut body, &format!("/competition/{field}"), value.clone());
    }
    app.launch("race", body).await;
    app
}

/// As [`race_with`], with ten gifts.
async fn race<'a>(world: &'a World, changes: &[(&str, Value)]) -> App<'a> {
    race_with(world, 10, changes).await
}

/// Reports a lap, a second after the one before. Returns its outcome.
async fn run(app: &App<'_>, user: &str, quantity: u64) -> String {
    app.world.pass(SignedDuration::from_secs(1));
    let event = format!("{user}-{}", app.world.clock.now().as_millisecond());
    let body = json!({"user_id": user, "action": "lap", "event_id": event, "quantity": quantity});
    let answer = app.call("POST", "/v1/moments", body).await.expect(200);
    answer["outcomes"][0]["outcome"].as_str().unwrap().to_owned()
}

/// Fires the schedule and delivers everything to the end.
async fn tick(world: &World) {
    world.local.run_schedule("settle-competition").await.unwrap();
    world.settle().await;
}

/// Goes to the freezing of the race's board, and settles.
async fn end(world: &World) {
    world.set_time(FREEZES);
    tick(world).await;
}

/// The number of a stored attribute.
fn number(value: &Value) -> u64 {
    value["N"].as_str().unwrap().parse().unwrap()
}

/// The board's item.
fn board(world: &World) -> Value {
    let mut boards = world.items_at("BOARDS#");
    assert_eq!(boards.len(), 1, "{boards:?}");
    boards.pop().unwrap()
}

fn state(world: &World) -> String {
    board(world)["board_state"]["S"].as_str().unwrap().to_owned()
}

/// The places as stored: rank, user (empty if erased) and score.
fn places(world: &World) -> Vec<(u64, String, u64)> {
    let mut chunks: Vec<Value> = world.items_at("BOARD#");
    chunks.retain(|item| item["sk"]["S"].as_str().unwrap().starts_with("PLACES#"));
    chunks.sort_by_key(|item| item["sk"]["S"].as_str().unwrap().to_owned());
    let rows = chunks.iter().flat_map(|chunk| chunk["rows"]["L"].as_array().unwrap());
    rows.map(|row| {
        let user = row["M"]["user"]["S"].as_str().unwrap_or_default().to_owned();
        (number(&row["M"]["rank"]), user, number(&row["M"]["score"]))
    })
    .collect()
}

/// The users with a prize, each as often as they have one, in the order of their ids, with its state.
fn prizes(world: &World) -> Vec<(String, String)> {
    let mut rewards = world.items_at("USER#");
    rewards.retain(|item| item["sk"]["S"].as_str().unwrap().starts_with("REWARD#"));
    let of = |item: &Value| {
        let user = item["pk"]["S"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
        (user, item["reward_state"]["S"].as_str().unwrap().to_owned())
    };
    rewards.iter().map(of).collect()
}

fn awarded(users: &[&str]) -> Vec<(String, String)> {
    users.iter().map(|user| ((*user).to_owned(), "awarded".to_owned())).collect()
}

fn place(rank: u64, user: &str, score: u64) -> (u64, String, u64) {
    (rank, user.to_owned(), score)
}
