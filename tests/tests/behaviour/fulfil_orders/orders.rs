//! Physical rewards: the award, the address, the delivery and the removal of the address. Which steps partners may
//! take, who wins races, and that an address shows only where it must. `fulfil-orders` tests the rules for addresses.

use std::io::Write;
use std::sync::{Arc, Mutex};

use domain::id::RewardId;
use domain::reward::{Actor, RewardState};
use serde_json::{Value, json};
use store::reward_changes::{self, Transition};
use store::rewards;
use tests::{Answer, App, World, campaign_with, group};

/// Texts that only the user, the app and the partner may see.
pub(crate) const SECRETS: [&str; 4] = ["Lovelace", "Dorset", "W1U 4EG", "7946 0958"];

pub(crate) fn address() -> Value {
    json!({
        "country": "GB", "name": "Ada Lovelace", "line1": "Dorset Street 7", "city": "London", "postal_code": "w1u 4eg",
        "phone": "+44 20 7946 0958",
    })
}

/// Makes an app whose campaign `spring` awards physical mugs.
pub(crate) async fn mugs(world: &World) -> App<'_> {
    let app = world.app("app").await;
    let mut mug = group();
    mug["kind"] = json!("physical");
    mug["name"] = json!("Mug");
    mug["shipping"] = json!({"weight_grams": 400});
    app.put_group("mug", mug).await;
    app.admin("PUT", "/partners/acme", json!({"name": "Acme Parcels"})).await.expect(201);
    app.stock("mug", 5).await;
    app.launch("spring", campaign_with(&[("/moments/0/rewards", json!([{"reward_group_id": "mug"}]))])).await;
    app
}

/// Awards the user a reward. Returns its id.
pub(crate) async fn award(app: &App<'_>, user: &str) -> String {
    app.ask(user).await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn give(app: &App<'_>, id: &str) -> Answer {
    app.call("PUT", &format!("/v1/rewards/{id}/address"), address()).await
}

async fn step(app: &App<'_>, id: &str, step: &str, body: Value) -> Answer {
    app.admin("POST", &format!("/orders/{id}/{step}"), body).await
}

async fn claim(app: &App<'_>, id: &str, partner: &str) -> Answer {
    step(app, id, "claim", json!({"partner": partner})).await
}

/// Makes Ada's reward, with an order that a partner has claimed.
async fn claimed(app: &App<'_>) -> String {
    let id = award(app, "ada").await;
    give(app, &id).await.expect(200);
    claim(app, &id, "acme").await.expect(200);
    id
}

/// Makes Ada's reward, with a shipped order.
async fn shipped(app: &App<'_>) -> String {
    let id = claimed(app).await;
    step(app, &id, "ship", shipment()).await.expect(200);
    id
}

pub(crate) fn shipment() -> Value {
    json!({"carrier": "DHL", "tracking": "00340434", "tracking_url": "https://track.example/00340434"})
}

pub(crate) async fn listed(app: &App<'_>, state: &str) -> Vec<Value> {
    let list = app.admin("GET", &format!("/orders?state={state}"), Value::Null).await.expect(200);
    list["data"].as_array().unwrap().clone()
}

fn kept(world: &World, id: &str) -> Option<Value> {
    world.items_at(&format!("SHIPPING#{id}")).pop()
}

/// Sends a form as a browser does, or gets the page.
async fn browse(world: &World, method: &str, path: &str, form: &str) -> (Answer, String) {
    let headers = [("accept", "text/html"), ("content-type", "application/x-www-form-urlencoded")];
    let sent = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let answer = world.send(method, path, &headers, form.as_bytes()).await;
    let request =
        local::gateway::HttpRequest { method: "GET".into(), target: path.into(), headers: sent, body: Vec::new() };
    let page = if method == "GET" { world.local.call(request).await.body } else { Vec::new() };
    (answer, String::from_utf8(page).unwrap())
}

#[tokio::test]
async fn a_mug_is_shown_with_the_page_that_asks_where_to() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let reward = app.ask("ada").await.expect(201)["reward"].clone();
    let page = format!("{}/address", reward["redeem_url"].as_str().unwrap());
    assert_eq!(reward["url"], page, "the URL in stock stands for one mug, and opens nothing");
    let listed = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(listed["data"][0]["url"], page);
    let path = page.split_once("/r/").unwrap().1;
    world.send("GET", &format!("/r/{path}"), &[], b"").await.expect(200);
    world.settle().await;
}

#[tokio::test]
async fn a_mug_goes_from_the_award_to_its_user_and_every_step_is_told() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let given = give(&app, &id).await.expect(200);
    assert_eq!((&given["state"], &given["correctable"]), (&json!("ordered"), &json!(true)));
    let unclaimed = app.admin("GET", &format!("/orders/{id}"), Value::Null).await.expect(200);
    assert_eq!(
        (&unclaimed["address"], &unclaimed["address_removed_at"]),
        (&Value::Null, &json!("2027-05-30T12:00:00Z"))
    );
    let claimed = claim(&app, &id, "acme").await.expect(200);
    assert_eq!((&claimed["partner"], &claimed["address"]["postal_code"]), (&json!("acme"), &json!("W1U 4EG")));
    let shipped = step(&app, &id, "ship", shipment()).await.expect(200);
    assert_eq!((&shipped["state"], &shipped["shipment"]["tracking"]), (&json!("shipped"), &json!("00340434")));
    assert_eq!((listed(&app, "ordered").await.len(), listed(&app, "shipped").await.len()), (0, 1));
    world.set_time("2026-12-05T12:00:00Z");
    let delivered = step(&app, &id, "deliver", json!({"reason": "signed for"})).await.expect(200);
    assert_eq!((&delivered["state"], &delivered["changed_at"]), (&json!("delivered"), &json!("2026-12-05T12:00:00Z")));
    world.settle().await;
    let events = world.local.events();
    let of_type = |of: &str| events.iter().find(|event| event["detail-type"] == of).unwrap()["detail"]["data"].clone();
    let order = json!({"partner": "acme", "carrier": "DHL", "tracking": "00340434"});
    assert_eq!((&of_type("reward.shipped")["order"], &of_type("reward.delivered")["order"]), (&order, &order));
    assert_eq!(of_type("reward.delivered")["reason"], "signed for");
    assert_eq!(of_type("reward.ordered")["state"], "ordered");
    assert_eq!(of_type("order.claimed")["order"], json!({"partner": "acme"}));
    let told = |of: &str| events.iter().filter(|event| event["detail-type"] == of).count();
    assert_eq!((told("reward.ordered"), told("order.claimed")), (1, 1));
    let timeline = app.call("GET", "/v1/users/ada/timeline", Value::Null).await.expect(200);
    assert!(timeline.to_string().contains("partner acme has claimed the order"), "{timeline}");
    let record = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
    let changes = record["changes"].as_array().unwrap();
    let of_change = |state: &str| changes.iter().find(|change| change["state"] == state).unwrap()["order"].clone();
    assert_eq!((of_change("shipped"), of_change("redeemed")), (order, Value::Null));
    for secret in SECRETS {
        assert!(!json!(events).to_string().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_address_is_removed_after_thirty_days_and_hidden_before_that() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = shipped(&app).await;
    world.local.run_schedule("fulfil-orders").await.unwrap();
    step(&app, &id, "deliver", Value::Null).await.expect(200);
    world.set_time("2026-12-31T11:59:59Z");
    world.local.run_schedule("fulfil-orders").await.unwrap();
    assert_eq!(kept(&world, &id).unwrap()["expires"]["N"], "1798718400");
    world.set_time("2026-12-31T12:00:00Z");
    // Before the schedule and DynamoDB's expiry.
    let order = app.admin("GET", &format!("/orders/{id}"), Value::Null).await.expect(200);
    assert_eq!((&order["address"], &order["address_removed_at"]), (&Value::Null, &Value::Null));
    app.call("GET", &format!("/v1/rewards/{id}/address"), Value::Null).await.expect(404);
    world.local.run_schedule("fulfil-orders").await.unwrap();
    assert_eq!(kept(&world, &id), None);
    assert_eq!(listed(&app, "delivered").await.len(), 1);
}

#[tokio::test]
async fn an_order_that_nobody_ends_does_not_keep_its_address_for_ever() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    give(&app, &id).await.expect(200);
    world.set_time("2027-05-30T12:00:00Z");
    world.local.run_schedule("fulfil-orders").await.unwrap();
    assert_eq!(kept(&world, &id), None);
    claim(&app, &id, "acme").await.expect(200);
    step(&app, &id, "ship", shipment()).await.expect(200);
    step(&app, &id, "lose", Value::Null).await.expect(200);
    assert_eq!(kept(&world, &id), None, "no half item");
}

#[tokio::test]
async fn a_step_that_the_state_does_not_allow_changes_nothing() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    claim(&app, &id, "acme").await.expect(404);
    give(&app, &id).await.expect(200);
    let before = world.items();
    for (name, body, code) in [
        ("ship", shipment(), "not_claimed"),
        ("deliver", Value::Null, "state_conflict"),
        ("return", Value::Null, "state_conflict"),
        ("lose", Value::Null, "state_conflict"),
    ] {
        assert_eq!(step(&app, &id, name, body).await.expect(409)["code"], code, "{name}");
    }
    let fields =
        step(&app, &id, "ship", json!({"carrier": "a\nb", "tracking_url": "javascript:x"})).await.field_errors();
    let pointers: Vec<&str> = fields.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/carrier", "/tracking", "/tracking_url"]);
    let other = world.app("other").await;
    other.admin("GET", &format!("/orders/{id}"), Value::Null).await.expect(404);
    other.call("PUT", &format!("/v1/rewards/{id}/address"), address()).await.expect(404);
    world.call(&app.test_key, "PUT", &format!("/v1/rewards/{id}/address"), address()).await.expect(404);
    app.call("GET", "/v1/apps/app/orders", Value::Null).await.expect(403);
    assert_eq!(world.items_at("ORDER#"), before.into_iter().filter(is_order).collect::<Vec<_>>());
}

fn is_order(item: &Value) -> bool {
    item["pk"]["S"].as_str().unwrap().starts_with("ORDER#")
}

#[tokio::test]
async fn every_step_may_be_taken_again_and_another_one_instead_may_not() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = shipped(&app).await;
    let before = world.items();
    claim(&app, &id, "acme").await.expect(200);
    step(&app, &id, "ship", shipment()).await.expect(200);
    let other = json!({"carrier": "DHL", "tracking": "other"});
    assert_eq!(step(&app, &id, "ship", other).await.expect(409)["code"], "state_conflict");
    assert_eq!(claim(&app, &id, "rival").await.expect(409)["code"], "order_claimed");
    assert_eq!(world.items(), before);
    step(&app, &id, "return", Value::Null).await.expect(200);
    step(&app, &id, "return", Value::Null).await.expect(200);
    let detail = step(&app, &id, "deliver", Value::Null).await.expect(409)["detail"].clone();
    assert_eq!(detail, "the order is returned; only one that is shipped can become delivered");
}

#[tokio::test]
async fn of_two_partners_who_claim_at_once_one_has_it() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    give(&app, &id).await.expect(200);
    for n in 0..8 {
        app.admin("PUT", &format!("/partners/partner-{n}"), json!({"name": "Parcels"})).await.expect(201);
    }
    let claims = (0..8).map(|n| {
        let (app, id) = (&app, &id);
        async move { claim(app, id, &format!("partner-{n}")).await.status }
    });
    let mut statuses = futures_util::future::join_all(claims).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn an_address_is_corrected_until_the_claim_and_ordered_once_from_two_tabs() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let both = futures_util::future::join(give(&app, &id), give(&app, &id)).await;
    assert_eq!((both.0.status, both.1.status), (200, 200));
    let mut moved = address();
    moved["line1"] = json!("Ring 1");
    app.call("PUT", &format!("/v1/rewards/{id}/address"), moved.clone()).await.expect(200);
    assert_eq!(claim(&app, &id, "acme").await.expect(200)["address"]["line1"], "Ring 1");
    let before = kept(&world, &id);
    let refused = give(&app, &id).await.expect(409);
    assert_eq!(refused["code"], "order_claimed");
    assert_eq!(kept(&world, &id), before);
    // The history has the redemption, the order and the claim once each.
    world.settle().await;
    let reward = world.items_at("USER#app#ada").into_iter().find(|item| item.get("reward_state").is_some()).unwrap();
    let change =
        |change: &Value| (change["M"]["state"]["S"].clone(), change["M"]["order"]["M"]["partner"]["S"].clone());
    let changes: Vec<_> = reward["changes"]["L"].as_array().unwrap().iter().map(change).collect();
    let expected = [("redeemed", Value::Null), ("ordered", Value::Null), ("ordered", json!("acme"))];
    assert_eq!(changes, expected.map(|(state, partner)| (json!(state), partner)));
}

#[tokio::test]
async fn a_reward_that_is_taken_back_has_no_order_and_no_address_any_more() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = claimed(&app).await;
    let (store, now) = (&world.local.environments.store, world.clock.now());
    let reward_id = RewardId::try_from(id.as_str()).unwrap();
    let at = rewards::find(store, &reward_id).await.unwrap().unwrap();
    let reward = rewards::get_found(store, &reward_id, &at).await.unwrap().unwrap();
    let void = Transition::new(RewardState::Voided, now, Actor::Schedule);
    assert!(reward_changes::advance(store, &reward, &void).await.unwrap().is_some());
    assert_eq!((kept(&world, &id), listed(&app, "voided").await.len()), (None, 1));
    assert_eq!(step(&app, &id, "ship", shipment()).await.expect(409)["code"], "state_conflict");
    let (page, _) = browse(&world, "GET", &format!("/r/{id}/address"), "").await;
    assert_eq!(page.status, 404);
    world.settle().await;
}

#[tokio::test]
async fn erasing_a_user_removes_addresses_but_of_a_parcel_that_is_under_way() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let (gone, under_way) = (award(&app, "ada").await, award(&app, "bob").await);
    for id in [&gone, &under_way] {
        give(&app, id).await.expect(200);
        claim(&app, id, "acme").await.expect(200);
        step(&app, id, "ship", shipment()).await.expect(200);
    }
    step(&app, &gone, "deliver", Value::Null).await.expect(200);
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    assert_eq!(export["rewards"][0]["shipping_address_until"], "2026-12-31T12:00:00Z");
    let shown = app.call("GET", &format!("/v1/rewards/{gone}/address"), Value::Null).await.expect(200);
    assert_eq!(shown["address"]["line1"], "Dorset Street 7");
    for user in ["ada", "bob"] {
        app.call("DELETE", &format!("/v1/users/{user}"), Value::Null).await.expect(204);
    }
    assert!(kept(&world, &gone).is_none() && kept(&world, &under_way).is_some());
    step(&app, &under_way, "deliver", Value::Null).await.expect(200);
    world.set_time("2027-01-01T00:00:00Z");
    world.local.run_schedule("fulfil-orders").await.unwrap();
    assert!(kept(&world, &under_way).is_none());
    world.settle().await;
}

#[tokio::test]
async fn the_page_asks_what_the_country_wants_and_then_shows_how_far_it_is() {
    let world = World::new().await;
    let app = mugs(&world).await;
    app.call("PUT", "/v1/users/ada", json!({"locale": "de-AT"})).await.expect(200);
    let id = award(&app, "ada").await;
    let path = format!("/r/{id}/address");
    let (answer, page) = browse(&world, "GET", &path, "").await;
    assert!(page.contains("<html lang=\"de\">") && page.contains("<option value=\"AT\" selected>Österreich</option>"));
    assert!(page.contains("name=\"postal_code\"") && !page.contains("name=\"region\"") && !page.contains("<script"));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"));
    assert_eq!(
        (answer.header("cache-control"), answer.header("referrer-policy")),
        (Some("no-store"), Some("no-referrer"))
    );
    assert!(
        browse(&world, "GET", &format!("{path}?country=US"), "").await.1.contains("<option value=\"CA\">California")
    );
    let before = world.items();
    assert_eq!(browse(&world, "POST", &path, "country=DE&name=&postal_code=1").await.0.status, 400);
    assert_eq!(world.items(), before);
    let form = "country=GB&name=Ada+Lovelace&line1=Dorset+Street+7&city=London&postal_code=W1U+4EG";
    let (posted, _) = browse(&world, "POST", &path, form).await;
    assert_eq!((posted.status, posted.header("location")), (303, Some("address")));
    let (_, page) = browse(&world, "GET", &path, "").await;
    assert!(page.contains("address?correct=1"));
    assert!(SECRETS.iter().all(|secret| !page.contains(secret)), "the page shows no address");
    claim(&app, &id, "acme").await.expect(200);
    let (_, page) = browse(&world, "GET", &format!("{path}?correct=1"), "").await;
    assert!(!page.contains("<form"), "it can be corrected no more");
    assert_eq!(browse(&world, "POST", &path, form).await.0.status, 409);
    let hostile =
        json!({"carrier": "<img src=x>", "tracking": "\"><b>", "tracking_url": "https://track.example/?a=1&b='"});
    step(&app, &id, "ship", hostile).await.expect(200);
    let (_, page) = browse(&world, "GET", &path, "").await;
    assert!(page.contains("&lt;img src=x&gt;") && page.contains("&quot;&gt;&lt;b&gt;") && !page.contains("<img"));
    assert!(page.contains("href=\"https://track.example/?a=1&amp;b=&#39;\""));
    assert_eq!(browse(&world, "GET", "/r/x/address", "").await.0.status, 404);
}

#[tokio::test]
async fn what_somebody_writes_into_the_form_comes_back_as_text() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let form = "country=DE&name=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&line1=Ring+1&postal_code=1&city=Berlin";
    let request = local::gateway::HttpRequest {
        method: "POST".into(),
        target: format!("/r/{id}/address"),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: form.as_bytes().to_vec(),
    };
    let page = String::from_utf8(world.local.call(request).await.body).unwrap();
    assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)") && !page.contains("<script"));
    assert!(page.contains("aria-describedby=\"postal_code-mistake\"") && page.contains("role=\"alert\""));
}

#[tokio::test]
async fn whoever_has_not_said_where_to_is_reminded_once_after_three_days() {
    let world = World::new().await;
    let app = mugs(&world).await;
    for user in ["ada", "bob"] {
        let phone = json!({"channel": "GCM", "address": format!("token-{user}")});
        app.call("PUT", &format!("/v1/users/{user}/devices/phone"), phone).await.expect(200);
    }
    let (_, told) = (award(&app, "ada").await, award(&app, "bob").await);
    world.settle().await;
    give(&app, &told).await.expect(200);
    let titles = || -> Vec<(Value, Value)> {
        let pushes = world.local.pushes();
        pushes.iter().map(|push| (push["address"].clone(), push["message"]["Title"].clone())).collect()
    };
    assert_eq!(titles().len(), 2);
    for time in ["2026-12-04T11:59:00Z", "2026-12-04T12:00:00Z", "2026-12-08T12:00:00Z"] {
        world.set_time(time);
        world.local.run_schedule("send-notification").await.unwrap();
        world.settle().await;
    }
    let reminded = titles().split_off(2);
    assert_eq!(reminded, [(json!("token-ada"), json!("Where shall we send it?"))]);
    let inbox = app.call("GET", "/v1/users/ada/notifications", Value::Null).await.expect(200);
    assert_eq!(inbox["data"][0]["kind"], "address_reminder");
    assert_eq!(inbox["data"][0]["body"], "Mug is yours. Tell us your address, and we send it.");
}

/// Collects the log while it exists.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_address_is_logged_and_whoever_reads_one_is() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    // With a single subscriber, `tracing` caches for all threads whether the first thread at an event has one, and
    // other tests' threads have none.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let mut wrong = address();
    wrong["postal_code"] = json!("W1U 4EGX");
    app.call("PUT", &format!("/v1/rewards/{id}/address"), wrong).await.expect(400);
    give(&app, &id).await.expect(200);
    claim(&app, &id, "acme").await.expect(200);
    give(&app, &id).await.expect(409);
    step(&app, &id, "ship", shipment()).await.expect(200);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("address given") && logged.contains("address read") && logged.contains("order changed"));
    for secret in SECRETS.iter().chain(&["00340434", id.as_str()]) {
        assert!(!logged.contains(secret), "{secret}: {logged}");
    }
}
