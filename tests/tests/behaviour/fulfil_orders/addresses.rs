//! Addresses of many countries, by the API and on the page. `fulfil-orders` tests the rules themselves.

use serde_json::{Value, json};
use tests::{Answer, App, World};

use super::orders::{award, mugs};

async fn give(app: &App<'_>, id: &str, address: Value) -> Answer {
    app.call("PUT", &format!("/v1/rewards/{id}/address"), address).await
}

async fn kept(app: &App<'_>, id: &str) -> Value {
    app.call("GET", &format!("/v1/rewards/{id}/address"), Value::Null).await.expect(200)["address"].clone()
}

/// Google's data for Japan has no city (googlei18n/libaddressinput#244): `city: 千代田区` was refused as `not_used`.
#[tokio::test]
async fn a_japanese_address_has_a_city_and_an_iso_region() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let address = json!({"country": "JP", "name": "山田花子", "line1": "千代田1-1", "city": "千代田区", "region": "JP-13",
                         "postal_code": "１００－０００１"});
    let given = give(&app, &id, address).await.expect(200);
    assert_eq!((&given["state"], &given["warnings"]), (&json!("ordered"), &json!([])));
    let kept = kept(&app, &id).await;
    assert_eq!((&kept["city"], &kept["region"]), (&json!("千代田区"), &json!("東京都")));
    assert_eq!(kept["postal_code"], "100-0001");
    world.settle().await;
}

/// Forms for all countries send a city, a region and zeros in all cases (stripe/stripe-ios#6506).
#[tokio::test]
async fn what_a_country_has_no_use_for_is_left_out_with_a_warning() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let address = json!({"country": "AE", "name": "Ada", "line1": "Street 1", "city": "Dubai", "region": "AE-DU",
                         "postal_code": "00000"});
    let given = give(&app, &id, address).await.expect(200);
    let warnings: Vec<(&Value, &Value)> =
        given["warnings"].as_array().unwrap().iter().map(|warning| (&warning["pointer"], &warning["code"])).collect();
    assert_eq!(warnings, [(&json!("/postal_code"), &json!("not_used"))]);
    let kept = kept(&app, &id).await;
    assert_eq!(
        (&kept["region"], &kept["city"], &kept["postal_code"]),
        (&json!("Dubai"), &json!("Dubai"), &Value::Null)
    );
    world.settle().await;
}

async fn browse(world: &World, method: &str, path: &str, form: &str) -> (u16, String) {
    let headers: &[(&str, &str)] =
        if method == "POST" { &[("content-type", "application/x-www-form-urlencoded")] } else { &[] };
    let answer = world.send(method, path, headers, form.as_bytes()).await;
    (answer.status, answer.body.as_str().unwrap_or_default().to_owned())
}

/// The page announced a marked field and marked none ("What the field found", 12).
#[tokio::test]
async fn the_page_marks_whatever_was_wrong() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    let path = format!("/r/{id}/address");
    assert!(browse(&world, "GET", &format!("{path}?country=JP"), "").await.1.contains("name=\"city\""));
    let long = "x".repeat(201);
    let good = "country=SG&name=Ada&line1=Ring+1&postal_code=546080";
    for (form, field) in [
        ("name=Ada&line1=Ring+1".to_owned(), "country"),
        ("country=XX&name=Ada&line1=Ring+1".to_owned(), "country"),
        // Addresses in Singapore don't have these.
        (format!("{good}&region={long}"), "region"),
        (format!("{good}&city={long}"), "city"),
        (format!("{good}&district=%00"), "district"),
        (format!("{good}&phone=call+me"), "phone"),
        (good.replace("546080", "1"), "postal_code"),
        (good.replace("Ada", ""), "name"),
    ] {
        let before = world.items();
        let (status, page) = browse(&world, "POST", &path, &form).await;
        assert_eq!(status, 400, "{form}");
        let marked = format!("aria-invalid=\"true\" aria-describedby=\"{field}-mistake\"");
        assert!(page.contains(&marked) && page.contains(&format!("id=\"{field}-mistake\"")), "{form}: {page}");
        assert_eq!(world.items(), before);
    }
    // An unneeded field is not a mistake.
    assert_eq!(browse(&world, "POST", &path, &format!("{good}&region=Singapore&city=Singapore")).await.0, 303);
    world.settle().await;
}
