//! `moments leaderboard`, `moments competitions` and `moments brackets`.

use serde_json::{Value, json};

use crate::system::{System, csv, text, write};

fn race() -> Value {
    json!({
        "name": "Race", "kind": "competition", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2036-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": 1_000},
        "moments": [{
            "moment_id": "laps", "action": "lap",
            "messages": {"achievement": {"en": {"title": "Well driven", "body": "Here is your gift card."}}},
        }],
        "competition": {"score": "highest", "prizes": [{"ranks": [1, 2], "reward_group_id": "gift"}]},
    })
}

#[test]
fn a_competition_is_watched_rehearsed_and_played_as_a_bracket() {
    let (system, folder) = (System::start().with_group(), tempfile::tempdir().unwrap());
    system.json(&["stock", "import", "gift", &write(folder.path(), "codes.csv", &csv(0..3))]);
    system.put(&["campaigns", "put", "race"], &race());
    system.json(&["campaigns", "submit", "race"]);
    system.json(&["campaigns", "approve", "race"]);
    let key = system.key("live");
    for (user, lap) in [("ada", 70), ("bob", 80), ("mallory", 99)] {
        let event = json!({"user_id": user, "action": "lap", "event_id": "e1", "quantity": lap});
        system.call(&key, "POST", "/v1/moments", &event);
    }
    let board = text(&system.run_as(&key, &["leaderboard", "race"]).stdout);
    assert!(board.contains("3 players") && board.contains("mallory"), "{board}");
    system.json(&["competitions", "disqualify", "race", "mallory", "--reason", "a bot"]);
    let rehearsed = system.json(&["competitions", "settle", "race", "--dry-run"]);
    assert_eq!((&rehearsed["state"], &rehearsed["data"][0]["user_id"]), (&json!("open"), &json!("bob")));
    let shown = text(&system.run(&["competitions", "show", "race"]).stdout);
    assert!(shown.contains("Disqualified: mallory, a bot"), "{shown}");
    // Nothing settles before the end.
    assert_eq!(system.run(&["competitions", "settle", "race"]).status.code(), Some(6));
    assert!(system.says(&["competitions", "clear", "race", "mallory"]).contains("mallory"));
    system.json(&["brackets", "put", "race", "ada", "bob", "cleo"]);
    system.json(&["brackets", "start", "race"]);
    let drawn = text(&system.run_as(&key, &["brackets", "show", "race"]).stdout);
    assert!(drawn.contains("cleo") && drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
}
