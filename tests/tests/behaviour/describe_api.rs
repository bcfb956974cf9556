//! The pages that need no key: the index, the API's page and the health check.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::World;
use tests::openapi::OPERATIONS;

async fn get(world: &World, path: &str, accept: &str) -> tests::Answer {
    world.send("GET", path, &[("accept", accept)], b"").await
}

#[tokio::test]
async fn the_index_leads_to_every_page_in_json_and_for_a_browser() {
    let world = World::new().await;
    let index = get(&world, "/", "application/json").await.expect(200);
    assert_eq!(index["name"], "Moments");
    let page = get(&world, "/", "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let page = page.expect(200);
    for name in ["docs", "openapi", "health"] {
        let path = index[name].as_str().unwrap();
        assert!(page.as_str().unwrap().contains(&format!("href=\"{path}\"")), "{path}");
        get(&world, path, "*/*").await.expect(200);
    }
}

#[tokio::test]
async fn the_health_check_reads_no_table() {
    let world = World::new().await;
    world.local.functions.take_consumed("describe-api");
    let answer = world.send("GET", "/health?t=1", &[], b"").await;
    assert_eq!(answer.expect(200), json!({"status": "ok"}));
    assert_eq!(world.local.functions.take_consumed("describe-api").requests, 0);
}

/// Returns the text between two marks.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap();
    rest.split_once(end).unwrap().0
}

#[tokio::test]
async fn the_page_runs_its_own_script_and_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let answer = get(&world, "/docs", "text/html").await;
    let policy = answer.header("content-security-policy").unwrap().to_owned();
    let page = answer.expect(200).as_str().unwrap().to_owned();
    for (kind, text) in
        [("style-src", between(&page, "<style>", "</style>")), ("script-src", between(&page, "<script>", "</script>"))]
    {
        let allowed = format!("{kind} 'sha256-{}';", STANDARD.encode(Sha256::digest(text)));
        assert!(policy.contains(&allowed), "{kind}: {policy}");
        assert!(!text.contains("innerHTML") && !text.contains("//cdn"), "{kind}");
    }
    assert!(policy.starts_with("default-src 'none';") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for elsewhere in ["src=", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    assert!(page.len() < 20_000, "{}", page.len());
}

/// The page knows no method that the document lacks, and lacks none.
#[tokio::test]
async fn the_page_shows_every_method_and_tag_of_the_document() {
    let world = World::new().await;
    let page = get(&world, "/docs", "text/html").await.expect(200).as_str().unwrap().to_owned();
    let methods: Vec<String> = serde_json::from_str(between(&page, "METHODS = ", ";")).unwrap();
    let served = get(&world, "/openapi.json", "*/*").await.expect(200);
    let tags: Vec<&Value> = served["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for operation in OPERATIONS.iter() {
        assert!(methods.contains(&operation.method.to_lowercase()), "{}", operation.id);
        assert!(tags.contains(&&operation.described["tags"][0]), "{}", operation.id);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_every_method_that_the_path_has() {
    let world = World::new().await;
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in OPERATIONS.iter() {
        methods.entry(&operation.path).or_default().insert(&operation.method);
    }
    for (path, methods) in methods {
        // There are more paths than the route takes requests at once.
        world.pass(SignedDuration::from_secs(1));
        let answer = world.send("PATCH", &path.replace(['{', '}'], ""), &[], b"").await;
        let allowed = answer.header("allow").unwrap_or_default().to_owned();
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(allowed.split(", ").collect::<BTreeSet<_>>(), methods, "{path}");
    }
}
