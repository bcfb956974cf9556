//! Capacity units per operation, as DynamoDB reports them, against the ceilings of the data model. Each test writes its
//! table of `docs/data-model.md`.

use serde_json::{Value, json};
use store::Consumed;
use tests::document::{rows, section};
use tests::{App, World, campaign_with};

/// Read units to fill a pool of URLs, once in about ten awards: a query at a random position of the stock, and one of
/// each of its sixteen shards.
const REFILL: f64 = 0.5 * 17.0;

/// A function whose environment is warm.
struct Measured<'a> {
    app: &'a App<'a>,
    function: &'static str,
}

/// One request to it, with what it consumed.
struct Operation {
    name: String,
    consumed: Consumed,
}

/// A row of the document: operation, requests, read units and write units, and the ceilings of both units.
type Row = [String; 5];

impl Measured<'_> {
    async fn of(&self, name: &str, request: impl Future<Output = tests::Answer>) -> Operation {
        let functions = &self.app.world.local.functions;
        functions.take_consumed(self.function);
        let answer = request.await;
        assert!(answer.status < 400, "{answer:?}");
        Operation { name: name.to_owned(), consumed: functions.take_consumed(self.function) }
    }
}

impl Operation {
    /// Fails above the ceilings.
    fn within(self, reads: f64, writes: f64) -> Row {
        let Consumed { requests, read_units, write_units } = self.consumed;
        assert!(read_units <= reads && write_units <= writes, "{}: {:?}", self.name, self.consumed);
        [self.name, requests.to_string(), read_units.to_string(), write_units.to_string(), format!("{reads}, {writes}")]
    }

    /// Fails above the ceilings, of which that of reads also allows a refill. Its row has no measured figures, because
    /// they depend on whether a refill happened.
    fn within_with_refill(self, reads: f64, writes: f64) -> Row {
        let [name, .., _] = self.within(reads + REFILL, writes);
        [name, String::new(), String::new(), String::new(), format!("{reads} and a refill, {writes}")]
    }
}

fn document(name: &str, operations: Vec<Row>) {
    let head = "| operation | requests | read units | write units | ceiling: read, write |\n|---|---|---|---|---|\n";
    section("docs/data-model.md", name, &format!("{head}{}", rows(operations)));
}

#[tokio::test]
async fn each_operation_stays_within_its_ceiling() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.shop(40).await;
    // Warm: the catalog is read, the pool filled, the slot funded. One function at a time: two that fill their pools
    // from the same forty URLs may choose the same one, which costs a refused transaction.
    app.deposits("warm", 5).await;
    let submit = Measured { app: &app, function: "submit-moment" };
    let mut operations = Vec::new();
    operations.push(submit.of("moment in progress, a user's first", app.deposit("ada", "e1")).await.within(0.0, 2.0));
    operations.push(submit.of("moment in progress", app.deposit("ada", "e2")).await.within(0.0, 1.0));
    operations.push(submit.of("duplicate", app.deposit("ada", "e2")).await.within(0.0, 1.0));
    app.deposits("ada", 4).await;
    // One unit counts the event; the award takes the rest. The read is for the user's language, unless the event has
    // it.
    let completed = submit.of("moment completed and rewarded", app.deposit("ada", "e5")).await;
    operations.push(completed.within_with_refill(0.5, 1.0 + 8.0));
    operations.push(submit.of("already rewarded", app.deposit("ada", "e6")).await.within(1.0, 1.0));
    app.ask("warm-too").await.expect(201);
    let allocate = Measured { app: &app, function: "allocate-reward" };
    operations.push(allocate.of("award on request", app.ask("bob")).await.within_with_refill(1.0, 8.0));
    operations.push(allocate.of("reward asked for again", app.ask("bob")).await.within(1.0, 0.0));
    let check = Measured { app: &app, function: "check-eligibility" };
    app.call("POST", "/v1/eligibility", json!({"user_id": "warm"})).await.expect(200);
    let body = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    operations.push(check.of("eligibility check", app.call("POST", "/v1/eligibility", body)).await.within(1.0, 0.0));
    let redeem = Measured { app: &app, function: "redeem-reward" };
    let list = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    let path = format!("/r/{}", list["data"][0]["reward_id"].as_str().unwrap());
    operations.push(redeem.of("redemption", world.send("GET", &path, &[], b"")).await.within(2.0, 5.0));
    operations.push(redeem.of("visit after redemption", world.send("GET", &path, &[], b"")).await.within(2.0, 0.0));
    document("capacity of operations", operations);
}

#[tokio::test]
async fn a_campaigns_rules_cost_no_write_and_no_request_without_need() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.app("app").await;
    for id in ["gift", "other"] {
        app.put_group(id, tests::group()).await;
        app.stock(id, 10).await;
    }
    let mut plan = campaign_with(&[("/segments", json!({"vip": "user.attributes.tier == 'gold'"}))]);
    let ruled = json!({
        "when": "event.quantity > 0 && user.attributes.tier == 'gold'", "segments": ["vip"],
        "rewards": [{"reward_group_id": "gift"}, {"reward_group_id": "other"}],
    });
    let kinds = [
        ("ruled", ruled),
        ("progress", json!({"when": "progress.count < 100"})),
        ("row", json!({"count": "streak", "target": 30})),
        ("window", json!({"within_hours": 48})),
        ("daily", json!({"max_rewards_per_user": 5, "repeat_limit": {"period": "day", "max_rewards": 1}})),
    ];
    let template = plan["moments"][0].clone();
    let moments = kinds.map(|(id, changes)| {
        let mut moment = template.clone();
        moment["moment_id"] = json!(id);
        moment["action"] = json!(id);
        for (name, value) in changes.as_object().unwrap() {
            moment[name] = value.clone();
        }
        moment
    });
    plan["moments"] = json!(moments);
    app.launch("spring", plan).await;
    let submit = Measured { app: &app, function: "submit-moment" };
    let event = |action: &str, id: &str, user: Value| {
        app.call("POST", "/v1/moments", json!({"user_id": "ada", "action": action, "event_id": id, "user": user}))
    };
    let told = json!({"time_zone": "Europe/Berlin", "attributes": {"tier": "gold"}});
    event("nothing", "warm", Value::Null).await.expect(200);
    let named = |action: &str| match action {
        "ruled" => "a rule and segments",
        "progress" => "a rule that asks for progress",
        "row" => "days in a row",
        "window" => "a window of 48 hours",
        _ => "a cap per day",
    };
    let mut operations = Vec::new();
    for (action, reads, requests) in
        [("ruled", 0.0, 1), ("progress", 1.0, 2), ("row", 1.0, 2), ("window", 1.0, 2), ("daily", 1.0, 2)]
    {
        let name = named(action);
        event(action, "e1", told.clone()).await.expect(200);
        let counted = submit.of(name, event(action, "e2", told.clone())).await;
        assert_eq!(counted.consumed.requests, requests, "{action}");
        operations.push(counted.within(reads, 1.0));
        let again = submit.of(&format!("{name}, a duplicate"), event(action, "e2", told.clone())).await;
        operations.push(again.within(reads, 1.0));
    }
    // The profile has what the event lacks: half a unit, if the campaign needs it.
    app.call("PUT", "/v1/users/ada", told).await.expect(200);
    for (action, reads) in [("ruled", 0.5), ("row", 1.5), ("window", 1.0), ("daily", 1.5)] {
        let name = format!("{}, with the profile", named(action));
        let counted = submit.of(&name, event(action, "e3", Value::Null)).await;
        operations.push(counted.within(reads, 1.0));
    }
    document("capacity of rules and kinds of counting", operations);
}

#[tokio::test]
async fn each_cap_adds_one_item_to_the_transaction_of_an_award_and_no_request() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 40).await;
    let eur = |amount: u64| json!({"currency": "EUR", "amount_minor": amount});
    let caps = json!({"per_day": eur(20_000), "per_moment": {"deposits": eur(20_000)}, "per_user": eur(500)});
    app.launch("spring", campaign_with(&[("/caps", caps)])).await;
    for n in 0..2 {
        app.ask(&format!("warm-{n}")).await.expect(201);
    }
    let allocate = Measured { app: &app, function: "allocate-reward" };
    let awarded = allocate.of("award on request, three caps", app.ask("bob")).await;
    let row = awarded.within_with_refill(1.0, 8.0 + 3.0 * 2.0);
    document("capacity of an award under caps", vec![row]);
}

#[tokio::test]
async fn a_sold_out_campaign_costs_no_search_for_stock_beyond_the_first() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.shop(1).await;
    app.ask("winner").await.expect(201);
    app.ask("first to wait").await.expect(200);
    let functions = &world.local.functions;
    functions.take_consumed("allocate-reward");
    const CALLS: u64 = 40;
    let row = |name: &str, all: Consumed| -> Row {
        let each = [all.requests as f64, all.read_units, all.write_units].map(|units| units / CALLS as f64);
        let [requests, reads, writes] = each.map(|units| units.to_string());
        [name.to_owned(), requests, reads, writes, "as measured".to_owned()]
    };
    for n in 0..CALLS {
        assert_eq!(app.ask(&format!("user-{n}")).await.expect(200)["outcome"], "waiting");
    }
    let consumed = functions.take_consumed("allocate-reward");
    // The user's state and place in the line. No search for stock or budget.
    let joining = row("user joins the line of a sold-out campaign", consumed);
    assert_eq!(consumed.requests, 2 * CALLS);
    assert_eq!(consumed.write_units, 2.0 * CALLS as f64);
    for n in 0..CALLS {
        assert_eq!(app.ask(&format!("user-{n}")).await.expect(200)["outcome"], "waiting");
    }
    let consumed = functions.take_consumed("allocate-reward");
    let asking_again = row("user in line asks again", consumed);
    assert_eq!((consumed.requests, consumed.write_units), (CALLS, 0.0));
    document("capacity of a sold-out campaign", vec![joining, asking_again]);
}

#[tokio::test]
async fn a_score_costs_one_write_more_if_it_moves_its_place() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 2).await;
    let mut operations = Vec::new();
    for (score, name) in [("highest", "highest score"), ("sum", "sum")] {
        let mut body = tests::competition();
        tests::set(&mut body, "/competition/score", json!(score));
        tests::set(&mut body, "/moments/0/action", json!(score));
        tests::set(&mut body, "/budget/amount_minor", json!(1_000));
        app.launch(score, body).await;
        let submit = Measured { app: &app, function: "submit-moment" };
        let event = |user: &str, event: &str, quantity: u64| {
            let body = json!({"user_id": user, "action": score, "event_id": event, "quantity": quantity});
            app.call("POST", "/v1/moments", body)
        };
        world.local.functions.end_environments("submit-moment");
        event("warm", "e1", 1).await.expect(200);
        // A sum is read first: half a unit.
        let (read, refused) = if score == "sum" { (0.5, 0.0) } else { (0.0, 1.0) };
        let of = |what: &str| format!("{name}, {what}");
        let first = submit.of(&of("a user's first"), event("ada", "e1", 5)).await;
        // Two units for the entry, before and after the score; the last one counts a participant for the report.
        operations.push(first.within(1.0 + read, 4.0 + refused + 1.0));
        operations.push(submit.of(&of("better"), event("ada", "e2", 7)).await.within(read, 3.0));
        operations.push(submit.of(&of("a duplicate"), event("ada", "e2", 7)).await.within(read, refused));
        if score == "highest" {
            operations.push(submit.of(&of("not better"), event("ada", "e3", 3)).await.within(0.0, 1.0));
        }
    }
    world.pass(jiff::SignedDuration::from_secs(2));
    let show = Measured { app: &app, function: "show-leaderboard" };
    let board = "/v1/campaigns/highest/leaderboard";
    // Sixteen shards, and the decisions of admins; the catalog is read once.
    app.call("GET", "/v1/users/nobody/competitions", Value::Null).await.expect(200);
    app.call("GET", board, Value::Null).await.expect(200);
    world.pass(jiff::SignedDuration::from_secs(2));
    operations.push(show.of("a small board", app.call("GET", board, Value::Null)).await.within(9.0, 0.0));
    operations.push(show.of("the board, remembered", app.call("GET", board, Value::Null)).await.within(0.0, 0.0));
    let around = format!("{board}?around=ada");
    operations.push(show.of("an own rank on it", app.call("GET", &around, Value::Null)).await.within(1.0, 0.0));
    document("capacity of scores and boards", operations);
}

#[tokio::test]
async fn a_hundred_campaigns_with_figures_cost_five_requests() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 5).await;
    app.launch("campaign-00", campaign_with(&[("/budget/amount_minor", json!(500))])).await;
    // The others are copies: to approve each would take a minute.
    for (pk, sk) in [("APP#app", "CAMPAIGN#campaign-00"), ("REPORT#app#campaign-00#0", "TOTALS")] {
        let items = world.items_at(pk);
        let item = items.into_iter().find(|item| item["sk"]["S"] == sk).unwrap();
        for n in 1..100 {
            let copy = item.to_string().replace("campaign-00", &format!("campaign-{n:02}"));
            world.put_raw(serde_json::from_str(&copy).unwrap()).await;
        }
    }
    let manage = Measured { app: &app, function: "manage-campaigns" };
    let mut operations = Vec::new();
    let list =
        manage.of("100 campaigns with their figures", app.admin("GET", "/campaign-summaries", Value::Null)).await;
    assert_eq!(list.consumed.requests, 5);
    operations.push(list.within(450.0, 0.0));
    let listed = manage.of("the same without figures", app.admin("GET", "/campaigns", Value::Null)).await;
    operations.push(listed.within(50.0, 0.0));
    let path = "/campaigns/campaign-00/activity?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    let activity = manage.of("awards by hour of 30 days", app.admin("GET", path, Value::Null)).await;
    assert_eq!(activity.consumed.requests, 2);
    operations.push(activity.within(140.0, 0.0));
    let day =
        manage.of("awards by hour of a day", app.admin("GET", "/campaigns/campaign-00/activity", Value::Null)).await;
    assert_eq!(day.consumed.requests, 1);
    operations.push(day.within(15.0, 0.0));
    let small = app.admin("GET", "/campaigns/campaign-00/summary", Value::Null);
    operations.push(manage.of("summary of a campaign with one slot", small).await.within(10.0, 0.0));
    let large = [("/budget/amount_minor", json!(1_000_000_000)), ("/moments/0/action", json!("large"))];
    app.launch("large", campaign_with(&large)).await;
    let large = app.admin("GET", "/campaigns/large/summary", Value::Null);
    let large = manage.of("summary of a campaign with 2,048 slots", large).await;
    assert_eq!(large.consumed.requests, 24);
    operations.push(large.within(2_100.0, 0.0));
    document("capacity of lists and summaries", operations);
}

#[tokio::test]
async fn of_many_who_find_the_catalog_too_old_one_reads_it() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let (environment, now) = (&world.local.environments, tests::NOW.parse().unwrap());
    let id = app.id.as_str().try_into().unwrap();
    let catalogs = store::catalogs::Catalogs::new(std::time::Duration::from_secs(15));
    let before = environment.store.meter().read();
    let all = (0..20).map(|_| catalogs.of(&environment.store, &id, now));
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
    assert_eq!((environment.store.meter().read() - before).requests, 1);
}

#[tokio::test]
async fn devices_and_the_inbox_stay_within_their_ceilings() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.shop(5).await;
    app.deposits("ada", 5).await;
    let users = Measured { app: &app, function: "manage-users" };
    let mut operations = Vec::new();
    let path = "/v1/users/ada/devices/phone";
    let device = json!({"channel": "GCM", "address": "token"});
    operations.push(users.of("device, a user's first", app.call("PUT", path, device.clone())).await.within(2.0, 7.0));
    operations.push(users.of("device refreshed", app.call("PUT", path, device)).await.within(2.0, 4.0));
    let inbox = "/v1/users/ada/notifications";
    let tag = app.call("GET", inbox, Value::Null).await.header("etag").unwrap().to_owned();
    let headers = [("x-api-key", app.key.as_str()), ("if-none-match", tag.as_str())];
    let polled = users.of("inbox polled", world.send("GET", inbox, &headers, &[])).await;
    assert_eq!(polled.consumed.requests, 1);
    operations.push(polled.within(0.5, 0.0));
    let read = json!({"notification_ids": ["achievement.spring.deposits.1"]});
    let marked = users.of("message marked as read", app.call("POST", &format!("{inbox}/read"), read)).await;
    operations.push(marked.within(0.5, 1.0));
    document("capacity of devices and the inbox", operations);
}
