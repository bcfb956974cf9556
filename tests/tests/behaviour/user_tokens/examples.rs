//! The examples of `docs/openapi.json` for users' own tokens.

use serde_json::{Value, json};
use tests::World;
use tests::openapi::OPERATIONS;

use super::{Backend, call, set};
use crate::fulfil_orders::orders;
use local::template::USER_TOKEN;

#[tokio::test]
async fn every_example_of_a_body_of_a_user_works() {
    let world = World::new().await;
    let app = orders::mugs(&world).await;
    set(&app, json!({"client_actions": ["visit"]})).await;
    let backend = Backend::of(&app, "web", "live").await;
    let reward = orders::award(&app, "ada").await;
    let mut sent = 0;
    for operation in OPERATIONS.iter().filter(|operation| operation.authorizer() == Some(USER_TOKEN)) {
        let body = &operation.described["requestBody"]["content"]["application/json"]["example"];
        if body.is_null() {
            continue;
        }
        let path = operation.parameters.iter().filter(|parameter| parameter["in"] == "path");
        let path = path.fold(operation.path.clone(), |path, parameter| {
            let name = parameter["name"].as_str().unwrap();
            let value = if name == "reward_id" { &reward } else { parameter["example"].as_str().unwrap() };
            path.replace(&format!("{{{name}}}"), value)
        });
        let answer = call(&world, &backend.token("ada"), &operation.method, &path, Value::clone(body)).await;
        assert!((200..300).contains(&answer.status), "{}: {:#}", operation.id, answer.body);
        sent += 1;
    }
    assert_eq!(sent, 5);
    world.settle().await;
}
