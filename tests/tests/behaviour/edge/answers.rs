//! Every answer fits into Lambda's 6 MB: errors and lists have a bound. The laptop fails a larger answer, as Lambda
//! does. The issue "What the field found" (B) gives the sizes.

use std::collections::BTreeSet;

use domain::id::RewardId;
use edge::answer_size;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::openapi::OPERATIONS;
use tests::{Answer, App, World, campaign, campaign_with, group, set};

/// Returns unknown fields whose names take as much room in an answer as possible.
fn unknown(bytes: usize) -> String {
    let names = (0..).map(|n| format!("\"{n:08}{}\":1", "\\u0001".repeat(8)));
    let mut body = String::from("{");
    for field in names.take(bytes / 61) {
        body = body + &field + ",";
    }
    body + "\"last\":1}"
}

/// Checks that the body of an answer has less than `bytes` bytes, as Lambda counts them.
#[track_caller]
fn is_below(answer: &Answer, bytes: usize) {
    let size = answer_size::size(&answer.body);
    assert!(size < bytes, "{size} bytes: {}", answer.status);
}

// "A body of 350 KB of unknown fields gets 6.7 to 8.4 MB of problem details, one of 911 KB 21 MB".
#[tokio::test]
async fn an_error_lists_fifty_mistakes_and_says_how_many_more_there_are() {
    let world = World::new().await;
    let app = world.shop(1).await;
    for bytes in [350_000, 911_000] {
        let body: Value = serde_json::from_str(&unknown(bytes)).unwrap();
        let fields = body.as_object().unwrap().len();
        let answer = app.call("POST", "/v1/moments", body).await;
        is_below(&answer, 64 << 10);
        let problem = answer.expect(400);
        assert_eq!(problem["errors"].as_array().unwrap().len(), 50);
        // Three missing fields, and all unknown ones.
        assert_eq!(problem["errors_left_out"], json!(fields + 3 - 50));
        assert_eq!(problem["detail"], format!("{} fields are invalid; see errors", fields + 3));
    }
    let few = app.call("POST", "/v1/moments", json!({"a": 1})).await.expect(400);
    assert_eq!((few["errors"].as_array().unwrap().len(), &few["errors_left_out"]), (4, &Value::Null));
}

// "… also inside a batch's 200".
#[tokio::test]
async fn a_batch_of_entries_that_are_all_wrong_has_an_answer_that_fits() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let entry: Value = serde_json::from_str(&unknown(10_000)).unwrap();
    let answer = app.call("POST", "/v1/moments/batch", json!({"moments": vec![entry; 100]})).await;
    is_below(&answer, answer_size::LAMBDA_BYTES);
    let results = answer.expect(200)["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 100);
    assert!(results.iter().all(|result| result["problem"]["errors"].as_array().unwrap().len() == 50));
}

#[tokio::test]
async fn every_route_that_takes_json_answers_a_body_of_mistakes_in_little_room() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let body = unknown(900_000);
    let mut refused = BTreeSet::new();
    for operation in OPERATIONS.iter().filter(|operation| ["POST", "PUT"].contains(&operation.method.as_str())) {
        let path = operation.path.replace("{app}", "app").replace("{campaign}", "spring").replace("{group}", "gift");
        let path = path.replace(['{', '}'], "");
        let is_admin = path.starts_with("/v1/apps") || path.contains("/void") || path.contains("/replace");
        let key = if is_admin { world.local.admin_key.expose() } else { &app.key };
        let headers = [("x-api-key", key), ("content-type", "application/json")];
        let answer = world.send(&operation.method, &path, &headers, body.as_bytes()).await;
        is_below(&answer, 64 << 10);
        assert!(answer.status < 500, "{}: {}", operation.id, answer.body);
        if answer.body["errors_left_out"].is_u64() {
            refused.insert(operation.id.as_str());
        }
    }
    assert!(refused.len() >= 12, "most routes come to reading the body: {refused:?}");
}

/// Returns a campaign near the largest possible one: 50 moments share messages in 20 languages.
fn large() -> Value {
    let mut plan = campaign();
    let texts: Value =
        (0..20).map(|n| (format!("{}{}", (b'a' + n) as char, 'x'), text())).collect::<serde_json::Map<_, _>>().into();
    let moments = (0..50).map(|n| {
        let mut moment = plan["moments"][0].clone();
        moment["moment_id"] = json!(format!("moment-{n}"));
        let few = json!({"en": text()});
        moment["messages"] = json!({"achievement": if n < 4 { &texts } else { &few }});
        moment
    });
    let moments: Vec<Value> = moments.collect();
    plan["moments"] = json!(moments);
    plan
}

/// Returns a message with a character that takes four bytes in an answer.
fn text() -> Value {
    json!({"title": "\"".repeat(50), "body": "\"".repeat(400)})
}

/// Copies a stored campaign under new ids, until `count` exist.
async fn copy_campaign(world: &World, id: &str, count: usize) {
    let stored =
        world.items_at("APP#app").into_iter().find(|item| item["sk"]["S"] == format!("CAMPAIGN#{id}")).unwrap();
    for n in 1..count {
        let mut copy = stored.clone();
        set(&mut copy, "/sk/S", json!(format!("CAMPAIGN#{id}-{n:03}")));
        set(&mut copy, "/campaign_id/S", json!(format!("{id}-{n:03}")));
        world.put_raw(copy).await;
    }
}

/// Returns all entries of a list and the number of its pages. Checks that each page fits.
async fn all(app: &App<'_>, path: &str) -> (Vec<Value>, usize) {
    let (mut entries, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let answer = app.admin("GET", &format!("{path}{sign}limit=100{cursor}"), Value::Null).await;
        is_below(&answer, answer_size::LAMBDA_BYTES);
        let page = answer.expect(200);
        entries.extend(page["data"].as_array().unwrap().clone());
        pages += 1;
        let Some(next) = page["cursor"].as_str() else { return (entries, pages) };
        cursor = format!("&cursor={next}");
    }
}

// "`GET …/campaigns` with 100 campaigns in 20 languages is 8.5 MB, always."
#[tokio::test]
async fn a_list_of_large_campaigns_has_as_many_on_a_page_as_fit() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.admin("PUT", "/campaigns/large", large()).await.expect(200);
    copy_campaign(&world, "large", 100).await;
    let (campaigns, pages) = all(&app, "/campaigns").await;
    let ids: Vec<&str> = campaigns.iter().map(|campaign| campaign["campaign_id"].as_str().unwrap()).collect();
    let once: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!((ids.len(), once.len()), (101, 101));
    assert!((2..20).contains(&pages), "{pages} pages");
    assert!(answer_size::size(&campaigns) > answer_size::LAMBDA_BYTES, "all at once would not fit");
    // The history keeps a changed field as a whole, before and after.
    for n in 0..6 {
        let mut plan = large();
        plan["moments"].as_array_mut().unwrap().rotate_left(n + 1);
        app.admin("PUT", "/campaigns/large", plan).await.expect(200);
    }
    let (changes, _) = all(&app, "/campaigns/large/history").await;
    let versions: Vec<u64> = changes.iter().map(|change| change["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, (1..=7).rev().collect::<Vec<u64>>());
}

#[tokio::test]
async fn eligibility_explains_five_hundred_moments_and_counts_the_others() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let mut plan = large();
    set(&mut plan, "/messages", json!({"announcement": {"en": text()}}));
    app.launch("large", plan).await;
    copy_campaign(&world, "large", 12).await;
    let ask = |more: Value| {
        let mut body = json!({"user_id": "ada"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.call("POST", "/v1/eligibility", body)
    };
    let answer = ask(json!({})).await;
    is_below(&answer, answer_size::LAMBDA_BYTES);
    let answer = answer.expect(200);
    let shown = answer["results"].as_array().unwrap().len() as u64;
    assert!(shown <= 500, "{shown}");
    assert_eq!(shown + answer["results_left_out"].as_u64().unwrap(), 600);
    let one = ask(json!({"campaign_id": "large-011"})).await.expect(200);
    assert_eq!((one["results"].as_array().unwrap().len(), &one["results_left_out"]), (50, &Value::Null));
}

/// Returns a campaign in which one event earns a hundred rewards of each moment.
fn generous(moments: usize) -> Value {
    let mut plan = campaign_with(&[("/budget/amount_minor", json!(1_000_000_000))]);
    let text = json!({"en": {"title": "Well done", "body": "\"".repeat(900)}});
    let moments = (0..moments).map(|n| {
        let mut moment = plan["moments"][0].clone();
        set(&mut moment, "/moment_id", json!(format!("moment-{n}")));
        set(&mut moment, "/count", json!("quantity"));
        set(&mut moment, "/target", json!(1));
        set(&mut moment, "/max_rewards_per_user", json!(100));
        set(&mut moment, "/messages/achievement", text.clone());
        moment
    });
    let moments: Vec<Value> = moments.collect();
    plan["moments"] = json!(moments);
    plan
}

#[tokio::test]
async fn the_answer_to_thousands_of_rewards_has_as_many_as_fit_and_a_count() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut plain = group();
    plain["test_url"] = json!(format!("https://gift.example/{}", "x".repeat(2_000)));
    app.put_group("gift", plain).await;
    app.stock("gift", 1).await;
    app.launch("spring", generous(20)).await;
    let event = |user: &str| json!({"user_id": user, "action": "deposit", "event_id": "e1", "quantity": 100});
    // Test mode claims nothing and shows as much.
    let single = world.call(&app.test_key, "POST", "/v1/moments", event("ada")).await;
    let batch: Vec<Value> = ["bob", "eve", "kim"].map(event).into();
    let batch = world.call(&app.test_key, "POST", "/v1/moments/batch", json!({"moments": batch})).await;
    for answer in [&single, &batch] {
        is_below(answer, answer_size::LAMBDA_BYTES);
    }
    let (single, batch) = (single.expect(200), batch.expect(200));
    let submitted = std::iter::once(&single).chain(batch["results"].as_array().unwrap().iter().map(|one| &one["body"]));
    for submitted in submitted {
        let shown = submitted["outcomes"].as_array().unwrap().len() as u64;
        assert!(shown > 50, "{shown}");
        assert_eq!(shown + submitted["outcomes_left_out"].as_u64().unwrap(), 2_000);
    }
}

/// Makes a user with more data than fits an answer: rewards with long URLs, and messages to many devices.
async fn much(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    let mut plan = generous(5);
    plan["moments"].as_array_mut().unwrap().iter_mut().for_each(|moment| moment["count"] = json!("events"));
    app.launch("spring", plan).await;
    app.deposits("ada", 1).await;
    let items = world.items_at("USER#app#ada");
    let stored = items.iter().find(|item| item["sk"]["S"] == "REWARD#spring#moment-0#1").unwrap();
    let (of, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let store = &world.local.environments.store;
    // A hundred rewards of each moment.
    let place = |n: usize| (format!("moment-{}", n % 5), n / 5 + 1);
    let rewards = (5..500).map(|n| {
        let (mut reward, (moment, occurrence)) = (stored.clone(), place(n));
        let id = RewardId::new(&of, &campaign, world.clock.now(), &mut *store.random());
        set(&mut reward, "/sk/S", json!(format!("REWARD#spring#{moment}#{occurrence}")));
        set(&mut reward, "/gsi1sk/S", json!(id.as_str()));
        set(&mut reward, "/reward_id/S", json!(id.as_str()));
        set(&mut reward, "/moment_id/S", json!(moment));
        set(&mut reward, "/occurrence/N", json!(occurrence.to_string()));
        set(&mut reward, "/url/S", json!(format!("https://gift.example/{}{n}", "x".repeat(2_000))));
        reward
    });
    let device = |n: usize| {
        (
            format!("{n:0>250}"),
            json!({"M": {
                "delivery": {"S": "SUCCESSFUL"}, "code": {"N": "200"}, "attempts": {"N": "1"}, "settled": {"BOOL": true},
            }}),
        )
    };
    let devices: Value = (0..20).map(device).collect::<serde_json::Map<_, _>>().into();
    let notices = (0..500).map(|n| {
        let (moment, occurrence) = place(n);
        let sk = format!("NOTICE#achievement#spring#{moment}#{occurrence}");
        json!({"pk": {"S": "USER#app#ada"}, "sk": {"S": sk}, "devices": {"M": devices}, "expires": {"N": "2000000000"}})
    });
    let items: Vec<Value> = rewards.chain(notices).collect();
    for some in items.chunks(16) {
        join_all(some.iter().map(|item| world.put_raw(item.clone()))).await;
    }
    app
}

#[tokio::test]
async fn a_user_of_whom_more_is_stored_than_fits_is_exported_page_by_page() {
    let world = World::new().await;
    let app = much(&world).await;
    let (mut cursor, mut pages, mut rewards, mut notices) = (String::new(), 0, BTreeSet::new(), BTreeSet::new());
    loop {
        let answer = app.call("GET", &format!("/v1/users/ada/export{cursor}"), Value::Null).await;
        is_below(&answer, answer_size::LAMBDA_BYTES);
        let page = answer.expect(200);
        for reward in page["rewards"].as_array().unwrap() {
            assert!(rewards.insert(reward["reward_id"].as_str().unwrap().to_owned()), "twice: {reward}");
            assert!(reward["url"].as_str().unwrap().starts_with("https://gift.example/"), "{reward}");
        }
        for notice in page["notices"].as_array().unwrap() {
            assert!(notices.insert(notice["notification_id"].as_str().unwrap().to_owned()), "twice: {notice}");
        }
        pages += 1;
        let Some(next) = page["cursor"].as_str() else { break };
        assert!(!next.contains(rewards.last().unwrap()), "a cursor opens no link");
        cursor = format!("?cursor={next}");
    }
    assert_eq!((rewards.len(), notices.len()), (500, 500));
    assert!((2..10).contains(&pages), "{pages} pages");
    app.call("GET", "/v1/users/ada/export?cursor=made-up", Value::Null).await.expect(400);
    // The other lists of a user have at most a hundred entries, and fit with the longest ones.
    for list in ["rewards", "timeline", "notifications"] {
        let answer = app.call("GET", &format!("/v1/users/ada/{list}"), Value::Null).await;
        is_below(&answer, answer_size::LAMBDA_BYTES);
        assert_eq!(answer.expect(200)["data"].as_array().unwrap().len(), 100);
    }
}
