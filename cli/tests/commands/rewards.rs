//! `moments rewards` and `moments partners`.

use serde_json::{Value, json};

use crate::system::System;

#[test]
fn a_reward_is_looked_up_voided_and_replaced() {
    let system = System::start().with_campaign();
    let key = system.key("live");
    system.call(&key, "POST", "/v1/moments", &json!({"user_id": "ada", "action": "deposit", "event_id": "e1"}));
    let output = system.run_as(&key, &["users", "rewards", "ada", "--json"]);
    let rewards: Value = serde_json::from_slice(&output.stdout).unwrap();
    let id = rewards["data"][0]["reward_id"].as_str().unwrap();
    assert_eq!(system.json(&["rewards", "get", id])["state"], "awarded");
    assert_eq!(system.run(&["rewards", "void", id, "--reason", "mood"]).status.code(), Some(2));
    let replaced = system.json(&["rewards", "replace", id, "--reason", "error", "--note", "the till refused it"]);
    assert_eq!((&replaced["outcome"], &replaced["reward"]["replaces"]), (&json!("replaced"), &json!(id)));
    assert_eq!(system.json(&["rewards", "get", id])["changes"][0]["reason"], "error: the till refused it");
    let second = replaced["reward"]["reward_id"].as_str().unwrap();
    assert!(system.says(&["rewards", "void", second, "--reason", "fraud"]).contains("voided"));
    let unknown = id.replace(".spring.", ".nothing.");
    assert_eq!(system.run(&["rewards", "get", &unknown]).status.code(), Some(5));
}

#[test]
fn a_partner_is_made_renamed_and_deleted() {
    let system = System::start();
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let made = system.json(&["partners", "put", "acme", "--name", "Acme"]);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let renamed = system.json(&["partners", "put", "acme", "--name", "Acme Stores"]);
    assert_eq!((&renamed["name"], &renamed["secret"]), (&json!("Acme Stores"), &Value::Null));
    assert_ne!(system.json(&["partners", "rotate", "acme", "--overlap", "0"])["secret"], made["secret"]);
    assert_eq!(system.json(&["partners", "list"])["data"][0]["partner_id"], "acme");
    assert!(system.says(&["partners", "delete", "acme"]).contains("is deleted"));
    assert_eq!(system.run(&["partners", "delete", "acme"]).status.code(), Some(5));
}
