//! An app's suppliers: set up, changed, tried and deleted.

use local::supplier_desk::webhook::SECRET;
use serde_json::{Value, json};
use tests::World;

use super::{ask, made, open, shop, supplied, supplier};

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn a_secret_is_shown_once_if_it_was_minted_and_never_if_it_was_given() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut body = supplier(&world);
    body.as_object_mut().unwrap().remove("secret");
    let made = app.admin("PUT", "/suppliers/laptop", body.clone()).await.expect(201);
    let minted = made["secret"].as_str().unwrap().to_owned();
    assert!(minted.starts_with("whsec_"));
    for answer in [
        app.admin("GET", "/suppliers/laptop", Value::Null).await.expect(200),
        app.admin("GET", "/suppliers", Value::Null).await.expect(200)["data"][0].clone(),
        // The same again changes nothing, and a change keeps the secret.
        app.admin("PUT", "/suppliers/laptop", body.clone()).await.expect(200),
        app.admin("PUT", "/suppliers/laptop", with(body.clone(), "name", json!("Cards"))).await.expect(200),
        app.admin("PUT", "/suppliers/laptop", supplier(&world)).await.expect(200),
    ] {
        assert!(!answer.to_string().contains("whsec_"), "{answer}");
    }
    assert_eq!(app.admin("GET", "/suppliers/laptop", Value::Null).await.expect(200)["version"], 3);
    let audit = app.admin("GET", "/audit", Value::Null).await.expect(200);
    let entry = audit["data"].as_array().unwrap().iter().find(|entry| entry["subject"] == "supplier").unwrap();
    assert_eq!((&entry["id"], &entry["action"]), (&json!("laptop"), &json!("written")));
    assert!(!audit.to_string().contains("whsec_"));
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = World::new().await;
    let app = world.app("app").await;
    let put = async |body: Value| app.admin("PUT", "/suppliers/laptop", body).await.field_errors();
    for (field, value, code) in [
        ("kind", json!("gold"), "invalid_kind"),
        ("url", json!("https://10.0.0.1/"), "invalid_url"),
        ("url", json!("http://hooks.example/"), "invalid_url"),
        ("secret", json!("whsec_c2hvcnQ="), "invalid_secret"),
        ("secret", json!("hunter2"), "invalid_secret"),
        ("per_second", json!(0), "out_of_range"),
        ("per_second", json!(101), "out_of_range"),
        ("colour", json!("red"), "unknown_field"),
        ("name", json!(""), "invalid_text"),
    ] {
        let errors = put(with(supplier(&world), field, value)).await;
        assert_eq!(errors, [(format!("/{field}"), code.to_owned())], "{field}");
    }
    let missing = put(json!({})).await;
    assert_eq!(missing.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["/name", "/kind"]);
    let missing = put(json!({"kind": "webhook"})).await;
    assert_eq!(missing.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["/name", "/url"]);
    assert_eq!(world.items_at("APP#app").len(), 3, "the app and its two keys");
}

#[tokio::test]
async fn two_admins_do_not_undo_each_other() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("PUT", "/suppliers/laptop", supplier(&world)).await.expect(201);
    let key = world.local.admin_key.expose();
    let headers = [("x-api-key", key), ("content-type", "application/json"), ("if-match", "\"2\"")];
    let body = supplier(&world).to_string();
    let answer = world.send("PUT", "/v1/apps/app/suppliers/laptop", &headers, body.as_bytes()).await;
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.expect(409)["code"], "version_conflict");
    let other = world.app("other").await;
    other.admin("GET", "/suppliers/laptop", Value::Null).await.expect(404);
    other.admin("PUT", "/reward-groups/gift", supplied("card")).await.expect(400);
    world.admin("PUT", "/v1/apps/none/suppliers/laptop", supplier(&world)).await.expect(404);
}

#[tokio::test]
async fn a_group_names_a_supplier_that_there_is_and_keeps_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    let put = async |body: Value| app.admin("PUT", "/reward-groups/gift", body).await;
    let unknown = put(supplied("card")).await.field_errors();
    assert_eq!(unknown, [("/supplier/id".to_owned(), "unknown_supplier".to_owned())]);
    for id in ["laptop", "other"] {
        app.admin("PUT", &format!("/suppliers/{id}"), supplier(&world)).await.expect(201);
    }
    for (field, value, at) in [
        ("kind", json!("physical"), "/supplier"),
        ("low_stock_threshold", json!(5), "/low_stock_threshold"),
        ("supplier", json!({"product": "card"}), "/supplier/id"),
        ("supplier", json!({"id": "laptop", "product": ""}), "/supplier/product"),
        ("supplier", json!({"id": "laptop", "sku": "1"}), "/supplier/sku"),
    ] {
        let errors = put(with(supplied("card"), field, value)).await.field_errors();
        assert!(errors.iter().any(|(pointer, _)| pointer == at), "{errors:?}");
    }
    assert_eq!(put(supplied("card")).await.expect(200)["supplier"], json!({"id": "laptop", "product": "card"}));
    let changed = put(supplied("voucher")).await.expect(200);
    assert_eq!(changed["supplier"]["product"], "voucher", "the product may change, for awards to come");
    let mut without = supplied("card");
    without.as_object_mut().unwrap().remove("supplier");
    for body in [with(supplied("card"), "supplier", json!({"id": "other"})), without] {
        assert_eq!(put(body).await.expect(409)["code"], "group_conflict");
    }
    // A group with stock gets no supplier: its stock would never be used up.
    app.put_group("stocked", tests::group()).await;
    let late = app.admin("PUT", "/reward-groups/stocked", supplied("card")).await;
    assert_eq!(late.expect(409)["code"], "group_conflict");
    assert_eq!(app.admin("DELETE", "/suppliers/laptop", Value::Null).await.expect(409)["code"], "supplier_in_use");
    app.admin("DELETE", "/suppliers/other", Value::Null).await.expect(204);
    app.admin("DELETE", "/suppliers/other", Value::Null).await.expect(404);
}

#[tokio::test]
async fn an_award_keeps_the_product_that_it_was_given_for() {
    let world = World::new().await;
    let app = shop(&world, "card").await;
    let id = ask(&app, "ada").await;
    app.put_group("gift", supplied("voucher")).await;
    assert_eq!(open(&world, &id).await.status, 302);
    let id = ask(&app, "bob").await;
    assert_eq!(open(&world, &id).await.status, 302);
    let mut products: Vec<_> = made(&world).into_iter().filter_map(|made| made.product).collect();
    products.sort();
    assert_eq!(products, ["card", "voucher"]);
}

#[tokio::test]
async fn a_trial_says_what_is_wrong_and_makes_nothing() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("PUT", "/suppliers/laptop", supplier(&world)).await.expect(201);
    let test = async |body: Value| app.admin("POST", "/suppliers/laptop/test", body).await.expect(200);
    assert_eq!(test(Value::Null).await["outcome"], "ok");
    for (product, outcome) in [
        ("card", "ok"),
        ("denied", "credentials"),
        ("no-funds", "funds"),
        ("gone", "product"),
        ("throttled", "throttled"),
        ("broken", "failed"),
    ] {
        let answer = test(json!({"product": product})).await;
        assert_eq!(answer["outcome"], outcome, "{product}");
        assert_eq!(answer["advice"].is_string(), outcome != "ok", "{product}");
    }
    let wrong = "whsec_d3Jvbmcgc2VjcmV0LCB3cm9uZyBzZWNyZXQ=";
    app.admin("PUT", "/suppliers/laptop", with(supplier(&world), "secret", json!(wrong))).await.expect(200);
    assert_eq!(test(Value::Null).await["outcome"], "credentials");
    // A secret that is given again is used at once, by every environment.
    app.admin("PUT", "/suppliers/laptop", with(supplier(&world), "secret", json!(SECRET))).await.expect(200);
    assert_eq!(test(Value::Null).await["outcome"], "ok");
    let nowhere = with(supplier(&world), "url", json!("http://127.0.0.1:1/"));
    app.admin("PUT", "/suppliers/laptop", nowhere).await.expect(200);
    assert_eq!(test(Value::Null).await["outcome"], "unreachable");
    assert_eq!(made(&world).len(), 0);
}

#[tokio::test]
async fn a_list_has_pages_and_an_end() {
    let world = World::new().await;
    let app = world.app("app").await;
    for n in 1..=20 {
        app.admin("PUT", &format!("/suppliers/s{n:02}"), supplier(&world)).await.expect(201);
    }
    assert_eq!(app.admin("PUT", "/suppliers/s21", supplier(&world)).await.expect(409)["code"], "too_many_suppliers");
    let first = app.admin("GET", "/suppliers?limit=12", Value::Null).await.expect(200);
    let second = format!("/suppliers?limit=12&cursor={}", first["cursor"].as_str().unwrap());
    let second = app.admin("GET", &second, Value::Null).await.expect(200);
    assert_eq!((first["data"].as_array().unwrap().len(), second["data"].as_array().unwrap().len()), (12, 8));
    assert_eq!((&first["cursor"], &second["cursor"]), (&json!("s12"), &Value::Null));
}

#[tokio::test]
async fn where_another_person_approves_a_running_group_keeps_its_product() {
    let world = World::new().await;
    let app = shop(&world, "gift-10").await;
    let four_eyes = json!({"name": "app", "approval": "another_person"});
    world.admin("PUT", "/v1/apps/app", four_eyes).await.expect(200);
    let changed = app.admin("PUT", "/reward-groups/gift", supplied("gift-500")).await.expect(409);
    assert_eq!(changed["code"], "state_conflict");
    assert!(changed["detail"].as_str().unwrap().contains("another person has approved the product"), "{changed}");
    let kept = app.admin("GET", "/reward-groups/gift", Value::Null).await.expect(200);
    assert_eq!(kept["supplier"]["product"], "gift-10");
}
