//! Rewards after the award, on the contention model: transactions in conflict, lost answers, a lagging index. `void`,
//! `redemption`, `reviews` and `report` test each change alone.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::id::RewardId;
use domain::reward::report::{Cell, Contribution, Figure};
use futures_util::future::join_all;
use jiff::SignedDuration;
use local::functions::{Environments, dispatch};
use local::gateway;
use serde_json::{Value, json};
use store::expiries;
use store::reports::{self, Recount};
use tests::contention::{Faults, Physics};
use tests::deployment::{Deployment, Key};
use tests::{campaign_with, group, promises};
use tokio::time::Instant;

/// Makes a deployment with a live campaign: one deposit earns a reward that expires after two days.
async fn shop(urls: usize, changes: &[(&str, Value)]) -> Deployment {
    let deployment = Deployment::new(Physics::default(), tests::NOW.parse().unwrap(), 3, false);
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    };
    let mut brief = group();
    brief["expires_after_days"] = json!(2);
    operator("PUT", "", json!({"name": "App"})).await;
    operator("PUT", "/reward-groups/gift", brief).await;
    let urls: Vec<String> = (0..urls).map(|n| format!("https://gift.example/{n}")).collect();
    operator("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let changes = [&[("/moments/0/target", json!(1))], changes].concat();
    operator("PUT", "/campaigns/spring", campaign_with(&changes)).await;
    operator("POST", "/campaigns/spring/submit", Value::Null).await;
    operator("POST", "/campaigns/spring/approve", Value::Null).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    deployment
}

fn items(deployment: &Deployment) -> Vec<Value> {
    local::database::scan(deployment.model.database()).unwrap()
}

fn deposit(user: &str) -> Value {
    json!({"user_id": user, "action": "deposit", "event_id": "e", "fingerprints": {"device": user}})
}

/// Makes a reward that is held for review. Returns its id.
async fn held(deployment: &Deployment, user: &str) -> String {
    let answer = deployment.prepare(Key::App("app"), "POST", "/v1/moments", deposit(user)).await;
    let reward = &answer["outcomes"][0]["reward"];
    assert_eq!(reward["state"], "in_review", "{answer}");
    reward["reward_id"].as_str().unwrap().to_owned()
}

async fn release(deployment: &Deployment, id: &str) -> (u16, Value) {
    deployment.call(Key::Operator, "POST", &format!("/v1/rewards/{id}/release"), Value::Null).await
}

#[tokio::test(start_paused = true)]
async fn a_url_that_is_shown_while_its_user_is_erased_stays_out_of_stock() {
    let mut shown_meanwhile = 0;
    for offset in (0..160).step_by(4) {
        let deployment = shop(1, &[("/guards", json!({"review": true}))]).await;
        let id = held(&deployment, "ada").await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(release(&deployment, &id).await.0, 200);
        let app = async |method: &str, path: &str| deployment.call(Key::App("app"), method, path, Value::Null).await;
        let show = async {
            tokio::time::sleep(Duration::from_millis(offset)).await;
            app("GET", "/v1/users/ada/rewards").await
        };
        let (erased, shown) = tokio::join!(app("DELETE", "/v1/users/ada"), show);
        let is_shown = shown.1["data"][0]["url"].is_string();
        shown_meanwhile += u64::from(is_shown);
        if erased.0 != 204 {
            assert_eq!((erased.0, app("DELETE", "/v1/users/ada").await.0), (503, 204));
        }
        let items = items(&deployment);
        let reward = promises::rewards(&items).next().unwrap();
        assert!(!is_shown || reward["sealed"].is_null(), "after {offset} ms: {reward}");
    }
    assert!(shown_meanwhile > 0, "they never met");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_refused_for_the_device_of_the_same_reward() {
    let mut given = 0;
    for offset in (0..60).step_by(2) {
        let deployment = shop(3, &[("/guards", json!({"one_reward_per": ["device"]}))]).await;
        let ask = async |later: u64| {
            tokio::time::sleep(Duration::from_millis(later)).await;
            deployment.call(Key::App("app"), "POST", "/v1/moments", deposit("ada")).await
        };
        let (one, other) = tokio::join!(ask(0), ask(offset));
        for (status, answer) in [one, other] {
            let outcome = answer["outcomes"][0]["outcome"].as_str().unwrap_or_default();
            assert!(status == 503 || outcome.ends_with("rewarded"), "after {offset} ms: {status} {answer}");
            given += u64::from(status == 200);
        }
        let items = items(&deployment);
        assert_eq!(promises::rewards(&items).count(), 1);
        let progress = promises::of(&items, "PROGRESS#spring#deposits").next().unwrap();
        assert!(progress["closed"].is_null(), "{progress}");
    }
    assert!(given > 40, "{given}");
}

#[tokio::test(start_paused = true)]
async fn all_that_is_over_expires_in_one_sweep_though_one_slot_paid_it_all() {
    let deployment = shop(80, &[("/budget/amount_minor", json!(80 * 500))]).await;
    let environment = deployment.environment("allocate-reward", 1);
    for n in 0..80 {
        let ask = json!({"user_id": format!("user-{n}"), "campaign_id": "spring", "moment_id": "deposits"});
        let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/rewards", ask);
        let invocation = deployment.invocation(&function, SignedDuration::ZERO);
        let outside = deployment.outside(&function, 0);
        let answer = gateway::response(&dispatch(&function, &environment, &outside, event, invocation).await.unwrap());
        assert_eq!(answer.status, 201);
    }
    let slots: Vec<Value> = promises::of(&items(&deployment), "SLOT").cloned().collect();
    let payers = slots.iter().filter(|slot| promises::number(slot, "spent") > 0).count();
    for reward in promises::rewards(&items(&deployment)) {
        let id = RewardId::try_from(promises::text(reward, "reward_id").unwrap()).unwrap();
        let at = deployment.now() + SignedDuration::from_hours(48);
        expiries::note(&environment.store, &id, at).await.unwrap();
    }
    deployment.skip(SignedDuration::from_hours(72));
    tokio::time::sleep(Duration::from_secs(600)).await;
    let invocation = deployment.invocation("follow-rewards", SignedDuration::ZERO);
    let outside = deployment.outside("follow-rewards", 0);
    let errand = json!({"errand": "expiry"});
    dispatch("follow-rewards", &environment, &outside, errand, invocation).await.unwrap();
    let items = items(&deployment);
    let left = promises::rewards(&items).filter(|reward| promises::text(reward, "reward_state") == Some("awarded"));
    assert_eq!(left.count(), 0, "80 rewards were paid by {payers} slots");
    let spent: i64 = promises::of(&items, "SLOT").map(|slot| promises::number(slot, "spent")).sum();
    assert_eq!(spent, 0);
    // All URLs have been shown, so none is in stock and each counts as claimed.
    let stock = deployment.prepare(Key::Operator, "GET", "/v1/apps/app/reward-groups/gift/stock", Value::Null).await;
    assert_eq!((&stock["available"], &stock["claimed"]), (&json!(0), &json!(80)));
}

#[tokio::test(start_paused = true)]
async fn whoever_redeems_first_is_told_so_also_if_an_answer_was_lost() {
    let deployment = shop(60, &[]).await;
    let mut ids = Vec::new();
    for n in 0..60 {
        let ask = json!({"user_id": format!("user-{n}"), "campaign_id": "spring", "moment_id": "deposits"});
        let answer = deployment.prepare(Key::App("app"), "POST", "/v1/rewards", ask).await;
        ids.push(answer["reward"]["reward_id"].as_str().unwrap().to_owned());
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    deployment.model.set_faults(Faults { lose_answer: 0.4, ..Faults::default() });
    let redeem = async |id: &String| {
        deployment.call(Key::App("app"), "POST", &format!("/v1/rewards/{id}/redeem"), Value::Null).await
    };
    let answers = join_all(ids.iter().map(redeem)).await;
    deployment.model.set_faults(Faults::default());
    let mut told = 0;
    for (id, (status, answer)) in ids.iter().zip(answers) {
        assert!(status == 503 || answer["outcome"] == "redeemed", "{status} {answer}");
        told += u64::from(status == 200);
        // A caller without an answer asks again. No redemption is recorded twice.
        let again = redeem(id).await.1["outcome"].clone();
        assert!(status == 503 || again == "already_redeemed", "{again}");
    }
    assert!(told > 10, "{told}");
}

#[tokio::test(start_paused = true)]
async fn an_export_while_rewards_move_never_fails_and_is_whole_in_the_end() {
    let deployment = shop(40, &[("/guards", json!({"review": true}))]).await;
    let mut ids = Vec::new();
    for n in 0..40 {
        ids.push(held(&deployment, &format!("user-{n}")).await);
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    let release_all = join_all(ids.iter().enumerate().map(async |(n, id)| {
        tokio::time::sleep(Duration::from_millis(40 * n as u64)).await;
        release(&deployment, id).await.0
    }));
    let export = async || {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/apps/app/campaigns/spring/rewards?limit=30{cursor}");
            let (status, page) = deployment.call(Key::Operator, "GET", &path, Value::Null).await;
            assert_eq!(status, 200, "{page}");
            let of_page = page["data"].as_array().unwrap().iter();
            seen.extend(of_page.map(|reward| reward["reward_id"].as_str().unwrap().to_owned()));
            let Some(next) = page["cursor"].as_str() else { return seen };
            cursor = format!("&cursor={next}");
        }
    };
    let export_all_the_time = async {
        for _ in 0..25 {
            let mut seen = export().await;
            let all = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), all, "a reward was exported twice");
        }
    };
    let (released, ()) = tokio::join!(release_all, export_all_the_time);
    assert!(released.iter().all(|status| *status == 200), "{released:?}");
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(export().await.len(), 40);
}

/// A reward that is awarded and costs five euros.
fn recount(deployment: &Deployment, environment: &Environments) -> Recount {
    let (app, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let cell = Cell {
        moment: "deposits".try_into().unwrap(),
        group: Some("gift".try_into().unwrap()),
        arm: Some("gift".try_into().unwrap()),
        marketplace: None,
        held_out: false,
    };
    let entries = vec![(20_423, Figure::Awards, 1), (20_423, Figure::Spend, 500)];
    let reward_id = RewardId::new(&app, &campaign, deployment.now(), &mut *environment.store.random());
    let now = Contribution { revision: 1, cell, entries, hours: Vec::new(), waiting_for: None };
    Recount { reward_id, before: None, now, is_erased: false }
}

#[tokio::test(start_paused = true)]
async fn a_report_has_what_workers_count_who_move_on_from_a_busy_shard() {
    let deployment = shop(1, &[]).await;
    let (app, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let workers: Vec<Environments> = (0..8).map(|seed| deployment.environment("follow-rewards", 100 + seed)).collect();
    let began = Cell { group: None, ..recount(&deployment, &workers[0]).now.cell };
    let work = workers.iter().map(|worker| async {
        let deadline = Instant::now() + Duration::from_secs(60);
        for _ in 0..10 {
            let recounts = vec![recount(&deployment, worker)];
            let counted = reports::count(&worker.store, &worker.rewarding.report, &app, &campaign, recounts, deadline);
            counted.await.unwrap();
            let figures = [(Figure::Participants, 1)];
            reports::tally(&worker.store, &worker.rewarding.report, &app, &campaign, 20_423, &began, &figures).await;
        }
    });
    join_all(work).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let entries = reports::read(&workers[0].store, &app, &campaign).await.unwrap();
    let sum = |figure| entries.iter().filter(|entry| entry.figure == figure).map(|entry| entry.amount).sum::<i64>();
    assert_eq!([Figure::Awards, Figure::Spend, Figure::Participants].map(sum), [80, 40_000, 80]);
    let of_days = |item: &Value| item["sk"]["S"].as_str().unwrap().starts_with("DAY#");
    let shard = |item: &Value| item["pk"]["S"].as_str().unwrap().strip_prefix("REPORT#app#spring#").map(str::to_owned);
    let used: BTreeSet<String> = items(&deployment).iter().filter(|item| of_days(item)).filter_map(shard).collect();
    assert!(used.len() > 1, "nobody moved on: {used:?}");
    let noted = items(&deployment).into_iter().filter_map(|item| item["shards_used"]["NS"].as_array().cloned());
    let mut noted: BTreeSet<String> = noted.flatten().map(|shard| shard.as_str().unwrap().to_owned()).collect();
    noted.insert("0".to_owned());
    assert!(used.is_subset(&noted), "{used:?} {noted:?}");
}
