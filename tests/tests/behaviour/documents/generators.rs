//! What generators of clients and linters need of `docs/openapi.json`: plain schemas, an example of each answer, the
//! keys of each route, and the events that webhooks receive. `.ci/run` runs the linters and a generator.

use std::collections::BTreeSet;

use domain::event::TYPES;
use local::template::API_KEY;
use serde_json::{Value, json};
use tests::World;
use tests::openapi::{self, DOCUMENT, OPERATIONS, Operation, resolve};

use crate::people::Human;

/// Calls `look` with every value of the document outside examples, and with its JSON pointer.
fn walk(value: &'static Value, pointer: &str, look: &mut impl FnMut(&str, &'static Value)) {
    look(pointer, value);
    let entries = value.as_array().into_iter().flatten().enumerate();
    for (number, below) in entries {
        walk(below, &format!("{pointer}/{number}"), look);
    }
    for (name, below) in value.as_object().into_iter().flatten().filter(|(name, _)| *name != "example") {
        walk(below, &format!("{pointer}/{name}"), look);
    }
}

#[test]
fn no_schema_is_a_boolean_or_points_into_another_one() {
    let mut faults = Vec::new();
    walk(&DOCUMENT, "", &mut |pointer, value| {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let in_list = parent.ends_with("Of") || parent.ends_with("/properties") || name == "items";
        let points_inside = value["$ref"].as_str().is_some_and(|target| target.contains("/properties/"));
        if points_inside || (value.is_boolean() && in_list) {
            faults.push(format!("{pointer}: {value}"));
        }
    });
    assert!(faults.is_empty(), "generators refuse these: {faults:#?}");
}

/// Openapi-typescript makes a field with a default required, also in a request.
#[test]
fn no_field_of_a_body_has_a_default() {
    let mut faults = Vec::new();
    walk(&DOCUMENT["components"]["schemas"], "", &mut |pointer, value| {
        if pointer.ends_with("/default") && !pointer.ends_with("/properties/default") {
            faults.push(format!("{pointer}: {value}"));
        }
    });
    assert!(faults.is_empty(), "say it in the description: {faults:#?}");
}

#[test]
fn every_answer_with_a_body_has_an_example() {
    let mut missing = Vec::new();
    for operation in OPERATIONS.iter() {
        for (status, response) in operation.described["responses"].as_object().unwrap() {
            for (content_type, content) in resolve(response)["content"].as_object().into_iter().flatten() {
                if status.starts_with('2') && content["example"].is_null() {
                    missing.push(format!("{} {status} {content_type}", operation.id));
                }
            }
        }
    }
    assert!(missing.is_empty(), "these answers have no example: {missing:#?}");
}

#[test]
fn each_outcome_has_one_shape_that_names_it() {
    let schemas = &DOCUMENT["components"]["schemas"];
    let mapping = schemas["Outcome"]["discriminator"]["mapping"].as_object().unwrap();
    let kinds = schemas["OutcomeKind"]["enum"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap());
    assert_eq!(mapping.keys().map(String::as_str).collect::<BTreeSet<_>>(), kinds.collect());
    for (kind, target) in mapping {
        let shape = DOCUMENT.pointer(target.as_str().unwrap().trim_start_matches('#')).unwrap();
        let outcome = &shape["properties"]["outcome"];
        let named = outcome["const"] == *kind || outcome["enum"].as_array().unwrap().iter().any(|named| named == kind);
        assert!(named, "{kind} leads to {target}");
        let has_reward = ["rewarded", "already_rewarded", "waiting"].contains(&kind.as_str());
        let required = shape["required"].as_array().unwrap();
        assert_eq!(required.iter().any(|field| field == "reward"), has_reward, "{kind}");
    }
}

#[test]
fn every_type_of_event_has_a_webhook_with_its_name_and_an_example() {
    let webhooks = DOCUMENT["webhooks"].as_object().unwrap();
    assert_eq!(webhooks.keys().map(String::as_str).collect::<BTreeSet<_>>(), TYPES.iter().copied().collect());
    assert_eq!(DOCUMENT["components"]["schemas"]["EventType"]["enum"], json!(TYPES));
    let subscriptions: Vec<&str> = std::iter::once("*").chain(TYPES.iter().copied()).collect();
    assert_eq!(DOCUMENT["components"]["schemas"]["Subscription"]["enum"], json!(subscriptions));
    for (event_type, webhook) in webhooks {
        let content = &webhook["post"]["requestBody"]["content"]["application/json"];
        openapi::check_event(&content["example"]);
        assert_eq!(content["example"]["type"], *event_type);
        let schema = DOCUMENT.pointer(content["schema"]["$ref"].as_str().unwrap().trim_start_matches('#')).unwrap();
        assert_eq!(schema["properties"]["type"]["const"], *event_type);
    }
}

#[test]
#[should_panic(expected = "webhook stock.low")]
fn an_event_that_is_not_as_described_is_found() {
    let data = json!({"app_id": "app", "reward_group_id": "gift", "available": "few", "threshold": 5});
    openapi::check_event(&json!({"type": "stock.low", "timestamp": "2026-12-01T12:00:00Z", "data": data}));
}

/// Calls the operation with the examples of its path and an empty body. Returns true if the key is of a wrong kind.
async fn is_refused(world: &World, operation: &'static Operation, key: &str) -> bool {
    let parameters = operation.parameters.iter().filter(|parameter| parameter["in"] == "path");
    let path = parameters.fold(operation.path.clone(), |path, parameter| {
        let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
        path.replace(&name, parameter["example"].as_str().unwrap_or("1"))
    });
    let body = if operation.described["requestBody"].is_object() { json!({}) } else { Value::Null };
    let answer = world.call(key, &operation.method, &path, body).await;
    assert_ne!(answer.status, 401, "{}: {:#}", operation.id, answer.body);
    answer.status == 403
}

#[tokio::test]
async fn every_route_takes_the_kinds_of_keys_that_its_description_lists() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mint = async |body: Value| {
        let minted = app.admin("POST", "/keys", body).await.expect(201);
        minted["key"].as_str().unwrap().to_owned()
    };
    let admin = mint(json!({"scope": "admin", "mode": "live"})).await;
    let partner = mint(json!({"scope": "partner", "mode": "live", "partner": "acme"})).await;
    let keys = [
        ("AppKey", app.key.as_str()),
        ("AdminKey", &admin),
        ("PartnerKey", &partner),
        ("OperatorKey", world.local.admin_key.expose()),
    ];
    let mut people = Vec::new();
    for role in ["viewer", "editor", "approver", "support", "owner"] {
        people.push((role, Human::with(&world, &format!("{role}-1"), json!({"app": [role]})).await));
    }
    for operation in OPERATIONS.iter().filter(|operation| operation.authorizer() == Some(API_KEY)) {
        let needed = operation.keys().contains("PersonKey").then(|| operation.described["x-role"].as_str());
        // A key closes no session.
        for (role, person) in people.iter().filter(|_| operation.id != "closeSession") {
            let serves = |needed: Option<&str>| {
                needed.is_none_or(|needed| needed == "viewer" || needed == *role || *role == "owner")
            };
            let serves = needed.is_some_and(serves);
            assert_eq!(is_refused(&world, operation, &person.key).await, !serves, "{} with role {role}", operation.id);
        }
        for (kind, key) in keys {
            let listed = operation.keys().contains(kind);
            assert_eq!(is_refused(&world, operation, key).await, !listed, "{} with {kind}", operation.id);
        }
    }
    let known = DOCUMENT["components"]["securitySchemes"].as_object().unwrap();
    let used: BTreeSet<&str> = OPERATIONS.iter().flat_map(Operation::keys).collect();
    assert_eq!(known.keys().map(String::as_str).collect::<BTreeSet<_>>(), used);
}
