//! A season of an app: three campaigns with too little stock and money; users who act, ask and visit; admins who
//! suspend, resume, restock, raise and lower budgets and change weights; and erasures. Everything goes through the API,
//! by clients that repeat unanswered requests, and sometimes answered ones.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::aftermath::{self, EXPIRES_AFTER_DAYS};
use super::client::Client;
use super::fleet::Fleet;
use super::truth::Truth;
use crate::deployment::{Deployment, Key};
use crate::promises;

/// The one app.
pub(super) const APP: &str = "app";

/// Number of users. The first few are sometimes erased.
const USERS: usize = 12;
const ERASABLE: usize = 3;

const ADMIN: &str = "/v1/apps/app";

const CAMPAIGNS: [&str; 3] = ["saver", "club", "habits"];

/// The fallback of the group that is out of stock.
pub(super) const FALLBACK: (&str, &str) = ("gift", "spare");

/// The campaigns as the admins last put them.
pub(super) type Campaigns = RefCell<Vec<(&'static str, Value)>>;

/// The messages of `club`.
pub(super) const ANNOUNCED: &str = "Go";

/// Days with events in `habits`.
pub(super) const PING_DAYS: u32 = 6;

/// Returns a user's id.
pub(super) fn user(number: usize) -> String {
    format!("user-{number}")
}

/// True if the user may have been erased.
pub(super) fn may_be_erased(id: &str) -> bool {
    (0..ERASABLE).any(|number| user(number) == id)
}

/// Makes the app without faults.
pub(super) async fn prepare(deployment: &Deployment, random: &mut StdRng) -> Rc<Campaigns> {
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.prepare(Key::Operator, method, &format!("{ADMIN}{path}"), body).await
    };
    operator("PUT", "", json!({"name": "Simulated"})).await;
    operator("PUT", "/reward-groups/spare", group("unique_url", 400)).await;
    let mut gift = group("unique_url", 500);
    gift["fallback_group_id"] = json!(FALLBACK.1);
    operator("PUT", "/reward-groups/gift", gift).await;
    operator("PUT", "/reward-groups/treat", group("shared_url", 300)).await;
    operator("POST", "/reward-groups/gift/stock", urls(0..random.random_range(1..12))).await;
    // Approval needs stock, which the index shows with a delay.
    sleep(Duration::from_secs(5)).await;
    let holdout = *[0, 0, 20].choose(random).unwrap();
    let campaigns = vec![
        ("saver", saver(random.random_range(3..20) * 500, holdout)),
        ("club", club(random.random_range(5..40) * 200)),
        ("habits", habits(random.random_range(5..40) * 200, caps(random))),
    ];
    for (id, campaign) in &campaigns {
        operator("PUT", &format!("/campaigns/{id}"), campaign.clone()).await;
        operator("POST", &format!("/campaigns/{id}/submit"), Value::Null).await;
        if random.random_bool(0.3) {
            operator("POST", &format!("/campaigns/{id}/approve"), Value::Null).await;
        } else {
            // More slots than so small a budget would get, filled with any amount.
            let slots = random.random_range(2..=6);
            let share = campaign["budget"]["amount_minor"].as_i64().unwrap() / i64::from(slots);
            deployment.approve_with_slots(APP, id, slots, random.random_range(0..=share)).await;
        }
    }
    for number in 0..USERS {
        let device = json!({"address": format!("token-{}", user(number)), "channel": "GCM"});
        let path = format!("/v1/users/{}/devices/phone", user(number));
        deployment.prepare(Key::App(APP), "PUT", &path, device).await;
    }
    // Waits until the index shows everything.
    sleep(Duration::from_secs(5)).await;
    // It began long ago, so it does not announce itself.
    operator("POST", "/campaigns/club/announce", Value::Null).await;
    Rc::new(RefCell::new(campaigns))
}

fn group(kind: &str, cpa: u64) -> Value {
    let mut group = json!({
        "name": kind, "kind": kind, "cpa": {"currency": "EUR", "amount_minor": cpa},
        "test_url": "https://gift.example/test", "expires_after_days": EXPIRES_AFTER_DAYS,
    });
    if kind == "shared_url" {
        group["url"] = json!("https://gift.example/for-everyone");
    }
    group
}

fn urls(numbers: std::ops::Range<u32>) -> Value {
    json!({"urls": numbers.map(|number| format!("https://gift.example/{number}")).collect::<Vec<_>>()})
}

fn moment(id: &str, action: &str, count: &str, target: u64, max: u32, group: &str) -> Value {
    json!({
        "moment_id": id, "action": action, "count": count, "target": target, "max_rewards_per_user": max,
        "rewards": [{"reward_group_id": group}],
        "messages": {"achievement": {"en": {"title": "Well done", "body": "Here is your gift."}}},
    })
}

fn campaign(budget: u64, holdout: u32, moments: &[Value]) -> Value {
    json!({
        "name": "Season", "kind": "surprise", "holdout_percent": holdout, "moments": moments,
        "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": budget},
    })
}

/// Every third deposit earns a gift, twice; the highest level earns one more.
fn saver(budget: u64, holdout: u32) -> Value {
    let moments =
        [moment("deposits", "deposit", "events", 3, 2, "gift"), moment("level", "level", "highest", 5, 1, "gift")];
    campaign(budget, holdout, &moments)
}

/// Rewards at two prices on one budget, so that slots end with too little for the dearer one.
fn club(budget: u64) -> Value {
    let moments =
        [moment("visit", "visit", "quantity", 2, 1, "treat"), moment("asked", "never", "events", 1, 1, "gift")];
    let mut club = campaign(budget, 0, &moments);
    // It announces itself when it begins.
    club["kind"] = json!("challenge");
    club["messages"] = json!({"announcement": {"en": {"title": ANNOUNCED, "body": "Two visits."}}});
    club
}

/// Counts that depend on earlier events, and two rewards of which a user keeps the first assigned. All events are
/// within the window, so their order does not matter.
fn habits(budget: u64, caps: Value) -> Value {
    let mut window = moment("window", "ping", "events", 2, 3, "treat");
    window["within_hours"] = json!(8_784);
    window["when"] = json!("event.quantity == 1 && user.user_id.startsWith('user-') && now > event.occurred_at");
    window["rewards"] = json!([{"reward_group_id": "treat", "weight": 1}, {"reward_group_id": "gift", "weight": 1}]);
    let mut habits = campaign(budget, 0, &[window, moment("row", "ping", "streak", 2, 2, "treat")]);
    habits["caps"] = caps;
    habits
}

/// Some caps, each for a few rewards.
fn caps(random: &mut StdRng) -> Value {
    let mut cap = |rewards: std::ops::Range<u64>| {
        let amount = json!({"currency": "EUR", "amount_minor": 500 + random.random_range(rewards) * 130});
        if random.random_bool(0.5) { amount } else { Value::Null }
    };
    let mut caps = json!({"per_day": cap(0..40), "per_user": cap(0..12)});
    for (name, id, rewards) in
        [("per_moment", "window", 0..40), ("per_group", "treat", 0..40), ("per_group", "gift", 0..10)]
    {
        let amount = cap(rewards);
        if !amount.is_null() {
            caps[name][id] = amount;
        }
    }
    caps
}

/// Plays all actors until they have finished.
pub(super) async fn play(fleet: &Rc<Fleet>, campaigns: &Rc<Campaigns>, truth: &Rc<Truth>, random: &mut StdRng) {
    let mut actors: Vec<JoinHandle<()>> = Vec::new();
    let mut client = || Client::new(Rc::clone(fleet), StdRng::seed_from_u64(random.random()));
    for _ in 0..3 {
        actors.push(fleet.spawn(submit(client(), Rc::clone(truth))));
    }
    for _ in 0..2 {
        actors.push(fleet.spawn(ask(client(), Rc::clone(truth))));
    }
    actors.push(fleet.spawn(visit(client(), Rc::clone(truth))));
    actors.push(fleet.spawn(aftermath::redeem(client(), Rc::clone(truth))));
    actors.push(fleet.spawn(aftermath::take_back(client())));
    actors.push(fleet.spawn(erase(client())));
    actors.push(fleet.spawn(rehearse(client())));
    actors.push(fleet.spawn(suspend_and_resume(client())));
    actors.push(fleet.spawn(restock_and_amend(client(), Rc::clone(campaigns))));
    for actor in actors {
        actor.await.unwrap();
    }
    fleet.assert_unbroken();
}

/// Without faults, resumes every suspended campaign.
pub(super) async fn finish(fleet: &Rc<Fleet>) {
    let mut client = Client::new(Rc::clone(fleet), StdRng::seed_from_u64(0));
    for id in CAMPAIGNS {
        let path = format!("{ADMIN}/campaigns/{id}/resume");
        let answer = client.send(Key::Operator, "POST", &path, Value::Null).await;
        let (status, body) = answer.unwrap_or_else(|| panic!("nobody resumes {id} in fair weather"));
        // Refused if it is not suspended.
        assert!([200, 409].contains(&status), "{id} cannot be resumed in fair weather: {body}");
        assert!(status == 200 || version(&client, id).is_none(), "{id} is suspended still: {body}");
    }
    // The run may have passed midnight.
    for _ in 0..4 {
        sleep(Duration::from_secs(15 * 60)).await;
        fleet.invoke("follow-rewards", json!({"errand": "new_day"})).await.expect("a new day is begun in fair weather");
    }
}

async fn submit(mut client: Client, truth: Rc<Truth>) {
    for _ in 0..client.random.random_range(10..30) {
        client.pause(1_500).await;
        let user_id = user(client.random.random_range(0..USERS));
        let mut event = || {
            let (action, quantity) =
                *[("deposit", 1), ("deposit", 1), ("visit", 1), ("level", 0), ("ping", 1), ("ping", 1)]
                    .choose(&mut client.random)
                    .unwrap();
            let quantity = if quantity == 0 { client.random.random_range(1..8) } else { quantity };
            // Few ids, so that some repeat.
            let number = client.random.random_range(0..9_u32);
            let event_id = format!("{action}-{quantity}-{number}");
            let mut event = json!({"user_id": user_id, "action": action, "event_id": event_id, "quantity": quantity});
            if action == "ping" {
                event["occurred_at"] = json!(format!("2026-11-{}T12:00:00Z", 10 + number % PING_DAYS));
            }
            event
        };
        let events: Vec<Value> = (0..3).map(|_| event()).collect();
        if client.random.random_bool(0.3) {
            for event in &events {
                truth.tried(event);
            }
            let batch = json!({"moments": events});
            if let Some((200, body)) = client.send(Key::App(APP), "POST", "/v1/moments/batch", batch).await {
                for (event, result) in events.iter().zip(body["results"].as_array().unwrap()) {
                    if result["status"] == 200 {
                        truth.answered(event, &result["body"]);
                    }
                }
            }
        } else {
            truth.tried(&events[0]);
            if let Some((200, body)) = client.send(Key::App(APP), "POST", "/v1/moments", events[0].clone()).await {
                truth.answered(&events[0], &body);
            }
        }
    }
}

async fn ask(mut client: Client, truth: Rc<Truth>) {
    for _ in 0..client.random.random_range(5..20) {
        client.pause(2_000).await;
        let user_id = user(client.random.random_range(0..USERS));
        let body = json!({"user_id": user_id, "campaign_id": "club", "moment_id": "asked"});
        if let Some((200 | 201, outcome)) = client.send(Key::App(APP), "POST", "/v1/rewards", body).await {
            truth.told(&user_id, &outcome);
        }
    }
}

/// Opens links, many at once and repeatedly.
async fn visit(mut client: Client, truth: Rc<Truth>) {
    for _ in 0..client.random.random_range(5..25) {
        client.pause(2_500).await;
        let Some((reward_id, url)) = truth.any_reward(&mut client.random) else { continue };
        let answer = client.visit(&format!("/r/{reward_id}")).await;
        if let Some((302, location)) = answer {
            assert_eq!(location, url, "the link of {reward_id} leads to another reward");
        }
    }
}

async fn erase(mut client: Client) {
    for _ in 0..client.random.random_range(0..4) {
        client.pause(20_000).await;
        let path = format!("/v1/users/{}", user(client.random.random_range(0..ERASABLE)));
        client.send(Key::App(APP), "DELETE", &path, Value::Null).await;
    }
}

/// Dry runs and test keys, for their own users. At the end, the table must have no trace of them.
async fn rehearse(mut client: Client) {
    for n in 0..client.random.random_range(3..10) {
        client.pause(4_000).await;
        let event = json!({"user_id": format!("rehearsing-{}", n % 3), "action": "visit", "event_id": format!("e{n}")});
        if client.random.random_bool(0.5) {
            client.send(Key::Test(APP), "POST", "/v1/moments", event).await;
        } else {
            client.send(Key::App(APP), "POST", "/v1/moments?dry_run=true", event).await;
        }
    }
}

/// The admin who suspends. A suspended campaign spends nothing.
async fn suspend_and_resume(mut client: Client) {
    for _ in 0..client.random.random_range(0..4) {
        client.pause(15_000).await;
        let id = *CAMPAIGNS.choose(&mut client.random).unwrap();
        let path = format!("{ADMIN}/campaigns/{id}");
        let suspended = client.send(Key::Operator, "POST", &format!("{path}/suspend"), Value::Null).await;
        let before = (version(&client, id), spent(&client, id), paid(&client, id));
        client.pause(20_000).await;
        let after = (version(&client, id), spent(&client, id), paid(&client, id));
        // A repeated resumption may come late: then the campaign is resumed at a new version.
        if matches!(suspended, Some((200, _))) && after.0.is_some() && after.0 == before.0 {
            // A refund (`ledger::refund`) works during a suspension, so the spend may fall. It cannot hide new spend,
            // since each paid reward is compared.
            assert!(after.1 <= before.1, "{id} went on spending while it was suspended: {before:?}, then {after:?}");
            let new: Vec<&String> = after.2.difference(&before.2).collect();
            assert!(new.is_empty(), "{id} paid for {new:?} while it was suspended");
        }
        client.send(Key::Operator, "POST", &format!("{path}/resume"), Value::Null).await;
    }
}

/// Returns the campaign's version; `None` unless it is suspended.
fn version(client: &Client, campaign: &str) -> Option<i64> {
    let items = local::database::scan(client.deployment().model.database()).unwrap();
    let sk = format!("CAMPAIGN#{campaign}");
    let mut found =
        promises::of(&items, &sk).filter(|item| promises::text(item, "campaign_state") == Some("suspended"));
    found.next().map(|item| promises::number(item, "version"))
}

fn spent(client: &Client, campaign: &str) -> i64 {
    let items = local::database::scan(client.deployment().model.database()).unwrap();
    let slots = promises::of(&items, "SLOT");
    let own =
        slots.filter(|slot| promises::text(slot, "pk").unwrap().starts_with(&format!("LEDGER#{APP}#{campaign}#")));
    own.map(|slot| promises::number(slot, "spent")).sum()
}

/// Returns the ids of the campaign's paid rewards, those of erased users included.
fn paid(client: &Client, campaign: &str) -> BTreeSet<String> {
    let items = local::database::scan(client.deployment().model.database()).unwrap();
    let index = format!("REWARDS#{APP}#{campaign}#");
    let own = promises::rewards(&items)
        .filter(|reward| promises::text(reward, "gsi1pk").is_some_and(|partition| partition.starts_with(&index)));
    let paid = own.filter(|reward| reward["slot"].is_object());
    paid.map(|reward| promises::text(reward, "gsi1sk").unwrap().to_owned()).collect()
}

/// The other admin: adds URLs, some of them old, raises and lowers budgets, and changes weights.
async fn restock_and_amend(mut client: Client, campaigns: Rc<Campaigns>) {
    for _ in 0..client.random.random_range(0..6) {
        client.pause(15_000).await;
        if client.random.random_bool(0.5) {
            let first = client.random.random_range(0..20);
            let more = urls(first..first + client.random.random_range(1..6));
            // Some of these are in the other group's stock or belong to a user.
            let group = *["gift", "gift", "spare"].choose(&mut client.random).unwrap();
            client.send(Key::Operator, "POST", &format!("{ADMIN}/reward-groups/{group}/stock"), more).await;
            continue;
        }
        let which = client.random.random_range(0..CAMPAIGNS.len());
        let (id, wanted) = {
            let mut campaigns = campaigns.borrow_mut();
            let (id, campaign) = &mut campaigns[which];
            let budget = campaign["budget"]["amount_minor"].as_u64().unwrap();
            campaign["budget"]["amount_minor"] = if client.random.random_bool(0.3) {
                json!(budget.saturating_sub(client.random.random_range(1..2_000)).max(1))
            } else {
                json!(budget + client.random.random_range(1..2_000))
            };
            if *id == "habits" {
                for reward in 0..2 {
                    // At least one of them remains.
                    let weight = client.random.random_range(0..4).max(u32::from(reward == 1));
                    campaign["moments"][0]["rewards"][reward]["weight"] = json!(weight);
                }
            }
            (*id, campaign.clone())
        };
        // Refused if the other admin was faster, or if too much is spent. Then the next one may succeed.
        client.send(Key::Operator, "PUT", &format!("{ADMIN}/campaigns/{id}"), wanted).await;
    }
}
