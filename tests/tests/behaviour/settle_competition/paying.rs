//! Giving the prizes: once each, in the order of the ranks, whatever crashes.

use std::time::Duration;

use aws::Settings;
use futures_util::future::join_all;
use invocation::Invocation;
use jiff::SignedDuration;
use local::functions::{Environments, Outside, dispatch};
use local::role::guard::Guard;
use local::template::Template;
use serde_json::{Value, json};
use tests::{App, World};

use super::{FREEZES, awarded, end, place, places, prizes, race, race_with, run, state, tick};

fn message() -> Value {
    let body = json!({"work": "settle", "app": "app", "campaign": "race", "window": "campaign"}).to_string();
    json!({"Records": [{"messageId": "m", "receiptHandle": "x", "body": body, "attributes": {},
                        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
                        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:CompetitionQueue", "awsRegion": "local"}]})
}

/// A race whose best five win.
async fn five<'a>(world: &'a World, urls: usize) -> App<'a> {
    let of = json!([{"ranks": [1, 5], "reward_group_id": "gift"}]);
    let app = race_with(world, urls, &[("prizes", of)]).await;
    for (user, score) in [("ada", 10), ("bob", 20), ("cay", 30), ("dan", 40), ("eve", 50), ("fay", 5)] {
        run(&app, user, score).await;
    }
    app
}

/// civitai#3470: crashes in the middle of counting and paying, repeated messages, and workers at the same time.
#[tokio::test]
async fn however_often_it_is_cut_off_and_repeated_each_winner_gets_one_prize() {
    let world = World::new().await;
    five(&world, 10).await;
    world.set_time(FREEZES);
    world.local.run_schedule("settle-competition").await.unwrap();
    // The board is frozen, and its message waits. Workers die after more and more time, wherever they are.
    let settings = Settings::read(|name| (name == "TABLE_NAME").then(|| "moments".to_owned())).unwrap();
    let role = Template::built_in().unwrap().functions["settle-competition"].role.clone();
    let outside = Outside::new(&settings, &Guard::new(role, ""));
    let mut cut_off = 0;
    for n in 1..=80_u64 {
        let environment = Environments::new(world.local.environments.store.another(), &settings);
        let invocation = Invocation::new(world.clock.now(), Duration::from_secs(60), "cut off".to_owned());
        let work = dispatch("settle-competition", &environment, &outside, message(), invocation);
        cut_off += u32::from(tokio::time::timeout(Duration::from_micros(300 * n), work).await.is_err());
    }
    assert!(cut_off > 10, "{cut_off}");
    let workers =
        (0..4).map(|n| world.local.functions.invoke("settle-competition", message(), if n == 0 { "a" } else { "b" }));
    for answer in join_all(workers).await {
        answer.unwrap();
    }
    world.settle().await;
    assert_eq!((state(&world).as_str(), prizes(&world)), ("settled", awarded(&["ada", "bob", "cay", "dan", "eve"])));
    assert_eq!(places(&world).first(), Some(&place(1, "eve", 50)));
    // Paying all of it once more finds every prize.
    let mut board = super::board(&world);
    board["board_state"] = json!({"S": "approved"});
    board["paid"] = json!({"N": "0"});
    world.put_raw(board).await;
    let before: Vec<Value> = world.items_at("USER#");
    world.local.functions.invoke("settle-competition", message(), "again").await.unwrap();
    world.settle().await;
    assert_eq!((state(&world).as_str(), world.items_at("USER#")), ("settled", before));
}

#[tokio::test]
async fn prizes_that_stock_does_not_cover_wait_in_the_order_of_the_ranks() {
    let world = World::new().await;
    let app = five(&world, 5).await;
    let urls: Vec<String> = (0..3).map(|n| format!("https://gift.example/gift/{n}")).collect();
    app.admin("POST", "/reward-groups/gift/stock/retire", json!({"urls": urls})).await.expect(200);
    end(&world).await;
    let waiting = |user: &str| (user.to_owned(), "waiting".to_owned());
    let given = |user: &str| (user.to_owned(), "awarded".to_owned());
    assert_eq!(prizes(&world), [waiting("ada"), waiting("bob"), waiting("cay"), given("dan"), given("eve")]);
    assert_eq!(state(&world), "settled");
    let audit = app.admin("GET", "/campaigns/race/settlement", Value::Null).await.expect(200);
    let outcomes: Vec<&str> =
        audit["data"].as_array().unwrap().iter().filter_map(|of| of["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["awarded", "awarded", "waiting", "waiting", "waiting"]);
    // One URL arrives: the best rank of those who wait gets it.
    let more = json!({"urls": ["https://gift.example/gift/more"]});
    app.admin("POST", "/reward-groups/gift/stock", more).await.expect(200);
    world.settle().await;
    assert_eq!(prizes(&world), [waiting("ada"), waiting("bob"), given("cay"), given("dan"), given("eve")]);
}

#[tokio::test]
async fn a_user_who_is_erased_before_the_freezing_is_on_no_board() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", 50).await;
    run(&app, "bob", 40).await;
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    end(&world).await;
    assert_eq!((places(&world), prizes(&world)), (vec![place(1, "bob", 40)], awarded(&["bob"])));
}

#[tokio::test]
async fn a_user_who_is_erased_between_counting_and_paying_leaves_a_place_without_an_id() {
    let world = World::new().await;
    let app = race(&world, &[("settle", json!("by_hand"))]).await;
    for (user, score) in [("ada", 50), ("bob", 40), ("cay", 30)] {
        run(&app, user, score).await;
    }
    end(&world).await;
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert!(
        !world.items().iter().any(|item| item.to_string().contains("\"ada\"") || item.to_string().contains("#ada"))
    );
    let version = app.admin("GET", "/campaigns/race/settlement", Value::Null).await.expect(200)["version"].clone();
    app.admin("POST", "/campaigns/race/settlement/approve", json!({"version": version})).await.expect(200);
    world.settle().await;
    assert_eq!(places(&world), [place(1, "", 50), place(2, "bob", 40), place(3, "cay", 30)]);
    assert_eq!(prizes(&world), awarded(&["bob"]));
    let audit = app.admin("GET", "/campaigns/race/settlement", Value::Null).await.expect(200);
    let first = &audit["data"][0];
    assert_eq!(
        (&first["user_id"], &first["outcome"], &first["reason"]),
        (&Value::Null, &json!("closed"), &json!("user_erased"))
    );
}

#[tokio::test]
async fn while_a_board_is_counted_its_players_cannot_be_erased_yet() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", 50).await;
    world.set_time(FREEZES);
    world.local.run_schedule("settle-competition").await.unwrap();
    let before = world.items();
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(503);
    assert_eq!(world.items(), before);
    world.settle().await;
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    world.settle().await;
    assert_eq!(places(&world), [place(1, "", 50)]);
    assert!(world.items_at("USER#").is_empty());
}

#[tokio::test]
async fn a_campaign_that_is_suspended_before_it_pays_goes_on_when_it_is_resumed() {
    let world = World::new().await;
    let app = race_with(&world, 20, &[("settle", json!("by_hand")), ("window", json!("week"))]).await;
    run(&app, "ada", 50).await;
    world.set_time("2026-12-07T00:30:00Z");
    tick(&world).await;
    app.admin("POST", "/campaigns/race/suspend", json!({"reason": "fraud?"})).await.expect(200);
    let path = "/campaigns/race/settlement";
    let seen = app.admin("GET", &format!("{path}?window=2026-11-30"), Value::Null).await.expect(200);
    app.admin("POST", &format!("{path}/approve"), json!({"version": seen["version"]})).await.expect(400);
    let approval = json!({"version": seen["version"], "window": "2026-11-30"});
    assert_eq!(app.admin("POST", &format!("{path}/approve"), approval).await.expect(200)["state"], "approved");
    world.settle().await;
    assert!(prizes(&world).is_empty());
    app.admin("POST", "/campaigns/race/resume", Value::Null).await.expect(200);
    world.pass(SignedDuration::from_mins(5));
    tick(&world).await;
    assert_eq!(prizes(&world), awarded(&["ada"]));
    let seen = app.admin("GET", &format!("{path}?window=2026-11-30"), Value::Null).await.expect(200);
    assert_eq!(seen["state"], "settled");
}
