//! Campaigns at a glance: a summary, the list with figures, and awards by hour. Their figures are the report's, and the
//! money adds up at every instant.

use jiff::SignedDuration;
use serde_json::{Value, json};
use store::balances::Balance;
use store::ledger::{self, Account, Lease};
use tests::{App, World, campaign_with, promises};

async fn get(app: &App<'_>, path: &str) -> Value {
    app.admin("GET", path, Value::Null).await.expect(200)
}

fn minor(money: &Value) -> i64 {
    money["amount_minor"].as_i64().unwrap()
}

/// Checks that the terms of a summary's budget add up.
fn adds_up(summary: &Value) {
    let of = |name: &str| minor(&summary["budget"][name]);
    assert_eq!(of("limit"), of("unleased") + of("remaining") + of("spent"), "{summary}");
}

/// Awards three rewards for stock and two for the budget, and lets others wait for either. Voids one, and redeems one.
async fn season(world: &World) -> App<'_> {
    let app = world.app("app").await;
    for (group, urls) in [("gift", 3), ("plenty", 10)] {
        app.put_group(group, tests::group()).await;
        app.stock(group, urls).await;
    }
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(1))])).await;
    let rewards = json!([{"reward_group_id": "plenty"}]);
    let poor = [
        ("/moments/0/target", json!(1)),
        ("/moments/0/rewards", rewards),
        ("/moments/0/action", json!("visit")),
        ("/budget/amount_minor", json!(1_000)),
        ("/name", json!("Poor")),
    ];
    app.launch("poor", campaign_with(&poor)).await;
    for action in ["deposit", "visit"] {
        for n in 0..5 {
            let body = json!({"user_id": format!("user-{n}"), "action": action, "event_id": action});
            app.call("POST", "/v1/moments", body).await.expect(200);
            world.pass(SignedDuration::from_secs(1));
        }
    }
    let list = app.call("GET", "/v1/users/user-0/rewards", Value::Null).await.expect(200);
    let of = |campaign: &str| {
        let rewards = list["data"].as_array().unwrap().iter();
        let mut ids = rewards.map(|reward| reward["reward_id"].as_str().unwrap().to_owned());
        ids.find(|id| id.contains(&format!(".{campaign}."))).unwrap()
    };
    world.admin("POST", &format!("/v1/rewards/{}/void", of("poor")), json!({"reason": "fraud"})).await.expect(200);
    world.send("GET", &format!("/r/{}", of("spring")), &[], b"").await;
    world.settle().await;
    app
}

#[tokio::test]
async fn a_summary_and_the_list_have_the_figures_of_the_report() {
    let world = World::new().await;
    let app = season(&world).await;
    let list = get(&app, "/campaign-summaries").await;
    for (at, campaign, reason) in [(1, "spring", "no_stock"), (0, "poor", "no_budget")] {
        let summary = get(&app, &format!("/campaigns/{campaign}/summary")).await;
        let totals = get(&app, &format!("/campaigns/{campaign}/report")).await["totals"].clone();
        for figure in ["awards", "redemptions", "expiries", "voids", "in_review", "waiting", "spend"] {
            assert_eq!(summary["figures"][figure], totals[figure], "{campaign} {figure}");
        }
        assert_eq!(summary["figures"]["waiting_for"], json!({reason: 2}), "{summary}");
        assert_eq!(summary["budget"]["spent"], totals["spend"]);
        adds_up(&summary);
        assert_eq!(list["data"][at]["figures"], summary["figures"]);
        let campaign = get(&app, &format!("/campaigns/{campaign}")).await;
        for field in ["campaign_id", "name", "kind", "state", "version", "starts_at", "ends_at"] {
            assert_eq!((&summary[field], &list["data"][at][field]), (&campaign[field], &campaign[field]), "{field}");
        }
        assert_eq!(summary["budget"]["limit"], campaign["budget"]);
    }
    assert_eq!(get(&app, "/campaigns/poor/summary").await["figures"]["voids"], 1);
    assert_eq!(get(&app, "/campaigns/spring/summary").await["figures"]["redemptions"], 1);
}

#[tokio::test]
async fn a_draft_has_all_its_money_and_no_figures() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("PUT", "/campaigns/spring", campaign_with(&[])).await.expect(200);
    let summary = get(&app, "/campaigns/spring/summary").await;
    let eur = |amount: i64| json!({"currency": "EUR", "amount_minor": amount});
    let budget = json!({"limit": eur(50_000), "unleased": eur(50_000), "remaining": eur(0), "spent": eur(0)});
    assert_eq!((&summary["budget"], &summary["figures"]["awards"]), (&budget, &json!(0)));
    assert_eq!((&summary["state"], &summary["announced_at"]), (&json!("draft"), &Value::Null));
    assert_eq!(get(&app, "/campaign-summaries").await["data"][0]["figures"], summary["figures"]);
    assert_eq!(get(&app, "/campaigns/spring/activity").await["hours"][24]["awards"], 0);
    app.admin("GET", "/campaigns/none/summary", Value::Null).await.expect(404);
    app.admin("GET", "/campaigns/none/activity", Value::Null).await.expect(404);
}

#[tokio::test]
async fn slots_read_while_budget_moves_are_not_added_up() {
    let world = World::new().await;
    let app = world.shop(5).await;
    let store = &world.local.environments.store;
    let account = Account::whole(&"app".try_into().unwrap(), &"spring".try_into().unwrap());
    let before = ledger::budget(store, &account).await.unwrap().unwrap();
    let slots = ledger::slots(store, &account, before.slots).await.unwrap();
    assert!(Balance::of(&slots, &before).is_some());
    if before.unleased >= 500 {
        assert_eq!(ledger::lease(store, &account, &before, 0, 500).await.unwrap(), Lease::Leased);
    } else {
        assert!(ledger::give_back(store, &account, &[(slots[0].0, slots[0].1.remaining)]).await.unwrap());
    }
    let after = ledger::budget(store, &account).await.unwrap().unwrap();
    let moved = ledger::slots(store, &account, before.slots).await.unwrap();
    assert_eq!((Balance::of(&slots, &after), Balance::of(&moved, &before)), (None, None));
    assert!(Balance::of(&moved, &after).is_some());
    // A claim between the two reads moves money within its slot.
    app.ask("ada").await.expect(201);
    let spent = ledger::slots(store, &account, before.slots).await.unwrap();
    assert_eq!(Balance::of(&spent, &after).map(|balance| balance.spent), Some(500));
    let summary = get(&app, "/campaigns/spring/summary").await;
    adds_up(&summary);
    assert_eq!(minor(&summary["budget"]["spent"]), 500);
}

#[tokio::test]
async fn hours_show_awards_and_money_and_a_refund_takes_its_money_back() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 9).await;
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(1))])).await;
    let award = async |user: &str| {
        let outcome = app.deposit(user, "e").await.expect(200)["outcomes"][0].clone();
        outcome["reward"]["reward_id"].as_str().unwrap().to_owned()
    };
    world.set_time("2026-12-01T22:59:59.999Z");
    let voided = award("ada").await;
    world.set_time("2026-12-01T23:00:00Z");
    award("bob").await;
    award("cid").await;
    world.set_time("2026-12-02T00:30:00Z");
    award("dan").await;
    world.admin("POST", &format!("/v1/rewards/{voided}/void"), json!({"reason": "fraud"})).await.expect(200);
    world.settle().await;
    let activity = get(&app, "/campaigns/spring/activity?from=2026-12-01T22:10:00Z&to=2026-12-02T12:00:00Z").await;
    let row = |hour: &str, awards: u64, spend: u64| json!({"hour": hour, "awards": awards, "spend": {"currency": "EUR", "amount_minor": spend}});
    // The hours to come are left out.
    let expected =
        [row("2026-12-01T22:00:00Z", 1, 0), row("2026-12-01T23:00:00Z", 2, 1_000), row("2026-12-02T00:00:00Z", 1, 500)];
    assert_eq!(activity["hours"], json!(expected));
    let day = get(&app, "/campaigns/spring/activity").await;
    let hours = day["hours"].as_array().unwrap();
    assert_eq!((hours.len(), &day["from"], &day["to"]), (25, &json!("2026-12-01T00:30:00Z"), &day["as_of"]));
    let totals = get(&app, "/campaigns/spring/report").await["totals"].clone();
    assert_eq!(json!(hours.iter().map(|hour| hour["awards"].as_u64().unwrap()).sum::<u64>()), totals["awards"]);
    assert_eq!(hours.iter().map(|hour| minor(&hour["spend"])).sum::<i64>(), minor(&totals["spend"]));
    let later = get(&app, "/campaigns/spring/activity?from=2026-12-03T00:00:00Z&to=2026-12-04T00:00:00Z").await;
    assert_eq!(later["hours"], json!([]));
    for (query, pointer) in [
        ("from=yesterday", "/from"),
        ("to=2026-12-01", "/to"),
        ("from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z", "/to"),
        ("from=2026-10-31T23:59:59Z&to=2026-12-02T00:00:00Z", "/from"),
    ] {
        let refused = app.admin("GET", &format!("/campaigns/spring/activity?{query}"), Value::Null).await;
        assert_eq!(refused.field_errors(), [(pointer.to_owned(), "invalid_parameter".to_owned())], "{query}");
    }
    let longest = get(&app, "/campaigns/spring/activity?from=2026-11-01T00:00:00Z&to=2026-12-02T00:00:00Z").await;
    assert_eq!(longest["hours"].as_array().unwrap().len(), 31 * 24 + 1);
}

#[tokio::test]
async fn a_campaign_that_was_not_counted_from_the_start_says_so() {
    let world = World::new().await;
    let app = season(&world).await;
    let before = get(&app, "/campaigns/spring/summary").await;
    // As an earlier version approved it and counted the first rewards.
    let items = world.items();
    let item = promises::of(&items, "TOTALS").find(|item| item["pk"]["S"] == "REPORT#app#spring#0").unwrap();
    let mut partial = item.clone();
    partial.as_object_mut().unwrap().remove("complete").unwrap();
    world.put_raw(partial).await;
    let list = get(&app, "/campaign-summaries").await;
    assert_eq!((&list["data"][1]["figures"], list["data"][0]["figures"].is_object()), (&Value::Null, true));
    assert_eq!(get(&app, "/campaigns/spring/activity").await["hours"], Value::Null);
    let mut expected = before["figures"].clone();
    expected["waiting_for"] = Value::Null;
    assert_eq!(get(&app, "/campaigns/spring/summary").await["figures"], expected);
}
