//! Quiet hours over a change of the clocks, and campaigns and rewards that end in them: in Berlin, from 22:00 until
//! 08:00.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, campaign_with, group};

/// Saturday, 27 March 2027, 22:30 in Berlin. In this night the clocks go forward.
const SATURDAY: &str = "2027-03-27T21:30:00Z";

fn night() -> Value {
    json!({"from": "22:00", "until": "08:00"})
}

/// Makes a shop with one user in Berlin.
async fn shop(world: &World) -> App<'_> {
    world.set_time(SATURDAY);
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    app.call("PUT", "/v1/users/ada", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    app.call("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "ada"})).await.expect(200);
    app
}

/// Announces a challenge at 23:30 that ends at `ends_at`.
async fn announce(world: &World, app: &App<'_>, ends_at: &str) {
    let changes = [
        ("/kind", json!("challenge")),
        ("/starts_at", json!("2027-03-27T22:30:00Z")),
        ("/ends_at", json!(ends_at)),
        ("/quiet_hours", night()),
        ("/moments/0/messages/announcement", json!({"en": {"title": "Go", "body": "b"}})),
    ];
    app.launch("race", campaign_with(&changes)).await;
    tick_at(world, "2027-03-27T22:30:00Z").await;
}

async fn tick_at(world: &World, time: &str) {
    world.set_time(time);
    world.local.run_schedule("announce-campaign").await.unwrap();
    world.local.run_schedule("send-notification").await.unwrap();
    world.settle().await;
}

/// Returns the number of pushes with this title.
fn pushed(world: &World, title: &str) -> usize {
    world.local.pushes().iter().filter(|push| push["message"]["Title"] == title).count()
}

async fn inbox(app: &App<'_>) -> Vec<String> {
    let listed = app.call("GET", "/v1/users/ada/notifications", Value::Null).await.expect(200);
    listed["data"].as_array().unwrap().iter().map(|message| message["title"].as_str().unwrap().to_owned()).collect()
}

/// henrygd/beszel#1825: the push came an hour late, after 09:00; and at night if the campaign ended at 08:30.
#[tokio::test]
async fn on_the_spring_change_pushes_come_at_eight_by_the_users_clock() {
    for ends_at in ["2027-04-30T00:00:00Z", "2027-03-28T06:30:00Z"] {
        let world = World::new().await;
        let app = shop(&world).await;
        announce(&world, &app, ends_at).await;
        assert_eq!(pushed(&world, "Go"), 0, "it is 23:30 there");
        tick_at(&world, "2027-03-28T05:59:00Z").await;
        assert_eq!(pushed(&world, "Go"), 0, "it is 07:59 there");
        tick_at(&world, "2027-03-28T06:00:00Z").await;
        assert_eq!(pushed(&world, "Go"), 1, "it is 08:00 there, and the campaign ends at {ends_at}");
    }
}

/// The push for a campaign that ended within the quiet hours came at night ("What the field found", 11).
#[tokio::test]
async fn a_campaign_that_ends_in_quiet_hours_shows_in_the_app_without_a_push() {
    let world = World::new().await;
    let app = shop(&world).await;
    announce(&world, &app, "2027-03-28T06:00:00Z").await;
    assert_eq!(inbox(&app).await, ["Go"]);
    for time in ["2027-03-28T01:00:00Z", "2027-03-28T05:59:00Z", "2027-03-28T06:00:00Z", "2027-03-28T10:00:00Z"] {
        tick_at(&world, time).await;
        assert_eq!(pushed(&world, "Go"), 0, "{time}");
    }
}

/// Makes a shop whose gifts expire a day after the award, with a reminder `hours` before.
async fn reminding<'a>(world: &'a World, hours: u32) -> App<'a> {
    let app = shop(world).await;
    let mut gift = group();
    gift["expires_after_days"] = json!(1);
    app.put_group("short", gift).await;
    app.stock("short", 1).await;
    let changes = [
        ("/ends_at", json!("2027-12-01T00:00:00Z")),
        ("/quiet_hours", night()),
        ("/moments/0/target", json!(1)),
        ("/moments/0/rewards/0/reward_group_id", json!("short")),
        ("/moments/0/messages/reminder", json!({"en": {"title": "Hurry", "body": "b"}})),
        ("/moments/0/messages/remind_hours_before", json!(hours)),
    ];
    app.launch("brief", campaign_with(&changes)).await;
    app
}

/// The reward expires at 05:30 in Berlin. Three hours before, at night, the reminder was pushed.
#[tokio::test]
async fn a_reminder_too_late_after_the_night_comes_the_evening_before() {
    let world = World::new().await;
    let app = reminding(&world, 3).await;
    world.set_time("2027-03-29T03:30:00Z");
    app.deposits("ada", 1).await;
    world.settle().await;
    assert_eq!(pushed(&world, "Well done"), 1);
    for (time, reminded) in [
        ("2027-03-29T19:29:00Z", 0),
        // 21:30, half an hour before the quiet hours.
        ("2027-03-29T19:30:00Z", 1),
        ("2027-03-30T00:30:00Z", 1),
        ("2027-03-30T03:29:00Z", 1),
    ] {
        tick_at(&world, time).await;
        let in_list = inbox(&app).await.iter().filter(|title| *title == "Hurry").count();
        assert_eq!((pushed(&world, "Hurry"), in_list), (reminded, reminded), "{time}");
    }
    // Handling it again after that evening sends no second reminder.
    world.pass(SignedDuration::from_hours(1));
    tick_at(&world, "2027-03-30T07:00:00Z").await;
    assert_eq!(pushed(&world, "Hurry"), 1);
}

/// Three hours before the expiry it is still night, and eight o'clock is early enough, by the clock after the change.
#[tokio::test]
async fn a_reminder_waits_until_eight_by_the_clock() {
    let world = World::new().await;
    let app = reminding(&world, 3).await;
    // Until 08:30 in summer time.
    world.set_time("2027-03-27T06:30:00Z");
    app.deposits("ada", 1).await;
    world.settle().await;
    for (time, reminded) in [("2027-03-28T03:30:00Z", 0), ("2027-03-28T05:59:00Z", 0), ("2027-03-28T06:00:00Z", 1)] {
        tick_at(&world, time).await;
        assert_eq!(pushed(&world, "Hurry"), reminded, "{time}");
    }
}
