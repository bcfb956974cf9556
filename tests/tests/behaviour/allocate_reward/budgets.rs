//! Budgets of running campaigns, raised and lowered: spent money stays spent, and the rest is used to the last cent.
//! Also the caps of a moment, a group, a user and a day.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{App, World, campaign_with, group, promises};

async fn set_budget(app: &App<'_>, amount: i64) -> tests::Answer {
    app.admin("PUT", "/campaigns/spring", campaign_with(&[("/budget/amount_minor", json!(amount))])).await
}

fn ledger(world: &World) -> (i64, i64, i64, i64) {
    let items = world.items_at("LEDGER#app#spring");
    let budget = items.iter().find(|item| item["sk"]["S"] == "BUDGET").unwrap();
    let slots = || items.iter().filter(|item| item["sk"]["S"] == "SLOT");
    let sum = |name| slots().map(|slot| promises::number(slot, name)).sum();
    (promises::number(budget, "budget_limit"), promises::number(budget, "unleased"), sum("remaining"), sum("spent"))
}

#[tokio::test]
async fn a_budget_is_lowered_to_what_is_spent_and_no_further() {
    let world = World::new().await;
    let app = world.shop(100).await;
    for n in 0..3 {
        app.ask(&format!("user-{n}")).await.expect(201);
    }
    // The slots hold half of it, which is gathered for the decrease.
    let lowered = set_budget(&app, 2_000).await.expect(200);
    assert_eq!(lowered["budget"]["amount_minor"], 2_000);
    let (limit, unleased, remaining, spent) = ledger(&world);
    assert_eq!((limit, spent, unleased + remaining), (2_000, 1_500, 500));
    let before = world.items();
    let refused = set_budget(&app, 1_499).await;
    assert_eq!(refused.body["code"], "budget_spent");
    assert!(refused.expect(409)["detail"].as_str().unwrap().starts_with("1500 of the budget is spent"));
    let changed = world.items().into_iter().filter(|item| !before.contains(item)).count();
    assert!(changed <= 2, "money may have moved back to the budget, and nothing else: {changed}");
    // The budget covers one more reward, and then none.
    app.ask("one more").await.expect(201);
    assert_eq!(app.ask("too late").await.expect(200)["outcome"], "waiting");
    set_budget(&app, 2_000).await.expect(200);
    // The same budget changes nothing; a higher one serves the waiting users.
    set_budget(&app, 2_500).await.expect(200);
    world.settle().await;
    assert_eq!(app.ask("too late").await.expect(200)["outcome"], "already_rewarded");
    let history = app.admin("GET", "/campaigns/spring/history", Value::Null).await.expect(200);
    let lowered = json!({"pointer": "/budget/amount_minor", "before": 50_000, "after": 2_000});
    assert!(
        history["data"].as_array().unwrap().iter().any(|change| change["changes"] == json!([lowered])),
        "{history}"
    );
    world.settle().await;
}

#[tokio::test]
async fn a_suspended_campaigns_budget_is_lowered_too_and_resumes_with_it() {
    let world = World::new().await;
    let app = world.shop(10).await;
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    set_budget(&app, 1_000).await.expect(200);
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    let outcomes = join_all((0..5).map(|n| {
        let app = &app;
        async move { app.ask(&format!("user-{n}")).await.body["outcome"].clone() }
    }))
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "rewarded").count(), 2);
    world.settle().await;
}

#[tokio::test]
async fn lowering_races_with_claims_and_never_takes_what_is_being_spent() {
    let world = World::new().await;
    let app = world.shop(100).await;
    let claims = join_all((0..40).map(|n| {
        let app = &app;
        async move { app.ask(&format!("user-{n}")).await }
    }));
    let lowering = async {
        let mut lowest = 50_000;
        for amount in [30_000, 15_000, 8_000, 5_000] {
            let answer = set_budget(&app, amount).await;
            assert!([200, 409, 503].contains(&answer.status), "{answer:?}");
            if answer.status == 200 {
                lowest = amount;
            }
        }
        lowest
    };
    let (answers, lowest) = tokio::join!(claims, lowering);
    let rewarded = answers.iter().filter(|answer| answer.body["outcome"] == "rewarded").count();
    world.settle().await;
    let (limit, unleased, remaining, spent) = ledger(&world);
    assert_eq!((limit, unleased + remaining + spent), (lowest, lowest));
    assert!(spent <= lowest && spent >= i64::try_from(rewarded).unwrap() * 500, "{rewarded} {spent} {lowest}");
}

fn eur(amount: i64) -> Value {
    json!({"currency": "EUR", "amount_minor": amount})
}

/// Asks for a reward for each user. Returns outcome, group and reasons.
async fn ask_all(app: &App<'_>, moment: &str, users: std::ops::Range<usize>) -> Vec<(String, Value, Value)> {
    let mut all = Vec::new();
    for n in users {
        let body = json!({"user_id": format!("user-{n}"), "campaign_id": "spring", "moment_id": moment});
        let outcome = app.call("POST", "/v1/rewards", body).await.body;
        let group = outcome["reward"]["reward_group_id"].clone();
        all.push((outcome["outcome"].as_str().unwrap().to_owned(), group, outcome["reasons"].clone()));
    }
    all
}

fn count(all: &[(String, Value, Value)], outcome: &str) -> usize {
    all.iter().filter(|(word, ..)| word == outcome).count()
}

#[tokio::test]
async fn a_cap_of_a_moment_ends_what_exceeds_it_and_leaves_the_others_theirs() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    let mut plan = campaign_with(&[("/caps", json!({"per_moment": {"deposits": eur(1_700)}}))]);
    let mut other = plan["moments"][0].clone();
    other["moment_id"] = json!("other");
    plan["moments"].as_array_mut().unwrap().push(other);
    app.launch("spring", plan).await;
    // 17.00 pays for three rewards of 5.00.
    let all = ask_all(&app, "deposits", 0..6).await;
    assert_eq!((count(&all, "rewarded"), count(&all, "not_eligible")), (3, 3));
    assert_eq!(all[5].2, json!(["what may be spent on the moment is spent"]));
    assert_eq!(count(&ask_all(&app, "other", 0..6).await, "rewarded"), 6);
    // A counted moment is closed, and each further request says so.
    let ended = app.deposits("late", 5).await;
    assert_eq!(ended["outcome"], "not_eligible");
    let progress =
        world.items_at("USER#app#late").into_iter().find(|item| item["sk"]["S"] == "PROGRESS#spring#deposits");
    assert_eq!(progress.unwrap()["closed"]["S"], "cap_reached");
    assert_eq!(app.deposit("late", "e5").await.expect(200)["outcomes"][0]["outcome"], "not_eligible");
    world.settle().await;
    assert!(world.local.dead_letters().unwrap().is_empty());
}

#[tokio::test]
async fn where_a_group_has_come_to_its_cap_the_one_that_stands_in_is_awarded() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("spare", group()).await;
    let mut gift = group();
    gift["fallback_group_id"] = json!("spare");
    app.put_group("gift", gift).await;
    for id in ["gift", "spare"] {
        app.stock(id, 10).await;
    }
    let caps = json!({"per_group": {"gift": eur(1_000), "spare": eur(500)}});
    app.launch("spring", campaign_with(&[("/caps", caps)])).await;
    let all = ask_all(&app, "deposits", 0..5).await;
    let groups: Vec<&Value> = all.iter().map(|(_, group, _)| group).collect();
    assert_eq!(groups[..3], [&json!("gift"), &json!("gift"), &json!("spare")]);
    assert_eq!((count(&all, "rewarded"), count(&all, "not_eligible")), (3, 2));
    world.settle().await;
}

#[tokio::test]
async fn concurrent_rewards_of_a_user_never_exceed_the_users_cap() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    let changes = [
        ("/caps", json!({"per_user": eur(1_499)})),
        ("/moments/0/target", json!(1)),
        ("/moments/0/max_rewards_per_user", json!(10)),
    ];
    app.launch("spring", campaign_with(&changes)).await;
    for user in ["ada", "bob"] {
        let answers = join_all((0..8).map(|n| {
            let app = &app;
            async move { app.deposit(user, &format!("e{n}")).await }
        }))
        .await;
        let rewarded = answers.iter().filter(|answer| answer.body["outcomes"][0]["outcome"] == "rewarded").count();
        assert_eq!(rewarded, 2, "14.99 covers two of 5.00: {answers:?}");
    }
    let refused = app.deposit("ada", "more").await.expect(200)["outcomes"][0].clone();
    assert_eq!(refused["reasons"], json!(["what may be spent on the user is spent"]));
    world.settle().await;
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    assert_eq!(export["spent"], json!([{"campaign_id": "spring", "amount_minor": 1_000}]));
    // A user who returns after an erasure is new.
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert_eq!(app.deposit("ada", "again").await.expect(200)["outcomes"][0]["outcome"], "rewarded");
    world.settle().await;
}

#[tokio::test]
async fn who_comes_when_the_day_is_spent_is_served_when_the_next_begins() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    app.launch("spring", campaign_with(&[("/caps", json!({"per_day": eur(1_000)}))])).await;
    let all = ask_all(&app, "deposits", 0..5).await;
    assert_eq!((count(&all, "rewarded"), count(&all, "waiting")), (2, 3));
    let reason = "today's limit is spent; the user is in line for the next day";
    assert_eq!(all[4].2, json!([reason]));
    world.settle().await;
    let tick = async |time: &str| {
        world.set_time(time);
        let event = serde_json::from_str(include_str!("../../../../events/follow-rewards/new-day.json")).unwrap();
        let answer = world.local.functions.invoke("follow-rewards", event, "tick").await.unwrap();
        assert_eq!(answer, json!({}));
        world.settle().await;
        let items = world.items();
        promises::rewards(&items).filter(|reward| promises::text(reward, "reward_state") == Some("awarded")).count()
    };
    assert_eq!(tick("2026-12-01T23:50:00Z").await, 2, "today still");
    // Two of the three; no newcomer overtakes the third.
    assert_eq!(tick("2026-12-02T00:05:00Z").await, 4);
    assert_eq!(ask_all(&app, "deposits", 9..10).await[0].0, "waiting");
    assert_eq!(tick("2026-12-02T00:20:00Z").await, 4, "that day is spent, too");
    assert_eq!(tick("2026-12-03T00:05:00Z").await, 6);
    assert_eq!(
        ask_all(&app, "deposits", 0..10).await.iter().filter(|(word, ..)| word == "already_rewarded").count(),
        6
    );
}

#[tokio::test]
async fn caps_are_of_the_campaign_in_its_currency_and_cover_a_reward() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let put = async |caps: Value| app.admin("PUT", "/campaigns/spring", campaign_with(&[("/caps", caps)])).await;
    for (caps, pointer) in [
        (json!({"per_moment": {"none": eur(500)}}), "/caps/per_moment/none"),
        (json!({"per_moment": {"A B": eur(500)}}), "/caps/per_moment/A B"),
        (json!({"per_moment": []}), "/caps/per_moment"),
        (json!({"per_day": eur(0)}), "/caps/per_day"),
        (json!({"per_user": {"currency": "USD", "amount_minor": 500}}), "/caps/per_user/currency"),
        (json!({"per_week": eur(500)}), "/caps/per_week"),
    ] {
        assert_eq!(put(caps).await.field_errors()[0].0, pointer);
    }
    let small = json!({
        "per_day": eur(499), "per_user": eur(1), "per_moment": {"deposits": eur(2)}, "per_group": {"gift": eur(499)},
    });
    put(small.clone()).await.expect(200);
    let obstacles = app.admin("POST", "/campaigns/spring/submit", Value::Null).await.field_errors();
    let pointers: Vec<&str> = obstacles.iter().map(|(pointer, _)| pointer.as_str()).collect();
    let all = ["per_day", "per_user", "per_moment/deposits", "per_group/gift"];
    assert_eq!(pointers, all.map(|cap| format!("/caps/{cap}/amount_minor")));
    put(json!({"per_group": {"gitf": eur(500)}})).await.expect(200);
    let typo = app.admin("POST", "/campaigns/spring/submit", Value::Null).await.field_errors();
    assert_eq!(typo[0].0, "/caps/per_group/gitf");
    // They are fixed while the campaign runs.
    let caps = json!({"per_day": eur(1_000)});
    put(caps.clone()).await.expect(200);
    app.launch("spring", campaign_with(&[("/caps", caps.clone())])).await;
    assert_eq!(app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200)["caps"], caps);
    assert_eq!(put(json!({"per_day": eur(2_000)})).await.status, 409);
}

#[tokio::test]
async fn a_user_who_lacks_only_stock_waits_though_the_fallback_is_at_its_cap() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("spare", group()).await;
    let mut gift = group();
    gift["fallback_group_id"] = json!("spare");
    app.put_group("gift", gift).await;
    app.stock("gift", 1).await;
    app.stock("spare", 9).await;
    app.launch("spring", campaign_with(&[("/caps", json!({"per_group": {"spare": eur(500)}}))])).await;
    let all = ask_all(&app, "deposits", 0..4).await;
    let words: Vec<&str> = all.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(words, ["rewarded", "rewarded", "waiting", "waiting"]);
    world.settle().await;
    app.admin("POST", "/reward-groups/gift/stock", json!({"urls": ["https://gift.example/more"]})).await.expect(200);
    world.settle().await;
    // Both began to wait at the same instant, so either may win.
    let all = ask_all(&app, "deposits", 0..4).await;
    assert_eq!((count(&all, "already_rewarded"), count(&all, "waiting")), (3, 1));
}

#[tokio::test]
async fn a_cap_of_one_user_does_not_hold_up_the_line_for_others() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut dear = group();
    dear["cpa"] = eur(900);
    app.put_group("spare", dear).await;
    let mut gift = group();
    gift["fallback_group_id"] = json!("spare");
    app.put_group("gift", gift).await;
    app.stock("gift", 1).await;
    let changes = [
        ("/caps", json!({"per_user": eur(1_000)})),
        ("/moments/0/target", json!(1)),
        ("/moments/0/max_rewards_per_user", json!(5)),
    ];
    app.launch("spring", campaign_with(&changes)).await;
    let deposit =
        async |user: &str, event: &str| app.deposit(user, event).await.expect(200)["outcomes"][0]["outcome"].clone();
    assert_eq!(deposit("ada", "e1").await, "rewarded");
    // Her cap covers a second gift, but not its fallback. Bob still has his whole cap.
    assert_eq!(deposit("ada", "e2").await, "waiting");
    world.pass(jiff::SignedDuration::from_secs(1));
    assert_eq!(deposit("bob", "e1").await, "waiting");
    world.settle().await;
    app.admin("POST", "/reward-groups/spare/stock", json!({"urls": ["https://gift.example/spare/1"]}))
        .await
        .expect(200);
    world.settle().await;
    let rewards = async |user: &str| {
        app.call("GET", &format!("/v1/users/{user}/rewards"), Value::Null).await.expect(200)["data"].clone()
    };
    assert_eq!(rewards("bob").await[0]["reward_group_id"], "spare");
    assert_eq!(rewards("ada").await[1]["state"], "waiting");
    app.admin("POST", "/reward-groups/gift/stock", json!({"urls": ["https://gift.example/gift/more"]}))
        .await
        .expect(200);
    world.settle().await;
    assert_eq!(rewards("ada").await[1]["state"], "awarded");
}

#[tokio::test]
async fn the_first_award_of_a_day_brings_those_who_have_waited_for_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    app.launch("spring", campaign_with(&[("/caps", json!({"per_day": eur(1_500)}))])).await;
    ask_all(&app, "deposits", 0..5).await;
    world.settle().await;
    // A newcomer comes before any schedule.
    world.set_time("2026-12-02T00:01:00Z");
    assert_eq!(ask_all(&app, "deposits", 8..9).await[0].0, "rewarded");
    world.settle().await;
    assert_eq!(count(&ask_all(&app, "deposits", 0..5).await, "already_rewarded"), 5);
}

#[tokio::test]
async fn what_no_day_can_pay_is_stood_in_for_or_ends() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("cheap", group()).await;
    let mut dear = group();
    (dear["cpa"], dear["fallback_group_id"]) = (eur(2_000), json!("cheap"));
    app.put_group("gift", dear).await;
    let mut alone = group();
    alone["cpa"] = eur(2_000);
    app.put_group("alone", alone).await;
    for id in ["cheap", "gift", "alone"] {
        app.stock(id, 5).await;
    }
    let mut plan = campaign_with(&[("/caps", json!({"per_day": eur(1_000)}))]);
    let mut other = plan["moments"][0].clone();
    (other["moment_id"], other["rewards"]) = (json!("other"), json!([{"reward_group_id": "alone"}]));
    plan["moments"].as_array_mut().unwrap().push(other);
    // The cap covers the cheapest reward, so nothing is refused.
    plan["moments"][0]["rewards"] = json!([{"reward_group_id": "gift"}, {"reward_group_id": "cheap", "weight": 0}]);
    app.launch("spring", plan).await;
    let all = ask_all(&app, "deposits", 0..1).await;
    assert_eq!((all[0].0.as_str(), &all[0].1), ("rewarded", &json!("cheap")));
    let ended = ask_all(&app, "other", 0..1).await;
    assert_eq!((ended[0].0.as_str(), &ended[0].2), ("not_eligible", &json!(["what may be spent on the day is spent"])));
    world.settle().await;
}
