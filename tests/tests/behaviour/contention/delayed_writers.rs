//! One writer is delayed, or its answer is lost, while others go on. The contention model has constant service times,
//! so each request's instant is known: reads and single writes take 8 ms.

use std::time::Duration;

use jiff::SignedDuration;
use local::functions::Environments;
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use store::announcements::{self, Announcement, Occasion};
use store::notices::{self, PushResult};
use tests::contention::{Faults, Physics, ServiceTime};
use tests::deployment::{Deployment, Key};
use tests::{campaign_with, group, promises, stream_event};
use tokio::time::{Instant, sleep};

fn steady() -> Physics {
    let time = ServiceTime { median: 8.0, spread: 0.0 };
    Physics { read: time, write: time, ..Physics::default() }
}

fn items(deployment: &Deployment) -> Vec<Value> {
    local::database::scan(deployment.model.database()).unwrap()
}

/// Returns the user's item with this prefix of the sort key.
fn item(deployment: &Deployment, user: &str, sk: &str) -> Value {
    let pk = format!("USER#app#{user}");
    let at = |item: &Value| item["pk"]["S"] == pk.as_str() && item["sk"]["S"].as_str().unwrap().starts_with(sk);
    items(deployment).into_iter().find(at).unwrap_or_else(|| panic!("{user} has no {sk}"))
}

async fn put(deployment: &Deployment, item: &Value) {
    deployment.model.send("PutItem", json!({"TableName": local::database::TABLE, "Item": item})).await;
}

fn asked(user: &str) -> Value {
    json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"})
}

async fn ask(deployment: &Deployment, user: &str) -> Value {
    deployment.prepare(Key::App("app"), "POST", "/v1/rewards", asked(user)).await
}

/// Makes a request in an environment. Returns the status and the body.
async fn call(
    deployment: &Deployment,
    environment: &Environments,
    key: Key,
    (method, target): (&str, &str),
    body: Value,
) -> (u16, Value, Vec<(String, String)>) {
    let (function, event) = deployment.request(key, method, target, body);
    let invocation = deployment.invocation(&function, SignedDuration::ZERO);
    let answer = dispatch(&function, environment, &deployment.outside(&function, 0), event, invocation).await.unwrap();
    let answer = gateway::response(&answer);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default(), answer.headers)
}

#[tokio::test(start_paused = true)]
async fn after_an_erasure_during_a_page_turn_the_next_event_is_the_first() {
    let deployment = Deployment::season(10, 1, steady()).await;
    let deposit = |event: &str| json!({"user_id": "ada", "action": "deposit", "event_id": event});
    deployment.prepare(Key::App("app"), "POST", "/v1/moments", deposit("before")).await;
    // Nine days later the item is on an older page. The catalog is read at 8 ms, the first write is refused at 15, and
    // the write that turns the page arrives at 23.
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

#[tokio::test(start_paused = true)]
async fn an_erasure_that_was_held_up_leaves_the_reward_of_a_user_who_came_back() {
    let deployment = Deployment::season(10, 5, steady()).await;
    ask(&deployment, "ada").await;
    let mut returned = item(&deployment, "ada", "REWARD#");
    let mut id = returned["reward_id"]["S"].as_str().unwrap().to_owned();
    let other = if id.ends_with('w') { "g" } else { "w" };
    id.replace_range(id.len() - 1.., other);
    returned["reward_id"]["S"] = json!(id);
    let environment = deployment.environment("manage-users", 9);
    let erasing = call(&deployment, &environment, Key::App("app"), ("DELETE", "/v1/users/ada"), Value::Null);
    let returning = async {
        // The partition is read at 7 ms, this is written at 9, and the reward is erased after 16.
        sleep(Duration::from_millis(2)).await;
        put(&deployment, &returned).await;
    };
    let ((status, ..), ()) = tokio::join!(erasing, returning);
    assert_eq!(status, 503);
    assert_eq!(item(&deployment, "ada", "REWARD#")["reward_id"], returned["reward_id"]);
}

#[tokio::test(start_paused = true)]
async fn an_erased_users_link_leads_to_its_own_reward_after_the_user_returns() {
    let physics = Physics { index_lag: Some(ServiceTime { median: 20_000.0, spread: 0.0 }), ..steady() };
    let deployment = Deployment::season(10, 5, physics).await;
    sleep(Duration::from_secs(60)).await;
    let first = ask(&deployment, "ada").await["reward"].clone();
    sleep(Duration::from_secs(60)).await;
    deployment.prepare(Key::App("app"), "DELETE", "/v1/users/ada", Value::Null).await;
    let second = ask(&deployment, "ada").await["reward"].clone();
    assert_ne!(first["url"], second["url"]);
    // The index still shows the first reward at the key that the second one now has.
    let environment = deployment.environment("redeem-reward", 9);
    let target = format!("/r/{}", first["reward_id"].as_str().unwrap());
    let (status, _, headers) = call(&deployment, &environment, Key::None, ("GET", &target), Value::Null).await;
    let location = headers.into_iter().find(|(name, _)| name == "location").map(|(_, value)| json!(value));
    assert_eq!((status, location), (302, Some(first["url"].clone())));
    assert_eq!(item(&deployment, "ada", "REWARD#")["reward_state"]["S"], "awarded");
}

#[tokio::test(start_paused = true)]
async fn a_completion_of_a_user_who_was_erased_and_came_back_earns_nothing() {
    let deployment = Deployment::season(10, 5, steady()).await;
    let deposit = |event: &str| json!({"user_id": "ada", "action": "deposit", "event_id": event});
    for event in ["1", "2", "3", "4", "5"] {
        deployment.prepare(Key::App("app"), "POST", "/v1/moments", deposit(event)).await;
    }
    let completed = stream_event("MODIFY", &item(&deployment, "ada", "PROGRESS#"));
    deployment.prepare(Key::App("app"), "DELETE", "/v1/users/ada", Value::Null).await;
    deployment.prepare(Key::App("app"), "POST", "/v1/moments", deposit("6")).await;
    let environment = deployment.environment("follow-rewards", 9);
    let invocation = deployment.invocation("follow-rewards", SignedDuration::ZERO);
    let answer =
        dispatch("follow-rewards", &environment, &deployment.outside("follow-rewards", 0), completed, invocation)
            .await
            .unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let rewards = items(&deployment).into_iter().filter(|item| item["pk"]["S"] == "USER#app#ada");
    assert_eq!(rewards.filter(|item| item.get("reward_id").is_some()).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_environment_finds_every_url_though_the_index_shows_awarded_ones() {
    let physics = Physics { index_lag: Some(ServiceTime { median: 40_000.0, spread: 0.0 }), ..steady() };
    let deployment = Deployment::season(500, 400, physics).await;
    sleep(Duration::from_secs(60)).await;
    let (environment, began) = (deployment.environment("allocate-reward", 9), Instant::now());
    for number in 0..400 {
        let body = asked(&format!("user-{number}"));
        let (_, outcome, _) = call(&deployment, &environment, Key::App("app"), ("POST", "/v1/rewards"), body).await;
        assert_eq!(outcome["outcome"], "rewarded", "{number}: {outcome}");
    }
    assert!(began.elapsed() < Duration::from_secs(40), "the index had not shown anything yet: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_invocation_out_of_time_hands_the_line_to_another_one() {
    let deployment = Deployment::season(50, 0, steady()).await;
    for number in 0..10 {
        assert_eq!(ask(&deployment, &format!("user-{number}")).await["outcome"], "waiting");
    }
    let urls: Vec<String> = (0..20).map(|n| format!("https://gift.example/{n}")).collect();
    let stock = json!({"urls": urls});
    deployment.prepare(Key::Operator, "POST", "/v1/apps/app/reward-groups/gift/stock", stock).await;
    sleep(Duration::from_secs(30)).await;
    let group = || items(&deployment).into_iter().find(|item| item["sk"]["S"] == "GROUP#gift").unwrap();
    let before = promises::number(&group(), "line_calls");
    let environment = deployment.environment("follow-rewards", 9);
    let mut invocation = deployment.invocation("follow-rewards", SignedDuration::ZERO);
    invocation.deadline = Instant::now() + Duration::from_millis(200);
    let event = stream_event("MODIFY", &group());
    let answer = dispatch("follow-rewards", &environment, &deployment.outside("follow-rewards", 0), event, invocation)
        .await
        .unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}), "what was served is no failure");
    let waiting =
        promises::rewards(&items(&deployment)).filter(|reward| reward["reward_state"]["S"] == "waiting").count();
    assert!((1..10).contains(&waiting), "{waiting} still wait");
    assert_eq!(promises::number(&group(), "line_calls"), before + 1, "the stream is called once more");
}

#[tokio::test(start_paused = true)]
async fn a_draft_or_an_amendment_whose_answer_was_lost_is_no_conflict() {
    let deployment = Deployment::season(10, 0, steady()).await;
    let environment = deployment.environment("manage-campaigns", 9);
    let raised = campaign_with(&[("/budget/amount_minor", json!(60_000))]);
    // The entry of the audit is written, and then two reads come before the campaign is written.
    for (path, body, answered, lost) in [
        ("/v1/apps/app/campaigns/autumn", campaign_with(&[]), 28, 2_490),
        ("/v1/apps/app/campaigns/spring", raised, 28, 2_490),
        // Already the answer to the entry is lost, until all attempts at it are over.
        ("/v1/apps/app/campaigns/winter", campaign_with(&[]), 4, 3_500),
    ] {
        let calling = call(&deployment, &environment, Key::Operator, ("PUT", path), body);
        let losing = async {
            sleep(Duration::from_millis(answered)).await;
            deployment.model.set_faults(Faults { lose_answer: 1.0, ..Faults::default() });
            sleep(Duration::from_millis(lost)).await;
            deployment.model.set_faults(Faults::default());
        };
        let ((status, body, _), ()) = tokio::join!(calling, losing);
        assert_eq!(status, 200, "{body}");
    }
    let spring = items(&deployment).into_iter().find(|item| item["sk"]["S"] == "CAMPAIGN#spring").unwrap();
    assert_eq!(promises::number(&spring, "version"), 4, "raised once");
}

#[tokio::test(start_paused = true)]
async fn of_two_admins_with_the_same_version_one_writes_and_one_is_refused() {
    let deployment = Deployment::season(10, 1, steady()).await;
    let (one, other) = (deployment.environment("manage-campaigns", 8), deployment.environment("manage-campaigns", 9));
    let things =
        [("", json!({"name": "App"})), ("/reward-groups/gift", group()), ("/campaigns/draft", campaign_with(&[]))];
    for (path, body) in things {
        let target = format!("/v1/apps/app{path}");
        let named = |name: &str| {
            let mut body = body.clone();
            body["name"] = json!(name);
            body
        };
        deployment.prepare(Key::Operator, "PUT", &target, named("Before")).await;
        let put = |environment, name| call(&deployment, environment, Key::Operator, ("PUT", &target), named(name));
        let (one, other) = tokio::join!(put(&one, "One"), put(&other, "Other"));
        let mut answers = [(one.0, one.1["code"].clone(), "One"), (other.0, other.1["code"].clone(), "Other")];
        answers.sort_by_key(|(status, ..)| *status);
        let [(200, Value::Null, written), (409, code, _)] = answers else { panic!("{path}: {answers:?}") };
        assert_eq!(code, "version_conflict");
        assert_eq!(deployment.prepare(Key::Operator, "GET", &target, Value::Null).await["name"], written, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_rotations_at_once_the_sooner_end_holds() {
    let deployment = Deployment::season(10, 1, steady()).await;
    let (one, other) = (deployment.environment("manage-campaigns", 8), deployment.environment("manage-campaigns", 9));
    let (mut both, mut refused) = (0, 0);
    for millisecond in 0..40 {
        let key = json!({"scope": "app", "mode": "live"});
        let (_, minted, _) = call(&deployment, &one, Key::Operator, ("POST", "/v1/apps/app/keys"), key).await;
        let target = format!("/v1/apps/app/keys/{}/rotate", minted["key_id"].as_str().unwrap());
        let rotate = |environment, seconds: u64, after| {
            let call =
                call(&deployment, environment, Key::Operator, ("POST", &target), json!({"overlap_seconds": seconds}));
            async move {
                sleep(Duration::from_millis(after)).await;
                call.await
            }
        };
        let (soon, late) = tokio::join!(rotate(&one, 60, 0), rotate(&other, 6_000, millisecond));
        let ends: Vec<i64> = items(&deployment)
            .iter()
            .filter(|item| item["caller"]["M"]["key_id"]["S"] == minted["key_id"])
            .map(|item| promises::number(item, "expires_at"))
            .collect();
        assert!(ends.len() == 2 && ends[0] == ends[1], "{ends:?}");
        if soon.0 == 201 {
            let until: jiff::Timestamp = soon.1["previous"]["expires_at"].as_str().unwrap().parse().unwrap();
            assert!(ends[0] <= until.as_millisecond(), "{millisecond} ms: {late:?}");
            both += u32::from(late.0 == 201);
        }
        refused += u32::from(late.0 == 503 || soon.0 == 503);
    }
    assert!(both > 0 && refused > 0, "{both} went through both, {refused} met");
}

/// The function dies after Pinpoint has accepted a repeated push of an announcement.
#[tokio::test(start_paused = true)]
async fn an_accepted_announcement_is_not_pushed_again_after_a_crash() {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    let app =
        async |method: &str, path: &str, body: Value| deployment.prepare(Key::App("app"), method, path, body).await;
    app("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await;
    let text = json!({"announcement": {"en": {"title": "Go", "body": "b"}}});
    let plan = campaign_with(&[("/messages", text), ("/moments/0/action", json!("never"))]);
    for (method, path, body) in [("PUT", "", plan), ("POST", "/submit", Value::Null), ("POST", "/approve", Value::Null)]
    {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app/campaigns/race{path}"), body).await;
    }
    let (environment, outside) =
        (deployment.environment("send-notification", 1), deployment.outside("send-notification", 1));
    let (user, id) = ("ada".to_owned().try_into().unwrap(), "announcement.race".to_owned().try_into().unwrap());
    let (of, moment, now) = ("app".try_into().unwrap(), "deposits".try_into().unwrap(), deployment.now());
    notices::announce(&environment.store, &of, &user, &id, &moment, now, now).await.unwrap();
    let body = json!({"app": "app", "user": "ada", "notice": "announcement.race", "devices": ["phone"], "given_up": 0});
    let event = push_event(&body);
    let handle = || {
        let invocation = deployment.invocation("send-notification", SignedDuration::ZERO);
        dispatch("send-notification", &environment, &outside, event.clone(), invocation)
    };
    let accepted = async {
        while deployment.inbox.list().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = accepted => {}
        answer = handle() => panic!("it was to die: {answer:?}"),
    }
    assert_eq!(handle().await.unwrap()["batchItemFailures"], json!([]));
    assert_eq!(deployment.inbox.list().len(), 1);
}

/// Source: seed 1 of the simulation. Two environments have the message, because one was frozen before it sent.
#[tokio::test(start_paused = true)]
async fn of_two_environments_with_one_announcement_only_one_pushes_it() {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    let store = deployment.environment("send-notification", 1).store;
    let (user, id) = ("ada".to_owned().try_into().unwrap(), "announcement.race".to_owned().try_into().unwrap());
    let (app, moment, now) = ("app".try_into().unwrap(), "deposits".try_into().unwrap(), deployment.now());
    notices::announce(&store, &app, &user, &id, &moment, now, now).await.unwrap();
    let read = notices::get(&store, &app, &user, &id).await.unwrap().unwrap().devices;
    let result = |delivery: &str| PushResult {
        delivery: delivery.to_owned(),
        code: 0,
        attempts: 0,
        unanswered: 1,
        settled: true,
    };
    let noted = [("phone".to_owned(), result("NO_ANSWER"))].into();
    assert!(notices::record_before(&store, &app, &user, &id, &read, &noted).await.unwrap());
    // The frozen one wakes up, also after the other one has recorded what came of it.
    assert!(!notices::record_before(&store, &app, &user, &id, &read, &noted).await.unwrap());
    let told = [("phone".to_owned(), result("SUCCESSFUL"))].into();
    notices::record(&store, &app, &user, &id, &told, None, now).await.unwrap();
    assert!(!notices::record_before(&store, &app, &user, &id, &read, &noted).await.unwrap());
    assert_eq!(notices::get(&store, &app, &user, &id).await.unwrap().unwrap().devices, told);
    // A further attempt, of devices that were put off, goes on from what is there.
    assert!(notices::record_before(&store, &app, &user, &id, &told, &told).await.unwrap());
}

/// Returns a message of the push queue at its first receive.
fn push_event(body: &Value) -> Value {
    json!({"Records": [{"messageId": "1", "receiptHandle": "1", "body": body.to_string(),
        "attributes": {"MessageGroupId": "a", "SequenceNumber": "1", "ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs", "messageAttributes": {}, "md5OfBody": "", "eventSourceARN": "arn:aws:sqs:::q",
        "awsRegion": "r"}]})
}

#[tokio::test(start_paused = true)]
async fn a_reached_device_gets_no_second_push_if_the_dead_letter_cannot_be_kept() {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    for (device, channel, address) in [("phone", "GCM", "token"), ("tablet", "APNS", "badcredentials-1")] {
        let (path, body) = (format!("/v1/users/ada/devices/{device}"), json!({"channel": channel, "address": address}));
        deployment.prepare(Key::App("app"), "PUT", &path, body).await;
    }
    ask(&deployment, "ada").await;
    let environment = deployment.environment("send-notification", 1);
    let notice = "achievement.spring.deposits.1";
    let event = push_event(&json!({"app": "app", "user": "ada", "notice": notice, "given_up": 0}));
    let handle = async |dead_letters: &str| {
        let mut outside = deployment.outside("send-notification", 1);
        outside.outbox.given_up = deployment.queue("send-notification", dead_letters, 1);
        let invocation = deployment.invocation("send-notification", SignedDuration::ZERO);
        let answer = dispatch("send-notification", &environment, &outside, event.clone(), invocation).await.unwrap();
        answer["batchItemFailures"].as_array().unwrap().len()
    };
    let sent_to = |address: &str| deployment.inbox.list().iter().filter(|push| push["address"] == address).count();
    assert_eq!(handle("Nowhere").await, 1, "it comes again");
    assert_eq!((sent_to("token"), sent_to("badcredentials-1")), (1, 1));
    assert_eq!(handle("PushDeadLetters").await, 0);
    assert_eq!((sent_to("token"), sent_to("badcredentials-1")), (1, 2));
    let [given_up] = &deployment.queues.list("PushDeadLetters")[..] else { panic!("one is given up") };
    assert!(given_up["body"].as_str().unwrap().contains(r#""devices":["tablet"]"#), "{given_up}");
    assert_eq!(handle("PushDeadLetters").await, 0);
    assert_eq!((sent_to("token"), sent_to("badcredentials-1")), (1, 2));
}

/// Runs an action whose writes are carried out but not answered, for as long as the SDK repeats them.
async fn unanswered<T>(deployment: &Deployment, work: impl Future<Output = T>) -> T {
    deployment.model.set_faults(Faults { lose_answer: 1.0, ..Faults::default() });
    let losing = async {
        sleep(Duration::from_millis(50)).await;
        deployment.model.set_faults(Faults::default());
    };
    tokio::join!(work, losing).0
}

#[tokio::test(start_paused = true)]
async fn what_was_announced_and_not_answered_is_known_to_whoever_announced_it() {
    let deployment = Deployment::season(1, 1, steady()).await;
    let (store, now) = (&deployment.environment("announce-campaign", 1).store, deployment.now());
    let (app, campaign, moment) =
        ("app".try_into().unwrap(), "spring".try_into().unwrap(), "deposits".try_into().unwrap());
    let (user, id) = ("ada".to_owned().try_into().unwrap(), "announcement.spring".to_owned().try_into().unwrap());
    let announce = || notices::announce(store, &app, &user, &id, &moment, now, now);
    assert!(unanswered(&deployment, announce()).await.unwrap());
    assert!(!announce().await.unwrap(), "once");
    let (number, occasion, per_second) = (1, Occasion::Request, 1_000);
    let announcement = Announcement { number, occasion, per_second, created_at: now, finished_at: None };
    let begin = || announcements::begin(store, &app, &campaign, &announcement, now);
    assert!(unanswered(&deployment, begin()).await.unwrap());
    assert!(!begin().await.unwrap(), "once");
}

#[tokio::test(start_paused = true)]
async fn what_is_due_is_called_although_one_shard_cannot_be_read() {
    let deployment = Deployment::season(1, 1, steady()).await;
    let environment = deployment.environment("send-notification", 1);
    let (app, id) = ("app".try_into().unwrap(), "announcement.spring".to_owned().try_into().unwrap());
    for n in 0..20 {
        let user = format!("user-{n}").try_into().unwrap();
        notices::push_later(&environment.store, &app, &user, &id, deployment.now()).await.unwrap();
    }
    // Items of other partitions.
    let alien = json!({"pk": {"S": "KEY#-"}, "sk": {"S": "KEY"}, "gsi1pk": {"S": "LATER#0"}, "gsi1sk": {"S": "0"}});
    put(&deployment, &alien).await;
    sleep(Duration::from_secs(60)).await;
    let invocation = deployment.invocation("send-notification", SignedDuration::ZERO);
    let (outside, event) = (deployment.outside("send-notification", 1), json!({"detail-type": "Scheduled Event"}));
    dispatch("send-notification", &environment, &outside, event, invocation).await.unwrap();
    let items = items(&deployment);
    let left: Vec<&Value> =
        items.iter().filter(|item| item["sk"]["S"].as_str().unwrap().starts_with("LATER#")).collect();
    assert!(left.iter().all(|item| item["gsi1pk"]["S"] == "LATER#0"), "{left:?}");
    let called = deployment.queues.list("PushQueue").len();
    assert_eq!(called + left.len(), 20);
    assert!(called > 10, "{called}");
}
