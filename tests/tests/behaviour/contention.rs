//! What only shows under contention, on the model of DynamoDB's physics: a hundred environments that claim as fast as they
//! can while admins do what admins do.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jiff::SignedDuration;
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use shared::push::Push;
use tests::contention::{Physics, ServiceTime};
use tests::deployment::{Deployment, Key};
use tests::{campaign_with, group, promises};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

const APP: &str = "/v1/apps/app";

/// A live campaign with a budget for so many rewards.
async fn season(awards: u64, stock: u64, physics: Physics) -> Rc<Deployment> {
    let deployment = Deployment::new(physics, tests::NOW.parse().unwrap(), 3, false);
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.prepare(Key::Operator, method, &format!("{APP}{path}"), body).await
    };
    operator("PUT", "", json!({"name": "App"})).await;
    operator("PUT", "/reward-groups/gift", group()).await;
    let urls: Vec<String> = (0..stock).map(|n| format!("https://gift.example/{n}")).collect();
    operator("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
    operator("PUT", "/campaigns/spring", campaign_with(&[("/budget/amount_minor", json!(awards * 500))])).await;
    operator("POST", "/campaigns/spring/submit", Value::Null).await;
    operator("POST", "/campaigns/spring/approve", Value::Null).await;
    sleep(Duration::from_secs(10)).await;
    Rc::new(deployment)
}

/// Asks for one user after another until `enough`, in one environment.
async fn claim_on(deployment: Rc<Deployment>, number: u64, users: Rc<Cell<u64>>, enough: impl Fn(&str) -> bool) {
    let environment = deployment.environment("allocate-reward", number);
    loop {
        users.set(users.get() + 1);
        let body =
            json!({"user_id": format!("user-{}", users.get()), "campaign_id": "spring", "moment_id": "deposits"});
        let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/rewards", body);
        let invocation = deployment.invocation(&function, SignedDuration::ZERO);
        let answer = dispatch(&function, &environment, &Push::Off, event, invocation).await.unwrap();
        let answer: Value = serde_json::from_slice(&gateway::response(&answer).body).unwrap();
        if enough(answer["outcome"].as_str().unwrap_or_default()) {
            return;
        }
    }
}

fn items(deployment: &Deployment) -> Vec<Value> {
    local::database::scan(deployment.model.database()).unwrap()
}

fn spent(deployment: &Deployment) -> i64 {
    promises::of(&items(deployment), "SLOT").map(|slot| promises::number(slot, "spent")).sum()
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_spent_to_the_last_reward_by_many_at_once_and_never_passed() {
    let deployment = season(300, 1_000, Physics::default()).await;
    let (users, tasks) = (Rc::new(Cell::new(0)), LocalSet::new());
    for number in 1..=50 {
        let (deployment, users) = (Rc::clone(&deployment), Rc::clone(&users));
        tasks.spawn_local(claim_on(deployment, number, users, |outcome| outcome == "waiting"));
    }
    tasks.await;
    assert_eq!(spent(&deployment), 300 * 500);
    promises::hold_now(&items(&deployment));
    assert!(deployment.model.figures().transactions_in_conflict > 20, "{:?}", deployment.model.figures());
}

#[tokio::test(start_paused = true)]
async fn suspending_holds_under_full_load_from_the_moment_it_is_answered() {
    let deployment = season(4_000, 1_000, Physics::default()).await;
    let (users, tasks) = (Rc::new(Cell::new(0)), LocalSet::new());
    for number in 1..=50 {
        let (deployment, users) = (Rc::clone(&deployment), Rc::clone(&users));
        tasks.spawn_local(claim_on(deployment, number, users, |outcome| outcome != "rewarded"));
    }
    let admin = Rc::clone(&deployment);
    tasks.spawn_local(async move {
        sleep(Duration::from_millis(300)).await;
        let began = Instant::now();
        admin.prepare(Key::Operator, "POST", &format!("{APP}/campaigns/spring/suspend"), Value::Null).await;
        let (took, at_the_answer) = (began.elapsed(), spent(&admin));
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert!(at_the_answer > 0, "there was load");
        sleep(Duration::from_secs(5)).await;
        assert_eq!(spent(&admin), at_the_answer);
    });
    tasks.await;
    promises::hold_now(&items(&deployment));
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_user_who_is_erased_while_the_page_turns_is_the_first_again() {
    let steady = ServiceTime { median: 8.0, spread: 0.0 };
    let deployment = season(10, 1, Physics { read: steady, write: steady, ..Physics::default() }).await;
    let deposit = |event: &str| json!({"user_id": "ada", "action": "deposit", "event_id": event});
    deployment.prepare(Key::App("app"), "POST", "/v1/moments", deposit("before")).await;
    // Nine days later the item is of an older page. The catalog is read by 8 ms, the first write is refused at 15 and the
    // one that turns the page arrives at 23.
    sleep(Duration::from_secs(9 * 24 * 3_600)).await;
    let key = json!({"pk": {"S": "USER#app#ada"}, "sk": {"S": "PROGRESS#spring#deposits"}});
    let erasing = async {
        sleep(Duration::from_millis(10)).await;
        deployment.model.send("DeleteItem", json!({"TableName": local::database::TABLE, "Key": key})).await
    };
    let answered = deployment.prepare(Key::App("app"), "POST", "/v1/moments", deposit("after"));
    let (_, answer) = tokio::join!(erasing, answered);
    assert_eq!(answer["outcomes"][0]["progress"]["count"], 1, "{answer}");
}
