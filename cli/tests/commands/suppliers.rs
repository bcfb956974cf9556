//! `moments suppliers`, with the suppliers that the laptop plays.

use local::supplier_desk::{amazon, tremendous, webhook};
use serde_json::{Value, json};

use crate::system::{System, campaign, text, write};

/// A browser of a person: a program that previews links opens no reward.
const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                       Version/18.0 Mobile/15E148 Safari/604.1";

/// Opens a reward's link, along its redirects. Returns the last status.
fn open(system: &System, reward_id: &str) -> u16 {
    let link = format!("{}/r/{reward_id}", system.api());
    let answer = ureq::Agent::new_with_defaults().get(link).header("user-agent", BROWSER).call().unwrap();
    answer.status().as_u16()
}

#[test]
fn a_supplier_is_set_up_tried_changed_and_deleted() {
    let (system, folder) = (System::start(), tempfile::tempdir().unwrap());
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let url = format!("{}/_local/suppliers/webhook", system.api());
    let cards = json!({"name": "Cards", "kind": "webhook", "url": url});
    let file = write(folder.path(), "cards.json", &cards.to_string());
    let made = system.json(&["suppliers", "put", "cards", &file]);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    // The laptop's supplier does not know that secret.
    let refused = system.run(&["suppliers", "test", "cards"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("cards: credentials:") && said.contains("PUT the supplier"), "{said}");

    // What `get --json` shows can be changed and put again; the secret is beside it.
    let mut shown: Value = system.json(&["suppliers", "get", "cards"]);
    assert!(shown.get("secret").is_none(), "{shown}");
    shown["secret"] = json!(webhook::SECRET);
    let file = write(folder.path(), "cards.json", &shown.to_string());
    system.json(&["suppliers", "put", "cards", &file]);
    assert!(system.says(&["suppliers", "test", "cards", "--product", "gift-10"]).starts_with("cards: ok after "));
    let gone = system.run(&["suppliers", "test", "cards", "--product", "gone"]);
    assert!(text(&gone.stderr).contains("cards: product:"), "{}", text(&gone.stderr));

    let account = json!({
        "name": "Amazon", "kind": "amazon_incentives", "partner_id": "Shop1", "region": "north_america", "sandbox": true,
        "access_key_id": amazon::ACCESS_KEY_ID, "secret_access_key": amazon::SECRET_ACCESS_KEY
    });
    let file = write(folder.path(), "amazon.json", &account.to_string());
    let shown = system.says(&["suppliers", "put", "amazon", &file]);
    assert!(shown.contains("Shop1") && !shown.contains(amazon::SECRET_ACCESS_KEY), "{shown}");
    assert!(system.says(&["suppliers", "test", "amazon"]).contains("; 1,000,000.00 USD are left on the account"));
    let list = system.says(&["suppliers", "list"]);
    assert!(list.contains("amazon_incentives") && list.contains("webhook"), "{list}");
    system.says(&["suppliers", "delete", "amazon"]);
    assert_eq!(system.json(&["suppliers", "list"])["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_latest_trouble_is_shown_until_a_test_is_ok() {
    let (system, folder) = (System::start(), tempfile::tempdir().unwrap());
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let url = format!("{}/_local/suppliers/webhook", system.api());
    let cards = json!({"name": "Cards", "kind": "webhook", "url": url, "secret": webhook::SECRET});
    system.put(&["suppliers", "put", "cards"], &cards);
    let group = json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test", "supplier": {"id": "cards", "product": "gone"},
    });
    system.put(&["groups", "put", "gift"], &group);
    system.put(&["campaigns", "put", "spring"], &campaign(1_000));
    system.json(&["campaigns", "submit", "spring"]);
    assert_eq!(system.json(&["campaigns", "approve", "spring"])["state"], "live");
    let key = system.key("live");
    assert!(system.run_as(&key, &["submit", "ada", "deposit"]).status.success());
    let output = system.run_as(&key, &["users", "rewards", "ada", "--json"]);
    let rewards: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(open(&system, rewards["data"][0]["reward_id"].as_str().unwrap()), 202);

    let shown = system.says(&["suppliers", "get", "cards"]);
    let line = |name: &str| shown.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
    assert!(line("trouble.reason").ends_with("product"), "{shown}");
    assert!(line("trouble.advice").contains("the supplier refuses the product"), "{shown}");
    let mut file = system.json(&["suppliers", "get", "cards"]);
    assert_eq!(file["trouble"]["reason"], "product");

    system.says(&["suppliers", "test", "cards"]);
    assert!(system.json(&["suppliers", "get", "cards"]).get("trouble").is_none());
    // The file still has the trouble of before. It is no reason to refuse the change.
    file["per_second"] = json!(5);
    let file = write(folder.path(), "cards.json", &file.to_string());
    assert_eq!(system.json(&["suppliers", "put", "cards", &file])["per_second"], 5);
    let in_use = system.run(&["suppliers", "delete", "cards"]);
    assert_eq!(in_use.status.code(), Some(6));
    assert!(text(&in_use.stderr).contains("reward group gift orders from it"), "{}", text(&in_use.stderr));
}

#[test]
fn keys_come_from_standard_input_and_stay_when_the_rest_changes() {
    let system = System::start();
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let without = json!({"name": "Cards", "kind": "tremendous", "sandbox": true});
    let put = |body: &Value| system.run_with(&["suppliers", "put", "cards", "-"], &body.to_string());
    let refused = put(&without);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("api_key"), "{}", text(&refused.stderr));
    assert_eq!(system.run(&["suppliers", "get", "cards"]).status.code(), Some(5));

    let (mut account, mut renamed) = (without.clone(), without);
    account["api_key"] = json!(tremendous::API_KEY);
    renamed["name"] = json!("Gift cards");
    for body in [&account, &renamed] {
        let answer = put(body);
        assert!(answer.status.success(), "{}", text(&answer.stderr));
        assert!(!text(&answer.stdout).contains(tremendous::API_KEY), "{}", text(&answer.stdout));
    }
    let trial = system.json(&["suppliers", "test", "cards", "--product", "OKMHM2X2OHYV"]);
    assert_eq!((&trial["outcome"], trial["funds"]["currency"].as_str()), (&json!("ok"), Some("USD")));

    // A script reads the outcome, and the exit code says that something is wrong.
    let gone = system.run(&["suppliers", "test", "cards", "--product", "gone", "--json"]);
    let trial: Value = serde_json::from_slice(&gone.stdout).unwrap();
    assert_eq!((gone.status.code(), &trial["outcome"]), (Some(1), &json!("product")));

    let mut moved = renamed;
    moved["sandbox"] = json!(false);
    assert_eq!(put(&moved).status.code(), Some(6), "another account");
    let shown = system.json(&["suppliers", "get", "cards"]);
    assert_eq!((&shown["name"], &shown["sandbox"]), (&json!("Gift cards"), &json!(true)));
}
