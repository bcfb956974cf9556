//! `moments report`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::system::{System, text};

#[test]
fn a_campaign_is_reported_in_tables_and_exported_in_resumable_pages() {
    let system = System::start();
    system.says(&["apps", "put", "shop", "--name", "Shop"]);
    let group = json!({"name": "Gift", "kind": "shared_url", "url": "https://gift.example/x", "test_url": "https://gift.example/t",
                       "cpa": {"currency": "EUR", "amount_minor": 100}});
    system.put(&["groups", "put", "gift"], &group);
    let campaign = json!({
        "name": "Race", "kind": "surprise", "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": 10_000},
        "moments": [{"moment_id": "go", "action": "go", "count": "events", "target": 1,
                     "rewards": [{"reward_group_id": "gift"}],
                     "messages": {"achievement": {"en": {"title": "Done", "body": "b"}}}}],
    });
    system.put(&["campaigns", "put", "race"], &campaign);
    system.says(&["campaigns", "submit", "race"]);
    system.says(&["campaigns", "approve", "race"]);
    let key = system.key("live");
    for user in ["ada", "bob", "c,y\"d"] {
        system.call(&key, "POST", "/v1/moments", &json!({"user_id": user, "action": "go", "event_id": "e"}));
    }
    // The report lags by the window of the stream's reader.
    let began = Instant::now();
    while system.json(&["report", "race"])["totals"]["awards"] != 3 {
        assert!(began.elapsed().as_secs() < 30, "{}", system.json(&["report", "race"]));
        std::thread::sleep(Duration::from_millis(100));
    }
    let told = system.says(&["report", "race"]);
    for part in ["3.00 EUR", "97.00 EUR", "1.00 EUR", "MARKETPLACE", "Awarded by day:", &"#".repeat(40), "no hold-out"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let csv = system.says(&["report", "rewards", "race"]);
    assert_eq!(
        (csv.lines().count(), csv.contains("https://"), csv.contains("\"c,y\"\"d\"")),
        (4, false, true),
        "{csv}"
    );
    let lines = system.says(&["report", "rewards", "race", "--json"]);
    assert_eq!(lines.lines().filter(|line| line.contains("\"reward_id\":\"shop.race.")).count(), 3, "{lines}");
    let refused = system.run(&["report", "race", "--from", "yesterday"]);
    assert!(text(&refused.stderr).contains("/from"), "{refused:?}");
    let refused = system.run(&["report", "rewards", "race", "--cursor", "made-up"]);
    assert!(text(&refused.stderr).contains("/cursor"), "{refused:?}");
}
