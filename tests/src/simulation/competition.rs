//! A competition at its worst: players report laps before and after the end, also late ones, while environments are
//! killed and frozen across the freezing, and the queue repeats its messages. Users are erased and disqualified, and the
//! stock may be short. At the end every score that was answered `scored` has its place, the places are those of a naive
//! sort, each winner has one prize, and everybody else one result. A seed determines a run.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use derive_more::Add;
use jiff::SignedDuration;
use local::template::Schedule;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::client::Client;
use super::fleet::{Chaos, Fleet};
use super::{queue, stream};
use crate::contention::{Faults, Physics};
use crate::deployment::{Deployment, Key};
use crate::promises::{self, number, text};

/// Players, each with some laps.
const PLAYERS: usize = 25;

/// Prizes, of which the stock may not cover all.
const PRIZES: usize = 5;

/// From the start to the end.
const RUNS: Duration = Duration::from_secs(600);

/// From the end to the freezing.
const GRACE: Duration = Duration::from_secs(15 * 60);

/// Counts what happened in a run, to show that the run was not empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Add)]
pub struct Competition {
    /// Users on the board.
    pub players: u64,
    /// Laps that were answered `scored`.
    pub scored: u64,
    /// Of these, after the end.
    pub late: u64,
    /// Laps that were refused because they came too late.
    pub frozen_out: u64,
    /// Prizes given.
    pub awarded: u64,
    /// Prizes that wait for stock.
    pub waiting: u64,
    /// Users who were disqualified.
    pub disqualified: u64,
    /// Users who were erased.
    pub erased: u64,
    /// Users who were told that they have won nothing.
    pub results: u64,
    /// Killed invocations.
    pub killed: u64,
    /// Frozen invocations.
    pub frozen: u64,
}

/// What players were answered.
#[derive(Default)]
struct Answered {
    /// The best score that was answered `scored`, by user.
    best: BTreeMap<String, u64>,
    erased: BTreeSet<String>,
    /// Those whose erasure after the freezing was answered.
    gone: BTreeSet<String>,
    disqualified: BTreeSet<String>,
    count: Competition,
}

/// Plays one run. Fails with the broken promise.
pub fn competition(seed: u64) -> Result<Competition, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let played = catch_unwind(AssertUnwindSafe(|| {
        let tasks = LocalSet::new();
        let report = runtime.block_on(tasks.run_until(play(seed)));
        // Remaining tasks must not outlive the run.
        drop(tasks);
        report
    }));
    played.map_err(|panic| super::text(&*panic))
}

async fn play(seed: u64) -> Competition {
    let mut random = StdRng::seed_from_u64(seed);
    let deployment = Rc::new(Deployment::new(Physics::default(), crate::NOW.parse().unwrap(), seed, true));
    fastrand::seed(seed);
    let shared = random.random_bool(0.5);
    prepare(&deployment, shared, &mut random).await;
    let ends_at = deployment.now() + SignedDuration::try_from(RUNS).unwrap();
    let fleet = Rc::new(Fleet::new(Rc::clone(&deployment), random.random()));
    let stream = stream::Stream::new(Rc::clone(&fleet), random.random());
    let queues = queue::Queues::new(Rc::clone(&fleet), random.random());
    let mut running = queues.deliver();
    running.push(stream.deliver());
    running.push(fleet.spawn(tick(Rc::clone(&fleet))));
    let weather = fleet.spawn(super::weather(Rc::clone(&deployment), Rc::clone(&fleet), random.random()));
    let answered = Rc::new(RefCell::new(Answered::default()));
    let players: Vec<_> = (0..PLAYERS)
        .map(|n| {
            let client = Client::new(Rc::clone(&fleet), StdRng::seed_from_u64(random.random()));
            fleet.spawn(compete(client, format!("player-{n}"), ends_at, Rc::clone(&answered)))
        })
        .collect();
    let admin = Client::new(Rc::clone(&fleet), StdRng::seed_from_u64(random.random()));
    let admin = fleet.spawn(decide(admin, Rc::clone(&answered)));
    for player in players {
        player.await.unwrap();
    }
    admin.await.unwrap();
    // Some of the settlement in bad weather, too.
    sleep(Duration::from_secs(random.random_range(0..1_200))).await;
    weather.abort();
    deployment.model.set_faults(Faults::default());
    fleet.set_chaos(Chaos::default());
    deployment.inbox.set_down(false);
    deployment.inbox.lose_answers(false);
    fleet.until_idle().await;
    until_settled(&deployment, &fleet).await;
    stream.until_quiet().await;
    queues.until_quiet().await;
    stream.until_quiet().await;
    fleet.until_idle().await;
    let before = items(&deployment);
    // Settling again changes nothing.
    sleep(Duration::from_secs(300)).await;
    queues.until_quiet().await;
    running.iter().for_each(tokio::task::JoinHandle::abort);
    fleet.assert_unbroken();
    let after = items(&deployment);
    assert_eq!(of_settlement(&before), of_settlement(&after), "settling again changes something");
    promises::check(&after);
    let answered = answered.borrow();
    let report = check(&after, &answered, shared);
    Competition { killed: fleet.killed(), frozen: fleet.frozen(), ..report }
}

/// Makes an app with a competition that ends after [`RUNS`], and takes some of its stock away again.
async fn prepare(deployment: &Deployment, shared: bool, random: &mut StdRng) {
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    };
    let limit = json!({"requests_per_second": 100_000, "burst": 100_000});
    operator("PUT", "", json!({"name": "App", "rate_limit": limit})).await;
    operator("PUT", "/reward-groups/gift", crate::group()).await;
    // With shared ranks everybody may win.
    let most = if shared { PLAYERS } else { PRIZES };
    let urls: Vec<String> = (0..most).map(|n| format!("https://gift.example/{n}")).collect();
    operator("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
    sleep(Duration::from_secs(600)).await;
    let mut campaign = crate::competition();
    let ends_at = deployment.now() + SignedDuration::try_from(RUNS).unwrap();
    crate::set(&mut campaign, "/ends_at", json!(ends_at));
    crate::set(&mut campaign, "/competition/grace_minutes", json!(GRACE.as_secs() / 60));
    let mut prize = json!({"ranks": [1, PRIZES], "reward_group_id": "gift"});
    if shared {
        crate::set(&mut campaign, "/competition/ties", json!("shared"));
        prize["at_most"] = json!(most);
    }
    crate::set(&mut campaign, "/competition/prizes", json!([prize]));
    let text = json!({"en": {"title": "Over", "body": "Rank {competition.rank}"}});
    crate::set(&mut campaign, "/moments/0/messages/result", text);
    operator("PUT", "/campaigns/race", campaign).await;
    operator("POST", "/campaigns/race/submit", Value::Null).await;
    operator("POST", "/campaigns/race/approve", Value::Null).await;
    let gone = if random.random_bool(0.7) { random.random_range(most - PRIZES..most) } else { 0 };
    if gone > 0 {
        operator("POST", "/reward-groups/gift/stock/retire", json!({"urls": urls[..gone]})).await;
    }
}

/// The schedule of the function that settles.
async fn tick(fleet: Rc<Fleet>) {
    loop {
        sleep(Duration::from_secs(60)).await;
        fleet.invoke("settle-competition", Schedule::event()).await;
    }
}

/// Reports laps at random times until after the freezing. Few scores differ, so that there are ties.
async fn compete(mut client: Client, user: String, ends_at: jiff::Timestamp, answered: Rc<RefCell<Answered>>) {
    let freezes_at = ends_at + SignedDuration::try_from(GRACE).unwrap();
    let until = freezes_at + SignedDuration::from_secs(400);
    for n in 0.. {
        client.pause(240_000).await;
        let now = client.deployment().now();
        if now > until {
            return;
        }
        if client.random.random_bool(0.01) {
            // Whether or not it is answered: the user may be gone from here on.
            answered.borrow_mut().erased.insert(user.clone());
            let path = format!("/v1/users/{user}");
            let sent = client.send(Key::App("app"), "DELETE", &path, Value::Null).await;
            // Nobody comes back to a frozen board.
            if now > freezes_at && sent.is_some_and(|(status, _)| status == 204) {
                answered.borrow_mut().gone.insert(user.clone());
            }
        }
        let quantity: u64 = client.random.random_range(0..12);
        let mut lap = json!({"user_id": user, "action": "lap", "event_id": format!("e{n}"), "quantity": quantity});
        // Clocks are wrong by up to two minutes, so what happened at the end is told by its own time.
        if now >= ends_at || client.random.random_bool(0.2) {
            let happened = now.min(ends_at - SignedDuration::from_secs(1));
            lap["occurred_at"] = json!(happened - SignedDuration::from_secs(client.random.random_range(0..120)));
        }
        let sent = client.send(Key::App("app"), "POST", "/v1/moments", lap).await;
        let Some((200, body)) = sent else { continue };
        note(&mut answered.borrow_mut(), &user, &body["outcomes"][0], now >= ends_at);
    }
}

fn note(answered: &mut Answered, user: &str, outcome: &Value, is_late: bool) {
    answered.count.frozen_out += u64::from(outcome["outcome"] == "campaign_not_live");
    if outcome["outcome"] == "scored" {
        answered.count.scored += 1;
        answered.count.late += u64::from(is_late);
        let best = answered.best.entry(user.to_owned()).or_default();
        *best = (*best).max(outcome["score"].as_u64().unwrap());
    }
}

/// Disqualifies some users, before the end and after it.
async fn decide(mut client: Client, answered: Rc<RefCell<Answered>>) {
    for _ in 0..3 {
        client.pause(1_500_000).await;
        let user = format!("player-{}", client.random.random_range(0..PLAYERS));
        let path = format!("/v1/apps/app/campaigns/race/competitors/{user}");
        answered.borrow_mut().disqualified.insert(user);
        client.send(Key::Operator, "PUT", &path, json!({"disqualified": {"reason": "a bot"}})).await;
    }
}

async fn until_settled(deployment: &Deployment, fleet: &Fleet) {
    for _ in 0..240 {
        fleet.assert_unbroken();
        let board = board(&items(deployment));
        if board.is_some_and(|board| board["board_state"]["S"] == "settled" && board["notified_at"].is_object()) {
            return;
        }
        sleep(Duration::from_secs(60)).await;
    }
    panic!("the board is not settled after four hours: {:?}", board(&items(deployment)));
}

fn items(deployment: &Deployment) -> Vec<Value> {
    local::database::scan(deployment.model.database()).unwrap()
}

fn board(items: &[Value]) -> Option<Value> {
    items.iter().find(|item| item["pk"]["S"] == "BOARDS#app#race").cloned()
}

/// The items of the settlement: the board, its places, the prizes and the results.
fn of_settlement(items: &[Value]) -> Vec<&Value> {
    let begins = |item: &Value, name: &str, prefix: &str| item[name]["S"].as_str().unwrap().starts_with(prefix);
    let is_prize = |item: &Value| begins(item, "sk", "REWARD#") || begins(item, "sk", "NOTICE#result#");
    items.iter().filter(|item| begins(item, "pk", "BOARD") || is_prize(item)).collect()
}

/// One row of the places.
struct Row {
    rank: u64,
    user: Option<String>,
    score: u64,
    at: i64,
    has_prize: bool,
    is_closed: bool,
}

/// Returns the places of the board's last count, in their order.
fn places(items: &[Value], count: i64) -> Vec<Row> {
    let mut chunks: Vec<&Value> = items
        .iter()
        .filter(|item| item["pk"]["S"] == "BOARD#app#race#campaign")
        .filter(|item| {
            let chunk = item["sk"]["S"].as_str().unwrap().strip_prefix("PLACES#");
            chunk.is_some_and(|number| number.parse::<i64>().unwrap() >> 16 == count)
        })
        .collect();
    chunks.sort_by_key(|chunk| chunk["sk"]["S"].as_str().unwrap().to_owned());
    let row = |row: &Value| Row {
        rank: number(row, "rank").try_into().unwrap(),
        user: text(row, "user").map(str::to_owned),
        score: number(row, "score").try_into().unwrap(),
        at: number(row, "at"),
        has_prize: row["prize"].is_object(),
        is_closed: row["closed"].is_object(),
    };
    chunks.iter().flat_map(|chunk| chunk["rows"]["L"].as_array().unwrap()).map(|of| row(&of["M"])).collect()
}

/// Checks the places against what players were answered and against a naive sort, and the prizes against the places.
fn check(items: &[Value], answered: &Answered, shared: bool) -> Competition {
    let board = board(items).expect("a board");
    let rows = places(items, number(&board, "count"));
    let mut sorted: Vec<(u64, i64)> = rows.iter().map(|row| (row.score, row.at)).collect();
    sorted.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
    assert_eq!(rows.iter().map(|row| (row.score, row.at)).collect::<Vec<_>>(), sorted, "the places are out of order");
    for (index, row) in rows.iter().enumerate() {
        let better = rows.iter().filter(|other| other.score > row.score).count() as u64;
        let rank = if shared { better + 1 } else { index as u64 + 1 };
        assert_eq!(row.rank, rank, "the rank of {:?}", row.user);
        assert_eq!(row.has_prize, rank <= PRIZES as u64, "the prize of rank {rank}");
    }
    let named: BTreeMap<&str, &Row> = rows.iter().filter_map(|row| Some((row.user.as_deref()?, row))).collect();
    assert_eq!(named.len(), rows.iter().filter(|row| row.user.is_some()).count(), "somebody has two places");
    for (user, best) in &answered.best {
        if answered.erased.contains(user) || answered.disqualified.contains(user) {
            continue;
        }
        let row = named.get(user.as_str()).unwrap_or_else(|| panic!("{user} was answered `scored` and has no place"));
        assert!(row.score >= *best, "{user} was answered {best} and has {}", row.score);
    }
    check_prizes(items, answered, &named);
    let results = check_results(items, answered, &named);
    let rewards = |state: &str| {
        promises::rewards(items).filter(|reward| text(reward, "reward_state") == Some(state)).count() as u64
    };
    Competition {
        players: rows.len() as u64,
        awarded: rewards("awarded"),
        waiting: rewards("waiting"),
        disqualified: answered.disqualified.len() as u64,
        erased: answered.erased.len() as u64,
        results,
        ..answered.count
    }
}

/// Each winner has one prize, and nobody else has any. Users who were erased or disqualified may have gained or lost
/// theirs meanwhile.
fn check_prizes(items: &[Value], answered: &Answered, named: &BTreeMap<&str, &Row>) {
    let mut prizes: BTreeMap<&str, u64> = BTreeMap::new();
    for reward in promises::rewards(items) {
        if let Some(user) = text(reward, "pk").and_then(|pk| pk.strip_prefix("USER#app#")) {
            *prizes.entry(user).or_default() += 1;
        }
    }
    for (user, row) in named {
        let is_certain = !answered.erased.contains(*user) && !answered.disqualified.contains(*user);
        let wins = u64::from(row.has_prize && !row.is_closed);
        let has = prizes.get(user).copied().unwrap_or_default();
        assert!(!is_certain || has == wins, "rank {} has {has} prizes of {wins}: {user}", row.rank);
    }
    for (user, count) in prizes {
        assert_eq!(count, 1, "{user} has {count} prizes");
        let uncertain = answered.erased.contains(user) || answered.disqualified.contains(user);
        assert!(uncertain || named.contains_key(user), "{user} has a prize and no place");
    }
}

/// Each player without a prize has one result, with the rank of the board, and no winner has one. Returns their number.
fn check_results(items: &[Value], answered: &Answered, named: &BTreeMap<&str, &Row>) -> u64 {
    let notes = items.iter().filter(|item| item["sk"]["S"] == "NOTICE#result#race#campaign");
    let user = |item: &Value| text(item, "pk").unwrap().strip_prefix("USER#app#").unwrap().to_owned();
    let ranks: BTreeMap<String, i64> = notes.map(|note| (user(note), number(&note["place"]["M"], "rank"))).collect();
    for (user, row) in named {
        let is_certain = !answered.erased.contains(*user) && !answered.disqualified.contains(*user);
        let expected = i64::try_from(row.rank).ok().filter(|_| !row.has_prize || row.is_closed);
        assert!(!is_certain || ranks.get(*user).copied() == expected, "the result of rank {}: {user}", row.rank);
    }
    // A request that was frozen before the end may bring an erased user back, until the board is frozen.
    let scores = items.iter().filter(|item| item["sk"]["S"] == "SCORE#race#laps#campaign");
    let back: BTreeSet<String> = scores.map(user).collect();
    for user in ranks.keys() {
        let is_gone = answered.gone.contains(user) && !back.contains(user);
        assert!(!is_gone, "{user} was erased and has a result");
    }
    ranks.len() as u64
}
