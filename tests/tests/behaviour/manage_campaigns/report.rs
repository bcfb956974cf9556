//! A campaign's report: it counts each reward exactly once however the stream delivers, and money to the minor unit.
//! Also its derived figures, its cost, and the export of the rewards.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::RewardId;
use domain::reward::report::{Cell, Contribution, Figure};
use domain::reward::{Actor, Reward, RewardState};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::reports::{self, Recount};
use store::reward_changes::{self, Transition};
use store::rewards;
use tests::{App, World, campaign_with, group, promises, set};
use tokio::time::Instant;

async fn report(app: &App<'_>, query: &str) -> Value {
    app.admin("GET", &format!("/campaigns/spring/report{query}"), Value::Null).await.expect(200)
}

/// Makes a shop with two groups, one of them cheaper, and too little stock for two users. One event completes the
/// moment.
async fn shop(world: &World) -> App<'_> {
    let app = world.app("app").await;
    let mut cheap = group();
    cheap["cpa"]["amount_minor"] = json!(123);
    app.put_group("gift", group()).await;
    app.put_group("cheap", cheap).await;
    app.stock("gift", 5).await;
    app.stock("cheap", 20).await;
    let plan = [
        ("/moments/0/target", json!(1)),
        ("/moments/0/rewards", json!([{"reward_group_id": "gift"}, {"reward_group_id": "cheap"}])),
        ("/time_zone", json!("Europe/Berlin")),
    ];
    app.launch("spring", campaign_with(&plan)).await;
    app
}

async fn complete(app: &App<'_>, user: &str, marketplace: &str) -> Value {
    let user_view = if marketplace.is_empty() { Value::Null } else { json!({"marketplace": marketplace}) };
    let body = json!({"user_id": user, "action": "deposit", "event_id": "e", "user": user_view});
    app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"][0].clone()
}

/// Returns a user's reward in the table.
async fn stored(world: &World, user: &str) -> Reward {
    let of = (&"app".try_into().unwrap(), &user.try_into().unwrap());
    let place = (&"spring".try_into().unwrap(), &"deposits".try_into().unwrap());
    rewards::get(&world.local.environments.store, of.0, of.1, place.0, place.1, 1).await.unwrap().unwrap()
}

async fn advance(world: &World, reward: &Reward, to: RewardState, refund: bool) {
    let transition = Transition { refund, ..Transition::new(to, world.clock.now(), Actor::Schedule) };
    let changed = reward_changes::advance(&world.local.environments.store, reward, &transition).await.unwrap();
    assert_eq!(changed.unwrap().state, to);
}

/// Plays a season with every change of a reward.
async fn season(world: &World, app: &App<'_>) {
    let places = ["DE", "US", "", "DE", "FR"];
    for n in 0..25 {
        complete(app, &format!("user-{n}"), places[n % places.len()]).await;
    }
    world.pass(SignedDuration::from_hours(24));
    world.settle().await;
    let awarded: Vec<String> = (0..25).map(|n| format!("user-{n}")).collect();
    let mut given = Vec::new();
    for user in &awarded {
        let reward = stored(world, user).await;
        if reward.state == RewardState::Awarded {
            given.push((user.clone(), reward));
        }
    }
    for (_, reward) in &given[..4] {
        world.send("GET", &format!("/r/{}", reward.reward_id.as_str()), &[], b"").await;
    }
    world.pass(SignedDuration::from_hours(24));
    advance(world, &given[4].1, RewardState::Voided, true).await;
    advance(world, &given[5].1, RewardState::Voided, false).await;
    let redeemed = stored(world, &given[0].0).await;
    // A redeemed reward is not refunded.
    advance(world, &redeemed, RewardState::Voided, false).await;
    for user in [&given[1].0, &given[6].0] {
        app.call("DELETE", &format!("/v1/users/{user}"), Value::Null).await.expect(204);
    }
    // A waiting user is erased, and the others get the new stock.
    let waits = awarded.iter().filter(|user| !given.iter().any(|(given, _)| given == *user)).collect::<Vec<_>>();
    assert!(waits.len() >= 3, "{waits:?}");
    app.call("DELETE", &format!("/v1/users/{}", waits[0]), Value::Null).await.expect(204);
    let urls: Vec<String> = (0..waits.len() - 2).map(|n| format!("https://gift.example/later/{n}")).collect();
    world.pass(SignedDuration::from_hours(24));
    app.admin("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await.expect(200);
    world.pass(SignedDuration::from_mins(1));
    world.settle().await;
}

/// Sums up the table's rewards by a key of the report.
fn by(items: &[Value], key: impl Fn(&Value) -> String) -> BTreeMap<String, (i64, i64)> {
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for reward in promises::rewards(items) {
        let sum = sums.entry(key(reward)).or_default();
        sum.0 += i64::from(reward["awarded_at"].is_object());
        sum.1 += if promises::is_paid(reward) { promises::number(reward, "cpa") } else { 0 };
    }
    sums
}

/// Returns the same sums from the report.
fn reported(report: &Value, division: &str, name: &str) -> BTreeMap<String, (i64, i64)> {
    let rows = report[division].as_array().unwrap().iter();
    let row = |row: &Value| {
        let key = row[name].as_str().unwrap_or_default().to_owned();
        (key, (row["awards"].as_i64().unwrap(), row["spend"]["amount_minor"].as_i64().unwrap()))
    };
    rows.map(row).collect()
}

#[tokio::test]
async fn a_report_is_the_sum_over_all_rewards_to_the_minor_unit() {
    let world = World::new().await;
    let app = shop(&world).await;
    season(&world, &app).await;
    let (items, report) = (world.items(), report(&app, "").await);
    let text = |name: &'static str| move |reward: &Value| promises::text(reward, name).unwrap_or_default().to_owned();
    let all = by(&items, |_| String::new());
    let totals = &report["totals"];
    assert_eq!((totals["awards"].as_i64().unwrap(), totals["spend"]["amount_minor"].as_i64().unwrap()), all[""]);
    assert_eq!(report["unspent"]["amount_minor"].as_i64().unwrap(), 50_000 - all[""].1);
    assert_eq!(reported(&report, "by_moment", "moment_id"), by(&items, text("moment_id")));
    assert_eq!(reported(&report, "by_group", "reward_group_id"), by(&items, text("reward_group_id")));
    let day = |reward: &Value| {
        let at = reward["awarded_at"]["N"].as_str().or(reward["earned_at"]["N"].as_str()).unwrap();
        // Berlin is an hour ahead in winter.
        let at = Timestamp::from_millisecond(at.parse().unwrap()).unwrap() + SignedDuration::from_hours(1);
        at.to_string()[..10].to_owned()
    };
    let mut by_day = reported(&report, "by_day", "date");
    by_day.retain(|_, sums| *sums != (0, 0));
    let mut expected = by(&items, day);
    expected.retain(|_, sums| *sums != (0, 0));
    assert_eq!(by_day, expected);
    // An erased user's reward has no marketplace, and stays counted in the old one.
    let marketplaces = reported(&report, "by_marketplace", "marketplace");
    assert_eq!(marketplaces.values().map(|(_, spend)| spend).sum::<i64>(), all[""].1);
    assert_eq!(marketplaces.keys().collect::<Vec<_>>(), ["", "DE", "FR", "US"]);
    let count =
        |state: &str| promises::rewards(&items).filter(|r| promises::text(r, "reward_state") == Some(state)).count();
    assert_eq!((totals["participants"].as_u64(), totals["completions"].as_u64()), (Some(25), Some(25)));
    assert_eq!(totals["waiting"], count("waiting"));
    assert_eq!((totals["voids"].as_u64(), totals["redemptions"].as_u64()), (Some(3), Some(4)));
    assert_eq!(
        totals["cost_per_action"]["value"],
        json!((all[""].1 as f64 / all[""].0 as f64 * 100.0).round() / 100.0)
    );
    assert_eq!(totals["incremental_actions"]["reason"], "the campaign has no hold-out");
    let summary = app.admin("GET", "/campaigns/spring/summary", Value::Null).await.expect(200);
    for figure in ["awards", "redemptions", "expiries", "voids", "in_review", "waiting", "spend"] {
        assert_eq!(summary["figures"][figure], totals[figure], "{figure}");
    }
    let named = report["by_arm"].as_array().unwrap().iter().map(|arm| arm["arm"].as_str().unwrap());
    assert_eq!(named.collect::<Vec<_>>(), ["cheap", "gift"]);
}

#[tokio::test]
async fn a_record_that_comes_twice_late_or_out_of_order_changes_nothing() {
    let world = World::new().await;
    let app = shop(&world).await;
    season(&world, &app).await;
    let sums = async |app: &App<'_>| {
        let summary = app.admin("GET", "/campaigns/spring/summary", Value::Null).await.expect(200);
        let week = "/campaigns/spring/activity?from=2026-12-01T00:00:00Z&to=2026-12-08T00:00:00Z";
        (summary["figures"].clone(), app.admin("GET", week, Value::Null).await.expect(200)["hours"].clone())
    };
    let (before, sums_before) = (report(&app, "").await, sums(&app).await);
    let is_reward = |record: &Value| {
        let sk = record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap();
        ["REWARD", "REPLACED#"].iter().any(|kind| sk.starts_with(kind))
    };
    let mut records = world.local.stream_records().unwrap();
    records.retain(is_reward);
    assert!(records.len() > 40, "{}", records.len());
    let backwards: Vec<Value> = records.iter().rev().cloned().collect();
    for batch in records.chunks(7).chain(backwards.chunks(10)) {
        let event = json!({"Records": batch});
        let answer = world.local.functions.invoke("follow-rewards", event, "again").await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    assert_eq!((report(&app, "").await, sums(&app).await), (before.clone(), sums_before.clone()));
    // Counts from nothing, in any order: the latest state of each reward wins.
    let other = World::new().await;
    let app = shop(&other).await;
    for batch in backwards.chunks(10).chain(records.chunks(7)) {
        let answer = other.local.functions.invoke("follow-rewards", json!({"Records": batch}), "new").await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    let after = report(&app, "").await;
    for figure in ["completions", "waiting", "awards", "redemptions", "voids", "spend"] {
        assert_eq!(after["totals"][figure], before["totals"][figure], "{figure}");
    }
    other.clock.set(world.clock.now());
    assert_eq!(sums(&app).await, sums_before);
}

#[tokio::test]
async fn what_expires_is_counted_on_its_day_and_dates_choose_days() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut fleeting = group();
    fleeting["expires_after_days"] = json!(1);
    app.put_group("gift", fleeting).await;
    app.stock("gift", 3).await;
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(1))])).await;
    complete(&app, "ada", "").await;
    world.pass(SignedDuration::from_hours(48));
    complete(&app, "bob", "").await;
    let reward = stored(&world, "ada").await;
    advance(&world, &reward, RewardState::Expired, false).await;
    world.settle().await;
    let figures = |report: &Value, at: &str| {
        let row = report.pointer(at).unwrap();
        ["participants", "awards", "expiries"].map(|name| row[name].as_u64().unwrap())
    };
    let all = report(&app, "").await;
    assert_eq!(figures(&all, "/totals"), [2, 2, 1]);
    assert_eq!((figures(&all, "/by_day/0"), figures(&all, "/by_day/1")), ([1, 1, 0], [1, 1, 1]));
    assert_eq!(figures(&report(&app, "?to=2026-12-02").await, "/totals"), [1, 1, 0]);
    let second = report(&app, "?from=2026-12-03&to=2026-12-03").await;
    assert_eq!((figures(&second, "/totals"), &second["unspent"]), ([1, 1, 1], &all["unspent"]));
    for query in ["?from=tomorrow", "?from=2026-12-03&to=2026-12-02"] {
        app.admin("GET", &format!("/campaigns/spring/report{query}"), Value::Null).await.expect(400);
    }
    app.admin("GET", "/campaigns/none/report", Value::Null).await.expect(404);
    app.call("GET", "/v1/apps/app/campaigns/spring/report", Value::Null).await.expect(403);
}

#[tokio::test]
async fn the_hold_out_tells_what_would_have_been_done_anyway() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 60).await;
    let plan = [("/moments/0/target", json!(2)), ("/holdout_percent", json!(50))];
    app.launch("spring", campaign_with(&plan)).await;
    let mut held_out = 0;
    for n in 0..40 {
        let user = format!("user-{n}");
        let event = |id: &str| json!({"user_id": user, "action": "deposit", "event_id": id});
        app.call("POST", "/v1/moments", event("e1")).await.expect(200);
        // Of the held-out users, one in two completes.
        let is_held_out = {
            let ask = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"});
            app.call("POST", "/v1/rewards?dry_run=true", ask).await.expect(200)["outcome"] == "held_out"
        };
        held_out += u64::from(is_held_out);
        if !is_held_out || n % 2 == 0 {
            app.call("POST", "/v1/moments", event("e2")).await.expect(200);
            app.call("POST", "/v1/moments", event("e2")).await.expect(200);
        }
    }
    world.settle().await;
    let report = report(&app, "").await;
    let (totals, experiment) = (&report["totals"], &report["experiments"][0]);
    assert_eq!(totals["held_out"]["participants"], held_out);
    assert_eq!((&totals["participants"], &totals["completions"]), (&json!(40 - held_out), &json!(40 - held_out)));
    let anyway = totals["held_out"]["completions"].as_u64().unwrap();
    let incremental = (40 - held_out - anyway) as f64;
    assert_eq!(totals["incremental_actions"]["value"], json!(incremental));
    let spend = totals["spend"]["amount_minor"].as_f64().unwrap();
    assert_eq!(totals["cost_per_incremental_action"]["value"], json!((spend / incremental * 100.0).round() / 100.0));
    assert_eq!((&experiment["experiment"], &experiment["arms"][0]["arm"]), (&json!("hold_out"), &json!("hold-out")));
    assert_eq!(experiment["arms"][1]["rate"], 1.0);
    let verdict = experiment["comparisons"][0]["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("Too few users yet"), "{verdict}");
}

/// Fills a report like a year of a campaign in ten marketplaces with two arms.
async fn fill(world: &World, days: i32) {
    let environment = &world.local.environments;
    let (app, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
    let places = ["DE", "US", "FR", "IT", "ES", "PL", "NL", "BE", "AT", "CH"];
    for day in 20_424 - days..20_424 {
        let mut recounts = Vec::new();
        for place in places {
            for arm in ["gift", "cheap"] {
                let arm = Some(arm.try_into().unwrap());
                let cell = Cell {
                    moment: "deposits".try_into().unwrap(),
                    group: arm.clone(),
                    arm,
                    marketplace: Some(place.to_owned()),
                    held_out: false,
                };
                let figures = [Figure::Completions, Figure::Completers, Figure::Awards, Figure::Redemptions];
                let mut entries: Vec<(i32, Figure, i64)> = figures.map(|figure| (day, figure, 1_234)).into();
                // Participants have their own items, at a request for each cell. So this adds them here, except for
                // one.
                entries.extend([(day, Figure::Participants, 2_345), (day, Figure::Spend, 6)]);
                let reward_id = RewardId::new(&app, &campaign, world.clock.now(), &mut *environment.store.random());
                let now = Contribution { revision: 3, cell, entries, hours: Vec::new(), waiting_for: None };
                recounts.push(Recount { reward_id, before: None, now, is_erased: false });
            }
        }
        let began = (day, &Cell { group: None, ..recounts[0].now.cell.clone() });
        let figures = [(Figure::Participants, 2_345)];
        reports::tally(&environment.store, &environment.rewarding.report, &app, &campaign, began.0, began.1, &figures)
            .await;
        let deadline = Instant::now() + std::time::Duration::from_secs(60);
        reports::count(&environment.store, &environment.rewarding.report, &app, &campaign, recounts, deadline)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_report_of_a_year_in_ten_places_costs_200_units_at_most() {
    let world = World::new().await;
    let app = shop(&world).await;
    fill(&world, 365).await;
    let functions = &world.local.functions;
    functions.take_consumed("manage-campaigns");
    let report = report(&app, "").await;
    let consumed = functions.take_consumed("manage-campaigns");
    println!("report of a year: {consumed:?}");
    assert!(consumed.read_units <= 200.0, "{consumed:?}");
    assert_eq!(report["by_day"].as_array().unwrap().len(), 365);
    assert_eq!(report["totals"]["awards"], 365 * 20 * 1_234);
}

#[tokio::test]
async fn a_calm_report_is_read_from_one_shard_and_figures_elsewhere_are_found() {
    let world = World::new().await;
    let app = shop(&world).await;
    for n in 0..3 {
        complete(&app, &format!("user-{n}"), "DE").await;
    }
    world.settle().await;
    let read = async || {
        world.local.functions.take_consumed("manage-campaigns");
        let mut report = report(&app, "").await;
        report["as_of"] = Value::Null;
        (report, world.local.functions.take_consumed("manage-campaigns").requests)
    };
    let (before, requests) = read().await;
    assert_eq!((&before["totals"]["awards"], requests), (&json!(3), 4), "the catalog, the totals, a shard, the cells");
    // An environment of before this version counts elsewhere, and notes nothing.
    let items = world.items_at("REPORT#app#spring#0");
    let day = items.iter().find(|item| item["sk"]["S"].as_str().unwrap().contains("#REWARDS")).unwrap();
    let mut moved = day.clone();
    moved["pk"]["S"] = json!("REPORT#app#spring#7");
    world.put_raw(moved).await;
    let keys_alone = json!({"pk": day["pk"], "sk": day["sk"]});
    world.put_raw(keys_alone).await;
    assert_eq!(read().await, (before.clone(), 4 + 15));
    // One of this version does.
    let mut totals = items.iter().find(|item| item["sk"]["S"] == "TOTALS").unwrap().clone();
    totals["shards_used"] = json!({"NS": ["7"]});
    world.put_raw(totals).await;
    assert_eq!(read().await, (before.clone(), 5));
    // Nobody knows where a campaign was counted that an earlier version approved.
    let mut totals = items.iter().find(|item| item["sk"]["S"] == "TOTALS").unwrap().clone();
    totals.as_object_mut().unwrap().remove("knows_shards").unwrap();
    world.put_raw(totals).await;
    assert_eq!(read().await, (before, 3 + 16));
}

#[tokio::test]
async fn an_arm_keeps_its_users_where_another_group_stands_in_for_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut american = group();
    american["marketplaces"] = json!(["US"]);
    american["fallback_group_id"] = json!("spare");
    for (id, body) in [("spare", group()), ("american", american), ("plain", group())] {
        app.put_group(id, body).await;
    }
    for id in ["spare", "plain", "american"] {
        app.stock(id, 40).await;
    }
    let rewards = json!([{"reward_group_id": "american"}, {"reward_group_id": "plain"}]);
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(1)), ("/moments/0/rewards", rewards)])).await;
    for n in 0..40 {
        complete(&app, &format!("user-{n}"), "DE").await;
    }
    world.settle().await;
    let whole = report(&app, "").await;
    let names = |division: &str, name: &str| reported(&whole, division, name).into_keys().collect::<Vec<_>>();
    assert_eq!(names("by_arm", "arm"), ["american", "plain"]);
    assert_eq!(names("by_group", "reward_group_id"), ["plain", "spare"]);
    for arm in whole["experiments"][0]["arms"].as_array().unwrap() {
        assert!(arm["participants"].as_u64().unwrap() > 5 && arm["participants"] == arm["completers"], "{arm}");
    }
    // An experiment's result does not depend on the chosen days.
    let later = report(&app, "?from=2027-01-01").await;
    assert_eq!((&later["totals"]["awards"], &later["experiments"]), (&json!(0), &whole["experiments"]));
}

#[tokio::test]
async fn all_rewards_are_exported_once_page_by_page_and_no_url_is() {
    let world = World::new().await;
    let app = shop(&world).await;
    complete(&app, "=2+3", "DE").await;
    season(&world, &app).await;
    let (mut cursor, mut ids, mut spend) = (String::new(), BTreeSet::new(), 0);
    loop {
        let path = format!("/campaigns/spring/rewards?limit=7{cursor}");
        let page = app.admin("GET", &path, Value::Null).await.expect(200);
        assert!(!page.to_string().contains("https://"), "{page}");
        for reward in page["data"].as_array().unwrap() {
            assert!(ids.insert(reward["reward_id"].as_str().unwrap().to_owned()), "twice: {reward}");
            let is_paid = reward["state"] != "waiting" && reward["refunded"] == false;
            spend += if is_paid { reward["cost"]["amount_minor"].as_i64().unwrap() } else { 0 };
        }
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let items = world.items();
    let stored: BTreeSet<String> =
        promises::rewards(&items).map(|reward| promises::text(reward, "reward_id").unwrap().to_owned()).collect();
    assert_eq!(ids, stored);
    assert_eq!(spend, report(&app, "").await["totals"]["spend"]["amount_minor"]);

    let path = "/v1/apps/app/campaigns/spring/rewards?limit=3";
    let headers = [("x-api-key", world.local.admin_key.expose()), ("accept", "text/csv")];
    let page = world.send("GET", path, &headers, b"").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/csv; charset=utf-8; header=present")));
    let link = page.header("link").unwrap().to_owned();
    assert!(link.starts_with(&format!("<{path}&cursor=")) && link.ends_with(">; rel=\"next\""), "{link}");
    let all = world.send("GET", &path.replace("=3", "=100"), &headers, b"").await;
    assert!(all.body.as_str().unwrap().contains(",'=2+3,"), "no spreadsheet reckons with a user's id: {}", all.body);
    app.admin("GET", "/campaigns/spring/rewards?cursor=made-up", Value::Null).await.expect(400);
    app.call("GET", path, Value::Null).await.expect(403);
    let mut none = campaign_with(&[]);
    set(&mut none, "/name", json!("None"));
    app.admin("PUT", "/campaigns/none", none).await.expect(200);
    let empty = app.admin("GET", "/campaigns/none/rewards", Value::Null).await.expect(200);
    assert_eq!(empty, json!({"data": [], "cursor": null}));
}
