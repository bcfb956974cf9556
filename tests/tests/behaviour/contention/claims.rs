//! Claims under contention, on the model of DynamoDB's physics: fifty environments claim as fast as they can while
//! admins change the campaign.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tests::promises;
use tokio::time::{Instant, sleep};

/// Asks for a reward for one user after another until `enough`, in one environment.
async fn claim_on(deployment: &Deployment, number: u64, users: &Cell<u64>, enough: impl Fn(&str) -> bool) {
    let environment = deployment.environment("allocate-reward", number);
    loop {
        users.set(users.get() + 1);
        let body =
            json!({"user_id": format!("user-{}", users.get()), "campaign_id": "spring", "moment_id": "deposits"});
        let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/rewards", body);
        let invocation = deployment.invocation(&function, SignedDuration::ZERO);
        let answer =
            dispatch(&function, &environment, &deployment.outside(&function, 0), event, invocation).await.unwrap();
        let answer: Value = serde_json::from_slice(&gateway::response(&answer).body).unwrap();
        if enough(answer["outcome"].as_str().unwrap_or_default()) {
            return;
        }
    }
}

/// Runs fifty claiming environments at once.
async fn claimers(deployment: &Deployment, enough: impl Fn(&str) -> bool + Copy) {
    let users = Cell::new(0);
    join_all((1..=50).map(|number| claim_on(deployment, number, &users, enough))).await;
}

fn items(deployment: &Deployment) -> Vec<Value> {
    local::database::scan(deployment.model.database()).unwrap()
}

fn spent(deployment: &Deployment) -> i64 {
    promises::of(&items(deployment), "SLOT").map(|slot| promises::number(slot, "spent")).sum()
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_spent_to_the_last_reward_by_many_at_once_and_never_passed() {
    let deployment = Deployment::season(300, 1_000, Physics::default()).await;
    claimers(&deployment, |outcome| outcome == "waiting").await;
    assert_eq!(spent(&deployment), 300 * 500);
    promises::hold_now(&items(&deployment));
    assert!(deployment.model.figures().transactions_in_conflict > 20, "{:?}", deployment.model.figures());
}

#[tokio::test(start_paused = true)]
async fn suspending_holds_under_full_load_from_the_moment_it_is_answered() {
    let deployment = Deployment::season(4_000, 1_000, Physics::default()).await;
    let suspending = async {
        sleep(Duration::from_millis(300)).await;
        let began = Instant::now();
        deployment.prepare(Key::Operator, "POST", "/v1/apps/app/campaigns/spring/suspend", Value::Null).await;
        let (took, at_the_answer) = (began.elapsed(), spent(&deployment));
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert!(at_the_answer > 0, "there was load");
        sleep(Duration::from_secs(5)).await;
        assert_eq!(spent(&deployment), at_the_answer);
    };
    tokio::join!(claimers(&deployment, |outcome| outcome != "rewarded"), suspending);
    promises::hold_now(&items(&deployment));
}
