//! A season of rewards that a supplier makes: users open their links again and again, admins void and replace, rewards
//! expire, and the supplier loses requests and answers, throttles, fails and runs dry, while environments are killed
//! and frozen.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use derive_more::Add;
use domain::id::RewardId;
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::sleep;

use super::client::Client;
use super::fleet::{Chaos, Fleet};
use super::stream::Stream;
use crate::contention::{Faults, Physics};
use crate::deployment::{Deployment, Key};
use crate::promises::{self, number, of, text};
use crate::supplier::{self, Failures};

/// Users, each of whom earns one reward.
const USERS: usize = 24;

/// The price of a reward.
const CPA: i64 = 500;

/// Counts what happened in a run, to show that it was not empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Add)]
pub struct Supplies {
    /// Orders that the supplier has made.
    pub bought: u64,
    /// Orders that arrived more than once.
    pub repeated: u64,
    /// Calls that the supplier failed.
    pub failed: u64,
    /// Rewards that expired unopened.
    pub expired: u64,
    /// Rewards that were taken back unopened.
    pub withdrawn: u64,
    /// Killed invocations.
    pub killed: u64,
    /// Frozen invocations.
    pub frozen: u64,
}

/// Plays one run. Fails with the broken promise.
pub fn supplies(seed: u64) -> Result<Supplies, String> {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let played = catch_unwind(AssertUnwindSafe(|| {
        let tasks = LocalSet::new();
        let report = runtime.block_on(tasks.run_until(play(seed)));
        drop(tasks);
        report
    }));
    played.map_err(|panic| super::text(&*panic))
}

async fn play(seed: u64) -> Supplies {
    let mut random = StdRng::seed_from_u64(seed);
    let deployment = Rc::new(Deployment::new(Physics::default(), crate::NOW.parse().unwrap(), seed, true));
    // Half of the seasons have URLs, half have codes.
    supplied_season(&deployment, if seed.is_multiple_of(2) { supplier::webhook() } else { supplier::amazon() }).await;
    let mut rewards = Vec::new();
    for user in 0..USERS {
        let ask = json!({"user_id": format!("user-{user}"), "campaign_id": "spring", "moment_id": "deposits"});
        let answer = deployment.prepare(Key::App("app"), "POST", "/v1/rewards", ask).await;
        rewards.push(answer["reward"]["reward_id"].as_str().unwrap().to_owned());
    }
    let rewards = Rc::new(rewards);
    let fleet = Rc::new(Fleet::new(Rc::clone(&deployment), random.random()));
    let stream = Stream::new(Rc::clone(&fleet), random.random());
    let delivering = stream.deliver();
    let weather = fleet.spawn(weather(Rc::clone(&deployment), Rc::clone(&fleet), random.random()));
    // Some rewards are opened well before they expire, others at that very time.
    for skipped in [SignedDuration::from_hours(1), SignedDuration::from_hours(22) + SignedDuration::from_mins(45)] {
        deployment.skip(skipped);
        let mut actors: Vec<JoinHandle<()>> = Vec::new();
        let mut client = || Client::new(Rc::clone(&fleet), StdRng::seed_from_u64(random.random()));
        for _ in 0..3 {
            actors.push(fleet.spawn(open(client(), Rc::clone(&rewards))));
        }
        actors.push(fleet.spawn(take_back(client(), Rc::clone(&rewards))));
        actors.push(fleet.spawn(sweep(Rc::clone(&fleet), client())));
        for actor in actors {
            actor.await.unwrap();
        }
        fleet.assert_unbroken();
    }
    weather.abort();
    deployment.model.set_faults(Faults::default());
    deployment.supplier.set_failures(Failures::default());
    fleet.set_chaos(Chaos::default());
    fleet.until_idle().await;
    stream.until_quiet().await;
    for _ in 0..3 {
        sleep(Duration::from_secs(600)).await;
        fleet.invoke("follow-rewards", json!({"errand": "expiry"})).await.expect("a sweep in fair weather");
    }
    stream.until_quiet().await;
    delivering.abort();
    check(&fleet, &mut random).await
}

/// Makes an app `app` with a live campaign `spring`, whose gifts this supplier makes and which expire after a day.
pub async fn supplied_season(deployment: &Deployment, supplier: Value) {
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    };
    operator("PUT", "", json!({"name": "App"})).await;
    operator("PUT", "/suppliers/cards", supplier).await;
    let mut gift = crate::group();
    gift["supplier"] = json!({"id": "cards", "product": "gift"});
    gift["expires_after_days"] = json!(1);
    operator("PUT", "/reward-groups/gift", gift).await;
    operator("PUT", "/campaigns/spring", crate::campaign()).await;
    for step in ["submit", "approve"] {
        operator("POST", &format!("/campaigns/spring/{step}"), Value::Null).await;
    }
}

/// Opens links as browsers do, along the redirects, and checks that what they bring is the reward's own.
async fn open(mut client: Client, rewards: Rc<Vec<String>>) {
    for _ in 0..6 {
        client.pause(20_000).await;
        let id = rewards.choose(&mut client.random).unwrap().clone();
        follow(&mut client, &id).await;
    }
}

/// Reads the code in a page.
fn code(page: &str) -> String {
    let (_, rest) = page.split_once("<code translate=\"no\">").expect("a page with a code");
    rest.split_once("</code>").expect("a whole code").0.to_owned()
}

/// The id of a reward's order: one for each reward, and no other.
fn order_id(id: &str) -> String {
    RewardId::try_from(id.to_owned()).unwrap().order_id()
}

/// Opens a link. Returns the status of the last answer, if there was one.
async fn follow(client: &mut Client, id: &str) -> Option<u16> {
    let mut target = format!("/r/{id}");
    for _ in 0..4 {
        let (status, shown) = client.visit(&target).await?;
        if status == 302 && shown.starts_with('/') {
            target = shown;
            continue;
        }
        if matches!(status, 200 | 302) {
            let book = client.deployment().supplier.book();
            let made = book.get(&order_id(id)).expect("what is shown was made").made.as_str();
            let shown = if status == 302 { shown } else { code(&shown) };
            assert_eq!(made, shown, "the link leads to what the supplier has made for another reward");
        }
        return Some(status);
    }
    panic!("{target} leads in a circle");
}

/// An admin who voids rewards and replaces some. A replacement is a reward of its own, which nobody opens.
async fn take_back(mut client: Client, rewards: Rc<Vec<String>>) {
    for _ in 0..6 {
        client.pause(40_000).await;
        let id = rewards.choose(&mut client.random).unwrap().clone();
        let errand = *["void", "replace"].choose(&mut client.random).unwrap();
        let path = format!("/v1/rewards/{id}/{errand}");
        client.send(Key::Operator, "POST", &path, json!({"reason": "error"})).await;
    }
}

async fn sweep(fleet: Rc<Fleet>, mut client: Client) {
    for _ in 0..8 {
        client.pause(40_000).await;
        fleet.invoke("follow-rewards", json!({"errand": "expiry"})).await;
    }
}

/// Changes the faults of the table, the functions and the supplier at random times.
async fn weather(deployment: Rc<Deployment>, fleet: Rc<Fleet>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let (mut faults, mut failures) = (Faults::default(), Failures::default());
        match random.random_range(0..6) {
            0 => faults = Faults { lose_request: 0.1, lose_answer: 0.1, ..faults },
            1 => failures = Failures { lose_answer: 0.5, ..failures },
            2 => failures = Failures { lose_request: 0.3, fail: 0.3, ..failures },
            3 => failures = Failures { throttle: 0.5, ..failures },
            4 => failures = Failures { dry: 0.7, ..failures },
            _ => {}
        }
        deployment.model.set_faults(faults);
        deployment.supplier.set_failures(failures);
        fleet.set_chaos(Chaos { kill: 0.1, freeze: 0.05 });
        sleep(Duration::from_millis(random.random_range(5_000..40_000))).await;
    }
}

/// Checks promise 10: each reward was bought at most once, every opened one can be had, none that was never opened was
/// bought, and its money is back.
async fn check(fleet: &Rc<Fleet>, random: &mut StdRng) -> Supplies {
    let deployment = &fleet.deployment;
    let scan = || local::database::scan(deployment.model.database()).unwrap();
    let items = scan();
    promises::check(&items);
    let mut states: BTreeMap<String, (String, bool, bool)> = BTreeMap::new();
    for reward in promises::rewards(&items) {
        let (id, state) = (text(reward, "reward_id").unwrap(), text(reward, "reward_state").unwrap());
        let (opened, refunded) = (reward["redeemed_at"].is_object(), reward["refunded"]["BOOL"] == true);
        assert!(!(opened && refunded), "{id} was opened, and its money went back");
        states.insert(id.to_owned(), (state.to_owned(), opened, refunded));
    }
    // Everyone comes back until the reward is there.
    let mut client = Client::new(Rc::clone(fleet), StdRng::seed_from_u64(random.random()));
    for (id, (state, opened, _)) in &states {
        let wanted: &[u16] = if state == "redeemed" { &[200, 302] } else { &[410] };
        let mut seen = None;
        for _ in 0..200 {
            if state == "awarded" {
                break;
            }
            seen = follow(&mut client, id).await;
            if seen.is_some_and(|seen| wanted.contains(&seen)) {
                break;
            }
            sleep(Duration::from_secs(30)).await;
        }
        let is_seen = seen.is_some_and(|seen| wanted.contains(&seen));
        assert!(state == "awarded" || is_seen, "{id} is {state}, opened: {opened}, and shows {seen:?}");
    }
    fleet.assert_unbroken();
    let book = deployment.supplier.book();
    let rewards: BTreeMap<String, &str> = states.keys().map(|id| (order_id(id), id.as_str())).collect();
    assert_eq!(rewards.len(), states.len(), "two rewards share an order");
    let mut bought = BTreeSet::new();
    for order in book.keys() {
        let id = *rewards.get(order).expect("an order of a reward, and of each reward one");
        bought.insert(id);
        let (state, opened, refunded) = &states[id];
        assert!(*opened && !*refunded, "{id} was bought, is {state} and was never opened, or its money is back");
    }
    for (id, (state, ..)) in &states {
        assert!(state != "redeemed" || bought.contains(id.as_str()), "{id} was opened, and is without a reward");
    }
    let held = states.values().filter(|(_, _, refunded)| !refunded).count() as i64;
    let spent: i64 = of(&items, "SLOT").map(|slot| number(slot, "spent")).sum();
    assert_eq!(spent, held * CPA, "the money is exact");
    let table = format!("{:?}", scan());
    for (order, bought) in &book {
        assert!(!table.contains(&bought.made) && !table.contains(order.as_str()), "the table holds what was made");
    }
    let of_state = |wanted: &str, is_refunded: bool| {
        states.values().filter(|(state, _, refunded)| state == wanted && *refunded == is_refunded).count() as u64
    };
    Supplies {
        bought: book.len() as u64,
        repeated: book.values().filter(|bought| bought.times > 1).count() as u64,
        failed: deployment.supplier.failed(),
        expired: of_state("expired", true),
        withdrawn: of_state("voided", true),
        killed: fleet.killed(),
        frozen: fleet.frozen(),
    }
}
