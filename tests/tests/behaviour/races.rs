//! Races: many callers at the same instant, each in its own execution environment, as in Lambda.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{World, campaign_with, group, promises};

/// Sends `count` requests at once. Returns the number of each outcome.
async fn outcomes<'a, F>(count: usize, request: impl Fn(usize) -> F) -> BTreeMap<String, usize>
where
    F: Future<Output = tests::Answer> + 'a,
{
    let mut outcomes = BTreeMap::new();
    for answer in at_once(count, request).await {
        let body = if answer.body["outcomes"].is_array() { answer.body["outcomes"][0].clone() } else { answer.body };
        let outcome = body["outcome"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
        *outcomes.entry(outcome).or_default() += 1;
    }
    outcomes
}

async fn at_once<F: Future>(count: usize, request: impl Fn(usize) -> F) -> Vec<F::Output> {
    futures_util::future::join_all((0..count).map(request)).await
}

fn counts(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect()
}

fn urls_given(world: &World) -> usize {
    let rewards = world.items_at("USER#").into_iter().filter(|item| promises::text(item, "url").is_some());
    rewards.map(|item| item["url"]["S"].to_string()).collect::<std::collections::HashSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_callers_for_the_last_url_exactly_one_user_gets_it() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let names: Vec<String> = (0..200).map(|n| format!("user-{n}")).collect();
    assert_eq!(outcomes(200, |n| app.ask(&names[n])).await, counts(&[("rewarded", 1), ("waiting", 199)]));
    assert_eq!(urls_given(&world), 1);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_500_callers_for_100_urls_100_win_and_400_wait() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 100).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(1_000_000))])).await;
    let names: Vec<String> = (0..500).map(|n| format!("user-{n}")).collect();
    assert_eq!(outcomes(500, |n| app.ask(&names[n])).await, counts(&[("rewarded", 100), ("waiting", 400)]));
    assert_eq!(urls_given(&world), 100);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_50_times_at_once_counts_once() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let answers = at_once(50, |_| app.deposit("ada", "e1")).await;
    let new = answers.iter().filter(|answer| answer.body["duplicate"] == false).count();
    assert_eq!(new, 1);
    assert!(answers.iter().all(|answer| answer.body["outcomes"][0]["progress"]["count"] == 1));
    let progress = world.items_at("USER#app#ada").remove(0);
    assert_eq!(promises::number(&progress, "counted"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_user_asking_from_50_places_gets_one_reward() {
    let world = World::new().await;
    let app = world.shop(50).await;
    assert_eq!(outcomes(50, |_| app.ask("ada")).await, counts(&[("already_rewarded", 49), ("rewarded", 1)]));
    assert_eq!(urls_given(&world), 1);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_deposits_of_one_user_at_once_complete_the_moment_once() {
    let world = World::new().await;
    let app = world.shop(50).await;
    let events: Vec<String> = (0..50).map(|n| format!("e{n}")).collect();
    let found = outcomes(50, |n| app.deposit("ada", &events[n])).await;
    assert_eq!(found["in_progress"], 4);
    assert_eq!(found["rewarded"] + found.get("already_rewarded").copied().unwrap_or_default(), 46);
    assert_eq!(urls_given(&world), 1);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_runs_out_during_a_race_is_spent_and_not_exceeded() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 300).await;
    // 77 rewards, and 3.00 EUR that pay for none.
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(77 * 500 + 300))])).await;
    let names: Vec<String> = (0..300).map(|n| format!("user-{n}")).collect();
    assert_eq!(outcomes(300, |n| app.ask(&names[n])).await, counts(&[("rewarded", 77), ("waiting", 223)]));
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_groups_of_different_prices_race_for_one_budget_without_passing_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut dear = group();
    dear["cpa"]["amount_minor"] = json!(700);
    app.put_group("gift", group()).await;
    app.put_group("dear", dear).await;
    app.stock("gift", 200).await;
    app.stock("dear", 200).await;
    let rewards = json!([{"reward_group_id": "gift"}, {"reward_group_id": "dear"}]);
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(31_000)), ("/moments/0/rewards", rewards)]))
        .await;
    let names: Vec<String> = (0..200).map(|n| format!("user-{n}")).collect();
    outcomes(200, |n| app.ask(&names[n])).await;
    world.settle().await;
    let left: i64 = left(&world);
    assert!(left < 700, "{left} are left, and somebody waits for a reward that costs less");
}

fn left(world: &World) -> i64 {
    let ledger = world.items_at("LEDGER#");
    let sum = |name: &str| {
        ledger.iter().filter(|item| item.get(name).is_some()).map(|item| promises::number(item, name)).sum::<i64>()
    };
    sum("unleased") + sum("remaining")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_visited_50_times_at_once_is_redeemed_once() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let reward = app.ask("ada").await.expect(201)["reward"].clone();
    let path = format!("/r/{}", reward["reward_id"].as_str().unwrap());
    for answer in at_once(50, |_| world.send("GET", &path, &[], b"")).await {
        assert_eq!((answer.status, answer.header("location")), (302, reward["url"].as_str()));
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_imported_by_8_admins_at_once_is_in_stock_once() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    let urls: Vec<String> = (0..200).map(|n| format!("https://gift.example/{n}")).collect();
    let body = json!({"urls": urls});
    let answers = at_once(8, |_| app.admin("POST", "/reward-groups/gift/stock", body.clone())).await;
    let accepted: u64 = answers.into_iter().map(|answer| answer.expect(200)["accepted"].as_u64().unwrap()).sum();
    assert_eq!(accepted, 200);
    assert_eq!(world.items_at("CODE#").len(), 200);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_that_race_put_the_budget_in_the_ledger_once() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    app.admin("PUT", "/campaigns/spring", tests::campaign()).await.expect(200);
    app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(200);
    let answers = at_once(10, |_| app.admin("POST", "/campaigns/spring/approve", Value::Null)).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body["state"] == "live"), "{answers:?}");
    let ledger: Vec<Value> = world.items_at("LEDGER#");
    assert_eq!(promises::of(&ledger, "BUDGET").count(), 1);
    let in_slots: i64 = promises::of(&ledger, "SLOT").map(|slot| promises::number(slot, "remaining")).sum();
    let unleased: i64 = promises::of(&ledger, "BUDGET").map(|budget| promises::number(budget, "unleased")).sum();
    assert_eq!((unleased, in_slots), (25_000, 25_000), "half of it lies in the slots, once");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_during_claims_and_redemptions_keeps_every_promise() {
    let world = World::new().await;
    let app = world.shop(60).await;
    let run = |n: usize| {
        let (world, key, user) = (&world, &app.key, format!("user-{}", n % 20));
        async move {
            let path = format!("/v1/users/{user}");
            match n / 20 {
                1 => world.call(key, "DELETE", &path, Value::Null).await,
                _ => {
                    let body = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"});
                    world.call(key, "POST", "/v1/rewards", body).await
                }
            }
        }
    };
    for answer in at_once(60, run).await {
        assert!([200, 201, 204, 503].contains(&answer.status), "{answer:?}");
    }
    world.settle().await;
}
