//! Orders: one for each reward that is opened, none for any other, and nothing of what was made in the table.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{World, promises};

use super::{ask, get, made, open, open_again, shop};
use crate::redeem_reward::redemption::{errand, state, stored};

fn spent(world: &World) -> i64 {
    promises::of(&world.items(), "SLOT").map(|slot| promises::number(slot, "spent")).sum()
}

#[tokio::test]
async fn each_visit_brings_what_the_first_has_ordered() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let reward = app.ask("ada").await.expect(201)["reward"].clone();
    let id = reward["reward_id"].as_str().unwrap();
    assert_eq!(reward["url"], reward["redeem_url"], "what is made is shown behind the link, and nowhere else");
    assert!(stored(&world, id).get("url").is_none());
    assert_eq!((made(&world).len(), spent(&world)), (0, 500), "paid from the budget, and not ordered");
    let answers = join_all((0..8).map(|_| open_again(&world, id))).await;
    let orders = made(&world);
    assert_eq!(orders.len(), 1);
    for answer in answers {
        assert_eq!((answer.status, answer.header("location")), (302, Some(orders[0].made.as_str())));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!((state(&world, id), orders[0].product.as_deref()), ("redeemed".to_owned(), Some("card")));
    let record = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
    let order = json!({"id": "laptop", "product": "card", "order_id": orders[0].order_id});
    assert_eq!(record["supplier"], order, "support finds the order at the supplier");
    let (minute, _) = tests::NOW.rsplit_once(':').unwrap();
    assert!(record["supplied_at"].as_str().unwrap().starts_with(minute) && record["url"].is_null(), "{record}");
    world.settle().await;
    let table = format!("{:?}", world.items());
    assert!(!table.contains("supplier.example") && !table.contains(&orders[0].order_id), "it is stored nowhere");
    assert!(!format!("{:?}", world.local.events()).contains("supplier.example"));
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_reward() {
    let world = World::new().await;
    let app = shop(&world, "lost").await;
    let id = ask(&app, "ada").await;
    let first = open(&world, &id).await;
    assert_eq!((first.status, first.header("retry-after")), (202, Some("60")));
    assert_eq!(open(&world, &id).await.status, 302);
    let orders = made(&world);
    assert_eq!((orders.len(), orders[0].times), (1, 2));
}

#[tokio::test]
async fn what_expires_unopened_is_never_ordered_and_its_money_is_back() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let (ada, bob) = (ask(&app, "ada").await, ask(&app, "bob").await);
    assert_eq!(open(&world, &bob).await.status, 302);
    world.settle().await;
    world.pass(SignedDuration::from_hours(49));
    // Before the sweep, too.
    assert_eq!(open(&world, &ada).await.status, 410);
    assert_eq!(get(&world, &format!("/r/{ada}/open")).await.status, 410);
    errand(&world, "expiry").await;
    world.settle().await;
    assert_eq!((state(&world, &ada), state(&world, &bob)), ("expired".to_owned(), "redeemed".to_owned()));
    assert_eq!((open(&world, &ada).await.status, spent(&world)), (410, 500));
    // What was opened stays.
    assert_eq!((open(&world, &bob).await.status, made(&world).len()), (302, 1));
}

#[tokio::test]
async fn what_is_taken_back_is_ordered_only_if_it_was_opened() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let (ada, bob) = (ask(&app, "ada").await, ask(&app, "bob").await);
    assert_eq!(open(&world, &bob).await.status, 302);
    for id in [&ada, &bob] {
        world.admin("POST", &format!("/v1/rewards/{id}/void"), json!({"reason": "fraud"})).await.expect(200);
        assert_eq!(open(&world, id).await.status, 410);
        assert_eq!(get(&world, &format!("/r/{id}/open")).await.status, 410);
    }
    world.settle().await;
    assert_eq!((spent(&world), made(&world).len()), (500, 1), "only what was opened was bought");
    // A replacement is a reward of its own, with an order of its own.
    let replaced = world.admin("POST", &format!("/v1/rewards/{bob}/replace"), json!({"reason": "error"})).await;
    let id = replaced.expect(200)["reward"]["reward_id"].as_str().unwrap().to_owned();
    assert_eq!((open(&world, &id).await.status, made(&world).len(), spent(&world)), (302, 2, 1_000));
    world.settle().await;
}

#[tokio::test]
async fn a_preview_orders_nothing() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let id = ask(&app, "ada").await;
    let before = world.items();
    let agent =
        [("user-agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"), ("accept-language", "de")];
    let answer = world.send("GET", &format!("/r/{id}"), &agent, b"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.as_str().unwrap().contains("Deine Prämie liegt bereit"), "{}", answer.body);
    assert_eq!(world.send("HEAD", &format!("/r/{id}"), &[], b"").await.status, 200);
    let direct = get(&world, &format!("/r/{id}/open")).await;
    assert_eq!((direct.status, direct.header("location")), (302, Some(format!("/r/{id}").as_str())));
    assert_eq!((world.items(), made(&world).len()), (before, 0));
    for unknown in ["zzz", "%FF", "app.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw"] {
        assert!(matches!(get(&world, &format!("/r/{unknown}/open")).await.status, 400 | 404), "{unknown}");
    }
}

#[tokio::test]
async fn a_reward_with_a_url_of_its_own_goes_to_no_supplier() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let id = ask(&app, "ada").await;
    let answer = get(&world, &format!("/r/{id}/open")).await;
    assert_eq!((answer.status, answer.header("location")), (302, Some(format!("/r/{id}").as_str())));
    assert_eq!(open(&world, &id).await.header("location"), Some("https://gift.example/gift/0"));
}

#[tokio::test]
async fn a_supplied_group_needs_no_stock_and_takes_none() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let stock = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    assert_eq!(stock["available"], Value::Null);
    let loaded = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": ["https://gift.example/1"]})).await;
    assert_eq!(loaded.expect(409)["code"], "no_stock");
    let preview = app.call("POST", "/v1/eligibility", json!({"user_id": "ada", "campaign_id": "spring"})).await;
    assert_eq!(preview.expect(200)["results"][0]["reward_preview"]["reward_group_id"], "gift");
    // The user who waits for money gets it with the budget, and then the reward.
    assert_eq!(app.deposits("ada", 5).await["outcome"], "rewarded");
    let body = json!({"user_id": "eve", "campaign_id": "spring", "moment_id": "deposits"});
    let tried = world.call(&app.test_key, "POST", "/v1/rewards", body).await.expect(200);
    assert_eq!(tried["reward"]["url"], "https://gift.example/test", "test mode orders nothing");
    assert_eq!(made(&world).len(), 0);
    world.settle().await;
    let pushed = format!("{:?}", world.local.pushes());
    assert!(!pushed.contains("supplier.example"));
}

#[tokio::test]
async fn the_inbox_and_the_list_of_a_user_lead_to_the_link() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let id = ask(&app, "ada").await;
    world.settle().await;
    let list = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    let link = list["data"][0]["redeem_url"].as_str().unwrap();
    assert!(link.ends_with(&format!("/r/{id}")), "{link}");
    assert_eq!(list["data"][0]["url"], link);
    let notices = app.call("GET", "/v1/users/ada/notifications", Value::Null).await.expect(200);
    assert_eq!((&notices["data"][0]["url"], &notices["data"][0]["reward_id"]), (&json!(link), &json!(id)));
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    world.settle().await;
}
