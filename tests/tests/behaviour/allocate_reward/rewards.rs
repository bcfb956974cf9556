//! `POST /v1/rewards`, `POST /GetReward`, and the outcomes of a claim.

use serde_json::{Value, json};
use tests::{World, campaign, campaign_with, group};

#[tokio::test]
async fn asking_awards_once_and_asking_again_returns_the_same_reward() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let first = app.ask("ada").await.expect(201);
    assert_eq!(first["outcome"], "rewarded");
    let again = app.ask("ada").await.expect(200);
    assert_eq!(again["outcome"], "already_rewarded");
    assert_eq!(again["reward"], first["reward"]);
    world.settle().await;
}

#[tokio::test]
async fn the_group_that_the_app_wants_is_given_if_the_moment_awards_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    for id in ["gift", "sword"] {
        app.put_group(id, group()).await;
        app.stock(id, 1).await;
    }
    let rewards = json!([{"reward_group_id": "gift", "weight": 1_000_000}, {"reward_group_id": "sword"}]);
    app.launch("spring", campaign_with(&[("/moments/0/rewards", rewards)])).await;
    let ask = |user: &'static str, group: &'static str| {
        let body = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits", "reward_group_id": group});
        app.call("POST", "/v1/rewards", body)
    };
    assert_eq!(ask("ada", "sword").await.expect(201)["reward"]["reward_group_id"], "sword");
    let unknown = ask("bob", "crown").await.expect(404);
    assert_eq!(unknown["detail"], "there is no reward group crown");
    assert_eq!(ask("bob", "sword").await.expect(200)["outcome"], "waiting");
    world.settle().await;
}

#[tokio::test]
async fn a_dry_run_or_a_test_key_shows_the_test_url_and_writes_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let body = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    let dry = app.call("POST", "/v1/rewards?dry_run=true", body.clone()).await.expect(200);
    let test = world.call(&app.test_key, "POST", "/v1/rewards", body).await.expect(200);
    for outcome in [dry, test] {
        assert_eq!(outcome["outcome"], "rewarded");
        assert_eq!(outcome["reward"]["url"], "https://gift.example/test");
        assert_eq!(outcome["reward"]["reward_id"], Value::Null);
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_budget_is_spent_to_the_last_reward_and_then_users_wait() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(1_700))])).await;
    for user in ["a", "b", "c"] {
        app.ask(user).await.expect(201);
    }
    let waiting = app.ask("d").await.expect(200);
    assert_eq!(waiting["outcome"], "waiting");
    assert!(waiting["reasons"][0].as_str().unwrap().contains("budget"));
    world.settle().await;
}

#[tokio::test]
async fn what_is_left_in_several_slots_is_gathered_for_a_last_reward() {
    use store::ledger::{self, Account};
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 50).await;
    // Two slots with 300 cents each, and nothing unleased: together they pay for a reward, alone for none.
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(20_600))])).await;
    let store = &world.local.environments.store;
    let (app_id, campaign_id) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    for (slot, amount) in [(0, 300), (1, 300), (0, 10_000)] {
        let budget = ledger::budget(store, &Account::whole(&app_id, &campaign_id)).await.unwrap().unwrap();
        ledger::lease(store, &Account::whole(&app_id, &campaign_id), &budget, slot, amount).await.unwrap();
    }
    for n in 0..41 {
        app.ask(&format!("user-{n}")).await.expect(201);
    }
    assert_eq!(app.ask("late").await.expect(200)["outcome"], "waiting");
    world.settle().await;
}

#[tokio::test]
async fn a_suspended_campaign_awards_nothing_even_with_a_stale_catalog() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.shop(5).await;
    app.ask("ada").await.expect(201);
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    // The environment still caches the campaign as live: the slot refuses.
    let late = app.ask("bob").await.expect(200);
    assert_eq!(late["outcome"], "waiting");
    assert!(late["reasons"][0].as_str().unwrap().contains("suspended"));
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    app.ask("cyd").await.expect(201);
    world.settle().await;
}

#[tokio::test]
async fn a_shared_url_goes_to_everyone_and_is_counted_and_paid_for() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut shared = group();
    shared["kind"] = json!("shared_url");
    shared["url"] = json!("https://gift.example/everyone");
    app.put_group("gift", shared).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(1_000))])).await;
    for user in ["a", "b"] {
        assert_eq!(app.ask(user).await.expect(201)["reward"]["url"], "https://gift.example/everyone");
    }
    assert_eq!(app.ask("c").await.expect(200)["outcome"], "waiting");
    world.settle().await;
}

#[tokio::test]
async fn a_reward_stays_the_users_after_the_campaign_ended() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let first = app.ask("ada").await.expect(201);
    world.set_time("2027-03-01T00:00:00Z");
    assert_eq!(app.ask("ada").await.expect(200)["reward"]["url"], first["reward"]["url"]);
    assert_eq!(app.ask("bob").await.expect(200)["outcome"], "campaign_not_live");
}

#[tokio::test]
async fn the_old_rewards_api_still_answers() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let body = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "ada", "deviceType": "Android"});
    let before = world.items();
    let info = app.call("POST", "/GetRewardInfo", body.clone()).await.expect(200);
    assert_eq!((&info["eligible"], &info["rewardGroupId"]), (&json!(true), &json!("gift")));
    assert_eq!(world.items(), before);
    let reward = app.call("POST", "/GetReward", body.clone()).await.expect(200);
    assert_eq!((&reward["status"], &reward["rewardUrl"]), (&json!("rewarded"), &json!("https://gift.example/gift/0")));
    let again = app.call("POST", "/GetReward", body.clone()).await.expect(200);
    assert_eq!((&again["status"], &again["rewardUrl"]), (&json!("already_rewarded"), &reward["rewardUrl"]));
    let mut foreign = body.clone();
    foreign["appId"] = json!("other");
    assert_eq!(app.call("POST", "/GetReward", foreign).await.expect(404)["detail"], "there is no app other");
    let mut unnamed = body;
    unnamed["customerId"] = json!("");
    assert_eq!(
        app.call("POST", "/GetRewardInfo", unnamed).await.field_errors(),
        [("/customerId".into(), "invalid_id".into())]
    );
    world.settle().await;
}

#[tokio::test]
async fn importing_a_used_url_again_or_into_another_group_does_not_put_it_back() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.ask("ada").await.expect(201);
    let urls = json!({"urls": ["https://gift.example/gift/0"]});
    app.put_group("second", group()).await;
    for group in ["gift", "second"] {
        let loaded = app.admin("POST", &format!("/reward-groups/{group}/stock"), urls.clone()).await.expect(200);
        assert_eq!((&loaded["accepted"], &loaded["duplicate"]), (&json!(0), &json!(1)));
    }
    let mut other = campaign();
    other["moments"][0]["rewards"] = json!([{"reward_group_id": "second"}]);
    app.launch("autumn", other).await;
    let body = json!({"user_id": "bob", "campaign_id": "autumn", "moment_id": "deposits"});
    assert_eq!(app.call("POST", "/v1/rewards", body).await.expect(200)["outcome"], "waiting");
    world.settle().await;
}
