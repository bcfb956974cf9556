//! The approval by another person: nobody approves an own change, by any way.

use serde_json::{Value, json};
use tests::{App, World, campaign};

use super::Human;
use super::sign_in::Desk;

const SPRING: &str = "/v1/apps/shop/campaigns/spring";

async fn asks_for_another(app: &App<'_>) {
    app.admin("PUT", "", json!({"name": "shop", "approval": "another_person"})).await.expect(200);
}

fn version(campaign: &Value) -> u64 {
    campaign["version"].as_u64().unwrap()
}

/// A shop with a stocked group, a draft that Ada has written and submitted, and its version.
async fn submitted<'a>(world: &'a World, by: &Human<'a>) -> u64 {
    let app = world.app("shop").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 3).await;
    asks_for_another(&app).await;
    by.call("PUT", SPRING, campaign()).await.expect(200);
    version(&by.call("POST", &format!("{SPRING}/submit"), Value::Null).await.expect(200))
}

async fn approve(by: &Human<'_>, version: u64) -> u16 {
    by.call_about(version, "POST", &format!("{SPRING}/approve"), Value::Null).await.status
}

#[tokio::test]
async fn whoever_wrote_or_submitted_may_not_approve_and_another_may() {
    let world = World::new().await;
    let all = json!({"shop": ["editor", "approver"]});
    let ada = Human::with(&world, "ada", all.clone()).await;
    let ben = Human::with(&world, "ben", all).await;
    let submitted = submitted(&world, &ada).await;
    let refused = ada.call_about(submitted, "POST", &format!("{SPRING}/approve"), Value::Null).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("another person"), "{refused:#}");
    // Nor with a session, nor with another own key.
    let session =
        ada.call("POST", "/v1/sessions", Value::Null).await.expect(201)["session"].as_str().unwrap().to_owned();
    assert_eq!(approve(&Human { world: &world, key: session }, submitted).await, 403);
    let other = ada.call("POST", "/v1/people/ada/keys", Value::Null).await.expect(201);
    assert_eq!(approve(&Human { world: &world, key: other["key"].as_str().unwrap().into() }, submitted).await, 403);
    let before = world.items_at("LEDGER#");
    assert!(before.is_empty());
    // Ben says what he has looked at.
    let blind = ben.call("POST", &format!("{SPRING}/approve"), Value::Null).await.field_errors();
    assert_eq!(blind, [("/if-match".to_owned(), "required".to_owned())]);
    let late = ben.call_about(submitted - 1, "POST", &format!("{SPRING}/approve"), Value::Null).await.expect(409);
    let change = json!({"pointer": "/state", "before": "draft", "after": "pending_approval"});
    assert_eq!((&late["code"], &late["changes"]), (&json!("version_conflict"), &json!([change])));
    assert_eq!(approve(&ben, submitted).await, 200);
    assert_eq!(approve(&ben, submitted).await, 200, "a repetition answers the same");
    let history = ben.call("GET", &format!("{SPRING}/history"), Value::Null).await.expect(200);
    let people: Vec<&str> =
        history["data"].as_array().unwrap().iter().map(|change| change["person_id"].as_str().unwrap()).collect();
    assert_eq!(people, ["ben", "ada", "ada"]);
    world.settle().await;
}

#[tokio::test]
async fn no_key_of_a_program_is_the_second_pair_of_eyes() {
    let world = World::new().await;
    let ada = Human::with(&world, "ada", json!({"shop": ["editor"]})).await;
    let submitted = submitted(&world, &ada).await;
    let admin = world.admin("POST", "/v1/apps/shop/keys", json!({"scope": "admin", "mode": "live"})).await.expect(201);
    let robot = json!({"name": "robot", "kind": "service", "roles": {"shop": ["approver"]}});
    world.admin("PUT", "/v1/people/robot", robot).await.expect(200);
    let robot = world.admin("POST", "/v1/people/robot/keys", Value::Null).await.expect(201);
    let operator = world.local.admin_key.expose().to_owned();
    for key in [admin["key"].as_str().unwrap(), robot["key"].as_str().unwrap(), &operator] {
        assert_eq!(approve(&Human { world: &world, key: key.to_owned() }, submitted).await, 403);
    }
    assert!(world.items_at("LEDGER#").is_empty());
}

/// A program could become a person for as long as it takes to approve, and the author a program.
#[tokio::test]
async fn a_person_stays_a_person_and_a_program_a_program() {
    let world = World::new().await;
    let owner = Human::with(&world, "olga", json!({"shop": ["owner"]})).await;
    let robot = |kind: &str| json!({"name": "robot", "kind": kind, "roles": {"shop": ["approver"]}});
    world.admin("PUT", "/v1/people/robot", robot("service")).await.expect(200);
    let key = world.admin("POST", "/v1/people/robot/keys", Value::Null).await.expect(201);
    let key = Human { world: &world, key: key["key"].as_str().unwrap().to_owned() };
    let submitted = submitted(&world, &owner).await;
    let refused = owner.call("PUT", "/v1/people/robot", robot("person")).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("robot is a service"), "{refused}");
    world.admin("PUT", "/v1/people/robot", robot("person")).await.expect(409);
    let service = json!({"name": "olga", "kind": "service", "roles": {"shop": ["owner"]}});
    owner.call("PUT", "/v1/people/olga", service.clone()).await.expect(409);
    assert_eq!(approve(&key, submitted).await, 403);
    // Nor is an author who was deleted and made again as a program, if the approver could be the same human.
    let desk = Desk::new(&world).await;
    let (_, other_self) = desk.sign_in("olga-1", &["approvers"]).await;
    assert_eq!(approve(&other_self, submitted).await, 403);
    world.pass(jiff::SignedDuration::from_secs(1));
    world.admin("DELETE", "/v1/people/olga", Value::Null).await.expect(204);
    world.admin("PUT", "/v1/people/olga", service).await.expect(200);
    assert_eq!(approve(&other_self, submitted).await, 403);
}

/// Whoever has an app's admin key could make the second person up.
#[tokio::test]
async fn a_person_whom_the_admin_key_of_the_author_has_made_approves_nothing() {
    let world = World::new().await;
    let app = world.app("shop").await;
    let minted = async |by: &str, path: &str, body: Value| {
        let minted = world.call(by, "POST", path, body).await.expect(201);
        Human { world: &world, key: minted["key"].as_str().unwrap().to_owned() }
    };
    let admin_key = json!({"scope": "admin", "mode": "live"});
    let operator = world.local.admin_key.expose().to_owned();
    let admin = minted(&operator, "/v1/apps/shop/keys", admin_key.clone()).await;
    let submitted = submitted(&world, &admin).await;
    let eve = json!({"name": "Eve", "roles": {"shop": ["approver"]}});
    admin.call("PUT", "/v1/people/eve", eve).await.expect(200);
    let of_eve = minted(&admin.key, "/v1/people/eve/keys", Value::Null).await;
    assert_eq!(approve(&of_eve, submitted).await, 403);
    // Nor with a key between them, or one that took its place.
    let second = minted(&admin.key, "/v1/apps/shop/keys", admin_key).await;
    assert_eq!(approve(&minted(&second.key, "/v1/people/eve/keys", Value::Null).await, submitted).await, 403);
    let keys = app.admin("GET", "/keys", Value::Null).await.expect(200);
    for key in keys["data"].as_array().unwrap().iter().filter(|key| key["scope"] == "admin") {
        let path = format!("/v1/apps/shop/keys/{}/rotate", key["key_id"].as_str().unwrap());
        let rotated = minted(&operator, &path, json!({})).await;
        assert_eq!(approve(&minted(&rotated.key, "/v1/people/eve/keys", Value::Null).await, submitted).await, 403);
    }
    let honest = minted(&operator, "/v1/people/eve/keys", Value::Null).await;
    assert_eq!(approve(&honest, submitted).await, 200);
}

/// The owner of one app may have kept a key of somebody who gets into another app later.
#[tokio::test]
async fn a_key_ends_whose_minter_does_not_own_what_it_would_open() {
    let world = World::new().await;
    world.app("shop").await;
    world.app("bank").await;
    let olga = Human::with(&world, "olga", json!({"shop": ["owner"]})).await;
    let put = async |roles: Value| {
        world.admin("PUT", "/v1/people/zoe", json!({"name": "Zoe", "roles": roles})).await.expect(200);
    };
    put(json!({"shop": ["viewer"]})).await;
    let mint = async |by: &str| {
        let minted = world.call(by, "POST", "/v1/people/zoe/keys", Value::Null).await.expect(201);
        Human { world: &world, key: minted["key"].as_str().unwrap().to_owned() }
    };
    let kept = mint(&olga.key).await;
    let own = mint(world.local.admin_key.expose()).await;
    let of_own = mint(&own.key).await;
    // Another role in the same app opens nothing that Olga does not own.
    put(json!({"shop": ["editor"]})).await;
    kept.call("GET", "/v1/session", Value::Null).await.expect(200);
    put(json!({"shop": ["editor"], "bank": ["owner"]})).await;
    kept.call("GET", "/v1/session", Value::Null).await.expect(401);
    for key in [own, of_own] {
        key.call("GET", "/v1/apps/bank", Value::Null).await.expect(200);
    }
}

/// An owner could make somebody up, or take a colleague's name.
#[tokio::test]
async fn a_key_that_the_author_minted_for_another_approves_nothing() {
    let world = World::new().await;
    let ada = Human::with(&world, "ada", json!({"shop": ["owner"]})).await;
    let submitted = submitted(&world, &ada).await;
    ada.call("PUT", "/v1/people/zed", json!({"name": "zed", "roles": {"shop": ["owner"]}})).await.expect(200);
    let minted = async |by: &Human<'_>, path: &str, body: Value| {
        let minted = by.call("POST", path, body).await.expect(201);
        Human { world: &world, key: minted["key"].as_str().unwrap().to_owned() }
    };
    let zed = minted(&ada, "/v1/people/zed/keys", Value::Null).await;
    assert_eq!(approve(&zed, submitted).await, 403);
    // Nor does a key that such a key has minted, for whomever.
    zed.call("PUT", "/v1/people/yan", json!({"name": "yan", "roles": {"shop": ["approver"]}})).await.expect(200);
    let yan = minted(&zed, "/v1/people/yan/keys", Value::Null).await;
    assert_eq!(approve(&yan, submitted).await, 403);
    let admin = minted(&ada, "/v1/apps/shop/keys", json!({"scope": "admin", "mode": "live"})).await;
    let by_admin = minted(&admin, "/v1/people/yan/keys", Value::Null).await;
    assert_eq!(approve(&by_admin, submitted).await, 403);
    let rotated = world.admin("GET", "/v1/apps/shop/keys", Value::Null).await.expect(200);
    let key_id =
        rotated["data"].as_array().unwrap().iter().find(|key| key["scope"] == "admin").unwrap()["key_id"].clone();
    let path = format!("/v1/apps/shop/keys/{}/rotate", key_id.as_str().unwrap());
    let rotated = world.admin("POST", &path, json!({})).await.expect(201);
    let rotated = Human { world: &world, key: rotated["key"].as_str().unwrap().to_owned() };
    let by_rotated = minted(&rotated, "/v1/people/yan/keys", Value::Null).await;
    assert_eq!(approve(&by_rotated, submitted).await, 403);
    // What the operator has minted for yan does.
    let honest = world.admin("POST", "/v1/people/yan/keys", Value::Null).await.expect(201);
    let honest = Human { world: &world, key: honest["key"].as_str().unwrap().to_owned() };
    assert_eq!(approve(&honest, submitted).await, 200);
}

/// The other way round: a program with a key of the author's writes, and the author approves.
#[tokio::test]
async fn what_a_program_writes_with_an_authors_key_is_the_authors() {
    let world = World::new().await;
    let ada = Human::with(&world, "ada", json!({"shop": ["owner"]})).await;
    let app = world.app("shop").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 3).await;
    asks_for_another(&app).await;
    let minted = ada.call("POST", "/v1/apps/shop/keys", json!({"scope": "admin", "mode": "live"})).await.expect(201);
    let program = Human { world: &world, key: minted["key"].as_str().unwrap().to_owned() };
    program.call("PUT", SPRING, campaign()).await.expect(200);
    let submitted = version(&program.call("POST", &format!("{SPRING}/submit"), Value::Null).await.expect(200));
    assert_eq!(approve(&ada, submitted).await, 403);
}

#[tokio::test]
async fn only_the_operator_lets_go_of_the_second_pair_of_eyes() {
    let world = World::new().await;
    let ada = Human::with(&world, "ada", json!({"shop": ["owner"]})).await;
    let submitted = submitted(&world, &ada).await;
    let admin = world.admin("POST", "/v1/apps/shop/keys", json!({"scope": "admin", "mode": "live"})).await.expect(201);
    let admin = Human { world: &world, key: admin["key"].as_str().unwrap().to_owned() };
    let anybody = json!({"name": "shop", "approval": "anybody"});
    for owner in [&ada, &admin] {
        owner.call("PUT", "/v1/apps/shop", anybody.clone()).await.expect(403);
        let kept = owner.call("PUT", "/v1/apps/shop", json!({"name": "The shop"})).await.expect(200);
        assert_eq!(kept["approval"], "another_person");
    }
    let wrong = ada.call("PUT", "/v1/apps/shop", json!({"name": "shop", "approval": "nobody"})).await.field_errors();
    assert_eq!(wrong, [("/approval".to_owned(), "invalid_approval".to_owned())]);
    assert_eq!(approve(&ada, submitted).await, 403);
    world.admin("PUT", "/v1/apps/shop", anybody).await.expect(200);
    assert_eq!(approve(&ada, submitted).await, 200);
}

/// Returns the two people, and the shop's campaign as it was approved.
async fn live<'a>(world: &'a World) -> (Human<'a>, Human<'a>, Value) {
    let all = json!({"shop": ["editor", "approver"]});
    let ada = Human::with(world, "ada", all.clone()).await;
    let ben = Human::with(world, "ben", all).await;
    let submitted = submitted(world, &ada).await;
    let approved = ben.call_about(submitted, "POST", &format!("{SPRING}/approve"), Value::Null).await.expect(200);
    (ada, ben, approved)
}

fn with_budget(amount_minor: i64) -> Value {
    let mut body = campaign();
    body["budget"]["amount_minor"] = json!(amount_minor);
    body
}

#[tokio::test]
async fn a_higher_budget_of_a_running_campaign_waits_for_another_person() {
    let world = World::new().await;
    let (ada, ben, approved) = live(&world).await;
    let limit = approved["budget"]["amount_minor"].as_i64().unwrap();
    let asked = ada.call("PUT", SPRING, with_budget(limit + 500)).await.expect(200);
    assert_eq!(
        (&asked["budget"], &asked["proposed_budget"]["amount_minor"]),
        (&approved["budget"], &json!(limit + 500))
    );
    let again = ada.call("PUT", SPRING, with_budget(limit + 500)).await.expect(200);
    assert_eq!(again, asked, "asking again changes nothing");
    world.settle().await;
    let of_ledger =
        || world.items_at("LEDGER#shop#spring").into_iter().find(|item| item["sk"]["S"] == "BUDGET").unwrap();
    assert_eq!(of_ledger()["budget_limit"]["N"], limit.to_string());
    // Another change leaves the question where it is, and does not count as its answer.
    let mut later = with_budget(limit);
    later["ends_at"] = json!("2027-03-01T00:00:00Z");
    let longer = ada.call("PUT", SPRING, later).await.expect(200);
    assert_eq!(longer["proposed_budget"], asked["proposed_budget"]);
    assert_eq!(approve(&ada, version(&longer)).await, 403);
    assert_eq!(approve(&ben, version(&asked)).await, 409);
    let raised = ben.call_about(version(&longer), "POST", &format!("{SPRING}/approve"), Value::Null).await.expect(200);
    assert_eq!(raised["budget"]["amount_minor"], limit + 500);
    assert!(raised.get("proposed_budget").is_none());
    assert_eq!(of_ledger()["budget_limit"]["N"], (limit + 500).to_string());
    let lower = ada
        .call("PUT", SPRING, {
            let mut body = with_budget(limit);
            body["ends_at"] = json!("2027-03-01T00:00:00Z");
            body
        })
        .await;
    assert_eq!(lower.expect(200)["budget"]["amount_minor"], limit, "spending less needs nobody");
    world.settle().await;
}

#[tokio::test]
async fn a_higher_budget_can_be_refused_with_a_reason() {
    let world = World::new().await;
    let (ada, ben, approved) = live(&world).await;
    let limit = approved["budget"]["amount_minor"].as_i64().unwrap();
    ada.call("PUT", SPRING, with_budget(limit + 500)).await.expect(200);
    let kept = ben.call("POST", &format!("{SPRING}/reject"), json!({"reason": "too dear"})).await.expect(200);
    assert_eq!((&kept["budget"], &kept["state"]), (&approved["budget"], &approved["state"]));
    assert!(kept.get("proposed_budget").is_none());
    let history = ben.call("GET", &format!("{SPRING}/history"), Value::Null).await.expect(200);
    let actions: Vec<&str> =
        history["data"].as_array().unwrap().iter().map(|change| change["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["raise_rejected", "raise_proposed", "approved", "submitted", "created"]);
    assert_eq!(history["data"][0]["reason"], "too dear");
    world.settle().await;
}

#[tokio::test]
async fn where_nobody_asks_for_another_person_all_is_as_before() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let mut body = campaign();
    let limit = body["budget"]["amount_minor"].as_i64().unwrap();
    body["budget"]["amount_minor"] = json!(limit + 500);
    let raised = app.admin("PUT", "/campaigns/spring", body).await.expect(200);
    assert_eq!(raised["budget"]["amount_minor"], limit + 500);
    assert!(raised.get("proposed_budget").is_none());
    world.settle().await;
}

/// Ada has a key from before, and an account at the identity provider: two people of Moments, one human.
#[tokio::test]
async fn one_human_with_two_ways_in_is_one_pair_of_eyes() {
    let world = World::new().await;
    let all = json!({"shop": ["editor", "approver"]});
    let ada = Human::with(&world, "ada", all.clone()).await;
    let ben = Human::with(&world, "ben", all).await;
    let submitted = submitted(&world, &ada).await;
    let desk = Desk::new(&world).await;
    let (_, signed_in) = desk.sign_in("ada-1", &["editors", "approvers"]).await;
    let refused = signed_in.call_about(submitted, "POST", &format!("{SPRING}/approve"), Value::Null).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("could be you"), "{refused}");
    assert!(world.items_at("LEDGER#").is_empty());
    assert_eq!(approve(&ben, submitted).await, 200, "whoever made both people by hand tells them apart");
    // The other way round.
    signed_in.call("PUT", "/v1/apps/shop/campaigns/second", campaign()).await.expect(200);
    let second = signed_in.call("POST", "/v1/apps/shop/campaigns/second/submit", Value::Null).await.expect(200);
    let path = "/v1/apps/shop/campaigns/second/approve";
    assert_eq!(ada.call_about(version(&second), "POST", path, Value::Null).await.status, 403);
    // The provider tells its own people apart, also after one of them was deleted.
    let (own, _) = desk.sign_in("ada-1", &["editors", "approvers"]).await;
    let (_, other) = desk.sign_in("ben-1", &["approvers"]).await;
    world.admin("DELETE", &format!("/v1/people/{own}"), Value::Null).await.expect(204);
    assert_eq!(other.call_about(version(&second), "POST", path, Value::Null).await.status, 200);
}

/// The operator deletes the person whom a sign-in has made, and names the subject in an older person.
#[tokio::test]
async fn a_human_who_was_renamed_does_not_approve_what_they_wrote_before() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    world.app("shop").await;
    let (before, signed_in) = desk.sign_in("ada-1", &["editors", "approvers"]).await;
    let submitted = submitted(&world, &signed_in).await;
    world.admin("DELETE", &format!("/v1/people/{before}"), Value::Null).await.expect(204);
    let body = json!({"name": "Ada", "roles": {}, "subject": "ada-1"});
    world.admin("PUT", "/v1/people/ada", body).await.expect(200);
    let (id, renamed) = desk.sign_in("ada-1", &["editors", "approvers"]).await;
    assert_eq!((id.as_str(), approve(&renamed, submitted).await), ("ada", 403));
    assert!(world.items_at("LEDGER#").is_empty());
}

/// Ada writes with her old key, and mints a colleague's key as the person who signs in.
#[tokio::test]
async fn a_key_minted_by_the_other_self_of_the_author_approves_nothing() {
    let world = World::new().await;
    let ada = Human::with(&world, "ada", json!({"shop": ["editor"]})).await;
    let submitted = submitted(&world, &ada).await;
    let desk = Desk::new(&world).await;
    let (_, owner) = desk.sign_in("ada-1", &["owners"]).await;
    let body = json!({"name": "yan", "roles": {"shop": ["approver"]}});
    owner.call("PUT", "/v1/people/yan", body).await.expect(200);
    let minted = owner.call("POST", "/v1/people/yan/keys", Value::Null).await.expect(201);
    let yan = Human { world: &world, key: minted["key"].as_str().unwrap().to_owned() };
    assert_eq!(approve(&yan, submitted).await, 403);
    assert!(world.items_at("LEDGER#").is_empty());
}
