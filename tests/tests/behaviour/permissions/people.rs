//! The journey of people: their roles, keys and sessions, signing in, and support looking at a user.

use domain::identity::{Caller, Mode, Scope};
use domain::secret::ApiKey;
use serde_json::{Value, json};
use tests::deployment::Key;
use tests::identity_provider::{CLIENT, SECRET};

use super::Journey;

pub(super) async fn people(journey: &Journey) {
    let operator = async |method: &str, path: &str, body: Value| journey.call(Key::Operator, method, path, body).await;
    operator("PUT", "/v1/people/ada", json!({"name": "Ada", "roles": {"app": ["owner"]}})).await;
    operator("GET", "/v1/people/ada", Value::Null).await;
    operator("GET", "/v1/people", Value::Null).await;
    let minted = operator("POST", "/v1/people/ada/keys", Value::Null).await;
    operator("GET", "/v1/people/ada/keys", Value::Null).await;
    add_key(journey).await;
    let opened = journey.call(Key::Person, "POST", "/v1/sessions", Value::Null).await;
    authorize(journey, minted["key"].as_str().unwrap()).await;
    // It notes that a session is in use once a minute.
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    authorize(journey, opened["session"].as_str().unwrap()).await;
    let session = async |method: &str, path: &str, body: Value| journey.call(Key::Session, method, path, body).await;
    session("GET", "/v1/session", Value::Null).await;
    session("GET", "/v1/apps", Value::Null).await;
    for path in ["", "/rewards", "/timeline"] {
        session("GET", &format!("/v1/apps/app/users/ada{path}"), Value::Null).await;
    }
    session("POST", "/v1/apps/app/eligibility", json!({"user_id": "ada"})).await;
    session("DELETE", "/v1/session", Value::Null).await;
    operator("DELETE", &format!("/v1/people/ada/keys/{}", minted["key_id"].as_str().unwrap()), Value::Null).await;
    operator("DELETE", "/v1/people/ada", Value::Null).await;
    sign_in(journey).await;
}

/// Signs somebody in through the identity provider, and names somebody there.
async fn sign_in(journey: &Journey) {
    let operator = async |method: &str, path: &str, body: Value| journey.call(Key::Operator, method, path, body).await;
    let anybody = async |method: &str, path: &str, body: Value| journey.call(Key::None, method, path, body).await;
    let back = "https://moments.example/console/sign-in/callback";
    let provider = json!({
        "name": "Example", "issuer": "https://id.example", "client_id": CLIENT, "client_secret": SECRET,
        "redirect_uris": [back], "groups": {"editors": {"app": ["editor"]}},
    });
    operator("PUT", "/v1/identity-provider", provider).await;
    operator("GET", "/v1/identity-provider", Value::Null).await;
    anybody("GET", "/v1/sign-in-options", Value::Null).await;
    for _ in 0..2 {
        let begun = anybody("POST", "/v1/sign-ins", json!({"redirect_uri": back})).await;
        let address = begun["authorization_url"].as_str().unwrap();
        let (code, state) = journey.deployment.identity_provider.visit(address);
        let body = json!({"sign_in": begun["sign_in"], "state": state, "code": code});
        let opened = anybody("POST", "/v1/sign-ins/complete", body).await;
        authorize(journey, opened["session"].as_str().unwrap()).await;
    }
    let named = json!({"name": "Bea", "roles": {"app": ["viewer"]}, "subject": "bea-1"});
    operator("PUT", "/v1/people/bea", named).await;
    operator("DELETE", "/v1/identity-provider", Value::Null).await;
}

/// Mints the key that `Key::Person` stands for.
async fn add_key(journey: &Journey) {
    let store = &journey.functions["manage-campaigns"].0.store;
    let caller = Caller::new(None, Scope::Person, Mode::Live, "key_ada".try_into().unwrap());
    let caller = Caller { person: Some("ada".try_into().unwrap()), ..caller };
    let key = ApiKey::mint(Mode::Live, &mut *store.random());
    assert!(store::keys::mint(store, &key.hash(), &caller, tests::NOW.parse().unwrap()).await.unwrap());
}

/// Asks the authorizer about a key or a session.
async fn authorize(journey: &Journey, key: &str) {
    let file = include_str!("../../../../events/authorize/known-key.json");
    let mut event: Value = serde_json::from_str(file).unwrap();
    event["headers"]["x-api-key"] = json!(key);
    journey.invoke("authorize", event).await;
}
