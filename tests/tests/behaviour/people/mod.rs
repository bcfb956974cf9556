//! People: their roles and keys, their sessions, and the approval by another person.

mod four_eyes;
mod roles;
mod sessions;
mod sign_in;

use serde_json::{Value, json};
use tests::{Answer, World};

/// A person with a key.
pub(crate) struct Human<'a> {
    world: &'a World,
    pub(crate) key: String,
}

impl<'a> Human<'a> {
    /// Makes a person with these roles by app, and a key that the operator mints.
    pub(crate) async fn with(world: &'a World, id: &str, roles: Value) -> Self {
        world.admin("PUT", &format!("/v1/people/{id}"), json!({"name": id, "roles": roles})).await.expect(200);
        let minted = world.admin("POST", &format!("/v1/people/{id}/keys"), Value::Null).await.expect(201);
        Self { world, key: minted["key"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.world.call(&self.key, method, path, body).await
    }

    /// Sends a request about a version.
    pub(crate) async fn call_about(&self, version: u64, method: &str, path: &str, body: Value) -> Answer {
        let version = format!("\"{version}\"");
        let headers =
            [("x-api-key", self.key.as_str()), ("content-type", "application/json"), ("if-match", version.as_str())];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.world.send(method, path, &headers, &body).await
    }
}
