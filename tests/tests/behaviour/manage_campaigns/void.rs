//! Voiding and replacing rewards: what returns to ledger and stock, the messages, and races.

use domain::id::RewardId;
use domain::reward::{Actor, Reward, RewardState};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::ledger::{self, Account};
use store::reward_changes::{self, Transition};
use store::rewards;
use tests::{App, World, campaign_with, promises};

use crate::redeem_reward::redemption::{brief_shop, errand, stored, visit};

async fn void(world: &World, id: &str, reason: &str) -> tests::Answer {
    world.admin("POST", &format!("/v1/rewards/{id}/void"), json!({"reason": reason})).await
}

async fn replace(world: &World, id: &str) -> tests::Answer {
    let body = json!({"reason": "error", "note": "the merchant did not take it"});
    world.admin("POST", &format!("/v1/rewards/{id}/replace"), body).await
}

async fn reward(app: &App<'_>, user: &str) -> String {
    app.ask(user).await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn available(app: &App<'_>) -> Value {
    app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200)["available"].clone()
}

fn spent(world: &World) -> i64 {
    promises::of(&world.items(), "SLOT").map(|slot| promises::number(slot, "spent")).sum()
}

#[tokio::test]
async fn an_unseen_url_goes_back_and_a_seen_one_does_not() {
    let world = World::new().await;
    let app = brief_shop(&world, 0).await;
    let eve = app.ask("eve").await.expect(200)["reward"]["reward_id"].as_str().unwrap().to_owned();
    app.stock("gift", 1).await;
    world.settle().await;
    let voided = void(&world, &eve, "fraud").await.expect(200);
    assert_eq!((&voided["state"], &voided["refunded"], &voided["url"]), (&json!("voided"), &json!(true), &Value::Null));
    assert_eq!(voided["changes"][0]["reason"], "fraud");
    assert!(voided["changes"][0]["by"]["key"].is_string());
    assert_eq!((available(&app).await, spent(&world)), (json!(1), 0));
    world.settle().await;
    world.pass(SignedDuration::from_secs(30));
    // Eve's environment caches for some seconds that nothing is left.
    world.local.functions.end_environments("allocate-reward");
    // The next user gets that URL and sees it. From then on it stays out of stock.
    let ada = reward(&app, "ada").await;
    assert_eq!(void(&world, &ada, "error").await.expect(200)["refunded"], true);
    assert_eq!((available(&app).await, spent(&world)), (json!(0), 0));
    let again = void(&world, &ada, "fraud").await.expect(200);
    assert_eq!((&again["changes"][0]["reason"], again["changes"].as_array().unwrap().len()), (&json!("error"), 1));
    assert_eq!(visit(&world, "GET", &ada, &[]).await.status, 410);
    let asked = app.ask("ada").await.expect(200);
    assert_eq!((&asked["outcome"], &asked["reward"]["state"]), (&json!("already_rewarded"), &json!("voided")));
    assert_eq!(asked["reward"]["url"], Value::Null);
    world.settle().await;
}

#[tokio::test]
async fn what_was_redeemed_stays_spent_and_what_is_not_to_be_voided_says_why() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let ada = reward(&app, "ada").await;
    let bob = app.ask("bob").await.expect(200)["reward"]["reward_id"].as_str().unwrap().to_owned();
    let before = world.items();
    let refused = void(&world, &bob, "fraud").await.expect(409);
    assert_eq!(
        (&refused["code"], refused["detail"].as_str().unwrap().contains("waiting")),
        (&json!("reward_state"), true)
    );
    for (body, pointer) in [
        (json!({"reason": "mood"}), "/reason"),
        (json!({}), "/reason"),
        (json!({"reason": "fraud", "note": ""}), "/note"),
        (json!({"reason": "fraud", "reward_group_id": "gift"}), "/reward_group_id"),
    ] {
        let answer = world.admin("POST", &format!("/v1/rewards/{ada}/void"), body).await;
        assert_eq!(answer.field_errors()[0].0, pointer);
    }
    app.call("POST", &format!("/v1/rewards/{ada}/void"), json!({"reason": "fraud"})).await.expect(403);
    let unknown = ada.replace(".spring.", ".autumn.");
    void(&world, &unknown, "fraud").await.expect(404);
    assert_eq!(world.items(), before, "a refusal changed something");
    visit(&world, "GET", &ada, &[]).await;
    let voided = void(&world, &ada, "fraud").await.expect(200);
    assert_eq!((&voided["refunded"], spent(&world)), (&json!(false), 500));
    assert_ne!(voided["url"], Value::Null, "support sees what was given");
    world.settle().await;
}

#[tokio::test]
async fn a_replacement_is_a_reward_of_its_own_and_the_user_is_told() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.call("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await.expect(200);
    let first = app.ask("ada").await.expect(201)["reward"].clone();
    let id = first["reward_id"].as_str().unwrap();
    world.settle().await;
    assert_eq!(world.local.pushes().len(), 1);
    let replaced = replace(&world, id).await.expect(200);
    assert_eq!((&replaced["outcome"], &replaced["voided"]["state"]), (&json!("replaced"), &json!("voided")));
    let second = replaced["reward"].clone();
    assert_eq!((&second["replaces"], &replaced["voided"]["replaced_by"]), (&json!(id), &second["reward_id"]));
    let again = replace(&world, id).await.expect(200);
    assert_eq!((&again["outcome"], &again["reward"]["reward_id"]), (&json!("already_replaced"), &second["reward_id"]));
    world.settle().await;
    assert_eq!(world.local.pushes().len(), 2, "the user is told of the new one");
    // The user has one reward of the moment, the new one. The old link leads nowhere.
    let asked = app.ask("ada").await.expect(200);
    assert_eq!((&asked["outcome"], &asked["reward"]["reward_id"]), (&json!("already_rewarded"), &second["reward_id"]));
    assert_ne!(asked["reward"]["url"], first["url"]);
    let list = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(visit(&world, "GET", id, &[]).await.status, 410);
    let lead = visit(&world, "GET", second["reward_id"].as_str().unwrap(), &[]).await;
    assert_eq!((lead.status, lead.header("location")), (302, asked["reward"]["url"].as_str()));
    assert_eq!(spent(&world), 500, "one is paid");
    let old = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
    assert_eq!((&old["state"], &old["replaced_by"]), (&json!("voided"), &second["reward_id"]));
    // After an erasure both exist without the user.
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    for id in [id, second["reward_id"].as_str().unwrap()] {
        let record = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
        assert_eq!(record["user_id"], Value::Null);
    }
    let refused = replace(&world, second["reward_id"].as_str().unwrap()).await.expect(409);
    assert_eq!(refused["code"], "user_erased");
    let completed = |event: &&Value| event["detail-type"] == "moment.completed";
    assert_eq!(world.local.events().iter().filter(completed).count(), 1, "replacing completes nothing");
    world.settle().await;
}

#[tokio::test]
async fn a_replacement_without_stock_or_money_succeeds_when_repeated_later() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 1).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(500))])).await;
    let id = reward(&app, "ada").await;
    let left = replace(&world, &id).await.expect(200);
    assert_eq!((&left["outcome"], &left["reward"]), (&json!("nothing_left"), &Value::Null));
    assert_eq!(left["reasons"], json!(["no URL of reward group gift is in stock"]));
    let urls = json!({"urls": ["https://gift.example/late/1", "https://gift.example/late/2"]});
    app.admin("POST", "/reward-groups/gift/stock", urls).await.expect(200);
    world.pass(SignedDuration::from_secs(30));
    world.settle().await;
    assert_eq!(replace(&world, &id).await.expect(200)["outcome"], "replaced");
    assert_eq!(spent(&world), 500);
    world.settle().await;
}

#[tokio::test]
async fn a_replacement_gets_the_old_rewards_money_before_waiting_users() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 50).await;
    // Money for forty rewards, in two slots.
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(40 * 500))])).await;
    let mut ids = Vec::new();
    for n in 0..40 {
        ids.push(reward(&app, &format!("user-{n}")).await);
    }
    assert_eq!(app.ask("eve").await.expect(200)["outcome"], "waiting");
    world.settle().await;
    // With any slot first, and before the stream delivers the refund.
    for id in &ids[..6] {
        assert_eq!(replace(&world, id).await.expect(200)["outcome"], "replaced");
    }
    world.settle().await;
    assert_eq!((spent(&world), &app.ask("eve").await.expect(200)["outcome"]), (20_000, &json!("waiting")));
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_and_allowances_get_back_what_they_paid() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 4).await;
    let money = |amount: i64| json!({"currency": "EUR", "amount_minor": amount});
    let caps = json!({"per_day": money(500), "per_user": money(500), "per_moment": {"deposits": money(500)},
        "per_group": {"gift": money(500)}});
    app.launch("spring", campaign_with(&[("/caps", caps)])).await;
    let id = reward(&app, "ada").await;
    world.settle().await;
    void(&world, &id, "error").await.expect(200);
    world.settle().await;
    assert_eq!(replace(&world, &id).await.expect(200)["outcome"], "replaced", "the caps leave room for one again");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redeeming_voiding_expiring_and_replacing_at_once_stay_consistent() {
    for round in 0..12 {
        let world = World::new().await;
        let app = brief_shop(&world, 2).await;
        let id = reward(&app, "ada").await;
        world.settle().await;
        world.pass(SignedDuration::from_hours(if round % 2 == 0 { 47 } else { 49 }));
        let redeem = format!("/v1/rewards/{id}/redeem");
        let (_, app_says, _, replaced, voided) = tokio::join!(
            visit(&world, "GET", &id, &[]),
            app.call("POST", &redeem, Value::Null),
            errand(&world, "expiry"),
            replace(&world, &id),
            void(&world, &id, "fraud"),
        );
        assert!(
            [200, 503].contains(&app_says.status) && [200, 503].contains(&voided.status),
            "{app_says:?} {voided:?}"
        );
        assert!([200, 503].contains(&replaced.status), "{replaced:?}");
        world.settle().await;
        let old = stored(&world, &id);
        assert_eq!(promises::text(&old, "reward_state"), Some("voided"));
        let was_redeemed = old["redeemed_at"].is_object();
        assert_ne!(old["refunded"]["BOOL"] == true, was_redeemed, "its money went back, unless it was used: {old}");
        let states: Vec<&Value> =
            old["changes"]["L"].as_array().unwrap().iter().map(|of| &of["M"]["state"]["S"]).collect();
        let mut once = states.clone();
        once.dedup();
        assert_eq!(states, once, "each state once");
    }
}

/// Makes Eve's reward, awarded by the stream and unseen. Returns its stored state.
pub(crate) async fn unseen(world: &World, app: &App<'_>) -> Reward {
    let id = app.ask("eve").await.expect(200)["reward"]["reward_id"].as_str().unwrap().to_owned();
    app.stock("gift", 1).await;
    world.settle().await;
    as_read(world, &id).await
}

async fn as_read(world: &World, id: &str) -> Reward {
    let (store, id) = (&world.local.environments.store, RewardId::try_from(id).unwrap());
    let at = rewards::find(store, &id).await.unwrap().unwrap();
    rewards::get_found(store, &id, &at).await.unwrap().unwrap()
}

fn take_back(to: RewardState, world: &World) -> Transition {
    Transition { refund: true, ..Transition::new(to, world.clock.now(), Actor::Schedule) }
}

#[tokio::test]
async fn whoever_takes_back_what_was_shown_meanwhile_is_refused_and_looks_again() {
    let world = World::new().await;
    let app = brief_shop(&world, 0).await;
    let read = unseen(&world, &app).await;
    assert!(read.is_sealed);
    app.call("GET", "/v1/users/eve/rewards", Value::Null).await.expect(200);
    let store = &world.local.environments.store;
    let before = world.items();
    let voided = reward_changes::advance(store, &read, &take_back(RewardState::Voided, &world)).await.unwrap();
    assert_eq!((voided, available(&app).await), (None, json!(0)), "a URL that was shown went back to stock");
    assert_eq!(world.items(), before);
    world.settle().await;
}

#[tokio::test]
async fn whoever_shows_what_was_taken_back_meanwhile_shows_nothing() {
    let world = World::new().await;
    let app = brief_shop(&world, 0).await;
    let read = unseen(&world, &app).await;
    void(&world, read.reward_id.as_str(), "error").await.expect(200);
    let shown =
        reward_changes::unseal(&world.local.environments.store, &read, world.clock.now()).await.unwrap().unwrap();
    assert_eq!((shown.shown_url(world.clock.now()), available(&app).await), (None, json!(1)));
    world.settle().await;
}

#[tokio::test]
async fn what_is_over_is_not_shown_before_it_is_swept_up() {
    let world = World::new().await;
    let app = brief_shop(&world, 0).await;
    let id = unseen(&world, &app).await.reward_id.as_str().to_owned();
    world.pass(SignedDuration::from_hours(49));
    let redeemed = app.call("POST", &format!("/v1/rewards/{id}/redeem"), Value::Null).await.expect(200);
    assert_eq!((&redeemed["outcome"], &redeemed["reward"]["url"]), (&json!("expired"), &Value::Null));
    let asked = app.ask("eve").await.expect(200);
    let reasons = json!(["the reward expired before it was redeemed"]);
    assert_eq!((&asked["reward"]["url"], &asked["reasons"]), (&Value::Null, &reasons));
    let list = app.call("GET", "/v1/users/eve/rewards", Value::Null).await.expect(200);
    assert_eq!(list["data"][0]["url"], Value::Null);
    errand(&world, "expiry").await;
    assert_eq!(available(&app).await, 1, "nobody has seen it");
    world.settle().await;
}

#[tokio::test]
async fn a_merchants_word_is_recorded_once_however_many_say_it_at_once() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let id = reward(&app, "ada").await;
    world.settle().await;
    visit(&world, "GET", &id, &[]).await;
    let read = as_read(&world, &id).await;
    let confirm = Transition::new(RewardState::Redeemed, world.clock.now(), Actor::Partner);
    let store = &world.local.environments.store;
    assert!(reward_changes::advance(store, &read, &confirm).await.unwrap().is_some());
    assert!(reward_changes::advance(store, &read, &confirm).await.unwrap().is_none(), "it was recorded twice");
    world.settle().await;
}

#[tokio::test]
async fn nothing_expires_early_twice_or_after_it_was_redeemed() {
    let world = World::new().await;
    let app = brief_shop(&world, 1).await;
    let read = as_read(&world, &reward(&app, "ada").await).await;
    let store = &world.local.environments.store;
    let expire = async || {
        reward_changes::advance(store, &read, &take_back(RewardState::Expired, &world)).await.unwrap().is_some()
    };
    let before = world.items();
    assert!(!expire().await, "its time is not over");
    assert_eq!(world.items(), before);
    world.pass(SignedDuration::from_hours(48));
    assert!(expire().await);
    assert_eq!(spent(&world), 0);
    assert!(!expire().await, "its money came back twice");
    let redeem = Transition::new(RewardState::Redeemed, world.clock.now(), Actor::User);
    assert!(reward_changes::advance(store, &read, &redeem).await.unwrap().is_none(), "it was redeemed too late");
    assert_eq!(spent(&world), 0);
    world.settle().await;
}

#[tokio::test]
async fn a_read_before_a_refund_does_not_note_that_nothing_is_left() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 2).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(500))])).await;
    let id = reward(&app, "ada").await;
    let store = &world.local.environments.store;
    let account = Account::whole(&"app".try_into().unwrap(), &"spring".try_into().unwrap());
    // A claim searches for money, finds none, and is delayed before it notes that.
    let read = ledger::budget(store, &account).await.unwrap().unwrap();
    void(&world, &id, "error").await.expect(200);
    world.settle().await;
    assert!(!ledger::note_short(store, &account, &read, 500).await.unwrap());
    // The refund would have cleared an earlier note.
    let read = ledger::budget(store, &account).await.unwrap().unwrap();
    assert!(ledger::note_short(store, &account, &read, 500).await.unwrap());
    ledger::note_refund(store, &account).await.unwrap();
    assert!(!ledger::budget(store, &account).await.unwrap().unwrap().is_short_of(500));
    app.ask("bob").await.expect(201);
    world.settle().await;
}

/// Source: "Voiding what is voided drops a new `note` and exits 0" ("What the field found", 8).
#[tokio::test]
async fn a_new_note_on_what_is_voided_is_recorded_once() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let id = reward(&app, "ada").await;
    void(&world, &id, "fraud").await.expect(200);
    world.settle().await;
    let report = async || app.admin("GET", "/campaigns/spring/report", Value::Null).await.expect(200)["totals"].clone();
    let (before, events) = (report().await, world.local.events().len());
    world.pass(SignedDuration::from_hours(24));
    let path = format!("/v1/rewards/{id}/void");
    let note = json!({"reason": "fraud", "note": "three accounts, one phone"});
    let again = futures_util::future::join_all((0..8).map(|_| world.admin("POST", &path, note.clone()))).await;
    for answer in again {
        assert!([200, 503].contains(&answer.status), "{answer:?}");
    }
    let noted = world.admin("POST", &path, note).await.expect(200);
    let reasons: Vec<&Value> = noted["changes"].as_array().unwrap().iter().map(|change| &change["reason"]).collect();
    assert_eq!(reasons, ["fraud", "fraud: three accounts, one phone"]);
    assert_eq!((&noted["state"], &noted["refunded"], spent(&world)), (&json!("voided"), &json!(true), 0));
    world.settle().await;
    for n in reasons.len()..50 {
        let note = json!({"reason": "fraud", "note": format!("note {n}")});
        world.admin("POST", &path, note).await.expect(200);
    }
    let refused = world.admin("POST", &path, json!({"reason": "fraud", "note": "one too many"})).await;
    assert_eq!(refused.expect(409)["code"], "too_many_notes");
    world.settle().await;
    // It was voided once, at the first time.
    assert_eq!((report().await, world.local.events().len()), (before, events));
    let timeline = app.call("GET", "/v1/users/ada/timeline", Value::Null).await.expect(200);
    assert!(timeline.to_string().contains("fraud: three accounts, one phone"), "{timeline}");
}
