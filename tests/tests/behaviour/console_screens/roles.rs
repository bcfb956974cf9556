//! Who may see and do what: the API decides, and the page names the role.

use serde_json::json;
use tests::World;

use super::{held, reward_of};
use crate::console::Browser;

#[tokio::test]
async fn a_page_that_needs_another_role_names_it_and_changes_nothing() {
    let world = World::new().await;
    let app = held(&world).await;
    app.deposit("ada", "1").await.expect(200);
    world.settle().await;
    let id = reward_of(&app, "ada").await["reward_id"].as_str().unwrap().to_owned();
    let viewer = Browser::of(&world, "vi", json!({"app": ["viewer"]})).await;
    let before = world.items_at("USER#");
    for (path, role) in [
        ("/apps/app/support".to_owned(), "support"),
        ("/apps/app/support?user=ada".to_owned(), "support"),
        (format!("/apps/app/rewards/{id}"), "support"),
        (format!("/apps/app/rewards/{id}/void"), "support"),
        ("/apps/app/campaigns/spring/reviews".to_owned(), "support"),
        ("/apps/app/new-reward-group".to_owned(), "editor"),
        ("/apps/app/reward-groups/gift/edit".to_owned(), "editor"),
        ("/apps/app/reward-groups/gift/import".to_owned(), "editor"),
        ("/apps/app/orders".to_owned(), "support"),
        (format!("/apps/app/orders/{id}"), "support"),
        (format!("/apps/app/orders/{id}/ship"), "support"),
        ("/apps/app/webhooks".to_owned(), "owner"),
        ("/apps/app/new-webhook".to_owned(), "owner"),
        ("/apps/app/webhooks/backend".to_owned(), "owner"),
        ("/apps/app/webhooks/backend/edit".to_owned(), "owner"),
        ("/apps/app/webhooks/backend/pause".to_owned(), "owner"),
        ("/apps/app/webhooks/backend/delete".to_owned(), "owner"),
        ("/apps/app/keys".to_owned(), "owner"),
        ("/apps/app/new-key".to_owned(), "owner"),
        ("/apps/app/keys/key_1/revoke".to_owned(), "owner"),
        ("/apps/app/audit".to_owned(), "owner"),
        ("/people".to_owned(), "owner"),
        ("/new-person".to_owned(), "owner"),
        ("/people/vi/delete".to_owned(), "owner"),
    ] {
        let page = viewer.get(&path).await.expect(403);
        page.shows("Your roles in this app do not allow it");
        page.shows(&format!("needs the role {role}"));
    }
    // A person's requests have a limit.
    world.pass(jiff::SignedDuration::from_secs(10));
    let fields = [("delivery", "evt_1"), ("reason", "fraud"), ("name", "x"), ("version", "1")];
    for path in [
        format!("/apps/app/rewards/{id}/void"),
        format!("/apps/app/rewards/{id}/release"),
        "/people/vi/keys".to_owned(),
        format!("/apps/app/orders/{id}/claim"),
        "/apps/app/new-webhook".to_owned(),
        "/apps/app/webhooks/backend/test".to_owned(),
        "/apps/app/webhooks/backend/replay".to_owned(),
        "/apps/app/webhooks/backend/rotate".to_owned(),
        "/apps/app/new-key".to_owned(),
        "/apps/app/keys/key_1/revoke".to_owned(),
    ] {
        viewer.post(&path, &fields).await.expect(403);
    }
    assert_eq!(world.items_at("USER#"), before);
    let page = viewer.get("/apps/app").await.expect(200);
    page.hides("/support\"");
    page.hides("/console/people");
    for hidden in ["/orders\"", "/webhooks\"", "/keys\"", "/audit\""] {
        page.hides(hidden);
    }
    viewer.get("/apps/app/reward-groups").await.expect(200).hides("new-reward-group");
}

#[tokio::test]
async fn another_sites_form_changes_nothing_on_these_screens() {
    let world = World::new().await;
    let app = held(&world).await;
    app.deposit("ada", "1").await.expect(200);
    world.settle().await;
    let id = reward_of(&app, "ada").await["reward_id"].as_str().unwrap().to_owned();
    let browser = Browser::signed_in(&world).await;
    let before = world.items_at("USER#");
    for path in [
        format!("/apps/app/rewards/{id}/void"),
        "/apps/app/reward-groups/gift/import".to_owned(),
        "/people/owner/keys".to_owned(),
        "/people/owner/delete".to_owned(),
        format!("/apps/app/orders/{id}/ship"),
        "/apps/app/new-webhook".to_owned(),
        "/apps/app/webhooks/backend/test".to_owned(),
        "/apps/app/new-key".to_owned(),
    ] {
        let page = browser.send("POST", &path, &[("sec-fetch-site", "cross-site")], "reason=fraud&version=1").await;
        page.expect(403).shows("This form came from another site");
    }
    assert_eq!(world.items_at("USER#"), before);
    browser.get("/people/owner").await.expect(200);
}
