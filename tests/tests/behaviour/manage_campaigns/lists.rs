//! The list of campaigns: its filters, its orders, and pages that neither repeat nor leave out a campaign.

use serde_json::{Value, json};
use tests::{App, World, campaign_with};

/// Writes a draft.
async fn draft(app: &App<'_>, id: &str, name: &str, starts_at: &str) {
    let plan = campaign_with(&[("/name", json!(name)), ("/starts_at", json!(starts_at))]);
    app.admin("PUT", &format!("/campaigns/{id}"), plan).await.expect(200);
}

async fn listed(app: &App<'_>, query: &str) -> Vec<String> {
    let page = app.admin("GET", &format!("/campaigns?{query}"), Value::Null).await.expect(200);
    ids(&page)
}

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|row| row["campaign_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn filters_choose_by_state_and_by_a_part_of_name_or_id() {
    let world = World::new().await;
    let app = world.shop(5).await;
    let start = "2026-12-24T00:00:00Z";
    for (id, name) in [("arabic", "حملة الربيع"), ("french", "Été à la mer"), ("script", "<script>"), ("spare", "X")]
    {
        draft(&app, id, name, start).await;
    }
    app.launch("later", campaign_with(&[("/starts_at", json!(start)), ("/name", json!("Spring again"))])).await;
    for (query, expected) in [
        ("state=live", &["spring"][..]),
        ("state=approved,live", &["later", "spring"]),
        ("name=SPRING", &["later", "spring"]),
        ("name=%D8%A7%D9%84%D8%B1%D8%A8%D9%8A%D8%B9", &["arabic"]),
        ("name=%C3%89T%C3%89", &["french"]),
        ("name=ete", &[]),
        ("name=%3CSCRIPT", &["script"]),
        ("name=PAR", &["spare"]),
        ("name=spring&state=live,draft", &["spring"]),
        ("name=&state=draft", &["arabic", "french", "script", "spare"]),
    ] {
        assert_eq!(listed(&app, query).await, expected, "{query}");
        let summaries = app.admin("GET", &format!("/campaign-summaries?{query}"), Value::Null).await.expect(200);
        assert_eq!(ids(&summaries), expected, "{query}");
    }
    world.set_time("2027-01-02T00:00:00Z");
    assert_eq!(listed(&app, "state=finished").await, ["later", "spring"]);
}

#[tokio::test]
async fn each_order_shows_all_once_while_others_are_added_between_pages() {
    for (order, expected) in [
        ("id", ["a", "b", "c", "d", "e"]),
        ("-id", ["e", "d", "c", "b", "a"]),
        ("name", ["c", "d", "b", "e", "a"]),
        ("-name", ["a", "e", "b", "d", "c"]),
        ("starts_at", ["e", "a", "d", "b", "c"]),
        ("-starts_at", ["c", "b", "d", "a", "e"]),
        ("ends_at", ["a", "b", "c", "d", "e"]),
        ("-ends_at", ["e", "d", "c", "b", "a"]),
    ] {
        let world = World::new().await;
        let app = world.app("app").await;
        let rows = [("a", "zebra", 2), ("b", "Mango", 4), ("c", "apple", 5), ("d", "mango", 3), ("e", "mangold", 1)];
        // Of equal names ids decide, so the first of the two mangos gets a later id.
        let name = |id: &str, name: &str| if id == "d" { "Lemon".to_owned() } else { name.to_owned() };
        for (id, called, day) in rows {
            draft(&app, id, &name(id, called), &format!("2026-11-0{day}T00:00:00Z")).await;
        }
        let (mut seen, mut cursor, mut added) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/campaigns?order={order}&limit=2{cursor}");
            let page = app.admin("GET", &path, Value::Null).await.expect(200);
            seen.extend(ids(&page));
            let Some(next) = page["cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            // One that stands before every other by each key, and one behind.
            for (id, called, day) in [("0", "0", "2026-10-01"), ("z", "zz", "2026-12-30")] {
                draft(&app, &format!("{id}{added}"), called, &format!("{day}T00:00:00Z")).await;
            }
            added += 1;
        }
        let original: Vec<&str> = seen.iter().map(String::as_str).filter(|id| id.len() == 1).collect();
        assert_eq!(original, expected, "{order}");
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), seen.len(), "twice in {order}: {seen:?}");
    }
}

#[tokio::test]
async fn a_wrong_filter_order_or_cursor_is_named() {
    let world = World::new().await;
    let app = world.app("app").await;
    for id in ["a", "b", "c"] {
        draft(&app, id, "Same", "2026-11-01T00:00:00Z").await;
    }
    let first = app.admin("GET", "/campaigns?order=-name&limit=1", Value::Null).await.expect(200);
    let cursor = first["cursor"].as_str().unwrap();
    let rest = listed(&app, &format!("order=-name&cursor={cursor}")).await;
    assert_eq!(rest, ["b", "a"]);
    let wrong = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    for (query, pointer) in [
        ("state=dead".to_owned(), "/state"),
        ("state=".to_owned(), "/state"),
        ("state=live,,draft".to_owned(), "/state"),
        ("order=size".to_owned(), "/order"),
        ("order=--id".to_owned(), "/order"),
        (format!("name={}", "x".repeat(201)), "/name"),
        (format!("order=name&cursor={cursor}"), "/cursor"),
        (format!("order=id&cursor={cursor}"), "/cursor"),
        ("order=name&cursor=a".to_owned(), "/cursor"),
        ("order=-name&cursor=~e30".to_owned(), "/cursor"),
    ] {
        for list in ["campaigns", "campaign-summaries"] {
            let refused = app.admin("GET", &format!("/{list}?{query}"), Value::Null).await;
            assert_eq!(refused.field_errors(), wrong(pointer, "invalid_parameter"), "{query}");
        }
    }
    let misspelt = app.admin("GET", "/campaigns?sort=name", Value::Null).await;
    assert_eq!(misspelt.field_errors(), wrong("/sort", "unknown_parameter"));
}
