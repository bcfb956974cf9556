//! Query parameters: a route refuses unknown and repeated ones, and writes nothing. Links that people open ignore them.

use edge::query::Parameters;
use local::template::{Template, USER_TOKEN};
use serde_json::{Value, json};
use tests::World;
use tests::openapi::OPERATIONS;

use crate::user_tokens::{self, Backend};

/// Returns a route's path with the document's examples as parameters.
fn path(route: &str) -> String {
    let operation = OPERATIONS.iter().find(|operation| operation.route_key() == route).unwrap();
    let examples = operation.parameters.iter().filter(|parameter| parameter["in"] == "path");
    examples.fold(operation.path.clone(), |path, parameter| {
        let text = |name: &str| parameter[name].as_str().unwrap();
        path.replace(&format!("{{{}}}", text("name")), text("example"))
    })
}

#[tokio::test]
async fn every_route_refuses_a_parameter_that_it_does_not_take() {
    let world = World::with_samples().await;
    // The app of the document's examples.
    let token = Backend::of(&world.app("app").await, "web", "live").await.token("ada");
    let before = world.items();
    let routes = Template::built_in().unwrap().routes;
    let mut asked = 0;
    for route in routes.iter().filter(|route| !Parameters::of(&route.key).open) {
        let (method, _) = route.key.split_once(' ').unwrap();
        let target = format!("{}?surprise=1&Limit=2", path(&route.key));
        let body = if matches!(method, "PUT" | "POST") { json!({}) } else { Value::Null };
        let answer = match route.authorizer.as_deref() {
            Some(USER_TOKEN) => user_tokens::call(&world, &token, method, &target, body).await,
            _ => world.admin(method, &target, body).await,
        };
        let errors = answer.field_errors();
        let expected = ["/Limit", "/surprise"].map(|name| (name.to_owned(), "unknown_parameter".to_owned()));
        assert_eq!(errors, expected, "{}", route.key);
        asked += 1;
    }
    // All routes except the five links, three pages and three of the console that people open, two preflights, and
    // `$default`.
    assert_eq!(asked + 14, routes.len());
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_misspelt_or_repeated_dry_run_awards_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let ask = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    // The first three are from the issue: each of them awarded a live reward.
    for (query, code) in [
        ("dryRun=true", "unknown_parameter"),
        ("dry-run=true", "unknown_parameter"),
        ("dry_run=true&dry_run=false", "repeated_parameter"),
        ("dry_run=false&dry_run=false", "repeated_parameter"),
        ("dry_run=True", "invalid_parameter"),
        ("dry_run=1", "invalid_parameter"),
        ("dry_run", "invalid_parameter"),
        ("dry_run=true,false", "invalid_parameter"),
    ] {
        let answer = app.call("POST", &format!("/v1/rewards?{query}"), ask.clone()).await;
        let pointer = format!("/{}", query.split('=').next().unwrap());
        assert_eq!(answer.field_errors(), [(pointer, code.to_owned())], "{query}");
    }
    assert_eq!(world.items(), before);
    app.call("POST", "/v1/rewards?dry_run=true", ask).await.expect(200);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_redeem_link_works_with_what_other_systems_append() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let reward = app.ask("ada").await.expect(201)["reward"].clone();
    let link = reward["redeem_url"].as_str().unwrap().split_once("/r/").unwrap().1.to_owned();
    let opened = world.send("GET", &format!("/r/{link}?utm_source=mail&fbclid=a&fbclid=b"), &[], b"").await;
    assert_eq!((opened.status, opened.header("location")), (302, reward["url"].as_str()));
    world.settle().await;
}
