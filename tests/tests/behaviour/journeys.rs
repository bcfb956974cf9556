//! Whole journeys of an app, its marketers and its users.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, campaign, group};

async fn phone(app: &App<'_>, user: &str) {
    let phone = json!({"channel": "GCM", "address": format!("token-of-{user}")});
    app.call("PUT", &format!("/v1/users/{user}/devices/phone"), phone).await.expect(200);
}

fn addresses(world: &World) -> Vec<String> {
    let mut addresses: Vec<String> =
        world.local.pushes().iter().map(|push| push["address"].as_str().unwrap().to_owned()).collect();
    addresses.sort();
    addresses
}

#[tokio::test(flavor = "multi_thread")]
async fn from_five_deposits_to_a_redeemed_reward_and_an_erased_user() {
    let world = World::new().await;
    let app = world.shop(3).await;
    phone(&app, "ada").await;
    let explained = app.call("POST", "/v1/eligibility", json!({"user_id": "ada"})).await.expect(200);
    assert_eq!(explained["results"][0]["eligible"], true);
    for n in 1..=4 {
        let outcome = app.deposit("ada", &format!("e{n}")).await.expect(200)["outcomes"][0].clone();
        assert_eq!((&outcome["outcome"], &outcome["progress"]["count"]), (&json!("in_progress"), &json!(n)));
    }
    assert_eq!(app.deposit("ada", "e4").await.expect(200)["duplicate"], true);
    let reward = app.deposit("ada", "e5").await.expect(200)["outcomes"][0]["reward"].clone();
    assert_eq!(app.deposit("ada", "e5").await.expect(200)["outcomes"][0]["reward"], reward);
    world.settle().await;
    assert_eq!(addresses(&world), ["token-of-ada"]);
    let link = format!("/r/{}", reward["reward_id"].as_str().unwrap());
    for _ in 0..2 {
        let visit = world.send("GET", &link, &[], b"").await;
        assert_eq!((visit.status, visit.header("location")), (302, reward["url"].as_str()));
    }
    let list = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(list["data"][0]["state"], "redeemed");
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert_eq!(world.send("GET", &link, &[], b"").await.status, 302, "the link outlives its user");
    assert_eq!(app.call("GET", "/v1/users/ada", Value::Null).await.status, 404);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_stock_waits_and_gets_reward_and_push_after_a_restock() {
    let world = World::new().await;
    let app = world.shop(1).await;
    for user in ["ada", "bob", "cyd"] {
        phone(&app, user).await;
    }
    assert_eq!(app.deposits("ada", 5).await["outcome"], "rewarded");
    assert_eq!(app.deposits("bob", 5).await["outcome"], "waiting");
    world.pass(SignedDuration::from_millis(1));
    assert_eq!(app.deposits("cyd", 5).await["outcome"], "waiting");
    world.settle().await;
    let more = json!({"urls": ["https://gift.example/more"]});
    app.admin("POST", "/reward-groups/gift/stock", more).await.expect(200);
    world.settle().await;
    let states = async |user: &str| {
        app.call("GET", &format!("/v1/users/{user}/rewards"), Value::Null).await.expect(200)["data"][0]["state"].clone()
    };
    assert_eq!((states("bob").await, states("cyd").await), (json!("awarded"), json!("waiting")), "first come");
    assert_eq!(addresses(&world), ["token-of-ada", "token-of-bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_rehearsed_suspended_and_resumed() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    app.launch("spring", campaign()).await;
    let rehearsal = json!({"user_id": "tester", "campaign_id": "spring", "moment_id": "deposits"});
    let rehearsed = world.call(&app.test_key, "POST", "/v1/rewards", rehearsal).await.expect(200);
    assert_eq!((&rehearsed["outcome"], &rehearsed["reward"]["test"]), (&json!("rewarded"), &json!(true)));
    app.ask("ada").await.expect(201);
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    assert_ne!(app.ask("bob").await.expect(200)["outcome"], "rewarded");
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    world.settle().await;
    app.ask("cyd").await.expect(201);
    world.settle().await;
    let given = world.items_at("USER#").iter().filter(|item| item.get("url").is_some()).count();
    assert!((2..=3).contains(&given), "{given}");
}
