//! `moments suppliers`, with the suppliers that the laptop plays.

use local::supplier_desk::{amazon, webhook};
use serde_json::{Value, json};

use crate::system::{System, text, write};

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
