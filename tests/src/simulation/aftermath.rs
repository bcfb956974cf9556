//! What becomes of rewards, with everything at once: users open links and apps present rewards while admins take the same ones
//! back and replace them, and, a day after the season, while their time runs out and the clock takes them back.

use std::rc::Rc;
use std::time::Duration;

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::client::Client;
use super::fleet::Fleet;
use super::truth::Truth;
use super::workload::APP;
use crate::deployment::Key;
use crate::promises;

/// After so many days rewards of the season's groups expire.
pub(super) const EXPIRES_AFTER_DAYS: u32 = 1;

/// How long the time of the season's rewards runs out for: as long as they took to be earned, about.
const ROUNDS: usize = 12;

/// A day later, a little before the first reward of the season expires: links, apps, admins and the clock race at each.
pub(super) async fn play(fleet: &Rc<Fleet>, truth: &Rc<Truth>, random: &mut StdRng) {
    fleet
        .deployment
        .skip(SignedDuration::from_hours(24 * i64::from(EXPIRES_AFTER_DAYS)) - SignedDuration::from_secs(100));
    let mut actors: Vec<JoinHandle<()>> = Vec::new();
    let mut client = || Client::new(Rc::clone(fleet), StdRng::seed_from_u64(random.random()));
    for _ in 0..2 {
        actors.push(fleet.spawn(redeem(client(), Rc::clone(truth))));
    }
    actors.push(fleet.spawn(take_back(client())));
    for _ in 0..2 {
        actors.push(fleet.spawn(sweep(Rc::clone(fleet), client())));
    }
    for actor in actors {
        actor.await.unwrap();
    }
    fleet.assert_unbroken();
}

/// In fair weather, everything that is over expires.
pub(super) async fn finish(fleet: &Rc<Fleet>) {
    for _ in 0..3 {
        sleep(Duration::from_secs(60)).await;
        fleet.invoke("follow-rewards", json!({"errand": "expiry"})).await.expect("a sweep in fair weather");
    }
}

/// Opens links, and has apps present what is behind them.
pub(super) async fn redeem(mut client: Client, truth: Rc<Truth>) {
    for _ in 0..ROUNDS {
        client.pause(15_000).await;
        let Some((reward_id, url)) = truth.any_reward(&mut client.random) else { continue };
        if client.random.random_bool(0.5) {
            if let Some((302, location)) = client.visit(&format!("/r/{reward_id}")).await {
                assert_eq!(location, url, "the link of {reward_id} leads to another reward");
            }
            continue;
        }
        let path = format!("/v1/rewards/{reward_id}/redeem");
        if let Some((200, body)) = client.send(Key::App(APP), "POST", &path, Value::Null).await {
            let shown = &body["reward"]["url"];
            assert!(shown.is_null() || *shown == json!(url), "{reward_id} was shown as another reward: {body}");
        }
    }
}

/// An admin who takes back whatever there is, also what nobody has seen yet, and replaces some of it.
pub(super) async fn take_back(mut client: Client) {
    for _ in 0..client.random.random_range(2..ROUNDS) {
        client.pause(15_000).await;
        let Some(reward_id) = any_reward(&mut client) else { continue };
        let errand = *["void", "replace", "replace"].choose(&mut client.random).unwrap();
        let body = json!({"reason": "error", "note": "played"});
        let path = format!("/v1/rewards/{reward_id}/{errand}");
        let Some((status, body)) = client.send(Key::Operator, "POST", &path, body).await else { continue };
        // Refused where the user waits, or was erased.
        assert!([200, 404, 409].contains(&status), "{errand} of {reward_id}: {status} {body}");
    }
}

/// Any reward that there is, whoever has seen it.
fn any_reward(client: &mut Client) -> Option<String> {
    let items = local::database::scan(client.deployment().model.database()).unwrap();
    let ids: Vec<&str> = promises::rewards(&items).filter_map(|reward| promises::text(reward, "reward_id")).collect();
    ids.choose(&mut client.random).map(|id| (*id).to_owned())
}

/// The schedule, twice at once now and then.
async fn sweep(fleet: Rc<Fleet>, mut client: Client) {
    for _ in 0..ROUNDS {
        client.pause(20_000).await;
        fleet.invoke("follow-rewards", json!({"errand": "expiry"})).await;
    }
}
