//! Rewards after the award, all at once: users open links and apps present rewards while admins void and replace the
//! same ones; and, a day after the season, while the rewards expire.

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

/// Days until the rewards of the season's groups expire.
pub(super) const EXPIRES_AFTER_DAYS: u32 = 1;

/// How long the season's rewards keep expiring: about as long as users earned them.
const ROUNDS: usize = 12;

/// Starts shortly before the season's first reward expires. Links, apps, admins and the schedule race for each reward.
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

/// Without faults, every reward past its time expires.
pub(super) async fn finish(fleet: &Rc<Fleet>) {
    for _ in 0..3 {
        sleep(Duration::from_secs(60)).await;
        fleet.invoke("follow-rewards", json!({"errand": "expiry"})).await.expect("a sweep in fair weather");
    }
}

/// Opens links, and presents their rewards as apps do.
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

/// An admin who voids any rewards, unseen ones included, and replaces some.
pub(super) async fn take_back(mut client: Client) {
    for _ in 0..client.random.random_range(2..ROUNDS) {
        client.pause(15_000).await;
        let Some(reward_id) = any_reward(&mut client) else { continue };
        let errand = *["void", "replace", "replace"].choose(&mut client.random).unwrap();
        let body = json!({"reason": "error", "note": "played"});
        let path = format!("/v1/rewards/{reward_id}/{errand}");
        let Some((status, body)) = client.send(Key::Operator, "POST", &path, body).await else { continue };
        // Refused if the user waits or was erased.
        assert!([200, 404, 409].contains(&status), "{errand} of {reward_id}: {status} {body}");
    }
}

/// Returns any reward, every second time one that nobody has seen if there is one: few stay unseen for long.
fn any_reward(client: &mut Client) -> Option<String> {
    let items = local::database::scan(client.deployment().model.database()).unwrap();
    let id = |reward| promises::text(reward, "reward_id");
    let ids: Vec<&str> = promises::rewards(&items).filter_map(id).collect();
    let unseen: Vec<&str> =
        promises::rewards(&items).filter(|reward| reward["sealed"]["BOOL"] == true).filter_map(id).collect();
    let ids = if client.random.random_bool(0.5) && !unseen.is_empty() { unseen } else { ids };
    ids.choose(&mut client.random).map(|id| (*id).to_owned())
}

/// Runs the schedule, sometimes twice at once.
async fn sweep(fleet: Rc<Fleet>, mut client: Client) {
    for _ in 0..ROUNDS {
        client.pause(20_000).await;
        fleet.invoke("follow-rewards", json!({"errand": "expiry"})).await;
    }
}
