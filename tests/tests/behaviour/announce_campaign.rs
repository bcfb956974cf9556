//! Announcements: each user of the audience gets one, with a call for each channel and text, despite crashes, delays
//! and repetitions.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::announcements::{self, Part};
use tests::{App, World, campaign_with, promises};

/// A challenge that begins an hour from now.
pub(crate) fn challenge(changes: &[(&str, Value)]) -> Value {
    let announcement = json!({
        "en": {"title": "Go", "body": "Five deposits for a {reward.name}"},
        "de": {"title": "Los", "body": "Fünf Einzahlungen"},
    });
    let mut all = vec![
        ("/kind", json!("challenge")),
        ("/starts_at", json!("2026-12-01T13:00:00Z")),
        ("/moments/0/messages/announcement", announcement),
    ];
    all.extend(changes.iter().cloned());
    campaign_with(&all)
}

async fn device(app: &App<'_>, user: &str, device: &str, channel: &str, address: &str) {
    let body = json!({"channel": channel, "address": address});
    app.call("PUT", &format!("/v1/users/{user}/devices/{device}"), body).await.expect(200);
}

/// Makes a shop with an audience of `users` users, each with a device.
async fn audience(world: &World, users: usize) -> App<'_> {
    let app = world.shop(1).await;
    for n in 0..users {
        device(&app, &format!("user-{n}"), "phone", "GCM", &format!("token-{n}")).await;
    }
    app
}

/// Lets an hour pass, and runs everything due.
async fn begin(world: &World) {
    world.pass(SignedDuration::from_hours(1));
    tick(world).await;
}

async fn tick(world: &World) {
    world.local.run_schedule("announce-campaign").await.unwrap();
    world.local.run_schedule("send-notification").await.unwrap();
    world.settle().await;
}

/// Counts the pushes to each address.
fn told(world: &World) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for push in world.local.pushes() {
        *told.entry(push["address"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    told
}

async fn announcement(app: &App<'_>, number: u32) -> Value {
    app.admin("GET", &format!("/campaigns/race/announcements/{number}"), Value::Null).await.expect(200)
}

#[tokio::test]
async fn a_challenge_is_announced_when_it_begins_and_once_to_each() {
    let world = World::new().await;
    let app = audience(&world, 150).await;
    app.call("PUT", "/v1/users/user-0", json!({"locale": "de-AT"})).await.expect(200);
    // The app shows it to a user without a device.
    app.call("PUT", "/v1/users/quiet", json!({})).await.expect(200);
    app.launch("race", challenge(&[])).await;
    tick(&world).await;
    assert!(world.local.pushes().is_empty(), "it has not begun");
    begin(&world).await;
    let told = told(&world);
    assert_eq!((told.len(), told.values().max()), (150, Some(&1)));
    let titles: BTreeMap<String, usize> = world.local.pushes().iter().fold(BTreeMap::new(), |mut titles, push| {
        *titles.entry(push["message"]["Title"].as_str().unwrap().to_owned()).or_default() += 1;
        titles
    });
    assert_eq!(titles, BTreeMap::from([("Go".to_owned(), 149), ("Los".to_owned(), 1)]));
    assert_eq!(world.local.pushes()[0]["message"]["Action"], "OPEN_APP");
    let done = announcement(&app, 1).await;
    for (name, expected) in [
        ("state", json!("finished")),
        ("occasion", json!("start")),
        ("parts_done", json!(16)),
        ("users", json!(151)),
        ("announced", json!(151)),
        ("sent", json!(150)),
        ("accepted", json!(150)),
        ("failed", json!(0)),
    ] {
        assert_eq!(done[name], expected, "{name}: {done}");
    }
    assert_eq!(done["calls"].as_u64(), Some(world.local.inbox().requests().len() as u64));
    assert!(done["calls"].as_u64().unwrap() <= 17, "one for each part that has anybody, and one for German: {done}");
    let inbox = app.call("GET", "/v1/users/quiet/notifications", Value::Null).await.expect(200);
    let shown = &inbox["data"][0];
    assert_eq!((shown["notification_id"].as_str(), shown["title"].as_str()), (Some("announcement.race"), Some("Go")));
    assert_eq!(shown["body"], "Five deposits for a Gift card");
    // The notice is kept as long as the campaign could be announced again.
    let ends_at: jiff::Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let kept = |item: &&Value| promises::number(item, "expires") > ends_at.as_second();
    let items = world.items();
    let says = items.iter().filter(|item| {
        let sk = promises::text(item, "sk").unwrap();
        sk.starts_with("ANNOUNCEMENT#") || sk.starts_with("NOTICE#announcement#")
    });
    assert_eq!(says.filter(kept).count(), 152);
    // Exactly once.
    for _ in 0..3 {
        world.pass(SignedDuration::from_mins(30));
        tick(&world).await;
    }
    assert_eq!(world.local.pushes().len(), 150);
}

#[tokio::test]
async fn a_campaign_is_announced_to_whom_it_is_for() {
    let world = World::new().await;
    let app = audience(&world, 4).await;
    app.call("PUT", "/v1/users/user-0", json!({"marketplace": "DE", "attributes": {"tier": "gold"}})).await.expect(200);
    app.call("PUT", "/v1/users/user-1", json!({"marketplace": "DE"})).await.expect(200);
    app.call("PUT", "/v1/users/user-2", json!({"marketplace": "US", "attributes": {"tier": "gold"}})).await.expect(200);
    app.call("PUT", "/v1/users/user-3", json!({"marketplace": "DE", "attributes": {"tier": "gold"}})).await.expect(200);
    let body = json!({"channel": "GCM", "address": "token-3", "opt_out": ["announcement"]});
    app.call("PUT", "/v1/users/user-3/devices/phone", body).await.expect(200);
    let rule = "user.attributes.tier == \"gold\" && event.attributes.amount > 10";
    app.launch("race", challenge(&[("/moments/0/marketplaces", json!(["DE"])), ("/moments/0/when", json!(rule))]))
        .await;
    begin(&world).await;
    assert_eq!(told(&world).into_keys().collect::<Vec<_>>(), ["token-0"]);
    // A user who opted out of pushes sees it in the app; a user outside the audience does not.
    for (user, messages) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
        let inbox = app.call("GET", &format!("/v1/users/user-{user}/notifications"), Value::Null).await.expect(200);
        assert_eq!(inbox["data"].as_array().unwrap().len(), messages, "user-{user}");
    }
}

#[tokio::test]
async fn the_hold_out_is_not_announced_to_and_neither_is_who_has_the_reward() {
    let world = World::new().await;
    let app = audience(&world, 60).await;
    app.launch("race", challenge(&[("/holdout_percent", json!(50))])).await;
    world.pass(SignedDuration::from_hours(1));
    let mut held_out = Vec::new();
    for n in 0..60 {
        let question = json!({"user_id": format!("user-{n}"), "campaign_id": "race", "moment_id": "deposits"});
        let answer = app.call("POST", "/v1/eligibility", question).await.expect(200);
        if answer["results"][0]["eligible"] == false {
            held_out.push(format!("token-{n}"));
        }
    }
    let winner = (0..60).find(|n| !held_out.contains(&format!("token-{n}"))).unwrap();
    let ask = json!({"user_id": format!("user-{winner}"), "campaign_id": "race", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(201);
    world.settle().await;
    let congratulated = world.local.pushes().len();
    tick(&world).await;
    let announced: Vec<String> =
        world.local.pushes()[congratulated..].iter().map(|push| push["address"].as_str().unwrap().to_owned()).collect();
    assert_eq!(announced.len(), 60 - held_out.len() - 1);
    assert!(announced.iter().all(|address| !held_out.contains(address) && *address != format!("token-{winner}")));
}

#[tokio::test]
async fn asking_again_tells_only_those_who_have_come_since() {
    let world = World::new().await;
    let app = audience(&world, 3).await;
    let too_early = app.admin("POST", "/campaigns/race/announce", Value::Null).await;
    too_early.expect(404);
    app.launch("race", challenge(&[])).await;
    let refused = app.admin("POST", "/campaigns/race/announce", Value::Null).await.expect(409);
    assert_eq!(refused["detail"], "the campaign is approved; only a live one is announced");
    world.pass(SignedDuration::from_hours(1));
    let begun = app.admin("POST", "/campaigns/race/announce", json!({"per_second": 16})).await.expect(202);
    assert_eq!(
        (&begun["announcement_id"], &begun["state"], &begun["per_second"]),
        (&json!("1"), &json!("running"), &json!(16))
    );
    // After a lost answer, asking again begins nothing.
    let again = app.admin("POST", "/campaigns/race/announce", Value::Null).await.expect(200);
    assert_eq!(again["announcement_id"], "1");
    world.settle().await;
    assert_eq!(told(&world).len(), 3);
    device(&app, "new", "phone", "GCM", "new-token").await;
    let second = app.admin("POST", "/campaigns/race/announce", Value::Null).await.expect(202);
    assert_eq!((&second["announcement_id"], &second["occasion"]), (&json!("2"), &json!("request")));
    world.settle().await;
    let told = told(&world);
    assert_eq!((told.len(), told.values().max()), (4, Some(&1)));
    let list = app.admin("GET", "/campaigns/race/announcements?limit=1", Value::Null).await.expect(200);
    assert_eq!((&list["data"][0]["announcement_id"], &list["cursor"]), (&json!("1"), &json!("1")));
    let list = app.admin("GET", "/campaigns/race/announcements?cursor=1", Value::Null).await.expect(200);
    assert_eq!((&list["data"][0]["announcement_id"], &list["cursor"]), (&json!("2"), &Value::Null));
    app.admin("GET", "/campaigns/race/announcements/3", Value::Null).await.expect(404);
    let errors = app.admin("POST", "/campaigns/race/announce", json!({"per_second": 1})).await.field_errors();
    assert_eq!(errors, [("/per_second".to_owned(), "out_of_range".to_owned())]);
    app.call("POST", "/v1/apps/app/campaigns/race/announce", Value::Null).await.expect(403);
}

#[tokio::test]
async fn a_surprise_is_announced_to_nobody() {
    let world = World::new().await;
    let app = audience(&world, 1).await;
    tick(&world).await;
    assert!(world.local.pushes().is_empty());
    let refused = app.admin("POST", "/campaigns/spring/announce", Value::Null).await.expect(409);
    assert_eq!(refused["code"], "nothing_to_announce");
}

#[tokio::test]
async fn parts_that_come_twice_and_crash_at_any_point_tell_nobody_twice() {
    let world = World::new().await;
    let app = audience(&world, 120).await;
    app.launch("race", challenge(&[])).await;
    world.pass(SignedDuration::from_hours(1));
    app.admin("POST", "/campaigns/race/announce", Value::Null).await.expect(202);
    // Each shard four times at once, as a queue may deliver it.
    let event = |part: u8, n: u8| {
        let body = json!({"app": "app", "campaign": "race", "number": 1, "part": part}).to_string();
        json!({"Records": [{"messageId": format!("{part}-{n}"), "receiptHandle": "x", "body": body, "attributes": {},
                            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
                            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:AnnounceQueue", "awsRegion": "local"}]})
    };
    let parts = (0..64).map(|n| world.local.functions.invoke("announce-campaign", event(n % 16, n / 16), "twice"));
    for answer in join_all(parts).await {
        answer.unwrap();
    }
    world.settle().await;
    let told = told(&world);
    assert_eq!((told.len(), told.values().max()), (120, Some(&1)));
    assert_eq!(announcement(&app, 1).await["state"], "finished");
}

#[tokio::test]
async fn a_user_whose_push_was_lost_in_a_crash_finds_it_in_the_app_once() {
    let world = World::new().await;
    let app = audience(&world, 2).await;
    app.launch("race", challenge(&[])).await;
    world.pass(SignedDuration::from_hours(1));
    // A crash between the notice and the push leaves the notice.
    let (user, id) = ("user-0".to_owned().try_into().unwrap(), "announcement.race".to_owned().try_into().unwrap());
    let (of, moment) = (&"app".try_into().unwrap(), "deposits".try_into().unwrap());
    let store = &world.local.environments.store;
    let now = world.clock.now();
    assert!(store::notices::announce(store, of, &user, &id, &moment, now, now).await.unwrap());
    tick(&world).await;
    assert_eq!(told(&world).into_keys().collect::<Vec<_>>(), ["token-1"]);
    let inbox = app.call("GET", "/v1/users/user-0/notifications", Value::Null).await.expect(200);
    assert_eq!(inbox["data"][0]["notification_id"], "announcement.race");
}

#[tokio::test]
async fn devices_that_cannot_be_reached_are_tried_again_alone() {
    let world = World::new().await;
    let app = audience(&world, 20).await;
    for (name, address) in
        [("a", "temporary-1"), ("b", "throttled-1"), ("c", "unknown-1"), ("d", "permanent-1"), ("e", "updated-1")]
    {
        device(&app, "user-0", name, "GCM", address).await;
    }
    app.launch("race", challenge(&[])).await;
    begin(&world).await;
    let told = told(&world);
    for n in 0..20 {
        assert_eq!(told[&format!("token-{n}")], 1);
    }
    assert!(told["temporary-1"] > 1 && told["temporary-1"] <= 6, "{told:?}");
    // It may have been accepted, so it is not sent again.
    assert_eq!((told["unknown-1"], told["permanent-1"], told["updated-1"]), (1, 1, 1));
    let user = app.call("GET", "/v1/users/user-0", Value::Null).await.expect(200);
    let retired = user["devices"].as_array().unwrap().iter().find(|device| device["device_id"] == "d").unwrap();
    assert_eq!(retired["retired_reason"], "Unregistered");
    let done = announcement(&app, 1).await;
    assert_eq!((&done["again"], &done["accepted"], &done["failed"]), (&json!(2), &json!(21), &json!(2)), "{done}");
}

#[tokio::test]
async fn whoever_sleeps_is_told_in_the_morning() {
    let world = World::new().await;
    let app = audience(&world, 2).await;
    app.call("PUT", "/v1/users/user-0", json!({"time_zone": "America/Los_Angeles"})).await.expect(200);
    app.call("PUT", "/v1/users/user-1", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    app.launch("race", challenge(&[("/quiet_hours", json!({"from": "22:00", "until": "08:00"}))])).await;
    begin(&world).await;
    assert_eq!(told(&world).into_keys().collect::<Vec<_>>(), ["token-1"]);
    assert_eq!(announcement(&app, 1).await["put_off"], 1);
    world.pass(SignedDuration::from_mins(179));
    tick(&world).await;
    assert_eq!(told(&world).len(), 1);
    world.pass(SignedDuration::from_mins(1));
    tick(&world).await;
    assert_eq!(told(&world), BTreeMap::from([("token-0".to_owned(), 1), ("token-1".to_owned(), 1)]));
    let left = world.items().iter().filter(|item| promises::text(item, "sk").unwrap().starts_with("LATER#")).count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn names_are_filled_in_by_pinpoint_so_that_it_stays_one_call() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let announcement = json!({"en": {"title": "Go, {user.first_name}", "body": "{progress.target} deposits"}});
    for n in 0..6 {
        device(&app, &format!("user-{n}"), "phone", "GCM", &format!("token-{n}")).await;
        if n > 0 {
            let body = json!({"attributes": {"first_name": format!("N{n}")}});
            app.call("PUT", &format!("/v1/users/user-{n}"), body).await.expect(200);
        }
    }
    app.launch("race", challenge(&[("/moments/0/messages/announcement", announcement)])).await;
    begin(&world).await;
    for request in world.local.inbox().requests() {
        let title = request["MessageConfiguration"]["GCMMessage"]["Title"].as_str().unwrap();
        for (address, configuration) in request["Addresses"].as_object().unwrap() {
            if address == "token-0" {
                assert_eq!(title, "Go,");
            } else {
                let name = address.replace("token-", "N");
                assert_eq!(
                    (title, &configuration["Substitutions"]["first_name"]),
                    ("Go, {{first_name}}", &json!([name]))
                );
            }
        }
    }
    assert_eq!(told(&world).len(), 6);
}

#[tokio::test]
async fn a_suspension_stops_an_announcement_until_the_campaign_is_resumed() {
    let world = World::new().await;
    let app = audience(&world, 3).await;
    app.launch("race", challenge(&[])).await;
    world.pass(SignedDuration::from_hours(1));
    app.admin("POST", "/campaigns/race/suspend", json!({"reason": "a mistake"})).await.expect(200);
    tick(&world).await;
    assert!(world.local.pushes().is_empty());
    app.admin("POST", "/campaigns/race/resume", Value::Null).await.expect(200);
    tick(&world).await;
    assert_eq!(told(&world).len(), 3);
}

#[tokio::test]
async fn of_two_who_go_through_a_part_one_goes_on() {
    let world = World::new().await;
    world.shop(1).await;
    let (app, campaign) = (&"app".try_into().unwrap(), &"spring".try_into().unwrap());
    let (store, until) = (&world.local.environments.store, world.clock.now());
    let advance = async |revision| {
        let part = Part { revision, cursor: Some(revision.to_string()), ..Part::default() };
        announcements::advance(store, app, campaign, 1, 3, &part, until).await.unwrap()
    };
    assert_eq!((advance(1).await, advance(1).await, advance(2).await, advance(2).await), (true, false, true, false));
    let part = announcements::part(store, app, campaign, 1, 3).await.unwrap();
    assert_eq!((part.revision, part.cursor.as_deref()), (2, Some("2")));
}

/// Puts a push into the queue, as the announcement does for devices that it did not reach.
fn push_again(world: &World, devices: &[&str]) {
    let body =
        json!({"app": "app", "user": "user-0", "notice": "announcement.race", "devices": devices, "given_up": 0});
    let message = json!({"QueueUrl": format!("{}/_local/sqs/PushQueue", world.local.api), "MessageBody": body.to_string(),
                         "MessageGroupId": "user-0", "MessageDeduplicationId": "again"});
    let (status, answer) = world.local.queues().call("AmazonSQS.SendMessage", &message, world.clock.now());
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_retry_for_one_device_in_quiet_hours_does_not_repeat_the_others() {
    let world = World::new().await;
    let app = audience(&world, 1).await;
    app.launch("race", challenge(&[("/quiet_hours", json!({"from": "14:00", "until": "20:00"}))])).await;
    begin(&world).await;
    assert_eq!(told(&world), BTreeMap::from([("token-0".to_owned(), 1)]));
    device(&app, "user-0", "tablet", "GCM", "tablet").await;
    world.pass(SignedDuration::from_hours(2));
    push_again(&world, &["tablet"]);
    world.settle().await;
    world.pass(SignedDuration::from_hours(6));
    tick(&world).await;
    assert_eq!(told(&world), BTreeMap::from([("tablet".to_owned(), 1), ("token-0".to_owned(), 1)]));
}

#[tokio::test]
async fn a_challenge_that_began_long_ago_is_announced_only_on_request() {
    let world = World::new().await;
    let app = audience(&world, 2).await;
    app.launch("race", challenge(&[("/starts_at", json!("2026-11-30T11:59:00Z"))])).await;
    tick(&world).await;
    assert!(world.local.pushes().is_empty());
    app.admin("POST", "/campaigns/race/announce", Value::Null).await.expect(202);
    world.settle().await;
    assert_eq!(told(&world).len(), 2);
}

#[tokio::test]
async fn a_campaign_suspended_in_quiet_hours_is_pushed_only_after_resuming() {
    let world = World::new().await;
    let app = audience(&world, 1).await;
    // Only the device's address is known of the user.
    let device = json!({"channel": "GCM", "address": "token-0", "time_zone": "America/Los_Angeles"});
    app.call("PUT", "/v1/users/user-0/devices/phone", device).await.expect(200);
    app.launch("race", challenge(&[("/quiet_hours", json!({"from": "22:00", "until": "08:00"}))])).await;
    begin(&world).await;
    app.admin("POST", "/campaigns/race/suspend", json!({"reason": "a mistake"})).await.expect(200);
    world.pass(SignedDuration::from_hours(4));
    tick(&world).await;
    assert!(world.local.pushes().is_empty());
    app.admin("POST", "/campaigns/race/resume", Value::Null).await.expect(200);
    tick(&world).await;
    assert!(world.local.pushes().is_empty(), "it is looked at again every hour");
    world.pass(SignedDuration::from_hours(1));
    tick(&world).await;
    assert_eq!(told(&world), BTreeMap::from([("token-0".to_owned(), 1)]));
}

#[tokio::test]
async fn an_announcement_whose_answers_are_lost_is_sent_to_nobody_again() {
    let world = World::new().await;
    let app = audience(&world, 40).await;
    app.launch("race", challenge(&[])).await;
    world.local.inbox().lose_answers(true);
    begin(&world).await;
    world.local.inbox().lose_answers(false);
    tick(&world).await;
    let told = told(&world);
    assert_eq!((told.len(), told.values().max()), (40, Some(&1)));
    let done = announcement(&app, 1).await;
    assert_eq!((&done["failed"], &done["accepted"]), (&json!(40), &json!(0)));
}
