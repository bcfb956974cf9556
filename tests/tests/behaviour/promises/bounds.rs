//! No item grows without a bound, and an item at its bound blocks no other user. The issue "What the field found" (A,
//! items without a bound) gives the figures for each bound.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::id::{AppId, CampaignId, EventId, RewardId};
use domain::reward::report::{Cell, Contribution, Figure, OTHER};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::progress::MOST_EVENTS;
use store::reports::{self, Recount, Remembered};
use tests::{App, World, campaign, campaign_with, group};
use tokio::time::Instant;

/// The number of cells at which the report failed: 407,006 bytes in one item.
const CELLS: usize = 2_600;

/// Of these, the cells of users who can be rewarded. The others belong to the hold-out.
const TREATED: usize = 2_000;

/// Returns roughly DynamoDB's size of an item: the names and values of its attributes.
fn size(item: &Value) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(|value| of(value) + 1).sum(),
            Value::Object(fields) => fields.values().map(of).sum(),
            _ => 1,
        }
    }
    item.as_object().unwrap().iter().map(|(name, value)| name.len() + of(value)).sum()
}

/// Returns a cell of a campaign with 50 moments, 20 arms and ids of 64 characters, in a marketplace that a user
/// invented.
fn cell(n: usize) -> Cell {
    let id = |kind: &str, n: usize| format!("{kind}{n:-<63}");
    let arm = Some(id("g", n / 50 % 20).as_str().try_into().unwrap());
    Cell {
        moment: id("m", n % 50).as_str().try_into().unwrap(),
        group: arm.clone(),
        arm,
        marketplace: (!n.is_multiple_of(3)).then(|| format!("made-up-{n}")),
        held_out: n >= TREATED,
    }
}

/// Returns a reward of 0.01 in each of the cells.
fn recounts(world: &World, (app, campaign): (&AppId, &CampaignId), cells: impl Iterator<Item = Cell>) -> Vec<Recount> {
    let store = &world.local.environments.store;
    let recount = |cell: Cell| Recount {
        reward_id: RewardId::new(app, campaign, world.clock.now(), &mut *store.random()),
        before: None,
        now: Contribution {
            revision: 3,
            cell,
            entries: vec![(20_423, Figure::Completions, 1), (20_423, Figure::Awards, 1), (20_423, Figure::Spend, 1)],
            hours: Vec::new(),
            waiting_for: None,
        },
        is_erased: false,
    };
    cells.map(recount).collect()
}

async fn report(app: &App<'_>) -> Value {
    app.admin("GET", "/campaigns/spring/report", Value::Null).await.expect(200)
}

/// Returns the awards of a report by a key.
fn awards(report: &Value, division: &str, name: &str) -> BTreeMap<String, u64> {
    let rows = report[division].as_array().unwrap().iter();
    rows.map(|row| (row[name].as_str().unwrap_or_default().to_owned(), row["awards"].as_u64().unwrap())).collect()
}

/// Makes an app whose campaign `spring` needs one deposit.
async fn simple<'a>(world: &'a World, id: &str) -> App<'a> {
    let app = world.app(id).await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(1))])).await;
    app
}

// "at 2,474 cells (407,006 bytes, also without made-up marketplaces) … another app was not served within 240 s, 77
// tallies were lost".
#[tokio::test]
async fn a_report_of_any_size_keeps_its_items_small_and_blocks_no_other_app() {
    let world = World::new().await;
    let (app, other) = (simple(&world, "app").await, simple(&world, "other").await);
    let of = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let of = (&of.0, &of.1);
    let environment = &world.local.environments;
    let deadline = Instant::now() + std::time::Duration::from_secs(60);
    let counted = recounts(&world, of, (0..CELLS).map(cell));
    reports::count(&environment.store, &environment.rewarding.report, of.0, of.1, counted, deadline).await.unwrap();
    for n in 0..100 {
        // Participants have their own items.
        let began = Cell { group: None, marketplace: Some(format!("began-{n}")), ..cell(n) };
        let figures = [(Figure::Participants, 1)];
        reports::tally(&environment.store, &environment.rewarding.report, of.0, of.1, 20_423, &began, &figures).await;
    }
    app.deposit("ada", "e1").await.expect(200);
    other.deposit("ada", "e1").await.expect(200);
    world.local.settle().await.unwrap();
    for item in world.items_at("REPORT#") {
        assert!(size(&item) <= 8 * 1024, "{} bytes: {}", size(&item), item["sk"]);
    }
    let whole = report(&app).await;
    let totals = &whole["totals"];
    assert_eq!((&totals["awards"], &totals["spend"]["amount_minor"]), (&json!(TREATED + 1), &json!(TREATED + 500)));
    assert_eq!((&totals["participants"], &totals["held_out"]["completions"]), (&json!(101), &json!(600)));
    let by_marketplace = awards(&whole, "by_marketplace", "marketplace");
    assert!(by_marketplace.len() <= 502, "{}", by_marketplace.len());
    assert!(by_marketplace[OTHER] > 900, "beyond so many, marketplaces are one: {}", by_marketplace[OTHER]);
    assert_eq!(by_marketplace.values().sum::<u64>(), TREATED as u64 + 1);
    assert_eq!(awards(&whole, "by_moment", "moment_id").values().sum::<u64>(), TREATED as u64 + 1);
    assert_eq!(report(&other).await["totals"]["awards"], 1);
}

#[tokio::test]
async fn environments_that_number_the_same_cells_at_once_agree_on_every_figure() {
    let world = World::new().await;
    let app = simple(&world, "app").await;
    let of = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let of = (&of.0, &of.1);
    let environment = &world.local.environments;
    let deadline = Instant::now() + std::time::Duration::from_secs(60);
    let cells: Vec<Cell> = (0..200).map(cell).collect();
    let environments: Vec<Remembered> = (0..4).map(|_| Remembered::default()).collect();
    let counts = environments.iter().enumerate().map(|(n, remembered)| {
        let turned = cells.iter().cycle().skip(n * 50).take(cells.len()).cloned();
        reports::count(&environment.store, remembered, of.0, of.1, recounts(&world, of, turned), deadline)
    });
    for counted in futures_util::future::join_all(counts).await {
        counted.unwrap();
    }
    let whole = report(&app).await;
    assert_eq!(whole["totals"]["awards"], 800);
    let rows = whole["by_arm"].as_array().unwrap();
    assert_eq!((rows.len(), rows.iter().filter(|row| row["awards"] == 4).count()), (200, 200));
    let listed = world.items_at("REPORT#app#spring").into_iter().filter(|item| item["cells"].is_object());
    let listed: Vec<String> = listed
        .flat_map(|item| item["cells"]["L"].as_array().unwrap().clone())
        .map(|text| text["S"].as_str().unwrap().to_owned())
        .collect();
    let once: std::collections::BTreeSet<&String> = listed.iter().collect();
    assert_eq!((listed.len(), once.len()), (200, 200), "each cell has one number");
}

#[tokio::test]
async fn a_report_that_an_earlier_version_began_in_one_item_goes_on_in_others() {
    let world = World::new().await;
    let app = simple(&world, "app").await;
    let text = |text: &str| json!({"S": text});
    let cells: Vec<Value> = (0..100).map(|n| text(&format!("deposits#gift#gift#P{n}#"))).collect();
    world.put_raw(json!({"pk": text("REPORT#app#spring"), "sk": text("CELLS"), "cells": {"L": cells}})).await;
    let day = json!({"pk": text("REPORT#app#spring#0"), "sk": text("DAY#0020423#REWARDS"), "a99": {"N": "7"}, "a3": {"N": "2"}});
    world.put_raw(day).await;
    let of = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let environment = &world.local.environments;
    let deadline = Instant::now() + std::time::Duration::from_secs(60);
    let place = |place: &str| Cell { marketplace: Some(place.to_owned()), ..cell(0) };
    let known = Cell {
        moment: "deposits".try_into().unwrap(),
        group: Some("gift".try_into().unwrap()),
        arm: Some("gift".try_into().unwrap()),
        ..place("P99")
    };
    let counted = recounts(&world, (&of.0, &of.1), [known, place("DE")].into_iter());
    reports::count(&environment.store, &environment.rewarding.report, &of.0, &of.1, counted, deadline).await.unwrap();
    let by_marketplace = awards(&report(&app).await, "by_marketplace", "marketplace");
    let expected = [("P3", 2), ("P99", 8), ("DE", 1)].map(|(place, awards)| (place.to_owned(), awards));
    assert_eq!(by_marketplace, expected.into());
    let pages = world.items_at("REPORT#app#spring").into_iter().filter(|item| item["cells"].is_object());
    let lengths: Vec<usize> = pages.map(|page| page["cells"]["L"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [100, 1]);
}

/// Returns a user's progress with the maximum of events, `e1` among them.
fn full(moment: &str, more: Value) -> Value {
    let mut events: Vec<[u8; 8]> = (1..MOST_EVENTS).map(|n| (n as u64 + 1_000_000).to_be_bytes()).collect();
    events.push(EventId::try_from("e1").unwrap().fingerprint());
    let events: Vec<String> = events.into_iter().map(|event| STANDARD.encode(event)).collect();
    let number = |number: u64| json!({"N": number.to_string()});
    // 1 December 2026 is in the 2,598th page of 8 days since 1970.
    let mut item = json!({
        "pk": {"S": "USER#app#ada"}, "sk": {"S": format!("PROGRESS#spring#{moment}")}, "events": {"BS": events},
        "counted": number(7), "remaining": number(99_993), "target": number(100_000), "epoch": number(20_788 / 8),
        "began_at": number(1_796_040_000_000), "updated_at": number(1_796_040_000_000),
    });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

// "Bound everything that grows in an item by what callers send (… events …)": tens of thousands reached DynamoDB's 400
// KB, and then all events of the user failed.
#[tokio::test]
async fn a_user_with_too_many_events_gets_a_refusal_and_counts_again_later() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let mut plan = campaign();
    let mut within = plan["moments"][0].clone();
    within["moment_id"] = json!("capped");
    for moment in [&mut plan["moments"][0], &mut within] {
        moment["target"] = json!(100_000);
    }
    // This one is counted from the read progress, the other way of counting.
    within["repeat_limit"] = json!({"period": "day", "max_rewards": 1});
    plan["moments"].as_array_mut().unwrap().push(within);
    app.launch("spring", plan).await;
    world.put_raw(full("deposits", json!({}))).await;
    world.put_raw(full("capped", json!({"tally": {"M": {}}, "revision": {"N": "1"}}))).await;
    let before = world.items_at("USER#app#ada");

    for path in ["/v1/moments?dry_run=true", "/v1/moments"] {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": "one-too-many"});
        let answer = app.call("POST", path, body).await.expect(200);
        for outcome in answer["outcomes"].as_array().unwrap() {
            assert_eq!((&outcome["outcome"], &outcome["progress"]["count"]), (&json!("not_eligible"), &json!(7)));
            let reason = outcome["reasons"][0].as_str().unwrap();
            assert!(reason.contains("5000 events") && reason.contains("from 2026-12-"), "{reason}");
        }
        assert_eq!((answer["outcomes"].as_array().unwrap().len(), &answer["duplicate"]), (2, &json!(false)));
    }
    let mut after = world.items_at("USER#app#ada");
    after.retain(|item| !item["sk"]["S"].as_str().unwrap().starts_with("TURNED_AWAY#"));
    assert_eq!(after, before);
    assert!(
        before.iter().all(|item| size(item) <= 80 * 1024),
        "in base64, a full page of events takes 12 bytes for each"
    );
    let again = app.deposit("ada", "e1").await.expect(200);
    assert_eq!((&again["duplicate"], &again["outcomes"][0]["progress"]["count"]), (&json!(true), &json!(7)));
    assert_eq!(app.deposit("bob", "one-too-many").await.expect(200)["outcomes"][0]["outcome"], "in_progress");
    world.pass(SignedDuration::from_hours(8 * 24));
    let later = app.deposit("ada", "one-too-many").await.expect(200);
    assert!(later["outcomes"].as_array().unwrap().iter().all(|outcome| outcome["progress"]["count"] == 8), "{later}");
    assert_eq!(app.deposit("ada", "e1").await.expect(200)["duplicate"], true);
}
