//! Suppliers that have an account with somebody: Amazon Incentives, whose codes a page shows, and Tremendous.

use std::time::Duration;

use local::supplier_desk::{amazon, tremendous};
use serde_json::{Value, json};
use tests::{App, World};

use super::{ask, made, open, supplied};
use crate::redeem_reward::redemption::state;

fn amazon_account() -> Value {
    json!({
        "name": "Amazon", "kind": "amazon_incentives", "partner_id": "Shop1", "region": "europe", "sandbox": true,
        "access_key_id": amazon::ACCESS_KEY_ID, "secret_access_key": amazon::SECRET_ACCESS_KEY, "per_second": 100
    })
}

fn tremendous_account() -> Value {
    json!({"name": "T", "kind": "tremendous", "sandbox": true, "api_key": tremendous::API_KEY, "per_second": 100})
}

/// Makes a shop whose gifts a supplier with an account makes.
async fn shop<'a>(world: &'a World, account: Value, product: &str) -> App<'a> {
    let app = world.app("app").await;
    app.admin("PUT", "/suppliers/laptop", account).await.expect(201);
    app.put_group("gift", supplied(product)).await;
    app.launch("spring", tests::campaign()).await;
    app
}

#[tokio::test]
async fn a_code_is_shown_on_a_page_at_each_visit_and_kept_nowhere() {
    let world = World::new().await;
    let app = shop(&world, amazon_account(), "PhysicalVoucher").await;
    let id = ask(&app, "ada").await;
    assert_eq!(made(&world).len(), 0, "ordered when it is opened, and not before");
    let pages = [open(&world, &id).await, open(&world, &id).await];
    let orders = made(&world);
    let [order] = &orders[..] else { panic!("{orders:?}") };
    assert_eq!((order.kind, order.price_minor, order.times), ("amazon_incentives", 500, 2));
    assert_eq!(order.product.as_deref(), Some("PhysicalVoucher"));
    assert!(order.order_id.starts_with("Shop1") && order.order_id.len() <= 40, "{}", order.order_id);
    for page in pages {
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
        let text = page.body.as_str().unwrap();
        assert!(text.contains(&format!(">{}</code>", order.made)), "{text}");
        assert!(!text.contains("<script"), "{text}");
    }
    world.settle().await;
    let kept = format!("{:?} {:?} {:?}", world.items(), world.local.events(), world.local.inbox().list());
    assert!(!kept.contains(&order.made), "a partner may not store codes");
    assert_eq!(state(&world, &id), "redeemed");
}

#[tokio::test]
async fn a_preview_never_sees_a_code() {
    let world = World::new().await;
    let app = shop(&world, amazon_account(), "card").await;
    let id = ask(&app, "ada").await;
    open(&world, &id).await;
    let code = made(&world)[0].made.clone();
    for (name, value, status) in
        [("user-agent", "Slackbot-LinkExpanding 1.0", 200), ("sec-purpose", "prefetch;prerender", 425)]
    {
        for path in [format!("/r/{id}"), format!("/r/{id}/open")] {
            let answer = world.send("GET", &path, &[(name, value)], b"").await;
            assert_eq!((answer.status, answer.header("location")), (status, None), "{value} {path}");
            assert!(!answer.body.to_string().contains(&code), "{value} {path}");
        }
    }
    assert_eq!(made(&world)[0].times, 1, "and orders nothing");
}

#[tokio::test]
async fn a_link_of_tremendous_is_the_same_at_each_visit() {
    let world = World::new().await;
    let app = shop(&world, tremendous_account(), "OKMHM2X2OHYV").await;
    let id = ask(&app, "ada").await;
    for visit in 1..=3 {
        let answer = open(&world, &id).await;
        let orders = made(&world);
        assert_eq!((answer.status, answer.header("location")), (302, Some(orders[0].made.as_str())), "visit {visit}");
        assert_eq!((orders.len(), orders[0].times), (1, visit));
    }
}

/// Source: an `external_id` that comes again with other parameters is answered 409.
#[tokio::test]
async fn a_link_stays_the_same_after_a_change_of_the_funding_source() {
    let world = World::new().await;
    let app = shop(&world, tremendous_account(), "card").await;
    let id = ask(&app, "ada").await;
    let first = open(&world, &id).await;
    let mut other = tremendous_account();
    other["funding_source"] = json!("CARD");
    app.admin("PUT", "/suppliers/laptop", other).await.expect(200);
    let again = open(&world, &id).await;
    assert_eq!((again.status, again.header("location")), (302, first.header("location")));
    assert_eq!(made(&world).len(), 1);
}

#[tokio::test]
async fn what_goes_wrong_at_an_account_has_a_page() {
    for account in [amazon_account(), tremendous_account()] {
        let world = World::new().await;
        let app = shop(&world, account, "card").await;
        for (product, retry_after) in
            [("broken", "60"), ("gone", "3600"), ("throttled", "60"), ("no-funds", "3600"), ("denied", "3600")]
        {
            app.put_group("gift", supplied(product)).await;
            let id = ask(&app, product).await;
            let answer = open(&world, &id).await;
            assert_eq!((answer.status, answer.header("retry-after")), (202, Some(retry_after)), "{product}");
            world.pass(jiff::SignedDuration::from_mins(2));
        }
        assert_eq!(made(&world).len(), 0);
    }
}

#[tokio::test]
async fn what_an_account_has_made_is_not_made_again_and_funds_may_come_later() {
    for account in [amazon_account(), tremendous_account()] {
        let world = World::new().await;
        let app = shop(&world, account, "lost").await;
        let id = ask(&app, "ada").await;
        assert_eq!(open(&world, &id).await.status, 202, "made, and nobody has heard of it");
        assert!(matches!(open(&world, &id).await.status, 200 | 302));
        assert_eq!((made(&world).len(), made(&world)[0].times), (1, 2));
        world.local.suppliers().fund(Some(499));
        app.put_group("gift", supplied("card")).await;
        let id = ask(&app, "bob").await;
        assert_eq!(open(&world, &id).await.header("retry-after"), Some("3600"));
        world.local.suppliers().fund(Some(500));
        assert_eq!(app.admin("POST", "/suppliers/laptop/test", Value::Null).await.expect(200)["outcome"], "ok");
        assert!(matches!(open(&world, &id).await.status, 200 | 302));
        assert_eq!(made(&world).len(), 2);
    }
}

/// Source: <https://developers.tremendous.com/reference/obj-schema-orders>: an `external_id` brings the first order for
/// good, also one that failed.
#[tokio::test]
async fn a_failed_order_is_followed_by_one_once_there_is_money() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("PUT", "/suppliers/laptop", tremendous_account()).await.expect(201);
    let (mut gift, mut spring) = (supplied("card"), tests::campaign());
    gift["cpa"]["currency"] = json!("USD");
    spring["budget"]["currency"] = json!("USD");
    app.put_group("gift", gift).await;
    app.launch("spring", spring).await;
    let id = ask(&app, "ada").await;
    let resume = async || app.admin("POST", "/suppliers/laptop/test", Value::Null).await.expect(200);
    world.local.suppliers().fund(Some(499));
    for _ in 0..3 {
        assert_eq!(open(&world, &id).await.header("retry-after"), Some("3600"));
        resume().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(made(&world).len(), 0);
    world.local.suppliers().fund(Some(500));
    let first = open(&world, &id).await;
    let orders = made(&world);
    assert_eq!((first.status, orders.len()), (302, 1));
    assert!(orders[0].order_id.ends_with("-2"), "no order was placed while the account was empty: {orders:?}");
    // The account is empty again, and the user comes back.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let again = open(&world, &id).await;
    assert_eq!((again.status, again.header("location")), (302, first.header("location")));
    assert_eq!(made(&world).len(), 1);
}

#[tokio::test]
async fn a_trial_of_an_account_tells_its_money() {
    let world = World::new().await;
    let app = world.app("app").await;
    world.local.suppliers().fund(Some(123_456));
    for (id, account, currency, wrong) in [
        ("amazon", amazon_account(), "EUR", json!({"access_key_id": "AKIAOTHER", "secret_access_key": "wrong-key"})),
        ("tremendous", tremendous_account(), "USD", json!({"api_key": "TEST_wrong"})),
    ] {
        app.admin("PUT", &format!("/suppliers/{id}"), account.clone()).await.expect(201);
        let path = format!("/suppliers/{id}/test");
        let trial = app.admin("POST", &path, Value::Null).await.expect(200);
        assert_eq!(trial["outcome"], "ok");
        assert_eq!(trial["funds"], json!({"currency": currency, "amount_minor": 123_456}));
        let mut changed = account;
        for (name, value) in wrong.as_object().unwrap() {
            changed[name] = value.clone();
        }
        app.admin("PUT", &format!("/suppliers/{id}"), changed).await.expect(200);
        let trial = app.admin("POST", &path, Value::Null).await.expect(200);
        assert_eq!((&trial["outcome"], trial.get("funds")), (&json!("credentials"), None));
    }
    let gone = app.admin("PUT", "/suppliers/tremendous", tremendous_account()).await.expect(200);
    assert_eq!(gone["version"], 3);
    let trial = app.admin("POST", "/suppliers/tremendous/test", json!({"product": "gone"})).await.expect(200);
    assert_eq!(trial["outcome"], "product");
    assert_eq!(made(&world).len(), 0);
}

#[tokio::test]
async fn keys_of_an_account_are_never_shown_and_needed_once() {
    let world = World::new().await;
    let app = world.app("app").await;
    for (id, account, keys) in [
        ("amazon", amazon_account(), &["access_key_id", "secret_access_key"][..]),
        ("tremendous", tremendous_account(), &["api_key"][..]),
    ] {
        let path = format!("/suppliers/{id}");
        let mut without = account.clone();
        for key in keys {
            without.as_object_mut().unwrap().remove(*key);
        }
        let errors = app.admin("PUT", &path, without.clone()).await.field_errors();
        assert_eq!(errors, [(format!("/{}", keys[0]), "required".to_owned())]);
        let mut answers = vec![app.admin("PUT", &path, account.clone()).await.expect(201)];
        without["name"] = json!("Renamed");
        answers.push(app.admin("PUT", &path, without.clone()).await.expect(200));
        answers.push(app.admin("GET", &path, Value::Null).await.expect(200));
        for answer in &answers {
            for key in keys {
                assert!(answer.get(key).is_none() && !answer.to_string().contains(account[key].as_str().unwrap()));
            }
        }
        assert_eq!((&answers[2]["name"], &answers[2]["sandbox"]), (&json!("Renamed"), &json!(true)));
        let trial = app.admin("POST", &format!("{path}/test"), Value::Null).await.expect(200);
        assert_eq!(trial["outcome"], "ok", "the keys stay");
    }
}

#[tokio::test]
async fn a_supplier_stays_the_account_that_links_were_given_for() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("PUT", "/suppliers/laptop", amazon_account()).await.expect(201);
    for (field, value) in [("partner_id", json!("Other")), ("region", json!("far_east")), ("sandbox", json!(false))] {
        let mut other = amazon_account();
        other[field] = value;
        let answer = app.admin("PUT", "/suppliers/laptop", other).await.expect(409);
        assert_eq!(answer["code"], "supplier_conflict", "{field}");
    }
    let answer = app.admin("PUT", "/suppliers/laptop", tremendous_account()).await.expect(409);
    assert_eq!(answer["code"], "supplier_conflict");
    assert!(answer["detail"].as_str().unwrap().contains("use another id"), "{answer}");
}

#[tokio::test]
async fn every_wrong_field_of_an_account_is_named() {
    let world = World::new().await;
    let app = world.app("app").await;
    for (account, field, value, code) in [
        (amazon_account(), "partner_id", json!("no spaces"), "invalid_id"),
        (amazon_account(), "region", json!("mars"), "invalid_region"),
        (amazon_account(), "access_key_id", json!("a b"), "invalid_secret"),
        (amazon_account(), "secret_access_key", Value::Null, "required"),
        (amazon_account(), "sandbox", json!("yes"), "wrong_type"),
        (amazon_account(), "url", json!("https://x.example/"), "unknown_field"),
        (tremendous_account(), "api_key", json!("short"), "invalid_secret"),
        (tremendous_account(), "funding_source", json!(""), "invalid_text"),
        (tremendous_account(), "region", json!("europe"), "unknown_field"),
    ] {
        let mut body = account;
        body[field] = value;
        let errors = app.admin("PUT", "/suppliers/laptop", body).await.field_errors();
        assert!(errors.contains(&(format!("/{field}"), code.to_owned())), "{field}: {errors:?}");
    }
}
