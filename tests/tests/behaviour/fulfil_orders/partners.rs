//! Partners and orders: lists, partner keys, and CSV export and import. `orders` tests the steps of one order.

use aws_smithy_types::base64;
use serde_json::{Value, json};
use tests::World;

use super::orders::{SECRETS, award, give, listed, mugs, shipment};

#[tokio::test]
async fn orders_are_listed_in_pages_as_json_and_csv_without_addresses() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let mut ids = Vec::new();
    for user in ["ada", "bob", "cyd"] {
        let id = award(&app, user).await;
        give(&app, &id).await.expect(200);
        world.pass(jiff::SignedDuration::from_secs(1));
        ids.push(id);
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.admin("GET", &format!("/orders?limit=2{cursor}"), Value::Null).await.expect(200);
        found.extend(page["data"].as_array().unwrap().iter().map(|order| order["reward_id"].clone()));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, ids);
    for wrong in ["?state=eaten", "?cursor=x", "?limit=0"] {
        assert_eq!(app.admin("GET", &format!("/orders{wrong}"), Value::Null).await.field_errors().len(), 1, "{wrong}");
    }
    let headers =
        [("x-api-key".to_owned(), world.local.admin_key.expose().to_owned()), ("accept".into(), "text/csv".into())];
    let target = "/v1/apps/app/orders?limit=2".to_owned();
    let request =
        local::gateway::HttpRequest { method: "GET".into(), target, headers: headers.to_vec(), body: Vec::new() };
    let csv = world.local.call(request).await;
    let link = csv.headers.iter().find(|(name, _)| name == "link").unwrap();
    assert!(link.1.starts_with("<?state=ordered&limit=2&cursor="), "{link:?}");
    let text = String::from_utf8(csv.body).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(text.lines().nth(1).unwrap().starts_with(&format!("{},mug,ordered,,", ids[0])), "{text}");
    for secret in SECRETS {
        assert!(!text.contains(secret));
    }
}

#[tokio::test]
async fn an_import_takes_good_rows_names_bad_ones_and_may_be_sent_again() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let (first, second) = (award(&app, "ada").await, award(&app, "bob").await);
    for id in [&first, &second] {
        give(&app, id).await.expect(200);
    }
    let unknown = first.replace(".spring.", ".autumn.");
    let rows = format!(
        "reward_id,state,carrier,tracking,partner\n{first},shipped,DHL,1,acme\n{second},delivered,,,acme\nx,lost,,,\n\
         {unknown},ordered,,,acme\n{second},ordered,,,acme\n"
    );
    let import = async || {
        let headers = [("x-api-key", world.local.admin_key.expose()), ("content-type", "text/csv")];
        world.send("POST", "/v1/apps/app/orders/import", &headers, rows.as_bytes()).await.expect(200)
    };
    let imported = import().await;
    let lines: Vec<&Value> = imported["invalid"].as_array().unwrap().iter().map(|row| &row["line"]).collect();
    assert_eq!((&imported["changed"], lines), (&json!(2), vec![&json!(3), &json!(4), &json!(5)]));
    assert!(!imported.to_string().contains(&unknown));
    let before = world.items();
    let again = import().await;
    assert_eq!((&again["changed"], &again["unchanged"]), (&json!(0), &json!(2)));
    assert_eq!(world.items(), before);
    let headers = [("x-api-key", world.local.admin_key.expose()), ("content-type", "text/csv")];
    for (wrong, code) in [("", "empty"), ("reward_id\nx\n", "no_column"), ("reward_id,state\n", "empty")] {
        let answer = world.send("POST", "/v1/apps/app/orders/import", &headers, wrong.as_bytes()).await;
        assert_eq!(answer.field_errors()[0].1, code);
    }
    // An impossible app, and a method of another route ("What the field found", G).
    let answer = world.send("POST", "/v1/apps/no%20app/orders/import", &headers, rows.as_bytes()).await;
    assert_eq!(answer.expect(404)["detail"], "there is no app no app");
    let answer = world.send("PUT", "/v1/apps/app/orders/import", &headers, b"").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_partners_key_sees_and_ships_what_is_its_own_and_opens_nothing_else() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let mint = async |body: Value| app.admin("POST", "/keys", body).await;
    let key_of = async |partner: &str| {
        let minted = mint(json!({"scope": "partner", "mode": "live", "partner": partner})).await.expect(201);
        (minted["key_id"].as_str().unwrap().to_owned(), minted["key"].as_str().unwrap().to_owned())
    };
    let ((acme_id, acme), (_, rival)) = (key_of("acme").await, key_of("rival").await);
    let (first, second) = (award(&app, "ada").await, award(&app, "bob").await);
    for id in [&first, &second] {
        give(&app, id).await.expect(200);
    }
    let by = async |key: &str, method: &str, path: &str, body: Value| {
        world.call(key, method, &format!("/v1/apps/app/orders{path}"), body).await
    };
    let as_acme = json!({"partner": "acme"});
    assert_eq!(by(&acme, "GET", "", Value::Null).await.expect(200)["data"].as_array().unwrap().len(), 2);
    by(&rival, "POST", &format!("/{first}/claim"), as_acme.clone()).await.expect(403);
    let claimed = by(&acme, "POST", &format!("/{first}/claim"), as_acme).await.expect(200);
    assert_eq!(claimed["address"]["name"], "Ada Lovelace");

    // The rival comes too late, does not learn who has the order, and no longer sees it.
    let late = by(&rival, "POST", &format!("/{first}/claim"), json!({"partner": "rival"})).await;
    assert_eq!((late.status, &late.body["code"]), (409, &json!("order_claimed")));
    assert!(!late.body.to_string().contains("acme"));
    by(&rival, "GET", &format!("/{first}"), Value::Null).await.expect(404);
    by(&rival, "POST", &format!("/{first}/ship"), shipment()).await.expect(404);
    let left = by(&rival, "GET", "", Value::Null).await.expect(200);
    assert_eq!((left["data"].as_array().unwrap().len(), &left["data"][0]["reward_id"]), (1, &json!(second)));
    let rows = format!("reward_id,state,carrier,tracking,partner\n{first},shipped,DHL,1,\n{second},ordered,,,acme\n");
    let headers = [("x-api-key", rival.as_str()), ("content-type", "text/csv")];
    let imported = world.send("POST", "/v1/apps/app/orders/import", &headers, rows.as_bytes()).await.expect(200);
    assert_eq!((&imported["changed"], imported["invalid"].as_array().unwrap().len()), (&json!(0), 2));
    // A cursor does not reveal hidden orders.
    world.pass(jiff::SignedDuration::from_secs(1));
    let third = award(&app, "cyd").await;
    give(&app, &third).await.expect(200);
    let page = by(&rival, "GET", "?limit=1", Value::Null).await.expect(200);
    assert_eq!(page["data"][0]["reward_id"], json!(second));
    let next = by(&rival, "GET", &format!("?limit=1&cursor={}", page["cursor"].as_str().unwrap()), Value::Null).await;
    assert_eq!(next.expect(200)["data"][0]["reward_id"], json!(third));
    by(&acme, "POST", &format!("/{third}/claim"), json!({"partner": "acme"})).await.expect(200);
    let page = by(&rival, "GET", "?limit=1", Value::Null).await.expect(200);
    let cursor = page["cursor"].as_str().unwrap_or_default();
    let padded = cursor.replace('-', "+").replace('_', "/") + &"=".repeat((4 - cursor.len() % 4) % 4);
    let said = base64::decode(padded).unwrap();
    assert!(!String::from_utf8(said).unwrap().contains(&third));
    let as_csv = [("x-api-key", rival.as_str()), ("accept", "text/csv")];
    let table = world.send("GET", "/v1/apps/app/orders", &as_csv, b"").await;
    assert!(!table.body.to_string().contains(&first));

    by(&acme, "POST", &format!("/{first}/ship"), shipment()).await.expect(200);
    let by_whom = world.admin("GET", &format!("/v1/rewards/{first}"), Value::Null).await.expect(200);
    assert!(by_whom["changes"].to_string().contains(&acme_id), "{by_whom}");

    // The key opens nothing else, of this app or another.
    for (method, path) in [
        ("GET", "/v1/apps".to_owned()),
        ("GET", "/v1/apps/app".to_owned()),
        ("GET", "/v1/apps/app/campaigns/spring/report".to_owned()),
        ("GET", format!("/v1/rewards/{first}")),
        ("GET", format!("/v1/rewards/{first}/address")),
        ("GET", "/v1/users/ada".to_owned()),
        ("GET", "/v1/apps/other/orders".to_owned()),
    ] {
        world.call(&acme, method, &path, Value::Null).await.expect(403);
    }

    for (wrong, field) in [
        (json!({"scope": "partner", "mode": "live"}), "/partner"),
        (json!({"scope": "partner", "mode": "test", "partner": "acme"}), "/mode"),
        (json!({"scope": "admin", "mode": "live", "partner": "acme"}), "/partner"),
        (json!({"scope": "partner", "mode": "live", "partner": "a b"}), "/partner"),
    ] {
        assert_eq!(mint(wrong).await.field_errors()[0].0, field);
    }
    let rotated = app.admin("POST", &format!("/keys/{acme_id}/rotate"), Value::Null).await.expect(201);
    by(rotated["key"].as_str().unwrap(), "GET", &format!("/{first}"), Value::Null).await.expect(200);
    let listed = app.admin("GET", "/keys", Value::Null).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().iter().filter(|key| key["partner"] == "acme").count(), 2);
}

#[tokio::test]
async fn rows_of_one_order_are_taken_as_they_stand_in_the_file() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let mut rows = "reward_id,state,carrier,tracking,partner\n".to_owned();
    for user in ["ada", "bob", "cyd", "dan"] {
        let id = award(&app, user).await;
        give(&app, &id).await.expect(200);
        // Another order's row comes between, as in a file sorted by time.
        rows += &format!("{id},ordered,,,acme\n{id},shipped,DHL,1,\n{id},delivered,,,\n");
    }
    let headers = [("x-api-key", world.local.admin_key.expose()), ("content-type", "text/csv")];
    for (changed, unchanged) in [(12, 0), (0, 12)] {
        let answer = world.send("POST", "/v1/apps/app/orders/import", &headers, rows.as_bytes()).await.expect(200);
        assert_eq!(answer, json!({"changed": changed, "unchanged": unchanged, "invalid": []}));
    }
    assert_eq!(listed(&app, "delivered").await.len(), 4);
}

/// Source: "An order can be claimed for a partner that does not exist (`acmee`): 404 naming those that do" ("What the
/// field found", 8).
#[tokio::test]
async fn an_order_is_claimed_for_a_partner_that_there_is_and_no_other() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    give(&app, &id).await.expect(200);
    // One partner is declared, another one has a key.
    let key = json!({"scope": "partner", "mode": "live", "partner": "rival"});
    app.admin("POST", "/keys", key).await.expect(201);
    world.settle().await;
    let before = world.items();
    let claim =
        async |partner: &str| app.admin("POST", &format!("/orders/{id}/claim"), json!({"partner": partner})).await;
    let detail = "there is no partner acmee: the app's partners are acme, rival";
    assert_eq!(claim("acmee").await.expect(404)["detail"], detail);
    let rows = format!("reward_id,state,carrier,tracking,partner\n{id},shipped,DHL,1,acmee\n");
    let headers = [("x-api-key", world.local.admin_key.expose()), ("content-type", "text/csv")];
    let imported = world.send("POST", "/v1/apps/app/orders/import", &headers, rows.as_bytes()).await.expect(200);
    assert_eq!(imported["invalid"], json!([{"line": 2, "reason": detail}]));
    assert_eq!(world.items(), before);
    assert_eq!(claim("rival").await.expect(200)["partner"], "rival");
    // A repetition succeeds, even after the partner is deleted.
    assert_eq!(claim("rival").await.expect(200)["partner"], "rival");
    app.admin("POST", &format!("/orders/{id}/ship"), shipment()).await.expect(200);
    let end = async |reason: Value| app.admin("POST", &format!("/orders/{id}/return"), reason).await;
    for _ in 0..2 {
        assert_eq!(end(json!({"reason": "nobody there"})).await.expect(200)["state"], "returned");
    }
    end(Value::Null).await.expect(200);
    assert_eq!(
        end(json!({"reason": "broken"})).await.expect(409)["code"],
        "state_conflict",
        "it would be kept nowhere"
    );
    let changes = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200)["changes"].clone();
    assert!(changes.to_string().contains("nobody there") && !changes.to_string().contains("broken"), "{changes}");
    world.settle().await;
}
