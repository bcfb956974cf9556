//! Support: why a user got nothing, what the user has, and releasing, voiding and replacing a reward.

use serde_json::{Value, json};
use tests::{World, campaign_with};

use super::{held, reward_of};
use crate::console::Browser;

#[tokio::test]
async fn the_failing_check_is_named_with_its_values() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 3).await;
    app.launch("spring", campaign_with(&[("/moments/0/when", json!("user.marketplace == \"DE\""))])).await;
    app.call("PUT", "/v1/users/bob", json!({"marketplace": "FR", "attributes": {"tier": "gold"}})).await.expect(200);
    app.deposit("bob", "1").await.expect(200);
    let browser = Browser::of(&world, "dee", json!({"app": ["support"]})).await;
    let page = browser.get("/apps/app/support?user=bob").await.expect(200);
    page.shows("1 check fails");
    page.shows("The rule for events");
    page.shows("not passed");
    page.shows("<dd><bdi>FR</bdi></dd>");
    page.shows("<dd><bdi>gold</bdi></dd>");
    page.shows("This user has no rewards.");
    browser.get("/apps/app/support?user=bob&campaign=none").await.expect(200).shows("no campaign of this id");
    world.settle().await;
}

#[tokio::test]
async fn rewards_and_timeline_are_shown_without_a_url() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    let seen = app.ask("ada").await;
    assert!(seen.body.to_string().contains("gift.example"), "{}", seen.body);
    world.settle().await;
    let reward = reward_of(&app, "ada").await;
    assert!(reward["url"].is_string(), "the user has seen it: {reward}");
    let id = reward["reward_id"].as_str().unwrap();
    let browser = Browser::of(&world, "dee", json!({"app": ["support"]})).await;
    let page = browser.get("/apps/app/support?user=ada").await.expect(200);
    page.shows(&format!("href=\"/console/apps/app/rewards/{id}\""));
    page.shows("5.00\u{a0}EUR");
    page.shows("a reward of group gift was awarded");
    page.shows("has 1 of 1 rewards");
    page.hides("gift.example");
    let page = browser.get(&format!("/apps/app/rewards/{id}")).await.expect(200);
    page.shows("The user has seen the URL");
    page.hides("gift.example");
}

#[tokio::test]
async fn a_long_timeline_goes_on_behind_a_link() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposit("ada", "1").await.expect(200);
    for device in 0..20 {
        let body = json!({"channel": "GCM", "address": format!("token-{device}")});
        app.call("PUT", &format!("/v1/users/ada/devices/d{device}"), body).await.expect(200);
    }
    let browser = Browser::signed_in(&world).await;
    let page = browser.get("/apps/app/support?user=ada").await.expect(200);
    let next = page.html.split("<a href=\"").find(|rest| rest.contains("#entries")).unwrap();
    let next = crate::console::unescape(next.split("#entries").next().unwrap());
    let older = browser.get(next.strip_prefix("/console").unwrap()).await.expect(200);
    let entries = |html: &str| html.matches("<li><p>").count();
    assert_eq!((entries(&page.html), entries(&older.html)), (20, 2));
    older.shows("the app told of the user");
    page.hides("token-");
}

#[tokio::test]
async fn nobody_and_a_wrong_id_are_said_plainly() {
    let world = World::new().await;
    world.shop(1).await;
    let browser = Browser::signed_in(&world).await;
    browser.get("/apps/app/support").await.expect(200).hides("Profile");
    let page = browser.get("/apps/app/support?user=nobody").await.expect(200);
    page.shows("The app has not told of this user.");
    page.shows("would be rewarded on reaching the target");
    let long = "x".repeat(257);
    browser.get(&format!("/apps/app/support?user={long}")).await.expect(400).shows("at most 256 bytes");
}

#[tokio::test]
async fn voiding_asks_for_a_reason_and_keeps_who_and_why() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let id = reward_of(&app, "ada").await["reward_id"].as_str().unwrap().to_owned();
    let browser = Browser::of(&world, "dee", json!({"app": ["support"]})).await;
    let path = format!("/apps/app/rewards/{id}/void");
    browser.get(&path).await.expect(200).shows("A reward of \u{2068}gift\u{2069} for \u{2068}ada\u{2069}");
    let before = world.items();
    let page = browser.post(&path, &[("reason", ""), ("note", "two phones")]).await.expect(400);
    page.shows("Fill this in.");
    page.shows("two phones");
    assert_eq!(world.items(), before);
    let done = browser.post(&path, &[("reason", "fraud"), ("note", "two phones")]).await;
    assert_eq!(done.leads_to(), format!("/apps/app/rewards/{id}?saved"));
    assert_eq!(reward_of(&app, "ada").await["state"], "voided");
    let page = browser.get(&format!("/apps/app/rewards/{id}?saved")).await.expect(200);
    for text in ["<strong>Voided</strong>", "<bdi>dee</bdi>", "fraud: two phones", "Saved."] {
        page.shows(text);
    }
    page.hides("/void\"");
    world.settle().await;
}

#[tokio::test]
async fn a_replaced_reward_leads_to_the_new_one() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let id = reward_of(&app, "ada").await["reward_id"].as_str().unwrap().to_owned();
    let browser = Browser::signed_in(&world).await;
    let path = format!("/apps/app/rewards/{id}");
    let done = browser.post(&format!("{path}/replace"), &[("reason", "error"), ("note", ""), ("group", "")]).await;
    assert_eq!(done.leads_to(), format!("{path}?saved"));
    world.settle().await;
    let rewards = app.admin("GET", "/users/ada/rewards", Value::Null).await.expect(200);
    let new = &rewards["data"][0];
    assert_eq!(new["replaces"], id);
    let new = format!("/apps/app/rewards/{}", new["reward_id"].as_str().unwrap());
    browser.get(&path).await.expect(200).shows(&format!("href=\"/console{new}\""));
    browser.get(&new).await.expect(200).shows(&format!("href=\"/console{path}\""));
}

#[tokio::test]
async fn a_replacement_without_stock_says_so() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 5).await;
    assert_eq!(app.ask("ada").await.status, 200);
    world.settle().await;
    let id = reward_of(&app, "ada").await["reward_id"].as_str().unwrap().to_owned();
    let browser = Browser::signed_in(&world).await;
    let done = browser.post(&format!("/apps/app/rewards/{id}/replace"), &[("reason", "error")]).await;
    assert_eq!(done.leads_to(), format!("/apps/app/rewards/{id}?nothing-left"));
    browser.get(done.leads_to()).await.expect(200).shows("neither stock nor money was left");
}

#[tokio::test]
async fn held_rewards_are_released_or_voided_from_the_list() {
    let world = World::new().await;
    let app = held(&world).await;
    let reviews = "/apps/app/campaigns/spring/reviews";
    let browser = Browser::of(&world, "dee", json!({"app": ["support"]})).await;
    browser.get(reviews).await.expect(200).shows("No reward is held for review.");
    for user in ["ada", "bob"] {
        app.deposit(user, "1").await.expect(200);
    }
    world.settle().await;
    browser.get("/apps/app/campaigns/spring").await.expect(200).shows(&format!("href=\"/console{reviews}\""));
    let page = browser.get(reviews).await.expect(200);
    for (user, step, fields) in [
        ("ada", "release", vec![("reason", "The device is known.")]),
        ("bob", "void", vec![("reason", "fraud"), ("note", "")]),
    ] {
        let id = reward_of(&app, user).await["reward_id"].as_str().unwrap().to_owned();
        let path = format!("/apps/app/rewards/{id}/{step}?back=reviews");
        page.shows(&format!("href=\"/console{path}\""));
        browser.get(&path).await.expect(200).shows(&format!("href=\"/console{reviews}\""));
        browser.post(&path, &[("reason", "")]).await.expect(400);
        assert_eq!(reward_of(&app, user).await["state"], "in_review");
        assert_eq!(browser.post(&path, &fields).await.leads_to(), format!("{reviews}?saved"));
    }
    world.settle().await;
    assert_eq!(reward_of(&app, "ada").await["state"], "awarded");
    assert_eq!(reward_of(&app, "bob").await["state"], "voided");
    browser.get(reviews).await.expect(200).shows("No reward is held for review.");
    // Somebody else was faster: the API's reason stands on the form.
    let id = reward_of(&app, "bob").await["reward_id"].as_str().unwrap().to_owned();
    let late = browser.post(&format!("/apps/app/rewards/{id}/release"), &[("reason", "known")]).await.expect(409);
    late.shows("the reward is voided");
    assert_eq!(reward_of(&app, "bob").await["state"], "voided");
}

#[tokio::test]
async fn a_reward_of_another_app_is_not_here() {
    let world = World::new().await;
    let app = world.shop(3).await;
    world.app("other").await;
    app.deposits("ada", 5).await;
    let id = reward_of(&app, "ada").await["reward_id"].as_str().unwrap().to_owned();
    let browser = Browser::signed_in(&world).await;
    browser.get(&format!("/apps/other/rewards/{id}")).await.expect(404);
    browser.post(&format!("/apps/other/rewards/{id}/void"), &[("reason", "fraud")]).await.expect(404);
    assert_eq!(reward_of(&app, "ada").await["state"], "awarded");
}
