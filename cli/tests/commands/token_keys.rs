//! `moments token-keys`, and a user who calls with the token that it signs.

use serde_json::{Value, json};

use crate::system::{System, text, write};

/// Makes a request with a token, as a phone does. Returns the status and the body.
fn call(system: &System, token: &str, path: &str) -> (u16, Value) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let request = agent.get(format!("{}{path}", system.api())).header("authorization", format!("Bearer {token}"));
    let mut answer = request.call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&body).unwrap())
}

#[test]
fn a_token_key_is_made_and_a_token_that_it_signs_lets_its_user_in() {
    let (system, folder) = (System::start(), tempfile::tempdir().unwrap());
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let changed =
        system.json(&["apps", "put", "shop", "--cors-origin", "https://shop.example", "--client-action", "visit"]);
    assert_eq!(changed["cors_origins"], json!(["https://shop.example"]));
    let kept = system.json(&["apps", "put", "shop", "--users-may", "export", "--client-action", ""]);
    assert_eq!((&kept["cors_origins"], &kept["client_actions"]), (&changed["cors_origins"], &json!([])));

    let made = system.json(&["token-keys", "put", "web"]);
    let secret = write(folder.path(), "secret.txt", made["secret"].as_str().unwrap());
    let token = system.says(&["token-keys", "sign", "web", "ada", "--key", &secret]);
    let (status, rewards) = call(&system, token.trim(), "/v1/apps/shop/me/rewards");
    assert_eq!((status, &rewards["data"]), (200, &json!([])));
    let scoped = system.says(&["token-keys", "sign", "web", "ada", "--key", &secret, "--scope", "write"]);
    assert_eq!(call(&system, scoped.trim(), "/v1/apps/shop/me/rewards").0, 403);

    let no_key = write(folder.path(), "no-key.txt", "hello");
    let refused = system.run(&["token-keys", "sign", "web", "ada", "--key", &no_key]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("BEGIN PRIVATE KEY"), "{}", text(&refused.stderr));
    assert_eq!(system.json(&["token-keys", "list"])["data"][0]["token_key_id"], "web");
    system.says(&["token-keys", "delete", "web"]);
    assert_eq!(system.json(&["token-keys", "list"])["data"], json!([]));
}
