//! `moments orders`: from the list and the claim to the delivery, and CSV export and import.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::system::{System, campaign, csv, text, write};

/// Starts a system with two ordered mugs. Returns it with their reward ids.
fn with_orders() -> (System, Vec<String>) {
    let (system, folder) = (System::start(), tempfile::tempdir().unwrap());
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let mug = json!({
        "name": "Mug", "kind": "physical", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test", "shipping": {"weight_grams": 400},
    });
    system.put(&["groups", "put", "gift"], &mug);
    let stock = write(folder.path(), "codes.csv", &csv(0..2));
    system.json(&["stock", "import", "gift", &stock]);
    system.put(&["campaigns", "put", "spring"], &campaign(1_000));
    system.json(&["campaigns", "submit", "spring"]);
    system.json(&["campaigns", "approve", "spring"]);
    let key = system.key("live");
    let address = json!({
        "country": "DE", "name": "Ada, \"the first\"", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin",
    });
    for user in ["ada", "bob"] {
        let deposit = json!({"user_id": user, "action": "deposit", "event_id": "e"});
        system.call(&key, "POST", "/v1/moments", &deposit);
        let url = format!("{}/v1/users/{user}/rewards", system.api());
        let request = ureq::http::Request::builder().uri(url).header("x-api-key", &key).body(()).unwrap();
        let answer = ureq::Agent::new_with_defaults().run(request).unwrap().body_mut().read_to_string().unwrap();
        let rewards: Value = serde_json::from_str(&answer).unwrap();
        let id = rewards["data"][0]["reward_id"].as_str().unwrap();
        system.call(&key, "PUT", &format!("/v1/rewards/{id}/address"), &address);
    }
    let listed = system.json(&["orders", "list"]);
    let ids = listed["data"].as_array().unwrap().iter().map(|order| order["reward_id"].as_str().unwrap().to_owned());
    let ids = ids.collect();
    (system, ids)
}

#[test]
fn orders_are_claimed_shipped_and_ended_by_hand_and_by_file() {
    let (system, ids) = with_orders();
    let (one, other) = (ids[0].as_str(), ids[1].as_str());
    assert_eq!(system.run(&["keys", "mint", "--scope", "partner"]).status.code(), Some(2), "whose?");
    let acme = system.json(&["keys", "mint", "--scope", "partner", "--partner", "acme"]);
    let acme = acme["key"].as_str().unwrap();
    assert!(system.says(&["keys", "list"]).contains("acme"));
    assert_eq!(system.run_as(acme, &["keys", "list"]).status.code(), Some(4));
    assert!(text(&system.run_as(acme, &["orders", "list"]).stdout).contains(one));
    assert!(system.says(&["orders", "list"]).contains("PARTNER"));
    assert_eq!(system.run(&["orders", "ship", one, "DHL", "1"]).status.code(), Some(6));
    let misspelled = system.run(&["orders", "claim", one, "acmee"]);
    assert_eq!(misspelled.status.code(), Some(5));
    assert!(text(&misspelled.stderr).contains("the app's partners are acme"), "{misspelled:?}");
    assert!(system.says(&["orders", "claim", one, "acme"]).contains("Ring 1"));
    assert_eq!(system.run(&["orders", "claim", one, "rival"]).status.code(), Some(6));
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.csv").to_str().unwrap().to_owned();
    std::fs::write(&labels, "").unwrap();
    std::fs::set_permissions(&labels, PermissionsExt::from_mode(0o644)).unwrap();
    system.says(&["orders", "export", "--partner", "acme", "--addresses", &labels]);
    assert_eq!(std::fs::metadata(&labels).unwrap().permissions().mode() & 0o777, 0o600, "nobody else reads addresses");
    let labels = std::fs::read_to_string(labels).unwrap();
    assert_eq!(labels.lines().count(), 2);
    assert!(labels.contains("\"Ada, \"\"the first\"\"\",,Ring 1"), "{labels}");
    let exported = system.says(&["orders", "export"]);
    assert!(exported.lines().count() == 3 && !exported.contains("Ring 1"), "{exported}");

    let rows = format!(
        "reward_id,state,carrier,tracking,partner\n{one},shipped,DHL,1,\n{other},shipped,DHL,2,acme\nx,lost,,,\n"
    );
    let imported = system.run_with(&["orders", "import", "-", "--json"], &rows);
    assert_eq!(imported.status.code(), Some(8));
    let imported: Value = serde_json::from_str(&text(&imported.stdout)).unwrap();
    assert_eq!((&imported["changed"], &imported["invalid"][0]["line"]), (&json!(2), &json!(4)));
    assert_eq!(system.json(&["orders", "deliver", one])["state"], "delivered");
    assert_eq!(system.json(&["orders", "return", other, "--reason", "unknown"])["state"], "returned");
    assert_eq!(system.json(&["orders", "list", "--state", "returned"])["data"].as_array().unwrap().len(), 1);
    assert_eq!(system.run(&["orders", "list", "--state", "eaten"]).status.code(), Some(3));
    assert!(system.says(&["orders", "show", one]).contains("DHL"));
}
