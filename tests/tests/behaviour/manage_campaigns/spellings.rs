//! All spellings of a URL are one code, even if an earlier version of Moments stored it.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World};

use super::void::{available, unseen};

/// Loads URLs. Returns the numbers of accepted URLs and of duplicates.
async fn load(app: &App<'_>, urls: &[&str]) -> (u64, u64) {
    let loaded = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await.expect(200);
    (loaded["accepted"].as_u64().unwrap(), loaded["duplicate"].as_u64().unwrap())
}

/// Source: rust-url#779, "One code in two spellings goes to two users" ("What the field found", 2).
#[tokio::test]
async fn a_url_in_two_spellings_goes_to_one_user_as_it_was_loaded() {
    let spellings = [
        ("https://gift.example/?code=AB%2bCD", "https://gift.example/?code=AB%2BCD"),
        ("https://gift.example/%41BC", "https://gift.example/ABC"),
        ("https://gift.example/~1", "https://gift.example/%7E1"),
        ("https://gift.example./dot", "https://gift.example/dot"),
        ("https://gift.example:0443/port", "https://gift.example:443/port"),
        ("https://gift.example/./segment", "https://gift.example/segment"),
    ];
    let world = World::new().await;
    let app = world.shop(0).await;
    for (number, (first, second)) in spellings.into_iter().enumerate() {
        assert_eq!(load(&app, &[first, second]).await, (1, 1), "in one request: {first} {second}");
        assert_eq!(load(&app, &[second]).await, (0, 1), "{second}");
        world.pass(SignedDuration::from_secs(60));
        let reward = app.ask(&format!("user-{number}")).await.expect(201)["reward"].clone();
        assert_eq!(reward["url"], first, "as it was loaded");
        let link = format!("/r/{}", reward["reward_id"].as_str().unwrap());
        assert_eq!(world.send("GET", &link, &[], b"").await.header("location"), Some(first));
        assert_eq!(load(&app, &[second]).await, (0, 1), "a used one stays used: {second}");
        let found = app.admin("POST", "/stock/lookup", json!({"url": second})).await.expect(200);
        assert_eq!((&found["state"], &found["reward"]["url"]), (&json!("claimed"), &json!(first)));
    }
    assert_eq!(app.ask("late").await.expect(200)["outcome"], "waiting");
    world.settle().await;
}

/// One URL: in the spelling that an earlier version stored, and in its normal form.
const SPELLED: &str = "https://gift.example/?code=AB%2bCD";
const NORMAL: &str = "https://gift.example/?code=AB%2BCD";

/// SHA-256 of `SPELLED` unchanged, in base64url: its key in an earlier version.
const SPELLED_HASH: &str = "_Sc_wPBV1_C6T2m2_p6v0DUmxLdlJgloJBbtKa0NfKc";

/// Returns the stored code of a URL.
fn code(world: &World, url: &str) -> Value {
    world.items_at("CODE#").into_iter().find(|code| code["url"]["S"] == url).unwrap()
}

/// Moves the code of [`SPELLED`] to its key in an earlier version.
async fn store_as_before(world: &World) {
    let mut code = code(world, SPELLED);
    let key = json!({"pk": code["pk"], "sk": code["sk"]});
    world.raw("DeleteItem", json!({"TableName": "moments", "Key": key})).await;
    code["pk"] = json!({"S": format!("CODE#app#{SPELLED_HASH}")});
    if code.get("gsi1sk").is_some() {
        code["gsi1sk"] = json!({"S": SPELLED_HASH});
    }
    world.put_raw(code).await;
}

/// Makes a shop whose only URL is [`SPELLED`], stored as by an earlier version.
async fn shop_of_before(world: &World) -> App<'_> {
    let app = world.shop(0).await;
    assert_eq!(load(&app, &[SPELLED]).await, (1, 0));
    store_as_before(world).await;
    world.pass(SignedDuration::from_secs(60));
    app
}

#[tokio::test]
async fn what_an_earlier_version_has_loaded_is_known_and_given_once() {
    let world = World::new().await;
    let app = shop_of_before(&world).await;
    assert_eq!(load(&app, &[SPELLED]).await, (0, 1), "the same file again");
    let found = app.admin("POST", "/stock/lookup", json!({"url": SPELLED})).await.expect(200);
    assert_eq!((&found["state"], &found["url_hash"]), (&json!("available"), &json!(SPELLED_HASH)));
    assert_eq!(app.ask("ada").await.expect(201)["reward"]["url"], SPELLED);
    for url in [SPELLED, NORMAL] {
        assert_eq!(load(&app, &[url]).await, (0, 1), "{url}");
        let found = app.admin("POST", "/stock/lookup", json!({"url": url})).await.expect(200);
        assert_eq!((&found["state"], &found["reward"]["user_id"]), (&json!("claimed"), &json!("ada")));
    }
    assert_eq!(available(&app).await, 0);
    assert_eq!(app.ask("bob").await.expect(200)["outcome"], "waiting");
    world.settle().await;
}

#[tokio::test]
async fn of_two_spellings_that_two_versions_have_loaded_one_goes_out() {
    let world = World::new().await;
    let app = world.shop(0).await;
    assert_eq!(load(&app, &[NORMAL]).await, (1, 0));
    world.pass(SignedDuration::from_secs(60));
    assert_eq!(app.ask("ada").await.expect(201)["reward"]["url"], NORMAL);
    // The same URL from another version, under another key.
    let other = "https://gift.example/other";
    assert_eq!(load(&app, &[other]).await, (1, 0));
    let mut beside = code(&world, other);
    app.admin("POST", "/reward-groups/gift/stock/retire", json!({"urls": [other]})).await.expect(200);
    for (name, value) in
        [("pk", format!("CODE#app#{SPELLED_HASH}")), ("gsi1sk", SPELLED_HASH.into()), ("url", SPELLED.into())]
    {
        beside[name] = json!({"S": value});
    }
    world.put_raw(beside).await;
    assert_eq!(available(&app).await, 1);
    world.pass(SignedDuration::from_secs(60));
    assert_eq!(app.ask("bob").await.expect(200)["outcome"], "waiting", "ada has that URL");
    assert_eq!(available(&app).await, 0, "it is offered to nobody any more");
    world.settle().await;
}

#[tokio::test]
async fn what_an_earlier_version_has_given_and_nobody_has_seen_goes_back_once() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let reward = unseen(&world, &app).await;
    let given = reward.url.as_ref().unwrap().expose().to_owned();
    // The same reward with the URL's spelling of an earlier version.
    let id = reward.reward_id.as_str();
    let mut of_before = code(&world, &given);
    let key = json!({"pk": of_before["pk"], "sk": of_before["sk"]});
    world.raw("DeleteItem", json!({"TableName": "moments", "Key": key})).await;
    of_before["pk"] = json!({"S": format!("CODE#app#{SPELLED_HASH}")});
    of_before["url"] = json!({"S": SPELLED});
    world.put_raw(of_before).await;
    let mut stored = world.items_at("USER#").into_iter().find(|item| item["reward_id"]["S"] == id).unwrap();
    stored["url"] = json!({"S": SPELLED});
    world.put_raw(stored).await;
    let void = format!("/v1/rewards/{id}/void");
    world.admin("POST", &void, json!({"reason": "error"})).await.expect(200);
    assert_eq!(available(&app).await, 1);
    assert_eq!(world.items_at("CODE#").iter().filter(|code| code["url"]["S"] == SPELLED).count(), 1);
    assert_eq!(load(&app, &[SPELLED, NORMAL]).await, (0, 2));
    world.pass(SignedDuration::from_secs(60));
    // The environment remembers for some seconds that nothing was left.
    world.local.functions.end_environments("allocate-reward");
    assert_eq!(app.ask("ada").await.expect(201)["reward"]["url"], SPELLED);
    world.settle().await;
}
