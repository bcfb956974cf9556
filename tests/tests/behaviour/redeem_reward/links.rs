//! `GET /r/{reward_id}`, and paths without a route.

use serde_json::{Value, json};
use tests::{App, World, group, promises};

async fn visit(world: &World, reward_id: &str) -> tests::Answer {
    world.send("GET", &format!("/r/{reward_id}"), &[], b"").await
}

async fn reward(app: &App<'_>, user: &str) -> Value {
    app.ask(user).await.expect(201)["reward"].clone()
}

#[tokio::test]
async fn the_first_visit_is_recorded_and_every_visit_leads_on() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let reward = reward(&app, "ada").await;
    let id = reward["reward_id"].as_str().unwrap();
    assert_eq!(reward["redeem_url"], format!("{}/r/{id}", world.local.api));
    for time in ["2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z"] {
        world.set_time(time);
        let answer = visit(&world, id).await;
        assert_eq!((answer.status, answer.header("location")), (302, reward["url"].as_str()));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let stored = world.items_at("USER#app#ada").into_iter().find(|item| item.get("redeemed_at").is_some()).unwrap();
    assert_eq!(promises::number(&stored, "redeemed_at"), 1_796_169_600_000);
    world.settle().await;
}

#[tokio::test]
async fn unknown_waiting_and_expired_rewards_lead_nowhere_and_change_nothing() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut brief = group();
    brief["expires_after_days"] = json!(1);
    app.put_group("gift", brief).await;
    app.stock("gift", 1).await;
    app.launch("spring", tests::campaign()).await;
    let awarded = reward(&app, "ada").await;
    let waiting = app.ask("bob").await.expect(200)["reward"].clone();
    world.set_time("2026-12-02T12:00:00Z");
    let before = world.items();
    let unknown = awarded["reward_id"].as_str().unwrap().replace(".spring.", ".autumn.");
    for id in [&awarded["reward_id"], &waiting["reward_id"], &json!(unknown), &json!("zzz"), &json!("%00")] {
        let answer = visit(&world, id.as_str().unwrap()).await;
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let (status, title) =
            if *id == awarded["reward_id"] { (410, "Reward expired") } else { (404, "Link not found") };
        assert_eq!(answer.status, status, "{id}");
        let page = answer.body.as_str().unwrap();
        assert!(
            page.contains(title) && !page.contains("gift.example") && !page.contains(id.as_str().unwrap()),
            "{page}"
        );
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_path_that_is_no_route_is_404_and_a_method_that_is_not_there_405() {
    let world = World::new().await;
    let answer = world.send("GET", "/v1/nothing", &[], b"").await;
    assert_eq!((answer.status, &answer.body["detail"]), (404, &json!("there is no route /v1/nothing")));
    let answer = world.send("DELETE", "/v1/moments", &[], b"").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}
