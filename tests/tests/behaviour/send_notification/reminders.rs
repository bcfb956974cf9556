//! Reminders of an unredeemed reward, before it expires and outside the user's quiet hours.

use domain::message::NoticeId;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::notices;
use tests::{App, World, campaign_with, group, promises};

use super::pushes::device;

/// Makes a shop whose gifts expire after ten days, with a reminder two days before.
async fn reminding<'a>(world: &'a World, quiet_hours: Option<Value>) -> App<'a> {
    let app = world.app("app").await;
    let mut gift = group();
    gift["expires_after_days"] = json!(10);
    app.put_group("gift", gift).await;
    app.stock("gift", 3).await;
    let reminder = json!({"en": {"title": "Hurry", "body": "Until {reward.expires_on}: {redeem_url}"}});
    let mut campaign = campaign_with(&[("/moments/0/messages/reminder", reminder)]);
    if let Some(hours) = quiet_hours {
        campaign["quiet_hours"] = hours;
    }
    app.launch("spring", campaign).await;
    device(&app, "ada", "phone", "GCM", "ada", None).await;
    device(&app, "bob", "phone", "GCM", "bob", None).await;
    app
}

#[tokio::test]
async fn whoever_has_not_redeemed_a_reward_is_reminded_once_before_it_expires() {
    let world = World::new().await;
    let app = reminding(&world, None).await;
    app.deposits("ada", 5).await;
    let redeemed = app.deposits("bob", 5).await["reward"]["reward_id"].as_str().unwrap().to_owned();
    world.settle().await;
    world.send("GET", &format!("/r/{redeemed}"), &[], &[]).await.expect(302);
    let reminded = || {
        let pushes = world.local.pushes();
        pushes.iter().filter(|push| push["message"]["Title"] == "Hurry").cloned().collect::<Vec<Value>>()
    };
    for days in [7, 1, 1] {
        world.local.run_schedule("send-notification").await.unwrap();
        world.settle().await;
        assert!(reminded().is_empty() || days < 7);
        world.pass(SignedDuration::from_hours(24 * days));
    }
    let reminded = reminded();
    assert_eq!(reminded.len(), 1, "{reminded:?}");
    assert_eq!(reminded[0]["address"], "ada");
    assert!(reminded[0]["message"]["Body"].as_str().unwrap().starts_with("Until 2026-12-11: http"));
    let left = world.items().iter().filter(|item| promises::text(item, "sk").unwrap().starts_with("LATER#")).count();
    assert_eq!(left, 0, "nothing is left to be reminded of");
}

#[tokio::test]
async fn a_reminder_waits_for_the_end_of_the_quiet_hours_where_the_user_is() {
    let world = World::new().await;
    // Noon in Berlin is night in Los Angeles.
    let app = reminding(&world, Some(json!({"from": "22:00", "until": "08:00"}))).await;
    app.call("PUT", "/v1/users/ada", json!({"time_zone": "America/Los_Angeles"})).await.expect(200);
    app.call("PUT", "/v1/users/bob", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    app.deposits("ada", 5).await;
    app.deposits("bob", 5).await;
    world.settle().await;
    world.pass(SignedDuration::from_hours(24 * 8));
    let remind = async || {
        world.local.run_schedule("send-notification").await.unwrap();
        world.settle().await;
        let pushes = world.local.pushes();
        let hurry = pushes.iter().filter(|push| push["message"]["Title"] == "Hurry");
        let mut told: Vec<String> = hurry.map(|push| push["address"].as_str().unwrap().to_owned()).collect();
        told.sort();
        told
    };
    assert_eq!(remind().await, ["bob"]);
    world.pass(SignedDuration::from_hours(3));
    assert_eq!(remind().await, ["bob"]);
    world.pass(SignedDuration::from_hours(2));
    assert_eq!(remind().await, ["ada", "bob"]);
}

#[tokio::test]
async fn what_was_put_off_anew_while_it_was_put_into_the_queue_is_not_forgotten() {
    let world = World::new().await;
    let (app, user) = ("app".try_into().unwrap(), "ada".to_owned().try_into().unwrap());
    let (store, now) = (&world.local.environments.store, world.clock.now());
    let id = NoticeId::Announcement("spring".to_owned().try_into().unwrap());
    notices::push_later(store, &app, &user, &id, now).await.unwrap();
    let due = async |at| {
        let mut due = Vec::new();
        for shard in 0..notices::LATER_SHARDS {
            due.extend(notices::due(store, shard, at, 10).await.unwrap());
        }
        due
    };
    let first = due(now).await.remove(0);
    // The push comes in the quiet hours, before its sender has finished.
    let morning = now + SignedDuration::from_hours(8);
    notices::push_later(store, &app, &user, &id, morning).await.unwrap();
    notices::forget_scheduled(store, &first).await.unwrap();
    assert_eq!(due(now).await, []);
    let second = due(morning).await.remove(0);
    assert_eq!((&second.id, second.at), (&id, morning));
    notices::forget_scheduled(store, &second).await.unwrap();
    assert_eq!(due(morning).await, []);
    notices::forget_scheduled(store, &second).await.unwrap();
}
