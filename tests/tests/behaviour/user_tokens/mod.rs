//! Users' own tokens: who gets through, what they reach, and how web pages call.

mod cors;
mod examples;
mod matrix;
mod own_data;
mod refused;
mod remembered;
mod writes;

use serde_json::{Value, json};
use tests::{Answer, App, World};
use user_tokens::{SigningKey, sign};

/// The backend of an app, which signs tokens with one of its token keys.
pub(crate) struct Backend<'a> {
    world: &'a World,
    app: String,
    kid: &'static str,
    key: SigningKey,
}

impl<'a> Backend<'a> {
    /// Makes a token key of the app, with a secret.
    pub(crate) async fn of(app: &App<'a>, kid: &'static str, mode: &str) -> Self {
        let body = json!({"algorithm": "HS256", "mode": mode});
        let made = app.admin("PUT", &format!("/token-keys/{kid}"), body).await.expect(201);
        let key = SigningKey::read(made["secret"].as_str().unwrap()).unwrap();
        Self { world: app.world, app: app.id.clone(), kid, key }
    }

    /// Returns claims for a quarter of an hour.
    pub(crate) fn claims(&self, user: &str) -> Value {
        json!({"sub": user, "aud": self.app, "exp": self.now() + 900})
    }

    fn now(&self) -> i64 {
        self.world.clock.now().as_second()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        sign(self.kid, &self.key, claims).unwrap()
    }

    /// Returns a token for a user.
    pub(crate) fn token(&self, user: &str) -> String {
        self.sign(&self.claims(user))
    }

    /// Sends a request below `/me` with a token for the user.
    pub(crate) async fn call(&self, user: &str, method: &str, path: &str, body: Value) -> Answer {
        call(self.world, &self.token(user), method, &format!("/v1/apps/{}/me{path}", self.app), body).await
    }
}

/// Sends JSON with a token.
pub(crate) async fn call(world: &World, token: &str, method: &str, path: &str, body: Value) -> Answer {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    world.send(method, path, &headers, &body).await
}

/// Changes an app's settings.
pub(crate) async fn set(app: &App<'_>, settings: Value) {
    let mut body = json!({"name": app.id});
    body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    app.admin("PUT", "", body).await.expect(200);
    // Environments remember the app's catalog.
    app.world.pass(jiff::SignedDuration::from_secs(16));
}
