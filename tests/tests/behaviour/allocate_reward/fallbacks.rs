//! Fallback groups: for groups without stock and for other marketplaces; who waits, who is served; and refused
//! fallbacks.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, group};

/// Returns [`group`] with a fallback and marketplaces.
fn falling_back(fallback: &str, marketplaces: &[&str]) -> Value {
    let mut group = group();
    group["marketplaces"] = json!(marketplaces);
    if !fallback.is_empty() {
        group["fallback_group_id"] = json!(fallback);
    }
    group
}

/// Makes `gift`, its fallback `spare` and that one's fallback `last`, and a campaign `spring` that awards `gift`.
async fn shop<'a>(world: &'a World, stock: [usize; 3]) -> App<'a> {
    let app = world.app("app").await;
    for (id, fallback) in [("last", ""), ("spare", "last"), ("gift", "spare")] {
        app.put_group(id, falling_back(fallback, &[])).await;
    }
    for (id, urls) in ["gift", "spare", "last"].into_iter().zip(stock) {
        app.stock(id, urls).await;
    }
    app.launch("spring", campaign_with(&[])).await;
    app
}

/// Asks for a reward for each user in turn. Returns outcome and group.
async fn ask_all(app: &App<'_>, users: &[&str]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (second, user) in users.iter().enumerate() {
        app.world.set_time(&format!("2026-12-01T12:00:{second:02}Z"));
        let outcome = app.ask(user).await.body;
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        all.push((word(&outcome["outcome"]), word(&outcome["reward"]["reward_group_id"])));
    }
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(outcome, group)| ((*outcome).to_owned(), (*group).to_owned())).collect()
}

#[tokio::test]
async fn a_group_that_is_out_of_stock_is_stood_in_for_before_anybody_waits() {
    let world = World::new().await;
    let app = shop(&world, [1, 1, 1]).await;
    let got = ask_all(&app, &["a", "b", "c", "d"]).await;
    let expected = [("rewarded", "gift"), ("rewarded", "spare"), ("rewarded", "last"), ("waiting", "gift")];
    assert_eq!(got, pairs(&expected));
    // Asking again changes nothing, and a user keeps a fallback's reward after a restock.
    app.admin("POST", "/reward-groups/gift/stock", json!({"urls": ["https://gift.example/more"]})).await.expect(200);
    assert_eq!(ask_all(&app, &["b"]).await, pairs(&[("already_rewarded", "spare")]));
    world.settle().await;
    assert_eq!(ask_all(&app, &["d"]).await, pairs(&[("already_rewarded", "gift")]));
    let levels = app.admin("GET", "/reward-groups/last/stock", Value::Null).await.expect(200);
    assert_eq!((&levels["available"], &levels["claimed"]), (&json!(0), &json!(1)));
    world.settle().await;
}

#[tokio::test]
async fn who_waits_gets_whichever_of_the_groups_is_restocked_first_in_first_out() {
    let world = World::new().await;
    let app = shop(&world, [0, 0, 0]).await;
    let waiting = [("waiting", "gift"), ("waiting", "gift"), ("waiting", "gift")];
    assert_eq!(ask_all(&app, &["c", "a", "b"]).await, pairs(&waiting));
    let waits = app.ask("a").await.expect(200)["reward"]["reward_id"].clone();
    let found = world.admin("GET", &format!("/v1/rewards/{}", waits.as_str().unwrap()), Value::Null).await.expect(200);
    assert_eq!((&found["state"], &found["user_id"]), (&json!("waiting"), &json!("a")));
    world.settle().await;
    app.stock("last", 2).await;
    world.settle().await;
    let got = ask_all(&app, &["c", "a", "b"]).await;
    assert_eq!(got, pairs(&[("already_rewarded", "last"), ("already_rewarded", "last"), ("waiting", "gift")]));
    assert_eq!(app.ask("a").await.expect(200)["reward"]["reward_id"], waits);
    app.stock("gift", 1).await;
    world.settle().await;
    assert_eq!(ask_all(&app, &["b"]).await, pairs(&[("already_rewarded", "gift")]));
}

#[tokio::test]
async fn an_invalid_groups_fallback_is_awarded_and_waited_for() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("anywhere", falling_back("", &[])).await;
    app.put_group("german", falling_back("anywhere", &["DE"])).await;
    app.stock("german", 1).await;
    app.stock("anywhere", 1).await;
    let rewards = json!([{"reward_group_id": "german"}]);
    app.launch("spring", campaign_with(&[("/moments/0/rewards", rewards)])).await;
    for (user, place) in [("hans", "DE"), ("joe", "US"), ("jim", "US"), ("uwe", "DE")] {
        app.call("PUT", &format!("/v1/users/{user}"), json!({"marketplace": place})).await.expect(200);
    }
    let asked = json!({"user_id": "joe", "campaign_id": "spring"});
    let explained = app.call("POST", "/v1/eligibility", asked).await.expect(200);
    assert_eq!(explained["results"][0]["eligible"], true);
    assert_eq!(explained["results"][0]["reward_preview"]["reward_group_id"], "anywhere");
    let got = ask_all(&app, &["hans", "joe", "jim", "uwe"]).await;
    let expected = [("rewarded", "german"), ("rewarded", "anywhere"), ("waiting", "anywhere"), ("waiting", "german")];
    assert_eq!(got, pairs(&expected));
    world.settle().await;
    // One more URL that is valid everywhere: Jim has waited longest, and no US user gets a German reward.
    app.admin("POST", "/reward-groups/german/stock", json!({"urls": ["https://gift.example/german/more"]})).await;
    world.settle().await;
    assert_eq!(ask_all(&app, &["jim", "uwe"]).await, pairs(&[("waiting", "anywhere"), ("already_rewarded", "german")]));
    app.admin("POST", "/reward-groups/anywhere/stock", json!({"urls": ["https://gift.example/anywhere/more"]})).await;
    world.settle().await;
    assert_eq!(ask_all(&app, &["jim"]).await, pairs(&[("already_rewarded", "anywhere")]));
}

#[tokio::test]
async fn a_group_without_stock_is_no_obstacle_where_another_stands_in() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("spare", falling_back("", &[])).await;
    app.put_group("gift", falling_back("spare", &["DE"])).await;
    let places = json!(["DE", "US"]);
    app.admin("PUT", "/campaigns/spring", campaign_with(&[("/moments/0/marketplaces", places)])).await.expect(200);
    let refused = app.admin("POST", "/campaigns/spring/submit", Value::Null).await.field_errors();
    assert_eq!(refused, [("/moments/0/rewards/0/reward_group_id".to_owned(), "obstacle".to_owned())]);
    app.stock("spare", 1).await;
    app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(200);
}

#[tokio::test]
async fn fallbacks_that_lead_nowhere_in_a_circle_or_too_far_are_refused() {
    let world = World::new().await;
    let app = world.app("app").await;
    let refusal = async |id: &str, group: Value| {
        let refused = app.admin("PUT", &format!("/reward-groups/{id}"), group).await;
        let (problem, detail) = (&refused.body, refused.body["detail"].as_str().unwrap());
        (refused.status, problem["errors"][0]["pointer"].clone(), detail.to_owned())
    };
    for (id, fallback) in [("e", ""), ("d", "e"), ("c", "d"), ("b", "c"), ("a", "b")] {
        app.put_group(id, falling_back(fallback, &[])).await;
    }
    let before = world.items();
    let circle = refusal("c", falling_back("a", &[])).await;
    assert_eq!((circle.0, circle.1), (400, json!("/fallback_group_id")));
    assert!(circle.2.contains("leads in a circle") && circle.2.contains("c → a → b → c"), "{}", circle.2);
    let itself = refusal("c", falling_back("c", &[])).await;
    assert!(itself.0 == 400 && itself.2.contains("c → c"), "{}", itself.2);
    // A chain of five groups, also if it grows at its end.
    let long = refusal("start", falling_back("a", &[])).await;
    assert!(long.0 == 400 && long.2.contains("start → a → b → c → d → e"), "{}", long.2);
    app.put_group("f", falling_back("", &[])).await;
    let grown = refusal("e", falling_back("f", &[])).await;
    assert!(grown.0 == 400 && grown.2.contains("too many"), "{}", grown.2);
    // A fallback must be valid for every user of the group.
    let narrower = refusal("e", falling_back("", &["DE"])).await;
    assert_eq!((narrower.0, narrower.1), (400, json!("/marketplaces")));
    app.put_group("german", falling_back("", &["DE"])).await;
    let elsewhere = refusal("f", falling_back("german", &["US"])).await;
    assert_eq!((elsewhere.0, elsewhere.1), (400, json!("/fallback_group_id")));
    app.put_group("f", falling_back("german", &["DE"])).await;
    let kept = before.iter().filter(|item| item["sk"]["S"].as_str().unwrap().starts_with("GROUP#"));
    assert!(kept.into_iter().all(|item| world.items().contains(item)), "a refusal changed a group");
}

#[tokio::test]
async fn what_somebody_may_wait_for_stays_the_fallback_until_nobody_does() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("anywhere", falling_back("", &[])).await;
    app.put_group("other", falling_back("", &[])).await;
    app.put_group("german", falling_back("anywhere", &["DE"])).await;
    app.stock("anywhere", 1).await;
    let rewards = json!([{"reward_group_id": "german"}]);
    app.launch("spring", campaign_with(&[("/moments/0/rewards", rewards)])).await;
    for user in ["joe", "jim"] {
        app.call("PUT", &format!("/v1/users/{user}"), json!({"marketplace": "US"})).await.expect(200);
    }
    assert_eq!(ask_all(&app, &["joe", "jim"]).await, pairs(&[("rewarded", "anywhere"), ("waiting", "anywhere")]));
    let refused = async |fallback: &str| {
        let before = world.items_at("APP#app");
        let answer = app.admin("PUT", "/reward-groups/german", falling_back(fallback, &["DE"])).await;
        assert_eq!(answer.body["code"], "state_conflict", "{answer:?}");
        assert!(answer.expect(409)["detail"].as_str().unwrap().contains("spring awards anywhere"));
        assert_eq!(world.items_at("APP#app"), before);
    };
    refused("").await;
    refused("other").await;
    // The campaign has ended, and Jim still waits.
    world.set_time("2027-02-01T00:00:00Z");
    refused("").await;
    app.admin("POST", "/reward-groups/anywhere/stock", json!({"urls": ["https://gift.example/anywhere/more"]})).await;
    world.settle().await;
    assert_eq!(ask_all(&app, &["jim"]).await, pairs(&[("already_rewarded", "anywhere")]));
    world.set_time("2027-02-01T00:01:00Z");
    app.put_group("german", falling_back("", &["DE"])).await;
    // Its awards stay counted.
    let levels = app.admin("GET", "/reward-groups/anywhere/stock", Value::Null).await.expect(200);
    assert_eq!((&levels["claimed"], &levels["waiting"]), (&json!(2), &json!(0)));
    world.settle().await;
}
