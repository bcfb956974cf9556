//! The console's screens for support, orders, reviews, reward groups, people, keys, webhooks, the audit and an app's
//! home, through the gateway.

mod administration;
mod groups;
mod home;
mod hostile_text;
mod orders;
mod people;
mod roles;
mod support;
mod webhooks;

use serde_json::{Value, json};
use tests::{App, World, campaign_with};

/// An app `app` with stock and a live campaign `spring` whose rewards are held for review after one deposit.
async fn held(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 5).await;
    app.launch("spring", campaign_with(&[("/guards", json!({"review": true})), ("/moments/0/target", json!(1))])).await;
    app
}

/// The only reward of a user, as the API shows it.
async fn reward_of(app: &App<'_>, user: &str) -> Value {
    app.admin("GET", &format!("/users/{user}/rewards"), Value::Null).await.expect(200)["data"][0].clone()
}
