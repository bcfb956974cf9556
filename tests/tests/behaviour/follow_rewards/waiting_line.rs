//! The waiting line: who is served, and in which order.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, group, stream_event};

async fn states(app: &App<'_>, users: &[&str]) -> Vec<String> {
    let mut states = Vec::new();
    for user in users {
        let list = app.call("GET", &format!("/v1/users/{user}/rewards"), Value::Null).await.expect(200);
        states.push(list["data"][0]["state"].as_str().unwrap_or("none").to_owned());
    }
    states
}

/// Lets users join the line, a second apart.
async fn join(app: &App<'_>, users: &[&str]) {
    for (second, user) in users.iter().enumerate() {
        app.world.set_time(&format!("2026-12-01T12:00:{second:02}Z"));
        assert_eq!(app.ask(user).await.expect(200)["outcome"], "waiting", "{user}");
    }
}

#[tokio::test]
async fn new_stock_serves_the_line_in_order_once_and_with_a_push() {
    let world = World::new().await;
    let app = world.shop(0).await;
    app.call("PUT", "/v1/users/b/devices/phone", json!({"channel": "GCM", "address": "token-b"})).await.expect(200);
    join(&app, &["c", "a", "d", "b"]).await;
    let waiting = app.ask("a").await.expect(200)["reward"]["reward_id"].clone();
    world.settle().await;
    assert!(world.local.pushes().is_empty());
    app.stock("gift", 2).await;
    world.settle().await;
    assert_eq!(states(&app, &["c", "a", "d", "b"]).await, ["awarded", "awarded", "waiting", "waiting"]);
    // The waiting reward itself is awarded.
    assert_eq!(app.ask("a").await.expect(200)["reward"]["reward_id"], waiting);
    let urls = json!({"urls": (2..9).map(|n| format!("https://gift.example/gift/{n}")).collect::<Vec<_>>()});
    app.admin("POST", "/reward-groups/gift/stock", urls).await.expect(200);
    world.settle().await;
    assert_eq!(states(&app, &["d", "b"]).await, ["awarded", "awarded"]);
    assert_eq!(world.local.pushes().len(), 1);
}

#[tokio::test]
async fn a_resumed_campaign_serves_its_line_within_its_budget() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(1_000))])).await;
    // Suspended while an environment still caches it as live: the slot refuses, and the users join the line.
    use store::ledger::{self, Account};
    let (app_id, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let store = &world.local.environments.store;
    let as_of = ledger::budget(store, &Account::whole(&app_id, &campaign)).await.unwrap().unwrap().as_of;
    ledger::set_open(store, &app_id, &campaign, 1, false, as_of).await.unwrap();
    join(&app, &["a", "b", "c"]).await;
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    world.settle().await;
    assert_eq!(states(&app, &["a", "b", "c"]).await, ["waiting", "waiting", "waiting"]);
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    world.settle().await;
    assert_eq!(states(&app, &["a", "b", "c"]).await, ["awarded", "awarded", "waiting"]);
}

#[tokio::test]
async fn those_who_wait_for_something_sold_out_do_not_hide_the_others() {
    let world = World::new().await;
    let app = world.app("app").await;
    for id in ["gift", "sword"] {
        app.put_group(id, group()).await;
    }
    let rewards = json!([{"reward_group_id": "gift"}, {"reward_group_id": "sword"}]);
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(1_000_000)), ("/moments/0/rewards", rewards)]))
        .await;
    let ask = |user: String, group: &'static str| {
        let body = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits", "reward_group_id": group});
        app.call("POST", "/v1/rewards", body)
    };
    for n in 0..60 {
        ask(format!("g{n}"), "gift").await.expect(200);
    }
    ask("s".into(), "sword").await.expect(200);
    app.stock("sword", 1).await;
    world.settle().await;
    assert_eq!(states(&app, &["s", "g0"]).await, ["awarded", "waiting"]);
}

#[tokio::test]
async fn the_stream_corrects_an_environment_that_caches_an_empty_stock() {
    let world = World::new().await;
    let app = world.shop(0).await;
    assert_eq!(app.deposits("first", 5).await["outcome"], "waiting");
    world.settle().await;
    app.stock("gift", 2).await;
    world.settle().await;
    // The other function's environment still caches that nothing is left, and sends the second user to the line.
    app.deposits("second", 4).await;
    assert_eq!(app.deposit("second", "e5").await.expect(200)["outcomes"][0]["outcome"], "waiting");
    world.settle().await;
    assert_eq!(states(&app, &["first", "second"]).await, ["awarded", "awarded"]);
}

#[tokio::test]
async fn an_erased_user_leaves_the_line() {
    let world = World::new().await;
    let app = world.shop(0).await;
    join(&app, &["a", "b"]).await;
    assert_eq!(app.call("DELETE", "/v1/users/a", Value::Null).await.status, 204);
    app.stock("gift", 1).await;
    world.settle().await;
    assert_eq!(states(&app, &["a", "b"]).await, ["none", "awarded"]);
}

#[tokio::test]
async fn a_user_who_was_erased_is_not_rewarded_by_a_record_that_comes_late() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    // The user is erased before the stream is read.
    assert_eq!(app.call("DELETE", "/v1/users/ada", Value::Null).await.status, 204);
    world.settle().await;
    assert_eq!(states(&app, &["ada"]).await, ["none"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn restocking_in_the_middle_of_a_race_gives_every_url_to_one_user() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 20).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(1_000_000))])).await;
    let names: Vec<String> = (0..100).map(|n| format!("user-{n}")).collect();
    let urls = json!({"urls": (100..130).map(|n| format!("https://gift.example/gift/{n}")).collect::<Vec<_>>()});
    let asking = futures_util::future::join_all(names.iter().map(|name| app.ask(name)));
    let stocking = app.admin("POST", "/reward-groups/gift/stock", urls);
    let (_, loaded) = tokio::join!(asking, stocking);
    loaded.expect(200);
    // The stream is read when the index shows everything.
    world.set_time("2026-12-01T12:01:00Z");
    world.settle().await;
    let given = world.items_at("USER#").iter().filter(|item| item.get("url").is_some()).count();
    assert_eq!(given, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_served_by_eight_at_once_gives_each_user_one_reward() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let names: Vec<String> = (0..20).map(|n| format!("user-{n}")).collect();
    for name in &names {
        app.ask(name).await.expect(200);
    }
    let urls = json!({"urls": (0..50).map(|n| format!("https://gift.example/gift/{n}")).collect::<Vec<_>>()});
    app.admin("POST", "/reward-groups/gift/stock", urls).await.expect(200);
    let group = world.items_at("APP#app").into_iter().find(|item| item.get("restocked_at").is_some()).unwrap();
    let event = stream_event("MODIFY", &group);
    let serve =
        |n: usize| world.local.functions.invoke("follow-rewards", event.clone(), if n == 0 { "a" } else { "b" });
    for answer in futures_util::future::join_all((0..8).map(serve)).await {
        answer.unwrap();
    }
    world.settle().await;
    let users: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(states(&app, &users).await.iter().all(|state| state == "awarded"));
    assert_eq!(world.items_at("CODE#").iter().filter(|code| code.get("claimed_by").is_some()).count(), 20);
}

#[tokio::test]
async fn a_raised_budget_serves_the_line() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(500))])).await;
    app.ask("winner").await.expect(201);
    join(&app, &["a", "b"]).await;
    world.settle().await;
    assert_eq!(states(&app, &["winner", "a", "b"]).await, ["awarded", "waiting", "waiting"]);
    let raised = campaign_with(&[("/budget/amount_minor", json!(1_100))]);
    app.admin("PUT", "/campaigns/spring", raised).await.expect(200);
    world.settle().await;
    assert_eq!(states(&app, &["winner", "a", "b"]).await, ["awarded", "awarded", "waiting"]);
}

#[tokio::test]
async fn a_resumption_that_died_half_way_is_finished_by_whoever_serves_the_line() {
    use store::campaigns;
    use store::ledger::{self, Account};
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    app.launch("spring", tests::campaign()).await;
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    world.settle().await;
    // The approving request died before it opened the ledger.
    let (store, app_id, id) =
        (&world.local.environments.store, "app".try_into().unwrap(), "spring".try_into().unwrap());
    let suspended = campaigns::get(store, &app_id, &id).await.unwrap().unwrap();
    let change = tests::change(&suspended, domain::campaign::history::ChangeKind::Resumed);
    campaigns::transition(store, &suspended, domain::campaign::CampaignState::Approved, &change).await.unwrap();
    join(&app, &["a"]).await;
    assert_eq!(states(&app, &["a"]).await, ["waiting"]);
    world.settle().await;
    assert_eq!(states(&app, &["a"]).await, ["awarded"]);
    assert!(ledger::budget(store, &Account::whole(&app_id, &id)).await.unwrap().unwrap().is_open);
}

#[tokio::test]
async fn a_suspension_that_died_half_way_is_finished_from_the_stream() {
    use store::campaigns;
    use store::ledger::{self, Account};
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 100).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(100_000))])).await;
    world.settle().await;
    // The suspending request died after it closed the budget.
    let (store, app_id, id) =
        (&world.local.environments.store, "app".try_into().unwrap(), "spring".try_into().unwrap());
    let approved = campaigns::get(store, &app_id, &id).await.unwrap().unwrap();
    let change = tests::change(&approved, domain::campaign::history::ChangeKind::Suspended);
    campaigns::transition(store, &approved, domain::campaign::CampaignState::Suspended, &change).await.unwrap();
    assert!(ledger::budget(store, &Account::whole(&app_id, &id)).await.unwrap().unwrap().is_open);
    world.settle().await;
    assert!(!ledger::budget(store, &Account::whole(&app_id, &id)).await.unwrap().unwrap().is_open);
    let slots = ledger::slots(store, &Account::whole(&app_id, &id), approved.slots).await.unwrap();
    assert!(slots.len() > 1 && slots.iter().all(|(_, slot)| !slot.is_open), "{slots:?}");
}

#[tokio::test]
async fn a_place_in_the_line_is_not_taken_by_the_reward_of_an_earlier_life() {
    use store::codes::{self, Candidate};
    use store::ledger::Account;
    use store::rewards::{self, ClaimRefusal, Payment, Predecessor};
    let world = World::new().await;
    let app = world.shop(0).await;
    app.ask("ada").await.expect(200);
    let (store, app_id) = (&world.local.environments.store, "app".try_into().unwrap());
    let line =
        rewards::waiting_line(store, &app_id, &"spring".try_into().unwrap(), &"gift".try_into().unwrap(), 10).await;
    let (_, at) = line.unwrap().remove(0);
    let earlier = rewards::get_at(store, &at).await.unwrap().unwrap();
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    app.ask("ada").await.expect(200);
    // A reader that read the line before the erasure claims now.
    let url = domain::secret::RewardUrl::new("https://gift.example/late");
    let group = "gift".try_into().unwrap();
    codes::import(store, &app_id, &group, &url, tests::NOW.parse().unwrap()).await.unwrap();
    let candidate = Candidate { hash: codes::hash(&url), url: url.clone() };
    let (state, awarded_at) = (domain::reward::RewardState::Awarded, tests::NOW.parse().ok());
    let awarded = domain::reward::Reward { state, awarded_at, url: Some(url), slot: Some(0), ..earlier };
    let account = Account::whole(&app_id, &"spring".try_into().unwrap());
    let payment = Payment {
        slots: vec![(account, 0)],
        allowance: None,
        held: Vec::new(),
        held_until: tests::NOW.parse().unwrap(),
    };
    let (predecessor, now) = (Predecessor::Waiting(&awarded), tests::NOW.parse().unwrap());
    let claimed = rewards::claim(store, &awarded, Some(&candidate), &payment, predecessor, now).await.unwrap();
    assert!(matches!(claimed, Err(ClaimRefusal::Exists(_))), "{claimed:?}");
    world.settle().await;
}
