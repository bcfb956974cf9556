//! What players are told at the end: winners with their reward, the others by a result, each once.

use std::collections::BTreeMap;

use domain::competition::WindowId;
use domain::competition::places::FinalPlace;
use domain::message::NoticeId;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::notices;
use tests::receiver::Receiver;
use tests::{App, World, competition, group, set};

use super::{end, race, run, state, tick};
use crate::deliver_webhook::webhooks::{errand, put, types};

/// A live race whose best two win, with texts that name the place, and a phone for everybody.
async fn told<'a>(world: &'a World, changes: &[(&str, Value)]) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    let mut body = competition();
    let place = "{competition.rank} of {competition.players} with {competition.score}";
    let text = |title: &str| json!({"en": {"title": title, "body": place}});
    set(&mut body, "/moments/0/messages", json!({"achievement": text("Won"), "result": text("Over")}));
    for (pointer, value) in changes {
        set(&mut body, pointer, value.clone());
    }
    app.launch("race", body).await;
    for (user, score) in [("ada", 10), ("bob", 20), ("cay", 30), ("dan", 40)] {
        let device = json!({"channel": "GCM", "address": user});
        app.call("PUT", &format!("/v1/users/{user}/devices/phone"), device).await.expect(200);
        run(&app, user, score).await;
    }
    app
}

/// The pushes with this title: the address and the text.
fn pushes(world: &World, title: &str) -> Vec<(String, String)> {
    let pushes = world.local.pushes();
    let of = pushes.iter().filter(|push| push["message"]["Title"] == title);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut pushes: Vec<_> = of.map(|push| (text(&push["address"]), text(&push["message"]["Body"]))).collect();
    pushes.sort_unstable();
    pushes
}

async fn inbox(app: &App<'_>, user: &str) -> Vec<(String, String, Value)> {
    // The clock of the tests stands still, and what is settled takes milliseconds.
    app.world.pass(SignedDuration::from_secs(1));
    let inbox = app.call("GET", &format!("/v1/users/{user}/notifications"), Value::Null).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |message: &Value| (text(&message["kind"]), text(&message["body"]), message["place"].clone());
    inbox["data"].as_array().unwrap().iter().map(of).collect()
}

fn pair(address: &str, text: &str) -> (String, String) {
    (address.to_owned(), text.to_owned())
}

/// Dota2-Gameplay#34982: the shown rank, the rank in the message and the prize agree for everybody.
#[tokio::test]
async fn everybody_is_told_the_rank_that_the_board_shows_and_losers_by_a_result() {
    let world = World::new().await;
    let app = told(&world, &[]).await;
    end(&world).await;
    assert_eq!(pushes(&world, "Won"), [pair("cay", "2 of 4 with 30"), pair("dan", "1 of 4 with 40")]);
    assert_eq!(pushes(&world, "Over"), [pair("ada", "4 of 4 with 10"), pair("bob", "3 of 4 with 20")]);
    let place = |rank: u64, score: u64| json!({"rank": rank, "of": 4, "score": score});
    let of = |kind: &str, body: &str, place| [(kind.to_owned(), body.to_owned(), place)];
    assert_eq!(inbox(&app, "bob").await, of("result", "3 of 4 with 20", place(3, 20)));
    assert_eq!(inbox(&app, "cay").await, of("achievement", "2 of 4 with 30", place(2, 30)));
    let rewards = app.call("GET", "/v1/users/cay/rewards", Value::Null).await.expect(200);
    assert_eq!(rewards["data"][0]["place"], place(2, 30));
    let board = app.call("GET", "/v1/campaigns/race/leaderboard", Value::Null).await.expect(200);
    let shown = board["data"].as_array().unwrap().iter().map(|row| (row["rank"].clone(), row["user_id"].clone()));
    let expected = [(1, "dan"), (2, "cay"), (3, "bob"), (4, "ada")];
    assert_eq!(shown.collect::<Vec<_>>(), expected.map(|(rank, user)| (json!(rank), json!(user))));
    let export = app.call("GET", "/v1/users/bob/export", Value::Null).await.expect(200);
    assert_eq!(export["notices"][0]["place"], place(3, 20));
    let timeline = app.call("GET", "/v1/users/bob/timeline", Value::Null).await.expect(200);
    let timeline: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().map(|entry| entry["text"].as_str().unwrap()).collect();
    assert!(timeline.contains(&"the user reached the score 20"), "{timeline:?}");
    assert!(timeline.contains(&"the competition ended: rank 3 of 4, without a prize"), "{timeline:?}");
}

#[tokio::test]
async fn results_that_are_given_again_are_neither_noted_nor_pushed_twice() {
    let world = World::new().await;
    told(&world, &[]).await;
    end(&world).await;
    let mut board = super::board(&world);
    assert!(board["notified_at"].is_object() && board["notified"]["N"] == "4", "{board}");
    // A worker died before it wrote how far it was, and the schedule finds the board stuck.
    board.as_object_mut().unwrap().remove("notified_at");
    board["notified"] = json!({"N": "0"});
    let before = world.items_at("USER#");
    world.put_raw(board).await;
    world.pass(SignedDuration::from_mins(10));
    tick(&world).await;
    assert!(super::board(&world)["notified_at"].is_object());
    assert_eq!(world.items_at("USER#"), before);
    assert_eq!(pushes(&world, "Over").len(), 2);
}

#[tokio::test]
async fn without_a_text_nobody_gets_a_result() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    for (user, score) in [("ada", 10), ("bob", 20), ("cay", 30)] {
        run(&app, user, score).await;
    }
    end(&world).await;
    assert!(super::board(&world)["notified_at"].is_object());
    assert_eq!(inbox(&app, "ada").await, []);
}

#[tokio::test]
async fn a_result_waits_for_the_morning_and_an_erased_user_gets_none() {
    let world = World::new().await;
    let quiet = json!({"from": "22:00", "until": "08:00"});
    let app = told(&world, &[("/quiet_hours", quiet), ("/competition/settle", json!("by_hand"))]).await;
    end(&world).await;
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    let version = app.admin("GET", "/campaigns/race/settlement", Value::Null).await.expect(200)["version"].clone();
    app.admin("POST", "/campaigns/race/settlement/approve", json!({"version": version})).await.expect(200);
    world.settle().await;
    assert_eq!((state(&world).as_str(), pushes(&world, "Over")), ("settled", vec![]));
    assert_eq!(inbox(&app, "bob").await.len(), 1);
    assert!(!world.items().iter().any(|item| item.to_string().contains("#ada")));
    world.set_time("2027-01-01T08:01:00Z");
    world.local.run_schedule("send-notification").await.unwrap();
    world.settle().await;
    assert_eq!(pushes(&world, "Over"), [pair("bob", "3 of 4 with 20")]);
}

#[tokio::test]
async fn the_states_of_a_board_and_decisions_about_users_are_published() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = race(&world, &[("settle", json!("by_hand"))]).await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    for (user, score) in [("ada", 10), ("bob", 20), ("cay", 30)] {
        run(&app, user, score).await;
    }
    end(&world).await;
    let cheat = json!({"disqualified": {"reason": "a bot"}, "hidden": false});
    app.admin("PUT", "/campaigns/race/competitors/cay", cheat).await.expect(200);
    world.settle().await;
    let version = app.admin("GET", "/campaigns/race/settlement", Value::Null).await.expect(200)["version"].clone();
    app.admin("POST", "/campaigns/race/settlement/approve", json!({"version": version})).await.expect(200);
    world.settle().await;
    errand(&world, "retries").await;
    let received = receiver.received();
    let mut received: Vec<_> =
        received.into_iter().filter(|call| call.event_type().starts_with("competition.")).collect();
    assert_eq!(
        types(&received),
        [
            "competition.approved",
            "competition.counted",
            "competition.counted",
            "competition.disqualified",
            "competition.frozen",
            "competition.settled",
        ]
    );
    received.sort_by_key(|call| call.event_type());
    let data = |n: usize| received[n].json()["data"].clone();
    let disqualified = data(3);
    assert_eq!((&disqualified["user_id"], &disqualified["reason"]), (&json!("cay"), &json!("a bot")));
    let settled = data(5);
    assert_eq!((&settled["window"], &settled["players"]), (&json!("campaign"), &json!(2)));
    assert!(data(0)["key_id"].is_string(), "{}", data(0));
}

/// A settlement that was frozen before its write, and a push whose result comes late: neither knows of the erasure.
#[tokio::test]
async fn a_late_result_and_a_late_push_leave_nothing_of_an_erased_user() {
    let world = World::new().await;
    let app = told(&world, &[]).await;
    assert_eq!(app.call("DELETE", "/v1/users/ada", Value::Null).await.status, 204);
    let (store, now) = (&world.local.environments.store, world.clock.now());
    let (id, moment) = ("app".try_into().unwrap(), "laps".try_into().unwrap());
    let notice = NoticeId::Result("race".try_into().unwrap(), WindowId::Campaign);
    let place = FinalPlace { rank: 4, of: 4, score: Some(10) };
    let noted = |user: &str| {
        world.items().iter().any(|item| {
            item["pk"]["S"] == format!("USER#app#{user}") && item["sk"]["S"] == "NOTICE#result#race#campaign"
        })
    };
    for (user, stays) in [("ada", false), ("bob", true)] {
        let user_id = user.try_into().unwrap();
        notices::note_result(store, &id, &user_id, &notice, &moment, place, now).await.unwrap();
        assert_eq!(noted(user), stays, "{user} after the note");
        notices::record(store, &id, &user_id, &notice, &BTreeMap::new(), None, now).await.unwrap();
        assert_eq!(noted(user), stays, "{user} after the push");
    }
}
