//! Devices: registering, moving, replacing and deleting them. An address belongs to one device, even in a race.

use std::time::Duration;

use domain::device::Retired;
use domain::secret::DeviceAddress;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::devices;
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tests::{App, World, promises};

async fn put(app: &App<'_>, user: &str, device: &str, body: Value) -> Value {
    app.call("PUT", &format!("/v1/users/{user}/devices/{device}"), body).await.expect(200)
}

async fn devices_of(app: &App<'_>, user: &str) -> Vec<String> {
    let user = app.call("GET", &format!("/v1/users/{user}"), Value::Null).await.expect(200);
    let devices = user["devices"].as_array().unwrap().iter();
    devices.map(|device| device["device_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_device_is_shown_as_it_was_told_and_never_its_address() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let told = json!({
        "channel": "APNS_SANDBOX", "address": "secret-token", "locale": "pt-BR", "time_zone": "America/Sao_Paulo",
        "app_version": "4.2.0", "opt_out": ["reminder", "announcement", "reminder"], "expires_after_days": 30,
    });
    let shown = put(&app, "ada", "phone", told).await;
    assert_eq!(
        shown,
        json!({
            "device_id": "phone", "channel": "APNS_SANDBOX", "locale": "pt-BR", "time_zone": "America/Sao_Paulo",
            "app_version": "4.2.0", "opt_out": ["announcement", "reminder"],
            "seen_at": "2026-12-01T12:00:00Z", "expires_at": "2026-12-31T12:00:00Z", "retired_reason": null,
        })
    );
    let user = app.call("GET", "/v1/users/ada", Value::Null).await.expect(200);
    assert_eq!(user["devices"], json!([shown]));
    // A wrong description never makes a phone unreachable ("What the field found", 10).
    let odd = json!({"channel": "GCM", "address": "token", "locale": "?", "time_zone": "GMT+03:00"});
    let shown = put(&app, "ada", "odd", odd).await;
    let warned = |n: usize| shown["warnings"][n]["pointer"].as_str();
    assert_eq!((warned(0), warned(1), &shown["locale"]), (Some("/locale"), Some("/time_zone"), &Value::Null));
    assert_eq!(devices_of(&app, "ada").await, ["odd", "phone"]);
}

#[tokio::test]
async fn an_address_goes_with_whoever_registers_it_last() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let token = || json!({"channel": "GCM", "address": "token"});
    put(&app, "ada", "phone", token()).await;
    // The same telephone of another user, then under another id, then back.
    put(&app, "bob", "phone", token()).await;
    assert_eq!((devices_of(&app, "ada").await, devices_of(&app, "bob").await), (vec![], vec!["phone".to_owned()]));
    app.deposits("ada", 5).await;
    world.settle().await;
    assert!(world.local.pushes().is_empty(), "ada's news are not bob's business");
    put(&app, "bob", "new-id", token()).await;
    assert_eq!(devices_of(&app, "bob").await, ["new-id"]);
    // The same text in another channel is another address.
    put(&app, "ada", "phone", json!({"channel": "ADM", "address": "token"})).await;
    assert_eq!((devices_of(&app, "ada").await.len(), devices_of(&app, "bob").await.len()), (1, 1));
    // Also in another app it is another address.
    let other = world.app("other").await;
    put(&other, "cyd", "phone", token()).await;
    assert_eq!(devices_of(&app, "bob").await, ["new-id"]);
    world.settle().await;
}

#[tokio::test]
async fn a_device_that_moves_to_another_address_leaves_the_old_one_to_others() {
    let world = World::new().await;
    let app = world.shop(0).await;
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "one"})).await;
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "two"})).await;
    put(&app, "bob", "phone", json!({"channel": "GCM", "address": "one"})).await;
    assert_eq!((devices_of(&app, "ada").await.len(), devices_of(&app, "bob").await.len()), (1, 1));
    app.call("DELETE", "/v1/users/ada/devices/phone", Value::Null).await.expect(204);
    app.call("DELETE", "/v1/users/ada/devices/phone", Value::Null).await.expect(204);
    world.settle().await;
    assert_eq!(world.items().iter().filter(|item| promises::text(item, "sk") == Some("ADDRESS")).count(), 1);
}

#[tokio::test]
async fn of_more_than_twenty_devices_the_one_that_was_silent_longest_gives_way() {
    let world = World::new().await;
    let app = world.shop(0).await;
    for n in 0..20 {
        put(&app, "ada", &format!("d{n:02}"), json!({"channel": "GCM", "address": format!("token-{n}")})).await;
        world.pass(SignedDuration::from_secs(1));
    }
    // The oldest device registers again.
    put(&app, "ada", "d00", json!({"channel": "GCM", "address": "token-0"})).await;
    put(&app, "ada", "d20", json!({"channel": "GCM", "address": "token-20"})).await;
    let left = devices_of(&app, "ada").await;
    assert_eq!(left.len(), 20);
    assert!(left.contains(&"d00".to_owned()) && !left.contains(&"d01".to_owned()), "{left:?}");
    // Its old address is free.
    put(&app, "bob", "phone", json!({"channel": "GCM", "address": "token-1"})).await;
    world.settle().await;
}

#[tokio::test]
async fn a_device_that_was_silent_for_as_long_as_was_chosen_is_reached_no_more() {
    let world = World::new().await;
    let app = world.shop(2).await;
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "short", "expires_after_days": 7})).await;
    put(&app, "ada", "tablet", json!({"channel": "GCM", "address": "long"})).await;
    world.pass(SignedDuration::from_hours(24 * 7));
    app.deposits("ada", 5).await;
    world.settle().await;
    let reached: Vec<Value> = world.local.pushes().iter().map(|push| push["address"].clone()).collect();
    assert_eq!(reached, ["long"]);
    assert_eq!(devices_of(&app, "ada").await, ["tablet"]);
    // It registers again, with an id and an address that DynamoDB has not deleted yet.
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "short"})).await;
    assert_eq!(devices_of(&app, "ada").await, ["phone", "tablet"]);
    world.settle().await;
    // It registers again with another address: the old one is free.
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "short", "expires_after_days": 7})).await;
    world.pass(SignedDuration::from_hours(24 * 8));
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "other"})).await;
    put(&app, "bob", "phone", json!({"channel": "GCM", "address": "short"})).await;
    world.settle().await;
}

#[tokio::test]
async fn many_users_register_one_address_at_once_and_one_has_it() {
    let world = World::new().await;
    let app = world.shop(0).await;
    for round in 0..5 {
        let register = (0..8).map(|n| {
            let body = json!({"channel": "GCM", "address": format!("token-{}", n % 2)});
            let path = format!("/v1/users/user-{n}/devices/d{}", n % 3 + round);
            let app = &app;
            async move { app.call("PUT", &path, body).await.status }
        });
        let statuses = join_all(register).await;
        // A request with too many conflicts may get a 503, and no other error.
        assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
        world.settle().await;
    }
    let live = world.items().into_iter().filter(|item| promises::text(item, "sk").unwrap().starts_with("DEVICE#"));
    assert_eq!(live.count(), 2);
}

#[tokio::test]
async fn campaigns_find_a_user_who_has_only_a_device() {
    let world = World::new().await;
    let app = world.shop(0).await;
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "token"})).await;
    let profile = world.items_at("USER#app#ada").into_iter().find(|item| item["sk"]["S"] == "PROFILE").unwrap();
    assert!(profile["gsi1pk"]["S"].as_str().unwrap().starts_with("AUDIENCE#app#"));
}

#[tokio::test]
async fn nothing_is_left_of_a_device_when_its_user_is_erased() {
    let world = World::new().await;
    let app = world.shop(0).await;
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "token"})).await;
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    let of_ada = |item: &&Value| {
        promises::text(item, "pk") == Some("USER#app#ada") || promises::text(item, "user_id") == Some("ada")
    };
    let items = world.items();
    assert_eq!(items.iter().filter(of_ada).collect::<Vec<_>>(), [&json!(null); 0]);
    world.settle().await;
}

#[tokio::test]
async fn bad_devices_are_refused_with_every_mistake() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let before = world.items();
    let bad = json!({
        "channel": "FAX", "address": "with space", "time_zone": "Mars", "opt_out": ["spam"], "expires_after_days": 0, "x": 1,
    });
    let errors = app.call("PUT", "/v1/users/ada/devices/phone", bad).await.field_errors();
    let pointers: Vec<&str> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/channel", "/address", "/opt_out", "/expires_after_days", "/x"]);
    let bad = json!({"channel": "SMS", "address": "0151-123"});
    let errors = app.call("PUT", "/v1/users/ada/devices/phone", bad).await.field_errors();
    assert_eq!(errors, [("/address".to_owned(), "invalid_address".to_owned())]);
    put(&app, "cyd", "phone", json!({"channel": "SMS", "address": "+4915112345678"})).await;
    let after =
        world.items().into_iter().filter(|item| !item.to_string().contains("#cyd") && item["sk"]["S"] != "ADDRESS");
    assert_eq!(after.collect::<Vec<_>>(), before);
}

#[tokio::test]
async fn what_a_push_made_known_does_not_undo_what_was_registered_since() {
    let world = World::new().await;
    let app = world.shop(0).await;
    put(&app, "ada", "phone", json!({"channel": "GCM", "address": "token"})).await;
    let (of, user) = ("app".try_into().unwrap(), "ada".to_owned().try_into().unwrap());
    let store = &world.local.environments.store;
    let sent_to = devices::list(store, &of, &user, world.clock.now()).await.unwrap().remove(0);
    world.pass(SignedDuration::from_secs(1));
    let told =
        put(&app, "ada", "phone", json!({"channel": "GCM", "address": "token", "opt_out": ["announcement"]})).await;
    let retired = Retired { at: world.clock.now(), reason: "Unregistered".into() };
    devices::retire(store, &of, &user, &sent_to, retired).await.unwrap();
    let renewed = DeviceAddress::new("renewed");
    devices::renew(store, &of, &user, &sent_to, &renewed, world.clock.now()).await.unwrap();
    let user = app.call("GET", "/v1/users/ada", Value::Null).await.expect(200);
    assert_eq!(user["devices"], json!([told]));
    world.settle().await;
}

async fn put_at(deployment: &Deployment, user: &str, device: &str, address: &str) {
    let (path, body) = (format!("/v1/users/{user}/devices/{device}"), json!({"channel": "GCM", "address": address}));
    deployment.prepare(Key::App("app"), "PUT", &path, body).await;
    // So that no two register in the same millisecond.
    tokio::time::sleep(Duration::from_millis(1)).await;
}

fn items(deployment: &Deployment) -> Vec<Value> {
    local::database::scan(deployment.model.database()).unwrap()
}

/// Returns the owner of each address, by the address items.
fn owners(deployment: &Deployment) -> Vec<String> {
    let items = items(deployment);
    let mut owners: Vec<String> = promises::of(&items, "ADDRESS")
        .map(|owner| format!("{}/{}", owner["user_id"]["S"], owner["device_id"]["S"]).replace('"', ""))
        .collect();
    owners.sort();
    owners
}

/// Makes Ada's phone, whose address belongs to Bob now: DynamoDB deleted the address before the device, and Bob
/// registered it.
async fn taken_over() -> Deployment {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    put_at(&deployment, "ada", "phone", "token").await;
    let owner = items(&deployment).into_iter().find(|item| item["sk"]["S"] == "ADDRESS").unwrap();
    let key = json!({"pk": owner["pk"], "sk": owner["sk"]});
    deployment.model.send("DeleteItem", json!({"TableName": local::database::TABLE, "Key": key})).await;
    put_at(&deployment, "bob", "phone", "token").await;
    deployment
}

#[tokio::test(start_paused = true)]
async fn a_device_without_its_address_can_be_moved_deleted_and_erased() {
    let deployment = taken_over().await;
    put_at(&deployment, "ada", "phone", "new").await;
    assert_eq!(owners(&deployment), ["ada/phone", "bob/phone"]);
    promises::check(&items(&deployment));
    for target in ["/v1/users/ada/devices/phone", "/v1/users/ada"] {
        let deployment = taken_over().await;
        deployment.prepare(Key::App("app"), "DELETE", target, Value::Null).await;
        assert_eq!(owners(&deployment), ["bob/phone"]);
        promises::check(&items(&deployment));
    }
    let deployment = taken_over().await;
    for n in 0..devices::MAX_DEVICES {
        put_at(&deployment, "ada", &format!("d{n}"), &format!("token-{n}")).await;
    }
    assert_eq!(owners(&deployment).len(), devices::MAX_DEVICES + 1);
    promises::check(&items(&deployment));
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_address_was_taken_over_is_retired_all_the_same() {
    let deployment = taken_over().await;
    let store = &deployment.environment("send-notification", 9).store;
    let (of, user) = ("app".try_into().unwrap(), "ada".to_owned().try_into().unwrap());
    let known = async || devices::list(store, &of, &user, deployment.now()).await.unwrap().remove(0);
    let retired = Retired { at: deployment.now(), reason: "Unregistered".into() };
    devices::retire(store, &of, &user, &known().await, retired.clone()).await.unwrap();
    assert_eq!((known().await.retired, owners(&deployment)), (Some(retired), vec!["bob/phone".to_owned()]));
    promises::check(&items(&deployment));
}

#[tokio::test(start_paused = true)]
async fn a_device_with_another_address_than_its_item_says_is_not_replaced() {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    put_at(&deployment, "ada", "phone", "token").await;
    // An earlier version moved devices without their address items.
    let mut phone = items(&deployment).into_iter().find(|item| item["sk"]["S"] == "DEVICE#phone").unwrap();
    phone["address"]["S"] = json!("new");
    deployment.model.send("PutItem", json!({"TableName": local::database::TABLE, "Item": phone})).await;
    put_at(&deployment, "bob", "phone", "token").await;
    assert_eq!(owners(&deployment), ["bob/phone"]);
    assert!(items(&deployment).contains(&phone));
    put_at(&deployment, "ada", "phone", "new").await;
    assert_eq!(owners(&deployment), ["ada/phone", "bob/phone"]);
    promises::check(&items(&deployment));
}

/// Sends two requests from different environments, the second `after` milliseconds after the first.
async fn at_once(deployment: &Deployment, [one, other]: [(&str, &str, &str); 2], milliseconds: u64) {
    let other = async {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        put_at(deployment, other.0, other.1, other.2).await;
    };
    tokio::join!(put_at(deployment, one.0, one.1, one.2), other);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_moves_while_its_old_address_is_taken_keeps_the_new_one() {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    for milliseconds in 0..60 {
        let [ada, bob] = ["ada", "bob"].map(|name| format!("{name}-{milliseconds}"));
        let [old, new] = ["old", "new"].map(|name| format!("{name}-{milliseconds}"));
        put_at(&deployment, &ada, "d1", &old).await;
        at_once(&deployment, [(&ada, "d1", &new), (&bob, "d2", &old)], milliseconds).await;
        let items = items(&deployment);
        let address_of = |device: &str, user: &str| {
            let pk = format!("USER#app#{user}");
            let of = |item: &&Value| item["pk"]["S"] == pk.as_str() && item["sk"]["S"] == device;
            items.iter().find(of).map(|item| item["address"]["S"].as_str().unwrap().to_owned())
        };
        let found = (address_of("DEVICE#d1", &ada), address_of("DEVICE#d2", &bob));
        assert_eq!(found, (Some(new), Some(old)), "{milliseconds} ms");
        promises::check(&items);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_device_that_is_registered_twice_at_once_leaves_one_address() {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    for milliseconds in 0..60 {
        let user = format!("user-{milliseconds}");
        let [one, other] = ["one", "other"].map(|name| format!("{name}-{milliseconds}"));
        at_once(&deployment, [(&user, "phone", &one), (&user, "phone", &other)], milliseconds).await;
        assert_eq!(owners(&deployment).iter().filter(|owner| **owner == format!("{user}/phone")).count(), 1);
        promises::check(&items(&deployment));
    }
}

#[tokio::test]
async fn a_token_of_apns_has_one_owner_whatever_its_case() {
    // From the issue: APNs tokens are hexadecimal and case makes no difference: `AABB…` and `aabb…` must have one
    // owner.
    let world = World::new().await;
    let app = world.shop(3).await;
    let token = |address: &str| json!({"channel": "APNS", "address": address.repeat(16)});
    put(&app, "ada", "phone", token("AaBb")).await;
    put(&app, "bob", "phone", token("aabb")).await;
    assert_eq!((devices_of(&app, "ada").await, devices_of(&app, "bob").await), (vec![], vec!["phone".to_owned()]));
    app.deposits("ada", 5).await;
    world.settle().await;
    assert!(world.local.pushes().is_empty(), "ada's news are not bob's business");
    put(&app, "ada", "tablet", token("AABB")).await;
    assert_eq!((devices_of(&app, "ada").await, devices_of(&app, "bob").await), (vec!["tablet".to_owned()], vec![]));
    assert_eq!(world.items_at("ADDRESS#").len(), 1);
    // Tokens of other platforms are not hexadecimal: their case matters.
    put(&app, "bob", "one", json!({"channel": "GCM", "address": "aabb"})).await;
    put(&app, "bob", "two", json!({"channel": "GCM", "address": "AABB"})).await;
    assert_eq!(devices_of(&app, "bob").await, ["one", "two"]);
    world.settle().await;
}

#[tokio::test]
async fn a_token_that_was_kept_in_capitals_gives_way_and_can_be_deleted() {
    // The same for stored devices: an earlier version kept the token's spelling and its hash.
    let world = World::new().await;
    let app = world.shop(1).await;
    let text = |text: &str| json!({ "S": text });
    for (user, letters, hash) in [
        ("ada", "AABB", "PleKGU0WOq-pgksYBjy-SESbIfRTJuPK_0MVo4hvwiU"),
        ("eve", "CCDD", "in-mgktNuvABpTfZOBHy58-T0PGXaq1m89Q6CsMvT9A"),
    ] {
        let device = json!({"pk": text(&format!("USER#app#{user}")), "sk": text("DEVICE#phone"),
            "device_id": text("phone"), "channel": text("APNS"), "address": text(&letters.repeat(16))});
        let pointer = json!({"pk": text(&format!("ADDRESS#app#{hash}")), "sk": text("ADDRESS"), "user_id": text(user),
            "device_id": text("phone")});
        world.put_raw(device).await;
        world.put_raw(pointer).await;
    }
    put(&app, "bob", "phone", json!({"channel": "APNS", "address": "aabb".repeat(16)})).await;
    assert_eq!((devices_of(&app, "bob").await, world.items_at("USER#app#ada")), (vec!["phone".to_owned()], vec![]));
    // A device that registers its address again, or is deleted, leaves nothing behind.
    put(&app, "eve", "phone", json!({"channel": "APNS", "address": "CCDD".repeat(16)})).await;
    assert_eq!((devices_of(&app, "eve").await.len(), world.items_at("ADDRESS#").len()), (1, 2));
    assert_eq!(app.call("DELETE", "/v1/users/eve/devices/phone", Value::Null).await.status, 204);
    assert_eq!(world.items_at("ADDRESS#").len(), 1, "only bob's is left");
    world.settle().await;
}
