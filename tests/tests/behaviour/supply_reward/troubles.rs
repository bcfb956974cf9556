//! What can go wrong at a supplier: users see a page that says when to come back, and calls keep to the pace.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::suppliers;
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tests::{World, simulation};

use super::{ask, made, open, shop, supplied, supplier};
use crate::redeem_reward::redemption::state;

#[tokio::test]
async fn every_trouble_has_a_page_that_says_when_to_come_back() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    for (product, retry_after) in
        [("broken", "60"), ("gone", "3600"), ("throttled", "60"), ("no-funds", "3600"), ("denied", "3600")]
    {
        app.put_group("gift", supplied(product)).await;
        let id = ask(&app, product).await;
        let answer = open(&world, &id).await;
        assert_eq!((answer.status, answer.header("retry-after")), (202, Some(retry_after)), "{product}");
        assert!(answer.body.as_str().unwrap().contains("Your reward is safe"), "{product}: {}", answer.body);
        assert_eq!(state(&world, &id), "redeemed");
        let shown = app.admin("GET", "/suppliers/laptop", Value::Null).await.expect(200);
        assert!(shown["trouble"]["advice"].is_string(), "{product}: {shown}");
        world.pass(SignedDuration::from_mins(2));
    }
    assert_eq!(made(&world).len(), 0);
    world.settle().await;
}

#[tokio::test]
async fn an_empty_account_pauses_all_calls_until_it_is_topped_up() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let (ada, bob) = (ask(&app, "ada").await, ask(&app, "bob").await);
    world.local.suppliers().fund(Some(999));
    assert_eq!(open(&world, &ada).await.status, 302);
    assert_eq!(open(&world, &bob).await.header("retry-after"), Some("3600"));
    world.local.suppliers().fund(None);
    let paused = open(&world, &bob).await;
    assert_eq!((paused.status, made(&world).len()), (202, 1), "no call while it is paused");
    assert_eq!(app.admin("POST", "/suppliers/laptop/test", Value::Null).await.expect(200)["outcome"], "ok");
    assert_eq!((open(&world, &bob).await.status, made(&world).len()), (302, 2));
    let shown = app.admin("GET", "/suppliers/laptop", Value::Null).await.expect(200);
    assert!(shown.get("trouble").is_none(), "{shown}");
}

#[tokio::test]
async fn new_credentials_end_the_pause_of_revoked_ones() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let id = ask(&app, "ada").await;
    let mut wrong = supplier(&world);
    wrong["secret"] = json!("whsec_d3Jvbmcgc2VjcmV0LCB3cm9uZyBzZWNyZXQ=");
    app.admin("PUT", "/suppliers/laptop", wrong).await.expect(200);
    assert_eq!(open(&world, &id).await.status, 202);
    app.admin("PUT", "/suppliers/laptop", supplier(&world)).await.expect(200);
    assert_eq!(open(&world, &id).await.status, 302);
}

/// Opens the links of that many users' rewards until only the order is missing. Returns their ids.
async fn opened(deployment: &Deployment, users: u32) -> Vec<String> {
    simulation::supplied_season(deployment, tests::supplier::webhook()).await;
    let mut ids = Vec::new();
    for user in 0..users {
        let ask = json!({"user_id": format!("user-{user}"), "campaign_id": "spring", "moment_id": "deposits"});
        let answer = deployment.prepare(Key::App("app"), "POST", "/v1/rewards", ask).await;
        ids.push(answer["reward"]["reward_id"].as_str().unwrap().to_owned());
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    for id in &ids {
        let (status, _) = deployment.call(Key::None, "GET", &format!("/r/{id}"), Value::Null).await;
        assert_eq!(status, 302);
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    ids
}

/// On a paused clock, where every wait takes exactly its time.
#[tokio::test(start_paused = true)]
async fn a_flood_of_openings_keeps_to_the_suppliers_pace() {
    let deployment = Deployment::new(Physics::default(), tests::NOW.parse().unwrap(), 1, false);
    let ids = opened(&deployment, 60).await;
    let open = async |id: &String| deployment.call(Key::None, "GET", &format!("/r/{id}/open"), Value::Null).await.0;
    let answers = join_all(ids.iter().map(open)).await;
    let opened = answers.iter().filter(|status| **status == 302).count();
    assert!(answers.iter().all(|status| [302, 202].contains(status)), "{answers:?}");
    // The first, and as many as may wait at a time: the others leave the environments to other suppliers.
    assert_eq!(opened, 1 + suppliers::AT_ONCE as usize);
    let calls = deployment.supplier.calls();
    assert_eq!(calls.len(), opened);
    let apart = calls.windows(2).map(|pair| pair[1].duration_since(pair[0])).min().unwrap();
    assert!(apart >= Duration::from_millis(80), "two calls {apart:?} apart");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(open(ids.last().unwrap()).await, 302);
}

/// Source: a supplier that answered after five seconds held all environments, and nobody else's users saw their
/// rewards.
#[tokio::test(start_paused = true)]
async fn a_slow_supplier_holds_few_environments_and_recovers() {
    let deployment = Deployment::new(Physics::default(), tests::NOW.parse().unwrap(), 1, false);
    let ids = opened(&deployment, 60).await;
    let open = async |id: &String| deployment.call(Key::None, "GET", &format!("/r/{id}/open"), Value::Null).await.0;
    let arrivals = async || {
        let arrive = async |(n, id)| {
            tokio::time::sleep(Duration::from_millis(500) * n).await;
            open(id).await
        };
        join_all((0..).zip(&ids).map(arrive)).await
    };
    deployment.supplier.set_delay(Duration::from_secs(5));
    assert_eq!(open(&ids[0]).await, 302);
    deployment.supplier.most_running();
    let answers = arrivals().await;
    let running = deployment.supplier.most_running();
    assert!((5..=suppliers::AT_ONCE as usize + 1).contains(&running), "{running} calls at once");
    assert!(answers.iter().all(|status| [302, 202].contains(status)) && answers.contains(&202), "{answers:?}");
    deployment.supplier.set_delay(Duration::ZERO);
    arrivals().await;
    assert_eq!(arrivals().await, [302; 60], "it is quick again, and so is the pace");
}
