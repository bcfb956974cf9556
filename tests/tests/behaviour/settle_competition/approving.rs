//! Decisions of admins: approval, ties, disqualification, and the dry run before the end.

use serde_json::{Value, json};
use tests::{App, World};

use super::{FREEZES, awarded, board, end, number, place, places, prizes, race, race_with, run, state, tick};

const SETTLEMENT: &str = "/campaigns/race/settlement";

async fn settlement(app: &App<'_>) -> Value {
    app.admin("GET", SETTLEMENT, Value::Null).await.expect(200)
}

async fn approve(app: &App<'_>, body: Value) -> tests::Answer {
    app.admin("POST", "/campaigns/race/settlement/approve", body).await
}

async fn disqualify(app: &App<'_>, user: &str) -> Value {
    let body = json!({"disqualified": {"reason": "modified client"}});
    app.admin("PUT", &format!("/campaigns/race/competitors/{user}"), body).await.expect(200)
}

fn by_hand() -> [(&'static str, Value); 1] {
    [("settle", json!("by_hand"))]
}

/// Three players of a race that an admin settles.
async fn three<'a>(world: &'a World) -> App<'a> {
    let app = race(world, &by_hand()).await;
    for (user, score) in [("ada", 50), ("bob", 70), ("cay", 60)] {
        run(&app, user, score).await;
    }
    app
}

#[tokio::test]
async fn a_board_that_is_settled_by_hand_waits_for_the_version_that_was_seen() {
    let world = World::new().await;
    let app = three(&world).await;
    end(&world).await;
    let seen = settlement(&app).await;
    assert_eq!(
        (&seen["state"], &seen["players"], &seen["prizes"][0]["winners"]),
        (&json!("counted"), &json!(3), &json!(2))
    );
    assert_eq!(seen["cost"]["amount_minor"], 1_000);
    assert_eq!((&seen["data"][0]["user_id"], &seen["data"][0]["outcome"]), (&json!("bob"), &json!("pending")));
    let version = seen["version"].as_u64().unwrap();
    let before = world.items();
    let refused = approve(&app, json!({"version": version - 1})).await.expect(409);
    assert_eq!(refused["code"], "version_conflict");
    tick(&world).await;
    assert_eq!(world.items(), before);
    assert!(prizes(&world).is_empty());
    approve(&app, json!({"version": version})).await.expect(200);
    world.settle().await;
    assert_eq!((state(&world).as_str(), prizes(&world)), ("settled", awarded(&["bob", "cay"])));
    // Repeating the approval changes nothing.
    let before = world.items();
    let again = approve(&app, json!({"version": version})).await.expect(200);
    assert_eq!(again["state"], "settled");
    assert_eq!(approve(&app, json!({"version": version + 9})).await.expect(409)["code"], "version_conflict");
    world.settle().await;
    assert_eq!(world.items(), before);
    let audit = settlement(&app).await;
    assert_eq!((&audit["data"][0]["outcome"], &audit["data"][2]["outcome"]), (&json!("awarded"), &Value::Null));
}

/// civitai#3880, lila#4319: somebody is first, there is no hole, and no prize for the disqualified.
#[tokio::test]
async fn the_places_close_up_over_a_leader_who_is_disqualified_before_the_approval() {
    let world = World::new().await;
    let app = three(&world).await;
    end(&world).await;
    let seen = settlement(&app).await["version"].clone();
    assert_eq!(disqualify(&app, "bob").await["advice"], Value::Null);
    // What was seen is not approved, even before the new count.
    assert_eq!(approve(&app, json!({"version": seen})).await.expect(409)["code"], "version_conflict");
    world.settle().await;
    assert_eq!(places(&world), [place(1, "cay", 60), place(2, "ada", 50)]);
    let audit = settlement(&app).await;
    assert_eq!((&audit["players"], &audit["disqualified"][0]["user_id"]), (&json!(2), &json!("bob")));
    assert_eq!(audit["disqualified"][0]["reason"], "modified client");
    approve(&app, json!({"version": audit["version"]})).await.expect(200);
    world.settle().await;
    assert_eq!(prizes(&world), awarded(&["ada", "cay"]));
    // Afterwards a disqualification is recorded and takes nothing back.
    let before = places(&world);
    assert!(disqualify(&app, "cay").await["advice"].as_str().unwrap().contains("void its reward"));
    world.settle().await;
    assert_eq!((places(&world), prizes(&world)), (before, awarded(&["ada", "cay"])));
}

#[tokio::test]
async fn a_disqualification_that_is_taken_back_brings_the_user_back() {
    let world = World::new().await;
    let app = three(&world).await;
    disqualify(&app, "bob").await;
    let path = "/campaigns/race/competitors/bob";
    assert_eq!(app.admin("GET", path, Value::Null).await.expect(200)["disqualified"]["reason"], "modified client");
    let open = settlement(&app).await;
    assert_eq!((&open["state"], &open["data"][0]["user_id"]), (&json!("open"), &json!("cay")));
    end(&world).await;
    assert_eq!(places(&world), [place(1, "cay", 60), place(2, "ada", 50)]);
    app.admin("DELETE", path, Value::Null).await.expect(204);
    app.admin("GET", path, Value::Null).await.expect(404);
    world.settle().await;
    assert_eq!(places(&world), [place(1, "bob", 70), place(2, "cay", 60), place(3, "ada", 50)]);
    assert_eq!(number(&board(&world)["count"]), 2);
}

#[tokio::test]
async fn before_the_end_nothing_settles_and_the_dry_run_shows_what_would_be_won() {
    let world = World::new().await;
    let app = three(&world).await;
    let before = world.items();
    let dry = settlement(&app).await;
    assert_eq!((&dry["state"], &dry["version"], &dry["frozen_at"]), (&json!("open"), &json!(0), &Value::Null));
    assert_eq!((&dry["prizes"][0]["winners"], &dry["cost"]["amount_minor"]), (&json!(2), &json!(1_000)));
    let users: Vec<&str> = dry["data"].as_array().unwrap().iter().map(|of| of["user_id"].as_str().unwrap()).collect();
    assert_eq!(users, ["bob", "cay", "ada"]);
    world.set_time("2027-01-01T00:29:59Z");
    for refused in [
        approve(&app, json!({"version": 0})).await,
        app.admin("POST", "/campaigns/race/settlement/settle", Value::Null).await,
    ] {
        let refused = refused.expect(409);
        assert_eq!(refused["code"], "not_ended");
        assert!(refused["detail"].as_str().unwrap().contains(FREEZES), "{refused}");
    }
    assert_eq!(world.items(), before);
    world.set_time(FREEZES);
    app.admin("POST", "/campaigns/race/settlement/settle", Value::Null).await.expect(202);
    world.settle().await;
    assert_eq!(state(&world), "counted");
}

/// Red-DiscordBot#3931.
#[tokio::test]
async fn ties_beyond_what_a_prize_allows_wait_for_a_decision() {
    let world = World::new().await;
    let of = json!([{"ranks": [1, 1], "at_most": 1, "reward_group_id": "gift"},
                    {"ranks": [2, 3], "at_most": 2, "reward_group_id": "gift"}]);
    let app = race(&world, &[("ties", json!("shared")), ("prizes", of)]).await;
    for (user, score) in [("ada", 9), ("bob", 9), ("cay", 9), ("dan", 9), ("eve", 1)] {
        run(&app, user, score).await;
    }
    end(&world).await;
    tick(&world).await;
    assert!(prizes(&world).is_empty());
    let seen = settlement(&app).await;
    assert_eq!(seen["state"], "needs_decision");
    assert_eq!(seen["needs_decision"], json!([{"prize": 0, "winners": 4, "at_most": 1}]));
    let refused = approve(&app, json!({"version": seen["version"]})).await.expect(409);
    assert_eq!(refused["code"], "needs_decision");
    approve(&app, json!({"version": seen["version"], "decide": "earliest"})).await.expect(200);
    world.settle().await;
    // One has the first prize, two have the second, and the fourth at rank 1 was too late.
    assert_eq!((state(&world).as_str(), prizes(&world)), ("settled", awarded(&["ada", "bob", "cay"])));
    let won: Vec<Value> =
        settlement(&app).await["data"].as_array().unwrap().iter().map(|of| of["prize"].clone()).collect();
    assert_eq!(won, [json!(0), json!(1), json!(1), Value::Null, Value::Null]);
    // A step that is done again finds the same: its notes on the places may be there before the board knows.
    let settled = board(&world);
    let mut before_paying = settled.clone();
    before_paying["board_state"] = json!({"S": "approved"});
    before_paying["paid"] = json!({"N": "0"});
    before_paying["given"] = json!({"L": []});
    world.put_raw(before_paying).await;
    let users = world.items_at("USER#");
    world.pass(jiff::SignedDuration::from_mins(5));
    tick(&world).await;
    assert_eq!((world.items_at("USER#"), &board(&world)["given"]), (users, &settled["given"]));
    assert_eq!(settlement(&app).await["prizes"][1]["winners"], 2);
}

#[tokio::test]
async fn the_audit_is_there_as_csv_and_page_by_page() {
    let world = World::new().await;
    let app = three(&world).await;
    end(&world).await;
    let first = app.admin("GET", &format!("{SETTLEMENT}?limit=2"), Value::Null).await.expect(200);
    assert_eq!((first["data"].as_array().unwrap().len(), &first["cursor"]), (2, &json!("2")));
    let rest = app.admin("GET", &format!("{SETTLEMENT}?limit=2&cursor=2"), Value::Null).await.expect(200);
    assert_eq!((&rest["data"][0]["user_id"], &rest["cursor"]), (&json!("ada"), &Value::Null));
    let key = world.local.admin_key.expose().to_owned();
    let headers = [("x-api-key", key.as_str()), ("accept", "text/csv")];
    let csv = world.send("GET", "/v1/apps/app/campaigns/race/settlement?window=campaign", &headers, b"").await;
    let text = csv.expect(200);
    let lines: Vec<&str> = text.as_str().unwrap().lines().collect();
    assert_eq!(lines[0], "rank,user_id,score,reached_at,prize,reward_group_id,outcome,reason,reward_id");
    assert!(lines[1].starts_with("1,bob,70,") && lines.len() == 4, "{lines:?}");
}

#[tokio::test]
async fn the_dry_run_says_what_stock_and_budget_lack() {
    let world = World::new().await;
    let app = race_with(&world, 2, &[]).await;
    run(&app, "ada", 50).await;
    run(&app, "bob", 40).await;
    let urls = json!({"urls": ["https://gift.example/gift/0"]});
    app.admin("POST", "/reward-groups/gift/stock/retire", urls).await.expect(200);
    let dry = settlement(&app).await;
    assert_eq!(dry["short_of_stock"], json!([{"reward_group_id": "gift", "needed": 2, "available": 1}]));
    assert_eq!((&dry["short_of_budget"], &dry["budget_left"]["amount_minor"]), (&json!(false), &json!(50_000)));
}

#[tokio::test]
async fn only_admins_of_the_app_see_and_decide() {
    let world = World::new().await;
    let app = three(&world).await;
    for (method, path) in [("GET", "settlement"), ("POST", "settlement/settle"), ("GET", "competitors/ada")] {
        app.call(method, &format!("/v1/apps/app/campaigns/race/{path}"), Value::Null).await.expect(403);
    }
    app.admin("GET", "/campaigns/race/settlement?window=2026-11-30", Value::Null).await.expect(404);
    app.admin("GET", "/campaigns/race/settlement?window=x", Value::Null).await.expect(400);
    app.admin("GET", "/campaigns/spring/settlement", Value::Null).await.expect(404);
}
