//! The admin's routes.

use serde_json::{Value, json};
use tests::{World, campaign, campaign_with, group, set};

#[tokio::test]
async fn a_campaign_goes_from_draft_to_live_and_a_wrong_step_names_its_state() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let path = "/campaigns/spring";
    let draft = app.admin("PUT", path, campaign()).await.expect(200);
    assert_eq!((&draft["state"], &draft["version"]), (&json!("draft"), &json!(1)));
    let early = app.admin("POST", "/campaigns/spring/approve", Value::Null).await.expect(409);
    assert_eq!(early["detail"], "the campaign is draft; it can be approved only from pending_approval");
    assert_eq!(
        app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(200)["state"],
        "pending_approval"
    );
    let edited = app.admin("PUT", path, campaign_with(&[("/name", json!("Other"))])).await.expect(409);
    assert_eq!(edited["detail"], "the campaign is pending_approval; it can be edited only from draft or rejected");
    let refused = app.admin("POST", "/campaigns/spring/reject", Value::Null).await;
    assert_eq!(refused.field_errors(), [("/reason".to_owned(), "required".to_owned())]);
    let reason = json!({"reason": "The headline is wrong."});
    let rejected = app.admin("POST", "/campaigns/spring/reject", reason).await.expect(200);
    assert_eq!((&rejected["state"], &rejected["reason"]), (&json!("rejected"), &json!("The headline is wrong.")));
    assert_eq!(app.admin("PUT", path, campaign()).await.expect(200)["state"], "draft");
    for (step, state) in
        [("submit", "pending_approval"), ("approve", "live"), ("suspend", "suspended"), ("resume", "live")]
    {
        for _ in 0..2 {
            // Each step may be repeated after a lost answer.
            assert_eq!(app.admin("POST", &format!("{path}/{step}"), Value::Null).await.expect(200)["state"], state);
        }
    }
    world.set_time("2027-01-01T00:00:00Z");
    assert_eq!(app.admin("GET", path, Value::Null).await.expect(200)["state"], "finished");
}

#[tokio::test]
async fn putting_the_same_draft_again_changes_nothing() {
    let world = World::new().await;
    let app = world.app("app").await;
    let first = app.admin("PUT", "/campaigns/spring", campaign()).await.expect(200);
    let before = world.items();
    assert_eq!(app.admin("PUT", "/campaigns/spring", campaign()).await.expect(200), first);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn submitting_names_every_obstacle_at_once() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut dollars = group();
    dollars["cpa"] = json!({"currency": "USD", "amount_minor": 1});
    dollars["marketplaces"] = json!(["DE"]);
    app.put_group("dollars", dollars).await;
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    app.put_group("gift", german).await;
    app.stock("dollars", 1).await;
    let rewards = json!([{"reward_group_id": "gift"}, {"reward_group_id": "dollars"}, {"reward_group_id": "none"}]);
    let mut broken = campaign_with(&[
        ("/kind", json!("challenge")),
        ("/ends_at", json!("2026-11-15T00:00:00Z")),
        ("/budget/amount_minor", json!(499)),
        ("/moments/0/rewards", rewards),
        ("/moments/0/marketplaces", json!(["DE", "FR"])),
    ]);
    set(&mut broken, "/name", json!("Broken"));
    app.admin("PUT", "/campaigns/spring", broken).await.expect(200);
    let pointers: Vec<String> = app
        .admin("POST", "/campaigns/spring/submit", Value::Null)
        .await
        .field_errors()
        .into_iter()
        .map(|error| error.0)
        .collect();
    assert_eq!(
        pointers,
        [
            "/ends_at",
            "/moments/0/messages/announcement",
            "/moments/0/rewards/0/reward_group_id",
            "/budget/amount_minor",
            "/moments/0/rewards/1/reward_group_id",
            "/moments/0/rewards/2/reward_group_id",
            "/moments/0/marketplaces/1",
        ]
    );
    assert_eq!(app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200)["state"], "draft");
}

#[tokio::test]
async fn good_urls_land_beside_bad_ones_and_loading_again_changes_nothing() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    let urls = json!({"urls": ["https://a.example/1", "http://a.example/2", 3, "https://a.example/1", "https://a.example/4", ""]});
    let loaded = app.admin("POST", "/reward-groups/gift/stock", urls.clone()).await.expect(200);
    assert_eq!((&loaded["accepted"], &loaded["duplicate"]), (&json!(2), &json!(1)));
    let lines: Vec<u64> =
        loaded["invalid"].as_array().unwrap().iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 6]);
    assert!(!loaded.to_string().contains("a.example"), "a report of bad lines shows no URL");
    let before = world.items_at("CODE#");
    let again = app.admin("POST", "/reward-groups/gift/stock", urls).await.expect(200);
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(3)));
    assert_eq!(world.items_at("CODE#"), before);
}

#[tokio::test]
async fn the_kind_and_currency_of_a_group_cannot_change() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    let before = world.items();
    let physical = [("/kind", json!("physical")), ("/shipping", json!({"weight_grams": 200}))];
    for changes in [&physical[..], &[("/cpa/currency", json!("USD"))]] {
        let mut changed = group();
        changes.iter().for_each(|(pointer, value)| set(&mut changed, pointer, value.clone()));
        assert_eq!(app.admin("PUT", "/reward-groups/gift", changed).await.expect(409)["code"], "group_conflict");
    }
    assert_eq!(world.items(), before);
    let mut renamed = group();
    renamed["name"] = json!("New name");
    app.put_group("gift", renamed).await;
}

#[tokio::test]
async fn campaigns_and_groups_are_listed_in_pages() {
    let world = World::new().await;
    let app = world.app("app").await;
    for id in ["a", "b", "c"] {
        app.put_group(id, group()).await;
        app.admin("PUT", &format!("/campaigns/{id}"), campaign()).await.expect(200);
    }
    for (path, id) in [("/campaigns", "campaign_id"), ("/reward-groups", "reward_group_id")] {
        let first = app.admin("GET", &format!("{path}?limit=2"), Value::Null).await.expect(200);
        assert_eq!((first["data"].as_array().unwrap().len(), &first["cursor"]), (2, &json!("b")));
        let last = app.admin("GET", &format!("{path}?limit=2&cursor=b"), Value::Null).await.expect(200);
        assert_eq!((&last["data"][0][id], &last["cursor"]), (&json!("c"), &Value::Null));
    }
}

#[tokio::test]
async fn an_approved_campaign_changes_only_its_budget_end_and_weights() {
    let world = World::new().await;
    let app = world.shop(5).await;
    let put = |changes: Vec<(&'static str, Value)>| {
        let app = &app;
        async move { app.admin("PUT", "/campaigns/spring", campaign_with(&changes)).await }
    };
    let raised = put(vec![("/budget/amount_minor", json!(60_000)), ("/ends_at", json!("2027-02-01T00:00:00Z"))]).await;
    let raised = raised.expect(200);
    assert_eq!((&raised["state"], &raised["budget"]["amount_minor"]), (&json!("live"), &json!(60_000)));
    let version = raised["version"].clone();
    // A repetition changes nothing.
    let again = put(vec![("/budget/amount_minor", json!(60_000)), ("/ends_at", json!("2027-02-01T00:00:00Z"))]).await;
    assert_eq!(again.expect(200)["version"], version);
    let later = ("/ends_at", json!("2027-02-01T00:00:00Z"));
    for refused in [
        vec![("/budget/amount_minor", json!(60_000))],
        vec![("/budget/amount_minor", json!(60_000)), later.clone(), ("/name", json!("Another"))],
        vec![("/budget/amount_minor", json!(70_000)), later.clone(), ("/moments/0/target", json!(4))],
        vec![("/budget", json!({"currency": "USD", "amount_minor": 70_000})), later.clone()],
    ] {
        let conflict = put(refused).await.expect(409);
        assert!(conflict["detail"].as_str().unwrap().contains("60000"), "{conflict}");
    }
    world.set_time("2027-02-02T00:00:00Z");
    let finished =
        put(vec![("/budget/amount_minor", json!(60_000)), ("/ends_at", json!("2027-03-01T00:00:00Z"))]).await;
    assert!(finished.expect(409)["detail"].as_str().unwrap().contains("finished"));
    world.settle().await;
}

#[tokio::test]
async fn a_hand_that_was_held_up_does_not_undo_what_was_decided_since() {
    use store::ledger::{self, Account};
    let world = World::new().await;
    let app = world.shop(5).await;
    let (store, id) = (&world.local.environments.store, "app".try_into().unwrap());
    let campaign = "spring".try_into().unwrap();
    let budget = ledger::budget(store, &Account::whole(&id, &campaign)).await.unwrap().unwrap();
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    // A delayed writer now opens the ledger of the approval.
    ledger::set_open(store, &id, &campaign, budget.slots, true, budget.as_of).await.unwrap();
    assert!(!ledger::budget(store, &Account::whole(&id, &campaign)).await.unwrap().unwrap().is_open);
    let slots = ledger::slots(store, &Account::whole(&id, &campaign), budget.slots).await.unwrap();
    assert!(!slots.is_empty() && slots.iter().all(|(_, slot)| !slot.is_open));
    // A lease that began before does not succeed after the resumption.
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    let lease = ledger::lease(store, &Account::whole(&id, &campaign), &budget, 0, 500).await.unwrap();
    assert!(matches!(lease, ledger::Lease::Short), "{lease:?}");
    world.settle().await;
}
