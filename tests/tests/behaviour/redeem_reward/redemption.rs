//! Redemption beyond the first visit: previews of links, apps that present rewards, partners who confirm them, expired
//! rewards, and unseen URLs.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, App, World, group, promises};

pub(crate) async fn visit(world: &World, method: &str, id: &str, headers: &[(&str, &str)]) -> Answer {
    world.send(method, &format!("/r/{id}"), headers, b"").await
}

/// Makes a shop whose rewards expire after two days.
pub(crate) async fn brief_shop(world: &World, urls: usize) -> App<'_> {
    let app = world.app("app").await;
    let mut brief = group();
    brief["expires_after_days"] = json!(2);
    app.put_group("gift", brief).await;
    app.stock("gift", urls).await;
    app.launch("spring", tests::campaign()).await;
    app
}

pub(crate) async fn errand(world: &World, errand: &str) {
    let called = world.local.functions.invoke("follow-rewards", json!({"errand": errand}), "schedule").await;
    called.unwrap();
}

pub(crate) fn stored(world: &World, id: &str) -> Value {
    let is_it = |item: &Value| promises::text(item, "reward_id") == Some(id) && item["reward_state"].is_object();
    world.items().into_iter().find(is_it).unwrap()
}

pub(crate) fn state(world: &World, id: &str) -> String {
    promises::text(&stored(world, id), "reward_state").unwrap().to_owned()
}

fn budget_spent(world: &World) -> i64 {
    promises::of(&world.items(), "SLOT").map(|slot| promises::number(slot, "spent")).sum()
}

#[tokio::test]
async fn a_preview_is_led_on_and_redeems_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let reward = app.ask("ada").await.expect(201)["reward"].clone();
    let id = reward["reward_id"].as_str().unwrap();
    let before = world.items();
    let agents: [&[(&str, &str)]; 4] = [
        &[("user-agent", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")],
        &[("user-agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)")],
        &[("user-agent", "Mozilla/5.0 Chrome/128"), ("sec-purpose", "prefetch;prerender")],
        &[("x-moz", "prefetch")],
    ];
    for headers in agents {
        let answer = visit(&world, "GET", id, headers).await;
        assert_eq!((answer.status, answer.header("location")), (302, reward["url"].as_str()), "{headers:?}");
    }
    let head = visit(&world, "HEAD", id, &[]).await;
    assert_eq!((head.status, head.header("location"), &head.body), (302, reward["url"].as_str(), &Value::Null));
    assert_eq!(world.items(), before, "a preview changed something");
    assert_eq!(visit(&world, "HEAD", "zzz", &[]).await.status, 404);
    visit(&world, "GET", id, &[("user-agent", "Mozilla/5.0 (Linux; Android 14; CUBOT X50)")]).await;
    assert_eq!(state(&world, id), "redeemed");
    world.settle().await;
}

#[tokio::test]
async fn the_page_speaks_the_users_language() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let page = |answer: Answer| answer.body.as_str().unwrap().to_owned();
    for (accept, title) in
        [("de-CH, fr;q=0.8", "Link nicht gefunden"), ("tlh, ja;q=0.5", "リンクが"), ("", "Link not found")]
    {
        let answer = visit(&world, "GET", "zzz", &[("accept-language", accept)]).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(page(answer).contains(title), "{accept}");
    }
    app.call("PUT", "/v1/users/ada", json!({"locale": "nl-BE"})).await.expect(200);
    let id = app.ask("ada").await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned();
    world.admin("POST", &format!("/v1/rewards/{id}/void"), json!({"reason": "error"})).await.expect(200);
    let answer = visit(&world, "GET", &id, &[("accept-language", "fr")]).await;
    assert_eq!(answer.status, 410);
    assert!(page(answer).contains("Beloning ingetrokken"));
}

#[tokio::test]
async fn an_app_redeems_once_and_a_rehearsal_never() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let id = app.ask("ada").await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/rewards/{id}/redeem");
    let before = world.items();
    let answer = app.call("POST", &format!("{path}?dry_run=true"), Value::Null).await.expect(200);
    assert_eq!((&answer["outcome"], &answer["reward"]["state"]), (&json!("redeemed"), &json!("redeemed")));
    // A test key does not find a live reward.
    world.call(&app.test_key, "POST", &path, Value::Null).await.expect(404);
    assert_eq!(world.items(), before, "a rehearsal changed something");
    // From eight environments and the link at once: recorded once.
    let calls = futures_util::future::join_all((0..8).map(|_| app.call("POST", &path, Value::Null)));
    let (answers, link) = futures_util::future::join(calls, visit(&world, "GET", &id, &[])).await;
    assert_eq!(link.status, 302);
    let outcomes: Vec<String> =
        answers.into_iter().map(|answer| answer.expect(200)["outcome"].as_str().unwrap().to_owned()).collect();
    assert!(outcomes.iter().filter(|outcome| *outcome == "redeemed").count() <= 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.ends_with("redeemed")), "{outcomes:?}");
    assert_eq!(stored(&world, &id)["changes"]["L"].as_array().unwrap().len(), 1);
    // Another app does not find it.
    let other = world.app("other").await;
    other.call("POST", &path, Value::Null).await.expect(404);
    world.settle().await;
}

fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    webhook.sign(id, timestamp, body.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_partner_confirms_what_it_signs_and_nothing_else() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let made = app.admin("PUT", "/partners/acme", json!({"name": "Acme Stores"})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(app.admin("GET", "/partners/acme", Value::Null).await.expect(200).get("secret").is_none());
    let ask = async |user: &str| app.ask(user).await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned();
    let (ada, bob) = (ask("ada").await, ask("bob").await);
    let now = world.clock.now().as_second();
    let confirm = async |at: &str, body: &Value, signed_at: i64, secret: &str| {
        let body = body.to_string();
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", &signed_at.to_string()),
            ("webhook-signature", &sign(secret, "msg_1", signed_at, &body)),
        ];
        world.send("POST", &format!("/v1/rewards/{at}/redeemed"), &headers, body.as_bytes()).await
    };
    let body = |id: &str| json!({"reward_id": id, "partner_id": "acme", "reference": "till 4"});
    let before = world.items();
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for answer in [
        confirm(&ada, &body(&ada), now, other).await,
        confirm(&ada, &body(&ada), now - 301, &secret).await,
        confirm(&ada, &json!({"reward_id": ada, "partner_id": "nobody"}), now, &secret).await,
        // A signature for one reward is invalid for another.
        world
            .send(
                "POST",
                &format!("/v1/rewards/{ada}/redeemed"),
                &[("content-type", "application/json")],
                body(&ada).to_string().as_bytes(),
            )
            .await,
    ] {
        assert_eq!(answer.status, 401, "{:?}", answer.body);
        assert_eq!(answer.body["code"], "invalid_signature");
    }
    assert_eq!(confirm(&bob, &body(&ada), now, &secret).await.field_errors()[0].0, "/reward_id");
    assert_eq!(world.items(), before, "a refused confirmation changed something");
    let confirmed = confirm(&ada, &body(&ada), now, &secret).await.expect(200);
    assert_eq!(confirmed["outcome"], "redeemed");
    assert_eq!(confirm(&ada, &body(&ada), now, &secret).await.expect(200)["outcome"], "already_redeemed");
    let record = world.admin("GET", &format!("/v1/rewards/{ada}"), Value::Null).await.expect(200);
    assert_eq!(record["changes"][0]["by"], "partner");
    assert_eq!(
        (&record["changes"][0]["reason"], record["changes"].as_array().unwrap().len()),
        (&json!("acme: till 4"), 1)
    );
    // After the user's visit, and even after the expiry, the merchant's confirmation is recorded once.
    visit(&world, "GET", &bob, &[]).await;
    for _ in 0..2 {
        assert_eq!(confirm(&bob, &body(&bob), now, &secret).await.expect(200)["outcome"], "already_redeemed");
    }
    let record = world.admin("GET", &format!("/v1/rewards/{bob}"), Value::Null).await.expect(200);
    let by: Vec<&Value> = record["changes"].as_array().unwrap().iter().map(|change| &change["by"]).collect();
    assert_eq!(by, ["user", "partner"]);
    // A rotated secret stays valid for its overlap, a deleted partner's not at all.
    let rotated = app.admin("POST", "/partners/acme/rotate", json!({"overlap_seconds": 60})).await.expect(200);
    assert_ne!(rotated["secret"], json!(secret));
    assert_eq!(confirm(&bob, &body(&bob), now, &secret).await.status, 200);
    app.admin("DELETE", "/partners/acme", Value::Null).await.expect(204);
    assert_eq!(confirm(&bob, &body(&bob), now, &secret).await.status, 401);
    world.settle().await;
}

#[tokio::test]
async fn what_is_not_redeemed_in_time_gives_back_its_money_and_an_unseen_url() {
    let world = World::new().await;
    let app = brief_shop(&world, 0).await;
    // The stream awards Eve, who never looks; Ada sees hers; Bob redeems.
    let joined = app.ask("eve").await.expect(200);
    let eve = joined["reward"]["reward_id"].as_str().unwrap().to_owned();
    app.stock("gift", 1).await;
    world.settle().await;
    assert_eq!((state(&world, &eve).as_str(), budget_spent(&world)), ("awarded", 500));
    app.admin(
        "POST",
        "/reward-groups/gift/stock",
        json!({"urls": ["https://gift.example/b/1", "https://gift.example/b/2"]}),
    )
    .await
    .expect(200);
    world.pass(SignedDuration::from_secs(60));
    // Eve's environment caches for some seconds that nothing is left.
    world.local.functions.end_environments("allocate-reward");
    let ask = async |user: &str| app.ask(user).await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned();
    let (ada, bob) = (ask("ada").await, ask("bob").await);
    visit(&world, "GET", &bob, &[]).await;
    world.settle().await;
    errand(&world, "expiry").await;
    assert_eq!(state(&world, &ada), "awarded", "it is not over yet");
    world.pass(SignedDuration::from_hours(49));
    errand(&world, "expiry").await;
    errand(&world, "expiry").await;
    world.settle().await;
    for (id, expected) in [(&eve, "expired"), (&ada, "expired"), (&bob, "redeemed")] {
        assert_eq!(state(&world, id), expected);
    }
    assert_eq!(budget_spent(&world), 500, "what was redeemed is spent, and nothing else");
    let stock = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    assert_eq!(stock["available"], 1, "what nobody saw is in stock again, and what Ada saw is not");
    assert!(stored(&world, &eve)["url"].is_null());
    assert!(promises::of(&world.items(), "EXPIRY").next().is_none(), "what is over is forgotten");
    assert_eq!(visit(&world, "GET", &eve, &[]).await.status, 410);
    assert_eq!(visit(&world, "GET", &bob, &[]).await.status, 302);
    let shown = app.ask("ada").await.expect(200);
    assert_eq!((&shown["outcome"], &shown["reward"]["state"]), (&json!("already_rewarded"), &json!("expired")));
    assert_eq!((&shown["reward"]["url"], &shown["reward"]["redeem_url"]), (&Value::Null, &Value::Null));
    let types: Vec<Value> = world.local.events().iter().map(|event| event["detail-type"].clone()).collect();
    assert_eq!(types.iter().filter(|of| **of == "reward.expired").count(), 2);
}

#[tokio::test]
async fn what_comes_back_goes_to_those_who_wait() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut brief = group();
    brief["expires_after_days"] = json!(2);
    app.put_group("gift", brief).await;
    app.stock("gift", 2).await;
    // Money for one reward, and then a note that it is used up.
    app.launch("spring", tests::campaign_with(&[("/budget/amount_minor", json!(500))])).await;
    app.ask("ada").await.expect(201);
    assert_eq!(app.ask("bob").await.expect(200)["outcome"], "waiting");
    world.settle().await;
    let budget = promises::of(&world.items(), "BUDGET").next().unwrap().clone();
    assert_eq!(promises::number(&budget, "short_at"), 500, "it is noted that the budget is used up");
    world.pass(SignedDuration::from_hours(49));
    errand(&world, "expiry").await;
    world.settle().await;
    let bobs = app.call("GET", "/v1/users/bob/rewards", Value::Null).await.expect(200);
    assert_eq!(bobs["data"][0]["state"], "awarded", "{bobs}");
    let adas = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(adas["data"][0]["state"], "expired");
    assert_ne!(bobs["data"][0]["url"], Value::Null);
    assert_eq!(budget_spent(&world), 500);
    world.settle().await;
}

#[tokio::test]
async fn a_url_is_unseen_until_it_is_shown_and_then_never_goes_back() {
    for shows in ["list", "ask", "export", "link", "head", "redeem"] {
        let world = World::new().await;
        let app = brief_shop(&world, 0).await;
        let joined = app.ask("eve").await.expect(200);
        let id = joined["reward"]["reward_id"].as_str().unwrap().to_owned();
        app.stock("gift", 1).await;
        world.settle().await;
        assert_eq!(stored(&world, &id)["sealed"]["BOOL"], true);
        let record = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
        assert_eq!((&record["sealed"], &record["url"]), (&json!(true), &Value::Null), "nor is an admin shown it");
        app.call("GET", "/v1/users/eve/notifications", Value::Null).await.expect(200);
        let dry = json!({"user_id": "eve", "campaign_id": "spring", "moment_id": "deposits"});
        let dry = app.call("POST", "/v1/rewards?dry_run=true", dry).await.expect(200);
        assert_eq!(dry["reward"]["url"], Value::Null, "a dry run writes nothing, so it shows nothing new");
        assert_eq!(stored(&world, &id)["sealed"]["BOOL"], true);
        let url = match shows {
            "list" => app.call("GET", "/v1/users/eve/rewards", Value::Null).await.expect(200)["data"][0]["url"].clone(),
            "ask" => app.ask("eve").await.expect(200)["reward"]["url"].clone(),
            "export" => {
                app.call("GET", "/v1/users/eve/export", Value::Null).await.expect(200)["rewards"][0]["url"].clone()
            }
            "redeem" => {
                let path = format!("/v1/rewards/{id}/redeem");
                app.call("POST", &path, Value::Null).await.expect(200)["reward"]["url"].clone()
            }
            shows => {
                let method = if shows == "head" { "HEAD" } else { "GET" };
                json!(visit(&world, method, &id, &[]).await.header("location"))
            }
        };
        assert_eq!(url, "https://gift.example/gift/0", "{shows}");
        assert!(stored(&world, &id)["sealed"].is_null(), "{shows}");
        world.pass(SignedDuration::from_hours(49));
        errand(&world, "expiry").await;
        world.settle().await;
        let stock = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
        assert_eq!(stock["available"], 0, "{shows}: a URL that was shown went back to stock");
    }
}
