//! What differs between two versions of a campaign: composed from its history, without what changed back.

use serde_json::{Value, json};
use tests::{App, World, campaign_with};

async fn diff(app: &App<'_>, query: &str) -> Value {
    app.admin("GET", &format!("/campaigns/spring/diff?{query}"), Value::Null).await.expect(200)
}

/// Writes three versions of a draft: the name changes and changes back, the target changes twice, caps come and go, and a
/// moment is added.
async fn versions(app: &App<'_>) -> Vec<Value> {
    let mut plans = vec![campaign_with(&[])];
    let caps = json!({"per_day": {"currency": "EUR", "amount_minor": 1_000}});
    plans.push(campaign_with(&[("/name", json!("Other")), ("/moments/0/target", json!(6)), ("/caps", caps)]));
    let mut last = campaign_with(&[("/moments/0/target", json!(7))]);
    let mut more = last["moments"][0].clone();
    more["moment_id"] = json!("more");
    last["moments"].as_array_mut().unwrap().push(more);
    plans.push(last);
    for plan in &plans {
        app.admin("PUT", "/campaigns/spring", plan.clone()).await.expect(200);
    }
    plans
}

#[tokio::test]
async fn a_difference_leaves_out_what_changed_and_changed_back() {
    let world = World::new().await;
    let app = world.app("app").await;
    versions(&app).await;
    let field =
        |pointer: &str, before: Value, after: Value| json!({"pointer": pointer, "before": before, "after": after});
    let caps = json!({"per_day": {"currency": "EUR", "amount_minor": 1_000}});
    let first = diff(&app, "from=1&to=2").await;
    let expected = [
        field("/moments/0/target", json!(5), json!(6)),
        field("/name", json!("Spring"), json!("Other")),
        field("/caps", Value::Null, caps.clone()),
    ];
    assert_eq!(sorted(&first["changes"]), sorted(&json!(expected)));
    let all = diff(&app, "from=1").await;
    assert_eq!((&all["campaign_id"], &all["from"], &all["to"]), (&json!("spring"), &json!(1), &json!(3)));
    let changes = all["changes"].as_array().unwrap();
    // A list of another length is one field, and the name is as it was.
    assert_eq!(changes.len(), 1, "{all}");
    assert_eq!((&changes[0]["pointer"], &changes[0]["before"][0]["target"]), (&json!("/moments"), &json!(5)));
    assert_eq!(changes[0]["after"][1]["moment_id"], "more");
    assert_eq!(diff(&app, "from=2&to=2").await["changes"], json!([]));
    let removed = diff(&app, "from=2&to=3").await;
    assert!(removed["changes"].as_array().unwrap().contains(&field("/caps", caps, Value::Null)), "{removed}");
}

fn sorted(changes: &Value) -> Vec<String> {
    let mut changes: Vec<String> = changes.as_array().unwrap().iter().map(Value::to_string).collect();
    changes.sort_unstable();
    changes
}

#[tokio::test]
async fn a_change_that_is_recorded_as_a_whole_is_taken_back_too() {
    let world = World::new().await;
    let app = world.app("app").await;
    versions(&app).await;
    let before = diff(&app, "from=1").await;
    // As a change too large for its fields is recorded.
    let history = app.admin("GET", "/campaigns/spring/history", Value::Null).await.expect(200);
    let items = world.items_at("HISTORY#app#spring");
    let mut item = items.into_iter().find(|item| item["version"]["N"] == "2").unwrap();
    let current = app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200);
    let (mut old, mut new) = (current.clone(), current);
    for (state, plan) in [(&mut old, campaign_with(&[])), (&mut new, campaign_with(&[("/name", json!("Other"))]))] {
        let fields = state.as_object_mut().unwrap();
        fields.retain(|name, _| !["campaign_id", "version", "reason"].contains(&name.as_str()));
        for (name, value) in plan.as_object().unwrap() {
            fields.insert(name.clone(), value.clone());
        }
        fields["moments"][0]["max_rewards_per_user"] = json!(1);
        fields["moments"][0]["rewards"][0]["weight"] = json!(1);
    }
    assert_eq!(history["data"][1]["version"], 2);
    let whole = json!([{"pointer": "", "before": old, "after": new}]);
    item["changes"] = json!({"S": whole.to_string()});
    world.put_raw(item).await;
    assert_eq!(diff(&app, "from=1").await, before);
}

#[tokio::test]
async fn a_version_that_is_wrong_or_has_no_record_is_named() {
    let world = World::new().await;
    let app = world.app("app").await;
    versions(&app).await;
    for (query, pointer, code) in [
        ("", "/from", "required"),
        ("?to=2", "/from", "required"),
        ("?from=0", "/from", "invalid_parameter"),
        ("?from=4", "/from", "invalid_parameter"),
        ("?from=one", "/from", "invalid_parameter"),
        ("?from=1&to=4", "/to", "invalid_parameter"),
        ("?from=2&to=1", "/to", "invalid_parameter"),
    ] {
        let refused = app.admin("GET", &format!("/campaigns/spring/diff{query}"), Value::Null).await;
        assert_eq!(refused.field_errors(), [(pointer.to_owned(), code.to_owned())], "{query}");
    }
    app.admin("GET", "/campaigns/none/diff?from=1", Value::Null).await.expect(404);
    for (version, kept) in [("2", "from=2"), ("3", "from=3")] {
        let items = world.items_at("HISTORY#app#spring");
        let item = items.into_iter().find(|item| item["version"]["N"] == version).unwrap();
        let key = json!({"TableName": "moments", "Key": {"pk": item["pk"], "sk": item["sk"]}});
        world.raw("DeleteItem", key).await;
        let lost = app.admin("GET", "/campaigns/spring/diff?from=1", Value::Null).await.expect(404);
        assert!(lost["detail"].as_str().unwrap().contains(&format!("version {version}")), "{lost}");
        assert_eq!(diff(&app, kept).await["to"], 3);
        if version == "2" {
            world.put_raw(item).await;
        }
    }
}
